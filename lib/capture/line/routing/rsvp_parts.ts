// What objects of resource reservation are made of: routes, label sets, services with their parameters. Pure. The form is tcpdump's.
import { ADDRESS_FAMILIES } from "../core/names.ts";
import { unknownData } from "../core/hexdump.ts";
import { float } from "./gmpls.ts";
import { general } from "../core/general.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import {
  ATTRIBUTES,
  INTERFACES,
  KINDS,
  LABEL_FLAGS,
  LABEL_SETS,
  PARAMETERS,
  PROPERTIES,
  ROUTE_FLAGS,
  ROUTES,
  SERVICES,
} from "./rsvp_names.ts";

/** An object that cannot be what it says; without words just invalid. */
export class WrongObject extends Error {}

/** Begins a line. */
export type Say = (text: string) => void;

export const word = (l: Line, at: number) => `0x${hex(l.u32(at), 8)}`;
export const short = (l: Line, at: number) => `0x${hex(l.u16(at), 4)}`;
export const octet = (l: Line, at: number) => `[0x${hex(l.u8(at), 2)}]`;
/** C's `%#x`. */
const alternate = (value: number) => value === 0 ? "0" : `0x${hex(value)}`;
/** Octets a second in single precision as `125.5 Mbps`. */
const rate = (l: Line, at: number) => `${general(Math.fround(float(l, at) / 125_000), 10)} Mbps`;

/** A set of labels (RFC 3473 2.6). */
export function labelSet(l: Line, at: number, length: number, say: Say): void {
  const action = l.u8(at);
  say(`Action: ${LABEL_SETS[action] ?? "Unknown"} (${action}), Label type: ${l.u32(at) & 0x7f}`);
  if (action === 2 || action === 3) {
    if (length < 12) throw new WrongObject("object is too short");
    return say(`Start range: ${l.u32(at + 4)}, End range: ${l.u32(at + 8)}`);
  }
  for (let i = 1; (i + 1) * 4 <= length; i++) say(`Subchannel #${i}: ${l.u32(at + i * 4)}`);
}

/** Properties of a call, each with its type and length. */
export function properties(l: Line, at: number, length: number, say: Say): void {
  const padding = l.u16(at + 2);
  say(`TLV count: ${l.u16(at)}, padding bytes: ${padding}`);
  at += 4;
  length -= 4;
  while (length >= 2 + padding) {
    const type = l.u8(at), size = l.u8(at + 1);
    say(`  ${PROPERTIES[type] ?? "unknown"} TLV (0x${hex(type, 2)}), length: ${size}`);
    if (length < size) throw new WrongObject("object is too short");
    if (size < 2) throw new WrongObject("property TLV is too short");
    unknownData(l, at + 2, "\n\t\t", size - 2);
    at += size;
    length -= size;
  }
}

/** Attributes of a session (RFC 3209 4.7). */
export function attributes(l: Line, at: number, length: number, say: Say): void {
  const size = l.u8(at + 3);
  if (length < 4 + size) throw new WrongObject("object is too short");
  say("Session Name: ");
  for (let i = 0; i < size; i++) l.safe(l.u8(at + 4 + i));
  const flags = l.u8(at + 2);
  say(`Setup Priority: ${l.u8(at)}, Holding Priority: ${l.u8(at + 1)}, `);
  l.text(`Flags: [${bitNames(ATTRIBUTES, flags, "none")}] (${alternate(flags)})`);
}

/** The routers of a path. */
export function route(l: Line, at: number, length: number, say: Say): void {
  const wrong = (text: string): never => {
    l.text(` ERROR: ${text}`);
    throw new WrongObject();
  };
  while (length >= 4) {
    const type = l.u8(at) & 0x7f, size = l.u8(at + 1);
    say(`Subobject Type: ${ROUTES[type] ?? `Unknown ${type}`}, length ${size}`);
    if (length < size) return say("ERROR: ERO subobject length > object length");
    if (size === 0) return say("ERROR: zero length ERO subtype");
    if (type === 1 || type === 3) {
      if (size !== 8) wrong("length != 8");
      if (type === 1) {
        const prefix = l.u8(at + 6);
        if (prefix !== 32) wrong(`Prefix length ${prefix} != 32`);
        l.text(`, ${(l.u8(at) & 0x80) !== 0 ? "Loose" : "Strict"}, ${l.ip4Text(at + 2)}/${prefix}, `);
        l.text(`Flags: [${bitNames(ROUTE_FLAGS, l.u8(at + 7), "none")}]`);
      } else {
        const flags = l.u8(at + 2), kind = l.u8(at + 3);
        l.text(`, Flags: [${bitNames(LABEL_FLAGS, flags, "none")}] (${alternate(flags)}), `);
        l.text(`Class-Type: ${KINDS[21 << 8 | kind] ?? "Unknown"} (${kind}), ${l.u32(at + 4)}`);
      }
    }
    at += size;
    length -= size;
  }
}

/** Services with their parameters. */
export function integrated(l: Line, at: number, length: number, say: Say): void {
  say(`Msg-Version: ${l.u8(at) >> 4}, length: ${l.u16(at + 2) * 4}`);
  at += 4;
  length -= 4;
  while (length >= 4) {
    const type = l.u8(at), broken = (l.u8(at + 1) & 0x80) !== 0;
    let left = l.u16(at + 2) * 4;
    say(`Service Type: ${SERVICES[type] ?? "unknown"} (${type}), break bit ${broken ? "" : "not "}set, `);
    l.text(`Service length: ${left}`);
    at += 4;
    length -= 4;
    while (left >= 4) {
      const used = parameter(l, at, length);
      if (used === 0) break;
      at += used;
      length -= used;
      left -= used;
    }
  }
}

/** Gives the octets of a parameter, 0 when it is cut short. */
function parameter(l: Line, at: number, left: number): number {
  if (left < 4) return 0;
  const id = l.u8(at), size = l.u16(at + 2) * 4;
  l.text(`\n\t      Parameter ID: ${PARAMETERS[id] ?? "unknown"} (${id}), length: ${size}, Flags: ${octet(l, at + 1)}`);
  if (left < size + 4) return 0;
  const say = (text: string) => l.text(`\n\t\t${text}`);
  at += 4;
  if (id === 127) {
    if (size === 20) {
      say(`Token Bucket Rate: ${rate(l, at)}`);
      say(`Token Bucket Size: ${general(float(l, at + 4), 10)} bytes`);
      say(`Peak Data Rate: ${rate(l, at + 8)}`);
      say(`Minimum Policed Unit: ${l.u32(at + 12)} bytes`);
      say(`Maximum Packet Size: ${l.u32(at + 16)} bytes`);
    }
  } else if (id === 130) {
    if (size === 8) {
      say(`Rate: ${rate(l, at)}`);
      say(`Slack Term: ${l.u32(at + 4)}`);
    }
  } else if (PARAMETERS[id] === undefined) {
    if (l.verbose <= 1) unknownData(l, at, "\n\t\t", size);
  } else if (size === 4) {
    const value = l.u32(at);
    if (id === 4) say(`IS hop count: ${value}`);
    else if (id === 6) say(`Path b/w estimate: ${rate(l, at)}`);
    else if (id === 8) say(`Minimum path latency: ${value === 0xffff_ffff ? "don't care" : value}`);
    else if (id === 10) say(`Composed MTU: ${value} bytes`);
    else say(`Value: ${value}`);
  }
  return size + 4;
}

/** The user-network interface of optical networks (OIF UNI 1.0). */
export function userInterface(l: Line, at: number, length: number, say: Say): boolean {
  let shown = false;
  for (let left = length; left > 0;) {
    if (left < 4) throw new WrongObject();
    const size = l.u16(at), type = l.u8(at + 2), family = l.u8(at + 3);
    say(`Subobject Type: ${INTERFACES[type] ?? "Unknown"} (${type}), `);
    l.text(`AF: ${ADDRESS_FAMILIES[family] ?? "Unknown"} (${family}), length: ${size}`);
    if (size < 4 || size > left) throw new WrongObject();
    const least = (count: number) => {
      if (size < count) throw new WrongObject("sub-object is too short");
    };
    if (type === 1 || type === 2) {
      if (family === 1) {
        least(8);
        say(`  UNI IPv4 TNA address: ${l.ip4Text(at + 4)}`);
      } else if (family === 2) {
        least(20);
        say(`  UNI IPv6 TNA address: ${l.ip6Text(at + 4)}`);
      } else if (family === 3) shown = true;
    } else if (type === 3) shown ||= size > 4;
    else if (type === 4) {
      least(16);
      say(`  U-bit: ${l.u8(at + 4) >> 7}, Label type: ${l.u8(at + 7)}, `);
      l.text(`Logical port id: ${l.u32(at + 8)}, Label: ${l.u32(at + 12)}`);
    } else if (type === 5) {
      least(8);
      say(`  Service level: ${l.u8(at + 4)}`);
    } else shown = true;
    left -= size;
    at += size;
  }
  return shown;
}

// Routes in BGP messages: prefixes with labels and distinguishers, by address family. Pure. RFC 4271, RFC 4760; the
// form is tcpdump's.
import { hex, type Line, TRUNCATED } from "../core/line.ts";
import { nsapText } from "../network/osi_text.ts";
import { names } from "../core/table.ts";
import { addressText } from "../core/buffer.ts";

/** Ends what is being read of a message; those after it are still read. */
export class Short extends Error {}

/** Ends the message unless `count` octets at `at` were captured. */
export function want(l: Line, at: number, count: number): void {
  if (!l.has(at, count)) throw new Short();
}

/** An AS number; `-b` writes those of four octets in two parts. RFC 5396. */
export function asText(l: Line, as: number): string {
  return l.options.asdot && as > 0xffff ? `${as >>> 16}.${as & 0xffff}` : String(as);
}

/** A route distinguisher. RFC 4364 4.2. */
export function distinguisher(l: Line, at: number): string {
  const quad = (from: number) => `${l.u8(from)}.${l.u8(from + 1)}.${l.u8(from + 2)}.${l.u8(from + 3)}`;
  switch (l.u16(at)) {
    case 0:
      return `${l.u16(at + 2)}:${l.u32(at + 4)} (= ${quad(at + 4)})`;
    case 1:
      return `${quad(at + 2)}:${l.u16(at + 6)}`;
    case 2:
      return `${asText(l, l.u32(at + 2))}:${l.u16(at + 6)} (${quad(at + 2)}:${l.u16(at + 6)})`;
  }
  return "unknown RD format";
}

/** The first `bits` of an address of `size` octets at `at`, as text with its length. */
function prefixText(l: Line, at: number, bits: number, size: 4 | 16): string {
  const address = new Uint8Array(size);
  const count = (bits + 7) >> 3;
  if (!l.has(at, count)) throw TRUNCATED;
  address.set(l.bytes.subarray(at, at + count));
  if (bits % 8 !== 0) address[count - 1]! &= 0xff00 >> bits % 8;
  return `${addressText(address, 0, size)}/${bits}`;
}

/** What a decoder found: its text, and the octets it took. */
type Found = readonly [text: string, used: number];
type Outcome = Found | "illegal" | "short" | "stop";

/** A prefix of at most `room` octets at `at`. RFC 4271 4.3. */
export function prefix(l: Line, at: number, room: number, size: 4 | 16): Outcome {
  if (room < 1) return "short";
  const bits = l.u8(at), count = (bits + 7) >> 3;
  if (bits > size * 8) return "illegal";
  if (room - 1 < count) return "short";
  return [prefixText(l, at + 1, bits, size), 1 + count];
}

const label = (l: Line, at: number) =>
  `label:${l.u24(at) >> 4} ${(l.u8(at + 2) & 1) === 0 ? "(BOGUS: Bottom of Stack NOT set!)" : "(bottom)"}`;

/** RFC 8277. */
function labeled(l: Line, at: number, room: number, size: 4 | 16): Outcome {
  want(l, at, 4);
  if (room < 4) return "stop";
  const bits = l.u8(at) - 24;
  if (bits < 0 || bits > size * 8) return "illegal";
  const count = (bits + 7) >> 3;
  if (size === 4 && room - 4 < count) return "stop";
  return [`${prefixText(l, at + 4, bits, size)}, ${label(l, at + 1)}`, 4 + count];
}

/** RFC 4364, RFC 4659. */
function virtual(l: Line, at: number, size: 4 | 16): Outcome {
  const bits = l.u8(at) - 88;
  if (bits < 0 || bits > size * 8) return "illegal";
  const text = prefixText(l, at + 12, bits, size);
  return [`RD: ${distinguisher(l, at + 4)}, ${text}, ${label(l, at + 1)}`, 12 + ((bits + 7) >> 3)];
}

function nsap(l: Line, at: number, distinguished: boolean): Outcome {
  const bits = l.u8(at) - (distinguished ? 88 : 0);
  if (bits < 0 || bits > 152) return "illegal";
  const count = (bits + 7) >> 3, from = at + (distinguished ? 12 : 4);
  if (!l.has(from, count)) throw TRUNCATED;
  const text = `${count === 0 ? "isonsap_string: illegal length" : nsapText(l, from, count)}/${bits}`;
  if (!distinguished) return [text, 1 + count];
  return [`RD: ${distinguisher(l, at + 4)}, ${text}, ${label(l, at + 1)}`, 12 + count];
}

/** Constrained distribution: whom routes are for. RFC 4684. */
function routeTarget(l: Line, at: number): Outcome {
  let bits = l.u8(at);
  if (bits === 0) return ["default route target", 1];
  if (bits < 32) return "illegal";
  const origin = asText(l, l.u32(at + 1));
  bits -= 32;
  if (bits > 64) return "illegal";
  const count = (bits + 7) >> 3;
  const target = new Uint8Array(8);
  if (!l.has(at + 5, count)) throw TRUNCATED;
  target.set(l.bytes.subarray(at + 5, at + 5 + count));
  if (bits % 8 !== 0) target[count - 1]! &= 0xff00 >> bits % 8;
  return [`origin AS: ${origin}, ${targetText(l, target, bits)}`, 5 + count];
}

function targetText(l: Line, target: Uint8Array, bits: number): string {
  if (bits === 0) return "route-target: 0:0/0";
  const count = (bits + 7) >> 3;
  let digits = "";
  for (let i = 0; i < count; i++) digits += hex(target[i]!, 2) + (i % 2 === 1 && i < count - 1 ? " " : "");
  if (bits < 16) return `route-target: partial-type: (${digits}/${bits})`;
  const view = new DataView(target.buffer);
  const type = view.getUint16(0), last = view.getUint16(6);
  let text: string;
  if (type === 2) text = `${view.getUint16(2)}:${view.getUint32(4)}`;
  else if (type === 0x102) text = `${target.subarray(2, 6).join(".")}:${last}`;
  else if (type === 0x202) text = `${asText(l, view.getUint32(2))}:${last}`;
  else return `route target: unknown-type(${hex(type, 4)}) (${digits}/${bits})`;
  return `route-target: ${text}/${bits} (${digits})`;
}

const MULTICAST = names(
  "1 Intra-AS I-PMSI|Inter-AS I-PMSI|S-PMSI|Intra-AS Segment-Leaf|Source-Active|Shared Tree Join|Source Tree Join",
);

/** RFC 6514. */
function multicastVpn(l: Line, at: number): Outcome {
  const type = l.u8(at), length = l.u8(at + 1);
  let text = `Route-Type: ${MULTICAST[type] ?? "Unknown"} (${type}), length: ${length}`;
  const address = (from: number, octets: number) =>
    octets === 4 ? l.ip4Text(from) : octets === 16 ? l.ip6Text(from) : `bogus address length ${octets * 8 >>> 0}`;
  at += 2;
  const sourceAndGroup = (): number => {
    let used = 0;
    for (const what of ["Source", "Group"]) {
      const bits = l.u8(at + used), octets = bits >> 3;
      if (!l.has(at + used + 1, octets)) return used;
      if (bits > 0) {
        text += `, ${what} ${
          bits === 32 || bits === 128 ? address(at + used + 1, octets) : `bogus address length ${bits}`
        }`;
      }
      used += octets + 1;
    }
    return used;
  };
  const rd = () => {
    text += `, RD: ${distinguisher(l, at)}`;
    at += 8;
  };
  switch (type) {
    case 1:
      want(l, at, 8);
      if (length < 8) throw new Short();
      rd();
      text += `, Originator ${address(at, length - 8)}`;
      break;
    case 2:
      want(l, at, 12);
      rd();
      text += `, Source-AS ${asText(l, l.u32(at))}`;
      break;
    case 3: {
      want(l, at, 8);
      rd();
      const rest = length - sourceAndGroup();
      want(l, at, Math.max(0, rest));
      text += `, Originator ${address(at, rest)}`;
      break;
    }
    case 5:
      want(l, at, 8);
      rd();
      sourceAndGroup();
      break;
    case 6:
    case 7:
      want(l, at, 12);
      rd();
      text += `, Source-AS ${asText(l, l.u32(at))}`;
      at += 4;
      sourceAndGroup();
      break;
  }
  return [text, length + 2];
}

/** RFC 4761, RFC 6074. */
function layer2Vpn(l: Line, at: number): Outcome {
  const length = l.u16(at);
  at += 2;
  if (length === 12) {
    want(l, at, 12);
    return [`RD: ${distinguisher(l, at)}, BGPNH: ${l.ip4Text(at + 8)}`, 14];
  }
  if (length <= 17) return "short";
  want(l, at, 15);
  let text = `RD: ${distinguisher(l, at)}, CE-ID: ${l.u16(at + 8)}, Label-Block Offset: ${l.u16(at + 10)}, `;
  text += `Label Base ${l.u24(at + 12) >> 4}`;
  at += 15;
  for (let left = length - 15; left > 0;) {
    if (left < 3) return [`${text}\n\t\tran past the end`, length + 2];
    const type = l.u8(at), bits = l.u16(at + 1);
    const octets = (bits + 7) >> 3;
    at += 3;
    if (type !== 1) {
      text += `\n\t\tunknown TLV #${type}, length: ${bits}`;
      if (left < octets) return [`${text} (ran past the end)`, length + 2];
      left -= octets;
      // Where nothing is taken nothing ends.
      if (octets === 0) return [text, length + 2];
      continue;
    }
    text += `\n\t\tcircuit status vector (${type}) length: ${bits}: 0x`;
    for (let i = 0; i < octets; i++) {
      if (left < 1) return [`${text} (ran past the end)`, length + 2];
      want(l, at, 1);
      text += hex(l.u8(at++), 2);
      left--;
    }
    if (octets === 0) return [text, length + 2];
  }
  return [text, length + 2];
}

function multicastDomain(l: Line, at: number): Outcome {
  if (l.u8(at) !== 128) return "illegal";
  want(l, at + 1, 8);
  const addresses = `VPN IP Address: ${l.ip4Text(at + 9)}, MC Group Address: ${l.ip4Text(at + 13)}`;
  return [`RD: ${distinguisher(l, at + 1)}, ${addresses}`, 17];
}

/** How the routes of a family (256 times it, plus the part of it) are read. */
export function decoderOf(family: number): ((l: Line, at: number, room: number) => Outcome) | undefined {
  switch (family) {
    case 0x101:
    case 0x102:
    case 0x103:
      return (l, at, room) => prefix(l, at, room, 4);
    case 0x104:
      return (l, at, room) => labeled(l, at, room, 4);
    case 0x105:
    case 0x205:
      return multicastVpn;
    case 0x142:
      return multicastDomain;
    case 0x180:
    case 0x181:
    case 0x182:
      return (l, at) => virtual(l, at, 4);
    case 0x184:
      return routeTarget;
    case 0x201:
    case 0x202:
    case 0x203:
      return (l, at, room) => prefix(l, at, room, 16);
    case 0x204:
      return (l, at, room) => labeled(l, at, room, 16);
    case 0x280:
    case 0x281:
    case 0x282:
      return (l, at) => virtual(l, at, 16);
    case 0x301:
    case 0x302:
    case 0x303:
      return (l, at) => nsap(l, at, false);
    case 0x380:
    case 0x381:
    case 0x382:
      return (l, at) => nsap(l, at, true);
    case 0x1941:
    case 0xc480:
    case 0xc481:
    case 0xc482:
      return layer2Vpn;
  }
  return undefined;
}

/** Whether the routes seem to have path identifiers. RFC 7911. */
export function hasPaths(l: Line, at: number, length: number, most: number): boolean {
  if (length < 5) return false;
  let offset = 0;
  while (offset < length) {
    offset += 4;
    if (!l.has(at + offset, 1)) break;
    const bits = l.bytes[at + offset]!;
    if (bits > most) return false;
    offset += 1 + ((bits + 7) >> 3);
  }
  if (offset > length) return false;
  for (offset = 0; offset < length;) {
    if (!l.has(at + offset, 1)) break;
    const bits = l.bytes[at + offset]!;
    if (bits < 1 || bits > most) return true;
    offset += 1 + ((bits + 7) >> 3);
  }
  return offset > length;
}

/** Routes of a family from `at` to `end`, which stand in an attribute of `room` octets. */
export function printRoutes(l: Line, family: number, at: number, end: number, room: number): void {
  const decode = decoderOf(family);
  const paths4 = hasPaths(l, at, end - at, 32), paths6 = hasPaths(l, at, end - at, 128);
  const plain = family >= 0x101 && family <= 0x103 ? paths4 : family >= 0x201 && family <= 0x203 ? paths6 : false;
  while (at < end) {
    if (decode === undefined) return l.text(`\n\t    ERROR: no AFI ${family >> 8} / SAFI ${family & 255} decoder`);
    const path = plain ? l.u32(at) : 0;
    const found = decode(l, at + (plain ? 4 : 0), room);
    let used = -1;
    if (found === "short") throw new Short();
    if (found === "stop") return;
    if (found === "illegal") l.text(`\n\t    ${family === 0x184 ? "  " : ""}(illegal prefix length)`);
    else {
      l.text(`\n\t      ${found[0]}`);
      used = found[1];
    }
    if (plain) {
      l.text(`   Path Id: ${path}`);
      used += 4;
    }
    if (used < 0) return;
    at += used;
  }
}

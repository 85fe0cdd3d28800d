// RIP and RIPng in a line, with -v their routes. Pure. RFC 1058, RFC 2453, RFC 2080; the form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { BSD_FAMILIES } from "../core/names.ts";
import { names } from "../core/table.ts";

const COMMANDS = names(
  "1 Request|Response|Trace on|Trace off|Poll|Triggered Request|Triggered Response|" +
    "Triggered Acknowledgement|Update Request|Update Response|Update Acknowledge",
);
/** Octets of a route. */
const ROUTE = 20;

/** `length` octets at `at`. */
export function printRip(l: Line, at: number, length: number): void {
  l.protocol = "rip";
  let left = Math.min(l.end - at, length);
  if (left < 4) return l.text(" [|rip]");
  left -= 4;
  const command = l.u8(at), version = l.u8(at + 1);
  l.text(`${l.verbose >= 1 ? "\n\t" : ""}RIPv${version}`);
  if (version === 0) return unknownData(l, at, "\n\t", length);
  l.text(`, ${COMMANDS[command] ?? `unknown command (${command})`}, length: ${length}`);
  if (l.verbose < 1) return;
  if (command !== 1 && command !== 2) {
    if (COMMANDS[command] === undefined && l.verbose <= 1) unknownData(l, at, "\n\t", length);
  } else if (version > 2) l.text(", unknown version");
  else {
    l.text(`, routes: ${Math.floor(length / ROUTE)}${version === 2 ? " or less" : ""}`);
    for (let entry = at + 4; left > 0;) {
      const used = version === 1 ? old(l, entry, left) : route(l, entry, left);
      if (used === 0) {
        l.text(" [|rip]");
        break;
      }
      if (left < used) {
        l.text(` [remaining entries length ${left} < ${used}]`);
        l.invalid();
        break;
      }
      entry += used;
      left -= used;
    }
  }
  if (l.verbose > 1) unknownData(l, at, "\n\t", length);
}

/** A route of version 1; gives the octets used. */
function old(l: Line, at: number, left: number): number {
  if (left < ROUTE) return 0;
  const family = l.u16(at);
  if (family !== 2 && family !== 0) {
    l.text(`\n\t AFI ${BSD_FAMILIES[family] ?? `Unknown (${family})`}, `);
    unknownData(l, at + 4, "\n\t  ", ROUTE - 4);
  } else if (l.u16(at + 2) !== 0 || l.u32(at + 8) !== 0 || l.u32(at + 12) !== 0) {
    // What must be zero is not: some other version.
    unknownData(l, at, "\n\t  ", ROUTE);
  } else l.text(`\n\t  ${family === 0 ? "AFI 0, " : ""}${l.ip4Text(at + 4)}, metric: ${l.u32(at + 16)}`);
  return ROUTE;
}

/** A route of version 2, or how the message proves itself. */
function route(l: Line, at: number, left: number): number {
  if (left < 4) return 0;
  const family = l.u16(at);
  if (family === 0xffff) return authentication(l, l.u16(at + 2), at + 4, left - 4);
  if (family !== 2 && family !== 0) {
    l.text(`\n\t  AFI ${BSD_FAMILIES[family] ?? `Unknown (${family})`}`);
    unknownData(l, at + 4, "\n\t  ", ROUTE - 4);
    return ROUTE;
  }
  if (left < ROUTE) return 0;
  const mask = l.u32(at + 8), size = Math.clz32(~mask);
  const proper = mask === (size === 0 ? 0 : (0xffff_ffff << (32 - size)) >>> 0);
  l.text(`\n\t  AFI ${BSD_FAMILIES[family] ?? family}, ${l.ip4Text(at + 4).padStart(15)}/`);
  l.text(`${String(proper ? size : -1).padEnd(2)}, tag 0x${hex(l.u16(at + 2), 4)}, metric: ${l.u32(at + 16)}, `);
  l.text(`next-hop: ${l.u32(at + 12) !== 0 ? l.ip4Text(at + 12) : "self"}`);
  return ROUTE;
}

/** RFC 2453 section 4.1, RFC 4822. */
function authentication(l: Line, kind: number, at: number, left: number): number {
  if (kind === 2) {
    l.text("\n\t  Simple Text Authentication data: ");
    l.string(at, 16);
    return ROUTE;
  }
  if (kind === 3) {
    if (left < 16) return 0;
    l.text(`\n\t  Auth header: Packet Len ${l.u16(at)}, Key-ID ${l.u8(at + 2)}, Auth Data Len ${l.u8(at + 3)},`);
    l.text(` SeqNo ${l.u32(at + 4)}, MBZ ${l.u32(at + 8)}, MBZ ${l.u32(at + 12)}`);
    return ROUTE;
  }
  l.text(kind === 1 ? "\n\t  Auth trailer:" : `\n\t  Unknown (${kind}) Authentication data:`);
  unknownData(l, at, "\n\t  ", left);
  return left + 4;
}

/** RFC 2080. */
export function printRipng(l: Line, at: number, length: number): void {
  l.protocol = "ripng";
  const version = l.u8(at + 1);
  if (version !== 1) {
    l.text(` [vers ${version}]`);
    return l.invalid();
  }
  const command = l.u8(at);
  if (command !== 1 && command !== 2) {
    l.text(` ripng-${command} ?? ${length}`);
    return l.invalid();
  }
  if (length < 4) return l.invalid();
  let left = length - 4;
  at += 4;
  const count = Math.floor(left / ROUTE);
  if (command === 1 && count === 1) {
    l.must(at, ROUTE);
    if (l.u8(at + 19) === 16 && l.bytes.subarray(at, at + 16).every((octet) => octet === 0)) {
      return l.text(" ripng-req dump");
    }
  }
  l.text(` ripng-${command === 1 ? "req" : "resp"} ${count}${count * ROUTE !== left ? `[${length}]` : ""}:`);
  for (; left >= ROUTE; left -= ROUTE, at += ROUTE) {
    l.text(l.verbose > 1 ? "\n\t" : " ");
    l.text(`${l.ip6Text(at)}/${l.u8(at + 18)}`);
    const tag = l.u16(at + 16);
    if (tag !== 0) l.text(` [${tag}]`);
    const metric = l.u8(at + 19);
    if (metric !== 0 && command === 2) l.text(` (${metric})`);
  }
  if (left !== 0) l.invalid();
}

// EIGRP in a line, with -v its routes. Pure. RFC 7868; the form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { bits, names, numbers } from "../core/table.ts";

const OPCODES = names("1 Update|3 Query|Reply|Hello|IPX SAP|Probe");
const FLAGS = bits("0x1 Init|0x2 Conditionally Received|0x4 Restart|0x8 End-of-Table");
const PARTS = names(
  "1 General Parameters|Authentication|Sequence|Software Version|Next Multicast Sequence|0x102 IP Internal routes|" +
    "IP External routes|0x202 AppleTalk Internal routes|AppleTalk External routes|AppleTalk Cable setup|" +
    "0x302 IPX Internal routes|IPX External routes",
);
const SOURCES = names("1 IGRP|EIGRP|Static|RIP|Hello|OSPF|IS-IS|EGP|BGP|IDRP|Connected");
/** Octets that a part has at least, without its header. */
const LEAST = numbers("1 8|4 4|0x102 22|42|0x202 20|36|8");

/** A packet of `length` octets at `at`. */
export function printEigrp(l: Line, at: number, length: number): void {
  l.protocol = "eigrp";
  l.need(at, 20);
  const version = l.u8(at), code = l.u8(at + 1), name = OPCODES[code];
  if (version !== 2) return l.text(`EIGRP version ${version} packet not supported`);
  if (l.verbose < 1) return l.text(`EIGRP ${name ?? `unknown (${code})`}, length: ${length}`);
  if (length < 20) return l.text(`EIGRP ${name ?? `unknown (${code})`}, length: ${length} (too short, < 20)`);
  let left = length - 20;
  l.text(`\n\tEIGRP v2, opcode: ${name ?? `unknown, type: ${code}`} (${code}), chksum: 0x${hex(l.u16(at + 2), 4)}, `);
  l.text(`Flags: [${bitNames(FLAGS, l.u32(at + 4), "none")}]\n\tseq: 0x${hex(l.u32(at + 8), 8)}, `);
  l.text(`ack: 0x${hex(l.u32(at + 12), 8)}, VRID: ${l.u16(at + 16)}, AS: ${l.u16(at + 18)}, length: ${left}`);
  at += 20;
  while (left > 0) {
    l.need(at, 4);
    const type = l.u16(at), size = l.u16(at + 2);
    if (size < 4 || size > left) return unknownData(l, at + 4, "\n\t    ", left);
    l.text(`\n\t  ${PARTS[type] ?? "Unknown"} TLV (0x${hex(type, 4)}), length: ${size}`);
    l.need(at, size);
    const least = LEAST[type];
    if (least === undefined) {
      if (l.verbose <= 1) unknownData(l, at + 4, "\n\t    ", size - 4);
    } else if (size - 4 < least) l.text(` (too short, < ${least + 4})`);
    else part(l, type, at + 4);
    if (l.verbose > 1) unknownData(l, at + 4, "\n\t    ", size - 4);
    at += size;
    left -= size;
  }
}

function part(l: Line, type: number, at: number): void {
  switch (type) {
    case 1:
      l.text(`\n\t    holdtime: ${l.u16(at + 6)}s, k1 ${l.u8(at)}, k2 ${l.u8(at + 1)}, k3 ${l.u8(at + 2)}, `);
      return l.text(`k4 ${l.u8(at + 3)}, k5 ${l.u8(at + 4)}`);
    case 4:
      l.text(`\n\t    IOS version: ${l.u8(at)}.${l.u8(at + 1)}, `);
      return l.text(`EIGRP version ${l.u8(at + 2)}.${l.u8(at + 3)}`);
    case 0x102:
      if (!prefix(l, at, at + 20)) return;
      return metrics(l, at + 4);
    case 0x103:
      if (!prefix(l, at, at + 40)) return;
      origin(l, l.ip4Text(at + 4), at + 8, at + 22, l.u32(at + 16));
      return metrics(l, at + 24);
    case 0x202:
      cables(l, at, at + 16);
      return metrics(l, at + 4);
    case 0x203:
      cables(l, at, at + 36 - 4);
      origin(l, String(l.u32(at + 4)), at + 8, at + 16, l.u16(at + 18));
      return metrics(l, at + 20);
    case 0x204:
      return l.text(`\n\t    Cable-range: ${l.u16(at)}-${l.u16(at + 2)}, Router-ID ${l.u32(at + 4)}`);
  }
}

/** The prefix at `from` with its next hop; `false` when it is too long. */
function prefix(l: Line, hop: number, from: number): boolean {
  const size = l.u8(from);
  if (size > 32) {
    l.text(`\n\t    illegal prefix length ${size}`);
    return false;
  }
  const address = [0, 0, 0, 0];
  for (let i = 0; i < (size + 7) >> 3; i++) address[i] = l.u8(from + 1 + i);
  l.text(`\n\t    IPv4 prefix: ${address.join(".").padStart(15)}/${size}, nexthop: `);
  l.text(l.u32(hop) === 0 ? "self" : l.ip4Text(hop));
  return true;
}

function cables(l: Line, hop: number, from: number): void {
  l.text(`\n\t     Cable-Range: ${l.u16(from)}-${l.u16(from + 2)}, nexthop: `);
  l.text(l.u32(hop) === 0 ? "self" : `${l.u16(hop)}.${l.u16(hop + 2)}`);
}

function origin(l: Line, router: string, at: number, source: number, metric: number): void {
  l.text(`\n\t      origin-router ${router}, origin-as ${l.u32(at)}, `);
  l.text(`origin-proto ${SOURCES[l.u8(source)] ?? "unknown"}, flags [0x${hex(l.u8(source + 1), 2)}], `);
  l.text(`tag 0x${hex(l.u32(at + 4), 8)}, metric ${metric}`);
}

function metrics(l: Line, at: number): void {
  l.text(`\n\t      delay ${Math.floor(l.u32(at) / 100)} ms, bandwidth ${l.u32(at + 4)} Kbps, mtu ${l.u24(at + 8)}, `);
  l.text(`hop ${l.u8(at + 11)}, reliability ${l.u8(at + 12)}, load ${l.u8(at + 13)}`);
}

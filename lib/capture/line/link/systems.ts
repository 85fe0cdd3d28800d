// Link types that systems give their own captures: packet filters, IPsec, what a kernel logs. Pure. The forms are tcpdump's.
import { printAppleTalk } from "../network/appletalk.ts";
import { printIpx } from "../network/ipx.ts";
import { printOsi } from "../network/osi.ts";
import { printEtherType, printTypeName } from "./ether.ts";
import { unexplained } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { BSD_FAMILIES, ETHERTYPES } from "../core/names.ts";
import { names } from "../core/table.ts";

/** Swaps the octets of a word. */
const swapped = (word: number) => (word >>> 24 | (word >>> 8 & 0xff00) | (word & 0xff00) << 8 | word << 24) >>> 0;

/** Prints a packet by its family in the BSDs; `false` when it is of another. */
function byFamily(l: Line, family: number, at: number, length: number): boolean {
  const name = BSD_FAMILIES[family];
  if (name === "IPv4") l.layers.ip(l, at, length);
  else if (name === "IPv6") l.layers.ip6(l, at, length);
  else return false;
  return true;
}

/** The BSDs' loopback: a family before the packet. */
export function printLoop(l: Line, name: "null" | "loop", at: number, length: number): number {
  l.protocol = "null";
  l.need(at, 4);
  // The family is in the byte order of the machine that captured: here that is little.
  let family = name === "null" ? l.u32le(at) : l.u32(at);
  if ((family & 0xffff0000) !== 0) family = swapped(family);
  const header = () => {
    if (!l.quiet) l.text(`AF ${BSD_FAMILIES[family] ?? "Unknown"} (${family}), length ${length}: `);
    else l.text(`${BSD_FAMILIES[family] ?? `Unknown AF ${family}`}, length ${length}: `);
  };
  if (l.link) header();
  const carried = BSD_FAMILIES[family], body = at + 4, left = length - 4;
  if (carried === "ISO") printOsi(l, body, left);
  else if (carried === "Appletalk") printAppleTalk(l, body, left);
  else if (carried === "IPX") printIpx(l, body, left);
  else if (!byFamily(l, family, body, left)) {
    if (!l.link) header();
    unexplained(l, at + 4);
  }
  return 4;
}

/** Solaris' ipnet. */
export function printIpnet(l: Line, at: number, length: number): number {
  l.protocol = "ipnet";
  l.need(at, 24);
  const family = l.u8(at + 1);
  const header = () => {
    const name = ({ 2: "IPv4", 26: "IPv6" } as Record<number, string>)[family];
    l.text(`${l.u32(at + 16)} > ${l.u32(at + 20)}`);
    l.text(
      l.quiet ? `, ${name ?? `Unknown Ethertype (0x${hex(family, 4)})`}` : `, family ${name ?? "Unknown"} (${family})`,
    );
    l.text(`, length ${length}: `);
  };
  if (l.link) header();
  if (family === 2) l.layers.ip(l, at + 24, length - 24);
  else if (family === 26) l.layers.ip6(l, at + 24, length - 24);
  else {
    if (!l.link) header();
    unexplained(l, at + 24);
  }
  return 24;
}

/** Linux netfilter's log: parts, of which one is the packet. */
export function printNetfilter(l: Line, at: number, length: number): number {
  l.protocol = "nflog";
  l.need(at, 4);
  const family = l.u8(at), name = ({ 2: "IPv4", 10: "IPv6" } as Record<number, string>)[family];
  if (l.u8(at + 1) !== 0) {
    l.text(`version ${l.u8(at + 1)} (unknown)`);
    return 4;
  }
  const header = (octets: number) => {
    l.text(`version 0, resource ID ${l.u16(at + 2)}, `);
    l.text(l.quiet ? name ?? `Unknown NFLOG (0x${hex(family, 2)})` : `family ${name ?? "Unknown"} (${family})`);
    l.text(`, length ${octets}: `);
  };
  if (l.link) header(length);
  const end = at + length;
  let cursor = at + 4;
  while (cursor < end) {
    if (!l.has(cursor, 4)) l.cut();
    const size = (l.u16le(cursor) + 3) & ~3;
    if (size < 4 || !l.has(cursor, size)) l.cut();
    const payload = l.u16le(cursor + 2) === 9;
    cursor += payload ? 4 : size;
    if (payload) break;
  }
  if (name === "IPv4") l.layers.ip(l, cursor, end - cursor);
  else if (name === "IPv6") l.layers.ip6(l, cursor, end - cursor);
  else {
    if (!l.link) header(end - cursor + 4);
    unexplained(l, cursor);
  }
  return cursor - at;
}

/** IP over InfiniBand. */
export function printInfiniband(l: Line, at: number, length: number): number {
  l.protocol = "ipoib";
  if (!l.has(at, 44) || length < 44) {
    l.text(" [|ipoib]");
    return Math.min(l.end - at, length);
  }
  const type = l.u16(at + 40), name = ETHERTYPES[type] ?? "Unknown";
  const header = () => {
    l.text(`, ethertype ${l.quiet ? name : `${name} (0x${hex(type, 4)})`}, length ${length}: `);
  };
  if (l.link) {
    l.text("IPOIB");
    header();
  }
  if (!printEtherType(l, type, at + 44, length - 44)) {
    if (!l.link) header();
    unexplained(l, at + 44);
  }
  return 44;
}

/** OpenBSD's view of what IPsec carries. */
export function printEncapsulated(l: Line, at: number, length: number): number {
  l.protocol = "enc";
  l.must(at, 12);
  l.header = 12;
  let family = l.u32le(at), flags = l.u32le(at + 8);
  if ((family & 0xffff0000) !== 0) [family, flags] = [swapped(family), swapped(flags)];
  if (flags === 0) l.text("(unprotected): ");
  else l.text("(");
  for (const [bit, name] of [[0x0800, "authentic"], [0x0400, "confidential"]] as const) {
    if ((flags & bit) === 0) continue;
    l.text(`${name}${flags === bit ? "): " : ","}`);
    flags &= ~bit;
  }
  l.text(`SPI 0x${hex(l.u32(at + 4), 8)}: `);
  byFamily(l, family, at + 12, length - 12);
  return 12;
}

const PF_REASONS = names(
  "0 0(match)|1(bad-offset)|2(fragment)|4 3(short)|5(memory)|6(bad-timestamp)|7(congestion)|8(ip-option)|" +
    "9(proto-cksum)|10(state-mismatch)|11(state-insert)|12(state-limit)|13(src-limit)|14(synproxy)",
);
const PF_ACTIONS = names("0 pass|block|scrub|4 nat|nonat|binat|nobinat|rdr|nordr|synproxy-drop");
const PF_WAYS = names("0 in/out|in|out");

/** What the packet filter of the BSDs logs: the rule, then the packet. */
export function printPacketFilter(l: Line, at: number, length: number): number {
  l.protocol = "pflog";
  const size = l.u8(at);
  if (size < 45) {
    l.text("[pflog: invalid header length!]");
    return size;
  }
  const header = (size + 3) & ~3;
  if (!l.has(at, header) || !l.has(at, 64)) {
    l.text(" [|pflog]");
    return header;
  }
  const rule = () => {
    l.text(`rule ${l.u32(at + 36)}`);
    if (l.u32(at + 40) !== 0xffff_ffff) {
      l.text(".");
      l.string(at + 20, 16);
      l.text(`.${l.u32(at + 40)}`);
    }
    const [reason, action, way] = [l.u8(at + 3), l.u8(at + 2), l.u8(at + 60)];
    l.text(`/${PF_REASONS[reason] ?? `unkn(${reason})`}: ${PF_ACTIONS[action] ?? `unkn(${action})`} `);
    l.text(`${PF_WAYS[way] ?? `unkn(${way})`} on `);
    l.string(at + 4, 16);
    l.text(": ");
  };
  if (l.link) rule();
  l.header = header;
  if (!byFamily(l, l.u8(at + 1), at + header, length - header)) {
    if (!l.link) rule();
    unexplained(l, at + header);
  }
  return header;
}

/** Symantec's firewall: 44 octets, an EtherType among them. */
export function printFirewall(l: Line, at: number, length: number): number {
  l.protocol = "symantec";
  l.must(at, 44);
  l.header = 44;
  const type = l.u16(at + 6);
  const header = () => {
    if (type <= 1500) l.text(`invalid ethertype ${type}`);
    else printTypeName(l, type);
    l.text(`, length ${length}: `);
  };
  if (l.link) header();
  if (type <= 1500 || !printEtherType(l, type, at + 44, length - 44)) {
    if (!l.link) header();
    unexplained(l, at + 44);
  }
  return 44;
}

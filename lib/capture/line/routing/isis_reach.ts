// What IS-IS routers reach: neighbours and prefixes, with their metrics. Pure. RFC 5305, RFC 5308, RFC 5120, RFC 8667.
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { BANDWIDTH_MODELS, ENCODINGS, megabits, PROTECTION, SWITCHING } from "./gmpls.ts";
import { systemText } from "../network/osi_text.ts";
import { bits, names } from "../core/table.ts";

/** Default, delay, expense and error metrics, the last three where they are supported. */
export function metrics(l: Line, at: number, indent = "\n\t\t", head = ", Default Metric: "): void {
  const text = (octet: number) => `${octet & 0x3f}, ${(octet & 0x40) !== 0 ? "External" : "Internal"}`;
  l.text(`${head}${text(l.u8(at))}`);
  for (const [i, name] of [[1, "Delay"], [2, "Expense"], [3, "Error"]] as const) {
    const octet = l.u8(at + i);
    if ((octet & 0x80) === 0) l.text(`${indent}  ${name} Metric: ${text(octet)}`);
  }
}

/** Prefixes with masks. RFC 1195. */
export function oldPrefixes(l: Line, at: number, end: number, indent: string): void {
  for (; at < end; at += 12) {
    if (end - at < 12) return l.text(`short IPv4 Reachability (${end - at} vs 12)`);
    l.need(at, 12);
    const mask = l.u32(at + 8);
    const size = Math.clz32(~mask);
    const proper = mask === (size === 0 ? 0 : (0xffff_ffff << (32 - size)) >>> 0);
    if (proper) l.text(`${indent}IPv4 prefix: ${l.ip4Text(at + 4).padStart(15)}/${size}`);
    else l.text(`${indent}IPv4 prefix: ${l.ip4Text(at + 4)} mask ${l.ip4Text(at + 8)}`);
    l.text(`, Distribution: ${(l.u8(at) & 0x80) !== 0 ? "down" : "up"}`);
    metrics(l, at, indent, ", Metric: ");
  }
}

const TOPOLOGIES = names(
  "0 IPv4 unicast|In-Band Management|IPv6 unicast|Multicast|4095 Development, Experimental or Proprietary",
);
const TOPOLOGY_FLAGS = bits("0x4000 ATT bit set|0x8000 Overload bit set");

/** A topology's number; gives the offset behind it. */
export function topology(l: Line, at: number, end: number, indent: string): number {
  if (end - at < 2) l.cut();
  const word = l.u16(at), number = word & 0xfff;
  l.text(`${indent}${TOPOLOGIES[number] ?? "Reserved for IETF Consensus"} Topology (0x${hex(number, 3)}), `);
  l.text(`Flags: [${bitNames(TOPOLOGY_FLAGS, word & 0xf000, "none")}]`);
  return at + 2;
}

const LINK_PARTS = names(
  "3 Administrative groups|Link Local/Remote Identifier|Link Remote Identifier|IPv4 interface address|" +
    "8 IPv4 neighbor address|Maximum link bandwidth|Reservable link bandwidth|Unreserved bandwidth|" +
    "Bandwidth Constraints (old)|18 Traffic Engineering Metric|Link Attribute|Link Protection Type|" +
    "Interface Switching Capability|Bandwidth Constraints|29 SPB Metric|32 LAN Adjacency Segment Identifier|" +
    "250 Reserved for cisco specific extensions|Reserved for cisco specific extensions|" +
    "Reserved for cisco specific extensions|Reserved for cisco specific extensions|" +
    "Reserved for cisco specific extensions|Reserved for future expansion",
);
const LINK_ATTRIBUTES = bits(
  "0x1 Local Protection Available|0x2 Link excluded from local protection path|0x4 Local maintenance required",
);
const SEGMENT_FLAGS = bits(
  "0x80 Address family IPv6|0x40 Backup|0x20 Value|0x10 Local significance|0x8 Set of adjacencies|0x4 Persistent",
);

/** A neighbour with the parts of the link to it; gives the offset behind it. */
export function neighbour(l: Line, at: number, end: number, indent: string, metric: boolean): number {
  const size = metric ? 11 : 8;
  l.need(at, Math.min(size, end - at));
  if (end - at < 7) l.cut();
  l.text(`${indent}IS Neighbor: ${systemText(l, at, 7)}`);
  at += 7;
  if (metric) {
    if (end - at < 3) l.cut();
    l.text(`, Metric: ${l.u24(at)}`);
    at += 3;
  }
  if (end - at < 1) l.cut();
  const octets = l.u8(at++);
  l.text(`, ${octets > 0 ? "" : "no "}sub-TLVs present`);
  if (octets === 0) return at;
  l.text(` (${octets})`);
  indent += "  ";
  const partsEnd = at + octets;
  while (at < partsEnd) {
    l.need(at, 2);
    if (end - at < 2) {
      l.text(`${indent}Remaining data in TLV shorter than a subTLV header`);
      return end;
    }
    if (partsEnd - at < 2) {
      l.text(`${indent}Remaining data in subTLVs shorter than a subTLV header`);
      return partsEnd;
    }
    const type = l.u8(at), length = l.u8(at + 1);
    at += 2;
    l.text(`${indent}${LINK_PARTS[type] ?? "unknown"} subTLV #${type}, length: ${length}`);
    if (partsEnd - at < length) {
      l.text(" (remaining data in subTLVs shorter than the current subTLV)");
      return partsEnd;
    }
    if (end - at < length) {
      l.text(" (> remaining tlv length)");
      return end;
    }
    l.need(at, length);
    linkPart(l, type, at, length, indent);
    at += length;
  }
  return at;
}

function linkPart(l: Line, type: number, at: number, size: number, indent: string): void {
  switch (type) {
    case 3:
    case 4:
    case 5:
      if (size >= 4) l.text(`, 0x${hex(l.u32(at), 8)}`);
      if (size === 8) l.text(`, 0x${hex(l.u32(at + 4), 8)}`);
      return;
    case 6:
    case 8:
      if (size >= 4) l.text(`, ${l.ip4Text(at)}`);
      return;
    case 9:
    case 10:
      if (size >= 4) l.text(`, ${megabits(l, at)}`);
      return;
    case 11:
      if (size < 32) return;
      for (let i = 0; i < 8; i++) l.text(`${indent}  TE-Class ${i}: ${megabits(l, at + i * 4)}`);
      return;
    case 12:
    case 22:
      if (size === 0) return;
      l.text(`${indent}Bandwidth Constraints Model ID: ${BANDWIDTH_MODELS[l.u8(at)] ?? "unknown"} (${l.u8(at)})`);
      for (let i = 0; 1 + i * 4 + 4 <= size; i++) {
        l.text(`${indent}  Bandwidth constraint CT${i}: ${megabits(l, at + 1 + i * 4)}`);
      }
      return;
    case 18:
      if (size >= 3) l.text(`, ${l.u24(at)}`);
      return;
    case 19:
      if (size === 2) l.text(`, [ ${bitNames(LINK_ATTRIBUTES, l.u16(at), "Unknown")} ] (0x${hex(l.u16(at), 4)})`);
      return;
    case 20:
      if (size >= 2) l.text(`, ${bitNames(PROTECTION, l.u8(at), "none")}, Priority ${l.u8(at + 1)}`);
      return;
    case 29:
      if (size >= 6) l.text(`, LM: ${l.u24(at)}, P: ${l.u8(at + 3)}, P-ID: ${l.u16(at + 4)}`);
      return;
    case 21: {
      if (size < 36) return;
      const capability = l.u8(at);
      l.text(`${indent}  Interface Switching Capability:${SWITCHING[capability] ?? "Unknown"}`);
      l.text(`, LSP Encoding: ${ENCODINGS[l.u8(at + 1)] ?? "Unknown"}${indent}  Max LSP Bandwidth:`);
      for (let i = 0; i < 8; i++) l.text(`${indent}    priority level ${i}: ${megabits(l, at + 4 + i * 4)}`);
      const rest = size - 36;
      if (capability >= 1 && capability <= 4) {
        if (rest < 6) return;
        l.text(`${indent}  Min LSP Bandwidth: ${megabits(l, at + 36)}${indent}  Interface MTU: ${l.u16(at + 40)}`);
      } else if (capability === 100) {
        if (rest < 8) return;
        const kind = l.u8(at + 40);
        l.text(`${indent}  Min LSP Bandwidth: ${megabits(l, at + 36)}${indent}  Indication `);
        l.text(kind < 2 ? ["Standard SONET/SDH", "Arbitrary SONET/SDH"][kind]! : `Unknown (${kind})`);
      } else if (rest > 0) unknownData(l, at + 36, "\n\t\t    ", rest);
      return;
    }
    case 32: {
      if (size < 8) return;
      const flags = l.u8(at);
      l.text(`${indent}  Flags: [${bitNames(SEGMENT_FLAGS, flags, "none")}]${indent}  Weight: ${l.u8(at + 1)}`);
      l.text(`${indent}  Neighbor System-ID: ${systemText(l, at + 2, 6)}`);
      if ((flags & 0x30) === 0x30) l.text(`${indent}  Label: ${l.u24(at + 8)}`);
      else if ((flags & 0x30) === 0) l.text(`${indent}  Index: ${l.u32(at + 8)}`);
      else l.invalid();
      return;
    }
  }
  unknownData(l, at, "\n\t\t    ", size);
}

const PREFIX_PARTS = names(
  "1 32-Bit Administrative tag|64-Bit Administrative tag|Prefix SID|117 Management Prefix Color",
);
const SID_FLAGS = bits("0x80 Readvertisement|0x40 Node|0x20 No-PHP|0x10 Explicit NULL|0x8 Value|0x4 Local");

/** A prefix with its parts; gives the offset behind it, at most `end`. */
export function prefix(l: Line, at: number, end: number, indent: string, family: 4 | 6): number {
  const behind = onePrefix(l, at, indent, family);
  if (behind <= end) return behind;
  l.text(` [remaining tlv length ${end - at} < ${behind - at}]`);
  l.invalid();
  return end;
}

function onePrefix(l: Line, at: number, indent: string, family: 4 | 6): number {
  const metric = l.u32(at), status = l.u8(at + 4);
  const size = family === 4 ? status & 0x3f : l.u8(at + 5);
  at += family === 4 ? 5 : 6;
  if (size > (family === 4 ? 32 : 128)) {
    l.text(`${indent}IPv${family} prefix: bad bit length ${size}`);
    l.cut();
  }
  const octets = (size + 7) >> 3;
  l.need(at, octets);
  const address = new Uint8Array(16);
  address.set(l.bytes.subarray(at, at + octets));
  at += octets;
  if (family === 4) l.text(`${indent}IPv4 prefix: ${address.subarray(0, 4).join(".").padStart(15)}/${size}`);
  else {
    l.text(`${indent}IPv6 prefix: `);
    l.out.ip6(address, 0);
    l.text(`/${size}`);
  }
  l.text(`, Distribution: ${(status & 0x80) !== 0 ? "down" : "up"}, Metric: ${metric}`);
  const parts = (status & (family === 4 ? 0x40 : 0x20)) !== 0;
  if (family === 6) l.text(`, ${(status & 0x40) !== 0 ? "External" : "Internal"}`);
  if (!parts) return at;
  l.text(", sub-TLVs present");
  let left = l.u8(at++);
  l.text(` (${left})`);
  while (left > 0) {
    const type = l.u8(at), length = l.u8(at + 1);
    l.text(`${indent}  ${PREFIX_PARTS[type] ?? "unknown"} subTLV #${type}, length: ${length}`);
    l.need(at + 2, length);
    prefixPart(l, type, at + 2, length);
    at += 2 + length;
    left -= 2 + length;
  }
  return at;
}

function prefixPart(l: Line, type: number, at: number, size: number): void {
  switch (type) {
    case 1:
    case 117:
      for (let i = 0; i + 4 <= size; i += 4) l.text(`, 0x${hex(l.u32(at + i), 8)} (=${l.u32(at + i)})`);
      return;
    case 2:
      for (let i = 0; i + 8 <= size; i += 8) l.text(`, 0x${l.hexText(at + i, 8)}`);
      return;
    case 3: {
      const flags = l.u8(at), algorithm = l.u8(at + 1);
      const label = (flags & 8) !== 0;
      if (size < (label ? 5 : 6)) l.cut();
      l.text(`, Flags [${bitNames(SID_FLAGS, flags, "None")}], `);
      l.text(`Algo ${["SPF", "strict-SPF"][algorithm] ?? "Unknown"} (${algorithm}), `);
      return l.text(label ? `label ${l.u24(at + 2)}` : `index ${l.u32(at + 2)}`);
    }
  }
  unknownData(l, at, "\n\t\t    ", size);
}

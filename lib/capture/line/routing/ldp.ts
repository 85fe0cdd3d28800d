// LDP in a line, with -v its messages. Pure. RFC 5036, RFC 4447; the form is tcpdump's.
// To add a part: its name in `PARTS` and its case in `value`.
import { prefix } from "./bgp_routes.ts";
import { unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { ADDRESS_FAMILIES } from "../core/names.ts";
import { bits, names, numbers } from "../core/table.ts";

const MESSAGES = names(
  "1 Notification|0x100 Hello|0x200 Initialization|Keepalive|0x300 Address|Address Withdraw|0x400 Label Mapping|" +
    "Label Request|Label Withdraw|Label Release|Label Abort Request",
);
/** Messages whose parts are explained. */
const EXPLAINED = new Set([1, 0x100, 0x200, 0x201, 0x300, 0x301, 0x400, 0x402]);
const PARTS = names(
  "0x100 FEC|Address List|0x103 Hop Count|Path Vector|0x200 Generic Label|ATM Label|Frame-Relay Label|0x300 Status|" +
    "Extended Status|Returned PDU|Returned Message|0x400 Common Hello Parameters|IPv4 Transport Address|" +
    "Configuration Sequence Number|IPv6 Transport Address|0x500 Common Session Parameters|ATM Session Parameters|" +
    "Frame-Relay Session Parameters|Fault-Tolerant Session Parameters|0x600 Label Request Message ID|MTU",
);
/** Octets that a part has at least. */
const LEAST = numbers("0x100 1|2|0x200 4|0x300 8|0x400 4|4|4|16|0x500 14|0x503 12|0x601 2");
const CLASSES = names("1 Wildcard|Prefix|Host address|128 Martini VC");
const PARAMETERS = names("1 MTU|3 Description|12 VCCV");
const CHANNELS = bits("0x1 PWE3 control word|0x2 MPLS Router Alert Label|0x4 MPLS inner label TTL = 1");
const CHECKS = bits("0x1 ICMP Ping|0x2 LSP Ping|0x4 BFD");
/** What a pseudowire carries. RFC 4446. */
export const WIRES = names(
  "0 Reserved|Frame Relay DLCI (Martini Mode)|ATM AAL5 SDU VCC transport|ATM transparent cell transport|Ethernet VLAN|" +
    "Ethernet|Cisco-HDLC|PPP|SONET/SDH Circuit Emulation Service over MPLS|ATM n-to-one VCC cell transport|" +
    "ATM n-to-one VPC cell transport|IP Layer2 Transport|ATM one-to-one VCC Cell Mode|ATM one-to-one VPC Cell Mode|" +
    "ATM AAL5 PDU VCC transport|Frame-Relay Port mode|SONET/SDH Circuit Emulation over Packet|" +
    "Structure-agnostic E1 over Packet|Structure-agnostic T1 (DS1) over Packet|Structure-agnostic E3 over Packet|" +
    "Structure-agnostic T3 (DS3) over Packet|CESoPSN basic mode|TDMoIP basic mode|CESoPSN TDM with CAS|" +
    "TDMoIP TDM with CAS|Frame Relay DLCI|64 IP-interworking",
);

/** A part without room for `count` octets. */
const short = (l: Line, length: number, count: number) => l.text(` [tlv length ${length} < ${count}] (invalid)`);

/** Messages of `length` octets at `at`. */
export function printLdp(l: Line, at: number, length: number): void {
  l.protocol = "ldp";
  while (length > 18) {
    const used = packet(l, at);
    if (used === 0) return;
    if (length < used) {
      l.text(` [remaining length ${length} < ${used}]`);
      return l.invalid();
    }
    length -= used;
    at += used;
  }
}

/** Gives the octets of a packet; 0 when nothing comes after it. */
function packet(l: Line, at: number): number {
  l.must(at, 10);
  const begin = l.verbose < 1 ? "" : "\n\t";
  const version = l.u16(at), size = l.u16(at + 2);
  if (version !== 1) {
    l.text(`${begin}LDP version ${version} packet not supported`);
    return 0;
  }
  if (size < 6) {
    l.text(`${begin}LDP, pdu-length: ${size} (too short, < 6)`);
    return 0;
  }
  l.text(`${begin}LDP, Label-Space-ID: ${l.ip4Text(at + 4)}:${l.u16(at + 8)}, pdu-length: ${size}`);
  if (l.verbose < 1) return 0;
  let cursor = at + 10, left = size - 6;
  while (left > 0) {
    l.must(cursor, 8);
    const type = l.u16(cursor) & 0x7fff, length = l.u16(cursor + 2);
    const head = `\n\t  ${MESSAGES[type] ?? "Unknown"} Message (0x${hex(type, 4)}), length: ${length}`;
    if (length < 4) {
      l.text(`${head} (too short, < 4)`);
      return 0;
    }
    l.text(`${head}, Message ID: 0x${hex(l.u32(cursor + 4), 8)}, `);
    l.text(`Flags: [${(l.u16(cursor) & 0x8000) !== 0 ? "continue processing" : "ignore"} if unknown]`);
    l.must(cursor, length);
    if (EXPLAINED.has(type)) parts(l, cursor + 8, length - 4);
    else if (l.verbose <= 1) unknownData(l, cursor + 8, "\n\t  ", length - 4);
    if (l.verbose > 1) unknownData(l, cursor + 8, "\n\t  ", length);
    cursor += length + 4;
    // The rest counts in 16 bits.
    left = left - (length + 4) & 0xffff;
  }
  return size + 4;
}

function parts(l: Line, at: number, left: number): void {
  while (left >= 4) {
    l.must(at, 4);
    const head = l.u16(at), length = l.u16(at + 2);
    if (length + 4 > left) return l.text("\n\t\t TLV contents go past end of message");
    const type = head & 0x3fff;
    l.text(`\n\t    ${PARTS[type] ?? "Unknown"} TLV (0x${hex(type, 4)}), length: ${length}, Flags: [`);
    l.text(`${(head & 0x8000) !== 0 ? "continue processing" : "ignore"} and `);
    l.text(`${(head & 0x4000) !== 0 ? "do" : "don't"} forward if unknown]`);
    const least = LEAST[type] ?? 0;
    if (length >= least) value(l, type, at + 4, length);
    else short(l, length, least);
    at += length + 4;
    left -= length + 4;
  }
}

function value(l: Line, type: number, at: number, length: number): void {
  const line = (text: string) => l.text(`\n\t      ${text}`);
  switch (type) {
    case 0x100:
      return equivalence(l, at, length);
    case 0x101: {
      const family = l.u16(at), size = family === 1 ? 4 : family === 2 ? 16 : 0;
      line(`Address Family: ${ADDRESS_FAMILIES[family] ?? `Unknown (${family})`}, addresses`);
      for (let i = 2; size > 0 && i + size <= length; i += size) {
        l.text(` ${size === 4 ? l.ip4Text(at + i) : l.ip6Text(at + i)}`);
      }
      return;
    }
    case 0x200:
      return line(`Label: ${l.u32(at) & 0xfffff}`);
    case 0x300: {
      const status = l.u32(at), cause = l.u32(at + 4);
      const words = `${(status & 0x8000_0000) !== 0 ? "Fatal error" : "Advisory Notification"} and `;
      line(
        `Status: 0x${hex(status & 0x3fff_ffff, 2)}, Flags: [${words}${
          (status & 0x4000_0000) !== 0 ? "do" : "don't"
        } forward]`,
      );
      if (cause !== 0) l.text(`, causing Message ID: 0x${hex(cause, 8)}`);
      return;
    }
    case 0x400: {
      const flags = l.u16(at + 2);
      const more = (flags & 0x4000) !== 0 ? ", Request for targeted Hellos" : "";
      return line(`Hold Time: ${l.u16(at)}s, Flags: [${(flags & 0x8000) !== 0 ? "Targeted" : "Link"} Hello${more}]`);
    }
    case 0x401:
      return line(`IPv4 Transport Address: ${l.ip4Text(at)}`);
    case 0x402:
      return line(`Sequence Number: ${l.u32(at)}`);
    case 0x403:
      return line(`IPv6 Transport Address: ${l.ip6Text(at)}`);
    case 0x500: {
      const flags = l.u16(at + 4);
      const down = (flags & 0x8000) !== 0 ? "On Demand" : "Unsolicited";
      line(`Version: ${l.u16(at)}, Keepalive: ${l.u16(at + 2)}s, `);
      l.text(`Flags: [Downstream ${down}, Loop Detection ${(flags & 0x4000) !== 0 ? "Enabled" : "Disabled"}]`);
      line(`Path Vector Limit ${l.u8(at + 5)}, Max-PDU length: ${l.u16(at + 6)}, `);
      return l.text(`Receiver Label-Space-ID ${l.ip4Text(at + 8)}:${l.u16(at + 12)}`);
    }
    case 0x503: {
      const flags = l.u16(at);
      const unless = (bit: number, word: string) => (flags & bit) !== 0 ? "" : word;
      line(`Flags: [${unless(0x8000, "No ")}Reconnect, ${unless(8, "Don't ")}Save State, `);
      l.text(`${unless(4, "No ")}All-Label Protection, `);
      l.text(
        `${(flags & 2) !== 0 ? "Sequence Numbered Label" : "All Labels"} Checkpoint, ${
          unless(1, "Don't ")
        }Re-Learn State]`,
      );
      if (l.u32(at + 4) !== 0) l.text(`, Reconnect Timeout: ${l.u32(at + 4)}ms`);
      if (l.u32(at + 8) !== 0) l.text(`, Recovery Time: ${l.u32(at + 8)}ms`);
      return;
    }
    case 0x601:
      return line(`MTU: ${l.u16(at)}`);
  }
  if (l.verbose <= 1) unknownData(l, at, "\n\t      ", length);
}

/** What a label is for. */
function equivalence(l: Line, at: number, length: number): void {
  const kind = l.u8(at);
  l.text(`\n\t      ${CLASSES[kind] ?? "Unknown"} FEC (0x${hex(kind, 2)})`);
  at++;
  length--;
  if (kind === 2) {
    if (length < 2) return short(l, length, 2);
    const family = l.u16(at);
    if (family !== 1 && family !== 2) return l.text(`: Address family ${family} prefix`);
    const found = prefix(l, at + 2, length - 2, family === 1 ? 4 : 16);
    const name = family === 1 ? "IPv4" : "IPv6";
    if (found === "illegal") return l.text(`: ${name} prefix (invalid length)`);
    if (typeof found === "string") l.cut();
    return l.text(`: ${name} prefix ${found[0]}`);
  }
  if (kind !== 128) return;
  if (length < 7) return short(l, length, 7);
  let left = l.u8(at + 2);
  if (left > 0 && length < 11) return short(l, length, 11);
  const type = l.u16(at);
  l.text(`: ${WIRES[type & 0x7fff] ?? "Unknown"}, ${(type & 0x8000) !== 0 ? "" : "no "}control word, `);
  l.text(`group-ID ${l.u32(at + 3)}, ${left > 0 ? `VC-ID ${l.u32(at + 7)}, ` : ""}VC-info-length: ${left}`);
  if (left === 0) return;
  if (left < 4) return l.text(" (invalid, < 4");
  left -= 4;
  at += 11;
  if (length - 11 < left) return short(l, length - 11, left);
  while (left > 2) {
    const parameter = l.u8(at), size = l.u8(at + 1);
    if (size < 2 || left < size) return;
    l.text(`\n\t\tInterface Parameter: ${PARAMETERS[parameter] ?? "Unknown"} (0x${hex(parameter, 2)}), len ${size}`);
    if (parameter === 1) l.text(`: ${l.u16(at + 2)}`);
    else if (parameter === 3) {
      l.text(": ");
      l.octets(at + 2, size - 2);
    } else if (parameter === 12) {
      const channels = l.u8(at + 2), checks = l.u8(at + 3);
      l.text(`\n\t\t  Control Channels (0x${hex(channels, 2)}) = [${bitNames(CHANNELS, channels, "none")}]`);
      l.text(`\n\t\t  CV Types (0x${hex(checks, 2)}) = [${bitNames(CHECKS, checks, "none")}]`);
    } else unknownData(l, at + 2, "\n\t\t  ", size - 2);
    left -= size;
    at += size;
  }
}

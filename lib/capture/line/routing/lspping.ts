// LSP ping in a line, with -v its parts. Pure. RFC 8029, RFC 4379; the form is tcpdump's.
// To add a part: its name in `PARTS` and its case in `value`.
import { distinguisher } from "./bgp_routes.ts";
import { unknownData } from "../core/hexdump.ts";
import { WIRES } from "./ldp.ts";
import { hex, type Line } from "../core/line.ts";
import { ENTERPRISES } from "../core/names.ts";
import { ntpTimeText } from "../application/ntp.ts";
import { names, numbers } from "../core/table.ts";

const MESSAGES = names("1 MPLS Echo Request|MPLS Echo Reply");
const REPLIES = names(
  "1 Do not reply|Reply via an IPv4/IPv6 UDP packet|Reply via an IPv4/IPv6 UDP packet with Router Alert|" +
    "Reply via application level control channel",
);
const CODES = names(
  "0 No return code or return code contained in the Error Code TLV|Malformed echo request received|" +
    "One or more of the TLVs was not understood|Replying router is an egress for the FEC at stack depth|" +
    "Replying router has no mapping for the FEC at stack depth|Reserved|Reserved|Reserved|" +
    "Label switched at stack-depth|Label switched but no MPLS forwarding at stack-depth|" +
    "Mapping for this FEC is not the given label at stack depth|No label entry at stack-depth|" +
    "Protocol not associated with interface at FEC stack depth|" +
    "Premature termination of ping due to label stack shrinking to a single label",
);
/** Codes that are about a depth of the stack. */
const WITH_DEPTH = new Set([3, 4, 8, 10, 11, 12]);
const PARTS = names(
  "1 Target FEC Stack|Downstream Mapping|Pad|5 Vendor Enterprise Code|7 Interface Label Stack|9 Error Code|" +
    "Reply TOS Byte|15 BFD Discriminator|0xfc00 Vendor Private Code",
);
const TARGETS = names(
  "1 LDP IPv4 prefix|LDP IPv6 prefix|RSVP IPv4 Session Query|RSVP IPv6 Session Query|Reserved|VPN IPv4 prefix|" +
    "VPN IPv6 prefix|L2 VPN endpoint|FEC 128 pseudowire (old)|FEC 128 pseudowire|12 BGP labeled IPv4 prefix|" +
    "BGP labeled IPv6 prefix",
);
/** Octets of each target. */
const SIZES = numbers("1 5|17|20|56|6 13|25|14|10|14|12 5|17");
const ADDRESS_TYPES = names("1 IPv4|Unnumbered IPv4|IPv6|IPv6");

/** A message of `length` octets at `at`. */
export function printLspPing(l: Line, at: number, length: number): void {
  l.protocol = "lspping";
  const short = () => l.text("\n\t\t packet is too short");
  if (length < 32) return short();
  l.must(at, 32);
  const version = l.u16(at), type = l.u8(at + 4), sequence = l.u32(at + 12);
  if (version !== 1) return l.text(`LSP-PING version ${version} packet not supported`);
  if (l.verbose < 1) {
    return l.text(`LSP-PINGv1, ${MESSAGES[type] ?? `unknown (${type})`}, seq ${sequence}, length: ${length}`);
  }
  const reply = l.u8(at + 5), code = l.u8(at + 6), depth = l.u8(at + 7);
  l.text(`\n\tLSP-PINGv1, msg-type: ${MESSAGES[type] ?? "unknown"} (${type}), length: ${length}`);
  l.text(`\n\t  reply-mode: ${REPLIES[reply] ?? "unknown"} (${reply})`);
  l.text(`\n\t  Return Code: ${CODES[code] ?? "unknown"}${WITH_DEPTH.has(code) ? ` ${depth}` : ""} (${code})`);
  l.text(`\n\t  Return Subcode: (${depth})`);
  l.text(`\n\t  Sender Handle: 0x${hex(l.u32(at + 8), 8)}, Sequence: ${sequence}`);
  l.text(`\n\t  Sender Timestamp: ${ntpTimeText(l, at + 16)} `);
  l.text(`Receiver Timestamp: ${l.u64(at + 24) === 0n ? "no timestamp" : ntpTimeText(l, at + 24)}`);
  let cursor = at + 32, left = length - 32;
  while (left > 0) {
    if (left < 4) return short();
    const kind = l.u16(cursor), size = l.u16(cursor + 2);
    l.text(`\n\t  ${PARTS[kind] ?? "Unknown"} TLV (${kind}), length: ${size}`);
    if (size > 0) {
      if (left < size + 4) return short();
      l.must(cursor + 4, size);
      const shown = value(l, kind, cursor + 4, size);
      if (shown === "ended") return;
      if (l.verbose > 1 || shown === "raw") unknownData(l, cursor + 4, "\n\t    ", size);
    }
    const filled = (size + 3) & ~3;
    if (left < filled + 4) return short();
    cursor += filled + 4;
    left -= filled + 4;
  }
}

/** "raw" where the octets want to be seen too, "ended" where nothing after them can be read. */
function value(l: Line, kind: number, at: number, length: number): "told" | "raw" | "ended" {
  const short = () => {
    l.text("\n\t      TLV is too short");
    return "raw" as const;
  };
  switch (kind) {
    case 1:
      return targets(l, at, length);
    case 2: {
      if (length < 4) return short();
      const type = l.u8(at + 2);
      l.text(`\n\t    MTU: ${l.u16(at)}, Address-Type: ${ADDRESS_TYPES[type] ?? "unknown"} (${type})`);
      const size = [0, 12, 12, 36, 24][type] ?? 0;
      if (length < size) return short();
      const address = type <= 2 ? 4 : 16;
      if (size > 0) {
        const text = (from: number) => address === 4 ? l.ip4Text(from) : l.ip6Text(from);
        l.text(`\n\t    Downstream IP: ${text(at + 4)}\n\t    Downstream Interface `);
        l.text(
          type === 1 || type === 3 ? `IP: ${text(at + 4 + address)}` : `Index: 0x${hex(l.u32(at + 4 + address), 8)}`,
        );
      }
      if (length - size < 4) return short();
      return "raw";
    }
    case 5:
      if (length < 4) return short();
      l.text(`\n\t    Vendor: ${ENTERPRISES[l.u32(at)] ?? "Unknown"} (0x${hex(l.u32(at), 4)})`);
      return "told";
    case 15:
      if (length < 4) return short();
      l.text(`\n\t    BFD Discriminator 0x${hex(l.u32(at), 8)}`);
      return "told";
  }
  if (l.verbose <= 1) unknownData(l, at, "\n\t    ", length);
  return "told";
}

/** What the path is asked for, from the outermost on. */
function targets(l: Line, at: number, length: number): "told" | "raw" | "ended" {
  while (length > 0) {
    const size = length < 4 ? 0 : l.u16(at + 2);
    if (length < size + 4) {
      l.text("\n\t      TLV is too short");
      return "raw";
    }
    const kind = l.u16(at);
    l.must(at + 4, size);
    l.text(`\n\t    ${TARGETS[kind] ?? "Unknown"} subTLV (${kind}), length: ${size}`);
    const wanted = SIZES[kind];
    let raw = wanted === undefined;
    if (wanted !== undefined && wanted !== size) {
      l.text(`\n\t      invalid subTLV length, should be ${wanted}`);
      raw = true;
    } else if (wanted !== undefined) l.text(`\n\t      ${target(l, kind, at + 4)}`);
    if (l.verbose > 1 || raw) unknownData(l, at + 4, "\n\t      ", size);
    const filled = (size + 3) & ~3;
    if (length < filled + 4) {
      l.text("\n\t\t TLV is too short");
      return "ended";
    }
    at += filled + 4;
    length -= filled + 4;
  }
  return "told";
}

function target(l: Line, kind: number, at: number): string {
  const wire = (from: number) => `${WIRES[l.u16(from)] ?? "unknown"} (${l.u16(from)})`;
  switch (kind) {
    case 1:
    case 12:
      return `${l.ip4Text(at)}/${l.u8(at + 4)}`;
    case 2:
    case 13:
      return `${l.ip6Text(at)}/${l.u8(at + 16)}`;
    case 3:
    case 4: {
      const size = kind === 3 ? 4 : 16;
      const address = (from: number) => size === 4 ? l.ip4Text(from) : l.ip6Text(from);
      const sender = at + size * 2 + 4;
      return `tunnel end-point ${address(at)}, tunnel sender ${address(sender)}, ` +
        `lsp-id 0x${hex(l.u16(sender + size + 2), 4)}\n\t      tunnel-id 0x${hex(l.u16(at + size + 2), 4)}, ` +
        `extended tunnel-id ${address(at + size + 4)}`;
    }
    case 6:
      return `RD: ${distinguisher(l, at)}, ${l.ip4Text(at + 8)}/${l.u8(at + 12)}`;
    case 7:
      return `RD: ${distinguisher(l, at)}, ${l.ip6Text(at + 8)}/${l.u8(at + 24)}`;
    case 8:
      return `RD: ${distinguisher(l, at)}, Sender VE ID: ${l.u16(at + 8)}, Receiver VE ID: ${l.u16(at + 10)}` +
        `\n\t      Encapsulation Type: ${wire(at + 12)}`;
    case 9:
      return `Remote PE: ${l.ip4Text(at)}\n\t      PW ID: 0x${hex(l.u32(at + 4), 8)}, PW Type: ${wire(at + 8)}`;
  }
  return `Sender PE: ${l.ip4Text(at)}, Remote PE: ${l.ip4Text(at + 4)}` +
    `\n\t      PW ID: 0x${hex(l.u32(at + 8), 8)}, PW Type: ${wire(at + 12)}`;
}

// What stands in IS-IS packets behind their fixed headers: part by part. Pure. ISO 10589, RFC 1195, RFC 5305.
// The form is tcpdump's. To add a part: its name in `PARTS`, its case in `part`.
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { metrics, neighbour, oldPrefixes, prefix, topology } from "./isis_reach.ts";
import { bridgeCapabilities, portCapabilities, routerCapabilities } from "./isis_capabilities.ts";
import { NLPIDS, OUIS } from "../core/names.ts";
import { checksumText, nsapText, systemText } from "../network/osi_text.ts";
import { signatureText } from "../core/signature.ts";
import { bits, names } from "../core/table.ts";

const PARTS = names(
  "1 Area address(es)|IS Reachability|ES Neighbor(s)|Partition DIS|Prefix Neighbors|IS Neighbor(s)|" +
    "Instance Identifier|Padding|LSP entries|Authentication|12 Checksum|Purge Originator Identifier|LSP Buffersize|" +
    "22 Extended IS Reachability|24 IS Alias ID|42 DECnet Phase IV|66 Lucent Proprietary|" +
    "128 IPv4 Internal Reachability|Protocols supported|IPv4 External Reachability|Inter-Domain Information Type|" +
    "IPv4 Interface address(es)|IPv4 authentication (deprecated)|Traffic Engineering Router ID|" +
    "Extended IPv4 Reachability|137 Hostname|Shared Risk Link Group|143 Multi-Topology-Aware Port Capability|" +
    "Multi-Topology Capability|176 Nortel Proprietary|Nortel Proprietary|211 Restart Signaling|" +
    "222 Multi Topology IS Reachability|229 Multi Topology|232 IPv6 Interface address(es)|" +
    "235 Multi-Topology IPv4 Reachability|IPv6 reachability|Multi-Topology IP6 Reachability|" +
    "240 Point-to-point Adjacency State|Hello PDU Sequence Number|IS-IS Router Capability|250 Vendor Private",
);
const AUTHENTICATION = names(
  "1 simple text password|3 Generic Crypto key-id|54 HMAC-MD5 password|255 Routing Domain private password",
);
const ADJACENCY = names("0 Up|Initializing|Down");
const RESTART = bits("0x1 Restart Request|0x2 Restart Acknowledgement|0x4 Suppress adjacency advertisement");
const DOMAIN = names("0 Reserved|Routing-Domain Specific|AS Number Tag");

/** The whole packet: some parts check it. */
export interface Whole {
  readonly at: number;
  readonly length: number;
}

/** The parts of a packet from `at` to `end`; `false` when its octets want to be seen. */
export function parts(l: Line, whole: Whole, at: number, end: number): boolean {
  while (at < end) {
    l.need(at, 2);
    if (end - at < 2) l.cut();
    const type = l.u8(at), size = l.u8(at + 1);
    at += 2;
    l.text(`\n\t    ${PARTS[type] ?? "unknown"} TLV #${type}, length: ${size}`);
    if (end - at < size) l.cut();
    if (!part(l, whole, type, at, at + size) && l.verbose <= 1) unknownData(l, at, "\n\t\t", size);
    if (l.verbose > 1) unknownData(l, at, "\n\t      ", size);
    at += size;
  }
  return true;
}

/** One part from `at` to `end`; `false` when nothing is known of it. */
function part(l: Line, whole: Whole, type: number, at: number, end: number): boolean {
  const left = () => end - at;
  const own = "\n\t      ";
  switch (type) {
    case 1:
      while (left() > 0) {
        const size = l.u8(at++);
        if (left() < size) return true;
        l.text(`${own}Area address (length: ${size}): ${nsapText(l, at, size)}`);
        at += size;
      }
      return true;
    case 2:
      if (left() < 1) return true;
      l.text(`${own}${["IsNotVirtual", "IsVirtual"][l.u8(at)] ?? `bogus virtual flag 0x${hex(l.u8(at), 2)}`}`);
      for (at++; left() >= 11; at += 11) {
        l.need(at, 11);
        l.text(`${own}IS Neighbor: ${systemText(l, at + 4, 7)}`);
        metrics(l, at);
      }
      return true;
    case 3:
      for (; left() >= 10; at += 10) {
        l.need(at, 10);
        l.text(`${own}ES Neighbor: ${systemText(l, at + 4, 6)}`);
        metrics(l, at);
      }
      return true;
    case 4:
      for (; left() >= 6; at += 6) l.text(`${own}${systemText(l, at, 6)}`);
      return true;
    case 5:
      if (left() < 4) return true;
      l.text(`${own}Metric Block`);
      metrics(l, at);
      for (at += 4; left() > 0;) {
        const size = l.u8(at++);
        if (size < 2) {
          l.text(`\n\t\tAddress: prefix length ${size} < 2`);
          return true;
        }
        if (left() < size >> 1) return true;
        l.text(`\n\t\tAddress: ${nsapText(l, at, size >> 1)}/${size * 4}`);
        at += size >> 1;
      }
      return true;
    case 6:
      for (; left() >= 6; at += 6) l.text(`${own}SNPA: ${systemText(l, at, 6)}`);
      return true;
    case 7: {
      if (left() < 4) return true;
      const count = (left() - 2) >> 1;
      l.text(`${own}Instance ID: ${l.u16(at)}, ITIDs(${count})${count > 0 ? ":" : ""} `);
      for (let i = 0; i < count; i++) l.text(`${l.u16(at + 2 + i * 2)}${i < count - 1 ? ", " : ""}`);
      return true;
    }
    case 8:
      return true;
    case 9:
      for (; left() >= 16; at += 16) {
        l.text(`${own}lsp-id: ${systemText(l, at + 2, 8)}, seq: 0x${hex(l.u32(at + 10), 8)}, `);
        l.text(`lifetime: ${String(l.u16(at)).padStart(5)}s, chksum: 0x${hex(l.u16(at + 14), 4)}`);
      }
      return true;
    case 10:
      authentication(l, whole, at, end);
      return true;
    case 12:
      if (left() < 2) return true;
      l.text(`${own}checksum: 0x${hex(l.u16(at), 4)} `);
      l.text(checksumText(l, whole.at, l.u16(at), at - whole.at, whole.length));
      return true;
    case 13: {
      if (left() < 7) return true;
      const count = l.u8(at);
      if (count === 0) {
        l.text(" No system IDs supplied");
        return true;
      }
      l.text(`${own}Purge Originator System-ID: ${systemText(l, at + 1, 6)}`);
      if (count > 1 && left() >= 13) l.text(`${own}Received from System-ID: ${systemText(l, at + 7, 6)}`);
      return true;
    }
    case 14:
      if (left() >= 2) l.text(`${own}LSP Buffersize: ${l.u16(at)}`);
      return true;
    case 222:
      at = topology(l, at, end, own);
      while (left() > 0) at = neighbour(l, at, end, own, true);
      return true;
    case 22:
    case 24:
      while (left() > 0) at = neighbour(l, at, end, own, type === 22);
      return true;
    case 128:
    case 130:
      oldPrefixes(l, at, end, own);
      return true;
    case 235:
    case 237:
      at = topology(l, at, end, own);
      while (left() > 0) at = prefix(l, at, end, own, type === 235 ? 4 : 6);
      return true;
    case 135:
    case 236:
      while (left() > 0) at = prefix(l, at, end, own, type === 135 ? 4 : 6);
      return true;
    case 129:
      l.text(`${own}NLPID(s): `);
      for (; left() > 0; at++) {
        l.text(`${NLPIDS[l.u8(at)] ?? "unknown"} (0x${hex(l.u8(at), 2)})${left() > 1 ? ", " : ""}`);
      }
      return true;
    case 131:
      if (left() < 1) return true;
      l.text(`${own}Inter-Domain Information Type: ${DOMAIN[l.u8(at)] ?? `Unknown (0x${hex(l.u8(at), 2)})`}`);
      if (l.u8(at++) === 2) {
        if (left() >= 2) l.text(`AS Number: ${l.u16(at)}`);
      } else unknownData(l, at, own, left());
      return true;
    case 132:
      for (; left() >= 4; at += 4) l.text(`${own}IPv4 interface address: ${l.ip4Text(at)}`);
      return true;
    case 134:
      if (left() >= 4) l.text(`${own}Traffic Engineering Router ID: ${l.ip4Text(at)}`);
      return true;
    case 137:
      l.text(`${own}Hostname: `);
      l.string(at, left());
      return true;
    case 138:
      if (left() < 7) return true;
      l.text(`${own}IS Neighbor: ${systemText(l, at, 7)}`);
      at += 7;
      if (left() < 1) return true;
      l.text(`, Flags: [${(l.u8(at++) & 1) !== 0 ? "numbered" : "unnumbered"}]`);
      if (left() < 4) return true;
      l.text(`${own}IPv4 interface address: ${l.ip4Text(at)}`);
      at += 4;
      if (left() < 4) return true;
      l.text(`${own}IPv4 neighbor address: ${l.ip4Text(at)}`);
      for (at += 4; left() >= 4; at += 4) l.text(`${own}Link-ID: 0x${hex(l.u32(at), 8)}`);
      return true;
    case 143:
      if (left() < 2) return true;
      l.text(`\n\t       RES: ${l.u16(at) >> 12}, MTID(s): ${l.u16(at) & 0xfff}`);
      portCapabilities(l, at + 2, end);
      return true;
    case 144:
      if (left() < 2) return true;
      l.text(`${own}O: ${l.u16(at) >> 15}, RES: ${(l.u16(at) >> 12) & 7}, MTID(s): ${l.u16(at) & 0xfff}`);
      bridgeCapabilities(l, at + 2, end);
      return true;
    case 211:
      if (left() < 1) return true;
      l.text(`${own}Flags [${bitNames(RESTART, l.u8(at++), "none")}]`);
      if (left() < 2) return true;
      l.text(`, Remaining holding time ${l.u16(at)}s`);
      if (left() >= 8) l.text(`, for ${systemText(l, at + 2, 6)}`);
      return true;
    case 229:
      while (left() > 0) at = topology(l, at, end, own);
      return true;
    case 232:
      for (; left() >= 16; at += 16) l.text(`${own}IPv6 interface address: ${l.ip6Text(at)}`);
      return true;
    case 240: {
      if (left() < 1) return true;
      l.text(`${own}Adjacency State: ${ADJACENCY[l.u8(at)] ?? "unknown"} (${l.u8(at)})`);
      // Circuit numbers are told from the octets that are left, as tcpdump counts them.
      let rest = left() - 1;
      if (rest > 4) {
        l.text(`${own}Extended Local circuit-ID: 0x${hex(l.u32(at + 1), 8)}`);
        rest -= 4;
      }
      if (rest >= 6) {
        l.text(`${own}Neighbor System-ID: ${systemText(l, at + 5, 6)}`);
        rest -= 6;
      }
      if (rest >= 4) l.text(`${own}Neighbor Extended Local circuit-ID: 0x${hex(l.u32(at + 11), 8)}`);
      return true;
    }
    case 241:
      if (left() >= 4) l.text(`${own}Sequence number: ${l.u32(at)}`);
      return true;
    case 242:
      if (left() < 5) {
        l.text(` [object length ${left()} < 5]`);
        l.invalid();
        return true;
      }
      routerCapabilities(l, at, end);
      return true;
    case 250: {
      if (left() < 3) return true;
      const vendor = l.u24(at);
      l.text(`${own}Vendor: ${OUIS[vendor] ?? "Unknown"} (${vendor})`);
      unknownData(l, at + 3, "\n\t\t", left() - 3);
      return true;
    }
  }
  return false;
}

function authentication(l: Line, packet: Whole, at: number, end: number): void {
  if (end - at < 1) return;
  const kind = l.u8(at++);
  l.text(`\n\t      ${AUTHENTICATION[kind] ?? `unknown Authentication type 0x${hex(kind, 2)}`}: `);
  const size = end - at;
  if (kind === 1) l.string(at, size);
  else if (kind === 54) {
    l.text(`${l.hexText(at, size)}${size === 16 ? "" : ", (invalid subTLV) "}`);
    // Lifetime and checksum of a link state packet, whose place they have in other packets too.
    const cleared = [10, 11, 24, 25].map((octet) => packet.at + octet);
    l.text(signatureText(l, packet.at, packet.length, at, cleared));
  } else if (kind === 3) {
    if (size >= 2) l.text(`${l.u16(at)}, password: ${l.hexText(at + 2, size - 2)}`);
  } else unknownData(l, at, "\n\t\t  ", size);
}

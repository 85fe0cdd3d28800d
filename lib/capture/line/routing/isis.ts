// IS-IS in a line, with -v each of its parts. Pure. ISO 10589, RFC 1195, RFC 5305; the form is tcpdump's.
// To add a part: a case in `part`.
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { metrics, neighbour, oldPrefixes, prefix, topology } from "./isis_reach.ts";
import { bridgeCapabilities, portCapabilities, routerCapabilities } from "./isis_capabilities.ts";
import { NLPIDS, OUIS } from "../core/names.ts";
import { checksumText, nsapText, systemText } from "../network/osi_text.ts";
import { signatureText } from "../core/signature.ts";
import { bits, names } from "../core/table.ts";

const PDUS = names("15 L1 Lan IIH|L2 Lan IIH|p2p IIH|L1 LSP|20 L2 LSP|24 L1 CSNP|L2 CSNP|L1 PSNP|L2 PSNP");
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
const CIRCUITS = names("1 Level 1 only|Level 2 only|Level 1, Level 2");
const LEVELS = ["Unused 0x0 (invalid)", "L1 IS", "Unused 0x2 (invalid)", "L2 IS"];
const AUTHENTICATION = names(
  "1 simple text password|3 Generic Crypto key-id|54 HMAC-MD5 password|255 Routing Domain private password",
);
const ADJACENCY = names("0 Up|Initializing|Down");
const RESTART = bits("0x1 Restart Request|0x2 Restart Acknowledgement|0x4 Suppress adjacency advertisement");
const DOMAIN = names("0 Reserved|Routing-Domain Specific|AS Number Tag");
/** Octets of the fixed header by kind of packet. */
const FIXED: Readonly<Record<number, number>> = {
  15: 27,
  16: 27,
  17: 20,
  18: 27,
  20: 27,
  24: 33,
  25: 33,
  26: 17,
  27: 17,
};

/** A packet of `length` octets at `at`; `false` when its octets want to be seen. */
export function printIsis(l: Line, at: number, length: number): boolean {
  l.protocol = "isis";
  l.need(at, 8);
  if (length < 8) l.cut();
  if (!l.link) l.text("IS-IS");
  const fixed = l.u8(at + 1), version = l.u8(at + 2), idSize = l.u8(at + 3), type = l.u8(at + 4);
  const pduVersion = l.u8(at + 5), areas = l.u8(at + 7);
  const refuse = (text: string) => {
    l.text(text);
    return false;
  };
  if (version !== 1) return refuse(`version ${version} packet not supported`);
  if (idSize !== 6 && idSize !== 0) return refuse(`system ID length of ${idSize} is not supported`);
  if (pduVersion !== 1) return refuse(`version ${pduVersion} packet not supported`);
  if (length < fixed) return refuse(`fixed header length ${fixed} > packet length ${length}`);
  if (fixed < 8) return refuse(`fixed header length ${fixed} < minimum header size 8`);
  if (areas === 255) return refuse("bad packet -- 255 areas");
  const comma = l.link ? "" : ", ";
  if (l.verbose === 0) l.text(`${comma}${PDUS[type] ?? `unknown PDU-Type ${type}`}`);
  else {
    l.text(`${comma}length ${length}\n\t${PDUS[type] ?? `unknown, type ${type}`}, hlen: ${fixed}, v: ${version}, `);
    l.text(`pdu-v: ${pduVersion}, sys-id-len: 6 (${idSize}), max-area: ${areas === 0 ? 3 : areas} (${areas})`);
    if (l.verbose > 1) unknownData(l, at, "\n\t", 8);
  }
  const wanted = FIXED[type];
  if (wanted === undefined) {
    if (l.verbose === 0) {
      l.text(`, length ${length}`);
      return true;
    }
    unknownData(l, at + 8, "\n\t  ", length);
    return false;
  }
  if (fixed !== wanted) {
    const told = type === 18 || type === 20 ? 19 : wanted;
    return refuse(`${type >= 26 ? "-" : ","} bogus fixed header length ${fixed} should be ${told}`);
  }
  l.need(at, fixed);
  if (l.verbose === 0) {
    brief(l, type, at + 8);
    l.text(`, length ${length}`);
    return true;
  }
  const stated = l.u16(at + (type < 18 ? 17 : 8));
  const packet = Math.min(length, stated);
  header(l, type, at + 8, stated, packet);
  if (l.verbose > 1) unknownData(l, at + 8, "\n\t  ", fixed - 8);
  if (packet < fixed) {
    l.text(` [packet length ${packet} < ${fixed}]`);
    l.invalid();
    return true;
  }
  return parts(l, { at, length: packet }, at + fixed, at + packet);
}

function brief(l: Line, type: number, at: number): void {
  if (type === 18 || type === 20) {
    l.text(`, lsp-id ${systemText(l, at + 4, 8)}, seq 0x${hex(l.u32(at + 12), 8)}, `);
    l.text(`lifetime ${String(l.u16(at + 2)).padStart(5)}s`);
    return;
  }
  l.text(`, src-id ${systemText(l, type < 18 ? at + 1 : at + 2, type < 18 ? 6 : 7)}`);
  if (type < 17) l.text(`, lan-id ${systemText(l, at + 12, 7)}, prio ${l.u8(at + 11)}`);
}

/** What stands between the common header and the parts. */
function header(l: Line, type: number, at: number, stated: number, length: number): void {
  if (type < 18) {
    const circuit = l.u8(at);
    l.text(`\n\t  source-id: ${systemText(l, at + 1, 6)},${type < 17 ? "  " : " "}holding time: ${l.u16(at + 7)}s, `);
    l.text(`Flags: [${CIRCUITS[circuit] ?? `unknown circuit type 0x${hex(circuit, 2)}`}]`);
    if (type < 17) l.text(`\n\t  lan-id:    ${systemText(l, at + 12, 7)}, Priority: ${l.u8(at + 11) & 0x7f}`);
    else l.text(`\n\t  circuit-id: 0x${hex(l.u8(at + 11), 2)}`);
    l.text(`, PDU length: ${stated}`);
  } else if (type <= 20) {
    const checksum = l.u16(at + 16), flags = l.u8(at + 18);
    l.text(`\n\t  lsp-id: ${systemText(l, at + 4, 8)}, seq: 0x${hex(l.u32(at + 12), 8)}, `);
    l.text(`lifetime: ${String(l.u16(at + 2)).padStart(5)}s\n\t  chksum: 0x${hex(checksum, 4)}`);
    l.text(`${checksumText(l, at + 4, checksum, 12, length - 12)}, PDU length: ${stated}, Flags: [ `);
    if ((flags & 4) !== 0) l.text("Overload bit set, ");
    if ((flags & 0x78) !== 0) {
      for (const [bit, name] of [[8, "default"], [16, "delay"], [32, "expense"], [64, "error"]] as const) {
        if ((flags & bit) !== 0) l.text(`${name} `);
      }
      l.text("ATT bit set, ");
    }
    if ((flags & 0x80) !== 0) l.text("P bit set, ");
    l.text(`${LEVELS[flags & 3]} ]`);
  } else {
    l.text(`\n\t  source-id:    ${systemText(l, at + 2, 7)}, PDU length: ${stated}`);
    if (type > 25) return;
    l.text(`\n\t  start lsp-id: ${systemText(l, at + 9, 8)}\n\t  end lsp-id:   ${systemText(l, at + 17, 8)}`);
  }
}

/** The whole packet: some parts check it. */
interface Whole {
  readonly at: number;
  readonly length: number;
}

function parts(l: Line, whole: Whole, at: number, end: number): boolean {
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

// What stands in IS-IS packets behind their fixed headers: part by part. Pure. ISO 10589, RFC 1195, RFC 5305.
// The form is tcpdump's. To add a part: its name in `PARTS`, its line in `BODIES`.
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
    const print = BODIES[type];
    if (print !== undefined) print(l, at, at + size, whole);
    else if (l.verbose <= 1) unknownData(l, at, "\n\t\t", size);
    if (l.verbose > 1) unknownData(l, at, "\n\t      ", size);
    at += size;
  }
  return true;
}

/** Before each line of a part. */
const OWN = "\n\t      ";

/** One part from `at` to `end`. */
type Part = (l: Line, at: number, end: number, whole: Whole) => void;

const BODIES: Readonly<Record<number, Part>> = {
  1: areas,
  2: intermediateSystems,
  3: each(10, (l, at) => {
    l.need(at, 10);
    l.text(`${OWN}ES Neighbor: ${systemText(l, at + 4, 6)}`);
    metrics(l, at);
  }),
  4: each(6, (l, at) => l.text(`${OWN}${systemText(l, at, 6)}`)),
  5: prefixNeighbours,
  6: each(6, (l, at) => l.text(`${OWN}SNPA: ${systemText(l, at, 6)}`)),
  7: least(4, (l, at, end) => {
    const count = (end - at - 2) >> 1;
    l.text(`${OWN}Instance ID: ${l.u16(at)}, ITIDs(${count})${count > 0 ? ":" : ""} `);
    for (let i = 0; i < count; i++) l.text(`${l.u16(at + 2 + i * 2)}${i < count - 1 ? ", " : ""}`);
  }),
  8: () => {},
  9: each(16, (l, at) => {
    l.text(`${OWN}lsp-id: ${systemText(l, at + 2, 8)}, seq: 0x${hex(l.u32(at + 10), 8)}, `);
    l.text(`lifetime: ${String(l.u16(at)).padStart(5)}s, chksum: 0x${hex(l.u16(at + 14), 4)}`);
  }),
  10: authentication,
  12: least(2, (l, at, _, whole) => {
    l.text(`${OWN}checksum: 0x${hex(l.u16(at), 4)} `);
    l.text(checksumText(l, whole.at, l.u16(at), at - whole.at, whole.length));
  }),
  13: least(7, (l, at, end) => {
    const count = l.u8(at);
    if (count === 0) return l.text(" No system IDs supplied");
    l.text(`${OWN}Purge Originator System-ID: ${systemText(l, at + 1, 6)}`);
    if (count > 1 && end - at >= 13) l.text(`${OWN}Received from System-ID: ${systemText(l, at + 7, 6)}`);
  }),
  14: least(2, (l, at) => l.text(`${OWN}LSP Buffersize: ${l.u16(at)}`)),
  22: (l, at, end) => {
    while (at < end) at = neighbour(l, at, end, OWN, true);
  },
  24: (l, at, end) => {
    while (at < end) at = neighbour(l, at, end, OWN, false);
  },
  128: (l, at, end) => oldPrefixes(l, at, end, OWN),
  129: (l, at, end) => {
    l.text(`${OWN}NLPID(s): `);
    for (; at < end; at++) {
      l.text(`${NLPIDS[l.u8(at)] ?? "unknown"} (0x${hex(l.u8(at), 2)})${end - at > 1 ? ", " : ""}`);
    }
  },
  130: (l, at, end) => oldPrefixes(l, at, end, OWN),
  131: least(1, (l, at, end) => {
    const kind = l.u8(at++);
    l.text(`${OWN}Inter-Domain Information Type: ${DOMAIN[kind] ?? `Unknown (0x${hex(kind, 2)})`}`);
    if (kind !== 2) unknownData(l, at, OWN, end - at);
    else if (end - at >= 2) l.text(`AS Number: ${l.u16(at)}`);
  }),
  132: each(4, (l, at) => l.text(`${OWN}IPv4 interface address: ${l.ip4Text(at)}`)),
  134: least(4, (l, at) => l.text(`${OWN}Traffic Engineering Router ID: ${l.ip4Text(at)}`)),
  135: prefixes(4),
  137: (l, at, end) => {
    l.text(`${OWN}Hostname: `);
    l.string(at, end - at);
  },
  138: sharedRisk,
  143: least(2, (l, at, end) => {
    l.text(`\n\t       RES: ${l.u16(at) >> 12}, MTID(s): ${l.u16(at) & 0xfff}`);
    portCapabilities(l, at + 2, end);
  }),
  144: least(2, (l, at, end) => {
    const word = l.u16(at);
    l.text(`${OWN}O: ${word >> 15}, RES: ${(word >> 12) & 7}, MTID(s): ${word & 0xfff}`);
    bridgeCapabilities(l, at + 2, end);
  }),
  211: least(1, (l, at, end) => {
    l.text(`${OWN}Flags [${bitNames(RESTART, l.u8(at), "none")}]`);
    if (end - at < 3) return;
    l.text(`, Remaining holding time ${l.u16(at + 1)}s`);
    if (end - at >= 9) l.text(`, for ${systemText(l, at + 3, 6)}`);
  }),
  222: (l, at, end) => {
    at = topology(l, at, end, OWN);
    while (at < end) at = neighbour(l, at, end, OWN, true);
  },
  229: (l, at, end) => {
    while (at < end) at = topology(l, at, end, OWN);
  },
  232: each(16, (l, at) => l.text(`${OWN}IPv6 interface address: ${l.ip6Text(at)}`)),
  235: (l, at, end, whole) => prefixes(4)(l, topology(l, at, end, OWN), end, whole),
  236: prefixes(6),
  237: (l, at, end, whole) => prefixes(6)(l, topology(l, at, end, OWN), end, whole),
  240: adjacency,
  241: least(4, (l, at) => l.text(`${OWN}Sequence number: ${l.u32(at)}`)),
  242: (l, at, end) => {
    if (end - at >= 5) return routerCapabilities(l, at, end);
    l.text(` [object length ${end - at} < 5]`);
    l.invalid();
  },
  250: least(3, (l, at, end) => {
    const vendor = l.u24(at);
    l.text(`${OWN}Vendor: ${OUIS[vendor] ?? "Unknown"} (${vendor})`);
    unknownData(l, at + 3, "\n\t\t", end - at - 3);
  }),
};

/** `print` for every `size` octets. */
function each(size: number, print: (l: Line, at: number) => void): Part {
  return (l, at, end) => {
    for (; end - at >= size; at += size) print(l, at);
  };
}

/** `print` where there are `size` octets. */
function least(size: number, print: Part): Part {
  return (l, at, end, whole) => {
    if (end - at >= size) print(l, at, end, whole);
  };
}

function prefixes(family: 4 | 6): Part {
  return (l, at, end) => {
    while (at < end) at = prefix(l, at, end, OWN, family);
  };
}

function areas(l: Line, at: number, end: number): void {
  while (at < end) {
    const size = l.u8(at++);
    if (end - at < size) return;
    l.text(`${OWN}Area address (length: ${size}): ${nsapText(l, at, size)}`);
    at += size;
  }
}

function intermediateSystems(l: Line, at: number, end: number): void {
  if (at >= end) return;
  const virtual = l.u8(at);
  l.text(`${OWN}${["IsNotVirtual", "IsVirtual"][virtual] ?? `bogus virtual flag 0x${hex(virtual, 2)}`}`);
  for (at++; end - at >= 11; at += 11) {
    l.need(at, 11);
    l.text(`${OWN}IS Neighbor: ${systemText(l, at + 4, 7)}`);
    metrics(l, at);
  }
}

function prefixNeighbours(l: Line, at: number, end: number): void {
  if (end - at < 4) return;
  l.text(`${OWN}Metric Block`);
  metrics(l, at);
  for (at += 4; at < end;) {
    const size = l.u8(at++);
    if (size < 2) return l.text(`\n\t\tAddress: prefix length ${size} < 2`);
    if (end - at < size >> 1) return;
    l.text(`\n\t\tAddress: ${nsapText(l, at, size >> 1)}/${size * 4}`);
    at += size >> 1;
  }
}

/** RFC 5307 1.4. */
function sharedRisk(l: Line, at: number, end: number): void {
  const left = end - at;
  if (left < 7) return;
  l.text(`${OWN}IS Neighbor: ${systemText(l, at, 7)}`);
  if (left < 8) return;
  l.text(`, Flags: [${(l.u8(at + 7) & 1) !== 0 ? "numbered" : "unnumbered"}]`);
  if (left < 12) return;
  l.text(`${OWN}IPv4 interface address: ${l.ip4Text(at + 8)}`);
  if (left < 16) return;
  l.text(`${OWN}IPv4 neighbor address: ${l.ip4Text(at + 12)}`);
  for (at += 16; end - at >= 4; at += 4) l.text(`${OWN}Link-ID: 0x${hex(l.u32(at), 8)}`);
}

/** RFC 5303. */
function adjacency(l: Line, at: number, end: number): void {
  if (at >= end) return;
  const state = l.u8(at);
  l.text(`${OWN}Adjacency State: ${ADJACENCY[state] ?? "unknown"} (${state})`);
  // Circuit numbers are told from the octets that are left, as tcpdump counts them.
  let rest = end - at - 1;
  if (rest > 4) {
    l.text(`${OWN}Extended Local circuit-ID: 0x${hex(l.u32(at + 1), 8)}`);
    rest -= 4;
  }
  if (rest >= 6) {
    l.text(`${OWN}Neighbor System-ID: ${systemText(l, at + 5, 6)}`);
    rest -= 6;
  }
  if (rest >= 4) l.text(`${OWN}Neighbor Extended Local circuit-ID: 0x${hex(l.u32(at + 11), 8)}`);
}

function authentication(l: Line, at: number, end: number, packet: Whole): void {
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

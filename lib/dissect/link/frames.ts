// Link types whose header is a few fields in a row: rings, ATM, logs of packet filters, captures of systems. Pure.
// To add one: a row in `FRAMES`, by its LINKTYPE_ number (www.tcpdump.org/linktypes).
import { etherTypeLayer, etherTypeName } from "../coding/numbers.ts";
import { type Item, readItems } from "../coding/shape.ts";
import { FAMILIES, familyLayer } from "../layer/loopback.ts";
import { nflogHead, pflogHead, pktapHead, vsockHead } from "./log_heads.ts";
import type { Layer, Next } from "../protocol.ts";
import type { BitRow, Meaning, Tree } from "../tree.ts";

/** What stands before the next layer: its fields, or a function that reads them; and which layer that is. */
interface Frame {
  readonly name: string;
  readonly title: string;
  readonly ref: string;
  readonly head: readonly Item[] | ((tree: Tree, ref: string) => (number | string)[]);
  /** The layer after the header, and the words of this one. */
  readonly next: (values: readonly (number | string)[], tree: Tree) => readonly [layer: string, words: string];
}

const LLC_FRAME = ["llc", ""] as const;
/** Octets that begin LLC of what is carried over ATM (RFC 2684 5), or an IP packet. */
const llcOrIp = (tree: Tree): string => /^(170|254|66|0)$/.test(String(tree.reader.peek())) ? "llc" : "raw";
const byEtherType = (type: number | string | undefined) =>
  [etherTypeLayer(Number(type)), etherTypeName(Number(type))] as const;

/** The family of addresses in a number of the capturing machine's byte order. */
const hostFamily = (tree: Tree, ref: string) =>
  (tree.reader.peek() ?? 0) === 0
    ? tree.u32("Address family", ref, FAMILIES)
    : tree.u32Le("Address family", ref, FAMILIES);

const DIRECTIONS: Meaning<number> = { 0: "received", 1: "sent" };
const direction = (value: number | string | undefined) => value === 0 ? "received" : "sent";

/** The source route of a bridge between rings, which the first bit of the source announces (IEEE 802.1D C.3.3). */
function ringHead(tree: Tree): number[] {
  const ref = "IEEE 802.5 3.2";
  tree.flags("Access control", 1, [["Priority", 0, 3], ["Token", 3, 1, ["token", "frame"]], ["Monitor", 4, 1], [
    "Reservation",
    5,
    3,
  ]], ref);
  const control = tree.flags("Frame control", 1, [["Frame type", 0, 2, ["management", "LLC"]], ["Control", 2, 6]], ref);
  tree.mac("Destination", ref);
  const routed = (tree.reader.peek() ?? 0) >= 0x80;
  tree.mac("Source", ref, () => routed ? "with a source route: its first bit is set" : undefined);
  if (routed) {
    const bits: readonly BitRow[] = [["Kind", 0, 3], ["Length", 3, 5], ["Direction", 8, 1], ["Largest frame", 9, 3]];
    const route = tree.flags("Routing control", 2, bits, "IEEE 802.1D C.3.3");
    for (let left = (route >> 8 & 31) - 2; left >= 2; left -= 2) tree.u16("Ring and bridge", "IEEE 802.1D C.3.3");
  }
  return [control >> 6];
}

const SLIP_TYPES: Meaning<number> = (type) =>
  type >= 0x80
    ? "TCP, its header compressed (RFC 1144)"
    : type >> 4 === 7
    ? "TCP, not compressed: the connection number stands in the protocol's place"
    : type >> 4 === 4
    ? "IP"
    : undefined;

/** Links that carry others, by the numbers of data links (DLT_) that differ from LINKTYPE_. */
const DATA_LINKS: Readonly<Record<number, number>> = { 12: 101, 14: 101 };

const SUN_ATM: Meaning<number> = (value) =>
  ["raw", "LAN emulation", "LLC", "MARS", "flow control", "ILMI", "signalling"][value];

const FRAMES: Readonly<Record<number, Frame>> = {
  6: {
    name: "token-ring",
    title: "Token ring",
    ref: "IEEE 802.5",
    head: ringHead,
    next: ([kind]) => kind === 1 ? LLC_FRAME : ["data", "management"],
  },
  8: {
    name: "slip",
    title: "SLIP",
    ref: "RFC 1055",
    head: [["Direction", "u8", DIRECTIONS], ["Packet type", "u8", SLIP_TYPES], ["Header as compressed", 14]],
    next: ([way]) => ["raw", direction(way)],
  },
  10: {
    name: "fddi",
    title: "FDDI",
    ref: "ISO 9314-2",
    head: [["Frame control", "u8"], ["Destination", "mac"], ["Source", "mac"]],
    next: ([control]) => (Number(control) & 0xf0) === 0x50 ? LLC_FRAME : ["data", `frame control ${control}`],
  },
  99: {
    name: "symantec",
    title: "Symantec firewall",
    ref: "LINKTYPE_SYMANTEC_FIREWALL",
    head: [["Unknown", 6], ["EtherType", "u16", etherTypeName], ["Unknown", 36]],
    next: ([, type]) => byEtherType(type),
  },
  100: { name: "atm", title: "ATM", ref: "RFC 2684", head: [], next: (_, tree) => [llcOrIp(tree), ""] },
  106: { name: "atm-clip", title: "IP over ATM", ref: "RFC 2225", head: [], next: (_, tree) => [llcOrIp(tree), ""] },
  109: {
    name: "enc",
    title: "OpenBSD IPsec",
    ref: "LINKTYPE_ENC",
    head: (tree, ref) => [
      hostFamily(tree, ref),
      ...readItems(tree, [
        ["Security parameters index", "u32"],
        ["Flags", 4, [["Authenticated", 20, 1], ["Encrypted", 21, 1]]],
      ], ref),
    ],
    next: ([family, index], tree) => [familyLayer(Number(family), tree).layer, `association ${index}`],
  },
  117: {
    name: "pflog",
    title: "Packet filter log",
    ref: "LINKTYPE_PFLOG",
    head: pflogHead,
    next: ([family, words], tree) => [familyLayer(Number(family), tree).layer, String(words)],
  },
  122: {
    name: "ip-over-fc",
    title: "IP over Fibre Channel",
    ref: "RFC 2625",
    head: [["Destination", 8], ["Source", 8]],
    next: () => LLC_FRAME,
  },
  123: {
    name: "sunatm",
    title: "SunATM",
    ref: "LINKTYPE_SUNATM",
    head: [
      ["Direction and traffic", 1, [["Sent", 0, 1], ["Traffic", 4, 4, SUN_ATM]]],
      ["Virtual path", "u8"],
      ["Virtual channel", "u16"],
    ],
    next: ([flags, path, channel]) => [
      (Number(flags) & 15) === 2 ? "llc" : "data",
      `path ${path}, channel ${channel}`,
    ],
  },
  138: {
    name: "ip-over-1394",
    title: "Apple IP over IEEE 1394",
    ref: "RFC 2734",
    head: [["Destination", 8], ["Source", 8], ["EtherType", "u16", etherTypeName]],
    next: ([, , type]) => byEtherType(type),
  },
  166: {
    name: "pppd",
    title: "PPP with direction",
    ref: "LINKTYPE_PPP_PPPD",
    head: [["Direction", "u8", DIRECTIONS]],
    next: ([way]) => ["ppp", direction(way)],
  },
  226: {
    name: "ipnet",
    title: "Solaris IP observability",
    ref: "LINKTYPE_IPNET",
    head: [
      ["Version", "u8"],
      ["Address family", "u8", { 2: "IPv4", 26: "IPv6" }],
      ["Kind", "u16"],
      ["Length", "u32"],
      ["Interface index", "u32"],
      ["Group's interface index", "u32"],
      ["Source zone", "u32"],
      ["Destination zone", "u32"],
    ],
    next: ([, family, , , index]) => [
      family === 2 ? "ipv4" : family === 26 ? "ipv6" : "data",
      `interface ${index}`,
    ],
  },
  239: {
    name: "nflog",
    title: "Netfilter log",
    ref: "LINKTYPE_NFLOG",
    head: nflogHead,
    next: ([family, words]) => [family === 2 ? "ipv4" : family === 10 ? "ipv6" : "raw", String(words)],
  },
  258: {
    name: "pktap",
    title: "macOS packet tap",
    ref: "LINKTYPE_PKTAP",
    head: pktapHead,
    next: ([link, words]) => [`link ${DATA_LINKS[Number(link)] ?? link}`, String(words)],
  },
  271: {
    name: "vsock",
    title: "VSOCK",
    ref: "LINKTYPE_VSOCK",
    head: vsockHead,
    next: ([words]) => ["data", String(words)],
  },
};

const layerOf = ({ name, title, ref, head, next }: Frame): Layer => ({
  name,
  title,
  ref,
  dissect(tree, packet): Next {
    const values = typeof head === "function" ? head(tree, ref) : readItems(tree, head, ref);
    const [layer, words] = next(values, tree);
    packet.summary = words;
    // A netfilter log says how long the packet is.
    const length = name === "nflog" ? Math.min(Number(values[2] ?? 0), tree.remaining) : tree.remaining;
    return { layer, length };
  },
});

/** The layers of link types, by LINKTYPE_ number. */
export const FRAME_LINKS: ReadonlyMap<number, Layer> = new Map(
  Object.entries(FRAMES).map(([link, frame]) => [Number(link), layerOf(frame)]),
);

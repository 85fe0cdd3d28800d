// What lists of IS-IS say of links, networks and routers, in lists of their own (RFC 5305, RFC 7794, RFC 7981, RFC 8667).
// To add one: a line in its table. Pure.
import { DELAY, DELAYS, LOSS, rate, VARIATION } from "./ospf_opaque.ts";
import { systemId } from "./osi_address.ts";
import { type Item, readItems, type TlvTable } from "../coding/shape.ts";
import type { Tree } from "../tree.ts";

/** A label of three octets, or an index of four (RFC 8667 2.3). */
function sid(tree: Tree, ref: string): string {
  if (tree.remaining === 3) {
    return `label ${tree.flags("Label", 3, [["Reserved", 0, 4], ["Label", 4, 20]], ref, "") & 0xfffff}`;
  }
  return `index ${tree.u32("Index", ref)}`;
}

const bandwidth: Item = ["Bandwidth", "float", rate];

const adjacency = (lan: boolean, ref: string) => (tree: Tree) => {
  tree.flags("Flags", 1, [
    ["F (IPv6)", 0, 1],
    ["B (backup)", 1, 1],
    ["V (label, no index)", 2, 1],
    ["L (local meaning)", 3, 1],
    ["S (a set)", 4, 1],
    ["P (persistent)", 5, 1],
    ["Reserved", 6, 2],
  ], ref);
  tree.u8("Weight", ref);
  if (lan) systemId(tree, "System ID", 6, ref);
  return sid(tree, ref);
};

/** Sub-TLVs of links (IANA "IS-IS Sub-TLVs for TLVs Advertising Neighbor Information"). */
export const LINK: TlvTable = {
  3: ["Administrative group", [["Group", "u32"]], "RFC 5305 3.1"],
  4: ["Link local and remote identifiers", [["Local identifier", "u32"], ["Remote identifier", "u32"]], "RFC 5307 1.1"],
  6: ["IPv4 interface address", [["Address", "ip4"]], "RFC 5305 3.2"],
  8: ["IPv4 neighbor address", [["Address", "ip4"]], "RFC 5305 3.3"],
  9: ["Maximum link bandwidth", [bandwidth], "RFC 5305 3.4"],
  10: ["Maximum reservable bandwidth", [bandwidth], "RFC 5305 3.5"],
  11: [
    "Unreserved bandwidth",
    Array.from({ length: 8 }, (_, i): Item => [`Unreserved at priority ${i}`, "float", rate]),
    "RFC 5305 3.6",
  ],
  12: ["IPv6 interface address", [["Address", "ip6"]], "RFC 6119 4.2"],
  13: ["IPv6 neighbor address", [["Address", "ip6"]], "RFC 6119 4.3"],
  15: ["Link maximum SID depths", [["Depths", "rest"]], "RFC 8491 3"],
  18: ["Traffic engineering metric", [["Metric", "u24"]], "RFC 5305 3.7"],
  31: ["Adjacency segment", adjacency(false, "RFC 8667 2.2.1"), "RFC 8667 2.2.1"],
  32: ["LAN adjacency segment", adjacency(true, "RFC 8667 2.2.2"), "RFC 8667 2.2.2"],
  33: ["Unidirectional link delay", DELAY, "RFC 8570 4.1"],
  34: ["Minimum and maximum link delay", DELAYS, "RFC 8570 4.2"],
  35: ["Delay variation", VARIATION, "RFC 8570 4.3"],
  36: ["Link loss", LOSS, "RFC 8570 4.4"],
  37: ["Residual bandwidth", [bandwidth], "RFC 8570 4.5"],
  38: ["Available bandwidth", [bandwidth], "RFC 8570 4.6"],
  39: ["Utilized bandwidth", [bandwidth], "RFC 8570 4.7"],
  43: ["SRv6 end.X segment", undefined, "RFC 9352 8.1"],
};

/** Sub-TLVs of networks. */
export const NETWORK: TlvTable = {
  1: ["Administrative tag", [["Tag", "u32"]], "RFC 5130 3.1"],
  2: ["Administrative tag of 64 bits", [["Tag", "u64"]], "RFC 5130 3.2"],
  3: ["Prefix segment", (tree) => {
    const ref = "RFC 8667 2.1";
    tree.flags("Flags", 1, [
      ["R (readvertised)", 0, 1],
      ["N (the node itself)", 1, 1],
      ["P (no penultimate hop popping)", 2, 1],
      ["E (explicit null)", 3, 1],
      ["V (label, no index)", 4, 1],
      ["L (local meaning)", 5, 1],
      ["Reserved", 6, 2],
    ], ref);
    tree.u8("Algorithm", ref, { 0: "shortest path first", 1: "strict shortest path first" });
    return sid(tree, ref);
  }, "RFC 8667 2.1"],
  4: ["Prefix attributes", [["Flags", 1, [
    ["X (external)", 0, 1],
    ["R (readvertised)", 1, 1],
    ["N (the node itself)", 2, 1],
    ["Reserved", 3, 5],
  ]]], "RFC 7794 2.1"],
  5: ["SRv6 end segment", undefined, "RFC 9352 7.2"],
  11: ["IPv4 source router", [["Router", "ip4"]], "RFC 7794 2.2"],
  12: ["IPv6 source router", [["Router", "ip6"]], "RFC 7794 2.2"],
  22: ["IPv6 source prefix", undefined, "draft-ietf-isis-ipv6-dst-src-routing"],
};

const range = (ref: string) => (tree: Tree) => {
  tree.flags("Flags", 1, [["I (MPLS over IPv4)", 0, 1], ["V (MPLS over IPv6)", 1, 1], ["Reserved", 2, 6]], ref);
  return ranges(tree, ref);
};
function ranges(tree: Tree, ref: string): string {
  const words: string[] = [];
  while (tree.remaining >= 8) {
    const size = tree.u24("Range size", ref);
    tree.u8("SID or label type", ref);
    const length = tree.u8("SID or label length", ref);
    words.push(`${size} from ${tree.within("SID or label", length, (part) => sid(part, ref)) ?? "?"}`);
  }
  return words.join(", ");
}

/** Sub-TLVs of routers (RFC 7981). */
export const CAPABILITY: TlvTable = {
  1: ["Traffic engineering node capability", [["Capabilities", "rest"]], "RFC 5073 4.2"],
  2: ["Segment routing capabilities", range("RFC 8667 3.1"), "RFC 8667 3.1"],
  11: ["IPv4 traffic engineering router", [["Router", "ip4"]], "RFC 5316 3.3.4"],
  12: ["IPv6 traffic engineering router", [["Router", "ip6"]], "RFC 5316 3.3.5"],
  19: ["Segment routing algorithms", (tree) => {
    while (tree.remaining > 0) {
      tree.u8("Algorithm", "RFC 8667 3.2", { 0: "shortest path first", 1: "strict shortest path first" });
    }
  }, "RFC 8667 3.2"],
  22: ["Label range of local segments", (tree) => {
    tree.u8("Flags", "RFC 8667 3.3");
    return ranges(tree, "RFC 8667 3.3");
  }, "RFC 8667 3.3"],
  23: ["Maximum SID depths", (tree) => {
    while (tree.remaining >= 2) {
      readItems(tree, [["Kind", "u8", { 1: "labels imposed" }], ["Depth", "u8"]], "RFC 8491 2");
    }
  }, "RFC 8491 2"],
  25: ["SRv6 capabilities", undefined, "RFC 9352 2"],
};

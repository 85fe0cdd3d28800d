// Opaque advertisements of OSPF: traffic engineering (RFC 3630, RFC 5392), graceful restart (RFC 3623), router information
// (RFC 7770), extended prefixes and links (RFC 7684), with segment routing (RFC 8665). Pure. To add one: a line in a table.
import { type Item, readItems, readTlvs, type Shape, type TlvForm, type TlvTable } from "../coding/shape.ts";
import type { Tree } from "../tree.ts";
import { counted, seconds } from "../coding/words.ts";

export const OSPF_TLV: TlvForm = { type: 2, length: 2, align: 4, called: "TLV" };

/** Octets a second as bits a second. */
export const rate = (octets: number) => {
  const bits = octets * 8;
  return bits >= 1e9 ? `${bits / 1e9} Gbit/s` : bits >= 1e6 ? `${bits / 1e6} Mbit/s` : `${bits / 1e3} kbit/s`;
};
const bandwidth = (name: string): Shape => [[name, "float", rate]];

/** What a link is good for: of OSPF's (RFC 3630 2.5) and, by other numbers, of IS-IS. */
const unreserved: Item[] = Array.from({ length: 8 }, (_, i): Item => [`Unreserved at priority ${i}`, "float", rate]);

const microseconds = (value: number) => `${value} microseconds`;
const delay = (name: string): Item => [name, 4, [["Anomalous", 0, 1], ["Reserved", 1, 7], [
  "Delay",
  8,
  24,
  microseconds,
]]];
/** What was measured on a link, the same in OSPF (RFC 7471 4) and IS-IS (RFC 8570 4). */
export const DELAY: readonly Item[] = [delay("Delay")];
export const DELAYS: readonly Item[] = [
  delay("Minimum"),
  ["Maximum", 4, [["Reserved", 0, 8], ["Delay", 8, 24, microseconds]]],
];
export const VARIATION: readonly Item[] = [
  ["Variation", 4, [["Reserved", 0, 8], ["Delay variation", 8, 24, microseconds]]],
];
export const LOSS: readonly Item[] = [["Loss", 4, [["Anomalous", 0, 1], ["Reserved", 1, 7], [
  "Link loss",
  8,
  24,
  (units) => `${(units * 3e-6).toFixed(6)} %`,
]]]];

const LINK: TlvTable = {
  1: ["Link type", [["Link type", "u8", { 1: "point-to-point", 2: "multi-access" }]], "RFC 3630 2.5.1"],
  2: ["Link ID", [["Link ID", "ip4"]], "RFC 3630 2.5.2"],
  3: ["Local interface address", [["Address", "ip4s"]], "RFC 3630 2.5.3"],
  4: ["Remote interface address", [["Address", "ip4s"]], "RFC 3630 2.5.4"],
  5: ["Traffic engineering metric", [["Metric", "u32"]], "RFC 3630 2.5.5"],
  6: ["Maximum bandwidth", bandwidth("Bandwidth"), "RFC 3630 2.5.6"],
  7: ["Maximum reservable bandwidth", bandwidth("Bandwidth"), "RFC 3630 2.5.7"],
  8: ["Unreserved bandwidth", unreserved, "RFC 3630 2.5.8"],
  9: ["Administrative group", [["Group", "u32"]], "RFC 3630 2.5.9"],
  11: [
    "Link local and remote identifiers",
    [["Local identifier", "u32"], ["Remote identifier", "u32"]],
    "RFC 4203 1.1",
  ],
  14: ["Link protection type", [["Protection", "u8"], ["Reserved", 3]], "RFC 4203 1.2"],
  15: ["Interface switching capability", [
    ["Switching capability", "u8"],
    ["Encoding", "u8"],
    ["Reserved", "u16"],
    ...Array.from({ length: 8 }, (_, i): Item => [`Maximum bandwidth at priority ${i}`, "float", rate]),
  ], "RFC 4203 1.4"],
  16: ["Shared risk link group", (tree) => {
    while (tree.remaining >= 4) tree.u32("Group", "RFC 4203 1.3");
  }, "RFC 4203 1.3"],
  21: ["Remote AS number", [["Autonomous system", "u32"]], "RFC 5392 3.3.1"],
  22: ["IPv4 remote ASBR", [["Address", "ip4"]], "RFC 5392 3.3.2"],
  27: ["Unidirectional link delay", DELAY, "RFC 7471 4.1"],
  28: ["Minimum and maximum link delay", DELAYS, "RFC 7471 4.2"],
  29: ["Delay variation", VARIATION, "RFC 7471 4.3"],
  30: ["Link loss", LOSS, "RFC 7471 4.4"],
  31: ["Residual bandwidth", bandwidth("Bandwidth"), "RFC 7471 4.5"],
  32: ["Available bandwidth", bandwidth("Bandwidth"), "RFC 7471 4.6"],
  33: ["Utilized bandwidth", bandwidth("Bandwidth"), "RFC 7471 4.7"],
};

const nested = (table: TlvTable, ref: string) => (tree: Tree) => {
  const found = readTlvs(tree, OSPF_TLV, table, ref);
  return `${found.length} sub-TLVs`;
};

const TRAFFIC: TlvTable = {
  1: ["Router address", [["Address", "ip4"]], "RFC 3630 2.4.1"],
  2: ["Link", nested(LINK, "RFC 3630 2.4.2"), "RFC 3630 2.4.2"],
  3: ["Router IPv6 address", [["Address", "ip6"]], "RFC 5329 3"],
  5: ["Node attribute", nested({}, "RFC 5786 4"), "RFC 5786 4"],
};

export const GRACE: TlvTable = {
  1: ["Grace period", [["Period", "u32", seconds]], "RFC 3623 A"],
  2: ["Restart reason", [["Reason", "u8", {
    0: "unknown",
    1: "software restart",
    2: "software upgrade",
    3: "switch to the other processor",
  }]], "RFC 3623 A"],
  3: ["Interface address", [["Address", "ip4"]], "RFC 3623 A"],
};

/** A label or index: three octets are a label, four an index. */
function sidLabel(tree: Tree, ref: string): string {
  if (tree.remaining === 3) {
    const word = tree.flags("Label", 3, [["Reserved", 0, 4], ["Label", 4, 20]], ref, "");
    return `label ${word & 0xfffff}`;
  }
  return `index ${tree.u32("Index", ref)}`;
}

/** A range of labels, and the first of them in a TLV of its own (RFC 8665 3.2, 3.3). */
const range = (ref: string) => (tree: Tree) => {
  const size = tree.u24("Range size", ref);
  tree.u8("Reserved", ref);
  const [first] = readTlvs(tree, OSPF_TLV, { 1: ["SID or label", (part) => sidLabel(part, ref), ref] }, ref);
  return `${counted(size, "label")} from ${first?.words ?? "?"}`;
};

export const ROUTER_INFORMATION: TlvTable = {
  1: ["Router informational capabilities", [["Capabilities", 4, [
    ["Graceful restart capable", 0, 1],
    ["Graceful restart helper", 1, 1],
    ["Stub router support", 2, 1],
    ["Traffic engineering support", 3, 1],
    ["Point-to-point over LAN", 4, 1],
    ["Experimental traffic engineering", 5, 1],
    ["Reserved", 6, 26],
  ]]], "RFC 7770 2.4"],
  2: ["Router functional capabilities", [["Capabilities", "u32"]], "RFC 7770 2.6"],
  6: ["PCE discovery", [["Value", "rest"]], "RFC 5088 4"],
  7: ["Dynamic hostname", [["Hostname", "text"]], "RFC 5642 3.1"],
  8: ["Segment routing algorithms", (tree) => {
    while (tree.remaining > 0) {
      tree.u8("Algorithm", "RFC 8665 3.1", { 0: "shortest path first", 1: "strict shortest path first" });
    }
  }, "RFC 8665 3.1"],
  9: ["Label range of segments", range("RFC 8665 3.2"), "RFC 8665 3.2"],
  10: ["Administrative tags", undefined, "RFC 7777 2"],
  12: ["Maximum SID depths", (tree) => {
    while (tree.remaining >= 2) {
      readItems(tree, [["Kind", "u8", { 1: "labels imposed" }], ["Depth", "u8"]], "RFC 8476 2");
    }
  }, "RFC 8476 2"],
  14: ["Label range of local segments", range("RFC 8665 3.3"), "RFC 8665 3.3"],
  15: ["Segment routing mapping server preference", [["Preference", "u8"], ["Reserved", 3]], "RFC 8665 3.4"],
};

const adjacency = (lan: boolean, ref: string) => (tree: Tree) => {
  tree.flags("Flags", 1, [
    ["B (backup)", 0, 1],
    ["V (label, no index)", 1, 1],
    ["L (local meaning)", 2, 1],
    ["G (a group)", 3, 1],
    ["P (persistent)", 4, 1],
    ["Reserved", 5, 3],
  ], ref);
  tree.u8("Reserved", ref);
  tree.u8("Topology", ref);
  tree.u8("Weight", ref);
  if (lan) tree.ip("Neighbor", 4, ref);
  return sidLabel(tree, ref);
};

const PREFIX_SUB: TlvTable = {
  2: ["Prefix segment", (tree) => {
    const ref = "RFC 8665 5";
    tree.flags("Flags", 1, [
      ["Reserved", 0, 1],
      ["NP (no penultimate hop popping)", 1, 1],
      ["M (from a mapping server)", 2, 1],
      ["E (explicit null)", 3, 1],
      ["V (label, no index)", 4, 1],
      ["L (local meaning)", 5, 1],
      ["Reserved", 6, 2],
    ], ref);
    tree.u8("Reserved", ref);
    tree.u8("Topology", ref);
    tree.u8("Algorithm", ref, { 0: "shortest path first", 1: "strict shortest path first" });
    return sidLabel(tree, ref);
  }, "RFC 8665 5"],
};
const LINK_SUB: TlvTable = {
  1: ["SID or label", (tree) => sidLabel(tree, "RFC 8665 2.1"), "RFC 8665 2.1"],
  2: ["Adjacency segment", adjacency(false, "RFC 8665 6.1"), "RFC 8665 6.1"],
  3: ["LAN adjacency segment", adjacency(true, "RFC 8665 6.2"), "RFC 8665 6.2"],
};

const EXTENDED_PREFIX: TlvTable = {
  1: ["Extended prefix", (tree) => {
    const ref = "RFC 7684 2.1";
    tree.u8("Route type", ref, {
      0: "unspecified",
      1: "intra-area",
      3: "inter-area",
      5: "AS external",
      7: "NSSA external",
    });
    const length = tree.u8("Prefix length", ref);
    tree.u8("Address family", ref, { 0: "IPv4" });
    tree.flags("Flags", 1, [["A (attached)", 0, 1], ["N (the node itself)", 1, 1], ["Reserved", 2, 6]], ref);
    const address = tree.ip("Prefix", 4, ref);
    readTlvs(tree, OSPF_TLV, PREFIX_SUB, ref);
    return `${address}/${length}`;
  }, "RFC 7684 2.1"],
};
const EXTENDED_LINK: TlvTable = {
  1: ["Extended link", (tree) => {
    const ref = "RFC 7684 3.1";
    tree.u8("Link type", ref, { 1: "point-to-point", 2: "transit network", 3: "stub network", 4: "virtual link" });
    tree.u24("Reserved", ref);
    const id = tree.ip("Link ID", 4, ref);
    tree.ip("Link data", 4, ref);
    readTlvs(tree, OSPF_TLV, LINK_SUB, ref);
    return id;
  }, "RFC 7684 3.1"],
};

/** Tables by opaque type. */
const TABLES: Readonly<Record<number, readonly [table: TlvTable, ref: string]>> = {
  1: [TRAFFIC, "RFC 3630 2.4"],
  3: [GRACE, "RFC 3623 A"],
  4: [ROUTER_INFORMATION, "RFC 7770 2.3"],
  6: [TRAFFIC, "RFC 5392 3.2"],
  7: [EXTENDED_PREFIX, "RFC 7684 2"],
  8: [EXTENDED_LINK, "RFC 7684 3"],
};

/** The body of an opaque advertisement. */
export function opaqueBody(tree: Tree, type: number): string | undefined {
  const [table, ref] = TABLES[type] ?? [];
  if (table === undefined || ref === undefined) {
    tree.rest("Opaque information", "RFC 5250 A.2");
    return undefined;
  }
  const found = readTlvs(tree, OSPF_TLV, table, ref);
  return found.map((one) => one.words === undefined ? one.name : `${one.name} ${one.words}`).slice(0, 3).join("; ");
}

// What PDUs of IS-IS list: areas, neighbors, networks, what a router can do (ISO 10589 9, RFC 1195, RFC 5305, RFC 5308,
// RFC 5120, RFC 8667). To add one: a line in the table; sub-TLVs stand in isis_sub_tlvs.ts. Pure.
import { readPrefix } from "../coding/prefix.ts";
import { CAPABILITY, LINK, NETWORK } from "./isis_sub_tlvs.ts";
import { nsap, systemId } from "./osi_address.ts";
import { maskLength } from "./rip.ts";
import { readItems, readTlvs, type TlvForm, type TlvTable } from "../coding/shape.ts";
import { clip, octetCount, seconds } from "../coding/words.ts";
import type { Tree } from "../tree.ts";

const FORM: TlvForm = { type: 1, length: 1, called: "TLV" };
const SUB_FORM: TlvForm = { ...FORM, called: "Sub-TLV" };

const list = (words: readonly string[], limit = 3) =>
  words.length <= limit ? words.join(", ") : `${words.slice(0, limit).join(", ")} and ${words.length - limit} more`;

const prefix = (tree: Tree, bits: number, size: 4 | 16, ref: string) =>
  readPrefix(tree, "Prefix", bits, Math.min(size, Math.ceil(bits / 8)), size, ref);

const TOPOLOGIES: Readonly<Record<number, string>> = {
  0: "IPv4 unicast",
  1: "in-band management",
  2: "IPv6 unicast",
  3: "IPv4 multicast",
  4: "IPv6 multicast",
};

function topology(tree: Tree): string {
  const word = tree.flags(
    "Topology",
    2,
    [
      ["Overload", 0, 1],
      ["Attached", 1, 1],
      ["Reserved", 2, 2],
      ["Topology", 4, 12, (v) => TOPOLOGIES[v]],
    ],
    "RFC 5120 7",
    "",
  );
  return TOPOLOGIES[word & 0xfff] ?? `topology ${word & 0xfff}`;
}

/** Links: system, metric, and what else is known of them (RFC 5305 3). */
function extendedNeighbors(tree: Tree, system: number): string {
  const ref = "RFC 5305 3";
  const words: string[] = [];
  while (tree.remaining >= system + 5) {
    tree.group("Neighbor", (group) => {
      const id = systemId(tree, "Neighbor ID", system + 1, ref);
      const metric = tree.u24("Metric", ref);
      const length = tree.u8("Sub-TLVs length", ref);
      group.meaning = `${id}, metric ${metric}`;
      words.push(group.meaning);
      if (length > 0) {
        tree.within("Sub-TLVs", length, (part) => void readTlvs(part, SUB_FORM, LINK, ref));
      }
    }, { ref });
  }
  return list(words);
}

function extendedNetworks(tree: Tree): string {
  const ref = "RFC 5305 4";
  const words: string[] = [];
  while (tree.remaining >= 5) {
    tree.group("Network", (group) => {
      const metric = tree.u32("Metric", ref);
      const control = tree.flags(
        "Control",
        1,
        [
          ["Down", 0, 1, (v) => v === 1 ? "came from a higher level" : "not set"],
          ["Sub-TLVs", 1, 1],
          ["Prefix length", 2, 6],
        ],
        ref,
        "",
      );
      group.meaning = `${prefix(tree, control & 63, 4, ref)}, metric ${metric}`;
      words.push(group.meaning);
      if ((control & 0x40) !== 0) subTlvs(tree, ref);
    }, { ref });
  }
  return list(words);
}

function networks6(tree: Tree): string {
  const ref = "RFC 5308 2";
  const words: string[] = [];
  while (tree.remaining >= 6) {
    tree.group("Network", (group) => {
      const metric = tree.u32("Metric", ref);
      const control = tree.flags("Control", 1, [
        ["Down", 0, 1, (v) => v === 1 ? "came from a higher level" : "not set"],
        ["External", 1, 1],
        ["Sub-TLVs", 2, 1],
        ["Reserved", 3, 5],
      ], ref);
      const bits = tree.u8("Prefix length", ref);
      group.meaning = `${prefix(tree, Math.min(bits, 128), 16, ref)}, metric ${metric}`;
      words.push(group.meaning);
      if ((control & 0x20) !== 0) subTlvs(tree, ref);
    }, { ref });
  }
  return list(words);
}

function subTlvs(tree: Tree, ref: string): void {
  const length = tree.u8("Sub-TLVs length", ref);
  tree.within("Sub-TLVs", length, (part) => void readTlvs(part, SUB_FORM, NETWORK, ref));
}

/** The four metrics of the narrow kind. */
function metrics(tree: Tree, ref: string): number {
  const first = tree.flags("Default metric", 1, [["Reserved", 0, 1], ["External", 1, 1], ["Metric", 2, 6]], ref, "");
  for (const name of ["Delay", "Expense", "Error"]) {
    tree.flags(`${name} metric`, 1, [["Not supported", 0, 1], ["External", 1, 1], ["Metric", 2, 6]], ref, "");
  }
  return first & 63;
}

function narrowNetworks(tree: Tree): string {
  const ref = "RFC 1195 5.3.4";
  const words: string[] = [];
  while (tree.remaining >= 12) {
    tree.group("Network", (group) => {
      const metric = metrics(tree, ref);
      const address = tree.ip("Address", 4, ref);
      group.meaning = `${address}${maskLength(tree.ip("Subnet mask", 4, ref))}, metric ${metric}`;
      words.push(group.meaning);
    }, { ref });
  }
  return list(words);
}

function entries(tree: Tree, system: number): string {
  const ref = "ISO 10589 9.10";
  const words: string[] = [];
  while (tree.remaining >= system + 10) {
    tree.group("LSP entry", (group) => {
      const lifetime = tree.u16("Remaining lifetime", ref, seconds);
      const id = systemId(tree, "LSP ID", system + 2, ref);
      const sequence = tree.u32("Sequence number", ref);
      tree.u16("Checksum", ref);
      group.meaning = `${id}, sequence ${sequence}, lifetime ${lifetime}`;
      words.push(id);
    }, { ref });
  }
  return list(words);
}

function authentication(tree: Tree): string {
  const ref = "RFC 5304 2";
  const type = tree.u8("Authentication type", ref, {
    1: "password in clear",
    3: "generic cryptographic",
    54: "HMAC-MD5",
  });
  if (type === 1) {
    if (tree.remaining > 0) {
      tree.text("Password", tree.remaining, "ISO 10589 9.5");
      tree.last.secret = true;
    }
    return "password in clear";
  }
  if (type === 3) tree.u16("Key ID", "RFC 5310 3.1");
  tree.rest("Digest", ref);
  return type === 54 ? "HMAC-MD5" : type === 3 ? "generic cryptographic" : `type ${type}`;
}

function tables(system: number): TlvTable {
  return {
    1: ["Area addresses", (tree) => {
      const words: string[] = [];
      while (tree.remaining > 0) words.push(nsap(tree, "Area address", "ISO 10589 9.5"));
      return words.join(", ");
    }, "ISO 10589 9.5"],
    2: ["IS neighbors", (tree) => {
      const ref = "ISO 10589 9.8";
      tree.u8("Virtual flag", ref);
      const words: string[] = [];
      while (tree.remaining >= system + 5) {
        tree.group("Neighbor", (group) => {
          const metric = metrics(tree, ref);
          group.meaning = `${systemId(tree, "Neighbor ID", system + 1, ref)}, metric ${metric}`;
          words.push(group.meaning);
        }, { ref });
      }
      return list(words);
    }, "ISO 10589 9.8"],
    3: ["ES neighbors", (tree) => {
      metrics(tree, "ISO 10589 9.8");
      while (tree.remaining >= system) systemId(tree, "Neighbor", system, "ISO 10589 9.8");
    }, "ISO 10589 9.8"],
    6: ["IS neighbors on the LAN", [["Neighbor", "macs"]], "ISO 10589 9.5"],
    8: ["Padding", (tree) => {
      const count = tree.remaining;
      tree.rest("Padding", "ISO 10589 9.5");
      return octetCount(count);
    }, "ISO 10589 9.5"],
    9: ["LSP entries", (tree) => entries(tree, system), "ISO 10589 9.10"],
    10: ["Authentication", authentication, "RFC 5304 2"],
    11: ["Extended sequence number", undefined, "RFC 7602 3"],
    12: ["Optional checksum", [["Checksum", "u16"]], "RFC 3358 5"],
    13: ["Purge originator", (tree) => {
      const count = tree.u8("Number of systems", "RFC 6232 3");
      for (let i = 0; i < count; i++) systemId(tree, "System ID", system, "RFC 6232 3");
    }, "RFC 6232 3"],
    14: ["LSP buffer size", [["Size", "u16", octetCount]], "ISO 10589 9.8"],
    22: ["Extended IS reachability", (tree) => extendedNeighbors(tree, system), "RFC 5305 3"],
    128: ["IP internal reachability", narrowNetworks, "RFC 1195 5.3.4"],
    129: ["Protocols supported", (tree) => {
      while (tree.remaining > 0) tree.u8("Protocol", "RFC 1195 5.3.4", { 0x81: "CLNP", 0x8e: "IPv6", 0xcc: "IPv4" });
      return (tree.current.children ?? []).slice(2).map((field) => field.meaning).join(", ");
    }, "RFC 1195 5.3.4"],
    130: ["IP external reachability", narrowNetworks, "RFC 1195 5.3.5"],
    132: ["IP interface addresses", [["Address", "ip4s"]], "RFC 1195 5.3.4"],
    134: ["Traffic engineering router ID", [["Router", "ip4"]], "RFC 5305 4.3"],
    135: ["Extended IP reachability", extendedNetworks, "RFC 5305 4"],
    137: ["Dynamic hostname", [["Hostname", "text"]], "RFC 5301 3"],
    138: ["Shared risk link group", undefined, "RFC 5307 1.4"],
    140: ["IPv6 traffic engineering router ID", [["Router", "ip6"]], "RFC 6119 4.1"],
    141: ["Inter-AS reachability", undefined, "RFC 9346 3.1"],
    147: ["MAC reachability", [["Topology", "u16"], ["Confidence", "u8"], ["Address", "macs"]], "RFC 6165 2.2"],
    148: ["BFD enabled", (tree) => {
      while (tree.remaining >= 3) readItems(tree, [["Topology", "u16", TOPOLOGIES], ["Protocol", "u8"]], "RFC 6213 6");
    }, "RFC 6213 6"],
    149: ["SID or label binding", undefined, "RFC 8667 2.4"],
    211: ["Restart", [
      ["Flags", 1, [
        ["Reserved", 0, 3],
        ["PA (planned restart acknowledged)", 3, 1],
        ["PR (planned restart)", 4, 1],
        ["SA (suppress adjacency)", 5, 1],
        ["RA (restart acknowledged)", 6, 1],
        ["RR (restart request)", 7, 1],
      ]],
      ["Remaining time", "u16", seconds],
      ["Restarting neighbor", "rest"],
    ], "RFC 8706 3.2"],
    222: [
      "IS reachability of a topology",
      (tree) => `${topology(tree)}: ${extendedNeighbors(tree, system)}`,
      "RFC 5120 7.1",
    ],
    229: ["Topologies", (tree) => {
      const words: string[] = [];
      while (tree.remaining >= 2) words.push(topology(tree));
      return words.join(", ");
    }, "RFC 5120 7.2"],
    232: ["IPv6 interface addresses", [["Address", "ip6s"]], "RFC 5308 3"],
    233: ["IPv6 global interface addresses", [["Address", "ip6s"]], "RFC 6119 4.5"],
    235: ["IPv4 reachability of a topology", (tree) => `${topology(tree)}: ${extendedNetworks(tree)}`, "RFC 5120 7.3"],
    236: ["IPv6 reachability", networks6, "RFC 5308 2"],
    237: ["IPv6 reachability of a topology", (tree) => `${topology(tree)}: ${networks6(tree)}`, "RFC 5120 7.4"],
    240: ["Three-way adjacency", (tree) => {
      const ref = "RFC 5303 3.1";
      const states: Readonly<Record<number, string>> = { 0: "up", 1: "initializing", 2: "down" };
      const state = tree.u8("State", ref, states);
      if (tree.remaining >= 4) tree.u32("Local circuit ID", ref);
      if (tree.remaining >= system) systemId(tree, "Neighbor system", system, ref);
      if (tree.remaining >= 4) tree.u32("Neighbor's circuit ID", ref);
      return states[state];
    }, "RFC 5303 3.1"],
    242: ["Router capability", (tree) => {
      const ref = "RFC 7981 2";
      const router = tree.ip("Router ID", 4, ref);
      tree.flags("Flags", 1, [["Reserved", 0, 6], ["D (came from a higher level)", 6, 1], [
        "S (to be flooded everywhere)",
        7,
        1,
      ]], ref);
      readTlvs(tree, SUB_FORM, CAPABILITY, ref);
      return router;
    }, "RFC 7981 2"],
    250: ["Experiment", undefined, "RFC 7356"],
  };
}

/** The lists up to the end of `tree`; gives what names the PDU best. */
export function isisTlvs(tree: Tree, system: number): string {
  const found = readTlvs(tree, FORM, tables(system), "ISO 10589 9");
  const words: string[] = [];
  for (const one of found) {
    if (one.type === 137 && one.words !== undefined) words.push(`"${one.words}"`);
    if (one.type === 240 && one.words !== undefined) words.push(`adjacency ${one.words}`);
    if (one.type === 1 && one.words !== undefined) words.push(`area ${one.words}`);
    if (one.type === 6 && one.words !== undefined) words.push(`neighbors ${one.words}`);
    if (one.type === 9) words.push(one.words ?? "");
  }
  return clip(words.filter((text) => text !== "").join(", "), 120);
}

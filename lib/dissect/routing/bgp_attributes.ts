// Path attributes of BGP (RFC 4271 4.3, 5): flags (8), type (8), length (8 or 16), value. To add one: a line in `ATTRIBUTES`.
// Communities are in bgp_communities.ts, routes in bgp_routes.ts. Pure.
import { AFIS, familyName, nextHop, type PathIds, routesOf, SAFIS } from "./bgp_routes.ts";
import { communities, extendedCommunities, largeCommunities } from "./bgp_communities.ts";
import { clip } from "../coding/words.ts";
import type { Tree } from "../tree.ts";

/** What the session tells of how attributes are written. */
export interface Written {
  /** Octets of an AS number; `undefined` when the OPENs were not seen. */
  readonly asSize: 2 | 4 | undefined;
  readonly paths: PathIds;
}

/** What the attributes say together. */
export interface SaidByAttributes {
  reached: string[];
  lost: string[];
  path?: string;
  nextHop?: string;
  /** The family whose routes all have been sent: MP_UNREACH_NLRI without any (RFC 4724 2). */
  ended?: string;
}

const SEGMENTS: Readonly<Record<number, string>> = {
  1: "AS_SET",
  2: "AS_SEQUENCE",
  3: "AS_CONFED_SEQUENCE",
  4: "AS_CONFED_SET",
};

/** Whether segments with numbers of `size` octets fill the octets exactly. */
function fitsPath(bytes: Uint8Array, size: number): boolean {
  let at = 0;
  while (at + 1 < bytes.length) {
    if (bytes[at]! < 1 || bytes[at]! > 4 || bytes[at + 1] === 0) return false;
    at += 2 + bytes[at + 1]! * size;
  }
  return at === bytes.length;
}

function asPath(tree: Tree, known: 2 | 4 | undefined, ref: string): string {
  const { bytes, offset, end } = tree.reader;
  const octets = bytes.subarray(offset, end);
  // The OPENs may lie before the capture: four octets are the rule today.
  const size = known !== undefined && fitsPath(octets, known)
    ? known
    : fitsPath(octets, 4)
    ? 4
    : fitsPath(octets, 2)
    ? 2
    : known ?? 4;
  const words: string[] = [];
  while (tree.remaining > 0) {
    tree.group("AS path segment", (group) => {
      const type = tree.u8("Segment type", ref, SEGMENTS);
      const count = tree.u8("AS numbers", ref);
      const numbers: number[] = [];
      for (let i = 0; i < count; i++) numbers.push(size === 4 ? tree.u32("AS", ref) : tree.u16("AS", ref));
      const text = numbers.join(" ");
      group.meaning = type === 1 ? `{${text}}` : type === 3 ? `(${text})` : type === 4 ? `[${text}]` : text;
      words.push(group.meaning);
    }, { ref });
  }
  return words.join(" ");
}

const ORIGINS: Readonly<Record<number, string>> = { 0: "IGP", 1: "EGP", 2: "incomplete" };

function aggregator(tree: Tree, ref: string): string {
  const as = tree.remaining >= 8 ? tree.u32("AS", ref) : tree.u16("AS", ref);
  return `AS ${as} ${tree.ip("Router", 4, ref)}`;
}

const PMSI: Readonly<Record<number, string>> = {
  0: "no tunnel information",
  1: "RSVP-TE P2MP LSP",
  2: "mLDP P2MP LSP",
  3: "PIM-SSM tree",
  4: "PIM-SM tree",
  5: "BIDIR-PIM tree",
  6: "ingress replication",
  7: "mLDP MP2MP LSP",
};

function pmsi(tree: Tree): string {
  const ref = "RFC 6514 5";
  tree.flags("Flags", 1, [["Reserved", 0, 7], ["Leaf information required", 7, 1]], ref);
  const type = tree.u8("Tunnel type", ref, PMSI);
  tree.u24("Label or network identifier", ref, (word) => `label ${word >> 4}, or network ${word}`);
  if (type === 6 && (tree.remaining === 4 || tree.remaining === 16)) {
    tree.ip("Tunnel endpoint", tree.remaining, ref);
  } else tree.rest("Tunnel identifier", ref);
  return PMSI[type] ?? `type ${type}`;
}

/** TLVs with a length that does not count type and length; some have a wider length (RFC 9012 2). */
function tlvs(tree: Tree, names: Readonly<Record<number, string>>, ref: string, type: 1 | 2, whole = false): string {
  const words: string[] = [];
  while (tree.remaining >= type + 1) {
    tree.group("TLV", (group) => {
      const kind = type === 2 ? tree.u16("Type", ref, names) : tree.u8("Type", ref, names);
      const wide = type === 2 || whole || kind >= 128;
      const length = (wide ? tree.u16("Length", ref) : tree.u8("Length", ref)) - (whole ? 3 : 0);
      if (length > 0) tree.bytes("Value", length, ref);
      words.push(group.meaning = names[kind] ?? `type ${kind}`);
    }, { ref });
  }
  return words.join(", ");
}

const TUNNELS: Readonly<Record<number, string>> = {
  1: "L2TPv3",
  2: "GRE",
  7: "IP in IP",
  8: "VXLAN",
  9: "NVGRE",
  10: "MPLS",
  11: "MPLS in GRE",
  12: "VXLAN-GPE",
  13: "MPLS in UDP",
  14: "IPv6 tunnel",
  15: "SR policy",
  19: "Geneve",
};
const PREFIX_SID: Readonly<Record<number, string>> = {
  1: "label index",
  3: "originator SRGB",
  5: "SRv6 L3 service",
  6: "SRv6 L2 service",
};

type Read = (tree: Tree, written: Written, said: SaidByAttributes) => string | undefined;

/** Name, how its value is read, where it is defined. */
const ATTRIBUTES: Readonly<Record<number, readonly [name: string, read: Read | undefined, ref: string]>> = {
  1: ["ORIGIN", (tree) => {
    const origin = tree.u8("Origin", "RFC 4271 5.1.1", ORIGINS);
    return ORIGINS[origin];
  }, "RFC 4271 5.1.1"],
  2: ["AS_PATH", (tree, written, said) => said.path = asPath(tree, written.asSize, "RFC 4271 5.1.2"), "RFC 4271 5.1.2"],
  3: ["NEXT_HOP", (tree, _, said) => said.nextHop = tree.ip("Next hop", 4, "RFC 4271 5.1.3"), "RFC 4271 5.1.3"],
  4: ["MULTI_EXIT_DISC", (tree) => String(tree.u32("Multi-exit discriminator", "RFC 4271 5.1.4")), "RFC 4271 5.1.4"],
  5: ["LOCAL_PREF", (tree) => String(tree.u32("Local preference", "RFC 4271 5.1.5")), "RFC 4271 5.1.5"],
  6: ["ATOMIC_AGGREGATE", () => undefined, "RFC 4271 5.1.6"],
  7: ["AGGREGATOR", (tree) => aggregator(tree, "RFC 4271 5.1.7"), "RFC 4271 5.1.7"],
  8: ["COMMUNITIES", communities, "RFC 1997"],
  9: ["ORIGINATOR_ID", (tree) => tree.ip("Originator", 4, "RFC 4456 8"), "RFC 4456 8"],
  10: ["CLUSTER_LIST", (tree) => {
    const words: string[] = [];
    while (tree.remaining >= 4) words.push(tree.ip("Cluster", 4, "RFC 4456 8"));
    return words.join(", ");
  }, "RFC 4456 8"],
  14: ["MP_REACH_NLRI", (tree, written, said) => {
    const ref = "RFC 4760 3";
    const afi = tree.u16("Address family", ref, AFIS);
    const safi = tree.u8("Subsequent address family", ref, SAFIS);
    const hop = nextHop(tree, tree.u8("Next hop length", ref));
    const attached = tree.u8("Reserved", ref, (count) => count === 0 ? undefined : `${count} attachment points`);
    for (let i = 0; i < attached; i++) {
      const size = tree.u8("Attachment length", "RFC 2858 2");
      if (size > 0) tree.bytes("Attachment point", Math.ceil(size / 2), "RFC 2858 2");
    }
    if (hop !== "") said.nextHop ??= hop;
    const routes = routesOf(tree, afi, safi, written.paths);
    said.reached.push(...routes);
    return `${familyName(afi, safi)}, ${routes.length} ${routes.length === 1 ? "route" : "routes"}${
      hop === "" ? "" : ` by ${hop}`
    }`;
  }, "RFC 4760 3"],
  15: ["MP_UNREACH_NLRI", (tree, written, said) => {
    const ref = "RFC 4760 4";
    const afi = tree.u16("Address family", ref, AFIS);
    const safi = tree.u8("Subsequent address family", ref, SAFIS);
    if (tree.remaining === 0) said.ended = familyName(afi, safi);
    const routes = routesOf(tree, afi, safi, written.paths);
    said.lost.push(...routes);
    return `${familyName(afi, safi)}, ${
      routes.length === 0 ? "none: all routes have been sent" : `${routes.length} withdrawn`
    }`;
  }, "RFC 4760 4"],
  16: ["EXTENDED COMMUNITIES", extendedCommunities, "RFC 4360 2"],
  17: ["AS4_PATH", (tree, _, said) => said.path = asPath(tree, 4, "RFC 6793 3"), "RFC 6793 3"],
  18: ["AS4_AGGREGATOR", (tree) => aggregator(tree, "RFC 6793 3"), "RFC 6793 3"],
  22: ["PMSI_TUNNEL", pmsi, "RFC 6514 5"],
  23: ["TUNNEL_ENCAPSULATION", (tree) => tlvs(tree, TUNNELS, "RFC 9012 2", 2), "RFC 9012 2"],
  24: ["TRAFFIC ENGINEERING", undefined, "RFC 5543 3"],
  25: ["IPv6 EXTENDED COMMUNITIES", (tree) => {
    const ref = "RFC 5701 2";
    const words: string[] = [];
    while (tree.remaining >= 20) {
      tree.u8("Type", ref);
      tree.u8("Subtype", ref, { 2: "route target", 3: "route origin" });
      words.push(`${tree.ip("Global administrator", 16, ref)}:${tree.u16("Local administrator", ref)}`);
    }
    return words.join(", ");
  }, "RFC 5701 2"],
  26: ["AIGP", (tree) => {
    const ref = "RFC 7311 3";
    let metric: string | undefined;
    while (tree.remaining >= 3) {
      const type = tree.u8("Type", ref, { 1: "accumulated metric" });
      const length = tree.u16("Length", ref);
      if (type === 1 && length === 11) metric = String(tree.u64("Accumulated metric", ref));
      else if (length > 3) tree.bytes("Value", length - 3, ref);
    }
    return metric;
  }, "RFC 7311 3"],
  27: ["PE DISTINGUISHER LABELS", undefined, "RFC 6514 8"],
  29: ["BGP-LS", (tree) => tlvs(tree, {}, "RFC 9552 5.3", 2), "RFC 9552 5.3"],
  32: ["LARGE_COMMUNITY", largeCommunities, "RFC 8092 3"],
  33: ["BGPsec_PATH", undefined, "RFC 8205 3"],
  35: ["ONLY_TO_CUSTOMER", (tree) => `AS ${tree.u32("AS", "RFC 9234 5")}`, "RFC 9234 5"],
  40: ["BGP PREFIX-SID", (tree) => tlvs(tree, PREFIX_SID, "RFC 8669 3", 1, true), "RFC 8669 3"],
  128: ["ATTR_SET", (tree, written) => {
    const as = tree.u32("Origin AS", "RFC 6368 5");
    bgpAttributes(tree, written);
    return `of AS ${as}`;
  }, "RFC 6368 5"],
};

/** The attributes up to the end of `tree`. */
export function bgpAttributes(tree: Tree, written: Written): SaidByAttributes {
  const said: SaidByAttributes = { reached: [], lost: [] };
  while (tree.remaining > 0) {
    const type = tree.reader.peek(1) ?? 0;
    const [name, read, ref] = ATTRIBUTES[type] ?? [`Attribute ${type}`, undefined, "RFC 4271 4.3"];
    tree.group(name, (group) => {
      const flags = tree.flags("Attribute flags", 1, [
        ["Optional", 0, 1, (v) => v === 1 ? "optional" : "well-known"],
        ["Transitive", 1, 1],
        ["Partial", 2, 1],
        ["Extended length", 3, 1],
        ["Reserved", 4, 4],
      ], "RFC 4271 4.3");
      tree.u8("Attribute type", "RFC 4271 4.3", (v) => ATTRIBUTES[v]?.[0] ?? "unknown");
      const length = (flags & 0x10) !== 0 ? tree.u16("Length", "RFC 4271 4.3") : tree.u8("Length", "RFC 4271 4.3");
      const words = tree.within(name, length, (part) => {
        const text = read?.(part, written, said);
        part.rest(read === undefined ? "Value" : "Octets", ref);
        return text;
      });
      if (words !== undefined && words !== "") group.meaning = clip(words, 160);
    }, { ref });
  }
  return said;
}

// Link state advertisements of OSPF version 3 (RFC 5340 A.4), those of TLVs too (RFC 8362). Pure.
import { type LsaHead, lsaType3, OPTIONS3 } from "./ospf_header.ts";
import { GRACE, OSPF_TLV, ROUTER_INFORMATION } from "./ospf_opaque.ts";
import { readPrefix } from "../coding/prefix.ts";
import { type Item, readItems, readTlvs, type TlvTable } from "../coding/shape.ts";
import type { BitRow, Tree } from "../tree.ts";

const PREFIX_OPTIONS: readonly BitRow[] = [
  ["Reserved", 0, 2],
  ["N (the node itself)", 2, 1],
  ["DN (not for the backbone again)", 3, 1],
  ["P (to be propagated)", 4, 1],
  ["Reserved", 5, 1],
  ["LA (local address)", 6, 1],
  ["NU (not for unicast)", 7, 1],
];

/** The octets of a prefix: words of 32 bits (RFC 5340 A.4.1). */
const prefixOctets = (tree: Tree, bits: number) =>
  readPrefix(tree, "Prefix", bits, Math.ceil(bits / 32) * 4, 16, "RFC 5340 A.4.1");

/** Length, options, two octets that depend on where it stands, then the prefix. */
function prefix(tree: Tree, third: Item): string {
  return tree.group("Address prefix", (group) => {
    const ref = "RFC 5340 A.4.1";
    const bits = tree.u8("Prefix length", ref);
    tree.flags("Prefix options", 1, PREFIX_OPTIONS, "RFC 5340 A.4.1.1");
    const [value] = readItems(tree, [third], ref);
    group.meaning = prefixOctets(tree, bits);
    if (third[0] === "Metric") group.meaning += `, metric ${value}`;
    return group.meaning;
  }, { ref: "RFC 5340 A.4.1" });
}

const RESERVED: Item = ["Reserved", "u16"], METRIC: Item = ["Metric", "u16"];
const LINKS: Readonly<Record<number, string>> = { 1: "point-to-point", 2: "transit network", 4: "virtual link" };
const routerFlags: readonly BitRow[] = [
  ["Reserved", 0, 3],
  ["Nt (NSSA translator)", 3, 1],
  ["x (deprecated)", 4, 1],
  ["V (end of a virtual link)", 5, 1],
  ["E (AS boundary router)", 6, 1],
  ["B (area border router)", 7, 1],
];

function link(tree: Tree, ref: string): string {
  const type = tree.u8("Link type", ref, LINKS);
  tree.u8("Reserved", ref);
  const [metric, , , neighbor] = readItems(tree, [METRIC, ["Interface ID", "u32"], ["Neighbor interface ID", "u32"], [
    "Neighbor router",
    "ip4",
  ]], ref);
  return `${LINKS[type] ?? `type ${type}`} to ${neighbor}, metric ${metric}`;
}

/** Advertisements that are a prefix or router and a metric (RFC 5340 A.4.5 to A.4.8). */
function external(tree: Tree, ref: string): string {
  const flags = tree.flags("Flags and metric", 4, [
    ["Reserved", 0, 5],
    ["E (type 2: larger than any inner metric)", 5, 1],
    ["F (forwarding address)", 6, 1],
    ["T (tag)", 7, 1],
    ["Metric", 8, 24],
  ], ref);
  const bits = tree.u8("Prefix length", ref);
  tree.flags("Prefix options", 1, PREFIX_OPTIONS, "RFC 5340 A.4.1.1");
  const other = lsaType3(tree, "Referenced link state type");
  if (other === 0) tree.last.meaning = "none";
  let text = `${prefixOctets(tree, bits)}, metric ${flags & 0xffffff} of type ${(flags & 0x4000000) !== 0 ? 2 : 1}`;
  if ((flags & 0x2000000) !== 0) text += ` by ${tree.ip("Forwarding address", 16, ref)}`;
  if ((flags & 0x1000000) !== 0) tree.u32("External route tag", ref);
  if (other !== 0 && tree.remaining >= 4) tree.ip("Referenced link state ID", 4, ref);
  return text;
}

const metricWord = (ref: string) => (tree: Tree) =>
  tree.flags("Metric", 4, [["Reserved", 0, 8], ["Metric", 8, 24]], ref, "") & 0xffffff;

/** TLVs of the extended advertisements (RFC 8362 3). */
const EXTENDED: TlvTable = {
  1: ["Router link", (tree) => link(tree, "RFC 8362 3.2"), "RFC 8362 3.2"],
  2: ["Attached routers", [["Router", "ip4s"]], "RFC 8362 3.3"],
  3: ["Inter-area prefix", (tree) => {
    const metric = metricWord("RFC 8362 3.4")(tree);
    return `${prefix(tree, RESERVED)}, metric ${metric}`;
  }, "RFC 8362 3.4"],
  6: ["Intra-area prefix", (tree) => {
    const metric = metricWord("RFC 8362 3.7")(tree);
    return `${prefix(tree, RESERVED)}, metric ${metric}`;
  }, "RFC 8362 3.7"],
};

/** The body of an advertisement of version 3; gives it in words. */
export function lsaBody6(tree: Tree, head: LsaHead): string | undefined {
  switch (head.type & 0x1fff) {
    case 1: {
      const ref = "RFC 5340 A.4.3";
      tree.flags("Flags", 1, routerFlags, ref);
      tree.flags("Options", 3, OPTIONS3, "RFC 5340 A.2");
      const words: string[] = [];
      while (tree.remaining >= 16) {
        tree.group("Link", (group) => {
          words.push(group.meaning = link(tree, ref));
        }, { ref });
      }
      return `${words.length} ${words.length === 1 ? "link" : "links"}`;
    }
    case 2: {
      const ref = "RFC 5340 A.4.4";
      tree.u8("Reserved", ref);
      tree.flags("Options", 3, OPTIONS3, "RFC 5340 A.2");
      const routers: string[] = [];
      while (tree.remaining >= 4) routers.push(tree.ip("Attached router", 4, ref));
      return `${routers.length} routers: ${routers.slice(0, 4).join(", ")}`;
    }
    case 3: {
      const metric = metricWord("RFC 5340 A.4.5")(tree);
      return `${prefix(tree, RESERVED)}, metric ${metric}`;
    }
    case 4: {
      const ref = "RFC 5340 A.4.6";
      tree.u8("Reserved", ref);
      tree.flags("Options", 3, OPTIONS3, "RFC 5340 A.2");
      const metric = metricWord(ref)(tree);
      return `${tree.ip("Destination router", 4, ref)}, metric ${metric}`;
    }
    case 5:
    case 7:
      return external(tree, (head.type & 0x1fff) === 5 ? "RFC 5340 A.4.7" : "RFC 5340 A.4.8");
    case 8: {
      const ref = "RFC 5340 A.4.9";
      tree.u8("Router priority", ref);
      tree.flags("Options", 3, OPTIONS3, "RFC 5340 A.2");
      const address = tree.ip("Link-local address", 16, ref);
      const count = tree.u32("Prefixes", ref);
      const words: string[] = [];
      for (let i = 0; i < count && tree.remaining > 0; i++) words.push(prefix(tree, RESERVED));
      return [address, ...words].slice(0, 3).join(", ");
    }
    case 9: {
      const ref = "RFC 5340 A.4.10";
      const count = tree.u16("Prefixes", ref);
      lsaType3(tree, "Referenced link state type");
      tree.ip("Referenced link state ID", 4, ref);
      tree.ip("Referenced advertising router", 4, ref);
      const words: string[] = [];
      for (let i = 0; i < count && tree.remaining > 0; i++) words.push(prefix(tree, METRIC));
      return words.slice(0, 2).join("; ") + (words.length > 2 ? ` and ${words.length - 2} more` : "");
    }
    case 11:
      readTlvs(tree, OSPF_TLV, GRACE, "RFC 5187 2");
      return undefined;
    case 12:
      readTlvs(tree, OSPF_TLV, ROUTER_INFORMATION, "RFC 7770 2.3");
      return undefined;
    case 33:
      tree.flags("Flags", 1, routerFlags, "RFC 8362 4.1");
      tree.flags("Options", 3, OPTIONS3, "RFC 5340 A.2");
      readTlvs(tree, OSPF_TLV, EXTENDED, "RFC 8362 3");
      return undefined;
    case 34:
      tree.u8("Reserved", "RFC 8362 4.2");
      tree.flags("Options", 3, OPTIONS3, "RFC 5340 A.2");
      readTlvs(tree, OSPF_TLV, EXTENDED, "RFC 8362 3");
      return undefined;
    case 35:
    case 36:
    case 37:
    case 39:
      readTlvs(tree, OSPF_TLV, EXTENDED, "RFC 8362 3");
      return undefined;
    default:
      return undefined;
  }
}

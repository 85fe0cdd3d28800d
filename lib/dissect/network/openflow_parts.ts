// What rules of OpenFlow are made of: matches, actions, instructions, ports (OpenFlow 1.0 5.2, OpenFlow 1.3 7.2). Pure.
import { etherTypeName, ipProtocolName } from "../coding/numbers.ts";
import { type Item, readItems, saidBy } from "../coding/shape.ts";
import { clip } from "../coding/words.ts";
import type { Meaning, Tree } from "../tree.ts";
import { ACTIONS_1, ACTIONS_4, FIELDS, INSTRUCTIONS, portName } from "./openflow_names.ts";

const port: Meaning<number> = (value) => portName(value);
const portWords = (value: number) => portName(value) ?? String(value);

/** The fields of a match of version 1.0, and the bits of its wildcards that say they count for nothing. */
const MATCH_1: readonly (readonly [item: Item, key: string, bit: number])[] = [
  [["In port", "u16", port], "in_port", 1],
  [["Ethernet source", "mac"], "dl_src", 4],
  [["Ethernet destination", "mac"], "dl_dst", 8],
  [["VLAN", "u16"], "dl_vlan", 2],
  [["VLAN priority", "u8"], "dl_vlan_pcp", 1 << 20],
  [["Padding", 1], "", 0],
  [["EtherType", "u16", etherTypeName], "dl_type", 16],
  [["Type of service", "u8"], "nw_tos", 1 << 21],
  [["IP protocol", "u8", ipProtocolName], "nw_proto", 32],
  [["Padding", 2], "", 0],
  [["IP source", "ip4"], "nw_src", 0],
  [["IP destination", "ip4"], "nw_dst", 0],
  [["Source port", "u16"], "tp_src", 64],
  [["Destination port", "u16"], "tp_dst", 128],
];

/** A match of 40 octets; what it asks for in words. */
export function match1(tree: Tree): string {
  const ref = "OpenFlow 1.0 5.2.3";
  return tree.group("Match", (group) => {
    const wild = tree.u32("Wildcards", ref, (bits) => bits === 0x3fffff ? "everything matches" : undefined);
    const said: string[] = [];
    for (const [item, key, bit] of MATCH_1) {
      const [value] = readItems(tree, [item], ref);
      const nearly = key === "nw_src" ? wild >>> 8 & 63 : key === "nw_dst" ? wild >>> 14 & 63 : 0;
      if (key === "" || (wild & bit) !== 0 || nearly >= 32) continue;
      said.push(
        `${key}=${typeof value === "number" ? saidBy(tree.last) : value}${nearly > 0 ? `/${32 - nearly}` : ""}`,
      );
    }
    return group.meaning = said.length === 0 ? "any" : said.join(",");
  }, { ref });
}

/** One field of a match: its head of four octets, a value, and a mask where it has one; in words. */
function matchField(tree: Tree): string {
  const ref = "OpenFlow 1.3 7.2.3.2";
  return tree.group("Field", (group) => {
    const space = tree.u16("Class", ref, {
      0x8000: "OpenFlow basic",
      0: "Nicira 0",
      1: "Nicira 1",
      0xffff: "experimenter",
    });
    const head = tree.flags("Field", 1, [["Field", 0, 7, (id) => space === 0x8000 ? FIELDS[id]?.[0] : undefined], [
      "Mask",
      7,
      1,
    ]], ref);
    const length = tree.u8("Length", ref);
    const [name, kind] = (space === 0x8000 ? FIELDS[head >> 1] : undefined) ?? [`field ${head >> 1}`, "octets"];
    const size = (head & 1) === 1 ? length >> 1 : length;
    const words = tree.within(name, length, (part) => {
      const value = fieldValue(part, "Value", kind, size);
      const mask = size < length ? `/${fieldValue(part, "Mask", kind, size)}` : "";
      part.rest("Octets", ref);
      return value + mask;
    }) ?? "";
    return group.meaning = `${name}=${words}`;
  }, { ref });
}

const SIZES: Readonly<Record<string, Item[1]>> = {
  port: "u32",
  u8: "u8",
  u16: "u16",
  u32: "u32",
  u64: "u64",
  mac: "mac",
  ip4: "ip4",
  ip6: "ip6",
  ethertype: "u16",
  protocol: "u8",
};
const FIELD_SIZE: Readonly<Record<string, number>> = {
  port: 4,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  mac: 6,
  ip4: 4,
  ip6: 16,
  ethertype: 2,
  protocol: 1,
};

function fieldValue(tree: Tree, name: string, kind: string, size: number): string {
  const ref = "OpenFlow 1.3 7.2.3.7";
  const fits = FIELD_SIZE[kind] === size;
  const meaning = kind === "port"
    ? port
    : kind === "ethertype"
    ? etherTypeName
    : kind === "protocol"
    ? ipProtocolName
    : undefined;
  const item = [name, fits ? SIZES[kind]! : Math.min(size, tree.remaining), meaning] as Item;
  const [value] = readItems(tree, [item], ref);
  if (kind === "u64" && fits) return String(tree.last.value);
  return kind === "protocol" || kind === "ethertype" || kind === "port"
    ? saidBy(tree.last) ?? String(value)
    : String(value);
}

const align = (tree: Tree, start: number, ref: string) => {
  const pad = Math.min((8 - (tree.offset - start) % 8) % 8, tree.remaining);
  if (pad > 0) tree.bytes("Padding", pad, ref);
};

/** A match since version 1.2: fields of any number, then padding to a multiple of eight octets; in words. */
export function match4(tree: Tree): string {
  const ref = "OpenFlow 1.3 7.2.3.1", start = tree.offset;
  return tree.group("Match", (group) => {
    tree.u16("Type", ref, { 0: "standard", 1: "extensible" });
    const length = tree.u16("Length", ref);
    const said = tree.within("Match", Math.max(0, length - 4), (part) => {
      const words: string[] = [];
      while (part.remaining >= 4) words.push(matchField(part));
      part.rest("Octets", ref);
      return words;
    }) ?? [];
    align(tree, start, ref);
    return group.meaning = said.length === 0 ? "any" : said.join(",");
  }, { ref });
}

/** Values of actions by type: version 1.0, and later ones. */
const VALUES_1: Readonly<Record<number, readonly Item[]>> = {
  0: [["Port", "u16", port], ["Octets to the controller", "u16"]],
  1: [["VLAN", "u16"]],
  2: [["Priority", "u8"]],
  4: [["Address", "mac"]],
  5: [["Address", "mac"]],
  6: [["Address", "ip4"]],
  7: [["Address", "ip4"]],
  8: [["Type of service", "u8"]],
  9: [["Port", "u16"]],
  10: [["Port", "u16"]],
  11: [["Port", "u16", port], ["Padding", 6], ["Queue", "u32"]],
};
const VALUES_4: Readonly<Record<number, readonly Item[]>> = {
  0: [["Port", "u32", port], ["Octets to the controller", "u16"]],
  15: [["TTL", "u8"]],
  17: [["EtherType", "u16", etherTypeName]],
  19: [["EtherType", "u16", etherTypeName]],
  20: [["EtherType", "u16", etherTypeName]],
  21: [["Queue", "u32"]],
  22: [["Group", "u32"]],
  23: [["TTL", "u8"]],
};

/** Actions up to the end of the tree; in words. */
export function actions(tree: Tree, version: number): string {
  const names = version === 1 ? ACTIONS_1 : ACTIONS_4, values = version === 1 ? VALUES_1 : VALUES_4;
  const ref = version === 1 ? "OpenFlow 1.0 5.2.4" : "OpenFlow 1.3 7.2.5", said: string[] = [];
  while (tree.remaining >= 4) {
    tree.group("Action", (group) => {
      const type = tree.u16("Type", ref, names), length = tree.u16("Length", ref);
      const name = names[type] ?? `action ${type}`;
      const words = tree.within(name, Math.max(4, length - 4), (part) => {
        if (version > 1 && type === 25) return matchField(part);
        const items = values[type] ?? [];
        const [first] = readItems(part, items, ref);
        const text = items.length === 0
          ? ""
          : items[0]![0] === "Port" && type !== 9 && type !== 10
          ? portWords(Number(first))
          : String(first);
        return text;
      }) ?? "";
      group.meaning = `${name}${words === "" ? "" : ` ${words}`}`;
      said.push(group.meaning);
    }, { ref });
  }
  if (tree.remaining > 0) tree.rest("Octets", ref);
  return said.join(", ");
}

/** Instructions up to the end of the tree; in words. */
export function instructions(tree: Tree, version: number): string {
  const ref = "OpenFlow 1.3 7.2.4", said: string[] = [];
  while (tree.remaining >= 4) {
    tree.group("Instruction", (group) => {
      const type = tree.u16("Type", ref, INSTRUCTIONS), length = tree.u16("Length", ref);
      const name = INSTRUCTIONS[type] ?? `instruction ${type}`;
      const words = tree.within(name, Math.max(4, length - 4), (part) => {
        if (type === 1) return `${part.u8("Table", ref)}`;
        if (type === 6) return `${part.u32("Meter", ref)}`;
        if (type === 2) {
          part.u32("Padding", ref);
          part.u64("Metadata", ref);
          part.u64("Mask", ref);
        } else if (part.remaining >= 4) {
          part.u32("Padding", ref);
          return actions(part, version);
        }
        return "";
      }) ?? "";
      group.meaning = `${name}${words === "" ? "" : `: ${words}`}`;
      said.push(type === 4 ? words : group.meaning);
    }, { ref });
  }
  if (tree.remaining > 0) tree.rest("Octets", ref);
  return said.join("; ");
}

const LINK: readonly Item[] = [
  ["Configuration", "u32"],
  ["State", "u32"],
  ["Current features", "u32"],
  [
    "Advertised features",
    "u32",
  ],
  ["Supported features", "u32"],
  ["Peer's features", "u32"],
];

/** A port of a switch: 48 octets in version 1.0, 64 later; its name. */
export function switchPort(tree: Tree, version: number): string {
  const ref = version === 1 ? "OpenFlow 1.0 5.2.1" : "OpenFlow 1.3 7.2.1";
  return tree.part("Port", version === 1 ? 48 : 64, (part, group) => {
    const number = version === 1 ? part.u16("Number", ref, port) : part.u32("Number", ref, port);
    if (version > 1) part.u32("Padding", ref);
    part.mac("Address", ref);
    if (version > 1) part.u16("Padding", ref);
    const name = clip(part.text("Name", 16, ref).replace(/\0.*$/s, ""));
    readItems(part, LINK, ref);
    part.rest("Speeds", ref);
    return group.meaning = `${portWords(number)} ${name}`.trim();
  }, ref) ?? "?";
}

// LLDP (IEEE 802.1AB 8) with what IEEE 802.1, IEEE 802.3 and LLDP-MED add (lldp_organizations.ts). Pure.
//   type (7), length (9), value: chassis, port and time to live first, then what the station likes to tell
import { hex } from "../../base/hex.ts";
import { type Read, readShape, saidBy, type Shape } from "../coding/shape.ts";
import { clip, looksLikeText, seconds } from "../coding/words.ts";
import { organizationTlv } from "./lldp_organizations.ts";
import type { Layer } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";

const REF = "IEEE 802.1AB 8.4";
const CHASSIS: Readonly<Record<number, string>> = {
  1: "chassis component",
  2: "interface alias",
  3: "port component",
  4: "MAC address",
  5: "network address",
  6: "interface name",
  7: "locally assigned",
};
const PORT: Readonly<Record<number, string>> = {
  1: "interface alias",
  2: "port component",
  3: "MAC address",
  4: "network address",
  5: "interface name",
  6: "agent circuit ID",
  7: "locally assigned",
};
const FAMILIES: Readonly<Record<number, string>> = { 1: "IPv4", 2: "IPv6", 6: "802 address", 16: "domain name" };
const CAPABILITIES = [
  "Other",
  "Repeater",
  "Bridge",
  "WLAN access point",
  "Router",
  "Telephone",
  "DOCSIS cable device",
  "Station only",
  "C-VLAN component",
  "S-VLAN component",
  "Two-port MAC relay",
];
const capabilityRows: readonly BitRow[] = [
  ["Reserved", 0, 5],
  ...CAPABILITIES.map((name, bit): BitRow => [name, 15 - bit, 1]).reverse(),
];

/** An address behind its family. */
function address(tree: Tree, count: number, family: number, name: string, ref: string): string {
  if (family === 1 && count === 4) return tree.ip(name, 4, ref);
  if (family === 2 && count === 16) return tree.ip(name, 16, ref);
  if (family === 6 && count > 0) return tree.mac(name, ref, undefined, count);
  if (count <= 0) return "";
  return hex(tree.bytes(name, count, ref), ":");
}

/** An identifier behind its kind: `link` is the kind of a MAC address, `network` that of a network address. */
function identifier(names: Readonly<Record<number, string>>, link: number, network: number, ref: string): Read {
  return (tree) => {
    const kind = tree.u8("Subtype", ref, names);
    const count = tree.remaining;
    if (kind === link && count === 6) return tree.mac("Identifier", ref);
    if (kind === network && count > 1) {
      return address(tree, count - 1, tree.u8("Address family", ref, FAMILIES), "Identifier", ref);
    }
    if (count === 0) return undefined;
    const octets = tree.reader.bytes.subarray(tree.offset, tree.offset + count);
    if (looksLikeText(octets)) return tree.text("Identifier", count, ref);
    return hex(tree.bytes("Identifier", count, ref), ":");
  };
}

const text = (name: string): Shape => [[name, "text"]];

const management: Read = (tree) => {
  const ref = "IEEE 802.1AB 8.5.9";
  const count = tree.u8("Address length", ref) - 1;
  const found = address(tree, count, tree.u8("Address family", ref, FAMILIES), "Management address", ref);
  tree.u8("Interface numbering", ref, { 1: "unknown", 2: "interface index", 3: "system port number" });
  tree.u32("Interface number", ref);
  const size = tree.u8("Object identifier length", ref);
  if (size > 0) tree.bytes("Object identifier", size, ref);
  return found;
};

/** TLV: its name, its value, where it is defined. */
const TLVS: Readonly<Record<number, readonly [name: string, shape: Shape | undefined, ref: string]>> = {
  0: ["End of LLDPDU", undefined, "IEEE 802.1AB 8.5.1"],
  1: ["Chassis ID", identifier(CHASSIS, 4, 5, "IEEE 802.1AB 8.5.2"), "IEEE 802.1AB 8.5.2"],
  2: ["Port ID", identifier(PORT, 3, 4, "IEEE 802.1AB 8.5.3"), "IEEE 802.1AB 8.5.3"],
  3: [
    "Time to live",
    [["Time to live", "u16", (s) => s === 0 ? "0: the station leaves" : seconds(s)]],
    "IEEE 802.1AB 8.5.4",
  ],
  4: ["Port description", text("Port description"), "IEEE 802.1AB 8.5.5"],
  5: ["System name", text("System name"), "IEEE 802.1AB 8.5.6"],
  6: ["System description", text("System description"), "IEEE 802.1AB 8.5.7"],
  7: ["System capabilities", (tree) => {
    tree.flags("System capabilities", 2, capabilityRows, "IEEE 802.1AB 8.5.8");
    tree.flags("Enabled capabilities", 2, capabilityRows, "IEEE 802.1AB 8.5.8");
    return `enabled: ${tree.last.meaning ?? "none"}`;
  }, "IEEE 802.1AB 8.5.8"],
  8: ["Management address", management, "IEEE 802.1AB 8.5.9"],
  127: ["Organization specific", organizationTlv, "IEEE 802.1AB 8.6"],
};

export const LLDP: Layer = {
  name: "lldp",
  title: "LLDP",
  ref: "IEEE 802.1AB",
  dissect(tree, packet) {
    const said: string[] = [];
    while (tree.remaining >= 2) {
      const type = tree.reader.peek()! >> 1;
      const [name, shape, ref] = TLVS[type] ?? [`TLV ${type}`, undefined, REF];
      tree.group(name, (group) => {
        const word = tree.flags(
          "Type and length",
          2,
          [
            ["Type", 0, 7, () => TLVS[type] === undefined ? "unknown" : name],
            ["Length", 7, 9],
          ],
          REF,
          "",
        );
        const words = clip(tree.within(name, word & 0x1ff, (part) => readShape(part, group, shape, ref)) ?? "", 160);
        if (words !== "") group.meaning = words;
        if (type <= 2 && type > 0) said.push(words);
        if (type === 5) said.unshift(saidBy(group) ?? "");
        if (type === 3 && words.startsWith("0:")) said.push("leaves");
      }, { ref });
      if (type === 0) break;
    }
    const [first, second, third, ...more] = said.filter((word) => word !== "");
    packet.summary = said.length >= 3 && third !== "leaves"
      ? `${first} (${second}), port ${third}${more.map((word) => `, ${word}`).join("")}`
      : `${first ?? "nobody"}${second === undefined ? "" : `, port ${second}`}${
        third === undefined ? "" : `, ${third}`
      }`;
    tree.rest("Padding", REF);
    return undefined;
  },
};

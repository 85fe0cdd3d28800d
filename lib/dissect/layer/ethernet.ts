// Ethernet (IEEE 802.3), VLAN tags (802.1Q, 802.1ad), LLC and SNAP (802.2), MPLS labels (RFC 3032). Pure.
import { etherTypeLayer, etherTypeName } from "../coding/numbers.ts";
import type { Layer, Next } from "../protocol.ts";
import type { Tree } from "../tree.ts";

/** What a link address says of itself. */
export function macMeaning(text: string): string | undefined {
  if (text === "ff:ff:ff:ff:ff:ff") return "broadcast";
  if (text === "00:00:00:00:00:00") return "all zero";
  if (text.startsWith("01:00:5e")) return "IPv4 multicast";
  if (text.startsWith("33:33")) return "IPv6 multicast";
  if (text === "01:80:c2:00:00:00") return "spanning tree";
  const first = parseInt(text.slice(0, 2), 16);
  if ((first & 1) === 1) return "multicast";
  return (first & 2) === 2 ? "locally administered" : undefined;
}

/** Reads an EtherType (or an 802.3 length) and says what follows. */
function readEtherType(tree: Tree, ref: string): Next {
  const type = tree.u16("EtherType", ref, etherTypeName);
  if (type >= 0x0600) return { layer: etherTypeLayer(type), length: tree.remaining };
  tree.last.meaning = "length of the frame's data (802.3)";
  return { layer: "llc", length: type };
}

export const ETHERNET: Layer = {
  name: "ethernet",
  title: "Ethernet",
  ref: "IEEE 802.3",
  dissect(tree, packet) {
    const to = tree.mac("Destination", "IEEE 802.3 3.2.4", macMeaning);
    const from = tree.mac("Source", "IEEE 802.3 3.2.5", macMeaning);
    const next = readEtherType(tree, "IEEE 802.3 3.2.6");
    packet.summary = `${from} > ${to}`;
    return next;
  },
};

export const VLAN: Layer = {
  name: "vlan",
  title: "VLAN tag",
  ref: "IEEE 802.1Q",
  dissect(tree, packet) {
    tree.reader.need(2);
    const tag = tree.flags("Tag control", 2, [
      ["Priority", 0, 3, [
        "best effort",
        "background",
        "excellent effort",
        "critical applications",
        "video",
        "voice",
        "internetwork control",
        "network control",
      ]],
      ["Drop eligible", 3, 1],
      ["VLAN identifier", 4, 12, (id) => id === 0 ? "priority tag only" : id === 4095 ? "reserved" : undefined],
    ], "IEEE 802.1Q 9.6");
    packet.summary = `VLAN ${tag & 0xfff}, priority ${tag >> 13}`;
    return readEtherType(tree, "IEEE 802.1Q 9.4");
  },
};

const SAPS: Record<number, string> = {
  0x00: "null",
  0x42: "spanning tree",
  0xaa: "SNAP",
  0xe0: "IPX",
  0xf0: "NetBIOS",
  0xfe: "OSI",
};

export const LLC: Layer = {
  name: "llc",
  title: "LLC",
  ref: "IEEE 802.2",
  dissect(tree, packet) {
    const to = tree.u8("Destination access point", "IEEE 802.2 3.2", SAPS);
    const from = tree.u8("Source access point", "IEEE 802.2 3.2", SAPS);
    const control = tree.u8("Control", "IEEE 802.2 5.2", { 3: "unnumbered information" });
    packet.summary = SAPS[to] ?? `access point ${to}`;
    if (to !== 0xaa || from !== 0xaa || control !== 3) return { layer: "data", length: tree.remaining };
    const organization = tree.u24("Organization", "IEEE 802 9.5", { 0: "EtherType follows", 0x00000c: "Cisco" });
    const type = tree.u16("Protocol", "IEEE 802 9.5", organization === 0 ? etherTypeName : undefined);
    return { layer: organization === 0 && type >= 0x600 ? etherTypeLayer(type) : "data", length: tree.remaining };
  },
};

export const MPLS: Layer = {
  name: "mpls",
  title: "MPLS label",
  ref: "RFC 3032",
  dissect(tree, packet) {
    const entry = tree.flags("Label stack entry", 4, [
      ["Label", 0, 20],
      ["Traffic class", 20, 3],
      ["Bottom of stack", 23, 1],
      ["Time to live", 24, 8],
    ], "RFC 3032 2.1");
    packet.summary = `label ${entry >>> 12}`;
    if ((entry & 0x100) === 0) return { layer: "mpls", length: tree.remaining };
    const version = (tree.reader.peek() ?? 0) >> 4;
    return { layer: version === 4 ? "ipv4" : version === 6 ? "ipv6" : "data", length: tree.remaining };
  },
};

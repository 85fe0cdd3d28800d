// Ethernet (IEEE 802.3) and VLAN tags (802.1Q, 802.1ad). Pure.
import { etherTypeLayer, etherTypeName } from "../coding/numbers.ts";
import type { Layer, Next } from "../protocol.ts";
import type { Tree } from "../tree.ts";

/** Group addresses that one protocol each listens to (IEEE 802.1Q 8.6.3, IEEE 802.1AB 7.1, IEEE 1588 F). */
const GROUPS: Readonly<Record<string, string>> = {
  "01:80:c2:00:00:00": "spanning tree, all bridges",
  "01:80:c2:00:00:01": "flow control",
  "01:80:c2:00:00:02": "slow protocols",
  "01:80:c2:00:00:03": "802.1X, nearest bridge",
  "01:80:c2:00:00:08": "spanning tree of providers",
  "01:80:c2:00:00:0e": "LLDP, never forwarded",
  "01:80:c2:00:00:14": "IS-IS level 1",
  "01:80:c2:00:00:15": "IS-IS level 2",
  "01:00:0c:cc:cc:cc": "Cisco protocols",
  "01:00:0c:cc:cc:cd": "Cisco spanning tree of one VLAN",
  "01:1b:19:00:00:00": "PTP",
  "09:00:2b:00:00:04": "OSI end systems",
  "09:00:2b:00:00:05": "IS-IS systems",
};

/** What a link address says of itself. */
export function macMeaning(text: string): string | undefined {
  if (text === "ff:ff:ff:ff:ff:ff") return "broadcast";
  if (text === "00:00:00:00:00:00") return "all zero";
  if (text.startsWith("00:00:5e:00:01")) return `virtual router ${parseInt(text.slice(15), 16)}`;
  if (text.startsWith("00:00:5e:00:02")) return `virtual router ${parseInt(text.slice(15), 16)} for IPv6`;
  if (text.startsWith("00:00:0c:07:ac")) return `HSRP group ${parseInt(text.slice(15), 16)}`;
  if (text.startsWith("01:00:5e")) return "IPv4 multicast";
  if (text.startsWith("33:33")) return "IPv6 multicast";
  if (Object.hasOwn(GROUPS, text)) return GROUPS[text];
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

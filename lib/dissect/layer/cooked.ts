// Linux "cooked" captures: what `-i any` gives (LINKTYPE_LINUX_SLL and SLL2, www.tcpdump.org/linktypes). Pure.
import { etherTypeLayer, etherTypeName } from "../coding/numbers.ts";
import type { Layer } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const SLL = "LINKTYPE_LINUX_SLL";
const SLL2 = "LINKTYPE_LINUX_SLL2";
const PACKET_TYPES: Record<number, string> = {
  0: "to this host",
  1: "broadcast",
  2: "multicast",
  3: "to another host",
  4: "from this host",
};
const HARDWARE: Record<number, string> = {
  1: "Ethernet",
  280: "CAN",
  512: "PPP",
  768: "IP tunnel",
  769: "IPv6 tunnel",
  772: "loopback",
  776: "SIT tunnel",
  778: "GRE tunnel",
  801: "IEEE 802.11",
  803: "IEEE 802.11 with radiotap",
  65534: "none",
};

/** The link address: eight octets of which `length` count. */
function address(tree: Tree, length: number, ref: string): void {
  const used = Math.min(length, 8);
  if (used > 0) tree.mac("Sender's link address", ref, undefined, used);
  if (used < 8) tree.bytes("Unused part of the address", 8 - used, ref);
}

function layerOf(protocol: number, hardware: number): string {
  if (hardware === 778 || protocol === 0x0001) return "data";
  if (protocol === 0x0004) return "llc";
  if (protocol === 0x000c || protocol === 0x000d) return "can-cooked";
  return etherTypeLayer(protocol);
}

export const LINUX_SLL: Layer = {
  name: "sll",
  title: "Linux cooked capture",
  ref: "LINKTYPE_LINUX_SLL",
  dissect(tree, packet) {
    const type = tree.u16("Packet type", SLL, PACKET_TYPES);
    const hardware = tree.u16("Hardware type", SLL, HARDWARE);
    const length = tree.u16("Link address length", SLL);
    address(tree, length, SLL);
    const protocol = tree.u16("Protocol type", SLL, etherTypeName);
    packet.summary = PACKET_TYPES[type] ?? `packet type ${type}`;
    return { layer: layerOf(protocol, hardware), length: tree.remaining };
  },
};

export const LINUX_SLL2: Layer = {
  name: "sll2",
  title: "Linux cooked capture 2",
  ref: "LINKTYPE_LINUX_SLL2",
  dissect(tree, packet) {
    const protocol = tree.u16("Protocol type", SLL2, etherTypeName);
    tree.u16("Reserved", SLL2);
    const index = tree.u32("Interface index", SLL2);
    const hardware = tree.u16("Hardware type", SLL2, HARDWARE);
    const type = tree.u8("Packet type", SLL2, PACKET_TYPES);
    const length = tree.u8("Link address length", SLL2);
    address(tree, length, SLL2);
    packet.summary = `${PACKET_TYPES[type] ?? `packet type ${type}`}, interface ${index}`;
    return { layer: layerOf(protocol, hardware), length: tree.remaining };
  },
};

// Serial lines between routers: Cisco's HDLC (as tcpdump.org's LINKTYPE_C_HDLC describes it) and frame relay (RFC 2427, Q.922). Pure.
import { etherTypeLayer, etherTypeName, NLPIDS, osiLayer } from "../coding/numbers.ts";
import type { Layer, Next } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const HDLC_REF = "LINKTYPE_C_HDLC";
const PROTOCOLS: Readonly<Record<number, readonly [name: string, layer?: string]>> = {
  0x2000: ["CDP", "cdp"],
  0x8035: ["SLARP", "slarp"],
  0xfefe: ["OSI"],
};

export const CISCO_HDLC: Layer = {
  name: "hdlc",
  title: "Cisco HDLC",
  ref: HDLC_REF,
  dissect(tree, packet) {
    tree.u8("Address", HDLC_REF, { 0x0f: "unicast", 0x8f: "multicast" });
    tree.u8("Control", HDLC_REF);
    const name = (value: number) => PROTOCOLS[value]?.[0] ?? etherTypeName(value);
    const type = tree.u16("Protocol", HDLC_REF, name);
    packet.summary = name(type);
    if (type === 0xfefe) {
      // An octet of padding stands before what OSI sends.
      if (tree.reader.peek() === 0 || tree.reader.peek() === 3) tree.u8("Padding", HDLC_REF);
      return { layer: osiLayer(tree.reader.peek()), length: tree.remaining };
    }
    return { layer: PROTOCOLS[type]?.[1] ?? etherTypeLayer(type), length: tree.remaining };
  },
};

/** Serial line address resolution: addresses, and the sign of life of both ends. */
export const SLARP: Layer = {
  name: "slarp",
  title: "SLARP",
  ref: HDLC_REF,
  dissect(tree, packet) {
    const type = tree.u32("Type", HDLC_REF, { 0: "address request", 1: "address reply", 2: "keep-alive" });
    if (type === 2) {
      const mine = tree.u32("Own sequence number", HDLC_REF), yours = tree.u32("Sequence number seen", HDLC_REF);
      tree.u16("Reliability", HDLC_REF);
      packet.summary = `keep-alive ${mine}, saw ${yours}`;
      tree.rest("Time", HDLC_REF);
      return undefined;
    }
    const address = tree.ip("Address", 4, HDLC_REF), mask = tree.ip("Mask", 4, HDLC_REF);
    packet.summary = type === 0 ? "asks for an address" : `address ${address}, mask ${mask}`;
    tree.rest("Octets", HDLC_REF);
    return undefined;
  },
};

export const FRAME_RELAY: Layer = {
  name: "frame-relay",
  title: "Frame relay",
  ref: "RFC 2427",
  dissect(tree, packet): Next {
    const octets = addressOctets(tree);
    const bits = tree.flags("Address", octets, ADDRESSES[octets], "Q.922 3.3.2");
    const circuit = octets === 2
      ? bits >>> 10 << 4 | bits >>> 4 & 15
      : (bits >>> 26) * 2 ** 17 + ((bits >>> 20 & 15) << 13) + ((bits >>> 9 & 127) << 6) + (bits >>> 2 & 63);
    tree.last.meaning = `circuit ${circuit}`;
    packet.summary = `circuit ${circuit}`;
    // Cisco's own form has an EtherType here.
    if (tree.reader.peek() !== 3) {
      const type = tree.u16("Protocol", "Cisco frame relay", etherTypeName);
      packet.summary += `, ${etherTypeName(type)}`;
      return { layer: etherTypeLayer(type), length: tree.remaining };
    }
    tree.u8("Control", "Q.922 3.3.4", () => "unnumbered information");
    if (tree.reader.peek() === 0) tree.u8("Padding", "RFC 2427 3");
    const id = tree.reader.peek() ?? 0;
    const [name, layer] = INSIDE[id] ?? NLPIDS[id] ?? ["unknown"];
    packet.summary += `, ${name}`;
    // What is of OSI begins with this octet itself.
    if (id >= 0x81 && id <= 0x83) return { layer: osiLayer(id), length: tree.remaining };
    tree.u8("Network layer protocol", "RFC 2427 3", () => name);
    return { layer: layer ?? "data", length: tree.remaining };
  },
};

const INSIDE: Readonly<Record<number, readonly [name: string, layer: string]>> = {
  0x80: ["SNAP", "snap"],
  0x8e: ["IPv6", "ipv6"],
  0xcc: ["IPv4", "ipv4"],
};

/** The address has two octets or four: the lowest bit of the last one is set. */
function addressOctets({ reader }: Tree): 2 | 4 {
  return ((reader.peek(1) ?? 1) & 1) === 1 ? 2 : 4;
}

const ADDRESSES = {
  2: [
    ["Circuit, high bits", 0, 6],
    ["Command or response", 6, 1],
    ["Ends", 7, 1],
    ["Circuit, low bits", 8, 4],
    ["Congestion forward", 12, 1],
    ["Congestion backward", 13, 1],
    ["Discard eligible", 14, 1],
    ["Ends", 15, 1],
  ],
  4: [
    ["Circuit, bits 22 to 17", 0, 6],
    ["Command or response", 6, 1],
    ["Ends", 7, 1],
    ["Circuit, bits 16 to 13", 8, 4],
    ["Congestion forward", 12, 1],
    ["Congestion backward", 13, 1],
    ["Discard eligible", 14, 1],
    ["Ends", 15, 1],
    ["Circuit, bits 12 to 6", 16, 7],
    ["Ends", 23, 1],
    ["Circuit, bits 5 to 0", 24, 6],
    ["Control", 30, 1],
    ["Ends", 31, 1],
  ],
} as const;

// Tunnels in UDP: VXLAN (RFC 7348), Geneve (RFC 8926), GTP's user plane (3GPP TS 29.281). Pure.
// To add one: its layer here and in layers.ts, and its port in `TUNNELS`.
import { etherTypeLayer, etherTypeName } from "../coding/numbers.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

/** Layer by destination port of UDP, and whether the datagram's first octets can be it. */
const TUNNELS: Readonly<Record<number, readonly [layer: string, fits: (first: number, second: number) => boolean]>> = {
  319: ["ptp", (_, second) => (second & 15) === 2],
  320: ["ptp", (_, second) => (second & 15) === 2],
  1701: ["l2tp", (_, second) => (second & 15) === 2 || (second & 15) === 3],
  2152: ["gtp", (first, second) => (first & 0xf0) === 0x30 && (second === 255 || second === 1 || second === 2)],
  3544: ["teredo", (first, second) => first >> 4 === 6 || first === 0 && second <= 1],
  4789: ["vxlan", (first) => (first & 0x08) !== 0],
  4790: ["vxlan-gpe", (first) => (first & 0x08) !== 0],
  6081: ["geneve", (first) => first >> 6 === 0],
  6635: ["mpls", () => true],
  8472: ["vxlan", (first) => (first & 0x08) !== 0],
};

/** Tunnels whose answers come from the port and go to any. */
const ANSWERING = [1701, 3544];

/** The layer of a tunnel that a datagram with these ports carries, or `undefined`. */
export function tunnelOfPorts(
  source: number,
  destination: number,
  first: number | undefined,
  second: number | undefined,
): string | undefined {
  const [layer, fits] = TUNNELS[destination] ?? (ANSWERING.includes(source) ? TUNNELS[source]! : []);
  return first !== undefined && second !== undefined && fits?.(first, second) === true ? layer : undefined;
}

/** IPv6 in UDP, through translators of addresses: it may begin with who sends and with where the packet came from. */
export const TEREDO: Layer = {
  name: "teredo",
  title: "Teredo",
  ref: "RFC 4380",
  dissect(tree, packet) {
    packet.summary = "Teredo";
    if (tree.reader.peek() === 0 && tree.reader.peek(1) === 1) {
      const ref = "RFC 4380 5.1.1";
      tree.u16("Indicator", ref, () => "authentication");
      const client = tree.u8("Client identifier length", ref), value = tree.u8("Authentication length", ref);
      if (client > 0) tree.bytes("Client identifier", client, ref);
      if (value > 0) tree.bytes("Authentication value", value, ref);
      tree.bytes("Nonce", 8, ref);
      tree.u8("Confirmation", ref, (key) => key === 0 ? "the key is right" : "ask for a new key");
    }
    if (tree.reader.peek() === 0 && tree.reader.peek(1) === 0) {
      const ref = "RFC 4380 5.1.1";
      tree.u16("Indicator", ref, () => "origin");
      const { reader } = tree;
      const port = 0xffff ^ ((reader.peek() ?? 0) << 8 | (reader.peek(1) ?? 0));
      tree.u16("Obscured port", ref, () => `${port}, all bits turned`);
      const address = [0, 1, 2, 3].map((i) => 255 ^ (reader.peek(i) ?? 0)).join(".");
      tree.bytes("Obscured address", 4, ref, () => `${address}, all bits turned`);
      packet.summary += ` from ${address}:${port}`;
    }
    return { layer: (tree.reader.peek() ?? 0) >> 4 === 6 ? "ipv6" : "data", length: tree.remaining };
  },
};

/** VXLAN's network and the octet behind it, the same in both kinds. */
function network(tree: Tree, packet: PacketState, title: string, ref: string): void {
  packet.summary = `${title} ${tree.u24("Network identifier", ref, () => "which of the virtual networks")}`;
  tree.u8("Reserved", ref);
}

export const VXLAN: Layer = {
  name: "vxlan",
  title: "VXLAN",
  ref: "RFC 7348",
  dissect(tree, packet) {
    const ref = "RFC 7348 5";
    const flags = tree.flags("Flags", 2, [
      ["Group policy present", 0, 1],
      ["Reserved", 1, 3],
      ["Network identifier is valid", 4, 1],
      ["Reserved", 5, 4],
      ["Do not learn", 9, 1],
      ["Reserved", 10, 2],
      ["Policy applied", 12, 1],
      ["Reserved", 13, 3],
    ], ref);
    if ((flags & 0x8000) !== 0) tree.u16("Group policy", "draft-smith-vxlan-group-policy");
    else tree.u16("Reserved", ref);
    network(tree, packet, "VXLAN", ref);
    return { layer: "ethernet", length: tree.remaining };
  },
};

const GPE_PROTOCOLS: Readonly<Record<number, readonly [name: string, layer?: string]>> = {
  1: ["IPv4", "ipv4"],
  2: ["IPv6", "ipv6"],
  3: ["Ethernet", "ethernet"],
  4: ["network service header"],
  5: ["MPLS", "mpls"],
};

/** VXLAN that carries more than Ethernet (draft-ietf-nvo3-vxlan-gpe). */
export const VXLAN_GPE: Layer = {
  name: "vxlan-gpe",
  title: "VXLAN-GPE",
  ref: "draft-ietf-nvo3-vxlan-gpe",
  dissect(tree, packet) {
    const ref = "draft-ietf-nvo3-vxlan-gpe 3.1";
    tree.flags("Flags", 1, [
      ["Reserved", 0, 2],
      ["Version", 2, 2],
      ["Network identifier is valid", 4, 1],
      ["Next protocol is valid", 5, 1],
      ["Copied for ingress replication", 6, 1],
      ["OAM", 7, 1],
    ], ref);
    tree.u16("Reserved", ref);
    const next = tree.u8("Next protocol", ref, (v) => GPE_PROTOCOLS[v]?.[0] ?? "unknown");
    network(tree, packet, "VXLAN-GPE", ref);
    return { layer: GPE_PROTOCOLS[next]?.[1] ?? "data", length: tree.remaining };
  },
};

export const GENEVE: Layer = {
  name: "geneve",
  title: "Geneve",
  ref: "RFC 8926",
  dissect(tree, packet) {
    const ref = "RFC 8926 3.4";
    const first = tree.flags("Version and options' length", 1, [
      ["Version", 0, 2],
      ["Options' length", 2, 6, (words) => counted(words * 4, "octet")],
    ], ref);
    tree.flags("Flags", 1, [["Control packet", 0, 1], ["Critical options", 1, 1], ["Reserved", 2, 6]], ref);
    const type = tree.u16("Protocol type", ref, etherTypeName);
    const network = tree.u24("Network identifier", ref, () => "which of the virtual networks");
    tree.u8("Reserved", ref);
    const octets = (first & 63) * 4;
    if (octets > 0) {
      tree.part("Options", octets, (part) => {
        while (part.remaining > 0) {
          part.group("Option", () => {
            const where = "RFC 8926 3.5";
            part.u16("Class", where, () => "whose option it is");
            part.flags("Type", 1, [["Critical", 0, 1], ["Type", 1, 7]], where);
            const size = (part.flags("Length", 1, [["Reserved", 0, 3], ["Length", 3, 5, (n) =>
              counted(n * 4, "octet")]], where) & 31) * 4;
            if (size > 0) {
              part.bytes("Data", size, where);
            }
          }, { ref: "RFC 8926 3.5" });
        }
      }, ref);
    }
    packet.summary = `Geneve ${network}`;
    return { layer: etherTypeLayer(type), length: tree.remaining };
  },
};

/** Message types of GTP-U that have a packet or a payload. */
const MESSAGES: Readonly<Record<number, string>> = {
  1: "echo request",
  2: "echo response",
  26: "error indication",
  254: "end marker",
  255: "a user's packet",
};

export const GTP: Layer = {
  name: "gtp",
  title: "GTP-U",
  ref: "TS 29.281",
  dissect(tree, packet) {
    const ref = "TS 29.281 5.1";
    const flags = tree.flags("Flags", 1, [
      ["Version", 0, 3],
      ["GTP", 3, 1],
      ["Reserved", 4, 1],
      ["Extension headers", 5, 1],
      ["Sequence number counts", 6, 1],
      ["N-PDU number counts", 7, 1],
    ], ref);
    const type = tree.u8("Message type", ref, MESSAGES);
    const length = tree.u16("Length", ref, (octets) => `${octets} octets follow the next field`);
    const tunnel = tree.u32("Tunnel endpoint identifier", ref, () => "whose traffic, in the receiver's numbering");
    const end = tree.offset + Math.min(length, tree.remaining);
    if ((flags & 7) !== 0) {
      tree.u16("Sequence number", ref, () => (flags & 2) !== 0 ? undefined : "does not count");
      tree.u8("N-PDU number", ref, () => (flags & 1) !== 0 ? undefined : "does not count");
      const names = (kind: number) => kind === 0 ? "none follows" : kind === 0x85 ? "PDU session container" : undefined;
      let next = tree.u8("Next extension header", ref, names);
      while ((flags & 4) !== 0 && next !== 0) {
        const where = "TS 29.281 5.2.1";
        const words = tree.u8("Extension length", where, (n) => counted(n * 4, "octet"));
        if (words === 0) break;
        tree.bytes("Extension", words * 4 - 2, where);
        next = tree.u8("Next extension header", where, names);
      }
    }
    packet.summary = `GTP ${MESSAGES[type] ?? `message ${type}`}, tunnel ${tunnel}`;
    const version = (tree.reader.peek() ?? 0) >> 4;
    const layer = type !== 255 ? "data" : version === 4 ? "ipv4" : version === 6 ? "ipv6" : "data";
    return { layer, length: Math.max(0, end - tree.offset) };
  },
};

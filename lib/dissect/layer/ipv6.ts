// IPv6 (RFC 8200) and its extension headers. Pure.
import { onesSum } from "../coding/checksum.ts";
import { DSCP_NAMES, ECN_NAMES, noteAddresses } from "./ipv4.ts";
import { ipProtocolLayer, ipProtocolName } from "../coding/numbers.ts";
import type { Layer, Next, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 8200 3";
const OPTIONS: Record<number, readonly [string, string]> = {
  0x00: ["Pad1", "RFC 8200 4.2"],
  0x01: ["PadN", "RFC 8200 4.2"],
  0x04: ["Tunnel encapsulation limit", "RFC 2473 4.1.1"],
  0x05: ["Router alert", "RFC 2711 2.1"],
  0x07: ["CALIPSO", "RFC 5570"],
  0x26: ["Quick-start", "RFC 4782"],
  0x63: ["RPL", "RFC 6553"],
  0xc2: ["Jumbo payload", "RFC 2675 2"],
  0xc9: ["Home address", "RFC 6275 6.3"],
};

/** Whether a protocol number names one of the extension headers that are read here. */
function extension(protocol: number): boolean {
  return protocol === 0 || protocol === 43 || protocol === 44 || protocol === 60 || protocol === 51 || protocol === 135;
}

function options(tree: Tree, length: number): void {
  tree.part("Options", length, (part) => {
    while (part.remaining > 0) {
      const type = part.reader.peek()!;
      const [name, ref] = OPTIONS[type] ?? ["Option", "RFC 8200 4.2"];
      part.group(name, () => {
        part.u8("Type", ref);
        if (type === 0) return;
        const octets = part.u8("Length", ref);
        if (type === 5 && octets === 2) {
          part.u16("Value", ref, { 0: "multicast listener discovery", 1: "RSVP", 2: "active networks" });
        } else if (type === 0xc2 && octets === 4) part.u32("Jumbo payload length", ref);
        else if (octets > 0) part.bytes("Data", octets, ref);
      }, { ref });
    }
  }, "RFC 8200 4.2");
}

/** One extension header; gives the number of what follows. */
function header(tree: Tree, packet: PacketState, type: number): number {
  const names: Record<number, string> = {
    0: "Hop-by-hop options",
    43: "Routing header",
    44: "Fragment header",
    51: "Authentication header",
    60: "Destination options",
    135: "Mobility header",
  };
  const ref = type === 44
    ? "RFC 8200 4.5"
    : type === 43
    ? "RFC 8200 4.4"
    : type === 51
    ? "RFC 4302 2"
    : type === 135
    ? "RFC 6275 6.1"
    : "RFC 8200 4.3";
  return tree.group(names[type]!, (group) => {
    const next = tree.u8("Next header", ref, ipProtocolName);
    if (type === 44) {
      tree.u8("Reserved", ref);
      const word = tree.flags("Fragment offset and flags", 2, [
        ["Fragment offset", 0, 13, (units) => `${units * 8} octets`],
        ["Reserved", 13, 2],
        ["More fragments", 15, 1],
      ], ref);
      const id = tree.u32("Identification", ref);
      const offset = word & 0xfff8, more = (word & 1) === 1;
      if (packet.quoted !== true && packet.facts.fragment === undefined) {
        packet.facts.fragment = { offset, more, id, protocol: next, at: tree.offset, length: tree.remaining };
      }
      packet.partial = true;
      group.meaning = `from octet ${offset}${more ? ", more follow" : ", the last"}`;
      return next;
    }
    const units = tree.u8("Length", ref, (value) => `${type === 51 ? (value + 2) * 4 : (value + 1) * 8} octets`);
    const rest = type === 51 ? units * 4 + 6 : units * 8 + 6;
    if (type === 0 || type === 60) options(tree, rest);
    else if (type === 43) {
      tree.part("Routing data", rest, (part) => {
        const kind = part.u8("Routing type", ref, {
          0: "source route (deprecated)",
          2: "mobile",
          3: "RPL",
          4: "segments",
        });
        part.u8("Segments left", ref);
        if (kind === 4) {
          part.u8("Last entry", "RFC 8754 2");
          part.u8("Flags", "RFC 8754 2");
          part.u16("Tag", "RFC 8754 2");
        } else part.u32("Reserved", ref);
        while (part.remaining >= 16) part.ip("Address", 16, ref);
        part.rest("Data", ref);
      }, ref);
    } else if (type === 51) {
      tree.part("Authentication data", rest, (part) => {
        part.u16("Reserved", ref);
        part.u32("Security parameters index", ref);
        part.u32("Sequence number", ref);
        part.rest("Integrity check value", ref);
      }, ref);
    } else tree.bytes("Data", rest, ref);
    return next;
  }, { ref });
}

export const IPV6: Layer = {
  name: "ipv6",
  title: "IPv6",
  ref: "RFC 8200",
  dissect(tree, packet): Next | undefined {
    const { reader } = tree;
    const word = tree.flags("Version, traffic class, flow label", 4, [
      ["Version", 0, 4, (v) => v === 6 ? "IPv6" : "not IPv6"],
      ["DSCP", 4, 6, DSCP_NAMES],
      ["ECN", 10, 2, ECN_NAMES],
      ["Flow label", 12, 20],
    ], REF);
    if (word >>> 28 !== 6) tree.flaw(`Version ${word >>> 28} is not IPv6`);
    let length = tree.u16("Payload length", REF);
    const lengthField = tree.last;
    let next = tree.u8("Next header", REF, ipProtocolName);
    const hops = tree.u8("Hop limit", REF, (value) => `${value} hops`);
    const pseudoStart = reader.offset;
    const src = tree.ip("Source", 16, REF);
    const dst = tree.ip("Destination", 16, REF);
    const available = reader.remaining;
    if (length === 0 && next !== 59) {
      lengthField.meaning = "0: jumbo, or left to the network card";
      length = available;
    } else if (length > available) {
      const cut = reader.bytes.length < packet.originalLength || packet.quoted === true;
      lengthField.meaning = cut ? `${available} octets were kept` : `only ${available} octets are here`;
      if (!cut) lengthField.error = `Payload length of ${length} octets does not fit: ${available} left`;
      length = available;
    }
    const end = reader.offset + length;
    const sum = onesSum(reader.bytes, pseudoStart, pseudoStart + 32);
    noteAddresses(packet, src, dst, next);
    for (let count = 0; extension(next) && count < 16; count++) {
      next = header(tree, packet, next);
      if (packet.facts.fragment !== undefined && packet.facts.fragment.offset > 0) break;
    }
    packet.pseudo = { sum, protocol: next };
    if (packet.quoted !== true && packet.inner !== true) packet.facts.proto = ipProtocolName(next);
    packet.summary = `${src} > ${dst}, ${ipProtocolName(next)}, hop limit ${hops}`;
    const left = Math.max(0, end - reader.offset);
    const { fragment } = packet.facts;
    if (fragment !== undefined && packet.quoted !== true && packet.inner !== true) {
      packet.facts.fragment = { ...fragment, protocol: next, at: reader.offset, length: left };
    }
    if (packet.partial === true && packet.facts.fragment !== undefined && packet.facts.fragment.offset > 0) {
      return { layer: "data", length: left };
    }
    return next === 59 ? undefined : { layer: ipProtocolLayer(next), length: left };
  },
};

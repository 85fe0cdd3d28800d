// UDP (RFC 768) and GRE (RFC 2784, 2890). Pure.
import { judgeChecksum, onesSum } from "../coding/checksum.ts";
import { etherTypeLayer, etherTypeName } from "../coding/numbers.ts";
import { readPorts } from "../coding/ports.ts";
import { tunnelOfPort } from "./tunnel.ts";
import type { Layer } from "../protocol.ts";

const REF = "RFC 768";

export const UDP: Layer = {
  name: "udp",
  title: "UDP",
  ref: "RFC 768",
  dissect(tree, packet) {
    const { reader } = tree;
    const start = reader.offset;
    const whole = reader.remaining;
    const real = readPorts(tree, packet, REF);
    let length = tree.u16("Length", REF, (octets) => `${octets - 8} of data`);
    const kept = reader.bytes.length < packet.originalLength || packet.quoted === true || packet.partial === true;
    if (length < 8 && length !== 0) tree.flaw(`A length of ${length} octets is too short: 8 at least`);
    else if (length > whole && !kept) tree.flaw(`Length of ${length} octets does not fit: ${whole} left`);
    if (length === 0 || length > whole) length = whole;
    const checksum = tree.u16("Checksum", REF);
    const { pseudo } = packet;
    if (checksum === 0) tree.last.meaning = "none";
    else if (pseudo?.protocol === 17 && real && !kept) {
      judgeChecksum(tree, start, start + length, onesSum(new Uint8Array(0), 0, 0, pseudo.sum + 17 + length), true);
    }
    const payload = Math.max(0, length - 8);
    packet.summary += `, ${payload} octets`;
    if (real) packet.facts.payload = { offset: reader.offset, length: payload };
    const tunnel = real ? tunnelOfPort(packet.facts.dport!, reader.peek(), reader.peek(1)) : undefined;
    return { layer: tunnel ?? "payload", length: payload, trailer: "Octets after the datagram" };
  },
};

export const GRE: Layer = {
  name: "gre",
  title: "GRE",
  ref: "RFC 2784",
  dissect(tree, packet) {
    const flags = tree.flags("Flags and version", 2, [
      ["Checksum present", 0, 1],
      ["Routing present", 1, 1],
      ["Key present", 2, 1],
      ["Sequence number present", 3, 1],
      ["Strict source route", 4, 1],
      ["Recursion control", 5, 3],
      ["Acknowledgement present", 8, 1],
      ["Reserved", 9, 4],
      ["Version", 13, 3],
    ], "RFC 2784 2.1");
    const type = tree.u16("Protocol", "RFC 2784 2.1", etherTypeName);
    packet.summary = etherTypeName(type);
    if ((flags & 0xc000) !== 0) {
      tree.u16("Checksum", "RFC 2784 2.3");
      tree.u16("Reserved", "RFC 2784 2.3");
    }
    if ((flags & 0x2000) !== 0) tree.u32("Key", "RFC 2890 2.1");
    if ((flags & 0x1000) !== 0) tree.u32("Sequence number", "RFC 2890 2.2");
    if ((flags & 0x0080) !== 0) tree.u32("Acknowledgement number", "RFC 2637 4.1");
    return { layer: etherTypeLayer(type), length: tree.remaining };
  },
};

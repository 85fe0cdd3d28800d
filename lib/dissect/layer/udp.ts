// UDP (RFC 768). Pure.
import { judgeChecksum, onesSum } from "../coding/checksum.ts";
import { isOwn, readPorts } from "../coding/ports.ts";
import { tunnelOfPorts } from "./tunnel.ts";
import type { Layer } from "../protocol.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 768";

export const UDP: Layer = {
  name: "udp",
  title: "UDP",
  ref: "RFC 768",
  dissect(tree, packet) {
    const { reader } = tree;
    const start = reader.offset;
    const whole = reader.remaining;
    const ports = readPorts(tree, packet, REF);
    const real = isOwn(packet);
    let length = tree.u16(
      "Length",
      REF,
      (octets) => octets < 8 ? undefined : `${counted(octets - 8, "octet")} of data`,
    );
    const kept = reader.bytes.length < packet.originalLength || packet.quoted === true || packet.partial === true;
    if (length < 8 && length !== 0) tree.flaw(`A length of ${counted(length, "octet")} is too short: 8 at least`);
    else if (length > whole && !kept) tree.flaw(`Length of ${counted(length, "octet")} does not fit: ${whole} left`);
    if (length === 0 || length > whole) length = whole;
    const checksum = tree.u16("Checksum", REF);
    const { pseudo } = packet;
    if (checksum === 0) tree.last.meaning = "none";
    else if (pseudo?.protocol === 17 && real && !kept) {
      judgeChecksum(tree, start, start + length, onesSum(new Uint8Array(0), 0, 0, pseudo.sum + 17 + length), true);
    }
    const payload = Math.max(0, length - 8);
    if (packet.quoted === true) packet.quotedPorts = { client: ports[0], server: ports[1] };
    packet.summary += `, ${counted(payload, "octet")}`;
    if (real) packet.facts.payload = { offset: reader.offset, length: payload };
    const { sport, dport } = packet.facts;
    const tunnel = real ? tunnelOfPorts(sport!, dport!, reader.peek(), reader.peek(1)) : undefined;
    return { layer: tunnel ?? "payload", length: payload, trailer: "Octets after the datagram" };
  },
};

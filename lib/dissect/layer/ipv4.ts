// IPv4 (RFC 791): header and fragments; options are in ipv4_options.ts. Pure.
import { names } from "../coding/names.ts";
import { judgeChecksum, onesSum } from "../coding/checksum.ts";
import { ipProtocolLayer, ipProtocolName } from "../coding/numbers.ts";
import { ipv4Options } from "./ipv4_options.ts";
import type { Layer, PacketState } from "../protocol.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 791 3.1";
/** Differentiated services and congestion notification, the same in IPv4 and IPv6. */
export const DSCP_NAMES = names(`
  0 default; 8 CS1; 10 AF11; 12 AF12; 14 AF13; 16 CS2; 18 AF21; 20 AF22; 22 AF23; 24 CS3; 26 AF31; 28 AF32; 30 AF33;
  32 CS4; 34 AF41; 36 AF42; 38 AF43; 40 CS5; 44 voice admit; 46 expedited forwarding; 48 CS6; 56 CS7
`);
export const ECN_NAMES = ["not capable", "ECT(1)", "ECT(0)", "congestion experienced"];

/** Puts addresses and protocol into the facts: those of the innermost header that is whole. */
export function noteAddresses(packet: PacketState, src: string, dst: string, protocol: number): void {
  if (packet.quoted === true) return;
  const { facts } = packet;
  if (facts.fragment !== undefined) {
    // What a piece of a datagram holds is followed when the datagram is whole.
    packet.inner = true;
    return;
  }
  Object.assign(facts, { src, dst, proto: ipProtocolName(protocol) });
  delete facts.sport;
  delete facts.dport;
  delete facts.payload;
}

export const IPV4: Layer = {
  name: "ipv4",
  title: "IPv4",
  ref: "RFC 791",
  dissect(tree, packet) {
    const { reader } = tree;
    const start = reader.offset;
    const octets = ((reader.peek() ?? 0) & 15) * 4;
    const first = tree.flags("Version and header length", 1, [
      ["Version", 0, 4, (v) => v === 4 ? "IPv4" : "not IPv4"],
      ["Header length", 4, 4, (words) => counted(words * 4, "octet")],
    ], REF);
    if (first >> 4 !== 4) tree.flaw(`Version ${first >> 4} is not IPv4`);
    if (octets < 20) tree.flaw(`A header of ${counted(octets, "octet")} is too short: 20 at least`);
    tree.flags("Type of service", 1, [["DSCP", 0, 6, DSCP_NAMES], ["ECN", 6, 2, ECN_NAMES]], "RFC 3168 5");
    let total = tree.u16("Total length", REF);
    const available = reader.end - start;
    packet.lacking = 0;
    if (total === 0 && packet.originalLength >= reader.bytes.length) {
      tree.last.meaning = "0: left to the network card (segmentation offload)";
      total = available;
    } else if (total > available) {
      const cut = reader.bytes.length < packet.originalLength || packet.quoted === true;
      tree.last.meaning = cut ? `${available} octets were kept` : `only ${available} octets are here`;
      if (!cut) tree.flaw(`Total length of ${counted(total, "octet")} does not fit: ${available} left`);
      else packet.lacking = total - available;
      total = available;
    } else if (total < octets) tree.flaw(`Total length of ${counted(total, "octet")} is less than the header`);
    const id = tree.u16("Identification", REF);
    const word = tree.flags("Flags and fragment offset", 2, [
      ["Reserved", 0, 1],
      ["Don't fragment", 1, 1],
      ["More fragments", 2, 1],
      ["Fragment offset", 3, 13, (units) => counted(units * 8, "octet")],
    ], REF);
    const ttl = tree.u8("Time to live", REF, (hops) => counted(hops, "hop"));
    const protocol = tree.u8("Protocol", REF, ipProtocolName);
    tree.u16("Header checksum", REF);
    const headerEnd = start + Math.max(20, octets);
    if (headerEnd <= reader.end) judgeChecksum(tree, start, headerEnd);
    const pseudoStart = reader.offset;
    const src = tree.ip("Source", 4, REF);
    const dst = tree.ip("Destination", 4, REF);
    packet.pseudo = { sum: onesSum(reader.bytes, pseudoStart, pseudoStart + 8), protocol };
    noteAddresses(packet, src, dst, protocol);
    if (octets > 20) ipv4Options(tree, octets - 20);
    const fragment = (word & 0x1fff) * 8, more = (word & 0x2000) !== 0;
    packet.summary = `${src} > ${dst}, ${ipProtocolName(protocol)}, ttl ${ttl}`;
    const length = Math.max(0, total - (reader.offset - start));
    if (fragment !== 0 || more) {
      if (packet.quoted !== true && packet.inner !== true) {
        packet.facts.fragment = { offset: fragment, more, id, protocol, at: reader.offset, length };
      }
      packet.summary += `, fragment ${id} from octet ${fragment}${more ? ", more follow" : ", the last"}`;
      packet.partial = true;
      if (fragment !== 0) return { layer: "data", length };
    }
    return { layer: ipProtocolLayer(protocol), length };
  },
};

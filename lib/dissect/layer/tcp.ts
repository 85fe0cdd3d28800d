// TCP (RFC 9293): header and flags; options are in tcp_options.ts, reassembly is not here. Pure.
import { judgeChecksum, onesSum } from "../coding/checksum.ts";
import { isOwn, readPorts } from "../coding/ports.ts";
import { tcpOptions } from "./tcp_options.ts";
import type { Layer, TcpNotes } from "../protocol.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 9293 3.1";
/** Names of the flags from the lowest bit on. */
const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];

/** "SYN, ACK". */
function tcpFlagNames(flags: number): string {
  return FLAGS.filter((_, bit) => (flags >> bit & 1) === 1).join(", ");
}

/** The shift count among the options in `bytes[start..end)`, or `undefined`. */
function windowShift(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start; at < end;) {
    const kind = bytes[at]!;
    if (kind === 0) return undefined;
    if (kind === 3 && at + 2 < end) return Math.min(14, bytes[at + 2]!);
    at += kind === 1 ? 1 : Math.max(2, bytes[at + 1] ?? 2);
  }
  return undefined;
}

export const TCP: Layer = {
  name: "tcp",
  title: "TCP",
  ref: "RFC 9293",
  dissect(tree, packet) {
    const { reader } = tree;
    const start = reader.offset;
    const whole = reader.remaining;
    readPorts(tree, packet, REF);
    const real = isOwn(packet);
    const seq = tree.u32("Sequence number", REF);
    const seqField = tree.last;
    const ack = tree.u32("Acknowledgement number", REF);
    const ackField = tree.last;
    const octets = ((reader.peek() ?? 0) >> 4) * 4;
    const word = tree.flags("Data offset and flags", 2, [
      ["Data offset", 0, 4, (words) => counted(words * 4, "octet")],
      ["Reserved", 4, 3],
      ["AE", 7, 1, (v) => v === 1 ? "accurate ECN" : "not set"],
      ["CWR", 8, 1, (v) => v === 1 ? "congestion window reduced" : "not set"],
      ["ECE", 9, 1, (v) => v === 1 ? "congestion echo" : "not set"],
      ["URG", 10, 1, (v) => v === 1 ? "urgent pointer counts" : "not set"],
      ["ACK", 11, 1, (v) => v === 1 ? "acknowledgement number counts" : "not set"],
      ["PSH", 12, 1, (v) => v === 1 ? "hand over at once" : "not set"],
      ["RST", 13, 1, (v) => v === 1 ? "connection is torn down" : "not set"],
      ["SYN", 14, 1, (v) => v === 1 ? "opens, numbers begin" : "not set"],
      ["FIN", 15, 1, (v) => v === 1 ? "no more data from here" : "not set"],
    ], REF);
    const flags = word & 0x1ff;
    if (octets < 20) tree.flaw(`A header of ${counted(octets, "octet")} is too short: 20 at least`);
    const names = tcpFlagNames(flags);
    tree.last.meaning = names === "" ? "no flags" : names;
    const window = tree.u16("Window", REF);
    const windowField = tree.last;
    tree.u16("Checksum", REF);
    const { pseudo } = packet;
    if (pseudo?.protocol === 6 && real && packet.partial !== true && reader.bytes.length >= packet.originalLength) {
      judgeChecksum(tree, start, reader.end, onesSum(new Uint8Array(0), 0, 0, pseudo.sum + 6 + whole), true);
    }
    tree.u16("Urgent pointer", REF);
    const payload = Math.max(0, whole - Math.max(20, octets));
    const sent = Math.max(0, whole + (packet.lacking ?? 0) - Math.max(20, octets));
    packet.summary += ` [${names}]`;
    let notes: TcpNotes | undefined;
    if (real) {
      packet.facts.tcp = { seq, ack, flags, window };
      const shift = (flags & 2) === 0
        ? undefined
        : windowShift(reader.bytes, start + 20, Math.min(reader.end, start + octets));
      if (shift !== undefined) packet.facts.tcp.windowShift = shift;
      packet.facts.payload = { offset: start + Math.max(20, octets), length: sent };
      notes = packet.track?.(packet.facts);
    }
    if (notes?.relativeSeq !== undefined) seqField.meaning = `relative ${notes.relativeSeq}`;
    if ((flags & 0x10) === 0) ackField.meaning = "does not count: ACK is not set";
    else if (notes?.relativeAck !== undefined) ackField.meaning = `relative ${notes.relativeAck}`;
    if (notes?.windowShift !== undefined) windowField.meaning = counted(window * 2 ** notes.windowShift, "octet");
    packet.summary += ` seq ${notes?.relativeSeq ?? seq}`;
    if ((flags & 0x10) !== 0) packet.summary += ` ack ${notes?.relativeAck ?? ack}`;
    packet.summary += `, ${counted(sent, "octet")}`;
    if (octets > 20) {
      tcpOptions(tree, octets - 20, notes?.relativeAck === undefined ? -1 : (ack - notes.relativeAck) >>> 0);
    }
    if (notes?.note !== undefined) {
      packet.summary += ` (${notes.note})`;
      tree.add({ name: "Note", offset: reader.offset, length: 0, value: notes.note });
    }
    return payload > 0 ? { layer: "payload", length: payload } : undefined;
  },
};

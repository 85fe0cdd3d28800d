// pcap files to octets: the header and the records. Pure. draft-ietf-opsawg-pcap. Little-endian, version 2.4.
import type { Bytes } from "../../base/bytes.ts";
import { type Packet, packetBytes, standardLink } from "../packet.ts";

/** What a pcap file says of all its packets. */
export interface PcapWords {
  readonly link: number;
  /** Upper bits beside the link type: the length of a frame check sequence. */
  readonly linkBits: number;
  readonly snaplen: number;
  /** Fractions of a second count nanoseconds, not microseconds. */
  readonly nanosecond: boolean;
}

/** The header of a file. */
export function pcapHeader({ link, linkBits, snaplen, nanosecond }: PcapWords): Bytes {
  const out = new Uint8Array(24), view = new DataView(out.buffer);
  view.setUint32(0, nanosecond ? 0xa1b2_3c4d : 0xa1b2_c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snaplen, true);
  view.setUint32(20, (standardLink(link) | linkBits) >>> 0, true);
  return out;
}

/** Octets of a record's header. */
export const RECORD_HEADER = 16;

/** Writes the header of a packet's record, its fraction in nanoseconds or microseconds. */
export function putRecordHeader(view: DataView, at: number, packet: Packet, nanosecond: boolean): void {
  const { seconds, nanos, carried, caplen, length } = packet;
  // A fraction of more than a second goes back to where it was.
  const fraction = nanos + carried * 1_000_000_000;
  view.setUint32(at, seconds - carried, true);
  view.setUint32(at + 4, (nanosecond ? fraction : fraction / 1000) >>> 0, true);
  view.setUint32(at + 8, caplen, true);
  view.setUint32(at + 12, length, true);
}

/** Writes a packet's record. */
export function putRecord(out: Bytes, view: DataView, at: number, packet: Packet, nanosecond: boolean): void {
  putRecordHeader(view, at, packet, nanosecond);
  out.set(packetBytes(packet), at + RECORD_HEADER);
}

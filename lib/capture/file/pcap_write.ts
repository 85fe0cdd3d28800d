// pcap files to octets: the header and the records. Pure. draft-ietf-opsawg-pcap. Little-endian, version 2.4.
import type { Bytes } from "../../base/bytes.ts";
import { type Packet, standardLink } from "../packet.ts";

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

/** Makes records one after the other in one buffer. */
export class PcapRecords {
  #bytes: Bytes = new Uint8Array(1 << 17);
  #view = new DataView(this.#bytes.buffer);

  /** The record of a packet, its fraction in nanoseconds or microseconds; good until the next one is asked for. */
  make({ seconds, nanos, carried, bytes, start, caplen, length }: Packet, nanosecond: boolean): Bytes {
    const total = 16 + caplen;
    if (total > this.#bytes.length) {
      this.#bytes = new Uint8Array(total * 2);
      this.#view = new DataView(this.#bytes.buffer);
    }
    const out = this.#bytes, view = this.#view;
    // A fraction of more than a second goes back to where it was.
    const fraction = nanos + carried * 1_000_000_000;
    view.setUint32(0, seconds - carried, true);
    view.setUint32(4, nanosecond ? fraction : Math.floor(fraction / 1000), true);
    view.setUint32(8, caplen, true);
    view.setUint32(12, length, true);
    if (caplen < 256) { for (let i = 0; i < caplen; i++) out[16 + i] = bytes[start + i]!; }
    else out.set(bytes.subarray(start, start + caplen), 16);
    return out.subarray(0, total);
  }
}

// snoop files, as Solaris and illumos write them (RFC 1761): the header and the records. Pure.
import { FormatError } from "../../base/errors.ts";
import type { Packet } from "../packet.ts";
import { u32, type Window } from "./window.ts";

/** Octets of a snoop file's header. */
export const SNOOP_HEADER = 16;
const RECORD_HEADER = 24;
/** A longer record than this is damage. */
const LONGEST_RECORD = 1 << 20;

/** LINKTYPE_ values by the file's own: RFC 1761 4, and what Solaris added. */
const LINKS: ReadonlyMap<number, number> = new Map([
  [0, 1], // IEEE 802.3
  [2, 6], // token ring
  [4, 1], // Ethernet
  [5, 104], // HDLC
  [8, 10], // FDDI
  [18, 123], // ATM, as SunATM frames it
  [26, 242], // IP over InfiniBand
]);

/** Whether a file that begins with these four octets may be a snoop file. */
export function isSnoopMagic(bytes: Uint8Array, at: number): boolean {
  return u32(bytes, at, false) === 0x736e_6f6f;
}

/** Reads the records of one snoop file from a window. */
export class SnoopParser {
  readonly format = "snoop";
  readonly link: number;
  readonly linkBits = 0;
  readonly snaplen = 0;
  readonly nanosecond = false;

  /** Takes the file header, which must be in the window whole. */
  constructor(window: Window) {
    const { bytes, start } = window;
    if (u32(bytes, start + 4, false) !== 0x7000_0000) {
      throw new FormatError("a snoop file that does not begin as one", 4);
    }
    const version = u32(bytes, start + 8, false), kind = u32(bytes, start + 12, false);
    if (version !== 2) throw new FormatError(`snoop version ${version} is not known`, 8);
    const link = LINKS.get(kind);
    if (link === undefined) throw new FormatError(`snoop link type ${kind} is not known`, 12);
    this.link = link;
    window.start += SNOOP_HEADER;
  }

  /** Fills `packet` with the next record. `false`: more octets are needed. A `FormatError` is damage. */
  next(window: Window, packet: Packet): boolean {
    const { bytes, start } = window, available = window.end - start;
    if (available < RECORD_HEADER) return false;
    const length = u32(bytes, start, false), caplen = u32(bytes, start + 4, false);
    const record = u32(bytes, start + 8, false);
    if (record < RECORD_HEADER + caplen || record > LONGEST_RECORD) {
      throw new FormatError(`a record of ${record} octets with a packet of ${caplen} cannot be`, window.offset);
    }
    if (available < record) return false;
    packet.number++;
    packet.seconds = u32(bytes, start + 16, false);
    packet.nanos = u32(bytes, start + 20, false) % 1_000_000 * 1000;
    packet.bytes = bytes;
    packet.start = start + RECORD_HEADER;
    packet.caplen = caplen;
    packet.length = length;
    packet.link = this.link;
    window.start += record;
    return true;
  }
}

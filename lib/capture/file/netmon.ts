// Files of Microsoft's Network Monitor, versions 1 and 2: the header and the frames. Pure but for the time zone.
// Frames stand one after the other; the table of their places at the end of the file is not needed.
import { FormatError } from "../../base/errors.ts";
import { LINK, type Packet } from "../packet.ts";
import { u32, type Window } from "./window.ts";

/** Octets of the header that are read. */
export const NETMON_HEADER = 128;
/** A longer frame than this is damage. */
const LONGEST = 1 << 20;

/** LINKTYPE_ values by the file's own. */
const LINKS: ReadonlyMap<number, number> = new Map([[1, LINK.ETHERNET], [2, LINK.IEEE802_5], [3, LINK.FDDI]]);
/** Types from here on are LINKTYPE_ values under a mask; the last ones tell of the capture, not of packets. */
const PCAP_TYPES = 0xe000, LAST_PCAP_TYPE = 0xefff;
/** Seconds from 1601, where Windows begins to count, to 1970. */
const FROM_1601 = 11_644_473_600;

const u16 = (bytes: Uint8Array, at: number) => bytes[at]! | bytes[at + 1]! << 8;

/** Whether a file that begins with these four octets is one of Network Monitor. */
export function isNetmonMagic(bytes: Uint8Array, at: number): boolean {
  const magic = u32(bytes, at, false);
  return magic === 0x5254_5353 || magic === 0x474d_4255;
}

function linkOf(type: number): number | undefined {
  return type >= PCAP_TYPES && type <= LAST_PCAP_TYPE ? type - PCAP_TYPES : LINKS.get(type);
}

/** Reads the frames of one file from a window. */
export class NetmonParser {
  readonly format = "Network Monitor";
  readonly link: number;
  readonly linkBits = 0;
  readonly snaplen = 0;
  readonly nanosecond = false;
  /** Major version, and octets behind each frame. */
  readonly #version: number;
  readonly #trailer: number;
  /** When the capture began: milliseconds since 1970. */
  readonly #began: number;
  /** Where frames end and their table begins. */
  readonly #end: number;

  /** Takes the file header, which must be in the window whole. */
  constructor(window: Window) {
    const { bytes, start } = window;
    const minor = bytes[start + 4]!, major = bytes[start + 5]!, type = u16(bytes, start + 6);
    if (major !== 1 && major !== 2) throw new FormatError(`Network Monitor version ${major}.${minor} is not known`, 4);
    const link = linkOf(type);
    if (link === undefined) throw new FormatError(`Network Monitor's type ${type} is not known`, 6);
    this.link = link;
    this.#version = major;
    this.#trailer = major === 1 || minor === 0 ? 0 : minor === 1 ? 2 : minor === 2 ? 6 : 15;
    const [year = 0, month = 0, , day = 0, hour = 0, minute = 0, second = 0, ms = 0] = Array.from(
      { length: 8 },
      (_, i) => u16(bytes, start + 8 + i * 2),
    );
    // The clock of whoever captured, in a zone that the file does not tell: ours is taken.
    this.#began = new Date(year, month - 1, day, hour, minute, second, ms).getTime();
    this.#end = u32(bytes, start + 24, true);
    window.start += NETMON_HEADER;
  }

  /** Fills `packet` with the next frame. `false`: more octets are needed, or it was the last. A `FormatError` is damage. */
  next(window: Window, packet: Packet): boolean {
    for (;;) {
      const { bytes, start } = window, available = window.end - start;
      if (window.offset >= this.#end) {
        window.start = window.end;
        return false;
      }
      const old = this.#version === 1, header = old ? 8 : 16;
      if (available < header) return false;
      const length = old ? u16(bytes, start + 4) : u32(bytes, start + 8, true);
      const caplen = old ? u16(bytes, start + 6) : u32(bytes, start + 12, true);
      if (caplen > LONGEST) throw new FormatError(`a frame of ${caplen} octets cannot be`, window.offset);
      const record = header + caplen + this.#trailer, behind = start + header + caplen;
      if (available < record) return false;
      window.start += record;
      const link = this.#trailer === 0 ? this.link : linkOf(u16(bytes, behind));
      // Frames that tell of the capture itself: file names, processes, events of the network card.
      if (link === undefined) continue;
      this.#time(packet, bytes, start, behind);
      packet.number++;
      packet.bytes = bytes;
      packet.start = start + header;
      packet.caplen = caplen;
      packet.length = length;
      packet.link = link;
      return true;
    }
  }

  #time(packet: Packet, bytes: Uint8Array, start: number, behind: number): void {
    let micros: number;
    if (this.#trailer === 15) {
      // From 2.3 on each frame has the time itself, in tenths of a microsecond.
      const tenths = BigInt(u32(bytes, behind + 10, true)) << 32n | BigInt(u32(bytes, behind + 6, true));
      packet.seconds = Number(tenths / 10_000_000n) - FROM_1601;
      packet.nanos = Number(tenths % 10_000_000n) * 100;
      return;
    }
    if (this.#version === 1) micros = u32(bytes, start, true) * 1000;
    else micros = u32(bytes, start + 4, true) * 2 ** 32 + u32(bytes, start, true);
    const seconds = Math.floor(this.#began / 1000);
    micros += (this.#began - seconds * 1000) * 1000;
    packet.seconds = seconds + Math.floor(micros / 1e6);
    packet.nanos = micros % 1e6 * 1000;
  }
}

// pcap files: the header and the records, in every variant that is met. Pure.
// draft-ietf-opsawg-pcap; the variants are told by the magic number: to add one, a line in `VARIANTS`.
import { FormatError } from "../../base/errors.ts";
import { LINK, type Packet } from "../packet.ts";
import { u32, type Window } from "./window.ts";

/** A kind of pcap file: octets of its record header and what its fractions count. */
interface Variant {
  readonly record: number;
  /** Other sizes of the record header that writers used under the same magic number: told by trying. */
  readonly others?: readonly number[];
  readonly nanos: boolean;
  /** Octets after the ordinary file header that belong to it. */
  readonly extra?: number;
  /** Octets by which a packet of Ethernet may be longer than the file says: a header that was made up for it. */
  readonly slack?: number;
}

const VARIANTS: ReadonlyMap<number, Variant> = new Map<number, Variant>([
  [0xa1b2c3d4, { record: 16, nanos: false, others: [24, 20] }], // Red Hat 6.1; Nokia
  [0xa1b23c4d, { record: 16, nanos: true }],
  // "Modified": interface, protocol and packet type after the lengths; SuSE 6.3 has four octets more.
  [0xa1b2cd34, { record: 24, nanos: false, others: [28], slack: 14 }],
  [0xa12b3c4d, { record: 16, nanos: false }],
  [0xa1b234cd, { record: 16, nanos: false }],
  [0x1c0001ac, { record: 16, nanos: true, extra: 4 }], // lcap, hardware stamped
  [0x1c0001ab, { record: 16, nanos: true, extra: 4 }], // lcap, software stamped
]);

/** The major version of DG/UX's tcpdump, whose files are as version 2.2. */
const DG_UX = 543;
/** Octets of a pcap file's header. */
const PCAP_HEADER = 24;
/** The longest packet that any writer of pcap files keeps. */
const LONGEST = 262_144;
/** The longest for link types with very long packets: USB, D-Bus. */
const LONGEST_OF: ReadonlyMap<number, number> = new Map([
  [189, 128 << 20],
  [220, 128 << 20],
  [249, 128 << 20],
  [231, 128 << 20],
]);

/** Whether a file that begins with these four octets is a pcap file. */
export function isPcapMagic(bytes: Uint8Array, at: number): boolean {
  const magic = (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
  return VARIANTS.has(magic) || VARIANTS.has(swapped(magic));
}

function swapped(value: number): number {
  return (value << 24 | (value & 0xff00) << 8 | (value >>> 8 & 0xff00) | value >>> 24) >>> 0;
}

/** Reads the records of one pcap file from a window. */
export class PcapParser {
  readonly format = "pcap";
  readonly #little: boolean;
  readonly #variant: Variant;
  readonly #longest: number;
  readonly #lengths: "plain" | "swapped" | "perhaps";
  readonly link: number;
  /** What stands beside the link type: the length of a frame check sequence. */
  readonly linkBits: number;
  readonly snaplen: number;
  readonly nanosecond: boolean;
  /** Octets of a record's header; 0 while that is to be found out. */
  #header: number;

  /** Takes the file header, which must be in the window whole (`PCAP_HEADER` octets, or 4 more: see `headerLength`). */
  constructor(window: Window) {
    const { bytes, start } = window;
    const magic = (bytes[start]! << 24 | bytes[start + 1]! << 16 | bytes[start + 2]! << 8 | bytes[start + 3]!) >>> 0;
    this.#little = !VARIANTS.has(magic);
    this.#variant = VARIANTS.get(this.#little ? swapped(magic) : magic)!;
    this.nanosecond = this.#variant.nanos;
    this.#header = this.#variant.others === undefined ? this.#variant.record : 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const major = view.getUint16(start + 4, this.#little), minor = view.getUint16(start + 6, this.#little);
    const snaplen = view.getUint32(start + 16, this.#little);
    const network = view.getUint32(start + 20, this.#little);
    // The upper bits hold the length of a frame check sequence.
    this.link = network & 0x03ff_ffff;
    this.linkBits = (network & 0xfc00_0000) >>> 0;
    this.#longest = LONGEST_OF.get(this.link) ?? LONGEST;
    const slack = this.link === LINK.ETHERNET ? this.#variant.slack ?? 0 : 0;
    this.snaplen = snaplen === 0 || snaplen > 0x7fff_ffff ? this.#longest : snaplen + slack;
    // Before version 2.3 the two lengths stood the other way round, and 2.3 was written both ways.
    // DG/UX counted versions its own way.
    const old = major === DG_UX || minor < 3;
    this.#lengths = old ? "swapped" : minor === 3 ? "perhaps" : "plain";
    if (major !== 2 && major !== DG_UX) throw new FormatError(`pcap version ${major}.${minor} is not known`, 4);
    window.start += PCAP_HEADER + (this.#variant.extra ?? 0);
  }

  /** Octets of the file header that begins at `window.start`. */
  static headerLength(window: Window): number {
    const first = window.bytes[window.start]!, last = window.bytes[window.start + 3]!;
    return PCAP_HEADER + (first === 0x1c || last === 0x1c ? 4 : 0);
  }

  /** The size of record headers: the ordinary one, unless another fits the first records and that one does not. */
  #findHeader(window: Window): number {
    const { record, others } = this.#variant;
    if (this.#fit(window, record) !== "no") return record;
    return others!.find((size) => this.#fit(window, size) === "yes") ?? record;
  }

  /**
   * Whether two records follow when their headers have `size` octets; "perhaps" when they are not all there yet. Of another
   * size than the ordinary one more is asked: a clock that was set between two packets makes a file no strange one.
   */
  #fit(window: Window, size: number): "yes" | "no" | "perhaps" {
    const strange = size !== this.#variant.record;
    let at = window.start, before = 0;
    for (let i = 0; i < 2; i++) {
      if (i > 0 && at === window.end) return "yes";
      if (at + 16 > window.end) return "perhaps";
      const seconds = u32(window.bytes, at, this.#little), fraction = u32(window.bytes, at + 4, this.#little);
      const caplen = u32(window.bytes, at + 8, this.#little), length = u32(window.bytes, at + 12, this.#little);
      const sane = caplen <= this.#longest && caplen <= length && fraction < 1_000_000 &&
        (!strange || caplen > 0 && (i === 0 || Math.abs(seconds - before) < 10_000_000));
      if (!sane) return "no";
      before = seconds;
      at += size + caplen;
      if (at > window.end) return "perhaps";
    }
    return "yes";
  }

  /** Fills `packet` with the next record. `false`: more octets are needed. A `FormatError` is damage. */
  next(window: Window, packet: Packet): boolean {
    if (this.#header === 0) {
      if (window.end - window.start < this.#variant.record) return false;
      this.#header = this.#findHeader(window);
    }
    const header = this.#header;
    const { bytes, start } = window;
    if (window.end - start < header) return false;
    const little = this.#little;
    const seconds = u32(bytes, start, little), fraction = u32(bytes, start + 4, little);
    let caplen = u32(bytes, start + 8, little), length = u32(bytes, start + 12, little);
    if (this.#lengths !== "plain" && (this.#lengths === "swapped" || caplen > length)) {
      [caplen, length] = [length, caplen];
    }
    if (caplen > this.#longest) {
      throw new FormatError(`a packet of ${caplen} octets cannot be`, window.offset);
    }
    if (window.end - start < header + caplen) return false;
    packet.number++;
    packet.seconds = seconds;
    packet.nanos = this.#variant.nanos ? fraction : fraction * 1000;
    packet.carried = 0;
    if (packet.nanos >= 1_000_000_000) {
      packet.carried = Math.floor(packet.nanos / 1_000_000_000);
      packet.seconds += packet.carried;
      packet.nanos %= 1_000_000_000;
    }
    packet.bytes = bytes;
    packet.start = start + header;
    // More than the file's own snap length: the rest is not shown, as libpcap does.
    packet.caplen = Math.min(caplen, this.snaplen);
    packet.length = length;
    packet.link = this.link;
    packet.headroom = header;
    const ready = little && header === 16 && this.#lengths === "plain" && caplen === packet.caplen;
    packet.recordUnit = !ready ? 0 : this.#variant.nanos ? 1 : 1000;
    window.start = start + header + caplen;
    return true;
  }
}

// Captures as a stream of packets: octets are pushed in, whole packets come out. Pure.
// Which format it is, the first octets say; a damaged capture gives every whole packet before the damage.
import { FormatError } from "../../base/errors.ts";
import { latin1Text } from "../../base/bytes.ts";
import { hex } from "../../base/hex.ts";
import { emptyPacket, type Packet } from "../packet.ts";
import { ErfParser, looksLikeErf } from "./erf.ts";
import { isNetmonMagic, NETMON_HEADER, NetmonParser } from "./netmon.ts";
import { isPcapMagic, PcapParser } from "./pcap.ts";
import { type CaptureBlock, PcapngParser } from "./pcapng.ts";
import type { CaptureInterface } from "./pcapng_options.ts";
import { isSnoopMagic, SNOOP_HEADER, SnoopParser } from "./snoop.ts";
import { Window } from "./window.ts";

export interface CaptureReaderOptions {
  /** Every block of a pcapng file that is not a packet, in order: section headers and interfaces among them. */
  readonly onBlock?: (block: CaptureBlock) => void;
}

/** Reads the packets of a file of one kind of packets. */
interface PlainParser {
  readonly format: string;
  /** LINKTYPE_ value, and what a pcap file has beside it. */
  readonly link: number;
  readonly linkBits: number;
  readonly snaplen: number;
  readonly nanosecond: boolean;
  /** Fills `packet` with the next one. `false`: more octets are needed. A `FormatError` is damage. */
  next(window: Window, packet: Packet): boolean;
}

/** To add a format of one kind of packets: a file, its line here; octets of the header must be there before it is opened. */
const FORMATS: readonly {
  readonly is: (bytes: Uint8Array, at: number) => boolean;
  readonly header: (window: Window) => number;
  readonly open: (window: Window) => PlainParser;
}[] = [
  { is: isPcapMagic, header: (window) => PcapParser.headerLength(window), open: (window) => new PcapParser(window) },
  { is: isSnoopMagic, header: () => SNOOP_HEADER, open: (window) => new SnoopParser(window) },
  { is: isNetmonMagic, header: () => NETMON_HEADER, open: (window) => new NetmonParser(window) },
];

/** Formats that are not read and begin like this; editcap of Wireshark reads them. To add one: a line here. */
const FOREIGN: readonly (readonly [magic: string, name: string])[] = [
  ["TRSNIFF data", "Sniffer"],
  ["XCP\0", "NetXRay or Windows Sniffer"],
  ["iptrace ", "AIX iptrace"],
  ["btsnoop\0", "btsnoop (Bluetooth)"],
  ["\x7fver", "Peek (OmniPeek, EtherPeek)"],
  ["\x01\x10\x4c\x00", "Novell LANalyzer"],
  ["\x01\x10\x24\x00", "Novell LANalyzer"],
  ["TR\0d", "HP-UX nettl"],
  ["\xaa\xaa\xaa\xaa", "InfoVista 5View"],
  ["\0\0\x02\0\x12\x05\0\x10", "Tektronix K12"],
  ["\x05VNF", "Visual Networks"],
  ["+---------+-----", "Tektronix K12 (text)"],
];

/** What is wrong with a file of another format. */
function unknownFormat(bytes: Uint8Array): FormatError {
  const first = latin1Text(bytes.subarray(0, 16)), known = FOREIGN.find(([magic]) => first.startsWith(magic));
  return new FormatError(
    known !== undefined
      ? `it is a capture in the format of ${known[1]}, which is not read: editcap FILE out.pcapng converts it`
      : "it is no capture file: pcap, pcapng, snoop, ERF and Network Monitor's are read, packed with gzip, zstd or lz4 too, " +
        `and hex dumps; this one begins with ${hex(bytes.subarray(0, 4), " ")}`,
    0,
  );
}

/**
 * Reads pcap, pcapng, snoop, ERF and Network Monitor. Fill `window.room()`, tell `window.filled(n)`, then call `next()`
 * until it gives `undefined`; set `window.ended` at end-of-file and call it once more.
 */
export class CaptureReader {
  readonly window = new Window();
  readonly #packet = emptyPacket();
  readonly #onBlock: (block: CaptureBlock) => void;
  /** Of a file of one kind of packets. */
  #plain: PlainParser | undefined;
  #pcapng: PcapngParser | undefined;
  #interfaces: CaptureInterface[] = [];
  #damage: FormatError | undefined;

  constructor(options: CaptureReaderOptions = {}) {
    this.#onBlock = options.onBlock ?? (() => {});
  }

  /** What is wrong with the capture, once `next()` gave `undefined` because of it. */
  get damage(): FormatError | undefined {
    return this.#damage;
  }

  /** Packets given so far. */
  get count(): number {
    return this.#packet.number;
  }

  /** `pcapng`, `pcap`, `snoop` and so on; `undefined` until that is known. */
  get format(): string | undefined {
    return this.#plain?.format ?? (this.#pcapng === undefined ? undefined : "pcapng");
  }

  /** Whether the file counts finer than microseconds: what a line should show then is for the caller to say. */
  get nanosecond(): boolean {
    return this.interfaces.some(({ unitsPerSecond }) => unitsPerSecond > 1_000_000n);
  }

  /** What a pcap file has beside its link type: the length of a frame check sequence in the upper bits; else 0. */
  get linkBits(): number {
    return this.#plain?.linkBits ?? 0;
  }

  /** Interfaces described so far; a pcap file has one. */
  get interfaces(): readonly CaptureInterface[] {
    return this.#pcapng?.interfaces ?? this.#interfaces;
  }

  /** The next packet, always the same object; `undefined` when more octets are needed, at the end, and at damage. */
  next(): Packet | undefined {
    if (this.#damage !== undefined) return undefined;
    try {
      if (this.#plain === undefined && this.#pcapng === undefined && !this.#begin()) return this.#starved();
      const got = (this.#plain ?? this.#pcapng!).next(this.window, this.#packet);
      return got ? this.#packet : this.#starved();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#damage = error;
      return undefined;
    }
  }

  #begin(): boolean {
    const { window } = this;
    if (window.available < 4) return false;
    const { bytes, start } = window;
    if (bytes[start] === 0x0a && bytes[start + 1] === 0x0d && bytes[start + 2] === 0x0d && bytes[start + 3] === 0x0a) {
      this.#pcapng = new PcapngParser(this.#onBlock);
      return true;
    }
    const format = FORMATS.find(({ is }) => is(bytes, start));
    if (format === undefined) {
      const erf = looksLikeErf(window);
      if (erf === "no") throw unknownFormat(bytes.subarray(start, window.end));
      if (erf === "perhaps") return false;
    } else if (window.available < format.header(window)) return false;
    const plain = this.#plain = format === undefined ? new ErfParser(window) : format.open(window);
    this.#interfaces = [{
      link: plain.link,
      snaplen: plain.snaplen,
      name: undefined,
      description: undefined,
      unitsPerSecond: plain.nanosecond ? 1_000_000_000n : 1_000_000n,
      offsetSeconds: 0,
    }];
    return true;
  }

  #starved(): undefined {
    const { window } = this;
    if (window.ended && this.format === undefined) {
      this.#damage = new FormatError(
        window.available === 0 && window.offset === 0 ? "it is empty" : "it ends inside its header",
        window.offset,
      );
    } else if (window.ended && window.available > 0) {
      this.#damage = new FormatError(
        `it ends inside a ${this.#plain === undefined ? "block" : "packet"}`,
        window.offset,
      );
    }
    return undefined;
  }
}

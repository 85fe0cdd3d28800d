// Captures as a stream of packets: octets are pushed in, whole packets come out. Pure.
// Which format it is, the first four octets say; a damaged capture gives every whole packet before the damage.
import { FormatError } from "../../base/errors.ts";
import { hex } from "../../base/hex.ts";
import { emptyPacket, type Packet } from "../packet.ts";
import { isPcapMagic, PcapParser } from "./pcap.ts";
import { type CaptureBlock, PcapngParser } from "./pcapng.ts";
import type { CaptureInterface } from "./pcapng_options.ts";
import { isSnoopMagic, SNOOP_HEADER, SnoopParser } from "./snoop.ts";
import { Window } from "./window.ts";

export interface CaptureReaderOptions {
  /** Every block of a pcapng file that is not a packet, in order: section headers and interfaces among them. */
  readonly onBlock?: (block: CaptureBlock) => void;
}

/**
 * Reads pcap, pcapng and snoop. Fill `window.room()`, tell `window.filled(n)`, then call `next()` until it gives `undefined`;
 * set `window.ended` at end-of-file and call it once more.
 */
export class CaptureReader {
  readonly window = new Window();
  readonly #packet = emptyPacket();
  readonly #onBlock: (block: CaptureBlock) => void;
  /** Of a file of one kind of packets. */
  #plain: PcapParser | SnoopParser | undefined;
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

  get format(): "pcap" | "pcapng" | "snoop" | undefined {
    if (this.#plain === undefined) return this.#pcapng === undefined ? undefined : "pcapng";
    return this.#plain instanceof SnoopParser ? "snoop" : "pcap";
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
    const snoop = isSnoopMagic(bytes, start);
    if (snoop || isPcapMagic(bytes, start)) {
      if (window.available < (snoop ? SNOOP_HEADER : PcapParser.headerLength(window))) return false;
      const plain = this.#plain = snoop ? new SnoopParser(window) : new PcapParser(window);
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
    if (bytes[start] === 0x0a && bytes[start + 1] === 0x0d && bytes[start + 2] === 0x0d && bytes[start + 3] === 0x0a) {
      this.#pcapng = new PcapngParser(this.#onBlock);
      return true;
    }
    throw new FormatError(
      "it is no capture file: pcap, pcapng and snoop are read, packed with gzip, zstd or lz4 too, and hex dumps; " +
        `this one begins with ${hex(bytes.subarray(start, start + 4), " ")}`,
      0,
    );
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

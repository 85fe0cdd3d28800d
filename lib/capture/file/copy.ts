// Packets from a capture or an interface into files, as they were read. Into pcapng from pcapng, blocks are copied
// whole: comments, options, names and decryption secrets stay; only what a filter leaves out is missing.
import { concat } from "../../base/bytes.ts";
import { UsageError } from "../../base/errors.ts";
import { linkTypeText, type Packet, packetBytes } from "../packet.ts";
import { pcapHeader, type PcapWords, putRecord, putRecordHeader, RECORD_HEADER } from "./pcap_write.ts";
import { BLOCK, type CaptureBlock } from "./pcapng.ts";
import { type RotateOptions, RotatingFile } from "./rotate.ts";
import {
  interfaceBlock,
  packetBlock,
  packetBlockLength,
  putPacketBlock,
  sectionHeader,
  shortBlock,
  statisticsBlock,
} from "./pcapng_write.ts";

/** What the file says of the program that wrote it. */
const APPLICATION = "netlab";

/** Octets of a section's blocks that are repeated at the head of each further file. */
const HEAD_LIMIT = 64 << 20;

export interface CopyOptions extends RotateOptions {
  /** Of a live capture: name of the interface and the filter in use. */
  readonly name?: string | undefined;
  readonly filter?: string | undefined;
  /** Octets of a packet that are kept, for the head of the file. */
  readonly snaplen?: number | undefined;
  /** Of pcap: nanoseconds, or not, whatever the source counts. */
  readonly nanosecond?: boolean | undefined;
}

/** What a source says of all its packets. */
export interface CopySource {
  /** Upper bits of the link type in a pcap file: the length of a frame check sequence. */
  readonly linkBits: number;
  readonly snaplen: number;
  readonly nanosecond: boolean;
}

/** Writes packets. `source()` is asked when the first file begins. */
export interface CaptureCopy {
  /** Where they go: it says when no more are wanted, and whoever gives packets settles, flushes and closes it. */
  readonly file: Pick<RotatingFile, "done" | "settle" | "flush" | "close">;
  /** A block of a pcapng source that is no packet; all of them come here, in their order among packets. */
  block(block: CaptureBlock): void;
  /** `shortened`: its `caplen` is less than the source had. */
  packet(packet: Packet, shortened: boolean): void;
  /**
   * Begins the file now, for packets of `link`, unless it is begun: it is there and readable before the first packet
   * comes, and if none comes. Without it and without packets no file is made.
   */
  open(link?: number): void;
  /** What a live capture received and lost, for the end of the file. */
  statistics(counts: { received: number; dropped: number }): void;
}

/** A copy in the format that the name asks for: pcap for `.pcap`, `.cap` and `.dmp`, else pcapng. */
export function openCopy(options: CopyOptions, source: () => CopySource): CaptureCopy {
  return /\.(?:pcap|cap|dmp)\d*$/i.test(options.path) ? new PcapCopy(options, source) : new PcapngCopy(options);
}

const now = () => Date.now() / 1000;

const ownSection = () => sectionHeader({ application: APPLICATION, os: Deno.build.os });

/** See `CaptureCopy`. A pcap file holds packets of one link type. */
class PcapCopy implements CaptureCopy {
  readonly file: RotatingFile;
  readonly #options: CopyOptions;
  readonly #source: () => CopySource;
  #words: PcapWords | undefined;
  /** What packets come in. */
  #bytes: Uint8Array | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(options: CopyOptions, source: () => CopySource) {
    this.#options = options;
    this.#source = source;
    this.file = new RotatingFile(options, () => pcapHeader(this.#begin()));
  }

  #begin(link = 1): PcapWords {
    if (this.#words !== undefined) return this.#words;
    const { linkBits, snaplen, nanosecond } = this.#source();
    return this.#words = {
      link,
      linkBits,
      snaplen: this.#options.snaplen || snaplen || 262_144,
      nanosecond: this.#options.nanosecond ?? nanosecond,
    };
  }

  block(): void {}

  packet(packet: Packet, shortened: boolean): void {
    const { link, nanosecond } = this.#begin(packet.link);
    if (packet.link !== link) {
      throw new UsageError(
        `Cannot write packet ${packet.number} to "${this.#options.path}": it is ${linkTypeText(packet.link)} among ${
          linkTypeText(link)
        }, and a pcap file holds one link type`,
        "give the file a name that ends in .pcapng",
      );
    }
    const { bytes, start, caplen, seconds, headroom } = packet;
    if (headroom < RECORD_HEADER) {
      this.file.writeInto(
        RECORD_HEADER + caplen,
        seconds,
        (out, view, at) => putRecord(out, view, at, packet, nanosecond),
      );
      return;
    }
    const begin = start - RECORD_HEADER;
    if (shortened || packet.recordUnit !== (nanosecond ? 1 : 1000)) {
      if (this.#bytes !== bytes) {
        this.#bytes = bytes;
        this.#view = new DataView(bytes.buffer, bytes.byteOffset);
      }
      putRecordHeader(this.#view, begin, packet, nanosecond);
    }
    this.file.writeRange(bytes, begin, start + caplen, seconds);
  }

  open(link?: number): void {
    if (this.#words !== undefined) return;
    this.#begin(link);
    this.file.open(now());
    this.file.flush();
  }

  statistics(): void {}
}

/** See `CaptureCopy`. */
class PcapngCopy implements CaptureCopy {
  readonly file: RotatingFile;
  readonly #options: CopyOptions;
  /** Blocks of the section that every file has to begin with. */
  #head: Uint8Array[] = [];
  #headOctets = 0;
  #copied = false;
  /** Byte order of the section that is copied. */
  #little = true;
  /** For sources that are not pcapng: interfaces written, by link type. */
  #links: number[] = [];
  #opened = false;

  constructor(options: CopyOptions) {
    this.#options = options;
    this.file = new RotatingFile(options, () => this.#opening());
  }

  #opening(): Uint8Array {
    this.#opened = true;
    if (this.#copied) return concat(this.#head);
    return concat([ownSection(), ...this.#links.map((link) => this.#interface(link))]);
  }

  #interface(link: number): Uint8Array {
    const { name, filter, snaplen } = this.#options;
    return interfaceBlock({ link, name, filter: filter === "" ? undefined : filter, snaplen: snaplen ?? 262_144 });
  }

  block(block: CaptureBlock): void {
    if (block.type === BLOCK.CUSTOM_NOT_COPIED) return;
    this.#copied = true;
    this.#little = block.littleEndian;
    const bytes = block.bytes.slice();
    if (block.type === BLOCK.SECTION) {
      // The length of the section is no longer what it was.
      bytes.fill(0xff, 16, 24);
      this.#head = [];
      this.#headOctets = 0;
    }
    const repeated = block.type === BLOCK.SECTION || block.type === BLOCK.INTERFACE ||
      block.type === BLOCK.DECRYPTION_SECRETS || block.type === BLOCK.NAME_RESOLUTION;
    if (repeated && this.#headOctets + bytes.length <= HEAD_LIMIT) {
      this.#head.push(bytes);
      this.#headOctets += bytes.length;
    }
    if (this.#opened) this.file.append(bytes);
    else if (!repeated) this.#head.push(bytes);
  }

  packet(packet: Packet, shortened: boolean): void {
    if (packet.blockLength > 0) {
      const { bytes, blockStart, blockLength, seconds } = packet;
      if (shortened) this.file.write(shortBlock(packet, this.#little), seconds);
      else this.file.writeRange(bytes, blockStart, blockStart + blockLength, seconds);
      return;
    }
    if (this.#copied) {
      // After a pcapng file comes one of another kind: numbers of interfaces begin anew.
      this.#copied = false;
      this.#links = [];
      if (this.#opened) this.file.append(ownSection());
    }
    let id = this.#links.indexOf(packet.link);
    if (id === -1) {
      id = this.#links.length;
      this.#links.push(packet.link);
      if (this.#opened) this.file.append(this.#interface(packet.link));
    }
    if (packet.comment === undefined) {
      this.file.writeInto(
        packetBlockLength(packet),
        packet.seconds,
        (out, view, at) => putPacketBlock(out, view, at, id, packet),
      );
      return;
    }
    this.file.write(
      packetBlock(
        {
          interfaceId: id,
          seconds: packet.seconds,
          nanos: packet.nanos,
          length: packet.length,
          direction: packet.direction,
          comment: packet.comment,
        },
        packetBytes(packet),
      ),
      packet.seconds,
    );
  }

  open(link?: number): void {
    if (this.#opened) return;
    if (link !== undefined && !this.#copied && !this.#links.includes(link)) this.#links.push(link);
    this.file.open(now());
    this.file.flush();
  }

  statistics(counts: { received: number; dropped: number }): void {
    if (!this.#opened || this.#links.length === 0) return;
    const ms = Date.now();
    this.file.append(statisticsBlock(0, Math.floor(ms / 1000), (ms % 1000) * 1_000_000, counts));
  }
}

// Packets from a capture or an interface into pcapng files, as they were read. Where the source is pcapng its blocks
// are copied whole: comments, options, names and decryption secrets stay; only what a filter leaves out is missing.
import { concat } from "../base/bytes.ts";
import { BLOCK, type CaptureBlock } from "./pcapng.ts";
import { type Packet, packetBytes } from "./packet.ts";
import { type RotateOptions, RotatingFile } from "./rotate.ts";
import { interfaceBlock, packetBlock, PacketBlocks, sectionHeader, statisticsBlock } from "./write.ts";

/** What the file says of the program that wrote it. */
const APPLICATION = "netlab";

/** Octets of a section's blocks that are repeated at the head of each further file. */
const HEAD_LIMIT = 64 << 20;

export interface CopyOptions extends RotateOptions {
  /** Of a live capture: name of the interface and the filter in use. */
  readonly name?: string | undefined;
  readonly filter?: string | undefined;
  readonly snaplen?: number;
  /** Packets are shortened on the way: then blocks are made anew, and what else the source holds is left out. */
  readonly shortened?: boolean;
}

/** Writes packets; give it every block of a pcapng source by `block`, then packets by `packet`. */
export class CaptureCopy {
  readonly #file: RotatingFile;
  readonly #options: CopyOptions;
  /** Blocks of the section that every file has to begin with. */
  #head: Uint8Array[] = [];
  #headOctets = 0;
  #copied = false;
  /** For sources that are not pcapng: interfaces written, by link type. */
  #links: number[] = [];
  #opened = false;
  readonly #blocks = new PacketBlocks();

  constructor(options: CopyOptions) {
    this.#options = options;
    this.#file = new RotatingFile(options, () => this.#opening());
  }

  /** A limit was reached and nothing more is written. */
  get done(): boolean {
    return this.#file.done;
  }

  #opening(): Uint8Array {
    this.#opened = true;
    if (this.#copied) return concat(this.#head);
    return concat([
      sectionHeader({ application: APPLICATION, os: Deno.build.os }),
      ...this.#links.map((link) => this.#interface(link)),
    ]);
  }

  #interface(link: number): Uint8Array {
    const { name, filter, snaplen } = this.#options;
    return interfaceBlock({ link, name, filter: filter === "" ? undefined : filter, snaplen: snaplen ?? 262_144 });
  }

  /** A block of a pcapng source that is no packet. */
  block(block: CaptureBlock): void {
    if (this.#options.shortened) return;
    this.#copied = true;
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
    if (this.#opened) this.#file.append(bytes);
    else if (!repeated) this.#head.push(bytes);
  }

  packet(packet: Packet): void {
    if (packet.blockLength > 0 && !this.#options.shortened) {
      this.#file.write(
        packet.bytes.subarray(packet.blockStart, packet.blockStart + packet.blockLength),
        packet.seconds,
      );
      return;
    }
    let id = this.#links.indexOf(packet.link);
    if (id === -1) {
      id = this.#links.length;
      this.#links.push(packet.link);
      if (this.#opened) this.#file.append(this.#interface(packet.link));
    }
    const { seconds, nanos, bytes, start, caplen, length } = packet;
    if (packet.direction === undefined && packet.comment === undefined) {
      this.#file.write(this.#blocks.make(id, seconds, nanos, bytes, start, caplen, length), seconds);
      return;
    }
    this.#file.write(
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

  /** Begins the file now, for packets of `link`: it is there and readable before the first packet comes. */
  open(link?: number): void {
    if (this.#opened) return;
    if (link !== undefined && !this.#copied && !this.#links.includes(link)) this.#links.push(link);
    this.#file.open(Date.now() / 1000);
    this.#file.flush();
  }

  /** What a live capture received and lost, for the end of the file. */
  statistics(counts: { received: number; dropped: number }): void {
    if (!this.#opened || this.#links.length === 0) return;
    const now = Date.now();
    this.#file.append(statisticsBlock(0, Math.floor(now / 1000), (now % 1000) * 1_000_000, counts));
  }

  flush(): void {
    this.#file.flush();
  }

  /** Ends the files. An empty capture is a file with its header. */
  close(): void {
    if (!this.#opened) this.#file.open(Date.now() / 1000);
    this.#file.close();
  }
}

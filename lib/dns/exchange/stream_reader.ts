// Reads exact numbers of octets, or lines, from a stream: what framed protocols over TCP and TLS need. Pure.
import type { Bytes } from "../../base/bytes.ts";
import { latin1Text } from "../../base/bytes.ts";
import type { ByteStream } from "../../stream/stream.ts";
import { NetworkError, type NetworkReason } from "./channel.ts";

/** Of what is read as a line, in octets. */
const LONGEST_LINE = 8192;

/** A buffer over a stream. One read at a time. */
export class StreamReader {
  readonly #stream: ByteStream;
  readonly #reasonOf: (error: unknown) => NetworkReason;
  #buffer: Bytes = new Uint8Array(4096);
  #start = 0;
  #end = 0;

  constructor(stream: ByteStream, reasonOf: (error: unknown) => NetworkReason) {
    this.#stream = stream;
    this.#reasonOf = reasonOf;
  }

  /** Exactly `count` octets, in memory of their own. A `NetworkError` when the stream ends or fails before. */
  async take(count: number): Promise<Bytes> {
    await this.#fill(count);
    const octets = this.#buffer.slice(this.#start, this.#start + count);
    this.#start += count;
    return octets;
  }

  /** The next `count` octets, which stay to be read. */
  async peek(count: number): Promise<Bytes> {
    await this.#fill(count);
    return this.#buffer.slice(this.#start, this.#start + count);
  }

  /** Text up to the next line feed, without it and a carriage return before it; at most `LONGEST_LINE` octets. */
  async line(): Promise<string> {
    for (let seen = 0;;) {
      const at = this.#buffer.subarray(this.#start + seen, this.#end).indexOf(10);
      if (at !== -1) return latin1Text(await this.take(seen + at + 1)).replace(/\r?\n$/, "");
      seen = this.#end - this.#start;
      if (seen > LONGEST_LINE) throw new NetworkError("failure", "A line that is too long");
      await this.#fill(seen + 1);
    }
  }

  /** Reads until `count` octets wait. */
  async #fill(count: number): Promise<void> {
    while (this.#end - this.#start < count) {
      if (this.#start === this.#end) this.#start = this.#end = 0;
      if (this.#buffer.length - this.#start < count || this.#end === this.#buffer.length) {
        // Room grows with what came, not with what a length promised.
        const waiting = this.#end - this.#start;
        const roomier = new Uint8Array(Math.max(4096, Math.min(count, Math.max(4096, waiting * 2) + 65536)));
        roomier.set(this.#buffer.subarray(this.#start, this.#end));
        this.#buffer = roomier;
        this.#start = 0;
        this.#end = waiting;
      }
      let got: number | null;
      try {
        got = await this.#stream.read(this.#buffer.subarray(this.#end));
      } catch (error) {
        throw new NetworkError(this.#reasonOf(error), String(error), { cause: error });
      }
      if (got === null) throw new NetworkError("end of file");
      this.#end += got;
    }
  }
}

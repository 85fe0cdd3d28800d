// DNS over a stream of octets: each message behind its length in two octets (RFC 1035 4.2.2, RFC 7766, RFC 7858). Pure.
import type { Bytes } from "../../base/bytes.ts";
import type { ByteStream } from "../../stream/stream.ts";
import { type Channel, type ChannelFacts, NetworkError, type NetworkReason, within } from "./channel.ts";

/** The channel over `stream`, which it closes. `refusal` says why transfers are not allowed. */
export class StreamChannel implements Channel {
  readonly facts?: ChannelFacts;
  readonly transferRefusal: NetworkReason | undefined;
  readonly #stream: ByteStream;
  readonly #reasonOf: (error: unknown) => NetworkReason;
  #buffer: Bytes = new Uint8Array(4096);
  #start = 0;
  #end = 0;
  #reading: Promise<Uint8Array> | undefined;

  constructor(
    stream: ByteStream,
    reasonOf: (error: unknown) => NetworkReason,
    facts?: ChannelFacts,
    refusal?: NetworkReason,
  ) {
    this.#stream = stream;
    this.#reasonOf = reasonOf;
    if (facts !== undefined) this.facts = facts;
    this.transferRefusal = refusal;
  }

  async send(message: Uint8Array): Promise<void> {
    const framed = new Uint8Array(message.length + 2);
    framed[0] = message.length >> 8;
    framed[1] = message.length;
    framed.set(message, 2);
    try {
      await this.#stream.write(framed);
    } catch {
      // What happened is told by the next read, as dig does.
    }
  }

  async receive(timeoutMs: number): Promise<Uint8Array> {
    // A read that a time-out gave up goes on in the next call.
    const reading = this.#reading ??= this.#next();
    reading.catch(() => {});
    const message = await within(timeoutMs, reading);
    this.#reading = undefined;
    return message;
  }

  async #next(): Promise<Uint8Array> {
    await this.#need(2);
    const length = (this.#buffer[this.#start]! << 8) | this.#buffer[this.#start + 1]!;
    this.#start += 2;
    await this.#need(length);
    const message = this.#buffer.slice(this.#start, this.#start + length);
    this.#start += length;
    return message;
  }

  /** Reads until `count` octets wait in the buffer. */
  async #need(count: number): Promise<void> {
    while (this.#end - this.#start < count) {
      if (this.#buffer.length - this.#start < count) {
        const roomier = new Uint8Array(Math.max(count, this.#buffer.length));
        roomier.set(this.#buffer.subarray(this.#start, this.#end));
        this.#end -= this.#start;
        this.#start = 0;
        this.#buffer = roomier;
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

  close(): void {
    void this.#stream.close();
  }
}

// DNS over a stream of octets: each message behind its length in two octets (RFC 1035 4.2.2, RFC 7766, RFC 7858). Pure.
import type { ByteStream } from "../../stream/stream.ts";
import { type Channel, type ChannelFacts, type NetworkReason, within } from "./channel.ts";
import { StreamReader } from "./stream_reader.ts";

/** The channel over `stream`, which it closes. `refusal` says why transfers are not allowed. */
export class StreamChannel implements Channel {
  readonly facts?: ChannelFacts;
  readonly transferRefusal: NetworkReason | undefined;
  readonly #stream: ByteStream;
  readonly #reader: StreamReader;
  #reading: Promise<Uint8Array> | undefined;

  constructor(
    stream: ByteStream,
    reasonOf: (error: unknown) => NetworkReason,
    facts?: ChannelFacts,
    refusal?: NetworkReason,
  ) {
    this.#stream = stream;
    this.#reader = new StreamReader(stream, reasonOf);
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
    const length = await this.#reader.take(2);
    return await this.#reader.take((length[0]! << 8) | length[1]!);
  }

  close(): void {
    void this.#stream.close();
  }
}

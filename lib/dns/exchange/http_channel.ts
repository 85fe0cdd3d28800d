// DNS over HTTP (RFC 8484) over any stream. Pure. One request at a time; how a version of HTTP asks stands in `http1.ts` and
// `http2.ts`.
import type { ByteStream } from "../../stream/stream.ts";
import { type Channel, type ChannelFacts, NetworkError, type NetworkReason, within } from "./channel.ts";
import { Http1 } from "./http1.ts";
import { Http2 } from "./http2.ts";
import type { HttpClient, HttpOptions } from "./http_client.ts";
import { StreamReader } from "./stream_reader.ts";

/** A channel over `stream`, which it closes. Throws an `OlderHttpError` when HTTP/2 is answered with HTTP/1. */
export async function httpChannel(stream: ByteStream, options: HttpOptions): Promise<Channel> {
  const reader = new StreamReader(stream, options.reasonOf);
  if (options.version === 1) return new HttpChannel(stream, options, new Http1(stream, reader, options));
  const http2 = new Http2(stream, reader, options);
  await http2.start();
  return new HttpChannel(stream, options, http2);
}

class HttpChannel implements Channel {
  readonly facts?: ChannelFacts;
  setupFailure: NetworkReason | undefined;
  readonly #stream: ByteStream;
  readonly #client: HttpClient;
  #unsure: boolean;
  #answering: Promise<Uint8Array> | undefined;
  /** The request was answered: nothing more comes before the next. */
  #answered = false;
  #failure: unknown;

  constructor(stream: ByteStream, options: HttpOptions, client: HttpClient) {
    this.#stream = stream;
    this.#client = client;
    this.#unsure = options.unsure === true;
    if (options.facts !== undefined) this.facts = options.facts;
  }

  async send(message: Uint8Array): Promise<void> {
    try {
      await this.#client.ask(message);
      this.#answering = undefined;
      this.#answered = false;
      if (this.#unsure && await this.#client.speaks?.() === false) this.setupFailure = "ALPN for HTTP/2 failed";
      this.#unsure = false;
    } catch (error) {
      this.#failure = error;
    }
  }

  async receive(timeoutMs: number): Promise<Uint8Array> {
    if (this.#failure !== undefined) throw new NetworkError("failure", String(this.#failure));
    if (this.#answered) throw new NetworkError("end of file", "A request has one answer");
    const answering = this.#answering ??= this.#client.answer();
    answering.catch(() => {});
    const message = await within(timeoutMs, answering);
    this.#answered = true;
    return message;
  }

  close(): void {
    void this.#stream.close();
  }
}

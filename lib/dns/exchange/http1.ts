// DNS over HTTP/1.1 (RFC 8484, RFC 9112): one request at a time. Pure.
import { concat, latin1, latin1Text } from "../../base/bytes.ts";
import type { ByteStream } from "../../stream/stream.ts";
import { NetworkError, within } from "./channel.ts";
import { type HttpClient, type HttpOptions, MAX_BODY, MESSAGE_TYPE, messageIn, pathWith } from "./http_client.ts";
import type { StreamReader } from "./stream_reader.ts";

/** So long a server that nobody knows to speak HTTP has to show that it does. */
const SPEAKS_MS = 2000;

/** HTTP/1.1. */
export class Http1 implements HttpClient {
  readonly #stream: ByteStream;
  readonly #reader: StreamReader;
  readonly #options: HttpOptions;

  constructor(stream: ByteStream, reader: StreamReader, options: HttpOptions) {
    this.#stream = stream;
    this.#reader = reader;
    this.#options = options;
  }

  async ask(message: Uint8Array): Promise<void> {
    const { get, path, authority } = this.#options;
    const head = get
      ? `GET ${pathWith(path, message)} HTTP/1.1\r\nHost: ${authority}\r\nAccept: ${MESSAGE_TYPE}\r\n\r\n`
      : `POST ${path} HTTP/1.1\r\nHost: ${authority}\r\nAccept: ${MESSAGE_TYPE}\r\nContent-Type: ${MESSAGE_TYPE}\r\n` +
        `Content-Length: ${message.length}\r\n\r\n`;
    await this.#stream.write(get ? latin1(head) : concat([latin1(head), message]));
  }

  async speaks(): Promise<boolean> {
    const first = this.#reader.peek(5);
    first.catch(() => {});
    return await within(SPEAKS_MS, first).then((octets) => latin1Text(octets) === "HTTP/", () => false);
  }

  async answer(): Promise<Uint8Array> {
    const reader = this.#reader;
    let status = 0;
    const headers = new Map<string, string>();
    do {
      const start = /^HTTP\/1\.\d (\d{3})/.exec(await reader.line());
      if (start === null) throw new NetworkError("failure", "The server does not speak HTTP");
      status = Number(start[1]);
      headers.clear();
      for (let line = await reader.line(), count = 0; line !== ""; line = await reader.line()) {
        if (++count > 200) throw new NetworkError("failure", "The server sends headers without end");
        const colon = line.indexOf(":");
        headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
      }
    } while (status >= 100 && status < 200);
    const chunked = /chunked/i.test(headers.get("transfer-encoding") ?? "");
    const body = chunked ? await this.#chunks() : await this.#body(headers.get("content-length"));
    if (status < 200 || status > 299) throw new NetworkError("failure", `The server answered with status ${status}`);
    return messageIn(body, headers.get("content-type"));
  }

  async #body(length: string | undefined): Promise<Uint8Array> {
    const octets = Number(length ?? NaN);
    if (!(octets <= MAX_BODY)) throw new NetworkError("failure", `The server's answer has a length of ${length}`);
    return await this.#reader.take(octets);
  }

  async #chunks(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (let total = 0;;) {
      const size = parseInt(await this.#reader.line(), 16);
      total += size;
      if (!(total <= MAX_BODY)) throw new NetworkError("failure", "The server's answer is too long");
      if (size === 0) break;
      chunks.push(await this.#reader.take(size));
      await this.#reader.line();
    }
    while (await this.#reader.line() !== "") { /* trailers */ }
    return concat(chunks);
  }
}

// DNS over HTTP (RFC 8484), with HTTP/2 (RFC 9113) or HTTP/1.1 (RFC 9112), over any stream. Pure.
// One request at a time, each on a stream of its own. Of HTTP/2 only what that needs: no compression of what is sent, and of
// what comes only the status is looked at.
import { concat, latin1, latin1Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { ByteWriter } from "../../base/writer.ts";
import type { ByteStream } from "../../stream/stream.ts";
import { type Channel, type ChannelFacts, NetworkError, type NetworkReason, within } from "./channel.ts";
import { headerStatus } from "./hpack.ts";
import { StreamReader } from "./stream_reader.ts";

/** Whom and how to ask. */
export interface HttpOptions {
  readonly scheme: "https" | "http";
  /** Host, with a port where it is not the scheme's. */
  readonly authority: string;
  /** Absolute path; may have a query. */
  readonly path: string;
  /** GET instead of POST. */
  readonly get: boolean;
  readonly version: 1 | 2;
  /** Nothing says that the server speaks HTTP: if it does not, the channel counts as not opened. */
  readonly unsure?: boolean;
  readonly reasonOf: (error: unknown) => NetworkReason;
  readonly facts?: ChannelFacts;
}

/** The peer answered HTTP/2 with HTTP/1: to be asked again that way. */
export class OlderHttpError extends Error {
  override readonly name = "OlderHttpError";
}

const MESSAGE_TYPE = "application/dns-message";
/** So long a server in the clear has to show that it speaks HTTP/1 only. */
const GREETING_MS = 250;
/** So long a server that nobody knows to speak HTTP has to show that it does. */
const SPEAKS_MS = 2000;
/** No DNS message is longer. */
const MAX_BODY = 65535;

/** Octets as base64url without padding. */
export function base64Url(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Path with the question in it, for GET (RFC 8484 6). */
function pathWith(path: string, message: Uint8Array): string {
  return `${path}${path.includes("?") ? "&" : "?"}dns=${base64Url(message)}`;
}

/** A channel over `stream`, which it closes. Throws an `OlderHttpError` when HTTP/2 is answered with HTTP/1. */
export async function httpChannel(stream: ByteStream, options: HttpOptions): Promise<Channel> {
  const reader = new StreamReader(stream, options.reasonOf);
  if (options.version === 1) return new HttpChannel(stream, options, new Http1(stream, reader, options));
  const http2 = new Http2(stream, reader, options);
  await http2.start();
  return new HttpChannel(stream, options, http2);
}

/** One way to ask and to be answered. */
interface HttpClient {
  ask(message: Uint8Array): Promise<void>;
  answer(): Promise<Uint8Array>;
  /** Whether what comes back is HTTP. */
  speaks?(): Promise<boolean>;
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

/** HTTP/1.1. */
class Http1 implements HttpClient {
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
    return body;
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

const enum Frame {
  Data = 0,
  Headers = 1,
  Reset = 3,
  Settings = 4,
  Ping = 6,
  GoAway = 7,
  WindowUpdate = 8,
  Continuation = 9,
}
const END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, PRIORITY = 32;
const MAX_FRAME = 16384;

/** A frame (RFC 9113 4.1). */
function frame(type: Frame, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  return new ByteWriter(payload.length + 9).u24(payload.length).u8(type).u8(flags).u32(stream).bytes(payload).take();
}

/** A string of a header (RFC 7541 5.2), not compressed. */
function headerString(writer: ByteWriter, text: string): void {
  let length = text.length;
  if (length < 127) writer.u8(length);
  else {
    writer.u8(127);
    for (length -= 127; length >= 128; length = Math.floor(length / 128)) writer.u8((length % 128) + 128);
    writer.u8(length);
  }
  writer.text(text);
}

/** A header whose name stands at `index` of the static table (RFC 7541 6.2.2). */
function header(writer: ByteWriter, index: number, value: string): void {
  if (index < 15) writer.u8(index);
  else writer.u8(15).u8(index - 15);
  headerString(writer, value);
}

/** HTTP/2. */
class Http2 implements HttpClient {
  readonly #stream: ByteStream;
  readonly #reader: StreamReader;
  readonly #options: HttpOptions;
  /** The stream of the last request. */
  #current = -1;
  /** The first octets of the server, on which nobody else may read before. */
  #first: Promise<Uint8Array> | undefined;

  constructor(stream: ByteStream, reader: StreamReader, options: HttpOptions) {
    this.#stream = stream;
    this.#reader = reader;
    this.#options = options;
  }

  /** The connection preface (RFC 9113 3.4). */
  async start(): Promise<void> {
    const noPush = new ByteWriter().u16(2).u32(0).take();
    await this.#stream.write(
      concat([latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(Frame.Settings, 0, 0, noPush)]),
    );
    // Over TLS the protocol is settled; in the clear the server may know only the older one, and then says so at once.
    if (this.#options.scheme === "https") return;
    this.#first = this.#reader.peek(5);
    this.#first.catch(() => {});
    const first = await within(GREETING_MS, this.#first).catch(() => undefined);
    if (first !== undefined && String.fromCharCode(...first) === "HTTP/") throw new OlderHttpError();
  }

  async ask(message: Uint8Array): Promise<void> {
    const { get, path, authority, scheme } = this.#options;
    this.#current += 2;
    const block = new ByteWriter(256);
    block.u8(get ? 0x82 : 0x83).u8(scheme === "https" ? 0x87 : 0x86);
    header(block, 1, authority);
    header(block, 4, get ? pathWith(path, message) : path);
    header(block, 19, MESSAGE_TYPE);
    if (get) {
      await this.#stream.write(frame(Frame.Headers, END_HEADERS | END_STREAM, this.#current, block.take()));
      return;
    }
    header(block, 31, MESSAGE_TYPE);
    header(block, 28, String(message.length));
    const parts = [frame(Frame.Headers, END_HEADERS, this.#current, block.take())];
    for (let at = 0; at < message.length || at === 0; at += MAX_FRAME) {
      const last = at + MAX_FRAME >= message.length;
      parts.push(
        frame(Frame.Data, last ? END_STREAM : 0, this.#current, message.subarray(at, at + MAX_FRAME)),
      );
    }
    await this.#stream.write(concat(parts));
  }

  async answer(): Promise<Uint8Array> {
    const wanted = this.#current;
    await this.#first;
    const body: Uint8Array[] = [];
    let length = 0, status: number | undefined;
    let block: Uint8Array[] = [];
    for (;;) {
      const head = await this.#reader.take(9);
      const size = (head[0]! << 16) | (head[1]! << 8) | head[2]!;
      const type = head[3]!, flags = head[4]!;
      const stream = ((head[5]! & 0x7f) << 24) | (head[6]! << 16) | (head[7]! << 8) | head[8]!;
      if (size > MAX_FRAME) throw broken(`A frame of ${size} octets`);
      // Nobody asked on such a stream, and pushing is switched off.
      if (stream > wanted || (stream > 0 && stream % 2 === 0)) throw broken(`A frame on stream ${stream}`);
      const payload = await this.#reader.take(size);
      if (type === Frame.Settings && (flags & ACK) === 0) {
        await this.#stream.write(frame(type, ACK, 0, new Uint8Array(0)));
      } else if (type === Frame.Ping && (flags & ACK) === 0) await this.#stream.write(frame(type, ACK, 0, payload));
      else if (type === Frame.GoAway && !(lastOf(payload) >= wanted)) {
        throw new NetworkError("end of file", "The server goes away");
      }
      if (stream !== wanted) continue;
      if (type === Frame.Reset) throw new NetworkError("failure", "The server gave the request up");
      if (type === Frame.Headers || type === Frame.Continuation) {
        block.push(type === Frame.Headers ? bare(payload, flags) : payload);
        if (block.length > 16) throw new NetworkError("failure", "The server sends headers without end");
        if ((flags & END_HEADERS) !== 0) {
          status = statusOf(concat(block)) ?? status ?? 0;
          block = [];
        }
      } else if (type === Frame.Data) {
        if (status === undefined) throw broken("An answer without headers");
        const data = bare(payload, flags & ~PRIORITY);
        length += data.length;
        if (length > MAX_BODY) throw new NetworkError("failure", "The server's answer is too long");
        body.push(data);
        if (size > 0) await this.#acknowledge(size, stream);
      }
      const ends = (type === Frame.Headers || type === Frame.Data) && (flags & END_STREAM) !== 0;
      if (!ends) continue;
      if (!(status! >= 200 && status! <= 299)) {
        throw new NetworkError("failure", `The server answered with status ${status}`);
      }
      return concat(body);
    }
  }

  /** Gives the windows back what was read (RFC 9113 6.9). */
  async #acknowledge(size: number, stream: number): Promise<void> {
    const increment = new ByteWriter(4).u32(size).take();
    await this.#stream.write(
      concat([frame(Frame.WindowUpdate, 0, 0, increment), frame(Frame.WindowUpdate, 0, stream, increment)]),
    );
  }
}

/** The last stream that a server which goes away still answers (RFC 9113 6.8). */
function lastOf(payload: Uint8Array): number {
  return ((payload[0]! & 0x7f) << 24) | (payload[1]! << 16) | (payload[2]! << 8) | payload[3]!;
}

/** The server broke the rules of HTTP/2. */
function broken(detail: string, cause?: unknown): NetworkError {
  return new NetworkError("unexpected error", detail, { cause });
}

/** The status in a header block. */
function statusOf(block: Uint8Array): number | undefined {
  try {
    return headerStatus(block);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw broken("Headers that cannot be read", error);
  }
}

/** A frame's payload without padding and priority. */
function bare(payload: Uint8Array, flags: number): Uint8Array {
  const padding = (flags & PADDED) !== 0 ? payload[0] ?? 0 : 0;
  const start = ((flags & PADDED) !== 0 ? 1 : 0) + ((flags & PRIORITY) !== 0 ? 5 : 0);
  if (start + padding > payload.length) throw broken("A frame with more padding than octets");
  return payload.subarray(start, payload.length - padding);
}

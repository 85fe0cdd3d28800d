// DNS over HTTP/2 (RFC 8484, RFC 9113): one request at a time, each on a stream of its own. Pure.
// Only what that needs: no compression of what is sent, and of what comes only status and type are looked at.
import { concat, latin1 } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { ByteWriter } from "../../base/writer.ts";
import type { ByteStream } from "../../stream/stream.ts";
import { NetworkError, within } from "./channel.ts";
import { type AnswerHead, answerHead } from "./hpack.ts";
import {
  type HttpClient,
  type HttpOptions,
  MAX_BODY,
  MESSAGE_TYPE,
  messageIn,
  OlderHttpError,
  pathWith,
} from "./http_client.ts";
import type { StreamReader } from "./stream_reader.ts";

/** So long a server in the clear has to show that it speaks HTTP/1 only. */
const GREETING_MS = 250;

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
export class Http2 implements HttpClient {
  readonly #stream: ByteStream;
  readonly #reader: StreamReader;
  readonly #options: HttpOptions;
  /** The stream of the last request. */
  #current = -1;
  /** The first octets of the server, on which nobody else may read before. */
  #first: Promise<Uint8Array> | undefined;
  /** What writing was told of a reset. */
  #reset: unknown;

  constructor(stream: ByteStream, reader: StreamReader, options: HttpOptions) {
    this.#stream = stream;
    this.#reader = reader;
    this.#options = options;
  }

  /** The connection preface (RFC 9113 3.4). A `NetworkError` where it cannot be sent. */
  async start(): Promise<void> {
    // No table of headers to be kept, and nothing pushed (RFC 9113 6.5.2).
    const settings = new ByteWriter().u16(1).u32(0).u16(2).u32(0).take();
    try {
      await this.#stream.write(
        concat([latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(Frame.Settings, 0, 0, settings)]),
      );
    } catch (error) {
      throw new NetworkError(this.#options.reasonOf(error), String(error), { cause: error });
    }
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
    let length = 0, ended = false, answered: AnswerHead | undefined;
    let block: Uint8Array[] = [];
    for (;;) {
      const head = await this.#take(9);
      const size = (head[0]! << 16) | (head[1]! << 8) | head[2]!;
      const type = head[3]!, flags = head[4]!;
      const stream = ((head[5]! & 0x7f) << 24) | (head[6]! << 16) | (head[7]! << 8) | head[8]!;
      if (size > MAX_FRAME) throw broken(`A frame of ${size} octets`);
      // Nobody asked on such a stream, and pushing is switched off.
      if (stream > wanted || (stream > 0 && stream % 2 === 0)) throw broken(`A frame on stream ${stream}`);
      const payload = await this.#take(size);
      if (type === Frame.Settings && (flags & ACK) === 0) {
        await this.#reply(frame(type, ACK, 0, new Uint8Array(0)));
      } else if (type === Frame.Ping && (flags & ACK) === 0) await this.#reply(frame(type, ACK, 0, payload));
      else if (type === Frame.GoAway && !(lastOf(payload) >= wanted)) {
        throw new NetworkError("end of file", "The server goes away");
      }
      if (stream !== wanted) continue;
      if (type === Frame.Reset) throw new NetworkError("failure", "The server gave the request up");
      if (type === Frame.Headers || type === Frame.Continuation) {
        block.push(type === Frame.Headers ? bare(payload, flags) : payload);
        if (block.length > 16) throw new NetworkError("failure", "The server sends headers without end");
        if ((flags & END_HEADERS) !== 0) {
          answered = { ...answered, ...headOf(concat(block)) };
          block = [];
        }
      } else if (type === Frame.Data) {
        if (answered === undefined) throw broken("An answer without headers");
        const data = bare(payload, flags & ~PRIORITY);
        length += data.length;
        if (length > MAX_BODY) throw new NetworkError("failure", "The server's answer is too long");
        body.push(data);
        if (size > 0) await this.#acknowledge(size, stream);
      }
      ended ||= (type === Frame.Headers || type === Frame.Data) && (flags & END_STREAM) !== 0;
      // Headers that end the stream may go on in frames behind (RFC 9113 8.1).
      if (!ended || block.length > 0 || answered === undefined) continue;
      const { status = 0, contentType } = answered;
      if (status < 200 || status > 299) throw new NetworkError("failure", `The server answered with status ${status}`);
      return messageIn(concat(body), contentType);
    }
  }

  /** Gives the windows back what was read (RFC 9113 6.9). */
  async #acknowledge(size: number, stream: number): Promise<void> {
    const increment = new ByteWriter(4).u32(size).take();
    await this.#reply(
      concat([frame(Frame.WindowUpdate, 0, 0, increment), frame(Frame.WindowUpdate, 0, stream, increment)]),
    );
  }

  /** Says what the protocol wants said. A server that has gone may have answered before: its end is met by reading. */
  async #reply(frames: Uint8Array): Promise<void> {
    try {
      await this.#stream.write(frames);
    } catch (error) {
      // A reset is told once, to whoever comes first.
      if ((error as Error).name === "ConnectionReset") this.#reset = error;
    }
  }

  async #take(count: number): Promise<Uint8Array> {
    try {
      return await this.#reader.take(count);
    } catch (error) {
      if (this.#reset === undefined) throw error;
      throw new NetworkError("connection reset", String(this.#reset), { cause: error });
    }
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

/** What a header block says. */
function headOf(block: Uint8Array): AnswerHead {
  try {
    return answerHead(block);
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

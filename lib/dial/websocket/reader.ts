// What a WebSocket's peer says: its frames (RFC 6455 section 5) taken apart into the payloads of messages. No I/O of its own.
import type { Bytes } from "../../base/bytes.ts";
import { FormatError, ProtocolError } from "../../base/errors.ts";
import type { Stream } from "../../stream/stream.ts";
import { applyMask, type FrameHeader, LONGEST_HEADER, OPCODE, parseClose, parseHeader } from "./frame.ts";

export const FIRST_BUFFER = 4 * 1024;
const LARGEST_BUFFER = 128 * 1024;

/** What is to be said to the peer because of what it said. */
interface Answers {
  /** To a ping, with its payload. */
  pong(payload: Bytes): Promise<void>;
  /** To what breaks the protocol: a close code and the reason. */
  broken(code: number, why: string): Promise<void>;
  /** To a close frame. */
  left(farewell: Farewell): void;
}

/** What a close frame says. */
interface Farewell {
  readonly code: number;
  readonly reason: string;
}

const gone = () => new ProtocolError("The WebSocket peer is gone in the middle of a message");

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Reads frames from a stream that it does not own. One call at a time. */
export class FrameReader {
  readonly #inner: Stream;
  readonly #client: boolean;
  readonly #answers: Answers;
  #buffer: Bytes = new Uint8Array(FIRST_BUFFER);
  #from = 0;
  #to = 0;
  /** The data frame that is being read: octets left, mask, octets passed. */
  #left = 0;
  #passed = 0;
  #frame: FrameHeader | undefined;
  /** A message has begun whose last frame has not come. */
  #unfinished = false;
  #strict: TextDecoder | undefined;
  readonly #over = Promise.withResolvers<void>();
  /** The end was reached, or reading was given up. */
  ended = false;
  /** Pieces of data that came so far; whether a read of the inner stream is under way. */
  pieces = 0;
  waiting = false;
  /** What the peer's close frame said. */
  farewell: Farewell | undefined;

  constructor(inner: Stream, client: boolean, answers: Answers) {
    this.#inner = inner;
    this.#client = client;
    this.#answers = answers;
  }

  /** Fulfilled at the end. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Payload of any message into `view`; `null` at the end of all. */
  async octets(view: Bytes): Promise<number | null> {
    if (this.#left > 0) return await this.#payload(view);
    for (;;) {
      const count = await this.part(view);
      if (count !== undefined) return count;
    }
  }

  async #readInner(view: Bytes): Promise<number | null> {
    this.waiting = true;
    try {
      return await this.#inner.read(view);
    } finally {
      this.waiting = false;
    }
  }

  /** More octets into the buffer; false at end-of-file. */
  async #fill(): Promise<boolean> {
    if (this.#from === this.#to) this.#from = this.#to = 0;
    else if (this.#to === this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
    }
    const room = this.#buffer.length - this.#to;
    const count = await this.#readInner(this.#buffer.subarray(this.#to));
    if (count === null) return false;
    this.#to += count;
    if (count === room && this.#buffer.length < LARGEST_BUFFER) {
      const grown = new Uint8Array(this.#buffer.length * 4);
      grown.set(this.#buffer.subarray(this.#from, this.#to));
      this.#to -= this.#from;
      this.#from = 0;
      this.#buffer = grown;
    }
    return true;
  }

  /** Nothing more is read. */
  end(): void {
    this.ended = true;
    this.#over.resolve();
  }

  /** Ends the reading, tells the peer why, and throws it. */
  async fail(code: number, error: Error): Promise<never> {
    this.end();
    await this.#answers.broken(code, error.message).catch(() => {});
    throw new ProtocolError(`The WebSocket peer broke the protocol: ${error.message}`, { cause: error });
  }

  /** The next data frame, control frames dealt with; `undefined` at the end. */
  async #nextFrame(): Promise<FrameHeader | undefined> {
    for (;;) {
      let parsed: ReturnType<typeof parseHeader>;
      try {
        parsed = parseHeader(this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + LONGEST_HEADER)));
        if (parsed !== undefined && (parsed.header.mask === undefined) === !this.#client) {
          throw new FormatError(this.#client ? "A frame of a server is masked" : "A frame of a client is not masked");
        }
      } catch (error) {
        return await this.fail(1002, error as Error);
      }
      if (parsed === undefined) {
        if (await this.#fill()) continue;
        // A peer that is gone without a close frame: end-of-file, as with TLS.
        this.end();
        if (this.#unfinished || this.#from < this.#to) throw gone();
        return undefined;
      }
      this.#from += parsed.size;
      const { header } = parsed;
      if (header.opcode < 8) {
        if ((header.opcode === OPCODE.continuation) !== this.#unfinished) {
          return await this.fail(1002, new FormatError("A message begins or goes on at the wrong place"));
        }
        this.#unfinished = !header.final;
        if (header.opcode === OPCODE.text) this.#strict = new TextDecoder("utf-8", { fatal: true });
        else if (header.opcode === OPCODE.binary) this.#strict = undefined;
        return header;
      }
      while (this.#to - this.#from < header.length) {
        if (await this.#fill()) continue;
        this.end();
        return undefined;
      }
      const payload = this.#buffer.slice(this.#from, this.#from + header.length);
      this.#from += header.length;
      if (header.mask !== undefined) applyMask(payload, header.mask);
      if (header.opcode === OPCODE.ping) await this.#answers.pong(payload).catch(() => {});
      else if (header.opcode === OPCODE.close) {
        try {
          this.farewell = parseClose(payload);
        } catch (error) {
          return await this.fail(1002, error as Error);
        }
        if (!isUtf8(payload.subarray(2))) {
          return await this.fail(1007, new FormatError("The reason of a close frame is not UTF-8"));
        }
        this.#answers.left(this.farewell);
        this.end();
        return undefined;
      }
    }
  }

  /** Payload of the current frame into `view`. */
  async #payload(view: Bytes): Promise<number> {
    const wanted = Math.min(view.length, this.#left);
    let count: number | null;
    if (this.#from < this.#to) {
      count = Math.min(wanted, this.#to - this.#from);
      view.set(this.#buffer.subarray(this.#from, this.#from + count));
      this.#from += count;
    } else if (wanted >= FIRST_BUFFER) count = await this.#readInner(view.subarray(0, wanted));
    else {
      if (!await this.#fill()) count = null;
      else return await this.#payload(view);
    }
    if (count === null) {
      this.end();
      throw gone();
    }
    const { mask, final } = this.#frame!;
    if (mask !== undefined) applyMask(view.subarray(0, count), mask, this.#passed);
    this.pieces++;
    this.#left -= count;
    this.#passed += count;
    await this.#judge(view.subarray(0, count), final && this.#left === 0);
    return count;
  }

  /** Ends the connection when a text message is not UTF-8: here, or at its end. */
  async #judge(piece: Bytes, last: boolean): Promise<void> {
    try {
      this.#strict?.decode(piece, { stream: !last });
    } catch {
      await this.fail(1007, new FormatError("A text message is not UTF-8"));
    }
  }

  /** Payload of the current message into `view`; `undefined` at its end, `null` at the end of all. */
  async part(view: Bytes): Promise<number | undefined | null> {
    for (;;) {
      if (this.#left > 0) return await this.#payload(view);
      if (this.#frame?.final) {
        this.#frame = undefined;
        return undefined;
      }
      if (this.ended) return null;
      const frame = await this.#nextFrame();
      if (frame === undefined) return null;
      this.#frame = frame;
      this.#left = frame.length;
      this.#passed = 0;
      // A last frame without payload ends what came before.
      if (frame.final && frame.length === 0) await this.#judge(new Uint8Array(0), true);
    }
  }
}

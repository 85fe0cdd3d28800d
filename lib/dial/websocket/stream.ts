// The messages of a WebSocket (RFC 6455 section 5) as a stream, after the handshake. No I/O of its own.
import { type Bytes, utf8 } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { type About, Stream } from "../../stream/stream.ts";
import { applyMask, encodeClose, encodeFrame, OPCODE, writeHeaderBefore } from "./frame.ts";
import { FIRST_BUFFER, FrameReader } from "./reader.ts";

/** How messages go. */
export interface WebSocketOptions {
  /** Send text messages, in UTF-8 (what is not becomes U+FFFD). Default: binary ones. */
  text?: boolean | undefined;
  /** Each message is a datagram. Default: messages are pieces of one sequence of octets. */
  messages?: boolean | undefined;
  /** Send a ping so often. */
  pingMs?: number | undefined;
  /** Told when the peer takes leave and says why, unless it has just finished (1000), or goes away (1001). */
  onRefusal?: ((code: number, reason: string) => void) | undefined;
}

/** Which side it is. */
interface Role {
  readonly client: boolean;
  /** End-of-file is told once the peer is silent. */
  readonly patient?: boolean;
}

/** What a close frame without a code counts as. */
const UNSAID = 1005;
/** Codes of a peer that has nothing to complain of (RFC 6455, 7.4.1). */
const FINISHED: readonly number[] = [1000, 1001, UNSAID];
/** Room for this much is room for any datagram; messages may be larger, up to a limit. */
const LARGEST_DATAGRAM = 64 * 1024;
const LARGEST_MESSAGE = 16 * 1024 * 1024;
/** How long a peer may take to answer a close. */
const CLOSE_WAIT_MS = 1000;
/** Silence of the server after which its answer to the client's last words counts as whole. */
const SILENCE_MS = 500;
/** Whoever takes nothing of that answer for so long wants none. */
const UNREAD_MS = 10_000;

/**
 * The messages of a WebSocket as a stream. Its end-of-file is a close frame: after ours the peer's messages are still
 * read, after the peer's ours are still sent until the writing side ends, as half-close is everywhere else. But most
 * servers answer a close frame at once and nothing else any more: a patient client sends its own once the server is silent.
 */
export class WebSocketStream extends Stream {
  readonly #inner: Stream;
  readonly #client: boolean;
  readonly #patient: boolean;
  readonly #opcode: number;
  readonly #decoder: TextDecoder | undefined;
  readonly #reader: FrameReader;
  #closeSent = false;
  #out: Bytes = new Uint8Array(0);
  #writing: Promise<void> = Promise.resolve();
  readonly #pinging: ReturnType<typeof setInterval> | undefined;

  constructor(inner: Stream, options: WebSocketOptions & Role, about: About) {
    super(about, options.messages ? "datagrams" : "bytes");
    this.#inner = inner;
    this.#client = options.client;
    this.#patient = options.patient ?? false;
    this.#opcode = options.text ? OPCODE.text : OPCODE.binary;
    this.#reader = new FrameReader(inner, options.client, {
      pong: (payload) => this.#control(OPCODE.pong, payload),
      broken: (code, why) => this.#sendClose(code, why),
      left({ code, reason }) {
        if (!FINISHED.includes(code)) options.onRefusal?.(code, reason);
      },
    });
    this.#decoder = options.text ? new TextDecoder("utf-8", { ignoreBOM: true }) : undefined;
    if (options.pingMs !== undefined && options.pingMs > 0) {
      this.#pinging = setInterval(
        () => void this.#control(OPCODE.ping, new Uint8Array(0)).catch(() => {}),
        options.pingMs,
      );
    }
  }

  protected pull(view: Bytes): Promise<number | null> {
    return this.kind === "bytes" ? this.#reader.octets(view) : this.#message(view);
  }

  async #message(view: Bytes): Promise<number | null> {
    let message = 0;
    let surplus: Bytes | undefined;
    for (;;) {
      // What does not fit is read and forgotten, as a datagram is cut.
      const fits = message < view.length;
      const count = await this.#reader.part(fits ? view.subarray(message) : surplus ??= new Uint8Array(FIRST_BUFFER));
      if (count === null) return null;
      if (count === undefined) return message;
      if (fits) message += count;
    }
  }

  /** Whoever has room for any datagram gets whole messages, which may be larger. */
  protected override async pullEach(
    take: (chunk: Uint8Array) => Promise<void> | void,
    size: number,
  ): Promise<void> {
    if (this.kind === "bytes" || size < LARGEST_DATAGRAM) return await super.pullEach(take, size);
    let buffer: Bytes = new Uint8Array(size);
    for (let length = 0;;) {
      const count = await this.#reader.part(buffer.subarray(length));
      if (count === null) return;
      if (count !== undefined) {
        length += count;
        if (length < buffer.length) continue;
        if (length > LARGEST_MESSAGE) {
          return await this.#reader.fail(1009, new FormatError("A message is over 16 MiB"));
        }
        const grown = new Uint8Array(Math.min(buffer.length * 4, LARGEST_MESSAGE + 1));
        grown.set(buffer);
        buffer = grown;
        continue;
      }
      const pending = take(buffer.subarray(0, length));
      if (pending !== undefined) await pending;
      if (buffer.length > size) buffer = new Uint8Array(size);
      length = 0;
    }
  }

  // Writing -----------------------------------------------------------------------------------------------------

  /** One write after the other: pongs and pings come in between. */
  #send(make: () => Uint8Array): Promise<void> {
    const sent = this.#writing.then(() => this.#inner.write(make()));
    this.#writing = sent.catch(() => {});
    return sent;
  }

  #mask(): Uint8Array | undefined {
    return this.#client ? crypto.getRandomValues(new Uint8Array(4)) : undefined;
  }

  #control(opcode: number, payload: Uint8Array): Promise<void> {
    if (this.#closeSent) return Promise.resolve();
    return this.#send(() => encodeFrame({ final: true, opcode, mask: this.#mask() }, payload));
  }

  /** The farewell. What the peer said in its own is said back (RFC 6455, 5.5.1). */
  async #sendClose(code: number, reason = ""): Promise<void> {
    if (this.#closeSent) return;
    const heard = code === 1000 ? this.#reader.farewell?.code : undefined;
    const payload = heard === UNSAID ? new Uint8Array(0) : encodeClose(heard ?? code, reason);
    const sent = this.#control(OPCODE.close, payload);
    this.#closeSent = true;
    clearInterval(this.#pinging);
    await sent;
  }

  #data(bytes: Uint8Array): Promise<void> {
    if (this.#closeSent) return Promise.reject(new Error("Broken pipe"));
    return this.#send(() => {
      // Payloads begin at a multiple of four, so that masking goes by words; the header ends just before.
      const start = 16;
      if (this.#out.length < start + bytes.length) this.#out = new Uint8Array(start + bytes.length);
      const out = this.#out;
      out.set(bytes, start);
      const mask = this.#mask();
      if (mask !== undefined) applyMask(out.subarray(start, start + bytes.length), mask);
      const header = { final: true, opcode: this.#opcode, length: bytes.length, mask };
      return out.subarray(writeHeaderBefore(out, start, header), start + bytes.length);
    });
  }

  protected push(bytes: Uint8Array): Promise<void> {
    if (this.#decoder === undefined) {
      return bytes.length === 0 && this.kind === "bytes" ? Promise.resolve() : this.#data(bytes);
    }
    // A character that is cut between two writes waits for its rest.
    const text = this.#decoder.decode(bytes, { stream: this.kind === "bytes" });
    return text === "" && this.kind === "bytes" ? Promise.resolve() : this.#data(utf8(text));
  }

  /** Waits until the server says nothing more, nobody reads what it says, or the connection ends. */
  async #silence(): Promise<void> {
    let pieces = -1;
    for (let unread = 0; !this.#reader.ended && !this.#closeSent && unread < UNREAD_MS;) {
      if (this.#reader.waiting && this.#reader.pieces === pieces) return;
      pieces = this.#reader.pieces;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tick = new Promise<void>((resolve) => timer = setTimeout(resolve, SILENCE_MS));
      await Promise.race([tick, this.#reader.over]);
      clearTimeout(timer);
      unread = this.#reader.waiting || this.#reader.pieces !== pieces ? 0 : unread + SILENCE_MS;
    }
  }

  protected async finish(): Promise<void> {
    const rest = this.#closeSent ? "" : this.#decoder?.decode() ?? "";
    if (rest !== "") await this.#data(utf8(rest));
    if (!this.#patient) return await this.#sendClose(1000);
    // The farewell comes later, or when the stream is closed: nobody has to wait for it.
    this.#silence().then(() => this.#sendClose(1000)).catch(() => {});
  }

  protected async release(reason?: unknown): Promise<void> {
    const { ended } = this.#reader;
    this.#reader.end();
    clearInterval(this.#pinging);
    if (reason === undefined && !this.#closeSent) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, CLOSE_WAIT_MS));
      await Promise.race([this.#sendClose(ended ? 1000 : 1001).catch(() => {}), patience]);
      clearTimeout(timer);
    }
    await this.#inner.close(reason);
  }
}

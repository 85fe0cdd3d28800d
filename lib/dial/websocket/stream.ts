// The messages of a WebSocket (RFC 6455 section 5) as a stream, after the handshake. No I/O of its own.
import { type Bytes, utf8 } from "../../base/bytes.ts";
import { FormatError, ProtocolError } from "../../base/errors.ts";
import { type About, Stream } from "../../stream/stream.ts";
import {
  applyMask,
  encodeClose,
  encodeFrame,
  type FrameHeader,
  LONGEST_HEADER,
  OPCODE,
  parseClose,
  parseHeader,
  writeHeaderBefore,
} from "./frame.ts";

/** How messages go. */
export interface WebSocketOptions {
  /** Send text messages, in UTF-8 (what is not becomes U+FFFD). Default: binary ones. */
  text?: boolean | undefined;
  /** Each message is a datagram. Default: messages are pieces of one sequence of octets. */
  messages?: boolean | undefined;
  /** Send a ping so often. */
  pingMs?: number | undefined;
}

/** Which side it is. */
export interface Role {
  readonly client: boolean;
  /** End-of-file is told once the peer is silent. */
  readonly patient?: boolean;
}

const FIRST_BUFFER = 4 * 1024;
const LARGEST_BUFFER = 128 * 1024;
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
  #ended = false;
  #closeSent = false;
  /** Pieces of data that came so far; a read of the inner stream is under way. */
  #pieces = 0;
  #waiting = false;
  readonly #over = Promise.withResolvers<void>();
  #out: Bytes = new Uint8Array(0);
  #writing: Promise<void> = Promise.resolve();
  readonly #pinging: ReturnType<typeof setInterval> | undefined;
  /** What the peer's close frame said. */
  farewell: { code: number; reason: string } | undefined;

  constructor(inner: Stream, options: WebSocketOptions & Role, about: About) {
    super(about, options.messages ? "datagrams" : "bytes");
    this.#inner = inner;
    this.#client = options.client;
    this.#patient = options.patient ?? false;
    this.#opcode = options.text ? OPCODE.text : OPCODE.binary;
    this.#decoder = options.text ? new TextDecoder("utf-8", { ignoreBOM: true }) : undefined;
    if (options.pingMs !== undefined && options.pingMs > 0) {
      this.#pinging = setInterval(
        () => void this.#control(OPCODE.ping, new Uint8Array(0)).catch(() => {}),
        options.pingMs,
      );
    }
  }

  // Reading -----------------------------------------------------------------------------------------------------

  async #readInner(view: Bytes): Promise<number | null> {
    this.#waiting = true;
    try {
      return await this.#inner.read(view);
    } finally {
      this.#waiting = false;
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

  #end(): void {
    this.#ended = true;
    this.#over.resolve();
  }

  async #fail(code: number, error: Error): Promise<never> {
    this.#end();
    await this.#sendClose(code, error.message).catch(() => {});
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
        return await this.#fail(1002, error as Error);
      }
      if (parsed === undefined) {
        if (await this.#fill()) continue;
        // A peer that is gone without a close frame: end-of-file, as with TLS.
        this.#end();
        return undefined;
      }
      this.#from += parsed.size;
      const { header } = parsed;
      if (header.opcode < 8) {
        if ((header.opcode === OPCODE.continuation) !== this.#unfinished) {
          return await this.#fail(1002, new FormatError("A message begins or goes on at the wrong place"));
        }
        this.#unfinished = !header.final;
        if (header.opcode === OPCODE.text) this.#strict = new TextDecoder("utf-8", { fatal: true });
        else if (header.opcode === OPCODE.binary) this.#strict = undefined;
        return header;
      }
      while (this.#to - this.#from < header.length) {
        if (await this.#fill()) continue;
        this.#end();
        return undefined;
      }
      const payload = this.#buffer.slice(this.#from, this.#from + header.length);
      this.#from += header.length;
      if (header.mask !== undefined) applyMask(payload, header.mask);
      if (header.opcode === OPCODE.ping) await this.#control(OPCODE.pong, payload).catch(() => {});
      else if (header.opcode === OPCODE.close) {
        try {
          this.farewell = parseClose(payload);
        } catch (error) {
          return await this.#fail(1002, error as Error);
        }
        this.#end();
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
      this.#end();
      throw new ProtocolError("The WebSocket peer is gone in the middle of a message");
    }
    const { mask, final } = this.#frame!;
    if (mask !== undefined) applyMask(view.subarray(0, count), mask, this.#passed);
    this.#pieces++;
    this.#left -= count;
    this.#passed += count;
    if (this.#strict !== undefined) {
      try {
        this.#strict.decode(view.subarray(0, count), { stream: !(final && this.#left === 0) });
      } catch {
        await this.#fail(1007, new FormatError("A text message is not UTF-8"));
      }
    }
    return count;
  }

  /** Payload of the current message into `view`; `undefined` at its end, `null` at the end of all. */
  async #part(view: Bytes): Promise<number | undefined | null> {
    for (;;) {
      if (this.#left > 0) return await this.#payload(view);
      if (this.#frame?.final) {
        this.#frame = undefined;
        return undefined;
      }
      if (this.#ended) return null;
      const frame = await this.#nextFrame();
      if (frame === undefined) return null;
      this.#frame = frame;
      this.#left = frame.length;
      this.#passed = 0;
    }
  }

  protected async pull(view: Bytes): Promise<number | null> {
    if (this.kind === "bytes") {
      if (this.#left > 0) return await this.#payload(view);
      for (;;) {
        const count = await this.#part(view);
        if (count !== undefined) return count;
      }
    }
    let message = 0;
    let surplus: Bytes | undefined;
    for (;;) {
      // What does not fit is read and forgotten, as a datagram is cut.
      const fits = message < view.length;
      const count = await this.#part(fits ? view.subarray(message) : surplus ??= new Uint8Array(FIRST_BUFFER));
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
      const count = await this.#part(buffer.subarray(length));
      if (count === null) return;
      if (count !== undefined) {
        length += count;
        if (length < buffer.length) continue;
        if (length >= LARGEST_MESSAGE) return await this.#fail(1009, new FormatError("A message is over 16 MiB"));
        const grown = new Uint8Array(buffer.length * 4);
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

  async #sendClose(code: number, reason = ""): Promise<void> {
    if (this.#closeSent) return;
    const sent = this.#control(OPCODE.close, encodeClose(code, reason));
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
    for (let unread = 0; !this.#ended && !this.#closeSent && unread < UNREAD_MS;) {
      if (this.#waiting && this.#pieces === pieces) return;
      pieces = this.#pieces;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tick = new Promise<void>((resolve) => timer = setTimeout(resolve, SILENCE_MS));
      await Promise.race([tick, this.#over.promise]);
      clearTimeout(timer);
      unread = this.#waiting || this.#pieces !== pieces ? 0 : unread + SILENCE_MS;
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
    this.#over.resolve();
    clearInterval(this.#pinging);
    if (reason === undefined && !this.#closeSent) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, CLOSE_WAIT_MS));
      await Promise.race([this.#sendClose(this.#ended ? 1000 : 1001).catch(() => {}), patience]);
      clearTimeout(timer);
    }
    this.#end();
    await this.#inner.close(reason);
  }
}

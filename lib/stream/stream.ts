// The one kind of thing that endpoints open to, layers wrap and `carry` moves data between. No I/O of its own.
import type { Bytes } from "../base/bytes.ts";
import type { HostPort } from "../base/host_port.ts";
import { giveRoom, LARGEST_DATAGRAM, takeRoom } from "./rooms.ts";

/** What a stream is connected to, for logs, dumps and the environment of child programs. */
export interface About {
  /** The address in words: `tcp:127.0.0.1:80`. */
  readonly label: string;
  readonly local?: HostPort | undefined;
  readonly remote?: HostPort | undefined;
  /** Facts by name, in the order of the layers: `tls: "TLSv1.3"`, `subject: "CN=…"`. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
  /** What was said on the connection before it became this stream (the dialogue before STARTTLS), for observers. */
  readonly dialogue?: readonly { readonly sent: boolean; readonly bytes: Uint8Array }[] | undefined;
}

const DONE: Promise<void> = Promise.resolve();

/** Reads and writes of all byte streams so far: whether anything but datagrams moves in the program. */
export const activity = { count: 0 };

/**
 * Two halves that end separately.
 *
 * The halves can be used in two ways, not in both at once: as web streams (`readable`, `writable`), made when first
 * asked for, or by `read` and `write`, which are what the web streams are made of and cost a third less per connection.
 *
 * One `read` and one `write` may be in flight at a time. A stream is closed by whoever opened it or took it over:
 * `await using`, or `close()`.
 */
export abstract class Stream implements AsyncDisposable {
  readonly about: About;
  /**
   * `bytes`: a sequence of octets, chunks mean nothing (`ByteStream`). `datagrams`: one chunk is one datagram, an empty
   * one is legal, and there may be no end-of-file.
   */
  readonly kind: "bytes" | "datagrams";
  #returned: Uint8Array | undefined;
  #readable: ReadableStream<Uint8Array> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;
  #closed: Promise<void> | undefined;

  constructor(about: About, kind: "bytes" | "datagrams" = "bytes") {
    this.about = about;
    this.kind = kind;
  }

  /** Reads into `view`; the number of octets, or `null` at end-of-file. */
  protected abstract pull(view: Bytes): Promise<number | null>;
  /** Writes all of `bytes`; nothing of `bytes` is kept after the promise is fulfilled. */
  protected abstract push(bytes: Uint8Array): Promise<void>;
  /** Sends end-of-file. */
  protected abstract finish(): Promise<void>;
  /** Gives up both halves and all resources; pending reads and writes end. */
  protected abstract release(reason?: unknown): void | Promise<void>;

  /**
   * Reads at most `view.length` octets into `view` (for datagrams: the next one, cut if it does not fit).
   * Gives the number of octets, or `null` at end-of-file, again and again.
   */
  read(view: Bytes): Promise<number | null> {
    if (this.kind === "bytes") activity.count++;
    if (this.#returned === undefined) return this.pull(view);
    const returned = this.#returned;
    const count = Math.min(view.length, returned.length);
    view.set(returned.subarray(0, count));
    const rest = this.kind === "bytes" && count < returned.length;
    this.#returned = rest ? returned.subarray(count) : undefined;
    return Promise.resolve(count);
  }

  /** Gives octets back: the next read delivers them first. For handshakes that read more than their message. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0 && this.kind === "bytes") return;
    const before = this.#returned;
    if (before === undefined) this.#returned = bytes.slice();
    else {
      const joined = new Uint8Array(bytes.length + before.length);
      joined.set(bytes);
      joined.set(before, bytes.length);
      this.#returned = joined;
    }
  }

  /** Whether octets were given back that nobody has read again: what lies underneath must not be taken away then. */
  get hasReturned(): boolean {
    return this.#returned !== undefined;
  }

  /** Whether `close` alone tells the peer that writing has ended, as with a plain socket: then `closeWrite` may be left out. */
  get closeEndsWriting(): boolean {
    return false;
  }

  /** Whether the peer hears of the end of what is written: who cannot, may wait for more for ever. */
  get tellsEnd(): boolean {
    return this.kind === "bytes";
  }

  /** Whether it will never take anything: then nothing is read for it, and what it would not take stays where it is. */
  get takesNothing(): boolean {
    return false;
  }

  /** Whether it was opened to be read alone: what is written to it is lost. */
  get readOnly(): boolean {
    return false;
  }

  /** Whether all that can be read is what was written: who writes may have to wait for who reads. */
  get echoes(): boolean {
    return false;
  }

  /** Rejected when it is over, for one that can be shut out while nobody reads from it; else its next read tells. */
  get broken(): Promise<never> | undefined {
    return undefined;
  }

  /** Fulfilled when nobody takes what is written to it any more, where no reading would tell. */
  get gone(): Promise<void> | undefined {
    return undefined;
  }

  /** Writes all of `bytes` (one datagram). */
  write(bytes: Uint8Array): Promise<void> {
    if (this.kind === "bytes") activity.count++;
    return this.push(bytes);
  }

  /**
   * As `write`; `undefined` instead of a promise where it is done at once. Who can do that needs `bytes` for the call only, also
   * when it has to wait. May throw.
   */
  put(bytes: Uint8Array): Promise<void> | void {
    return this.write(bytes);
  }

  /**
   * Reads to the end, in chunks of at most `size` octets (of a datagram the rest is lost). Each is lent to `take` for the
   * call, or until the promise that it returns is fulfilled. Instead of `read`, and cheaper where chunks come one by one.
   */
  async each(take: (chunk: Uint8Array) => Promise<void> | void, size: number): Promise<void> {
    while (this.#returned !== undefined) {
      const view = new Uint8Array(Math.min(size, this.#returned.length));
      await this.read(view);
      await take(view);
    }
    await this.pullEach(take, size);
  }

  /** `each` after what was given back. */
  protected async pullEach(take: (chunk: Uint8Array) => Promise<void> | void, size: number): Promise<void> {
    const room = takeRoom(size);
    const view = room.subarray(0, size);
    try {
      for (;;) {
        const count = await this.pull(view);
        if (count === null) return;
        const pending = take(view.subarray(0, count));
        if (pending !== undefined) await pending;
      }
    } finally {
      giveRoom(room);
    }
  }

  /** Half-close: sends end-of-file; reading goes on. */
  closeWrite(): Promise<void> {
    return this.finish();
  }

  /** Ends both halves and gives up all resources. Never throws; a second call does nothing. */
  close(reason?: unknown): Promise<void> {
    return this.#closed ??= this.#release(reason);
  }

  /** Not an async function: thousands of short connections close two of these each. */
  #release(reason: unknown): Promise<void> {
    try {
      const released = this.release(reason);
      return released instanceof Promise ? released.catch(() => {}) : DONE;
    } catch {
      // Already gone, which is what was wanted.
      return DONE;
    }
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The reading half as a byte stream (readable `byob`) or a stream of datagrams. `cancel` gives up both halves. */
  get readable(): ReadableStream<Uint8Array> {
    return this.#readable ??= this.kind === "bytes" ? byteReadable(this) : datagramReadable(this);
  }

  /** The writing half. `close` sends end-of-file, `abort` gives up both halves. */
  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= new WritableStream<Uint8Array>({
      write: (chunk) => this.write(chunk),
      close: () => this.closeWrite(),
      abort: (reason) => this.close(reason),
    });
  }
}

/** A stream of octets. */
export type ByteStream = Stream & { readonly kind: "bytes" };

const CHUNK = 16 * 1024;

function byteReadable(stream: Stream): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const request = controller.byobRequest;
      if (request !== null) {
        const count = await stream.read(request.view as unknown as Bytes);
        if (count === null) {
          controller.close();
          request.respond(0);
        } else request.respond(count);
        return;
      }
      const chunk = new Uint8Array(CHUNK);
      const count = await stream.read(chunk);
      if (count === null) controller.close();
      else controller.enqueue(chunk.subarray(0, count));
    },
    cancel: (reason) => stream.close(reason),
  }, { highWaterMark: 0 });
}

function datagramReadable(stream: Stream): ReadableStream<Uint8Array> {
  const buffer = new Uint8Array(LARGEST_DATAGRAM);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const count = await stream.read(buffer);
      if (count === null) controller.close();
      else controller.enqueue(buffer.slice(0, count));
    },
    cancel: (reason) => stream.close(reason),
  }, { highWaterMark: 0 });
}

/** A stream that passes everything on to another: what layers that change one thing start from. */
export class WrappedStream extends Stream {
  protected readonly inner: Stream;

  constructor(inner: Stream, about: About = inner.about) {
    super(about, inner.kind);
    this.inner = inner;
  }

  override get tellsEnd(): boolean {
    return this.inner.tellsEnd;
  }
  override get takesNothing(): boolean {
    return this.inner.takesNothing;
  }
  override get readOnly(): boolean {
    return this.inner.readOnly;
  }
  override get echoes(): boolean {
    return this.inner.echoes;
  }
  override get broken(): Promise<never> | undefined {
    return this.inner.broken;
  }
  override get gone(): Promise<void> | undefined {
    return this.inner.gone;
  }

  protected pull(view: Bytes): Promise<number | null> {
    return this.inner.read(view);
  }
  protected push(bytes: Uint8Array): Promise<void> {
    return this.inner.write(bytes);
  }
  protected finish(): Promise<void> {
    return this.inner.closeWrite();
  }
  protected release(reason?: unknown): void | Promise<void> {
    return this.inner.close(reason);
  }
}

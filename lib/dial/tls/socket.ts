// TLS sockets of both stacks as `Stream`s. Not pure.
// Those of `node:tls`: octets arrive by callback; a bounded queue stands between them and the reader.
import type { TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import type { Bytes } from "../../base/bytes.ts";
import { errorCode, errorText } from "../../base/errors.ts";
import { Chunks } from "../../stream/chunks.ts";
import { ConnStream } from "../../stream/conn.ts";
import { type About, Stream } from "../../stream/stream.ts";
import { brokenOff } from "./reasons.ts";

/** Octets that wait for the reader before no more are fetched. */
const QUEUE_LIMIT = 256 * 1024;
/** A socket that is given up gets so long to send what it still has. */
const LAST_WORDS_MS = 1000;

/** What arrived and was not read yet: filled by callbacks, emptied by reads. */
export class Inbox {
  readonly #queue = new Chunks();
  #waiting: { view: Bytes; resolve(count: number | null): void; reject(error: unknown): void } | undefined;
  #ended = false;
  #error: unknown;
  #full = false;
  #room: PromiseWithResolvers<void> | undefined;

  /** Takes octets, which are the inbox's from now on. */
  deliver(bytes: Uint8Array): void {
    const waiting = this.#waiting;
    let rest = bytes;
    if (waiting !== undefined && bytes.length > 0) {
      this.#waiting = undefined;
      const count = Math.min(bytes.length, waiting.view.length);
      waiting.view.set(count === bytes.length ? bytes : bytes.subarray(0, count));
      rest = bytes.subarray(count);
      waiting.resolve(count);
    }
    if (rest.length > 0) this.#queue.add(rest);
    this.#full = this.#queue.size >= QUEUE_LIMIT;
  }

  /** A promise to wait for while too much waits to be read, else `undefined`. */
  room(): Promise<void> | undefined {
    return this.#full && !this.#ended ? (this.#room ??= Promise.withResolvers()).promise : undefined;
  }

  /** No more will come: end-of-file, or `error` once what waits has been read. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#room?.resolve();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (error === undefined) waiting?.resolve(null);
    else waiting?.reject(error);
  }

  read(view: Bytes): Promise<number | null> {
    if (this.#queue.count === 0) {
      if (this.#ended) return this.#error === undefined ? Promise.resolve(null) : Promise.reject(this.#error);
      return new Promise((resolve, reject) => this.#waiting = { view, resolve, reject });
    }
    const count = this.#queue.take(view);
    if (this.#full && this.#queue.size < QUEUE_LIMIT / 2) {
      this.#full = false;
      this.#room?.resolve();
      this.#room = undefined;
    }
    return Promise.resolve(count);
  }
}

/**
 * What an error of reading means; `undefined`: the end. Many peers leave without close_notify, which is end-of-file for every
 * relay. `saidFarewell`: our own close_notify is on its way, which a peer that leaves so does not read, so that its system
 * answers it with a reset.
 */
function readError(error: unknown, saidFarewell: boolean): unknown {
  if (error instanceof Deno.errors.UnexpectedEof) return undefined;
  if (/close_notify|unexpected eof|peer closed connection/i.test(errorText(error))) return undefined;
  if (saidFarewell && (error instanceof Deno.errors.ConnectionReset || errorCode(error) === "ECONNRESET")) {
    return undefined;
  }
  return brokenOff(error);
}

/** A TLS connection of the runtime's own, after its handshake. Takes ownership of `conn`. */
export class TlsConnStream extends ConnStream {
  #saidFarewell = false;

  protected override readError(error: unknown): unknown {
    return readError(error, this.#saidFarewell);
  }

  protected override finish(): Promise<void> {
    this.#saidFarewell = true;
    return super.finish();
  }
}

/** A socket of `node:tls` as a stream. Takes ownership of `socket`; `inbox` is what its data goes to from its first octet. */
export class TlsSocketStream extends Stream {
  readonly socket: TLSSocket;
  readonly #inbox: Inbox;
  #error: unknown;
  #finished: Promise<void> | undefined;

  constructor(socket: TLSSocket, inbox: Inbox, about: About) {
    super(about);
    this.socket = socket;
    this.#inbox = inbox;
    socket.on("end", () => inbox.end());
    socket.on("error", (error) => {
      this.#error ??= error;
      inbox.end(readError(error, this.#finished !== undefined));
    });
    socket.on("close", () => inbox.end());
  }

  protected pull(view: Bytes): Promise<number | null> {
    return this.#inbox.read(view);
  }

  protected push(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const { socket } = this;
      if (this.#error !== undefined || socket.destroyed) return reject(this.#error ?? brokenPipe());
      const onClose = () => reject(this.#error ?? brokenPipe());
      socket.once("close", onClose);
      // The callback comes when the octets are encrypted and handed on: nothing of `bytes` is kept.
      socket.write(bytes, (error) => {
        socket.off("close", onClose);
        if (error) reject(gone(error));
        else resolve();
      });
    });
  }

  protected finish(): Promise<void> {
    return this.#finished ??= new Promise((resolve) => {
      const { socket } = this;
      if (!socket.writable || socket.destroyed) return resolve();
      socket.once("close", () => resolve());
      socket.once("error", () => resolve());
      socket.end(() => resolve());
    });
  }

  protected async release(reason?: unknown): Promise<void> {
    const { socket } = this;
    if (!socket.destroyed && reason === undefined && this.#error === undefined) {
      // close_notify tells the peer that nothing was cut off; a peer that takes nothing is not waited for.
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, LAST_WORDS_MS));
      await Promise.race([this.finish(), patience]);
      clearTimeout(timer);
    }
    this.#inbox.end();
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
      socket.destroy();
    });
  }
}

/** The error of a write to a socket that is closed, with the name that the runtime's own sockets use. */
function brokenPipe(): Error {
  return new Deno.errors.BrokenPipe("Broken pipe");
}

/** A hang-up by the names that `carry` knows. */
function gone(error: Error): Error {
  const code = errorCode(error);
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED" || code === "ERR_STREAM_WRITE_AFTER_END") {
    return new Deno.errors.BrokenPipe("Broken pipe", { cause: error });
  }
  if (code === "ECONNRESET") return new Deno.errors.ConnectionReset("Connection reset by peer", { cause: error });
  return error;
}

const FIRST_READ = 4 * 1024;
const LARGEST_READ = 256 * 1024;

/**
 * `inner` as what `node:tls` runs over. Takes ownership: destroying it closes `inner`. It reads only while `inbox` has
 * room: so a slow reader slows the peer down, and the TLS socket is never paused, which matters because the runtime
 * (2.9.6) forgets an end-of-file that comes to a paused TLS socket.
 */
export async function nodeDuplex(inner: Stream, inbox: Inbox): Promise<Duplex> {
  // Loaded when needed: it costs a fifth of the start of the program.
  const { Duplex } = await import("node:stream");
  let size = FIRST_READ;
  let buffer: Bytes = new Uint8Array(size);
  return new Duplex({
    allowHalfOpen: true,
    readableHighWaterMark: LARGEST_READ,
    writableHighWaterMark: LARGEST_READ,
    read() {
      const room = inbox.room();
      (room === undefined ? inner.read(buffer) : room.then(() => inner.read(buffer))).then((count) => {
        if (count === null) {
          this.push(null);
          return;
        }
        // A flowing duplex hands the octets on, and they are decrypted, within `push`: the buffer can be used again.
        const direct = this.readableFlowing === true && this.readableLength === 0;
        const chunk = direct ? buffer.subarray(0, count) : buffer.slice(0, count);
        this.push(chunk);
        if (count === size && size < LARGEST_READ) {
          size *= 4;
          buffer = new Uint8Array(size);
        }
      }).catch((error) => this.destroy(error));
    },
    write(chunk: Uint8Array, _encoding, done) {
      inner.write(chunk).then(() => done(), done);
    },
    final(done) {
      inner.closeWrite().then(() => done(), done);
    },
    destroy(error, done) {
      inner.close(error ?? undefined).then(() => done(error));
    },
  });
}

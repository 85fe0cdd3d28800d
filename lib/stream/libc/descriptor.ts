// A raw descriptor (FIFO, terminal, socket, inherited) as a `Stream`: read and write of the C library, waiting by poll.
import type { Bytes } from "../../base/bytes.ts";
import { type Libc, needLibc, SystemError } from "./libc.ts";
import { POLLIN, POLLOUT, type Wait, waitFor } from "./poller.ts";
import { type About, Stream } from "../stream.ts";

/** What kind of end a descriptor has, and who it belongs to. */
interface DescriptorOptions {
  readonly readable: boolean;
  readonly writable: boolean;
  /** It is in non-blocking mode: calls are tried before waiting. Never set the mode on what others share. */
  readonly nonBlocking: boolean;
  /** Wait before reading even so: until there is data, or until a writer has been there and has gone. */
  readonly pollFirst?: boolean;
  /** Of datagrams: an empty one is the end. */
  readonly emptyEnds?: boolean;
  /** Whether nothing more will come than what is there. Default: that is not known. */
  readonly isOver?: () => boolean;
  /** What `closeWrite` does. Default: nothing, as FIFOs and terminals have no half-close. */
  readonly finish?: ((stream: DescriptorStream) => void | Promise<void>) | undefined;
  /** Close the descriptor at the end. Default true. */
  readonly owned?: boolean;
  /** Called once, after the descriptor was closed. */
  readonly onClose?: (() => void | Promise<void>) | undefined;
}

/** One descriptor for both halves. */
export class DescriptorStream extends Stream {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #options: DescriptorOptions;
  readonly #waits = new Set<Wait>();
  #users = 0;
  /** Called when nobody reads or writes any more. */
  #onUnused = () => {};

  constructor(fd: number, options: DescriptorOptions, about: About, kind: "bytes" | "datagrams" = "bytes") {
    super(about, kind);
    this.#libc = needLibc(about.label);
    this.fd = fd;
    this.#options = options;
  }

  override get tellsEnd(): boolean {
    return super.tellsEnd && this.#options.finish !== undefined;
  }

  override get readOnly(): boolean {
    return !this.#options.writable;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    if (!this.#options.readable) return null;
    return await this.#using(async () => {
      for (let ready = this.#options.nonBlocking && !this.#options.pollFirst;; ready = true) {
        if (!ready && !await this.#wait(POLLIN)) return null;
        if (this.closed) return null;
        const count = this.readNow(view);
        if (count > 0) return count;
        if (count === 0) return this.kind === "datagrams" && !this.closed && !this.#options.emptyEnds ? 0 : null;
        const errno = this.#libc.errno();
        // The other end of a pseudo-terminal has gone.
        if (errno === this.#libc.n.EIO) return null;
        if (errno === this.#libc.n.EINTR) continue;
        if (errno !== this.#libc.n.EAGAIN) throw new SystemError(this.#libc, errno);
        if (this.#options.isOver?.() || !await this.#wait(POLLIN)) return null;
      }
    });
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    if (!this.#options.writable) return;
    await this.#using(async () => {
      let rest = bytes as Bytes;
      let ready = this.#options.nonBlocking;
      const whole = this.kind === "datagrams";
      do {
        if (!ready && !await this.#wait(POLLOUT)) throw new Error("Closed");
        if (this.closed) throw new Error("Closed");
        // What blocks takes small bites, lest the whole program waits for a slow reader.
        const bite = this.#options.nonBlocking || whole ? rest : rest.subarray(0, 4096);
        const count = this.writeNow(bite);
        if (count >= 0) {
          if (whole) return;
          rest = rest.subarray(count);
          ready = this.#options.nonBlocking;
          continue;
        }
        const errno = this.#libc.errno();
        if (errno === this.#libc.n.EINTR) continue;
        if (errno !== this.#libc.n.EAGAIN && errno !== this.#libc.n.ENOBUFS) throw new SystemError(this.#libc, errno);
        // The receiver of datagrams is full, which poll does not always wait for.
        if (whole) await new Promise((resolve) => setTimeout(resolve, 5));
        ready = false;
      } while (rest.length > 0 || whole);
    });
  }

  /** One system call; less than 0 for an error. */
  protected readNow(view: Bytes): number {
    return Number(this.#libc.call.read(this.fd, view, BigInt(view.length)));
  }

  /** One system call; less than 0 for an error. */
  protected writeNow(bytes: Bytes): number {
    return Number(this.#libc.call.write(this.fd, bytes, BigInt(bytes.length)));
  }

  /** Waits until the descriptor is ready; `false` when the stream was closed meanwhile. */
  async #wait(events: number): Promise<boolean> {
    if (this.closed) return false;
    const wait = waitFor(this.fd, events);
    this.#waits.add(wait);
    const ready = await wait.ready;
    this.#waits.delete(wait);
    return ready && !this.closed;
  }

  protected async finish(): Promise<void> {
    await this.#options.finish?.(this);
  }

  async #using<T>(body: () => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await body();
    } finally {
      if (--this.#users === 0) this.#onUnused();
    }
  }

  protected async release(): Promise<void> {
    // A number must not be used again while a poll still looks at it.
    for (const wait of this.#waits) wait.cancel();
    if (this.#users > 0) await new Promise<void>((resolve) => this.#onUnused = resolve);
    if (this.#options.owned !== false) this.#libc.call.close(this.fd);
    await this.#options.onClose?.();
  }
}

/** Whether `fd` came from outside: the runtime's own descriptors are all marked to be closed on exec. */
export function isInherited(libc: Libc, fd: number): boolean {
  const flags = libc.call.fcntl_number(fd, 1, 0);
  return flags >= 0 && (flags & 1) === 0;
}

/** Which halves a descriptor has, from how it was opened. */
export function halvesOf(libc: Libc, fd: number): { readable: boolean; writable: boolean } {
  const mode = libc.call.fcntl_number(fd, 3, 0) & libc.n.O_ACCMODE;
  return { readable: mode !== libc.n.O_WRONLY, writable: mode !== libc.n.O_RDONLY };
}

// A node stream (a socket bound to a source address, TLS over any stream) as a `Stream`.
import type { Bytes } from "../base/bytes.ts";
import { type About, Stream } from "./stream.ts";

/** The part of `node:stream`'s `Duplex` that is needed. */
export interface NodeDuplex {
  read(): Uint8Array | null;
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(done?: () => void): unknown;
  destroy(error?: Error): unknown;
  on(event: "readable" | "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  readonly writable: boolean;
}

/** A stream over a node duplex. Takes ownership. Made before the first data can arrive. */
export class DuplexStream extends Stream {
  readonly duplex: NodeDuplex;
  #error: unknown;
  #ended = false;
  #rest: Uint8Array | undefined;
  #wake: (() => void) | undefined;
  #finished: Promise<void> | undefined;

  constructor(duplex: NodeDuplex, about: About) {
    super(about);
    this.duplex = duplex;
    const wake = () => {
      this.#wake?.();
      this.#wake = undefined;
    };
    duplex.on("readable", wake);
    duplex.on("end", () => {
      this.#ended = true;
      wake();
    });
    duplex.on("close", () => {
      this.#ended = true;
      wake();
    });
    duplex.on("error", (error) => {
      this.#error ??= error;
      wake();
    });
  }

  protected async pull(view: Bytes): Promise<number | null> {
    let chunk = this.#rest ?? this.duplex.read();
    while (chunk === null) {
      if (this.closed) return null;
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended || this.duplex.readableEnded || this.duplex.destroyed) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
      chunk = this.duplex.read();
    }
    const count = Math.min(chunk.length, view.length);
    view.set(count === chunk.length ? chunk : chunk.subarray(0, count));
    this.#rest = count === chunk.length ? undefined : chunk.subarray(count);
    return count;
  }

  protected push(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      this.duplex.write(bytes.slice(), (error) => error ? reject(error) : resolve());
    });
  }

  protected finish(): Promise<void> {
    return this.#finished ??= new Promise((resolve) => {
      if (!this.duplex.writable || this.duplex.destroyed) return resolve();
      this.duplex.on("close", resolve);
      this.duplex.on("error", () => resolve());
      this.duplex.end(resolve);
    });
  }

  protected release(): void {
    this.duplex.destroy();
    this.#wake?.();
  }
}

// A stream that reads what was written to it, through a bounded buffer as a pipe has one. Pure.
import type { Bytes } from "../base/bytes.ts";
import { type About, Stream } from "./stream.ts";

/** Octets (or datagrams) that wait before a writer has to. */
const ROOM = { bytes: 64 * 1024, datagrams: 256 };

/** An echo; for `datagrams` boundaries are kept. End-of-file comes back, too. */
export class EchoStream extends Stream {
  #chunks: Uint8Array[] = [];
  #filled = 0;
  #ended = false;
  #waiting: (() => void)[] = [];

  constructor(about: About, kind: "bytes" | "datagrams" = "bytes") {
    super(about, kind);
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  protected async pull(view: Bytes): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#ended || this.closed) return null;
      await this.#change();
    }
    const chunk = this.#chunks[0]!;
    const count = Math.min(view.length, chunk.length);
    view.set(chunk.subarray(0, count));
    if (this.kind === "bytes" && count < chunk.length) this.#chunks[0] = chunk.subarray(count);
    else this.#chunks.shift();
    this.#filled -= this.kind === "bytes" ? count : 1;
    this.#changed();
    return count;
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    if (this.kind === "bytes" && bytes.length === 0) return;
    while (this.#filled >= ROOM[this.kind]) {
      if (this.#ended || this.closed) throw new Error("Broken pipe");
      await this.#change();
    }
    if (this.#ended || this.closed) throw new Error("Broken pipe");
    this.#chunks.push(bytes.slice());
    this.#filled += this.kind === "bytes" ? bytes.length : 1;
    this.#changed();
  }

  protected async finish(): Promise<void> {
    this.#ended = true;
    this.#changed();
  }

  protected release(): void {
    this.#ended = true;
    this.#chunks = [];
    this.#changed();
  }
}

/** Takes nothing and gives nothing, for ever: until it is closed. */
export class StallStream extends Stream {
  readonly #gone = Promise.withResolvers<null>();

  override get takesNothing(): boolean {
    return true;
  }

  protected pull(): Promise<null> {
    return this.#gone.promise;
  }
  protected async push(): Promise<void> {
    await this.#gone.promise;
  }
  protected async finish(): Promise<void> {
    // Nobody is there to be told.
  }
  protected release(): void {
    this.#gone.resolve(null);
  }
}

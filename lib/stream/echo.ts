// A stream that reads what was written to it, through a bounded buffer as a pipe has one. Pure.
import type { Bytes } from "../base/bytes.ts";
import { Chunks } from "./chunks.ts";
import { type About, Stream } from "./stream.ts";

/** Octets (or datagrams) that wait before a writer has to. */
const ROOM = { bytes: 64 * 1024, datagrams: 256 };

/** An echo; for `datagrams` boundaries are kept. End-of-file comes back, too. */
export class EchoStream extends Stream {
  readonly #chunks = new Chunks();
  #ended = false;
  readonly #waiting: (() => void)[] = [];

  constructor(about: About, kind: "bytes" | "datagrams" = "bytes") {
    super(about, kind);
  }

  override get echoes(): boolean {
    return true;
  }

  #changed(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  get #full(): boolean {
    return (this.kind === "bytes" ? this.#chunks.size : this.#chunks.count) >= ROOM[this.kind];
  }

  protected async pull(view: Bytes): Promise<number | null> {
    while (this.#chunks.count === 0) {
      if (this.#ended || this.closed) return null;
      await this.#change();
    }
    const count = this.#chunks.take(view, this.kind === "datagrams");
    this.#changed();
    return count;
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    if (this.kind === "bytes" && bytes.length === 0) return;
    while (this.#full) {
      if (this.#ended || this.closed) throw new Error("Broken pipe");
      await this.#change();
    }
    if (this.#ended || this.closed) throw new Error("Broken pipe");
    this.#chunks.add(bytes.slice());
    this.#changed();
  }

  protected async finish(): Promise<void> {
    this.#ended = true;
    this.#changed();
  }

  protected release(): void {
    this.#ended = true;
    this.#chunks.clear();
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

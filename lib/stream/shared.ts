// One stream that many connections write to, one block after the other: what socat's children inherit. Pure.
import type { Bytes } from "../base/bytes.ts";
import { type Stream, WrappedStream } from "./stream.ts";

/** Hands out views of a stream. What is written to a view goes to the stream; its ends are not passed on. */
export class SharedStream {
  readonly #one: Stream;
  #turn: Promise<void> = Promise.resolve();

  constructor(one: Stream) {
    this.#one = one;
  }

  /** A view for one more connection. Reading from it is at end-of-file. */
  view(): Stream {
    return new View(this.#one, (bytes) => this.#write(bytes));
  }

  /** Ends the stream itself: when nobody writes any more. */
  async close(): Promise<void> {
    await this.#turn.catch(() => {});
    await this.#one.close();
  }

  #write(bytes: Uint8Array): Promise<void> {
    const mine = this.#turn.then(() => this.#one.write(bytes));
    // A failure is told to whom it happened; the next one meets it again.
    this.#turn = mine.catch(() => {});
    return mine;
  }
}

class View extends WrappedStream {
  readonly #write: (bytes: Uint8Array) => Promise<void>;

  constructor(inner: Stream, write: (bytes: Uint8Array) => Promise<void>) {
    super(inner);
    this.#write = write;
  }

  protected override pull(_view: Bytes): Promise<number | null> {
    return Promise.resolve(null);
  }
  protected override push(bytes: Uint8Array): Promise<void> {
    return this.#write(bytes);
  }
  protected override finish(): Promise<void> {
    return Promise.resolve();
  }
  protected override release(): void {}
}

// One stream that many connections use: what socat's children inherit. Pure.
import type { Bytes } from "../base/bytes.ts";
import { Chunks } from "./chunks.ts";
import { type Stream, WrappedStream } from "./stream.ts";

const LARGEST = { bytes: 16 * 1024, datagrams: 64 * 1024 };

/**
 * Hands out views of a stream. What is written to a view goes to the stream, one block after the other; what is read from the
 * stream goes to the view that has waited for it longest, of those whose writing has not ended if there is one. The ends of views
 * are not passed on; the stream's end is told to all that wait for it.
 */
export class SharedStream {
  readonly #one: Stream;
  #turn: Promise<void> = Promise.resolve();
  /** Who waits for what is read. */
  readonly #readers = new Set<Reader>();
  /** What was read for a view that was closed meanwhile, and what did not fit. */
  readonly #kept = new Chunks();
  #buffer: Bytes | undefined;
  #reading = false;

  constructor(one: Stream) {
    this.#one = one;
  }

  /** A view for one more connection. */
  view(): Stream {
    return new View(this.#one, this);
  }

  /** Ends the stream itself: when nobody uses it any more. */
  async close(): Promise<void> {
    await this.#turn.catch(() => {});
    await this.#one.close();
  }

  /** Writes when all that was given before is written. */
  write(bytes: Uint8Array): Promise<void> {
    const mine = this.#turn.then(() => this.#one.write(bytes));
    // A failure is told to whom it happened; the next one meets it again.
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** Reads what comes next for `reader`, which is waited for until `leave`. */
  read(reader: Reader): void {
    this.#readers.add(reader);
    if (!this.#reading) this.#serve();
  }

  leave(reader: Reader): void {
    if (this.#readers.delete(reader)) reader.give(null);
  }

  async #serve(): Promise<void> {
    this.#reading = true;
    const datagrams = this.#one.kind === "datagrams";
    try {
      while (this.#readers.size > 0) {
        if (this.#kept.count === 0) {
          this.#buffer ??= new Uint8Array(LARGEST[this.#one.kind]);
          const count = await this.#one.read(this.#buffer);
          if (count === null) return this.#tellAll((each) => each.give(null));
          this.#kept.add(this.#buffer.slice(0, count));
        }
        const reader = this.#next;
        // Who waited has left: the next one gets it.
        if (reader === undefined) return;
        this.#readers.delete(reader);
        reader.give(this.#kept.take(reader.into, datagrams));
      }
    } catch (error) {
      this.#tellAll((each) => each.fail(error));
    } finally {
      this.#reading = false;
    }
  }

  get #next(): Reader | undefined {
    let first: Reader | undefined;
    for (const reader of this.#readers) {
      if (!reader.view.ended) return reader;
      first ??= reader;
    }
    return first;
  }

  #tellAll(tell: (reader: Reader) => void): void {
    const all = [...this.#readers];
    this.#readers.clear();
    all.forEach(tell);
  }
}

/** A read that waits. */
interface Reader {
  readonly view: View;
  readonly into: Bytes;
  give(count: number | null): void;
  fail(error: unknown): void;
}

class View extends WrappedStream {
  readonly #shared: SharedStream;
  #reader: Reader | undefined;
  /** Its user says nothing more, and may have gone. */
  ended = false;

  constructor(inner: Stream, shared: SharedStream) {
    super(inner);
    this.#shared = shared;
  }

  protected override pull(into: Bytes): Promise<number | null> {
    if (this.closed) return Promise.resolve(null);
    const { promise, resolve: give, reject: fail } = Promise.withResolvers<number | null>();
    this.#shared.read(this.#reader = { view: this, into, give, fail });
    return promise;
  }
  protected override push(bytes: Uint8Array): Promise<void> {
    return this.#shared.write(bytes);
  }
  protected override finish(): Promise<void> {
    this.ended = true;
    return Promise.resolve();
  }
  protected override release(): void {
    if (this.#reader !== undefined) this.#shared.leave(this.#reader);
  }
}

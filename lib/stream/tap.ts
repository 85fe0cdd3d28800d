// Watching a stream without touching its data: an identity layer that tells observers about chunks. Pure.
import type { Bytes } from "../base/bytes.ts";
import { type Stream, WrappedStream } from "./stream.ts";

/** `>`: from the left side to the right; `<`: back. */
export type Direction = ">" | "<";

/**
 * What can watch one connection. A chunk is lent for the length of the call: copy what is to be kept.
 * An observer that throws ends the connection it watches.
 */
export interface FlowObserver {
  data(direction: Direction, chunk: Uint8Array): void;
  /**
   * What was said on one side before it became what is carried: the dialogue before STARTTLS. Default: as if it were carried.
   * Called before any `data`.
   */
  before?(side: "left" | "right", said: readonly { direction: Direction; bytes: Uint8Array }[]): void;
  /** End-of-file in this direction. */
  end?(direction: Direction): void;
  /** The connection is over. Called once. */
  close?(error?: unknown): void;
}

/** `inner` on the left side: what is read from it goes `>`, what is written to it goes `<`. */
class TappedStream extends WrappedStream {
  readonly #observer: FlowObserver;
  readonly #read: Direction;
  readonly #written: Direction;
  readonly #both: boolean;
  #ended = false;

  constructor(
    inner: Stream,
    observer: FlowObserver,
    side: "left" | "right" = "left",
    halves: "both" | "read" = "both",
  ) {
    super(inner);
    this.#observer = observer;
    this.#both = halves === "both";
    [this.#read, this.#written] = side === "left" ? [">", "<"] : ["<", ">"];
  }

  protected override async pull(view: Bytes): Promise<number | null> {
    const count = await this.inner.read(view);
    if (count !== null) this.#observer.data(this.#read, view.subarray(0, count));
    else if (!this.#ended) {
      this.#ended = true;
      this.#observer.end?.(this.#read);
    }
    return count;
  }

  protected override async pullEach(take: (chunk: Uint8Array) => Promise<void> | void, size: number): Promise<void> {
    await this.inner.each((chunk) => {
      this.#observer.data(this.#read, chunk);
      return take(chunk);
    }, size);
    if (this.#ended) return;
    this.#ended = true;
    this.#observer.end?.(this.#read);
  }

  override put(bytes: Uint8Array): Promise<void> | void {
    if (this.#both) this.#observer.data(this.#written, bytes);
    return this.inner.put(bytes);
  }

  override get closeEndsWriting(): boolean {
    return !this.#both && this.inner.closeEndsWriting;
  }

  protected override push(bytes: Uint8Array): Promise<void> {
    if (this.#both) this.#observer.data(this.#written, bytes);
    return this.inner.write(bytes);
  }

  protected override finish(): Promise<void> {
    if (this.#both) this.#observer.end?.(this.#written);
    return this.inner.closeWrite();
  }

  protected override async release(reason?: unknown): Promise<void> {
    await this.inner.close(reason);
    this.#observer.close?.(reason);
  }
}

/**
 * The stream with all the observers on it; the stream itself when there are none. With `halves: "read"` they see only
 * what is read from it: the other direction is watched on the other side.
 */
export function tap(
  stream: Stream,
  observers: readonly FlowObserver[],
  side: "left" | "right" = "left",
  halves: "both" | "read" = "both",
): Stream {
  return observers.reduce((inner, observer) => new TappedStream(inner, observer, side, halves), stream);
}

// The buffer that one direction of a connection reads into: small while little comes, larger while reads fill it. Pure.
import type { Bytes } from "../base/bytes.ts";

/** A connection that waits holds two of these, so they are small; most short messages fit. */
const FIRST = 2 * 1024;
const SECOND = 16 * 1024;
const LARGEST = 1024 * 1024;
/** Reads in a row that fill less than an eighth of the buffer before it shrinks. */
const SHRINK_AFTER = 64;

/** First buffers that connections have left behind: making and clearing one costs more than all else of a short connection. */
const spare: Bytes[] = [];
const MOST_SPARE = 64;

/** A buffer of 2 KiB to 1 MiB, by what is read, or of `size` octets where that is given. */
export class ReadBuffer {
  bytes: Bytes;
  readonly #adaptive: boolean;
  #small = 0;

  constructor(size?: number) {
    this.#adaptive = size === undefined;
    this.bytes = size === undefined ? spare.pop() ?? new Uint8Array(FIRST) : new Uint8Array(size);
  }

  /** Takes the measure of a read that brought `count` octets, which nobody needs any more. */
  fit(count: number): void {
    if (!this.#adaptive) return;
    const { length } = this.bytes;
    if (count === length && length < LARGEST) {
      this.bytes = new Uint8Array(length === FIRST ? SECOND : Math.min(length * 4, LARGEST));
    } else if (length > FIRST && count < length / 8) {
      if (++this.#small < SHRINK_AFTER) return;
      this.bytes = spare.pop() ?? new Uint8Array(FIRST);
    }
    this.#small = 0;
  }

  /** Gives the buffer back, which nobody reads or writes any more. */
  leave(): void {
    if (this.bytes.length === FIRST && spare.length < MOST_SPARE) spare.push(this.bytes);
  }
}

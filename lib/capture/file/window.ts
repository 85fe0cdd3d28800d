// The octets of a stream that are in memory: filled at one end, consumed at the other. Pure.
// One buffer is used again and again, so a long capture needs no more memory than its longest packet.
import type { Bytes } from "../../base/bytes.ts";

/** A sliding window over a stream of octets. Views into it are good until `room` is called. */
export class Window {
  bytes: Bytes;
  /** First octet that is not consumed. */
  start = 0;
  /** One past the last octet there is. */
  end = 0;
  /** Octets of the stream before `bytes[0]`. */
  #before = 0;
  /** No more octets will come. */
  ended = false;

  constructor(capacity = 1 << 19) {
    this.bytes = new Uint8Array(capacity);
  }

  get available(): number {
    return this.end - this.start;
  }

  /** Where in the stream `start` is. */
  get offset(): number {
    return this.#before + this.start;
  }

  /** Space to read into, at least `least` octets; tell with `filled` how many came. */
  room(least = 65536): Bytes {
    if (this.bytes.length - this.end < least) {
      const held = this.end - this.start;
      if (held + least > this.bytes.length) {
        const grown = new Uint8Array(Math.max(held + least, this.bytes.length * 2));
        grown.set(this.bytes.subarray(this.start, this.end));
        this.bytes = grown;
      } else this.bytes.copyWithin(0, this.start, this.end);
      this.#before += this.start;
      this.start = 0;
      this.end = held;
    }
    return this.bytes.subarray(this.end);
  }

  filled(count: number): void {
    this.end += count;
  }
}

/** Four octets as a number, in either byte order. */
export function u32(bytes: Uint8Array, at: number, little: boolean): number {
  return little
    ? (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0
    : (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}

// Chunks that wait for a reader, first in, first out: what stands in every bounded queue. Pure.
// An array's `shift` moves all that is behind it: with a hundred thousand waiting octets that is the whole processor.
import type { Bytes } from "../base/bytes.ts";

/** What a chunk costs beside its octets. Counted, or a limit in octets would let single ones take five hundred times as much. */
const OVERHEAD = 256;

/** Chunks in the order in which they came. Adding and taking are constant work. */
export class Chunks {
  #list: (Uint8Array | undefined)[] = [];
  /** Where the first one stands. */
  #first = 0;
  #size = 0;

  /** Chunks that wait. */
  get count(): number {
    return this.#list.length - this.#first;
  }

  /** The memory that they take, in octets. */
  get size(): number {
    return this.#size;
  }

  /** Takes a chunk, which is kept as it is. */
  add(chunk: Uint8Array): void {
    this.#list.push(chunk);
    this.#size += chunk.length + OVERHEAD;
  }

  /** Octets of the first chunk into `view`: their number. What does not fit waits on, or is lost with `whole`. */
  take(view: Bytes, whole = false): number {
    const chunk = this.#list[this.#first]!;
    const count = Math.min(view.length, chunk.length);
    view.set(count === chunk.length ? chunk : chunk.subarray(0, count));
    if (count < chunk.length && !whole) {
      this.#list[this.#first] = chunk.subarray(count);
      this.#size -= count;
      return count;
    }
    this.#size -= chunk.length + OVERHEAD;
    this.#list[this.#first++] = undefined;
    if (this.#first === this.#list.length) this.clear();
    else if (this.#first >= 1024 && this.#first * 2 >= this.#list.length) {
      this.#list = this.#list.slice(this.#first);
      this.#first = 0;
    }
    return count;
  }

  /** Forgets all that wait. */
  clear(): void {
    this.#list = [];
    this.#first = 0;
    this.#size = 0;
  }
}

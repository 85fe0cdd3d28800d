// Reading past the system's cache (O_DIRECT, open(2)): it wants memory at an address that is a multiple of its blocks.
import type { Bytes } from "../../base/bytes.ts";
import { type Stream, WrappedStream } from "../stream.ts";

/** What every file system takes: a page. */
const BLOCK = 4096;
const SIZE = 16 * BLOCK;

/** Reads from `inner` into memory that is aligned, and copies it from there. Takes ownership. */
export class AlignedStream extends WrappedStream {
  readonly #block: Bytes;
  #from = 0;
  #to = 0;

  constructor(inner: Stream) {
    super(inner);
    const room = new Uint8Array(SIZE + BLOCK);
    const start = Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(room)) % BigInt(BLOCK));
    const offset = start === 0 ? 0 : BLOCK - start;
    this.#block = room.subarray(offset, offset + SIZE);
  }

  protected override async pull(view: Bytes): Promise<number | null> {
    if (this.#from === this.#to) {
      const count = await this.inner.read(this.#block);
      if (count === null) return null;
      [this.#from, this.#to] = [0, count];
    }
    const count = Math.min(view.length, this.#to - this.#from);
    view.set(this.#block.subarray(this.#from, this.#from + count));
    this.#from += count;
    return count;
  }
}

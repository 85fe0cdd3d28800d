// Where the frames of zstd data begin and end (RFC 8878 3.1): nothing is unpacked here. Pure.
import { FormatError } from "../../base/errors.ts";

/** Octets of one frame, and whether they are its last. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

type State = "magic" | "descriptor" | "header" | "block" | "content" | "checksum" | "size" | "skipped";

/** What each frame begins with. */
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** Follows frames through pieces of any length. Frames that are to be passed over are left out. */
export class ZstdFrames {
  /** What is read now: fixed octets that are looked at, or so many that are not. */
  #state: State = "magic";
  #held: number[] = [];
  #left = 4;
  #checksum = false;
  #lastBlock = false;

  /** Between two frames: the data may end here. */
  get between(): boolean {
    return this.#state === "magic" && this.#held.length === 0;
  }

  /** The parts of frames in `octets`, in order. */
  *cut(octets: Uint8Array): Generator<Piece> {
    let from = 0, prefix: readonly number[] = [];
    for (let at = 0; at < octets.length;) {
      const count = Math.min(this.#left, octets.length - at);
      if (this.#state !== "content" && this.#state !== "skipped") this.#held.push(...octets.subarray(at, at + count));
      at += count;
      this.#left -= count;
      while (this.#left === 0) {
        const before = this.#state;
        this.#next();
        if (before === "magic") [from, prefix] = [at, MAGIC];
        if (this.#state !== "magic" || before === "skipped" || before === "size") continue;
        yield { bytes: Uint8Array.of(...prefix, ...octets.subarray(from, at)), last: true };
      }
    }
    if (this.#state === "magic" || this.#state === "size" || this.#state === "skipped") return;
    yield { bytes: Uint8Array.of(...prefix, ...octets.subarray(from)), last: false };
  }

  #enter(state: State, left: number): void {
    this.#state = state;
    this.#left = left;
    this.#held = [];
  }

  /** What was read says what comes next. */
  #next(): void {
    const held = this.#held;
    const number = held.reduceRight((value, octet) => value * 256 + octet, 0);
    switch (this.#state) {
      case "magic":
        if (number >>> 4 === 0x184d2a5) return this.#enter("size", 4);
        if (number !== 0xfd2fb528) throw new FormatError("what follows is no frame");
        return this.#enter("descriptor", 1);
      case "size":
        return number === 0 ? this.#enter("magic", 4) : this.#enter("skipped", number);
      case "descriptor": {
        const single = (number & 32) !== 0;
        this.#checksum = (number & 4) !== 0;
        const size = number >> 6 === 0 ? (single ? 1 : 0) : 1 << (number >> 6);
        return this.#enter("header", (single ? 0 : 1) + [0, 1, 2, 4][number & 3]! + size);
      }
      case "header":
        return this.#enter("block", 3);
      case "block":
        this.#lastBlock = (number & 1) === 1;
        // A block of one octet that is repeated says its length, and has one.
        return this.#enter("content", (number >> 1 & 3) === 1 ? 1 : number >> 3);
      case "content":
        if (!this.#lastBlock) return this.#enter("block", 3);
        return this.#checksum ? this.#enter("checksum", 4) : this.#enter("magic", 4);
      case "checksum":
      case "skipped":
        return this.#enter("magic", 4);
    }
  }
}

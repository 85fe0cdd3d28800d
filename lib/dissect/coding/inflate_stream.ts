// A direction that is one endless deflate stream (RFC 1951), inflated as it comes. Pure, but for what it remembers.
import { concat } from "../../base/bytes.ts";
import { inflatePart } from "./coding.ts";

/** What deflate may refer back to. */
const WINDOW = 32 * 1024;
/** Octets that are kept while no flush ends them: a sender that never aligns its blocks is followed up to here. */
const PACKED_LIMIT = 64 * 1024;
/** Octets that one piece may give. */
const GIVEN_LIMIT = 1024 * 1024;

/** Inflates pieces one after the other. */
export class InflateStream {
  #window = new Uint8Array(0);
  #packed = new Uint8Array(0);
  #given = 0;
  #lost = false;

  /** What `bytes` add to what came before; `undefined` once the stream cannot be followed any more. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#lost) return undefined;
    this.#packed = concat([this.#packed, bytes]);
    if (this.#packed.length > PACKED_LIMIT) {
      this.#lost = true;
      return undefined;
    }
    const out = inflatePart(this.#packed, GIVEN_LIMIT, this.#window);
    const added = out.slice(this.#given);
    this.#given = out.length;
    // A flush ends with an empty stored block: what follows begins at an octet of its own.
    const end = this.#packed.subarray(-4);
    if (end.length === 4 && end[0] === 0 && end[1] === 0 && end[2] === 0xff && end[3] === 0xff) {
      const joined = concat([this.#window, out]);
      this.#window = joined.slice(Math.max(0, joined.length - WINDOW));
      [this.#packed, this.#given] = [new Uint8Array(0), 0];
    }
    return added;
  }
}

// Reading ahead from a client while its connection is being made: so that it is noticed when it leaves. Pure.
import { type Bytes, concat } from "../../base/bytes.ts";
import type { Stream } from "../../stream/stream.ts";
import { type FirstRead, takeBuffer } from "./tunnel.ts";

/** What a client may send ahead before it is no longer watched, in octets. */
const AHEAD_LIMIT = 64 * 1024;

/** One read is always pending; what it brings is kept for the tunnel. */
export class Ahead {
  readonly #stream: Stream;
  readonly #left: (gracefully: boolean) => void;
  #buffer: Bytes = takeBuffer();
  #count: Promise<number | null> | undefined;
  #data: Bytes[] = [];
  #total = 0;
  #over = false;

  /** `left` is called when the client ends its half (gracefully), or is gone. `first`: what was read already. */
  constructor(stream: Stream, left: (gracefully: boolean) => void, first?: FirstRead) {
    this.#stream = stream;
    this.#left = left;
    if (first === undefined) this.#read();
    else {
      this.#buffer = first.buffer;
      if (first.data !== undefined) this.#data.push(first.data);
      this.#total = first.data?.length ?? 0;
      this.#read(first.count);
    }
  }

  #read(count: Promise<number | null> = this.#stream.read(this.#buffer)): void {
    this.#count = count;
    count.then((count) => {
      if (this.#over) return;
      if (count === null) {
        this.#left(true);
        return;
      }
      this.#data.push(this.#buffer.slice(0, count));
      this.#total += count;
      this.#count = undefined;
      if (this.#total < AHEAD_LIMIT) this.#read();
    }, () => {
      if (!this.#over) this.#left(false);
    });
  }

  /** Ends the watch: what was read, and the read that is pending, for the tunnel. */
  take(): FirstRead {
    this.#over = true;
    const buffer = this.#buffer;
    const count = this.#count;
    return {
      buffer,
      ...(count === undefined ? {} : { count }),
      ...(this.#data.length === 0 ? {} : { data: concat(this.#data) }),
    };
  }
}

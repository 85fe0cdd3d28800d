// One direction of a conversation: octets that wait for the end of their message. Pure.
import type { CarriedFile } from "../protocol.ts";

/** Octets of buffer that an idle direction keeps at most. */
const KEPT = 16 * 1024;

/** Octets of one direction that wait for the end of their message. */
export class Flow {
  buffer = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Octets consumed before `start`. */
  offset = 0;
  /** Octets seen by the last `measure` that could not tell. */
  scanned = 0;
  /** `measure` or the choice of a protocol need not be asked again before this many octets are there. */
  wanted = 1;
  /** Octets are missing: where the next message begins is not known. */
  lost = false;
  /** Octets still to come of a message that was too long to keep. */
  skipping = 0;
  /** The file that those belong to, whether it ends with them, and how many of its octets are missing here. */
  carried: { file: CarriedFile; last: boolean; lost: number } | undefined;
  ended = false;

  get length(): number {
    return this.end - this.start;
  }

  view(): Uint8Array {
    return this.buffer.subarray(this.start, this.end);
  }

  append(bytes: Uint8Array): void {
    if (this.end + bytes.length > this.buffer.length) {
      const length = this.length;
      const roomy = length + bytes.length > this.buffer.length / 2;
      const target = roomy ? new Uint8Array(Math.max(512, (length + bytes.length) * 2)) : this.buffer;
      if (roomy) target.set(this.view());
      else target.copyWithin(0, this.start, this.end);
      [this.buffer, this.start, this.end] = [target, 0, length];
    }
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** The next `count` octets as a copy, consumed. */
  take(count: number): Uint8Array {
    const bytes = this.buffer.slice(this.start, this.start + count);
    this.start += count;
    this.offset += count;
    this.scanned = 0;
    this.wanted = 1;
    if (this.start === this.end) {
      this.start = this.end = 0;
      // Thousands of idle connections must not keep what one large chunk needed.
      if (this.buffer.length > KEPT) this.buffer = new Uint8Array(0);
    }
    return bytes;
  }
}

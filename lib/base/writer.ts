// Octets in growing numbers: the one way in which wire formats are written. Pure.
import { type Bytes, latin1 } from "./bytes.ts";

/** Appends integers (network order unless the name ends in `Le`) and octets; `take()` ends it. */
export class ByteWriter {
  #buffer: Bytes;
  #length = 0;

  constructor(capacity = 64) {
    this.#buffer = new Uint8Array(capacity);
  }

  /** Octets written so far: the offset of the next one. */
  get length(): number {
    return this.#length;
  }

  #room(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): this {
    const at = this.#room(1); // may replace the buffer
    this.#buffer[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
    return this;
  }

  u24(value: number): this {
    return this.u8(value >>> 16).u16(value & 0xffff);
  }

  u32(value: number): this {
    const at = this.#room(4);
    const buffer = this.#buffer;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
    return this;
  }

  u48(value: number): this {
    return this.u16(Math.floor(value / 0x1_0000_0000)).u32(value >>> 0);
  }

  u16Le(value: number): this {
    return this.u8(value & 0xff).u8((value >>> 8) & 0xff);
  }

  u32Le(value: number): this {
    return this.u16Le(value & 0xffff).u16Le(value >>> 16);
  }

  u64Le(value: bigint): this {
    return this.u32Le(Number(value & 0xffffffffn)).u32Le(Number((value >> 32n) & 0xffffffffn));
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }

  /** ISO 8859-1 text, one octet a character. */
  text(text: string): this {
    return this.bytes(latin1(text));
  }

  /** Overwrites two octets already written: a length that is known only afterwards. */
  patchU16(at: number, value: number): this {
    if (at + 2 > this.#length) throw new RangeError(`Cannot patch at ${at}: ${this.#length} octets written`);
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
    return this;
  }

  /** What was written, without a copy. The writer is not to be used afterwards. */
  take(): Bytes {
    return this.#buffer.subarray(0, this.#length);
  }
}

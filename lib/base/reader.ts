// A bounded cursor over octets: the one way in which wire formats are read. Pure.
// Reading past the end is a `FormatError` with the offset, never `undefined` and never a byte of somebody else.
import { FormatError } from "./errors.ts";
import { latin1Text } from "./bytes.ts";

/**
 * Reads integers (network order unless the name ends in `Le`) and slices from `bytes[start..end)`.
 * Offsets are absolute: they count from the start of `bytes`, in children too.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The next octet to read. */
  offset: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    if (start < 0 || end > bytes.length || start > end) {
      throw new RangeError(`Cannot read ${start}..${end} of ${bytes.length} octets`);
    }
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.offset = start;
  }

  /** Octets left. */
  get remaining(): number {
    return this.end - this.offset;
  }

  /** Throws a `FormatError` unless `count` octets are left. */
  need(count: number, what = "value"): void {
    if (!(count >= 0) || count > this.end - this.offset) {
      throw new FormatError(
        `${what} of ${count} octets does not fit: ${this.end - this.offset} left`,
        this.offset,
      );
    }
  }

  u8(): number {
    if (this.offset >= this.end) this.need(1);
    return this.bytes[this.offset++]!;
  }

  u16(): number {
    if (this.end - this.offset < 2) this.need(2);
    const { bytes, offset } = this;
    this.offset = offset + 2;
    return (bytes[offset]! << 8) | bytes[offset + 1]!;
  }

  u24(): number {
    if (this.end - this.offset < 3) this.need(3);
    const { bytes, offset } = this;
    this.offset = offset + 3;
    return (bytes[offset]! << 16) | (bytes[offset + 1]! << 8) | bytes[offset + 2]!;
  }

  u32(): number {
    if (this.end - this.offset < 4) this.need(4);
    const { bytes, offset } = this;
    this.offset = offset + 4;
    return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) |
      bytes[offset + 3]!) >>> 0;
  }

  /** 48 bits, exact as a number. */
  u48(): number {
    this.need(6);
    return this.u16() * 0x1_0000_0000 + this.u32();
  }

  u64(): bigint {
    this.need(8);
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  u16Le(): number {
    const value = this.u16();
    return ((value & 0xff) << 8) | (value >> 8);
  }

  u32Le(): number {
    const low = this.u16Le();
    return (this.u16Le() * 0x10000) + low;
  }

  u64Le(): bigint {
    this.need(8);
    const low = BigInt(this.u32Le());
    return (BigInt(this.u32Le()) << 32n) | low;
  }

  /** The next octet without consuming it, or `undefined` at the end. */
  peek(ahead = 0): number | undefined {
    const at = this.offset + ahead;
    return at < this.end ? this.bytes[at] : undefined;
  }

  /** `count` octets as a view (no copy). */
  take(count: number, what?: string): Uint8Array {
    this.need(count, what);
    const view = this.bytes.subarray(this.offset, this.offset + count);
    this.offset += count;
    return view;
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  /** `count` octets as ISO 8859-1 text. */
  text(count: number, what?: string): string {
    return latin1Text(this.take(count, what));
  }

  skip(count: number, what?: string): void {
    this.need(count, what);
    this.offset += count;
  }

  /** A reader for the next `count` octets, which this reader passes over. */
  child(count: number, what?: string): ByteReader {
    this.need(count, what);
    const child = new ByteReader(this.bytes, this.offset, this.offset + count);
    this.offset += count;
    return child;
  }

  /** Throws a `FormatError` when anything is left. */
  done(what = "message"): void {
    if (this.offset !== this.end) {
      throw new FormatError(`${this.end - this.offset} octets left over after ${what}`, this.offset);
    }
  }
}

// Text as octets, written by table into one growing buffer: lines of packets without a string in between. Pure.
import { type Bytes, latin1Text } from "../../../base/bytes.ts";

const DIGITS = new Uint8Array([...Array(16)].map((_, i) => "0123456789abcdef".charCodeAt(i)));
/** Decimal digits of 0 to 255: how many, then the digits. */
const OCTETS = new Uint8Array(1024);
for (let i = 0; i < 256; i++) {
  const text = String(i);
  OCTETS[i * 4] = text.length;
  for (let j = 0; j < text.length; j++) OCTETS[i * 4 + 1 + j] = text.charCodeAt(j);
}
const encoder = new TextEncoder();
/** Octets that one call may write before room is made again. */
const SLACK = 4096;

/** Where addresses become text on their way to a line. */
let scratch: TextBuffer | undefined;

/** `192.0.2.1`, or RFC 5952 text, of the `size` octets at `from`. */
export function addressText(source: Uint8Array, from: number, size: 4 | 16): string {
  scratch ??= new TextBuffer(2 * SLACK);
  if (size === 4) scratch.ip4(source, from);
  else scratch.ip6(source, from);
  return latin1Text(scratch.take());
}

/** A buffer of text. Every method appends. */
export class TextBuffer {
  bytes: Bytes;
  /** Octets in it. */
  at = 0;

  /** With room for `size` octets at first. */
  constructor(size = 1 << 17) {
    this.bytes = new Uint8Array(size);
  }

  /** Makes room for `count` more octets. */
  need(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + count));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  text(text: string): void {
    const { length } = text;
    if (this.at + length * 3 > this.bytes.length - SLACK) this.need(length * 3 + SLACK);
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        this.at = at + encoder.encodeInto(text.slice(i), bytes.subarray(at)).written;
        return;
      }
      bytes[at++] = code;
    }
    this.at = at;
  }

  /** One octet that is a character. */
  char(code: number): void {
    if (this.at + SLACK > this.bytes.length) this.need(SLACK);
    this.bytes[this.at++] = code;
  }

  /** A whole number from 0 on in decimal. */
  dec(value: number): void {
    if (this.at + SLACK > this.bytes.length) this.need(SLACK);
    const { bytes } = this;
    if (value < 10) {
      bytes[this.at++] = 48 + value;
      return;
    }
    if (value > 0xffff_ffff) return this.text(String(value));
    let length = 2;
    if (value >= 100) length = value < 1000 ? 3 : value < 10_000 ? 4 : value < 100_000 ? 5 : value < 1_000_000 ? 6 : 7;
    if (value >= 10_000_000) length = value < 100_000_000 ? 8 : value < 1_000_000_000 ? 9 : 10;
    this.at += length;
    for (let at = this.at, rest = value >>> 0; length > 0; length--) {
      const tenth = (rest / 10) >>> 0;
      bytes[--at] = 48 + (rest - tenth * 10);
      rest = tenth;
    }
  }

  /** A whole number, negative ones with a sign. */
  int(value: number): void {
    if (value < 0) {
      this.char(45);
      this.dec(-value);
    } else this.dec(value);
  }

  /** Decimal with at least `width` digits. */
  padded(value: number, width: number): void {
    if (this.at + SLACK > this.bytes.length) this.need(SLACK);
    let at = this.at + width;
    this.at = at;
    for (let i = 0; i < width; i++) {
      const tenth = Math.floor(value / 10);
      this.bytes[--at] = 48 + (value - tenth * 10);
      value = tenth;
    }
  }

  /** Hexadecimal with at least `width` digits. */
  hex(value: number, width = 1): void {
    if (this.at + SLACK > this.bytes.length) this.need(SLACK);
    let digits = width;
    while (digits < 8 && value >>> (digits * 4) !== 0) digits++;
    for (let i = digits - 1; i >= 0; i--) this.bytes[this.at++] = DIGITS[(value >>> (i * 4)) & 15]!;
  }

  /** Dotted decimal of four octets. */
  ip4(source: Uint8Array, from: number): void {
    if (this.at + SLACK > this.bytes.length) this.need(SLACK);
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < 4; i++) {
      const entry = source[from + i]! * 4;
      const length = OCTETS[entry]!;
      if (i !== 0) bytes[at++] = 46;
      bytes[at++] = OCTETS[entry + 1]!;
      if (length > 1) {
        bytes[at++] = OCTETS[entry + 2]!;
        if (length > 2) bytes[at++] = OCTETS[entry + 3]!;
      }
    }
    this.at = at;
  }

  /** RFC 5952 text of sixteen octets, with a dotted tail where the system's own inet_ntop writes one. */
  ip6(source: Uint8Array, from: number): void {
    if (this.at + SLACK > this.bytes.length) this.need(SLACK);
    let best = -1, bestLength = 1;
    for (let i = 0; i < 8; i++) {
      let j = i;
      while (j < 8 && source[from + j * 2] === 0 && source[from + j * 2 + 1] === 0) j++;
      if (j - i > bestLength) [best, bestLength] = [i, j - i];
      if (j > i) i = j;
    }
    for (let i = 0; i < 8; i++) {
      if (i === best) {
        this.bytes[this.at++] = 58;
        if (i + bestLength === 8) this.bytes[this.at++] = 58;
        i += bestLength - 1;
        continue;
      }
      if (i !== 0) this.bytes[this.at++] = 58;
      const mapped = bestLength === 5 && source[from + 10] === 0xff && source[from + 11] === 0xff;
      if (i === 6 && best === 0 && (bestLength === 6 || mapped)) return this.ip4(source, from + 12);
      this.hex(source[from + i * 2]! << 8 | source[from + i * 2 + 1]!);
    }
  }

  /** `02:00:00:00:00:01`: `count` octets with colons. */
  mac(source: Uint8Array, from: number, count = 6): void {
    if (this.at + SLACK > this.bytes.length) this.need(SLACK);
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < count; i++) {
      const octet = source[from + i]!;
      if (i !== 0) bytes[at++] = 58;
      bytes[at++] = DIGITS[octet >> 4]!;
      bytes[at++] = DIGITS[octet & 15]!;
    }
    this.at = at;
  }

  /** Octets as they are. */
  raw(octets: Uint8Array): void {
    this.need(octets.length + SLACK);
    this.bytes.set(octets, this.at);
    this.at += octets.length;
  }

  /** What was written, as a view, and an empty buffer again: the view is good until the next write. */
  take(): Bytes {
    const view = this.bytes.subarray(0, this.at);
    this.at = 0;
    return view;
  }
}

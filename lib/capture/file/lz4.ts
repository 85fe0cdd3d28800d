// LZ4 frames undone: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, and its block format. Pure.
// Checksums are not compared: what is damaged shows in the capture inside.
import { FormatError } from "../../base/errors.ts";
import { u32 } from "./window.ts";

/** Octets before a block that it may repeat. */
const HISTORY = 65536;
/** Longest blocks by the number in the header. */
const LONGEST = [0, 0, 0, 0, 1 << 16, 1 << 18, 1 << 20, 1 << 22];

/** Frames one after the other. */
export class Lz4 {
  #inside = false;
  #blockChecksums = false;
  #contentChecksum = false;
  #linked = false;
  #longest = 0;
  #history = new Uint8Array(0);

  /** Between two frames: the data may end here. */
  get between(): boolean {
    return !this.#inside;
  }

  /** Undoes whole parts of frames in `bytes`, puts their content into `out`; gives the octets used. */
  take(bytes: Uint8Array, out: Uint8Array[]): number {
    for (let at = 0;;) {
      const used = this.#inside ? this.#block(bytes, at, out) : this.#header(bytes, at);
      if (used === 0) return at;
      at += used;
    }
  }

  #header(bytes: Uint8Array, at: number): number {
    const there = bytes.length - at;
    if (there < 8) return 0;
    const magic = u32(bytes, at, true);
    // A frame that is to be passed over.
    if (magic >>> 4 === 0x184d2a5) {
      const length = 8 + u32(bytes, at + 4, true);
      if (length > 1 << 24) throw new FormatError("a frame to be passed over is too long");
      return there < length ? 0 : length;
    }
    if (magic !== 0x184d2204) throw new FormatError("what follows is no frame");
    const flags = bytes[at + 4]!;
    const length = 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4);
    if (there < length) return 0;
    if (flags >> 6 !== 1) throw new FormatError(`version ${flags >> 6} of its frames is not known`);
    this.#linked = (flags & 32) === 0;
    this.#blockChecksums = (flags & 16) !== 0;
    this.#contentChecksum = (flags & 4) !== 0;
    this.#longest = LONGEST[bytes[at + 5]! >> 4 & 7]!;
    this.#history = new Uint8Array(0);
    this.#inside = true;
    return length;
  }

  #block(bytes: Uint8Array, at: number, out: Uint8Array[]): number {
    const there = bytes.length - at;
    if (there < 4) return 0;
    const word = u32(bytes, at, true), size = word & 0x7fff_ffff;
    if (word === 0) {
      const length = this.#contentChecksum ? 8 : 4;
      if (there < length) return 0;
      this.#inside = false;
      return length;
    }
    if (size > this.#longest) throw new FormatError(`a block of ${size} octets is too long`);
    const length = 4 + size + (this.#blockChecksums ? 4 : 0);
    if (there < length) return 0;
    const packed = bytes.subarray(at + 4, at + 4 + size);
    const content = word >>> 31 === 1 ? packed.slice() : undo(packed, this.#history, this.#longest);
    if (this.#linked) {
      const all = new Uint8Array(Math.min(HISTORY, this.#history.length + content.length));
      const kept = Math.max(0, all.length - content.length);
      all.set(this.#history.subarray(this.#history.length - kept));
      all.set(content.subarray(Math.max(0, content.length - all.length)), kept);
      this.#history = all;
    }
    out.push(content);
    return length;
  }
}

/** One block: runs of octets as they are, and repetitions of what came before. */
function undo(packed: Uint8Array, history: Uint8Array, longest: number): Uint8Array {
  const out = new Uint8Array(history.length + longest);
  out.set(history);
  let to = history.length, at = 0;
  /** A number of four bits goes on in further octets when it is 15. */
  const count = (bits: number) => {
    let value = bits;
    for (let octet = bits === 15 ? 255 : 0; octet === 255; value += octet) {
      if (at >= packed.length) throw new FormatError("a block ends inside a number");
      octet = packed[at++]!;
    }
    return value;
  };
  while (at < packed.length) {
    const token = packed[at++]!;
    const literals = count(token >> 4);
    if (at + literals > packed.length || to + literals > out.length) throw new FormatError("a block that does not fit");
    out.set(packed.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at === packed.length) break;
    if (at + 2 > packed.length) throw new FormatError("a block ends inside a repetition");
    const back = packed[at]! | packed[at + 1]! << 8;
    at += 2;
    const length = count(token & 15) + 4;
    if (back === 0 || back > to || to + length > out.length) throw new FormatError("a repetition of what is not there");
    if (back >= length) out.copyWithin(to, to - back, to - back + length);
    else for (let i = 0; i < length; i++) out[to + i] = out[to + i - back]!;
    to += length;
  }
  return out.slice(history.length, to);
}

// Domain names as octets: wire form with compression, text form with dig's escapes (RFC 1035 3.1, 4.1.4, 5.1). Pure.
import type { ByteReader } from "../base/reader.ts";
import type { ByteWriter } from "../base/writer.ts";
import { DnsFormatError } from "./errors.ts";

/** Lower case of an octet; only A to Z have one (RFC 4343). */
function lower(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

/** 1 for octets that stand for themselves in the text of a label: printable, and no part of a zone file's syntax. */
const IS_PLAIN = new Uint8Array(256).fill(1, 0x21, 0x7f);
for (const octet of [0x22, 0x24, 0x28, 0x29, 0x2e, 0x3b, 0x40, 0x5c]) IS_PLAIN[octet] = 0;

/** The text of an octet that does not stand for itself: escaped where it is printable, else `\DDD`. */
function escaped(octet: number): string {
  return octet > 0x20 && octet < 0x7f ? "\\" + String.fromCharCode(octet) : "\\" + String(octet).padStart(3, "0");
}

/** The text of the labels in `wire[at..end)`, each with a dot behind it; nothing for the root. */
function labelsText(wire: Uint8Array, at: number, end: number): string {
  const characters: number[] = [];
  while (at < end) {
    const length = wire[at++]!;
    if (length === 0) break;
    for (const stop = at + length; at < stop; at++) {
      const octet = wire[at]!;
      if (IS_PLAIN[octet] === 1) characters.push(octet);
      else for (const c of escaped(octet)) characters.push(c.charCodeAt(0));
    }
    characters.push(0x2e);
  }
  return String.fromCharCode.apply(null, characters);
}

/**
 * An absolute domain name: labels of 1 to 63 octets of any value, 255 octets at most in wire form.
 * Immutable. Equality ignores the case of ASCII letters; no octet is lost.
 */
export class DnsName {
  /** The uncompressed wire form: each label behind its length, the root's zero at the end. */
  readonly wire: Uint8Array;
  #text: string | undefined;

  /** `wire` must be a whole valid name and is not copied; elsewhere use `parseName`, `readName` or `fromLabels`. */
  constructor(wire: Uint8Array) {
    this.wire = wire;
  }

  static readonly root: DnsName = new DnsName(new Uint8Array(1));

  /** A name of these labels (without the root's empty one). */
  static fromLabels(labels: readonly Uint8Array[]): DnsName {
    let length = 1;
    for (const label of labels) {
      if (label.length === 0) throw new DnsFormatError("empty label", "A label is empty");
      if (label.length > 63) {
        throw new DnsFormatError("label too long", `A label of ${label.length} octets: 63 at most`);
      }
      length += label.length + 1;
    }
    if (length > 255) throw new DnsFormatError("name too long", `A name of ${length} octets: 255 at most`);
    const wire = new Uint8Array(length);
    let at = 0;
    for (const label of labels) {
      wire[at++] = label.length;
      wire.set(label, at);
      at += label.length;
    }
    return new DnsName(wire);
  }

  /** The labels as octets, without the root's empty one. */
  get labels(): Uint8Array[] {
    const labels: Uint8Array[] = [];
    for (let at = 0; this.wire[at] !== 0; at += this.wire[at]! + 1) {
      labels.push(this.wire.subarray(at + 1, at + 1 + this.wire[at]!));
    }
    return labels;
  }

  get isRoot(): boolean {
    return this.wire.length === 1;
  }

  /** The absolute text form with its dot at the end, escaped as dig does: `a\.b.example.`; the root is `.`. */
  toString(): string {
    return this.#text ??= this.isRoot ? "." : labelsText(this.wire, 0, this.wire.length);
  }

  /** The text without the dot at the end (the root stays `.`). */
  withoutDot(): string {
    return this.isRoot ? "." : this.toString().slice(0, -1);
  }

  equals(other: DnsName): boolean {
    const a = this.wire, b = other.wire;
    if (a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && lower(a[i]!) !== lower(b[i]!)) return false;
    return true;
  }

  /** Whether this is `parent` or below it. */
  isUnder(parent: DnsName): boolean {
    const shift = this.wire.length - parent.wire.length;
    if (shift < 0) return false;
    for (let at = 0; at <= shift; at += this.wire[at]! + 1) {
      if (at === shift) return new DnsName(this.wire.subarray(at)).equals(parent);
    }
    return false;
  }
}

/**
 * The name that `text` spells in zone-file syntax: `\.` and `\DDD` escapes, a dot at the end makes it absolute, otherwise
 * `origin` (default: the root) is appended; `@` alone is the origin. Characters above U+00FF are a `DnsFormatError`.
 */
export function parseName(text: string, origin: DnsName = DnsName.root): DnsName {
  if (text === "@") return origin;
  if (text === ".") return DnsName.root;
  if (text === "") throw new DnsFormatError("unexpected end of input", "A name is empty");
  const wire: number[] = [];
  let start = 0, absolute = false;
  wire.push(0);
  const endLabel = (at: number) => {
    const length = wire.length - start - 1;
    if (length === 0) throw new DnsFormatError("empty label", `A label of "${text}" is empty`, at);
    if (length > 63) throw new DnsFormatError("label too long", `A label of "${text}" is longer than 63 octets`, at);
    wire[start] = length;
    start = wire.length;
    wire.push(0);
  };
  for (let i = 0; i < text.length; i++) {
    let octet = text.charCodeAt(i);
    if (octet === 0x2e) {
      endLabel(i);
      absolute = i === text.length - 1;
      continue;
    }
    if (octet === 0x5c) {
      const digits = text.slice(i + 1, i + 4);
      if (/^\d/.test(digits)) {
        // The reference reads digit by digit: a text that ends inside is not yet wrong.
        if (/^\d{1,2}$/.test(digits) && i + 1 + digits.length === text.length) {
          throw new DnsFormatError("unexpected end of input", `"${text}" ends in an escape`, text.length);
        }
        if (!/^\d{3}$/.test(digits) || Number(digits) > 255) {
          throw new DnsFormatError("bad escape", `"\\${digits}" in a name is not an escape from \\000 to \\255`, i);
        }
        octet = Number(digits);
        i += 3;
      } else if (digits === "") {
        throw new DnsFormatError("unexpected end of input", `"${text}" ends in a backslash`, i);
      } else {
        octet = text.charCodeAt(++i);
      }
    }
    if (octet > 255) throw new DnsFormatError("bad escape", `"${text}" has a character that is no octet`, i);
    wire.push(octet);
    if (wire.length > 320) break;
  }
  if (!absolute) {
    endLabel(text.length);
    wire.pop();
    wire.push(...origin.wire);
  }
  if (wire.length > 255) throw new DnsFormatError("name too long", `"${text}" is longer than 255 octets`, text.length);
  return new DnsName(Uint8Array.from(wire));
}

/** Octets that names are given parts of: one buffer for many, for a buffer costs more than a name. */
let slab = new Uint8Array(0);
let used = 0;

function room(length: number): Uint8Array {
  if (used + length > slab.length) {
    slab = new Uint8Array(8192);
    used = 0;
  }
  return slab.subarray(used, used += length);
}

/**
 * Reads a name at the reader's offset. A compression pointer counts from octet 0 of `reader.bytes` and may only point
 * before the labels that led to it, so no loop is possible; `compressed: false` refuses pointers. The name may be a view
 * of `reader.bytes`, which must not be changed afterwards.
 */
export function readName(reader: ByteReader, compressed = true): DnsName {
  const { bytes } = reader;
  const start = reader.offset;
  const length = skipName(reader, compressed);
  // The plain case is a view: a buffer of its own costs more than all the rest.
  if (length === reader.offset - start) return new DnsName(bytes.subarray(start, start + length));
  const wire = room(length);
  for (let at = start, written = 0; written < length;) {
    const octet = bytes[at]!;
    if (octet < 0x40) { for (let i = 0; i <= octet; i++) wire[written++] = bytes[at++]!; }
    else at = ((octet & 0x3f) << 8) | bytes[at + 1]!;
  }
  return new DnsName(wire);
}

/**
 * Pointers that one name may follow. No name needs more than one before each of its 127 labels; thousands in a row would
 * make a message of 64 KiB take seconds.
 */
const MOST_POINTERS = 255;

/** Checks a name as `readName` does and passes over it without making it. Returns the octets of its uncompressed form. */
export function skipName(reader: ByteReader, compressed = true): number {
  const { bytes } = reader;
  const start = reader.offset;
  // Where a pointer leads to, the name still ends before the reader's end: what it points to stands before it.
  const { end } = reader;
  let at = start, lowest = start, length = 0, after = -1, pointers = 0;
  for (;;) {
    if (at >= end) throw new DnsFormatError("unexpected end of input", "A name runs past the end", end);
    const octet = bytes[at]!;
    if (octet < 0x40) {
      length += octet + 1;
      if (length > 255) throw new DnsFormatError("name too long", "A name is longer than 255 octets", at);
      at += octet + 1;
      if (octet === 0) {
        if (at > end) throw new DnsFormatError("unexpected end of input", "A name runs past the end", end);
        reader.offset = after === -1 ? at : after;
        return length;
      }
    } else if (octet >= 0xc0) {
      if (!compressed) {
        throw new DnsFormatError("disallowed (by application policy)", "A compression pointer where none may be", at);
      }
      if (at + 1 >= end) throw new DnsFormatError("unexpected end of input", "A compression pointer is cut off", at);
      const target = ((octet & 0x3f) << 8) | bytes[at + 1]!;
      if (++pointers > MOST_POINTERS) {
        throw new DnsFormatError("bad compression pointer", `A name of more than ${MOST_POINTERS} pointers`, at);
      }
      if (target >= lowest) {
        throw new DnsFormatError(
          "bad compression pointer",
          `A compression pointer to octet ${target} does not point backwards`,
          at,
        );
      }
      if (after === -1) after = at + 2;
      lowest = target;
      at = target;
    } else {
      throw new DnsFormatError("bad label type", `Label type ${octet >> 6} is not defined`, at);
    }
  }
}

/** Where names already written stand, so that later ones point to them (RFC 1035 4.1.4). One for each message. */
export class NameCompressor {
  readonly #offsets = new Map<string, number>();

  /** Writes `name`, as labels up to the longest known suffix and a pointer to that. Case must agree: none is lost. */
  write(writer: ByteWriter, name: DnsName): void {
    const { wire } = name;
    // The text says each suffix as exactly as its octets do, and its parts are had by cutting.
    const text = name.toString();
    for (let at = 0, character = 0; wire[at] !== 0;) {
      const suffix = text.slice(character);
      const known = this.#offsets.get(suffix);
      if (known !== undefined) {
        writer.u16(0xc000 | known);
        return;
      }
      if (writer.length < 0x4000) this.#offsets.set(suffix, writer.length);
      for (const end = at + wire[at]! + 1; at < end;) {
        writer.u8(wire[at++]!);
        if (at < end) character += IS_PLAIN[wire[at]!] === 1 ? 1 : escaped(wire[at]!).length;
      }
      character++;
    }
    writer.u8(0);
  }
}

/** Writes a name, compressed when a compressor is given. */
export function writeName(writer: ByteWriter, name: DnsName, compressor?: NameCompressor): void {
  if (compressor === undefined) writer.bytes(name.wire);
  else compressor.write(writer, name);
}

// The field builder of the dissectors: short calls for the usual kinds of fields, bounded parts, and no octet left out. Pure.
import { FormatError } from "../base/errors.ts";
import { type Field, FieldBuilder, type FieldValue, type FieldWords } from "../base/field.ts";
import { hex } from "../base/hex.ts";
import { formatIp } from "../base/ip.ts";
import type { ByteReader } from "../base/reader.ts";
import { counted, decodeText } from "./coding/words.ts";

/** What a number means: a table of names, or a function. */
export type Meaning<T> = Readonly<Record<number, string>> | ((value: T) => string | undefined);

/** The name of a field for octets that no rule explains. */
export const UNEXPLAINED = "Unexplained octets";

/** Fields that one message may have; a hostile one is explained up to there. */
const FIELD_LIMIT = 20_000;
/** Groups inside groups. */
const DEPTH_LIMIT = 64;

function meaningOf<T>(value: T, meaning: Meaning<T> | undefined): string | undefined {
  if (meaning === undefined) return undefined;
  if (typeof meaning === "function") return meaning(value);
  return meaning[Number(value)] ?? "unknown";
}

/** One bit or a few neighbouring bits of a word: its name and what its values mean. */
export type BitRow = readonly [name: string, first: number, count: number, meaning?: Meaning<number> | undefined];

/** A `FieldBuilder` with the reads that dissectors need. `ref` is where the field is defined: "RFC 791 3.1". */
export class Tree extends FieldBuilder {
  /** What is given in place of the dissector's result when reading breaks after this was set. */
  said: unknown;
  readonly #budget: { left: number };
  readonly #depth: number;

  constructor(reader: ByteReader, root?: Field, budget?: { left: number }, depth = 0) {
    super(reader, root);
    this.#budget = budget ?? { left: FIELD_LIMIT };
    this.#depth = depth;
  }

  /** The field recorded last in the current group. */
  get last(): Field {
    return this.current.children?.at(-1) ?? this.current;
  }

  get remaining(): number {
    return this.reader.remaining;
  }

  get offset(): number {
    return this.reader.offset;
  }

  /** Adds a finished field. Past the limit of fields it is a `FormatError`. */
  add(field: Field): Field {
    if (--this.#budget.left < 0) {
      throw new FormatError(
        `More than ${FIELD_LIMIT} fields: the rest is not explained`,
        this.reader.offset,
      );
    }
    (this.current.children ??= []).push(field);
    return field;
  }

  override field<T extends FieldValue>(
    name: string,
    read: (reader: ByteReader) => T,
    words?: FieldWords | ((value: T) => FieldWords | string | undefined),
  ): T {
    if (--this.#budget.left < 0) {
      throw new FormatError(
        `More than ${FIELD_LIMIT} fields: the rest is not explained`,
        this.reader.offset,
      );
    }
    return super.field(name, read, words);
  }

  #number<T extends number | bigint>(
    name: string,
    read: (reader: ByteReader) => T,
    ref: string | undefined,
    meaning: Meaning<T> | undefined,
  ): T {
    return this.field(name, read, (value) => ({ ref, meaning: meaningOf(value, meaning) }));
  }

  u8(name: string, ref?: string, meaning?: Meaning<number>): number {
    return this.#number(name, (r) => r.u8(), ref, meaning);
  }
  u16(name: string, ref?: string, meaning?: Meaning<number>): number {
    return this.#number(name, (r) => r.u16(), ref, meaning);
  }
  /** As `u16`, of a number that its specification writes in hex: a cipher suite. */
  code16(name: string, ref?: string, meaning?: Meaning<number>): number {
    const value = this.u16(name, ref, meaning);
    this.last.hex = true;
    return value;
  }
  u24(name: string, ref?: string, meaning?: Meaning<number>): number {
    return this.#number(name, (r) => r.u24(), ref, meaning);
  }
  u32(name: string, ref?: string, meaning?: Meaning<number>): number {
    return this.#number(name, (r) => r.u32(), ref, meaning);
  }
  u64(name: string, ref?: string, meaning?: Meaning<bigint>): bigint {
    return this.#number(name, (r) => r.u64(), ref, meaning);
  }
  u16Le(name: string, ref?: string, meaning?: Meaning<number>): number {
    return this.#number(name, (r) => r.u16Le(), ref, meaning);
  }
  u32Le(name: string, ref?: string, meaning?: Meaning<number>): number {
    return this.#number(name, (r) => r.u32Le(), ref, meaning);
  }
  u64Le(name: string, ref?: string, meaning?: Meaning<bigint>): bigint {
    return this.#number(name, (r) => r.u64Le(), ref, meaning);
  }

  /** `count` octets whose value is the octets themselves. */
  bytes(name: string, count: number, ref?: string, meaning?: (bytes: Uint8Array) => string | undefined): Uint8Array {
    return this.field(name, (r) => r.take(count, name), (value) => ({ ref, meaning: meaning?.(value) }));
  }

  /** `count` octets as UTF-8 text. */
  text(name: string, count: number, ref?: string, meaning?: (text: string) => string | undefined): string {
    return this.field(name, (r) => decodeText(r.take(count, name)), (value) => ({ ref, meaning: meaning?.(value) }));
  }

  /** Text up to a zero octet, which the field includes. */
  zeroText(name: string, ref?: string, meaning?: (text: string) => string | undefined): string {
    return this.field(name, (r) => {
      const end = r.bytes.subarray(0, r.end).indexOf(0, r.offset);
      if (end === -1) throw new FormatError(`${name} has no zero octet at its end`, r.offset);
      const text = decodeText(r.take(end - r.offset));
      r.skip(1);
      return text;
    }, (value) => ({ ref, meaning: meaning?.(value) }));
  }

  /** An IPv4 address (4 octets) or IPv6 address (16 octets). */
  ip(name: string, octets: 4 | 16, ref?: string, meaning?: (text: string) => string | undefined): string {
    return this.field(
      name,
      (r) => formatIp({ family: octets === 4 ? 4 : 6, bytes: r.take(octets, name) }),
      (value) => ({ ref, meaning: meaning?.(value) }),
    );
  }

  /** A link address: octets with colons. */
  mac(name: string, ref?: string, meaning?: (text: string) => string | undefined, octets = 6): string {
    return this.field(
      name,
      (r) => hex(r.take(octets, name), ":"),
      (value) => ({ ref, meaning: meaning?.(value) }),
    );
  }

  /**
   * A word of `octets` octets and its bits as children. Rows are from the most significant bit (0) on.
   * The meaning of the word names the single bits that are set.
   */
  flags(name: string, octets: 1 | 2 | 3 | 4, rows: readonly BitRow[], ref?: string, said?: string): number {
    const start = this.reader.offset;
    this.reader.need(octets, name);
    const bytes = this.reader.take(octets);
    let word = 0;
    for (const octet of bytes) word = word * 256 + octet;
    const field: Field = { name, offset: start, length: octets, value: word, children: [] };
    if (ref !== undefined) field.ref = ref;
    this.add(field);
    const set: string[] = [];
    for (const [bit, first, count, meaning] of rows) {
      const value = Math.floor(word / 2 ** (octets * 8 - first - count)) % 2 ** count;
      const child: Field = { name: bit, offset: start, length: octets, value, bits: [first, count] };
      const words = meaningOf(value, meaning) ?? (count === 1 ? (value === 1 ? "set" : "not set") : undefined);
      if (words !== undefined) child.meaning = words;
      this.#budget.left--;
      field.children!.push(child);
      if (count === 1 && value === 1 && !/^reserved/i.test(bit)) set.push(bit);
    }
    const meaning = said ?? set.join(", ");
    if (meaning !== "") field.meaning = meaning;
    return word;
  }

  /**
   * A word of flags whose least significant octet comes first, and its bits as children: `names` from the lowest bit on.
   * Bits without a name are shown when they are set.
   */
  flagsLe(name: string, octets: 1 | 2 | 4, names: readonly string[], ref?: string): number {
    const rows: BitRow[] = [];
    for (let octet = 0; octet < octets; octet++) {
      const bits = this.reader.peek(octet) ?? 0;
      for (let bit = 7; bit >= 0; bit--) {
        const name = names[octet * 8 + bit];
        if (name || (bits >> bit & 1) === 1) rows.push([name || "Reserved", octet * 8 + (7 - bit), 1]);
      }
    }
    this.flags(name, octets, rows, ref);
    const { bytes, offset } = this.reader;
    let word = 0;
    for (let i = 1; i <= octets; i++) word = word * 256 + bytes[offset - i]!;
    this.last.value = word;
    return word;
  }

  override group<T>(name: string, body: (group: Field) => T, words?: FieldWords): T {
    const outer = this.current;
    const group = this.add({ name, offset: this.reader.offset, length: 0, children: [] });
    if (words?.meaning !== undefined) group.meaning = words.meaning;
    if (words?.ref !== undefined) group.ref = words.ref;
    this.current = group;
    try {
      return body(group);
    } finally {
      this.current = outer;
      group.length = Math.max(this.reader.offset - group.offset, group.length);
    }
  }

  /**
   * A bounded group of `length` octets: `body` cannot read past it, what breaks in it is noted in it, and reading goes
   * on after it. When fewer octets are left it takes those and is a `FormatError` afterwards.
   */
  part<T>(name: string, length: number, body: (part: Tree, group: Field) => T, ref?: string): T | undefined {
    const available = Math.max(0, Math.min(length, this.reader.remaining));
    const offset = this.reader.offset;
    const group = this.add({ name, offset, length: available, children: [] });
    if (ref !== undefined) group.ref = ref;
    const reader = this.reader.child(available);
    let value: T | undefined;
    if (this.#depth >= DEPTH_LIMIT) {
      group.error = `Nested more than ${DEPTH_LIMIT} deep: not explained`;
    } else {
      try {
        value = body(new Tree(reader, group, this.#budget, this.#depth + 1), group);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        if (available === length) group.error ??= error.message;
        if (this.#budget.left < 0) throw error;
      }
    }
    if (available !== length) {
      group.error = `${name} of ${counted(length, "octet")} does not fit: ${available} left`;
      throw new FormatError(group.error, offset);
    }
    return value;
  }

  /**
   * Bounds `body` to the next `length` octets without a group of its own. What breaks in it is noted at the current
   * group, and reading goes on after it; when fewer octets are left it is a `FormatError` afterwards.
   */
  within<T>(name: string, length: number, body: (part: Tree) => T): T | undefined {
    const offset = this.reader.offset;
    const available = Math.max(0, Math.min(length, this.reader.remaining));
    const group = this.current;
    const part = new Tree(this.reader.child(available), group, this.#budget, this.#depth + 1);
    let value: T | undefined;
    try {
      if (this.#depth >= DEPTH_LIMIT) throw new FormatError(`Nested more than ${DEPTH_LIMIT} deep`, offset);
      value = body(part);
    } catch (error) {
      if (!(error instanceof FormatError) || this.#budget.left < 0) throw error;
      if (available === length) group.error ??= error.message;
    }
    if (available !== length) {
      throw new FormatError(`${name} of ${counted(length, "octet")} does not fit: ${available} left`, offset);
    }
    return value;
  }

  /** Octets up to the next one of `stops` (or the end) as text; may be empty, then no field is made. */
  word(name: string, stops: string, ref?: string, meaning?: (text: string) => string | undefined): string {
    const { bytes, offset, end } = this.reader;
    let at = offset;
    while (at < end && !stops.includes(String.fromCharCode(bytes[at]!))) at++;
    return at === offset ? "" : this.text(name, at - offset, ref, meaning);
  }

  /** The line's end (CR LF or LF), when it is next. */
  lineEnd(ref?: string, name = "Line end"): void {
    const first = this.reader.peek();
    const count = first === 13 ? (this.reader.peek(1) === 10 ? 2 : 1) : first === 10 ? 1 : 0;
    if (count > 0) {
      this.bytes(name, count, ref, () => count === 2 ? "CR LF" : first === 10 ? "LF alone" : "CR alone");
    }
  }

  /** Spaces and tabs, when they are next. */
  spaces(ref?: string): void {
    let count = 0;
    while (this.reader.peek(count) === 32 || this.reader.peek(count) === 9) count++;
    if (count > 0) this.bytes("Space", count, ref);
  }

  /** All that is left as one field, when there is any. */
  rest(name: string, ref?: string, meaning?: string): Uint8Array {
    if (this.reader.remaining === 0) return new Uint8Array(0);
    return this.field(name, (r) => r.rest(), { ref, meaning });
  }

  /** Notes a broken rule at the field recorded last, and goes on. */
  flaw(message: string): void {
    this.last.error ??= message;
  }
}

// A message as a tree of named ranges: what every explaining view shows, and the builder that decoders make it with. Pure.
import { FormatError } from "./errors.ts";
import type { ByteReader } from "./reader.ts";

/** What stands in a field. */
export type FieldValue = string | number | bigint | boolean | Uint8Array;

/** A named range of octets, what stands there and what it means. */
export interface Field {
  /** What the protocol calls it: "Transaction ID". */
  readonly name: string;
  /** First octet, counted from the start of the buffer that was decoded (of `buffer` where a parent has one). */
  readonly offset: number;
  /** Octets; grows while children are read. */
  length: number;
  /** The value as the protocol sees it. */
  value?: FieldValue;
  /** What the value means in words: "query", "no error", "points to octet 12: example.test". */
  meaning?: string;
  /** Where it is defined: "RFC 1035 4.1.1". */
  ref?: string;
  /** For a field inside an octet or word: its first bit (0 is the most significant of the range) and how many. */
  bits?: readonly [first: number, count: number];
  children?: Field[];
  /** Octets that the children count in, when they are not those of the packet: reassembled, decompressed. */
  buffer?: Uint8Array;
  /** The number is shown in hex, as its specification writes it. */
  hex?: boolean;
  /** What is wrong here: the message of the `FormatError` that ended the decode, or a broken rule that did not. */
  error?: string;
  /** These octets are a password or another secret that passed in clear: pointed out, and hidden when asked. */
  secret?: boolean;
  /** These octets are a piece of a message that is explained elsewhere, perhaps of a secret in it: hidden when asked. */
  piece?: boolean;
}

/** The optional words of a field. */
export interface FieldWords {
  meaning?: string | undefined;
  ref?: string | undefined;
}

/**
 * Builds a `Field` tree while a reader moves: each call records the range that the reader passed over.
 * When reading throws, everything recorded so far stays in the tree.
 */
export class FieldBuilder {
  readonly reader: ByteReader;
  /** The group that new fields join. */
  current: Field;

  constructor(reader: ByteReader, root: Field = { name: "", offset: reader.offset, length: 0 }) {
    this.reader = reader;
    this.current = root;
  }

  #add(field: Field): Field {
    (this.current.children ??= []).push(field);
    return field;
  }

  /** Records what `read` consumes as a field with the value it returns. */
  field<T extends FieldValue>(
    name: string,
    read: (reader: ByteReader) => T,
    words?: FieldWords | ((value: T) => FieldWords | string | undefined),
  ): T {
    const offset = this.reader.offset;
    const value = read(this.reader);
    const field: Field = { name, offset, length: this.reader.offset - offset, value };
    const said = typeof words === "function" ? words(value) : words;
    if (typeof said === "string") field.meaning = said;
    else if (said !== undefined) {
      if (said.meaning !== undefined) field.meaning = said.meaning;
      if (said.ref !== undefined) field.ref = said.ref;
    }
    this.#add(field);
    return value;
  }

  /** Records some bits of the last `octets` octets read. Bit 0 is the most significant. */
  bits(name: string, octets: number, first: number, count: number, words?: FieldWords): number {
    const offset = this.reader.offset - octets;
    let word = 0;
    for (let i = 0; i < octets; i++) word = word * 256 + this.reader.bytes[offset + i]!;
    const value = Math.floor(word / 2 ** (octets * 8 - first - count)) % 2 ** count;
    const field: Field = { name, offset, length: octets, value, bits: [first, count] };
    if (words?.meaning !== undefined) field.meaning = words.meaning;
    if (words?.ref !== undefined) field.ref = words.ref;
    this.#add(field);
    return value;
  }

  /** A field with children: everything that `body` records. It covers what `body` consumes, also when `body` throws. */
  group<T>(name: string, body: (group: Field) => T, words?: FieldWords): T {
    const outer = this.current;
    const group = this.#add({ name, offset: this.reader.offset, length: 0, children: [] });
    if (words?.meaning !== undefined) group.meaning = words.meaning;
    if (words?.ref !== undefined) group.ref = words.ref;
    this.current = group;
    try {
      return body(group);
    } catch (error) {
      if (error instanceof FormatError && group.error === undefined && outer.error === undefined) {
        group.error = error.message;
      }
      throw error;
    } finally {
      this.current = outer;
      group.length = Math.max(this.reader.offset - group.offset, group.length);
    }
  }
}

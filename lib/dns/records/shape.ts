// What a record type is made of: an ordered list of named wire fields, each of a kind (RFC 1035 3.2.1, 3.3). Pure.
// The engine in `rdata.ts` derives parse, encode, both directions of text and the annotated view from it.
import type { FieldBuilder } from "../../base/field.ts";
import type { ByteReader } from "../../base/reader.ts";
import type { ByteWriter } from "../../base/writer.ts";
import type { DnsName, NameCompressor } from "../name.ts";
import type { Tokens } from "./tokens.ts";

/** A field's value: numbers, octets, names, lists of these, or an object where a field has parts. */
export type RdataValue =
  | number
  | bigint
  | string
  | Uint8Array
  | DnsName
  | readonly RdataValue[]
  | { readonly [part: string]: RdataValue };

/** The values of one rdata by field name, in wire order. */
export type RdataValues = { [field: string]: RdataValue };

/** How presentation text is laid out; what dig's display options choose. Every member has the plain default. */
export interface TextStyle {
  /** Long rdata in parentheses over several lines, as `+multiline`. Default false. */
  multiline?: boolean;
  /** Comments such as `; key id = 4711`, as `+rrcomments`. Default false. */
  comments?: boolean;
  /** False replaces keys and signatures by `[omitted]` and `[key id = 4711]`, as `+nocrypto`. Default true. */
  crypto?: boolean;
  /** AAAA with all its zeros, as `+expandaaaa`. Default false. */
  expandAaaa?: boolean;
  /** Every type as `\# length hex` (RFC 3597), as `+unknownformat`. Default false. */
  unknownFormat?: boolean;
  /**
   * Characters of hex and base64 between two breaks. Default 60. 0 never breaks, as `+nosplit`. Lists that fill lines
   * (HIP, TXT …) do not look at it.
   */
  width?: number;
  /** Seconds since 1970 that 32-bit signature times are read against (RFC 4034 3.1.5). Default: the clock. */
  now?: number;
  /** What stands between two groups or lines: a space by default, a line break and its indentation in multi-line text. */
  lineBreak?: string;
}

/** What text is read against. */
export interface TextContext {
  /** Appended to names without a dot at the end. Default: the root. */
  origin: DnsName;
}

/** One kind of wire field. `values` holds the fields before this one, for kinds that depend on them. */
export interface Kind<V extends RdataValue = RdataValue> {
  /** The value is a name or has names in it, which may be compressed on the wire. */
  readonly hasName?: true;
  /** Reads and validates one value; the reader ends with the rdata. */
  read(reader: ByteReader, values: RdataValues): V;
  /** Validates as `read` does without making a value, for kinds that depend on no other field. Who replaces `read` replaces this too. */
  skip?(reader: ByteReader): void;
  write(writer: ByteWriter, value: V, values: RdataValues, compressor?: NameCompressor): void;
  /** Presentation text; empty when the field has none. */
  print(value: V, style: TextStyle, values: RdataValues): string;
  /** Reads presentation text; a `DnsFormatError` for anything else. */
  parse(tokens: Tokens, context: TextContext, values: RdataValues): V;
  /** Records the octets of one value as named ranges; without it the value is one range. */
  explain?(builder: FieldBuilder, field: RdataField, values: RdataValues): V;
}

/** Some bits of a number; bit 0 is the most significant. */
export interface BitField {
  readonly first: number;
  readonly count: number;
  readonly label: string;
  readonly meaning: (value: number) => string | undefined;
  /** Where the bits are defined, when not where the field is. */
  readonly ref?: string;
}

/** A named field of an rdata. */
export interface RdataField {
  /** Key in `RdataValues`: "preference". */
  readonly name: string;
  /** For the annotated view: "Preference". */
  readonly label: string;
  // deno-lint-ignore no-explicit-any -- a list of fields holds kinds of different values; each gets only what it read
  readonly kind: Kind<any>;
  /** Where the field is defined, when not where the type is. */
  readonly ref?: string | undefined;
  /** What a value means, in words. */
  readonly meaning?: (value: never, values: RdataValues) => string | undefined;
  /** What the bits of a number mean: all of them, in order. */
  readonly bits?: readonly BitField[];
}

/** One record type. */
export interface RecordType {
  readonly type: number;
  readonly mnemonic: string;
  /** "RFC 1035 3.3.9". */
  readonly ref: string;
  /** In a few words: "mail exchange". */
  readonly summary: string;
  /** The only class in which the type has this shape; in others it is printed as unknown. Default: every class. */
  readonly rdclass?: number;
  /** Names inside may be compressed when encoding: the types of RFC 1035 alone (RFC 3597 4). */
  readonly compressible?: boolean;
  readonly fields: readonly RdataField[];
  /** Octets of all data when there can be no other number. */
  readonly length?: number;
  /** Whether data has this shape: forms that nobody defined are printed as unknown. Default: all data has it. */
  readonly covers?: (data: Uint8Array) => boolean;
  /** Rules between fields, checked after reading: throws a `DnsFormatError` whose offset counts from the data. */
  readonly check?: (values: RdataValues) => void;
  /** Whether a name can own such a record. Default: any can. */
  readonly checkOwner?: (owner: DnsName) => boolean;
  /** Text that is more than the fields' texts with spaces between. */
  readonly print?: (values: RdataValues, style: TextStyle, wire: Uint8Array) => string;
  /** Text that is not read field by field. */
  readonly parse?: (tokens: Tokens, context: TextContext) => RdataValues;
}

// The engine over the shapes: one record's data as octets, values and text (RFC 1035 3.3, RFC 3597). Pure.
// It knows no type: those stand in `records/list.ts`.
import { equalBytes } from "../base/bytes.ts";
import { FormatError } from "../base/errors.ts";
import type { FieldBuilder } from "../base/field.ts";
import { ByteReader } from "../base/reader.ts";
import { ByteWriter } from "../base/writer.ts";
import { DnsFormatError, reasonOf } from "./errors.ts";
import { DnsName, type NameCompressor } from "./name.ts";
import { parseHexText, parseNumber } from "./records/kinds.ts";
import { RECORD_TYPES } from "./records/list.ts";
import { unknownText } from "./records/layout.ts";
import type { RdataValue, RdataValues, RecordType, TextStyle } from "./records/shape.ts";
import { Tokens } from "./records/tokens.ts";
import { CLASS, TYPE } from "./types.ts";

const shapes = new Map<number, RecordType | RecordType[]>();
for (const shape of RECORD_TYPES) {
  const known = shapes.get(shape.type);
  shapes.set(shape.type, known === undefined ? shape : Array.isArray(known) ? [...known, shape] : [known, shape]);
}

const pointing = new Set(
  RECORD_TYPES.filter(({ fields }) => fields.some(({ kind }) => kind.hasName === true)).map((shape) => shape.type),
);

/** Shapes of one class or of all that are checked field by field without values. */
const skippable = new Map(
  RECORD_TYPES.filter((shape) =>
    !Array.isArray(shapes.get(shape.type)) && shape.check === undefined && shape.covers === undefined &&
    shape.length === undefined && shape.fields.every(({ kind }) => kind.skip !== undefined)
  ).map((shape) => [shape.type, shape]),
);

/** Whether names in a type's data may be compressed, so that its octets say all only within their message. */
export function mayPoint(type: number): boolean {
  return pointing.has(type);
}

/** The shape of a type in a class; `undefined` for unknown ones (RFC 3597). */
export function recordType(type: number, rdclass: number): RecordType | undefined {
  const found = shapes.get(type);
  if (found === undefined) return undefined;
  if (Array.isArray(found)) return found.find((shape) => shape.rdclass === rdclass);
  return found.rdclass === undefined || found.rdclass === rdclass ? found : undefined;
}

/** The shape that data of a type has; `undefined` also for forms that the type's shape does not cover. */
function shapeOf(type: number, rdclass: number, bytes: Uint8Array, start: number, end: number): RecordType | undefined {
  const shape = recordType(type, rdclass);
  if (shape?.covers === undefined || shape.covers(bytes.subarray(start, end))) return shape;
  return undefined;
}

const NOTHING = new Uint8Array(0);

/** One record's data. Holds its uncompressed wire form; values and text are made when asked for. Immutable. */
export class Rdata {
  readonly type: number;
  readonly rdclass: number;
  #wire: Uint8Array | undefined;
  #values: RdataValues | undefined;

  /**
   * `wire` is not copied and not checked: `values` and `text` throw a `FormatError` where it is malformed. It may be left
   * out when all `values` of the type are given, and is made of them then.
   */
  constructor(type: number, rdclass: number, wire: Uint8Array | undefined, values?: RdataValues) {
    this.type = type;
    this.rdclass = rdclass;
    this.#wire = wire;
    this.#values = values;
  }

  /** Octets with all names uncompressed. */
  get wire(): Uint8Array {
    return this.#wire ??= wireOf(recordType(this.type, this.rdclass)!, this.#values!);
  }

  /** The values by field name: `{ preference: 10, exchange: DnsName }`; `{ data: Uint8Array }` for unknown types. */
  get values(): RdataValues {
    return this.#values ??= readValues(new ByteReader(this.wire), this.#shape());
  }

  #shape(): RecordType | undefined {
    const shape = recordType(this.type, this.rdclass);
    if (shape?.covers === undefined) return shape;
    return shapeOf(this.type, this.rdclass, this.wire, 0, this.wire.length);
  }

  /** Presentation text, laid out as dig does with these display options. Empty data of class ANY or NONE is no text. */
  text(style: TextStyle = {}): string {
    // The commonest of all without the engine.
    if (this.type === TYPE.A && this.rdclass === CLASS.IN && style.unknownFormat !== true) {
      const { wire } = this;
      if (wire.length === 4) return `${wire[0]}.${wire[1]}.${wire[2]}.${wire[3]}`;
    }
    const shape = this.#shape();
    if (shape === undefined || style.unknownFormat === true) {
      return isBare(this) ? "" : unknownText(this.wire, style);
    }
    if (isBare(this)) return "";
    if (shape.print !== undefined) return shape.print(this.values, style, shape.print.length < 3 ? NOTHING : this.wire);
    let out = "";
    for (const field of shape.fields) {
      const text = field.kind.print(this.values[field.name], style, this.values);
      if (text !== "") out += out === "" ? text : ` ${text}`;
    }
    return out;
  }

  /** Same type, class and octets, names compared without case. */
  equals(other: Rdata): boolean {
    if (this.type !== other.type || this.rdclass !== other.rdclass) return false;
    if (equalBytes(this.wire, other.wire)) return true;
    if (this.wire.length !== other.wire.length) return false;
    return equalValues(this.values, other.values);
  }
}

/** Data that an update (RFC 2136 2.4) leaves out. */
function isBare(rdata: Rdata): boolean {
  return rdata.rdclass >= CLASS.NONE && rdata.wire.length === 0 &&
    (rdata.rdclass === CLASS.NONE || rdata.rdclass === CLASS.ANY) &&
    rdata.type !== TYPE.OPT;
}

function equalValues(a: RdataValue, b: RdataValue): boolean {
  if (a instanceof DnsName) return b instanceof DnsName && a.equals(b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b);
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && equalValues(a[key as never], b[key as never]));
}

function readValues(reader: ByteReader, shape: RecordType | undefined): RdataValues {
  if (shape === undefined) return { data: reader.rest() };
  const values: RdataValues = {};
  const start = reader.offset;
  checkWholeLength(reader, shape);
  for (const field of shape.fields) values[field.name] = field.kind.read(reader, values);
  finish(reader, shape, values, start);
  return values;
}

/** Data of a fixed length has that length. */
function checkWholeLength(reader: ByteReader, shape: RecordType): void {
  if (shape.length === undefined || shape.length === reader.remaining) return;
  const message = `Data of ${shape.mnemonic} has ${shape.length} octets, not ${reader.remaining}`;
  throw new DnsFormatError("FORMERR", message, reader.offset);
}

/** The rules that end every rdata: its own, and nothing left. */
function finish(reader: ByteReader, shape: RecordType, values: RdataValues, start: number): void {
  if (shape.check !== undefined) {
    try {
      shape.check(values);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new DnsFormatError(reasonOf(error), error.message, start + error.offset, { cause: error });
    }
  }
  if (reader.remaining > 0) {
    throw new DnsFormatError(
      "extra input data",
      `${reader.remaining} octets left over in the data of ${shape.mnemonic}`,
      reader.offset,
    );
  }
}

/** Reads rdata from a reader that ends with it; names in it may point anywhere before. All octets must be used. */
export function readRdata(reader: ByteReader, type: number, rdclass: number): Rdata {
  const shape = shapeOf(type, rdclass, reader.bytes, reader.offset, reader.end);
  const start = reader.offset;
  const values = readValues(reader, shape);
  return rdataFrom(type, rdclass, shape, values, reader.bytes, start, reader.offset);
}

function rdataFrom(
  type: number,
  rdclass: number,
  shape: RecordType | undefined,
  values: RdataValues,
  bytes: Uint8Array,
  start: number,
  end: number,
): Rdata {
  // Where pointers may have been, the octets are made of the values.
  if (shape !== undefined && pointing.has(type)) return new Rdata(type, rdclass, undefined, values);
  return new Rdata(type, rdclass, bytes.subarray(start, end), values);
}

function wireOf(
  shape: RecordType,
  values: RdataValues,
  compressor?: NameCompressor,
  writer = new ByteWriter(),
): Uint8Array {
  for (const field of shape.fields) field.kind.write(writer, values[field.name], values, compressor);
  return writer.take();
}

/** As `readRdata`, and every octet becomes a named range in the builder. */
export function explainRdata(builder: FieldBuilder, type: number, rdclass: number): Rdata {
  const { reader } = builder;
  const shape = shapeOf(type, rdclass, reader.bytes, reader.offset, reader.end);
  const start = reader.offset;
  const values: RdataValues = {};
  if (shape === undefined) {
    if (reader.remaining > 0) values.data = builder.field("Data", (r) => r.rest(), { ref: "RFC 3597 5" });
    else values.data = reader.rest();
  } else {
    checkWholeLength(reader, shape);
    for (const field of shape.fields) {
      if (field.kind.explain !== undefined) {
        values[field.name] = field.kind.explain(builder, { ...field, ref: field.ref ?? shape.ref }, values);
      } else explainPlain(builder, field, shape, values);
    }
    finish(reader, shape, values, start);
    // Kinds that explain themselves may judge less strictly than when they read: the tree is whole, the error is the same.
    readValues(new ByteReader(reader.bytes.subarray(0, reader.end), start), shape);
  }
  return rdataFrom(type, rdclass, shape, values, reader.bytes, start, reader.offset);
}

/** A field that is one range. Fields without octets leave none. */
function explainPlain(
  builder: FieldBuilder,
  field: RecordType["fields"][number],
  shape: RecordType,
  values: RdataValues,
): void {
  const { reader } = builder;
  const before = reader.offset;
  let value: RdataValue;
  try {
    value = field.kind.read(reader, values);
  } catch (error) {
    reader.offset = before; // nothing was explained
    throw error;
  }
  values[field.name] = value;
  const end = reader.offset;
  if (end === before) return;
  reader.offset = before;
  const text = field.kind.print(value, {}, values);
  const meaning = field.meaning?.(value as never, values) ??
    (typeof value === "object" || text !== String(value) ? text : undefined);
  const shown = typeof value === "number" || value instanceof Uint8Array ? value : text;
  builder.field(field.label, (r) => {
    r.offset = end;
    return shown;
  }, { meaning: meaning === "" ? undefined : meaning, ref: field.ref ?? shape.ref });
}

/** Writes rdata without its length; names are compressed where the type allows it and a compressor is given. */
export function writeRdata(writer: ByteWriter, rdata: Rdata, compressor?: NameCompressor): void {
  const shape = compressor === undefined ? undefined : recordType(rdata.type, rdata.rdclass);
  if (shape?.compressible === true && rdata.wire.length > 0) wireInto(shape, rdata.values, writer, compressor!);
  else writer.bytes(rdata.wire);
}

function wireInto(shape: RecordType, values: RdataValues, writer: ByteWriter, compressor: NameCompressor): void {
  for (const field of shape.fields) field.kind.write(writer, values[field.name], values, compressor);
}

/** Rdata of values by field name, the inverse of `Rdata.values`. A `TypeError` when one is missing. */
export function rdataOf(type: number, rdclass: number, values: RdataValues): Rdata {
  const shape = recordType(type, rdclass);
  // Data of a form that the shape does not cover has the one field of unknown data.
  if (shape === undefined || (values.data instanceof Uint8Array && !shape.fields.some(({ name }) => name === "data"))) {
    if (!(values.data instanceof Uint8Array)) throw new TypeError("Unknown rdata needs { data: Uint8Array }");
    return new Rdata(type, rdclass, values.data, values);
  }
  for (const field of shape.fields) {
    if (values[field.name] === undefined) throw new TypeError(`${shape.mnemonic} needs a value for "${field.name}"`);
  }
  return new Rdata(type, rdclass, wireOf(shape, values), values);
}

/**
 * Rdata of presentation text, the inverse of `Rdata.text`, RFC 3597's `\# length hex` included for every type.
 * Names without a dot at the end get `origin`. A `DnsFormatError` with the offset in the text for anything else.
 */
export function parseRdata(type: number, rdclass: number, text: string, origin: DnsName = DnsName.root): Rdata {
  const tokens = new Tokens(text);
  const shape = recordType(type, rdclass);
  const first = tokens.peek();
  if (first !== undefined && !first.quoted && first.text === "\\#" && !isEscapedHash(type, tokens)) {
    return parseUnknown(type, rdclass, tokens);
  }
  if (shape === undefined) throw new DnsFormatError("syntax error", "An unknown type needs \\# length hex");
  const context = { origin };
  let values: RdataValues = {};
  if (shape.parse !== undefined) values = shape.parse(tokens, context);
  else for (const field of shape.fields) values[field.name] = field.kind.parse(tokens, context, values);
  if (!tokens.atEnd) {
    throw new DnsFormatError("extra input text", `"${tokens.peek()!.text}" is too much`, tokens.offset);
  }
  const wire = wireOf(shape, values);
  if (wire.length > 0xffff) throw new DnsFormatError("ran out of space", "More than 65535 octets of data");
  // What text alone does not rule out is ruled out by reading it back.
  return readRdata(new ByteReader(wire), type, rdclass);
}

/** A TXT may begin with an escaped `#`: it is the unknown form only when a number follows. */
function isEscapedHash(type: number, tokens: Tokens): boolean {
  return type === 16 && !/^\d+$/.test(tokens.peek(1)?.text ?? "");
}

function parseUnknown(type: number, rdclass: number, tokens: Tokens): Rdata {
  tokens.next();
  const length = parseNumber(tokens, 0xffff, "length");
  const offset = tokens.offset;
  const data = parseHexText(tokens.rest().join(""), offset);
  if (data.length !== length) {
    throw new DnsFormatError(
      "unexpected end of input",
      `${data.length} octets, not the ${length} that were said`,
      offset,
    );
  }
  const rdata = readRdata(new ByteReader(data), type, rdclass);
  // There is no message for a pointer to point into.
  if (!equalBytes(rdata.wire, data)) {
    throw new DnsFormatError("disallowed (by application policy)", "A compression pointer in data alone", offset);
  }
  return rdata;
}

/** Checks rdata without keeping anything: for strict parsing. */
export function checkRdata(reader: ByteReader, type: number, rdclass: number): void {
  const skips = skippable.get(type);
  if (skips !== undefined && (skips.rdclass === undefined || skips.rdclass === rdclass)) {
    for (const { kind } of skips.fields) kind.skip!(reader);
    if (reader.remaining > 0) finish(reader, skips, {}, 0);
    return;
  }
  readValues(reader, shapeOf(type, rdclass, reader.bytes, reader.offset, reader.end));
}

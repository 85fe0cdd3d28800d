// The engine over the shapes: one record's data as octets, values and text (RFC 1035 3.3, RFC 3597). Pure.
// It knows no type: the common ones stand in `records/common.ts`, the others in `records/list.ts`.
import { FormatError } from "../base/errors.ts";
import { ByteReader } from "../base/reader.ts";
import { ByteWriter } from "../base/writer.ts";
import { DnsFormatError, reasonOf } from "./errors.ts";
import type { NameCompressor } from "./name.ts";
import { COMMON_RECORDS } from "./records/common.ts";
import { unknownText } from "./records/layout.ts";
import type { RdataValues, RecordType, TextStyle } from "./records/shape.ts";
import { CLASS, TYPE } from "./types.ts";

/** Shapes by type, and what is often asked of them. */
interface Shapes {
  readonly byType: ReadonlyMap<number, RecordType | readonly RecordType[]>;
  /** Shapes of data with names that may be compressed, and their types. */
  readonly pointing: ReadonlySet<RecordType | number>;
  /** Shapes of one class or of all that are checked field by field without values. */
  readonly skippable: ReadonlyMap<number, RecordType>;
}

function shapesOf(types: readonly RecordType[]): Shapes {
  const byType = new Map<number, RecordType | readonly RecordType[]>();
  const pointing = new Set<RecordType | number>(), skippable = new Map<number, RecordType>();
  for (const shape of types) {
    const { type, fields } = shape;
    const known = byType.get(type);
    byType.set(type, known === undefined ? shape : [known, shape].flat());
    if (fields.some(({ kind }) => kind.hasName === true)) pointing.add(type).add(shape);
    const plain = known === undefined && shape.check === undefined && shape.covers === undefined &&
      shape.length === undefined && fields.every(({ kind }) => kind.skip !== undefined);
    if (plain) skippable.set(type, shape);
    else skippable.delete(type);
  }
  return { byType, pointing, skippable };
}

/** The shapes that are known: those of the common types until `knowRecordTypes` brings the others. */
let shapes = shapesOf(COMMON_RECORDS);
let complete = false;

/** Makes the shapes of these types known beside the common ones: `records/all.ts` does, for whoever meets any type. */
export function knowRecordTypes(types: readonly RecordType[]): void {
  shapes = shapesOf([...COMMON_RECORDS, ...types]);
  complete = true;
}

/** Whether data of a type is read as what it is: all is, once the rare types are known. */
export function isReadable(type: number, rdclass: number): boolean {
  return complete || recordType(type, rdclass) !== undefined;
}

/**
 * Whether names in the data of a type in a class may be compressed, so that its octets say all only within their message:
 * those of A in CH, not those of A in IN.
 */
export function mayPoint(type: number, rdclass: number): boolean {
  const { pointing } = shapes;
  return pointing.has(type) && pointing.has(recordType(type, rdclass) ?? -1);
}

/** The shape of a type in a class; `undefined` for unknown ones (RFC 3597). */
export function recordType(type: number, rdclass: number): RecordType | undefined {
  const found = shapes.byType.get(type);
  if (found === undefined) return undefined;
  if (!("type" in found)) return found.find((shape) => shape.rdclass === rdclass);
  return found.rdclass === undefined || found.rdclass === rdclass ? found : undefined;
}

/** The shape that data of a type has; `undefined` also for forms that the type's shape does not cover. */
export function shapeOf(
  type: number,
  rdclass: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): RecordType | undefined {
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

  /** Presentation text, laid out as dig does with these display options. */
  text(style: TextStyle = {}): string {
    // The commonest of all without the engine.
    if (this.type === TYPE.A && this.rdclass === CLASS.IN && style.unknownFormat !== true) {
      const { wire } = this;
      if (wire.length === 4) return `${wire[0]}.${wire[1]}.${wire[2]}.${wire[3]}`;
    }
    const shape = this.#shape();
    if (shape === undefined || style.unknownFormat === true) return unknownText(this.wire, style);
    if (shape.print !== undefined) return shape.print(this.values, style, shape.print.length < 3 ? NOTHING : this.wire);
    let out = "";
    for (const field of shape.fields) {
      const text = field.kind.print(this.values[field.name], style, this.values);
      if (text !== "") out += out === "" ? text : ` ${text}`;
    }
    return out;
  }
}

/** The data that an update leaves out (RFC 2136 2.4): no octets, no values, no text. */
export class NoRdata extends Rdata {
  constructor(type: number, rdclass: number) {
    super(type, rdclass, NOTHING, {});
  }

  override text(): string {
    return "";
  }
}

/**
 * The values of a record's data, read to the end of `reader`; of an unknown type the octets alone. `DnsFormatError`
 * where they break the form.
 */
export function readValues(reader: ByteReader, shape: RecordType | undefined): RdataValues {
  if (shape === undefined) return { data: reader.rest() };
  const values: RdataValues = {};
  const start = reader.offset;
  checkWholeLength(reader, shape);
  for (const field of shape.fields) values[field.name] = field.kind.read(reader, values);
  finish(reader, shape, values, start);
  return values;
}

/** Data of a fixed length has that length. */
export function checkWholeLength(reader: ByteReader, shape: RecordType): void {
  if (shape.length === undefined || shape.length === reader.remaining) return;
  const message = `Data of ${shape.mnemonic} has ${shape.length} octets, not ${reader.remaining}`;
  throw new DnsFormatError("FORMERR", message, reader.offset);
}

/** The rules that end every rdata: its own, and nothing left. */
export function finish(reader: ByteReader, shape: RecordType, values: RdataValues, start: number): void {
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
      `${reader.remaining === 1 ? "1 octet" : `${reader.remaining} octets`} left over in the data of ${shape.mnemonic}`,
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

/** Record data of what was read from `bytes` between `start` and `end`. */
export function rdataFrom(
  type: number,
  rdclass: number,
  shape: RecordType | undefined,
  values: RdataValues,
  bytes: Uint8Array,
  start: number,
  end: number,
): Rdata {
  // Where pointers may have been, the octets are made of the values.
  if (shape !== undefined && shapes.pointing.has(shape)) return new Rdata(type, rdclass, undefined, values);
  return new Rdata(type, rdclass, bytes.subarray(start, end), values);
}

/** The octets of values, with names in full. */
export function wireOf(shape: RecordType, values: RdataValues): Uint8Array {
  const writer = new ByteWriter();
  writeValues(writer, shape, values);
  return writer.take();
}

/** Writes rdata without its length; names are compressed where the type allows it and a compressor is given. */
export function writeRdata(writer: ByteWriter, rdata: Rdata, compressor?: NameCompressor): void {
  const shape = compressor === undefined ? undefined : recordType(rdata.type, rdata.rdclass);
  if (shape?.compressible === true && rdata.wire.length > 0) writeValues(writer, shape, rdata.values, compressor);
  else writer.bytes(rdata.wire);
}

function writeValues(
  writer: ByteWriter,
  shape: RecordType,
  values: RdataValues,
  compressor?: NameCompressor,
): void {
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

/** Checks rdata without keeping anything: for strict parsing. */
export function checkRdata(reader: ByteReader, type: number, rdclass: number): void {
  const skips = shapes.skippable.get(type);
  if (skips !== undefined && (skips.rdclass === undefined || skips.rdclass === rdclass)) {
    for (const { kind } of skips.fields) kind.skip!(reader);
    if (reader.remaining > 0) finish(reader, skips, {}, 0);
    return;
  }
  readValues(reader, shapeOf(type, rdclass, reader.bytes, reader.offset, reader.end));
}

// The engine over the shapes: one record's data as octets, values and text (RFC 1035 3.3, RFC 3597). Pure.
// It knows no type: those stand in `records/list.ts`.
import type { FieldBuilder } from "../base/field.ts";
import type { ByteReader } from "../base/reader.ts";
import type { ByteWriter } from "../base/writer.ts";
import { DnsName, type NameCompressor } from "./name.ts";
import type { RdataValues, RecordType, TextStyle } from "./records/shape.ts";

/** One record's data. Holds its uncompressed wire form; values and text are made when asked for. Immutable. */
export class Rdata {
  readonly type: number;
  readonly rdclass: number;
  /** Octets with all names uncompressed. */
  readonly wire: Uint8Array;
  #values: RdataValues | undefined;

  /** `wire` is not copied and not checked: `values` and `text` throw a `FormatError` where it is malformed. */
  constructor(type: number, rdclass: number, wire: Uint8Array, values?: RdataValues) {
    this.type = type;
    this.rdclass = rdclass;
    this.wire = wire;
    this.#values = values;
  }

  /** The values by field name: `{ preference: 10, exchange: DnsName }`; `{ data: Uint8Array }` for unknown types. */
  get values(): RdataValues {
    return this.#values ??= {};
  }

  /** Presentation text, laid out as dig does with these display options. */
  text(_style: TextStyle = {}): string {
    throw new Error("not yet");
  }

  /** Same type, class and octets, names compared without case. */
  equals(_other: Rdata): boolean {
    throw new Error("not yet");
  }
}

/** The shape of a type in a class; `undefined` for unknown ones (RFC 3597). */
export function recordType(_type: number, _rdclass: number): RecordType | undefined {
  throw new Error("not yet");
}

/** Reads rdata from a reader that ends with it; names in it may point anywhere before. All octets must be used. */
export function readRdata(_reader: ByteReader, _type: number, _rdclass: number): Rdata {
  throw new Error("not yet");
}

/** As `readRdata`, and every octet becomes a named range in the builder. */
export function explainRdata(_builder: FieldBuilder, _type: number, _rdclass: number): Rdata {
  throw new Error("not yet");
}

/** Writes rdata without its length; names are compressed where the type allows it and a compressor is given. */
export function writeRdata(_writer: ByteWriter, _rdata: Rdata, _compressor?: NameCompressor): void {
  throw new Error("not yet");
}

/** Rdata of values by field name, the inverse of `Rdata.values`. */
export function rdataOf(_type: number, _rdclass: number, _values: RdataValues): Rdata {
  throw new Error("not yet");
}

/** Rdata of presentation text, the inverse of `Rdata.text`, RFC 3597's `\# length hex` included. `DnsFormatError` with the offset in the text. */
export function parseRdata(_type: number, _rdclass: number, _text: string, _origin: DnsName = DnsName.root): Rdata {
  throw new Error("not yet");
}

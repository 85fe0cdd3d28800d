// One record's data as named ranges: every octet of it (RFC 1035 3.3). Pure.
import type { FieldBuilder } from "../base/field.ts";
import { ByteReader } from "../base/reader.ts";
import { explainOptions } from "./edns_explain.ts";
import { explainName } from "./explain_name.ts";
import { checkWholeLength, finish, type Rdata, rdataFrom, readValues, shapeOf } from "./rdata.ts";
import "./records/all.ts";
import { compressedName, ipv4, ipv6, name } from "./records/kinds.ts";
import { options } from "./records/options.ts";
import type { Kind, RdataField, RdataValue, RdataValues, RecordType } from "./records/shape.ts";

const nameInParts: Kind["explain"] = (builder, field) => explainName(builder, field.label, field.ref);

/** How kinds of the common records are explained in parts: their files are free of it, since a plain lookup needs none. */
const IN_PARTS: ReadonlyMap<Kind, NonNullable<Kind["explain"]>> = new Map<Kind, NonNullable<Kind["explain"]>>([
  [name as Kind, nameInParts],
  [compressedName as Kind, nameInParts],
  [options as Kind, explainOptions],
]);

/** Kinds of octets that are shown as text. */
const WRITTEN: ReadonlySet<Kind> = new Set([ipv4 as Kind, ipv6 as Kind]);

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
      const explain = field.kind.explain ?? IN_PARTS.get(field.kind);
      if (explain !== undefined) {
        values[field.name] = explain(builder, { ...field, ref: field.ref ?? shape.ref }, values);
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
  const shown = typeof value === "number" || (value instanceof Uint8Array && !WRITTEN.has(field.kind)) ? value : text;
  const meaning = field.meaning?.(value as never, values) ??
    (shown instanceof Uint8Array || text !== String(shown) ? text : undefined);
  const ref = field.ref ?? shape.ref;
  if (field.bits !== undefined) return explainBits(builder, field, value as number, end, meaning, ref);
  builder.field(field.label, (r) => {
    r.offset = end;
    return shown;
  }, { meaning: meaning === "" ? undefined : meaning, ref });
}

/** A number up to `end`, and each of its bits. */
function explainBits(
  builder: FieldBuilder,
  { label, bits }: RdataField,
  value: number,
  end: number,
  meaning: string | undefined,
  ref: string,
): void {
  builder.group(label, (group) => {
    const octets = end - builder.reader.offset;
    builder.reader.offset = end;
    group.value = value;
    for (const { first, count, label, meaning, ref: own } of bits!) {
      const part = Math.floor(value / 2 ** (octets * 8 - first - count)) % 2 ** count;
      const said = meaning(part);
      builder.bits(label, octets, first, count, { ...(said === undefined ? {} : { meaning: said }), ref: own ?? ref });
    }
  }, { ...(meaning === undefined ? {} : { meaning }), ref });
}

// Names of PostgreSQL's types, and values in their binary forms (pg_type.dat; each type's "send" function). Pure.
// To add a type: a line in `TYPES`, and its case in `binaryValue` where octets say it.
import type { Tree } from "../tree.ts";
import { decodeText, looksLikeText } from "../coding/words.ts";

export const TYPES: Readonly<Record<number, string>> = {
  0: "not said",
  16: "bool",
  17: "bytea",
  18: "char",
  19: "name",
  20: "int8",
  21: "int2",
  23: "int4",
  24: "regproc",
  25: "text",
  26: "oid",
  28: "xid",
  114: "json",
  142: "xml",
  600: "point",
  650: "cidr",
  700: "float4",
  701: "float8",
  705: "unknown",
  790: "money",
  829: "macaddr",
  869: "inet",
  1000: "bool[]",
  1005: "int2[]",
  1007: "int4[]",
  1009: "text[]",
  1015: "varchar[]",
  1016: "int8[]",
  1022: "float8[]",
  1042: "char(n)",
  1043: "varchar",
  1082: "date",
  1083: "time",
  1114: "timestamp",
  1184: "timestamp with time zone",
  1186: "interval",
  1266: "time with time zone",
  1560: "bit",
  1700: "numeric",
  2205: "regclass",
  2249: "record",
  2278: "void",
  2950: "uuid",
  3802: "jsonb",
  3904: "int4range",
};

/** Microseconds from 1970 to 2000, where times count from. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/** A date and time of `ms` since 2000, or `undefined` where no date has it. */
function moment(ms: number): string | undefined {
  const date = new Date(EPOCH_MS + ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace("T", " ").replace(/(\.000)?Z$/, "");
}

/** What the octets of a binary value say, for the types that one word can say. */
function binaryMeaning(type: number, bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fits = (octets: number) => bytes.length === octets;
  switch (type) {
    case 16:
      return fits(1) ? (bytes[0] === 1 ? "true" : "false") : undefined;
    case 20:
      return fits(8) ? String(view.getBigInt64(0)) : undefined;
    case 21:
      return fits(2) ? String(view.getInt16(0)) : undefined;
    case 23:
      return fits(4) ? String(view.getInt32(0)) : undefined;
    case 26:
      return fits(4) ? String(view.getUint32(0)) : undefined;
    case 700:
      return fits(4) ? String(view.getFloat32(0)) : undefined;
    case 701:
      return fits(8) ? String(view.getFloat64(0)) : undefined;
    case 1082:
      return fits(4) ? moment(view.getInt32(0) * 86400000)?.slice(0, 10) : undefined;
    case 1114:
    case 1184:
      return fits(8) ? moment(Number(view.getBigInt64(0) / 1000n)) : undefined;
    case 2950: {
      const hex = Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
      return fits(16) ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") : undefined;
    }
  }
  return undefined;
}

/** A value with its length before it: of a parameter, or of a column. Gives it as text. */
export function value(tree: Tree, name: string, ref: string, type: number | undefined, binary: boolean): string {
  const length = tree.u32(`${name} length`, ref, (octets) => octets === 0xffffffff ? "NULL" : undefined);
  if (length === 0xffffffff) return "NULL";
  if (length === 0) return "";
  const { bytes, offset, end } = tree.reader;
  const octets = bytes.subarray(offset, Math.min(end, offset + length));
  const kind = type === undefined ? undefined : TYPES[type];
  const said = binary && type !== undefined ? binaryMeaning(type, octets) : undefined;
  if (said !== undefined) {
    tree.bytes(name, length, ref, () => kind);
    tree.last.value = said;
    return said;
  }
  if (!looksLikeText(octets)) {
    tree.bytes(name, length, ref, () => kind);
    return `${length} octets`;
  }
  tree.text(name, length, ref, () => kind);
  return decodeText(octets);
}

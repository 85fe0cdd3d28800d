// Names of PostgreSQL's types, and values in their binary forms (pg_type.dat; each type's "send" function). Pure.
// To add a type: a line in `TYPES`, and one in `FIXED` or `VARYING` where octets say it.
import { viewOf } from "../../base/bytes.ts";
import { names } from "../coding/names.ts";
import { hex } from "../../base/hex.ts";
import { formatIp } from "../../base/ip.ts";
import type { Tree } from "../tree.ts";
import { counted, decodeText, looksLikeText } from "../coding/words.ts";

export const TYPES = names(`
  0 not said; 16 bool; 17 bytea; 18 char; 19 name; 20 int8; 21 int2; 22 int2vector; 23 int4; 24 regproc; 25 text;
  26 oid; 27 tid; 28 xid; 29 cid; 30 oidvector; 114 json; 142 xml; 143 xml[]; 194 pg_node_tree; 199 json[]; 600 point;
  650 cidr; 651 cidr[]; 700 float4; 701 float8; 705 unknown; 774 macaddr8; 790 money; 829 macaddr; 869 inet;
  1000 bool[]; 1001 bytea[]; 1002 char[]; 1003 name[]; 1005 int2[]; 1007 int4[]; 1009 text[]; 1014 char(n)[];
  1015 varchar[]; 1016 int8[]; 1021 float4[]; 1022 float8[]; 1028 oid[]; 1034 aclitem[]; 1041 inet[]; 1042 char(n);
  1043 varchar; 1082 date; 1083 time; 1114 timestamp; 1115 timestamp[]; 1182 date[]; 1183 time[];
  1184 timestamp with time zone; 1185 timestamp with time zone[]; 1186 interval; 1187 interval[]; 1231 numeric[];
  1266 time with time zone; 1560 bit; 1562 varbit; 1700 numeric; 2202 regprocedure; 2205 regclass; 2206 regtype;
  2249 record; 2278 void; 2287 record[]; 2950 uuid; 2951 uuid[]; 3220 pg_lsn; 3614 tsvector; 3802 jsonb; 3807 jsonb[];
  3904 int4range; 3906 numrange; 3908 tsrange; 3910 tstzrange; 3912 daterange; 3926 int8range; 5069 xid8
`);

/** Microseconds from 1970 to 2000, where times count from. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/** A date and time of `ms` since 2000, or `undefined` where no date has it. */
function moment(ms: number): string | undefined {
  const date = new Date(EPOCH_MS + ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace("T", " ").replace(/(\.000)?Z$/, "");
}

/** The type of the bounds of a range, by the range's. */
const BOUNDS: Readonly<Record<number, number>> = { 3904: 23, 3906: 1700, 3908: 1114, 3910: 1184, 3912: 1082, 3926: 20 };
/** Values inside values (an array of records of arrays) that are read. */
const NESTING_LIMIT = 4;
/** Items of an array or a record that are said. */
const ITEM_LIMIT = 64;

/** `hh:mm:ss.ffffff` of microseconds. */
function clock(micros: bigint): string {
  const minus = micros < 0n ? "-" : "", all = micros < 0n ? -micros : micros;
  const two = (number: bigint) => String(number).padStart(2, "0");
  const seconds = all / 1000000n, rest = all % 1000000n;
  const fraction = rest === 0n ? "" : `.${String(rest).padStart(6, "0").replace(/0+$/, "")}`;
  return `${minus}${two(seconds / 3600n)}:${two(seconds / 60n % 60n)}:${two(seconds % 60n)}${fraction}`;
}

/** A point in time by its microseconds since 2000. */
function timestamp(micros: bigint): string | undefined {
  if (micros === 0x7fffffffffffffffn) return "infinity";
  if (micros === -0x8000000000000000n) return "-infinity";
  const day = 86400000000n;
  const inDay = ((micros % day) + day) % day;
  const date = moment(Number((micros - inDay) / 1000n))?.slice(0, 10);
  return date === undefined ? undefined : `${date} ${clock(inDay)}`;
}

/** Digits of 10,000 each, the first of which weighs 10,000 to the power of the weight (numeric_send). */
function numeric(view: DataView): string | undefined {
  if (view.byteLength < 8) return undefined;
  const count = view.getUint16(0), weight = view.getInt16(2), sign = view.getUint16(4), scale = view.getUint16(6);
  if (sign >= 0xc000) return ({ 0xc000: "NaN", 0xd000: "Infinity", 0xf000: "-Infinity" })[sign];
  if (view.byteLength !== 8 + 2 * count || weight > 1000 || weight < -1000 || scale > 4000) return undefined;
  const digit = (place: number) => place >= 0 && place < count ? view.getUint16(8 + 2 * place) : 0;
  const four = (place: number) => String(digit(place)).padStart(4, "0");
  let whole = "", fraction = "";
  for (let place = 0; place <= weight; place++) whole += four(place);
  for (let place = weight + 1; fraction.length < scale; place++) fraction += four(place);
  whole = whole.replace(/^0+(?=\d)/, "") || "0";
  return `${sign === 0x4000 ? "-" : ""}${whole}${scale === 0 ? "" : `.${fraction.slice(0, scale)}`}`;
}

/** Values with a length before each: of an array, a record, a range. `undefined` where they do not fit. */
function items(
  view: DataView,
  at: number,
  types: (index: number) => [type: number, at: number],
  count: number,
  depth: number,
): string[] | undefined {
  const out: string[] = [];
  for (let index = 0; index < count; index++) {
    const [type, from] = types(at);
    if (from + 4 > view.byteLength) return undefined;
    const length = view.getInt32(from);
    at = from + 4 + Math.max(0, length);
    if (at > view.byteLength) return undefined;
    if (out.length >= ITEM_LIMIT) return [...out, "…"];
    const bytes = new Uint8Array(view.buffer, view.byteOffset + from + 4, Math.max(0, length));
    out.push(
      length < 0
        ? "NULL"
        : binaryMeaning(type, bytes, depth + 1) ?? (looksLikeText(bytes) ? decodeText(bytes) : `\\x${hex(bytes)}`),
    );
  }
  return out;
}

/** An array: dimensions, whether there are NULLs, the type of its items, each dimension's length and first index. */
function array(view: DataView, depth: number): string | undefined {
  if (view.byteLength < 12) return undefined;
  const dimensions = view.getUint32(0), type = view.getUint32(8);
  if (dimensions === 0) return "{}";
  if (dimensions > 6 || view.byteLength < 12 + 8 * dimensions) return undefined;
  let count = 1;
  for (let i = 0; i < dimensions; i++) count *= view.getUint32(12 + 8 * i);
  if (count > view.byteLength) return undefined;
  const found = items(view, 12 + 8 * dimensions, (at) => [type, at], count, depth);
  return found === undefined ? undefined : `{${found.join(",")}}`;
}

/** A range: empty, with or without bounds, and whether they belong to it (range_send). */
function range(view: DataView, type: number, depth: number): string | undefined {
  if (view.byteLength < 1) return undefined;
  const flags = view.getUint8(0);
  if ((flags & 1) !== 0) return "empty";
  const low = (flags & 8) === 0, high = (flags & 16) === 0;
  const found = items(view, 1, (at) => [type, at], Number(low) + Number(high), depth);
  if (found === undefined) return undefined;
  const first = low ? found.shift() : "", last = high ? found.shift() : "";
  return `${(flags & 2) !== 0 ? "[" : "("}${first},${last}${(flags & 4) !== 0 ? "]" : ")"}`;
}

/** An address with its prefix (network_send): family, bits, whether it is a cidr, octets. */
function network(bytes: Uint8Array): string | undefined {
  const family = bytes[0] === 2 ? 4 : 6, octets = family === 4 ? 4 : 16;
  if (bytes.length !== 4 + octets) return undefined;
  const text = formatIp({ family, bytes: bytes.subarray(4) });
  return bytes[1] === octets * 8 && bytes[2] === 0 ? text : `${text}/${bytes[1]}`;
}

/** A date by its days since 2000 (date_send). */
function date(view: DataView): string | undefined {
  const days = view.getInt32(0);
  if (days === 0x7fffffff || days === -0x80000000) return days < 0 ? "-infinity" : "infinity";
  return moment(days * 86400000)?.slice(0, 10);
}

/** Microseconds, days and months (interval_send). */
function interval(view: DataView): string {
  const months = view.getInt32(12), days = view.getInt32(8), time = clock(view.getBigInt64(0));
  return `${months === 0 ? "" : `${months} months `}${days === 0 ? "" : `${counted(days, "day")} `}${time}`;
}

/** A time of day, and the seconds that its place lies west of Greenwich (timetz_send). */
function placedTime(view: DataView): string {
  const west = view.getInt32(8), off = clock(BigInt(Math.abs(west)) * 1000000n).slice(0, 5);
  return `${clock(view.getBigInt64(0))}${west > 0 ? "-" : "+"}${off}`;
}

/** Bits after their number (bit_send). */
function bitString(view: DataView, bytes: Uint8Array): string | undefined {
  if (bytes.length < 4 || view.getUint32(0) > (bytes.length - 4) * 8) return undefined;
  const bits = Array.from(bytes.subarray(4), (octet) => octet.toString(2).padStart(8, "0")).join("");
  return bits.slice(0, view.getUint32(0));
}

/** Columns, each with its type (record_send). */
function record(view: DataView, depth: number): string | undefined {
  const length = view.byteLength;
  if (length < 4) return undefined;
  const count = view.getUint32(0);
  if (count > length) return undefined;
  const typed = (at: number): [number, number] => [at + 4 <= length ? view.getUint32(at) : 0, at + 4];
  const found = items(view, 4, typed, count, depth);
  return found === undefined ? undefined : `(${found.join(",")})`;
}

type Said = (view: DataView, bytes: Uint8Array) => string | undefined;

const unsigned: Said = (view) => String(view.getUint32(0));
const timestampOf: Said = (view) => timestamp(view.getBigInt64(0));
const upperHex = (word: number) => word.toString(16).toUpperCase();

/** Types whose values all have as many octets. */
const FIXED: Readonly<Record<number, readonly [octets: number, said: Said]>> = {
  16: [1, (_, bytes) => bytes[0] === 1 ? "true" : "false"],
  20: [8, (view) => String(view.getBigInt64(0))],
  21: [2, (view) => String(view.getInt16(0))],
  23: [4, (view) => String(view.getInt32(0))],
  24: [4, unsigned],
  26: [4, unsigned],
  27: [6, (view) => `(${view.getUint32(0)},${view.getUint16(4)})`],
  28: [4, unsigned],
  29: [4, unsigned],
  600: [16, (view) => `(${view.getFloat64(0)},${view.getFloat64(8)})`],
  700: [4, (view) => String(view.getFloat32(0))],
  701: [8, (view) => String(view.getFloat64(0))],
  774: [8, (_, bytes) => hex(bytes, ":")],
  790: [8, (view) => `${view.getBigInt64(0)} of the smallest unit`],
  829: [6, (_, bytes) => hex(bytes, ":")],
  1082: [4, date],
  1083: [8, (view) => clock(view.getBigInt64(0))],
  1114: [8, timestampOf],
  1184: [8, timestampOf],
  1186: [16, interval],
  1266: [12, placedTime],
  2202: [4, unsigned],
  2205: [4, unsigned],
  2206: [4, unsigned],
  2950: [16, (_, bytes) => hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")],
  3220: [8, (view) => `${upperHex(view.getUint32(0))}/${upperHex(view.getUint32(4))}`],
  5069: [8, (view) => String(view.getBigUint64(0))],
};

/** Types whose values are as long as they need. */
const VARYING: Readonly<Record<number, Said>> = {
  17: (_, bytes) => `\\x${hex(bytes)}`,
  650: (_, bytes) => network(bytes),
  869: (_, bytes) => network(bytes),
  1560: bitString,
  1562: bitString,
  1700: numeric,
  3802: (_, bytes) => bytes[0] === 1 ? decodeText(bytes.subarray(1)) : undefined,
};

/** What the octets of a binary value say. */
export function binaryMeaning(type: number, bytes: Uint8Array, depth = 0): string | undefined {
  if (depth > NESTING_LIMIT) return undefined;
  const view = viewOf(bytes);
  const fixed = FIXED[type];
  if (fixed !== undefined) return bytes.length === fixed[0] ? fixed[1](view, bytes) : undefined;
  if (VARYING[type] !== undefined) return VARYING[type](view, bytes);
  if (type === 2249) return record(view, depth);
  if (BOUNDS[type] !== undefined) return range(view, BOUNDS[type], depth);
  return TYPES[type]?.endsWith("[]") || type === 22 || type === 30 ? array(view, depth) : undefined;
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
    return counted(length, "octet");
  }
  tree.text(name, length, ref, () => kind);
  return decodeText(octets);
}

// Names and values of MySQL's protocol: capabilities, column types, and the values of prepared statements. Pure.
// To add a type: a line in `TYPES`, and its case in `binaryValue` where it is not a text with its length before it.
import type { Tree } from "../tree.ts";
import { contentText } from "../content.ts";

export const REF = "MySQL protocol";

export const CAPABILITIES = [
  "long password",
  "found rows",
  "long flag",
  "connect with database",
  "no schema",
  "compress",
  "ODBC",
  "local files",
  "ignore space",
  "protocol 4.1",
  "interactive",
  "TLS",
  "ignore SIGPIPE",
  "transactions",
  "reserved",
  "secure connection",
  "multiple statements",
  "multiple results",
  "multiple prepared results",
  "plugin login",
  "connect attributes",
  "long login data",
  "expired passwords",
  "session track",
  "deprecate EOF",
  "optional metadata",
  "zstd",
  "query attributes",
  "multi-factor login",
  "capability extension",
  "verify certificate",
  "remember options",
];
/** Bits of the capabilities that change what packets look like. */
export const CAPABILITY = {
  database: 1 << 3,
  compress: 1 << 5,
  tls: 1 << 11,
  plugin: 1 << 19,
  attributes: 1 << 20,
  sessionTrack: 1 << 23,
  deprecateEof: 1 << 24,
  zstd: 1 << 26,
  queryAttributes: 1 << 27,
} as const;

export const STATUS = [
  "in a transaction",
  "autocommit",
  "",
  "more results",
  "no good index",
  "no index",
  "cursor",
  "last row sent",
  "database dropped",
  "no backslash escapes",
  "metadata changed",
  "slow query",
  "out parameters",
  "read-only transaction",
  "session state changed",
  "",
];

export const COLUMN_FLAGS = [
  "not null",
  "primary key",
  "unique key",
  "part of a key",
  "blob",
  "unsigned",
  "zero-filled",
  "binary",
  "enumeration",
  "counts up by itself",
  "timestamp",
  "set",
  "no default",
  "now when changed",
  "part of an index",
  "number",
];

export const TYPES: Readonly<Record<number, string>> = {
  0: "decimal",
  1: "tinyint",
  2: "smallint",
  3: "int",
  4: "float",
  5: "double",
  6: "NULL",
  7: "timestamp",
  8: "bigint",
  9: "mediumint",
  10: "date",
  11: "time",
  12: "datetime",
  13: "year",
  14: "date",
  15: "varchar",
  16: "bit",
  17: "timestamp",
  18: "datetime",
  19: "time",
  242: "vector",
  245: "json",
  246: "decimal",
  247: "enum",
  248: "set",
  249: "tinyblob or tinytext",
  250: "mediumblob or mediumtext",
  251: "longblob or longtext",
  252: "blob or text",
  253: "varchar",
  254: "char",
  255: "geometry",
};

export const CHARSETS: Readonly<Record<number, string>> = {
  8: "latin1",
  11: "ascii",
  28: "gbk",
  33: "utf8mb3",
  45: "utf8mb4_general_ci",
  46: "utf8mb4_bin",
  47: "latin1_bin",
  63: "binary",
  83: "utf8mb3_bin",
  192: "utf8mb3_unicode_ci",
  224: "utf8mb4_unicode_ci",
  246: "utf8mb4_unicode_520_ci",
  255: "utf8mb4_0900_ai_ci",
};

/** A length-encoded integer. */
export function integer(tree: Tree, name: string, meaning?: (value: number) => string | undefined): number {
  return tree.field(name, (r) => {
    const first = r.u8();
    if (first < 251) return first;
    if (first === 252) return r.u16Le();
    if (first === 253) return r.u16Le() + r.u8() * 65536;
    return first === 254 ? Number(r.u64Le()) : 0;
  }, (value) => ({ ref: REF, meaning: meaning?.(value) }));
}

/** A text with its length before it; NULL is an octet of its own. */
export function lengthText(tree: Tree, name: string, meaning?: string): string {
  if (tree.reader.peek() === 0xfb) {
    tree.u8(name, REF, () => "NULL");
    return "NULL";
  }
  const length = integer(tree, `${name} length`);
  if (length === 0) return "";
  const { bytes, offset } = tree.reader;
  if (contentText(bytes.subarray(offset, offset + length), "") === undefined) {
    tree.bytes(name, length, REF, () => meaning);
    return `${length} octets`;
  }
  return tree.text(name, length, REF, () => meaning);
}

/** One bit for each value: which of them are NULL. `skip` bits at the beginning say nothing. */
export function nullBitmap(tree: Tree, count: number, skip: number): (index: number) => boolean {
  const octets = (count + skip + 7) >> 3;
  const bits = octets === 0
    ? new Uint8Array(0)
    : tree.bytes("NULL bitmap", octets, `${REF} binary row`, (bytes) =>
      bytes.every((octet) =>
          octet === 0
        )
        ? "no value is NULL"
        : "a bit set: that value is NULL and is left out");
  return (index) => ((bits[(index + skip) >> 3] ?? 0) >> ((index + skip) & 7) & 1) === 1;
}

const two = (value: number) => String(value).padStart(2, "0");
const micros = (value: number) => value === 0 ? "" : `.${String(value).padStart(6, "0")}`;

/** Date and time: as many of the parts as their length says. */
function moment(tree: Tree, name: string, type: number): string {
  const ref = `${REF} binary values`;
  const length = tree.u8(`${name} length`, ref);
  const time = type === 11 || type === 19;
  if (length === 0) return time ? "00:00:00" : "0000-00-00";
  return tree.field(name, (r) => {
    const part = r.child(length);
    let text: string;
    if (time) {
      const sign = part.u8() === 1 ? "-" : "";
      const days = part.u32Le();
      text = `${sign}${two(days * 24 + part.u8())}:${two(part.u8())}:${two(part.u8())}`;
    } else {
      text = `${String(part.u16Le()).padStart(4, "0")}-${two(part.u8())}-${two(part.u8())}`;
      if (part.remaining >= 3) text += ` ${two(part.u8())}:${two(part.u8())}:${two(part.u8())}`;
    }
    return part.remaining >= 4 ? text + micros(part.u32Le()) : text;
  }, { ref, meaning: TYPES[type] });
}

/** A value of a prepared statement, as its type says (`unsigned` of numbers). */
export function binaryValue(tree: Tree, name: string, type: number, unsigned: boolean): string {
  const ref = `${REF} binary values`;
  const number = (bits: 8 | 16 | 32 | 64) =>
    String(tree.field(name, (r) => {
      const bytes = r.take(bits / 8);
      let value = 0n;
      for (let i = bytes.length - 1; i >= 0; i--) value = value << 8n | BigInt(bytes[i]!);
      const signed = unsigned ? value : BigInt.asIntN(bits, value);
      return bits === 64 ? signed : Number(signed);
    }, { ref, meaning: TYPES[type] }));
  const float = (octets: 4 | 8) =>
    String(tree.field(name, (r) => {
      const bytes = r.take(octets);
      const view = new DataView(bytes.buffer, bytes.byteOffset, octets);
      return String(octets === 4 ? Math.fround(view.getFloat32(0, true)) : view.getFloat64(0, true));
    }, { ref, meaning: TYPES[type] }));
  switch (type) {
    case 1:
      return number(8);
    case 2:
    case 13:
      return number(16);
    case 3:
    case 9:
      return number(32);
    case 8:
      return number(64);
    case 4:
      return float(4);
    case 5:
      return float(8);
    case 6:
      return "NULL";
    case 7:
    case 10:
    case 11:
    case 12:
    case 14:
    case 17:
    case 18:
    case 19:
      return moment(tree, name, type);
  }
  return lengthText(tree, name, TYPES[type]);
}

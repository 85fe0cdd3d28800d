// Types of TDS and their values (MS-TDS 2.2.5.4 to 2.2.5.6): how a column is described, and what stands in a row. Pure.
// To add one: a line in `TYPES`, and what its octets say in `meaning`.
import { viewOf } from "../../base/bytes.ts";
import { guidText, utf16Text } from "../coding/rows.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";

const REF = "MS-TDS 2.2.5.4";

/** How long a value is: always so many octets, or by a length of one, two or four octets before it. */
type Size = { readonly fixed: number } | { readonly octets: 1 | 2 | 4 };
const fixed = (count: number): Size => ({ fixed: count });
const by = (octets: 1 | 2 | 4): Size => ({ octets });

/** Type: name, size of its values, and what its description has besides: length, collation, precision and scale, scale. */
const TYPES: Readonly<
  Record<number, readonly [name: string, size: Size, more?: "text" | "decimal" | "scale" | "none"]>
> = {
  0x1f: ["null", fixed(0)],
  0x24: ["uniqueidentifier", by(1)],
  0x26: ["int", by(1)],
  0x28: ["date", by(1), "none"],
  0x29: ["time", by(1), "scale"],
  0x2a: ["datetime2", by(1), "scale"],
  0x2b: ["datetimeoffset", by(1), "scale"],
  0x30: ["tinyint", fixed(1)],
  0x32: ["bit", fixed(1)],
  0x34: ["smallint", fixed(2)],
  0x38: ["int", fixed(4)],
  0x3a: ["smalldatetime", fixed(4)],
  0x3b: ["real", fixed(4)],
  0x3c: ["money", fixed(8)],
  0x3d: ["datetime", fixed(8)],
  0x3e: ["float", fixed(8)],
  0x68: ["bit", by(1)],
  0x6a: ["decimal", by(1), "decimal"],
  0x6c: ["numeric", by(1), "decimal"],
  0x6d: ["float", by(1)],
  0x6e: ["money", by(1)],
  0x6f: ["datetime", by(1)],
  0x7a: ["smallmoney", fixed(4)],
  0x7f: ["bigint", fixed(8)],
  0xa5: ["varbinary", by(2)],
  0xa7: ["varchar", by(2), "text"],
  0xad: ["binary", by(2)],
  0xaf: ["char", by(2), "text"],
  0xe7: ["nvarchar", by(2), "text"],
  0xef: ["nchar", by(2), "text"],
  0x22: ["image", by(4)],
  0x23: ["text", by(4), "text"],
  0x63: ["ntext", by(4), "text"],
  0x62: ["sql_variant", by(4)],
};

/** What is known of a column or parameter. */
export interface TypeInfo {
  readonly type: number;
  readonly name: string;
  readonly size: Size;
  readonly scale: number;
  /** Values come in chunks: `varchar(max)`. */
  readonly chunks: boolean;
}

/** The description of a type (2.2.5.4). Of a type that is not known nothing after it can be read. */
export function typeInfo(tree: Tree): TypeInfo | undefined {
  const type = tree.u8("Type", REF, (code) => TYPES[code]?.[0] ?? "unknown");
  const row = TYPES[type];
  if (row === undefined) return undefined;
  const [name, size, more] = row;
  let scale = 0, chunks = false;
  if ("octets" in size && more !== "none" && more !== "scale") {
    const length = size.octets === 1
      ? tree.u8("Octets at most", REF)
      : size.octets === 2
      ? tree.u16Le("Octets at most", REF, (octets) => octets === 0xffff ? "no limit" : undefined)
      : tree.u32Le("Octets at most", REF);
    chunks = size.octets === 2 && length === 0xffff;
  }
  if (more === "decimal") {
    tree.u8("Precision", REF);
    scale = tree.u8("Scale", REF);
  } else if (more === "scale") scale = tree.u8("Scale", REF);
  else if (more === "text") {
    tree.bytes("Collation", 5, "MS-TDS 2.2.5.1.2", () => "language and order of the characters");
  }
  return { type, name, size, scale, chunks };
}

/** A value of a type; gives its text. */
export function typedValue(tree: Tree, label: string, info: TypeInfo): string {
  const { size, type } = info;
  if (info.chunks) return chunked(tree, label, info);
  let count = "fixed" in size ? size.fixed : 0;
  if ("octets" in size) {
    if (size.octets === 4 && type !== 0x62) {
      const pointer = tree.u8("Pointer length", REF, (octets) => octets === 0 ? "NULL" : undefined);
      if (pointer === 0) return "NULL";
      tree.bytes("Pointer and time", pointer + 8, REF);
    }
    const isNull = size.octets === 1 ? 0 : size.octets === 2 ? 0xffff : 0xffffffff;
    const meaning = (octets: number) => octets === isNull ? "NULL" : counted(octets, "octet");
    count = size.octets === 1
      ? tree.u8(`${label} length`, REF, meaning)
      : size.octets === 2
      ? tree.u16Le(`${label} length`, REF, meaning)
      : tree.u32Le(`${label} length`, REF, meaning);
    if (count === isNull) return "NULL";
  }
  return count === 0 ? "" : octetsOf(tree, label, count, info);
}

/** A value without a limit: its length, then chunks up to an empty one (2.2.5.2.3). */
function chunked(tree: Tree, label: string, info: TypeInfo): string {
  const whole = tree.u64Le(
    `${label} length`,
    REF,
    (octets) =>
      octets === 0xffffffffffffffffn ? "NULL" : octets === 0xfffffffffffffffen ? "not told" : counted(octets, "octet"),
  );
  if (whole === 0xffffffffffffffffn) return "NULL";
  let text = "";
  while (tree.remaining >= 4) {
    const count = tree.u32Le("Chunk length", REF, (octets) => octets === 0 ? "the end" : counted(octets, "octet"));
    if (count === 0) break;
    text += octetsOf(tree, label, count, info);
  }
  return text;
}

function octetsOf(tree: Tree, label: string, count: number, info: TypeInfo): string {
  const { type, name } = info;
  if (type === 0xe7 || type === 0xef || type === 0x63) return utf16Text(tree, label, count, REF, name);
  const { bytes, offset, end } = tree.reader;
  const octets = bytes.subarray(offset, Math.min(end, offset + count));
  if ((type === 0xa7 || type === 0xaf || type === 0x23) && looksLikeText(octets)) {
    return decodeText(tree.bytes(label, count, REF, () => (tree.last.value = decodeText(octets), name)));
  }
  const said = meaning(octets, info);
  tree.bytes(label, count, REF, () => said === undefined ? name : `${said}, ${name}`);
  return said ?? counted(count, "octet");
}

/** What the octets of a number, a time, an identifier say. */
function meaning(bytes: Uint8Array, { type, scale }: TypeInfo): string | undefined {
  const view = viewOf(bytes);
  const whole = () => {
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = value << 8n | BigInt(bytes[i]!);
    return value;
  };
  const days = (since1900: number, ms: number) => {
    const date = new Date(Date.UTC(1900, 0, 1) + since1900 * 86400000 + ms);
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 23).replace("T", " ");
  };
  switch (type) {
    case 0x24:
      return bytes.length === 16 ? guidText(bytes) : undefined;
    case 0x26:
    case 0x34:
    case 0x38:
    case 0x7f:
      return String(bytes.length === 1 ? whole() : BigInt.asIntN(bytes.length * 8, whole()));
    case 0x30:
      return String(whole());
    case 0x32:
    case 0x68:
      return bytes[0] === 1 ? "true" : "false";
    case 0x3b:
    case 0x3e:
    case 0x6d:
      return bytes.length === 4
        ? String(view.getFloat32(0, true))
        : bytes.length === 8
        ? String(view.getFloat64(0, true))
        : undefined;
    case 0x3c:
    case 0x6e:
    case 0x7a: {
      if (bytes.length !== 4 && bytes.length !== 8) return undefined;
      const value = bytes.length === 4
        ? BigInt(view.getInt32(0, true))
        : BigInt(view.getInt32(0, true)) << 32n | BigInt(view.getUint32(4, true));
      return decimal(BigInt.asIntN(64, value), 4);
    }
    case 0x6a:
    case 0x6c: {
      const value = whole() >> 8n;
      return decimal(bytes[0] === 1 ? value : -value, scale);
    }
    case 0x3a:
    case 0x3d:
    case 0x6f:
      if (bytes.length === 8) return days(view.getInt32(0, true), Math.round(view.getUint32(4, true) * 10 / 3));
      return bytes.length === 4
        ? days(view.getUint16(0, true), view.getUint16(2, true) * 60000)?.slice(0, 16)
        : undefined;
    case 0x28:
      return bytes.length === 3
        ? new Date(Number(whole()) * 86400000 - 62135596800000).toISOString().slice(0, 10)
        : undefined;
  }
  return undefined;
}

/** 12345 with scale 2 as "123.45". */
function decimal(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return clip(value < 0n ? `-${text}` : text);
}

// What MySQL's packets are made of: integers and texts with their lengths, values of prepared statements, definitions. Pure.
// To add a type: a line in `TYPES` (mysql_names.ts), and its case in `binaryValue` where it is no text with a length.
import { viewOf } from "../../base/bytes.ts";
import type { Tree } from "../tree.ts";
import { contentText } from "../coding/content.ts";
import { clip, counted } from "../coding/words.ts";
import { CHARSETS, COLUMN_FLAGS, REF, TYPES } from "./mysql_names.ts";

/** A length-encoded integer. */
export function integer(tree: Tree, name: string): number {
  return tree.field(name, (r) => {
    const first = r.u8();
    if (first < 251) return first;
    if (first === 252) return r.u16Le();
    if (first === 253) return r.u16Le() + r.u8() * 65536;
    return first === 254 ? Number(r.u64Le()) : 0;
  }, () => ({ ref: REF }));
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
    return counted(length, "octet");
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
      const view = viewOf(r.take(octets));
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

/** What the client says of itself: names and values. */
export function connectionAttributes(tree: Tree): void {
  const size = integer(tree, "Attributes length");
  tree.part("Connection attributes", Math.min(size, tree.remaining), (part) => {
    while (part.remaining > 0) {
      part.group("Attribute", (group) => {
        const name = lengthText(part, "Name"), value = lengthText(part, "Value");
        group.meaning = clip(`${name}=${value}`, 100);
      });
    }
  }, REF);
}

/** What the statement changed in the session. */
export function sessionState(tree: Tree): void {
  const kinds: Readonly<Record<number, string>> = {
    0: "variable",
    1: "database",
    2: "something changed",
    3: "GTIDs",
    4: "characteristics of the transaction",
    5: "state of the transaction",
  };
  tree.part("Session changes", Math.min(integer(tree, "Session changes length"), tree.remaining), (part) => {
    while (part.remaining > 0) {
      part.group("Change", (group) => {
        const kind = part.u8("Kind", REF, kinds);
        const words: string[] = [];
        part.part("Change data", integer(part, "Length"), (data) => {
          if (kind <= 1) {
            while (data.remaining > 0) words.push(lengthText(data, words.length === 0 ? "Name" : "Value"));
          } else data.rest("Data", REF);
        }, REF);
        group.meaning = clip(words.join("="), 100);
      });
    }
  }, REF);
}

/** What a column or a parameter is. */
export function columnDefinition(tree: Tree): { name: string; type: number; unsigned: boolean } {
  const names = ["Catalog", "Schema", "Table", "Original table", "Name", "Original name"].map((name) =>
    lengthText(tree, name)
  );
  // MariaDB may say more of the type, as a string, before the fixed part of 12 octets.
  if (tree.reader.peek() !== 12) lengthText(tree, "Extended metadata");
  integer(tree, "Length of what follows");
  tree.u16Le("Character set", REF, CHARSETS);
  tree.u32Le("Width", REF, () => "characters at most");
  const type = tree.u8("Type", REF, TYPES);
  const flags = tree.flagsLe("Flags", 2, COLUMN_FLAGS, REF);
  tree.u8("Decimals", REF, (count) => count === 31 ? "as many as there are" : count === 39 ? "text" : undefined);
  tree.rest("Filler", REF);
  return { name: names[4]!, type, unsigned: (flags & 32) !== 0 };
}

// BSON, the documents of MongoDB (bsonspec.org 1.1), as trees and as text like JSON. Pure.
// To add a type: a line in `TYPES` and its case in `element`.
import { names } from "../coding/names.ts";
import { hex } from "../../base/hex.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const REF = "BSON 1.1";
const TYPES = names(`
  0x01 double; 0x02 string; 0x03 document; 0x04 array; 0x05 binary; 0x06 undefined; 0x07 ObjectId; 0x08 boolean;
  0x09 date; 0x0a null; 0x0b regular expression; 0x0c pointer; 0x0d JavaScript; 0x0e symbol;
  0x0f JavaScript with a scope; 0x10 int32; 0x11 timestamp; 0x12 int64; 0x13 decimal128; 0x7f greatest key;
  0xff smallest key
`);
const SUBTYPES: Readonly<Record<number, string>> = {
  0: "generic",
  1: "function",
  2: "old binary",
  3: "old UUID",
  4: "UUID",
  5: "MD5",
  6: "encrypted",
  8: "sensitive",
  128: "user's own",
};
/** Characters of a text that are made; what is longer is cut. */
const TEXT_LIMIT = 4000;

/** One element as it was read: its name, its value as text, and as what it is where that is simple. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly value: string | number | bigint | boolean | readonly Element[] | undefined;
}

/** Words for elements that the caller knows more of; `secret` ones are passwords. */
export type Hint = (name: string) => { readonly secret: boolean } | undefined;

const NO_HINT: Hint = () => undefined;

/** A document: its length, its elements, a zero octet. Gives the elements. */
export function bson(tree: Tree, name: string, hint = NO_HINT): Element[] {
  const { bytes, offset } = tree.reader;
  tree.reader.need(4, name);
  const length = (bytes[offset]! | bytes[offset + 1]! << 8 | bytes[offset + 2]! << 16 | bytes[offset + 3]! << 24) >>> 0;
  const out: Element[] = [];
  tree.part(name, length, (part, group) => {
    part.u32Le("Length", REF, (octets) => `${counted(octets, "octet")}, these four among them`);
    while (part.remaining > 0 && part.reader.peek() !== 0) out.push(element(part, hint));
    if (part.remaining > 0) part.u8("End of the document", REF);
    group.meaning = textOf(out, false);
  }, REF);
  return out;
}

/** `{ a: 1, b: "x" }`, or `[ 1, 2 ]`. */
export function textOf(elements: readonly Element[], array: boolean): string {
  let text = "";
  for (const { name, text: value } of elements) {
    text += `${text === "" ? "" : ", "}${array ? "" : `${name}: `}${value}`;
    if (text.length > TEXT_LIMIT) {
      text = `${text.slice(0, TEXT_LIMIT)}…`;
      break;
    }
  }
  return array ? `[ ${text} ]` : text === "" ? "{}" : `{ ${text} }`;
}

/** The element of a name, or `undefined`. */
export const elementOf = (elements: readonly Element[], name: string) => elements.find((entry) => entry.name === name);

function element(tree: Tree, hint: Hint): Element {
  const type = tree.reader.peek()!;
  let found: Element = { name: "", text: "", value: undefined };
  tree.group("Element", (group) => {
    tree.u8("Type", REF, TYPES);
    const name = tree.zeroText("Name", REF);
    const secret = hint(name)?.secret === true;
    const before = tree.current.children!.length;
    const value = valueOf(tree, type, hint);
    if (secret) { for (const field of tree.current.children!.slice(before)) field.secret = true; }
    found = { name, ...value, ...(secret ? { text: '"(password in clear)"', value: undefined } : {}) };
    group.meaning = `${name}: ${found.text.slice(0, 160)}`;
  }, { ref: REF });
  return found;
}

function valueOf(tree: Tree, type: number, hint: Hint): Omit<Element, "name"> {
  switch (type) {
    case 0x01: {
      const value = tree.field("Value", (r) => {
        const bytes = r.take(8);
        return String(new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true));
      }, { ref: REF });
      return { text: value, value: Number(value) };
    }
    case 0x02:
    case 0x0d:
    case 0x0e: {
      const length = tree.u32Le("Length", REF, (octets) => `${counted(octets, "octet")}, the zero among them`);
      const value = length <= 1 ? "" : tree.text("Value", length - 1, REF);
      if (length > 0) tree.u8("End of the text", REF);
      return { text: JSON.stringify(value), value };
    }
    case 0x03:
    case 0x04: {
      const value = bson(tree, "Value", hint);
      return { text: textOf(value, type === 0x04), value };
    }
    case 0x05: {
      const length = tree.u32Le("Length", REF, (octets) => counted(octets, "octet"));
      tree.u8("Kind", REF, SUBTYPES);
      if (length > 0) tree.bytes("Value", length, REF);
      return { text: counted(length, "octet"), value: undefined };
    }
    case 0x07: {
      const bytes = tree.bytes(
        "Value",
        12,
        REF,
        (id) =>
          `made ${
            new Date(((id[0]! << 24 | id[1]! << 16 | id[2]! << 8 | id[3]!) >>> 0) * 1000).toISOString().slice(0, 19)
          } UTC`,
      );
      return { text: `ObjectId(${hex(bytes)})`, value: undefined };
    }
    case 0x08: {
      const value = tree.u8("Value", REF, { 0: "false", 1: "true" }) === 1;
      return { text: String(value), value };
    }
    case 0x09: {
      const date = (ms: bigint) => {
        const found = new Date(Number(BigInt.asIntN(64, ms)));
        return Number.isNaN(found.getTime()) ? String(ms) : found.toISOString();
      };
      return { text: date(tree.u64Le("Value", REF, date)), value: undefined };
    }
    case 0x0b: {
      const text = `/${tree.zeroText("Pattern", REF)}/`;
      return { text: text + tree.zeroText("Options", REF), value: undefined };
    }
    case 0x0c: {
      tree.zeroText("Collection", REF);
      tree.bytes("Value", 12, REF);
      return { text: "pointer", value: undefined };
    }
    case 0x0f: {
      tree.u32Le("Length", REF);
      const length = tree.u32Le("Length of the program", REF);
      if (length > 0) tree.text("Program", length, REF);
      bson(tree, "Scope", hint);
      return { text: "program", value: undefined };
    }
    case 0x10: {
      const value = tree.field("Value", (r) => r.u32Le() | 0, { ref: REF });
      return { text: String(value), value };
    }
    case 0x11: {
      tree.u32Le("Count", REF);
      const seconds = tree.u32Le("Seconds", REF, (at) => `${new Date(at * 1000).toISOString().slice(0, 19)} UTC`);
      return { text: `Timestamp(${seconds})`, value: undefined };
    }
    case 0x12: {
      const value = tree.field("Value", (r) => BigInt.asIntN(64, r.u64Le()), { ref: REF });
      return { text: String(value), value };
    }
    case 0x13:
      tree.bytes("Value", 16, REF);
      return { text: "decimal", value: undefined };
    case 0x06:
    case 0x0a:
    case 0x7f:
    case 0xff:
      return { text: TYPES[type]!, value: undefined };
  }
  // Without its type the length of a value is not known: the rest of the document cannot be read.
  tree.rest("Value", REF);
  return { text: "of an unknown type", value: undefined };
}

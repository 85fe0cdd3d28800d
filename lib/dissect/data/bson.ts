// BSON, the documents of MongoDB (bsonspec.org 1.1), as trees and as text like JSON. Pure.
// To add a type: a line in `TYPES` and its line in `VALUES`.
import { viewOf } from "../../base/bytes.ts";
import { names } from "../coding/names.ts";
import { hex } from "../../base/hex.ts";
import type { Tree } from "../tree.ts";
import { counted, octetCount } from "../coding/words.ts";

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
    const value = (VALUES[type] ?? ofUnknownType)(tree, hint);
    if (secret) { for (const field of tree.current.children!.slice(before)) field.secret = true; }
    found = { name, ...value, ...(secret ? { text: '"(password in clear)"', value: undefined } : {}) };
    group.meaning = `${name}: ${found.text.slice(0, 160)}`;
  }, { ref: REF });
  return found;
}

type Value = Omit<Element, "name">;
type ReadValue = (tree: Tree, hint: Hint) => Value;

/** A value that is only said. */
const said = (text: string): Value => ({ text, value: undefined });

const double: ReadValue = (tree) => {
  const value = tree.field("Value", (r) => String(viewOf(r.take(8)).getFloat64(0, true)), { ref: REF });
  return { text: value, value: Number(value) };
};

const text: ReadValue = (tree) => {
  const length = tree.u32Le("Length", REF, (octets) => `${counted(octets, "octet")}, the zero among them`);
  const value = length <= 1 ? "" : tree.text("Value", length - 1, REF);
  if (length > 0) tree.u8("End of the text", REF);
  return { text: JSON.stringify(value), value };
};

const document = (array: boolean): ReadValue => (tree, hint) => {
  const value = bson(tree, "Value", hint);
  return { text: textOf(value, array), value };
};

const binary: ReadValue = (tree) => {
  const length = tree.u32Le("Length", REF, octetCount);
  tree.u8("Kind", REF, SUBTYPES);
  if (length > 0) tree.bytes("Value", length, REF);
  return said(counted(length, "octet"));
};

/** A point in time to the second, of seconds since 1970. */
const utc = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 19)} UTC`;

const objectId: ReadValue = (tree) => {
  const made = (id: Uint8Array) => `made ${utc((id[0]! << 24 | id[1]! << 16 | id[2]! << 8 | id[3]!) >>> 0)}`;
  return said(`ObjectId(${hex(tree.bytes("Value", 12, REF, made))})`);
};

const truth: ReadValue = (tree) => {
  const value = tree.u8("Value", REF, { 0: "false", 1: "true" }) === 1;
  return { text: String(value), value };
};

const date: ReadValue = (tree) => {
  const shown = (ms: bigint) => {
    const found = new Date(Number(BigInt.asIntN(64, ms)));
    return Number.isNaN(found.getTime()) ? String(ms) : found.toISOString();
  };
  return said(shown(tree.u64Le("Value", REF, shown)));
};

const pointer: ReadValue = (tree) => {
  tree.zeroText("Collection", REF);
  tree.bytes("Value", 12, REF);
  return said("pointer");
};

const program: ReadValue = (tree, hint) => {
  tree.u32Le("Length", REF);
  const length = tree.u32Le("Length of the program", REF);
  if (length > 0) tree.text("Program", length, REF);
  bson(tree, "Scope", hint);
  return said("program");
};

const int32: ReadValue = (tree) => {
  const value = tree.field("Value", (r) => r.u32Le() | 0, { ref: REF });
  return { text: String(value), value };
};

const timestamp: ReadValue = (tree) => {
  tree.u32Le("Count", REF);
  return said(`Timestamp(${tree.u32Le("Seconds", REF, utc)})`);
};

const int64: ReadValue = (tree) => {
  const value = tree.field("Value", (r) => BigInt.asIntN(64, r.u64Le()), { ref: REF });
  return { text: String(value), value };
};

const decimal: ReadValue = (tree) => {
  tree.bytes("Value", 16, REF);
  return said("decimal");
};

const nothing = (type: number): ReadValue => () => said(TYPES[type]!);

/** Values by the types of `TYPES`. */
const VALUES: Readonly<Record<number, ReadValue>> = {
  0x01: double,
  0x02: text,
  0x03: document(false),
  0x04: document(true),
  0x05: binary,
  0x06: nothing(0x06),
  0x07: objectId,
  0x08: truth,
  0x09: date,
  0x0a: nothing(0x0a),
  0x0b: (tree) => said(`/${tree.zeroText("Pattern", REF)}/${tree.zeroText("Options", REF)}`),
  0x0c: pointer,
  0x0d: text,
  0x0e: text,
  0x0f: program,
  0x10: int32,
  0x11: timestamp,
  0x12: int64,
  0x13: decimal,
  0x7f: nothing(0x7f),
  0xff: nothing(0xff),
};

/** Without its type the length of a value is not known: the rest of the document cannot be read. */
const ofUnknownType: ReadValue = (tree) => {
  tree.rest("Value", REF);
  return said("of an unknown type");
};

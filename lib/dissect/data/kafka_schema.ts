// Reading Kafka's tables (kafka_apis.ts): a schema's words become fields, by version. Pure.
import { FormatError } from "../../base/errors.ts";
import { hex } from "../../base/hex.ts";
import type { ByteReader } from "../../base/reader.ts";
import { saslResponse } from "../coding/sasl.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";
import { MEANINGS } from "./kafka_apis.ts";
import { records } from "./kafka_records.ts";

const REF = "Kafka protocol";
const ARRAY_LIMIT = 100_000;

/** One field: its name, its kind, the versions that have it; an array of structures has fields of its own. */
interface SchemaField {
  readonly name: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly fields?: readonly SchemaField[];
}

const cache = new Map<string, readonly SchemaField[]>();

/** The fields of a schema's words. */
function schemaOf(text: string): readonly SchemaField[] {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const made = parse(text.split(" "), { at: 0 }).fields;
  cache.set(text, made);
  return made;
}

function versions(range: string | undefined): { from: number; to: number } {
  const match = /^(\d+)(?:-(\d+)|\+)$/.exec(range ?? "0+");
  return { from: Number(match?.[1] ?? 0), to: match?.[2] === undefined ? Infinity : Number(match[2]) };
}

/** Words up to the end, or up to the bracket that ends an array: its versions stand behind it. */
function parse(words: readonly string[], state: { at: number }): { fields: SchemaField[]; range: string | undefined } {
  const fields: SchemaField[] = [];
  while (state.at < words.length) {
    const word = words[state.at++]!;
    if (word.startsWith("]")) return { fields, range: word.split("@")[1] };
    if (word === "") continue;
    const [name = "", rest = ""] = word.split(":");
    if (rest === "[") {
      const inside = parse(words, state);
      fields.push({ name, kind: "array", ...versions(inside.range), fields: inside.fields });
    } else {
      const [kind = "", range] = rest.split("@");
      fields.push({ name, kind, ...versions(range) });
    }
  }
  return { fields, range: undefined };
}

/** What reading needs to know, and the texts that were read, by name. */
export interface Reading {
  readonly version: number;
  readonly flexible: boolean;
  readonly found: Map<string, string[]>;
  /** The mechanism of the login under way, and how many responses came before. */
  readonly login: { mechanism: string; steps: number };
}

/** An unsigned integer of seven bits an octet, the lowest first. */
function unsignedVarint(reader: ByteReader): number {
  let value = 0;
  for (let scale = 1;; scale *= 128) {
    const octet = reader.u8();
    value += (octet & 127) * scale;
    if (octet < 128) return value;
    if (scale > 2 ** 42) throw new FormatError("A variable-length integer has no end", reader.offset);
  }
}

/** `first_offset` as "First offset". */
const label = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

/** Reads a body by its schema. */
export function readSchema(tree: Tree, text: string, reading: Reading): void {
  structure(tree, schemaOf(text), reading);
}

function structure(tree: Tree, fields: readonly SchemaField[], reading: Reading): void {
  for (const field of fields) {
    if (reading.version < field.from || reading.version > field.to) continue;
    const name = label(field.name);
    if (field.fields !== undefined) {
      const count = length(tree, `${name}: how many`, reading.flexible, 4);
      for (let i = 0; i < Math.min(count, ARRAY_LIMIT) && tree.remaining > 0; i++) {
        tree.group(name, (group) => {
          const own: Reading = { ...reading, found: new Map() };
          structure(tree, field.fields!, own);
          for (const [key, values] of own.found) {
            reading.found.set(key, [...reading.found.get(key) ?? [], ...values].slice(0, 64));
          }
          const said = own.found.get("name") ?? own.found.get("host") ?? own.found.get("api");
          if (said !== undefined) group.meaning = clip(said[0]!);
        }, { ref: REF });
      }
    } else if (field.kind.endsWith("[]")) {
      const count = length(tree, `${name}: how many`, reading.flexible, 4);
      for (let i = 0; i < Math.min(count, ARRAY_LIMIT) && tree.remaining > 0; i++) {
        value(tree, { ...field, kind: field.kind.slice(0, -2) }, name, reading);
      }
    } else value(tree, field, name, reading);
  }
  if (reading.flexible && tree.remaining > 0) taggedFields(tree);
}

/** Fields that later versions added: a number, a length, octets. */
export function taggedFields(tree: Tree): void {
  const count = tree.field(
    "Tagged fields",
    unsignedVarint,
    (number) => ({ ref: REF, meaning: number === 0 ? "none" : undefined }),
  );
  for (let i = 0; i < count && tree.remaining > 0; i++) {
    tree.group("Tagged field", () => {
      tree.field("Tag", unsignedVarint, { ref: REF });
      const size = tree.field("Length", unsignedVarint, { ref: REF });
      if (size > 0) tree.bytes("Value", size, REF);
    }, { ref: REF });
  }
}

/** A length: compact (one more, 0 for none) or of `octets` octets (-1 for none). None is -1. */
function length(tree: Tree, name: string, compact: boolean, octets: 2 | 4): number {
  if (compact) {
    return tree.field(
      name,
      unsignedVarint,
      (number) => ({ ref: REF, meaning: number === 0 ? "none" : String(number - 1) }),
    ) - 1;
  }
  return tree.field(name, (r) => octets === 2 ? r.u16() << 16 >> 16 : r.u32() | 0, (number) => ({
    ref: REF,
    meaning: number < 0 ? "none" : undefined,
  }));
}

function value(tree: Tree, field: SchemaField, name: string, reading: Reading): void {
  const keep = (text: string) => {
    const before = reading.found.get(field.name) ?? [];
    if (before.length < 64) reading.found.set(field.name, [...before, text]);
  };
  const meaning = MEANINGS[field.name];
  const number = (read: (r: ByteReader) => number) =>
    keep(String(tree.field(name, read, (found) => ({ ref: REF, meaning: meaning?.(found) }))));
  switch (field.kind) {
    case "i8":
      return number((r) => r.u8() << 24 >> 24);
    case "i16":
      return number((r) => r.u16() << 16 >> 16);
    case "i32":
      return number((r) => r.u32() | 0);
    case "i64":
      return keep(String(tree.field(name, (r) => BigInt.asIntN(64, r.u64()), { ref: REF })));
    case "bool":
      return keep(String(tree.u8(name, REF, { 0: "no", 1: "yes" }) === 1));
    case "uuid":
      tree.bytes(name, 16, REF);
      return;
    case "str":
    case "nstr": {
      const size = length(tree, `${name} length`, reading.flexible, 2);
      if (size >= 0) keep(size === 0 ? "" : tree.text(name, size, REF));
      return;
    }
    case "bytes": {
      const size = length(tree, `${name} length`, reading.flexible, 4);
      if (size > 0) tree.bytes(name, size, REF);
      return;
    }
    case "credentials": {
      const size = length(tree, `${name} length`, reading.flexible, 4);
      if (size <= 0) return;
      const bytes = tree.bytes(name, size, REF);
      const { mechanism, steps } = reading.login;
      reading.login.steps++;
      const said = saslResponse(mechanism, steps, bytes);
      if (said.meaning !== undefined) tree.last.meaning = said.meaning;
      if (said.secret) {
        tree.last.secret = true;
        tree.last.value = decodeText(bytes);
      }
      return keep(said.secret ? "password in clear" : said.meaning ?? hex(bytes.subarray(0, 8)));
    }
    case "records": {
      const size = length(tree, `${name} length`, reading.flexible, 4);
      if (size > 0) tree.part(name, size, (part) => keep(records(part)), REF);
      return;
    }
  }
  tree.rest(name, REF);
}

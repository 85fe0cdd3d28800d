// Messages that are tables, most significant octet first: items in a row, and lists of type, length and value. Pure.
// A shape is a list of items (name, kind, meaning), or a function where a table cannot say it.
import { floatOf } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import type { Field } from "../../base/field.ts";
import { hex } from "../../base/hex.ts";
import { clip, octetCount } from "./words.ts";
import type { BitRow, Meaning, Tree } from "../tree.ts";

/**
 * What stands there. `ip4s` and `ip6s` are addresses up to the end, `text`, `rest` and `macs` go up to the end too,
 * `float` is an IEEE 754 number of 32 bits, a number that many octets.
 */
export type Kind =
  | "u8"
  | "u16"
  | "u24"
  | "u32"
  | "u64"
  | "float"
  | "ip4"
  | "ip6"
  | "ip4s"
  | "ip6s"
  | "mac"
  | "macs"
  | "text"
  | "rest"
  | number;

/** One field. With rows of bits the kind is the number of octets of their word. */
export type Item =
  | readonly [name: string, kind: Kind, meaning?: Meaning<number>]
  | readonly [name: string, octets: 1 | 2 | 3 | 4, bits: readonly BitRow[]];

/** Reads what stands there; what it gives is the meaning of the group around it. */
export type Read = (part: Tree, group: Field) => string | undefined | void;
export type Shape = readonly Item[] | Read;

/** A type of a list: its name, what its value looks like (octets when it is not said), where it is defined. */
export type TlvRow = readonly [name: string, shape?: Shape | undefined, ref?: string];
export type TlvTable = Readonly<Record<number, TlvRow>>;

/** How a list of types, lengths and values is written. */
export interface TlvForm {
  /** Octets of the type and of the length. */
  readonly type: 1 | 2;
  readonly length: 1 | 2;
  /** Octets of type and length are counted by the length too. */
  readonly whole?: boolean;
  /** Values are followed by padding up to a multiple of so many octets, counted from the start of the item. */
  readonly align?: 2 | 4 | 8;
  /** What the items are called: "TLV", "Option". */
  readonly called: string;
  /** The length counts units of so many octets. Default 1. */
  readonly unit?: number;
  /** Types of a single octet: no length follows. */
  readonly single?: readonly number[];
  /** The type after which nothing more comes. */
  readonly last?: number;
  /** Bits of the type word that are no part of the type; `bits` shows the word. */
  readonly mask?: number;
  readonly bits?: readonly BitRow[];
}

function readItem(tree: Tree, item: Item, ref: string): number | string {
  const [name, kind, third] = item;
  if (Array.isArray(third)) return tree.flags(name, kind as 1, third as readonly BitRow[], ref);
  const meaning = third as Meaning<number> | undefined;
  switch (kind) {
    case "u8":
      return tree.u8(name, ref, meaning);
    case "u16":
      return tree.u16(name, ref, meaning);
    case "u24":
      return tree.u24(name, ref, meaning);
    case "u32":
      return tree.u32(name, ref, meaning);
    case "u64":
      return Number(tree.u64(name, ref, typeof meaning === "function" ? (v) => meaning(Number(v)) : meaning));
    case "float": {
      const said = typeof meaning === "function" ? meaning : undefined;
      return tree.field(name, (r) => floatOf(r.take(4, name)), (value) => ({ ref, meaning: said?.(value) }));
    }
    case "ip4":
      return tree.ip(name, 4, ref);
    case "ip6":
      return tree.ip(name, 16, ref);
    case "ip4s":
    case "ip6s": {
      const size = kind === "ip4s" ? 4 : 16, found: string[] = [];
      while (tree.remaining >= size) found.push(tree.ip(name, size, ref));
      return found.join(", ");
    }
    case "mac":
      return tree.mac(name, ref);
    case "macs": {
      const found: string[] = [];
      while (tree.remaining >= 6) found.push(tree.mac(name, ref));
      return found.join(", ");
    }
    case "text":
      return tree.remaining === 0 ? "" : tree.text(name, tree.remaining, ref).replace(/\0+$/, "");
    case "rest":
      return hex(tree.rest(name, ref));
    default:
      return kind === 0 ? "" : hex(tree.bytes(name, kind, ref));
  }
}

/** Reads the items; gives their values in order, octets as hexadecimal text. */
export function readItems(tree: Tree, items: readonly Item[], ref: string): (number | string)[] {
  return items.map((item) => readItem(tree, item, ref));
}

/** What a field says in a word or two: its meaning, else its value. */
export function saidBy(field: Field): string | undefined {
  if (field.meaning !== undefined) return clip(field.meaning);
  const { value } = field;
  if (typeof value === "string") return clip(value.replace(/\0+$/, "").replace(/\s*[\r\n]+\s*/g, " "));
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return undefined;
}

/** Reads a value by its shape, what is left as octets; gives its words. */
export function readShape(tree: Tree, group: Field, shape: Shape | undefined, ref: string): string | undefined {
  const before = group.children?.length ?? 0;
  let words: string | undefined;
  if (typeof shape === "function") words = shape(tree, group) ?? undefined;
  else if (shape !== undefined) readItems(tree, shape, ref);
  const fields = (group.children ?? []).slice(before).filter((field) => field.name !== "Reserved");
  if (tree.remaining > 0) tree.rest(shape === undefined ? "Value" : "Octets", ref);
  if (words !== undefined) return words;
  if (typeof shape === "function" || fields.length === 0) return undefined;
  const said = fields.map(saidBy);
  return fields.length === 1 || fields.every((field) => field.name === fields[0]!.name)
    ? clip(said.filter((text) => text !== undefined).join(", "), 120)
    : undefined;
}

/** One item that was read: its type, its name and the words of its value. */
export interface FoundTlv {
  readonly type: number;
  readonly name: string;
  readonly words: string | undefined;
}

/** One item of a list; `undefined` for the type that ends it. */
export function readTlv(tree: Tree, form: TlvForm, table: TlvTable, ref: string): FoundTlv {
  const { reader } = tree;
  const start = reader.offset;
  let type = form.type === 1 ? reader.peek() ?? 0 : (reader.peek() ?? 0) * 256 + (reader.peek(1) ?? 0);
  if (form.mask !== undefined) type &= form.mask;
  const [name, shape, where = ref] = table[type] ?? [`${form.called} ${type}`];
  return tree.group(name, (group) => {
    const named = () => table[type] === undefined ? "unknown" : undefined;
    if (form.bits !== undefined) tree.flags("Type", form.type, form.bits, ref, named());
    else if (form.type === 1) tree.u8("Type", ref, named);
    else tree.u16("Type", ref, named);
    if (form.single?.includes(type)) return { type, name, words: undefined };
    const head = form.type + form.length;
    const size = (value: number) => value * (form.unit ?? 1) - (form.whole === true ? head : 0);
    const length = form.length === 1
      ? tree.u8("Length", ref, (value) => (form.unit ?? 1) === 1 ? undefined : octetCount(value * form.unit!))
      : tree.u16("Length", ref);
    const octets = type === form.last && length === 0 ? 0 : size(length);
    if (octets < 0) {
      throw new FormatError(`A length of ${length} is too short: it counts type and length too`, start + form.type);
    }
    const said = tree.within(name, octets, (part) => readShape(part, group, shape, where));
    const words = said === undefined ? undefined : clip(said, 160);
    if (words !== undefined && words !== "") group.meaning = words;
    const pad = form.align === undefined ? 0 : (form.align - (reader.offset - start) % form.align) % form.align;
    if (pad > 0) tree.bytes("Padding", Math.min(pad, tree.remaining), ref);
    return { type, name, words };
  }, { ref: where });
}

/** Reads items of a list up to the end of `tree`; what follows the last one is padding. */
export function readTlvs(tree: Tree, form: TlvForm, table: TlvTable, ref: string): FoundTlv[] {
  const found: FoundTlv[] = [];
  while (tree.remaining > 0) {
    const one = readTlv(tree, form, table, ref);
    found.push(one);
    if (one.type === form.last) break;
  }
  tree.rest("Padding", ref);
  return found;
}

/** The words of the first item of a type, or `undefined`. */
export const wordsOf = (found: readonly FoundTlv[], type: number) => found.find((one) => one.type === type)?.words;

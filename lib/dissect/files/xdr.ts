// XDR (RFC 4506) by description: what a procedure takes and gives is a line of words, each a kind and a name. Pure.
//   "fh:directory str:name"   a file handle, then a text
// A kind with `*` behind it is an array with its count before it, one with `?` is there when the word before it says so.
import { hex } from "../../base/hex.ts";
import type { Meaning, Tree } from "../tree.ts";
import { clip, decodeText, looksLikeText, octetCount } from "../coding/words.ts";

/** Kinds made of other kinds: their description; of a union, the description of what follows each number. */
export type Kinds = Readonly<Record<string, string | Readonly<Record<number, string>>>>;
/** What the numbers of a name mean. */
export type Numbers = Readonly<Record<string, Meaning<number>>>;

/** What was read: texts and numbers that a line may say, by name. */
export type Read = Map<string, string>;

const LIMIT = 4096;
const when = (seconds: number) => {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : `${date.toISOString().slice(0, 19)} UTC`;
};

/** Octets with their length before them, filled up to a word. */
function opaque(tree: Tree, name: string, ref: string, text: boolean): string {
  const length = tree.u32(`${name} length`, ref);
  if (length === 0) return "";
  const { bytes, offset, end } = tree.reader;
  const octets = bytes.subarray(offset, Math.min(end, offset + length));
  const shown = text && looksLikeText(octets);
  if (shown) tree.text(name, length, ref);
  else tree.bytes(name, length, ref);
  const padding = (4 - length % 4) % 4;
  if (padding > 0) tree.bytes("Padding", Math.min(padding, tree.remaining), "RFC 4506 4.10");
  return shown ? decodeText(octets) : `${hex(octets.subarray(0, 8))}${octets.length > 8 ? "…" : ""}`;
}

/** Reads what `description` says. */
export function xdr(
  tree: Tree,
  description: string,
  ref: string,
  kinds: Kinds,
  numbers: Numbers,
  found: Read = new Map(),
): Read {
  for (const word of description.split(" ")) {
    if (word === "") continue;
    const [kind = "", label = kind] = word.split(":");
    const name = label.charAt(0).toUpperCase() + label.slice(1).replaceAll("_", " ");
    if (kind.endsWith("*")) {
      const count = tree.u32(`${name}: how many`, ref);
      for (let i = 0; i < Math.min(count, LIMIT) && tree.remaining > 0; i++) {
        one(tree, kind.slice(0, -1), name, ref, kinds, numbers, found);
      }
    } else if (kind.endsWith("+")) {
      // A list: each element is announced by a one.
      for (let i = 0; i < LIMIT && tree.u32(`${name} follows`, ref, { 0: "no", 1: "yes" }) === 1; i++) {
        one(tree, kind.slice(0, -1), name, ref, kinds, numbers, found);
      }
    } else if (kind.endsWith("?")) {
      if (tree.u32(`${name} follows`, ref, { 0: "no", 1: "yes" }) === 1) {
        one(tree, kind.slice(0, -1), name, ref, kinds, numbers, found);
      }
    } else one(tree, kind, name, ref, kinds, numbers, found);
  }
  return found;
}

function one(tree: Tree, kind: string, name: string, ref: string, kinds: Kinds, numbers: Numbers, found: Read): void {
  const key = name.toLowerCase();
  const inside = kinds[kind];
  if (typeof inside === "object") {
    const number = tree.u32(name, ref, numbers[key] ?? (() => undefined));
    found.set(key, String(number));
    xdr(tree, inside[number] ?? "", ref, kinds, numbers, found);
    return;
  }
  if (inside !== undefined) {
    tree.group(name, (group) => {
      const own: Read = new Map();
      xdr(tree, inside, ref, kinds, numbers, own);
      for (const [label, value] of own) {
        if (!found.has(label)) found.set(label, value);
        else if (label === "name" || label === "path") found.set(label, `${found.get(label)}, ${value}`);
      }
      const said = own.get("name") ?? own.get("path");
      if (said !== undefined) group.meaning = clip(said);
    }, { ref });
    return;
  }
  switch (kind) {
    case "u32":
      found.set(key, String(tree.u32(name, ref, numbers[key] ?? (() => undefined))));
      return;
    case "bool":
      found.set(key, String(tree.u32(name, ref, { 0: "no", 1: "yes" })));
      return;
    case "u64":
      found.set(key, String(tree.u64(name, ref)));
      return;
    case "seconds":
      tree.u32(name, ref, when);
      return;
    case "octets":
      tree.u64(name, ref, octetCount);
      return;
    case "str": {
      const text = opaque(tree, name, ref, true);
      found.set(key, found.has(key) ? `${found.get(key)}, ${text}` : text);
      return;
    }
    case "opaque":
      found.set(key, opaque(tree, name, ref, false));
      return;
    case "data":
      opaque(tree, name, ref, true);
      return;
  }
  if (/^x\d+$/.test(kind)) {
    tree.bytes(name, Number(kind.slice(1)), ref);
    return;
  }
  tree.rest(name, ref);
}

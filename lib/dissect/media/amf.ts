// AMF 0 ("Action Message Format, AMF 0"): the values of RTMP's commands. Pure.
import { floatOf } from "../../base/bytes.ts";
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../coding/words.ts";

const REF = "AMF 0";
const MARKERS = names(`
  0 number; 1 boolean; 2 string; 3 object; 5 null; 6 undefined; 7 reference; 8 ECMA array; 9 end of the object;
  10 array; 11 date; 12 long string; 13 unsupported; 15 XML; 16 typed object; 17 AMF 3 from here on
`);
const LIST_LIMIT = 1000;

function text(tree: Tree, name: string, octets: 2 | 4): string {
  const length = octets === 2 ? tree.u16(`${name} length`, REF) : tree.u32(`${name} length`, REF);
  return length === 0 ? "" : tree.text(name, length, REF);
}

function number(tree: Tree, name: string, meaning?: (value: number) => string | undefined): number {
  return Number(tree.field(
    name,
    (reader) => String(floatOf(reader.take(8, name))),
    (value) => ({ ref: REF, meaning: meaning?.(Number(value)) }),
  ));
}

/** Names and values up to the end marker. */
function members(tree: Tree): string {
  const said: string[] = [];
  for (let i = 0; i < LIST_LIMIT && tree.remaining > 0; i++) {
    const ends = tree.group("Member", (group) => {
      const name = text(tree, "Name", 2);
      if (name === "" && tree.reader.peek() === 9) {
        tree.u8("Marker", REF, MARKERS);
        group.meaning = "end of the object";
        return true;
      }
      group.meaning = clip(`${name}: ${amfValue(tree)}`, 120);
      said.push(group.meaning);
      return false;
    }, { ref: REF });
    if (ends) break;
  }
  return `{${clip(said.join(", "), 160)}}`;
}

/** One value; gives it as text. */
function amfValue(tree: Tree, depth = 0): string {
  if (depth > 16) throw new FormatError("Values nested more than 16 deep", tree.offset);
  const marker = tree.u8("Marker", REF, MARKERS);
  switch (marker) {
    case 0:
      return String(number(tree, "Number"));
    case 1:
      return tree.u8("Boolean", REF, { 0: "false", 1: "true" }) === 0 ? "false" : "true";
    case 2:
      return text(tree, "String", 2);
    case 3:
      return members(tree);
    case 5:
    case 6:
    case 13:
      return MARKERS[marker]!;
    case 7:
      return `#${tree.u16("Reference", REF)}`;
    case 8:
      tree.u32("Count", REF);
      return members(tree);
    case 10: {
      const said: string[] = [];
      for (let left = Math.min(LIST_LIMIT, tree.u32("Count", REF)); left > 0; left--) {
        said.push(amfValue(tree, depth + 1));
      }
      return `[${said.join(", ")}]`;
    }
    case 11: {
      const ms = number(tree, "Date", (value) => {
        const date = new Date(value);
        return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
      });
      tree.u16("Time zone", REF);
      return String(ms);
    }
    case 12:
    case 15:
      return text(tree, "String", 4);
    case 16:
      return `${text(tree, "Class", 2)} ${members(tree)}`;
  }
  tree.rest(marker === 17 ? "AMF 3" : "Data", REF);
  return "";
}

/** All values that are left. */
export function amfValues(tree: Tree): string[] {
  const said: string[] = [];
  while (tree.remaining > 0 && said.length < LIST_LIMIT) said.push(amfValue(tree));
  return said;
}

// Protocol Buffers' wire format (protobuf.dev, "Encoding"): fields by number, without the names that only a schema has. Pure.
import { viewOf } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { ByteReader } from "../../base/reader.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, looksLikeText } from "../coding/words.ts";

const REF = "Protobuf Encoding";
const WIRE: Readonly<Record<number, string>> = {
  0: "varint",
  1: "64 bits",
  2: "length-delimited",
  3: "group start",
  4: "group end",
  5: "32 bits",
};
/** Messages inside messages that are tried. */
const DEPTH_LIMIT = 12;
/** Fields that the line names. */
const SHOWN = 6;

/** A number in groups of seven bits, the lowest first. */
function varint(reader: ByteReader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const octet = reader.u8();
    value |= BigInt(octet & 127) << shift;
    if (octet < 128) return BigInt.asUintN(64, value);
  }
  throw new FormatError("A varint takes more than ten octets", reader.offset);
}

/** Whether all of `reader` reads as fields. */
function plausible(reader: ByteReader): boolean {
  try {
    let count = 0;
    while (reader.remaining > 0) {
      const key = varint(reader);
      const wire = Number(key & 7n);
      if (key >> 3n === 0n || key >> 3n > 100_000n) return false;
      if (wire === 0) varint(reader);
      else if (wire === 1) reader.skip(8);
      else if (wire === 5) reader.skip(4);
      else if (wire === 2) reader.skip(Number(varint(reader)));
      else return false;
      count++;
    }
    return count > 0;
  } catch {
    return false;
  }
}

/** The fields of a message in the rest of `tree`; gives them in words: `1="hello", 2=42`. */
export function protobuf(tree: Tree, depth = 0): string {
  const words: string[] = [];
  let count = 0;
  while (tree.remaining > 0) {
    tree.group("Field", (group) => {
      let number = 0n, wire = 0;
      tree.field("Key", (r) => Number(varint(r)), (key) => {
        number = BigInt(Math.floor(key / 8));
        wire = key % 8;
        return { ref: REF, meaning: `field ${number}, ${WIRE[wire] ?? "unknown"}` };
      });
      let text: string;
      if (wire === 0) {
        const value = tree.field("Value", varint, (found) => {
          const signed = BigInt.asIntN(64, found);
          return { ref: REF, meaning: signed < 0n ? `${signed} when signed` : undefined };
        });
        text = String(value);
      } else if (wire === 1) {
        text = number64(tree);
      } else if (wire === 5) {
        text = number32(tree);
      } else if (wire === 2) {
        const length = Number(tree.field("Length", varint, () => ({ ref: REF })));
        text = delimited(tree, length, depth);
      } else throw new FormatError(`Wire type ${wire} is not taken`, tree.offset);
      group.meaning = `${number}=${clip(text, 80)}`;
      count++;
      if (words.length < SHOWN) words.push(group.meaning);
    }, { ref: REF });
  }
  return clip(words.join(", ") + (count > SHOWN ? `, ${count - SHOWN} more` : ""), 160);
}

function number32(tree: Tree): string {
  const view = viewOf(tree.bytes("Value", 4, REF));
  tree.last.meaning = `${view.getUint32(0, true)}, or ${view.getFloat32(0, true)} as a float`;
  return String(view.getUint32(0, true));
}

function number64(tree: Tree): string {
  const view = viewOf(tree.bytes("Value", 8, REF));
  tree.last.meaning = `${view.getBigUint64(0, true)}, or ${view.getFloat64(0, true)} as a double`;
  return String(view.getBigUint64(0, true));
}

/** Text, a message inside, or octets: the wire does not say which. */
function delimited(tree: Tree, length: number, depth: number): string {
  if (length === 0) return '""';
  tree.reader.need(length, "Value");
  const { bytes, offset } = tree.reader;
  const view = bytes.subarray(offset, offset + length);
  if (looksLikeText(view)) return `"${tree.text("Text", length, REF)}"`;
  if (depth < DEPTH_LIMIT && plausible(new ByteReader(bytes, offset, offset + length))) {
    const inside = tree.part("Message", length, (part, group) => group.meaning = protobuf(part, depth + 1), REF);
    return `{${inside ?? ""}}`;
  }
  tree.bytes("Octets", length, REF);
  return counted(length, "octet");
}

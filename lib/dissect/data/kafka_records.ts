// The records that Kafka stores and carries: batches of version 2, and the message sets before them. Pure.
import { decodeContent } from "../coding/coding.ts";
import { explain } from "../explain.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";
import type { ByteReader } from "../../base/reader.ts";

const REF = "Kafka record batch";
const CODECS: Readonly<Record<number, readonly [name: string, coding: string]>> = {
  0: ["none", ""],
  1: ["gzip", "gzip"],
  2: ["Snappy", "snappy"],
  3: ["LZ4", "lz4"],
  4: ["Zstandard", "zstd"],
};
const DECODED_LIMIT = 256 * 1024;

const when = (ms: bigint) => {
  const date = new Date(Number(BigInt.asIntN(64, ms)));
  return ms === 0xffffffffffffffffn ? "none" : Number.isNaN(date.getTime()) ? undefined : date.toISOString();
};

/** A signed integer of seven bits an octet, folded so that small ones are short (zigzag). */
function signedVarint(reader: ByteReader): number {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const octet = reader.u8();
    value |= BigInt(octet & 127) << shift;
    if (octet < 128) break;
  }
  return Number((value >> 1n) ^ -(value & 1n));
}

/** Everything in the tree; gives how many records there are, and the first values. */
export function records(tree: Tree): string {
  const values: string[] = [];
  let count = 0;
  while (tree.remaining > 0) {
    const magic = tree.reader.peek(16);
    if (tree.remaining < 17) {
      tree.rest("Part of a batch", REF, "cut off where the answer would have been too long");
      break;
    }
    tree.group(magic === 2 ? "Record batch" : "Message", (group) => {
      const found = magic === 2 ? batch(tree, values) : message(tree, values);
      group.meaning = found === 1 ? "1 record" : counted(found, "record");
      count += found;
    }, { ref: REF });
  }
  return `${count} ${count === 1 ? "record" : "records"}${values.length === 0 ? "" : `: ${values.join(", ")}`}`;
}

function batch(tree: Tree, values: string[]): number {
  tree.u64("Base offset", REF, () => "offset of the first record");
  const length = tree.u32("Length", REF, (octets) => `${octets} octets follow`);
  let count = 0;
  tree.within("Record batch", length, (part) => {
    part.field("Partition leader epoch", (r) => r.u32() | 0, { ref: REF });
    part.u8("Magic", REF, () => "version 2 of the format");
    part.u32("Checksum", REF, () => "CRC-32C of what follows");
    const attributes = part.flags("Attributes", 2, [
      ["Reserved", 0, 9],
      ["Delete horizon", 9, 1],
      ["Control batch", 10, 1],
      ["Transactional", 11, 1],
      ["Time of appending", 12, 1, ["the time is the producer's", "the time is the broker's"]],
      ["Compression", 13, 3, (codec) => CODECS[codec]?.[0]],
    ], REF);
    part.u32("Last offset, from the base", REF);
    part.u64("First time", REF, when);
    part.u64("Last time", REF, when);
    part.field("Producer", (r) => BigInt.asIntN(64, r.u64()), { ref: REF });
    part.field("Producer epoch", (r) => r.u16() << 16 >> 16, { ref: REF });
    part.field("Base sequence", (r) => r.u32() | 0, { ref: REF });
    count = part.u32("Records", REF);
    const [name, coding] = CODECS[attributes & 7] ?? ["unknown", "unknown"];
    if (coding === "") {
      for (let i = 0; i < count && part.remaining > 0; i++) record(part, values);
      return;
    }
    const packed = part.rest("Compressed records", REF);
    const decoded = decodeContent(coding, packed, DECODED_LIMIT);
    if (decoded === undefined) return;
    const { root } = explain("Records as read", decoded.bytes, (inner) => {
      for (let i = 0; i < count && inner.remaining > 0; i++) record(inner, values);
    });
    part.add({ ...root, offset: part.offset, length: 0, meaning: `${name} undone`, buffer: decoded.bytes });
  });
  return count;
}

/** Octets as text where they are; gives them for the line. */
function octets(tree: Tree, name: string, count: number): string {
  if (count < 0) return "null";
  if (count === 0) return "";
  const { bytes, offset, end } = tree.reader;
  const found = bytes.subarray(offset, Math.min(end, offset + count));
  if (!looksLikeText(found)) {
    tree.bytes(name, count, REF);
    return counted(count, "octet");
  }
  tree.text(name, count, REF);
  return clip(decodeText(found), 40);
}

function record(tree: Tree, values: string[]): void {
  tree.group("Record", (group) => {
    const number = (name: string) => tree.field(name, signedVarint, { ref: REF });
    const length = number("Length");
    tree.within("Record", Math.max(0, length), (part) => {
      const inside = (name: string) =>
        part.field(name, signedVarint, (value) => ({ ref: REF, meaning: value < 0 ? "none" : undefined }));
      part.u8("Attributes", REF);
      inside("Time, from the first");
      inside("Offset, from the base");
      const key = octets(part, "Key", inside("Key length"));
      const value = octets(part, "Value", inside("Value length"));
      group.meaning = `${key === "null" ? "" : `${key}: `}${value}`;
      if (values.length < 4) values.push(group.meaning);
      for (let left = inside("Headers"); left > 0 && part.remaining > 0; left--) {
        part.group("Header", (header) => {
          const name = octets(part, "Name", inside("Name length"));
          header.meaning = `${name}: ${octets(part, "Value", inside("Value length"))}`;
        }, { ref: REF });
      }
    });
  }, { ref: REF });
}

/** A message of versions 0 and 1 of the format. */
function message(tree: Tree, values: string[]): number {
  const ref = "Kafka message set";
  tree.u64("Offset", ref);
  const length = tree.u32("Length", ref, (octets) => `${octets} octets follow`);
  tree.within("Message", length, (part) => {
    part.u32("Checksum", ref, () => "CRC-32 of what follows");
    const magic = part.u8("Magic", ref, { 0: "version 0 of the format", 1: "version 1 of the format" });
    part.u8("Attributes", ref, (codec) => CODECS[codec & 7]?.[0]);
    if (magic === 1) part.u64("Time", ref, when);
    const key = octets(part, "Key", part.u32("Key length", ref) | 0);
    const value = octets(part, "Value", part.u32("Value length", ref) | 0);
    if (values.length < 4) values.push(`${key === "null" ? "" : `${key}: `}${value}`);
  });
  return 1;
}

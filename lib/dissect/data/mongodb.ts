// MongoDB's wire protocol (MongoDB documentation, "Wire Protocol"): OP_MSG, and the older OP_QUERY and OP_REPLY. Pure.
import { FormatError } from "../../base/errors.ts";
import { decodeContent } from "../coding/coding.ts";
import { explain } from "../explain.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import { bson, type Element, elementOf, type Hint, textOf } from "./bson.ts";

const REF = "MongoDB wire protocol";
const OPERATIONS: Readonly<Record<number, string>> = {
  1: "OP_REPLY",
  2001: "OP_UPDATE",
  2002: "OP_INSERT",
  2004: "OP_QUERY",
  2005: "OP_GET_MORE",
  2006: "OP_DELETE",
  2007: "OP_KILL_CURSORS",
  2012: "OP_COMPRESSED",
  2013: "OP_MSG",
};
const COMPRESSORS: Readonly<Record<number, readonly [name: string, coding: string]>> = {
  0: ["none", ""],
  1: ["Snappy", "snappy"],
  2: ["zlib", "deflate"],
  3: ["Zstandard", "zstd"],
};
const LENGTH_LIMIT = 48_000_000;
const DECODED_LIMIT = 256 * 1024;

/** Passwords that commands carry in clear. */
const HINT: Hint = (name) => name === "pwd" || name === "newPassword" ? { secret: true } : undefined;

/** What the body of a request or an answer says. */
function told(elements: readonly Element[], answers: boolean): string {
  if (answers) {
    const error = elementOf(elements, "errmsg");
    if (error !== undefined) return `error ${elementOf(elements, "code")?.text ?? ""}: ${error.value}`;
    const cursor = elementOf(elements, "cursor")?.value;
    if (Array.isArray(cursor)) {
      const batch = (cursor as Element[]).find((entry) => /^(first|next)Batch$/.test(entry.name));
      const documents = Array.isArray(batch?.value) ? batch.value as Element[] : [];
      return `${counted(documents.length, "document")} ${batch?.text ?? ""}`;
    }
    return textOf(elements, false);
  }
  const [first, ...rest] = elements;
  if (first === undefined) return "empty";
  const database = elementOf(elements, "$db");
  const shown = rest.filter(({ name }) => !/^(\$db|lsid|\$clusterTime|\$readPreference|txnNumber)$/.test(name));
  const where = typeof first.value === "string"
    ? `${database === undefined ? "" : `${database.value}.`}${first.value}`
    : "";
  return `${first.name} ${where}${shown.length === 0 ? "" : ` ${textOf(shown, false)}`}`.trim();
}

function dissect(tree: Tree, { side }: DissectContext): Words {
  tree.u32Le("Length", REF, (octets) => `${counted(octets, "octet")}, these four among them`);
  const id = tree.u32Le("Request", REF, () => "the answer repeats it");
  const to = tree.u32Le("Answers", REF, (number) => number === 0 ? "none" : undefined);
  const operation = tree.u32Le("Operation", REF, OPERATIONS);
  const pair = side === "server" ? { answers: `mongo ${to}` } : { asks: `mongo ${id}` };
  tree.said = { summary: OPERATIONS[operation] ?? `operation ${operation}`, ...pair };
  const words = body(tree, operation, side === "server");
  return {
    summary: clip(words.replace(/\s+/g, " "), 180),
    ...(words.endsWith("(no answer)") ? {} : pair),
    text: words,
  };
}

/** What follows the header; gives the line. */
function body(tree: Tree, operation: number, answers: boolean): string {
  switch (operation) {
    case 2013:
      return message(tree, answers);
    case 2004: {
      const ref = `${REF} OP_QUERY`;
      tree.flagsLe("Flags", 4, [
        "",
        "tailable",
        "secondaries may answer",
        "",
        "no timeout",
        "wait for data",
        "exhaust",
        "partial",
      ], ref);
      const collection = tree.zeroText("Collection", ref);
      tree.u32Le("Skip", ref);
      tree.u32Le("Documents wanted", ref);
      const query = bson(tree, "Query", HINT);
      if (tree.remaining > 0) bson(tree, "Fields wanted");
      return collection.endsWith(".$cmd") ? told(query, false) : `query ${collection} ${textOf(query, false)}`;
    }
    case 1: {
      const ref = `${REF} OP_REPLY`;
      tree.flagsLe("Flags", 4, ["no such cursor", "query failed", "shard configuration stale", "await capable"], ref);
      tree.u64Le("Cursor", ref, (cursor) => cursor === 0n ? "nothing more to fetch" : "more can be fetched by it");
      tree.u32Le("Starting from", ref);
      const count = tree.u32Le("Documents", ref);
      const documents: Element[][] = [];
      while (tree.remaining > 4 && documents.length < count) documents.push(bson(tree, "Document"));
      return documents.length === 1 ? told(documents[0]!, true) : counted(count, "document");
    }
    case 2012:
      return compressed(tree, answers);
  }
  tree.rest("Data", REF);
  return OPERATIONS[operation] ?? `operation ${operation}`;
}

/** OP_MSG: sections, each a document or a sequence of them. */
function message(tree: Tree, answers: boolean): string {
  const ref = `${REF} OP_MSG`;
  const names = ["checksum at the end", "more to come, no answer wanted"];
  names[16] = "several answers are taken";
  const flags = tree.flagsLe("Flags", 4, names, ref);
  const end = (flags & 1) === 1 ? 4 : 0;
  let line = "empty", sequences = "";
  while (tree.remaining > end) {
    const kind = tree.u8("Section", ref, { 0: "the body", 1: "a sequence of documents" });
    if (kind === 0) line = told(bson(tree, "Body", HINT), answers);
    else if (kind === 1) {
      const size = (tree.reader.peek(0) ?? 0) | (tree.reader.peek(1) ?? 0) << 8 | (tree.reader.peek(2) ?? 0) << 16;
      tree.part("Sequence", size, (part) => {
        part.u32Le("Length", ref);
        const name = part.zeroText("Name", ref);
        let text = "";
        for (; part.remaining > 0;) {
          text += `${text === "" ? "" : ", "}${textOf(bson(part, "Document", HINT), false).slice(0, 400)}`;
        }
        sequences += ` ${name}: [ ${text} ]`;
      }, ref);
    } else throw new FormatError(`A section of kind ${kind}`, tree.offset - 1);
  }
  if (end > 0) tree.u32Le("Checksum", ref, () => "CRC-32C of the message");
  return `${line}${sequences}${(flags & 2) === 2 && !answers ? " (no answer)" : ""}`;
}

function compressed(tree: Tree, answers: boolean): string {
  const ref = `${REF} OP_COMPRESSED`;
  const operation = tree.u32Le("Operation inside", ref, OPERATIONS);
  const size = tree.u32Le("Length before", ref, octetCount);
  const compressor = tree.u8("Compressor", ref, (id) => COMPRESSORS[id]?.[0]);
  const [name, coding] = COMPRESSORS[compressor] ?? ["unknown", "unknown"];
  if (coding === "") return body(tree, operation, answers);
  const packed = tree.rest("Compressed message", ref);
  const decoded = decodeContent(coding, packed, Math.min(size, DECODED_LIMIT));
  if (decoded === undefined) return `${OPERATIONS[operation] ?? operation}, ${name}`;
  const { root, value } = explain("Message as read", decoded.bytes, (inner) => body(inner, operation, answers));
  tree.add({ ...root, offset: tree.offset, length: 0, meaning: `${name} undone`, buffer: decoded.bytes });
  return value ?? name;
}

const u32 = (bytes: Uint8Array, at: number) =>
  (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;

const stream = (): StreamDissector => ({
  measure(bytes) {
    if (bytes.length < 4) return 0;
    const length = u32(bytes, 0);
    if (length < 16 || length > LENGTH_LIMIT) throw new FormatError(`A message of ${counted(length, "octet")}`, 0);
    return length;
  },
  dissect,
});

/** A header with a known operation. */
function detect(bytes: Uint8Array): Guess {
  if (bytes.length < 4) return "possible";
  if (bytes[3]! > 2 || u32(bytes, 0) < 16) return "no";
  if (bytes.length < 16) return "maybe";
  const operation = u32(bytes, 12);
  if (operation === 1) return "possible";
  return operation >= 2001 && OPERATIONS[operation] !== undefined ? "yes" : "no";
}

export const MONGODB: Protocol = {
  name: "mongodb",
  title: "MongoDB",
  ref: REF,
  tcp: [27017, 27018, 27019],
  detect,
  sideOf: (bytes) => bytes.length >= 16 && u32(bytes, 8) !== 0 ? "server" : "client",
  stream,
};

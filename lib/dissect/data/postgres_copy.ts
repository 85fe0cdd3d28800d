// What CopyData of PostgreSQL holds: rows of COPY (PostgreSQL documentation, "COPY", File Formats), and the messages of
// replication ("Streaming Replication Protocol"). Pure.
import { viewOf } from "../../base/bytes.ts";
import type { Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, looksLikeText } from "../coding/words.ts";
import { REF } from "./postgres_names.ts";
import { binaryMeaning, value } from "./postgres_values.ts";

const COPY = "PostgreSQL COPY";
const REPLICATION = "PostgreSQL 55.4";
/** "PGCOPY", line ends and octets that a transfer as text would damage. */
const SIGNATURE = [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 10, 0xff, 13, 10, 0];

/** Octets of the binary row that `bytes` begin with; 0 when it is none, or not whole. */
function measureRow(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  if (bytes.length < 2) return 0;
  const count = view.getInt16(0);
  if (count === -1) return 2;
  let at = 2;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return 0;
    const length = view.getInt32(at);
    at += 4 + Math.max(0, length);
    if (length < -1 || at > bytes.length) return 0;
  }
  return count > 0 ? at : 0;
}

/** Rows of COPY in the binary form, as far as they are whole. */
function binaryRows(tree: Tree): string[] {
  const { reader } = tree;
  const rows: string[] = [];
  if (SIGNATURE.every((octet, i) => reader.peek(i) === octet) && tree.remaining >= 19) {
    tree.bytes("Signature", SIGNATURE.length, COPY);
    tree.u32("Flags", COPY);
    tree.bytes("Extension", tree.u32("Extension length", COPY), COPY);
  }
  for (;;) {
    const length = measureRow(reader.bytes.subarray(tree.offset, reader.end));
    if (length === 0) return rows;
    tree.part("Row", length, (row, group) => {
      const count = row.u16("Columns", COPY, (number) => number === 0xffff ? "the end of the rows" : undefined);
      if (count === 0xffff) return;
      const values = Array.from({ length: count }, () => value(row, "Value", COPY, undefined, false));
      group.meaning = clip(values.join(", "), 120);
      rows.push(group.meaning);
    }, COPY);
  }
}

/** Rows that COPY moves. */
export function copyData(tree: Tree, name: string): Words {
  const count = tree.remaining;
  if (count === 0) return { summary: name };
  const { bytes, offset, end } = tree.reader;
  if (!looksLikeText(bytes.subarray(offset, end))) {
    const rows = binaryRows(tree);
    tree.rest("Data", REF);
    return {
      summary: clip(rows.length === 0 ? `${name}, ${counted(count, "octet")}` : `${name} ${rows.join("; ")}`, 140),
    };
  }
  const text = tree.text("Data", count, REF);
  return { summary: `${name} ${clip(text.trimEnd(), 120)}`, text };
}

/** A place in the log of changes: "0/1A2B3C". */
const place = (word: bigint) => `${(word >> 32n).toString(16)}/${(word & 0xffffffffn).toString(16)}`.toUpperCase();
const when = (micros: bigint) => {
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setBigUint64(0, micros);
  return binaryMeaning(1184, octets);
};

/** A message of replication. */
export function replicationData(tree: Tree, name: string): Words {
  const kind = tree.text("Kind", 1, REPLICATION, (letter) =>
    ({
      w: "changes",
      k: "keep-alive of the sender",
      r: "how far the receiver is",
      h: "what the receiver's queries still need",
    })[letter]);
  const at = (label: string) => place(tree.u64(label, REPLICATION, place));
  switch (kind) {
    case "w": {
      const start = at("Start of the changes");
      at("End of the log");
      tree.u64("Sent at", REPLICATION, when);
      const { bytes, offset, end } = tree.reader;
      if (!looksLikeText(bytes.subarray(offset, end))) {
        const count = tree.rest("Changes", REPLICATION).length;
        return { summary: `${name}: changes from ${start}, ${counted(count, "octet")}` };
      }
      const text = tree.remaining > 0 ? tree.text("Changes", tree.remaining, REPLICATION) : "";
      return { summary: `${name}: changes from ${start}: ${clip(text, 100)}`, text };
    }
    case "k": {
      const end = at("End of the log");
      tree.u64("Sent at", REPLICATION, when);
      const asked = tree.u8("Answer wanted", REPLICATION, { 0: "no", 1: "at once" }) === 1;
      return { summary: `${name}: keep-alive at ${end}${asked ? ", answer wanted" : ""}` };
    }
    case "r": {
      const written = at("Written to");
      at("Flushed to");
      at("Applied to");
      tree.u64("Sent at", REPLICATION, when);
      tree.u8("Answer wanted", REPLICATION, { 0: "no", 1: "at once" });
      return { summary: `${name}: written to ${written}` };
    }
    case "h":
      tree.u64("Sent at", REPLICATION, when);
      for (const label of ["Oldest transaction", "Oldest transaction of the catalog"]) {
        tree.u32(label, REPLICATION);
        tree.u32("Its epoch", REPLICATION);
      }
      return { summary: `${name}: needs of queries` };
  }
  tree.rest("Data", REPLICATION);
  return { summary: name };
}

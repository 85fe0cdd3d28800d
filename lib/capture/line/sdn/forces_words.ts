// What the parts of a line about ForCES share: the heads of TLVs and what is wrong with them. Pure. RFC 5810.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line, TRUNCATED } from "../core/line.ts";
import { names } from "../core/table.ts";

/** Kinds of TLVs. */
export const TLVS = names(
  "0 Invalid TLV|REDIRECT TLV|0x10 ASResult TLV|ASTreason TLV|0x110 PATH-DATA TLV|KEYINFO TLV|FULLDATA TLV|" +
    "SPARSEDATA TLV|RESULT TLV|METADATA TLV|REDIRECTDATA TLV|0x1000 LFBselect TLV",
);
/** Those that hold paths and data. */
export const PATH = 0x110,
  KEY = 0x111,
  FULL = 0x112,
  SPARSE = 0x113,
  RESULT = 0x114,
  METADATA = 0x115,
  REDIRECTED = 0x116;

/** Kinds of data that an operation may hold, and what its path says of it. */
export const FULL_BIT = 1, SPARSE_BIT = 2, RESULT_BIT = 4, KEY_BIT = 8, APPEND_BIT = 16, RANGE_BIT = 32;

/** Prints what stands at `at`, in `size` octets; `data`: kinds of data that may stand there. `false`: something is wrong. */
export type Printer = (l: Line, at: number, size: number, data: number, indent: number) => boolean;

/** An indent, which is bounded. */
export const space = (count: number) => " ".repeat(Math.min(count, 255));
/** Octets of a part up to the next boundary of four. */
export const padded = (size: number) => size + 3 & ~3;
/** A TLV's kind, or its number. */
export const typeName = (type: number) => TLVS[type] ?? `#${type}`;
/** Whether all of a message is shown. */
export const all = (l: Line) => l.verbose >= 3;

/** Says why, and that something is wrong. */
export function wrong(l: Line, why: string): false {
  l.text(why);
  return false;
}

/** Says that the message ends too early. */
export const cut = (l: Line) => wrong(l, " [|forces]");

/** Rows of octets behind `indent`; ends the line where they were not captured. */
export function rows(l: Line, indent: string, at: number, count: number): void {
  unknownData(l, at, indent, count);
  if (at + count > l.end) throw TRUNCATED;
}

/** What is wrong with a part of `size` octets with a head of `head` where `left` are; 0 when nothing is. */
export function fault(size: number, left: number, head = 4): number {
  return left < head ? 1 : size < head ? 2 : size > left ? 3 : left < padded(size) ? 4 : 0;
}

/** What is left behind the last part that was whole. */
export const messy = (l: Line, what: string, at: number, left: number) =>
  wrong(
    l,
    `\n\t\tMessy ${what} TLV header, type (0x${hex(l.u16(at))})\n\t\texcess of ${left - l.u16(at + 2) >>> 0} Bytes `,
  );

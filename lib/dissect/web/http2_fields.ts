// What the numbers of HTTP/2 frames mean: types, error codes, settings, flags, and fields that several frames have. Pure.
import { names } from "../coding/names.ts";
import type { BitRow, Tree } from "../tree.ts";

/** Frame types, each with the section about it (RFC 9113 6). */
export const TYPES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["DATA", "RFC 9113 6.1"],
  1: ["HEADERS", "RFC 9113 6.2"],
  2: ["PRIORITY", "RFC 9113 6.3"],
  3: ["RST_STREAM", "RFC 9113 6.4"],
  4: ["SETTINGS", "RFC 9113 6.5"],
  5: ["PUSH_PROMISE", "RFC 9113 6.6"],
  6: ["PING", "RFC 9113 6.7"],
  7: ["GOAWAY", "RFC 9113 6.8"],
  8: ["WINDOW_UPDATE", "RFC 9113 6.9"],
  9: ["CONTINUATION", "RFC 9113 6.10"],
  10: ["ALTSVC", "RFC 7838 4"],
  12: ["ORIGIN", "RFC 8336 2"],
  16: ["PRIORITY_UPDATE", "RFC 9218 7.1"],
};
/** RFC 9113 7. */
export const ERRORS = names(`
  0 no error; 1 protocol error; 2 internal error; 3 flow control error; 4 settings timeout; 5 stream closed;
  6 frame size error; 7 refused stream; 8 cancel; 9 compression error; 10 connect error; 11 enhance your calm;
  12 inadequate security; 13 HTTP/1.1 required
`);
/** RFC 9113 6.5.2. */
export const SETTINGS: Readonly<Record<number, string>> = {
  1: "header table size",
  2: "enable push",
  3: "maximum concurrent streams",
  4: "initial window size",
  5: "maximum frame size",
  6: "maximum header list size",
  8: "enable connect protocol",
  9: "no RFC 7540 priorities",
};
const WORD = 0x7fffffff;

/** The flags of frame types, by their bit (0 is the most significant). Bits that mean nothing there are one row together. */
const FLAG_NAMES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  0: { 4: "PADDED", 7: "END_STREAM" },
  1: { 2: "PRIORITY", 4: "PADDED", 5: "END_HEADERS", 7: "END_STREAM" },
  4: { 7: "ACK" },
  5: { 4: "PADDED", 5: "END_HEADERS" },
  6: { 7: "ACK" },
  9: { 5: "END_HEADERS" },
};

/** The rows of the flags of a frame type. */
export function flagRows(type: number): BitRow[] {
  const names = FLAG_NAMES[type] ?? {}, rows: BitRow[] = [];
  for (let bit = 0, first = 0; bit <= 8; bit++) {
    const name = names[bit];
    if (name === undefined && bit < 8) continue;
    if (bit > first) rows.push(["Unused", first, bit - first]);
    if (name !== undefined) rows.push([name, bit, 1]);
    first = bit + 1;
  }
  return rows;
}

/** A number of 31 bits behind a bit that is reserved (RFC 9113 4.1): its value, whatever that bit is. */
export function number31(
  tree: Tree,
  name: string,
  ref: string,
  meaning?: (value: number) => string | undefined,
): number {
  const value = tree.u32(name, ref, (word) => meaning?.(word & WORD)) & WORD;
  if (tree.last.value !== value) tree.last.meaning = `${value}, and the reserved bit, which is ignored`;
  return value;
}

/** RFC 9113 5.3.2: what older clients say of the order of streams. */
export function priority(tree: Tree, ref: string): string {
  const said = (word: number) => `${word >>> 31 === 1 ? "exclusive, " : ""}on stream ${word & WORD}`;
  const word = tree.u32("Exclusive and dependency", ref, said);
  const weight = tree.u8("Weight", ref, (octet) => String(octet + 1)) + 1;
  return `${said(word)}, weight ${weight}`;
}

// Octets under a line: -x, -X, -A. Pure. The form is tcpdump's.
import type { TextBuffer } from "./buffer.ts";
import type { Line } from "./line.ts";

const HEX = new Uint8Array(512);
const SHOWN = new Uint8Array(256);
for (let i = 0; i < 256; i++) {
  const text = i.toString(16).padStart(2, "0");
  HEX[i * 2] = text.charCodeAt(0);
  HEX[i * 2 + 1] = text.charCodeAt(1);
  SHOWN[i] = i > 32 && i < 127 ? i : 46;
}

/** Rows of sixteen octets: `\n\t0x0000:  4500 …`, with `text` the characters behind them. */
export function hexDump(
  out: TextBuffer,
  source: Uint8Array,
  from: number,
  length: number,
  text = true,
  indent = "\n\t",
): void {
  out.need(Math.ceil(length / 16) * 80 + 4096);
  const { bytes } = out;
  for (let row = 0; row < length; row += 16) {
    const count = Math.min(16, length - row);
    out.text(indent);
    out.text("0x");
    out.hex(row, 4);
    out.text(": ");
    let at = out.at;
    for (let i = 0; i < count; i++) {
      if ((i & 1) === 0) bytes[at++] = 32;
      const entry = source[from + row + i]! * 2;
      bytes[at++] = HEX[entry]!;
      bytes[at++] = HEX[entry + 1]!;
    }
    if (text) {
      for (let i = at - out.at; i < 42; i++) bytes[at++] = 32;
      for (let i = 0; i < count; i++) bytes[at++] = SHOWN[source[from + row + i]!]!;
    }
    out.at = at;
  }
}

/** Octets as text on lines of their own: control characters and what is not ASCII become dots. */
export function asciiDump(out: TextBuffer, source: Uint8Array, from: number, length: number): void {
  out.need(length + 4096);
  const { bytes } = out;
  let at = out.at;
  bytes[at++] = 10;
  for (let i = 0; i < length; i++) {
    const octet = source[from + i]!;
    // A carriage return before a line feed is the line's end; elsewhere it would hide what stands before it.
    if (octet === 13) {
      if (i + 2 >= length || source[from + i + 1] === 10) continue;
      bytes[at++] = 46;
    } else if (octet === 10 || octet === 9 || (octet >= 32 && octet < 127)) bytes[at++] = octet;
    else bytes[at++] = 46;
  }
  out.at = at;
}

/** Octets that nobody explains, in hex: sixteen a row after `indent`; the first is said to be the `offset`th. */
export function unknownData(l: Line, at: number, indent: string, length: number, offset = 0): void {
  const count = Math.min(length, l.end - at);
  for (let row = 0; row < count; row += 16) {
    l.text(`${indent}0x${(offset + row).toString(16).padStart(4, "0")}: `);
    for (let i = row; i < row + 16 && i < count; i++) {
      if ((i & 1) === 0) l.out.char(32);
      l.out.hex(l.bytes[at + i]!, 2);
    }
  }
}

/** Whether octets that nobody knows are shown: not where all are shown in hex anyway, or little is wanted. */
export function showsUnexplained({ options, quiet }: Line): boolean {
  return options.hex === 0 && options.hexAscii === 0 && !quiet;
}

/** `length` octets in rows; ends the line as truncated behind those that were captured. */
export function dumped(l: Line, at: number, length: number): void {
  const count = Math.min(length, Math.max(0, l.end - at));
  if (count > 0) hexDump(l.out, l.bytes, at, count);
  l.must(at, length);
}

/** The octets from `at` on that nobody knows, as far as they are shown at all. */
export function unexplained(l: Line, at: number, length = l.end - at): void {
  if (showsUnexplained(l)) hexDump(l.out, l.bytes, at, length);
}

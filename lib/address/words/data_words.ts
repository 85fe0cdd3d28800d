// socat's notation for octets in an address ("dalan"): x01ff, i1, "text", each by itself or several after another. Pure.
import { counted } from "../../base/text.ts";
import { FormatError } from "../../base/errors.ts";
import type { Bytes } from "../../base/bytes.ts";

/** Octets of a number behind each letter; a capital letter means unsigned, which makes no other octets. */
const SIZES: Record<string, number> = { i: 4, l: 8, s: 2, b: 1 };
const ESCAPES: Record<string, number> = { n: 10, r: 13, t: 9, f: 12, b: 8, a: 7, e: 27, 0: 0 };
const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const TOKEN =
  /\s+|x((?:[0-9a-f]{2})*)|"((?:\\.|[^"\\])*)"|'(\\.|[^'\\])'|([ilsb])?([+-]?(?:0x[0-9a-f]+|\d+))|([ilsb])/giy;

/**
 * The octets that `text` describes. `x` and hex digits; `i`, `l`, `s`, `b` (`I` …) and a number of 4, 8, 2 octets or one,
 * in the machine's order; `"text"`, `'c'`. A number without a letter has the size of the one before, at first of `i`.
 */
export function parseData(text: string): Bytes {
  const octets: number[] = [];
  let size = SIZES.i!;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new FormatError(`"${text}" is not data such as x01ff, i1 or "text"`, at);
    const [, hex, quoted, char, letter, number, alone] = match;
    if (letter ?? alone) size = SIZES[(letter ?? alone)!.toLowerCase()]!;
    if (hex !== undefined) { for (let i = 0; i < hex.length; i += 2) octets.push(parseInt(hex.slice(i, i + 2), 16)); }
    else if (quoted !== undefined || char !== undefined) octets.push(...unescaped((quoted ?? char)!));
    else if (number !== undefined) octets.push(...numberOctets(number, size, text));
  }
  return Uint8Array.from(octets);
}

function unescaped(text: string): Uint8Array {
  const octets: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const escape = text[i] === "\\" ? text[++i]! : undefined;
    const known = escape === undefined ? undefined : ESCAPES[escape];
    if (known !== undefined) octets.push(known);
    else octets.push(...new TextEncoder().encode(escape ?? text[i]!));
  }
  return Uint8Array.from(octets);
}

function numberOctets(text: string, size: number, whole: string): Uint8Array {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "");
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits) * (negative ? -1n : 1n);
  const bits = BigInt(size * 8);
  if (value >= 1n << bits || value < -(1n << (bits - 1n))) {
    throw new FormatError(`"${whole}": ${text} does not fit ${counted(size, "octet")}`);
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt.asIntN(64, BigInt.asUintN(Number(bits), value)), LITTLE);
  return LITTLE ? new Uint8Array(view.buffer, 0, size) : new Uint8Array(view.buffer, 8 - size, size);
}

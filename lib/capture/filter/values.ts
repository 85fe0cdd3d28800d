// Small values of capture filters: constants folded, dotted parts, masks, Ethernet addresses. Pure.
import { FormatError } from "../../base/errors.ts";
import { constant, type Num } from "./ir.ts";
import { numberOf } from "./lexer.ts";

/** Throws a `FormatError`: for use in expressions. */
export const fail = (message: string): never => {
  throw new FormatError(message);
};

/** Arithmetic on constants is done now. */
export function fold(num: Num): Num {
  if (num.k !== "op" || num.a.k !== "const" || num.b.k !== "const") return num;
  const a = num.a.value, b = num.b.value;
  switch (num.op) {
    case "+":
      return constant(a + b);
    case "-":
      return constant(a - b);
    case "*":
      return constant(Math.imul(a, b));
    case "/":
      return constant(Math.floor(a / b));
    case "%":
      return constant(a % b);
    case "&":
      return constant(a & b);
    case "|":
      return constant(a | b);
    case "^":
      return constant(a ^ b);
    case "<<":
      return constant(a << b);
    case ">>":
      return constant(a >>> b);
  }
}

export const shift = (value: number, bits: number): number => bits >= 32 ? 0 : (value << bits) >>> 0;

export const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;

/** `10.1` as 0x0a01 and 16 bits. */
export function dottedOf(text: string): [value: number, bits: number] {
  let value = 0, bits = 0;
  for (const part of text.split(".")) {
    const number = numberOf(part);
    if (number > 255) fail(`invalid IPv4 address '${text}'`);
    value = (value << 8 | number) >>> 0;
    bits += 8;
  }
  return [value, bits];
}

/** Six octets of an Ethernet address in any of its spellings. */
export function macOf(text: string): number[] {
  const parts = text.split(/[:.-]/);
  if (parts.length === 6) return parts.map((part) => parseInt(part, 16));
  const digits = parts.length === 3 ? parts.map((part) => part.padStart(4, "0")).join("") : text;
  return Array.from({ length: 6 }, (_, i) => parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}

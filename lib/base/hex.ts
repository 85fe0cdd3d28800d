// Hexadecimal text. Pure.
import { FormatError } from "./errors.ts";
import type { Bytes } from "./bytes.ts";

/** "00" to "ff", indexed by octet. */
export const HEX: readonly string[] = Array.from(
  { length: 256 },
  (_, octet) => octet.toString(16).padStart(2, "0"),
);

/** Two lower-case digits for each octet, with `separator` between octets. */
export function hex(bytes: Uint8Array, separator = ""): string {
  let out = "";
  for (let i = 0; i < bytes.length; i++) {
    if (i !== 0 && separator !== "") out += separator;
    out += HEX[bytes[i]!];
  }
  return out;
}

/** Octets of hex text; white space, `:` and `-` between octets and a leading `0x` are passed over. */
export function parseHex(text: string): Bytes {
  const digits = text.replace(/0x|[\s:,-]+/gi, "");
  const bad = digits.search(/[^0-9a-fA-F]/);
  if (bad !== -1) throw new FormatError(`"${digits[bad]}" is not a hexadecimal digit`, text.indexOf(digits[bad]!));
  if (digits.length % 2 !== 0) throw new FormatError("An odd number of hexadecimal digits", text.length);
  const out = new Uint8Array(digits.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(digits.slice(i * 2, i * 2 + 2), 16);
  return out;
}

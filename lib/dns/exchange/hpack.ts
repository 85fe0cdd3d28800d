// The status in a header block of HTTP/2 (HPACK, RFC 7541): all other headers are passed over. Pure.
// Dynamic entries are not remembered: a server that refers to one for its status gets a new connection.
import { FormatError } from "../../base/errors.ts";
import { ByteReader } from "../../base/reader.ts";

/** Statuses in the static table, at indices 8 to 14. */
const STATIC_STATUS: readonly number[] = [200, 204, 206, 304, 400, 404, 500];

/** Codes of the digits in HPACK's Huffman code (RFC 7541 B): 0, 1, 2 in five bits, the others in six. */
const DIGITS: ReadonlyMap<string, string> = new Map([
  ["00000", "0"],
  ["00001", "1"],
  ["00010", "2"],
  ["011001", "3"],
  ["011010", "4"],
  ["011011", "5"],
  ["011100", "6"],
  ["011101", "7"],
  ["011110", "8"],
  ["011111", "9"],
]);

/** An integer whose first octet has `bits` bits for it (RFC 7541 5.1). */
function integer(reader: ByteReader, first: number, bits: number): number {
  const full = (1 << bits) - 1;
  let value = first & full;
  if (value < full) return value;
  for (let shift = 0;; shift += 7) {
    const octet = reader.u8();
    if (shift > 21) throw new FormatError("An integer of HPACK is too large", reader.offset);
    value += (octet & 0x7f) << shift;
    if ((octet & 0x80) === 0) return value;
  }
}

/** Digits of a string (RFC 7541 5.2); other characters end it. */
function digits(octets: Uint8Array, huffman: boolean): string {
  if (!huffman) return String.fromCharCode(...octets.subarray(0, 16));
  let bits = "", out = "";
  for (const bit of Array.from(octets, (octet) => octet.toString(2).padStart(8, "0")).join("")) {
    bits += bit;
    const digit = DIGITS.get(bits);
    if (digit === undefined) continue;
    out += digit;
    bits = "";
  }
  return out;
}

/** The value of `:status` in a header block, `undefined` when it has none. A `FormatError` for a malformed block. */
export function headerStatus(block: Uint8Array): number | undefined {
  const reader = new ByteReader(block);
  const string = () => {
    const first = reader.u8();
    return { huffman: (first & 0x80) !== 0, octets: reader.take(integer(reader, first, 7)) };
  };
  while (reader.remaining > 0) {
    const first = reader.u8();
    if ((first & 0x80) !== 0) {
      const status = STATIC_STATUS[integer(reader, first, 7) - 8];
      if (status !== undefined) return status;
    } else if ((first & 0xe0) === 0x20) integer(reader, first, 5);
    else {
      const index = integer(reader, first, (first & 0x40) !== 0 ? 6 : 4);
      const name = index === 0 ? string() : undefined;
      const value = string();
      const named = name !== undefined && !name.huffman && String.fromCharCode(...name.octets) === ":status";
      if ((index >= 8 && index <= 14) || named) {
        const status = Number(digits(value.octets, value.huffman));
        return Number.isInteger(status) ? status : undefined;
      }
    }
  }
  return undefined;
}

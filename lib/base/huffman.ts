// The Huffman code of header fields in HTTP/2 and HTTP/3 (RFC 7541 5.2, appendix B). Pure.
import { FormatError } from "./errors.ts";

/** Bits of the code of each octet and of the end (256), RFC 7541 appendix B. The code is canonical: lengths suffice. */
const CODE_LENGTHS = `
  13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
  6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10
  13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
  15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28
  20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
  22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
  26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
  20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
  30
`.trim().split(/\s+/).map(Number);

/** First code and first symbol of each length, for decoding bit by bit. */
const SYMBOLS = CODE_LENGTHS.map((_, symbol) => symbol).sort((a, b) => CODE_LENGTHS[a]! - CODE_LENGTHS[b]! || a - b);
const COUNTS = Array.from({ length: 31 }, (_, bits) => CODE_LENGTHS.filter((length) => length === bits).length);

/** Octets of a Huffman-coded string (RFC 7541 5.2). Padding that is too long or not all ones is a `FormatError`. */
export function decodeHuffman(bytes: Uint8Array, offset = 0): Uint8Array {
  const out = new Uint8Array(Math.floor(bytes.length * 8 / 5));
  let length = 0, code = 0, first = 0, index = 0, bits = 0, ones = true;
  for (const octet of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const value = octet >> bit & 1;
      code = code << 1 | value;
      ones &&= value === 1;
      bits++;
      first <<= 1;
      const count = COUNTS[bits]!;
      if (code - first < count) {
        const symbol = SYMBOLS[index + code - first]!;
        if (symbol === 256) throw new FormatError("The Huffman code holds the end symbol", offset);
        out[length++] = symbol;
        code =
          first =
          index =
          bits =
            0;
        ones = true;
      } else {
        index += count;
        first += count;
        if (bits >= 30) throw new FormatError("No such Huffman code", offset);
      }
    }
  }
  if (bits > 7 || !ones) throw new FormatError("The padding of the Huffman code is wrong", offset);
  return out.subarray(0, length);
}

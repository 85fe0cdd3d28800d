// Raw deflate (RFC 1951), gzip (RFC 1952) and zlib (RFC 1950) undone at once, for reading bodies. Pure.
// Output is bounded; damaged or cut input gives what was decoded up to there.

/** What came out. */
export interface Inflated {
  readonly bytes: Uint8Array;
  /** The stream ended as it should; false when it is cut, damaged or over the limit. */
  readonly complete: boolean;
}

const LENGTH_BASE = [
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  13,
  15,
  17,
  19,
  23,
  27,
  31,
  35,
  43,
  51,
  59,
  67,
  83,
  99,
  115,
  131,
  163,
  195,
  227,
  258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1,
  2,
  3,
  4,
  5,
  7,
  9,
  13,
  17,
  25,
  33,
  49,
  65,
  97,
  129,
  193,
  257,
  385,
  513,
  769,
  1025,
  1537,
  2049,
  3073,
  4097,
  6145,
  8193,
  12289,
  16385,
  24577,
];
const DISTANCE_EXTRA = [
  0,
  0,
  0,
  0,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  5,
  6,
  6,
  7,
  7,
  8,
  8,
  9,
  9,
  10,
  10,
  11,
  11,
  12,
  12,
  13,
  13,
];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Thrown inside: the input is at its end or breaks the rules, or the output is full. */
class Stop extends Error {}

/** A canonical Huffman code: how many codes of each length, and the symbols in order. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  const offsets = new Uint16Array(16);
  for (let i = 1; i < 15; i++) offsets[i + 1] = offsets[i]! + counts[i]!;
  const symbols = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    if (lengths[symbol] !== 0) symbols[offsets[lengths[symbol]!]!++] = symbol;
  }
  return { counts, symbols };
}

const fixedLengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
const FIXED_LITERALS = codeOf(fixedLengths);
const FIXED_DISTANCES = codeOf(new Uint8Array(30).fill(5));

class Inflater {
  out: Uint8Array;
  length: number;
  at: number;
  #bits = 0;
  #count = 0;
  readonly #input: Uint8Array;
  readonly #limit: number;

  constructor(input: Uint8Array, at: number, limit: number, dictionary: Uint8Array) {
    this.#input = input;
    this.at = at;
    this.#limit = limit + dictionary.length;
    this.out = new Uint8Array(Math.max(1024, dictionary.length * 2, Math.min(this.#limit, input.length * 4)));
    this.out.set(dictionary);
    this.length = dictionary.length;
  }

  #take(count: number): number {
    while (this.#count < count) {
      if (this.at >= this.#input.length) throw new Stop();
      this.#bits |= this.#input[this.at++]! << this.#count;
      this.#count += 8;
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#count -= count;
    return value;
  }

  #symbol({ counts, symbols }: Code): number {
    let code = 0, first = 0, index = 0;
    for (let length = 1; length < 16; length++) {
      code |= this.#take(1);
      const count = counts[length]!;
      if (code - count < first) return symbols[index + code - first]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Stop();
  }

  #put(octet: number): void {
    if (this.length >= this.#limit) throw new Stop();
    if (this.length >= this.out.length) {
      const grown = new Uint8Array(Math.min(this.#limit, this.out.length * 2));
      grown.set(this.out);
      this.out = grown;
    }
    this.out[this.length++] = octet;
  }

  run(): void {
    for (let last = false; !last;) {
      last = this.#take(1) === 1;
      const kind = this.#take(2);
      if (kind === 0) this.#stored();
      else if (kind === 1) this.#block(FIXED_LITERALS, FIXED_DISTANCES);
      else if (kind === 2) this.#dynamic();
      else throw new Stop();
    }
  }

  #stored(): void {
    this.#bits = this.#count = 0;
    const input = this.#input;
    if (this.at + 4 > input.length) throw new Stop();
    const length = input[this.at]! | input[this.at + 1]! << 8;
    this.at += 4;
    for (let i = 0; i < length; i++) {
      if (this.at >= input.length) throw new Stop();
      this.#put(input[this.at++]!);
    }
  }

  #block(literals: Code, distances: Code): void {
    for (;;) {
      const symbol = this.#symbol(literals);
      if (symbol < 256) this.#put(symbol);
      else if (symbol === 256) return;
      else {
        const base = LENGTH_BASE[symbol - 257];
        if (base === undefined) throw new Stop();
        const length = base + this.#take(LENGTH_EXTRA[symbol - 257]!);
        const code = this.#symbol(distances);
        const from = DISTANCE_BASE[code];
        if (from === undefined) throw new Stop();
        const distance = from + this.#take(DISTANCE_EXTRA[code]!);
        if (distance > this.length) throw new Stop();
        for (let i = 0; i < length; i++) this.#put(this.out[this.length - distance]!);
      }
    }
  }

  #dynamic(): void {
    const literals = this.#take(5) + 257, distances = this.#take(5) + 1, count = this.#take(4) + 4;
    const order = new Uint8Array(19);
    for (let i = 0; i < count; i++) order[ORDER[i]!] = this.#take(3);
    const code = codeOf(order);
    const lengths = new Uint8Array(literals + distances);
    for (let i = 0; i < lengths.length;) {
      const symbol = this.#symbol(code);
      if (symbol < 16) lengths[i++] = symbol;
      else {
        if (symbol === 16 && i === 0) throw new Stop();
        const value = symbol === 16 ? lengths[i - 1]! : 0;
        const repeat = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
        if (i + repeat > lengths.length) throw new Stop();
        lengths.fill(value, i, i + repeat);
        i += repeat;
      }
    }
    this.#block(codeOf(lengths.subarray(0, literals)), codeOf(lengths.subarray(literals)));
  }
}

/** Raw deflate. At most `limit` octets come out. `dictionary` is what was decoded before and may be referred to. */
export function inflateRaw(
  input: Uint8Array,
  limit: number,
  start = 0,
  dictionary: Uint8Array = new Uint8Array(0),
): Inflated {
  const inflater = new Inflater(input, start, limit, dictionary);
  let complete = true;
  try {
    inflater.run();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    complete = false;
  }
  return { bytes: inflater.out.subarray(dictionary.length, inflater.length), complete };
}

/** Where the deflate data of a gzip member begins, or -1. */
function gzipStart(input: Uint8Array): number {
  if (input.length < 10 || input[0] !== 0x1f || input[1] !== 0x8b || input[2] !== 8) return -1;
  const flags = input[3]!;
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + (input[at] ?? 0) + (input[at + 1] ?? 0) * 256;
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = input.indexOf(0, at);
    if (end === -1) return -1;
    at = end + 1;
  }
  if ((flags & 2) !== 0) at += 2;
  return at;
}

/** Undoes a content coding: `gzip`, `x-gzip`, `deflate` (with zlib's wrapper or without). `undefined` for others. */
export function decodeContent(coding: string, input: Uint8Array, limit: number): Inflated | undefined {
  if (coding === "gzip" || coding === "x-gzip") {
    const start = gzipStart(input);
    return start === -1 ? undefined : inflateRaw(input, limit, start);
  }
  if (coding === "deflate") {
    const wrapped = input.length >= 2 && (input[0]! & 15) === 8 && ((input[0]! << 8) | input[1]!) % 31 === 0;
    return inflateRaw(input, limit, wrapped ? 2 : 0);
  }
  return undefined;
}

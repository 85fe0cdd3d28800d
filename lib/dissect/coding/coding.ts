// Content codings undone at once, for reading bodies: RFC 9110 8.4.1, RFC 7932 (br), RFC 8878 (zstd). Pure.
// Output is bounded; damaged or cut input gives what was decoded up to there. To add a coding: a line in `CODINGS`.
import { byWord } from "../../base/text.ts";
import { concat } from "../../base/bytes.ts";
import { errorCode } from "../../base/errors.ts";
import { nodeZlib } from "../../base/builtin.ts";

/** What came out. */
export interface Decoded {
  readonly bytes: Uint8Array;
  /** False when the data are damaged, over the limit or, as far as the runtime tells (not of br and zstd), cut. */
  readonly complete: boolean;
  /** Wanted whole, it is longer than the limit: nothing is there. */
  readonly over?: boolean;
}

/** Octets beyond the limit that a decoder may make on its way: one octet of deflate can stand for a thousand. */
const SLACK = 64 * 1024;

type Zlib = ReturnType<typeof nodeZlib>;
/** Decodes all of `input`, or throws. With `cut` the data need not end as they should. */
type Decoder = (zlib: Zlib, input: Uint8Array, maxOutputLength: number, cut: boolean) => Uint8Array;

const gzip: Decoder = ({ gunzipSync, constants }, input, maxOutputLength, cut) =>
  gunzipSync(input, { maxOutputLength, finishFlush: cut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH });
/** With zlib's wrapper, as it should be, or without it, as some send it. */
const deflate: Decoder = ({ inflateSync, inflateRawSync, constants }, input, maxOutputLength, cut) => {
  const wrapped = input.length >= 2 && (input[0]! & 15) === 8 && ((input[0]! << 8) | input[1]!) % 31 === 0;
  const options = { maxOutputLength, finishFlush: cut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH };
  return wrapped ? inflateSync(input, options) : inflateRawSync(input, options);
};
const brotli: Decoder = ({ brotliDecompressSync, constants }, input, maxOutputLength, cut) =>
  brotliDecompressSync(input, {
    maxOutputLength,
    finishFlush: cut ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH,
  });
const zstd: Decoder = ({ zstdDecompressSync, constants }, input, maxOutputLength, cut) =>
  zstdDecompressSync(input, {
    maxOutputLength,
    finishFlush: cut ? constants.ZSTD_e_flush : constants.ZSTD_e_end,
  });

const CODINGS: Readonly<Record<string, Decoder>> = byWord({ gzip, "x-gzip": gzip, deflate, br: brotli, zstd });

/**
 * Undoes a content coding: at most `limit` octets come out, none of what is longer where it is wanted `whole` or not at
 * all. `undefined` for codings that are not known.
 */
export function decodeContent(
  coding: string,
  input: Uint8Array,
  limit: number,
  whole = false,
): Decoded | undefined {
  const decoder = CODINGS[coding];
  if (decoder === undefined) return undefined;
  const zlib = nodeZlib();
  try {
    return { bytes: decoder(zlib, input, limit, false), complete: true };
  } catch (error) {
    if (whole && errorCode(error) === "ERR_BUFFER_TOO_LARGE") {
      return { bytes: new Uint8Array(0), complete: false, over: true };
    }
    return {
      bytes: decodeBeginning((part) => decoder(zlib, part, limit + SLACK, true), input, limit),
      complete: false,
    };
  }
}

/**
 * A part of an endless deflate stream: what stands in `input`, at most `limit` octets. `window` is what was decoded
 * before, at most 32 KiB, and may be referred to.
 */
export function inflatePart(input: Uint8Array, limit: number, window: Uint8Array): Uint8Array {
  const { inflateRawSync, constants } = nodeZlib();
  const size = window.length;
  // The runtime takes no dictionary for raw deflate: the window goes before the data as a stored block (RFC 1951 3.2.4).
  const stored = concat([Uint8Array.of(0, size & 255, size >> 8, ~size & 255, ~size >> 8 & 255), window]);
  const options = { maxOutputLength: size + limit + SLACK, finishFlush: constants.Z_SYNC_FLUSH };
  const decode = (part: Uint8Array) => inflateRawSync(concat([stored, part]), options).subarray(size);
  return decodeBeginning(decode, input, limit);
}

/** What the longest beginning of `input` gives that `decode` does not throw at: found by halves. */
function decodeBeginning(decode: (part: Uint8Array) => Uint8Array, input: Uint8Array, limit: number): Uint8Array {
  let best = new Uint8Array(0), good = 0, bad = input.length + 1;
  for (let length = input.length; good + 1 < bad; length = (good + bad) >> 1) {
    try {
      best = Uint8Array.from(decode(input.subarray(0, length)));
      good = length;
    } catch {
      bad = length;
    }
  }
  return best.subarray(0, limit);
}

// Options of pcapng blocks, and what an interface description says by them. Pure.
// draft-ietf-opsawg-pcapng sections 3.5 and 4.2.
import { utf8Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";

/** What an interface description block says. */
export interface CaptureInterface {
  readonly link: number;
  readonly snaplen: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** Units of a timestamp in a second: a power of 10 or of 2. */
  readonly unitsPerSecond: bigint;
  readonly offsetSeconds: number;
}

/**
 * Calls `each` with the code and value of the options in `bytes[at..end)`; stops at one that does not fit, and then
 * gives `false`.
 */
export function eachOption(
  bytes: Uint8Array,
  at: number,
  end: number,
  little: boolean,
  each: (code: number, value: Uint8Array) => void,
): boolean {
  while (at + 4 <= end) {
    const code = little ? bytes[at]! | bytes[at + 1]! << 8 : bytes[at]! << 8 | bytes[at + 1]!;
    const length = little ? bytes[at + 2]! | bytes[at + 3]! << 8 : bytes[at + 2]! << 8 | bytes[at + 3]!;
    at += 4;
    if (code === 0) return true;
    if (at + length > end) return false;
    each(code, bytes.subarray(at, at + length));
    at += (length + 3) & ~3;
  }
  return true;
}

/** Octets of the interface's options that times depend on: others are words, which may be wrong. */
const TIME_OPTIONS: ReadonlyMap<number, readonly [name: string, octets: number]> = new Map([
  [9, ["time resolution", 1]],
  [14, ["time offset", 8]],
]);

/**
 * What the description at `bytes[at..end)` says. `offset`: where the block stands in the file, for what is wrong with it.
 */
export function interfaceOf(
  bytes: Uint8Array,
  at: number,
  end: number,
  little: boolean,
  offset: number,
): CaptureInterface {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let name: string | undefined, description: string | undefined;
  let unitsPerSecond = 1_000_000n, offsetSeconds = 0;
  const link = view.getUint16(at, little);
  const snaplen = view.getUint32(at + 4, little);
  const seen = new Set<number>();
  const whole = eachOption(bytes, at + 8, end, little, (code, value) => {
    const needed = TIME_OPTIONS.get(code);
    if (needed !== undefined) {
      if (value.length !== needed[1]) throw new FormatError(`a ${needed[0]} of ${value.length} octets`, offset);
      if (seen.has(code)) throw new FormatError(`an interface with more than one ${needed[0]}`, offset);
      seen.add(code);
    }
    if (code === 2) name = utf8Text(value).replace(/\0+$/, "");
    else if (code === 3) description = utf8Text(value).replace(/\0+$/, "");
    else if (code === 9) {
      const exponent = value[0]! & 0x7f;
      // Finer than 10^-19 or 2^-63 does not fit the field itself.
      if (value[0]! & 0x80 ? exponent > 63 : exponent > 19) {
        throw new FormatError(`a time resolution of ${value[0]} cannot be`, offset);
      }
      unitsPerSecond = (value[0]! & 0x80 ? 2n : 10n) ** BigInt(exponent);
    } else if (code === 14) {
      offsetSeconds = Number(new DataView(value.buffer, value.byteOffset, 8).getBigInt64(0, little));
    }
  });
  if (!whole) throw new FormatError("an interface description with an option that does not fit", offset);
  return { link, snaplen, name, description, unitsPerSecond, offsetSeconds };
}

// The Internet checksum (RFC 1071), Fletcher's of OSI (RFC 1008 7, ISO 8473 C), and what to say of one. Pure.
import type { Field, FieldBuilder } from "../../base/field.ts";

/** The ones' complement sum of `bytes[start..end)` added to `sum`, folded to 16 bits. */
export function onesSum(bytes: Uint8Array, start: number, end: number, sum = 0): number {
  let at = start;
  for (; at + 1 < end; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < end) sum += bytes[at]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/**
 * Says at the checksum field recorded last whether the sum over `bytes[start..end)` is right. `pseudo` is the sum of
 * the pseudo header.
 */
export function judgeChecksum(tree: FieldBuilder, start: number, end: number, pseudo = 0, offloaded = false): void {
  const field = tree.current.children!.at(-1)!;
  const stored = field.value as number;
  const sum = onesSum(tree.reader.bytes, start, end, pseudo);
  if (sum === 0xffff) {
    field.meaning = "correct";
    return;
  }
  // What it should be: the sum without the stored value, complemented.
  let without = sum - stored;
  if (without <= 0) without += 0xffff;
  const right = (~without) & 0xffff;
  const hint = offloaded ? ", or the network card fills it in later" : "";
  field.meaning = `wrong: 0x${right.toString(16).padStart(4, "0")} would be right${hint}`;
}

/** Says at `field` whether Fletcher's checksum over `bytes[start..end)`, in which it stands, is right. */
export function judgeFletcher(field: Field, bytes: Uint8Array, start: number, end: number): void {
  if (field.value === 0) {
    field.meaning = "none";
    return;
  }
  let first = 0, second = 0;
  for (let at = start; at < end; at++) {
    first = (first + bytes[at]!) % 255;
    second = (second + first) % 255;
  }
  field.meaning = first === 0 && second === 0 ? "correct" : "wrong";
}

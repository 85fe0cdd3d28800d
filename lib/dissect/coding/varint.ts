// QUIC's numbers of one, two, four or eight octets. Pure. RFC 9000 16.
import type { Tree } from "../tree.ts";

/** A variable-length integer (RFC 9000 16), of the section that the group around it has where no other is said. */
export function varint(tree: Tree, name: string, ref = tree.current.ref, meaning?: (value: number) => string): number {
  return tree.field(name, (reader) => {
    const first = reader.peek() ?? reader.u8();
    const bytes = reader.take(1 << (first >> 6));
    let value = bytes[0]! & 0x3f;
    for (const octet of bytes.subarray(1)) value = value * 256 + octet;
    return value;
  }, (value) => ({ ref, meaning: meaning?.(value) }));
}

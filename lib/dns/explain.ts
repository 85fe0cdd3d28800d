// The annotated view of a DNS message: every octet in a tree of named ranges (RFC 1035 4). Pure.
import type { Field } from "../base/field.ts";

/**
 * The tree of the message in `bytes[start..end)`; offsets count from the start of `bytes`, compression pointers from
 * `start` as on the wire. Every octet lies in a leaf. Malformed octets: the tree up to where it breaks, the reason in
 * `error` of the innermost range, what is left as one range "Unread octets". Never throws.
 */
export function explainMessage(_bytes: Uint8Array, _start = 0, _end: number = _bytes.length): Field {
  throw new Error("not yet");
}

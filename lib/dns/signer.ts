// What signs questions and verifies their answers, whatever the kind of key: types alone. Pure.
// The kinds: `tsig.ts` (shared secrets), `sig0.ts` (private keys).
import type { Bytes } from "../base/bytes.ts";

export interface SignedMessage {
  /** The message with the record of its signature at the end. */
  readonly bytes: Bytes;
  /** The message authentication code: what answers are verified against. */
  readonly mac: Uint8Array;
}

/** What verification found: dig's words for it, "ok" when all is well. */
export type TsigResult =
  | "ok"
  | "expected a TSIG or SIG(0)"
  | "unexpected TSIG or SIG(0)"
  | "tsig verify failure"
  | "tsig indicates error"
  | "clocks are unsynchronized"
  | "FORMERR";

/** Verifies the answers to one signed query, in order: one, or the many of a transfer (RFC 8945 5.3.1). */
export interface TsigVerifier {
  /**
   * Judges the next message. In a transfer messages between signed ones are "ok" and count towards the next signature;
   * `last` says that no more follow, so it must be signed. `now` is seconds since 1970.
   */
  verify(bytes: Uint8Array, now: number, last: boolean): TsigResult;
  /** The error code that the last TSIG carried (BADKEY 17, BADTIME 18 …), 0 for none. */
  readonly error: number;
}

/** Signs questions with one key. */
export interface MessageSigner {
  /** Octets that padding reckons with for the signature's record. */
  readonly length: number;
  /** Signs an encoded message; `time` is seconds since 1970. */
  sign(bytes: Uint8Array, time: number): Promise<SignedMessage>;
  /** Verifies the answers to the question with this code; absent where answers need no signature. */
  verifier?(mac: Uint8Array): TsigVerifier;
}

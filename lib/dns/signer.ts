// What signs questions and verifies their answers, whatever the kind of key: types alone. Pure.
// The kinds: `tsig.ts` (shared secrets), `sig0.ts` (private keys).
import type { Bytes } from "../base/bytes.ts";
import type { DnsMessage } from "./model.ts";

/** A message as it is sent, and what its answer is verified with. */
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
  | "expected a response"
  | "tsig verify failure"
  | "tsig indicates error"
  | "clocks are unsynchronized"
  | "FORMERR";

/** Verifies the answers to one signed query, in order: one, or the many of a transfer (RFC 8945 5.3.1). */
export interface TsigVerifier {
  /**
   * Judges the next message, which was parsed from octets, once the one before is judged. Messages between signed ones are "ok" and count towards the
   * next signature. `now` is seconds since 1970.
   */
  verify(message: DnsMessage, now: number): Promise<TsigResult>;
  /** Whether the last message waits for a signature still to come: none may be the last of a transfer. */
  readonly open: boolean;
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

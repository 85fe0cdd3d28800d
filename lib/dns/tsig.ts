// TSIG: messages signed with a shared secret (RFC 8945), also over the many messages of a transfer. Pure; HMAC by WebCrypto.
// To add an algorithm: a line in `TSIG_ALGORITHMS`.
import type { Bytes } from "../base/bytes.ts";
import type { DnsName } from "./name.ts";

/** A key: what `-y [algorithm:]name:secret` and key files hold. */
export interface TsigKey {
  readonly name: DnsName;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
  /** Bits of the digest that are sent (hmac-sha256-128); default all. */
  readonly digestBits?: number;
}

export interface TsigAlgorithm {
  /** "hmac-sha256", as dig's `-y` takes it. */
  readonly name: string;
  /** The algorithm name on the wire. */
  readonly wireName: DnsName;
  /** Octets of the whole digest. */
  readonly length: number;
}

/** The algorithm that a word (`hmac-sha256`, `hmac-md5`, any case) or a wire name's text spells, or undefined. */
export function tsigAlgorithm(_text: string): TsigAlgorithm | undefined {
  throw new Error("not yet");
}

export interface SignedMessage {
  /** The message with the TSIG record at its end. */
  readonly bytes: Bytes;
  /** The message authentication code: what answers are verified against. */
  readonly mac: Uint8Array;
}

export interface SignOptions {
  /** Seconds since 1970. */
  readonly time: number;
  /** Seconds of tolerated clock difference. Default 300. */
  readonly fudge?: number;
  /** For answers: the query's code. */
  readonly requestMac?: Uint8Array;
}

/** Signs an encoded message that has no TSIG yet. */
export function signMessage(_bytes: Uint8Array, _key: TsigKey, _options: SignOptions): Promise<SignedMessage> {
  throw new Error("not yet");
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
  verify(bytes: Uint8Array, now: number, last: boolean): Promise<TsigResult>;
  /** The error code that the last TSIG carried (BADKEY 17, BADTIME 18 …), 0 for none. */
  readonly error: number;
}

export function tsigVerifier(_key: TsigKey, _requestMac: Uint8Array): TsigVerifier {
  throw new Error("not yet");
}

// What can be wrong with a DNS message, in the words that dig reports it with. Pure.
// To add a reason: a member of `DnsReason`.
import { FormatError } from "../base/errors.ts";

/** Result texts of BIND: `;; Got bad packet: <reason>`, `;; Couldn't verify signature: <reason>`. */
export type DnsReason =
  | "FORMERR"
  | "unexpected end of input"
  | "extra input data"
  | "bad label type"
  | "bad compression pointer"
  | "name too long"
  | "bad escape"
  | "label too long"
  | "empty label"
  | "not implemented"
  | "disallowed (by application policy)"
  | "bad owner name (check-names)"
  | "bad base64 encoding"
  | "bad hex encoding"
  | "bad base32 encoding"
  | "bad dotted quad"
  | "bad IPv6 address"
  | "extra input text"
  | "bad bitmap"
  | "TSIG in wrong location"
  | "SIG(0) in wrong location"
  | "malformed OPT option"
  | "ran out of space"
  | "syntax error"
  | "out of range";

/** A `FormatError` that also knows the peer's word for it. */
export class DnsFormatError extends FormatError {
  readonly reason: DnsReason;

  constructor(reason: DnsReason, message: string, offset = 0, options?: ErrorOptions) {
    super(message, offset, options);
    this.reason = reason;
  }
}

/** The reason word of any error that a decode ended with: running out of octets unless it says otherwise. */
export function reasonOf(error: unknown): DnsReason {
  return error instanceof DnsFormatError ? error.reason : "unexpected end of input";
}

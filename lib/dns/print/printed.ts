// A message on its way to be printed, and what is known of it: types alone. Pure.
import type { DnsMessage } from "../model.ts";

/** What became of the cookie that was sent: the server's answer proves it, only repeats it, or does not match. */
export type CookieState = "ok" | "bad" | undefined;

/** What is known of a message beside its octets. */
export interface Printed {
  readonly message: DnsMessage;
  /** It is the question that is sent, not an answer. */
  readonly isQuery: boolean;
  /** Octets of the message. */
  readonly size: number;
  /** False for the second and later messages of a transfer: no header, no headings. */
  readonly headers: boolean;
  readonly cookie?: CookieState;
  /** Octets behind the last record. */
  readonly extra?: number;
  /** Messages of a transfer that came before. */
  readonly messagesBefore?: number;
  /** Milliseconds since 1970, with fractions. */
  readonly sentAt?: number;
  readonly receivedAt?: number;
  /** Where the message went or came from. */
  readonly peer?: { readonly address: string; readonly port: number };
  /** For `+identify`: the words behind each datum of `+short`. */
  readonly identifier?: string;
}

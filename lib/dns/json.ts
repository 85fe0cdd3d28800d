// DNS messages as JSON (RFC 8427). Pure.
import type { DnsMessage } from "./model.ts";

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };

/** The members of RFC 8427 2 for a whole message: header words, sections, `rdataHEX`, `rdataMX` and friends. */
export function messageToJson(_message: DnsMessage): { [member: string]: Json } {
  throw new Error("not yet");
}

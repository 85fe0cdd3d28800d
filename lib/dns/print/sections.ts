// What the long and the YAML form of a message have in common: sections, their titles, what stands in none. Pure.
import type { Lookup } from "../dig/settings.ts";
import type { DnsMessage, ResourceRecord } from "../model.ts";
import { rcodeName, TYPE } from "../types.ts";
import type { Printed } from "./printed.ts";

export const SECTIONS = ["QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"] as const;
export const UPDATE_SECTIONS = ["ZONE", "PREREQUISITE", "UPDATE", "ADDITIONAL"] as const;
export const UPDATE_COUNTS = ["ZONE", "PREREQ", "UPDATE", "ADDITIONAL"] as const;
export const UPDATE = 5;

/** A response code as BIND 9.18 names it: the codes of TSIG and DSO have no names in a header. */
export function headerRcode(rcode: number): string | undefined {
  if (rcode > 10 && rcode < 16) return `RESERVED${rcode}`;
  return rcode > 16 && rcode !== 23 ? undefined : rcodeName(rcode);
}

/** The flags that are set, each behind a space: ` qr rd ra`. */
export function flagsText(message: DnsMessage): string {
  let out = "";
  for (const flag of ["qr", "aa", "tc", "rd", "ra", "ad", "cd"] as const) if (message[flag]) out += ` ${flag}`;
  return out;
}

/** The records of a section without OPT, TSIG and SIG(0), which stand in sections of their own. */
export function ordinary(message: DnsMessage, records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  const { opt, tsig, sig0 } = message;
  if (opt === undefined && tsig === undefined && sig0 === undefined) return records;
  // A second OPT record is listed like any other.
  return records.filter((record) => record !== opt && record !== tsig && record !== sig0);
}

/**
 * Whether the question section has a heading: also when there is only a name in it, in a query that was sent with
 * `+header-only` or in an answer that ends behind the name.
 */
export function hasQuestionSection({ message, isQuery, extra }: Printed, lookup: Lookup): boolean {
  if (message.questions.length > 0) return true;
  if (isQuery) return lookup.headerOnly;
  return message.counts[0] > 0 && message.octets !== undefined && message.octets.length - (extra ?? 0) > 12;
}

/** SOA records that `+onesoa` leaves out of a transfer: all but the first. */
export function onlyFirstSoa(
  lookup: Lookup,
  printed: Printed,
  records: readonly ResourceRecord[],
): readonly ResourceRecord[] {
  if (!lookup.oneSoa || lookup.type !== TYPE.AXFR) return records;
  let seen = (printed.messagesBefore ?? 0) > 0;
  return records.filter((record) => {
    if (record.type !== TYPE.SOA) return true;
    const keep = !seen;
    seen = true;
    return keep;
  });
}

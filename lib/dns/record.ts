// Questions and resource records as values (RFC 1035 4.1.2, 4.1.3). Pure.
import type { DnsName } from "./name.ts";
import type { Rdata } from "./rdata.ts";
import { TYPE } from "./types.ts";

export interface Question {
  readonly name: DnsName;
  readonly type: number;
  readonly rdclass: number;
}

/** Where a record stands in the message it was parsed from: octets from the start of the message. */
export interface RecordPlace {
  /** First octet of the owner name. */
  readonly offset: number;
  /** First octet of the data. */
  readonly rdataOffset: number;
  /** Octets of data. */
  readonly rdataLength: number;
}

/** One record. For OPT `rdclass` and `ttl` are the raw words (see `Edns`). */
export interface ResourceRecord {
  readonly name: DnsName;
  readonly type: number;
  readonly rdclass: number;
  /** Seconds, 0 to 2^32-1 as on the wire. */
  readonly ttl: number;
  /** A `FormatError` when the data is malformed and the parse did not validate it. */
  readonly rdata: Rdata;
  readonly place?: RecordPlace;
}

/** A record value. */
export function recordOf(name: DnsName, ttl: number, rdata: Rdata): ResourceRecord {
  return { name, type: rdata.type, rdclass: rdata.rdclass, ttl, rdata };
}

/** Whether a record is the signature of its message (RFC 2931 3): SIG that covers type 0, owned by the root. */
export function isSig0(record: ResourceRecord): boolean {
  if (record.type !== TYPE.SIG || !record.name.isRoot) return false;
  const { wire } = record.rdata;
  return wire[0] === 0 && wire[1] === 0;
}

/** Whether a record belongs to the message and not to the names: OPT, TSIG, SIG(0). dig does not list these as records. */
export function isPseudo(record: ResourceRecord): boolean {
  return record.type === TYPE.OPT || record.type === TYPE.TSIG || isSig0(record);
}

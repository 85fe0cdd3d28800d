// DNS messages: header, questions and three sections of records (RFC 1035 4). Pure.
// Records are looked at lazily: a parse walks over the octets, names and data are made when they are asked for.
import type { Bytes } from "../base/bytes.ts";
import type { DnsFormatError } from "./errors.ts";
import type { Edns } from "./edns.ts";
import type { DnsName } from "./name.ts";
import type { Rdata } from "./rdata.ts";

/** The header's words (RFC 1035 4.1.1, RFC 4035 3.2 for AD and CD). */
export interface DnsHeader {
  /** 0 to 65535. */
  id: number;
  /** Response. */
  qr: boolean;
  /** 0 to 15. */
  opcode: number;
  aa: boolean;
  tc: boolean;
  rd: boolean;
  ra: boolean;
  /** The reserved bit ("MBZ: 0x40"). */
  z: boolean;
  ad: boolean;
  cd: boolean;
  /** The header's four bits; `DnsMessage.rcode` is the whole. */
  headerRcode: number;
}

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

export type SectionName = "answers" | "authorities" | "additionals";

/** A whole message. */
export interface DnsMessage extends DnsHeader {
  /** The response code with EDNS's upper eight bits where there is an OPT record: 0 to 4095. */
  readonly rcode: number;
  questions: readonly Question[];
  answers: readonly ResourceRecord[];
  authorities: readonly ResourceRecord[];
  /** In wire order, with OPT, TSIG and SIG(0) among them: see `isPseudo`. */
  additionals: readonly ResourceRecord[];
  /** The header's counts, which a best-effort parse may not have found: questions, answers, authorities, additionals. */
  readonly counts: readonly [number, number, number, number];
  /** The OPT record decoded; undefined when there is none. */
  readonly edns: Edns | undefined;
  /** The OPT record itself. */
  readonly opt: ResourceRecord | undefined;
  /** The TSIG record (RFC 8945). */
  readonly tsig: ResourceRecord | undefined;
  /** A SIG record that covers type 0: the message's own signature (RFC 2931). */
  readonly sig0: ResourceRecord | undefined;
  /** The octets it was parsed from (those after the message's end included); undefined for a message made of values. */
  readonly octets: Uint8Array | undefined;
  /** Octets after the last record. */
  readonly trailing: number;
  /** What a best-effort parse passed over, in order. Empty otherwise. */
  readonly problems: readonly DnsFormatError[];
}

export interface ParseOptions {
  /** False leaves the data of each record unread until `rdata` is asked for. Default true: all is validated, as dig does. */
  strict?: boolean;
  /** As dig's `+besteffort`: broken rules are collected in `problems`; what cannot be read on from is still an error. */
  bestEffort?: boolean;
  /** A message that ends early is what was there, with the end in `problems`: for truncated answers (`+ignore`). */
  ignoreTruncation?: boolean;
}

export interface EncodeOptions {
  /** Names point to earlier ones. Default true. */
  compress?: boolean;
}

/**
 * A message of the octets of one datagram (or of what stands behind a TCP length). Octets after the last record are
 * counted in `trailing`. Anything malformed is a `DnsFormatError` with its offset, in time linear in the octets.
 */
export function parseMessage(_bytes: Uint8Array, _options: ParseOptions = {}): DnsMessage {
  throw new Error("not yet");
}

/** The octets of a message; `counts` come from the lists. `RangeError` when it is longer than 65535. */
export function encodeMessage(_message: MessageParts, _options: EncodeOptions = {}): Bytes {
  throw new Error("not yet");
}

/** What a message is made of: absent words are 0, false or empty. */
export interface MessageParts extends Partial<DnsHeader> {
  questions?: readonly Question[];
  answers?: readonly ResourceRecord[];
  authorities?: readonly ResourceRecord[];
  /** Put `ednsRecord(edns)` here for EDNS. */
  additionals?: readonly ResourceRecord[];
}

/** A message value of its parts. */
export function messageOf(_parts: MessageParts): DnsMessage {
  throw new Error("not yet");
}

/** A record value. */
export function recordOf(name: DnsName, ttl: number, rdata: Rdata): ResourceRecord {
  return { name, type: rdata.type, rdclass: rdata.rdclass, ttl, rdata };
}

/** Whether a record belongs to the message and not to the names: OPT, TSIG, SIG(0). dig does not list these as records. */
export function isPseudo(_record: ResourceRecord): boolean {
  throw new Error("not yet");
}

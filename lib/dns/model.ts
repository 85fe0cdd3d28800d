// DNS messages, questions, records and EDNS as values (RFC 1035 4.1, RFC 6891). Pure. EDNS options stand in `records/options.ts`
// and `edns_options.ts`.
import type { DnsFormatError } from "./errors.ts";
import { DnsName } from "./name.ts";
import { type Rdata, rdataOf } from "./rdata.ts";
import type { EdnsOption } from "./records/options.ts";
import { TYPE } from "./types.ts";

/** What an OPT record says. */
export interface Edns {
  /** Largest UDP answer that the sender takes. */
  readonly udpSize: number;
  /** Upper eight bits of the response code. */
  readonly extendedRcode: number;
  readonly version: number;
  /** All 16 flag bits; DO is 0x8000. */
  readonly flags: number;
  /** DNSSEC OK (RFC 3225). */
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

/** The OPT record of these words: absent ones are 1232 octets, version 0, no flags, no options. */
export function ednsRecord(edns: Partial<Edns>): ResourceRecord {
  const flags = (edns.flags ?? 0) | (edns.dnssecOk === true ? 0x8000 : 0);
  const ttl = (((edns.extendedRcode ?? 0) << 24) | ((edns.version ?? 0) << 16) | flags) >>> 0;
  const rdclass = edns.udpSize ?? 1232;
  const options = (edns.options ?? []).map(({ code, data }) => ({ code, data }));
  const rdata = rdataOf(TYPE.OPT, rdclass, { options });
  return { name: DnsName.root, type: TYPE.OPT, rdclass, ttl, rdata };
}

/** Reads an OPT record. A `FormatError` when its options do not fit. */
export function parseEdns(record: ResourceRecord): Edns {
  const { ttl, rdclass } = record;
  return {
    udpSize: rdclass,
    extendedRcode: ttl >>> 24,
    version: (ttl >>> 16) & 0xff,
    flags: ttl & 0xffff,
    dnssecOk: (ttl & 0x8000) !== 0,
    options: record.place?.rdataLength === 0 ? [] : record.rdata.values.options as unknown as readonly EdnsOption[],
  };
}

/** What is asked (RFC 1035 4.1.2). */
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
function isSig0(record: ResourceRecord): boolean {
  if (record.type !== TYPE.SIG || !record.name.isRoot) return false;
  const { wire } = record.rdata;
  return wire[0] === 0 && wire[1] === 0;
}

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

/** A whole message. */
export interface DnsMessage extends DnsHeader {
  /** The response code with EDNS's upper eight bits where there is an OPT record: 0 to 4095. */
  readonly rcode: number;
  questions: readonly Question[];
  answers: readonly ResourceRecord[];
  authorities: readonly ResourceRecord[];
  /** In wire order, with OPT, TSIG and SIG(0) among them. */
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

/** What a message is made of: absent words are 0, false or empty. */
export interface MessageParts extends Partial<DnsHeader> {
  questions?: readonly Question[];
  answers?: readonly ResourceRecord[];
  authorities?: readonly ResourceRecord[];
  /** Put `ednsRecord(edns)` here for EDNS. */
  additionals?: readonly ResourceRecord[];
}

/** A message's words and lists; what follows from the lists is found when it is asked for. */
export class Message implements DnsMessage {
  id = 0;
  qr = false;
  opcode = 0;
  aa = false;
  tc = false;
  rd = false;
  ra = false;
  z = false;
  ad = false;
  cd = false;
  headerRcode = 0;
  questions: readonly Question[] = [];
  answers: readonly ResourceRecord[] = [];
  authorities: readonly ResourceRecord[] = [];
  additionals: readonly ResourceRecord[] = [];
  octets: Uint8Array | undefined = undefined;
  trailing = 0;
  problems: readonly DnsFormatError[] = [];
  /** The counts of a parsed header. */
  headerCounts: readonly [number, number, number, number] | undefined = undefined;
  #edns: Edns | undefined;

  get counts(): readonly [number, number, number, number] {
    return this.headerCounts ??
      [this.questions.length, this.answers.length, this.authorities.length, this.additionals.length];
  }

  get rcode(): number {
    const { opt } = this;
    return this.headerRcode | (opt === undefined ? 0 : (opt.ttl >>> 20) & 0xff0);
  }

  get opt(): ResourceRecord | undefined {
    for (const record of this.additionals) if (record.type === TYPE.OPT && record.name.isRoot) return record;
    return undefined;
  }

  get edns(): Edns | undefined {
    if (this.#edns === undefined) {
      const { opt } = this;
      if (opt !== undefined) this.#edns = parseEdns(opt);
    }
    return this.#edns;
  }

  get tsig(): ResourceRecord | undefined {
    // The last of all that the header counts, not the last that could be read.
    const last = this.additionals[this.counts[3] - 1];
    return last?.type === TYPE.TSIG && last.rdclass === 255 ? last : undefined;
  }

  get sig0(): ResourceRecord | undefined {
    return this.additionals.find(isSig0);
  }
}

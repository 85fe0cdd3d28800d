// DNS messages from octets: one walk that validates as BIND's dig does, values made later (RFC 1035 4). Pure.
// Whoever meets any record type imports `message.ts`, which knows them all.
import { FormatError } from "../base/errors.ts";
import { ByteReader } from "../base/reader.ts";
import { DnsFormatError, type DnsReason, reasonOf } from "./errors.ts";
import { type DnsMessage, Message, type Question, type RecordPlace, type ResourceRecord } from "./model.ts";
import { DnsName, readName, skipName } from "./name.ts";
import { checkRdata, mayPoint, NoRdata, Rdata, readRdata, recordType } from "./rdata.ts";
import { CLASS, TYPE } from "./types.ts";

/** How strictly a message is read. */
export interface ParseOptions {
  /** False leaves the data of each record unread until `rdata` is asked for. Default true: all is validated, as dig does. */
  strict?: boolean;
  /** As dig's `+besteffort`: broken rules are collected in `problems`; what cannot be read on from is still an error. */
  bestEffort?: boolean;
  /** A message that ends early is what was there, with the end in `problems`: for truncated answers (`+ignore`). */
  ignoreTruncation?: boolean;
}

const NOTIFY = 4, UPDATE = 5;

/** A record that stands in a message: name and data are read when they are asked for. */
class WireRecord implements ResourceRecord, RecordPlace {
  readonly type: number;
  readonly rdclass: number;
  readonly ttl: number;
  readonly offset: number;
  readonly rdataOffset: number;
  readonly rdataLength: number;
  private readonly walk: Walk;
  private nameRead: DnsName | undefined;
  private rdataRead: Rdata | undefined;

  constructor(
    walk: Walk,
    offset: number,
    type: number,
    rdclass: number,
    ttl: number,
    rdataOffset: number,
    rdataLength: number,
  ) {
    this.walk = walk;
    this.offset = offset;
    this.type = type;
    this.rdclass = rdclass;
    this.ttl = ttl;
    this.rdataOffset = rdataOffset;
    this.rdataLength = rdataLength;
    this.nameRead = undefined;
    this.rdataRead = undefined;
  }

  get name(): DnsName {
    return this.nameRead ??= this.walk.nameAt(this.offset);
  }

  get rdata(): Rdata {
    return this.rdataRead ??= this.walk.rdataOf(this);
  }

  get place(): RecordPlace {
    return this;
  }
}

/** A question that stands in a message. */
class WireQuestion implements Question {
  readonly type: number;
  readonly rdclass: number;
  private readonly walk: Walk;
  private readonly offset: number;

  constructor(walk: Walk, offset: number, type: number, rdclass: number) {
    this.walk = walk;
    this.offset = offset;
    this.type = type;
    this.rdclass = rdclass;
  }

  get name(): DnsName {
    return this.walk.nameAt(this.offset);
  }
}

const NO_PROBLEMS: readonly DnsFormatError[] = [];

/** One pass over a message, and what its records are read from afterwards. Plain members: this is the hot path. */
class Walk {
  readonly bytes: Uint8Array;
  /** The next octet to read. */
  at = 12;
  readonly strict: boolean;
  readonly bestEffort: boolean;
  problems: DnsFormatError[] | undefined = undefined;
  opcode = 0;
  /** The class of the message: the question's, else the first record's. */
  rdclass: number | undefined = undefined;
  hasTkeyQuestion = false;
  hasOpt = false;
  /** The name at octet 12, which the question has and owners mostly point to; the others by their offset. */
  private first: DnsName | undefined = undefined;
  private others: Map<number, DnsName> | undefined = undefined;
  /** The last pointer target that was found to be a name. */
  private known = -1;

  constructor(bytes: Uint8Array, options: ParseOptions) {
    this.bytes = bytes;
    this.strict = options.strict !== false;
    this.bestEffort = options.bestEffort === true;
  }

  nameAt(offset: number): DnsName {
    const { bytes } = this;
    const first = bytes[offset]!;
    const at = first >= 0xc0 ? ((first & 0x3f) << 8) | bytes[offset + 1]! : offset;
    if (bytes[at] === 0) return DnsName.root;
    if (at === 12) return this.first ??= this.read(12);
    const others = this.others ??= new Map();
    let name = others.get(at);
    if (name === undefined) others.set(at, name = this.read(at));
    return name;
  }

  private read(at: number): DnsName {
    const reader = new ByteReader(this.bytes);
    reader.offset = at;
    return readName(reader);
  }

  rdataOf(record: WireRecord): Rdata {
    const { bytes } = this;
    const { type, rdclass, rdataOffset, rdataLength } = record;
    let dataClass = rdclass;
    if (this.opcode === UPDATE && rdclass !== CLASS.IN) {
      // Updates leave data out (RFC 2136 2.4): nothing to read then.
      if (rdataLength === 0) return new NoRdata(type, rdclass);
      if (rdclass === CLASS.NONE) dataClass = this.rdclass ?? CLASS.IN;
    } else if (!mayPoint(type, rdclass)) {
      // The octets are the data as they stand; `values` and `text` judge them.
      return new Rdata(type, rdclass, bytes.subarray(rdataOffset, rdataOffset + rdataLength));
    }
    return readRdata(new ByteReader(bytes, rdataOffset, rdataOffset + rdataLength), type, dataClass);
  }

  /** A broken rule that does not keep from reading on: an error, or a problem when the best is asked for. */
  rule(reason: DnsReason, message: string, offset: number): void {
    const error = new DnsFormatError(reason, message, offset);
    if (!this.bestEffort) throw error;
    this.problem(error);
  }

  problem(error: DnsFormatError): void {
    (this.problems ??= []).push(error);
  }

  /** Throws unless `count` octets are left. */
  private need(count: number, what: string): void {
    if (this.at + count <= this.bytes.length) return;
    const left = this.bytes.length - this.at;
    throw new DnsFormatError(
      "unexpected end of input",
      `${what} of ${count} octets does not fit: ${left} left`,
      this.at,
    );
  }

  private skipName(): void {
    const { bytes } = this;
    let at = this.at;
    const start = at;
    const first = bytes[at];
    if (first !== undefined && first >= 0xc0 && at + 1 < bytes.length) {
      const target = ((first & 0x3f) << 8) | bytes[at + 1]!;
      if (target !== this.known || target >= at) {
        this.skipAnyName(start);
        this.known = target;
      } else this.at = at + 2;
      return;
    }
    // Labels up to the root; anything else is for the whole rules.
    for (let octet = first; octet !== undefined && octet < 0x40; octet = bytes[at]) {
      at += octet + 1;
      if (octet === 0 && at - start <= 255) {
        this.at = at;
        this.known = start;
        return;
      }
    }
    this.skipAnyName(start);
    this.known = start;
  }

  private skipAnyName(start: number): void {
    const reader = new ByteReader(this.bytes);
    reader.offset = start;
    skipName(reader);
    this.at = reader.offset;
  }

  question(all: Question[]): void {
    const { bytes } = this;
    const start = this.at;
    this.skipName();
    const [first] = all;
    if (first !== undefined && !first.name.equals(this.nameAt(start))) {
      this.rule("FORMERR", "Questions of different names", start);
    }
    this.need(4, "Type and class");
    const at = this.at;
    const type = (bytes[at]! << 8) | bytes[at + 1]!, rdclass = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    this.at = at + 4;
    if ((this.opcode === NOTIFY || this.opcode === UPDATE) && (rdclass === CLASS.NONE || rdclass === CLASS.ANY)) {
      this.rule("FORMERR", "A notification or an update of no one class", start);
    }
    const question = new WireQuestion(this, start, type, rdclass);
    if (all.length > 0) {
      if (this.rdclass !== rdclass) this.rule("FORMERR", "Questions of different classes", start);
      if (all.some((other) => other.type === type)) this.rule("FORMERR", "The same question twice", start);
    } else this.rdclass = rdclass;
    if (type === TYPE.TKEY) this.hasTkeyQuestion = true;
    all.push(question);
  }

  /** `section`: 1 answers, 2 authorities, 3 additionals. */
  record(section: number, last: boolean): ResourceRecord {
    const { bytes } = this;
    const start = this.at;
    this.skipName();
    this.need(10, "A record's head");
    const at = this.at;
    const type = (bytes[at]! << 8) | bytes[at + 1]!, rdclass = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const ttl = ((bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!) >>> 0;
    const length = (bytes[at + 8]! << 8) | bytes[at + 9]!;
    const rdataOffset = this.at = at + 10;
    if (
      this.rdclass === undefined && type !== TYPE.OPT && type !== TYPE.TSIG && type !== TYPE.TKEY
    ) {
      this.rdclass = rdclass;
    }
    const record = new WireRecord(this, start, type, rdclass, ttl, rdataOffset, length);
    // Most records are ordinary ones of the question's class.
    if (type === TYPE.TSIG || type === TYPE.OPT || type === TYPE.TKEY || this.rdclass !== rdclass) {
      this.rules(record, section, last, start);
    }
    this.need(length, "Record data");
    if (this.opcode === UPDATE) this.updateData(record, section);
    else if (this.strict) this.checkRdata(type, rdclass, rdataOffset, length);
    if (this.strict && type === TYPE.NSEC3) this.checkHashedOwner(record, start);
    if (this.strict && (type === TYPE.RRSIG || type === TYPE.SIG)) this.checkCovered(record, section, last, start);
    this.at = rdataOffset + length;
    return record;
  }

  /** An update's data: left out where a whole set is meant, of the zone's class in deletions (RFC 2136 2.4, 2.5). */
  private updateData(record: WireRecord, section: number): void {
    const { type, rdclass, rdataOffset, rdataLength } = record;
    const any = rdclass === CLASS.ANY;
    const bare = section === 1 ? any || rdclass === CLASS.NONE : section === 2 && any;
    if (bare) {
      if (rdataLength !== 0) throw new DnsFormatError("FORMERR", "Data where an update has none", rdataOffset);
    } else if (this.strict) {
      const dataClass = rdclass === CLASS.NONE ? this.rdclass ?? CLASS.IN : rdclass;
      this.checkRdata(type, dataClass, rdataOffset, rdataLength);
    }
  }

  /** Whether records of this class may not stand in this message. */
  private isForeign(rdclass: number): boolean {
    return this.opcode !== UPDATE && this.rdclass !== rdclass && this.rdclass !== CLASS.ANY;
  }

  private wrongClass(offset: number): void {
    this.rule("FORMERR", "A record of another class than the question", offset);
  }

  private rules(record: WireRecord, section: number, last: boolean, start: number): void {
    const { type, rdclass } = record;
    if (type === TYPE.TSIG) {
      if (section !== 3 || rdclass !== CLASS.ANY || !last) {
        this.rule("TSIG in wrong location", "TSIG anywhere but at the end, or not of class ANY", start);
      }
      return;
    }
    if (type === TYPE.OPT) {
      if (section !== 3 || this.hasOpt || this.bytes[start] !== 0) {
        this.rule("FORMERR", "OPT in another section, twice, or with a name", start);
      } else this.hasOpt = true;
      return;
    }
    if (type === TYPE.TKEY) {
      // Keys are made among the answers; only a query has them at its end too (RFC 2930 2).
      const isQuery = (this.bytes[2]! & 0x80) === 0;
      if (section !== 1 && !(isQuery && section === 3)) {
        this.rule("FORMERR", "TKEY in another section than the answers", start);
      }
      return;
    }
    if (type === TYPE.SIG || (type === TYPE.KEY && this.hasTkeyQuestion)) return;
    if (this.isForeign(rdclass)) this.wrongClass(start);
  }

  /** A signature covers a type; SIG(0), the message's own, stands at its end (RFC 2931 3). */
  private checkCovered(record: WireRecord, section: number, last: boolean, start: number): void {
    const { rdataOffset } = record;
    if (record.rdataLength < 2) return;
    if (this.bytes[rdataOffset] !== 0 || this.bytes[rdataOffset + 1] !== 0) {
      // SIG(0) alone is of another class; RRSIG's class was looked at.
      if (record.type === TYPE.SIG && this.isForeign(record.rdclass)) this.wrongClass(start);
      return;
    }
    if (record.type === TYPE.RRSIG) this.rule("FORMERR", "RRSIG of no type", start);
    else if (section !== 3 || !last || !record.name.isRoot) {
      this.rule("SIG(0) in wrong location", "SIG(0) anywhere but at the end, or with a name", start);
    }
  }

  /** The first label of an NSEC3's owner is a hash. */
  private checkHashedOwner(record: WireRecord, start: number): void {
    if (recordType(record.type, record.rdclass)?.checkOwner?.(record.name) !== false) return;
    throw new DnsFormatError("bad owner name (check-names)", "The owner of an NSEC3 is no hash", start);
  }

  private checkRdata(type: number, rdclass: number, offset: number, length: number): void {
    if (type === 0) throw new DnsFormatError("FORMERR", "There is no type 0", offset);
    // The commonest of all without the engine.
    if (type === TYPE.A && rdclass === CLASS.IN && length === 4) return;
    if (type === TYPE.AAAA && rdclass === CLASS.IN && length === 16) return;
    if (type === TYPE.OPT && length === 0) return;
    checkRdata(new ByteReader(this.bytes, offset, offset + length), type, rdclass);
  }
}

/** Any error of a decode as a `DnsFormatError`. Errors of other kinds are ours and pass. */
function asDnsError(error: unknown): DnsFormatError {
  if (error instanceof DnsFormatError) return error;
  if (!(error instanceof FormatError)) throw error;
  return new DnsFormatError(reasonOf(error), error.message, error.offset, { cause: error });
}

/**
 * A message of the octets of one datagram (or of what stands behind a TCP length). Octets after the last record are
 * counted in `trailing`. The message keeps `bytes`, which must not be changed afterwards. Anything malformed is a
 * `DnsFormatError` with its offset, in time linear in the octets.
 */
export function parseMessage(bytes: Uint8Array, options: ParseOptions = {}): DnsMessage {
  if (bytes.length < 12) {
    throw new DnsFormatError("unexpected end of input", `A header of 12 octets does not fit: ${bytes.length} there`, 0);
  }
  const walk = new Walk(bytes, options);
  const message = new Message();
  message.octets = bytes;
  message.id = (bytes[0]! << 8) | bytes[1]!;
  const word = (bytes[2]! << 8) | bytes[3]!;
  message.qr = word >= 0x8000;
  message.opcode = walk.opcode = (word >> 11) & 15;
  message.aa = (word & 0x400) !== 0;
  message.tc = (word & 0x200) !== 0;
  message.rd = (word & 0x100) !== 0;
  message.ra = (word & 0x80) !== 0;
  message.z = (word & 0x40) !== 0;
  message.ad = (word & 0x20) !== 0;
  message.cd = (word & 0x10) !== 0;
  message.headerRcode = word & 15;
  const counts = message.headerCounts = [
    (bytes[4]! << 8) | bytes[5]!,
    (bytes[6]! << 8) | bytes[7]!,
    (bytes[8]! << 8) | bytes[9]!,
    (bytes[10]! << 8) | bytes[11]!,
  ] as const;
  const questions: Question[] = [];
  const answers: ResourceRecord[] = [], authorities: ResourceRecord[] = [], additionals: ResourceRecord[] = [];
  message.questions = questions;
  message.answers = answers;
  message.authorities = authorities;
  message.additionals = additionals;
  try {
    for (let left = counts[0]; left > 0; left--) walk.question(questions);
    for (let left = counts[1]; left > 0; left--) answers.push(walk.record(1, left === 1));
    for (let left = counts[2]; left > 0; left--) authorities.push(walk.record(2, left === 1));
    for (let left = counts[3]; left > 0; left--) additionals.push(walk.record(3, left === 1));
  } catch (error) {
    const failure = asDnsError(error);
    if (options.ignoreTruncation !== true || failure.reason !== "unexpected end of input") throw failure;
    walk.problem(failure);
  }
  message.trailing = bytes.length - walk.at;
  message.problems = walk.problems ?? NO_PROBLEMS;
  return message;
}

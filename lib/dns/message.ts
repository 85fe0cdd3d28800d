// DNS messages from octets: one walk that validates as BIND's dig does, values made later (RFC 1035 4). Pure.
import { FormatError } from "../base/errors.ts";
import { ByteReader } from "../base/reader.ts";
import { DnsFormatError, type DnsReason, reasonOf } from "./errors.ts";
import { type DnsMessage, Message } from "./model.ts";
import { DnsName, readName, skipName } from "./name.ts";
import { checkRdata, Rdata, readRdata } from "./rdata.ts";
import type { Question, RecordPlace, ResourceRecord } from "./record.ts";
import { CLASS, TYPE } from "./types.ts";
import { parseBase32 } from "./records/denial.ts";

export interface ParseOptions {
  /** False leaves the data of each record unread until `rdata` is asked for. Default true: all is validated, as dig does. */
  strict?: boolean;
  /** As dig's `+besteffort`: broken rules are collected in `problems`; what cannot be read on from is still an error. */
  bestEffort?: boolean;
  /** A message that ends early is what was there, with the end in `problems`: for truncated answers (`+ignore`). */
  ignoreTruncation?: boolean;
}

// The whole face of the codec's messages, for those who need no other file.
export { encodeMessage, type EncodeOptions } from "./encode.ts";
export { type DnsHeader, type DnsMessage, messageOf, type MessageParts, type SectionName } from "./model.ts";
export { isPseudo, type Question, recordOf, type RecordPlace, type ResourceRecord } from "./record.ts";

const UPDATE = 5;

/** A record that stands in a message: name and data are read when they are asked for. */
class WireRecord implements ResourceRecord, RecordPlace {
  readonly type: number;
  readonly rdclass: number;
  readonly ttl: number;
  readonly offset: number;
  readonly rdataOffset: number;
  readonly rdataLength: number;
  /** The class whose shapes the data has: the zone's in an update's deletions (RFC 2136 2.5.4). */
  readonly dataClass: number;
  readonly #walk: Walk;
  #name: DnsName | undefined;
  #rdata: Rdata | undefined;

  constructor(
    walk: Walk,
    offset: number,
    type: number,
    rdclass: number,
    ttl: number,
    rdataOffset: number,
    rdataLength: number,
    dataClass: number,
  ) {
    this.#walk = walk;
    this.offset = offset;
    this.type = type;
    this.rdclass = rdclass;
    this.ttl = ttl;
    this.rdataOffset = rdataOffset;
    this.rdataLength = rdataLength;
    this.dataClass = dataClass;
  }

  get name(): DnsName {
    return this.#name ??= this.#walk.nameAt(this.offset);
  }

  get rdata(): Rdata {
    return this.#rdata ??= this.#read();
  }

  #read(): Rdata {
    const { bytes } = this.#walk;
    const { type, rdclass, dataClass, rdataOffset, rdataLength } = this;
    // Updates leave data out (RFC 2136 2.4): nothing to read then.
    if (rdataLength === 0 && rdclass !== CLASS.IN && this.#walk.opcode === UPDATE) {
      return new Rdata(type, rdclass, new Uint8Array(0), {});
    }
    const reader = new ByteReader(bytes, rdataOffset, rdataOffset + rdataLength);
    return readRdata(reader, type, dataClass);
  }

  get place(): RecordPlace {
    return this;
  }
}

/** A question that stands in a message. */
class WireQuestion implements Question {
  readonly type: number;
  readonly rdclass: number;
  readonly #walk: Walk;
  readonly #offset: number;

  constructor(walk: Walk, offset: number, type: number, rdclass: number) {
    this.#walk = walk;
    this.#offset = offset;
    this.type = type;
    this.rdclass = rdclass;
  }

  get name(): DnsName {
    return this.#walk.nameAt(this.#offset);
  }
}

/** One pass over a message. */
class Walk {
  readonly bytes: Uint8Array;
  readonly reader: ByteReader;
  readonly strict: boolean;
  readonly bestEffort: boolean;
  readonly problems: DnsFormatError[] = [];
  opcode = 0;
  /** The class of the message: the question's, else the first record's. */
  rdclass: number | undefined;
  hasTkeyQuestion = false;
  hasOpt = false;
  /** Names already read, by their offset: owners mostly point to the question. */
  readonly #names = new Map<number, DnsName>();
  /** The last pointer target that was found to be a name. */
  #known = -1;

  constructor(bytes: Uint8Array, options: ParseOptions) {
    this.bytes = bytes;
    this.reader = new ByteReader(bytes);
    this.strict = options.strict ?? true;
    this.bestEffort = options.bestEffort ?? false;
  }

  nameAt(offset: number): DnsName {
    const { bytes } = this;
    const first = bytes[offset]!;
    const at = first >= 0xc0 ? ((first & 0x3f) << 8) | bytes[offset + 1]! : offset;
    const known = this.#names.get(at);
    if (known !== undefined) return known;
    const reader = new ByteReader(bytes);
    reader.offset = at;
    const name = readName(reader);
    this.#names.set(at, name);
    return name;
  }

  /** A broken rule that does not keep from reading on: an error, or a problem when the best is asked for. */
  rule(reason: DnsReason, message: string, offset: number): void {
    const error = new DnsFormatError(reason, message, offset);
    if (!this.bestEffort) throw error;
    this.problems.push(error);
  }

  #skipName(): void {
    const { bytes, reader } = this;
    const at = reader.offset;
    const first = bytes[at];
    if (first !== undefined && first >= 0xc0 && at + 1 < reader.end) {
      const target = ((first & 0x3f) << 8) | bytes[at + 1]!;
      if (target === this.#known && target < at) {
        reader.offset = at + 2;
        return;
      }
      skipName(reader);
      this.#known = target;
      return;
    }
    skipName(reader);
    this.#known = at;
  }

  question(all: Question[]): void {
    const { reader } = this;
    const start = reader.offset;
    this.#skipName();
    const type = reader.u16(), rdclass = reader.u16();
    const question = new WireQuestion(this, start, type, rdclass);
    if (all.length > 0) {
      if (!all[0]!.name.equals(question.name)) this.rule("FORMERR", "Questions of different names", start);
      if (this.rdclass !== rdclass) this.rule("FORMERR", "Questions of different classes", start);
      if (all.some((other) => other.type === type)) this.rule("FORMERR", "The same question twice", start);
    } else this.rdclass = rdclass;
    if (type === TYPE.TKEY) this.hasTkeyQuestion = true;
    all.push(question);
  }

  /** `section`: 1 answers, 2 authorities, 3 additionals. */
  record(section: number, last: boolean): ResourceRecord {
    const { reader } = this;
    const start = reader.offset;
    this.#skipName();
    reader.need(10, "record");
    const type = reader.u16(), rdclass = reader.u16();
    if (
      this.rdclass === undefined && type !== TYPE.OPT && type !== TYPE.TSIG && type !== TYPE.SIG && type !== TYPE.KEY
    ) {
      this.rdclass = rdclass;
    }
    const ttl = reader.u32(), length = reader.u16();
    reader.need(length, "record data");
    const rdataOffset = reader.offset;
    const isUpdate = this.opcode === UPDATE;
    const dataClass = isUpdate && section === 2 && rdclass === CLASS.NONE ? this.rdclass ?? CLASS.IN : rdclass;
    const record = new WireRecord(this, start, type, rdclass, ttl, rdataOffset, length, dataClass);
    if (type !== TYPE.A) this.#rules(record, section, last, start);
    else if (!isUpdate && this.rdclass !== rdclass && this.rdclass !== CLASS.ANY) this.#wrongClass(start);
    const bare = isUpdate && (section === 1 ? rdclass >= CLASS.NONE : section === 2 && rdclass === CLASS.ANY);
    if (bare) {
      if (length !== 0) throw new DnsFormatError("FORMERR", "Data where an update has none", rdataOffset);
    } else if (this.strict) this.#checkRdata(type, dataClass, rdataOffset, length);
    reader.offset = rdataOffset + length;
    if (this.strict) this.#rulesOfData(record, section, last, start);
    return record;
  }

  #wrongClass(offset: number): void {
    this.rule("FORMERR", "A record of another class than the question", offset);
  }

  #rules(record: WireRecord, section: number, last: boolean, start: number): void {
    const { type, rdclass } = record;
    if (type === TYPE.TSIG) {
      if (section !== 3 || rdclass !== CLASS.ANY || !last) {
        this.rule("bad TSIG record", "TSIG anywhere but at the end, or not of class ANY", start);
      }
      return;
    }
    if (type === TYPE.OPT) {
      if (section !== 3 || this.hasOpt || !record.name.isRoot) {
        this.rule("FORMERR", "OPT in another section, twice, or with a name", start);
      } else this.hasOpt = true;
      return;
    }
    if (this.opcode === UPDATE || this.rdclass === rdclass || this.rdclass === CLASS.ANY) return;
    if (type === TYPE.SIG || type === TYPE.TKEY || (type === TYPE.KEY && this.hasTkeyQuestion)) return;
    this.#wrongClass(start);
  }

  /** What can be judged only after the data was found to be well-formed. */
  #rulesOfData(record: WireRecord, section: number, last: boolean, start: number): void {
    const { type, rdataOffset } = record;
    if (type === TYPE.NSEC3 && this.opcode !== UPDATE) this.#checkHashedOwner(record, start);
    if ((type !== TYPE.RRSIG && type !== TYPE.SIG) || record.rdataLength < 2) return;
    const covers = (this.bytes[rdataOffset]! << 8) | this.bytes[rdataOffset + 1]!;
    if (covers !== 0) return;
    if (type === TYPE.RRSIG) this.rule("FORMERR", "RRSIG of no type", start);
    else if (section !== 3 || !last || !record.name.isRoot) {
      this.rule("bad SIG(0) record", "SIG(0) anywhere but at the end, or with a name", start);
    }
  }

  /** The first label of an NSEC3's owner is base32hex (RFC 5155 1.3). */
  #checkHashedOwner(record: WireRecord, start: number): void {
    const label = record.name.labels[0];
    try {
      if (label !== undefined && parseBase32(String.fromCharCode(...label)).length > 0) return;
    } catch {
      // Said below.
    }
    throw new DnsFormatError("bad owner name (check-names)", "The owner of an NSEC3 is no hash", start);
  }

  #checkRdata(type: number, rdclass: number, offset: number, length: number): void {
    // The commonest of all without the engine.
    if (type === TYPE.A && rdclass === CLASS.IN && length === 4) return;
    if (type === TYPE.AAAA && rdclass === CLASS.IN && length === 16) return;
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
 * counted in `trailing`. Anything malformed is a `DnsFormatError` with its offset, in time linear in the octets.
 */
export function parseMessage(bytes: Uint8Array, options: ParseOptions = {}): DnsMessage {
  if (bytes.length < 12) {
    throw new DnsFormatError("unexpected end of input", `A header of 12 octets does not fit: ${bytes.length} there`, 0);
  }
  const walk = new Walk(bytes, options);
  const { reader } = walk;
  const message = new Message();
  message.octets = bytes;
  message.id = reader.u16();
  const word = reader.u16();
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
  const counts = message.headerCounts = [reader.u16(), reader.u16(), reader.u16(), reader.u16()] as const;
  const questions: Question[] = [];
  const sections: ResourceRecord[][] = [[], [], []];
  message.questions = questions;
  message.answers = sections[0]!;
  message.authorities = sections[1]!;
  message.additionals = sections[2]!;
  message.problems = walk.problems;
  try {
    for (let left = counts[0]; left > 0; left--) walk.question(questions);
    for (let section = 1; section <= 3; section++) {
      const list = sections[section - 1]!;
      for (let left = counts[section]!; left > 0; left--) list.push(walk.record(section, left === 1));
    }
  } catch (error) {
    const failure = asDnsError(error);
    if (options.ignoreTruncation !== true || failure.reason !== "unexpected end of input") throw failure;
    walk.problems.push(failure);
    return message;
  }
  message.trailing = reader.remaining;
  return message;
}

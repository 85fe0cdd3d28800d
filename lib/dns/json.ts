// DNS messages as JSON (RFC 8427). Pure.
import { latin1Text } from "../base/bytes.ts";
import { hexText } from "./records/layout.ts";
import type { DnsMessage, Question, ResourceRecord } from "./model.ts";
import { DnsName } from "./name.ts";
import { recordType } from "./rdata.ts";
import "./records/all.ts";
import { CLASS, className, registeredTypeName, TYPE, typeName } from "./types.ts";

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };

declare global {
  interface JSON {
    /** A value that `stringify` writes as `text`, which must be a whole one. */
    rawJSON(text: string): { readonly rawJSON: string };
  }
}

/** Text of nothing but ASCII (1.1), on one line. */
export function jsonText(json: Json): string {
  return JSON.stringify(json).replace(/[\x7f-\uffff]/g, unicodeEscape);
}

const unicodeEscape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A name (2.6): each octet is a code point, and no more is escaped than JSON has to; a dot inside a label as `\u002e`. */
function nameToJson(name: DnsName): Json {
  const labels = name.labels.map(latin1Text);
  const text = `${labels.join(".")}.`;
  if (!labels.some((label) => label.includes("."))) return text;
  const parts = labels.map((label) => JSON.stringify(label).slice(1, -1).replace(/[.\x7f-\xff]/g, unicodeEscape));
  return JSON.rawJSON(`"${parts.join(".")}."`);
}

/** Classes that have a name here (2.1, 2.2). */
const NAMED: ReadonlySet<number> = new Set([CLASS.IN, CLASS.CH, CLASS.HS]);

/**
 * What is asked, or owns a record: `NAME`, `TYPE`, `CLASS`, or with `Q` for a `prefix` those of a message. A name that only
 * its escapes tell from another stands in `NAMEHEX` too.
 */
export function questionToJson({ name, type, rdclass }: Question, prefix = ""): { [member: string]: Json } {
  const text = nameToJson(name);
  return {
    [`${prefix}NAME`]: text,
    ...(typeof text === "string" ? {} : { [`${prefix}NAMEHEX`]: hexText(name.wire) }),
    [`${prefix}TYPE`]: type,
    [`${prefix}TYPEname`]: registeredTypeName(type),
    [`${prefix}CLASS`]: rdclass,
    // An OPT's class is a size.
    ...(type === TYPE.OPT ? {} : {
      [`${prefix}CLASSname`]: NAMED.has(rdclass) ? className(rdclass) : `CLASS${rdclass}`,
    }),
  };
}

/** One record: its owner, `TTL`, its data as text in `rdataMX` (for types that have one) and as `RDATAHEX`. */
function recordToJson(record: ResourceRecord): { [member: string]: Json } {
  const { type, rdclass, rdata } = record;
  const json = questionToJson(record);
  // Signed there (2.2); an OPT's may have the highest bit.
  json.TTL = record.ttl | 0;
  if (type !== TYPE.OPT && type !== TYPE.NULL && recordType(type, rdclass) !== undefined) {
    const [only, more] = Object.values(rdata.values);
    const isName = more === undefined && only instanceof DnsName;
    json[`rdata${typeName(type)}`] = isName ? nameToJson(only) : rdata.text();
  }
  json.RDLENGTH = rdata.wire.length;
  json.RDATAHEX = hexText(rdata.wire);
  return json;
}

/** When a message came or went (RFC 8427 2.5), in milliseconds since 1970. */
export function dateToJson(milliseconds: number): { dateString: string; dateSeconds: number } {
  const whole = Math.floor(milliseconds);
  return { dateString: new Date(whole).toISOString(), dateSeconds: whole / 1000 };
}

/**
 * The members of RFC 8427 2 for a whole message. Flags are 0 and 1; names are absolute and uncompressed, inside of data
 * that is more than a name with dig's escapes. The first question stands in `QNAME`, `QTYPE`, `QCLASS`, several in
 * `questionRRs` too; empty sections are left out. A `FormatError` when a record's data was not validated and is malformed.
 */
export function messageToJson(message: DnsMessage): { [member: string]: Json } {
  const [questions, answers, authorities, additionals] = message.counts;
  const json: { [member: string]: Json } = {
    ID: message.id,
    QR: Number(message.qr),
    Opcode: message.opcode,
    AA: Number(message.aa),
    TC: Number(message.tc),
    RD: Number(message.rd),
    RA: Number(message.ra),
    AD: Number(message.ad),
    CD: Number(message.cd),
    // The header's four bits: the rest of an extended one is in the OPT record.
    RCODE: message.headerRcode,
    QDCOUNT: questions,
    ANCOUNT: answers,
    NSCOUNT: authorities,
    ARCOUNT: additionals,
  };
  const [first] = message.questions;
  if (first !== undefined) Object.assign(json, questionToJson(first, "Q"));
  if (message.questions.length > 1) json.questionRRs = message.questions.map((question) => questionToJson(question));
  const section = (member: string, records: readonly ResourceRecord[]) => {
    if (records.length > 0) json[member] = records.map(recordToJson);
  };
  section("answerRRs", message.answers);
  section("authorityRRs", message.authorities);
  section("additionalRRs", message.additionals);
  return json;
}

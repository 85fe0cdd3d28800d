// DNS messages as JSON (RFC 8427). Pure.
import { hexText } from "./records/layout.ts";
import type { DnsMessage, ResourceRecord } from "./model.ts";
import { recordType } from "./rdata.ts";
import "./records/all.ts";
import { className, registeredTypeName, TYPE, typeName } from "./types.ts";

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };

/** One record: `NAME`, `TYPE`, `CLASS`, `TTL`, its data as text in `rdataMX` (for types that have one) and as `RDATAHEX`. */
function recordToJson(record: ResourceRecord): { [member: string]: Json } {
  const { type, rdclass } = record;
  const json: { [member: string]: Json } = {
    NAME: record.name.toString(),
    TYPE: type,
    TYPEname: registeredTypeName(type),
    CLASS: rdclass,
  };
  // An OPT's class is a size and has no name.
  if (type !== TYPE.OPT) json.CLASSname = className(rdclass);
  // Signed there (2.2); an OPT's may have the highest bit.
  json.TTL = record.ttl | 0;
  const { rdata } = record;
  if (type !== TYPE.OPT && type !== TYPE.NULL && recordType(type, rdclass) !== undefined) {
    json[`rdata${typeName(type)}`] = rdata.text();
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
 * The members of RFC 8427 2 for a whole message. Flags are 0 and 1; names are absolute with dig's escapes; data is that of
 * the names uncompressed. The first question stands in `QNAME`, `QTYPE`, `QCLASS`, several in `questionRRs` too; empty
 * sections are left out. A `FormatError` when a record's data was not validated and is malformed.
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
  const asked = message.questions.map(({ name, type, rdclass }) => ({
    NAME: name.toString(),
    TYPE: type,
    TYPEname: registeredTypeName(type),
    CLASS: rdclass,
    CLASSname: className(rdclass),
  }));
  const [first] = asked;
  if (first !== undefined) {
    json.QNAME = first.NAME;
    json.QTYPE = first.TYPE;
    json.QTYPEname = first.TYPEname;
    json.QCLASS = first.CLASS;
    json.QCLASSname = first.CLASSname;
  }
  if (asked.length > 1) json.questionRRs = asked;
  const section = (member: string, records: readonly ResourceRecord[]) => {
    if (records.length > 0) json[member] = records.map(recordToJson);
  };
  section("answerRRs", message.answers);
  section("authorityRRs", message.authorities);
  section("additionalRRs", message.additionals);
  return json;
}

import { assert, assertEquals } from "@std/assert";
import { ednsRecord } from "../../../lib/dns/model.ts";
import { dateToJson, type Json, jsonText, messageToJson } from "../../../lib/dns/json.ts";
import { encodeMessage, parseMessage, recordOf } from "../../../lib/dns/message.ts";
import { parseName } from "../../../lib/dns/name.ts";
import { parseRdata } from "../../../lib/dns/rdata_text.ts";
import { CLASS, TYPE } from "../../../lib/dns/types.ts";

Deno.test("messageToJson() has the members of RFC 8427, names and data as text and hex", () => {
  const name = parseName("a\\.b.example.");
  const record = (type: number, text: string) => recordOf(name, 300, parseRdata(type, CLASS.IN, text));
  const bytes = encodeMessage({
    id: 4711,
    qr: true,
    rd: true,
    questions: [{ name, type: TYPE.MX, rdclass: CLASS.IN }],
    answers: [record(TYPE.MX, "10 a\\.b.example."), record(65280, "\\# 2 0102")],
    additionals: [ednsRecord({ options: [{ code: 3, data: Uint8Array.of(65) }] })],
  });
  assertEquals(parsed(messageToJson(parseMessage(bytes))), {
    ID: 4711,
    QR: 1,
    Opcode: 0,
    AA: 0,
    TC: 0,
    RD: 1,
    RA: 0,
    AD: 0,
    CD: 0,
    RCODE: 0,
    QDCOUNT: 1,
    ANCOUNT: 2,
    NSCOUNT: 0,
    ARCOUNT: 1,
    QNAME: "a.b.example.",
    QNAMEHEX: "03612E62076578616D706C6500",
    QTYPE: 15,
    QTYPEname: "MX",
    QCLASS: 1,
    QCLASSname: "IN",
    answerRRs: [
      {
        NAME: "a.b.example.",
        NAMEHEX: "03612E62076578616D706C6500",
        TYPE: 15,
        TYPEname: "MX",
        CLASS: 1,
        CLASSname: "IN",
        TTL: 300,
        rdataMX: "10 a\\.b.example.",
        RDLENGTH: 15,
        RDATAHEX: "000A03612E62076578616D706C6500",
      },
      {
        NAME: "a.b.example.",
        NAMEHEX: "03612E62076578616D706C6500",
        TYPE: 65280,
        TYPEname: "TYPE65280",
        CLASS: 1,
        CLASSname: "IN",
        TTL: 300,
        RDLENGTH: 2,
        RDATAHEX: "0102",
      },
    ],
    additionalRRs: [
      { NAME: ".", TYPE: 41, TYPEname: "OPT", CLASS: 1232, TTL: 0, RDLENGTH: 5, RDATAHEX: "0003000141" },
    ],
  });
});

/** What a reader has. */
const parsed = (json: Json): Record<string, Json> => JSON.parse(jsonText(json));

Deno.test("messageToJson() spells names as RFC 8427 2.6 has it: nothing escaped but by JSON, dots inside labels too", () => {
  const spelt = (text: string) => {
    const name = parseName(text), answers = [recordOf(name, 1, parseRdata(TYPE.NS, CLASS.IN, text))];
    const { answerRRs } = messageToJson(parseMessage(encodeMessage({ questions: [], answers })));
    return /"NAME":("[^"]*).*"rdataNS":\1/.exec(jsonText(answerRRs!))?.[1];
  };
  assertEquals(spelt("a\\.b.\\000\\127\\255\\@.\\009."), String.raw`"a\u002eb.\u0000\u007f\u00ff@.\t.`);
  assertEquals(spelt("a.\\127\\255$."), String.raw`"a.\u007f\u00ff$.`);
  assertEquals([spelt("www.example."), spelt(".")], ['"www.example.', '".']);
  assertEquals(jsonText({ text: "é€😀" }), String.raw`{"text":"\u00e9\u20ac\ud83d\ude00"}`);
});

type Check = (value: Json) => boolean;

const upTo = (most: number): Check => (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
const flag = upTo(1), u16 = upTo(65535), text: Check = (value) => typeof value === "string";
const base16: Check = (value) => typeof value === "string" && /^(?:[0-9A-F]{2})*$/.test(value);
const absolute: Check = (value) => typeof value === "string" && value.endsWith(".");
const named: Check = (value) => ["IN", "CH", "HS"].includes(String(value)) || /^CLASS\d+$/.test(String(value));
const mnemonic: Check = (value) => typeof value === "string" && /^[A-Z][A-Z0-9-]*$/.test(value);
const signed32: Check = (value) => Number.isInteger(value) && value === (Number(value) | 0);

/** RFC 8427 2.1, 2.2 and 2.3: what each member may be. Members that are not told here are not in it. */
const RECORD: Readonly<Record<string, Check>> = {
  NAME: absolute,
  NAMEHEX: base16,
  TYPE: u16,
  TYPEname: mnemonic,
  CLASS: u16,
  CLASSname: named,
  TTL: signed32,
  RDLENGTH: u16,
  RDATAHEX: base16,
};
const RECORDS: Check = (value) => Array.isArray(value) && value.every((record) => holds(record, RECORD));
const MESSAGE: Readonly<Record<string, Check>> = {
  ID: u16,
  QR: flag,
  Opcode: upTo(15),
  AA: flag,
  TC: flag,
  RD: flag,
  RA: flag,
  AD: flag,
  CD: flag,
  RCODE: upTo(15),
  QDCOUNT: u16,
  ANCOUNT: u16,
  NSCOUNT: u16,
  ARCOUNT: u16,
  QNAME: absolute,
  QNAMEHEX: base16,
  QTYPE: u16,
  QTYPEname: mnemonic,
  QCLASS: u16,
  QCLASSname: named,
  questionRRs: RECORDS,
  answerRRs: RECORDS,
  authorityRRs: RECORDS,
  additionalRRs: RECORDS,
};

function holds(value: Json, table: Readonly<Record<string, Check>>): boolean {
  return Object.entries(value as Record<string, Json>).every(([member, value]) => {
    const good = (/^rdata[A-Z]/.test(member) ? text : table[member])?.(value);
    assert(good, `${member}: ${JSON.stringify(value)}`);
    return good;
  });
}

Deno.test("messageToJson() keeps to RFC 8427 2.1 to 2.6 member by member, whatever the message holds", () => {
  const odd = parseName("a\\.\\000\\255.example");
  const record = (type: number, rdclass: number, ttl: number) =>
    recordOf(odd, ttl, parseRdata(type, rdclass, "\\# 4 01000000"));
  const questions = [{ name: odd, type: 65535, rdclass: 255 }, { name: odd, type: 0, rdclass: 255 }];
  const bytes = encodeMessage({
    id: 65535,
    qr: true,
    opcode: 15,
    aa: true,
    tc: true,
    rd: true,
    ra: true,
    ad: true,
    cd: true,
    questions,
    answers: [record(1, 1, 0xffffffff), record(65280, 254, 0x80000000), record(65535, 65535, 2)],
    authorities: [record(10, 3, 0)],
    additionals: [ednsRecord({ udpSize: 65535, version: 255, flags: 0xffff, extendedRcode: 255 })],
  });
  bytes[3]! |= 15;
  const json = parsed(messageToJson(parseMessage(bytes)));
  assert(holds(json, MESSAGE));
  // A message with something of everything has every member.
  assertEquals(Object.keys(json).sort(), Object.keys(MESSAGE).sort());
  assertEquals([json.RCODE, json.Opcode, json.QNAME], [15, 15, "a.\0ÿ.example."]);
  const [first, second] = json.answerRRs as Record<string, Json>[];
  assertEquals([first!.TTL, first!.rdataA, second!.TTL, second!.RDATAHEX], [-1, "1.0.0.0", -(2 ** 31), "01000000"]);
  // Nothing but a header has neither a question's members nor sections (2.1: all are optional).
  const bare = messageToJson(parseMessage(encodeMessage({ id: 1, questions: [] })));
  assertEquals(Object.keys(bare), Object.keys(MESSAGE).slice(0, 14));
});

Deno.test("dateToJson() gives RFC 3339 text and the same in seconds", () => {
  assertEquals(dateToJson(1_800_000_000_123.7), {
    dateString: "2027-01-15T08:00:00.123Z",
    dateSeconds: 1800000000.123,
  });
});

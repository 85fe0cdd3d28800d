import { assertEquals } from "@std/assert";
import { ednsRecord } from "../../../lib/dns/model.ts";
import { messageToJson } from "../../../lib/dns/json.ts";
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
  assertEquals(messageToJson(parseMessage(bytes)), {
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
    QNAME: "a\\.b.example.",
    QTYPE: 15,
    QTYPEname: "MX",
    QCLASS: 1,
    QCLASSname: "IN",
    answerRRs: [
      {
        NAME: "a\\.b.example.",
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
        NAME: "a\\.b.example.",
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

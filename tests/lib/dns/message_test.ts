import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../lib/base/errors.ts";
import { parseHex } from "../../../lib/base/hex.ts";
import { ednsRecord } from "../../../lib/dns/model.ts";
import { DnsFormatError } from "../../../lib/dns/errors.ts";
import {
  encodeMessage,
  type MessageParts,
  parseMessage,
  type Question,
  recordOf,
  type ResourceRecord,
} from "../../../lib/dns/message.ts";
import { DnsName, parseName } from "../../../lib/dns/name.ts";
import { Rdata } from "../../../lib/dns/rdata.ts";
import { parseRdata } from "../../../lib/dns/rdata_text.ts";
import { CLASS, TYPE } from "../../../lib/dns/types.ts";
import type { GoldenRecord } from "../../helpers/dns_golden.ts";

const GOLDEN: readonly GoldenRecord[] = JSON.parse(
  await Deno.readTextFile(new URL("../../data/dns/records.json", import.meta.url)),
);

const www = parseName("www.example.test.");
const question: Question = { name: www, type: TYPE.A, rdclass: CLASS.IN };
const record = (type: number, text: string, name = www): ResourceRecord =>
  recordOf(name, 300, parseRdata(type, CLASS.IN, text));
const answer = (parts: MessageParts): MessageParts => ({ id: 1, qr: true, questions: [question], ...parts });

/** What a message says, without how it is kept. */
function plain(message: MessageParts): unknown {
  const records = (list: readonly ResourceRecord[] = []) =>
    list.map(({ name, type, rdclass, ttl, rdata }) => [name.wire, type, rdclass, ttl, rdata.wire]);
  const { id, qr, opcode, aa, tc, rd, ra, z, ad, cd, headerRcode } = message;
  return {
    words: [id, qr, opcode, aa, tc, rd, ra, z, ad, cd, headerRcode],
    questions: (message.questions ?? []).map(({ name, type, rdclass }) => [name.wire, type, rdclass]),
    answers: records(message.answers),
    authorities: records(message.authorities),
    additionals: records(message.additionals),
  };
}

Deno.test("parseMessage() reads what encodeMessage() writes, compressed or not", () => {
  const labels = fc.constantFrom("www", "mail", "Example", "example", "test", "a\\.b", "\\000");
  const name = fc.array(labels, { maxLength: 5 }).map((list) => parseName(list.join(".") + "."));
  const golden = fc.constantFrom(...GOLDEN.filter(({ rdclass, type }) => rdclass === CLASS.IN && type !== TYPE.NSEC3));
  const records = fc.array(
    fc.tuple(name, fc.nat(0xffffffff), golden).map(([owner, ttl, { type, wire }]) =>
      recordOf(owner, ttl, new Rdata(type, CLASS.IN, parseHex(wire)))
    ),
    { maxLength: 6 },
  );
  const flag = fc.boolean();
  const message = fc.record({
    id: fc.nat(0xffff),
    qr: flag,
    opcode: fc.constantFrom(0, 1, 2, 4, 6, 15),
    aa: flag,
    tc: flag,
    rd: flag,
    ra: flag,
    z: flag,
    ad: flag,
    cd: flag,
    headerRcode: fc.nat(15),
    questions: fc.array(name, { maxLength: 1 }).map((list) => list.map((n) => ({ name: n, type: 1, rdclass: 1 }))),
    answers: records,
    authorities: records,
    additionals: records,
  });
  fc.assert(fc.property(message, flag, (parts, compress) => {
    const bytes = encodeMessage(parts, { compress });
    // SIG(0) where none may be is a broken rule; the rest must be read all the same.
    const parsed = parseMessage(bytes, { bestEffort: true });
    assertEquals(plain(parsed), plain(parts));
    assertEquals(parsed.trailing, 0);
    assertEquals(encodeMessage(parsed, { compress }), bytes);
    assertEquals(plain(parseMessage(bytes, { strict: false, bestEffort: true })), plain(parts));
  }));
});

Deno.test("any octets give a message or a FormatError with an offset, and lazy reading no other", () => {
  const valid = encodeMessage(answer({
    answers: [
      record(TYPE.CNAME, "host.example.test."),
      record(TYPE.MX, "10 mail.example.test."),
      record(65, "1 . port=1"),
    ],
    additionals: [ednsRecord({ options: [{ code: 3, data: Uint8Array.of(1, 2) }] })],
  }));
  const octet = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0xc0, 0x0c, 0xff));
  const mutated = fc.record({
    changes: fc.array(fc.tuple(fc.nat(valid.length - 1), octet), { maxLength: 6 }),
    length: fc.integer({ min: 0, max: valid.length }),
  }).map(({ changes, length }) => {
    const bytes = valid.slice(0, length);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  const noise = fc.array(octet, { maxLength: 60 }).map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(fc.oneof(mutated, mutated, noise), (bytes) => {
      for (const options of [{}, { bestEffort: true, ignoreTruncation: true }, { strict: false }]) {
        try {
          const message = parseMessage(bytes, options);
          for (const r of [...message.answers, ...message.authorities, ...message.additionals]) {
            assert(r.name instanceof DnsName);
            if (options.strict !== false) assert(r.rdata.text() !== undefined);
            else {
              try {
                r.rdata.text();
              } catch (error) {
                assert(error instanceof FormatError, String(error));
              }
            }
          }
        } catch (error) {
          assert(error instanceof DnsFormatError, String(error));
          assert(error.offset >= 0 && error.offset <= bytes.length, error.message);
        }
      }
    }),
    { numRuns: 3000 },
  );
});

const reasonOfParse = (bytes: Uint8Array, options = {}) => {
  const error = assertThrows(() => parseMessage(bytes, options));
  assert(error instanceof DnsFormatError, String(error));
  return error.reason;
};

Deno.test("parseMessage() refuses with the reason that dig gives", () => {
  const one = encodeMessage(answer({ answers: [record(TYPE.A, "192.0.2.1")] }));
  assertEquals(reasonOfParse(one.subarray(0, 11)), "unexpected end of input");
  for (let length = 12; length < one.length; length++) {
    assertEquals(reasonOfParse(one.subarray(0, length)), "unexpected end of input");
  }
  const change = (at: number, ...octets: number[]) => {
    const bytes = one.slice();
    bytes.set(octets, at);
    return bytes;
  };
  const record0 = 12 + 22;
  assertEquals(reasonOfParse(change(record0, 0xc0, record0)), "bad compression pointer");
  assertEquals(reasonOfParse(change(record0, 0x40)), "bad label type");
  assertEquals(reasonOfParse(change(record0 + 4, 0, 3)), "FORMERR"); // another class
  assertEquals(reasonOfParse(change(record0 + 2, 0, 28)), "unexpected end of input"); // AAAA of four octets
  assertEquals(reasonOfParse(change(4, 0xff, 0xff)), "FORMERR"); // the record, read as a question, asks the same
  assertEquals(reasonOfParse(change(6, 0xff, 0xff)), "unexpected end of input");
  const opt = ednsRecord({});
  assertEquals(reasonOfParse(encodeMessage(answer({ additionals: [opt, opt] }))), "FORMERR");
  assertEquals(reasonOfParse(encodeMessage(answer({ answers: [opt] }))), "FORMERR");
  assertEquals(reasonOfParse(encodeMessage(answer({ questions: [question, question] }))), "FORMERR");
  const hashed = record(TYPE.NSEC3, "2 0 0 - 00000000 A");
  assertEquals(reasonOfParse(encodeMessage(answer({ answers: [hashed] }))), "bad owner name (check-names)");
  // Keys are agreed on among the answers, notifications are of one class, signatures of the question's.
  const tkey = recordOf(www, 0, new Rdata(TYPE.TKEY, CLASS.ANY, parseHex("00 00000000 00000000 0000 0000 0000 0000")));
  assertEquals(parseMessage(encodeMessage(answer({ answers: [tkey] }))).answers.length, 1);
  assertEquals(reasonOfParse(encodeMessage(answer({ additionals: [tkey] }))), "FORMERR");
  assertEquals(parseMessage(encodeMessage(answer({ qr: false, additionals: [tkey] }))).additionals.length, 1);
  const any = { ...question, rdclass: CLASS.ANY };
  assertEquals(parseMessage(encodeMessage(answer({ questions: [any] }))).questions.length, 1);
  assertEquals(reasonOfParse(encodeMessage(answer({ opcode: 4, questions: [any] }))), "FORMERR");
  const sig = record(TYPE.SIG, "A 8 3 60 20300101000000 20200101000000 1 test. AQID").rdata;
  const foreign = recordOf(www, 60, new Rdata(TYPE.SIG, 3, sig.wire));
  assertEquals(reasonOfParse(encodeMessage(answer({ answers: [foreign] }))), "FORMERR");
});

Deno.test("a TSIG record is the last of all that the header counts", () => {
  const tsig = recordOf(www, 0, new Rdata(TYPE.TSIG, CLASS.ANY, parseHex("00 000000000000 012c 0000 0001 0000 0000")));
  const signed = encodeMessage(answer({ additionals: [tsig] }));
  assertEquals(parseMessage(signed).tsig?.type, TYPE.TSIG);
  signed[11]! += 1;
  assertEquals(parseMessage(signed, { bestEffort: true, ignoreTruncation: true }).tsig, undefined);
});

Deno.test("a best-effort parse goes on past broken rules and truncation, and says so", () => {
  const opt = ednsRecord({});
  const twice = parseMessage(encodeMessage(answer({ additionals: [opt, opt] })), { bestEffort: true });
  assertEquals(twice.additionals.length, 2);
  assertEquals(twice.problems.map(({ reason }) => reason), ["FORMERR"]);
  const whole = encodeMessage(answer({ answers: [record(TYPE.A, "192.0.2.1"), record(TYPE.A, "192.0.2.2")] }));
  const cut = parseMessage(whole.subarray(0, whole.length - 1), { ignoreTruncation: true });
  assertEquals(cut.answers.length, 1);
  assertEquals(cut.counts, [1, 2, 0, 0]);
  assertEquals(cut.problems.map(({ reason }) => reason), ["unexpected end of input"]);
});

Deno.test("octets behind the last record are counted", () => {
  const bytes = encodeMessage(answer({ answers: [record(TYPE.A, "192.0.2.1")] }));
  const longer = new Uint8Array(bytes.length + 7);
  longer.set(bytes);
  assertEquals(parseMessage(longer).trailing, 7);
});

Deno.test("EDNS widens the response code and is listed among the additionals", () => {
  const opt = ednsRecord({ udpSize: 4096, extendedRcode: 1, version: 0, dnssecOk: true });
  const message = parseMessage(encodeMessage(answer({ headerRcode: 7, additionals: [opt] })));
  assertEquals(message.rcode, 23);
  assertEquals(message.headerRcode, 7);
  assertEquals([message.edns?.udpSize, message.edns?.dnssecOk, message.edns?.version], [4096, true, 0]);
  assertEquals(parseMessage(encodeMessage(answer({}))).edns, undefined);
});

Deno.test("an update's records may have no data", () => {
  const soa: Question = { name: parseName("example.test."), type: TYPE.SOA, rdclass: CLASS.IN };
  const none = (type: number, rdclass: number): ResourceRecord => ({
    name: www,
    type,
    rdclass,
    ttl: 0,
    rdata: new Rdata(type, rdclass, new Uint8Array(0), {}),
  });
  const bytes = encodeMessage({
    opcode: 5,
    questions: [soa],
    answers: [none(TYPE.A, CLASS.ANY), none(TYPE.ANY, CLASS.NONE)],
    authorities: [none(TYPE.MX, CLASS.ANY), { ...record(TYPE.A, "192.0.2.1"), rdclass: CLASS.NONE }],
  });
  const message = parseMessage(bytes);
  assertEquals(message.answers.map(({ rdata }) => rdata.text()), ["", ""]);
  assertEquals(message.authorities.map(({ rdata }) => rdata.text()), ["", "192.0.2.1"]);
  assertEquals(message.authorities[1]!.rdclass, CLASS.NONE);
});

Deno.test("data is of an update's record unless its class is ANY, or NONE among the conditions", () => {
  const update = (section: "answers" | "authorities", rdclass: number) => () =>
    parseMessage(encodeMessage({ opcode: 5, [section]: [{ ...record(TYPE.A, "192.0.2.1"), rdclass }] }));
  for (const rdclass of [CLASS.IN, 253, 256, 65535]) update("answers", rdclass)();
  for (const rdclass of [CLASS.IN, CLASS.NONE, 256]) update("authorities", rdclass)();
  for (const rdclass of [CLASS.NONE, CLASS.ANY]) assertThrows(update("answers", rdclass), FormatError, "Data where");
  assertThrows(update("authorities", CLASS.ANY), FormatError, "Data where");
  // The owner of an NSEC3 is a hash in an update, too.
  const denial = parseRdata(TYPE.NSEC3, CLASS.IN, "1 0 1 - 0123456789ABCDEFGHIJKLMNOPQRSTUV A");
  const owned = encodeMessage({ opcode: 5, authorities: [recordOf(parseName("no-hash.test."), 1, denial)] });
  assertThrows(() => parseMessage(owned), FormatError, "is no hash");
});

Deno.test("encodeMessage() compresses only where receivers expect it", () => {
  const size = (type: number, text: string) => encodeMessage(answer({ answers: [record(type, text)] })).length;
  // MX of RFC 1035 points to the question; SRV never does (RFC 3597 4).
  assertEquals(size(TYPE.MX, "10 www.example.test.") - size(TYPE.MX, "10 ."), 1);
  assertEquals(size(TYPE.SRV, "0 0 0 www.example.test.") - size(TYPE.SRV, "0 0 0 ."), 17);
});

Deno.test("a message of 65535 pointers is read in linear time", () => {
  const count = 5000;
  const bytes = new Uint8Array(12 + 6 + count * 12);
  const view = new DataView(bytes.buffer);
  view.setUint16(4, 1);
  view.setUint16(6, count);
  bytes.set([0, 0, 10, 0, 1], 12); // the root, NULL, IN
  for (let i = 0, at = 17; i < count; i++, at += 12) {
    bytes.set([0xc0, 12, 0, 10, 0, 1, 0, 0, 0, 0, 0, 0], at);
  }
  assertEquals(parseMessage(bytes).answers.length, count);
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../lib/base/errors.ts";
import { FieldBuilder } from "../../../lib/base/field.ts";
import { hex, parseHex } from "../../../lib/base/hex.ts";
import { ByteReader } from "../../../lib/base/reader.ts";
import { ByteWriter } from "../../../lib/base/writer.ts";
import { DnsFormatError } from "../../../lib/dns/errors.ts";
import { DnsName, parseName } from "../../../lib/dns/name.ts";
import { mayPoint, type Rdata, rdataOf, readRdata, recordType } from "../../../lib/dns/rdata.ts";
import { explainRdata } from "../../../lib/dns/rdata_explain.ts";
import { parseRdata } from "../../../lib/dns/rdata_text.ts";
import { COMMON_RECORDS } from "../../../lib/dns/records/common.ts";
import { RARE_RECORDS } from "../../../lib/dns/records/list.ts";
import { CLASS, TYPE, typeName, TYPES } from "../../../lib/dns/types.ts";
import { GOLDEN_NOW, type GoldenRecord, LAYOUTS } from "../../helpers/dns_golden.ts";

const GOLDEN: readonly GoldenRecord[] = JSON.parse(
  await Deno.readTextFile(new URL("../../data/dns/records.json", import.meta.url)),
);

const read = (wire: Uint8Array, type: number, rdclass: number = CLASS.IN): Rdata =>
  readRdata(new ByteReader(wire), type, rdclass);

for (const [layout, { style }] of Object.entries(LAYOUTS)) {
  Deno.test(`Rdata.text() prints every record as dig does: ${layout}`, () => {
    for (const { rdclass, type, wire, text, source } of GOLDEN) {
      const rdata = read(parseHex(wire), type, rdclass);
      assertEquals(
        rdata.text({ ...style, now: GOLDEN_NOW }),
        text[layout] ?? text.plain,
        `${typeName(type)} ${source}`,
      );
    }
  });
}

Deno.test("parseRdata() of octets takes no compression pointer: there is no message for it to point into", () => {
  const octets = (names: string) => `\\# ${names.length / 2 + 20} ${names}${"00".repeat(20)}`;
  assertEquals(parseRdata(TYPE.SOA, CLASS.IN, octets("01610000")).wire.length, 24);
  assertThrows(() => parseRdata(TYPE.SOA, CLASS.IN, octets("016100c000")), DnsFormatError, "compression pointer");
});

Deno.test("parseRdata() reads the text of every record, and its own text again", () => {
  for (const { rdclass, type, wire, source, text } of GOLDEN) {
    const about = `${typeName(type)} ${source}`;
    assertEquals(hex(parseRdata(type, rdclass, source).wire), wire, about);
    // What dig prints of a A6 without an address or of a key with private flags, text cannot say.
    if (type === 38 && source.startsWith("128")) continue;
    assertEquals(hex(parseRdata(type, rdclass, text.plain).wire), wire, about);
    assertEquals(hex(parseRdata(type, rdclass, text.unknown ?? text.plain).wire), wire, about);
    assertEquals(hex(parseRdata(type, rdclass, text.multiline ?? text.plain).wire), wire, about);
  }
});

Deno.test("parseRdata() reads the long signature of a TSIG that its text breaks into words", () => {
  const values = {
    algorithm: parseName("gss-tsig."),
    timeSigned: 1,
    fudge: 300,
    mac: new Uint8Array(128).fill(0x61),
    originalId: 2,
    error: 0,
    otherData: new Uint8Array(),
  };
  const rdata = rdataOf(TYPE.TSIG, CLASS.ANY, values);
  for (const width of [60, 7, 0]) {
    assertEquals(parseRdata(TYPE.TSIG, CLASS.ANY, rdata.text({ width })).wire, rdata.wire, `words of ${width}`);
  }
  assertThrows(() => parseRdata(TYPE.TSIG, CLASS.ANY, "a. 1 300 4 YWFh 2 NOERROR 0"), DnsFormatError);
});

Deno.test("rdataOf() is the inverse of Rdata.values", () => {
  for (const { rdclass, type, wire, source } of GOLDEN) {
    const rdata = read(parseHex(wire), type, rdclass);
    assertEquals(hex(rdataOf(type, rdclass, rdata.values).wire), wire, `${typeName(type)} ${source}`);
  }
});

/** Checks that the leaves cover `start..end` with no gap, in order. */
function assertCovered(builder: FieldBuilder, end: number, about: string): void {
  let at = 0;
  const walk = (field: typeof builder.current): void => {
    if (field.children !== undefined && field.children.length > 0) return field.children.forEach(walk);
    if (field.bits !== undefined && field.offset < at) return;
    assertEquals(field.offset, at, `${about}: ${field.name}`);
    at += field.length;
  };
  builder.current.children?.forEach(walk);
  assertEquals(at, end, about);
}

Deno.test("explainRdata() names every octet of every record and reads the same", () => {
  for (const { rdclass, type, wire, source } of GOLDEN) {
    const bytes = parseHex(wire), about = `${typeName(type)} ${source}`;
    const builder = new FieldBuilder(new ByteReader(bytes));
    assertEquals(hex(explainRdata(builder, type, rdclass).wire), wire, about);
    assertCovered(builder, bytes.length, about);
  }
});

Deno.test("every mnemonic but those of questions has a shape or is unknown data", () => {
  const questions = new Set([0, TYPE.IXFR, TYPE.AXFR, TYPE.MAILB, TYPE.MAILA, TYPE.ANY]);
  for (const [type, mnemonic] of TYPES) {
    if (questions.has(type)) continue;
    const shape = recordType(type, type === TYPE.TSIG ? CLASS.ANY : CLASS.IN);
    assertEquals(shape?.mnemonic, mnemonic);
    assert(shape?.ref !== "" && shape?.summary !== "", mnemonic);
  }
  for (const { fields, mnemonic } of [...COMMON_RECORDS, ...RARE_RECORDS]) {
    assertEquals(new Set(fields.map(({ name }) => name)).size, fields.length, mnemonic);
  }
});

/** Data near to real data: a golden record with octets changed, cut off or added. */
const mutated = fc.record({
  record: fc.constantFrom(...GOLDEN.filter(({ wire }) => wire.length < 1000)),
  cut: fc.option(fc.nat(60)),
  changes: fc.array(fc.tuple(fc.nat(80), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x3f, 0x40, 0xc0, 0xff))), {
    maxLength: 4,
  }),
  added: fc.uint8Array({ maxLength: 3 }),
}).map(({ record, cut, changes, added }) => {
  const whole = parseHex(record.wire);
  const bytes = Uint8Array.from([...whole.slice(0, cut ?? whole.length), ...added]);
  for (const [at, octet] of changes) if (at < bytes.length) bytes[at] = octet;
  return { type: record.type, rdclass: record.rdclass, bytes };
});

Deno.test("readRdata() gives a value that text, values and octets agree on, or a FormatError with an offset", () => {
  fc.assert(
    fc.property(mutated, ({ type, rdclass, bytes }) => {
      let rdata: Rdata;
      try {
        rdata = read(bytes, type, rdclass);
      } catch (error) {
        assert(error instanceof FormatError, String(error));
        assert(error.offset >= 0 && error.offset <= bytes.length, `${typeName(type)}: ${error.message}`);
        return;
      }
      const text = rdata.text({ now: GOLDEN_NOW });
      assert(!/[^ -~]/.test(text), text);
      assertEquals(hex(parseRdata(type, rdclass, rdata.text({ unknownFormat: true })).wire), hex(rdata.wire));
      assertEquals(hex(rdataOf(type, rdclass, rdata.values).wire), hex(rdata.wire), `${typeName(type)} ${text}`);
      const builder = new FieldBuilder(new ByteReader(bytes));
      explainRdata(builder, type, rdclass);
      assertCovered(builder, bytes.length, typeName(type));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("explainRdata() fails where readRdata() fails, with what was read before in the tree", () => {
  fc.assert(
    fc.property(mutated, ({ type, rdclass, bytes }) => {
      const outcome = (body: () => unknown) => {
        try {
          body();
          return "ok";
        } catch (error) {
          assert(error instanceof FormatError, String(error));
          return "refused";
        }
      };
      const builder = new FieldBuilder(new ByteReader(bytes));
      assertEquals(outcome(() => explainRdata(builder, type, rdclass)), outcome(() => read(bytes, type, rdclass)));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("text of random values is read back for the commonest types", () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 20 });
  const name = fc.array(label, { maxLength: 5 }).map((labels) => DnsName.fromLabels(labels));
  const string = fc.uint8Array({ maxLength: 255 });
  const u16 = fc.nat(0xffff);
  const cases = fc.oneof(
    fc.record({ preference: u16, exchange: name }).map((values) => [TYPE.MX, values] as const),
    fc.record({ txtdata: fc.array(string, { minLength: 1, maxLength: 4 }) }).map((values) =>
      [TYPE.TXT, values] as const
    ),
    fc.record({ priority: u16, weight: u16, port: u16, target: name }).map((values) => [TYPE.SRV, values] as const),
    fc.record({ priority: u16, weight: u16, target: string }).map((values) => [256, values] as const),
    fc.record({ cpu: string, os: string }).map((values) => [13, values] as const),
    fc.record({ nextDomain: name, types: fc.uniqueArray(u16, { minLength: 1, maxLength: 30 }) })
      .map(({ nextDomain, types }) => [TYPE.NSEC, { nextDomain, types: types.sort((a, b) => a - b) }] as const),
    fc.record({ address: fc.uint8Array({ minLength: 16, maxLength: 16 }) }).map((values) =>
      [TYPE.AAAA, values] as const
    ),
    fc.record({
      address: fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
        .map((octets) => Uint8Array.from(octets)),
    }).map((values) => [TYPE.AAAA, values] as const),
  );
  fc.assert(
    fc.property(cases, ([type, values]) => {
      const rdata = rdataOf(type, CLASS.IN, values);
      const text = rdata.text();
      assertEquals(hex(parseRdata(type, CLASS.IN, text).wire), hex(rdata.wire), text);
      assertEquals(parseRdata(type, CLASS.IN, rdata.text({ multiline: true })).text(), text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseRdata() says where text breaks", () => {
  const refused = (type: number, text: string, reason: string) => {
    const error = assertThrows(() => parseRdata(type, CLASS.IN, text)) as DnsFormatError;
    assert(error instanceof DnsFormatError, String(error));
    assertEquals(error.reason, reason, text);
    assert(error.offset >= 0 && error.offset <= text.length);
  };
  refused(TYPE.A, "192.0.2.256", "bad dotted quad");
  refused(TYPE.A, "192.0.2.1 x", "extra input text");
  refused(TYPE.MX, "10", "unexpected end of input");
  refused(TYPE.MX, "65536 a.", "out of range");
  refused(TYPE.MX, "ten a.", "syntax error");
  refused(TYPE.TXT, '"abc', "syntax error");
  refused(TYPE.TXT, '"\\256"', "bad escape");
  refused(TYPE.TXT, "\u0100", "bad escape");
  refused(55, "256 00 AA==", "out of range");
  refused(TYPE.DS, "1 8 2 00", "unexpected end of input");
  refused(TYPE.DNSKEY, "256 3 8 A", "bad base64 encoding");
  refused(TYPE.SVCB, "1 . alpn=h2 alpn=h3", "syntax error");
  refused(TYPE.SVCB, "1 . mandatory=alpn", "FORMERR");
  refused(TYPE.A, "\\# 4 c00002", "unexpected end of input");
  refused(65280, "abc", "syntax error");
  refused(35, '1 1 "" "" "!(!x!" .', "syntax error");
});

Deno.test("a key or digest of no octets is missing, in octets as in text", () => {
  const missing = (body: () => unknown, offset: number) => {
    const error = assertThrows(body, DnsFormatError, "Data is missing");
    assertEquals([error.reason, error.offset], ["unexpected end of input", offset]);
  };
  const ipseckey = 45, tlsa = 52;
  missing(() => read(Uint8Array.of(0, 0, 0), ipseckey), 3);
  missing(() => parseRdata(ipseckey, CLASS.IN, "0 0 0 ."), 7);
  missing(() => read(Uint8Array.of(3, 1, 1), tlsa), 3);
  missing(() => parseRdata(tlsa, CLASS.IN, "3 1 1"), 5);
});

Deno.test("coordinates go to the poles and once around, and no further", () => {
  const location = (latitude: number, longitude: number) =>
    read(new ByteWriter().u32(0).u32(2 ** 31 + latitude).u32(2 ** 31 + longitude).u32(0).take(), 29);
  const pole = 90 * 3_600_000;
  for (const [latitude, longitude] of [[pole, 2 * pole], [-pole, -2 * pole]] as const) {
    location(latitude, longitude).text();
    const sign = Math.sign(latitude);
    assertThrows(() => location(latitude + sign, longitude).text(), DnsFormatError);
    assertThrows(() => location(latitude, longitude + sign).text(), DnsFormatError);
  }
});

Deno.test("parseRdata() appends the origin to relative names", () => {
  const origin = parseName("example.test.");
  assertEquals(parseRdata(TYPE.MX, CLASS.IN, "10 mail", origin).text(), "10 mail.example.test.");
  assertEquals(parseRdata(TYPE.NS, CLASS.IN, "@", origin).text(), "example.test.");
});

Deno.test("a type that is of one class only is unknown data in others", () => {
  assertEquals(read(Uint8Array.of(1, 2, 3, 4), TYPE.A, 32).text(), "\\# 4 01020304");
  assertEquals(parseRdata(TYPE.A, CLASS.CH, "example. 0177").text(), "example. 177");
});

Deno.test("mayPoint() goes by the class too: an address of CH has a name, one of IN has none", () => {
  assertEquals([mayPoint(TYPE.A, 3), mayPoint(TYPE.A, CLASS.IN), mayPoint(TYPE.MX, CLASS.IN), mayPoint(4711, 1)], [
    true,
    false,
    true,
    false,
  ]);
});

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { equalBytes, equalInConstantTime, indexOfBytes, latin1, latin1Text } from "../../../lib/base/bytes.ts";
import { errorChain, errorText, FormatError } from "../../../lib/base/errors.ts";
import { FieldBuilder } from "../../../lib/base/field.ts";
import { hex, parseHex } from "../../../lib/base/hex.ts";
import { formatHostPort, parseHostPort } from "../../../lib/base/host_port.ts";
import { ByteReader } from "../../../lib/base/reader.ts";
import { formatDuration, nearest, parseDuration, parseSize, printable, secondsText } from "../../../lib/base/text.ts";
import { ByteWriter } from "../../../lib/base/writer.ts";

Deno.test("ByteReader reads what ByteWriter writes", () => {
  fc.assert(
    fc.property(
      fc.nat(0xff),
      fc.nat(0xffff),
      fc.nat(0xffffff),
      fc.nat(0xffffffff),
      fc.bigInt(0n, 2n ** 64n - 1n),
      (a, b, c, d, e) => {
        const bytes = new ByteWriter(1).u8(a).u16(b).u24(c).u32(d).u32(Number(e >> 32n)).u32(Number(e & 0xffffffffn))
          .u16Le(b).u32Le(d).u64Le(e).u48(d * 16).take();
        const r = new ByteReader(bytes);
        assertEquals([r.u8(), r.u16(), r.u24(), r.u32(), r.u64(), r.u16Le(), r.u32Le(), r.u64Le(), r.u48()], [
          a,
          b,
          c,
          d,
          e,
          b,
          d,
          e,
          d * 16,
        ]);
        r.done();
      },
    ),
  );
});

Deno.test("ByteReader never leaves its bounds", () => {
  const child = new ByteReader(new Uint8Array(8)).child(3);
  child.u16();
  const error = assertThrows(() => child.u16(), FormatError);
  assertEquals(error.offset, 2);
  assertThrows(() => child.take(2), FormatError);
  assertThrows(() => child.skip(-1), FormatError);
  assertThrows(() => child.take(NaN), FormatError);
  assertEquals(child.peek(), 0);
  assertEquals(child.peek(1), undefined);
  assertThrows(() => child.done(), FormatError, "1 octets left");
});

Deno.test("FieldBuilder keeps what was read when a read throws", () => {
  const reader = new ByteReader(new Uint8Array([0x12, 0x34, 0x81]));
  const builder = new FieldBuilder(reader);
  assertThrows(() =>
    builder.group("Header", () => {
      builder.field("ID", (r) => r.u16(), (v) => `0x${v.toString(16)}`);
      builder.field("Flags", (r) => r.u8());
      assertEquals(builder.bits("QR", 1, 0, 1), 1);
      assertEquals(builder.bits("Low", 1, 4, 4), 1);
      builder.field("Count", (r) => r.u16());
    }), FormatError);
  const header = builder.current.children![0]!;
  assertEquals(header.length, 3);
  assertEquals(header.children!.map((f) => [f.name, f.offset, f.length]), [
    ["ID", 0, 2],
    ["Flags", 2, 1],
    ["QR", 2, 1],
    ["Low", 2, 1],
  ]);
  assertEquals(typeof header.error, "string");
});

Deno.test("hex() and parseHex() are inverse", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assertEquals([...parseHex(hex(bytes, " "))], [...bytes])));
  assertEquals([...parseHex("0x12:34 56-78")], [0x12, 0x34, 0x56, 0x78]);
  assertThrows(() => parseHex("1"), FormatError);
  assertThrows(() => parseHex("zz"), FormatError);
});

Deno.test("latin1() keeps every octet", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 10000 }),
      (bytes) => assertEquals([...latin1(latin1Text(bytes))], [...bytes]),
    ),
  );
});

Deno.test("indexOfBytes() finds the first occurrence", () => {
  const at = (text: string, needle: string) => indexOfBytes(latin1(text), latin1(needle));
  assertEquals([at("abcabc", "ca"), at("aaab", "aab"), at("abc", "x"), at("ab", "abc"), at("\r\n\r\n", "\r\n\r\n")], [
    2,
    1,
    -1,
    -1,
    0,
  ]);
});

Deno.test("equalBytes() and equalInConstantTime() compare content and length", () => {
  const texts = ["", "\0", "a", "b", "abc", "xbc", "abd", "ab", "aba", "ababab"];
  for (const equal of [equalBytes, equalInConstantTime]) {
    for (const a of texts) {
      for (const b of texts) assertEquals(equal(latin1(a), latin1(b)), a === b, `${a} ${b}`);
    }
  }
});

Deno.test("parseHostPort() reads names, IPv4, addresses in brackets", () => {
  assertEquals(parseHostPort("host:80"), { host: "host", port: 80 });
  assertEquals(parseHostPort("[::1]:53"), { host: "::1", port: 53 });
  assertEquals(parseHostPort("[127.0.0.1]:53"), { host: "127.0.0.1", port: 53 });
  assertEquals(parseHostPort("::1", 53), { host: "::1", port: 53 });
  assertEquals(parseHostPort(":53"), { host: "", port: 53 });
  assertEquals(formatHostPort({ host: "::1", port: 53 }), "[::1]:53");
  assertEquals(formatHostPort({ host: "host", port: 53 }), "host:53");
  for (const bad of ["host", "host:", "host:65536", "::1:53", "[x]:1", "h:+1"]) {
    assertThrows(() => parseHostPort(bad), FormatError, undefined, bad);
  }
});

Deno.test("parseDuration() reads seconds and units", () => {
  assertEquals(["2", "0.5", ".5", "500ms", "2s", "1m", "1m30s", "1h"].map(parseDuration), [
    2000,
    500,
    500,
    500,
    2000,
    60000,
    90000,
    3600000,
  ]);
  for (const bad of ["", "abc", "1x", "-1", "1s2"]) assertThrows(() => parseDuration(bad), FormatError);
  assertEquals([0.5, 1, 12, 1000, 3204, 60_000, 125_000, 3_599_400, 3_600_000, 5_470_000].map(formatDuration), [
    ...["500us", "1ms", "12ms", "1.000s", "3.204s", "1m00s", "2m05s", "59m59s", "1h00m", "1h31m"],
  ]);
  assertEquals([0.9994, 0.9996, 999.4, 999.7, 59_999.4, 59_999.7].map(formatDuration), [
    ...["999us", "1ms", "999ms", "1.000s", "59.999s", "1m00s"],
  ]);
});

Deno.test("secondsText() names the units of which there are some", () => {
  assertEquals([0, 1, 3660, 694_861].map(secondsText), [
    "0 seconds",
    "1 second",
    "1 hour 1 minute",
    "1 week 1 day 1 hour 1 minute 1 second",
  ]);
});

Deno.test("parseSize() reads octets and binary units", () => {
  assertEquals(["8192", "0x10", "64k", "1MiB", "1g"].map(parseSize), [8192, 16, 65536, 1048576, 1073741824]);
  assertThrows(() => parseSize("1.5k"), FormatError);
});

Deno.test("nearest() suggests the likely word and nothing far off", () => {
  const words = ["reuseaddr", "reuseport", "fork", "bind"];
  assertEquals([nearest("reusaddr", words), nearest("frok", words), nearest("zzzzzz", words)], [
    "reuseaddr",
    "fork",
    undefined,
  ]);
});

Deno.test("printable() lets no control character through", () => {
  assertEquals(printable("a\x1b[31m\n\x9b"), "a\\x1b[31m\\x0a\\x9b");
  assertEquals(printable("a\n\tb", true), "a\n\tb");
});

Deno.test("errorText() and errorChain() say each thing once", () => {
  const error = new Error("Cannot listen: Address in use", { cause: new Error("Address in use (os error 98)") });
  assertEquals(errorText(error.cause), "Address in use");
  assertEquals(errorChain(error), ["Cannot listen: Address in use"]);
});

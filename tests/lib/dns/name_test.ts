import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../lib/base/errors.ts";
import { ByteReader } from "../../../lib/base/reader.ts";
import { ByteWriter } from "../../../lib/base/writer.ts";
import { DnsFormatError } from "../../../lib/dns/errors.ts";
import { DnsName, NameCompressor, parseName, readName, skipName, writeName } from "../../../lib/dns/name.ts";

const names = fc.array(fc.uint8Array({ minLength: 1, maxLength: 30 }), { maxLength: 7 })
  .map((labels) => DnsName.fromLabels(labels));

const reason = (body: () => unknown) => {
  const error = assertThrows(body);
  assert(error instanceof DnsFormatError, String(error));
  return error.reason;
};

Deno.test("a name's text is read back to the same octets", () => {
  fc.assert(fc.property(names, (name) => {
    assertEquals(parseName(name.toString()).wire, name.wire);
    assert(!/[^!-~]/.test(name.toString()));
  }));
});

Deno.test("names that a compressor wrote are read back, case and all", () => {
  fc.assert(fc.property(fc.array(names, { maxLength: 12 }), (list) => {
    const writer = new ByteWriter(), compressor = new NameCompressor();
    for (const name of list) writeName(writer, name, compressor);
    const reader = new ByteReader(writer.take());
    for (const name of list) assertEquals(readName(reader).wire, name.wire);
    reader.done();
  }));
});

Deno.test("a dot inside a label is not a dot between labels", () => {
  assertEquals(parseName("a\\.b.").labels.length, 1);
  assertEquals(parseName("a.b.").labels.length, 2);
  assertEquals(String(parseName("a\\.b\\032c\\000.")), "a\\.b\\032c\\000.");
  assertEquals(String(parseName('\\@\\$\\(\\)\\;\\"\\\\.')), '\\@\\$\\(\\)\\;\\"\\\\.');
});

Deno.test("parseName() takes origins and refuses what is no name", () => {
  const origin = parseName("example.test.");
  assertEquals(String(parseName("www", origin)), "www.example.test.");
  assertEquals(String(parseName("www.", origin)), "www.");
  assertEquals(String(parseName("@", origin)), "example.test.");
  assertEquals(String(parseName(".")), ".");
  assertEquals(reason(() => parseName("a..b")), "empty label");
  assertEquals(reason(() => parseName(".a")), "empty label");
  assertEquals(reason(() => parseName("")), "unexpected end of input");
  assertEquals(reason(() => parseName("a\\")), "unexpected end of input");
  assertEquals(reason(() => parseName("a\\25")), "unexpected end of input");
  assertEquals(reason(() => parseName("a\\25b")), "bad escape");
  assertEquals(reason(() => parseName("a\\256")), "bad escape");
  assertEquals(reason(() => parseName("\u0416")), "bad escape");
  assertEquals(reason(() => parseName("a".repeat(64))), "label too long");
  assertEquals(reason(() => parseName("a.".repeat(128))), "name too long");
  assertEquals(parseName("a.".repeat(127)).wire.length, 255);
});

Deno.test("readName() follows pointers backwards only", () => {
  const at = (bytes: number[], offset: number) => {
    const reader = new ByteReader(Uint8Array.from(bytes));
    reader.offset = offset;
    return reader;
  };
  const reader = at([1, 97, 0, 1, 98, 0xc0, 0, 9], 3);
  assertEquals(String(readName(reader)), "b.a.");
  assertEquals(reader.offset, 7);
  assertEquals(reason(() => readName(at([0xc0, 0], 0))), "bad compression pointer");
  assertEquals(reason(() => readName(at([1, 97, 0xc0, 0], 0))), "bad compression pointer");
  assertEquals(reason(() => readName(at([0xc0, 2, 0xc0, 0], 2))), "bad compression pointer");
  assertEquals(reason(() => readName(at([1, 97, 0, 0xc0, 4], 3))), "bad compression pointer");
  assertEquals(reason(() => readName(at([0xc0], 0))), "unexpected end of input");
  assertEquals(reason(() => readName(at([5, 97], 0))), "unexpected end of input");
  assertEquals(reason(() => readName(at([0x40], 0))), "bad label type");
  assertEquals(reason(() => readName(at([0x80], 0))), "bad label type");
  assertEquals(reason(() => readName(at([1, 97, 0, 0xc0, 0], 3), false)), "disallowed (by application policy)");
});

Deno.test("a name in data ends before the data does, wherever its pointers lead", () => {
  // A label of two octets at 0, behind which the root stands: inside the octets, but not inside the data.
  const bytes = Uint8Array.of(2, 0xc0, 0, 0);
  assertEquals(readName(new ByteReader(bytes, 1, 4)).toString(), "\\192\\000.");
  assertThrows(() => readName(new ByteReader(bytes, 1, 3)), FormatError, "past the end");
});

Deno.test("readName() and skipName() agree on any octets", () => {
  const octets = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 3, 0xc0, 0xc1, 0x3f), fc.nat(255)), { maxLength: 80 });
  const outcome = (read: (reader: ByteReader) => unknown, bytes: Uint8Array, offset: number) => {
    const reader = new ByteReader(bytes);
    reader.offset = offset;
    try {
      read(reader);
      return reader.offset;
    } catch (error) {
      assert(error instanceof FormatError && error.offset <= bytes.length, String(error));
      return error.message;
    }
  };
  fc.assert(
    fc.property(octets, fc.nat(40), (list, start) => {
      const bytes = Uint8Array.from(list), offset = Math.min(start, bytes.length);
      assertEquals(outcome(readName, bytes, offset), outcome(skipName, bytes, offset));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a chain of more pointers than a name can need is refused", () => {
  // Each pointer points to the one before, the first to a root.
  const bytes = new Uint8Array(16384);
  for (let at = 2; at < bytes.length - 1; at += 2) {
    bytes[at] = 0xc0 | ((at - 2) >> 8);
    bytes[at + 1] = (at - 2) & 0xff;
  }
  const reader = new ByteReader(bytes);
  reader.offset = 255 * 2;
  assertEquals(String(readName(reader)), ".");
  assertEquals(reason(() => readName(reader)), "bad compression pointer");
});

Deno.test("names compare without case and know what they are under", () => {
  const name = parseName("WWW.Example.TEST.");
  assert(name.equals(parseName("www.example.test.")));
  assert(name.isUnder(parseName("example.test.")));
  assert(name.isUnder(DnsName.root));
  assert(!name.isUnder(parseName("ample.test.")));
  assert(!parseName("test.").isUnder(name));
});

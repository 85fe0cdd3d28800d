// snoop files: read, cut short, of kinds that nobody knows.
import { assertEquals, assertMatch } from "@std/assert";
import { concat, utf8 } from "../../../../lib/base/bytes.ts";
import { ByteWriter } from "../../../../lib/base/writer.ts";
import { readAll } from "../../../helpers/capture.ts";

function head(version: number, kind: number): Uint8Array {
  return new ByteWriter().bytes(utf8("snoop\0\0\0")).u32(version).u32(kind).take();
}

/** A record with what fills it up. */
function record(packet: Uint8Array, length: number, seconds: number, micros: number): Uint8Array {
  const fill = -packet.length & 3;
  return new ByteWriter().u32(length).u32(packet.length).u32(24 + packet.length + fill).u32(0).u32(seconds).u32(micros)
    .bytes(packet).bytes(new Uint8Array(fill)).take();
}

Deno.test("CaptureReader reads snoop files", () => {
  const file = concat([head(2, 4), record(utf8("abcde"), 99, 1_700_000_000, 123_456), record(utf8("z"), 1, 5, 7)]);
  const { packets, damage, reader } = readAll(file);
  assertEquals([damage, reader.format], [undefined, "snoop"]);
  assertEquals(packets.map(({ seconds, nanos, caplen, length, link }) => [seconds, nanos, caplen, length, link]), [
    [1_700_000_000, 123_456_000, 5, 99, 1],
    [5, 7000, 1, 1, 1],
  ]);
});

Deno.test("CaptureReader gives what stands before damage in a snoop file", () => {
  const whole = concat([head(2, 8), record(utf8("abcd"), 4, 1, 0), record(utf8("efgh"), 4, 2, 0)]);
  const cut = readAll(whole.subarray(0, whole.length - 3));
  assertEquals(cut.packets.map(({ link }) => link), [10]);
  assertEquals([cut.damage?.message, cut.damage?.offset], ["it ends inside a packet", 44]);
  assertMatch(readAll(head(3, 4)).damage!.message, /snoop version 3 is not known/);
  assertMatch(readAll(head(2, 9)).damage!.message, /snoop link type 9 is not known/);
  const long = record(utf8("abcd"), 4, 1, 0);
  long[8] = 255;
  assertMatch(readAll(concat([head(2, 4), long])).damage!.message, /cannot be/);
});

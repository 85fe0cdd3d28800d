// ERF files: read, told from what is none, cut short.
import { assertEquals, assertMatch } from "@std/assert";
import { concat } from "../../../../lib/base/bytes.ts";
import { ByteWriter } from "../../../../lib/base/writer.ts";
import { readAll } from "../../../helpers/capture.ts";

/** A record: octets before the packet are what its type has there. */
function record(type: number, seconds: number, fraction: number, body: readonly number[], wire: number): Uint8Array {
  return new ByteWriter().u32Le(fraction).u32Le(seconds).u8(type).u8(4).u16(16 + body.length).u16(0).u16(wire)
    .bytes(new Uint8Array(body)).take();
}

const T = 1_700_000_000;
const ETHERNET = record(2, T, 0x8000_0000, [0, 0, 1, 2, 3, 4], 99);

Deno.test("CaptureReader reads ERF: types, extension headers, padding", () => {
  const file = concat([
    ETHERNET,
    record(0x80 | 11, T + 1, 0xffff_ffff, [0x85, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8], 2),
    record(48, 0, 0, [0, 0, 0, 0], 0),
    record(27, T, 0, [1, 2, 3, 4], 4),
    record(22, T + 3, 0, [0x45, 9], 1),
    record(5, T + 4, 1, [0, 0, 0, 1, 0xff, 3], 6),
  ]);
  for (const step of [1, 7, 1000]) {
    const { packets, damage, reader } = readAll(file, { step });
    assertEquals([damage, reader.format, reader.nanosecond], [undefined, "ERF", true]);
    assertEquals(
      packets.map(({ seconds, nanos, link, length, bytes }) => [seconds - T, nanos, link, length, [...bytes]]),
      [
        [0, 500_000_000, 1, 99, [1, 2, 3, 4]],
        [2, 0, 1, 2, [7, 8]],
        [3, 0, 228, 1, [0x45]],
        [4, 0, 50, 6, [0xff, 3]],
      ],
    );
  }
});

Deno.test("CaptureReader takes nothing for ERF whose records do not fit, and gives what stands before damage", () => {
  const none = /^it is no capture file/;
  assertMatch(readAll(ETHERNET.subarray(0, 20)).damage!.message, none);
  assertEquals(readAll(ETHERNET).packets.length, 1);
  for (const [at, octet] of [[8, 0], [8, 28], [8, 47], [10, 1], [7, 0], [14, 1]] as const) {
    const wrong = ETHERNET.slice();
    wrong[at] = octet;
    if (at === 14) wrong.fill(0, 14, 16);
    assertMatch(readAll(concat([wrong, ETHERNET, ETHERNET])).damage!.message, none, `${octet} at ${at}`);
  }
  assertMatch(readAll(concat([ETHERNET, record(2, T + 31 * 86_400, 0, [0, 0, 1], 1)])).damage!.message, none);
  const cut = readAll(concat([ETHERNET, ETHERNET, ETHERNET, ETHERNET.subarray(0, 21)]));
  assertEquals([cut.packets.length, cut.damage?.message], [3, "it ends inside a packet"]);
  const short = readAll(concat([ETHERNET, ETHERNET, ETHERNET, record(2, T, 0, [0], 1)]));
  assertEquals([short.packets.length, short.damage?.message], [3, "a record of 17 octets cannot be"]);
});

// Files of Microsoft's Network Monitor: both versions, what stands behind frames, damage, other formats by their names.
import { assertEquals, assertMatch } from "@std/assert";
import { concat, latin1, utf8 } from "../../../../lib/base/bytes.ts";
import { ByteWriter } from "../../../../lib/base/writer.ts";
import { readAll } from "../../../helpers/capture.ts";

/** A file whose frames begin at 128, begun on 2 November 2023 at 14:22:13.250 by the clock here. */
function file(
  magic: string,
  [major, minor]: readonly [number, number],
  frames: readonly Uint8Array[],
  type = 1,
): Uint8Array {
  const end = 128 + frames.reduce((sum, frame) => sum + frame.length, 0);
  const head = new ByteWriter().bytes(utf8(magic)).u8(minor).u8(major).u16Le(type);
  for (const part of [2023, 11, 4, 2, 14, 22, 13, 250]) head.u16Le(part);
  head.u32Le(end).u32Le(frames.length * 4).bytes(new Uint8Array(96));
  const table = new ByteWriter();
  for (const _ of frames) table.u32Le(128);
  return concat([head.take(), ...frames, table.take()]);
}

const BEGAN = new Date(2023, 10, 2, 14, 22, 13).getTime() / 1000;
const old = (ms: number, packet: readonly number[], length: number) =>
  new ByteWriter().u32Le(ms).u16Le(length).u16Le(packet.length).bytes(new Uint8Array(packet)).take();
const frame = (micros: bigint, packet: readonly number[], behind: Uint8Array = new Uint8Array(0)) =>
  new ByteWriter().u64Le(micros).u32Le(packet.length).u32Le(packet.length).bytes(new Uint8Array(packet)).bytes(behind)
    .take();

const seen = (bytes: Uint8Array, step = 1000) => {
  const { packets, damage, reader } = readAll(bytes, { step });
  assertEquals([damage, reader.format], [undefined, "Network Monitor"]);
  return packets.map((one) => [one.seconds, one.nanos, one.link, one.length, [...one.bytes]]);
};

Deno.test("CaptureReader reads Network Monitor's files of version 1 and 2.0, to the table behind the frames", () => {
  for (const step of [1, 50, 1000]) {
    assertEquals(seen(file("RTSS", [1, 1], [old(0, [1, 2], 9), old(1800, [3], 1)]), step), [
      [BEGAN, 250_000_000, 1, 9, [1, 2]],
      [BEGAN + 2, 50_000_000, 1, 1, [3]],
    ]);
  }
  assertEquals(seen(file("GMBU", [2, 0], [frame(5_000_000_001n, [1, 2]), frame(0x1_0000_0000n, [3])], 2)), [
    [BEGAN + 5000, 250_001_000, 6, 2, [1, 2]],
    [BEGAN + 4295, 217_296_000, 6, 1, [3]],
  ]);
});

Deno.test("CaptureReader passes over Network Monitor's frames that are no packets, and takes their own time from 2.3 on", () => {
  const behind = (type: number, size: number) => new ByteWriter().u16Le(type).bytes(new Uint8Array(size - 2)).take();
  for (const [minor, size] of [[1, 2], [2, 6]] as const) {
    const frames = [1, 0xfffd, 0xe069].map((type, i) => frame(BigInt(i), [i], behind(type, size)));
    assertEquals(seen(file("GMBU", [2, minor], frames)), [
      [BEGAN, 250_000_000, 1, 1, [0]],
      [BEGAN, 250_002_000, 105, 1, [2]],
    ]);
  }
  const time = new ByteWriter().u16Le(3).u32Le(0).u64Le((1_700_000_000n + 11_644_473_600n) * 10_000_000n + 1_234_567n)
    .u8(0).take();
  assertEquals(seen(file("GMBU", [2, 3], [frame(0n, [7], time)])), [[1_700_000_000, 123_456_700, 10, 1, [7]]]);
});

Deno.test("CaptureReader says what is wrong with a file of Network Monitor", () => {
  const damage = (bytes: Uint8Array) => readAll(bytes).damage?.message;
  assertEquals(damage(file("GMBU", [3, 0], [])), "Network Monitor version 3.0 is not known");
  assertEquals(damage(file("GMBU", [2, 0], [], 4)), "Network Monitor's type 4 is not known");
  const whole = file("GMBU", [2, 0], [frame(0n, [1, 2, 3])]);
  assertEquals(damage(whole.subarray(0, 146)), "it ends inside a packet");
  whole[128 + 14] = 0xff;
  assertMatch(damage(whole)!, /^a frame of \d+ octets cannot be$/);
});

Deno.test("CaptureReader names formats that it does not read, and what converts them", () => {
  for (
    const [first, name] of [["iptrace 2.0", "AIX iptrace"], ["btsnoop\0\0\0\0\x01", "btsnoop (Bluetooth)"], [
      "\x05VNF",
      "Visual Networks",
    ]]
  ) {
    assertEquals(
      readAll(concat([latin1(first!), new Uint8Array(40)])).damage?.message,
      `it is a capture in the format of ${name}, which is not read: editcap FILE out.pcapng converts it`,
    );
  }
});

// Names and counts in pcapng files, made by hand.
import { assertEquals } from "@std/assert";
import { concat, utf8 } from "../../../../lib/base/bytes.ts";
import { ByteWriter } from "../../../../lib/base/writer.ts";
import type { CaptureBlock } from "../../../../lib/capture/file/pcapng.ts";
import { HostNames, interfaceCounts } from "../../../../lib/capture/file/pcapng_blocks.ts";
import { statisticsBlock } from "../../../../lib/capture/file/pcapng_write.ts";

function block(type: number, body: Uint8Array): CaptureBlock {
  const length = body.length + 12;
  const bytes = new ByteWriter().u32(type).u32(length).bytes(body).u32(length).take();
  return { type, bytes, littleEndian: false };
}

/** A record of a name, filled up. */
function record(kind: number, address: readonly number[], ...names: string[]): Uint8Array {
  const value = concat([Uint8Array.from(address), ...names.map((name) => utf8(`${name}\0`))]);
  return new ByteWriter().u16(kind).u16(value.length).bytes(value).bytes(new Uint8Array(-value.length & 3)).take();
}

Deno.test("HostNames knows the names that a file brings, and passes over what is cut or no name", () => {
  const names = new HostNames();
  const six = [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 7];
  names.add(block(
    4,
    concat([
      record(1, [192, 0, 2, 1], "web.example", "second.example"),
      record(9, [1, 2, 3], "x"),
      record(2, six, "six.example"),
      record(1, [192, 0, 2, 9]),
      new Uint8Array(4),
      record(1, [192, 0, 2, 2], "after the end"),
    ]),
  ));
  assertEquals(names.of("192.0.2.1"), "web.example");
  assertEquals(names.of("2001:db8::7"), "six.example");
  assertEquals([names.of("192.0.2.9"), names.of("192.0.2.2"), names.of(undefined)], [undefined, undefined, undefined]);
  // The other byte order.
  const own = block(4, Uint8Array.of(1, 0, 6, 0, 192, 0, 2, 5, 111, 0, 0, 0, 2, 0, 18, 0, ...six, 98, 0, 0, 0));
  names.add({ ...own, littleEndian: true });
  assertEquals([names.of("192.0.2.5"), names.of("2001:db8::7"), names.size], ["o", "b", 3]);
  names.add(block(4, Uint8Array.of(0, 1, 0, 99, 192, 0, 2, 3)));
  names.add(block(4, Uint8Array.of(0, 1, 0, 2, 192, 0, 0, 0)));
  names.add(block(5, record(1, [192, 0, 2, 4], "of another block")));
  assertEquals(names.of("192.0.2.4"), undefined);
});

Deno.test("interfaceCounts() reads what a capture counted", () => {
  const bytes = statisticsBlock(3, 1, 0, { received: 12, dropped: 4 });
  assertEquals(interfaceCounts({ type: 5, bytes, littleEndian: true }), { id: 3, received: 12, dropped: 4 });
  const odd = [...new Array(12).fill(0), 0, 4, 0, 4, 0, 0, 0, 1, 0, 9, 0, 8, ...new Array(8).fill(1)];
  assertEquals(interfaceCounts(block(5, Uint8Array.from(odd))), undefined);
  assertEquals(interfaceCounts(block(5, Uint8Array.from([...odd, 0, 7, 0, 8, ...new Array(7).fill(0), 9]))), {
    id: 0,
    systemDropped: 9,
  });
  assertEquals(interfaceCounts(block(5, new Uint8Array(12))), undefined);
  assertEquals(interfaceCounts(block(5, new Uint8Array(2))), undefined);
  assertEquals(interfaceCounts(block(4, new Uint8Array(40))), undefined);
});

import { assert, assertEquals } from "@std/assert";
import { ReadBuffer } from "../../../lib/stream/read_buffer.ts";

const KIB = 1024;

/** Sizes of the buffer before each read and after the last, for reads that fill it so far. */
function sizes(buffer: ReadBuffer, reads: readonly ("all" | number)[]): number[] {
  return [buffer.bytes.length / KIB].concat(reads.map((read) => {
    buffer.fit(read === "all" ? buffer.bytes.length : read);
    return buffer.bytes.length / KIB;
  }));
}

Deno.test("ReadBuffer grows while reads fill it, up to 1 MiB", () => {
  assertEquals(sizes(new ReadBuffer(), ["all", "all", "all", "all", "all"]), [2, 16, 64, 256, 1024, 1024]);
  assertEquals(sizes(new ReadBuffer(), [2047, 1, "all", 16 * KIB - 1]), [2, 2, 2, 16, 16]);
});

Deno.test("ReadBuffer shrinks after 64 reads in a row that fill less than an eighth", () => {
  const buffer = new ReadBuffer();
  const little = Array.from({ length: 63 }, () => 2 * KIB - 1);
  sizes(buffer, ["all", ...little]);
  assertEquals(buffer.bytes.length, 16 * KIB);
  sizes(buffer, [2 * KIB, ...little]);
  assertEquals(buffer.bytes.length, 16 * KIB, "one that fills more begins the row anew");
  sizes(buffer, [2 * KIB - 1]);
  assertEquals(buffer.bytes.length, 2 * KIB);
});

Deno.test("ReadBuffer of a size keeps it", () => {
  assertEquals(sizes(new ReadBuffer(5 * KIB), ["all", "all", 0]), [5, 5, 5, 5]);
});

Deno.test("ReadBuffer left behind is the next one's", () => {
  const first = new ReadBuffer(), { bytes } = first;
  first.leave();
  assert(new ReadBuffer().bytes === bytes);
  const grown = new ReadBuffer();
  grown.fit(grown.bytes.length);
  grown.leave();
  assertEquals(new ReadBuffer().bytes.length, 2 * KIB);
});

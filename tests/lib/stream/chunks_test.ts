import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import { Chunks } from "../../../lib/stream/chunks.ts";

Deno.test("Chunks: what goes in comes out, in order, whatever the sizes", () => {
  const sizes = fc.array(fc.record({ add: fc.nat(5), take: fc.integer({ min: 1, max: 4 }) }), { maxLength: 400 });
  fc.assert(fc.property(sizes, (steps) => {
    const chunks = new Chunks();
    const put: Uint8Array[] = [], got: Uint8Array[] = [];
    let octet = 0;
    const take = (size: number) => {
      const view = new Uint8Array(size);
      got.push(view.subarray(0, chunks.take(view)));
    };
    for (const { add, take: size } of steps) {
      const chunk = Uint8Array.from({ length: add + 1 }, () => octet++);
      put.push(chunk);
      chunks.add(chunk);
      if (size % 2 === 0) take(size);
    }
    while (chunks.count > 0) take(3);
    assertEquals(concat(got), concat(put));
    assertEquals(chunks.size, 0);
  }));
});

Deno.test("Chunks.take() leaves out the rest of a chunk that is taken whole", () => {
  const chunks = new Chunks();
  chunks.add(Uint8Array.of(1, 2, 3));
  chunks.add(Uint8Array.of(4));
  const view = new Uint8Array(2);
  assertEquals([chunks.take(view, true), [...view]], [2, [1, 2]]);
  assertEquals([chunks.take(view, true), view[0], chunks.count, chunks.size], [1, 4, 0, 0]);
});

Deno.test("Chunks: a limit bounds single octets, too, and taking one does not move the others", () => {
  const chunks = new Chunks();
  const octets = Array.from({ length: 256 }, (_, i) => Uint8Array.of(i));
  while (chunks.size < 64 * 1024) chunks.add(octets[chunks.count % 256]!);
  assert(chunks.count < 300);
  while (chunks.count < 300_000) chunks.add(octets[chunks.count % 256]!);
  const view = new Uint8Array(1);
  // An array's shift takes minutes here.
  for (let i = 0; i < 300_000; i++) {
    chunks.take(view);
    if (view[0] !== i % 256) assertEquals(view[0], i % 256);
  }
  assertEquals([chunks.count, chunks.size], [0, 0]);
});

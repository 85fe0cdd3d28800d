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
  const octet = Uint8Array.of(7);
  while (chunks.size < 64 * 1024) chunks.add(octet);
  assert(chunks.count < 300);
  for (let i = 0; i < 300_000; i++) chunks.add(octet);
  const view = new Uint8Array(1);
  // An array's shift takes minutes here.
  while (chunks.count > 0) assertEquals(chunks.take(view), 1);
});

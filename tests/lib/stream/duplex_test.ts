import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Duplex, PassThrough } from "node:stream";
import { concat } from "../../../lib/base/bytes.ts";
import { DuplexStream, type NodeDuplex } from "../../../lib/stream/duplex.ts";

/** A stream over a duplex, and what comes out of that and goes in on the other side. */
function over(): { stream: DuplexStream; said: PassThrough; heard: PassThrough; duplex: Duplex } {
  const said = new PassThrough(), heard = new PassThrough();
  const duplex = Duplex.from({ readable: said, writable: heard });
  return { stream: new DuplexStream(duplex as unknown as NodeDuplex, { label: "test" }), said, heard, duplex };
}

async function all(stream: DuplexStream, size: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const view = new Uint8Array(size), count = await stream.read(view);
    if (count === null) return concat(parts);
    parts.push(view.subarray(0, count));
  }
}

Deno.test("DuplexStream gives all that was said, however it is cut, and then the end; writing goes on", async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 30 }), async (chunks, size) => {
      const { stream, said, heard } = over();
      const reading = all(stream, size);
      for (const chunk of chunks) {
        said.write(chunk);
        await new Promise((resolve) => setImmediate(resolve));
      }
      said.end();
      assertEquals(await reading, concat(chunks));
      await stream.write(Uint8Array.of(1, 2));
      assertEquals([...heard.read()], [1, 2]);
      await stream.closeWrite();
      await stream.closeWrite();
      assert(heard.writableEnded);
      await stream.close();
    }),
    { numRuns: 30 },
  );
});

Deno.test("DuplexStream that fails tells who reads and who writes; one that is closed has ended", async () => {
  const broken = over();
  const reading = assertRejects(() => broken.stream.read(new Uint8Array(1)), Error, "boom");
  broken.duplex.destroy(new Error("boom"));
  await reading;
  await assertRejects(() => broken.stream.write(Uint8Array.of(1)), Error, "boom");
  await broken.stream.closeWrite();
  const { stream } = over();
  const ended = stream.read(new Uint8Array(1));
  await stream.close();
  assertEquals([await ended, await stream.read(new Uint8Array(1))], [null, null]);
});

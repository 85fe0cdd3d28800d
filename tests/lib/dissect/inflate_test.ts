// Deflate beside the runtime's own compressor; bounded and silent on damage.
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeContent, inflateRaw } from "../../../lib/dissect/inflate.ts";

async function compress(bytes: Uint8Array<ArrayBuffer>, format: CompressionFormat): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("decodeContent() undoes gzip and deflate", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.nat(40), async (bytes, repeat) => {
      const data = new Uint8Array(bytes.length * (repeat + 1));
      for (let i = 0; i <= repeat; i++) data.set(bytes, i * bytes.length);
      for (const [coding, format] of [["gzip", "gzip"], ["deflate", "deflate"], ["deflate", "deflate-raw"]] as const) {
        // Raw data may look like zlib's header by chance.
        const packed = await compress(data, format);
        const out = format === "deflate-raw" ? inflateRaw(packed, 1 << 20) : decodeContent(coding, packed, 1 << 20);
        assertEquals(out, { bytes: data, complete: true });
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("decodeContent() stops at its limit and at damage", async () => {
  const bomb = await compress(new Uint8Array(5_000_000), "gzip");
  const out = decodeContent("gzip", bomb, 1000)!;
  assertEquals([out.bytes.length, out.complete], [1000, false]);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert(inflateRaw(bytes, 5000).bytes.length <= 5000);
  }));
  assertEquals(decodeContent("br", bomb, 10), undefined);
  assertEquals(decodeContent("gzip", new Uint8Array(5), 10), undefined);
});

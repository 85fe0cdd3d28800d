// Content codings beside the runtime's own compressors; bounded and silent on damage.
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import zlib from "node:zlib";
import { parseHex } from "../../../../lib/base/hex.ts";
import { decodeContent, inflatePart } from "../../../../lib/dissect/coding/coding.ts";

const PACKERS: readonly (readonly [coding: string, pack: (data: Uint8Array) => Uint8Array])[] = [
  ["gzip", zlib.gzipSync],
  ["x-gzip", zlib.gzipSync],
  ["deflate", zlib.deflateSync],
  ["br", zlib.brotliCompressSync],
  ["zstd", zlib.zstdCompressSync],
];

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const data = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) data.set(bytes, i * bytes.length);
  return data;
}

Deno.test("decodeContent() undoes every coding", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 40 }), (bytes, times) => {
      const data = repeated(bytes, times);
      for (const [coding, pack] of PACKERS) {
        const { bytes: out, complete } = decodeContent(coding, pack(data), 1 << 20)!;
        assertEquals([Uint8Array.from(out), complete], [data, true], coding);
      }
    }),
    { numRuns: 40 },
  );
  const bare = zlib.deflateRawSync(new TextEncoder().encode("without a wrapper"));
  assertEquals(new TextDecoder().decode(decodeContent("deflate", bare, 100)!.bytes), "without a wrapper");
  assertEquals(decodeContent("compress", bare, 100), undefined);
  assertEquals(decodeContent("toString", bare, 100), undefined);
});

Deno.test("decodeContent() gives what stands before a cut, damage or its limit", () => {
  const data = crypto.getRandomValues(new Uint8Array(50_000));
  for (const [coding, pack] of PACKERS) {
    const packed = Uint8Array.from(pack(data));
    const cut = decodeContent(coding, packed.subarray(0, 30_000), 1 << 20)!;
    // The runtime does not tell a cut of the last two.
    assertEquals(cut.complete, coding === "br" || coding === "zstd", coding);
    assertEquals(Uint8Array.from(cut.bytes), data.slice(0, cut.bytes.length), coding);
    // Zstandard is decoded a block of 128 KiB at a time.
    if (coding !== "zstd") assert(cut.bytes.length > 25_000, `${coding}: ${cut.bytes.length}`);
    const over = decodeContent(coding, packed, 1000)!;
    assert(over.bytes.length <= 1000 && !over.complete, coding);
    const bomb = decodeContent(coding, pack(new Uint8Array(5_000_000)), 1000)!;
    assert(bomb.bytes.length <= 1000 && !bomb.complete, coding);
  }
  const bomb = decodeContent("gzip", zlib.gzipSync(new Uint8Array(5_000_000)), 1000)!;
  assertEquals(bomb.bytes.length, 1000);
  const text = new TextEncoder().encode("0123456789".repeat(500));
  const damaged = Uint8Array.from(zlib.gzipSync(text));
  damaged[damaged.length - 6]! ^= 0xff;
  assertEquals(decodeContent("gzip", damaged, 1 << 20), { bytes: text, complete: false });
});

Deno.test("decodeContent() takes any octets, within its limit", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...PACKERS), (bytes, [coding, pack]) => {
    assert(decodeContent(coding, bytes, 5000)!.bytes.length <= 5000);
    const packed = Uint8Array.from(pack(repeated(bytes, 20)));
    if (packed.length > 4) packed[packed.length >> 1]! ^= 0x55;
    assert(decodeContent(coding, packed, 500)!.bytes.length <= 500);
  }));
});

Deno.test("inflatePart() goes on where the part before ended", () => {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const none = new Uint8Array(0);
  // One deflate stream of zlib, flushed after each of two texts.
  const first = parseHex("2ac94855284ecc4d5528cf2f4a29d65100000000ffff"),
    second = parseHex("2a41e12b24a62766e601000000ffff");
  const window = inflatePart(first, 1000, none);
  assertEquals(text(window), "the same words, ");
  assertEquals(text(inflatePart(second, 1000, window)), "the same words again");
  assertEquals(text(inflatePart(second, 5, window)), "the s");
  assert(text(inflatePart(second, 1000, none)) !== "the same words again", "the second part refers to the first");
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => inflatePart(bytes, 50, window).length <= 50));
});

Deno.test("decodeContent() gives nothing of what is longer than its limit where it is wanted whole", () => {
  const packed = zlib.gzipSync(new Uint8Array(1000));
  assertEquals(decodeContent("gzip", packed, 1000, true)?.complete, true);
  assertEquals(decodeContent("gzip", packed, 999, true), { bytes: new Uint8Array(0), complete: false, over: true });
  assertEquals(decodeContent("gzip", packed.subarray(0, -8), 1000, true)?.bytes.length, 1000);
});

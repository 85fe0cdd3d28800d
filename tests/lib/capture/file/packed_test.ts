// Packed captures: several frames one after the other, cut short, damaged, given in pieces of any length.
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { zstdCompressSync } from "node:zlib";
import { concat, latin1Text, utf8 } from "../../../../lib/base/bytes.ts";
import { Lz4 } from "../../../../lib/capture/file/lz4.ts";
import { lz4, type Unpacker, zstd } from "../../../../lib/capture/file/packed.ts";
import { ZstdFrames } from "../../../../lib/capture/file/zstd_frames.ts";

async function undone(unpacker: Unpacker, packed: Uint8Array, step: number): Promise<string> {
  const out: Uint8Array[] = [];
  try {
    for (let at = 0; at < packed.length; at += step) await unpacker.push(packed.slice(at, at + step), out);
    await unpacker.end(out);
    return latin1Text(concat(out));
  } finally {
    unpacker.close();
  }
}

/** A frame that is to be passed over. */
const SKIPPED = concat([Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0), utf8("abc")]);

Deno.test("zstd() goes on with the next frame, passes over what is to be passed over, and tells of a cut", async () => {
  const long = utf8("one of many lines\n".repeat(3000));
  const packed = concat([
    new Uint8Array(zstdCompressSync(utf8("first "))),
    SKIPPED,
    new Uint8Array(zstdCompressSync(long)),
  ]);
  for (const step of [1, 3, 7, 4096]) assertEquals(await undone(zstd(), packed, step), `first ${latin1Text(long)}`);
  for (const length of [2, 9, 14, packed.length - 1]) {
    await assertRejects(() => undone(zstd(), packed.subarray(0, length), 5), Error, "it ends inside a frame");
  }
  assertThrows(() => [...new ZstdFrames().cut(concat([SKIPPED, utf8("none of it")]))], Error, "no frame");
});

/** Of LZ4: version 1, blocks that hang together, of 64 KiB at most. */
const HEAD = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0);
const block = (...octets: number[]) => Uint8Array.of(octets.length & 255, octets.length >> 8, 0, 0, ...octets);
const END = new Uint8Array(4);

Deno.test("lz4() undoes literals and repetitions, in a block and of the one before, and blocks that are as they are", async () => {
  // "abcd", eight octets from four back, then "e"; "f", four octets from five back, the last five as they are.
  const first = block(0x44, 97, 98, 99, 100, 4, 0, 0x10, 101);
  const second = block(0x10, 102, 5, 0, 0x50, 49, 50, 51, 52, 53);
  const plain = concat([Uint8Array.of(2, 0, 0, 0x80), utf8("xy")]);
  // A run of one octet: 4 + 15 + 10 times.
  const run = block(0x1f, 122, 1, 0, 10, 0x10, 33);
  const packed = concat([HEAD, first, second, END, SKIPPED, HEAD, plain, run, END]);
  const text = "abcdabcdabcdefbcde12345xy" + "z".repeat(30) + "!";
  for (const step of [1, 5, 100]) assertEquals(await undone(lz4(), packed, step), text);
});

Deno.test("Lz4 refuses what is damaged, and never gives more than a block may hold", () => {
  const broken = (...parts: Uint8Array[]) => new Lz4().take(concat([HEAD, ...parts, END]), []);
  assertThrows(() => broken(block(0x44, 97, 98, 99, 100, 9, 0, 0)), Error, "what is not there");
  assertThrows(() => broken(block(0xf0, 255)), Error, "inside a number");
  assertThrows(() => broken(block(0x50, 97)), Error, "does not fit");
  assertThrows(() => broken(Uint8Array.of(0, 0, 9, 0)), Error, "too long");
  assertThrows(() => broken(block(0x1f, 122, 1, 0, ...new Array(300).fill(255), 0)), Error, "what is not there");
  assertThrows(() => new Lz4().take(utf8("no frame at all"), []), Error, "no frame");
});

Deno.test("lz4() tells of a cut at every octet", async () => {
  const packed = concat([HEAD, block(0x44, 97, 98, 99, 100, 4, 0, 0x10, 101), END]);
  for (let length = 1; length < packed.length; length++) {
    await assertRejects(() => undone(lz4(), packed.subarray(0, length), 100), Error, "it ends inside a frame");
  }
});

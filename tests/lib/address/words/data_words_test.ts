import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseData } from "../../../../lib/address/words/data_words.ts";
import { FormatError } from "../../../../lib/base/errors.ts";
import { hex } from "../../../../lib/base/hex.ts";

const little = (...octets: number[]) =>
  new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? octets : octets.reverse();

Deno.test("parseData() takes socat's words for octets", () => {
  for (
    const [text, octets] of [
      ["x007bx0000", [0, 0x7b, 0, 0]],
      ["i1", little(1, 0, 0, 0)],
      ["i-2", little(0xfe, 0xff, 0xff, 0xff)],
      ["7", little(7, 0, 0, 0)],
      ["s0x102 3", [...little(2, 1), ...little(3, 0)]],
      ["b1 B255", [1, 255]],
      ["b010", [8]],
      ["l1", little(1, 0, 0, 0, 0, 0, 0, 0)],
      ['"a\\n\\0b"', [97, 10, 0, 98]],
      ["'c'", [99]],
      ["", []],
      ["x", []],
    ] as const
  ) assertEquals([...parseData(text)], [...octets], text);
});

Deno.test("parseData() refuses what is no data, and numbers that do not fit", () => {
  for (const text of ["q", "x1g", '"open', "b256", "b-129", "s65536", "i1,2"]) {
    assertThrows(() => parseData(text), FormatError, undefined, text);
  }
});

Deno.test("parseData() gives octets or a FormatError for any text", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      parseData(text);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }));
});

Deno.test("parseData() reads back any octets as hex", () => {
  fc.assert(fc.property(fc.uint8Array(), (octets) => {
    assertEquals(parseData(`x${hex(octets)}`), Uint8Array.from(octets));
  }));
});

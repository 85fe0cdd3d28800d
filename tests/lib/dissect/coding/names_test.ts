import { assertEquals, assertThrows } from "@std/assert";
import { names } from "../../../../lib/dissect/coding/names.ts";

Deno.test("names() reads decimal and hexadecimal numbers, over lines, in any order", () => {
  assertEquals(
    names(`
    7 seven, in words; 0x10 sixteen:
    with more; 2 two
  `),
    { 2: "two", 7: "seven, in words", 16: "sixteen: with more" },
  );
});

Deno.test("names() refuses what is no entry, and a number twice", () => {
  for (const text of ["", "1 one;", "one 1", "1", "1 one; 0x01 again", "1.5 half"]) {
    assertThrows(() => names(text), TypeError, "is no entry of a registry");
  }
});

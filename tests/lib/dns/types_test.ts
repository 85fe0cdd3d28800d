import { assertEquals } from "@std/assert";
import {
  className,
  isKnownType,
  opcodeName,
  parseClass,
  parseType,
  rcodeMeaning,
  rcodeName,
  RCODES,
  registeredTypeName,
  typeName,
  TYPES,
} from "../../../lib/dns/types.ts";

Deno.test("mnemonics of types and classes are read and printed, numbers without one too", () => {
  for (const [number, name] of TYPES) {
    assertEquals([typeName(number), parseType(name.toLowerCase()), isKnownType(number)], [name, number, true]);
  }
  assertEquals([typeName(4711), parseType("type4711"), parseType("TYPE65536"), parseType("TYPE")], [
    "TYPE4711",
    4711,
    undefined,
    undefined,
  ]);
  assertEquals([className(1), className(3), className(4711)], ["IN", "CH", "CLASS4711"]);
  assertEquals([parseClass("chaos"), parseClass("CLASS255"), parseClass("X")], [3, 255, undefined]);
});

Deno.test("codes of responses and operations", () => {
  for (const [number, name, meaning] of RCODES) {
    assertEquals([rcodeName(number), rcodeMeaning(number)?.meaning], [name, meaning]);
  }
  assertEquals(rcodeName(4000), undefined);
  assertEquals([opcodeName(5), opcodeName(11)], ["UPDATE", "RESERVED11"]);
});

Deno.test("registeredTypeName() knows what dig 9.18 prints as a number", () => {
  assertEquals([128, 263, 264, 1, 4711].map(registeredTypeName), ["NXNAME", "CLA", "IPN", "A", "TYPE4711"]);
  assertEquals([128, 263, 264].map(typeName), ["TYPE128", "TYPE263", "TYPE264"]);
  assertEquals(["CLA", "KEYDATA", "TYPE+5", "TYPE-1", "TYPE123456"].map(parseType), [
    undefined,
    65533,
    5,
    undefined,
    undefined,
  ]);
});

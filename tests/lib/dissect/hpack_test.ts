// HPACK beside the examples of RFC 7541 appendix C.
import { assertEquals } from "@std/assert";
import { parseHex } from "../../../lib/base/hex.ts";
import { DynamicTable, headerBlock } from "../../../lib/dissect/web/hpack.ts";
import { explain } from "../../../lib/dissect/explain.ts";

function decode(hexText: string, table: DynamicTable): string[] {
  const { value, error } = explain("Headers", parseHex(hexText), (tree) => headerBlock(tree, table));
  assertEquals(error, undefined);
  return value!.map(([name, text]) => `${name}: ${text}`);
}

Deno.test("headerBlock() keeps the table over three requests (RFC 7541 C.4)", () => {
  const table = new DynamicTable();
  assertEquals(decode("828684418cf1e3c2e5f23a6ba0ab90f4ff", table).at(-1), ":authority: www.example.com");
  assertEquals(decode("828684be5886a8eb10649cbf", table), [
    ":method: GET",
    ":scheme: http",
    ":path: /",
    ":authority: www.example.com",
    "cache-control: no-cache",
  ]);
  assertEquals(decode("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", table), [
    ":method: GET",
    ":scheme: https",
    ":path: /index.html",
    ":authority: www.example.com",
    "custom-key: custom-value",
  ]);
});

Deno.test("headerBlock() evicts what does not fit (RFC 7541 C.5)", () => {
  const table = new DynamicTable();
  table.limit = 256;
  decode(
    "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
    table,
  );
  assertEquals(decode("4803333037c1c0bf", table)[0], ":status: 307");
  assertEquals(table.get(62)?.[1], "307");
  assertEquals(table.get(66), undefined);
});

Deno.test("headerBlock() refuses an index that is in no table", () => {
  const { error } = explain("Headers", parseHex("ff80"), (tree) => headerBlock(tree, new DynamicTable()));
  assertEquals(error !== undefined, true);
});

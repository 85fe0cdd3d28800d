import { assertEquals } from "@std/assert";
import { localTimeAt } from "../../../lib/base/time_zone.ts";
import { ByteWriter } from "../../../lib/base/writer.ts";
import { latin1 } from "../../../lib/base/bytes.ts";

/** A table with two kinds of time and the changes between them. */
function table(changes: readonly (readonly [seconds: number, kind: number])[], rule: string): Uint8Array {
  const head = (times: number, types: number, characters: number) =>
    new ByteWriter().text("TZif2").fill(15).u32(0).u32(0).u32(0).u32(times).u32(types).u32(characters).take();
  const body = new ByteWriter();
  for (const [seconds] of changes) body.u64(BigInt.asUintN(64, BigInt(seconds)));
  for (const [, kind] of changes) body.u8(kind);
  body.u32(3600).u8(0).u8(0).u32(7200).u8(1).u8(4).bytes(latin1("CET\0CEST\0"));
  return new ByteWriter().bytes(head(0, 0, 0)).bytes(head(changes.length, 2, 9)).bytes(body.take()).text(`\n${rule}\n`)
    .take();
}

Deno.test("localTimeAt() follows the changes of a table", () => {
  const file = table([[-100, 0], [1000, 1], [2000, 0]], "CET-1");
  assertEquals(localTimeAt(file, -5000), { offset: 3600, abbreviation: "CET" });
  assertEquals(localTimeAt(file, 1500), { offset: 7200, abbreviation: "CEST" });
  assertEquals(localTimeAt(file, 2000), { offset: 3600, abbreviation: "CET" });
});

Deno.test("localTimeAt() leaves what a rule decides, and what is no table, to others", () => {
  assertEquals(localTimeAt(table([[0, 0]], "CET-1CEST,M3.5.0,M10.5.0/3"), 5), undefined);
  assertEquals(localTimeAt(latin1("no table at all"), 5), undefined);
  assertEquals(localTimeAt(table([[0, 0]], "CET-1").subarray(0, 60), 5), undefined);
});

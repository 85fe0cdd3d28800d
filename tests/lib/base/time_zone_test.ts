import { assertEquals } from "@std/assert";
import { localTimeByRule } from "../../../lib/base/time_rule.ts";
import { localTimeAt } from "../../../lib/base/time_zone.ts";
import { ByteWriter } from "../../../lib/base/writer.ts";
import fc from "fast-check";
import { latin1 } from "../../../lib/base/bytes.ts";

/** How many indicators, leap seconds, changes, kinds and characters a block has, in the order of its header. */
type Counts = readonly [isUt: number, isStandard: number, leaps: number, times: number, types: number, text: number];

/** A table with two kinds of time and the changes between them, behind a block for old readers. */
function table(
  changes: readonly (readonly [seconds: number, kind: number])[],
  rule: string,
  old: Counts = [0, 0, 0, 0, 0, 0],
): Uint8Array {
  const [isUt, isStandard, leaps, times, types, text] = old;
  const head = (counts: Counts) => {
    const out = new ByteWriter().text("TZif2").bytes(new Uint8Array(15));
    for (const count of counts) out.u32(count);
    return out.take();
  };
  const body = new ByteWriter();
  for (const [seconds] of changes) body.u32(seconds < 0 ? 0xffff_ffff : 0).u32(seconds >>> 0);
  for (const [, kind] of changes) body.u8(kind);
  body.u32(3600).u8(0).u8(0).u32(7200).u8(1).u8(4).bytes(latin1("CET\0CEST\0"));
  return new ByteWriter().bytes(head(old)).bytes(
    new Uint8Array(times * 5 + types * 6 + text + leaps * 8 + isStandard + isUt),
  )
    .bytes(head([isUt, isStandard, leaps, changes.length, 2, 9])).bytes(body.take())
    .bytes(new Uint8Array(leaps * 12 + isStandard + isUt)).text(`\n${rule}\n`).take();
}

Deno.test("localTimeAt() follows the changes of a table", () => {
  const file = table([[-100, 0], [1000, 1], [2000, 0]], "CET-1");
  assertEquals(localTimeAt(file, -5000), { offset: 3600, abbreviation: "CET" });
  assertEquals(localTimeAt(file, 1500), { offset: 7200, abbreviation: "CEST" });
  assertEquals(localTimeAt(file, 2000), { offset: 3600, abbreviation: "CET" });
});

Deno.test("localTimeAt() passes over what old readers, leap seconds and indicators take", () => {
  const few = fc.nat(3);
  fc.assert(fc.property(fc.tuple(few, few, few, few, few, few), (old) => {
    const file = table([[-100, 0], [1000, 1]], "CET-1CEST,M3.5.0,M10.5.0/3", old);
    assertEquals(localTimeAt(file, 500), { offset: 3600, abbreviation: "CET" });
    assertEquals(localTimeAt(file, Date.UTC(2026, 6, 1) / 1000), { offset: 7200, abbreviation: "CEST" });
  }));
});

Deno.test("localTimeAt() goes on by the rule behind the last change, and refuses what is no table", () => {
  const file = table([[0, 0]], "CET-1CEST,M3.5.0,M10.5.0/3");
  assertEquals(localTimeAt(file, Date.UTC(2026, 6, 1) / 1000), { offset: 7200, abbreviation: "CEST" });
  assertEquals(localTimeAt(latin1("no table at all"), 5), undefined);
  assertEquals(localTimeAt(table([[0, 0]], "CET-1").subarray(0, 60), 5), undefined);
});

Deno.test("localTimeByRule() reads rules as the C library does", () => {
  const at = (rule: string, ...date: [number, number, number, number?, number?, number?]) => {
    const { offset, abbreviation } = localTimeByRule(rule, Date.UTC(...date) / 1000);
    return `${offset} ${abbreviation}`;
  };
  assertEquals(at("JST-9", 2026, 0, 1), "32400 JST");
  assertEquals(at("<+0330>-3:30", 2026, 0, 1), "12600 +0330");
  assertEquals(at("EST5", 2026, 6, 1), "-18000 EST");
  assertEquals([at("Nowhere/Bogus", 2026, 0, 1), at("X", 2026, 0, 1)], ["0 Nowhere", "0 "]);
  const york = "EST5EDT";
  assertEquals([at(york, 2026, 2, 8, 6, 59, 59), at(york, 2026, 2, 8, 7)], ["-18000 EST", "-14400 EDT"]);
  assertEquals([at(york, 2026, 10, 1, 5, 59, 59), at(york, 2026, 10, 1, 6)], ["-14400 EDT", "-18000 EST"]);
  const berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
  assertEquals([at(berlin, 2026, 2, 29, 0, 59, 59), at(berlin, 2026, 2, 29, 1)], ["3600 CET", "7200 CEST"]);
  assertEquals([at(berlin, 2026, 9, 25, 0, 59, 59), at(berlin, 2026, 9, 25, 1)], ["7200 CEST", "3600 CET"]);
  const south = "AEST-10AEDT,M10.1.0,M4.1.0/3";
  assertEquals([at(south, 2026, 0, 1), at(south, 2026, 6, 1)], ["39600 AEDT", "36000 AEST"]);
  for (const [rule, begins] of [["J60/0,J61/0", [2028, 2, 1]], ["59/0,60/0", [2028, 1, 29]]] as const) {
    const [year, month, day] = begins;
    assertEquals(
      [-1, 0, 22, 23].map((hours) => at(`ABC0DEF-1:15,${rule}`, year, month, day, hours)),
      ["0 ABC", "4500 DEF", "4500 DEF", "0 ABC"],
    );
  }
});

import { assertEquals } from "@std/assert";
import { general } from "../../../../lib/capture/line/core/general.ts";

Deno.test("general() writes numbers as C's %g", () => {
  const cases: [number, number, string][] = [
    [0, 10, "0"],
    [-0, 10, "-0"],
    [1, 10, "1"],
    [100, 10, "100"],
    [800.0000122, 10, "800.0000122"],
    [0.0001, 10, "0.0001"],
    [0.00001, 10, "1e-05"],
    [1e9, 10, "1000000000"],
    [9999999999.6, 10, "1e+10"],
    [1.5e300, 10, "1.5e+300"],
    [Infinity, 10, "inf"],
    [-Infinity, 10, "-inf"],
  ];
  for (const [value, digits, text] of cases) assertEquals(general(value, digits), text);
});

import { assertEquals } from "@std/assert";
import { once } from "../../../lib/base/late.ts";

Deno.test("once() loads when it is first asked, and once", async () => {
  let loads = 0;
  const load = once(() => Promise.resolve(++loads));
  assertEquals(loads, 0);
  assertEquals(await Promise.all([load(), load()]), [1, 1]);
  assertEquals(await load(), 1);
});

import { assertEquals } from "@std/assert";
import { systemTablePath } from "../../../lib/stream/system_table.ts";

Deno.test("systemTablePath() knows where Windows keeps its tables", () => {
  assertEquals(systemTablePath("protocols", "C:\\Windows"), "C:\\Windows\\System32\\drivers\\etc\\protocol");
  assertEquals(systemTablePath("services", undefined), "/etc/services");
});

import { assertEquals } from "@std/assert";
import { dumpPath, namePart } from "../../../cmd/relay/dump_files.ts";

Deno.test("dumpPath() puts values for variables, and nothing for those that there are not", () => {
  assertEquals(dumpPath("/d/$PROGNAME-$$", "netlab"), `/d/netlab-${Deno.pid}`);
  assertEquals(dumpPath("/d/${PROGNAME}x", "netlab"), "/d/netlabx");
  assertEquals(dumpPath("/d/x$constructor${toString}y", "netlab"), "/d/xy");
});

Deno.test("namePart() leaves nothing of a peer's words that leads to another folder, or that no name can hold", () => {
  assertEquals(namePart("../x", "linux"), ".._x");
  for (const dots of [".", "..", ". ."]) assertEquals(namePart(dots, "linux"), "_");
  assertEquals([namePart(".a", "linux"), namePart("a\0b", "linux")], [".a", "a_b"]);
  assertEquals(namePart("[0000:0001]", "linux"), "[0000:0001]");
  assertEquals(namePart("[0000:0001]", "windows"), "[0000_0001]");
  assertEquals(namePart("CN = ..\\..\\x/y", "windows"), "CN = .._.._x_y");
});

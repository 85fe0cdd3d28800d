import { assertEquals } from "@std/assert";
import { COMMON_OPTIONS } from "../../../../lib/address/common.ts";
import { fromDirectory } from "../../../../lib/address/words/directory.ts";
import { addressType } from "../../../../lib/address/list.ts";
import { openOne } from "../../../helpers/endpoint.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";

/** Parameters and options of an address of this name, seen from a directory. */
function seen(directory: string, name: string, params: readonly string[], options: Readonly<Record<string, unknown>>) {
  const type = addressType(name)!;
  const placed = fromDirectory(
    directory,
    { type, name, schema: { ...COMMON_OPTIONS, ...type.options } },
    params,
    options,
  );
  return [placed.params, placed.options];
}

Deno.test("fromDirectory() places what is a path, and nothing else", () => {
  assertEquals(seen("/d", "OPEN", ["x/y"], { lockfile: "l" }), [["/d/x/y"], { lockfile: "/d/l" }]);
  assertEquals(seen("/d/", "CREATE", ["/abs"], {}), [["/abs"], {}]);
  assertEquals(seen("d", "UNIX-CONNECT", ["s"], { bind: "own", "bind-tempname": true }), [
    ["d/s"],
    { bind: "d/own", "bind-tempname": true },
  ]);
  assertEquals(seen("/d", "ABSTRACT-CONNECT", ["s"], { bind: "own" }), [["s"], { bind: "own" }]);
  assertEquals(seen("/d", "TCP-LISTEN", ["80"], { bind: "host", "allow-table": "t" }), [
    ["80"],
    { bind: "host", "allow-table": "/d/t" },
  ]);
  assertEquals(seen("/d", "WS", ["host", "80/chat"], {}), [["host", "80/chat"], {}]);
});

Deno.test("chdir= makes a file there and leaves netlab where it is", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.cwd();
  try {
    await using stream = await openOne(`create:made,chdir=${folder}`);
    await stream.write(utf8("here"));
    await stream.close();
    assertEquals(await Deno.readTextFile(`${folder}/made`), "here");
    assertEquals(Deno.cwd(), before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

import { assertEquals } from "@std/assert";
import { asciiName } from "../../../lib/base/host_name.ts";

Deno.test("asciiName() gives the name that DNS has, or nothing", () => {
  for (
    const [name, ascii] of [
      ["one.test", "one.test"],
      ["One_.test.", "One_.test."],
      ["bücher.test", "xn--bcher-kva.test"],
      ["ｏne。test", "one.test"],
      ["１２７.0.0.1", "127.0.0.1"],
      ["ü@one.test", undefined],
      ["ü/one", undefined],
      ["ü one", undefined],
      ["ü%41", undefined],
      ["", ""],
    ] as const
  ) assertEquals(asciiName(name), ascii, name);
});

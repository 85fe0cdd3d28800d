import { assertEquals } from "@std/assert";
import { sttyWords } from "../../../../lib/address/file/terminal.ts";
import { needing } from "../../../helpers/netlab.ts";

/** Octets of each kind with a word of its own, and that word. */
const KEYS: readonly (readonly [octet: number, word: string])[] = [
  [0, "^@"],
  [3, "^C"],
  [0x1c, "^\\"],
  [0x20, " "],
  [0x35, "5"],
  [0x7e, "~"],
  [0x7f, "^?"],
  [0xe4, "0xe4"],
];

Deno.test("sttyWords() writes keys as each system's stty takes them, and numbers where numbers are meant", () => {
  for (const [octet, word] of KEYS) assertEquals(sttyWords({ vintr: octet }), ["intr", word]);
  assertEquals(sttyWords({ vmin: 3, vtime: 5, icanon: false }), ["-icanon", "min", "3", "time", "5"]);
});

Deno.test({
  ...needing("sttyWords(): keys are set to the octets that were asked for", "Linux", "stty", "script"),
  async fn() {
    for (const [octet] of KEYS) {
      const words = sttyWords({ vintr: octet }).map((word) => `'${word}'`).join(" ");
      const command = `stty ${words} && stty -g`;
      const { stdout } = await new Deno.Command("script", { args: ["-qec", command, "/dev/null"], stdin: "null" })
        .output();
      // Four words of flags in hex, then the characters: the first is that of intr.
      assertEquals(new TextDecoder().decode(stdout).trim().split(":")[4], octet.toString(16), String(octet));
    }
  },
});

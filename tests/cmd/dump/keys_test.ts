// Secrets that a program writes down while a capture runs.
import { assertEquals } from "@std/assert";
import { readKeys } from "../../../cmd/dump/keys.ts";
import type { DumpFlags } from "../../../cmd/dump/output.ts";

Deno.test({
  name: "readKeys() finds what is added to the file while a live capture runs, whole lines only",
  // The file stays open as long as the program.
  sanitizeResources: false,
  async fn() {
    const path = await Deno.makeTempFile();
    try {
      const flags = { keylog: path, "tls-key": [] as string[], i: "lo" } as unknown as DumpFlags;
      await Deno.writeTextFile(path, "CLIENT_RANDOM aa 01\n");
      const keys = readKeys(flags);
      const file = readKeys({ ...flags, i: undefined });
      assertEquals(keys.find("CLIENT_RANDOM", "aa"), Uint8Array.of(1));
      await Deno.writeTextFile(path, "CLIENT_RANDOM bb 02\nCLIENT_RANDOM cc 0", { append: true });
      assertEquals(keys.find("CLIENT_RANDOM", "bb"), Uint8Array.of(2));
      assertEquals(keys.find("CLIENT_RANDOM", "cc"), undefined);
      await Deno.writeTextFile(path, "3\n", { append: true });
      assertEquals(keys.find("CLIENT_RANDOM", "cc"), Uint8Array.of(3));
      // A file is read once.
      assertEquals(file.find("CLIENT_RANDOM", "bb"), undefined);
      keys.more = undefined;
    } finally {
      await Deno.remove(path);
    }
  },
});

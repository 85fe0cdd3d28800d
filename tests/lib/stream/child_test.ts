import { assert, assertEquals } from "@std/assert";
import { processesByPs } from "../../../lib/stream/child.ts";
import { needing } from "../../helpers/netlab.ts";

Deno.test({
  ...needing("processesByPs() tells what /proc tells: parent, group and state of each process", "Linux", "ps", "sleep"),
  async fn() {
    const child = new Deno.Command("sleep", { args: ["60"], detached: true }).spawn();
    try {
      const found = processesByPs().find(({ pid }) => pid === child.pid);
      assertEquals([found?.parent, found?.group], [Deno.pid, child.pid]);
      assert(/^[A-Y]/.test(found!.state));
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
    assertEquals(processesByPs().find(({ pid }) => pid === child.pid), undefined);
  },
});

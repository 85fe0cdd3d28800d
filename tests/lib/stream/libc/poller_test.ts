import { assertEquals } from "@std/assert";
import { findLibc } from "../../../../lib/stream/libc/libc.ts";
import { POLLIN, waitFor } from "../../../../lib/stream/libc/poller.ts";

const libc = findLibc();

Deno.test({
  name: "waitFor() ends for who gives up at once, also while others wait on",
  ignore: libc === undefined,
  async fn() {
    const { call } = libc!;
    const ends = new Int32Array(2);
    assertEquals(call.pipe(ends), 0);
    const other = waitFor(ends[0]!, POLLIN), one = waitFor(ends[0]!, POLLIN);
    one.cancel();
    assertEquals(await one.ready, false);
    other.cancel();
    assertEquals(await other.ready, false);
    for (const end of ends) call.close(end);
  },
});

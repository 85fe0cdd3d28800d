import { assertEquals } from "@std/assert";
import { Ahead } from "../../../../lib/socks/carrying/ahead.ts";
import { streamPair } from "../../../helpers/streams.ts";

Deno.test("Ahead keeps what a client sends ahead up to 64 KiB, and then reads no more", async () => {
  for (const [sent, reads] of [[65535, true], [65536, false]] as const) {
    const [near, far] = streamPair();
    const ahead = new Ahead(near, () => {});
    await far.write(new Uint8Array(sent));
    const { data, count } = ahead.take();
    assertEquals([data!.length, count !== undefined], [sent, reads]);
    await far.close();
  }
});

Deno.test("Ahead tells how the client leaves, until the tunnel takes over", async () => {
  for (const gracefully of [true, false]) {
    for (const taken of [true, false]) {
      const [near, far] = streamPair();
      const left: boolean[] = [];
      const ahead = new Ahead(near, (how) => left.push(how));
      const { count } = taken ? ahead.take() : {};
      await far.close(gracefully ? undefined : new Error("reset"));
      await count?.catch(() => {});
      await near.read(new Uint8Array(1)).catch(() => {});
      assertEquals(left, taken ? [] : [gracefully]);
    }
  }
});

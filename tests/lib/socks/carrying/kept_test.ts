import { assertEquals } from "@std/assert";
import { latin1 } from "../../../../lib/base/bytes.ts";
import type { Deadlines } from "../../../../lib/socks/deadlines.ts";
import { KeptConnections } from "../../../../lib/socks/carrying/kept.ts";
import { streamPair } from "../../../helpers/streams.ts";

/** Time limits that are over when it is said. */
function limits() {
  const running = new Set<() => void>();
  const deadlines = {
    add: (_ms: number, expired: () => void) => (running.add(expired), expired),
    clear: (_ms: number, deadline: () => void) => void running.delete(deadline),
  };
  return { running, deadlines: deadlines as unknown as Deadlines };
}

Deno.test("KeptConnections: who asks again is under no limit any more; who does not, or comes too late, is let go", async () => {
  for (const how of ["asks", "leaves", "fails", "says nothing", "rests at the end", "comes after it"] as const) {
    const { running, deadlines } = limits();
    const kept = new KeptConnections(deadlines, 1000);
    const [stream, client] = streamPair();
    if (how === "comes after it") kept.drain();
    const next = kept.next({ stream, key: "", first: { buffer: new Uint8Array(10) }, origin: undefined });
    if (how === "asks") await client.write(latin1("GET"));
    else if (how === "leaves") await client.closeWrite();
    else if (how === "fails") await client.close(new Error("reset"));
    else if (how === "says nothing") { for (const expired of running) expired(); }
    else if (how === "rests at the end") assertEquals(kept.drain(), 1);
    assertEquals((await next)?.first.data, how === "asks" ? latin1("GET") : undefined, how);
    assertEquals([running.size, kept.drain(), stream.closed], [0, 0, /says|end|after/.test(how)], how);
  }
});

import { assertEquals } from "@std/assert";
import { latin1 } from "../../../lib/base/bytes.ts";
import { Tunnel } from "../../../lib/socks/tunnel.ts";
import { WebStream } from "../../../lib/stream/web.ts";

Deno.test("Tunnel ends when one side has gone and the other takes nothing, as nobody reads what it says", async () => {
  const broken = Object.assign(new Error("Broken pipe"), { name: "BrokenPipe" });
  const client = new WebStream({
    readable: ReadableStream.from([latin1("last words")]),
    writable: new WritableStream({ write: () => Promise.reject(broken) }),
  }, { label: "client" });
  const target = new WebStream({
    readable: ReadableStream.from([latin1("an answer")]),
    writable: new WritableStream({
      write: (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(broken))),
    }),
  }, { label: "target" });
  const tunnel = new Tunnel(client, target);
  tunnel.stuckMs = 10;
  await tunnel.run();
  assertEquals(tunnel.ended, "client");
});

import { assertEquals } from "@std/assert";
import { latin1, latin1Text } from "../../../lib/base/bytes.ts";
import { Tunnel } from "../../../lib/socks/tunnel.ts";
import { WebStream } from "../../../lib/stream/web.ts";

Deno.test("Tunnel reads on from a target that takes nothing because nobody reads, and loses nothing", async () => {
  const broken = Object.assign(new Error("Broken pipe"), { name: "BrokenPipe" });
  const client = new WebStream({
    readable: ReadableStream.from([latin1("last words")]),
    writable: new WritableStream({ write: () => Promise.reject(broken) }),
  }, { label: "client" });
  // It reads once it has said all: three answers, of which the first one finds that the client has gone.
  const said = Promise.withResolvers<void>(), taken: string[] = [];
  let answers = 0;
  const target = new WebStream({
    readable: new ReadableStream({
      pull(controller) {
        if (answers++ < 3) return controller.enqueue(latin1("an answer"));
        said.resolve();
        controller.close();
      },
    }, { highWaterMark: 0 }),
    writable: new WritableStream({
      async write(chunk) {
        await said.promise;
        taken.push(latin1Text(chunk));
      },
    }),
  }, { label: "target" });
  const tunnel = new Tunnel(client, target);
  tunnel.stuckMs = 10;
  await tunnel.run();
  assertEquals([tunnel.ended, taken], ["client", ["last words"]]);
});

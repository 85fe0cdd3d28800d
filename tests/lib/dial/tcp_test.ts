import { assertEquals, assertRejects } from "@std/assert";
import { ConnectError } from "../../../lib/base/errors.ts";
import { dialTcp } from "../../../lib/dial/tcp.ts";

async function remoteOf(port: number): Promise<string | undefined> {
  await using stream = await dialTcp({ host: "localhost", port });
  return stream.about.remote?.host;
}

Deno.test("dialTcp() reaches a name again where it was reached a moment ago", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  for (let i = 0; i < 3; i++) {
    assertEquals(await remoteOf(port), "127.0.0.1");
    (await listener.accept()).close();
  }
});

Deno.test("dialTcp() tells of a name why it cannot be reached, also when another port of it was reached before", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await remoteOf(listener.addr.port);
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  const error = await assertRejects(() => remoteOf(port), ConnectError);
  assertEquals(error.message, `Cannot connect to "localhost:${port}": Connection refused`);
});

import { assertEquals, assertRejects } from "@std/assert";
import { ConnectError } from "../../../lib/base/errors.ts";
import { dialTcp, preferring } from "../../../lib/dial/tcp.ts";

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

Deno.test("dialTcp() takes addresses of the other family where one is preferred, and refuses them where it is asked for", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  for (const host of ["127.0.0.1", "localhost"]) {
    for (const options of [{ prefer: 6 }, { prefer: 6, local: { host: "", port: 0 } }] as const) {
      await using stream = await dialTcp({ host, port }, options);
      assertEquals(stream.about.remote?.host, "127.0.0.1");
      (await listener.accept()).close();
    }
  }
  await assertRejects(
    () => dialTcp({ host: "127.0.0.1", port }, { family: 6 }),
    ConnectError,
    "is not an IPv6 address",
  );
});

Deno.test("preferring() puts addresses of one family first", () => {
  const both = ["192.0.2.1", "2001:db8::1", "192.0.2.2"];
  assertEquals(preferring(both, 6), ["2001:db8::1", "192.0.2.1", "192.0.2.2"]);
  assertEquals(preferring(both, 4), ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
  assertEquals(preferring(both, undefined), both);
});

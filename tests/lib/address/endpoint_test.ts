import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseEndpoint } from "../../../lib/address/list.ts";
import { utf8 } from "../../../lib/base/bytes.ts";
import { ConnectError } from "../../../lib/base/errors.ts";
import type { Stream } from "../../../lib/stream/stream.ts";
import { openOne, testContext } from "../../helpers/endpoint.ts";
import { freePort } from "../../helpers/netlab.ts";

Deno.test("READ!!WRITE closes what is read from when what is written to cannot be opened", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const opening = openOne(`tcp:127.0.0.1:${server.addr.port}!!tcp:127.0.0.1:${freePort()}`);
  using conn = await server.accept();
  await assertRejects(() => opening, ConnectError, "refused");
  assertEquals(await conn.read(new Uint8Array(1)), null);
});

Deno.test("READ!!WRITE opens what is written to for each connection of a listener with fork, also where one cannot be", async () => {
  const context = testContext(), port = freePort(), outputs = freePort();
  const endpoint = parseEndpoint(`tcp-listen:${port},bind=127.0.0.1,fork!!tcp:127.0.0.1:${outputs}`);
  assertEquals(endpoint.forks, true);
  const listening = Promise.withResolvers<void>(), stop = new AbortController();
  const source = endpoint.open({ ...context, signal: stop.signal, onListening: () => listening.resolve() })
    [Symbol.asyncIterator]();
  const first = source.next();
  await listening.promise;
  const connect = () => Deno.connect({ hostname: "127.0.0.1", port });
  using refused = await connect();
  assertEquals(await refused.read(new Uint8Array(1)), null);
  assertMatch(context.lines.at(-1)!, /No connection with 127\.0\.0\.1:\d+: Cannot connect to .*refused/);
  using server = Deno.listen({ hostname: "127.0.0.1", port: outputs });
  for (const opened of [first, undefined]) {
    using _conn = await connect();
    await using stream = (await (opened ?? source.next())).value as Stream;
    using output = await server.accept();
    await stream.write(utf8("x"));
    assertEquals(await output.read(new Uint8Array(1)), 1);
  }
  stop.abort();
  assertEquals((await source.next()).done, true);
});

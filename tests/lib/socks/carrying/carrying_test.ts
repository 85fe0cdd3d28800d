// What the server carries, over real sockets: half-close, back-pressure, clients that leave.
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { connStream } from "../../../../lib/stream/conn.ts";
import { resetConnection } from "../../../../lib/stream/reset.ts";
import { tcpServer } from "../../../helpers/netlab.ts";
import { echo, request5, TestProxy, text16 } from "../../../helpers/socks.ts";

Deno.test("half-close in both directions, and who ended is known", async () => {
  await using late = tcpServer(async (conn) => {
    const buffer = new Uint8Array(100);
    let total = 0;
    for (let count; (count = await conn.read(buffer)) !== null;) total += count;
    await conn.write(new TextEncoder().encode(`${total} octets`));
  });
  await using early = tcpServer(async (conn) => {
    await conn.write(new TextEncoder().encode("bye"));
    await conn.closeWrite();
    const buffer = new Uint8Array(100);
    const count = await conn.read(buffer);
    if (new TextDecoder().decode(buffer.subarray(0, count ?? 0)) === "still here") await conn.read(buffer);
  });
  await using proxy = await TestProxy.start();
  {
    using peer = await proxy.connected(late.port);
    await peer.text("four");
    await peer.closeWrite();
    assertEquals(await peer.rest(), "8 octets".replace("8", "4"));
  }
  assertEquals((await proxy.ended(1)).ended, "client");
  {
    using peer = await proxy.connected(early.port);
    assertEquals(await peer.rest(), "bye");
    await peer.text("still here");
    await peer.closeWrite();
    const record = await proxy.ended(2);
    assertEquals([record.ended, record.sent, record.received], ["target", 10, 3]);
  }
});

Deno.test("8 MiB both ways at once, intact", async () => {
  await using target = tcpServer(echo);
  await using proxy = await TestProxy.start();
  using peer = await proxy.connected(target.port);
  const size = 8 << 20;
  const pattern = new Uint8Array(size).map((_, i) => (i * 2654435761) >>> 24);
  const sending = (async () => {
    await peer.write(pattern);
    await peer.closeWrite();
  })();
  const back = await peer.read(Infinity);
  await sending;
  assertEquals(back.length, size);
  assert(back.every((octet, i) => octet === pattern[i]));
  const record = await proxy.ended();
  assertEquals([record.sent, record.received], [size, size]);
});

Deno.test("a stalled reader stops the sender", async () => {
  let sent = 0;
  const stop = Promise.withResolvers<void>();
  await using target = tcpServer(async (conn) => {
    const block = new Uint8Array(1 << 20);
    for (;;) {
      const before = sent;
      const stalled = setTimeout(() => sent === before && stop.resolve(), 500);
      try {
        sent += await conn.write(block);
      } finally {
        clearTimeout(stalled);
      }
    }
  });
  await using proxy = await TestProxy.start();
  using peer = await proxy.connected(target.port);
  await stop.promise;
  const stalledAt = sent;
  assert(stalledAt < 64 << 20, `${stalledAt} octets were taken from the sender`);
  // It goes on as soon as somebody reads.
  await peer.read(stalledAt + (4 << 20));
  assertNotEquals(sent, stalledAt);
});

Deno.test("a client that leaves during a pending connect cancels it within a second", async () => {
  const dialing = Promise.withResolvers<AbortSignal>();
  await using proxy = await TestProxy.start({
    network: {
      dial: (_hosts, _port, signal) => {
        dialing.resolve(signal);
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    },
  });
  const peer = await proxy.client();
  await peer.send("05 01 00", request5(1, "192.0.2.1", 80), text16("data"));
  const signal = await dialing.promise;
  const left = performance.now();
  peer.close();
  await new Promise<void>((resolve) => signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve()));
  assert(performance.now() - left < 2000);
  const record = await proxy.ended();
  assertStringIncludes(record.why!, "has left");
  assertEquals(record.ended, "client");
});

Deno.test("a half-closed client still gets its connection when it comes soon", async () => {
  await using target = tcpServer(echo);
  await using proxy = await TestProxy.start();
  using peer = await proxy.client();
  await peer.send("05 01 00", request5(1, "127.0.0.1", target.port));
  await peer.closeWrite();
  assert((await peer.take(Infinity)).startsWith("050005000001"));
});

Deno.test({
  name: "a reset by the target reaches the client as one, after all that was said before, CONNECT and forwarded HTTP",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const said = new TextEncoder().encode("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + "x".repeat(1 << 20));
    let gone = Promise.withResolvers<boolean>();
    await using target = tcpServer(async (conn) => {
      await conn.read(new Uint8Array(1000));
      const stream = connStream(conn, "tcp");
      await stream.write(said);
      gone.resolve(await resetConnection(stream));
    });
    await using proxy = await TestProxy.start();
    for (const kind of ["tunnel", "forward"]) {
      using peer = kind === "tunnel" ? await proxy.connected(target.port) : await proxy.client();
      await peer.text(`GET http://127.0.0.1:${target.port}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      // The proxy has it all, the client has read nothing of it.
      assertEquals(await gone.promise, true);
      gone = Promise.withResolvers();
      let octets = 0, how = "ended";
      const buffer = new Uint8Array(1 << 16);
      try {
        for (let count; (count = await peer.conn.read(buffer)) !== null;) octets += count;
      } catch (error) {
        how = (error as Error).name;
      }
      assertEquals(how, "ConnectionReset", kind);
      assert(octets >= 1 << 20, `${kind}: ${octets}`);
    }
    const records = [await proxy.ended(1), await proxy.ended(2)];
    assertEquals(records.map(({ ended }) => ended), ["target", "target"]);
  },
});

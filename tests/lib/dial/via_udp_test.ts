// Datagrams, and connections that come, through chains of proxies, over real sockets.
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UsageError } from "../../../lib/base/errors.ts";
import { bindVia, dialUdpVia, dialVia } from "../../../lib/dial/via.ts";
import { parseProxyUrl } from "../../../lib/dial/via_url.ts";
import { UdpSocket } from "../../../lib/stream/udp/socket.ts";
import { TestProxy } from "../../helpers/socks.ts";

const LOCAL = { host: "127.0.0.1", port: 0 };

function startEcho(): UdpSocket {
  const echo = UdpSocket.bind(LOCAL);
  void echo.receiveAll((datagram) => echo.send(datagram, echo.sender));
  return echo;
}

Deno.test("datagrams pass one, two and three SOCKS5 proxies, wrapped once for each, whole and in both directions", async () => {
  const echo = startEcho();
  await using a = await TestProxy.start();
  await using b = await TestProxy.start();
  await using c = await TestProxy.start();
  for (const chain of [[a], [a, b], [a, b, c]]) {
    for (const scheme of ["socks5", "socks5h"]) {
      for (const host of ["127.0.0.1", "localhost"]) {
        const hops = chain.map(({ port }) => parseProxyUrl(`${scheme}://${host}:${port}`));
        const stream = await dialUdpVia({ host: "127.0.0.1", port: echo.local.port }, hops);
        const view = new Uint8Array(65_535);
        for (const size of [0, 1, 60_000]) {
          await stream.write(new Uint8Array(size).fill(size));
          assertEquals(await stream.read(view), size);
          assertEquals(view.subarray(0, size).every((octet) => octet === size % 256), true);
        }
        await stream.close();
        // Each proxy on the way had its association; those before the last also the control connections behind them.
        for (const [i, proxy] of chain.entries()) {
          // Where localhost has two addresses, one refused is tried before.
          const done = () => proxy.records.filter(({ reply }) => reply === 0).length;
          for (let count = 1; done() < chain.length - i; count++) await proxy.ended(count);
          const { command, datagramsSent, datagramsReceived } = proxy.records.find((it) => it.command === "udp")!;
          assertEquals([command, datagramsSent, datagramsReceived], ["udp", 3, 3]);
          proxy.records.length = 0;
        }
      }
    }
  }
  echo.close();
});

Deno.test("the end of any association on the way is the end of the stream", async () => {
  const echo = startEcho();
  for (const which of [0, 1]) {
    await using a = await TestProxy.start();
    await using b = await TestProxy.start();
    const hops = [a, b].map(({ port }) => parseProxyUrl(`socks5h://127.0.0.1:${port}`));
    const stream = await dialUdpVia({ host: "127.0.0.1", port: echo.local.port }, hops);
    const reading = stream.read(new Uint8Array(10));
    [a, b][which]!.server.close();
    assertEquals(await reading, null);
    await stream.close();
  }
  echo.close();
});

Deno.test("datagrams go past proxies of other kinds, which is told; the last one must be SOCKS5", async () => {
  const echo = startEcho();
  await using a = await TestProxy.start();
  await using b = await TestProxy.start();
  const target = { host: "127.0.0.1", port: echo.local.port };
  for (const kind of ["http", "socks4a"]) {
    const hops = [parseProxyUrl(`${kind}://127.0.0.1:${a.port}`), parseProxyUrl(`socks5h://127.0.0.1:${b.port}`)];
    const warnings: string[] = [];
    const stream = await dialUdpVia(target, hops, { warn: (text) => warnings.push(text) });
    await stream.write(Uint8Array.of(1, 2, 3));
    assertEquals(await stream.read(new Uint8Array(10)), 3);
    await stream.close();
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0]!, `"${hops[0]!.label}"`);
    await assertRejects(() => dialUdpVia(target, hops.toReversed()), UsageError, "SOCKS5");
  }
  echo.close();
});

Deno.test("a proxy that cannot be reached is named, and nothing is left open", async () => {
  await using a = await TestProxy.start();
  const hops = [parseProxyUrl(`socks5h://127.0.0.1:${a.port}`), parseProxyUrl("socks5h://127.0.0.1:1")];
  await assertRejects(
    () => dialUdpVia({ host: "127.0.0.1", port: 9 }, hops),
    Error,
    `through "socks5h://127.0.0.1:${a.port}"`,
  );
});

Deno.test("a proxy behind another one that says where its datagrams go by the port alone gets them at its own address", async () => {
  const place = { hostname: "127.0.0.2", port: 0 };
  const relay = UdpSocket.bind({ host: "127.0.0.2", port: 0 });
  // What comes goes back as it is: as if the target had answered.
  void relay.receiveAll((datagram) => relay.send(datagram, relay.sender));
  using listener = Deno.listen(place);
  const serving = (async () => {
    using conn = await listener.accept();
    const room = new Uint8Array(100);
    await conn.read(room);
    await conn.write(Uint8Array.of(5, 0));
    await conn.read(room);
    await conn.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, relay.local.port >> 8, relay.local.port));
    while (await conn.read(room) !== null);
  })();
  await using first = await TestProxy.start();
  const hops = [`127.0.0.1:${first.port}`, `127.0.0.2:${listener.addr.port}`].map((at) =>
    parseProxyUrl(`socks5h://${at}`)
  );
  const stream = await dialUdpVia({ host: "192.0.2.1", port: 9 }, hops);
  await stream.write(Uint8Array.of(1, 2, 3));
  assertEquals(await stream.read(new Uint8Array(10)), 3);
  await stream.close();
  await serving;
  relay.close();
});

Deno.test("a file that a proxy's URL names and that cannot be read is wrong usage, wherever the proxy stands", async () => {
  await using a = await TestProxy.start();
  const secure = parseProxyUrl(`https://127.0.0.1:${a.port}?cafile=/nonexistent/ca.pem`);
  const target = { host: "192.0.2.1", port: 9 };
  for (const hops of [[secure], [parseProxyUrl(`socks5h://127.0.0.1:${a.port}`), secure]]) {
    await assertRejects(() => dialVia(target, hops), UsageError, "/nonexistent/ca.pem");
  }
});

Deno.test("bindVia() has a port at the last proxy of a chain, SOCKS4 or SOCKS5, for the one who is named", async () => {
  await using a = await TestProxy.start();
  await using b = await TestProxy.start();
  const first = parseProxyUrl(`socks5h://127.0.0.1:${a.port}`);
  const peer = { host: "127.0.0.1", port: 9 };
  for (const scheme of ["socks5h", "socks4", "socks4a"]) {
    const hops = [first, parseProxyUrl(`${scheme}://127.0.0.1:${b.port}`)];
    const { stream, binding } = await bindVia(peer, hops);
    using conn = await Deno.connect({ hostname: binding.bound.host, port: binding.bound.port });
    await binding.accepted();
    await conn.write(Uint8Array.of(1, 2, 3));
    assertEquals(await stream.read(new Uint8Array(10)), 3);
    await stream.close();
  }
  const web = [first, parseProxyUrl(`http://127.0.0.1:${b.port}`)];
  await assertRejects(() => bindVia(peer, web), UsageError, "use a SOCKS proxy");
});

// BIND over real sockets.
import { assertEquals, assertRejects } from "@std/assert";
import { hex } from "../../../../lib/base/hex.ts";
import type { SocksAddress } from "../../../../lib/socks/codec/address.ts";
import { Peer, request5, TestProxy } from "../../../helpers/socks.ts";

/** Asks for BIND in version 5; where it listens. */
async function bind(peer: Peer, host: string, port = 0): Promise<SocksAddress> {
  await peer.send("05 01 00", request5(2, host, port));
  assertEquals(await peer.take(2), "0500");
  const { code, address } = await peer.reply5();
  assertEquals(code, 0);
  return address;
}

const dial = async ({ host, port }: SocksAddress, from?: string): Promise<Peer> => {
  if (from === undefined) return new Peer(await Deno.connect({ hostname: host, port }));
  const { dialTcp } = await import("../../../../lib/dial/tcp.ts");
  const stream = await dialTcp({ host, port }, { local: { host: from, port: 0 } });
  return new Peer({
    read: (view: Uint8Array<ArrayBuffer>) => stream.read(view),
    write: async (bytes: Uint8Array) => (await stream.write(bytes), bytes.length),
    closeWrite: () => stream.closeWrite(),
    close: () => void stream.close(),
    setNoDelay() {},
  } as unknown as Deno.TcpConn);
};

Deno.test("version 5: a usable address first, the peer second, then data both ways", async () => {
  await using proxy = await TestProxy.start();
  for (const named of ["127.0.0.1", "0.0.0.0", "localhost"]) {
    using client = await proxy.client();
    const bound = await bind(client, named);
    assertEquals([bound.host, bound.port > 0], ["127.0.0.1", true]);
    using peer = await dial(bound);
    const second = await client.reply5();
    assertEquals(second, {
      code: 0,
      address: { type: "ipv4", host: "127.0.0.1", port: peer.conn.localAddr.port },
    });
    await peer.text("from peer");
    assertEquals(new TextDecoder().decode(await client.read(9)), "from peer");
    await client.text("from client");
    await client.closeWrite();
    assertEquals(await peer.rest(), "from client");
    // A second peer is refused.
    await assertRejects(() => dial(bound), Deno.errors.ConnectionRefused);
  }
  await proxy.ended(3);
  for (const { command, reply, reached } of proxy.records) {
    assertEquals([command, reply, reached?.host], ["bind", 0, "127.0.0.1"]);
  }
});

Deno.test("version 4: both replies", async () => {
  await using proxy = await TestProxy.start();
  using client = await proxy.client();
  await client.send("04 02 0000 7f000001 00");
  const first = await client.take(8);
  assertEquals([first.slice(0, 4), first.slice(8)], ["005a", "7f000001"]);
  const port = parseInt(first.slice(4, 8), 16);
  using peer = await dial({ type: "ipv4", host: "127.0.0.1", port });
  const second = await client.take(8);
  const from = peer.conn.localAddr.port.toString(16).padStart(4, "0");
  assertEquals(second, `005a${from}7f000001`);
  await peer.text("x");
  assertEquals(await client.take(1), hex(new TextEncoder().encode("x")));
});

Deno.test("only the address named in the request may come", async () => {
  await using proxy = await TestProxy.start();
  using client = await proxy.client();
  const bound = await bind(client, "127.0.0.2");
  using wrong = await dial(bound, "127.0.0.3");
  assertEquals(await wrong.rest(), "");
  using right = await dial(bound, "127.0.0.2");
  assertEquals((await client.reply5()).address.host, "127.0.0.2");
  await right.text("x");
  assertEquals(await client.take(1), "78");
});

Deno.test("the listener dies with the control connection", async () => {
  await using proxy = await TestProxy.start();
  const client = await proxy.client();
  const bound = await bind(client, "127.0.0.1");
  client.close();
  await proxy.ended();
  await assertRejects(() => dial(bound), Deno.errors.ConnectionRefused);
});

Deno.test("nobody comes in time: the second reply says so", async () => {
  await using proxy = await TestProxy.start({ limits: { bindMs: 200 } });
  using client = await proxy.client();
  const bound = await bind(client, "127.0.0.1");
  assertEquals((await client.reply5()).code, 6);
  assertEquals(await client.take(1), "");
  await assertRejects(() => dial(bound), Deno.errors.ConnectionRefused);
});

Deno.test("rules hold for BIND: before, and for whoever comes when nobody is named", async () => {
  await using proxy = await TestProxy.start({ rules: ["deny 127.0.0.2 command=bind"] });
  using client = await proxy.client();
  await client.send("05 01 00", request5(2, "127.0.0.2", 0));
  await client.take(2);
  assertEquals((await client.reply5()).code, 2);
  using anybody = await proxy.client();
  const bound = await bind(anybody, "0.0.0.0");
  using denied = await dial(bound, "127.0.0.2");
  assertEquals(await denied.rest(), "");
  using allowed = await dial(bound, "127.0.0.4");
  assertEquals((await anybody.reply5()).address.host, "127.0.0.4");
  allowed.close();
});

Deno.test("through a SOCKS proxy in front both replies are passed on", async () => {
  await using upstream = await TestProxy.start();
  for (const url of ["socks5h", "socks4a"]) {
    await using proxy = await TestProxy.start({ access: { via: [`${url}://127.0.0.1:${upstream.port}`] } });
    using client = await proxy.client();
    const bound = await bind(client, "127.0.0.1");
    using peer = await dial(bound);
    const second = await client.reply5();
    assertEquals(second.address.port, peer.conn.localAddr.port);
    await peer.text("x");
    assertEquals(await client.take(1), "78");
    peer.close();
    client.close();
    const { reply, via } = await proxy.ended();
    assertEquals([reply, via.length], [0, 1]);
  }
  await using proxy = await TestProxy.start({ access: { via: ["http://127.0.0.1:1"] } });
  using client = await proxy.client();
  await client.send("05 01 00", request5(2, "127.0.0.1", 0));
  await client.take(2);
  assertEquals((await client.reply5()).code, 7);
});

Deno.test("a name of both families: the listener is of the client's, and in version 4 of IPv4", async () => {
  const names: Record<string, string[]> = { "both.test": ["::1", "127.0.0.1"], "six.test": ["::1"] };
  await using proxy = await TestProxy.start({
    network: {
      resolve: (name) => Promise.resolve(names[name]!),
      localFor: (peer) => peer.family === 4 ? "127.0.0.1" : "::1",
    },
  });
  using client = await proxy.client();
  assertEquals((await bind(client, "both.test")).host, "127.0.0.1");
  const hexName = (name: string) => [...name].map((letter) => letter.charCodeAt(0).toString(16)).join("");
  using old = await proxy.client();
  await old.send(`04 02 0000 00000001 00 ${hexName("both.test")} 00`);
  const reply = await old.take(8);
  assertEquals([reply.slice(0, 4), reply.slice(8)], ["005a", "7f000001"]);
  // An IPv6 listener is nothing that version 4 could name.
  using six = await proxy.client();
  await six.send(`04 02 0000 00000001 00 ${hexName("six.test")} 00`);
  assertEquals((await six.take(8)).slice(0, 4), "005b");
});

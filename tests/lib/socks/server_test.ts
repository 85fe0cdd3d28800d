// The server over real sockets: handshakes whole, cut everywhere and malformed; reply codes.
import { assert, assertEquals } from "@std/assert";
import { ConnectError, type ConnectReason } from "../../../lib/base/errors.ts";
import { freePort, NO_SUCH_NAME, tcpServer } from "../../helpers/netlab.ts";
import { echo, Peer, port16, request5, TestProxy, text16 } from "../../helpers/socks.ts";

Deno.test("CONNECT in versions 4, 4a, 5 and HTTP, and the bound address is the real one", async () => {
  let seen: Deno.NetAddr | undefined;
  await using target = tcpServer((conn) => {
    seen = conn.remoteAddr;
    return echo(conn);
  });
  await using proxy = await TestProxy.start();
  const hello = async (peer: Peer) => {
    await peer.text("hello");
    assertEquals(await peer.take(5), text16("hello"));
    await peer.closeWrite();
    assertEquals(await peer.take(1), "");
    peer.close();
  };
  {
    const peer = await proxy.client();
    await peer.send(`04 01 ${port16(target.port)} 7f000001 6d65 00`);
    const reply = await peer.take(8);
    assertEquals(reply.slice(0, 4), "005a");
    assertEquals(reply.slice(4, 8), port16(seen!.port));
    assertEquals(reply.slice(8), "7f000001");
    await hello(peer);
  }
  {
    const peer = await proxy.client();
    await peer.send(`04 01 ${port16(target.port)} 00000001 00 ${text16("localhost")} 00`);
    assertEquals((await peer.take(8)).slice(0, 4), "005a");
    await hello(peer);
  }
  for (const host of ["127.0.0.1", "localhost", "127.1", "localhost.", "[00000000000000000000ffff7f000001]"]) {
    const peer = await proxy.client();
    await peer.send("05 01 00");
    assertEquals(await peer.take(2), "0500");
    await peer.send(request5(1, host, target.port));
    assertEquals(await peer.reply5(), { code: 0, address: { type: "ipv4", host: "127.0.0.1", port: seen!.port } });
    await hello(peer);
  }
  {
    const peer = await proxy.client();
    await peer.text(`CONNECT localhost:${target.port} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const head = "HTTP/1.1 200 Connection established\r\n\r\n";
    assertEquals(new TextDecoder().decode(await peer.read(head.length)), head);
    await hello(peer);
  }
  await proxy.ended(8);
  for (const record of proxy.records) assertEquals([record.sent, record.received, record.reply], [5, 5, 0]);
});

Deno.test("greeting, request, data and end in one segment: nothing is lost", async () => {
  await using target = tcpServer(echo);
  await using proxy = await TestProxy.start();
  for (
    const [start, reply] of [
      [`05 02 00 02 ${request5(1, "127.0.0.1", target.port)}`, "0500050000017f000001...."],
      [`05 01 00 ${request5(1, "localhost", target.port)}`, "0500050000017f000001...."],
      [`04 01 ${port16(target.port)} 7f000001 00`, "005a....7f000001"],
      [`04 01 ${port16(target.port)} 000000ff 00 ${text16("localhost")} 00`, "005a....7f000001"],
      [
        text16(`CONNECT 127.0.0.1:${target.port} HTTP/1.0\r\n\r\n`),
        text16("HTTP/1.1 200 Connection established\r\n\r\n"),
      ],
    ] as const
  ) {
    using peer = await proxy.client();
    await peer.send(start, text16("data"));
    await peer.closeWrite();
    assert(new RegExp(`^${reply}${text16("data")}$`).test(await peer.take(Infinity)), start);
  }
});

Deno.test("one octet at a time: every handshake works", async () => {
  await using target = tcpServer(echo);
  await using proxy = await TestProxy.start({ users: { "me:secret": "" } });
  await using open = await TestProxy.start();
  const slowly = async (peer: Peer, bytes: Uint8Array) => {
    for (const octet of bytes) {
      await peer.write(Uint8Array.of(octet));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  const octets = (text: string) =>
    Uint8Array.from(text.replaceAll(" ", "").match(/../g)!, (pair) => parseInt(pair, 16));
  for (
    const [server, message, start] of [
      [
        proxy,
        `05 02 00 02 01 02 6d65 06 736563726574 ${request5(1, "127.0.0.1", target.port)}`,
        "05020100050000017f000001",
      ],
      [open, `05 01 00 ${request5(1, "localhost", target.port)}`, "0500050000017f000001"],
      [open, `04 01 ${port16(target.port)} 7f000001 6d6500`, "005a"],
      [open, `04 01 ${port16(target.port)} 00000001 00 ${text16("localhost")} 00`, "005a"],
      [open, text16(`CONNECT 127.0.0.1:${target.port} HTTP/1.1\r\n\r\n`), text16("HTTP/1.1 200")],
    ] as const
  ) {
    using peer = await server.client();
    await slowly(peer, octets(`${message} ${text16("data")}`));
    await peer.closeWrite();
    const all = await peer.take(Infinity);
    assert(all.startsWith(start), `${message}: ${all}`);
    assert(all.endsWith(text16("data")), `${message}: ${all}`);
  }
});

Deno.test("a client that leaves in the middle of any message leaves nothing behind", async () => {
  await using proxy = await TestProxy.start({ users: { "me:secret": "" } });
  const messages = [
    "05 02 00 02 01 02 6d65 06 736563726574 05 01 00 03 04 61626364 00",
    "04 01 0050 7f000001 6d",
    "04 01 0050 00000001 00 6162",
    text16("CONNECT a:1 HTTP/1.1\r\nHost: a"),
  ];
  let count = 0;
  for (const message of messages) {
    const digits = message.replaceAll(" ", "");
    for (let cut = 0; cut <= digits.length; cut += 2) {
      using peer = await proxy.client();
      if (cut > 0) await peer.send(digits.slice(0, cut));
      count++;
      if (cut % 4 === 0) {
        await peer.closeWrite();
        await peer.take(Infinity);
      }
    }
  }
  await proxy.ended(count);
  assertEquals(proxy.server.active, 0);
});

Deno.test("anything that is no protocol is closed at once; so is what is switched off", async () => {
  await using proxy = await TestProxy.start({ policy: { socks4: false, socks5: false, http: false, forward: false } });
  await using open = await TestProxy.start();
  for (
    const start of [
      "00",
      "03",
      "06",
      "16 03 01 00 50 01",
      "80",
      "0a",
      "ff",
      text16("get / http\r\n"),
      text16("SSH-2.0-x\r\n"),
    ]
  ) {
    using peer = await open.client();
    await peer.send(start);
    assertEquals(await peer.rest(), "", start);
  }
  for (const start of ["05 01 00", "04 01 0050 7f000001 00", text16("CONNECT a:1 HTTP/1.1\r\n\r\n")]) {
    using peer = await proxy.client();
    await peer.send(start);
    assertEquals(await peer.rest(), "", start);
  }
});

Deno.test("thousands of malformed handshakes: each refused, nothing left", async () => {
  await using proxy = await TestProxy.start({ limits: { handshakeMs: 3000 } });
  let seed = 12345;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
  const firsts = [4, 5, 0x43, 0x47, 0, 0x16, 255];
  const one = async () => {
    using peer = await proxy.client();
    const bytes = new Uint8Array(1 + random(40)).map(() => random(256));
    bytes[0] = firsts[random(firsts.length)]!;
    // Never a request that could be carried out.
    if (bytes[0] === 4 && bytes.length > 1) bytes[1] = 9;
    if (bytes[0] === 5 && bytes.length > 1) bytes[1] = Math.min(bytes[1]!, 3);
    try {
      await peer.write(bytes);
      await peer.closeWrite();
    } catch {
      // Refused before all was sent.
    }
    await peer.rest();
  };
  for (let round = 0; round < 40; round++) await Promise.all(Array.from({ length: 50 }, one));
  await proxy.ended(2000);
  assertEquals(proxy.server.active, 0);
});

Deno.test("endless user ids, names, heads and half-sent greetings end in bounded memory and time", async () => {
  await using proxy = await TestProxy.start({ limits: { handshakeMs: 300 } });
  for (const start of ["04 01 0050 7f000001", "04 01 0050 00000001 00"]) {
    using peer = await proxy.client();
    await peer.send(start, "61".repeat(2000));
    assertEquals((await peer.take(Infinity)).slice(0, 4), "005b");
  }
  {
    using peer = await proxy.client();
    await peer.text("GET http://a/ HTTP/1.1\r\n");
    try {
      for (let i = 0; i < 200; i++) await peer.text(`X: ${"y".repeat(1000)}\r\n`);
    } catch {
      // Closed while we talk.
    }
    await peer.rest().catch(() => "");
  }
  for (const start of ["", "05", "05 ff 00", "04", text16("CONNECT ")]) {
    using peer = await proxy.client();
    if (start !== "") await peer.send(start);
    assertEquals(await peer.rest(), "");
  }
  await proxy.ended(8);
  assertEquals(proxy.records.slice(3).map((record) => record.ended), Array(5).fill("timeout"));
});

Deno.test("every failure has its reply code, and the reply arrives before the end", async () => {
  const failing = (reason: ConnectReason) => () => Promise.reject(new ConnectError("x", "no", { reason }));
  const code = async (proxy: TestProxy, request: string) => {
    using peer = await proxy.client();
    await peer.send("05 01 00", request, text16("and data that nobody wants"));
    assertEquals(await peer.take(2), "0500");
    const reply = await peer.reply5();
    assertEquals(await peer.rest(), "");
    return reply.code;
  };
  for (
    const [reason, expected] of [
      ["refused", 5],
      ["timed-out", 6],
      ["host-unreachable", 4],
      ["name-not-found", 4],
      ["network-unreachable", 3],
      ["address-not-available", 3],
      ["denied", 2],
      ["no-descriptors", 1],
      ["proxy", 1],
      ["tls", 1],
      ["other", 1],
    ] as const
  ) {
    await using proxy = await TestProxy.start({ network: { dial: failing(reason) } });
    assertEquals(await code(proxy, request5(1, "127.0.0.1", 80)), expected, reason);
    using four = await proxy.client();
    await four.send("04 01 0050 7f000001 00");
    assertEquals(await four.take(Infinity), "005b000000000000");
  }
  await using proxy = await TestProxy.start({ rules: ["deny 127.0.0.9", "deny *.bad.test"] });
  assertEquals(await code(proxy, request5(1, "127.0.0.1", freePort())), 5);
  assertEquals(await code(proxy, request5(1, NO_SUCH_NAME, 80)), 4);
  assertEquals(await code(proxy, request5(1, "127.0.0.9", 80)), 2);
  assertEquals(await code(proxy, request5(1, "x.bad.test", 80)), 2);
  assertEquals(await code(proxy, request5(4, "127.0.0.1", 80)), 7);
  assertEquals(await code(proxy, request5(0, "127.0.0.1", 80)), 7);
  assertEquals(await code(proxy, "05 01 00 02 7f000001 0050"), 8);
  assertEquals(await code(proxy, "05 01 00 00 7f000001 0050"), 8);
  assertEquals(await code(proxy, "05 01 00 03 00 0050"), 1);
  assertEquals(await code(proxy, "05 01 01 01 7f000001 0050"), 1);
  assertEquals(await code(proxy, "04 01 00 01 7f000001 0050"), 1);
  // Each is in the log as it was said.
  await proxy.ended(11);
  assertEquals(proxy.records.map(({ reply }) => reply), [5, 4, 2, 2, 7, 7, 8, 8, 1, 1, 1]);
  // A proxy in front: what it says of the target is passed on, what keeps us from it is not the target's fault.
  await using upstream = await TestProxy.start({ rules: ["deny 127.0.0.8"] });
  const up = `socks5h://127.0.0.1:${upstream.port}`, down = `socks5h://127.0.0.1:${freePort()}`;
  for (
    const [via, host, expected] of [
      [[up], "127.0.0.1", 5],
      [[up], "127.0.0.8", 2],
      [[up], NO_SUCH_NAME, 4],
      [[down], "127.0.0.1", 1],
      [[up, down], "127.0.0.1", 1],
      [[up, up], "127.0.0.1", 5],
    ] as const
  ) {
    await using chained = await TestProxy.start({ access: { via } });
    assertEquals(await code(chained, request5(1, host, freePort())), expected, `${via} ${host}`);
  }
  await using without = await TestProxy.start({ policy: { bind: false, udp: false } });
  assertEquals(await code(without, request5(2, "127.0.0.1", 0)), 7);
  assertEquals(await code(without, request5(3, "0.0.0.0", 0)), 7);
});

Deno.test("HTTP: a status for every failure", async () => {
  await using proxy = await TestProxy.start({ rules: ["deny 127.0.0.9"] });
  const status = async (head: string) => {
    using peer = await proxy.client();
    await peer.text(head);
    return (await peer.rest()).split(" ", 2)[1];
  };
  assertEquals(await status(`CONNECT 127.0.0.1:${freePort()} HTTP/1.1\r\n\r\n`), "502");
  assertEquals(await status("CONNECT 127.0.0.9:80 HTTP/1.1\r\n\r\n"), "403");
  assertEquals(await status(`CONNECT ${NO_SUCH_NAME}:80 HTTP/1.1\r\n\r\n`), "502");
  assertEquals(await status("CONNECT 127.0.0.1 HTTP/1.1\r\n\r\n"), "400");
  assertEquals(await status("CONNECT 127.0.0.1:99999 HTTP/1.1\r\n\r\n"), "400");
  assertEquals(await status("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "400");
  assertEquals(await status("GET https://a/ HTTP/1.1\r\n\r\n"), "400");
  assertEquals(await status("GET http://127.0.0.9/ HTTP/1.1\r\n\r\n"), "403");
  assertEquals(
    await status("POST http://a/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "400",
  );
});

Deno.test({
  name: "a client that comes by IPv4 to an IPv6 listener is written and counted as IPv4",
  // There IPv6 sockets take IPv6 only.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using target = tcpServer(echo);
    await using proxy = await TestProxy.start({ host: "::", limits: { perClient: 1 } });
    using peer = new Peer(await Deno.connect({ hostname: "127.0.0.1", port: proxy.port }));
    await peer.send("05 01 00", request5(1, "127.0.0.1", target.port));
    assertEquals((await peer.take(2), await peer.reply5()).code, 0);
    using other = new Peer(await Deno.connect({ hostname: "127.0.0.1", port: proxy.port }));
    await other.send("05 01 00", request5(1, "127.0.0.1", target.port));
    assertEquals((await other.take(2), await other.reply5()).code, 2);
    other.close();
    assertEquals((await proxy.ended()).client!.host, "127.0.0.1");
  },
});

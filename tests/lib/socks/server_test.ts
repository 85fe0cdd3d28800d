// The server over real sockets: handshakes cut everywhere, reply codes, tunnels, limits, leavers.
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { ConnectError, type ConnectReason } from "../../../lib/base/errors.ts";
import { hex } from "../../../lib/base/hex.ts";
import { parsePrefix } from "../../../lib/base/ip.ts";
import { freePort, tcpServer } from "../../helpers/netlab.ts";
import { echo, Peer, request5, TestProxy } from "../../helpers/socks.ts";

const port16 = (port: number) => port.toString(16).padStart(4, "0");
const text16 = (text: string) => hex(new TextEncoder().encode(text));

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
      text16("get / http"),
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

Deno.test("methods: none, password, and 0xFF when nothing fits", async () => {
  await using open = await TestProxy.start();
  await using closed = await TestProxy.start({ users: { "me:secret": "", "zoë:pä": "" } });
  const choice = async (proxy: TestProxy, greeting: string) => {
    using peer = await proxy.client();
    await peer.send(greeting);
    const method = await peer.take(2);
    return method === "05ff" ? method + await peer.take(1) : method;
  };
  assertEquals(await choice(open, "05 01 00"), "0500");
  assertEquals(await choice(open, "05 03 01 02 00"), "0500");
  assertEquals(await choice(open, "05 01 01"), "05ff");
  assertEquals(await choice(open, "05 01 02"), "05ff");
  assertEquals(await choice(open, "05 00"), "05ff");
  assertEquals(await choice(closed, "05 01 00"), "05ff");
  assertEquals(await choice(closed, "05 02 00 01"), "05ff");
  assertEquals(await choice(closed, "05 02 00 02"), "0502");
  assertEquals(await choice(closed, "05 ff" + "02".repeat(255)), "0502");
  const login = async (message: string) => {
    using peer = await closed.client();
    await peer.send("05 01 02", message);
    assertEquals(await peer.take(2), "0502");
    const answer = await peer.take(2);
    return answer === "0101" ? answer + await peer.take(1) : answer;
  };
  assertEquals(await login("01 02 6d65 06 736563726574"), "0100");
  assertEquals(await login("01 04 7a6fc3ab 03 70c3a4"), "0100");
  for (
    const wrong of [
      "01 02 6d65 06 736563726575", // another password
      "01 02 6d66 06 736563726574", // another user
      "01 02 6d65 07 73656372657400", // with a NUL after it
      "01 03 6d6500 06 736563726574",
      "01 02 6d65 05 7365637265", // cut
      "01 00 06 736563726574", // no user
      "01 02 6d65 00", // no password
      "05 02 6d65 06 736563726574", // another version
    ]
  ) assertEquals(await login(wrong), "0101", wrong);
  {
    using peer = await closed.client();
    await peer.send("04 01 0050 7f000001 6d65 00");
    assertEquals((await peer.take(Infinity)).slice(0, 4), "005b");
  }
  for (const headers of ["", "Proxy-Authorization: Basic bWU6d3Jvbmc=\r\n", "Proxy-Authorization: Bearer x\r\n"]) {
    using peer = await closed.client();
    await peer.text(`CONNECT 127.0.0.1:9 HTTP/1.1\r\n${headers}\r\n`);
    const answer = await peer.rest();
    assert(answer.startsWith("HTTP/1.1 407 "), answer);
    assertStringIncludes(answer, "Proxy-Authenticate: Basic ");
  }
});

Deno.test("with users, data sent ahead of the login does not get past it", async () => {
  let connections = 0;
  await using target = tcpServer(() => {
    connections++;
    return Promise.resolve();
  });
  await using proxy = await TestProxy.start({ users: { "me:secret": "" } });
  using peer = await proxy.client();
  await peer.send("05 02 00 02", "01 01 61 01 62", request5(1, "127.0.0.1", target.port));
  assertEquals(await peer.take(Infinity), "05020101");
  assertEquals(connections, 0);
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
  assertEquals(await code(proxy, request5(1, "does-not-exist.invalid", 80)), 4);
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
      [[up], "nothing.invalid", 4],
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
  assertEquals(await status("CONNECT nope.invalid:80 HTTP/1.1\r\n\r\n"), "502");
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
      sent += await conn.write(block);
      clearTimeout(stalled);
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

Deno.test("limits: connections in all, per client and per user; a place is free again at once", async () => {
  await using target = tcpServer(echo);
  const denied = async (proxy: TestProxy, login = "") => {
    using peer = await proxy.client();
    await peer.send(login === "" ? "05 01 00" : "05 01 02", login, request5(1, "127.0.0.1", target.port));
    assertEquals(await peer.take(login === "" ? 2 : 4), login === "" ? "0500" : "05020100");
    return (await peer.reply5()).code;
  };
  for (const limits of [{ connections: 2 }, { perClient: 2 }]) {
    await using proxy = await TestProxy.start({ limits });
    const first = await proxy.connected(target.port);
    using second = await proxy.connected(target.port);
    assertEquals(await denied(proxy), 2);
    assertEquals(await denied(proxy), 2);
    await first.closeWrite();
    await first.rest();
    first.close();
    await proxy.ended(3);
    assertEquals(await denied(proxy), 0);
    second.close();
  }
  await using proxy = await TestProxy.start({ users: { "me:secret": "connections=1" } });
  const login = "01 02 6d65 06 736563726574";
  using first = await proxy.client();
  await first.send("05 01 02", login, request5(1, "127.0.0.1", target.port));
  assertEquals(await first.take(4), "05020100");
  assertEquals((await first.reply5()).code, 0);
  assertEquals(await denied(proxy, login), 2);
});

Deno.test("limits: connect, idle, octets per second", async () => {
  await using target = tcpServer(echo);
  {
    await using proxy = await TestProxy.start({
      limits: { connectMs: 200 },
      network: {
        dial: (_hosts, _port, signal) =>
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      },
    });
    using peer = await proxy.client();
    await peer.send("05 01 00", request5(1, "192.0.2.1", 80));
    await peer.take(2);
    assertEquals((await peer.reply5()).code, 6);
  }
  {
    await using proxy = await TestProxy.start({ limits: { idleMs: 300 } });
    using peer = await proxy.connected(target.port);
    await peer.text("x");
    assertEquals(await peer.rest(), "x");
    assertEquals((await proxy.ended()).ended, "idle");
  }
  {
    await using proxy = await TestProxy.start({ limits: { rate: 100_000 } });
    using peer = await proxy.connected(target.port);
    const began = performance.now();
    await peer.write(new Uint8Array(50_000));
    await peer.closeWrite();
    assertEquals((await peer.read(Infinity)).length, 50_000);
    assert(performance.now() - began >= 400, "50,000 octets at 100,000 a second take half a second");
  }
});

Deno.test("clients: who is not on the list is refused", async () => {
  await using target = tcpServer(echo);
  await using proxy = await TestProxy.start({ clients: [parsePrefix("10.0.0.0/8")!] });
  using peer = await proxy.client();
  await peer.send("05 01 00", request5(1, "127.0.0.1", target.port));
  assertEquals(await peer.take(2), "0500");
  assertEquals((await peer.reply5()).code, 2);
});

Deno.test("PROXY protocol in front: the client is the one that the header names, and is judged as such", async () => {
  await using target = tcpServer(echo);
  await using proxy = await TestProxy.start({ proxyProtocol: true });
  const code = async (header: string, host: string, port = target.port) => {
    using peer = await proxy.client();
    await peer.send(header, "05 01 00", request5(1, host, port));
    if (await peer.take(2) !== "0500") return "closed";
    return (await peer.reply5()).code;
  };
  const v1 = text16("PROXY TCP4 203.0.113.7 192.0.2.1 4711 1080\r\n");
  const v2 = `0d0a0d0a000d0a515549540a 21 11 000c cb007107 c0000201 1267 0438`;
  assertEquals(await code(text16("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"), "127.0.0.1"), 0);
  assertEquals(await code(text16("PROXY UNKNOWN\r\n"), "127.0.0.1"), 0);
  for (const header of [v1, v2]) {
    for (
      const host of [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "127.0.0.1.",
        "127.0.0.1\0.example",
        "::1",
        "[::1]".replace("[::1]", "[00000000000000000000000000000001]"),
        "[00000000000000000000ffff7f000001]",
        "[0000000000000000000000007f000001]",
        "[0064ff9b00000000000000007f000001]",
        "[0064ff9b0000000000000000a9fea9fe]",
        "[20027f00000100000000000000000001]",
        "::ffff:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "0.0.0.0",
        "[00000000000000000000000000000000]",
        "169.254.169.254",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fe80::1",
        "fd00::1",
        "224.0.0.1",
      ]
    ) assertEquals(await code(header, host), 2, host);
  }
  assertEquals(proxy.records.at(-1)!.client, { host: "203.0.113.7", port: 4711 });
  assertEquals(await code("05 01 00", "127.0.0.1"), "closed");
  await using open = await TestProxy.start({ proxyProtocol: true, access: { allowPrivate: true } });
  using peer = await open.client();
  await peer.send(v1, "05 01 00", request5(1, "127.0.0.1", target.port));
  assertEquals(await peer.take(2), "0500");
  assertEquals((await peer.reply5()).code, 0);
});

Deno.test("a name is judged by the addresses that are connected to, and asked for once", async () => {
  await using target = tcpServer(echo);
  let asked = 0;
  const dialed: string[] = [];
  await using proxy = await TestProxy.start({
    rules: ["deny 127.0.0.0/8"],
    network: {
      // A name that changes its mind: harmless at first, this host afterwards.
      resolve: () => Promise.resolve(asked++ === 0 ? ["192.0.2.1", "127.0.0.1"] : ["127.0.0.1"]),
      dial: (hosts) => {
        dialed.push(...hosts);
        return Promise.reject(new ConnectError("x", "no", { reason: "host-unreachable" }));
      },
    },
  });
  for (const expected of [4, 2]) {
    using peer = await proxy.client();
    await peer.send("05 01 00", request5(1, "rebind.test", target.port));
    await peer.take(2);
    assertEquals((await peer.reply5()).code, expected);
  }
  assertEquals(dialed, ["192.0.2.1"]);
  assertEquals(asked, 2);
});

Deno.test("a name with a dead first address still connects quickly", async () => {
  await using target = tcpServer(echo);
  await using proxy = await TestProxy.start({
    network: { resolve: () => Promise.resolve(["::1", "127.0.0.1"]) },
  });
  using peer = await proxy.connected(target.port, "both.test");
  await peer.text("x");
  assertEquals(await peer.take(1), text16("x"));
});

Deno.test("many failed logins of one client are slowed down; a right one is not", async () => {
  await using proxy = await TestProxy.start({ users: { "me:secret": "" } });
  const wrong = async () => {
    using peer = await proxy.client();
    await peer.send("05 01 02", "01 02 6d65 01 78");
    assertEquals(await peer.take(Infinity), "05020101");
  };
  const began = performance.now();
  const guesses = Promise.all(Array.from({ length: 4 }, wrong));
  using peer = await proxy.client();
  await peer.send("05 01 02", "01 02 6d65 06 736563726574");
  assertEquals(await peer.take(4), "05020100");
  const right = performance.now() - began;
  await guesses;
  const all = performance.now() - began;
  assert(all > 1900 && right < all / 2, `right after ${right} ms, four wrong ones after ${all} ms`);
});

Deno.test("identd: 0x5c when it is silent, 0x5d when it names another user", async () => {
  await using target = tcpServer(echo);
  for (const [answer, code] of [[undefined, "5c"], ["other", "5d"], ["me", "5a"]] as const) {
    await using proxy = await TestProxy.start({ ident: true, network: { identify: () => Promise.resolve(answer) } });
    using peer = await proxy.client();
    await peer.send(`04 01 ${port16(target.port)} 7f000001 6d65 00`);
    assertEquals((await peer.take(8)).slice(2, 4), code);
  }
});

Deno.test("when descriptors run out the client is told so, and others go on", async () => {
  await using target = tcpServer(echo);
  let broke = false;
  await using proxy = await TestProxy.start();
  const network = proxy.server.config.network as { dial: ReturnType<typeof Object> };
  const dial = (network.dial as (...args: unknown[]) => unknown).bind(network);
  Object.assign(network, {
    dial: (...args: unknown[]) =>
      broke
        ? Promise.reject(new ConnectError("x", "Too many open files", { reason: "no-descriptors" }))
        : dial(...args),
  });
  using running = await proxy.connected(target.port);
  broke = true;
  using peer = await proxy.client();
  await peer.send("05 01 00", request5(1, "127.0.0.1", target.port));
  await peer.take(2);
  assertEquals((await peer.reply5()).code, 1);
  await running.text("x");
  assertEquals(await running.take(1), text16("x"));
});

Deno.test("a client that comes by IPv4 to an IPv6 listener is written and counted as IPv4", async () => {
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
});

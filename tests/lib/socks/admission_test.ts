// Who may use the server, how much and for what, over real sockets: logins, limits, clients, names, identd.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ConnectError } from "../../../lib/base/errors.ts";
import { parsePrefix } from "../../../lib/base/ip.ts";
import { tcpServer } from "../../helpers/netlab.ts";
import { echo, type Peer, port16, request5, TestProxy, text16 } from "../../helpers/socks.ts";

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

Deno.test("limits: what one client has open is no other client's affair", async () => {
  await using server = tcpServer(echo);
  await using proxy = await TestProxy.start({
    proxyProtocol: true,
    limits: { perClient: 1 },
    access: { allowPrivate: true },
  });
  const open: Disposable[] = [];
  for (const [client, code] of [["192.0.2.1", "00"], ["192.0.2.2", "00"], ["192.0.2.1", "02"], ["192.0.2.3", "00"]]) {
    const peer = await proxy.client();
    open.push(peer);
    await peer.text(`PROXY TCP4 ${client} 127.0.0.1 4000 1080\r\n`);
    await peer.send("05 01 00", request5(1, "127.0.0.1", server.port));
    // The choice of a method, then the beginning of the reply.
    assertEquals(await peer.take(4), `050005${code}`, client);
  }
  for (const peer of open) peer[Symbol.dispose]();
  await proxy.ended(4);
  const whys = proxy.records.flatMap(({ why }) => why === undefined ? [] : [why]);
  assertEquals(whys, ["a connection of this client is open already"]);
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
  const wrong = async (_: unknown, guess: number) => {
    using peer = await proxy.client();
    await peer.send("05 01 02", `01 02 6d65 01 7${guess}`);
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
  assert(all > 1800 && right < all / 2, `right after ${right} ms, four wrong ones after ${all} ms`);
});

Deno.test("failed logins from one network of IPv6 are slowed down together, from different ones they are not", async () => {
  await using proxy = await TestProxy.start({ users: { "me:secret": "" }, proxyProtocol: true });
  const wrong = async (client: string) => {
    using peer = await proxy.client();
    await peer.text(`PROXY TCP6 ${client} 2001:db8::1 4000 1080\r\n`);
    await peer.send("05 01 02", `01 02 6d65 01 7${client.length % 10}`);
    assertEquals(await peer.take(Infinity), "05020101");
  };
  const together = async (clients: string[]) => {
    const began = performance.now();
    await Promise.all(clients.map(wrong));
    return performance.now() - began;
  };
  const one = await together(["1", "22", "333", "4444"].map((host) => `2001:db8:0:1::${host}`));
  const many = await together(["1", "22", "333", "4444"].map((net) => `2001:db8:1:${net}::1`));
  assert(one > 1800 && many < one / 2, `${one} ms for one network, ${many} ms for four`);
});

/** Wrong logins, more than are refused within seconds. */
async function wrongLogins(proxy: TestProxy): Promise<Peer[]> {
  return await Promise.all(Array.from({ length: 40 }, async (_, guess) => {
    const peer = await proxy.client();
    await peer.send("05 01 02");
    assertEquals(await peer.take(2), "0502");
    await peer.send(`01 02 6d65 02 77${(guess + 16).toString(16)}`);
    return peer;
  }));
}

Deno.test("a login waits no longer than its handshake may take, and keeps nobody waiting after that", async () => {
  await using proxy = await TestProxy.start({ users: { "me:secret": "" }, limits: { handshakeMs: 700 } });
  const began = performance.now();
  const peers = await wrongLogins(proxy);
  await proxy.ended(peers.length);
  const refused = proxy.records.filter(({ ended }) => ended === "refused").length;
  assert(refused < 4 && performance.now() - began < 3000, `${refused} refused`);
  const { user, version, why, ended } = proxy.records.at(-1)!;
  assertEquals([user, version, why, ended], ["me", "5", "the handshake took too long", "timeout"]);
  using peer = await proxy.client();
  await peer.send("05 01 02", "01 02 6d65 06 736563726574");
  assertEquals(await peer.take(4), "05020100");
  for (const peer of peers) peer.close();
});

Deno.test("the end of the server waits for no logins", async () => {
  const proxy = await TestProxy.start({ users: { "me:secret": "" } });
  const peers = await wrongLogins(proxy);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const began = performance.now();
  await proxy[Symbol.asyncDispose]();
  assert(performance.now() - began < 1000);
  assertEquals(new Set(proxy.records.map(({ ended }) => ended)), new Set(["shutdown"]));
  for (const peer of peers) peer.close();
});

Deno.test("more logins of one client than may wait are neither right nor wrong: they are told nothing", async () => {
  await using proxy = await TestProxy.start({ users: { "me:secret": "" }, limits: { handshakeMs: 3000 } });
  const peers = await Promise.all(Array.from({ length: 1050 }, () => proxy.client()));
  await Promise.all(peers.map(async (peer, guess) => {
    await peer.send("05 01 02", `01 02 6d65 02 ${(guess + 0x1000).toString(16)}`);
  }));
  await proxy.ended(peers.length);
  const { user, ended, reply } = proxy.records.find(({ why }) => why === "too many logins of this client wait")!;
  assertEquals([user, ended, reply], ["me", "refused", undefined]);
  for (const peer of peers) peer.close();
});

Deno.test("however many right logins come together, of one user or of many, each gets in", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `user${i + 10}`);
  await using proxy = await TestProxy.start({
    users: Object.fromEntries(["me", ...names].map((name) => [`${name}:secret`, ""])),
  });
  const login = async (name: string) => {
    using peer = await proxy.client();
    await peer.send("05 01 02", `01 0${name.length} ${text16(name)} 06 ${text16("secret")}`);
    return await peer.take(4);
  };
  for (const together of [names, names.map(() => "me")]) {
    assertEquals(new Set(await Promise.all(together.map(login))), new Set(["05020100"]));
  }
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

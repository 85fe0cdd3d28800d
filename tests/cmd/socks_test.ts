// `netlab socks` over its command line.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePort, needing, netlab, netlabCommand, Running, startNetlab, tcpServer } from "../helpers/netlab.ts";
import { echo, Peer, request5 } from "../helpers/socks.ts";

const TLS = `${import.meta.dirname}/../data/tls/`;

async function connectTo(port: number, hostname = "127.0.0.1"): Promise<Peer> {
  return new Peer(await Deno.connect({ hostname, port }));
}

/** Reply code of a CONNECT. */
async function codeOf(port: number, host: string, target: number): Promise<number> {
  using peer = await connectTo(port);
  await peer.send("05 01 00", request5(1, host, target));
  assertEquals(await peer.take(2), "0500");
  return (await peer.reply5()).code;
}

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "netlab-socks-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("socks: one port for all, a log line each, status of the signal", async () => {
  await using target = tcpServer(echo);
  await using proxy = startNetlab(["socks", "--port", "0"]);
  const port = await proxy.port();
  assertMatch(proxy.stderr[0]!, /listening on 127\.0\.0\.1:\d+$/);
  {
    using peer = await connectTo(port);
    await peer.send("05 01 00", request5(1, "localhost", target.port));
    assertEquals(await peer.take(2), "0500");
    assertEquals((await peer.reply5()).code, 0);
    await peer.text("hello");
    assertEquals(await peer.take(5), "68656c6c6f");
  }
  await proxy.line(
    /#1 127\.0\.0\.1:\d+ socks5 CONNECT localhost:\d+ \(127\.0\.0\.1:\d+\): succeeded \(0\), 5 up 5 down, .*ended by client/,
  );
  assertEquals(await codeOf(port, "127.0.0.1", freePort()), 5);
  await proxy.line(/#2 .*: connection refused \(5\): /);
  assertEquals((await proxy.stop()).status, 143);
});

Deno.test("socks: JSON log, rules in their order, deny after allow", async () => {
  await using target = tcpServer(echo);
  await using other = tcpServer(echo);
  const args = ["--deny", "127.0.0.1:1-100", "--allow", `127.0.0.1:${target.port}`, "--deny", "127.0.0.0/8"];
  await using proxy = startNetlab(["socks", "--port", "0", "--log", "json", ...args]);
  const listening = JSON.parse((await proxy.line(/listening/)).input);
  const port = Number(listening.where.split(":").pop());
  assertEquals(await codeOf(port, "127.0.0.1", target.port), 0);
  assertEquals(await codeOf(port, "localhost", other.port), 2);
  assertEquals(await codeOf(port, "192.0.2.1", 80), 2);
  await proxy.line(/"number":3/);
  const events = proxy.stderr.map((line) => JSON.parse(line)).filter(({ event }) => event === "connection");
  const allowed = events.find(({ reply }) => reply === 0)!;
  assertEquals(
    [allowed.protocol, allowed.command, allowed.target, allowed.reached, allowed.ended],
    ["socks5", "connect", `127.0.0.1:${target.port}`, `127.0.0.1:${target.port}`, "client"],
  );
  assertStringIncludes(events.find(({ target }) => target.startsWith("localhost"))!.reason, "no rule allows it");
});

Deno.test("socks: an open proxy must be asked for by name", async () => {
  const { status, stderr } = await netlab(["socks", "--listen", "0.0.0.0:0"]);
  assertEquals(status, 2);
  assertStringIncludes(stderr, "open proxy");
  assertStringIncludes(stderr, "--open-proxy");
  for (
    const [where, ...more] of [["0.0.0.0:0", "--open-proxy"], ["*:0", "--clients", "127.0.0.0/8"], [
      ":0",
      "--user",
      "me:pw",
    ]]
  ) {
    await using proxy = startNetlab(["socks", "--listen", where!, ...more]);
    assert(await proxy.port() > 0);
  }
});

Deno.test("socks: mistakes on the command line have status 2 and say what to type", async () => {
  for (
    const [args, words] of [
      [["--prot", "1080"], 'did you mean "--port"'],
      [["--allow", "a:99999"], "not a port"],
      [["--via", "sock5://a"], "did you mean"],
      [["--route", "* ftp://a"], "proxy"],
      [["--rules", "/nowhere/rules"], "/nowhere/rules"],
      [["--users", "/nowhere/users"], "/nowhere/users"],
      [["--user", "me"], "NAME:PASSWORD"],
      [["--clients", "x"], "not an address"],
      [["--key", "k.pem"], "--cert"],
      [["--add-user", "me"], "--users"],
      [["1080"], "--port"],
      [["--decode", "tcp:1=http"], '"--explain"'],
      [["--pcap-files", "3"], '"--pcap"'],
      [["--client", "192.0.2.1"], "--why"],
      [["--allow", "* user="], "names nobody"],
      [["--listen", "[::1"], "lacks the bracket"],
      [["--why", "http://host.example/"], "write HOST:PORT"],
      [["--no-socks4", "--no-socks4a", "--no-socks5", "--no-http", "--no-forward"], "switched off"],
    ] as const
  ) {
    const { status, stderr } = await netlab(["socks", ...args]);
    assertEquals(status, 2, args.join(" "));
    assertStringIncludes(stderr, words);
  }
});

Deno.test("socks: users from a file that --add-user made, from the environment, from a flag", async () => {
  await using target = tcpServer(echo);
  await using dir = await folder();
  const users = `${dir.path}/users.txt`;
  for (const [name, password] of [["me", "old"], ["you", "yours"], ["me", "secret"]] as const) {
    const { status, stderr } = await netlab(["socks", "--add-user", name, "--users", users], {
      stdin: `${password}\n`,
    });
    assertEquals(status, 0, stderr);
  }
  const text = await Deno.readTextFile(users);
  assertEquals(text.trim().split("\n").length, 2);
  assert(!text.includes("secret"));
  assertEquals((await Deno.stat(users)).mode! & 0o777, 0o600);
  const login = async (port: number, name: string, password: string) => {
    using peer = await connectTo(port);
    const part = (value: string) =>
      value.length.toString(16).padStart(2, "0") +
      [...new TextEncoder().encode(value)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
    await peer.send("05 01 02", `01 ${part(name)} ${part(password)}`, request5(1, "127.0.0.1", target.port));
    return (await peer.take(4)) === "05020100" && (await peer.reply5()).code === 0;
  };
  {
    await using proxy = startNetlab(["socks", "--port", "0", "--users", users]);
    const port = await proxy.port();
    assert(await login(port, "me", "secret"));
    assert(await login(port, "you", "yours"));
    assert(!await login(port, "me", "old"));
    // Read again on SIGHUP.
    await Deno.writeTextFile(users, text.split("\n").filter((line) => !line.startsWith("you:")).join("\n"));
    await Deno.chmod(users, 0o644);
    proxy.child.kill("SIGHUP");
    await proxy.line(/Reloaded/);
    await proxy.line(/Others can read/);
    assert(!await login(port, "you", "yours"));
    assert(await login(port, "me", "secret"));
    // What is wrong changes nothing.
    await Deno.writeTextFile(users, "me:plain\n");
    proxy.child.kill("SIGHUP");
    await proxy.line(/Not reloaded/);
    assert(await login(port, "me", "secret"));
  }
  await using proxy = startNetlab(["socks", "--port", "0", "--user", "flag:a:b"], {
    env: { NETLAB_SOCKS_USERS: "env:pw other:pw2" },
  });
  const port = await proxy.port();
  await proxy.line(/visible in the process list/);
  assert(await login(port, "flag", "a:b"));
  assert(await login(port, "env", "pw"));
  assert(await login(port, "other", "pw2"));
});

Deno.test("socks: a rules file, read again on SIGHUP", async () => {
  await using target = tcpServer(echo);
  await using dir = await folder();
  const rules = `${dir.path}/rules.txt`;
  await Deno.writeTextFile(rules, "# nothing\ndeny 127.0.0.0/8\n");
  await using proxy = startNetlab(["socks", "--port", "0", "--rules", rules]);
  const port = await proxy.port();
  assertEquals(await codeOf(port, "127.0.0.1", target.port), 2);
  await proxy.line(/rules\.txt:2/);
  await Deno.writeTextFile(rules, `allow 127.0.0.1:${target.port}\ndeny *\n`);
  proxy.child.kill("SIGHUP");
  await proxy.line(/Reloaded: 2 rules/);
  assertEquals(await codeOf(port, "127.0.0.1", target.port), 0);
  await Deno.writeTextFile(rules, "alow *\n");
  proxy.child.kill("SIGHUP");
  await proxy.line(/Not reloaded: .*did you mean "allow"/);
  assertEquals(await codeOf(port, "127.0.0.1", target.port), 0);
});

Deno.test("socks --via: through ourselves, one after the other, and a route of its own", async () => {
  await using target = tcpServer(echo);
  await using last = startNetlab(["socks", "--port", "0", "--user", "me:p@ss"]);
  const lastPort = await last.port();
  await using middle = startNetlab(["socks", "--port", "0", "--no-socks5"]);
  const middlePort = await middle.port();
  for (
    const [via, expected] of [
      [[`socks5h://me:p%40ss@127.0.0.1:${lastPort}`], 0],
      [[`socks5://me:p%40ss@127.0.0.1:${lastPort}`], 0],
      [[`http://me:p%40ss@127.0.0.1:${lastPort}`], 0],
      [[`http://127.0.0.1:${middlePort}`, `socks5h://me:p%40ss@127.0.0.1:${lastPort}`], 0],
      [[`socks4a://127.0.0.1:${middlePort}`, `socks5h://me:p%40ss@127.0.0.1:${lastPort}`], 0],
      [[`socks5h://me:wrong@127.0.0.1:${lastPort}`], 2],
    ] as const
  ) {
    await using proxy = startNetlab(["socks", "--port", "0", ...via.flatMap((url) => ["--via", url])]);
    const port = await proxy.port();
    assertEquals(await codeOf(port, "localhost", target.port), expected, via.join(" "));
    // A last proxy that speaks HTTP cannot say so exactly.
    const closed = via.at(-1)!.startsWith("http") ? 4 : 5;
    if (expected === 0) assertEquals(await codeOf(port, "127.0.0.1", freePort()), closed, via.join(" "));
    await proxy.line(/via /);
    assert(!proxy.stderr.join("\n").includes("p%40ss"));
  }
  await using proxy = startNetlab([
    "socks",
    "--port",
    "0",
    "--via",
    "socks5h://127.0.0.1:1",
    "--route",
    `localhost http://127.0.0.1:${middlePort}`,
    "--route",
    "127.0.0.1 direct",
  ]);
  const port = await proxy.port();
  assertEquals(await codeOf(port, "localhost", target.port), 0);
  assertEquals(await codeOf(port, "127.0.0.1", target.port), 0);
  assert(await codeOf(port, "127.0.0.2", target.port) !== 0);
});

Deno.test("socks --metrics: Prometheus text and health", async () => {
  await using target = tcpServer(echo);
  await using proxy = startNetlab(["socks", "--port", "0", "--metrics", "0"]);
  const port = await proxy.port();
  const [, place] = await proxy.line(/metrics on http:\/\/([^/]+)\/metrics/);
  assertMatch(place!, /^127\.0\.0\.1:/);
  assertEquals(await codeOf(port, "127.0.0.1", target.port), 0);
  assertEquals(await codeOf(port, "127.0.0.1", freePort()), 5);
  await proxy.line(/#2 /);
  assertEquals(await (await fetch(`http://${place}/healthz`)).text(), "ok\n");
  const response = await fetch(`http://${place}/metrics`);
  const text = await response.text();
  assertStringIncludes(response.headers.get("content-type")!, "version=0.0.4");
  assertStringIncludes(text, "netlab_socks_connections_total 2");
  assertStringIncludes(text, 'netlab_socks_handshakes_total{version="socks5",result="succeeded"} 1');
  assertStringIncludes(text, 'netlab_socks_handshakes_total{version="socks5",result="connection refused"} 1');
  assertStringIncludes(text, "netlab_socks_connect_seconds_count 1");
  for (const line of text.trim().split("\n")) {
    assertMatch(line, /^(# (HELP|TYPE) |netlab_socks_\w+(\{[^}]*\})? [\d.e+-]+$)/);
  }
  const missing = await fetch(`http://${place}/`);
  assertEquals(missing.status, 404);
  await missing.body?.cancel();
});

Deno.test("socks --why: addresses, the rule with its line, the route, without connecting", async () => {
  await using dir = await folder();
  const rules = `${dir.path}/rules.txt`;
  await Deno.writeTextFile(rules, "deny *:25\nroute *.onion socks5h://tor:9050\nallow localhost\nallow *.onion\n");
  const why = (...args: string[]) => netlab(["socks", "--rules", rules, "--why", ...args]);
  {
    const { status, stdout } = await why("localhost:80");
    assertEquals(status, 0);
    assertMatch(stdout, /address: (127\.0\.0\.1|::1): allowed: "allow localhost" \(.*rules\.txt:3\)/);
    assertStringIncludes(stdout, "route: direct");
    assertStringIncludes(stdout, "result: allowed");
  }
  {
    const { status, stdout } = await why("localhost:80", "--client", "192.0.2.9");
    assertEquals(status, 1);
    assertStringIncludes(stdout, "is loopback (--allow-private opens that)");
    assertStringIncludes(stdout, "not allowed by ruleset (2)");
  }
  {
    const { status, stdout } = await why("x.onion:80");
    assertEquals(status, 0);
    assertMatch(stdout, /route: socks5h:\/\/tor:9050 \(.*rules\.txt:2\)/);
  }
  {
    const { status, stdout } = await why("localhost:80", "--clients", "10.0.0.0/8", "192.0.2.0/24");
    assertEquals(status, 1);
    assertStringIncludes(stdout, "the client is not on the list of clients");
  }
  for (
    const [args, words] of [
      [
        ["--no-bind", "--command", "bind"],
        /refused: the command bind is switched off\nresult: command not supported \(7\)/,
      ],
      [
        ["--via", "http://127.0.0.1:1", "--command", "udp"],
        /refused: the proxies in front .*\nresult: command not supp/,
      ],
      [["--user", "me:secret"], /refused: nobody gets past without a login\nresult: login refused/],
      [["--user", "me:secret", "--user", "you"], /refused: there is no user "you"\nresult: login refused/],
      [["--user", "me:secret", "--user", "me"], /result: allowed/],
      [
        ["--command", "bind"],
        /waits for a connection from: (?:127\.0\.0\.1|::1)(?:, (?:127\.0\.0\.1|::1))?\nresult: allowed/,
      ],
      [["--command", "udp"], /sends to: (?:127\.0\.0\.1|\[::1\]):80/],
    ] as const
  ) {
    const { stdout } = await why("localhost:80", ...args);
    assertMatch(stdout, words);
  }
  assertMatch((await why("0.0.0.0:0", "--command", "bind")).stdout, /whoever comes is judged.*\nresult: allowed/);
  const { status, stdout } = await why("localhost:25", "--user", "me");
  assertEquals(status, 1);
  assertMatch(stdout, /"deny \*:25" \(.*rules\.txt:1\)/);
});

Deno.test("socks --cert: SOCKS and HTTP inside TLS, and outside of it", async () => {
  await using target = tcpServer(echo);
  await using proxy = startNetlab(["socks", "--port", "0", "--cert", `${TLS}leaf.pem`, "--key", `${TLS}leaf.key`]);
  const port = await proxy.port();
  assertEquals(await codeOf(port, "127.0.0.1", target.port), 0);
  const { TlsClient } = await import("../../lib/dial/tls/client.ts");
  const { dialTcp } = await import("../../lib/dial/tcp.ts");
  const { socks5Connect } = await import("../../lib/socks/client.ts");
  const { readExactly } = await import("../../lib/stream/exact.ts");
  const client = await TlsClient.load({ verify: false });
  const to = { host: "127.0.0.1", port };
  await using stream = await client.over(await dialTcp(to), "localhost", {}, () => dialTcp(to));
  await socks5Connect(stream, { host: "127.0.0.1", port: target.port });
  await stream.write(new TextEncoder().encode("inside"));
  assertEquals(new TextDecoder().decode(await readExactly(stream, 6)), "inside");
});

Deno.test({
  ...needing("socks: localhost is both loopback addresses, and a program that has one of them is in the way", "IPv6"),
  fn: async () => {
    const port = freePort();
    for (const flags of [["--listen", `Localhost:${port}`], ["--port", String(port), "--listen", `[::1]:${port}`]]) {
      await using proxy = startNetlab(["socks", ...flags]);
      await proxy.line(/listening on 127\.0\.0\.1:/);
      await proxy.line(/listening on \[::1\]:/);
    }
    using _taken = Deno.listen({ hostname: "::1", port });
    const { status, stderr } = await netlab(["socks", "--port", String(port)]);
    assertEquals(status, 1);
    assertStringIncludes(stderr, `Cannot listen on [::1]:${port}: Address already in use`);
  },
});

Deno.test("socks --listen unix: a socket file, gone at the end", async () => {
  await using target = tcpServer(echo);
  await using dir = await folder();
  const path = `${dir.path}/proxy.sock`;
  await using proxy = startNetlab(["socks", "--listen", `unix:${path}`]);
  await proxy.line(/listening on unix:/);
  {
    using peer = new Peer(
      Object.assign(await Deno.connect({ transport: "unix", path }), { setNoDelay() {} }) as unknown as Deno.TcpConn,
    );
    await peer.send("05 01 00", request5(1, "127.0.0.1", target.port));
    assertEquals(await peer.take(2), "0500");
    assertEquals((await peer.reply5()).code, 0);
  }
  await proxy.line(/#1 unix socks5/);
  await proxy.stop();
  assertEquals(await Deno.stat(path).then(() => true, () => false), false);
});

Deno.test("socks --listen unix: what else keeps it from serving leaves no socket file behind", async () => {
  await using dir = await folder();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const path = `${dir.path}/s`;
  const { status, stderr } = await netlab(["socks", "--listen", `unix:${path}`, "--metrics", String(taken.addr.port)]);
  assertEquals(status, 1);
  assertMatch(stderr, /^netlab: Cannot listen on 127\.0\.0\.1:\d+: Address already in use/);
  assertEquals([...Deno.readDirSync(dir.path)], []);
});

Deno.test({
  ...needing("socks: sockets of systemd are served", "python3"),
  fn: async () => {
    await using target = tcpServer(echo);
    const port = freePort();
    const command = netlabCommand(["socks"]);
    // What systemd does: bind, pass as descriptor 3, say so in the environment.
    const script = `
import os, socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", ${port})); s.listen(64)
os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
os.environ["LISTEN_FDS"] = "1"; os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(sys.argv[1], sys.argv[1:])`;
    await using proxy = new Running("python3", ["-c", script, command.program, ...command.args]);
    await proxy.line(/listening on fd:3/);
    assertEquals(await codeOf(port, "127.0.0.1", target.port), 0);
    await proxy.line(/#1 127\.0\.0\.1:\d+ socks5/);
    assertEquals((await proxy.stop()).status, 143);
  },
});

Deno.test("socks: grace lets connections finish, a second signal does not", async () => {
  await using target = tcpServer(echo);
  for (const twice of [false, true]) {
    await using proxy = startNetlab(["socks", "--port", "0", "--grace", "30"]);
    const port = await proxy.port();
    using peer = await connectTo(port);
    await peer.send("05 01 00", request5(1, "127.0.0.1", target.port));
    await peer.take(2);
    await peer.reply5();
    proxy.child.kill("SIGINT");
    await proxy.line(/Stopping: 1 connection/);
    await peer.text("x");
    assertEquals(await peer.take(1), "78");
    if (twice) {
      proxy.child.kill("SIGINT");
      assertEquals(await peer.rest(), "");
    } else peer.close();
    assertEquals((await proxy.end()).status, 130);
    assertStringIncludes(proxy.stderr.join("\n"), twice ? "ended by shutdown" : "ended by client");
  }
});

Deno.test("socks -v: what passes is shown, with number and target", async () => {
  await using target = tcpServer(echo);
  await using proxy = startNetlab(["socks", "--port", "0", "-v"]);
  const port = await proxy.port();
  using peer = await connectTo(port);
  await peer.send("05 01 00", request5(1, "localhost", target.port), "68656c6c6f0a");
  assertEquals((await peer.take(2 + 10 + 6)).slice(-12), "68656c6c6f0a");
  peer.close();
  await proxy.line(/^> .*length=6 .*#1 localhost:\d+/);
  await proxy.line(/^hello$/);
  await proxy.line(/^< .*length=6 /);
});

Deno.test("socks: out of descriptors it pauses, says so once, and goes on", async () => {
  await using target = tcpServer(echo);
  const command = netlabCommand(["socks", "--port", "0"]);
  await using proxy = new Running("/bin/sh", ["-c", 'ulimit -n 60; exec "$0" "$@"', command.program, ...command.args]);
  const port = await proxy.port();
  const first = await connectTo(port);
  await first.send("05 01 00", request5(1, "127.0.0.1", target.port));
  assertEquals(await first.take(2), "0500");
  assertEquals((await first.reply5()).code, 0);
  const idle: Peer[] = [];
  for (let i = 0; i < 80; i++) idle.push(await connectTo(port));
  await proxy.line(/Out of descriptors/);
  // Running connections go on.
  await first.text("x");
  assertEquals(await first.take(1), "78");
  for (const peer of idle) peer.close();
  await proxy.lines(/the client left during the handshake/, idle.length);
  assertEquals(await codeOf(port, "127.0.0.1", target.port), 0);
  first.close();
  assertEquals(proxy.stderr.filter((line) => line.includes("Out of descriptors")).length, 1);
});

Deno.test({
  name: "socks: malformed by the thousand leaves no descriptor behind",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using proxy = startNetlab(["socks", "--port", "0", "--handshake-timeout", "2"]);
    const port = await proxy.port();
    const descriptors = () => [...Deno.readDirSync(`/proc/${proxy.child.pid}/fd`)].length;
    const starts = [[5, 1, 0, 5, 1, 0, 9], [5, 255, 0], [4, 1, 0], [0x47, 0x45, 0x54], [0], [255], [5, 1, 0, 4], [
      22,
      3,
    ]];
    const one = async (i: number) => {
      using peer = await connectTo(port);
      const bytes = new Uint8Array([...starts[i % starts.length]!, i & 255, (i * 7) & 255, (i * 31) & 255]);
      try {
        await peer.write(bytes);
        if (i % 3 !== 0) await peer.closeWrite();
      } catch {
        // Refused already.
      }
      // Some wait for the end, some are just gone.
      if (i % 3 !== 0 && i % 2 === 0) await peer.rest();
    };
    const round = (number: number) => Promise.all(Array.from({ length: 50 }, (_, i) => one(number * 50 + i)));
    // The runtime opens files of its own while it starts, and it serves before it has opened all of them.
    await round(0);
    await proxy.lines(/ #\d+ /, 50);
    const before = descriptors();
    for (let number = 1; number <= 40; number++) await round(number);
    // A connection is closed before its line is written.
    await proxy.lines(/ #\d+ /, 2050);
    assert(descriptors() <= before, `${descriptors()} descriptors are open, ${before} were before`);
  },
});

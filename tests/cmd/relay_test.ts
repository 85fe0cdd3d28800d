import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { latin1, latin1Text } from "../../lib/base/bytes.ts";
import {
  freePort,
  LOOPBACKS,
  netlab,
  netlabCommand,
  NO_SUCH_NAME,
  Running,
  startNetlab,
  tcpServer,
} from "../helpers/netlab.ts";
import { inFolder, tlsData } from "../helpers/files.ts";

async function readToEnd(conn: Deno.Conn): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(65536);
    const count = await conn.read(chunk);
    if (count === null) break;
    parts.push(chunk.subarray(0, count));
    total += count;
  }
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

const connect = (port: number) => Deno.connect({ hostname: "127.0.0.1", port });

Deno.test("relay - ECHO dumps both directions on standard error", async () => {
  const { status, stdout, stderr } = await netlab(["relay", "-v", "-", "ECHO"], { stdin: "hello\n" });
  assertEquals([status, stdout], [0, "hello\n"]);
  assertMatch(
    stderr,
    /^> \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{6} {2}length=6 from=0 to=5\nhello\n< .* {2}length=6 from=0 to=5\nhello\n$/,
  );
});

Deno.test("relay - tcp: sends standard input's end on and prints the answer that comes after it", async () => {
  await using server = tcpServer(async (conn) => {
    const question = await readToEnd(conn);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await writeAll(conn, latin1(`you said ${latin1Text(question)}`));
  });
  const { status, stdout } = await netlab(["relay", "-", `tcp:localhost:${server.port}`], { stdin: "abc" });
  assertEquals([status, stdout], [0, "you said abc"]);
});

Deno.test("relay ends when the server closes although standard input stays open", async () => {
  await using server = tcpServer((conn) => writeAll(conn, latin1("bye")));
  for (const terminal of ["-", "-,ignoreeof", "-!!-", "-,ignoreeof!!STDOUT"]) {
    await using program = startNetlab(["relay", terminal, `tcp:127.0.0.1:${server.port}`], { stdin: "piped" });
    const { status, stdout } = await program.end();
    assertEquals([status, latin1Text(stdout)], [0, "bye"], terminal);
  }
});

Deno.test("relay tcp-listen,fork: half-close, 50 MiB afterwards, in both directions", async () => {
  const size = 50 * 1024 * 1024;
  await using server = tcpServer(async (conn) => {
    const question = await readToEnd(conn);
    if (question.length === 8) {
      const block = new Uint8Array(1024 * 1024).fill(7);
      for (let sent = 0; sent < size; sent += block.length) await writeAll(conn, block);
    } else await writeAll(conn, latin1(String(question.length)));
  });
  await using program = startNetlab(["relay", "tcp-listen:0,reuseaddr,fork", `tcp:127.0.0.1:${server.port}`]);
  const port = await program.port();
  {
    using conn = await connect(port);
    await writeAll(conn, latin1("question"));
    await conn.closeWrite();
    let total = 0;
    for await (const chunk of conn.readable) total += chunk.length;
    assertEquals(total, size);
  }
  {
    const conn = await connect(port);
    const block = new Uint8Array(1024 * 1024);
    for (let sent = 0; sent < size; sent += block.length) await writeAll(conn, block);
    await conn.closeWrite();
    assertEquals(latin1Text(await readToEnd(conn)), String(size));
    conn.close();
  }
  const { status } = await program.stop();
  assertEquals(status, 143);
  assertMatch(
    program.stderr.join("\n"),
    /#1 127\.0\.0\.1:\d+ -> tcp:127\.0\.0\.1:\d+: 8 octets sent, 52428800 received, .*closed by the left side/,
  );
});

Deno.test("relay passes on a server that ends first and reads on", async () => {
  let heard = "";
  await using server = tcpServer(async (conn) => {
    await writeAll(conn, latin1("first"));
    await conn.closeWrite();
    heard = latin1Text(await readToEnd(conn));
  });
  await using program = startNetlab(["relay", "tcp-listen:0", `tcp:127.0.0.1:${server.port}`]);
  const conn = await connect(await program.port());
  assertEquals(latin1Text(await readToEnd(conn)), "first");
  await writeAll(conn, latin1("later"));
  await conn.closeWrite();
  conn.close();
  assertEquals((await program.end()).status, 0);
  assertEquals(heard, "later");
});

Deno.test("relay keeps memory flat while a reader is slow and 1 GiB waits", async () => {
  let sent = 0;
  const stop = new AbortController();
  await using server = tcpServer(async (conn) => {
    const block = new Uint8Array(1024 * 1024);
    while (!stop.signal.aborted && sent < 2 ** 30) {
      await writeAll(conn, block);
      sent += block.length;
    }
  });
  await using program = startNetlab(["relay", "tcp-listen:0,fork", `tcp:127.0.0.1:${server.port}`]);
  using conn = await connect(await program.port());
  const one = new Uint8Array(1);
  await conn.read(one);
  // The sender comes to a stop when every buffer between is full: its count stays the same for a while.
  for (let before = -1; before !== sent;) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert(sent < 256 * 1024 * 1024, `${sent} octets were taken from the sender`);
  if (Deno.build.os === "linux") {
    const rss = Number(/VmRSS:\s+(\d+)/.exec(await Deno.readTextFile(`/proc/${program.child.pid}/status`))![1]) / 1024;
    assert(rss < 250, `${rss} MiB`);
  }
  stop.abort();
});

Deno.test("relay serves 2,000 connections at once, each with its own octets", async () => {
  await using server = tcpServer(async (conn) => {
    await writeAll(conn, await readToEnd(conn));
  });
  await using relay = startNetlab(["relay", "tcp-listen:0,fork", `tcp:127.0.0.1:${server.port}`]);
  const port = await relay.port();
  const one = async (n: number) => {
    const payload = new Uint8Array(512 + n % 1000);
    crypto.getRandomValues(payload);
    using conn = await connect(port);
    await writeAll(conn, payload);
    await conn.closeWrite();
    const back = await readToEnd(conn);
    return back.length === payload.length && back.every((octet, i) => octet === payload[i]);
  };
  const results = await Promise.all(Array.from({ length: 2000 }, (_, n) => one(n)));
  assertEquals(results.filter((ok) => !ok).length, 0);
});

Deno.test("relay: a peer that resets ends its own connection only", async () => {
  await using server = tcpServer(async (conn) => {
    await writeAll(conn, latin1("hi"));
    await writeAll(conn, await readToEnd(conn));
  });
  await using program = startNetlab(["relay", "tcp-listen:0,fork", `tcp:127.0.0.1:${server.port}`]);
  const port = await program.port();
  const staying = await connect(port);
  const net = await import("node:net");
  await new Promise<void>((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    // In the middle of the connection: it has been taken, and the server has been reached.
    socket.on("data", () => {
      socket.write("x");
      socket.resetAndDestroy();
      resolve();
    });
    socket.on("error", () => {});
  });
  await program.line(/#\d .*octets sent/);
  await writeAll(staying, latin1("still here"));
  await staying.closeWrite();
  assertEquals(latin1Text(await readToEnd(staying)), "histill here");
  staying.close();
});

Deno.test("relay survives clients that reset before they are taken from the queue", async () => {
  await using program = startNetlab(["relay", "tcp-listen:0,fork", "ECHO"]);
  const port = await program.port();
  const net = await import("node:net");
  await Promise.all(Array.from({ length: 200 }, () =>
    new Promise<void>((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => {
        socket.resetAndDestroy();
        resolve();
      });
      socket.on("error", () => resolve());
    })));
  using conn = await connect(port);
  await writeAll(conn, latin1("alive"));
  await conn.closeWrite();
  assertEquals(latin1Text(await readToEnd(conn)), "alive");
});

Deno.test("relay: target that refuses costs one line under fork, and status 1 without", async () => {
  const dead = freePort();
  const { status, stderr } = await netlab(["relay", "-", `tcp:127.0.0.1:${dead}`]);
  assertEquals([status, stderr], [1, `netlab: Cannot connect to "127.0.0.1:${dead}": Connection refused\n`]);
  await using program = startNetlab(["relay", "tcp-listen:0,fork", `tcp:127.0.0.1:${dead}`]);
  const conn = await connect(await program.port());
  assertEquals((await readToEnd(conn)).length, 0);
  conn.close();
  await program.line(/#1 127\.0\.0\.1:\d+: Cannot connect to .*Connection refused/);
  assertEquals((await program.stop("SIGINT")).status, 130);
});

for (
  const [args, message] of [
    [["relay", "-"], /^netlab: Two addresses are needed, not 1 \(/],
    [
      ["relay", "-", "tcp-lisen:1"],
      /^netlab: Unknown address type "tcp-lisen": did you mean "TCP-LISTEN"\? \(see: netlab relay --help ADDRESS\)\n$/,
    ],
    [["relay", "-", "tcp:h:1,frok"], /^netlab: Unknown option "frok" in address/],
    [["relay", "-", "tcp:h:70000"], /^netlab: Cannot parse address .*"70000" is not a port number from 0 to 65535/],
    [["relay", "-", "tcp:[::1:80"], /^netlab: Cannot parse address .*closing/],
    [["relay", "--verbos", "-", "-"], /^netlab: Unknown flag "--verbos": did you mean "--verbose"\?/],
    [
      ["relay", "-lk", "1234"],
      /^netlab: Unknown flag "-lk" \(in place of nc's -l: tcp-listen:PORT -; see: netlab relay --help\)\n$/,
    ],
    [["relay", "-T", "abc", "-", "-"], /^netlab: Cannot parse flag "-T": "abc" is not a number of seconds/],
    [["relai"], /^netlab: Unknown command "relai": did you mean "relay"\?/],
  ] as const
) {
  Deno.test(`netlab ${args.join(" ")} is refused in one line with status 2`, async () => {
    const { status, stderr } = await netlab(args);
    assertEquals([status, stderr.trimEnd().split("\n").length], [2, 1]);
    assertMatch(stderr, message);
  });
}

Deno.test("relay: port in use, and a name that does not resolve, each in one line with status 1", async () => {
  await using server = tcpServer(async () => {});
  const used = await netlab(["relay", `tcp-listen:${server.port}`, "-"]);
  assertEquals(used.status, 1);
  assertMatch(used.stderr, /^netlab: Cannot listen on 127\.0\.0\.1:\d+: Address already in use: .*\n$/);
  const unknown = await netlab(["relay", "-", `tcp:${NO_SUCH_NAME}:80`]);
  assertEquals(unknown.status, 1);
  assertMatch(unknown.stderr, /^netlab: Cannot connect to "-no-such-name\.invalid:80": .*\n$/);
  const source = await netlab(["relay", "-", `tcp:127.0.0.1:1,bind=${NO_SUCH_NAME}`]);
  const own = `its own address (bind) "${NO_SUCH_NAME}" does not resolve`;
  assertEquals([source.status, source.stderr], [1, `netlab: Cannot connect to "127.0.0.1:1": ${own}\n`]);
  const range = await netlab(["relay", `tcp-listen:0,range=${NO_SUCH_NAME}`, "-"]);
  const words = `Cannot use the range "${NO_SUCH_NAME}": the name "${NO_SUCH_NAME}" does not resolve`;
  assertEquals([range.status, range.stderr], [1, `netlab: ${words}\n`]);
});

Deno.test({
  name: "relay reads files of the kernel, for which the runtime wants every permission",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { status, stdout, stderr } = await netlab(["relay", "-u", "open:/proc/self/limits", "-"]);
    assertMatch(stdout, /^Limit/, stderr);
    assertEquals(status, 0);
  },
});

Deno.test("relay -v with fork marks headers with number and peer, and keeps blocks apart", async () => {
  await using server = tcpServer(async (conn) => {
    await writeAll(conn, await readToEnd(conn));
  });
  await using program = startNetlab(["relay", "-v", "tcp-listen:0,fork", `tcp:127.0.0.1:${server.port}`]);
  const port = await program.port();
  await Promise.all(Array.from({ length: 20 }, async () => {
    using conn = await connect(port);
    await writeAll(conn, latin1("no line feed"));
    await conn.closeWrite();
    await readToEnd(conn);
  }));
  await program.stop();
  const text = program.stderr.join("\n");
  const headers = [...text.matchAll(/^[<>] \S+ \S+ {2}length=12 from=0 to=11 {2}#\d+ 127\.0\.0\.1:\d+$/gm)];
  assertEquals(headers.length, 40);
  assertEquals([...text.matchAll(/^no line feed$/gm)].length, 40);
});

Deno.test("relay -r and -R append the raw octets of each direction", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (let i = 0; i < 2; i++) {
      await netlab(["relay", "-r", `${folder}/there`, "-R", `${folder}/back`, "-", "ECHO"], { stdin: "a\x00b" });
    }
    assertEquals(await Deno.readTextFile(`${folder}/there`), "a\x00ba\x00b");
    assertEquals(await Deno.readTextFile(`${folder}/back`), "a\x00ba\x00b");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("relay -u carries one way only, -U the other", async () => {
  assertEquals((await netlab(["relay", "-u", "TEXT:out", "-"], { stdin: "in" })).stdout, "out");
  assertEquals((await netlab(["relay", "-U", "-", "TEXT:back"], { stdin: "in" })).stdout, "back");
});

Deno.test("relay TEXT gives its text and shows what comes back", async () => {
  assertEquals((await netlab(["relay", "TEXT:ping", "ECHO"])).stdout, "ping");
});

Deno.test({
  name: "relay ends after a second of silence of a side that hears of no end-of-file: a FIFO, a raw terminal",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      for (const silent of [`pipe:${folder}/fifo`, "exec:cat,pty,raw,echo=0"]) {
        assertEquals((await netlab(["relay", "-", silent], { stdin: "back\n" })).stdout, "back\n", silent);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("relay options: crnl, readbytes, READ!!WRITE, range", async () => {
  const crnl = await netlab(["relay", "-x", "-", "ECHO,crnl"], { stdin: "a\nb\n" });
  assertEquals(crnl.stdout, "a\nb\n");
  assertStringIncludes(crnl.stderr, " 61 0d 0a 62 0d 0a");
  assertEquals((await netlab(["relay", "-,readbytes=3", "ECHO"], { stdin: "abcdef" })).stdout, "abc");
  assertEquals((await netlab(["relay", "TEXT:x!!STDOUT", "ECHO"])).stdout, "x");
  await using program = startNetlab(["relay", "tcp-listen:0,fork,range=127.0.0.2/32", "ECHO"]);
  const conn = await connect(await program.port());
  assertEquals((await readToEnd(conn)).length, 0);
  conn.close();
  await program.line(/Refusing connection from 127\.0\.0\.1:\d+ due to range option/);
});

Deno.test("relay max-children: the next connection waits for a free slot", async () => {
  await using program = startNetlab(["relay", "tcp-listen:0,fork,max-children=1", "ECHO"]);
  const port = await program.port();
  const first = await connect(port), second = await connect(port);
  await writeAll(second, latin1("later"));
  await writeAll(first, latin1("now"));
  const buffer = new Uint8Array(10);
  assertEquals(latin1Text(buffer.subarray(0, (await first.read(buffer))!)), "now");
  first.close();
  assertEquals(latin1Text(buffer.subarray(0, (await second.read(buffer))!)), "later");
  second.close();
});

Deno.test("relay -T ends an idle connection, --log json says so", async () => {
  await using program = startNetlab(["relay", "--log", "json", "-T", "0.1", "tcp-listen:0", "ECHO"]);
  const port = JSON.parse((await program.line(/"listening"/)).input).where.split(":")[1];
  const conn = await connect(Number(port));
  assertEquals((await readToEnd(conn)).length, 0);
  conn.close();
  assertEquals((await program.end()).status, 0);
  const { event, ended, number, duration_ms } = JSON.parse(program.stderr.at(-1)!);
  assertEquals([event, ended, number], ["connection", "idle", 1]);
  assert(duration_ms > 0, `${duration_ms}`);
});

Deno.test("relay stops with grace: a running connection finishes, a new one is refused", async () => {
  await using program = startNetlab(["relay", "--grace", "10", "tcp-listen:0,fork", "ECHO"]);
  const port = await program.port();
  const conn = await connect(port);
  await writeAll(conn, latin1("x"));
  await conn.read(new Uint8Array(1));
  program.child.kill("SIGTERM");
  await program.line(/Stopping: 1 connection may finish/);
  // The line is written while the listener closes: a moment later nobody gets in.
  while (await connect(port).then((c) => (c.close(), true), () => false));
  await writeAll(conn, latin1("y"));
  await conn.closeWrite();
  assertEquals(latin1Text(await readToEnd(conn)), "y");
  conn.close();
  assertEquals((await program.end()).status, 143);
});

Deno.test("relay udp-listen,fork: a stop waits a second for answers under way", async () => {
  await using program = startNetlab(["relay", "udp-listen:0,fork", "ECHO"]);
  const to = { transport: "udp", hostname: "127.0.0.1", port: await program.port() } as const;
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await socket.send(latin1("x"), to);
  await socket.receive();
  program.child.kill("SIGINT");
  await program.line(/Stopping: 1 connection may finish within 1 s/);
  socket.close();
  assertEquals((await program.end()).status, 130);
});

Deno.test("relay: a second signal ends at once", async () => {
  await using program = startNetlab(["relay", "--grace", "60", "tcp-listen:0,fork", "ECHO"]);
  using conn = await connect(await program.port());
  await writeAll(conn, latin1("x"));
  await conn.read(new Uint8Array(1));
  program.child.kill("SIGINT");
  await program.line(/Stopping/);
  program.child.kill("SIGINT");
  assertEquals((await program.end()).status, 130);
});

Deno.test("relay udp-listen,fork: the right answer goes to the right client, empty and large datagrams too", async () => {
  const echo = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const echoing = (async () => {
    for await (const [data, from] of echo) await echo.send(data, from);
  })().catch(() => {});
  await using program = startNetlab([
    "relay",
    "udp-listen:0,fork",
    `udp:127.0.0.1:${(echo.addr as Deno.NetAddr).port}`,
  ]);
  const port = await program.port();
  await Promise.all(Array.from({ length: 50 }, async (_, n) => {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    for (const size of [n + 1, 0, 1000 + n]) {
      const data = new Uint8Array(size).fill(n);
      await socket.send(data, { transport: "udp", hostname: "127.0.0.1", port });
      const [back] = await socket.receive();
      assertEquals([back.length, back.every((octet) => octet === n)], [size, true]);
    }
    socket.close();
  }));
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await socket.send(new Uint8Array(60_000), { transport: "udp", hostname: "127.0.0.1", port });
  assertEquals((await socket.receive(new Uint8Array(65535)))[0].length, 60_000);
  socket.close();
  program.child.kill("SIGTERM");
  await program.line(/Stopping/);
  await program.stop();
  echo.close();
  await echoing;
});

Deno.test("relay -v and -x cut no datagram; -b does, as socat's", async () => {
  for (const [flags, size] of [[["-v"], 60_000], [["-x"], 60_000], [["-v", "-b", "9000"], 9000]] as const) {
    await using program = startNetlab(["relay", ...flags, "udp-listen:0,fork", "socketpair"]);
    const port = await program.port();
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    await socket.send(new Uint8Array(60_000), { transport: "udp", hostname: "127.0.0.1", port });
    assertEquals((await socket.receive(new Uint8Array(65535)))[0].length, size, flags.join(" "));
    socket.close();
    await program.stop();
  }
});

Deno.test("relay makes datagrams of 8 KiB at most from a sequence of octets, and of one answer one datagram", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const file = await Deno.makeTempFile();
  await Deno.writeFile(file, new Uint8Array(20_000));
  const { port } = socket.addr as Deno.NetAddr;
  const receive = async () => (await socket.receive(new Uint8Array(65535)))[0].length;
  const sent = await netlab(["relay", "-u", `open:${file}`, `udp:127.0.0.1:${port}`]);
  assertEquals([sent.status, sent.stderr], [0, ""]);
  assertEquals([await receive(), await receive(), await receive()], [8192, 8192, 3616]);
  await using program = startNetlab([
    "relay",
    "udp-listen:0,fork",
    "system:read x; dd if=/dev/zero bs=4000 count=1 2>/dev/null",
  ]);
  const to = { transport: "udp", hostname: "127.0.0.1", port: await program.port() } as const;
  await socket.send(new TextEncoder().encode("x\n"), to);
  assertEquals(await receive(), 4000);
  socket.close();
  await Deno.remove(file);
  await program.stop();
});

Deno.test("relay drops datagrams of strangers", async () => {
  const server = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const stranger = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await using program = startNetlab([
    "relay",
    "udp-listen:0,fork",
    `udp:127.0.0.1:${(server.addr as Deno.NetAddr).port}`,
  ]);
  const port = await program.port();
  const client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await client.send(latin1("question"), { transport: "udp", hostname: "127.0.0.1", port });
  const [, from] = await server.receive();
  await stranger.send(latin1("forged"), from);
  await server.send(latin1("answer"), from);
  const [answer] = await client.receive();
  assertEquals(latin1Text(answer), "answer");
  for (const socket of [server, stranger, client]) socket.close();
});

Deno.test({
  name: "relay udp: says that the port is closed, with status 1; udp-sendto: waits, as socat's",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const port = freePort();
    for (const host of LOOPBACKS) {
      const target = host === "::1" ? `udp6:[::1]:${port}` : `udp:${host}:${port}`;
      await using program = startNetlab(["relay", "-", target], { stdin: "piped" });
      const writer = program.child.stdin.getWriter();
      await writer.write(latin1("anybody?\n"));
      await program.line(/^netlab: The connection of "udp6?:.*" failed: Connection refused$/);
      assertEquals((await program.end()).status, 1);
      await writer.abort().catch(() => {});
    }
    const { status, stderr } = await netlab(["relay", "-t0.1", "-", `udp-sendto:127.0.0.1:${port}`], { stdin: "x\n" });
    assertEquals([status, stderr], [0, ""]);
  },
});

Deno.test({
  name: "relay udp-listen: passes datagrams on without the C library, too",
  ignore: netlabCommand([]).args[0] !== "run",
  async fn() {
    const server = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const to = `udp:127.0.0.1:${(server.addr as Deno.NetAddr).port}`;
    const command = netlabCommand(["relay", "udp-listen:0,fork", to]);
    await using program = new Running(command.program, ["run", "--deny-ffi", ...command.args.slice(1)]);
    const port = await program.port();
    const client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    for (const text of ["one", "", "three"]) {
      await client.send(latin1(text), { transport: "udp", hostname: "127.0.0.1", port });
      const [question, from] = await server.receive();
      await server.send(question, from);
      assertEquals(latin1Text((await client.receive())[0]), text);
    }
    for (const socket of [server, client]) socket.close();
  },
});

Deno.test("netlab --version, help, relay --help, --help ADDRESS and completions print and end with 0", async () => {
  for (
    const [args, text] of [
      [["--version"], "netlab "],
      [["-V"], "netlab "],
      [["help"], "relay "],
      [[], "Commands:"],
      [["relay", "--help"], "netlab relay -v tcp-listen:1234"],
      [["relay", "--help", "ADDRESS"], "TCP-LISTEN:<port>"],
      [["relay", "--help", "tcp-listen"], "Names: TCP-LISTEN, TCP-L"],
      [["help", "tcp-listen"], "Names: TCP-LISTEN, TCP-L"],
      [["relay", "--help", "so-reuseaddr"], "  Of: TCP-LISTEN, "],
      [["completions", "bash"], "complete -F"],
      [["completions", "zsh"], "#compdef"],
      [["completions", "fish"], "complete -c netlab"],
    ] as const
  ) {
    const { status, stdout, stderr } = await netlab(args);
    assertEquals([status, stderr], [0, ""]);
    assertStringIncludes(stdout, text);
  }
});

Deno.test("relay -U address,end-close tcp-listen,fork: one connection upstream takes what all clients send", async () => {
  const asked = Promise.withResolvers<string>();
  let count = 0;
  await using server = tcpServer(async (conn) => {
    count++;
    asked.resolve(latin1Text(await readToEnd(conn)));
  });
  await using program = startNetlab(["relay", "-U", `tcp:127.0.0.1:${server.port},end-close`, "tcp-listen:0,fork"]);
  const port = await program.port();
  for (const words of ["one ", "two"]) {
    const client = await connect(port);
    await writeAll(client, latin1(words));
    await client.closeWrite();
    // The relay closes when all is passed on: so the second speaks after the first.
    await readToEnd(client);
    client.close();
  }
  program.child.kill("SIGTERM");
  assertEquals([await asked.promise, count], ["one two", 1]);
});

Deno.test("relay -U file,trunc tcp-listen,fork: the file is emptied once, not by each client", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "old");
    await using program = startNetlab(["relay", "-U", `open:${file},trunc`, "tcp-listen:0,fork"]);
    const port = await program.port();
    for (const words of ["one ", "two"]) {
      const client = await connect(port);
      await writeAll(client, latin1(words));
      await client.closeWrite();
      await readToEnd(client);
      client.close();
    }
    assertEquals(await Deno.readTextFile(file), "one two");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test({
  name: "relay gives terminals and FIFOs their permissions, although it has given up its own",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const link = `${folder}/modem`, fifo = `${folder}/fifo`;
      const modeOf = async (path: string) => {
        for (let tries = 0; tries < 200; tries++) {
          const mode = await Deno.stat(path).then(({ mode }) => mode! & 0o777, () => undefined);
          if (mode !== undefined) return mode;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return undefined;
      };
      await using terminal = startNetlab(["relay", `pty,link=${link},mode=511`, "ECHO"]);
      assertEquals(await modeOf(link), 0o511, terminal.stderr.join("\n"));
      await using pipe = startNetlab(["relay", "-u", `pipe:${fifo},umask=177`, "/dev/null"]);
      assertEquals(await modeOf(fifo), 0o600, pipe.stderr.join("\n"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "relay PTY tcp-listen,fork: the terminal is there before the first client, and the same for all",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const link = `${folder}/modem`;
      await using program = startNetlab(["relay", `pty,link=${link},raw,echo=0`, "tcp-listen:0,fork"]);
      const port = await program.port();
      const answers = 'exec 3<>"$0"; for i in 1 2; do read line <&3; echo "got $line" >&3; done';
      await using _modem = new Running("/bin/sh", ["-c", answers, link]);
      for (const word of ["one", "two"]) {
        using client = await Deno.connect({ hostname: "127.0.0.1", port });
        await client.write(latin1(`${word}\n`));
        const answer = new Uint8Array(100);
        assertEquals(latin1Text(answer.subarray(0, await client.read(answer) ?? 0)), `got ${word}\n`);
      }
    }),
});

Deno.test("relay: a crowd of first peers that takes all descriptors keeps no layer from later ones", async () => {
  const tls = `cert=${tlsData("leaf.pem")},verify=0`;
  const cases = [
    ["ws-listen:0,fork", (port: number) => `ws:127.0.0.1:${port}`],
    [`tls-listen:0,fork,${tls},starttls=smtp`, (port: number) => `tls:127.0.0.1:${port},starttls=smtp,verify=0`],
    ["tcp-listen:0,fork,proxy-protocol=any", (port: number) => `tcp:127.0.0.1:${port},proxy-protocol=v2`],
  ] as const;
  for (const [address, client] of cases) {
    const command = netlabCommand(["relay", address, "echo"]);
    const shell = 'ulimit -n 60; exec "$0" "$@"';
    await using relay = new Running("/bin/sh", ["-c", shell, command.program, ...command.args]);
    const port = await relay.port();
    const crowd = await Promise.all(Array.from({ length: 80 }, () => Deno.connect({ hostname: "127.0.0.1", port })));
    await relay.line(/Out of descriptors/);
    for (const conn of crowd) conn.close();
    await relay.lines(/No connection with /, crowd.length);
    const { stdout } = await netlab(["relay", "-d0", "-", client(port)], { stdin: "hello\n" });
    assertMatch(stdout, /hello\n$/, address);
  }
});

Deno.test("-4 and -6 prefer: an address of the other version is connected to all the same", async () => {
  await using server = tcpServer(async (conn) => void await conn.write(latin1("tcp")));
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  for (const host of ["127.0.0.1", "localhost"]) {
    assertEquals((await netlab(["relay", "-6", "-u", `tcp:${host}:${server.port}`, "-"])).stdout, "tcp");
  }
  const { port } = udp.addr as Deno.NetAddr;
  assertEquals((await netlab(["relay", "-6", "-u", "-", `udp:127.0.0.1:${port}`], { stdin: "udp" })).status, 0);
  assertEquals(latin1Text((await udp.receive())[0]), "udp");
  udp.close();
});

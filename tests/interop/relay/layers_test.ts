// TLS, proxies, STARTTLS, WebSocket against the real programs: openssl, socat, curl, proxies, an SMTP client.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import type { Stream } from "../../../lib/stream/stream.ts";
import { ask, assertLeavesNothing, openOne, serving, testContext } from "../../helpers/endpoint.ts";
import {
  freePort,
  interop,
  listening,
  netlab,
  Running,
  runProgram,
  startNetlab,
  tcpServer,
  which,
} from "../../helpers/netlab.ts";

const cafile = `cafile=${data("ca.crt")}`;

/** `openssl s_server` that turns every line around. */
async function sServer(cert: string, ...more: string[]): Promise<Running & { port: number }> {
  const port = freePort();
  const server = new Running(which("openssl")!, [
    "s_server",
    "-accept",
    `127.0.0.1:${port}`,
    "-cert",
    data(cert),
    "-rev",
    "-quiet",
    ...more,
  ]);
  await listening(port);
  return Object.assign(server, { port });
}

/** A line and its answer. */
async function line(stream: Stream, text: string): Promise<string> {
  await using _ = stream;
  await stream.write(utf8(text));
  const view = new Uint8Array(4096);
  let got = "";
  while (!got.endsWith("\n")) {
    const count = await stream.read(view);
    if (count === null) break;
    got += utf8Text(view.subarray(0, count));
  }
  return got;
}

const failure = async (text: string): Promise<string> => {
  try {
    const stream = await openOne(text);
    const got = await line(stream, "hello\n");
    return got === "" ? "end of file" : `no failure: ${got}`;
  } catch (error) {
    return (error as Error).message;
  }
};

const CLIENT_CASES:
  readonly (readonly [name: string, cert: string, server: string[], options: string, says: RegExp])[] = [
    ["a CA's leaf", "leaf.pem", [], cafile, /^olleh\n$/],
    ["a tutorial's certificate", "self.pem", [], `cafile=${data("self.crt")}`, /^olleh\n$/],
    ["a common name only", "cnonly.pem", [], cafile, /^olleh\n$/],
    ["TLS 1.2 only", "leaf.pem", ["-tls1_2"], cafile, /^olleh\n$/],
    [
      "TLS 1.2 only, and we want 1.3",
      "leaf.pem",
      ["-tls1_2"],
      `${cafile},min-proto-version=TLS1.3`,
      /version|handshake/i,
    ],
    ["the wrong CA", "leaf.pem", [], `cafile=${data("other-ca.crt")}`, /netlab test CA.*not known/],
    ["the wrong name", "elsewhere.pem", [], cafile, /for "elsewhere.test".*not for "localhost"/],
    ["an expired certificate", "expired.pem", [], cafile, /has expired on 2020-12-31/],
    ["no authority at all", "self.pem", [], "", /signed by itself.*cafile=/],
    ["verify=0", "expired.pem", [], "verify=0", /^olleh\n$/],
    [
      "a client certificate that is asked for",
      "leaf.pem",
      ["-Verify", "2", "-verify_return_error", "-CAfile", data("ca.crt")],
      `${cafile},cert=${data("client.pem")}`,
      /^olleh\n$/,
    ],
    [
      "a client certificate that is missing",
      "leaf.pem",
      ["-Verify", "2", "-verify_return_error", "-CAfile", data("ca.crt")],
      cafile,
      /certificate|end of file|reset/i,
    ],
  ];
for (const [name, cert, server, options, says] of CLIENT_CASES) {
  interop(`OPENSSL meets openssl s_server with ${name}`, ["openssl"], async () => {
    await using peer = await sServer(cert, ...server);
    const text = `openssl:localhost:${peer.port}${options === "" ? "" : `,${options}`}`;
    if (says.source.startsWith("^olleh")) assertMatch(await line(await openOne(text), "hello\n"), says);
    else assertMatch(await failure(text), says);
  });
}

/** Serves an address in this process: sends back one line, and ends the connection. */
const echoing = (text: string, body: (port: number) => Promise<void>) =>
  serving(text, async (stream) => {
    const view = new Uint8Array(65536);
    for (let count, last = 0; last !== 0x0a && (count = await stream.read(view)) !== null; last = view[count - 1]!) {
      await stream.write(view.subarray(0, count));
    }
    await stream.closeWrite();
  }, body);

/** `openssl s_client`: sends a line, gives what comes back. */
async function sClient(port: number, ...more: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const client = new Running(which("openssl")!, [
    "s_client",
    "-connect",
    `127.0.0.1:${port}`,
    "-CAfile",
    data("ca.crt"),
    "-verify_return_error",
    "-quiet",
    ...more,
  ], { stdin: "piped" });
  await using _ = client;
  // With -quiet the end of standard input is not the end: it goes when the server ends the connection.
  const writer = client.child.stdin.getWriter();
  await writer.write(utf8("hello\n")).catch(() => {});
  await client.child.status;
  await writer.close().catch(() => {});
  const { status, stdout } = await client.end();
  return { status, stdout: utf8Text(stdout), stderr: client.stderr.join("\n") };
}

const cert = `cert=${data("leaf.pem")}`;
const SERVER_CASES: readonly (readonly [name: string, listen: string, client: string[], answered: boolean])[] = [
  ["verify=0", `${cert},verify=0`, [], true],
  ["TLS 1.2", `${cert},verify=0,min-proto-version=TLS1.2`, ["-tls1_2"], true],
  ["TLS 1.2 where 1.3 is wanted", `${cert},verify=0,min-proto-version=TLS1.3`, ["-tls1_2"], false],
  ["a client certificate", `${cert},${cafile}`, ["-cert", data("client.pem")], true],
  ["a stranger's certificate", `${cert},${cafile}`, ["-cert", data("stranger.pem")], false],
  ["no client certificate", `${cert},${cafile}`, [], false],
  ["key in a file of its own", `cert=${data("leaf.crt")},key=${data("leaf.key")},verify=0`, [], true],
];
for (const [name, listen, client, answered] of SERVER_CASES) {
  interop(`openssl s_client meets OPENSSL-LISTEN with ${name}`, ["openssl"], async () => {
    await echoing(`openssl-listen:0,fork,${listen}`, async (port) => {
      assertEquals((await sClient(port, ...client)).stdout.trim(), answered ? "hello" : "");
    });
  });
}

const STARTTLS = ["smtp", "lmtp", "imap", "pop3", "ftp", "nntp", "postgres", "ldap", "sieve", "xmpp", "xmpp-server"];
for (const protocol of STARTTLS) {
  interop(`openssl s_client -starttls ${protocol} meets OPENSSL-LISTEN,starttls`, ["openssl"], async () => {
    await echoing(`openssl-listen:0,fork,${cert},verify=0,starttls=${protocol}`, async (port) => {
      assertStringIncludes((await sClient(port, "-starttls", protocol)).stdout, "hello");
    });
  });
}

for (const protocol of STARTTLS.slice(0, -1)) {
  interop(`gnutls-cli --starttls-proto=${protocol} meets OPENSSL-LISTEN,starttls`, ["gnutls-cli"], async () => {
    await echoing(`openssl-listen:0,fork,${cert},verify=0,starttls=${protocol}`, async (port) => {
      const args = [`--starttls-proto=${protocol}`, `--x509cafile=${data("ca.crt")}`, "-p", String(port), "localhost"];
      assertStringIncludes(
        (await runProgram("gnutls-cli", args, { stdin: "hello\n", timeoutMs: 10_000 })).stdout,
        "hello",
      );
    });
  });
}

interop("socat's OPENSSL and OPENSSL-LISTEN meet ours, client certificates both ways", ["socat"], async () => {
  await echoing(`openssl-listen:0,fork,${cert},${cafile}`, async (port) => {
    const address = `OPENSSL:localhost:${port},${cafile},cert=${data("client.pem")}`;
    const { stdout } = await runProgram(which("socat")!, ["-t", "2", "-", address], { stdin: "hello\n" });
    assertEquals(stdout, "hello\n");
  });
  const port = freePort();
  const listen = `OPENSSL-LISTEN:${port},bind=127.0.0.1,fork,${cert},${cafile}`;
  await using _peer = new Running(which("socat")!, [listen, "PIPE"]);
  await listening(port);
  const text = `openssl:localhost:${port},${cafile},cert=${data("client.pem")}`;
  assertEquals(await ask(await openOne(text), "hello\n"), "hello\n");
});

interop("curl meets OPENSSL-LISTEN, HTTP behind it", ["curl"], async () => {
  const origin = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("over TLS\n"));
  await using relay = startNetlab(["relay", `tls-listen:0,fork,${cert},verify=0`, `tcp:127.0.0.1:${origin.addr.port}`]);
  const url = `https://localhost:${await relay.port()}/`;
  const { stdout } = await runProgram(which("curl")!, ["-s", "--cacert", data("ca.crt"), url]);
  assertEquals(stdout, "over TLS\n");
  await relay.stop();
  await origin.shutdown();
});

// Proxies --------------------------------------------------------------------------------------------------------

interface Proxy {
  readonly name: string;
  readonly program: string;
  /** Starts it; gives the port. */
  start(port: number, folder: string): Promise<Running> | Running;
  readonly ways: readonly ((port: number, target: number) => string)[];
}

const PROXIES: readonly Proxy[] = [
  {
    name: "microsocks",
    program: "microsocks",
    start: (port) => new Running(which("microsocks")!, ["-i", "127.0.0.1", "-p", `${port}`, "-u", "me", "-P", "p@w"]),
    ways: [
      (port, target) => `tcp:localhost:${target},via=socks5h://me:p%40w@127.0.0.1:${port}`,
      (port, target) => `tcp:localhost:${target},via=socks5://me:p%40w@127.0.0.1:${port}`,
      (port, target) => `SOCKS5:127.0.0.1:${port}:127.0.0.1:${target},socksuser=me,sockspass=p@w`,
    ],
  },
  {
    name: "tinyproxy",
    program: "tinyproxy",
    async start(port, folder) {
      const config = `${folder}/tinyproxy.conf`;
      await Deno.writeTextFile(
        config,
        `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\nBasicAuth me secret\n`,
      );
      return new Running(which("tinyproxy")!, ["-d", "-c", config]);
    },
    ways: [
      (port, target) => `tcp:localhost:${target},via=http://me:secret@127.0.0.1:${port}`,
      (port, target) => `PROXY:127.0.0.1:localhost:${target},proxyport=${port},proxyauth=me:secret`,
      (port, target) => `PROXY:127.0.0.1:127.0.0.1:${target},proxyport=${port},proxyauth=me:secret,http-version=1.0`,
    ],
  },
  {
    name: "squid",
    program: "squid",
    async start(port, folder) {
      const config = `${folder}/squid.conf`;
      await Deno.chmod(folder, 0o777);
      await Deno.writeTextFile(
        config,
        `http_port 127.0.0.1:${port}\npid_filename none\nacl all2 src all\nhttp_access allow all2\ncache deny all\n` +
          `access_log none\ncache_log /dev/null\ncoredump_dir ${folder}\nshutdown_lifetime 0 seconds\n`,
      );
      // A name of its own: what a squid that was killed leaves in shared memory keeps others of its name from starting.
      return new Running(which("squid")!, ["-N", "-n", `netlab${port}`, "-f", config]);
    },
    ways: [(port, target) => `tcp:127.0.0.1:${target},via=http://127.0.0.1:${port}`],
  },
  {
    name: "danted",
    program: "danted",
    async start(port, folder) {
      const config = `${folder}/danted.conf`;
      await Deno.writeTextFile(
        config,
        `logoutput: ${folder}/log\ninternal: 127.0.0.1 port = ${port}\nexternal: 127.0.0.1\nsocksmethod: none\n` +
          "clientmethod: none\nuser.unprivileged: nobody\nclient pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }\n" +
          "socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 command: bind connect udpassociate bindreply udpreply }\n",
      );
      return new Running(which("danted")!, ["-f", config]);
    },
    ways: [
      (port, target) => `SOCKS4:127.0.0.1:127.0.0.1:${target},socksport=${port}`,
      (port, target) => `tcp:127.0.0.1:${target},via=socks4a://127.0.0.1:${port}`,
      (port, target) => `tcp:127.0.0.1:${target},via=socks5://127.0.0.1:${port}`,
    ],
  },
];

async function withProxy(proxy: Proxy, body: (port: number) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const port = freePort();
    await using _running = await proxy.start(port, folder);
    await listening(port);
    await body(port);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const proxy of PROXIES) {
  interop(`connects through ${proxy.name}`, [proxy.program], async () => {
    await using target = tcpServer(async (conn) => {
      const view = new Uint8Array(4096);
      for (let count; (count = await conn.read(view)) !== null;) await conn.write(view.subarray(0, count));
    });
    await withProxy(proxy, async (port) => {
      for (const way of proxy.ways) {
        assertEquals(await line(await openOne(way(port, target.port)), "hello\n"), "hello\n");
      }
      const wrong = await failure(proxy.ways[0]!(port, 1).replace("p%40w", "wrong"));
      assertMatch(wrong, /^Cannot connect to "\S+:1" through "\w+:\/\/127\.0\.0\.1:\d+": the proxy /);
    });
  });
}

interop("QUIC through the UDP ASSOCIATE of danted, and nothing is left behind", ["danted"], async () => {
  const giveBack = (stream: Stream) => stream.readable.pipeTo(stream.writable);
  await serving(
    `quic-listen:0,cert=${data("leaf.pem")},fork`,
    giveBack,
    (quic) =>
      withProxy(PROXIES.find(({ name }) => name === "danted")!, async (port) => {
        const address = `quic:localhost:${quic},${cafile},via=socks5h://127.0.0.1:${port}`;
        const long = "0123456789".repeat(20_000);
        assertEquals(await ask(await openOne(address), long), long);
        await assertLeavesNothing(10, async () => {
          assertEquals(await ask(await openOne(address), "short"), "short");
        });
      }),
  );
});

interop("BIND and UDP through danted", ["danted"], async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const answering = (async () => {
    const [bytes, from] = await socket.receive();
    await socket.send(bytes, from);
  })();
  await withProxy(PROXIES.find(({ name }) => name === "danted")!, async (port) => {
    const { port: udp } = socket.addr as Deno.NetAddr;
    await using stream = await openOne(`udp:127.0.0.1:${udp},via=socks5://127.0.0.1:${port}`);
    await stream.write(utf8("datagram"));
    const view = new Uint8Array(100);
    assertEquals(utf8Text(view.subarray(0, (await stream.read(view))!)), "datagram");

    const context = testContext();
    const waiting = openOne(`SOCKS5-LISTEN:127.0.0.1:${port}:127.0.0.1:0`, context);
    const bound = Number(/:(\d+)$/.exec(await context.listening)![1]);
    const caller = await openOne(`tcp:127.0.0.1:${bound}`);
    await using called = await waiting;
    await called.write(utf8("you called\n"));
    assertEquals(await line(caller, ""), "you called\n");
    context.stop();
  });
  await answering;
  socket.close();
});

// Stories ----------------------------------------------------------------------------------------------------------

interop("the story: the plaintext of a TLS server behind a SOCKS proxy, one command", [
  "openssl",
  "microsocks",
  "socat",
], async () => {
  await using server = await sServer("leaf.pem");
  const port = freePort();
  await using _proxy = new Running(which("microsocks")!, ["-i", "127.0.0.1", "-p", `${port}`]);
  await listening(port);
  const target = `tls:localhost:${server.port},${cafile},via=socks5://127.0.0.1:${port}`;
  await using relay = startNetlab(["relay", "-v", "tcp-listen:0,reuseaddr,fork", target]);
  const here = await openOne(`tcp:127.0.0.1:${await relay.port()}`);
  assertEquals(await line(here, "secret words\n"), "sdrow terces\n");
  await relay.line(/octets sent/);
  const dump = relay.stderr.join("\n");
  assertMatch(dump, /^> .* length=13 from=0 to=12.*\nsecret words$/m);
  assertMatch(dump, /^< .* length=13 from=0 to=12.*\nsdrow terces$/m);
  assertEquals((await relay.stop()).status, 143);
});

const SMTP_CLIENT = `
import smtplib, ssl, sys
c = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=10)
if len(sys.argv) > 2:
    c.starttls(context=ssl.create_default_context(cafile=sys.argv[2]))
print(c.ehlo("me")[0], c.noop()[1].decode(), c.quit()[0])
`;
import { tlsData as data } from "../../helpers/files.ts";
import { readAll } from "../../helpers/streams.ts";

interop("a mail session that turns to TLS half way, watched; and one that is given TLS", ["python3"], async () => {
  // A mail server of few words, in clear.
  await using plain = tcpServer(async (conn) => {
    const { readLine } = await import("../../../lib/stream/exact.ts");
    const { connStream } = await import("../../../lib/stream/conn.ts");
    const stream = connStream(conn, "tcp");
    await stream.write(utf8("220-hello\r\n220 behind.test\r\n"));
    for (;;) {
      const words = await readLine(stream);
      await stream.write(utf8(/^quit/i.test(words) ? "221 bye\r\n" : "250 in clear behind\r\n"));
      if (/^quit/i.test(words)) return;
    }
  });
  await using gives = startNetlab([
    "relay",
    `tls-listen:0,fork,${cert},verify=0,starttls=smtp`,
    `tcp:127.0.0.1:${plain.port}`,
  ]);
  const python = which("python3")!;
  const port = await gives.port();
  const given = await runProgram(python, [
    "-c",
    SMTP_CLIENT.replace('"127.0.0.1"', '"localhost"'),
    `${port}`,
    data("ca.crt"),
  ]);
  assertEquals(given.stdout, "250 in clear behind 221\n", given.stderr);

  // The client in clear, TLS from us on to that relay.
  await using watches = startNetlab([
    "relay",
    "-v",
    "tcp-listen:0,fork",
    `tls:localhost:${port},starttls=smtp,${cafile}`,
  ]);
  const watched = await runProgram(python, ["-c", SMTP_CLIENT, `${await watches.port()}`]);
  assertEquals(watched.stdout, "250 in clear behind 221\n", watched.stderr);
  await watches.line(/octets sent/);
  assertMatch(watches.stderr.join("\n"), /\nSTARTTLS\r?(\\r)?\n[^]*Begin TLS[^]*noop/);
});

Deno.test("relay: verify=0 warns once, a refused certificate ends with status 1 and says how to accept it", async () => {
  await using server = startNetlab(["relay", `tls-listen:0,fork,cert=${data("self.pem")},verify=0`, "PIPE"]);
  const port = await server.port();
  const unverified = await netlab(["relay", "-", `tls:localhost:${port},verify=0`], { stdin: "hello" });
  assertEquals(unverified.stdout, "hello");
  assertEquals(unverified.stderr.match(/verify=0/g)?.length, 1);
  const refused = await netlab(["relay", "-", `tls:localhost:${port}`], { stdin: "hello" });
  assertEquals([refused.status, refused.stdout], [1, ""]);
  const pin = /pin=sha256:[0-9a-f]{64}/.exec(refused.stderr)![0];
  const accepted = await netlab(["relay", "-", `tls:localhost:${port},${pin}`], { stdin: "hello" });
  assertEquals([accepted.stdout, accepted.stderr], ["hello", ""]);
  await server.stop();
});

Deno.test("relay: the system's authorities count (SSL_CERT_FILE), keys for Wireshark are written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const keys = `${folder}/keys`;
    await using server = startNetlab(["relay", `tls-listen:0,fork,${cert},verify=0`, "PIPE"]);
    const address = `tls:localhost:${await server.port()}`;
    const env = { SSL_CERT_FILE: data("ca.crt"), SSLKEYLOGFILE: "" };
    const { stdout, stderr } = await netlab(["relay", "-", `${address},keylog=${keys}`], { stdin: "hello", env });
    assertEquals([stdout, stderr], ["hello", ""]);
    assertMatch(await Deno.readTextFile(keys), /^CLIENT_TRAFFIC_SECRET_0 /m);
    const more = await netlab(["relay", "-", `${address},${cafile},keylog=${keys}2`], { stdin: "hello" });
    assertEquals(more.stdout, "hello");
    assertStringIncludes(more.stderr, "beside cafile");
    assertMatch(await Deno.readTextFile(`${keys}2`), /^CLIENT_TRAFFIC_SECRET_0 /m);
    const kept = startNetlab(["relay", `tls-listen:0,${cert},verify=0,keylog=${keys}3`, "PIPE"]);
    assertEquals(await ask(await openOne(`tls:localhost:${await kept.port()},${cafile}`), "x"), "x");
    assertEquals((await kept.end()).status, 0);
    assertMatch(await Deno.readTextFile(`${keys}3`), /^SERVER_TRAFFIC_SECRET_0 /m);
    const stopped = startNetlab(["relay", `tls-listen:0,fork,${cert},verify=0,keylog=${keys}4`, "PIPE"]);
    await stopped.port();
    assertEquals((await stopped.stop()).status, 143);
    await server.stop();
    const refused: readonly (readonly [address: string, obstacle: string])[] = [
      ["tls:localhost:1,verify=0", "verify=0"],
      ["tls:localhost:1,pin=sha256:" + "00".repeat(32), "pin="],
      ["wss:localhost:1,method=TLS1.2", "a choice of versions"],
      [`tls-listen:0,${cert}`, "client certificates"],
      [`tls-listen:0,${cert},verify=0,starttls=smtp`, "starttls="],
    ];
    for (const [words, obstacle] of refused) {
      const { status, stderr } = await netlab(["relay", "--plan", `${words},keylog=${keys}5`, "PIPE"]);
      assertEquals(status, 2, words);
      assertStringIncludes(stderr, obstacle);
    }
    const self = startNetlab(["relay", `tls-listen:0,fork,cert=${data("self.pem")},verify=0`, "PIPE"]);
    const odd = `tls:localhost:${await self.port()},cafile=${data("self.crt")},keylog=${keys}6`;
    const outcome = await netlab(["relay", "-", odd], { stdin: "hello" });
    assertEquals([outcome.status, outcome.stdout], [1, ""]);
    assertStringIncludes(outcome.stderr, "no session keys can be logged");
    await self.stop();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("relay: two WebSocket relays and a browser's client keep half-close and every octet", async () => {
  await using inner = startNetlab(["relay", `wss-listen:0/chat,fork,${cert},verify=0`, "PIPE"]);
  await using outer = startNetlab(["relay", "ws-listen:0,fork", `wss:localhost:${await inner.port()}/chat,${cafile}`]);
  const port = await outer.port();
  const stream = await openOne(`ws:127.0.0.1:${port}`);
  const reading = readAll(stream);
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  await stream.write(sent);
  await stream.closeWrite();
  assertEquals(await reading, sent);
  await stream.close();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  socket.binaryType = "arraybuffer";
  const answer = new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
  await new Promise((resolve) => socket.onopen = resolve);
  socket.send("from a browser");
  assertEquals(utf8Text(new Uint8Array((await answer).data)), "from a browser");
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  socket.close();
  assertEquals((await closed).wasClean, true);
  await Promise.all([outer.stop(), inner.stop()]);
});

Deno.test({
  name: "relay: an answer in two small writes through TLS-LISTEN is not held back by the first",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using target = tcpServer(async (conn) => {
      conn.setNoDelay(true);
      const view = new Uint8Array(16);
      while (await conn.read(view) !== null) {
        await conn.write(utf8("head "));
        await new Promise((resolve) => setTimeout(resolve, 1));
        await conn.write(utf8("body\n"));
      }
    });
    const taken = async (options: string) => {
      await using relay = startNetlab([
        "relay",
        `tls-listen:0,fork,${cert},verify=0${options}`,
        `tcp:127.0.0.1:${target.port}`,
      ]);
      const stream = await openOne(`tls:localhost:${await relay.port()},${cafile}`);
      const view = new Uint8Array(64);
      const began = performance.now();
      for (let i = 0; i < 20; i++) {
        await stream.write(utf8("?"));
        for (let got = ""; !got.endsWith("\n");) got += utf8Text(view.subarray(0, (await stream.read(view))!));
      }
      const time = performance.now() - began;
      await stream.close();
      await relay.stop();
      return time;
    };
    // Held back, each exchange takes the 40 ms of a delayed acknowledgement, however fast the machine is.
    const held = await taken(",nodelay=0");
    const atOnce = await taken("");
    if (atOnce > held * 0.75) throw new Error(`${atOnce.toFixed(0)} ms, and ${held.toFixed(0)} ms with nodelay=0`);
  },
});

Deno.test({
  name: "relay: hundreds of short connections over the runtime's own TLS leave no pile of descriptors behind",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using plain = tcpServer(async (conn) => void await conn.write(utf8("x")));
    await using server = startNetlab([
      "relay",
      `tls-listen:0,fork,${cert},verify=0`,
      `tcp:127.0.0.1:${plain.port}`,
    ]);
    const address = `tls:localhost:${await server.port()}`;
    await using relay = startNetlab(["relay", "tcp-listen:0,fork", address], {
      env: { SSL_CERT_FILE: data("ca.crt") },
    });
    const port = await relay.port();
    let left = 600, most = 0;
    await Promise.all(Array.from({ length: 20 }, async () => {
      while (left-- > 0) {
        using conn = await Deno.connect({ hostname: "127.0.0.1", port });
        const view = new Uint8Array(1);
        await conn.read(view);
        assertEquals(view[0], 0x78);
        if (left % 25 === 0) most = Math.max(most, [...Deno.readDirSync(`/proc/${relay.child.pid}/fd`)].length);
      }
    }));
    assert(most < 150, `${most} descriptors`);
  },
});

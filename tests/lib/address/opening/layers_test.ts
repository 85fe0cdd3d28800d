// TLS, proxies, WebSocket, QUIC as addresses: both ends in this process, over real sockets.
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { addressType, parseEndpoint } from "../../../../lib/address/list.ts";
import { latin1Text, utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { ConnectError, UsageError } from "../../../../lib/base/errors.ts";
import { connStream } from "../../../../lib/stream/conn.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { ask, echo, leavesNothing, openOne, serving, testContext } from "../../../helpers/endpoint.ts";
import { interop, tcpServer } from "../../../helpers/netlab.ts";
import { tlsData as data } from "../../../helpers/files.ts";
import { readAll } from "../../../helpers/streams.ts";

const cert = `cert=${data("leaf.pem")}`, cafile = `cafile=${data("ca.crt")}`;

const PAIRS: readonly (readonly [name: string, listen: string, connect: (port: number) => string])[] = [
  [
    "OPENSSL-LISTEN and OPENSSL",
    `openssl-listen:0,${cert},verify=0,fork`,
    (port) => `openssl:localhost:${port},${cafile}`,
  ],
  [
    "SSL-L with TLS 1.2",
    `ssl-l:0,${cert},verify=0,fork,max-proto-version=TLS1.2`,
    (port) => `ssl:localhost:${port},${cafile}`,
  ],
  [
    "TLS with method",
    `tls-listen:0,${cert},verify=0,fork,method=TLS1.3`,
    (port) => `tls:localhost:${port},verify=0,method=TLS1.3`,
  ],
  [
    "mutual TLS",
    `tls-listen:0,${cert},${cafile},fork`,
    (port) => `tls:localhost:${port},${cafile},cert=${data("client.pem")}`,
  ],
  [
    "TLS behind PROXY v1",
    `tls-listen:0,${cert},verify=0,fork,proxy-protocol=any`,
    (port) => `tls:localhost:${port},${cafile},proxy-protocol=v1`,
  ],
  [
    "TLS over smtp",
    `tls-listen:0,${cert},verify=0,fork,starttls=pop3`,
    (port) => `tls:localhost:${port},${cafile},starttls=pop3`,
  ],
  [
    "TLS over postgres",
    `tls-listen:0,${cert},verify=0,fork,starttls=postgres`,
    (port) => `tls:localhost:${port},${cafile},starttls=postgres`,
  ],
  ["WS-LISTEN and WS", "ws-listen:0/chat,fork", (port) => `ws:localhost:${port}/chat`],
  ["WS with a path that is no URL's", "ws-listen:0/päth a,fork", (port) => `ws:localhost:${port}/p%C3%A4th%20a`],
  ["WS-LISTEN with the URL's path", "ws-listen:0/p%C3%A4th%20a,fork", (port) => `ws:localhost:${port},path=päth a`],
  ["WS with text and ping", "ws-listen:0,fork,text", (port) => `ws://localhost:${port}/x,text,ping=0.01`],
  ["WSS-LISTEN and WSS", `wss-listen:0,${cert},fork`, (port) => `wss://localhost:${port}/a/b,${cafile}`],
  ["TCP behind PROXY v2", "tcp-listen:0,fork,proxy-protocol=v2", (port) => `tcp:localhost:${port},proxy-protocol=v2`],
  ["QUIC-LISTEN and QUIC", `quic-listen:0,${cert},fork`, (port) => `quic:localhost:${port},pf=ip4,${cafile}`],
];
for (const [name, listen, connect] of PAIRS) {
  Deno.test(`${name}: data both ways, half-close`, async () => {
    await serving(listen, echo, async (port) => {
      const long = "0123456789".repeat(20_000);
      const answers = await Promise.all(["hello", "", long].map(async (text) =>
        // A QUIC stream without an octet is no stream for its server.
        text === "" && name.startsWith("QUIC") ? "" : await ask(await openOne(connect(port)), text)
      ));
      const greeting = name.includes("smtp") ? "+OK netlab\r\n" : "";
      assertEquals(answers.map((text) => text.length), [5, 0, long.length].map((length) => length + greeting.length));
      assertEquals(answers[0], greeting + "hello");
    });
  });
}

Deno.test("Whole messages pass what an address's own options put in between", async () => {
  const sizes = [3, 300_000, 0, 70_000];
  await serving("ws-listen:0,fork,messages", async (stream) => {
    for (const size of sizes) await stream.write(new Uint8Array(size));
    await stream.closeWrite();
    await readAll(stream);
  }, async (port) => {
    for (
      const [options, expected] of [["shut-none", sizes], ["null-eof", [3, 300_000]], ["readbytes=70000", [3, 69_997]]]
    ) {
      await using stream = await openOne(`ws:127.0.0.1:${port},messages,${options}`);
      const got: number[] = [];
      await stream.each((message) => void got.push(message.length), 65_536);
      assertEquals(got, expected, String(options));
    }
  });
});

Deno.test("self-signed: a listener makes its certificate and logs the pin that clients take it with", async () => {
  for (const [listener, client] of [["tls-listen", "tls"], ["wss-listen", "wss"], ["quic-listen", "quic"]]) {
    await serving(`${listener}:0,fork,self-signed`, echo, async (port, context) => {
      const pin = /pin=(sha256:[0-9a-f]{64})/.exec(context.lines.join("\n"))?.[1];
      assertEquals(
        await ask(await openOne(`${client}:localhost:${port},pf=ip4,pin=${pin}`), "hello"),
        "hello",
        listener,
      );
      const wrong = `${client}:localhost:${port},pf=ip4,pin=sha256:${"0".repeat(64)}`;
      await assertRejects(() => openOne(wrong), Error, undefined, listener);
    });
  }
  for (const text of ["tls-listen:0,self-signed,cert=x", "quic-listen:0,self-signed,key=x"]) {
    assertThrows(() => parseEndpoint(text), UsageError, '"self-signed" and ');
  }
});

Deno.test("A listener without fork serves one connection and ends", async () => {
  for (const listen of [`tls-listen:0,${cert},verify=0`, "ws-listen:0", "tcp-listen:0,proxy-protocol=v1"]) {
    await serving(listen, echo, async (port) => {
      const connect = listen.startsWith("tls")
        ? `tls:localhost:${port},${cafile}`
        : listen.startsWith("ws")
        ? `ws:localhost:${port}`
        : `tcp:localhost:${port},proxy-protocol=v1`;
      assertEquals(await ask(await openOne(connect), "once"), "once");
    });
  }
});

Deno.test("A client that fails or says nothing keeps nobody waiting, and is a line in the log", async () => {
  await serving(`tls-listen:0,${cert},${cafile},fork`, echo, async (port, context) => {
    const silent = await Deno.connect({ port, hostname: "127.0.0.1" });
    await ask(await openOne(`tls:localhost:${port},${cafile}`), "x").catch(() => {});
    const good = `tls:localhost:${port},${cafile},cert=${data("client.pem")}`;
    assertEquals(await ask(await openOne(good), "hello"), "hello");
    assertStringIncludes(context.lines.join("\n"), "The client sent no certificate");
    silent.close();
  });
});

Deno.test("TLS-LISTEN tells the client's certificate to programs", async () => {
  const facts: (Readonly<Record<string, string>> | undefined)[] = [];
  const serve = (stream: Stream) => {
    facts.push(stream.about.facts);
    return echo(stream);
  };
  await serving(`tls-listen:0,${cert},${cafile},fork`, serve, async (port) => {
    await ask(await openOne(`tls:localhost:${port},${cafile},cert=${data("client.pem")}`), "x");
  });
  assertEquals(facts[0]?.subject, "CN=client one");
  assertMatch(facts[0]?.tls ?? "", /^TLSv1\.[23]$/);
});

Deno.test("proxy-protocol=v1: a connection of our own comes from here; a header without addresses is not taken everywhere", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const opening = openOne(`tcp:127.0.0.1:${listener.addr.port},proxy-protocol=v1`);
  const conn = await listener.accept();
  const { hostname, port } = conn.remoteAddr as Deno.NetAddr;
  const header = new Uint8Array(200);
  const line = utf8Text(header.subarray(0, (await conn.read(header))!));
  assertEquals(line, `PROXY TCP4 ${hostname} 127.0.0.1 ${port} ${listener.addr.port}\r\n`);
  conn.close();
  await (await opening).close();
});

Deno.test("proxy-protocol=v1: a target behind a proxy is not told where we are", async () => {
  using proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const opening = openOne(`tcp:target.example:25,proxy-protocol=v1,via=http://127.0.0.1:${proxy.addr.port}`);
  const conn = await proxy.accept();
  const said = new Uint8Array(1000);
  await conn.read(said);
  await conn.write(utf8("HTTP/1.1 200 OK\r\n\r\n"));
  assertEquals(utf8Text(said.subarray(0, (await conn.read(said))!)), "PROXY UNKNOWN\r\n");
  conn.close();
  await (await opening).close();
});

Deno.test("proxy-protocol: the listener's peer, and range, are those of the header", async () => {
  const peers: string[] = [];
  const serve = (stream: Stream) => {
    peers.push(`${stream.about.remote?.host}:${stream.about.remote?.port}`);
    return echo(stream);
  };
  await serving("tcp-listen:0,fork,proxy-protocol=v2,range=192.0.2.0/24", serve, async (port, context) => {
    const from = (host: string) =>
      testContext({ other: { label: "tcp", remote: { host, port: 4711 }, local: { host: "192.0.2.1", port: 25 } } });
    assertEquals(await ask(await openOne(`tcp:localhost:${port},proxy-protocol=v2`, from("192.0.2.7")), "in"), "in");
    assertEquals(
      await ask(await openOne(`tcp:localhost:${port},proxy-protocol=v2`, from("198.51.100.7")), "x").catch(() => ""),
      "",
    );
    assertStringIncludes(context.lines.join("\n"), "Refusing connection from 198.51.100.7:4711 due to range option");
    assertEquals(await ask(await openOne(`tcp:localhost:${port}`), "GET / HTTP/1.0\r\n\r\n").catch(() => ""), "");
    assertStringIncludes(context.lines.join("\n"), "does not begin with a PROXY header");
  });
  assertEquals(peers, ["192.0.2.7:4711"]);
});

Deno.test("starttls: the dialogue is told, the greeting is passed on and kept from who had it", async () => {
  await serving(`tls-listen:0,${cert},verify=0,fork,starttls=smtp`, async (stream) => {
    assert(stream.about.dialogue!.some(({ bytes }) => latin1Text(bytes) === "STARTTLS\r\n"));
    await stream.write(utf8("220 behind.test ESMTP\r\n"));
    await echo(stream);
  }, async (port) => {
    const stream = await openOne(`tls:localhost:${port},${cafile},starttls=smtp`);
    assertEquals(stream.about.dialogue?.[0]?.sent, false);
    assertEquals(await ask(stream, "QUIT\r\n"), "220 netlab ESMTP\r\nQUIT\r\n");
  });
});

/** A SOCKS5 and HTTP proxy in a few lines: what it was asked, and its tunnel. */
function proxy(asked: string[]) {
  return tcpServer(async (conn) => {
    const view = new Uint8Array(4096);
    const read = async () => latin1Text(view.subarray(0, (await conn.read(view)) ?? 0));
    let port: number;
    if ((await read()).startsWith("CONNECT")) {
      const head = latin1Text(view);
      asked.push(/^CONNECT (\S+)/.exec(head)![1]!);
      port = Number(/^CONNECT \S+:(\d+)/.exec(head)![1]);
      await conn.write(utf8("HTTP/1.1 200 OK\r\n\r\n"));
    } else {
      await conn.write(new Uint8Array([5, 0]));
      await read();
      port = (view[view[4]! + 5]! << 8) | view[view[4]! + 6]!;
      asked.push(view[3] === 3 ? `${latin1Text(view.subarray(5, 5 + view[4]!))}:${port}` : "address");
      if (view[3] !== 3) return;
      await conn.write(new Uint8Array([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    }
    const onward = await Deno.connect({ hostname: "127.0.0.1", port });
    const left = connStream(conn, "tcp"), right = connStream(onward, "tcp");
    const { carry } = await import("../../../../lib/stream/carry.ts");
    await carry(left, right);
  });
}

Deno.test("via: every connecting address goes through the chain, in the order of travel", async () => {
  const first: string[] = [], second: string[] = [];
  await using a = proxy(first);
  await using b = proxy(second);
  const chain = `via=http://127.0.0.1:${a.port},via=socks5h://localhost:${b.port}`;
  const cases: readonly (readonly [string, (port: number) => string])[] = [
    [`tls-listen:0,${cert},verify=0,fork`, (port) => `tls:localhost:${port},${cafile},${chain}`],
    ["tcp-listen:0,fork", (port) => `tcp:localhost:${port},${chain}`],
    ["ws-listen:0,fork", (port) => `ws:localhost:${port},${chain}`],
    [`wss-listen:0,${cert},fork`, (port) => `wss:localhost:${port},${cafile},${chain}`],
    ["tcp-listen:0,fork", (port) => `socks5:localhost:${b.port}:localhost:${port},via=http://127.0.0.1:${a.port}`],
    [
      "tcp-listen:0,fork",
      (port) => `proxy:localhost:localhost:${port},proxyport=${b.port},via=socks5h://localhost:${a.port}`,
    ],
  ];
  for (const [listen, connect] of cases) {
    await serving(listen, echo, async (port) => {
      first.length = second.length = 0;
      assertEquals(await ask(await openOne(connect(port)), "through"), "through");
      assertEquals([first[0], second[0]], [`localhost:${b.port}`, `localhost:${port}`]);
    });
  }
});

Deno.test("What is no WebSocket server is told with its address", async () => {
  await using server = tcpServer(async (conn) => void await conn.write(utf8("220 mail\r\n")));
  for (const address of [`ws:127.0.0.1:${server.port}/x`, `wss:127.0.0.1:${server.port},verify=0`]) {
    await assertRejects(() => openOne(address), ConnectError, `Cannot connect to "127.0.0.1:${server.port}"`);
  }
});

Deno.test("starttls: a server of something else is told with its address", async () => {
  await using server = tcpServer(async (conn) => void await conn.write(utf8("SSH-2.0-x\r\n")));
  await assertRejects(
    () => openOne(`tls:127.0.0.1:${server.port},starttls=smtp`),
    ConnectError,
    `Cannot connect to "127.0.0.1:${server.port}": The SMTP peer does not start TLS: "SSH-2.0-x"`,
  );
});

Deno.test("via: a failure names the hop and the reason", async () => {
  await using a = proxy([]);
  await assertRejects(
    () => openOne(`tcp:localhost:9,via=http://127.0.0.1:1`),
    Error,
    `Cannot connect to "localhost:9" through "http://127.0.0.1:1": no connection to the proxy: Connection refused`,
  );
  await assertRejects(
    () => openOne(`tls:localhost:9,via=socks5h://127.0.0.1:${a.port},via=http://127.0.0.1:1`),
    Error,
    `through "socks5h://127.0.0.1:${a.port}": no connection to the next proxy "http://127.0.0.1:1"`,
  );
});

Deno.test("Wrong words about layers are refused before anything opens, with the right ones", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["tls:host:443,via=sock5://x", `did you mean "socks5://"?`],
    ["tls:host:443,starttls=smpt", "starttls"],
    ["tls:host:443,pin=sha256:00", "SHA-256"],
    ["tls-listen:443", "needs a certificate"],
    ["udp:host:53,via=http://x", "SOCKS5"],
    ["quic:host:53,via=http://x", "SOCKS5"],
    ["ws:host", ""],
    ["tcp:host:1,via=env:NETLAB_TEST_NOTHING", "NETLAB_TEST_NOTHING"],
    ["tls:host:443,max-proto-version=TLS1.4", "max-proto-version"],
  ];
  for (const [text, words] of refused) {
    try {
      parseEndpoint(text);
      assertEquals(words, "", text);
    } catch (error) {
      assert(error instanceof UsageError, `${text}: ${error}`);
      assertStringIncludes(error.message + (error.hint ?? ""), words);
    }
  }
});

Deno.test("The names of socat lead to their addresses", () => {
  for (
    const name of [
      "OPENSSL",
      "OPENSSL-CONNECT",
      "SSL",
      "TLS",
      "OPENSSL-LISTEN",
      "SSL-L",
      "PROXY",
      "PROXY-CONNECT",
      "SOCKS",
      "SOCKS4",
      "SOCKS4A",
      "SOCKS5",
      "SOCKS5-CONNECT",
      "SOCKS5-LISTEN",
      "WS",
      "WSS",
      "WS-LISTEN",
      "WSS-LISTEN",
      "QUIC",
      "QUIC-LISTEN",
    ]
  ) assert(addressType(name) !== undefined, name);
});

Deno.test("Unverified octets never pass: a refused server gets nothing of what is sent", async () => {
  const got: string[] = [];
  await serving(`tls-listen:0,cert=${data("self.pem")},verify=0,fork`, async (stream) => {
    got.push(utf8Text(await readAll(stream)));
  }, async (port) => {
    await assertRejects(() => openOne(`tls:localhost:${port},${cafile}`), Error, "signed by itself");
  });
  assertEquals(got.join(""), "");
});

Deno.test("via: TLS to the proxy itself, https:// and tls+socks5h://, with its own authority", async () => {
  const asked: string[] = [];
  await using inner = proxy(asked);
  await serving(`tls-listen:0,${cert},verify=0,fork`, async (stream) => {
    const { carry } = await import("../../../../lib/stream/carry.ts");
    await carry(stream, await openOne(`tcp:127.0.0.1:${inner.port}`));
  }, async (proxyPort) => {
    await serving(`tls-listen:0,${cert},verify=0,fork`, echo, async (port) => {
      for (const kind of ["https", "tls+socks5h", "tls://socks5h"]) {
        const hop = `via=${kind}://localhost:${proxyPort}?cafile=${encodeURIComponent(data("ca.crt"))}`;
        assertEquals(
          await ask(await openOne(`tls:localhost:${port},${cafile},${hop}`), "in TLS in TLS"),
          "in TLS in TLS",
        );
      }
      const untrusted = `tcp:localhost:${port},via=https://localhost:${proxyPort}`;
      const error = await assertRejects(() => openOne(untrusted), Error);
      assertStringIncludes(error.message, `through "https://localhost:${proxyPort}": no TLS with the proxy: `);
      assertStringIncludes(error.message, "stand in its URL, as in https://HOST:PORT?cafile=FILE");
    });
  });
  assertEquals(asked.length, 3);
});

Deno.test("--proxy-from-env: the environment's proxy is used only then, and no_proxy excepts", async () => {
  const asked: string[] = [];
  await using inner = proxy(asked);
  const before = Deno.env.toObject();
  for (const name of ["all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"]) Deno.env.delete(name);
  try {
    Deno.env.set("ALL_PROXY", `http://127.0.0.1:${inner.port}`);
    await serving("tcp-listen:0,fork", echo, async (port) => {
      assertEquals(await ask(await openOne(`tcp:127.0.0.1:${port}`), "direct"), "direct");
      assertEquals(asked, []);
      const context = testContext({ proxyFromEnv: true });
      assertEquals(await ask(await openOne(`tcp:127.0.0.1:${port}`, context), "through"), "through");
      assertEquals(asked, [`127.0.0.1:${port}`]);
      Deno.env.set("NO_PROXY", "localhost,127.0.0.0/8");
      assertEquals(await ask(await openOne(`tcp:localhost:${port}`, context), "excepted"), "excepted");
      assertEquals(asked.length, 1);
    });
  } finally {
    for (const name of ["ALL_PROXY", "NO_PROXY"]) {
      if (before[name] === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before[name]);
    }
  }
});

Deno.test({
  name: "300 connections through a chain leave no descriptor, nor do 100 that fail",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using a = proxy([]);
    await using b = proxy([]);
    await serving("tcp-listen:0,fork", echo, async (port) => {
      const chain = `via=http://127.0.0.1:${a.port},via=socks5h://localhost:${b.port}`;
      await leavesNothing(300, async () => {
        assertEquals(await ask(await openOne(`tcp:localhost:${port},${chain}`), "x"), "x");
      });
      await leavesNothing(100, async () => {
        await assertRejects(() => openOne(`tcp:localhost:1,via=http://127.0.0.1:${a.port},via=socks5h://localhost:1`));
      });
    });
  },
});

interop("An IPv6 address in brackets is a host, its certificate is checked by it", ["IPv6"], async () => {
  await serving(`tls-listen:0,bind=[::1],${cert},verify=0,fork`, echo, async (port) => {
    assertEquals(await ask(await openOne(`tls:[::1]:${port},${cafile}`), "six"), "six");
    await assertRejects(() => openOne(`tls:[::1]:${port},${cafile},commonname=::2`), Error, `not for "::2"`);
  });
});

Deno.test({
  name: "100 refused certificates, and 100 clients that break off, leave no descriptor on either side",
  ignore: Deno.build.os !== "linux",
  async fn() {
    for (const listen of [`tls-listen:0,${cert},verify=0,fork`, `tls-listen:0,${cert},${cafile},fork`]) {
      await serving(listen, echo, async (port) => {
        const breakOff = async () => {
          const conn = await Deno.connect({ hostname: "127.0.0.1", port });
          await conn.write(new Uint8Array([22, 3, 1, 2, 0, 1]));
          await conn.closeWrite();
          // The server's last words, and its end.
          const view = new Uint8Array(64);
          while (await conn.read(view).catch(() => null) !== null);
          conn.close();
        };
        for (const options of ["", `,cafile=${data("other-ca.crt")}`]) {
          const endpoint = parseEndpoint(`tls:localhost:${port}${options}`);
          const context = testContext();
          await leavesNothing(50, async () => {
            await assertRejects(
              async () => {
                for await (const stream of endpoint.open(context)) await stream.close();
              },
              Error,
              "not known",
            );
          });
        }
        await leavesNothing(50, breakOff);
      });
    }
  },
});

Deno.test("QUIC takes a pinned certificate, and one that signed itself when it is named as trusted", async () => {
  const log: string[] = [];
  const openAll = async (cert: string, clients: readonly (readonly [options: string, says: RegExp])[]) => {
    await serving(`quic-listen:0,cert=${data(cert)},fork,verify=0`, echo, async (port, context) => {
      for (const [options, says] of clients) {
        const text = `quic:localhost:${port},pf=ip4${options}`;
        const got = await openOne(text).then((stream) => ask(stream, "hello"), (error) => (error as Error).message);
        assertMatch(got, says, text);
      }
      log.push(...context.lines);
    });
  };
  const pin = async (name: string) => {
    const { X509Certificate } = await import("node:crypto");
    const [pem] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(Deno.readTextFileSync(data(name)))!;
    return `sha256:${new X509Certificate(pem).fingerprint256.replaceAll(":", "")}`;
  };
  await openAll("leaf.pem", [
    [`,${cafile},alpn=other`, /: it speaks none of the protocols offered: alpn=NAMES$/],
    [`,pin=${await pin("leaf.crt")}`, /^hello$/],
    [`,pin=${await pin("self.crt")},pin=${await pin("leaf.crt")}`, /^hello$/],
    [`,pin=${await pin("self.crt")}`, /not trusted.*cafile=.*pin=/],
    [`,${cafile},commonname=other.test`, /: its certificate is not for "other.test"; to accept it: commonname=NAME/],
  ]);
  assertStringIncludes(
    log.join("\n"),
    "No QUIC stream: The TLS handshake failed: it offers none of the protocols of alpn=",
  );
  await openAll("self.pem", [
    [`,cafile=${data("self.crt")}`, /^hello$/],
    [`,cafile=${data("self.crt")},commonname=other.test`, /not trusted|is not for/],
    [`,cafile=${data("other-ca.crt")}`, /not trusted/],
  ]);
  await openAll("expired.pem", [
    [`,pin=${await pin("expired.pem")}`, /expired/],
    [`,${cafile}`, /: its certificate has expired$/],
  ]);
  await openAll("stranger.pem", [[`,${cafile}`, /: its certificate is not meant for a server$/]]);
  assertThrows(() => parseEndpoint("quic:localhost:1,verify=0"), UsageError, "verify=0 cannot be had");
  assertThrows(() => parseEndpoint("quic-listen:0,cert=x,verify"), UsageError, "asks no client");
});

Deno.test("connect-timeout ends every layer of an opening, and touches nothing that is open", async () => {
  await using silent = tcpServer(async (conn) => {
    while (await conn.read(new Uint8Array(4096)) !== null);
  });
  const place = `localhost:${silent.port}`;
  for (
    const text of [
      `tls:${place}`,
      `tls:${place},verify=0`,
      `tls:${place},${cafile},starttls=smtp`,
      `ws:${place}`,
      `wss:${place},verify=0`,
      `tcp:h:1,via=socks5h://${place}`,
      `tls:h:1,via=http://${place}`,
      `ws:h:1,via=socks4a://${place}`,
    ]
  ) {
    const error = await assertRejects(() => openOne(`${text},connect-timeout=0.05`), ConnectError, undefined, text);
    assertEquals(error.reason, "timed-out", `${text}: ${error.message}`);
  }
  const context = testContext();
  const server = openOne(`tls-listen:0,${cert},verify=0`, context);
  const client = await openOne(`tls:${await context.listening},${cafile},commonname=localhost,connect-timeout=2`);
  const other = await server;
  // Longer than the limit: only what is open matters here, so no event can be waited for.
  await new Promise((resolve) => setTimeout(resolve, 2100));
  await client.write(utf8("still open"));
  await client.closeWrite();
  assertEquals(utf8Text(await readAll(other)), "still open");
  await Promise.all([client.close(), other.close()]);
});

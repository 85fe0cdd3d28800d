import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type AddressInfo, createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { latin1Text, utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { ConnectError, ProtocolError, UsageError } from "../../../../lib/base/errors.ts";
import { dialTcp } from "../../../../lib/dial/tcp.ts";
import { TlsClient } from "../../../../lib/dial/tls/client.ts";
import type { TlsClientOptions, TlsOptions } from "../../../../lib/dial/tls/options.ts";
import { TlsServer } from "../../../../lib/dial/tls/server.ts";
import { connStream } from "../../../../lib/stream/conn.ts";
import { DuplexStream, type NodeDuplex } from "../../../../lib/stream/duplex.ts";
import { readExactly } from "../../../../lib/stream/exact.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { tlsData as data } from "../../../helpers/files.ts";
import { readAll, streamPair } from "../../../helpers/streams.ts";
import { dialTls } from "../../../helpers/tls.ts";

/** A server in this process that answers `serve` on every connection, over either stack. */
async function serving(
  options: TlsOptions,
  serve: (stream: Stream) => Promise<void>,
  body: (port: number, failures: string[]) => Promise<void>,
): Promise<void> {
  const server = await TlsServer.load(options);
  const failures: string[] = [];
  const open = new Set<Promise<void>>();
  const own = server.native ? server.listen("127.0.0.1", 0) : undefined;
  const listener = own ?? Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = (async () => {
    try {
      for (;;) {
        const conn = await listener.accept();
        const task = (async () => {
          try {
            const stream = own !== undefined
              ? await server.finish(conn as Deno.TlsConn)
              : await server.over(connStream(conn, "tcp"));
            await using _ = stream;
            await serve(stream);
          } catch (error) {
            failures.push((error as Error).message);
          }
        })();
        open.add(task);
        task.finally(() => open.delete(task));
      }
    } catch {
      // The listener was closed.
    }
  })();
  try {
    await body(listener.addr.port, failures);
  } finally {
    listener.close();
    await accepting;
    await Promise.all(open);
  }
}

/** Sends back everything after end-of-file: proves half-close. */
async function echoAtEnd(stream: Stream): Promise<void> {
  await stream.write(await readAll(stream));
  await stream.closeWrite();
}

async function ask(stream: Stream, bytes: Uint8Array): Promise<Uint8Array> {
  await using _ = stream;
  await stream.write(bytes);
  await stream.closeWrite();
  return await readAll(stream);
}

const pattern = (length: number, seed: number) => {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = seed + 1; i < length; i++) {
    x = (x * 1103515245 + 12345) & 0x7fffffff;
    bytes[i] = x >> 16;
  }
  return bytes;
};

const SERVERS: readonly (readonly [string, TlsOptions])[] = [
  ["runtime's stack", { cert: data("leaf.pem"), verify: false }],
  ["node's stack", { cert: data("leaf.pem"), verify: false, minVersion: "TLS1.2" }],
];
const WAYS: readonly (readonly [string, (client: TlsClient, port: number) => Promise<Stream>])[] = [
  ["with a second try", (client, port) => dialTls(client, { host: "localhost", port })],
  ["with one try", async (client, port) => await client.over(await dialTcp({ host: "localhost", port }), "localhost")],
];

for (const [stack, options] of SERVERS) {
  for (const [way, open] of WAYS) {
    Deno.test(`TLS to the ${stack} ${way}: half-close, answer after end-of-file, 3 MB each way, several at once`, async () => {
      await serving(options, echoAtEnd, async (port, failures) => {
        const client = await TlsClient.load({ cafile: data("ca.crt") });
        const sizes = [1, 5, 16 * 1024, 300_000, 3_000_000];
        const answers = await Promise.all(
          sizes.map(async (size, i) =>
            [pattern(size, i), await ask(await open(client, port), pattern(size, i))] as const
          ),
        );
        for (const [sent, got] of answers) {
          assert(sent.length === got.length && sent.every((octet, i) => octet === got[i]));
        }
        assertEquals(failures, []);
      });
    });
  }
}

interface Case {
  name: string;
  cert: string;
  client: TlsClientOptions;
  /** What the refusal says; none: it is accepted. */
  refused?: readonly string[];
}

const CASES: readonly Case[] = [
  { name: "a CA's leaf by cafile", cert: "leaf.pem", client: { cafile: data("ca.crt") } },
  { name: "a CA's leaf by itself as cafile", cert: "leaf.pem", client: { cafile: data("leaf.crt") } },
  {
    name: "an expired leaf by itself as cafile",
    cert: "expired.pem",
    client: { cafile: data("expired.pem") },
    refused: ["expired on 2020-12-31"],
  },
  {
    name: "an unknown CA",
    cert: "leaf.pem",
    client: {},
    refused: ["netlab test CA", "not known", "cafile=", "verify=0"],
  },
  {
    name: "the wrong CA",
    cert: "leaf.pem",
    client: { cafile: data("other-ca.crt") },
    refused: ["netlab test CA", "pin=sha256:"],
  },
  {
    name: "a wrong name",
    cert: "elsewhere.pem",
    client: { cafile: data("ca.crt") },
    refused: [`"elsewhere.test", "*.wild.test"`, `not for "localhost"`, "commonname=elsewhere.test"],
  },
  {
    name: "a wrong name by commonname",
    cert: "elsewhere.pem",
    client: { cafile: data("ca.crt"), commonname: "a.wild.test" },
  },
  {
    name: "a wrong name by an empty commonname",
    cert: "elsewhere.pem",
    client: { cafile: data("ca.crt"), commonname: "" },
  },
  {
    name: "an expired certificate",
    cert: "expired.pem",
    client: { cafile: data("ca.crt") },
    refused: ["expired on 2020-12-31"],
  },
  { name: "a common name without alternative names", cert: "cnonly.pem", client: { cafile: data("ca.crt") } },
  { name: "the tutorials' certificate by cafile", cert: "self.pem", client: { cafile: data("self.crt") } },
  {
    name: "the tutorials' certificate without cafile",
    cert: "self.pem",
    client: {},
    refused: ["(CN=localhost) is signed by itself", "cafile=FILE"],
  },
  {
    name: "the tutorials' certificate for another name",
    cert: "self.pem",
    client: { cafile: data("self.crt"), commonname: "x.test" },
    refused: [`"localhost"`, `"x.test"`],
  },
  { name: "a certificate of version 1 by cafile", cert: "version1.pem", client: { cafile: data("version1.crt") } },
  {
    name: "a certificate of version 1 by cafile for another name",
    cert: "version1.pem",
    client: { cafile: data("version1.crt"), commonname: "x.test" },
    refused: [`"localhost"`, `"x.test"`],
  },
  {
    name: "a certificate of version 1 by cafile in TLS 1.3, where nobody proves that he has its key",
    cert: "version1.pem",
    client: { cafile: data("version1.crt"), minVersion: "TLS1.3" },
    refused: ["version 1", "max-proto-version=TLS1.2", "verify=0"],
  },
  {
    name: "a certificate of version 1 by its pin in TLS 1.3",
    cert: "version1.pem",
    client: {
      pins: ["sha256:8ea37868ffb814532ccdd875af32bd56495649e48f0a1eb4d82390e8f6202292"],
      minVersion: "TLS1.3",
    },
    refused: ["version 1", "max-proto-version=TLS1.2", "verify=0"],
  },
  { name: "a certificate of version 1 with verify=0", cert: "version1.pem", client: { verify: false } },
  { name: "anything with verify=0", cert: "expired.pem", client: { verify: false } },
  { name: "a TLS 1.2 client", cert: "leaf.pem", client: { cafile: data("ca.crt"), maxVersion: "TLS1.2" } },
  {
    name: "a wrong pin",
    cert: "leaf.pem",
    client: { pins: [`sha256:${"00".repeat(32)}`] },
    refused: ["not the pinned one"],
  },
];

for (const { name, cert, client: options, refused } of CASES) {
  Deno.test(`TlsClient ${refused === undefined ? "accepts" : "refuses"} ${name}`, async () => {
    await serving({ cert: data(cert), verify: false }, echoAtEnd, async (port) => {
      const client = await TlsClient.load(options);
      for (const [, open] of WAYS) {
        if (refused === undefined) {
          assertEquals(utf8Text(await ask(await open(client, port), utf8("hello"))), "hello");
        } else {
          const error = await assertRejects(() => open(client, port), ConnectError);
          assertEquals(error.reason, "tls");
          for (const words of refused) assertStringIncludes(error.message, words);
        }
      }
    });
  });
}

Deno.test("TlsClient takes the pin that a refusal prints, and the pin of the key", async () => {
  await serving({ cert: data("self.pem"), verify: false }, echoAtEnd, async (port) => {
    const refusal = await assertRejects(
      async () => dialTls(await TlsClient.load(), { host: "localhost", port }),
      ConnectError,
    );
    const pin = /pin=(sha256:[0-9a-f]{64})/.exec(refusal.message)![1]!;
    const wrong = await assertRejects(
      async () => dialTls(await TlsClient.load({ pins: ["AAAA".repeat(10) + "AAA="] }), { host: "localhost", port }),
      ConnectError,
    );
    const keyPin = /its key (sha256:[0-9a-f]{64})/.exec(wrong.message)![1]!;
    for (const good of [pin, keyPin]) {
      const client = await TlsClient.load({ pins: [good] });
      assertEquals(utf8Text(await ask(await dialTls(client, { host: "127.0.0.1", port }), utf8("hi"))), "hi");
    }
  });
});

Deno.test("TlsClient warns once about verify=0", async () => {
  const warnings: string[] = [];
  await TlsClient.load({ verify: false, warn: (message) => warnings.push(message) });
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0]!, "verify=0");
});

Deno.test("TlsServer asks for a client certificate and judges it", async () => {
  await serving({ cert: data("leaf.pem"), cafile: data("ca.crt") }, echoAtEnd, async (port, failures) => {
    const good = await TlsClient.load({ cafile: data("ca.crt"), cert: data("client.pem") });
    for (const [, open] of WAYS) assertEquals(utf8Text(await ask(await open(good, port), utf8("hello"))), "hello");
    assertEquals(failures, []);
    for (const [options, why] of [[{ cert: data("stranger.pem") }, "netlab other CA"], [{}, "verify=0"]] as const) {
      const bad = await TlsClient.load({ cafile: data("ca.crt"), ...options });
      // In TLS 1.3 the client has finished before it is refused: it learns of it when it reads.
      const answer = await ask(await dialTls(bad, { host: "localhost", port }), utf8("hello")).catch(() =>
        new Uint8Array()
      );
      assertEquals(answer.length, 0);
      assertStringIncludes(failures.pop() ?? "", why);
    }
  });
});

Deno.test("TlsServer checks the client's name with commonname, takes a pinned client", async () => {
  await serving(
    { cert: data("leaf.pem"), cafile: data("ca.crt"), commonname: "other" },
    echoAtEnd,
    async (port, failures) => {
      const client = await TlsClient.load({ verify: false, cert: data("client.pem") });
      await ask(await dialTls(client, { host: "localhost", port }), utf8("x")).catch(() => {});
      assertStringIncludes(failures[0] ?? "", `"client one"`);
    },
  );
});

Deno.test("ALPN is agreed on and told", async () => {
  for (const minVersion of [undefined, "TLS1.2"] as const) {
    await serving(
      { cert: data("leaf.pem"), verify: false, alpn: ["h2", "http/1.1"], minVersion },
      async (stream) => await stream.write(utf8(stream.about.facts?.alpn ?? "none")),
      async (port) => {
        const client = await TlsClient.load({ cafile: data("ca.crt"), alpn: ["http/1.1"] });
        for (const [, open] of WAYS) {
          await using stream = await open(client, port);
          assertEquals(utf8Text(await readExactly(stream, 8)), "http/1.1");
          assertEquals(stream.about.facts?.alpn, "http/1.1");
        }
      },
    );
  }
});

Deno.test("TLS runs inside TLS, over a pair in memory", async () => {
  const [left, right] = streamPair();
  const server = await TlsServer.load({ cert: data("leaf.pem"), verify: false });
  const client = await TlsClient.load({ cafile: data("ca.crt") });
  const serve = (async () => {
    await using outer = await server.over(right);
    await using inner = await server.over(outer);
    await echoAtEnd(inner);
  })();
  const outer = await client.over(left, "localhost");
  const inner = await client.over(outer, "localhost");
  const sent = pattern(200_000, 7);
  assertEquals(await ask(inner, sent), sent);
  await serve;
});

Deno.test("A peer that leaves without close_notify is at end-of-file", async () => {
  for (const minVersion of [undefined, "TLS1.2"] as const) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const server = await TlsServer.load({ cert: data("leaf.pem"), verify: false });
    const serve = (async () => {
      const conn = await listener.accept();
      const tcp = connStream(conn, "tcp");
      const stream = await server.over(tcp);
      await stream.write(utf8("last words"));
      await tcp.closeWrite(); // under the TLS layer: no close_notify
      await readAll(stream).catch(() => {});
      await stream.close();
    })();
    const client = await TlsClient.load({ cafile: data("ca.crt"), minVersion });
    await using stream = await dialTls(client, { host: "localhost", port: listener.addr.port });
    assertEquals(utf8Text(await readAll(stream)), "last words");
    await stream.close();
    await serve;
    listener.close();
  }
});

Deno.test("A peer that resets is at end-of-file once we have said farewell, over both stacks; before that it is an error", async () => {
  const server = await TlsServer.load({ cert: data("leaf.pem"), verify: false });
  for (const options of [{}, { keylog: true }]) {
    for (const farewell of [true, false]) {
      const served = Promise.withResolvers<void>();
      const listener = createServer({ allowHalfOpen: true }, (socket) => {
        socket.on("error", () => {});
        const duplex = new DuplexStream(socket as unknown as NodeDuplex, { label: "tcp" });
        (async () => {
          const stream = await server.over(duplex);
          await stream.write(utf8("last words"));
          if (farewell) await readAll(stream);
          else await readExactly(stream, 5);
          socket.resetAndDestroy();
        })().then(served.resolve, served.reject);
      });
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
      const client = await TlsClient.load({ cafile: data("ca.crt"), ...options });
      await using stream = await dialTls(client, { host: "localhost", port: (listener.address() as AddressInfo).port });
      assertEquals(utf8Text(await readExactly(stream, 10)), "last words");
      if (farewell) await stream.closeWrite();
      else await stream.write(utf8("hello"));
      if (farewell) assertEquals((await readAll(stream)).length, 0);
      else await assertRejects(() => readAll(stream));
      await served.promise;
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    }
  }
});

Deno.test("A server of TLS 1.3 that wants a client certificate says so after the handshake", async () => {
  const server = createTlsServer({
    cert: await Deno.readTextFile(data("leaf.crt")),
    key: await Deno.readTextFile(data("leaf.key")),
    requestCert: true,
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  for (const options of [{}, { keylog: true }]) {
    const client = await TlsClient.load({ cafile: data("ca.crt"), ...options });
    await using stream = await dialTls(client, { host: "localhost", port: (server.address() as AddressInfo).port });
    const error = await assertRejects(() => readAll(stream), ProtocolError);
    assertStringIncludes(error.message, "The peer broke TLS off: it wants a client certificate: cert=FILE");
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** All octets that a client sends first. */
async function clientHello(options: TlsClientOptions = {}): Promise<Uint8Array> {
  const [left, right] = streamPair();
  const client = await TlsClient.load({ verify: false, ...options });
  const failing = client.over(left, "localhost").catch(() => {});
  const buffer = new Uint8Array(4096);
  const count = await right.read(buffer);
  await right.close();
  await failing;
  return buffer.slice(0, count!);
}

Deno.test("TlsServer.over() ends with an error on a hello that is cut anywhere, and on garbage", async () => {
  const hello = await clientHello();
  const server = await TlsServer.load({ cert: data("leaf.pem"), verify: false });
  for (let cut = 0; cut < hello.length; cut += cut < 12 ? 1 : 37) {
    const [left, right] = streamPair();
    const talking = (async () => {
      await left.write(hello.subarray(0, cut));
      await left.closeWrite();
      await readAll(left);
      await left.close();
    })().catch(() => {});
    await assertRejects(() => server.over(right), ProtocolError);
    await talking;
  }
  for (const garbage of [utf8("GET / HTTP/1.0\r\n\r\n"), pattern(3000, 1), new Uint8Array(500)]) {
    const [left, right] = streamPair();
    const talking = (async () => {
      await left.write(garbage);
      await left.closeWrite();
      await readAll(left);
      await left.close();
    })().catch(() => {});
    await assertRejects(() => server.over(right), ProtocolError);
    await talking;
  }
});

Deno.test("TlsClient says that a peer speaks no TLS, closes, or says nothing, over both stacks", async () => {
  const answers: readonly (readonly [string, string | undefined])[] = [
    ["220 smtp.test ready\r\n", "does not speak TLS"],
    ["", "closed the connection during the TLS handshake"],
    [undefined as unknown as string, "no answer to the TLS handshake in time"],
  ];
  for (const [answer, words] of answers) {
    for (const options of [{}, { verify: false }]) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const client = await TlsClient.load(options);
      let conn: Deno.TcpConn | undefined;
      const serve = (async () => {
        conn = await listener.accept();
        if (answer === undefined) return;
        await conn.read(new Uint8Array(4096));
        if (answer !== "") await conn.write(utf8(answer));
        await conn.closeWrite();
      })();
      const tcp = () => dialTcp({ host: "127.0.0.1", port: listener.addr.port });
      const error = await assertRejects(
        async () => await client.over(await tcp(), "localhost", { timeoutMs: answer === undefined ? 50 : 5000 }, tcp),
        ConnectError,
      );
      assertStringIncludes(error.message, words!);
      await serve;
      // What was given up is closed for the peer too.
      while (await conn!.read(new Uint8Array(4096)) !== null);
      conn!.close();
      listener.close();
    }
  }
});

Deno.test("TlsClient says that a peer resets its handshake, over both stacks", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const tcp = () => dialTcp({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  for (const options of [{}, { verify: false }]) {
    const client = await TlsClient.load(options);
    const error = await assertRejects(async () => await client.over(await tcp(), "localhost", {}, tcp), ConnectError);
    assertStringIncludes(error.message, "The peer reset the connection during the TLS handshake");
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

Deno.test("TlsClient says why it refuses a server that serves one connection only, and is gone", async () => {
  const server = await TlsServer.load({ cert: data("leaf.pem") });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const conn = connStream(await listener.accept(), "tcp");
    listener.close();
    await server.over(conn).then((stream) => stream.close(), () => {});
  })();
  const client = await TlsClient.load();
  const error = await assertRejects(
    () => dialTls(client, { host: "127.0.0.1", port: listener.addr.port }),
    ConnectError,
    "its certificate is not trusted (",
  );
  assertStringIncludes(error.message, "to accept it: cafile=FILE");
  await serving;
});

Deno.test("A handshake fed one octet at a time succeeds", async () => {
  const [left, middle] = streamPair(), [middle2, right] = streamPair();
  const trickle = async (from: Stream, to: Stream) => {
    const one = new Uint8Array(1);
    while (await from.read(one) !== null) await to.write(one);
    await to.closeWrite();
  };
  const carrying = Promise.all([trickle(middle, middle2), trickle(middle2, middle)]);
  const server = await TlsServer.load({ cert: data("leaf.pem"), verify: false });
  const client = await TlsClient.load({ cafile: data("ca.crt") });
  const serve = (async () => {
    await using stream = await server.over(right);
    await echoAtEnd(stream);
  })();
  assertEquals(utf8Text(await ask(await client.over(left, "localhost"), utf8("slow"))), "slow");
  await serve;
  await carrying.catch(() => {});
});

Deno.test("TlsServer.load() and TlsClient.load() say which file is wrong", async () => {
  await assertRejects(() => TlsServer.load({}), UsageError, "needs a certificate");
  await assertRejects(() => TlsServer.load({ cert: data("leaf.crt") }), UsageError, "no private key");
  await assertRejects(() => TlsClient.load({ cafile: data("README.md") }), UsageError, "no certificate");
  await assertRejects(() => TlsClient.load({ cafile: "/nowhere/ca" }), UsageError, "/nowhere/ca");
  await assertRejects(() => TlsClient.load({ maxVersion: "TLS1.0" }), UsageError, "TLS1.0");
  const stranger = { cert: data("leaf.crt"), key: data("self.pem") };
  await assertRejects(() => TlsServer.load(stranger), UsageError, "does not belong");
  await assertRejects(() => TlsClient.load(stranger), UsageError, "does not belong");
  const der = await Deno.makeTempFile();
  await Deno.writeFile(der, new Uint8Array([0x30, 0x82, 1, 0]));
  const refusal = await assertRejects(() => TlsServer.load({ cert: der }), UsageError, "no certificate in PEM form");
  assertStringIncludes((refusal as UsageError).hint ?? "", "openssl x509");
  await Deno.remove(der);
});

Deno.test("TlsServer.finish() and over() hang up on a client that says nothing", async () => {
  for (const minVersion of [undefined, "TLS1.2"] as const) {
    const server = await TlsServer.load({ cert: data("leaf.pem"), verify: false, minVersion });
    const own = server.native ? server.listen("127.0.0.1", 0)! : undefined;
    const listener = own ?? Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    const conn = await listener.accept();
    const limit = { timeoutMs: 20 };
    await assertRejects(
      () =>
        own === undefined ? server.over(connStream(conn, "tcp"), limit) : server.finish(conn as Deno.TlsConn, limit),
      ProtocolError,
      "did not finish its TLS handshake in time",
    );
    assertEquals(await client.read(new Uint8Array(1)), null);
    client.close();
    listener.close();
  }
});

Deno.test("TlsClient asks for the name that the options say, in the form of certificates", async () => {
  const asked = async (options: TlsClientOptions) => {
    const text = latin1Text(await clientHello(options));
    return ["localhost", "one.test", "xn--bcher-kva.test"].filter((name) => text.includes(name));
  };
  assertEquals(await asked({}), ["localhost"]);
  assertEquals(await asked({ noSni: true }), []);
  assertEquals(await asked({ commonname: "one.test" }), ["one.test"]);
  assertEquals(await asked({ commonname: "one.test", snihost: "bücher.test" }), ["xn--bcher-kva.test"]);
  assertEquals(await asked({ snihost: "127.0.0.1" }), []);
});

/** A ClientHello that offers one cipher, one group and one signature scheme, and what it says of its versions. */
function greeting(
  offer: { cipher: number; group: number; scheme?: number; version?: number },
): Uint8Array<ArrayBuffer> {
  const u16 = (...values: number[]) => values.flatMap((value) => [value >> 8, value & 0xff]);
  const extension = (type: number, ...values: number[]) => {
    const body = u16(values.length * 2, ...values);
    return [...u16(type, body.length), ...body];
  };
  const extensions = extension(10, offer.group).concat(
    offer.scheme === undefined ? [] : extension(13, offer.scheme),
    [...u16(11, 2), 1, 0],
  );
  const version = offer.version ?? 0x0303;
  const body = [
    ...u16(version),
    ...new Array<number>(32).fill(7),
    0,
    ...u16(2, offer.cipher),
    1,
    0,
    ...u16(extensions.length),
    ...extensions,
  ];
  const message = [1, 0, ...u16(body.length), ...body];
  return Uint8Array.from([22, ...u16(version, message.length), ...message]);
}

Deno.test("TlsServer says what a client's greeting lacks, over either stack", async () => {
  const right = { cipher: 0xc02b, group: 29, scheme: 0x0403 };
  const cases = [
    [{ ...right, cipher: 0x002f }, "it offers no cipher that goes with our versions of TLS"],
    [{ ...right, group: 25 }, "it offers none of our groups for the key exchange"],
    [{ ...right, scheme: 0x0603 }, "it takes no signature that our certificate's key can make"],
    [{ cipher: 0x002f, group: 29, version: 0x0302 }, "its greeting is of a version of TLS before 1.2"],
  ] as const;
  for (const options of [{ verify: false }, { verify: true, cafile: data("ca.crt") }]) {
    for (const [offer, reason] of cases) {
      await serving({ cert: data("leaf.pem"), ...options }, echoAtEnd, async (port, failures) => {
        using conn = await Deno.connect({ port });
        await conn.write(greeting(offer));
        while (await conn.read(new Uint8Array(1024)) !== null);
        assertStringIncludes(failures.join(), reason);
      });
    }
  }
});

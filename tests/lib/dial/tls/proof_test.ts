import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { type Bytes, concat, utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { ConnectError } from "../../../../lib/base/errors.ts";
import { dialTcp } from "../../../../lib/dial/tcp.ts";
import { TlsClient } from "../../../../lib/dial/tls/client.ts";
import { parseCertificate } from "../../../../lib/dial/tls/certificate.ts";
import type { TlsClientOptions } from "../../../../lib/dial/tls/options.ts";
import { HandshakeReader, HandshakeWatch } from "../../../../lib/dial/tls/proof.ts";
import { TlsServer } from "../../../../lib/dial/tls/server.ts";
import { connStream } from "../../../../lib/stream/conn.ts";
import { Stream, WrappedStream } from "../../../../lib/stream/stream.ts";
import { tlsData as data } from "../../../helpers/files.ts";
import { readAll, streamPair } from "../../../helpers/streams.ts";
import { dialTls } from "../../../helpers/tls.ts";

const PEM = Deno.readTextFileSync(data("version1.pem")), CERT = Deno.readTextFileSync(data("version1.crt"));
const PIN = "sha256:8ea37868ffb814532ccdd875af32bd56495649e48f0a1eb4d82390e8f6202292";
const stranger = () =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }) as string;

/** A server of the runtime's own, which does not mind that a key is not the certificate's. */
async function shown(
  options: Record<string, unknown>,
  body: (port: number) => Promise<void>,
): Promise<void> {
  const server = tls.createServer({ cert: CERT, ...options } as never, (socket) => {
    socket.on("error", () => {});
    socket.end("hello");
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  try {
    await body((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function pinOf(name: string): string {
  return `sha256:${new X509Certificate(Deno.readTextFileSync(data(name))).fingerprint256.replaceAll(":", "")}`;
}

async function heard(options: TlsClientOptions, port: number): Promise<string> {
  await using stream = await dialTls(await TlsClient.load(options), { host: "localhost", port });
  return utf8Text(await readAll(stream));
}

const BY: readonly TlsClientOptions[] = [
  { cafile: data("version1.crt") },
  { pins: [PIN], maxVersion: "TLS1.2" },
  // Asked once more, as it is seen that TLS 1.3 hides the proof.
  { pins: [PIN] },
];

Deno.test("TlsClient believes a server's certificate of version 1 with its key, and refuses a copy of it", async () => {
  await shown({ key: PEM }, async (port) => {
    for (const options of BY) for (const _ of [1, 2]) assertEquals(await heard(options, port), "hello");
  });
  await shown({ key: stranger() }, async (port) => {
    for (const options of BY) {
      const error = await assertRejects(() => heard(options, port), ConnectError);
      assertStringIncludes(error.message, "does not prove that it has the key");
    }
    assertEquals(await heard({ verify: false }, port), "hello");
  });
});

Deno.test("TlsClient asks in TLS 1.2 who lacks nothing but the proof, and for the same certificate", async () => {
  const leaf = Deno.readTextFileSync(data("leaf.pem"));
  const leafPin = pinOf("leaf.crt");
  await shown({ key: PEM }, (first) =>
    shown({ key: leaf, cert: leaf }, async (second) => {
      for (
        const [options, times, says] of [
          [{ pins: [PIN, leafPin] }, 1, "it shows another certificate in TLS 1.2 than in TLS 1.3"],
          [{ pins: [leafPin] }, 0, "is not the pinned one"],
          [{ cafile: data("ca.crt") }, 0, "is signed by itself"],
        ] as const
      ) {
        let asked = 0;
        const again = () => dialTcp({ host: "127.0.0.1", port: asked++ === 0 ? first : second });
        const client = await TlsClient.load(options);
        const error = await assertRejects(async () => {
          await using _ = await client.over(await again(), "localhost", {}, again);
        }, ConnectError);
        assertStringIncludes(error.message, says);
        assertEquals(asked, 1 + times, says);
      }
    }));
});

Deno.test("TlsClient asks in TLS 1.2 at once who has shown its proof there, and anew when its certificate is another", async () => {
  const self = Deno.readTextFileSync(data("self.pem")), selfPin = pinOf("self.crt");
  await shown({ key: PEM }, (old) =>
    shown({ key: self, cert: self }, async (renewed) => {
      let port = old, made = 0;
      const open = () => {
        made++;
        return dialTcp({ host: "127.0.0.1", port });
      };
      const client = await TlsClient.load({ pins: [PIN, selfPin] });
      const connections: number[] = [];
      for (const next of [old, old, old, renewed, renewed, old, old]) {
        port = next;
        made = 0;
        await using stream = await client.over(await open(), "localhost", {}, open);
        assertEquals(utf8Text(await readAll(stream)), "hello");
        connections.push(made);
      }
      assertEquals(connections, [2, 1, 1, 2, 1, 2, 1]);
    }));
});

Deno.test("TlsClient asks a proxy in TLS 1.2 at once that has shown its proof on the way to another target", async () => {
  await shown({ key: PEM }, async (port) => {
    let made = 0;
    const open = () => {
      made++;
      return dialTcp({ host: "127.0.0.1", port });
    };
    const client = await TlsClient.load({ pins: [PIN] });
    for (const target of ["a.test:1", "b.test:1", "c.test:1"]) {
      await using stream = await client.over(await open(), "localhost", { target, via: "https://proxy" }, open);
      assertEquals(utf8Text(await readAll(stream)), "hello");
    }
    assertEquals(made, 4);
  });
});

Deno.test("TlsClient says why a server that speaks TLS 1.3 only is refused for a certificate of version 1", async () => {
  await shown({ key: PEM, minVersion: "TLSv1.3" }, async (port) => {
    const capped = await assertRejects(() => heard({ cafile: data("version1.crt") }, port), ConnectError);
    assertStringIncludes(capped.message, "TLS 1.3 hides the proof");
    assertStringIncludes(capped.message, "min-proto-version=TLS1.3");
    for (const options of [{ cafile: data("version1.crt") }, { pins: [PIN] }]) {
      const error = await assertRejects(() => heard({ ...options, minVersion: "TLS1.3" }, port), ConnectError);
      assertStringIncludes(error.message, "as TLS 1.3 hides the proof; make one of version 3");
    }
  });
});

Deno.test("TlsServer believes a client's certificate of version 1 with its key, and refuses a copy of it", async () => {
  for (const options of [{ cafile: data("version1.crt") }, { pins: [PIN], maxVersion: "TLS1.2" as const }]) {
    const server = await TlsServer.load({ cert: data("leaf.pem"), ...options });
    for (const [key, refused] of [[PEM, false], [stranger(), true]] as const) {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const accepted = listener.accept().then((conn) => server.over(connStream(conn, "tcp")));
      const { port } = listener.addr;
      const client = tls.connect({ host: "127.0.0.1", port, cert: CERT, key, rejectUnauthorized: false });
      const closed = new Promise((resolve) => client.once("close", resolve));
      client.on("error", () => {});
      if (refused) {
        assertStringIncludes(
          (await assertRejects(() => accepted, Error)).message,
          "does not prove that it has the key",
        );
      } else {
        client.end("hello");
        await using stream = await accepted;
        assertEquals(utf8Text(await readAll(stream)), "hello");
      }
      client.destroy();
      await closed;
    }
  }
});

/** Keeps what passes. */
class Recording extends WrappedStream {
  readonly sent: Bytes[] = [];
  readonly received: Bytes[] = [];
  protected override async pull(view: Bytes): Promise<number | null> {
    const count = await this.inner.read(view);
    if (count !== null) this.received.push(view.slice(0, count));
    return count;
  }
  protected override push(bytes: Uint8Array): Promise<void> {
    this.sent.push(bytes.slice());
    return this.inner.write(bytes);
  }
}

/** What one side of a handshake saw in which both show `version1.pem`. */
async function recorded(side: "client" | "server"): Promise<{ sent: Bytes; received: Bytes }> {
  const options = { cert: data("version1.pem"), cafile: data("version1.crt") };
  const [server, client] = [await TlsServer.load(options), await TlsClient.load(options)];
  const [a, b] = streamPair();
  const near = new Recording(side === "client" ? a : b), far = side === "client" ? b : a;
  const [served, asked] = await Promise.all([
    server.over(side === "server" ? near : far),
    client.over(side === "client" ? near : far, "localhost"),
  ]);
  const wire = { sent: concat(near.sent), received: concat(near.received) };
  await Promise.all([served.close(), asked.close()]);
  return wire;
}

/** Gives octets in pieces of one size. */
class Replay extends Stream {
  readonly #bytes: Bytes;
  #at = 0;
  constructor(bytes: Bytes) {
    super({ label: "replay" });
    this.#bytes = bytes;
  }
  protected pull(view: Bytes): Promise<number | null> {
    const part = this.#bytes.subarray(this.#at, this.#at + view.length);
    view.set(part);
    this.#at += part.length;
    return Promise.resolve(part.length === 0 ? null : part.length);
  }
  protected push(): Promise<void> {
    return Promise.resolve();
  }
  protected finish(): Promise<void> {
    return Promise.resolve();
  }
  protected release(): void {}
}

const raw = Uint8Array.from(atob(CERT.replace(/-----[^-]*-----|\s+/g, "")), (letter) => letter.charCodeAt(0));
const certificate = { raw, publicKey: parseCertificate(raw).publicKey };

async function proven(side: "client" | "server", sent: Bytes, received: Bytes, size: number): Promise<boolean> {
  const watch = new HandshakeWatch(side);
  const stream = watch.over(new Replay(received));
  for (let at = 0; at < sent.length; at += size) await stream.write(sent.subarray(at, at + size));
  const view = new Uint8Array(size);
  while (await stream.read(view) !== null);
  return watch.proves(certificate);
}

for (const side of ["client", "server"] as const) {
  Deno.test(`HandshakeWatch of a ${side}: pieces of any size, nothing bent, nothing cut, no other certificate`, async () => {
    const { sent, received } = await recorded(side);
    for (const size of [1, 3, 64, 1 << 16]) assert(await proven(side, sent, received, size), `${size}`);
    const end = received.findIndex((octet, at) => octet === 20 && received[at + 1] === 3 && received[at + 5] === 1);
    for (let cut = 0; cut < end; cut += 7) assert(!await proven(side, sent, received.subarray(0, cut), 1 << 16));
    for (let at = 0; at < end; at++) {
      const bent = received.slice();
      bent[at]! ^= 1;
      const believed = await proven(side, sent, bent, 1 << 16);
      // A client's proof covers every message; the server's its key exchange and the randoms. What else was bent the
      // handshake's end finds out.
      if (side === "server" && believed) assert(isVersionOctet(received, at), `${at}`);
    }
    const watch = new HandshakeWatch(side);
    assert(!watch.proves(certificate));
    const other = utf8("another certificate");
    const stream = watch.over(new Replay(received));
    await stream.write(sent);
    await readAll(stream);
    assert(!watch.proves({ ...certificate, raw: other }));
    assert(watch.proves(certificate));
    watch.end();
    assert(!watch.proves(certificate));
  });
}

/** Whether `at` is the second octet of a record's version, which means nothing. */
function isVersionOctet(wire: Uint8Array, at: number): boolean {
  for (let record = 0; record < at;) {
    if (at === record + 2) return true;
    record += 5 + (wire[record + 3]! << 8 | wire[record + 4]!);
  }
  return false;
}

Deno.test("HandshakeWatch: a bent key exchange or random of the server proves nothing", async () => {
  const { sent, received } = await recorded("client");
  const reader = new HandshakeReader(1 << 16);
  reader.feed(received);
  const exchange = reader.messages().find(({ type }) => type === 12)!.whole;
  const start = indexOf(received, exchange);
  // The random of the hello: record header, message header, version.
  const randoms = Array.from({ length: 32 }, (_, i) => 5 + 4 + 2 + i);
  for (const at of [...Array.from(exchange, (_, i) => start + i), ...randoms]) {
    const bent = received.slice();
    bent[at]! ^= 0x40;
    assert(!await proven("client", sent, bent, 1 << 16), `${at}`);
  }
  for (const at of randoms) {
    const bent = sent.slice();
    bent[at]! ^= 0x40;
    assert(!await proven("client", bent, received, 1 << 16), `${at}`);
  }
});

function indexOf(wire: Uint8Array, part: Uint8Array): number {
  for (let at = 0; at + part.length <= wire.length; at++) {
    if (part.every((octet, i) => wire[at + i] === octet)) return at;
  }
  throw new Error("The message is not in one record");
}

Deno.test("HandshakeReader keeps no more than its limit, and nothing of what is no handshake", () => {
  const record = (type: number, ...octets: number[]) => new Uint8Array([type, 3, 3, 0, octets.length, ...octets]);
  const hello = record(22, 14, 0, 0, 0);
  const fed = (limit: number, ...parts: Uint8Array[]) => {
    const reader = new HandshakeReader(limit);
    for (const part of parts) reader.feed(part);
    return reader;
  };
  const good = fed(8, hello, hello, record(20, 1), record(23, 0));
  assertEquals([good.spoilt, good.ended, good.messages().length], [false, true, 2]);
  for (const odd of [hello, record(21, 1, 0), record(23, 0), record(22), new Uint8Array([22, 3, 3, 0x40, 1])]) {
    const reader = fed(8, hello, hello, odd);
    assertEquals([reader.spoilt, reader.messages().length], [true, 0]);
  }
});

// netlab dig against servers of the tests' own: what the real dig is not needed for, and what it cannot do.
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { UdpPool } from "../../cmd/dig/pool.ts";
import { announced } from "../../cmd/dig/streams.ts";
import { canonical } from "../../cmd/dig/udp.ts";
import { localZone } from "../../cmd/dig/local_time.ts";
import { octetsOf } from "../../cmd/dig/world.ts";
import { NetworkError } from "../../lib/dns/exchange/channel.ts";
import { concat, equalBytes, latin1, latin1Text } from "../../lib/base/bytes.ts";
import { hex, parseHex } from "../../lib/base/hex.ts";
import type { Target } from "../../lib/dns/exchange/channel.ts";
import type { ByteStream } from "../../lib/stream/stream.ts";
import { onlyFamilyOf } from "../../cmd/dig/system.ts";
import { runOurs } from "../helpers/dig_compare.ts";
import { tlsData } from "../helpers/files.ts";
import { OddServer } from "../helpers/odd_server.ts";
import { freePort, netlab, netlabCommand, runProgram, startNetlab } from "../helpers/netlab.ts";

/** A test against the odd server. */
function odd(name: string, fn: (port: string, server: OddServer) => Promise<void>): void {
  Deno.test({
    name,
    async fn() {
      await using server = OddServer.start();
      await fn(String(server.port), server);
    },
  });
}

/** A DoH server that speaks HTTP/1.1 only and answers what the odd server answers over UDP. */
function olderHttp(port: number): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const url = new URL(request.url);
    if (url.pathname !== "/dns-query") return new Response(null, { status: 404 });
    const question = request.method === "POST" ? new Uint8Array(await request.arrayBuffer()) : Uint8Array.from(
      atob(url.searchParams.get("dns")!.replaceAll("-", "+").replaceAll("_", "/")),
      (c) => c.charCodeAt(0),
    );
    const conn = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    await conn.send(question, { transport: "udp", hostname: "127.0.0.1", port });
    const [answer] = await conn.receive(new Uint8Array(65535));
    conn.close();
    return new Response(answer.slice(), { headers: { "content-type": "application/dns-message" } });
  });
}

odd("dig tells of answers from another place and waits for the right one", async (port, server) => {
  const { stdout } = await runOurs(["@127.0.0.1", "-p", port, "elsewhere.odd.test", "+short"]);
  assertMatch(
    stdout,
    new RegExp(
      `^;; Warning: reply from unexpected source: 127\\.0\\.0\\.1#\\d+, expected 127\\.0\\.0\\.1#${server.port}\n192\\.0\\.2\\.1\n$`,
    ),
  );
});

odd("dig lets no control characters of the network through", async (port) => {
  for (const name of ["escapes", "oddowner", "edenul", "nsid"]) {
    const { stdout } = await runOurs(["@127.0.0.1", "-p", port, `${name}.odd.test`]);
    assert(!/[\x00-\x08\x0b-\x1f\x7f]/.test(stdout), name);
  }
});

odd("dig +json is one object a line, failures too", async (port) => {
  const { stdout } = await runOurs(
    ["@127.0.0.1", "-p", port, "+json", "+time=1", "+tries=1", "plain.odd.test", "drop.odd.test", "a0.odd.test"],
  );
  const [plain, drop, cut] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals([plain.status, plain.answerRRs[0].rdataA, plain.transport, plain.server.address], [
    "NOERROR",
    "192.0.2.1",
    "udp",
    "127.0.0.1",
  ]);
  assertEquals([drop.error, drop.detail, drop.QNAME], ["no-reply", "timed out", "drop.odd.test."]);
  assertEquals(cut.warnings, ["Warning: Message parser reports malformed message packet."]);
  const said = await runOurs(["@127.0.0.1", "-p", port, "+json", "ede18.odd.test"]);
  assertEquals(JSON.parse(said.stdout).edns, {
    extendedRCODE: 0,
    version: 0,
    udpSize: 1232,
    DO: 0,
    flags: 0,
    options: [{ code: 15, name: "EDE", dataHEX: "0012", text: "EDE: 18 (Prohibited)" }],
  });
});

odd("dig +json tells of answers over TCP that are none, and what HTTP said", async (port) => {
  const { stdout, status } = await runOurs(
    ["@127.0.0.1", "-p", port, "+json", "+status", "tcshort.odd.test", "tcwrongid.odd.test", "selfpointer.odd.test"],
  );
  const objects = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(objects.map(({ QNAME, error, detail }) => `${QNAME} ${error}: ${detail}`), [
    "tcshort.odd.test. malformed: short (< header size) message",
    "tcwrongid.odd.test. malformed: ID mismatch",
    "selfpointer.odd.test. malformed: bad compression pointer",
  ]);
  assertEquals([status, "messageOctetsHEX" in objects[2]], [40, true]);
  await using server = olderHttp(Number(port));
  const http = await runOurs(
    ["@127.0.0.1", "-p", `${server.addr.port}`, "+json", "+tries=1", "+http-plain=/elsewhere", "a.test"],
  );
  assertEquals(JSON.parse(http.stdout).detail, "failure: The server answered with status 404");
});

odd("dig +json +qr gives question and answer as a pair, and a failure beside its question", async (port) => {
  const ask = ["@127.0.0.1", "-p", port, "+json", "+qr", "+time=1", "+tries=1", "+search", "+domain=odd.test"];
  const { stdout } = await runOurs([...ask, "plain", "drop", "plain.odd.test"]);
  const [relative, drop, absolute] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  for (const { queryMessage, responseMessage } of [relative, absolute]) {
    assertEquals([queryMessage.QR, responseMessage.QR, responseMessage.status], [0, 1, "NOERROR"]);
    assertEquals([queryMessage.ID, queryMessage.QNAME], [responseMessage.ID, "plain.odd.test."]);
    for (const { dateString, dateSeconds, msgLength } of [queryMessage, responseMessage]) {
      assertEquals(Date.parse(dateString) / 1000, dateSeconds);
      assert(msgLength > 12);
    }
  }
  assertEquals([drop.error, drop.QNAME, drop.queryMessage.QNAME], ["no-reply", "drop.odd.test.", "drop.odd.test."]);
});

odd("dig +explain names every octet of question and answer, also of a broken one", async (port) => {
  const { stdout } = await runOurs(["@127.0.0.1", "-p", port, "+explain", "plain.odd.test"]);
  assertStringIncludes(stdout, ";; Sending (");
  assertStringIncludes(stdout, ";; Got answer (");
  assertMatch(stdout, /Label: plain \[RFC 1035 3\.1\]/);
  assertMatch(stdout, /Compression pointer.*12/);
  const broken = await runOurs(["@127.0.0.1", "-p", port, "+explain", "selfpointer.odd.test"]);
  assertStringIncludes(broken.stdout, "Got bad packet: bad compression pointer");
});

odd("dig +explain keeps to the columns of the terminal", async (port) => {
  const { stdout } = await runOurs(["@127.0.0.1", "-p", port, "+explain", "plain.odd.test"], { COLUMNS: "80" });
  const rows = stdout.split("\n").filter((line) => !line.startsWith(";"));
  assertEquals(rows.filter((row) => row.length > 80), []);
  assert(rows.some((row) => row.length > 70));
});

odd("dig +status ends with a status for each outcome", async (port) => {
  const status = async (...args: string[]) =>
    (await runOurs(["@127.0.0.1", "-p", port, "+status", "+time=1", "+tries=1", ...args])).status;
  assertEquals(
    await Promise.all([
      status("plain.odd.test"),
      status("servfail.odd.test"),
      status("nxdomain.odd.test"),
      status("refused.odd.test"),
      status("drop.odd.test"),
      status("selfpointer.odd.test"),
      status("xfrnosoa.odd.test", "axfr"),
    ]),
    [0, 22, 23, 25, 9, 40, 43],
  );
});

odd("dig -f answers in the file's order, side by side, and passes over comments", async (port) => {
  const file = await Deno.makeTempFile();
  try {
    const lines = Array.from({ length: 300 }, (_, i) => i % 3 === 0 ? "toomany.odd.test" : `plain.odd.test`);
    await Deno.writeTextFile(file, `# names\n${lines.join("\n")}\n\n; end\nwrongid.odd.test +tcp\n`);
    const { stdout, status } = await runOurs(["@127.0.0.1", "-p", port, "+noall", "+question", "-f", file]);
    assertEquals(status, 0);
    assertEquals(
      stdout.trim().split("\n").filter((line) => line.startsWith(";") && !line.startsWith(";;")).map((line) =>
        line.split(/\s/)[0]!.slice(1, -1)
      ),
      lines,
    );
    assertStringIncludes(stdout, ";; ERROR: ID mismatch");
    const one = await runOurs(["@127.0.0.1", "-p", port, "+short", "+parallel=1", "-f", file]);
    assertEquals(one.stdout.split("\n").filter((line) => line === "192.0.2.1").length, 300);
  } finally {
    await Deno.remove(file);
  }
});

odd("dig completes all names of a file with the domain that was named before it", async (port) => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "plain\nplain +domain=other.test\nplain\n");
    const args = ["@127.0.0.1", "-p", port, "+noall", "+question", "+nocmd"];
    for (const [before, name] of [[["+domain=odd.test"], ";plain.odd.test."], [[], ";plain."]] as const) {
      const { stdout } = await runOurs([...args, ...before, "-f", file]);
      assertEquals(stdout.match(/^;[a-z]\S+/gm), [name, name, name]);
    }
  } finally {
    await Deno.remove(file);
  }
});

odd("dig speaks DNS over HTTP/1.1 where the server knows no newer", async (port, server) => {
  const http = olderHttp(server.port);
  try {
    const url = `@http://127.0.0.1:${http.addr.port}/dns-query`;
    for (const more of [[], ["+http-plain-get"]]) {
      const { stdout } = await runOurs([url, "plain.odd.test", "+short", ...more]);
      assertEquals(stdout, "192.0.2.1\n");
    }
    const lost = await runOurs([`@http://127.0.0.1:${http.addr.port}/nowhere`, "plain.odd.test", "+tries=1"]);
    assertStringIncludes(lost.stdout, ": failure\n");
    assertEquals(lost.status, 9);
  } finally {
    await http.shutdown();
  }
  void port;
});

odd("dig @tcp:// and @udp:// choose the transport of one server", async (port) => {
  for (const [scheme, word] of [["tcp", "TCP"], ["udp", "UDP"]] as const) {
    const { stdout } = await runOurs([`@${scheme}://127.0.0.1:${port}`, "plain.odd.test"]);
    assertMatch(stdout, new RegExp(`;; SERVER: 127\\.0\\.0\\.1#${port}\\(127\\.0\\.0\\.1\\) \\(${word}\\)`));
  }
});

odd("dig +via goes through SOCKS (UDP and TCP), HTTP and chains of them, and says where it failed", async (port) => {
  await using proxy = startNetlab(["socks", "--port", "0"]);
  const at = `127.0.0.1:${await proxy.port()}`;
  const ask = async (...args: string[]) =>
    (await runOurs(["@127.0.0.1", "-p", port, "plain.odd.test", "+short", "+tries=1", ...args])).stdout;
  assertEquals(await ask(`+via=socks5h://${at}`), "192.0.2.1\n");
  assertEquals(await ask(`+via=socks5h://${at}`, `+via=socks5://${at}`), "192.0.2.1\n");
  assertEquals(await ask("+tcp", `+via=socks5h://${at}`), "192.0.2.1\n");
  assertEquals(await ask("+tcp", `+via=http://${at}`, `+via=socks5://${at}`), "192.0.2.1\n");
  assertStringIncludes(await ask(`+via=http://${at}`), "ask with +tcp\n");
  assertStringIncludes(await ask("+tcp", "+via=socks5://127.0.0.1:1"), 'through "socks5://127.0.0.1:1"');
});

odd("dig +timing says what each phase took", async (port) => {
  const { stdout } = await runOurs(["@127.0.0.1", "-p", port, "+tcp", "+timing", "plain.odd.test"]);
  assertMatch(stdout, /;; TIMING: TCP \d+\.\d{3} ms, answer \d+\.\d{3} ms\n/);
});

odd("dig gives its permissions up and still answers", async (port) => {
  const { status, stdout } = await netlab(["dig", "-r", "@127.0.0.1", "-p", port, "plain.odd.test", "+short"]);
  assertEquals([status, stdout], [0, "192.0.2.1\n"]);
});

Deno.test({
  name: "dig says that nobody listens, and ends with 9",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const closed = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const { port } = closed.addr as Deno.NetAddr;
    closed.close();
    // As a command it has given up the permission to open the system's table by then.
    const { stdout, status } = await netlab(["dig", "-r", "@127.0.0.1", "-p", String(port), "x.test", "+tries=1"]);
    assertStringIncludes(stdout, `;; communications error to 127.0.0.1#${port}: connection refused\n`);
    assertEquals(status, 9);
  },
});

Deno.test("dig -f and -k take a file whatever letters its name has, and tell what is no file, with status 8", async () => {
  const folder = await Deno.makeTempDir({ prefix: "données " });
  try {
    for (const [path, why] of [[folder, "Is a directory"], [`${folder}/né`, "No such file or directory"]]) {
      const { stdout, stderr, status } = await runOurs(["@127.0.0.1", "-p", "1", "-f", path!]);
      const [octets] = octetsOf([path!]);
      assertEquals([stdout, stderr, status], ["", `${octets}: ${why}\ndig: couldn't open specified batch file\n`, 8]);
    }
    await Deno.writeTextFile(`${folder}/clé`, 'key "k.test" { algorithm hmac-sha256; secret "c2VjcmV0c2VjcmV0"; };\n');
    await Deno.writeTextFile(`${folder}/né`, "plain.odd.test\n");
    await using server = OddServer.start();
    const files = ["-k", `${folder}/clé`, "-f", `${folder}/né`];
    const { stdout, stderr } = await runOurs(["@127.0.0.1", "-p", String(server.port), "+qr", "+nocookie", ...files]);
    assertEquals(stderr, "");
    assertStringIncludes(stdout, ";; TSIG PSEUDOSECTION:\nk.test.");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "dig takes arguments as octets, UTF-8 or not",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { program, args } = netlabCommand(["dig", "@127.0.0.1", "-p", "1", "+qr", "+tries=1"]);
    const line = `exec "$0" "$@" "$(printf 'b\\303\\274.\\351\\377.test')"`;
    const { stdout } = await runProgram("sh", ["-c", line, program, ...args]);
    assertStringIncludes(stdout, "\n;b\\195\\188.\\233\\255.test.\tIN\tA\n");
  },
});

Deno.test("a time zone whose file is no table is read as a rule", () => {
  assertEquals(localZone("zone.tab"), "zone.tab");
  assertEquals(localZone("Nowhere/Bogus"), "Nowhere/Bogus");
  assertEquals(localZone("UTC"), undefined);
});

Deno.test("dig --help is dig's help and ours behind it", async () => {
  const [{ stdout }, theirs] = await Promise.all([netlab(["dig", "--help"]), runOurs(["-h"])]);
  assert(stdout.startsWith(theirs.stdout));
  for (const word of ["+[no]explain", "+[no]json", "+via=", "+[no]parallel", "+[no]status", "+[no]timing"]) {
    assertStringIncludes(stdout, word);
  }
});

Deno.test("UdpPool: whoever waits when it is closed is told, and whoever asks afterwards", async () => {
  const silent = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const pool = new UdpPool();
    const { port } = silent.addr as Deno.NetAddr;
    const open = () => pool.channel("127.0.0.1", port, { repeat: true });
    const [waits, sent] = [open(), open()];
    await waits.send(Uint8Array.of(0, 1));
    await sent.send(Uint8Array.of(0, 2));
    const waiting = waits.receive(60_000);
    pool.close();
    // A timer that were left would fail this test too.
    await assertRejects(() => waiting, NetworkError);
    await assertRejects(() => sent.receive(60_000), NetworkError);
    await assertRejects(() => open().send(Uint8Array.of(0, 3)), NetworkError);
  } finally {
    silent.close();
  }
});

Deno.test("UdpPool: a question that was answered, however badly, is not sent again", async () => {
  const server = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const pool = new UdpPool();
    const channel = pool.channel("127.0.0.1", (server.addr as Deno.NetAddr).port, { repeat: true });
    await channel.send(Uint8Array.of(0, 1));
    const [, client] = await server.receive();
    await server.send(Uint8Array.of(0, 1, 99), client);
    assertEquals(await channel.receive(60_000), Uint8Array.of(0, 1, 99));
    // Longer than a question waits that is sent again.
    await assertRejects(() => channel.receive(1000), NetworkError, "timed out");
    await channel.send(Uint8Array.of(0, 2));
    assertEquals((await server.receive())[0], Uint8Array.of(0, 2));
    pool.close();
  } finally {
    server.close();
  }
});

Deno.test("dig -f sends a question once where one try is wanted, and again within one where more are", async () => {
  const silent = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr as Deno.NetAddr;
  const seen: number[] = [];
  const reading = (async () => {
    for await (const [question] of silent) seen.push(question.length);
  })();
  try {
    for (const [tries, questions] of [[1, 1], [2, 3]]) {
      seen.length = 0;
      const server = ["@127.0.0.1", "-p", String(port), "+time=1", `+tries=${tries}`];
      const { stdout } = await netlab(["dig", ...server, "-f", "-"], { stdin: "silent.test\n" });
      assertStringIncludes(stdout, ";; no servers could be reached\n");
      assertEquals(seen.length, questions!, `+tries=${tries}`);
    }
  } finally {
    silent.close();
    await reading;
  }
});

Deno.test("dig +proxy announces each datagram and each connection, and says so", async () => {
  const header = parseHex("0d0a0d0a000d0a515549540a");
  const signed = (bytes: Uint8Array) => equalBytes(bytes.subarray(0, 12), header);
  const bodies: string[] = [];
  /** The answer to the question behind a header: the question with QR set. */
  const answer = (bytes: Uint8Array, framed: number): Uint8Array<ArrayBuffer> => {
    assert(signed(bytes));
    const end = 16 + ((bytes[14]! << 8) | bytes[15]!);
    bodies.push(hex(bytes.subarray(12, end)));
    const reply = bytes.slice(end);
    reply[framed + 2]! |= 0x80;
    return reply;
  };
  const port = freePort();
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
  const tcp = Deno.listen({ hostname: "127.0.0.1", port });
  const serving = [
    (async () => {
      for await (const [bytes, from] of udp) await udp.send(answer(bytes, 0), from);
    })(),
    (async () => {
      for await (const conn of tcp) {
        // The header, then the question, in one piece or two.
        const parts: Uint8Array[] = [], buffer = new Uint8Array(4096);
        for (let length = 0; length < 16 + 2 + 12 + 12 + 4 + 12;) {
          const count = await conn.read(buffer);
          if (count === null) break;
          parts.push(buffer.slice(0, count));
          length += count;
        }
        await conn.write(answer(concat(parts), 2));
        conn.close();
      }
    })(),
  ];
  try {
    const ask = async (...words: string[]) => {
      const { stdout } = await runOurs(["@127.0.0.1", "-p", String(port), "+tries=1", ...words, "a.test"]);
      assertStringIncludes(stdout, "status: NOERROR");
      return /CLIENT PROXY HEADER.*/.exec(stdout)?.[0];
    };
    assertEquals(await ask("+proxy", "+noedns"), "CLIENT PROXY HEADER: LOCAL");
    const source = "source: 192.0.2.1#5, destination: 192.0.2.2#53";
    assertEquals(await ask("+proxy=192.0.2.1#5-192.0.2.2", "+noedns"), `CLIENT PROXY HEADER: ${source}`);
    assertEquals(await ask("+tcp", "+proxy-plain=192.0.2.1#5-192.0.2.2"), `CLIENT PROXY HEADER: ${source}`);
    assertEquals(bodies, ["20000000", "2112000cc0000201c000020200050035", "2111000cc0000201c000020200050035"]);
  } finally {
    udp.close();
    tcp.close();
    await Promise.all(serving.map((one) => one.catch(() => {})));
  }
});

Deno.test("announced() writes the header before TLS or within it, as asked", async () => {
  const written = async (transport: "tcp" | "tls" | "http", plain: boolean, within: boolean) => {
    let octets = 0;
    const stream = { write: (bytes: Uint8Array) => Promise.resolve(void (octets += bytes.length)) };
    const target = { transport, lookup: { proxy: { plain } } };
    await announced(stream as unknown as ByteStream, target as unknown as Target, within);
    return octets;
  };
  assertEquals(await Promise.all([written("tcp", false, false), written("http", true, false)]), [16, 16]);
  assertEquals(await Promise.all([written("tls", false, false), written("tls", false, true)]), [0, 16]);
  assertEquals(await Promise.all([written("tls", true, false), written("tls", true, true)]), [16, 0]);
});

Deno.test("dig tells over plain HTTP the address that nobody's address led to, over TCP what was asked", async () => {
  await using server = OddServer.start();
  await using http = olderHttp(server.port);
  const ask = async (port: number, ...args: string[]) => {
    const { stdout } = await runOurs(["@0.0.0.0", "-p", String(port), "plain.odd.test", ...args]);
    return /;; SERVER: (\S+)#/.exec(stdout)?.[1];
  };
  assertEquals(await ask(http.addr.port, "+http-plain"), "127.0.0.1");
  assertEquals(await ask(server.port, "+tcp"), "0.0.0.0");
});

Deno.test("a file for TLS that cannot be used is named on standard error, with what is wrong with it", async () => {
  for (
    const [option, says] of [
      ["+tls-ca=/nonexistent", 'Cannot read cafile "/nonexistent": No such file or directory\n'],
      [`+tls-ca=${tlsData("leaf.key")}`, `The file "${tlsData("leaf.key")}" holds no certificate in PEM form\n`],
    ] as const
  ) {
    const { stdout, stderr } = await runOurs(["@127.0.0.1", "-p", "1", "+tls", option, "name.test"]);
    assertEquals([stdout, stderr], [";; TLS context cannot be created\n", says]);
  }
  const { stdout, stderr } = await runOurs([
    "@127.0.0.1",
    "-p",
    "1",
    "+json",
    "+tls",
    "+tls-ca=/nonexistent",
    "name.test",
  ]);
  assertEquals([JSON.parse(stdout).detail, stderr], [
    'Cannot read cafile "/nonexistent": No such file or directory',
    "",
  ]);
});

Deno.test("onlyFamilyOf() passes over the loopback's own addresses", () => {
  const of = (...addresses: string[]) =>
    onlyFamilyOf(addresses.map((address) => ({ address, family: address.includes(":") ? "IPv6" : "IPv4" })));
  assertEquals(of("127.0.0.1", "::1"), undefined);
  assertEquals(of("127.0.0.1", "::1", "192.0.2.1"), 4);
  assertEquals(of("127.0.0.1", "::1", "127.0.0.2"), 4);
  assertEquals(of("127.0.0.1", "::1", "fe80::1"), 6);
  assertEquals(of("192.0.2.1", "2001:db8::1"), undefined);
});

Deno.test("answers from addresses of a link are known: the runtime names no zone", () => {
  assertEquals(canonical("fe80:0:0:0::53%eth0"), "fe80::53");
  assertEquals(canonical("::FFFF:192.0.2.1"), "::ffff:192.0.2.1");
  assertEquals(canonical("192.0.2.1"), "192.0.2.1");
});

/** Answers questions for A, but not those of names that begin with "never". `asked` sees each name's first label. */
function addresses(asked: (label: string) => void): Disposable & { readonly port: number } {
  const server = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const [question, client] of server) {
      const label = latin1Text(question.subarray(13, 13 + question[12]!));
      const answer = concat([question.slice(0, 12), question.subarray(12, question.indexOf(0, 12) + 5)]);
      answer.set([0x81, 0, 0, 1, 0, 1, 0, 0, 0, 0], 2);
      const record = Uint8Array.of(0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, label.length);
      if (!label.startsWith("never")) await server.send(concat([answer, record]), client);
      asked(label);
    }
  })();
  return { port: (server.addr as Deno.NetAddr).port, [Symbol.dispose]: () => server.close() };
}

Deno.test({
  name: "dig -f prints an answer before the next line is there",
  async fn() {
    using server = addresses(() => {});
    const { port } = server;
    const { program, args } = netlabCommand(["dig", "@127.0.0.1", "-p", `${port}`, "+short", "-f", "-"]);
    await using child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
    const input = child.stdin.getWriter(), output = child.stdout.getReader();
    for (const name of ["abc", "abcdef"]) {
      await input.write(latin1(`${name}.test\n`));
      assertEquals(latin1Text((await output.read()).value!), `192.0.2.${name.length}\n`);
    }
    await input.close();
    assertEquals((await output.read()).done, true);
  },
});

Deno.test({
  name: "dig -f prints what has arrived when it is interrupted",
  ignore: Deno.build.os === "windows",
  async fn() {
    const asked = Promise.withResolvers<void>();
    // Two questions at once: the third is asked when one has been answered.
    using server = addresses((label) => label === "never2" && asked.resolve());
    const { port } = server;
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, "never1.test\nabc.test\nnever2.test\n");
    const { program, args } = netlabCommand([
      "dig",
      "@127.0.0.1",
      "-p",
      `${port}`,
      "+short",
      "+parallel=2",
      "-f",
      file,
    ]);
    const child = new Deno.Command(program, { args, stdout: "piped", stderr: "piped" }).spawn();
    await asked.promise;
    child.kill("SIGINT");
    const { code, stdout } = await child.output();
    assertEquals([latin1Text(stdout), code], ["192.0.2.3\n", 130]);
    await Deno.remove(file);
  },
});

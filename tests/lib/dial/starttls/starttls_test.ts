import { assert, assertEquals, assertRejects } from "@std/assert";
import { concat, latin1, latin1Text, utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { ProtocolError } from "../../../../lib/base/errors.ts";
import { GreetedStream, greetingOf, startTlsClient, startTlsServer } from "../../../../lib/dial/starttls/starttls.ts";
import { STARTTLS_PROTOCOLS, type StartTlsProtocol } from "../../../../lib/dial/starttls/talk.ts";
import type { Stream } from "../../../../lib/stream/stream.ts";
import { readAll, streamPair } from "../../../helpers/streams.ts";

async function both(protocol: StartTlsProtocol, left: Stream, right: Stream) {
  return await Promise.all([startTlsClient(left, protocol), startTlsServer(right, protocol)]);
}

for (const protocol of STARTTLS_PROTOCOLS) {
  Deno.test(`startTlsClient() and startTlsServer() agree on ${protocol}, also octet by octet`, async () => {
    const [left, right] = streamPair();
    const [client, server] = await both(protocol, left, right);
    const flat = (said: typeof client, sent: boolean) =>
      latin1Text(concat(said.filter((one) => one.sent === sent).map(({ bytes }) => bytes)));
    assertEquals(flat(client, true), flat(server!, false));
    assertEquals(flat(client, false), flat(server!, true));

    const [a, b] = streamPair(), [c, d] = streamPair();
    const trickle = async (from: Stream, to: Stream) => {
      const one = new Uint8Array(1);
      while (await from.read(one) !== null) await to.write(one);
    };
    const carrying = Promise.all([trickle(b, c), trickle(c, b)]).catch(() => {});
    await both(protocol, a, d);
    await Promise.all([a.close(), b.close(), c.close(), d.close(), carrying]);
  });

  Deno.test(`startTlsClient() refuses a ${protocol} server that ends anywhere, says no, or talks nonsense`, async () => {
    const [left, right] = streamPair();
    const [said] = await both(protocol, left, right);
    const script = said.filter((one) => !one.sent).map(({ bytes }) => bytes);
    const whole = concat(script);
    const refused = async (answer: Uint8Array) => {
      const [left, right] = streamPair();
      const serving = (async () => {
        await right.write(answer);
        await right.closeWrite();
      })().catch(() => {});
      const reading = readAll(right).catch(() => {});
      await assertRejects(() => startTlsClient(left, protocol), ProtocolError);
      await Promise.all([left.close(), right.close(), serving, reading]);
    };
    for (let cut = 0; cut < whole.length; cut++) await refused(whole.subarray(0, cut));
    await refused(utf8("-ERR\r\n".repeat(300)));
    await refused(utf8("554 no\r\n"));
    await refused(utf8("* BYE\r\n"));
    await refused(new Uint8Array(5000));
    await refused(utf8("x".repeat(5000)));
  });
}

Deno.test("startTlsClient() refuses data in clear behind the start of TLS", async () => {
  const [left, right] = streamPair();
  const serving = right.write(utf8("+OK hello\r\n+OK begin\r\n+OK smuggled\r\n")).catch(() => {});
  const reading = readAll(right).catch(() => {});
  await assertRejects(() => startTlsClient(left, "pop3"), ProtocolError, "in clear");
  await Promise.all([left.close(), right.close(), serving, reading]);
});

Deno.test("startTlsServer() refuses data in clear behind the start of TLS", async () => {
  for (
    const [protocol, said] of [
      ["smtp", "EHLO x\r\nSTARTTLS\r\n"],
      ["lmtp", "LHLO x\r\nSTARTTLS\r\n"],
      ["ftp", "AUTH TLS\r\n"],
      ["nntp", "STARTTLS\r\n"],
      ["imap", "a STARTTLS\r\n"],
      ["pop3", "STLS\r\n"],
      ["sieve", "STARTTLS\r\n"],
    ] as const
  ) {
    for (const smuggled of [false, true]) {
      const [left, right] = streamPair();
      const talking = left.write(latin1(smuggled ? `${said}NOOP\r\n` : said)).catch(() => {});
      const reading = readAll(left);
      const started = startTlsServer(right, protocol);
      if (smuggled) await assertRejects(() => started, ProtocolError, "in clear", protocol);
      else assert(await started, protocol);
      await Promise.all([right.close(), reading, talking]);
      await left.close();
    }
  }
});

Deno.test("startTlsServer() answers a client that does other things first, and lets it leave", async () => {
  const [left, right] = streamPair();
  const talking = (async () => {
    await left.write(utf8("NOOP\r\nHELO x\r\nMAIL FROM:<a@b>\r\nEHLO x\r\nQUIT\r\n"));
    await left.closeWrite();
  })().catch(() => {});
  const reading = readAll(left);
  assertEquals(await startTlsServer(right, "smtp"), undefined);
  await right.closeWrite();
  const codes = utf8Text(await reading).split("\r\n").map((line) => line.slice(0, 3));
  assertEquals(codes, ["220", "250", "250", "530", "250", "250", "250", "221", ""]);
  await talking;
});

/** What a server says that does not start TLS, and what is told of it. */
const REFUSALS: readonly (readonly [StartTlsProtocol, said: string, told: string])[] = [
  ["smtp", "220 a\r\n250-b\r\n250 HELP\r\n", "STARTTLS is not among what it can do"],
  ["smtp", "220 a\r\n250-b\r\n250 STARTTLS\r\n454 not now\r\n", "454 not now"],
  ["imap", "* OK\r\na1 BAD what\r\n", "a1 BAD what"],
  ["imap", "* OK\r\n" + "* 1 EXISTS\r\n".repeat(201), "no answer to STARTTLS"],
  ["pop3", "+OK\r\n-ERR what\r\n", "-ERR what"],
  ["ftp", "220-a\r\n" + "b\r\n".repeat(201), "The ftp reply does not end"],
  ["ftp", "220 a\r\n234 yes\r\n", ""],
  ["sieve", '"VERSION" "1.0"\r\nOK\r\n', "STARTTLS is not among what it can do"],
  ["sieve", '"STARTTLS"\r\nOK\r\nNO "busy"\r\n', 'NO "busy"'],
  ["xmpp", "<stream:stream><stream:features><a/></stream:features>", "starttls is not among the features"],
  ["xmpp", "<stream:stream><stream:error/>", "<stream:error/>"],
  ["xmpp", "<a/>".repeat(202), "<a/>"],
  ["xmpp", "<stream:features><starttls/></stream:features><failure/>", "<failure/>"],
  ["ldap", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00", "an LDAP result that is not success"],
  ["ldap", "\x30\x83\x01\x00\x00", "an element too long"],
  ["ldap", "\x30\x82\x20\x00", "an element too long"],
  ["postgres", "N", '"N"'],
];

Deno.test("startTlsClient() tells what a server says that does not start TLS", async () => {
  for (const [protocol, said, told] of REFUSALS) {
    const [left, right] = streamPair();
    const serving = right.write(latin1(said)).catch(() => {});
    const reading = readAll(right).catch(() => {});
    if (told === "") await startTlsClient(left, protocol);
    else await assertRejects(() => startTlsClient(left, protocol), ProtocolError, told, protocol);
    await Promise.all([left.close(), right.close(), serving, reading]);
  }
});

Deno.test("startTlsServer() answers what no line of the protocol is, and ends with who never starts TLS", async () => {
  const after = {
    imap: "* BAD",
    pop3: "-ERR",
    ftp: "530",
    nntp: "483",
    sieve: "NO",
    smtp: "530",
    lmtp: "530",
  } as const;
  for (const [protocol, answer] of Object.entries(after) as [StartTlsProtocol, string][]) {
    const [left, right] = streamPair();
    const talking = left.write(latin1("odd\rline\r\n".repeat(200))).catch(() => {});
    const reading = readAll(left);
    await assertRejects(() => startTlsServer(right, protocol), ProtocolError, "talks on without starting TLS");
    await right.closeWrite();
    const lines = latin1Text(await reading).trimEnd().split("\r\n");
    assertEquals(lines.slice(-200).filter((line) => !line.startsWith(answer)), [], protocol);
    await talking;
  }
});

Deno.test("startTlsServer() of PostgreSQL and LDAP tells who does not ask for TLS; of XMPP lets go", async () => {
  const gss = "\0\0\0\x08\x04\xd2\x16\x30", tls = "\0\0\0\x08\x04\xd2\x16\x2f";
  const required = "E\0\0\0\x45SFATAL\0VFATAL\0C28000\0MTLS is required here: use sslmode=require\0\0";
  const bind = "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0";
  const startTls = "\x30\x1d\x02\x01\x02\x77\x18\x80\x16" + "1.3.6.1.4.1.1466.20037";
  const confidential = "\x0a\x01\x0d\x04\0\x04\x0eStartTLS first", success = "\x0a\x01\0\x04\0\x04\0";
  for (
    const [protocol, said, answered, outcome] of [
      ["postgres", gss + tls, "NS", "starts"],
      ["postgres", gss + gss + gss, "NNN", "leaves"],
      ["postgres", "\0\0\0\x0f\0\x03\0\0user\0x\0", required, "sslmode=require"],
      ["postgres", "\x16\x03\x01\x02\0\x01\0\x01", "", "say alpn=postgresql"],
      ["xmpp", "</stream:stream>", "</stream:stream>", "leaves"],
      ["xmpp", "<starttls></starttls>", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "starts"],
      ["xmpp", "<a/>".repeat(200), "", "talks on without starting TLS"],
      ["ldap", "\x30\x05\x02\x01\x01\x42\x00", "", "leaves"],
      ["ldap", "\x30\x03\x04\x01\x01", "", "without a number"],
      ["ldap", `\x30\x7e\x02\x7b${"\x01".repeat(123)}\x60`, "", "without a number"],
      [
        "ldap",
        bind + startTls,
        `\x30\x1a\x02\x01\x01\x61\x15${confidential}\x30\x0c\x02\x01\x02\x78\x07${success}`,
        "starts",
      ],
      [
        "ldap",
        "\x30\x05\x02\x01\x01\x63\x00\x30\x05\x02\x01\x02\x4a\x00\x30\x06\x02\x01\x03\x50\x01\x01\x30\x05\x02\x01\x04\x42\x00",
        `\x30\x1a\x02\x01\x01\x65\x15${confidential}\x30\x1a\x02\x01\x02\x6b\x15${confidential}`,
        "leaves",
      ],
    ] as const
  ) {
    const [left, right] = streamPair();
    const talking = left.write(latin1(said)).catch(() => {});
    const reading = readAll(left);
    const ended = await startTlsServer(right, protocol).then(
      (said) => said === undefined ? "leaves" : "starts",
      String,
    );
    await right.close();
    assertEquals(latin1Text(await reading), answered, protocol);
    assert(ended.includes(outcome), ended);
    await talking;
    await left.close();
  }
});

Deno.test("greetingOf() gives what came before our first word", () => {
  const said = [
    { sent: false, bytes: latin1("220-a\r\n") },
    { sent: false, bytes: latin1("220 b\r\n") },
    { sent: true, bytes: latin1("EHLO\r\n") },
    { sent: false, bytes: latin1("250 x\r\n") },
  ];
  assertEquals(latin1Text(greetingOf(said, "smtp")), "220-a\r\n220 b\r\n");
  assertEquals(greetingOf([], "postgres").length, 0);
});

Deno.test("GreetedStream keeps the greeting from its client, however it is cut, and nothing else", async () => {
  const passed = async (protocol: StartTlsProtocol, chunks: readonly string[]) => {
    const [left, right] = streamPair();
    const stream = new GreetedStream(left, protocol);
    const reading = readAll(right);
    for (const chunk of chunks) await stream.write(utf8(chunk));
    await stream.closeWrite();
    return utf8Text(await reading);
  };
  assertEquals(await passed("smtp", ["220-a\r\n220 b\r\n250 c\r\n"]), "250 c\r\n");
  assertEquals(await passed("smtp", [..."220-a\r\n220 b\r\n250 c\r\n"]), "250 c\r\n");
  assertEquals(await passed("imap", ["* OK hi\r\n", "a OK\r\n"]), "a OK\r\n");
  assertEquals(await passed("smtp", ["hello\r\n", "world\r\n"]), "hello\r\nworld\r\n");
  assertEquals(await passed("smtp", ["hel", "lo"]), "hello");
  assertEquals(await passed("postgres", ["220 x\r\n"]), "220 x\r\n");
  const endless = await passed("smtp", Array.from({ length: 600 }, () => "220-more\r\n"));
  assert(endless.length > 0);
});

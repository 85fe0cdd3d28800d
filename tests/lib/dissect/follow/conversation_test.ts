// Conversations: pieces, guesses, switches of protocol, gaps, answers tied to requests.
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { latin1, utf8 } from "../../../../lib/base/bytes.ts";
import {
  type ConversationOptions,
  dissectDatagram,
  openConversation,
} from "../../../../lib/dissect/follow/conversation.ts";
import type { Message, Side } from "../../../../lib/dissect/protocol.ts";

/** A play: lines `> client says` and `< server says`; gives a line for each message. */
function play(lines: readonly string[], options: ConversationOptions = {}, piece = 0): string[] {
  const conversation = openConversation(options);
  const out: Message[] = [];
  lines.forEach((line, time) => {
    const side: Side = line.startsWith(">") ? "client" : "server";
    const bytes = latin1(line.slice(2));
    for (let at = 0; at < bytes.length; at += piece || bytes.length) {
      out.push(...conversation.data(side, bytes.subarray(at, at + (piece || bytes.length)), time));
    }
  });
  out.push(...conversation.end("client", lines.length), ...conversation.end("server", lines.length));
  return out.map(({ side, protocol, summary, answers, error }) =>
    `${side === "client" ? ">" : "<"} ${protocol}: ${summary}` +
    (answers === undefined ? "" : ` (answers ${answers.number} after ${answers.elapsedMs})`) +
    (error === undefined ? "" : ` <- ${error}`)
  );
}

const MAIL = [
  "< 220 mx ESMTP\r\n",
  "> EHLO me\r\n",
  "< 250-mx\r\n250 PIPELINING\r\n",
  "> MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n",
  "< 250 ok\r\n550 no\r\n354 go\r\n",
  "> Subject: x\r\n\r\n..dot\r\n.\r\n",
  "< 250 queued\r\n",
];
const SAID = [
  "< smtp: 220 mx ESMTP",
  "> smtp: EHLO me",
  "< smtp: 250 mx / 250 PIPELINING (answers 2 after 1)",
  "> smtp: MAIL FROM:<a@b>",
  "> smtp: RCPT TO:<c@d>",
  "> smtp: DATA",
  "< smtp: 250 ok (answers 4 after 1)",
  "< smtp: 550 no (answers 5 after 1)",
  "< smtp: 354 go (answers 6 after 1)",
  "> smtp: mail, 21 octets: x",
  "< smtp: 250 queued (answers 10 after 1)",
];

Deno.test("openConversation() explains SMTP whole and in pieces of any size", () => {
  for (const piece of [0, 1, 2, 7]) assertEquals(play(MAIL, { ports: { server: 25 } }, piece), SAID);
});

Deno.test("openConversation() finds the protocol by first octets when the port says nothing", () => {
  assertEquals(play(MAIL), SAID);
  assertEquals(play(["> GET / HTTP/1.1\r\nHost: x\r\n\r\n"], { ports: { server: 443 } }), ["> http: GET / HTTP/1.1"]);
  assertEquals(play(["> SSH-2.0-x\r\n"], { ports: { server: 80 } }), ["> ssh: SSH-2.0-x"]);
  assertEquals(play(["> what is this\n", "< no idea\n"]), [
    "> data: 13 octets: what is this",
    "< data: 8 octets: no idea",
  ]);
});

Deno.test("openConversation() takes an override by port whatever the octets say", () => {
  const decode = [{ transport: "tcp", port: 9000, protocol: "redis" }] as const;
  assertEquals(play(["> PING\r\n", "< +PONG\r\n"], { ports: { server: 9000 }, decode }), [
    "> redis: PING",
    "< redis: PONG (answers 1 after 1)",
  ]);
});

Deno.test("openConversation() follows SOCKS into what it carries", () => {
  assertEquals(
    play([
      "> \x05\x01\x00",
      "< \x05\x00",
      "> \x05\x01\x00\x03\x01h\x00\x19",
      "< \x05\x00\x00\x01\x00\x00\x00\x00\x00\x00",
      "< 220 mx\r\n",
      "> QUIT\r\n",
    ]).slice(3),
    [
      "< socks: SOCKS5 succeeded, bound 0.0.0.0:0 (answers 3 after 1)",
      "< smtp: 220 mx",
      "> smtp: QUIT",
    ],
  );
});

Deno.test("openConversation() follows CONNECT and Upgrade", () => {
  const tunnel = play([
    "> CONNECT h:80 HTTP/1.1\r\n\r\n",
    "< HTTP/1.1 200 OK\r\n\r\n",
    "> GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
    "< HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x02hi",
    "> \x89\x00",
    "< \x8a\x00",
  ]);
  assertEquals(tunnel.slice(3), [
    "< http: HTTP/1.1 101 Switching (answers 3 after 1)",
    "< websocket: text: hi",
    "> websocket: ping",
    "< websocket: pong (answers 6 after 1)",
  ]);
});

const ALERT = "> \x15\x03\x01\x00\x02\x02\x28";
const UPGRADES: readonly (readonly string[])[] = [
  ["< 220 mx ESMTP\r\n", "> STARTTLS\r\n", "< 220 go\r\n"],
  ["< * OK ready\r\n", "> a STARTTLS\r\n", "< a OK go\r\n"],
  ["< +OK ready\r\n", "> STLS\r\n", "< +OK go\r\n"],
  ["< 220 FTP\r\n", "> AUTH TLS\r\n", "< 234 go\r\n"],
  ["> \x00\x00\x00\x08\x04\xd2\x16\x2f", "< S"],
];
for (const lines of UPGRADES) {
  Deno.test(`openConversation() sees TLS begin after ${lines.at(-2)!.slice(2).trim().slice(0, 12)}`, () => {
    const said = play([...lines, ALERT]);
    assert(said.at(-2)!.includes("TLS from here on"), said.join("\n"));
    assert(said.at(-1)!.startsWith("> tls: alert fatal: handshake failure"), said.join("\n"));
  });
}

Deno.test("openConversation() sees the password that is typed after a prompt of Telnet, key by key", () => {
  const conversation = openConversation({ ports: { server: 23 } });
  const found = [
    ...conversation.data("server", utf8("Password: "), 0),
    ...conversation.data("client", utf8("s"), 1),
    ...conversation.data("client", utf8("3\r\n"), 2),
    ...conversation.data("server", utf8("\r\n$ "), 3),
    ...conversation.data("client", utf8("ls\r\n"), 4),
  ];
  assertEquals(found.map((message) => message.secrets), [[], ["s"], ["3"], [], []]);
});

Deno.test("openConversation() does not begin TLS when the server refuses", () => {
  assertEquals(play(["< 220 mx ESMTP\r\n", "> STARTTLS\r\n", "< 454 no\r\n", "> QUIT\r\n"]).at(-1), "> smtp: QUIT");
  assertEquals(play(["> \x00\x00\x00\x08\x04\xd2\x16\x2f", "< N", "> \x00\x00\x00\x09\x00\x03\x00\x00\x00"]).slice(1), [
    "< postgresql: not encrypted (answers 1 after 1)",
    "> postgresql: StartupMessage",
  ]);
});

Deno.test("openConversation() shows a body without a length, and a chunked stream of events, as they come", () => {
  assertEquals(play(["> GET / HTTP/1.0\r\n\r\n", "< HTTP/1.0 200 OK\r\n\r\n", "< abc", "< def"]).slice(1), [
    "< http: HTTP/1.0 200 OK (answers 1 after 1)",
    "< http: body, 3 octets",
    "< http: body, 3 octets",
  ]);
  const events = "< HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  assertEquals(play(["> GET / HTTP/1.1\r\n\r\n", events, "< 3\r\nabc\r\n", "< 0\r\n\r\n"]).slice(2), [
    "< http: chunk, 3 octets",
    "< http: the last chunk",
  ]);
});

Deno.test("HTTP/1: what a server sends beyond its Content-Length is told, and the next answer found behind it", () => {
  const asked = "> GET / HTTP/1.1\r\n\r\n";
  assertEquals(
    play([
      asked,
      "< HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nmore than five",
      asked,
      "<  x\nHTTP/1.1 204 No\r\n\r\n",
    ]),
    [
      "> http: GET / HTTP/1.1",
      "< http: HTTP/1.1 200 OK (answers 1 after 1)",
      "< http: 9 octets: than five <- Beyond the end of the answer before, whose Content-Length is 5",
      "> http: GET / HTTP/1.1",
      "< http: 3 octets: x <- Beyond the end of the answer before, whose Content-Length is 5",
      "< http: HTTP/1.1 204 No (answers 4 after 1)",
    ],
  );
});

Deno.test("HTTP/1: empty lines before a request are passed over, a doubtful length is told", () => {
  const post = "POST /a HTTP/1.1\r\nContent-Length: 3\r\n";
  assertEquals(play([`> ${post}\r\nabc\r\nGET /b HTTP/1.1\r\n\r\n`], { protocol: "http" }), [
    "> http: POST /a HTTP/1.1",
    "> http: empty line",
    "> http: GET /b HTTP/1.1",
  ]);
  assertEquals(play([`> ${post}Content-Length: 4\r\n\r\nabc`], { protocol: "http" }), [
    "> http: POST /a HTTP/1.1 <- Several Content-Lengths: 3 and 4",
  ]);
  assertEquals(play([`> ${post}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`], { protocol: "http" }), [
    "> http: POST /a HTTP/1.1 <- Content-Length beside Transfer-Encoding: readers may disagree where the body ends",
  ]);
  assertEquals(play([`> ${post}Content-Length: 3\r\n\r\nabc`], { protocol: "http" }), ["> http: POST /a HTTP/1.1"]);
});

Deno.test("openConversation() explains up to where octets break the protocol, and goes on with data", () => {
  const [first, second] = play(["> \x16\x03\x01\x00\x01\x0e", "> GET"], { protocol: "tls" });
  assert(first!.startsWith("> tls: "));
  assert(second!.includes("71 is not the type of a TLS record"), second);
  assertEquals(play(["> GET / HTTP/1.1\r\nHost"], { protocol: "http" }), [
    "> http: GET / HTTP/1.1",
  ]);
});

Deno.test("Conversation.gap() starts anew after octets that are missing", () => {
  const conversation = openConversation({ protocol: "redis" });
  const messages = [
    ...conversation.data("client", utf8("*1\r\n$4\r\nPI"), 0),
    ...conversation.gap("client", 4, 1),
    ...conversation.data("client", utf8("*1\r\n$4\r\nQUIT\r\n"), 2),
  ];
  assertEquals(messages.map((message) => [message.offset, message.error !== undefined]), [[0, true], [14, false]]);
});

Deno.test("messages of a conversation cover its octets, however they are cut", () => {
  const text = MAIL.filter((line) => line.startsWith(">")).map((line) => line.slice(2)).join("");
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (sizes) => {
      const conversation = openConversation({ protocol: "smtp" });
      const bytes = utf8(text), out: Message[] = [];
      for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]!) {
        out.push(...conversation.data("client", bytes.subarray(at, at + sizes[i % sizes.length]!), 0));
      }
      let at = 0;
      for (const message of out) {
        assertEquals(message.offset, at);
        at += message.bytes.length;
      }
    }),
  );
});

Deno.test("dissectDatagram() explains what SOCKS wraps", () => {
  const query = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x01\x00\x01";
  const message = dissectDatagram(latin1("\x00\x00\x00\x01\x7f\x00\x00\x01\x00\x35" + query), {
    ports: { server: 1080 },
  });
  assertEquals(message.summary, "SOCKS5 datagram to 127.0.0.1:53: query 4660 test. A");
  assertEquals(message.root.children!.at(-1)!.name, "DNS");
});

Deno.test("a gRPC message that crosses DATA frames is joined where it ends", () => {
  const frame = (type: number, flags: number, stream: number, payload: readonly number[]) => [
    0,
    payload.length >> 8,
    payload.length & 255,
    type,
    flags,
    0,
    0,
    0,
    stream,
    ...payload,
  ];
  const literal = (name: string, value: string) => [0, name.length, ...utf8(name), value.length, ...utf8(value)];
  const headers = [...literal(":method", "POST"), ...literal("content-type", "application/grpc")];
  // Field 1, text "hello", cut after two octets of the message.
  const message = [0, 0, 0, 0, 7, 0x0a, 5, ...utf8("hello")];
  const conversation = openConversation({ protocol: "http2" });
  const found = conversation.data(
    "client",
    Uint8Array.from([
      ...frame(1, 4, 1, headers),
      ...frame(0, 0, 1, message.slice(0, 7)),
      ...frame(0, 1, 1, message.slice(7)),
    ]),
    0,
  );
  const [, last] = conversation.data(
    "client",
    Uint8Array.from([...frame(1, 4, 3, headers), ...frame(0, 1, 3, [0x80, 0, 0, 0, 15, ...utf8("grpc-status:0\r\n")])]),
    0,
  );
  assertEquals(last!.summary, "stream 3: gRPC trailers grpc-status:0, end of stream");
  assertEquals(found.map((one) => one.summary).slice(1), [
    "stream 1: gRPC 2 of 7 octets",
    'stream 1: gRPC 1="hello", end of stream',
  ]);
});

Deno.test("a WebSocket message in compressed fragments is read as it comes, with a ping between", async () => {
  const packed = new Uint8Array(
    await new Response(
      new Blob(["hello hello hello hello, this is said in pieces"]).stream().pipeThrough(
        new CompressionStream("deflate-raw"),
      ),
    ).arrayBuffer(),
  );
  const frame = (first: number, bytes: Uint8Array) => Uint8Array.from([first, bytes.length, ...bytes]);
  const play = (...frames: Uint8Array[]) => {
    const conversation = openConversation({ protocol: "http" });
    conversation.data("client", latin1("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), 0);
    conversation.data(
      "server",
      latin1("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
      0,
    );
    return frames.flatMap((bytes) => conversation.data("server", bytes, 0));
  };
  const messages = play(
    frame(0x41, packed.subarray(0, 12)),
    frame(0x89, new Uint8Array(0)),
    frame(0x00, packed.subarray(12, 20)),
    frame(0x80, packed.subarray(20)),
    frame(0x81, latin1("plain")),
    frame(0x80, latin1("astray")),
  );
  assertEquals(
    messages.slice(0, 4).map((message) => message.text ?? "").join(""),
    "hello hello hello hello, this is said in pieces",
  );
  assertEquals(messages[1]!.summary, "ping");
  assertEquals(messages[4]!.summary, "text: plain");
  assert(JSON.stringify(messages[5]!.root).includes("A continuation without a message that began"));
});

Deno.test("an HTTP/2 body that is encoded is undone when its last frame comes", async () => {
  const packed = new Uint8Array(
    await new Response(new Blob(["inside"]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  );
  const frame = (type: number, flags: number, bytes: Uint8Array) =>
    Uint8Array.from([0, 0, bytes.length, type, flags, 0, 0, 0, 1, ...bytes]);
  // content-type: text/plain and content-encoding: gzip by the static table, with values in clear.
  const head = Uint8Array.from([0x88, 0x0f, 16, 10, ...latin1("text/plain"), 0x0f, 11, 4, ...latin1("gzip")]);
  const conversation = openConversation({ protocol: "http2" });
  const messages = [
    frame(1, 4, head),
    frame(0, 0, packed.subarray(0, 9)),
    frame(0, 1, packed.subarray(9)),
  ].flatMap((bytes) => conversation.data("server", bytes, 0));
  assertEquals(messages.map((message) => message.summary), [
    "stream 1: HEADERS 200",
    "stream 1: DATA 9 octets",
    `stream 1: DATA ${packed.length - 9} octets, end of stream`,
  ]);
  assertEquals(messages[2]!.text, "inside");
});

Deno.test("datagrams that tell nothing by themselves are those of the protocol before, where they can be", () => {
  const conversation = openConversation({ transport: "udp", ports: { client: 40000, server: 40001 } });
  const long = Uint8Array.of(0xd0, 0, 0, 0, 1, 0, 0, 0, 0);
  const lines = [long, Uint8Array.of(0x40, 1, 2, 3), Uint8Array.of(0x01, 1, 2, 3)].flatMap((bytes) =>
    conversation.data("client", bytes, 0)
  );
  assertEquals(lines.map((message) => message.protocol), ["quic", "quic", "data"]);
});

Deno.test("after a gap TLS goes on where its record ends, or at the next header of a record", () => {
  const hello = Uint8Array.of(22, 3, 1, 0, 4, 1, 0, 0, 0);
  const record = Uint8Array.from([23, 3, 3, 0, 40, ...new Uint8Array(40)]);
  const data = "application data, 40 octets encrypted";
  const lines = (missing: number, rest: Uint8Array[]) => {
    const conversation = openConversation({ protocol: "tls" });
    conversation.data("client", hello, 0);
    const found = [
      ...conversation.data("client", record.subarray(0, 15), 0),
      ...conversation.gap("client", missing, 0),
    ];
    for (const bytes of rest) found.push(...conversation.data("client", bytes, 0));
    return found.map((message) => message.summary);
  };
  assertEquals(lines(10, [record.subarray(25), record]), [data, "20 octets more, 0 to come", data]);
  assertEquals(lines(30, [record]), [data, data]);
  assertEquals(lines(100, [record.subarray(5), record]), [data, "40 octets", data]);
});

Deno.test("SOCKS: an abort of GSSAPI has two octets", () => {
  const conversation = openConversation({ protocol: "socks" });
  conversation.data("client", Uint8Array.of(5, 1, 1), 0);
  conversation.data("server", Uint8Array.of(5, 1), 0);
  assertEquals(conversation.data("client", Uint8Array.of(1, 255), 0).map((message) => message.summary), [
    "SOCKS5 GSSAPI aborted",
  ]);
});

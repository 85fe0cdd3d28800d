// Any octets into every dissector: nothing throws, the tree covers every octet, and work stays bounded.
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { latin1 } from "../../../lib/base/bytes.ts";
import type { Field } from "../../../lib/base/field.ts";
import { typedValue, type TypeInfo } from "../../../lib/dissect/data/tds_types.ts";
import { explain } from "../../../lib/dissect/explain.ts";
import { dissectBytes } from "../../../lib/dissect/follow/bare.ts";
import { protocolNames } from "../../../lib/dissect/follow/choose.ts";
import { MESSAGE_LIMIT, openConversation } from "../../../lib/dissect/follow/conversation.ts";
import { LAYERS } from "../../../lib/dissect/layers.ts";
import { PROTOCOLS } from "../../../lib/dissect/list.ts";
import { PacketDissector } from "../../../lib/dissect/follow/packet.ts";
import type { Message, Side } from "../../../lib/dissect/protocol.ts";
import { explainLines } from "../../../lib/dissect/view/octets.ts";
import { maskMessage } from "../../../lib/dissect/view/mask.ts";
import { messageJson } from "../../../lib/dissect/view/json.ts";
import { leaves } from "../../helpers/fields.ts";

function inside(field: Field, start: number, end: number): void {
  assert(
    field.offset >= start && field.offset + field.length <= end,
    `"${field.name}" is ${field.offset}+${field.length}, outside of ${start}..${end}`,
  );
  assert(!(field.error ?? "").startsWith("Internal error"), `${field.name}: ${field.error}`);
  for (const child of field.children ?? []) {
    if (field.buffer === undefined) inside(child, start, end);
    else inside(child, 0, field.buffer.length);
  }
}
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

function check(messages: readonly Message[], total: number): void {
  let octets = 0;
  for (const message of messages) {
    octets += message.bytes.length;
    inside(message.root, 0, message.bytes.length);
    const seen = new Uint8Array(message.bytes.length);
    leaves(message.root, seen);
    assertEquals(seen.indexOf(0), -1, `${message.protocol}: octet ${seen.indexOf(0)} is in no field`);
    assert(!CONTROLS.test(explainLines([message.root], message.bytes).join("\n") + message.summary));
    maskMessage(message);
    JSON.stringify(messageJson(message));
  }
  assertEquals(octets, total);
}

/** Octets that get past the first check of a protocol more often than noise does. */
const SEEDS: readonly (readonly number[])[] = [
  ...[
    "GET / HTTP/1.1\r\nContent-Length: 5\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "EHLO x\r\nAUTH PLAIN ",
    "* OK x\r\n",
    "a LOGIN {3}\r\n",
    "*3\r\n$3\r\nSET\r\n",
    "SSH-2.0-x\r\n",
    "<14>1 ",
    "+OK\r\n",
    "220 ftp\r\n",
    "INVITE sip:a@b SIP/2.0\r\nContent-Type: application/sdp\r\n\r\nv=0\r\no=",
    "SIP/2.0 200 OK\r\nl: 5\r\n",
    "OPTIONS * RTSP/1.0\r\n",
    "AMQP\0\0\t\u0001",
    "RFB 003.008\n\u0001\u0001\u0002",
    ":a!b@c PRIVMSG #d :",
    "0030git-upload-pack /a\0host=b\0\0version=2\0",
    "\u0013BitTorrent protocol",
    "<?xml version='1.0'?><stream:stream to='a'><auth mechanism='PLAIN'>",
    "<message><body>",
    "set k 0 0 5\r\n",
    "VALUE k 0 5\r\n",
    "PROXY TCP4 1.2.3.4 ",
    "\0\u0001file\0octet\0",
  ]
    .map((text) => [...new TextEncoder().encode(text)]),
  [22, 3, 1, 0, 60, 1, 0, 0, 56, 3, 3],
  [22, 3, 3, 0, 80, 11, 0, 0, 76, 0, 0, 73, 0, 0, 70, 0x30, 0x82, 0, 60],
  [0, 0, 8, 1, 4, 0, 0, 0, 1],
  [5, 2, 0, 2, 1, 3, 97, 98, 99, 2],
  [4, 1, 0, 80, 0, 0, 0, 1],
  [0x81, 0xfe, 0, 20],
  [0x10, 30, 0, 4, 77, 81, 84, 84, 5, 0xc2],
  [0, 0, 0, 30, 0, 3, 0, 0],
  [255, 251, 1, 255, 250, 24],
  [0x45, 0, 0, 60, 0, 1, 0, 0, 64, 6],
  [0x60, 0, 0, 0, 0, 20, 0, 64],
  [0xc3, 0, 0, 0, 1, 8],
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 1, 8, 0, 0x46],
  [10, 0, 0, 0, 10, 0x35],
  [1, 0, 0, 0, 0, 0, 60, 0, 10, 0, 10, 0, 9, 0, 0, 0, 40, 4, 97, 98, 99, 100, 0x46, 0, 0, 0, 20, 1, 97],
  [2, 0, 1, 0, 0, 0, 30, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0xff, 0xfc],
  [0x6a, 60, 0x30, 58, 0xa1, 3, 2, 1, 5, 0xa2, 3, 2, 1, 10, 0xa4, 40, 0x30, 38, 0xa0, 7, 3, 5, 0],
  [1, 1, 2, 3, 0, 3, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 24],
  [0x42, 1, 0, 1, 9, 9, 0xbb, 97, 98, 99, 0xd1, 5],
  [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 4, 0, 1, 0, 60, 3, 0, 5, 2, 97, 98, 99, 100, 101],
  [0x38, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0],
  [0, 1, 0, 0, 0, 9, 1, 16, 0, 1, 0, 1, 2],
  [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0],
  [0x80, 0xc8, 0, 6, 0, 0, 0, 1],
  [0x81, 0xca, 0, 4, 0, 0, 0, 1, 1, 3],
  [0x80, 1, 0, 3, 8, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 60],
  [1, 1, 0, 60, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0x20, 0, 8],
  [1, 7, 0, 90, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 79, 20, 1, 1, 0, 18, 25],
  [0x30, 0x82, 0, 60, 2, 1, 0, 4, 2, 97, 98, 0xa2, 50, 2, 1],
  [0x30, 60, 2, 1, 3, 0x30, 13, 2, 1, 1, 2, 2, 5, 0],
  [0x30, 60, 2, 1, 1, 0x63, 55, 4, 0, 10, 1, 0, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0, 0xa0, 30],
];

const octets = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.constantFrom(...SEEDS), fc.uint8Array({ maxLength: 200 })).map(([seed, rest]) =>
    Uint8Array.from([...seed, ...rest])
  ),
);

for (const name of protocolNames()) {
  Deno.test(`dissectBytes("${name}") explains any octets, all of them`, () => {
    fc.assert(
      fc.property(octets, fc.constantFrom<Side>("client", "server"), (bytes, side) => {
        check(dissectBytes(name, bytes, side), bytes.length);
      }),
      { numRuns: 150 },
    );
  });
}

for (const protocol of PROTOCOLS.filter((candidate) => candidate.stream !== undefined)) {
  Deno.test(`a conversation of ${protocol.name} explains any exchange in any pieces`, () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), octets), { maxLength: 8 }), (parts) => {
        const conversation = openConversation({ protocol: protocol.name });
        const found: Message[] = [];
        let total = 0, time = 0;
        for (const [client, bytes] of parts) {
          total += bytes.length;
          found.push(...conversation.data(client ? "client" : "server", bytes, time++));
        }
        found.push(...conversation.end("client", time), ...conversation.end("server", time));
        check(found, total);
      }),
      { numRuns: 100 },
    );
  });
}

Deno.test("a conversation of unknown protocol guesses and explains any exchange", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), octets), { maxLength: 8 }),
      fc.constantFrom(80, 443, 22, 25, 1080, 5432, 3306, 1883, 9999),
      (parts, server) => {
        const conversation = openConversation({ ports: { client: 40000, server } });
        const found: Message[] = [];
        let total = 0;
        for (const [client, bytes] of parts) {
          total += bytes.length;
          found.push(...conversation.data(client ? "client" : "server", bytes, 0));
        }
        found.push(...conversation.end("client", 0), ...conversation.end("server", 0));
        check(found, total);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("PacketDissector.dissect() explains any packets of any link type", () => {
  const links = [0, 1, 9, 12, 50, 51, 101, 108, 113, 127, 105, 228, 229, 276, 4711];
  fc.assert(
    fc.property(
      fc.constantFrom(...links),
      fc.array(fc.tuple(octets, fc.nat(100)), { maxLength: 6 }),
      (link, packets) => {
        const dissector = new PacketDissector();
        for (const [bytes, more] of packets) {
          const { fields } = dissector.dissect(link, bytes, { originalLength: bytes.length + more });
          const seen = new Uint8Array(bytes.length);
          for (const field of fields) {
            inside(field, 0, bytes.length);
            leaves(field, seen);
          }
          assertEquals(seen.indexOf(0), -1);
          explainLines(fields, bytes, { colour: true });
        }
      },
    ),
    { numRuns: 600 },
  );
});

Deno.test("every layer's name and every protocol's name is there once", () => {
  const names = [...LAYERS.map((layer) => layer.name), ...PROTOCOLS.map((protocol) => protocol.name)];
  assertEquals(new Set(names).size, names.length);
});

Deno.test("a conversation keeps a bounded part of a message that claims 2^32 octets", () => {
  const conversation = openConversation({ protocol: "websocket" });
  const head = Uint8Array.of(0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0);
  const found = [...conversation.data("server", head, 0)];
  const piece = new Uint8Array(65536);
  for (let i = 0; i < 64; i++) found.push(...conversation.data("server", piece, i));
  assert(found.length >= 48);
  for (const message of found) assert(message.bytes.length <= MESSAGE_LIMIT + 65536);
});

for (const protocol of ["http", "http2", "smtp", "imap", "redis", "tls", "pop3", "ftp", "ssh", "telnet", "socks"]) {
  Deno.test(`100,000 fragments of one octet to ${protocol} take bounded time`, () => {
    const text = protocol === "http"
      ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "1\r\nx\r\n".repeat(16000)
      : protocol === "redis"
      ? "*20000\r\n" + "$1\r\nx\r\n".repeat(14000)
      : protocol === "smtp" || protocol === "pop3"
      ? "EHLO " + "x.".repeat(25000) + "\r\n"
      : "x".repeat(50000);
    const bytes = new TextEncoder().encode(text);
    const conversation = openConversation({ protocol });
    let count = 0;
    for (let i = 0; i < 100_000; i++) {
      const at = i % bytes.length;
      count += conversation.data(protocol === "http" ? "server" : "client", bytes.subarray(at, at + 1), i).length;
    }
    count += conversation.end("client", 0).length + conversation.end("server", 0).length;
    assert(count > 0);
  });
}

Deno.test("times that no calendar has are numbers", () => {
  const [message] = dissectBytes("memcached", latin1("set k 0 99999999999999999 1\r\nx\r\n"));
  assertEquals([message!.error, message!.summary.startsWith("set k")], [undefined, true]);
  const info: TypeInfo = { type: 0x3d, name: "datetime", size: { fixed: 8 }, scale: 0, chunks: false };
  const far = Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0);
  const { error } = explain(
    "Value",
    far,
    (tree) => typedValue(tree, "Value", info),
  );
  assertEquals(error, undefined);
});

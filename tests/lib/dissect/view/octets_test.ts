// The explaining view, JSON and masks.
import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { latin1, utf8 } from "../../../../lib/base/bytes.ts";
import { parseHex } from "../../../../lib/base/hex.ts";
import { dissectBytes } from "../../../../lib/dissect/follow/bare.ts";
import { messageJson } from "../../../../lib/dissect/view/json.ts";
import { maskMessage } from "../../../../lib/dissect/view/mask.ts";
import { bitsText, explainLines } from "../../../../lib/dissect/view/octets.ts";
import { messageHeading, messageLines } from "../../../../lib/dissect/view/message.ts";

const NTP = Uint8Array.from([0x23, 0, 6, 0xec, ...new Array(44).fill(0)]);
const ntp = () => dissectBytes("ntp", NTP)[0]!;

Deno.test("bitsText() draws bits in their word", () => {
  assertEquals(bitsText(5, 1, 4, 4), ".... 0101");
  assertEquals(bitsText(1, 2, 0, 1), "1... .... .... ....");
});

Deno.test("explainLines() sets octets beside name, value, meaning and reference", () => {
  const { root, bytes } = ntp();
  assertEquals(explainLines([root], bytes).slice(0, 6), [
    "                                         NTP (NTP version 4, client) [RFC 5905]",
    "0000  23                       #           Leap indicator, version, mode: 0x23 [RFC 5905 7.3]",
    "                                             00.. .... = Leap indicator: 0 (no warning)",
    "                                             ..10 0... = Version: 4",
    "                                             .... .011 = Mode: 3 (client)",
    "0001  00                       .           Stratum: 0 (unspecified) [RFC 5905 7.3]",
  ]);
});

Deno.test("explainLines() says a value once that its meaning begins with", () => {
  const said = (value: number | string, meaning: string) =>
    explainLines([{ name: "X", offset: 0, length: 0, value, meaning }], new Uint8Array())[0]!.trim();
  assertEquals(said(219, "219 octets"), "X: 219 octets");
  assertEquals(said(5, "5, wrapped 2 times"), "X: 5, wrapped 2 times");
  assertEquals(said(7, "7"), "X: 7");
  assertEquals(said("10.0.0.0", "10.0.0.0/8"), "X: 10.0.0.0/8");
  assertEquals(said(1, "1.5 seconds"), "X: 1 (1.5 seconds)");
  assertEquals(said(1, "10 octets"), "X: 1 (10 octets)");
  assertEquals(said(0, "0: three"), "X: 0 (0: three)");
  assertEquals(said("GET", "GET /"), "X: GET (GET /)");
  assertEquals(said("", "nothing"), "X (nothing)");
});

Deno.test("explainLines() limits depth, names and rows", () => {
  const { root, bytes } = ntp();
  assertEquals(
    explainLines([root], bytes, { depth: 1 })[0]!.slice(0, 49),
    "0000  23 00 06 ec 00 00 00 00  #.......  NTP (NTP",
  );
  assertEquals(explainLines([root], bytes, { only: ["stratum"] }), [
    "0001  00                       .         Stratum: 0 (unspecified) [RFC 5905 7.3]",
  ]);
  assertEquals(explainLines([root], bytes, { only: ["no such field"] }), []);
  assertMatch(explainLines([root], bytes, { depth: 1, rows: 2 }).at(-1)!, /… 32 octets more/);
  assert(!explainLines([root], bytes).join("\n").includes("\x1b"));
});

Deno.test("text from the network reaches the view without its control characters", () => {
  const [message] = dissectBytes("syslog", latin1("<14>Nov 20 12:00:00 h p: \x1b[31mred\x07\x9b"));
  const text = messageLines(message!).join("\n");
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(text), text);
});

Deno.test("messageHeading() tells what is wrong anywhere in the message", () => {
  const head = "000185000001000100000000", question = "0161000001 0001".replaceAll(" ", "");
  const [looped] = dissectBytes("dns", parseHex(`${head}${question}c013 0001 0001 0000003c 0004 7f000001`));
  assertEquals(
    messageHeading(looped!),
    "> 1 dns: answer 1: NOERROR a. A (malformed) <- A compression pointer to octet 19 does not point backwards",
  );
  const [long] = dissectBytes("dns", parseHex(`${head}${question}c00c 0001 0001 0000003c 0005 7f00000107`));
  assertEquals(messageHeading(long!), "> 1 dns: answer 1: NOERROR a. A = A <- 1 octet left over in the data of A");
});

Deno.test("messageJson() gives the tree with ranges", () => {
  const { fields } = messageJson(ntp()) as { fields: { children: { name: string; offset: number; length: number }[] } };
  assertEquals(
    fields.children[1],
    { name: "Stratum", offset: 1, length: 1, value: 0, meaning: "unspecified", ref: "RFC 5905 7.3" } as never,
  );
  assertEquals(JSON.parse(JSON.stringify(messageJson(ntp()))).length, 48);
});

const SECRETS: readonly (readonly [protocol: string, text: string, hidden: RegExp])[] = [
  ["http", "GET / HTTP/1.1\r\nAuthorization: Basic YWxpY2U6czNjcmV0\r\n\r\n", /YWxpY2U6czNjcmV0|s3cret/],
  ["http", "CONNECT a:1 HTTP/1.1\r\nProxy-Authorization: Basic YWxpY2U6czNjcmV0\r\n\r\n", /YWxpY2U6czNjcmV0/],
  ["smtp", "AUTH PLAIN AGFsaWNlAHMzY3JldA==\r\n", /AGFsaWNl/],
  ["imap", 'a LOGIN alice "s3cret word"\r\n', /s3cret/],
  ["imap", "a LOGIN {5}\r\nalice {6}\r\ns3cret\r\n", /s3cret/],
  ["pop3", "PASS s3cret\r\n", /s3cret/],
  ["ftp", "PASS s3cret\r\n", /s3cret/],
  ["redis", "*2\r\n$4\r\nAUTH\r\n$6\r\ns3cret\r\n", /s3cret/],
  ["redis", "*3\r\n$4\r\nAUTH\r\n$5\r\nalice\r\n$6\r\ns3cret\r\n", /s3cret/],
  ["redis", "AUTH s3cret\r\n", /s3cret/],
  ["mqtt", "\x10\x19\x00\x04MQTT\x04\xc0\x00\x3c\x00\x00\x00\x01a\x00\x06s3cret\r\n", /s3cret/],
  ["socks", "\x05\x01\x02\x01\x05alice\x06s3cret", /s3cret/],
  [
    "memcached",
    "\x80\x21\0\x05\0\0\0\0\0\0\0\x12\0\0\0\x01\0\0\0\0\0\0\0\0PLAIN\0alice\0s3cret",
    /s3cret/,
  ],
  [
    "amqp",
    "\x01\0\0\0\0\0\x2a\0\x0a\0\x0b\0\0\0\0\x05PLAIN\0\0\0\x0d\0alice\0s3cret!\x05en_US\xce",
    /s3cret/,
  ],
  ["nats", 'CONNECT {"user":"a","pass":"s3cret"}\r\n', /s3cret/],
  [
    "mongodb",
    "\x32\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x1d\0\0\0\x02a\0\x02\0\0\0b\0\x02pwd\0\x07\0\0\0s3cret\0\0",
    /s3cret/,
  ],
  [
    "kafka",
    "\0\0\0\x20\0\x11\0\x01\0\0\0\x01\0\x0fconsole-console\0\x05PLAIN\0\0\0\x22\0\x24\0\0\0\0\0\x02\0\x05other\0\0\0\x0d\0alice\0s3cret",
    /s3cret/,
  ],
  ["irc", "PASS s3cret\r\n", /s3cret/],
  ["irc", "PRIVMSG NickServ :IDENTIFY s3cret\r\n", /s3cret/],
  ["fastcgi", "\x01\x04\0\x01\0\x1a\0\0\x12\x06HTTP_AUTHORIZATIONs3cret", /s3cret/],
  ["xmpp", "<auth mechanism='PLAIN'>AGFsaWNlAHMzY3JldA==</auth>", /AGFsaWNl/],
  ["ldap", "\x30\x17\x02\x01\x01\x60\x12\x02\x01\x03\x04\x05alice\x80\x06s3cret", /s3cret/],
  [
    "snmp",
    "\x30\x1b\x02\x01\x00\x04\x06s3cret\xa0\x0e\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x03\x30\x01\x00",
    /s3cret/,
  ],
];

for (const [protocol, text, hidden] of SECRETS) {
  Deno.test(`a password in ${protocol} is pointed out, and masked in text, octets and JSON: ${text.slice(0, 24).trim()}`, () => {
    // The login of SOCKS comes after the server chose it.
    const messages = dissectBytes(protocol, latin1(text), "client");
    assert(messages.some((message) => message.secrets.length > 0));
    const seen = messages.map((message) => messageLines(message).join("\n")).join("\n");
    assertMatch(seen, /password in clear/);
    for (const message of messages) {
      const masked = maskMessage(message);
      const shown = [
        messageHeading(masked),
        ...messageLines(masked),
        JSON.stringify(messageJson(masked)),
        masked.text ?? "",
        new TextDecoder().decode(masked.bytes),
      ].join("\n");
      assertNotMatch(shown, hidden);
      assertNotMatch(shown, /73 33 63 72 65 74|733363726574/);
      assertEquals(masked.bytes.length, message.bytes.length);
    }
  });
}

Deno.test("dissectBytes() explains a SOCKS login, requests alone, and text in pieces of one stream", () => {
  assertEquals(dissectBytes("http", utf8("HTTP/1.1 204 No Content\r\n\r\n"))[0]!.side, "server");
  assertEquals(
    dissectBytes("socks", Uint8Array.of(5, 1, 0, 1, 127, 0, 0, 1, 0, 80))[0]!.summary,
    "SOCKS5 CONNECT 127.0.0.1:80",
  );
  assertEquals(dissectBytes("redis", utf8("PING\r\nPING\r\n")).length, 2);
  assertEquals(dissectBytes("dns", new Uint8Array(0)).length, 1);
});

Deno.test("explainLines() keeps to the columns of a terminal, bits in line, references whole, and loses no word", () => {
  const { root, bytes } = ntp();
  const wide = explainLines([root], bytes), words = (lines: string[]) => lines.join(" ").split(/\s+/).sort();
  for (const width of [80, 100, 132]) {
    const lines = explainLines([root], bytes, { width });
    assertEquals(lines.filter((line) => line.length > width), []);
    assertEquals(words(lines), words(wide));
    assertEquals(lines.some((line) => /\[[^\]]*$/.test(line)), false);
    const bits = lines.filter((line) => / = (Leap indicator|Version|Mode): /.test(line));
    assertEquals(new Set(bits.map((line) => line.indexOf(" = "))).size, 1);
  }
  assertEquals(explainLines([root], bytes, { width: 500 }), wide);
});

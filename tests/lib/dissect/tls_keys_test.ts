// TLS opened with a key log: handshakes made by hand, records sealed here with the platform's ciphers.
import { assert, assertEquals, assertMatch, assertNotMatch, assertThrows } from "@std/assert";
import { concat, utf8 } from "../../../lib/base/bytes.ts";
import { FormatError } from "../../../lib/base/errors.ts";
import { openConversation } from "../../../lib/dissect/follow/conversation.ts";
import { maskMessage } from "../../../lib/dissect/view/mask.ts";
import type { Message, Side } from "../../../lib/dissect/protocol.ts";
import { KeyLog } from "../../../lib/dissect/security/key_log.ts";
import {
  CLIENT_RANDOM,
  handshake,
  hello,
  hexOf,
  hmac,
  modernStream,
  octets,
  record,
  REQUEST,
  seal,
  SERVER_RANDOM,
  size,
  SUITES,
} from "../../helpers/tls_records.ts";
import { messageLines } from "../../../lib/dissect/view/message.ts";

function run(log: string | undefined, stream: readonly [Side, Uint8Array][]): Message[] {
  const keys = log === undefined ? undefined : new KeyLog(`# made by hand\n${log}\n`);
  const conversation = openConversation({ protocol: "tls", keys });
  return stream.flatMap(([side, bytes]) => conversation.data(side, bytes, 0));
}

for (const [number, cipher, hash] of SUITES) {
  Deno.test(`TLS 1.3 with ${cipher} is opened with the secrets of a key log`, () => {
    const { log, stream } = modernStream(number, cipher, hash);
    const messages = run(log, stream);
    const lines = messages.map((message) => message.summary);
    assertEquals(lines.slice(3, 6), ["EncryptedExtensions; fragment of a handshake message", "Finished", "Finished"]);
    assertMatch(lines[6]!, /30 octets of a message that goes on/);
    assertMatch(lines[7]!, /opened: http: GET \/secret HTTP\/1\.1/);
    assertMatch(lines[8]!, /opened: http: HTTP\/1\.1 200 OK$/);
    assertEquals(lines[9], "alert warning: close notify");
    const inner = messages[8]!.inner!;
    assertEquals(inner[0]!.answers?.number, messages[7]!.inner![0]!.number);
    const closed = run(undefined, stream).map((message) => message.summary).join("\n");
    assertNotMatch(closed, /GET|Finished/);
    // A secret of another connection opens nothing.
    const other = run(log.replaceAll(CLIENT_RANDOM, "00".repeat(32)), stream).map((message) => message.summary);
    assertNotMatch(other.join("\n"), /GET|Finished/);
  });
}

Deno.test("TLS 1.2 is opened with the master secret", () => {
  for (
    const [number, cipher, hash] of [[0xc02f, "aes-128-gcm", "sha256"], [
      0xcca8,
      "chacha20-poly1305",
      "sha256",
    ]] as const
  ) {
    const master = new Uint8Array(48).fill(7);
    const seed = concat([utf8("key expansion"), octets(SERVER_RANDOM), octets(CLIENT_RANDOM)]);
    let a: Uint8Array = seed, block = new Uint8Array(0);
    while (block.length < 100) {
      a = hmac(hash, master, a);
      block = concat([block, hmac(hash, master, concat([a, seed]))]);
    }
    const keySize = cipher === "aes-128-gcm" ? 16 : 32, ivSize = cipher === "aes-128-gcm" ? 4 : 12;
    let sequence = 0;
    const sealed = (type: number, clear: Uint8Array) => {
      const number = octets(size(sequence++, 8));
      const iv = block.slice(2 * keySize, 2 * keySize + ivSize);
      const nonce = ivSize === 4 ? concat([iv, number]) : iv.map((octet, i) => i < 4 ? octet : octet ^ number[i - 4]!);
      const additional = concat([number, octets(`${size(type, 1)} 0303 ${size(clear.length, 2)}`)]);
      const body = seal(cipher, block.slice(0, keySize), nonce, clear, additional);
      return record(type, ivSize === 4 ? concat([number, body]) : body);
    };
    const messages = run(`CLIENT_RANDOM ${CLIENT_RANDOM} ${hexOf(master)}`, [
      ["client", hello(1, CLIENT_RANDOM, number, false)],
      ["server", hello(2, SERVER_RANDOM, number, false)],
      ["client", record(20, Uint8Array.of(1))],
      ["client", sealed(22, handshake(20, "00".repeat(12)))],
      ["client", sealed(23, REQUEST)],
    ]);
    assertEquals(messages[3]!.summary, "Finished");
    assertMatch(messages[4]!.summary, /opened: http: GET \/secret/);
  }
});

Deno.test("a password in opened TLS is masked, whole or in pieces", () => {
  const { log, stream } = modernStream(...SUITES[0]!);
  for (const message of run(log, stream)) {
    const shown = messageLines(maskMessage(message)).join("\n");
    assert(!/dXNlc|sekret|64 58 4e 6c|58 4e 6c 63/.test(shown), shown);
  }
});

Deno.test("KeyLog refuses what is no key log, and takes labels that it does not know", () => {
  assertThrows(() => new KeyLog("hello"), FormatError, 'line 1 is not "LABEL random secret"');
  const log = new KeyLog("# x\r\n\r\nEXPORTER_SECRET 0A 0b\r\nCLIENT_RANDOM aa BB\n");
  assertEquals(log.find("CLIENT_RANDOM", "aa"), Uint8Array.of(0xbb));
});

Deno.test("what asked for TLS goes on under it, on whatever port", () => {
  const { log, stream } = modernStream(...SUITES[0]!);
  const conversation = openConversation({ protocol: "imap", keys: new KeyLog(`${log}\n`) });
  const play: [Side, Uint8Array][] = [
    ["server", new TextEncoder().encode("* OK ready\r\n")],
    ["client", new TextEncoder().encode("a STARTTLS\r\n")],
    ["server", new TextEncoder().encode("a OK go\r\n")],
    ...stream,
  ];
  const messages = play.flatMap(([side, bytes]) => conversation.data(side, bytes, 0));
  const inner = messages.flatMap((message) => message.inner ?? []);
  assert(inner.length > 0);
  for (const message of inner) assertEquals(message.protocol, "imap");
});

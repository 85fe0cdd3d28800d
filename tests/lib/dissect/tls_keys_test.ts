// TLS opened with a key log: handshakes made by hand, records sealed here with the platform's ciphers.
import { assert, assertEquals, assertMatch, assertNotMatch, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { createCipheriv, createHmac } from "node:crypto";
import { concat, utf8 } from "../../../lib/base/bytes.ts";
import { FormatError } from "../../../lib/base/errors.ts";
import { parseHex } from "../../../lib/base/hex.ts";
import { openConversation } from "../../../lib/dissect/conversation.ts";
import type { Cipher, Hash } from "../../../lib/dissect/crypto.ts";
import { maskMessage } from "../../../lib/dissect/mask.ts";
import type { Message, Side } from "../../../lib/dissect/protocol.ts";
import { KeyLog } from "../../../lib/dissect/security/key_log.ts";
import { messageLines } from "../../../lib/dissect/view_message.ts";

const hmac = (hash: Hash, key: Uint8Array, data: Uint8Array) =>
  new Uint8Array(createHmac(hash, key).update(data).digest());

function seal(
  cipher: Cipher,
  key: Uint8Array,
  nonce: Uint8Array,
  clear: Uint8Array,
  additional: Uint8Array,
): Uint8Array {
  const made = createCipheriv(cipher as "aes-128-gcm", key, nonce, { authTagLength: 16 });
  made.setAAD(additional, { plaintextLength: clear.length });
  return new Uint8Array(Buffer.concat([made.update(clear), made.final(), made.getAuthTag()]));
}

const CLIENT_RANDOM = "c1".repeat(32), SERVER_RANDOM = "5e".repeat(32);
const octets = (text: string) => parseHex(text);
const size = (value: number, count: number) => value.toString(16).padStart(count * 2, "0");
const record = (type: number, body: Uint8Array) =>
  concat([octets(`${size(type, 1)} 0303 ${size(body.length, 2)}`), body]);
const handshake = (type: number, body: string) => octets(`${size(type, 1)} ${size(octets(body).length, 3)} ${body}`);
const hello = (type: 1 | 2, random: string, suite: number, modern: boolean) => {
  const version = modern ? type === 1 ? "002b 0003 02 0304" : "002b 0002 0304" : "";
  const extensions = `${size(octets(version).length, 2)} ${version}`;
  const suites = type === 1 ? `0002 ${size(suite, 2)} 01 00` : `${size(suite, 2)} 00`;
  return record(22, handshake(type, `0303 ${random} 00 ${suites} ${extensions}`));
};
const REQUEST = utf8("GET /secret HTTP/1.1\r\nHost: a.test\r\nAuthorization: Basic dXNlcjpzZWtyZXQ=\r\n\r\n");
const ANSWER = utf8("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");

/** Seals records of one side with TLS 1.3. */
class Modern {
  #sequence = 0;
  readonly #cipher: Cipher;
  readonly #key: Uint8Array;
  readonly #iv: Uint8Array;

  constructor(cipher: Cipher, hash: Hash, secret: Uint8Array) {
    const expand = (label: string, length: number) => {
      const name = utf8(`tls13 ${label}`);
      const info = concat([octets(`${size(length, 2)} ${size(name.length, 1)}`), name, Uint8Array.of(0, 1)]);
      return hmac(hash, secret, info).slice(0, length);
    };
    this.#cipher = cipher;
    this.#key = expand("key", cipher === "aes-128-gcm" ? 16 : 32);
    this.#iv = expand("iv", 12);
  }

  record(type: number, content: Uint8Array): Uint8Array {
    const nonce = this.#iv.slice();
    nonce[11]! ^= this.#sequence++;
    const clear = concat([content, Uint8Array.of(type, 0, 0, 0)]);
    const head = octets(`17 0303 ${size(clear.length + 16, 2)}`);
    return concat([head, seal(this.#cipher, this.#key, nonce, clear, head)]);
  }
}

const SUITES: readonly [number: number, cipher: Cipher, hash: Hash][] = [
  [0x1301, "aes-128-gcm", "sha256"],
  [0x1302, "aes-256-gcm", "sha384"],
  [0x1303, "chacha20-poly1305", "sha256"],
];
const secret = (octet: number, hash: Hash) => new Uint8Array(hash === "sha384" ? 48 : 32).fill(octet);
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function modernStream(number: number, cipher: Cipher, hash: Hash): { log: string; stream: [Side, Uint8Array][] } {
  const labels = ["CLIENT_HANDSHAKE", "SERVER_HANDSHAKE", "CLIENT", "SERVER"];
  const log = labels.map((label, i) =>
    `${label}_TRAFFIC_SECRET${i < 2 ? "" : "_0"} ${CLIENT_RANDOM} ${hexOf(secret(i + 1, hash))}`
  ).join("\n");
  const [ch, sh, ca, sa] = [1, 2, 3, 4].map((octet) => new Modern(cipher, hash, secret(octet, hash)));
  const finished = handshake(20, "00".repeat(hash === "sha384" ? 48 : 32));
  // The encrypted extensions and the first half of Finished share a record: messages cross records.
  const flight = concat([handshake(8, "0000"), finished]);
  return {
    log,
    stream: [
      ["client", hello(1, CLIENT_RANDOM, number, true)],
      ["server", hello(2, SERVER_RANDOM, number, true)],
      ["server", record(20, Uint8Array.of(1))],
      ["server", sh!.record(22, flight.subarray(0, 20))],
      ["server", sh!.record(22, flight.subarray(20))],
      ["client", ch!.record(22, finished)],
      ["client", ca!.record(23, REQUEST.subarray(0, 30))],
      ["client", ca!.record(23, REQUEST.subarray(30))],
      ["server", sa!.record(23, ANSWER)],
      ["server", sa!.record(21, Uint8Array.of(1, 0))],
    ],
  };
}

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

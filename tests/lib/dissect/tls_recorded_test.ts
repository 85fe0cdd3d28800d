// TLS and DTLS of OpenSSL 3.0 and GnuTLS 3.7, QUIC of aioquic 1.7, recorded with its secrets in the file: every kind of cipher that the runtime has, in
// every version, and what changes keys on the way. Each connection has a server's port of its own.
import { assert, assertEquals } from "@std/assert";
import { pump } from "../../../lib/capture/file/pump.ts";
import { tlsSecrets } from "../../../lib/capture/file/pcapng.ts";
import { openCapture } from "../../../lib/capture/file/open.ts";
import { CaptureReader } from "../../../lib/capture/file/reader.ts";
import { packetBytes } from "../../../lib/capture/packet.ts";
import { latin1Text } from "../../../lib/base/bytes.ts";
import type { Field } from "../../../lib/base/field.ts";
import { PacketDissector } from "../../../lib/dissect/follow/packet.ts";
import { KeyLog } from "../../../lib/dissect/security/key_log.ts";

const DATA = `${import.meta.dirname}/../../data/capture/`;

/**
 * By the server's port what clients said, joined. `given`: with the file's secrets; `lost` leaves packets out, by their
 * number; `first` takes the packet that brought the first words of each, and those.
 */
async function said(
  keys: KeyLog,
  given = true,
  lost = (_number: number) => false,
  first = new Map<number, { number: number; text: string }>(),
  file = "tls.pcapng.gz",
): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  const dissector = new PacketDissector({ keys });
  const opened = (field: Field, port: number, number: number) => {
    if (field.name === "Opened: application data" || field.name === "Stream data") {
      const text = latin1Text(field.buffer ?? field.value as Uint8Array), known = first.get(port);
      if (known === undefined && text !== "") first.set(port, { number, text });
      else if (known?.number === number) known.text += text;
      texts.set(port, (texts.get(port) ?? "") + text);
    }
    for (const child of field.children ?? []) opened(child, port, number);
  };
  const reader = new CaptureReader({
    onBlock: (block) => {
      const secrets = tlsSecrets(block);
      if (secrets !== undefined && given) keys.add(secrets);
    },
  });
  const source = await openCapture(DATA + file);
  const take = (
    { messages, facts }: Pick<ReturnType<PacketDissector["dissect"]>, "messages" | "facts">,
    number: number,
  ) => {
    if (facts.dport! < 5000) { for (const { root } of messages) opened(root, facts.dport!, number); }
  };
  await pump(source, reader, {
    packet: (packet) => {
      const number = packet.number;
      if (!lost(number)) take(dissector.dissect(packet.link, packetBytes(packet).slice(), { number }), number);
    },
  });
  source.close();
  for (const rest of dissector.finish()) take(rest, 0);
  return texts;
}

/** Suites of the ports from 4401 on, as OpenSSL writes them. */
const SUITES = [
  "ECDHE-ECDSA-AES128-GCM-SHA256 over tls1_2",
  "ECDHE-ECDSA-AES256-GCM-SHA384 over tls1_2",
  "ECDHE-ECDSA-CHACHA20-POLY1305 over tls1_2",
  "ECDHE-ECDSA-AES128-CCM over tls1_2",
  "ECDHE-ECDSA-AES256-CCM8 over tls1_2",
  "ECDHE-ECDSA-AES128-SHA256 over tls1_2",
  "ECDHE-ECDSA-AES256-SHA384 over tls1_2",
  "ECDHE-ECDSA-AES256-SHA384 over tls1_2",
  "ECDHE-ECDSA-AES128-SHA over tls1",
  "ECDHE-ECDSA-AES128-SHA over tls1",
  "ECDHE-ECDSA-AES256-SHA over tls1_1",
  "ECDHE-ECDSA-AES256-SHA over tls1_1",
  "ECDHE-ECDSA-NULL-SHA over tls1_2",
  "TLS_AES_128_GCM_SHA256 over tls1_3",
  "TLS_AES_256_GCM_SHA384 over tls1_3",
  "TLS_CHACHA20_POLY1305_SHA256 over tls1_3",
  "TLS_AES_128_CCM_SHA256 over tls1_3",
  "TLS_AES_128_CCM_8_SHA256 over tls1_3",
];

Deno.test("a key log opens TLS of every version with AES in GCM, CCM and CBC, ChaCha20 and 3DES", async () => {
  const texts = await said(new KeyLog());
  for (const [i, suite] of SUITES.entries()) assertEquals(texts.get(4401 + i), `${suite}\nonce more\n`, suite);
  assertEquals(texts.get(4442), "of GnuTLS with 3DES\n");
});

Deno.test("keys that change on the way are followed: renegotiation, key updates, early data, a second hello", async () => {
  const texts = await said(new KeyLog());
  assertEquals(texts.get(4430), "before\nafter renegotiation\n");
  assertEquals(texts.get(4431), "before\nafter K\nafter k\n");
  assertEquals(texts.get(4432), "first\nx\nearly data of the client\nlate data\nQ\n");
  // The server did not take the early data: they are opened, and what follows.
  assertEquals(texts.get(4433), "early data of the client\nrefused before\n");
  assertEquals(texts.get(4434), "retried\n");
});

Deno.test("a server's RSA key opens what was sent under it, and the sessions that go on with its secret", async () => {
  const keys = new KeyLog();
  keys.addPrivateKey(await Deno.readTextFile(`${DATA}tls_rsa_key.pem`));
  const texts = await said(keys, false);
  assertEquals(texts.get(4440), "by ticket, first\nx\nby ticket, second\n");
  assertEquals(texts.get(4441), "by number, first\nx\nby number, second\n");
  // Nothing else is opened by it, but what has no cipher.
  assertEquals([...texts.keys()].sort(), [4413, 4440, 4441, 4442]);
});

Deno.test("records that a capture lost do not close what follows", async () => {
  const first = new Map<number, { number: number; text: string }>();
  const whole = await said(new KeyLog(), true, () => false, first);
  const lost = new Set([...first.values()].map(({ number }) => number));
  const texts = await said(new KeyLog(), true, (number) => lost.has(number));
  const expected = [...whole].map(([port, text]) => [port, text.slice(first.get(port)!.text.length)] as const)
    // Of early data the first hello goes with them; RSA's sessions are not in the log.
    .filter(([port, text]) => text !== "" && port < 4432);
  assertEquals(expected.length, 19);
  // One lost packet was sent once more.
  for (const [port, text] of expected) assert(texts.get(port)?.endsWith(text), `${port}: ${texts.get(port)}`);
});

Deno.test("a key log opens DTLS 1.0 and 1.2", async () => {
  const texts = await said(new KeyLog(), true, undefined, undefined, "dtls.pcapng.gz");
  const suites = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-CCM8",
    "ECDHE-ECDSA-AES256-CCM",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-NULL-SHA",
    "PSK-AES128-CBC-SHA256",
  ];
  for (const [i, suite] of suites.entries()) {
    assertEquals(texts.get(4501 + i), `client with ${suite}\nsecond ${suite}\n`);
  }
});

Deno.test("a key log opens QUIC, versions 1 and 2, also after keys were updated", async () => {
  const texts = await said(new KeyLog(), true, undefined, undefined, "quic.pcapng.gz");
  for (const port of [4601, 4602, 4603, 4604]) assertEquals(texts.get(port), `hello from the client ${port}\n`);
  assertEquals(texts.get(4605), "hello from the client 4605\nafter an update\nafter two\n");
  // A lost packet leaves a hole that is waited for, others go on.
  const lost = await said(new KeyLog(), true, (number) => number === 5, undefined, "quic.pcapng.gz");
  assertEquals([lost.get(4601), lost.get(4602)], [undefined, "hello from the client 4602\n"]);
});

Deno.test("KeyLog takes the forms of NSS and Wireshark for RSA and for sessions", () => {
  const log = new KeyLog(
    `RSA 0102030405060708 ${"0a".repeat(48)}\nRSA Session-ID:AB Master-Key:${
      "0B".repeat(48)
    }\nPMS_CLIENT_RANDOM cd ee\n`,
  );
  assertEquals(log.premaster("00", Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)), new Uint8Array(48).fill(10));
  assertEquals(log.session("SESSION_ID ab"), new Uint8Array(48).fill(11));
  assertEquals(log.premaster("cd", new Uint8Array(0)), Uint8Array.of(0xee));
  let pieces = ["CLIENT_RANDOM aa bb\n"];
  log.more = () => pieces.shift() ?? "";
  assertEquals(log.find("CLIENT_RANDOM", "aa"), Uint8Array.of(0xbb));
  pieces = [];
  assertEquals(log.find("CLIENT_RANDOM", "ff"), undefined);
});

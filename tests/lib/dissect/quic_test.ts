// QUIC's Initial packets, sealed here by the Web's cryptography.
import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { concat } from "../../../lib/base/bytes.ts";
import { hex, parseHex } from "../../../lib/base/hex.ts";
import { hmac } from "../../../lib/base/hmac.ts";
import { openConversation } from "../../../lib/dissect/follow/conversation.ts";
import { expandLabel, openSealed } from "../../../lib/dissect/coding/crypto.ts";
import { messageLines } from "../../../lib/dissect/view/message.ts";

/** Keys of RFC 9001 A.1, for packets that first went to 8394c8f03e515708. */
const CLIENT = {
  key: "1f369613dd76d5467730efcbe3b1a22d",
  iv: "fa044b2f42a3fd3b46fb255c",
  hp: "9f50449e04a0e810283a1e9933adedd2",
};
const SERVER = {
  key: "cf3a5331653c364c88f0f379b6067e37",
  iv: "0ac1493ca1905853b0bba03e",
  hp: "c206b8d9b9f0f37644430b490eeaa314",
};
const ID = "8394c8f03e515708";

async function aes(
  key: string,
  name: "AES-GCM" | "AES-CBC",
  iv: Uint8Array,
  data: Uint8Array,
  additional?: Uint8Array,
) {
  const made = await crypto.subtle.importKey("raw", parseHex(key), name, false, ["encrypt"]);
  const more = additional === undefined ? {} : { additionalData: Uint8Array.from(additional) };
  const out = await crypto.subtle.encrypt({ name, iv: Uint8Array.from(iv), ...more }, made, Uint8Array.from(data));
  return new Uint8Array(out);
}

/** A packet with a packet number of two octets. */
async function seal(keys: typeof CLIENT, number: number, to: string, payload: Uint8Array): Promise<Uint8Array> {
  const length = 2 + payload.length + 16;
  const head = parseHex(
    `c1 00000001 ${hex(Uint8Array.of(to.length / 2))} ${to} 00 00 ${(0x4000 | length).toString(16)}`,
  );
  const clear = concat([head, Uint8Array.of(number >> 8, number & 255)]);
  const nonce = parseHex(keys.iv);
  nonce[11]! ^= number & 255;
  const sealed = await aes(keys.key, "AES-GCM", nonce, payload, clear);
  const mask = await aes(keys.hp, "AES-CBC", new Uint8Array(16), sealed.subarray(2, 18));
  const out = concat([clear, sealed]);
  out[0]! ^= mask[0]! & 15;
  out[head.length]! ^= mask[1]!;
  out[head.length + 1]! ^= mask[2]!;
  return out;
}

const crypt = (offset: number, bytes: Uint8Array) =>
  concat([Uint8Array.of(6, offset), parseHex((0x4000 | bytes.length).toString(16)), bytes]);
const extension = (type: string, body: string) =>
  `${type} ${(body.replace(/ /g, "").length / 2).toString(16).padStart(4, "0")} ${body}`;
const EXTENSIONS = extension("0000", "000f 00 000c 6578616d706c652e74657374") + extension("002b", "02 0304");
const body = (text: string) => text.replace(/ /g, "");
const HELLO = (() => {
  const extensions = body(EXTENSIONS);
  const inner =
    body(`0303 ${"11".repeat(32)} 00 0002 1301 01 00 ${(extensions.length / 2).toString(16).padStart(4, "0")}`) +
    extensions;
  return parseHex(`01 ${(inner.length / 2).toString(16).padStart(6, "0")} ${inner}`);
})();

Deno.test("hmac() and expandLabel() make the keys of RFC 9001 A.1", () => {
  const initial = hmac("sha256", parseHex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), parseHex(ID));
  const secret = expandLabel("sha256", initial, "client in", 32);
  assertEquals(hex(secret), "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
  assertEquals(hex(expandLabel("sha256", secret, "quic key", 16)), CLIENT.key);
  assertEquals(hex(expandLabel("sha256", secret, "quic iv", 12)), CLIENT.iv);
  assertEquals(hex(expandLabel("sha256", secret, "quic hp", 16)), CLIENT.hp);
});

Deno.test("openSealed() opens what was sealed, and nothing that was changed", async () => {
  const nonce = parseHex("000102030405060708090a0b"), key = parseHex(CLIENT.key);
  for (const length of [0, 1, 15, 16, 17, 100]) {
    const clear = Uint8Array.from({ length }, (_, i) => i), more = clear.subarray(0, length >> 1);
    const sealed = await aes(CLIENT.key, "AES-GCM", nonce, clear, more);
    assertEquals(openSealed("aes-128-gcm", key, nonce, sealed, more), clear);
    sealed[sealed.length - 1]! ^= 1;
    assertEquals(openSealed("aes-128-gcm", key, nonce, sealed, more), undefined);
  }
  assertEquals(openSealed("aes-128-gcm", key, nonce, new Uint8Array(3), nonce), undefined);
});

Deno.test("a QUIC Initial packet is opened: ClientHello, its pieces in any order, and the server's answer", async () => {
  const conversation = openConversation({ transport: "udp", protocol: "quic" });
  const whole = await seal(CLIENT, 0, ID, concat([crypt(0, HELLO), new Uint8Array(40)]));
  const [first] = conversation.data("client", whole, 0);
  assertMatch(first!.summary, /Initial, version 1 .*: ClientHello .*example\.test/);
  const lines = messageLines(first!).join("\n");
  assertMatch(lines, /Opened payload \(packet number 0 in 2 octets/);
  assertMatch(lines, /PADDING/);

  const pieces = openConversation({ transport: "udp", protocol: "quic" });
  const late = pieces.data(
    "client",
    await seal(CLIENT, 0, ID, concat([crypt(20, HELLO.subarray(20)), new Uint8Array(9)])),
    0,
  );
  assertMatch(late[0]!.summary, /: part of a handshake message$/);
  const early = pieces.data(
    "client",
    await seal(CLIENT, 1, ID, concat([crypt(0, HELLO.subarray(0, 20)), new Uint8Array(9)])),
    0,
  );
  assertMatch(early[0]!.summary, /: ClientHello .*example\.test/);

  const close = concat([Uint8Array.of(0x1c, 0x41, 0x28, 6, 3), new TextEncoder().encode("sad"), new Uint8Array(20)]);
  const answer = conversation.data("server", await seal(SERVER, 0, "0102", close), 0);
  assertMatch(answer[0]!.summary, /: CONNECTION_CLOSE TLS alert: handshake.failure: sad$/);
  // What comes to the server's own ID is still sealed with the first keys.
  const ping = concat([Uint8Array.of(1, 2, 3, 4, 0, 3), new Uint8Array(20)]);
  assertMatch(conversation.data("client", await seal(CLIENT, 2, "0a0b", ping), 0)[0]!.summary, /: PING, ACK$/);
});

Deno.test("datagrams after a QUIC packet are QUIC without the fixed bit too (RFC 9287), when they are long enough", async () => {
  const conversation = openConversation({ transport: "udp", ports: { client: 50000, server: 4433 } });
  const whole = await seal(CLIENT, 0, ID, concat([crypt(0, HELLO), new Uint8Array(1150)]));
  const said = (bytes: Uint8Array) => conversation.data("server", bytes, 0)[0]!.protocol;
  assertEquals(said(Uint8Array.of(0x0a, ...new Uint8Array(30).fill(0x99))), "data");
  assertEquals(conversation.data("client", whole, 0)[0]!.protocol, "quic");
  assertEquals(said(Uint8Array.of(0x0a, ...new Uint8Array(30).fill(0x99))), "quic");
  assertEquals(said(Uint8Array.of(0x8a, 0, 0, 0, 1, 0, 0, 0x41, ...new Uint8Array(30).fill(0x99))), "quic");
  assertEquals(said(Uint8Array.of(0x0a, ...new Uint8Array(18).fill(0x99))), "data");
  assertEquals(said(Uint8Array.of(0x8a, 1, 2, 3, 4, ...new Uint8Array(30).fill(0x99))), "data");
});

Deno.test("a QUIC packet with a wrong tag, or of a version without keys, stays closed", async () => {
  const packet = await seal(CLIENT, 0, ID, concat([crypt(0, HELLO), new Uint8Array(40)]));
  packet[packet.length - 1]! ^= 1;
  const conversation = openConversation({ transport: "udp", protocol: "quic" });
  assertNotMatch(conversation.data("client", packet, 0)[0]!.summary, /ClientHello/);
  packet[packet.length - 1]! ^= 1;
  packet[4] = 9;
  const [message] = conversation.data("client", packet, 0);
  assert(message !== undefined);
  assertNotMatch(message.summary, /ClientHello/);
});

import { assert, assertEquals } from "@std/assert";
import { concat } from "../../../lib/base/bytes.ts";
import { ByteWriter } from "../../../lib/base/writer.ts";
import { hmac } from "../../../lib/base/hmac.ts";
import { encodeMessage, parseMessage, recordOf } from "../../../lib/dns/message.ts";
import { parseName } from "../../../lib/dns/name.ts";
import { rdataOf } from "../../../lib/dns/rdata.ts";
import { parseRdata } from "../../../lib/dns/rdata_text.ts";
import { signMessage, TSIG_ALGORITHMS, tsigAlgorithm, type TsigKey, tsigVerifier } from "../../../lib/dns/tsig.ts";
import { CLASS, TYPE } from "../../../lib/dns/types.ts";

const NOW = 1_800_000_000;
const name = parseName("example.test.");
const secret = Uint8Array.from({ length: 32 }, (_, i) => i * 7 & 0xff);
const key = (word = "hmac-sha256", more: Partial<TsigKey> = {}): TsigKey => ({
  name: parseName("Key.Test."),
  algorithm: tsigAlgorithm(word)!,
  secret,
  ...more,
});
const query = encodeMessage({ id: 1, questions: [{ name, type: TYPE.SOA, rdclass: CLASS.IN }] });
const answer = encodeMessage({
  id: 1,
  qr: true,
  questions: [{ name, type: TYPE.SOA, rdclass: CLASS.IN }],
  answers: [recordOf(name, 60, parseRdata(TYPE.SOA, CLASS.IN, "ns. h. 1 2 3 4 5"))],
});

Deno.test("what signMessage() signs as an answer the verifier of the query accepts, with every algorithm", async () => {
  for (const { name: word, length } of TSIG_ALGORITHMS) {
    const asked = await signMessage(query, key(word), { time: NOW });
    assertEquals(asked.mac.length, length);
    const answered = await signMessage(answer, key(word), { time: NOW, requestMac: asked.mac });
    const verifier = tsigVerifier(key(word), asked.mac);
    assertEquals(await verifier.verify(parseMessage(answered.bytes), NOW), "ok", word);
    const { tsig } = parseMessage(answered.bytes);
    assertEquals(tsig?.rdata.values.timeSigned, NOW);
  }
});

Deno.test("a shortened code is verified as far as it goes", async () => {
  const short = key("hmac-sha256", { digestBits: 128 });
  const asked = await signMessage(query, short, { time: NOW });
  assertEquals(asked.mac.length, 16);
  const answered = await signMessage(answer, short, { time: NOW, requestMac: asked.mac });
  assertEquals(await tsigVerifier(short, asked.mac).verify(parseMessage(answered.bytes), NOW), "ok");
  // Who did not agree on it takes no short code.
  assertEquals(await tsigVerifier(key(), asked.mac).verify(parseMessage(answered.bytes), NOW), "tsig verify failure");
});

Deno.test("the verifier says what is wrong in dig's words", async () => {
  const { mac } = await signMessage(query, key(), { time: NOW });
  const { bytes: signed } = await signMessage(answer, key(), { time: NOW, requestMac: mac });
  const judge = (bytes: Uint8Array, now = NOW, k = key()) =>
    tsigVerifier(k, mac).verify(parseMessage(bytes, { strict: false, bestEffort: true, ignoreTruncation: true }), now);
  assertEquals(await judge(answer), "expected a TSIG or SIG(0)");
  assertEquals(await judge(signed, NOW + 300), "ok");
  assertEquals(await judge(signed, NOW + 301), "clocks are unsynchronized");
  assertEquals(await judge(signed, NOW - 301), "clocks are unsynchronized");
  assertEquals(await judge(signed, NOW, key("hmac-sha256", { secret: new Uint8Array(32) })), "tsig verify failure");
  assertEquals(await judge(signed, NOW, key("hmac-sha512")), "tsig verify failure");
  assertEquals(await judge(signed, NOW, key("hmac-sha256", { name: parseName("other.test.") })), "tsig verify failure");
  for (let at = 2; at < answer.length; at++) {
    const forged = signed.slice();
    forged[at]! ^= 0x01;
    let result: string;
    try {
      result = await judge(forged);
    } catch (error) {
      // What cannot be read is not judged.
      result = String(error);
    }
    assert(result !== "ok", `octet ${at}`);
  }
  // The id may change on the way; the signed one stands in the record.
  const renumbered = signed.slice();
  renumbered[0]! ^= 0xff;
  renumbered[1]! ^= 0xff;
  assertEquals(await judge(renumbered), "ok");
});

Deno.test("an unsigned error answer gives its code", async () => {
  const { mac } = await signMessage(query, key(), { time: NOW });
  const rdata = rdataOf(TYPE.TSIG, CLASS.ANY, {
    algorithm: key().algorithm.wireName,
    timeSigned: NOW,
    fudge: 300,
    mac: new Uint8Array(0),
    originalId: 1,
    error: 17,
    otherData: new Uint8Array(0),
  });
  const refused = encodeMessage({ id: 1, qr: true, headerRcode: 9, additionals: [recordOf(key().name, 0, rdata)] });
  assertEquals(await tsigVerifier(key(), mac).verify(parseMessage(refused), NOW), "tsig indicates error");
});

/** A later message of a transfer, signed over those between and with the times alone (RFC 8945 5.3.1). */
function signLater(bytes: Uint8Array, before: Uint8Array, between: Uint8Array[]): Uint8Array {
  const k = key();
  const timers = new ByteWriter().u48(NOW).u16(300).take();
  const prior = new ByteWriter().u16(before.length).bytes(before).take();
  const mac = hmac("sha256", secret, concat([prior, ...between, bytes, timers]));
  const { id, qr, answers } = parseMessage(bytes);
  const rdata = rdataOf(TYPE.TSIG, CLASS.ANY, {
    algorithm: k.algorithm.wireName,
    timeSigned: NOW,
    fudge: 300,
    mac,
    originalId: id,
    error: 0,
    otherData: new Uint8Array(0),
  });
  return encodeMessage({ id, qr, answers, additionals: [recordOf(k.name, 0, rdata)] }, { compress: false });
}

Deno.test("the messages of a transfer are verified as a chain, unsigned ones between", async () => {
  const { mac } = await signMessage(query, key(), { time: NOW });
  const first = await signMessage(answer, key(), { time: NOW, requestMac: mac });
  const part = (text: string) =>
    encodeMessage({ id: 1, qr: true, answers: [recordOf(name, 60, parseRdata(TYPE.TXT, CLASS.IN, text))] }, {
      compress: false,
    });
  const second = part("two"), third = part("three");
  const last = signLater(part("four"), first.mac, [second, third]);
  const verifier = tsigVerifier(key(), mac);
  assertEquals(await verifier.verify(parseMessage(first.bytes), NOW), "ok");
  assertEquals(await verifier.verify(parseMessage(second), NOW), "ok");
  assertEquals(await verifier.verify(parseMessage(third), NOW), "ok");
  assertEquals(await verifier.verify(parseMessage(last), NOW), "ok");
  const missing = tsigVerifier(key(), mac);
  await missing.verify(parseMessage(first.bytes), NOW);
  await missing.verify(parseMessage(second), NOW);
  assertEquals(await missing.verify(parseMessage(last), NOW), "tsig verify failure");
  const unsignedEnd = tsigVerifier(key(), mac);
  await unsignedEnd.verify(parseMessage(first.bytes), NOW);
  assert(!unsignedEnd.open);
  assertEquals(await unsignedEnd.verify(parseMessage(second), NOW), "ok");
  assert(unsignedEnd.open);
  // No more than 99 without a signature (RFC 8945 5.3.1).
  const results: string[] = [];
  for (let i = 0; i < 99; i++) results.push(await unsignedEnd.verify(parseMessage(second), NOW));
  assertEquals(results.indexOf("expected a TSIG or SIG(0)"), 98);
  const other = tsigVerifier(key(), mac);
  await other.verify(parseMessage(first.bytes), NOW);
  assertEquals(await other.verify(parseMessage(query), NOW), "expected a response");
});

Deno.test("tsigAlgorithm() knows words and wire names", () => {
  assertEquals(tsigAlgorithm("HMAC-SHA1")?.length, 20);
  assertEquals(tsigAlgorithm("hmac-md5.sig-alg.reg.int.")?.name, "hmac-md5");
  assertEquals(tsigAlgorithm("hmac-sha3"), undefined);
});

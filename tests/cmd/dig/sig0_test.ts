// SIG(0) by the two files of a key pair: every algorithm, verified with the public half by the runtime's cryptography.
import { assert, assertEquals } from "@std/assert";
import { generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { sig0Key } from "../../../cmd/dig/sig0.ts";
import { concat } from "../../../lib/base/bytes.ts";
import { keyPair } from "../../../lib/dns/dig/key.ts";
import { encodeMessage, parseMessage } from "../../../lib/dns/message.ts";
import { parseName } from "../../../lib/dns/name.ts";
import { sig0Signer } from "../../../lib/dns/sig0.ts";

const NOW = 1_800_000_000;

type Jwk = Record<string, string>;

function octets(base64url: string): Uint8Array {
  return Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/** The two files of a pair (RFC 3110, RFC 6605, RFC 8080), as key generators write them. */
function files(algorithm: number, jwk: Jwk): [key: string, priv: string] {
  const head = `Private-key-format: v1.3\nAlgorithm: ${algorithm} (X)\n`;
  const key = (bytes: Uint8Array) => `k.test. IN KEY 512 3 ${algorithm} ${base64(bytes)}\n`;
  const line = (name: string, member: string) => `${name}: ${base64(octets(jwk[member]!))}\n`;
  if (jwk.kty === "RSA") {
    const e = octets(jwk.e!);
    const fields = [
      ["Modulus", "n"],
      ["PublicExponent", "e"],
      ["PrivateExponent", "d"],
      ["Prime1", "p"],
      ["Prime2", "q"],
      [
        "Exponent1",
        "dp",
      ],
      ["Exponent2", "dq"],
      ["Coefficient", "qi"],
    ] as const;
    return [
      key(concat([Uint8Array.of(e.length), e, octets(jwk.n!)])),
      head + fields.map(([name, member]) => line(name, member)).join(""),
    ];
  }
  const bytes = jwk.kty === "EC" ? concat([octets(jwk.x!), octets(jwk.y!)]) : octets(jwk.x!);
  return [key(bytes), `${head}${line("PrivateKey", "d")}Created: 20261126145517\n`];
}

const PAIRS: readonly (readonly [number, string | undefined, () => { publicKey: KeyObject; privateKey: KeyObject }])[] =
  [
    [5, "sha1", () => generateKeyPairSync("rsa", { modulusLength: 1024 })],
    [8, "sha256", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
    [10, "sha512", () => generateKeyPairSync("rsa", { modulusLength: 1024 })],
    [13, "sha256", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    [14, "sha384", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
    [15, undefined, () => generateKeyPairSync("ed25519")],
  ];

Deno.test("sig0Signer() signs with a pair of every algorithm", async () => {
  const query = encodeMessage({ id: 7, questions: [{ name: parseName("a.test."), type: 1, rdclass: 1 }] });
  for (const [algorithm, digest, generate] of PAIRS) {
    const { publicKey, privateKey } = generate();
    const [keyText, privateText] = files(algorithm, privateKey.export({ format: "jwk" }) as Jwk);
    const pair = keyPair(keyText, privateText)!;
    const key = sig0Key(pair)!;
    assert(key !== undefined, `algorithm ${algorithm}`);
    const { bytes } = await sig0Signer(key).sign(query, NOW);
    const { rdata, name, rdclass, ttl } = parseMessage(bytes).additionals.at(-1)!;
    assertEquals([name.toString(), rdclass, ttl], [".", 255, 0]);
    const { signature, keyTag, signer, inception, expiration } = rdata.values;
    assertEquals([keyTag, String(signer), inception, expiration], [pair.tag, "k.test.", NOW - 300, NOW + 300]);
    const length = (signature as Uint8Array).length;
    assertEquals(length, key.length);
    const signed = concat([rdata.wire.subarray(0, rdata.wire.length - length), query]);
    assert(verify(digest, signed, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature as Uint8Array));
  }
});

Deno.test("sig0Key() refuses halves that do not belong together, and what cannot sign", () => {
  const jwk = (pair: { privateKey: KeyObject }) => pair.privateKey.export({ format: "jwk" }) as Jwk;
  const [one, two] = [jwk(generateKeyPairSync("ed25519")), jwk(generateKeyPairSync("ed25519"))];
  const [keyText, privateText] = files(15, { ...one, d: two.d! });
  assertEquals(sig0Key(keyPair(keyText, privateText)!), undefined);
  const [half] = files(15, one);
  assertEquals(sig0Key(keyPair(half, "Algorithm: 15 (ED25519)\n")!), undefined);
  const [dh, dhPrivate] = files(2, one);
  assertEquals(sig0Key(keyPair(dh, dhPrivate)!), undefined);
});

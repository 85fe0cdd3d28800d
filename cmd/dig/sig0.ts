// Private keys of K* pairs, which sign questions by SIG(0). Not pure: the runtime's cryptography.
// To add an algorithm: a line in `ALGORITHMS`.
import { createPrivateKey, createPublicKey, type JsonWebKey, sign, verify } from "node:crypto";
import type { KeyPair } from "../../lib/dns/dig/key.ts";
import type { Sig0Key } from "../../lib/dns/sig0.ts";

type Kind = "rsa" | "P-256" | "P-384" | "Ed25519" | "Ed448";

/** DNSSEC algorithms that can sign: number, kind, digest. */
const ALGORITHMS: readonly (readonly [number, Kind, string | undefined])[] = [
  [5, "rsa", "sha1"],
  [7, "rsa", "sha1"],
  [8, "rsa", "sha256"],
  [10, "rsa", "sha512"],
  [13, "P-256", "sha256"],
  [14, "P-384", "sha384"],
  [15, "Ed25519", undefined],
  [16, "Ed448", undefined],
];

/** Octets as a JWK has them. */
function base64url(octets: Uint8Array | undefined): string {
  if (octets === undefined) throw new TypeError("A field of the key is missing");
  return btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The public half, as the KEY record has it (RFC 3110, RFC 6605, RFC 8080). */
function publicHalf(kind: Kind, key: Uint8Array): JsonWebKey {
  if (kind === "rsa") {
    const long = key[0] === 0, start = long ? 3 : 1;
    const end = start + (long ? (key[1]! << 8) | key[2]! : key[0]!);
    return { kty: "RSA", e: base64url(key.subarray(start, end)), n: base64url(key.subarray(end)) };
  }
  if (kind === "Ed25519" || kind === "Ed448") return { kty: "OKP", crv: kind, x: base64url(key) };
  const half = key.length / 2;
  return { kty: "EC", crv: kind, x: base64url(key.subarray(0, half)), y: base64url(key.subarray(half)) };
}

/** The private half, by the names that the fields of the file have. */
function privateHalf(kind: Kind, fields: ReadonlyMap<string, Uint8Array>): JsonWebKey {
  if (kind !== "rsa") return { d: base64url(fields.get("PrivateKey")) };
  const names = { d: "PrivateExponent", p: "Prime1", q: "Prime2", dp: "Exponent1", dq: "Exponent2", qi: "Coefficient" };
  return Object.fromEntries(Object.entries(names).map(([member, name]) => [member, base64url(fields.get(name))]));
}

/** The key of a pair; `undefined` when it is none that can sign, or when its halves do not belong together. */
export function sig0Key({ name, algorithm, publicKey, tag, fields }: KeyPair): Sig0Key | undefined {
  const known = ALGORITHMS.find(([number]) => number === algorithm);
  if (known === undefined) return undefined;
  const [, kind, digest] = known;
  // With fewer octets than digest and frame take, the runtime does not refuse but ends.
  if (kind === "rsa" && publicKey.length < 96) return undefined;
  try {
    const half = publicHalf(kind, publicKey);
    const key = createPrivateKey({ key: { ...half, ...privateHalf(kind, fields) }, format: "jwk" });
    const signature = (data: Uint8Array) => new Uint8Array(sign(digest, data, { key, dsaEncoding: "ieee-p1363" }));
    const sample = signature(publicKey);
    const check = { key: createPublicKey({ key: half, format: "jwk" }), dsaEncoding: "ieee-p1363" } as const;
    if (!verify(digest, publicKey, check, sample)) return undefined;
    return { name, algorithm, tag, length: sample.length, sign: signature };
  } catch {
    return undefined;
  }
}

// HMAC (RFC 2104), computed by the runtime. Pure.
import type { Bytes } from "./bytes.ts";
import { nodeCrypto } from "./builtin.ts";

/** Names of digests; MD5 and SHA-224 are for TSIG keys of old. */
export type HashName = "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

/** The digests that the runtime's own interface has: what else knows them takes 20 ms to load. */
const OWN: Partial<Record<HashName, string>> = {
  sha1: "SHA-1",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};

/** As `hmac`, for a run that may be over after one code: nothing is loaded where that can be. */
export async function hmacOnce(hash: HashName, key: Uint8Array, message: Bytes): Promise<Bytes> {
  const own = OWN[hash];
  if (own === undefined || key.length === 0) return hmac(hash, key, message);
  const imported = await crypto.subtle.importKey("raw", Uint8Array.from(key), { name: "HMAC", hash: own }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

/** The code of `message` under a key of any length, at once. */
export function hmac(hash: HashName, key: Uint8Array, message: Uint8Array): Bytes {
  return Uint8Array.from(nodeCrypto().createHmac(hash, key).update(message).digest());
}

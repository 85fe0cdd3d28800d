// HMAC (RFC 2104), computed by the runtime at once. Pure.
import type { Bytes } from "./bytes.ts";
import { nodeCrypto } from "./builtin.ts";

/** Names of digests; MD5 and SHA-224 are for TSIG keys of old. */
export type HashName = "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

/** The code of `message` under a key of any length. */
export function hmac(hash: HashName, key: Uint8Array, message: Uint8Array): Bytes {
  return Uint8Array.from(nodeCrypto().createHmac(hash, key).update(message).digest());
}

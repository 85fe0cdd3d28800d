// What opening sealed packets and records needs, at once and without a promise. Pure: the runtime computes it.
import { concat } from "../../base/bytes.ts";
import { nodeCrypto } from "../../base/builtin.ts";
import { hmac } from "../../base/hmac.ts";

export type Cipher = "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";
export type Hash = "sha256" | "sha384";

export const KEY_OCTETS: Readonly<Record<Cipher, number>> = {
  "aes-128-gcm": 16,
  "aes-256-gcm": 32,
  "chacha20-poly1305": 32,
};
const TAG_OCTETS = 16;

/** HKDF-Expand-Label with an empty context, for at most one block of the hash. RFC 8446 7.1. */
export function expandLabel(hash: Hash, secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  const info = concat([Uint8Array.of(length >> 8, length & 255, name.length), name, Uint8Array.of(0, 1)]);
  return hmac(hash, secret, info).slice(0, length);
}

/** One block of 16 octets under AES-128. FIPS 197. */
export function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = nodeCrypto().createCipheriv("aes-128-ecb", key, null);
  return new Uint8Array(cipher.update(block));
}

/** Opens octets that end with a tag of 16 octets (RFC 5116); `undefined` when the tag is wrong. */
export function openSealed(
  cipher: Cipher,
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additional: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_OCTETS) return undefined;
  const body = sealed.subarray(0, sealed.length - TAG_OCTETS);
  try {
    // The types know one form of ciphers with a tag; all three have it.
    const opening = nodeCrypto().createDecipheriv(cipher as "aes-128-gcm", key, nonce, { authTagLength: TAG_OCTETS });
    opening.setAuthTag(sealed.subarray(body.length));
    opening.setAAD(additional, { plaintextLength: body.length });
    return concat([opening.update(body), opening.final()]);
  } catch {
    return undefined;
  }
}

// What opening sealed packets and records needs, at once and without a promise. Pure: the runtime computes it.
import { type Bytes, concat, equalBytes } from "../../base/bytes.ts";
import { nodeCrypto } from "../../base/builtin.ts";
import { type HashName, hmac } from "../../base/hmac.ts";

/** Ciphers that seal: what they open is authentic (RFC 5116, RFC 6655). */
export type Cipher =
  | "aes-128-gcm"
  | "aes-256-gcm"
  | "chacha20-poly1305"
  | "aes-128-ccm"
  | "aes-256-ccm"
  | "aes-128-ccm-8"
  | "aes-256-ccm-8";
/** Ciphers by blocks, each joined to the one before it. */
export type BlockCipher = "aes-128-cbc" | "aes-256-cbc" | "des-ede3-cbc";
export type Hash = "sha256" | "sha384";

/** Octets of the key of a cipher. */
export function keyOctets(cipher: Cipher | BlockCipher): number {
  return cipher === "des-ede3-cbc" ? 24 : cipher.startsWith("aes-128") ? 16 : 32;
}

/** Octets of the tag at the end of what a cipher sealed. */
export function tagOctets(cipher: Cipher): number {
  return cipher.endsWith("ccm-8") ? 8 : 16;
}

/** The digest of octets. */
export function digest(hash: HashName, bytes: Uint8Array): Bytes {
  return Uint8Array.from(nodeCrypto().createHash(hash).update(bytes).digest());
}

/** HKDF-Expand-Label with an empty context, for at most one block of the hash. RFC 8446 7.1. */
export function expandLabel(hash: Hash, secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  const info = concat([Uint8Array.of(length >> 8, length & 255, name.length), name, Uint8Array.of(0, 1)]);
  return hmac(hash, secret, info).slice(0, length);
}

/** A cipher of the runtime, at work in either direction. */
interface Ciphering {
  setAutoPadding(on: boolean): unknown;
  update(octets: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

/** What a cipher without padding makes of octets. Its end is asked for: the runtime keeps what was not told of it. */
export function throughCipher(cipher: Ciphering, octets: Uint8Array): Bytes {
  cipher.setAutoPadding(false);
  const made = new Uint8Array(cipher.update(octets));
  cipher.final();
  return made;
}

/** One block of 16 octets under AES, by the key's length. FIPS 197. */
export function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = nodeCrypto().createCipheriv(`aes-${key.length === 16 ? 128 : 256}-ecb`, key, null);
  return throughCipher(cipher, block);
}

/** The first octets of the key stream of ChaCha20 from a counter and a nonce, of 16 octets together. RFC 9001 5.4.4. */
export function maskChaCha(key: Uint8Array, counter: Uint8Array): Uint8Array {
  return throughCipher(nodeCrypto().createCipheriv("chacha20", key, counter), new Uint8Array(5));
}

/** Opens octets that end with a tag (see `tagOctets`); `undefined` when the tag is wrong. */
export function openSealed(
  cipher: Cipher,
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additional: Uint8Array,
): Uint8Array | undefined {
  const tag = tagOctets(cipher);
  if (sealed.length < tag) return undefined;
  const body = sealed.subarray(0, sealed.length - tag);
  if (cipher.includes("ccm")) return openCounted(key, nonce, body, sealed.subarray(body.length), additional);
  try {
    // The types know one form of ciphers with a tag; all three have it.
    const opening = nodeCrypto().createDecipheriv(cipher as "aes-128-gcm", key, nonce, { authTagLength: tag });
    opening.setAuthTag(sealed.subarray(body.length));
    opening.setAAD(additional, { plaintextLength: body.length });
    return concat([opening.update(body), opening.final()]);
  } catch {
    return undefined;
  }
}

/** Blocks without what fills the last one up being taken off; `undefined` when they are no whole blocks. */
export function openBlocks(
  cipher: BlockCipher,
  key: Uint8Array,
  iv: Uint8Array,
  sealed: Uint8Array,
): Bytes | undefined {
  if (sealed.length % iv.length !== 0) return undefined;
  return throughCipher(nodeCrypto().createDecipheriv(cipher, key, iv), sealed);
}

/** `octets` with zeros up to whole blocks. */
function filled(octets: Uint8Array): Uint8Array {
  const whole = new Uint8Array((octets.length + 15) & ~15);
  whole.set(octets);
  return whole;
}

/**
 * CCM (RFC 3610), which the runtime has in its two halves: counter mode, and a code of chained blocks over length,
 * additional octets (fewer than 65,280) and content.
 */
function openCounted(
  key: Uint8Array,
  nonce: Uint8Array,
  body: Uint8Array,
  tag: Uint8Array,
  additional: Uint8Array,
): Uint8Array | undefined {
  const bits = key.length * 8, crypto = nodeCrypto();
  const block = (flags: number, last: number) => {
    const octets = new Uint8Array(16);
    octets[0] = flags | 14 - nonce.length;
    octets.set(nonce, 1);
    for (let at = 15, left = last; at > nonce.length; at--, left = Math.floor(left / 256)) octets[at] = left & 255;
    return octets;
  };
  // The first block of the key stream covers the tag.
  const first = new Uint8Array(16);
  first.set(tag);
  const opened = throughCipher(crypto.createDecipheriv(`aes-${bits}-ctr`, key, block(0, 0)), concat([first, body]));
  const content = opened.slice(16);
  const head = block((additional.length > 0 ? 64 : 0) | (tag.length - 2 << 2), content.length);
  const more = additional.length === 0
    ? additional
    : filled(concat([Uint8Array.of(additional.length >> 8, additional.length & 255), additional]));
  const chaining = crypto.createCipheriv(`aes-${bits}-cbc`, key, new Uint8Array(16));
  const chained = throughCipher(chaining, concat([head, more, filled(content)]));
  return equalBytes(chained.subarray(-16).subarray(0, tag.length), opened.subarray(0, tag.length))
    ? content
    : undefined;
}

/** What opens octets under the public half of a private RSA key (PEM) with PKCS #1 1.5. What is no such key throws. */
export function rsaOpener(pem: string): (sealed: Uint8Array) => Uint8Array | undefined {
  const crypto = nodeCrypto();
  const key = crypto.createPrivateKey(pem);
  if (key.asymmetricKeyType !== "rsa") throw new Error(`it is a key of the kind "${key.asymmetricKeyType}", not RSA`);
  return (sealed) => {
    try {
      return new Uint8Array(crypto.privateDecrypt({ key, padding: crypto.constants.RSA_PKCS1_PADDING }, sealed));
    } catch {
      return undefined;
    }
  };
}

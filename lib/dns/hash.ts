// The message digests that WebCrypto has not, MD5 (RFC 1321) and SHA-224 (RFC 6234), and HMAC over any (RFC 2104). Pure.
// MD5 and SHA-224 are here for TSIG keys of old; nothing new should use them.
import { type Bytes, concat } from "../base/bytes.ts";

export type HashName = "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

const WEBCRYPTO: Partial<Record<HashName, string>> = {
  sha1: "SHA-1",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};

const rotateLeft = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits));
const rotateRight = (value: number, bits: number) => (value >>> bits) | (value << (32 - bits));

/** The message with its 1 bit, zeros and length: a multiple of 64 octets. */
function padded(message: Uint8Array, littleEndian: boolean): DataView {
  const length = Math.ceil((message.length + 9) / 64) * 64;
  const bytes = new Uint8Array(length);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  const high = Math.floor(message.length / 0x20000000), low = (message.length << 3) >>> 0;
  view.setUint32(length - 8, littleEndian ? low : high, littleEndian);
  view.setUint32(length - 4, littleEndian ? high : low, littleEndian);
  return view;
}

const MD5_SHIFTS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]] as const;
const MD5_SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);

/** MD5: 16 octets. */
export function md5(message: Uint8Array): Bytes {
  const view = padded(message, true);
  let a0 = 0x67452301, b0 = 0xefcdab89 | 0, c0 = 0x98badcfe | 0, d0 = 0x10325476;
  for (let block = 0; block < view.byteLength; block += 64) {
    let a = a0, b = b0, c = c0, d = d0;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      let mixed: number, word: number;
      if (round === 0) [mixed, word] = [(b & c) | (~b & d), i];
      else if (round === 1) [mixed, word] = [(d & b) | (~d & c), (5 * i + 1) & 15];
      else if (round === 2) [mixed, word] = [b ^ c ^ d, (3 * i + 5) & 15];
      else [mixed, word] = [c ^ (b | ~d), (7 * i) & 15];
      const sum = (a + mixed + MD5_SINES[i]! + view.getInt32(block + word * 4, true)) | 0;
      [a, d, c] = [d, c, b];
      b = (b + rotateLeft(sum, MD5_SHIFTS[round]![i & 3]!)) | 0;
    }
    a0 = (a0 + a) | 0;
    b0 = (b0 + b) | 0;
    c0 = (c0 + c) | 0;
    d0 = (d0 + d) | 0;
  }
  const out = new Uint8Array(16);
  const digest = new DataView(out.buffer);
  [a0, b0, c0, d0].forEach((word, i) => digest.setInt32(i * 4, word, true));
  return out;
}

/** The first `count` primes. */
function primes(count: number): number[] {
  const list: number[] = [];
  for (let n = 2; list.length < count; n++) if (list.every((prime) => n % prime !== 0)) list.push(n);
  return list;
}

/** 32 bits of a root's fraction. */
const fraction = (root: number) => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
const SHA_CONSTANTS = Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
/** SHA-224 begins with the second 32 bits of square roots (RFC 6234 6.1). */
const SHA224_START = [
  0xc1059ed8,
  0x367cd507,
  0x3070dd17,
  0xf70e5939,
  0xffc00b31,
  0x68581511,
  0x64f98fa7,
  0xbefa4fa4,
];

/** SHA-224: 28 octets. */
export function sha224(message: Uint8Array): Bytes {
  const view = padded(message, false);
  const state = Int32Array.from(SHA224_START);
  const words = new Int32Array(64);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(block + i * 4);
    for (let i = 16; i < 64; i++) {
      const x = words[i - 15]!, y = words[i - 2]!;
      const s0 = rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3);
      const s1 = rotateRight(y, 17) ^ rotateRight(y, 19) ^ (y >>> 10);
      words[i] = (words[i - 16]! + s0 + words[i - 7]! + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (let i = 0; i < 64; i++) {
      const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + SHA_CONSTANTS[i]! + words[i]!) | 0;
      const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => state[i] = (state[i]! + word) | 0);
  }
  const out = new Uint8Array(28);
  const digest = new DataView(out.buffer);
  for (let i = 0; i < 7; i++) digest.setInt32(i * 4, state[i]!);
  return out;
}

/** HMAC (RFC 2104) of `message` with any key. */
export async function hmac(hash: HashName, key: Uint8Array, message: Uint8Array): Promise<Bytes> {
  const name = WEBCRYPTO[hash];
  if (name !== undefined && key.length > 0) {
    const imported = await crypto.subtle.importKey("raw", concat([key]), { name: "HMAC", hash: name }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, concat([message])));
  }
  // WebCrypto refuses an empty key.
  const digest = name !== undefined
    ? async (data: Bytes) => new Uint8Array(await crypto.subtle.digest(name, data))
    : hash === "md5"
    ? md5
    : sha224;
  const size = hash === "sha384" || hash === "sha512" ? 128 : 64;
  const block = new Uint8Array(size);
  block.set(key.length > size ? await digest(concat([key])) : key);
  const inner = await digest(concat([block.map((octet) => octet ^ 0x36), message]));
  return await digest(concat([block.map((octet) => octet ^ 0x5c), inner]));
}

// SHA-256, HMAC and HKDF at once, without a promise: what QUIC's first keys are made with. Pure. FIPS 180-4, RFC 2104,
// RFC 5869, RFC 8446 7.1. Only for keys that everybody may know: nothing here takes care of time.
import { concat } from "../base/bytes.ts";

/** Fractional parts of roots of the first primes: FIPS 180-4 4.2.2 and 5.3.3. */
const [K, START] = constants();

function constants(): [Uint32Array, Uint32Array] {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  // Integer roots of p * 2^96 and p * 2^64 have the fraction's 32 bits at their end.
  const root = (value: bigint, power: bigint) => {
    let low = 0n, high = 1n << 40n;
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** power <= value) low = middle;
      else high = middle;
    }
    return Number(low & 0xffff_ffffn);
  };
  return [
    Uint32Array.from(primes, (prime) => root(BigInt(prime) << 96n, 3n)),
    Uint32Array.from(primes.slice(0, 8), (prime) => root(BigInt(prime) << 64n, 2n)),
  ];
}

const turn = (value: number, count: number) => value >>> count | value << 32 - count;

export function sha256(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array((message.length + 72) & ~63);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x2000_0000));
  view.setUint32(padded.length - 4, message.length << 3);
  const state = START.slice(), words = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + i * 4);
    for (let i = 16; i < 64; i++) {
      const a = words[i - 15]!, b = words[i - 2]!;
      words[i] = words[i - 16]! + (turn(a, 7) ^ turn(a, 18) ^ a >>> 3) + words[i - 7]! +
        (turn(b, 17) ^ turn(b, 19) ^ b >>> 10);
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + K[i]! + words[i]! | 0;
      const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, d + one | 0, c, b, a, one + two | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => state[i]! += value);
  }
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => out.setUint32(i * 4, word));
  return new Uint8Array(out.buffer);
}

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const inner = sha256(concat([block.map((octet) => octet ^ 0x36), message]));
  return sha256(concat([block.map((octet) => octet ^ 0x5c), inner]));
}

/** HKDF-Expand-Label of TLS 1.3 with an empty context; `length` is at most 32. */
export function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  return hmacSha256(secret, concat([[0, length, name.length], name, [0, 1]].map((part) => Uint8Array.from(part))))
    .slice(0, length);
}

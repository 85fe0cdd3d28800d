// AES-128 and GCM at once, without a promise: to open what everybody can open, as QUIC's first packets. Pure.
// FIPS 197, NIST SP 800-38D. Nothing here takes care of time: not for secrets.

/** The substitution box: inverses in the field of 256 elements, turned. FIPS 197 5.1.1. */
const SBOX = substitution();

function substitution(): Uint8Array {
  const box = new Uint8Array(256);
  let p = 1, q = 1;
  do {
    // p runs through the field by threes, q through the inverses.
    p = (p ^ p << 1 ^ (p & 0x80 ? 0x11b : 0)) & 255;
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 255;
    if (q & 0x80) q ^= 0x09;
    const turn = (count: number) => (q << count | q >> 8 - count) & 255;
    box[p] = q ^ turn(1) ^ turn(2) ^ turn(3) ^ turn(4) ^ 0x63;
  } while (p !== 1);
  box[0] = 0x63;
  return box;
}

const twice = (value: number) => (value << 1 ^ (value & 0x80 ? 0x11b : 0)) & 255;

/** Encrypts single blocks of 16 octets with a key of 16 octets. */
export class Aes128 {
  readonly #keys = new Uint8Array(176);

  constructor(key: Uint8Array) {
    const keys = this.#keys;
    keys.set(key.subarray(0, 16));
    let round = 1;
    for (let at = 16; at < 176; at += 4) {
      let word = [0, 1, 2, 3].map((i) => keys[at - 4 + i]!);
      if (at % 16 === 0) {
        word = [1, 2, 3, 0].map((i) => SBOX[word[i]!]!);
        word[0]! ^= round;
        round = twice(round);
      }
      for (let i = 0; i < 4; i++) keys[at + i] = keys[at - 16 + i]! ^ word[i]!;
    }
  }

  encrypt(block: Uint8Array): Uint8Array {
    const keys = this.#keys;
    let state: Uint8Array = Uint8Array.from(block, (octet, i) => octet ^ keys[i]!);
    for (let round = 1; round <= 10; round++) {
      const next = new Uint8Array(16);
      for (let i = 0; i < 16; i++) next[i] = SBOX[state[(i + (i & 3) * 4) & 15]!]!;
      if (round < 10) {
        for (let at = 0; at < 16; at += 4) {
          const [a, b, c, d] = [next[at]!, next[at + 1]!, next[at + 2]!, next[at + 3]!];
          const all = a ^ b ^ c ^ d;
          next[at] = a ^ all ^ twice(a ^ b);
          next[at + 1] = b ^ all ^ twice(b ^ c);
          next[at + 2] = c ^ all ^ twice(c ^ d);
          next[at + 3] = d ^ all ^ twice(d ^ a);
        }
      }
      for (let i = 0; i < 16; i++) next[i]! ^= keys[round * 16 + i]!;
      state = next;
    }
    return state;
  }
}

/** The product of two elements of the field of 2^128 elements, into `x`. SP 800-38D 6.3. */
function multiply(x: Uint32Array, y: Uint32Array): void {
  let [z0, z1, z2, z3] = [0, 0, 0, 0];
  let [v0, v1, v2, v3] = [y[0]!, y[1]!, y[2]!, y[3]!];
  for (let i = 0; i < 128; i++) {
    if (x[i >> 5]! >>> 31 - (i & 31) & 1) [z0, z1, z2, z3] = [z0 ^ v0, z1 ^ v1, z2 ^ v2, z3 ^ v3];
    const low = v3 & 1;
    v3 = v3 >>> 1 | v2 << 31;
    v2 = v2 >>> 1 | v1 << 31;
    v1 = v1 >>> 1 | v0 << 31;
    v0 = v0 >>> 1 ^ (low ? 0xe1000000 : 0);
  }
  x.set([z0, z1, z2, z3]);
}

/** Opens AES-128-GCM: `sealed` ends with the tag of 16 octets. `undefined` when the tag is wrong. */
export function openGcm(
  aes: Aes128,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additional: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < 16) return undefined;
  const body = sealed.subarray(0, sealed.length - 16);
  const subkey = words(aes.encrypt(new Uint8Array(16)));
  const sum = new Uint32Array(4);
  for (const part of [additional, body]) {
    for (let at = 0; at < part.length; at += 16) {
      const block = new Uint8Array(16);
      block.set(part.subarray(at, at + 16));
      words(block).forEach((word, i) => sum[i]! ^= word);
      multiply(sum, subkey);
    }
  }
  sum[1]! ^= additional.length * 8;
  sum[3]! ^= body.length * 8;
  multiply(sum, subkey);
  const counter = new Uint8Array(16);
  counter.set(nonce.subarray(0, 12));
  const view = new DataView(counter.buffer);
  view.setUint32(12, 1);
  const mask = words(aes.encrypt(counter));
  const tag = words(sealed.slice(-16));
  if (tag.some((word, i) => (sum[i]! ^ mask[i]!) >>> 0 !== word)) return undefined;
  const out = body.slice();
  for (let at = 0; at < out.length; at += 16) {
    view.setUint32(12, 2 + at / 16);
    const stream = aes.encrypt(counter);
    for (let i = 0; i < 16 && at + i < out.length; i++) out[at + i]! ^= stream[i]!;
  }
  return out;
}

function words(block: Uint8Array): Uint32Array {
  const view = new DataView(block.buffer, block.byteOffset);
  return Uint32Array.from({ length: 4 }, (_, i) => view.getUint32(i * 4));
}

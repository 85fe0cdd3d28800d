// What protects the records of one side under one set of keys, of every version of TLS and DTLS. Pure.
// RFC 8446 5.2 (TLS 1.3), RFC 5246 6.2.3 with RFC 5288, 6655, 7905 (1.2), RFC 4346 and 2246 6.2.3 (before), RFC 7366.
import { concat, equalBytes } from "../../base/bytes.ts";
import { hmac } from "../../base/hmac.ts";
import { type BlockCipher, type Cipher, openBlocks, openSealed, tagOctets } from "../coding/crypto.ts";
import type { Protection } from "./tls_suites.ts";

/** A record without its protection: TLS 1.3 hides its type too. */
export interface OpenedRecord {
  readonly type: number;
  readonly content: Uint8Array;
}

/** Keys of one side. */
export interface SealKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  /** Of the code of each record, where the cipher makes none. */
  readonly mac: Uint8Array;
}

/** Opens the records of one side. */
export interface Seal {
  /**
   * The record number `sequence` of these keys (of DTLS: epoch and number), by its type, version and sealed octets;
   * `undefined` for what these keys do not open.
   */
  open(type: number, version: number, sequence: bigint, sealed: Uint8Array): OpenedRecord | undefined;
  /** A record that was not opened went by. */
  passed?(sealed: Uint8Array): void;
}

/** What authenticates a record beside its content. RFC 5246 6.2.3.1. */
function headOf(type: number, version: number, sequence: bigint, length: number): Uint8Array {
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setBigUint64(0, sequence);
  head[8] = type;
  view.setUint16(9, version);
  view.setUint16(11, length);
  return head;
}

/** A nonce that the number of the record is mixed into. RFC 8446 5.3, RFC 7905 2. */
function mixedNonce(iv: Uint8Array, sequence: bigint): Uint8Array {
  const nonce = iv.slice();
  for (let at = nonce.length - 1, left = sequence; left > 0n; at--, left >>= 8n) nonce[at]! ^= Number(left & 255n);
  return nonce;
}

/** TLS 1.3. */
export function modernSeal(cipher: Cipher, { key, iv }: SealKeys): Seal {
  return {
    open(type, version, sequence, sealed) {
      const head = Uint8Array.of(type, version >> 8, version & 255, sealed.length >> 8, sealed.length & 255);
      const content = openSealed(cipher, key, mixedNonce(iv, sequence), sealed, head);
      // The true type stands before zeros that fill the record up.
      let end = content?.length ?? 0;
      while (end > 0 && content![end - 1] === 0) end--;
      return end === 0 ? undefined : { type: content![end - 1]!, content: content!.subarray(0, end - 1) };
    },
  };
}

/** TLS 1.2 with a cipher that seals. */
function sealedSeal(cipher: Cipher, { key, iv }: SealKeys): Seal {
  const explicit = iv.length === 4 ? 8 : 0;
  return {
    open(type, version, sequence, sealed) {
      const length = sealed.length - explicit - tagOctets(cipher);
      if (length < 0) return undefined;
      const nonce = explicit > 0 ? concat([iv, sealed.subarray(0, explicit)]) : mixedNonce(iv, sequence);
      const head = headOf(type, version, sequence, length);
      const content = openSealed(cipher, key, nonce, sealed.subarray(explicit), head);
      return content === undefined ? undefined : { type, content };
    },
  };
}

/** No cipher, only a code of so many octets. It is not checked: the content is in clear, with secrets and without. */
export function clearSeal(code: number): Seal {
  return {
    open(type, _version, _sequence, sealed) {
      const length = sealed.length - code;
      return length < 0 ? undefined : { type, content: sealed.subarray(0, length) };
    },
  };
}

/** Blocks, and a code of the content, or of the sealed octets (`outside`: RFC 7366). `chained`: TLS 1.0. */
class BlockSeal implements Seal {
  readonly #protection: Protection;
  readonly #keys: SealKeys;
  readonly #chained: boolean;
  readonly #outside: boolean;
  /** Of TLS 1.0: the last block of the record before. */
  #iv: Uint8Array;

  constructor(protection: Protection, keys: SealKeys, chained: boolean, outside: boolean) {
    this.#protection = protection;
    this.#keys = keys;
    this.#chained = chained;
    this.#outside = outside;
    this.#iv = keys.iv;
  }

  open(type: number, version: number, sequence: bigint, sealed: Uint8Array): OpenedRecord | undefined {
    const size = this.#iv.length;
    const code = this.#keys.mac.length, body = sealed.length - (this.#outside ? code : 0);
    const coded = (octets: Uint8Array, value: Uint8Array) =>
      equalBytes(
        hmac(
          this.#protection.mac!,
          this.#keys.mac,
          concat([headOf(type, version, sequence, octets.length), octets]),
        ),
        value,
      );
    if (body < (this.#chained ? size : 2 * size)) return undefined;
    if (this.#outside && !coded(sealed.subarray(0, body), sealed.subarray(body))) return undefined;
    const iv = this.#chained ? this.#iv : sealed.subarray(0, size);
    const blocks = sealed.subarray(this.#chained ? 0 : size, body);
    const clear = openBlocks(this.#protection.cipher as BlockCipher, this.#keys.key, iv, blocks);
    if (clear === undefined) return undefined;
    const filling = clear.at(-1)! + 1, end = clear.length - filling - (this.#outside ? 0 : code);
    if (end < 0 || !clear.subarray(clear.length - filling).every((octet) => octet === filling - 1)) return undefined;
    const content = clear.subarray(0, end);
    if (!this.#outside && !coded(content, clear.subarray(end, end + code))) return undefined;
    this.passed(sealed);
    return { type, content };
  }

  passed(sealed: Uint8Array): void {
    const end = sealed.length - (this.#outside ? this.#keys.mac.length : 0);
    if (this.#chained && end >= this.#iv.length) this.#iv = sealed.slice(end - this.#iv.length, end);
  }
}

/** TLS 1.2 and before, and DTLS. `outside`: the code is made of the sealed octets (encrypt-then-MAC). */
export function olderSeal(protection: Protection, version: number, keys: SealKeys, outside: boolean): Seal {
  const { cipher } = protection;
  return cipher.endsWith("cbc")
    ? new BlockSeal(protection, keys, version === 0x0301, outside)
    : sealedSeal(cipher as Cipher, keys);
}

// TLS opened with the secrets that a client wrote down (key_log.ts). Pure.
// RFC 8446 7 (keys of TLS 1.3), RFC 5246 6.3 (of TLS 1.2), RFC 5288, RFC 7905.
// To add a cipher suite: a line in `SUITES`.
import { concat } from "../../base/bytes.ts";
import { parseHex } from "../../base/hex.ts";
import { hmac } from "../../base/hmac.ts";
import { type Cipher, expandLabel, type Hash, KEY_OCTETS, openSealed } from "../coding/crypto.ts";
import type { KeyLog } from "./key_log.ts";
import type { Side } from "../protocol.ts";

const SUITES: Readonly<Record<number, readonly [cipher: Cipher, hash: Hash]>> = {
  0x1301: ["aes-128-gcm", "sha256"],
  0x1302: ["aes-256-gcm", "sha384"],
  0x1303: ["chacha20-poly1305", "sha256"],
  0x009c: ["aes-128-gcm", "sha256"],
  0x009d: ["aes-256-gcm", "sha384"],
  0x009e: ["aes-128-gcm", "sha256"],
  0x009f: ["aes-256-gcm", "sha384"],
  0xc02b: ["aes-128-gcm", "sha256"],
  0xc02c: ["aes-256-gcm", "sha384"],
  0xc02f: ["aes-128-gcm", "sha256"],
  0xc030: ["aes-256-gcm", "sha384"],
  0xcca8: ["chacha20-poly1305", "sha256"],
  0xcca9: ["chacha20-poly1305", "sha256"],
  0xccaa: ["chacha20-poly1305", "sha256"],
};

/** P_hash: `length` octets. RFC 5246 5. */
function pseudoRandom(hash: Hash, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  let a = seed;
  for (let made = 0; made < length; made += blocks.at(-1)!.length) {
    a = hmac(hash, secret, a);
    blocks.push(hmac(hash, secret, concat([a, seed])));
  }
  return concat(blocks).slice(0, length);
}

/** What seals one side's records now. */
interface Seal {
  readonly secret: Uint8Array | undefined;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  sequence: bigint;
}

/** A record without its protection: TLS 1.3 hides its type too. */
export interface OpenedRecord {
  readonly type: number;
  readonly content: Uint8Array;
}

/** The keys of one connection. */
export class RecordKeys {
  readonly #log: KeyLog;
  #cipher: Cipher | undefined;
  #hash: Hash = "sha256";
  #modern = false;
  #random = "";
  readonly #seals: Record<Side, Seal | undefined> = { client: undefined, server: undefined };

  constructor(log: KeyLog) {
    this.#log = log;
  }

  /** Whether anything can be opened. */
  get ready(): boolean {
    return this.#seals.client !== undefined || this.#seals.server !== undefined;
  }

  /** Both hellos were seen. Randoms are hexadecimal. */
  agree(version: number, suite: number, clientRandom: string, serverRandom: string): void {
    const known = SUITES[suite];
    if (known === undefined) return;
    [this.#cipher, this.#hash] = known;
    this.#random = clientRandom;
    this.#modern = version === 0x0304;
    if (this.#modern) {
      this.#seals.client = this.#modernSeal(this.#log.find("CLIENT_HANDSHAKE_TRAFFIC_SECRET", clientRandom));
      this.#seals.server = this.#modernSeal(this.#log.find("SERVER_HANDSHAKE_TRAFFIC_SECRET", clientRandom));
      return;
    }
    const master = this.#log.find("CLIENT_RANDOM", clientRandom);
    if (version !== 0x0303 || master === undefined) return;
    const key = KEY_OCTETS[this.#cipher], iv = this.#cipher === "chacha20-poly1305" ? 12 : 4;
    const seed = concat([new TextEncoder().encode("key expansion"), parseHex(serverRandom), parseHex(clientRandom)]);
    const block = pseudoRandom(this.#hash, master, seed, 2 * (key + iv));
    const part = (at: number, length: number) => block.slice(at, at + length);
    const seal = (at: number, ivAt: number) => ({
      secret: undefined,
      key: part(at, key),
      iv: part(ivAt, iv),
      sequence: 0n,
    });
    this.#seals.client = seal(0, 2 * key);
    this.#seals.server = seal(key, 2 * key + iv);
  }

  #modernSeal(secret: Uint8Array | undefined): Seal | undefined {
    if (secret === undefined || this.#cipher === undefined) return undefined;
    return {
      secret,
      key: expandLabel(this.#hash, secret, "key", KEY_OCTETS[this.#cipher]),
      iv: expandLabel(this.#hash, secret, "iv", 12),
      sequence: 0n,
    };
  }

  /** A side's handshake ended: TLS 1.3 goes on with other keys. */
  finished(side: Side): void {
    if (!this.#modern) return;
    const label = `${side.toUpperCase()}_TRAFFIC_SECRET_0`;
    this.#seals[side] = this.#modernSeal(this.#log.find(label, this.#random));
  }

  /** A side takes its next keys. RFC 8446 7.2. */
  updated(side: Side): void {
    const secret = this.#seals[side]?.secret;
    if (!this.#modern || secret === undefined) return;
    this.#seals[side] = this.#modernSeal(expandLabel(this.#hash, secret, "traffic upd", secret.length));
  }

  /** Opens a record of a side: its type, version and sealed octets. `undefined` for what these keys do not open. */
  open(side: Side, type: number, version: number, sealed: Uint8Array): OpenedRecord | undefined {
    const seal = this.#seals[side];
    if (seal === undefined || this.#cipher === undefined) return undefined;
    const explicit = !this.#modern && seal.iv.length === 4;
    if (sealed.length < (explicit ? 24 : 16)) return undefined;
    const nonce = new Uint8Array(12);
    const sequence = new Uint8Array(8);
    new DataView(sequence.buffer).setBigUint64(0, seal.sequence);
    if (explicit) {
      nonce.set(seal.iv);
      nonce.set(sealed.subarray(0, 8), 4);
    } else {
      nonce.set(seal.iv);
      for (let i = 0; i < 8; i++) nonce[4 + i]! ^= sequence[i]!;
    }
    const body = explicit ? sealed.subarray(8) : sealed;
    const length = this.#modern ? sealed.length : body.length - 16;
    const head = Uint8Array.of(type, version >> 8, version & 255, length >> 8, length & 255);
    const additional = this.#modern ? head : concat([sequence, head]);
    const content = openSealed(this.#cipher, seal.key, nonce, body, additional);
    if (content === undefined) return undefined;
    seal.sequence++;
    if (!this.#modern) return { type, content };
    // The true type stands before zeros that fill the record up.
    let end = content.length;
    while (end > 0 && content[end - 1] === 0) end--;
    return end === 0 ? undefined : { type: content[end - 1]!, content: content.subarray(0, end - 1) };
  }
}

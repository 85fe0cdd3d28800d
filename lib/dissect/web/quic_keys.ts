// QUIC's packets opened: Initial ones by keys that stand in the first of them, others by secrets of a key log. Pure.
// RFC 9001 5 and 6, RFC 9369 3; packet numbers: RFC 9000 A.3.
import { concat } from "../../base/bytes.ts";
import { parseHex } from "../../base/hex.ts";
import { hmac } from "../../base/hmac.ts";
import {
  type Cipher,
  encryptBlock,
  expandLabel,
  type Hash,
  keyOctets,
  maskChaCha,
  openSealed,
} from "../coding/crypto.ts";
import type { Side } from "../protocol.ts";
import type { KeyLog } from "../security/key_log.ts";
import type { TlsState } from "../security/tls_names.ts";
import { protectionOf } from "../security/tls_suites.ts";

/** Salts by version, and what stands before the names of keys. RFC 9001 5.2, RFC 9369 3.3. */
const SALTS: Readonly<Record<number, readonly [salt: string, labels: string]>> = {
  1: ["38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic"],
  0x6b3343cf: ["0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2"],
};
/** Drafts 29 to 32. */
const DRAFT_SALT = "afbfec289993d24c9e9786f19c6111e04390a899";
/** Octets of one packet that are opened at most. */
const PACKET_LIMIT = 16 * 1024;
/** Suites that data before the handshake's end may have. */
const EARLY_SUITES = [0x1301, 0x1302, 0x1303];

/** What protects a packet, by its kind. */
export type Level = "Initial" | "0-RTT" | "Handshake" | "1-RTT";

/** Keys of one side for one kind of packets. */
interface Keys {
  readonly cipher: Cipher;
  readonly hash: Hash;
  readonly labels: string;
  readonly secret: Uint8Array;
  readonly packet: Uint8Array;
  readonly iv: Uint8Array;
  /** The header's key stays when the others change. */
  readonly header: Uint8Array;
}

/** A packet without its protection. */
export interface Opened {
  /** The first octet as it was before. */
  readonly first: number;
  readonly number: number;
  /** Octets of the packet number. */
  readonly size: number;
  readonly payload: Uint8Array;
}

function makeKeys(cipher: Cipher, hash: Hash, labels: string, secret: Uint8Array, header?: Uint8Array): Keys {
  const size = keyOctets(cipher);
  return {
    cipher,
    hash,
    labels,
    secret,
    packet: expandLabel(hash, secret, `${labels} key`, size),
    iv: expandLabel(hash, secret, `${labels} iv`, 12),
    header: header ?? expandLabel(hash, secret, `${labels} hp`, size),
  };
}

/** RFC 9001 6.1. */
function updatedKeys({ cipher, hash, labels, secret, header }: Keys): Keys {
  return makeKeys(cipher, hash, labels, expandLabel(hash, secret, `${labels} ku`, secret.length), header);
}

/** What stands before the names of keys, and the salt, of a version that is known. */
function wordsOf(version: number): readonly [salt: string, labels: string] | undefined {
  const draft = version >>> 8 === 0xff0000 && (version & 255) >= 29 && (version & 255) <= 32;
  return SALTS[version] ?? (draft ? [DRAFT_SALT, "quic"] : undefined);
}

function initialKeys(version: number, id: Uint8Array, side: Side): Keys | undefined {
  const words = wordsOf(version);
  if (words === undefined) return undefined;
  const secret = expandLabel("sha256", hmac("sha256", parseHex(words[0]), id), `${side} in`, 32);
  return makeKeys("aes-128-gcm", "sha256", words[1], secret);
}

/** A header without its protection. */
interface Header {
  readonly first: number;
  readonly size: number;
  readonly number: number;
  /** The header in clear, packet number and all. */
  readonly clear: Uint8Array;
}

/** RFC 9001 5.4. `largest`: the greatest packet number before. */
function unmasked(keys: Keys, head: Uint8Array, rest: Uint8Array, largest: number): Header {
  const sample = rest.subarray(4, 20);
  const mask = keys.cipher === "chacha20-poly1305"
    ? maskChaCha(keys.header, sample)
    : encryptBlock(keys.header, sample);
  const first = head[0]! ^ mask[0]! & (head[0]! & 0x80 ? 15 : 31);
  const size = (first & 3) + 1;
  const shown = rest.subarray(0, size).map((octet, i) => octet ^ mask[1 + i]!);
  const clear = concat([head, shown]);
  clear[0] = first;
  const window = 256 ** size, expected = largest + 1;
  let number = shown.reduce((value, octet) => value * 256 + octet, 0) + Math.floor(expected / window) * window;
  if (number <= expected - window / 2) number += window;
  else if (number > expected + window / 2 && number >= window) number -= window;
  return { first, size, number, clear };
}

/** RFC 9001 5.3. */
function openWith(keys: Keys, { first, size, number, clear }: Header, rest: Uint8Array): Opened | undefined {
  const nonce = keys.iv.slice();
  for (let i = 0, left = number; i < 7; i++, left = Math.floor(left / 256)) nonce[11 - i]! ^= left & 255;
  const payload = openSealed(keys.cipher, keys.packet, nonce, rest.subarray(size), clear);
  return payload === undefined ? undefined : { first, number, size, payload };
}

/** The keys of one connection, and the packet numbers that they saw. */
export class PacketKeys {
  /** What the Initial packets' keys are made of. */
  #id: Uint8Array | undefined;
  #version = 0;
  readonly #keys = new Map<string, Keys | undefined>();
  readonly #largest = new Map<string, number>();
  /** The keys of 1-RTT before those in use, and which bit says those in use. */
  readonly #before = new Map<Side, Keys>();
  readonly #phase: Record<Side, number> = { client: 0, server: 0 };

  /**
   * Opens a packet of a side: `head` are its octets up to the packet number, `rest` those from there on. `id` is the
   * destination that it names. `undefined` for what no keys open.
   */
  open(
    level: Level,
    version: number,
    side: Side,
    id: Uint8Array,
    head: Uint8Array,
    rest: Uint8Array,
    state: TlsState,
    log?: KeyLog,
  ): Opened | undefined {
    if (rest.length < 20 || rest.length > PACKET_LIMIT) return undefined;
    if (level === "Initial") return this.#initial(version, side, id, head, rest);
    for (const keys of this.#logged(level, version, side, state, log)) {
      const space = `${side} ${level === "Handshake" ? level : "data"}`;
      const header = unmasked(keys, head, rest, this.#largest.get(space) ?? -1);
      const opened = level === "1-RTT" ? this.#inPhase(side, keys, header, rest) : openWith(keys, header, rest);
      if (opened === undefined) continue;
      this.#largest.set(space, Math.max(opened.number, this.#largest.get(space) ?? -1));
      if (!this.#keys.has(`${side} ${level}`)) this.#keys.set(`${side} ${level}`, keys);
      return opened;
    }
    return undefined;
  }

  #initial(version: number, side: Side, id: Uint8Array, head: Uint8Array, rest: Uint8Array): Opened | undefined {
    const attempt = (keys: Keys | undefined) =>
      keys === undefined ? undefined : openWith(keys, unmasked(keys, head, rest, -1), rest);
    if (this.#id !== undefined && this.#version === version) {
      if (!this.#keys.has(side)) this.#keys.set(side, initialKeys(version, this.#id, side));
      const opened = attempt(this.#keys.get(side));
      if (opened !== undefined) return opened;
    }
    if (side === "server" && this.#id !== undefined) return undefined;
    const keys = initialKeys(version, id, "client");
    const opened = attempt(keys);
    if (opened === undefined) return undefined;
    [this.#id, this.#version] = [id.slice(), version];
    this.#keys.clear();
    this.#keys.set("client", keys);
    return opened;
  }

  /** Keys that a key log may give, or those that were right before. */
  #logged(level: Level, version: number, side: Side, state: TlsState, log: KeyLog | undefined): Keys[] {
    const known = this.#keys.get(`${side} ${level}`);
    if (known !== undefined) return [known];
    const { clientRandom, suite } = state;
    const labels = wordsOf(version)?.[1];
    if (log === undefined || clientRandom === undefined || labels === undefined) return [];
    const name = level === "0-RTT"
      ? "CLIENT_EARLY_TRAFFIC_SECRET"
      : `${side.toUpperCase()}_${level === "Handshake" ? "HANDSHAKE_TRAFFIC_SECRET" : "TRAFFIC_SECRET_0"}`;
    const secret = log.find(name, clientRandom);
    if (secret === undefined) return [];
    return (suite === undefined ? EARLY_SUITES : [suite]).flatMap((suite) => {
      const protection = protectionOf(suite);
      if (protection === undefined || secret.length !== (protection.hash === "sha384" ? 48 : 32)) return [];
      return [makeKeys(protection.cipher as Cipher, protection.hash, labels, secret)];
    });
  }

  /** A bit of the header says that a side went on with its next keys. RFC 9001 6. */
  #inPhase(side: Side, keys: Keys, header: Header, rest: Uint8Array): Opened | undefined {
    const phase = header.first >> 2 & 1;
    if (phase === this.#phase[side]) return openWith(keys, header, rest);
    const late = this.#before.get(side);
    const opened = late === undefined ? undefined : openWith(late, header, rest);
    if (opened !== undefined) return opened;
    const next = updatedKeys(keys);
    const fresh = openWith(next, header, rest);
    if (fresh === undefined) return undefined;
    this.#before.set(side, keys);
    this.#keys.set(`${side} 1-RTT`, next);
    this.#phase[side] = phase;
    return fresh;
  }
}

// The keys of a TLS connection from the secrets that somebody wrote down (key_log.ts), and which of them are in use. Pure.
// RFC 8446 7 (TLS 1.3), RFC 5246 5, 6.3 and 8.1 (1.2), RFC 2246 5 (before), RFC 7627.
import { concat } from "../../base/bytes.ts";
import { parseHex } from "../../base/hex.ts";
import { type HashName, hmac } from "../../base/hmac.ts";
import { type Cipher, digest, expandLabel, type Hash, keyOctets } from "../coding/crypto.ts";
import type { KeyLog } from "./key_log.ts";
import type { Side } from "../protocol.ts";
import type { TlsState } from "./tls_names.ts";
import { clearSeal, modernSeal, olderSeal, type OpenedRecord, type Seal } from "./tls_seal.ts";
import { type Protection, protectionOf } from "./tls_suites.ts";

/** Records that may be missing in front of one: its number is found by trying. */
const MISSING_LIMIT = 128;
/** Tries that find nothing, for each side: keys that do not fit must not cost more. */
const TRY_LIMIT = 4096;
/** Keys whose records may be missing: those in use and the next. */
const SEARCHED = 2;
/** Keys after those in use that are tried. */
const AHEAD_LIMIT = 7;
const MAC_OCTETS: Readonly<Partial<Record<HashName, number>>> = { md5: 16, sha1: 20, sha256: 32, sha384: 48 };
/** Suites that data before the handshake's end may have: the server names its one later. */
const EARLY_SUITES = [0x1301, 0x1302, 0x1303, 0x1304, 0x1305];

/** P_hash: `length` octets. RFC 5246 5. */
function spread(hash: HashName, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  let a = seed;
  for (let made = 0; made < length; made += blocks.at(-1)!.length) {
    a = hmac(hash, secret, a);
    blocks.push(hmac(hash, secret, concat([a, seed])));
  }
  return concat(blocks).slice(0, length);
}

/** Whether TLS 1.2, and DTLS 1.2. */
const isLatest = (version: number) => version === 0x0303 || version === 0xfefd;

/** The pseudorandom function of TLS 1.2 and before. */
function pseudoRandom(
  version: number,
  hash: Hash,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const whole = concat([new TextEncoder().encode(label), seed]);
  if (isLatest(version)) return spread(hash, secret, whole, length);
  const half = Math.ceil(secret.length / 2);
  const other = spread("sha1", secret.subarray(-half), whole, length);
  return spread("md5", secret.subarray(0, half), whole, length).map((octet, i) => octet ^ other[i]!);
}

/** Keys that a side uses one after the other: made when they are needed first. */
class Stage {
  readonly #make: () => Seal | undefined;
  #seal: Seal | undefined;
  /** Of the next record. */
  sequence = 0n;
  /** The keys after these, where they follow from them and these are known. */
  readonly next: (() => Stage) | undefined;

  constructor(make: () => Seal | undefined, next?: () => Stage) {
    this.#make = make;
    this.next = next;
  }

  get seal(): Seal | undefined {
    return this.#seal ??= this.#make();
  }
}

/** The keys of one connection. */
export class RecordKeys {
  readonly #log: KeyLog;
  /** Keys in use, and those that will follow. */
  readonly #stages: Record<Side, Stage[]> = { client: [], server: [] };
  readonly #tries: Record<Side, number> = { client: 0, server: 0 };

  constructor(log: KeyLog) {
    this.#log = log;
  }

  /** A ClientHello with this random was seen: data may follow at once (RFC 8446 2.3). */
  greeted(random: string): void {
    const secret = this.#log.find("CLIENT_EARLY_TRAFFIC_SECRET", random);
    if (secret === undefined || this.#stages.client.length > 0) return;
    for (const suite of EARLY_SUITES) {
      const protection = protectionOf(suite)!;
      if (secret.length === MAC_OCTETS[protection.hash]) this.#stages.client.push(modern(protection, () => secret));
    }
  }

  /** TLS 1.3: both hellos were seen. */
  agreed({ suite = 0, clientRandom = "" }: TlsState): void {
    const protection = protectionOf(suite);
    if (protection === undefined) return;
    for (const side of ["client", "server"] as const) {
      for (const label of ["HANDSHAKE_TRAFFIC_SECRET", "TRAFFIC_SECRET_0"]) {
        const name = `${side.toUpperCase()}_${label}`;
        this.#stages[side].push(modern(protection, () => this.#log.find(name, clientRandom), label.endsWith("0")));
      }
    }
  }

  /** TLS 1.2 and before: a side takes the keys that were agreed on. `transcript`: the handshake up to the client's key. */
  changed(side: Side, state: TlsState, transcript: readonly Uint8Array[]): void {
    const now = { ...state };
    this.#stages[side] = [new Stage(() => this.#older(side, now, transcript))];
  }

  #older(side: Side, state: TlsState, transcript: readonly Uint8Array[]): Seal | undefined {
    const { version, suite = 0, clientRandom, serverRandom } = state;
    const protection = protectionOf(suite);
    if (protection === undefined || clientRandom === undefined || serverRandom === undefined) return undefined;
    if (version < 0x0301 || version === 0x0304) return undefined;
    const code = protection.mac === undefined ? 0 : MAC_OCTETS[protection.mac]!;
    const { cipher } = protection;
    if (cipher === "none") return clearSeal(code);
    const master = this.#master(state, protection.hash, transcript);
    if (master === undefined) return undefined;
    const key = keyOctets(cipher);
    const iv = cipher === "chacha20-poly1305" ? 12 : cipher === "des-ede3-cbc" ? 8 : cipher.endsWith("cbc") ? 16 : 4;
    const seed = concat([parseHex(serverRandom), parseHex(clientRandom)]);
    const block = pseudoRandom(version, protection.hash, master, "key expansion", seed, 2 * (code + key + iv));
    let at = 0;
    /** The client's part stands before the server's. */
    const part = (length: number) => {
      const start = at + (side === "client" ? 0 : length);
      at += 2 * length;
      return block.slice(start, start + length);
    };
    const keys = { mac: part(code), key: part(key), iv: part(iv) };
    return olderSeal(protection, version, keys, state.encryptThenMac === true);
  }

  /** The master secret: written down, of a session that goes on, or made of the premaster secret. */
  #master(state: TlsState, hash: Hash, transcript: readonly Uint8Array[]): Uint8Array | undefined {
    const { version, clientRandom = "", serverRandom = "", sessionId = "", ticket, clientKey } = state;
    const log = this.#log;
    const sessions = [`SESSION_ID ${sessionId}`, ...(ticket === undefined ? [] : [`TICKET ${ticket}`])];
    let master = log.find("CLIENT_RANDOM", clientRandom);
    const premaster = clientKey === undefined ? undefined : log.premaster(clientRandom, clientKey);
    if (master === undefined && premaster !== undefined) {
      const [label, seed] = state.extendedMaster !== true
        ? ["master secret", concat([parseHex(clientRandom), parseHex(serverRandom)])]
        : ["extended master secret", sessionHash(version, hash, concat(transcript))];
      master = pseudoRandom(version, hash, premaster, label, seed, 48);
    }
    if (master === undefined && clientKey === undefined) {
      master = sessions.map((session) => log.session(session)).find((found) => found !== undefined);
    }
    if (master !== undefined && sessionId !== "") log.remember(`SESSION_ID ${sessionId}`, master);
    if (master !== undefined && state.newTicket !== undefined) log.remember(`TICKET ${state.newTicket}`, master);
    return master;
  }

  /**
   * Opens a record of a side: its type, version and sealed octets. `undefined` for what these keys do not open. In DTLS
   * records say their number (`sequence`); in TLS they are counted, and those that a capture lost are found out.
   */
  open(side: Side, type: number, version: number, sealed: Uint8Array, sequence?: bigint): OpenedRecord | undefined {
    const stages = this.#stages[side].slice(0, AHEAD_LIMIT);
    const last = stages.at(-1);
    if (stages.length < 3 && last?.next !== undefined && last.seal !== undefined) {
      this.#stages[side].push(last.next());
      stages.push(this.#stages[side].at(-1)!);
    }
    const attempt = (stage: Stage, number: bigint) => {
      const opened = stage.seal?.open(type, version, number, sealed);
      if (opened === undefined) return undefined;
      const all = this.#stages[side];
      all.splice(0, all.indexOf(stage));
      stage.sequence = number + 1n;
      this.#tries[side] = 0;
      return opened;
    };
    for (const stage of stages) {
      const opened = attempt(stage, sequence ?? stage.sequence);
      if (opened !== undefined) return opened;
    }
    for (const stage of sequence === undefined ? stages.slice(0, SEARCHED) : []) {
      for (let ahead = 1; ahead <= MISSING_LIMIT && stage.seal !== undefined; ahead++) {
        if (++this.#tries[side] > TRY_LIMIT) break;
        const opened = attempt(stage, stage.sequence + BigInt(ahead));
        if (opened !== undefined) return opened;
      }
    }
    for (const stage of stages) stage.seal?.passed?.(sealed);
    return undefined;
  }
}

/** Keys of TLS 1.3 from a secret; `updates`: more follow from them (RFC 8446 7.2). */
function modern({ cipher, hash }: Protection, secret: () => Uint8Array | undefined, updates = false): Stage {
  const make = () => {
    const known = secret();
    if (known === undefined) return undefined;
    const key = expandLabel(hash, known, "key", keyOctets(cipher as Cipher));
    return modernSeal(cipher as Cipher, { key, iv: expandLabel(hash, known, "iv", 12), mac: new Uint8Array(0) });
  };
  const next = () => {
    const known = secret()!;
    const following = expandLabel(hash, known, "traffic upd", known.length);
    return modern({ cipher, hash }, () => following, true);
  };
  return new Stage(make, updates ? next : undefined);
}

/** RFC 7627 3. */
function sessionHash(version: number, hash: Hash, transcript: Uint8Array): Uint8Array {
  if (isLatest(version)) return digest(hash, transcript);
  return concat([digest("md5", transcript), digest("sha1", transcript)]);
}

// TSIG: messages signed with a shared secret (RFC 8945), also over the many messages of a transfer. Pure.
// To add an algorithm: a line in `TSIG_ALGORITHMS`.
import { concat, equalInConstantTime } from "../base/bytes.ts";
import { FormatError } from "../base/errors.ts";
import { type HashName, hmac } from "../base/hmac.ts";
import { ByteWriter } from "../base/writer.ts";
import { parseMessage } from "./message.ts";
import { DnsName, parseName } from "./name.ts";
import { rdataOf } from "./rdata.ts";
import type { ResourceRecord } from "./model.ts";
import type { MessageSigner, SignedMessage, TsigResult, TsigVerifier } from "./signer.ts";
import { CLASS, TYPE } from "./types.ts";

export interface TsigAlgorithm {
  /** "hmac-sha256", as dig's `-y` takes it. */
  readonly name: string;
  /** The algorithm name on the wire. */
  readonly wireName: DnsName;
  /** Octets of the whole digest. */
  readonly length: number;
  readonly hash: HashName;
}

/** A key: what `-y [algorithm:]name:secret` and key files hold. */
export interface TsigKey {
  readonly name: DnsName;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
  /** Bits of the digest that are sent (hmac-sha256-128); default all. */
  readonly digestBits?: number;
}

/** Algorithms (RFC 8945 6): word, name on the wire, octets, hash. */
export const TSIG_ALGORITHMS: readonly TsigAlgorithm[] = ([
  ["hmac-md5", "hmac-md5.sig-alg.reg.int.", 16, "md5"],
  ["hmac-sha1", "hmac-sha1.", 20, "sha1"],
  ["hmac-sha224", "hmac-sha224.", 28, "sha224"],
  ["hmac-sha256", "hmac-sha256.", 32, "sha256"],
  ["hmac-sha384", "hmac-sha384.", 48, "sha384"],
  ["hmac-sha512", "hmac-sha512.", 64, "sha512"],
] as const).map(([name, wireName, length, hash]) => ({ name, wireName: parseName(wireName), length, hash }));

/** The algorithm that a word (`hmac-sha256`, `hmac-md5`, any case) or a wire name's text spells, or undefined. */
export function tsigAlgorithm(text: string): TsigAlgorithm | undefined {
  const lower = text.toLowerCase().replace(/\.$/, "");
  return TSIG_ALGORITHMS.find(({ name, wireName }) => name === lower || wireName.withoutDot() === lower);
}

export interface SignOptions {
  /** Seconds since 1970. */
  readonly time: number;
  /** Seconds of tolerated clock difference. Default 300. */
  readonly fudge?: number;
  /** For answers: the query's code. */
  readonly requestMac?: Uint8Array;
}

/** Lower case of a name's wire form: names are digested in canonical form (RFC 8945 4.3.3). */
function canonical(name: DnsName): Uint8Array {
  return name.wire.map((octet) => octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet);
}

/** What a signature says beside its code. */
interface Variables {
  readonly time: number;
  readonly fudge: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/** The TSIG record's part of what is digested: all of it, or in the later messages of a transfer the times alone. */
function variablesOctets(key: TsigKey, variables: Variables, timersOnly: boolean): Uint8Array {
  const writer = new ByteWriter(64);
  if (!timersOnly) {
    writer.bytes(canonical(key.name)).u16(CLASS.ANY).u32(0).bytes(canonical(key.algorithm.wireName));
  }
  writer.u48(variables.time).u16(variables.fudge);
  if (!timersOnly) writer.u16(variables.error).u16(variables.other.length).bytes(variables.other);
  return writer.take();
}

/** A code behind its length, as it is digested before the next message. */
function macOctets(mac: Uint8Array): Uint8Array {
  return new ByteWriter(mac.length + 2).u16(mac.length).bytes(mac).take();
}

function sentLength(key: TsigKey): number {
  const bits = key.digestBits ?? 0;
  return bits === 0 ? key.algorithm.length : Math.min(key.algorithm.length, Math.ceil(bits / 8));
}

/** Signs an encoded message that has no TSIG yet. */
export function signMessage(bytes: Uint8Array, key: TsigKey, options: SignOptions): SignedMessage {
  const none = new Uint8Array(0);
  const variables: Variables = { time: options.time, fudge: options.fudge ?? 300, error: 0, other: none };
  const before = options.requestMac === undefined ? none : macOctets(options.requestMac);
  const whole = hmac(
    key.algorithm.hash,
    key.secret,
    concat([before, bytes, variablesOctets(key, variables, false)]),
  );
  const mac = whole.subarray(0, sentLength(key));
  const rdata = rdataOf(TYPE.TSIG, CLASS.ANY, {
    algorithm: key.algorithm.wireName,
    timeSigned: variables.time,
    fudge: variables.fudge,
    mac,
    originalId: (bytes[0]! << 8) | bytes[1]!,
    error: 0,
    otherData: none,
  });
  const writer = new ByteWriter(bytes.length + 128).bytes(bytes);
  writer.bytes(key.name.wire).u16(TYPE.TSIG).u16(CLASS.ANY).u32(0).u16(rdata.wire.length).bytes(rdata.wire);
  writer.patchU16(10, ((bytes[10]! << 8) | bytes[11]!) + 1);
  return { bytes: writer.take(), mac };
}

/** Messages without a signature that may stand between two signed ones (RFC 8945 5.3.1). */
const MOST_UNSIGNED = 99;

/** The message as it was before it was signed: without its TSIG, with its first id (RFC 8945 4.3.2). */
function unsigned(bytes: Uint8Array, record: ResourceRecord, originalId: number): Uint8Array {
  const message = bytes.slice(0, record.place!.offset);
  const count = ((message[10]! << 8) | message[11]!) - 1;
  message[0] = originalId >> 8;
  message[1] = originalId & 0xff;
  message[10] = count >> 8;
  message[11] = count & 0xff;
  return message;
}

class Verifier implements TsigVerifier {
  readonly #key: TsigKey;
  /** The code of the query, then of the last signed answer. */
  #mac: Uint8Array;
  #first = true;
  /** Messages since the last signed one. */
  #between: Uint8Array[] = [];
  error = 0;

  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key;
    this.#mac = requestMac;
  }

  verify(bytes: Uint8Array, now: number, last: boolean): TsigResult {
    let record: ResourceRecord | undefined;
    try {
      record = parseMessage(bytes, { strict: false, bestEffort: true, ignoreTruncation: true }).tsig;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return "FORMERR";
    }
    if (record === undefined) {
      if (this.#first || last || this.#between.length >= MOST_UNSIGNED) return "expected a TSIG or SIG(0)";
      this.#between.push(bytes);
      return "ok";
    }
    return this.#judge(bytes, record, now);
  }

  #judge(bytes: Uint8Array, record: ResourceRecord, now: number): TsigResult {
    const key = this.#key;
    let words;
    try {
      words = record.rdata.values;
    } catch {
      return "FORMERR";
    }
    const algorithm = words.algorithm as DnsName, mac = words.mac as Uint8Array;
    const time = words.timeSigned as number, fudge = words.fudge as number;
    const variables: Variables = { time, fudge, error: words.error as number, other: words.otherData as Uint8Array };
    this.error = variables.error;
    if (!record.name.equals(key.name) || !algorithm.equals(key.algorithm.wireName)) return "tsig verify failure";
    const whole = key.algorithm.length;
    if (mac.length > whole) return "FORMERR";
    if (mac.length > 0 && (mac.length < 10 || mac.length < Math.ceil(whole / 2))) return "FORMERR";
    if (mac.length > 0) {
      const message = unsigned(bytes, record, words.originalId as number);
      const octets = concat([
        macOctets(this.#mac),
        ...this.#between,
        message,
        variablesOctets(key, variables, !this.#first),
      ]);
      const expected = hmac(key.algorithm.hash, key.secret, octets);
      if (!equalInConstantTime(expected.subarray(0, mac.length), mac)) return "tsig verify failure";
    } else if (variables.error !== 16 && variables.error !== 17) return "tsig verify failure";
    this.#first = false;
    this.#mac = mac;
    this.#between = [];
    if (now > time + fudge || now < time - fudge) return "clocks are unsynchronized";
    // A code shorter than what was agreed on: BADTRUNC.
    if (mac.length > 0 && mac.length < sentLength(key)) return "tsig indicates error";
    return variables.error === 0 ? "ok" : "tsig indicates error";
  }
}

/** A verifier of the answers to the query whose code is `requestMac`. */
export function tsigVerifier(key: TsigKey, requestMac: Uint8Array): TsigVerifier {
  return new Verifier(key, requestMac);
}

/** Signs questions with a shared secret, and verifies their answers. */
export function tsigSigner(key: TsigKey): MessageSigner {
  return {
    length: key.name.wire.length + 10 + key.algorithm.wireName.wire.length + 16 + sentLength(key),
    sign: async (bytes, time) => signMessage(bytes, key, { time }),
    verifier: (mac) => tsigVerifier(key, mac),
  };
}

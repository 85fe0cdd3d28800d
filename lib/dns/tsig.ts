// TSIG: messages signed with a shared secret (RFC 8945), also over the many messages of a transfer. Pure.
// To add an algorithm: a line in `TSIG_ALGORITHMS`.
import { concat, equalInConstantTime } from "../base/bytes.ts";
import { type HashName, hmacOnce } from "../base/hmac.ts";
import { ByteWriter } from "../base/writer.ts";
import { type DnsName, parseName } from "./name.ts";
import { rdataOf } from "./rdata.ts";
import type { DnsMessage, ResourceRecord } from "./model.ts";
import type { MessageSigner, SignedMessage, TsigResult, TsigVerifier } from "./signer.ts";
import { CLASS, TYPE } from "./types.ts";

/** An algorithm that messages are signed with (RFC 8945 6). */
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

/** What a signature depends on besides the message. */
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
  /** Of the record: 0 unless somebody changed it. */
  readonly ttl: number;
}

/** The TSIG record's part of what is digested: all of it, or in the later messages of a transfer the times alone. */
function variablesOctets(key: TsigKey, variables: Variables, timersOnly: boolean): Uint8Array {
  const writer = new ByteWriter(64);
  if (!timersOnly) {
    writer.bytes(canonical(key.name)).u16(CLASS.ANY).u32(variables.ttl).bytes(canonical(key.algorithm.wireName));
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
export async function signMessage(bytes: Uint8Array, key: TsigKey, options: SignOptions): Promise<SignedMessage> {
  const none = new Uint8Array(0);
  const variables: Variables = { time: options.time, fudge: options.fudge ?? 300, error: 0, other: none, ttl: 0 };
  const before = options.requestMac === undefined ? none : macOctets(options.requestMac);
  const whole = await hmacOnce(
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

/** The words of a TSIG record (RFC 8945 4.2). */
interface Signature extends Variables {
  readonly algorithm: DnsName;
  readonly mac: Uint8Array;
  readonly originalId: number;
}

function signatureOf({ rdata: { values }, ttl }: ResourceRecord): Signature {
  return {
    algorithm: values.algorithm as DnsName,
    mac: values.mac as Uint8Array,
    originalId: values.originalId as number,
    time: values.timeSigned as number,
    fudge: values.fudge as number,
    error: values.error as number,
    other: values.otherData as Uint8Array,
    ttl,
  };
}

const BADSIG = 16, BADKEY = 17, BADTIME = 18;

class Verifier implements TsigVerifier {
  readonly #key: TsigKey;
  /** What the query was signed with. */
  readonly #asked: Pick<Signature, "algorithm" | "mac">;
  /** What the last message was signed with, right or wrong: nothing when it was not. */
  #prior: Pick<Signature, "algorithm" | "mac"> | undefined;
  #first = true;
  /** What the next signature is over: a code behind its length, and messages without a signature since. */
  #running: Uint8Array[] | undefined;

  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key;
    this.#asked = { algorithm: key.algorithm.wireName, mac: requestMac };
  }

  get open(): boolean {
    return this.#running !== undefined;
  }

  async verify(message: DnsMessage, now: number): Promise<TsigResult> {
    const signature = message.tsig === undefined ? undefined : signatureOf(message.tsig);
    const result =
      await (this.#first ? this.#judgeFirst(message, signature, now) : this.#judgeNext(message, signature, now));
    this.#first = false;
    this.#prior = signature;
    return result;
  }

  /** The first message: all of the TSIG record is signed, the query's code before everything. */
  async #judgeFirst(message: DnsMessage, signature: Signature | undefined, now: number): Promise<TsigResult> {
    if (signature === undefined) return "expected a TSIG or SIG(0)";
    // What is no answer is judged as a question would be.
    const wrong = (message.qr ? this.#wrongKey(message, signature, this.#asked) : undefined) ??
      this.#wrongLength(signature);
    if (wrong !== undefined) return wrong;
    if (signature.mac.length === 0) {
      if (!message.qr || (signature.error !== BADSIG && signature.error !== BADKEY)) return "tsig verify failure";
    } else {
      const before = message.qr ? [macOctets(this.#asked.mac)] : [];
      if (!await this.#fits(message, signature, before, false)) return "tsig verify failure";
    }
    return this.#wrongTime(signature, now) ?? (message.qr ? errorWords(signature) : undefined) ?? "ok";
  }

  /** A later message of a transfer: the last code, what came without a signature since, and the times are signed. */
  async #judgeNext(message: DnsMessage, signature: Signature | undefined, now: number): Promise<TsigResult> {
    if (!message.qr) return "expected a response";
    const prior = this.#prior ?? this.#asked;
    const wrong = signature && (this.#wrongKey(message, signature, prior) ?? this.#wrongLength(signature));
    if (wrong !== undefined) return wrong;
    const before = this.#running ?? [macOctets(prior.mac)];
    this.#running = undefined;
    if (signature === undefined) {
      if (before.length > MOST_UNSIGNED) return "expected a TSIG or SIG(0)";
      this.#running = [...before, message.octets!];
      return "ok";
    }
    if (signature.mac.length === 0) return errorWords(signature) ?? "tsig verify failure";
    if (!await this.#fits(message, signature, before, true)) return "tsig verify failure";
    return this.#wrongTime(signature, now) ?? errorWords(signature) ?? "ok";
  }

  #wrongKey(
    { tsig }: DnsMessage,
    { algorithm }: Signature,
    agreed: Pick<Signature, "algorithm">,
  ): TsigResult | undefined {
    const same = tsig!.name.equals(this.#key.name) && algorithm.equals(agreed.algorithm);
    return same ? undefined : "tsig verify failure";
  }

  #wrongLength({ mac }: Signature): TsigResult | undefined {
    const { length } = this.#key.algorithm;
    const short = mac.length > 0 && (mac.length < 10 || mac.length < Math.ceil(length / 2));
    return mac.length > length || short ? "FORMERR" : undefined;
  }

  /** Whether the code is that of the message with what stood before it. */
  async #fits(
    message: DnsMessage,
    signature: Signature,
    before: readonly Uint8Array[],
    timersOnly: boolean,
  ): Promise<boolean> {
    const key = this.#key;
    const octets = concat([
      ...before,
      unsigned(message.octets!, message.tsig!, signature.originalId),
      variablesOctets(key, signature, timersOnly),
    ]);
    const { length } = signature.mac;
    const mac = await hmacOnce(key.algorithm.hash, key.secret, octets);
    return equalInConstantTime(mac.subarray(0, length), signature.mac);
  }

  #wrongTime({ time, fudge, mac }: Signature, now: number): TsigResult | undefined {
    if (now > time + fudge || now < time - fudge) return "clocks are unsynchronized";
    // A code shorter than what was agreed on: BADTRUNC.
    return mac.length > 0 && mac.length < sentLength(this.#key) ? "tsig verify failure" : undefined;
  }
}

function errorWords({ error }: Signature): TsigResult | undefined {
  if (error === 0) return undefined;
  return error === BADTIME ? "clocks are unsynchronized" : "tsig indicates error";
}

/** A verifier of the answers to the query whose code is `requestMac`. */
export function tsigVerifier(key: TsigKey, requestMac: Uint8Array): TsigVerifier {
  return new Verifier(key, requestMac);
}

/** Signs questions with a shared secret, and verifies their answers. */
export function tsigSigner(key: TsigKey): MessageSigner {
  return {
    length: key.name.wire.length + 10 + key.algorithm.wireName.wire.length + 16 + sentLength(key),
    sign: (bytes, time) => signMessage(bytes, key, { time }),
    verifier: (mac) => tsigVerifier(key, mac),
  };
}

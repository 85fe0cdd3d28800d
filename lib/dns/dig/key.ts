// Keys of `-y` and of K*.key/K*.private pairs. Pure: files come as text.
import { FormatError } from "../../base/errors.ts";
import { latin1 } from "../../base/bytes.ts";
import { DnsFormatError, reasonOf } from "../errors.ts";
import { type DnsName, parseName } from "../name.ts";
import { parseRdata } from "../rdata_text.ts";
import { keyTag } from "../records/key.ts";
import { tsigAlgorithm, type TsigKey } from "../tsig.ts";
import { CLASS, TYPE } from "../types.ts";
import type { OctetText } from "./settings.ts";

/** Octets of strict base64, white space allowed; a `FormatError` for anything else. */
function base64(text: OctetText): Uint8Array {
  const digits = text.replace(/[ \t\r\n]/g, "");
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) throw new FormatError("bad base64 encoding");
  const octets = latin1(atob(digits));
  // Bits that no octet takes must be zero.
  if (btoa(String.fromCharCode(...octets)) !== digits) throw new FormatError("bad base64 encoding");
  return octets;
}

/** The key of `name`, `secret` (base64) and algorithm word; what is wrong with it in dig's words otherwise. */
export function textKey(name: OctetText, secret: OctetText, word: string | undefined, bits: number): TsigKey | string {
  let octets: Uint8Array;
  try {
    octets = base64(secret);
  } catch {
    return "bad base64 encoding";
  }
  const algorithm = word === undefined ? undefined : tsigAlgorithm(word);
  if (algorithm === undefined) return "algorithm is unsupported";
  try {
    const key = { name: parseName(name), algorithm, secret: octets };
    return bits === 0 ? key : { ...key, digestBits: bits };
  } catch (error) {
    if (!(error instanceof DnsFormatError)) throw error;
    return reasonOf(error);
  }
}

/** The two files of a pair: what the KEY record says, and the fields of the private half. */
export interface KeyPair {
  readonly name: DnsName;
  /** DNSSEC algorithm number, or a number from 157 on for a shared secret. */
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
  /** Key tag of the KEY record. */
  readonly tag: number;
  /** Octets of "Modulus", "PrivateKey" and the like. */
  readonly fields: ReadonlyMap<string, Uint8Array>;
}

/** The pair whose two files hold these texts; `undefined` when they are not of that form or do not belong together. */
export function keyPair(keyText: OctetText, privateText: OctetText): KeyPair | undefined {
  const record = /^(?:;.*\n|\s)*(\S+)\s+(?:\d\S*\s+)?(?:(?:IN|CH|HS)\s+)?KEY\s+([^]*)$/i.exec(keyText);
  if (record === null) return undefined;
  const fields = new Map<string, Uint8Array>();
  try {
    const { wire, values } = parseRdata(TYPE.KEY, CLASS.IN, record[2]!);
    if (Number(/^Algorithm:\s*(\d+)/m.exec(privateText)?.[1]) !== values.algorithm) return undefined;
    for (const [, field, text] of privateText.matchAll(/^([A-Z][A-Za-z0-9]*):[ \t]*(.*)$/gm)) {
      if (!/^(?:Algorithm|Created|Publish|Activate|Revoke|Inactive|Delete)$/.test(field!)) {
        fields.set(field!, base64(text!));
      }
    }
    return {
      name: parseName(record[1]!),
      algorithm: values.algorithm,
      publicKey: values.publicKey as Uint8Array,
      tag: keyTag(wire),
      fields,
    };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return undefined;
  }
}

/** Algorithm numbers of pairs that hold shared secrets. */
const SECRET_ALGORITHMS: Readonly<Record<number, string>> = {
  157: "hmac-md5",
  161: "hmac-sha1",
  162: "hmac-sha224",
  163: "hmac-sha256",
  164: "hmac-sha384",
  165: "hmac-sha512",
};

/** The shared secret that a pair holds, when it does. */
export function sharedSecret({ name, algorithm, fields }: KeyPair): TsigKey | undefined {
  const known = tsigAlgorithm(SECRET_ALGORITHMS[algorithm] ?? "");
  const secret = fields.get("Key");
  return known === undefined || secret === undefined ? undefined : { name, algorithm: known, secret };
}

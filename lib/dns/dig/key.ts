// TSIG keys from `-y` and from key files: `named.conf` style and K*.key/K*.private pairs. Pure: files come as text.
import { FormatError } from "../../base/errors.ts";
import { latin1 } from "../../base/bytes.ts";
import { DnsFormatError, reasonOf } from "../errors.ts";
import { parseName } from "../name.ts";
import { tsigAlgorithm, type TsigKey } from "../tsig.ts";
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

/** Name, algorithm and secret of a `key "name" { algorithm …; secret …; };` statement; what is missing otherwise. */
export function confKey(
  text: OctetText,
): { name: OctetText; algorithm: OctetText; secret: OctetText } | "syntax error" | "incomplete" {
  const bare = text.replace(/\/\*[^]*?\*\/|(?:\/\/|#).*$/gm, " ");
  const statement = /\bkey\s+("[^"]*"|[^\s{]+)\s*\{([^}]*)\}/.exec(bare);
  if (statement === null) return "syntax error";
  const unquoted = (word: string | undefined) => word?.replace(/^"|"$/g, "");
  const algorithm = unquoted(/\balgorithm\s+("[^"]*"|[^\s;]+)\s*;/.exec(statement[2]!)?.[1]);
  const secret = unquoted(/\bsecret\s+("[^"]*"|[^\s;]+)\s*;/.exec(statement[2]!)?.[1]);
  if (algorithm === undefined || secret === undefined) return "incomplete";
  return { name: unquoted(statement[1])!, algorithm, secret };
}

/** Algorithm numbers of K* files that hold shared secrets. */
const SECRET_ALGORITHMS: Readonly<Record<number, string>> = {
  157: "hmac-md5",
  161: "hmac-sha1",
  162: "hmac-sha224",
  163: "hmac-sha256",
  164: "hmac-sha384",
  165: "hmac-sha512",
};

/** The key of the two files of a K* pair; `undefined` when they are not of that form or hold no shared secret. */
export function pairKey(keyText: OctetText, privateText: OctetText): TsigKey | undefined {
  const record = /^(\S+)\s+(?:\d+\s+)?(?:IN\s+)?KEY\s+\d+\s+\d+\s+\d+/m.exec(keyText);
  const number = /^Algorithm:\s*(\d+)/m.exec(privateText)?.[1];
  const secret = /^Key:\s*(\S+)/m.exec(privateText)?.[1];
  if (record === null || number === undefined || secret === undefined) return undefined;
  const key = textKey(record[1]!, secret, SECRET_ALGORITHMS[Number(number)], 0);
  return typeof key === "string" ? undefined : key;
}

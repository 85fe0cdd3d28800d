// The secrets of -E: what they open, and how. Pure, but for the cipher of the runtime. The form is tcpdump's:
// `spi@address algorithm:secret`, `algorithm:secret` for all else, `file NAME`,
// `ikev2 I|R 0xspi 0xspi authentication:secret algorithm:secret`.
import { byWord } from "../../../base/text.ts";
import { nodeCrypto } from "../../../base/builtin.ts";
import { UsageError } from "../../../base/errors.ts";
import { parseIp } from "../../../base/ip.ts";
import { throughCipher } from "../../../dissect/coding/crypto.ts";

/** A cipher and its key. */
export interface IpsecKey {
  readonly cipher: string;
  readonly key: Uint8Array;
  /** Octets of the initialization vector, which are those of a block too. */
  readonly block: number;
  /** Octets of the check value behind what is enciphered. */
  readonly check: number;
}

/** What the secrets open: by `spi@address` in hexadecimal, all else, and key exchanges by side and cookies. */
export interface IpsecKeys {
  readonly associations: ReadonlyMap<string, IpsecKey>;
  readonly fallback: IpsecKey | undefined;
  readonly exchanges: ReadonlyMap<string, IpsecKey>;
}

const CIPHERS: Readonly<Record<string, readonly [name: string, key: number, block: number]>> = byWord({
  "3des": ["des-ede3-cbc", 24, 8],
  des3: ["des-ede3-cbc", 24, 8],
  "des-ede3": ["des-ede3-cbc", 24, 8],
  aes: ["aes-128-cbc", 16, 16],
  aes128: ["aes-128-cbc", 16, 16],
  "aes-128": ["aes-128-cbc", 16, 16],
  aes256: ["aes-256-cbc", 32, 16],
  "aes-256": ["aes-256-cbc", 32, 16],
});
/** Files that name files that name files. */
const DEPTH = 4;

const wrong = (text: string): never => {
  throw new UsageError(
    `Cannot use secret of -E: ${text}`,
    "for example: -E '0x12345678@192.0.2.1 aes128-cbc-hmac96:0x…'",
  );
};

/** Octets of hexadecimal digits. */
function octetsOf(digits: string): Uint8Array {
  if (!/^([0-9a-f]{2})+$/i.test(digits)) wrong(`"${digits}" is not hexadecimal`);
  return Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));
}

const toHex = (octets: Uint8Array) => [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");

/** `aes128-cbc-hmac96:0x…` */
function keyOf(text: string, check = 0): IpsecKey {
  const colon = text.indexOf(":");
  if (colon < 0) wrong(`"${text}" is not algorithm:secret`);
  let name = text.slice(0, colon).toLowerCase();
  if (name.endsWith("-hmac96")) [name, check] = [name.slice(0, -7), 12];
  name = name.replace(/-cbc$/, "");
  const known = CIPHERS[name] ?? wrong(`cipher "${name}" is not one of 3des, aes128, aes256`);
  const secret = text.slice(colon + 1);
  const given = secret.startsWith("0x") ? octetsOf(secret.slice(2)) : new TextEncoder().encode(secret);
  // What is missing is zero and what is too much is left out, as tcpdump does.
  const key = new Uint8Array(known[1]);
  key.set(given.subarray(0, key.length));
  return { cipher: known[0], key, block: known[2], check };
}

/**
 * The secrets of `text`, which commas or lines part; `read` gives the text of a file that they name.
 * What cannot be used is a `UsageError`.
 */
export function parseIpsecKeys(text: string, read: (path: string) => string): IpsecKeys {
  const associations = new Map<string, IpsecKey>(), exchanges = new Map<string, IpsecKey>();
  let fallback: IpsecKey | undefined;
  const take = (lines: readonly string[], depth: number) => {
    for (const raw of lines) {
      const line = raw.trim();
      if (line === "" || line.startsWith("#")) continue;
      const blank = line.search(/\s/);
      const first = blank < 0 ? "" : line.slice(0, blank), rest = line.slice(blank + 1).trim();
      if (first === "") fallback = keyOf(line);
      else if (first.toLowerCase() === "file") {
        if (depth === DEPTH) wrong(`file "${rest}" is named by too many files`);
        take(read(rest).split("\n"), depth + 1);
      } else if (first.toLowerCase() === "ikev2") {
        const [side, initiator, responder, authentication, cipher] = rest.split(/\s+/);
        if (cipher === undefined || !/^[IR]/.test(side!) || !/^(0x[0-9a-f]{16}){2}$/i.test(initiator! + responder!)) {
          wrong(`"${line}" is not ikev2 I|R 0xspi 0xspi authentication:secret cipher:secret`);
        }
        const check = /^(sha1|md5):/i.test(authentication!) ? 12 : 0;
        exchanges.set(`${side![0]}${initiator!.slice(2)}${responder!.slice(2)}`.toLowerCase(), keyOf(cipher!, check));
      } else {
        const [spi, address] = first.split("@") as [string, string | undefined];
        const target = address === undefined ? undefined : parseIp(address);
        if (!/^(0x[0-9a-f]+|[0-9]+)$/i.test(spi) || target === undefined) wrong(`"${first}" is not spi@address`);
        associations.set(`${Number(spi).toString(16)}@${toHex(target!.bytes)}`, keyOf(rest));
      }
    }
  };
  take(text.split(/[\n,]/), 0);
  return { associations, fallback, exchanges };
}

/** What `enciphered` holds, behind its initialization vector; `undefined` when it is not whole blocks. */
export function decipher({ cipher, key, block }: IpsecKey, vector: Uint8Array, enciphered: Uint8Array) {
  if (enciphered.length === 0 || enciphered.length % block !== 0) return undefined;
  return throughCipher(nodeCrypto().createDecipheriv(cipher, key, vector), enciphered);
}

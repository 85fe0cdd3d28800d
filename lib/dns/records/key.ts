// Records of public keys: KEY, DNSKEY, CDNSKEY, RKEY (RFC 4034 2.1, RFC 2535 3.1). Pure.
// To add an algorithm: a line in `ALGORITHMS`. To add a record: a line in `KEY_RECORDS`.
import { type DnsName, readName } from "../name.ts";
import { ByteReader } from "../../base/reader.ts";
import { DnsFormatError } from "../errors.ts";
import { headed, type RecordHead } from "./common.ts";
import { base64Words, lineBreak } from "./layout.ts";
import { either, must, parseNumber, reserved, u16, u8 } from "./kinds.ts";
import { parseBase64 } from "./tokens.ts";
import type { BitField, Kind, RdataValues, RecordType, TextStyle } from "./shape.ts";

/** DNSSEC algorithms (IANA "DNS Security Algorithm Numbers"): number and mnemonic. */
const ALGORITHMS: readonly (readonly [number, string])[] = [
  [1, "RSAMD5"],
  [2, "DH"],
  [3, "DSA"],
  [5, "RSASHA1"],
  [6, "NSEC3DSA"],
  [7, "NSEC3RSASHA1"],
  [8, "RSASHA256"],
  [10, "RSASHA512"],
  [12, "ECCGOST"],
  [13, "ECDSAP256SHA256"],
  [14, "ECDSAP384SHA384"],
  [15, "ED25519"],
  [16, "ED448"],
  [252, "INDIRECT"],
  [253, "PRIVATEDNS"],
  [254, "PRIVATEOID"],
];

const algorithmNames = new Map(ALGORITHMS);
const algorithmNumbers = new Map(ALGORITHMS.map(([number, mnemonic]) => [mnemonic, number]));

/** "RSASHA256"; the decimal number where there is no mnemonic. */
export function algorithmName(algorithm: number): string {
  return algorithmNames.get(algorithm) ?? String(algorithm);
}

/** An algorithm's number, which text may also give by its mnemonic. */
export const algorithm: Kind<number> = {
  ...u8,
  parse: (tokens) => {
    const known = algorithmNumbers.get(tokens.peek()?.text.toUpperCase() ?? "");
    if (known === undefined) return parseNumber(tokens, 0xff, "algorithm");
    tokens.next();
    return known;
  },
};

/** What an algorithm's number says. */
export const algorithmMeaning = (value: number): string | undefined => algorithmNames.get(value);

/** The key tag (RFC 4034 appendix B) of a key record's whole data. dig has no other rule for RSAMD5 any more. */
export function keyTag(wire: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < wire.length; i++) sum += (i & 1) === 0 ? wire[i]! << 8 : wire[i]!;
  return (sum + (sum >>> 16)) & 0xffff;
}

/** Neither confidentiality nor authentication: there is no key (RFC 2535 3.1.2). */
const hasNoKey = (flags: number) => (flags & 0xc000) === 0xc000;

/** The key after flags, protocol and algorithm; with a private algorithm it begins with the algorithm's name. */
const publicKey: Kind<Uint8Array> = {
  read: (reader, values) => {
    const start = reader.offset;
    // A private algorithm's key begins with the algorithm's name (RFC 4034 A.1.1).
    if (values.algorithm === 253 && reader.remaining > 0) readName(reader);
    reader.offset = start;
    if (reader.remaining === 0) throw new DnsFormatError("unexpected end of input", "The key is missing", start);
    return reader.rest();
  },
  write: (writer, value) => void writer.bytes(value),
  print: (value, style) => base64Words(value, style),
  parse: (tokens) => {
    const octets = parseBase64(tokens.rest().join(""), tokens.offset);
    if (octets.length === 0) throw tokens.error("The key is missing");
    return octets;
  },
};

/** The key of a KEY, absent when the flags say so. */
const optionalKey: Kind<Uint8Array> = {
  ...publicKey,
  read: (reader, values) => hasNoKey(values.flags as number) ? new Uint8Array() : publicKey.read(reader, values),
  parse: (tokens, context, values) =>
    hasNoKey(values.flags as number) ? new Uint8Array() : publicKey.parse(tokens, context, values),
};

/** The name that a private key begins with, when it does. */
function privateName(key: Uint8Array): DnsName | undefined {
  try {
    return readName(new ByteReader(key), false);
  } catch {
    return undefined;
  }
}

/** The dotted numbers of a private key's object identifier, when it is one. */
function privateOid(key: Uint8Array): string | undefined {
  const length = key[0] ?? 0;
  if (length < 3 || key.length < length + 1 || key[1] !== 6 || key[2] !== length - 2) return undefined;
  const numbers: number[] = [];
  let value = 0;
  for (const octet of key.subarray(3, length + 1)) {
    value = value * 128 + (octet & 0x7f);
    if (octet < 128) {
      if (numbers.length === 0) {
        numbers.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
      } else numbers.push(value);
      value = 0;
    }
  }
  return numbers.join(".");
}

/** The algorithm as the comment names it. */
function algorithmComment(number: number, key: Uint8Array): string {
  if (number === 253) return privateName(key)?.withoutDot() ?? algorithmName(number);
  if (number === 254) return privateOid(key) ?? algorithmName(number);
  return algorithmName(number);
}

/** "ZSK", "KSK", "revoked KSK": what the flags make of a DNSKEY. */
function keyRole(flags: number): string {
  if ((flags & 1) === 0) return "ZSK";
  return (flags & 0x80) !== 0 ? "revoked KSK" : "KSK";
}

function printKey(values: RdataValues, style: TextStyle, wire: Uint8Array, role: boolean): string {
  const flags = values.flags as number, number = values.algorithm as number, key = values.publicKey as Uint8Array;
  const head = `${flags} ${values.protocol} ${number}`;
  if (key.length === 0) return head;
  const gap = lineBreak(style), multiline = style.multiline === true, comments = style.comments === true;
  let out = head + (multiline ? " (" : "") + gap;
  out += style.crypto === false ? `[key id = ${keyTag(wire)}]` : base64Words(key, style);
  if (comments) out += gap;
  else if (multiline) out += " ";
  if (multiline) out += ")";
  if (!comments) return out;
  if (role) out += ` ; ${keyRole(flags)}`;
  return `${out}; alg = ${algorithmComment(number, key)} ; key id = ${keyTag(wire)}`;
}

/** Flags of DNSKEY and CDNSKEY. */
const DNSKEY_BITS: readonly BitField[] = [
  reserved(0, 7),
  { first: 7, count: 1, label: "Zone key", meaning: either("signs records of the zone", "signs nothing of the zone") },
  {
    first: 8,
    count: 1,
    label: "Revoked",
    meaning: either("no longer to be trusted", "not revoked"),
    ref: "RFC 5011 7",
  },
  reserved(9, 6),
  { first: 15, count: 1, label: "Secure entry point", meaning: either("signs keys (KSK)", "signs records (ZSK)") },
];

const KEY_USES = ["authenticates and encrypts", "encrypts only", "authenticates only", "no key"];
const KEY_OWNERS = ["user", "zone", "host or other", "reserved"];

/** Flags of KEY, of which RFC 3445 left but the zone bit. */
const KEY_BITS: readonly BitField[] = [
  { first: 0, count: 2, label: "Use", meaning: (value) => KEY_USES[value] },
  reserved(2, 1),
  { first: 3, count: 1, label: "Extended flags", meaning: either("more flags follow", "none") },
  reserved(4, 2),
  { first: 6, count: 2, label: "Owner", meaning: (value) => KEY_OWNERS[value] },
  reserved(8, 4),
  { first: 12, count: 4, label: "Signatory", meaning: (value) => value === 0 ? "none" : "may sign updates" },
];

const KEY_PROTOCOLS: Record<number, string> = { 1: "TLS", 2: "email", 3: "DNSSEC", 4: "IPsec", 255: "all" };

/** RKEY has no flags yet. */
const zeroFlags: Kind<number> = {
  ...u16,
  skip: (reader) => void zeroFlags.read(reader, {}),
  read: (reader) => {
    // Too short is said before what is wrong with it.
    reader.need(4, "key");
    const flags = reader.u16();
    must(flags === 0, "RKEY has flags", reader.offset - 2);
    return flags;
  },
};

/** `sections`: of the flags, the protocol, the algorithm and the key, where they have any of their own. */
function keyRecord(head: RecordHead, role: boolean, sections: readonly string[]): RecordType {
  const [type] = head;
  return {
    ...headed(head),
    fields: [
      {
        name: "flags",
        label: "Flags",
        kind: type === 57 ? zeroFlags : u16,
        ...(role ? { meaning: (value: number) => keyRole(value), bits: DNSKEY_BITS } : {}),
        ...(type === 25 ? { bits: KEY_BITS } : {}),
        ref: sections[0],
      },
      {
        name: "protocol",
        label: "Protocol",
        kind: u8,
        meaning: (value: number) => KEY_PROTOCOLS[value],
        ref: sections[1],
      },
      { name: "algorithm", label: "Algorithm", kind: algorithm, meaning: algorithmMeaning, ref: sections[2] },
      { name: "publicKey", label: "Public key", kind: type === 25 ? optionalKey : publicKey, ref: sections[3] },
    ],
    print: (values, style, wire) => printKey(values, style, wire, role),
  };
}

const DNSKEY_SECTIONS = ["RFC 4034 2.1.1", "RFC 4034 2.1.2", "RFC 4034 2.1.3", "RFC 4034 2.1.4"];
const KEY_SECTIONS = ["RFC 2535 3.1.2", "RFC 2535 3.1.3", "RFC 2535 3.2"];

export const KEY_RECORDS: readonly RecordType[] = [
  keyRecord([25, "KEY", "RFC 2535 3.1", "key (now for SIG(0) alone)"], false, KEY_SECTIONS),
  keyRecord([48, "DNSKEY", "RFC 4034 2.1", "zone's public key"], true, DNSKEY_SECTIONS),
  keyRecord([57, "RKEY", "draft-reid-dnsext-rkey", "key to encrypt records with"], false, []),
  keyRecord([60, "CDNSKEY", "RFC 7344 3.2", "child's copy of a DNSKEY"], true, DNSKEY_SECTIONS),
];

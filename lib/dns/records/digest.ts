// Records of digests and associations: DS and its copies, SSHFP, TLSA, SMIMEA, ZONEMD (RFC 4034 5.1). Pure.
// To add one: a line in `DIGEST_RECORDS`.
import { DnsFormatError } from "../errors.ts";
import { headed, type RecordHead } from "./common.ts";
import { must, sectioned, u16, u32, u8 } from "./kinds.ts";
import { hexRest, omittable } from "./octet_kinds.ts";
import { algorithm, algorithmMeaning } from "./key.ts";
import { block } from "./layout.ts";
import type { RdataField, RdataValues, RecordType, TextStyle } from "./shape.ts";

/** Octets of a DS digest by its type (IANA "DS RR Type Digest Algorithms"). */
const DS_LENGTHS: Record<number, number> = { 1: 20, 2: 32, 4: 48 };
/** Names of DS digests by their type. */
export const DS_DIGESTS: Readonly<Record<number, string>> = {
  1: "SHA-1",
  2: "SHA-256",
  3: "GOST R 34.11-94",
  4: "SHA-384",
};
/** IANA "SSHFP RR Types for public key algorithms" and "for fingerprint types". */
const SSH_ALGORITHMS: Record<number, string> = { 1: "RSA", 2: "DSA", 3: "ECDSA", 4: "Ed25519", 6: "Ed448" };
const SSH_DIGESTS: Record<number, string> = { 1: "SHA-1", 2: "SHA-256" };
const ZONEMD_HASHES: Record<number, string> = { 1: "SHA-384", 2: "SHA-512" };
const SSHFP_LENGTHS: Record<number, number> = { 1: 20, 2: 32 };
const ZONEMD_LENGTHS: Record<number, number> = { 1: 48, 2: 64 };

/** Text of numbers and then one block of hex. */
function numbersAndHex(fields: readonly RdataField[]): (values: RdataValues, style: TextStyle) => string {
  const last = fields[fields.length - 1]!;
  return (values, style) => {
    const head = fields.slice(0, -1).map((field) => field.kind.print(values[field.name], style, values)).join(" ");
    return block(head, last.kind.print(values[last.name], style, values), style);
  };
}

/** The digest, `head` octets into the data, must be as long as its type says. */
function checkLength(digest: Uint8Array, length: number | undefined, head: number): void {
  if (length === undefined || digest.length === length) return;
  const reason = digest.length < length ? "unexpected end of input" : "extra input data";
  throw new DnsFormatError(reason, `A digest of ${digest.length} octets: ${length} belong there`, head);
}

function digestRecord(
  head: RecordHead,
  fields: readonly RdataField[],
  check?: (values: RdataValues) => void,
): RecordType {
  return {
    ...headed(head),
    fields,
    print: numbersAndHex(fields),
    ...(check === undefined ? {} : { check }),
  };
}

const DS_FIELDS = sectioned("RFC 4034 5.1", [
  { name: "keyTag", label: "Key tag", kind: u16 },
  { name: "algorithm", label: "Algorithm", kind: algorithm, meaning: algorithmMeaning },
  { name: "digestType", label: "Digest type", kind: u8, meaning: (value: number) => DS_DIGESTS[value] },
  { name: "digest", label: "Digest", kind: omittable(hexRest(1)) },
]);

const checkDs = (values: RdataValues) =>
  checkLength(values.digest as Uint8Array, DS_LENGTHS[values.digestType as number], 4);

const TLSA_FIELDS = sectioned("RFC 6698 2.1", [
  { name: "usage", label: "Certificate usage", kind: u8, meaning: (value: number) => USAGES[value] },
  { name: "selector", label: "Selector", kind: u8, meaning: (value: number) => SELECTORS[value] },
  { name: "matchingType", label: "Matching type", kind: u8, meaning: (value: number) => MATCHES[value] },
  { name: "data", label: "Certificate association data", kind: hexRest(1) },
]);
const USAGES = ["PKIX-TA", "PKIX-EE", "DANE-TA", "DANE-EE"];
const SELECTORS = ["full certificate", "public key"];
const MATCHES = ["exact match", "SHA-256", "SHA-512"];

export const DIGEST_RECORDS: readonly RecordType[] = [
  digestRecord([43, "DS", "RFC 4034 5.1", "digest of a child's key"], DS_FIELDS, checkDs),
  digestRecord(
    [44, "SSHFP", "RFC 4255 3.1", "fingerprint of an SSH key"],
    sectioned("RFC 4255 3.1", [
      { name: "algorithm", label: "Algorithm", kind: u8, meaning: (value: number) => SSH_ALGORITHMS[value] },
      { name: "fingerprintType", label: "Fingerprint type", kind: u8, meaning: (value: number) => SSH_DIGESTS[value] },
      { name: "fingerprint", label: "Fingerprint", kind: hexRest(0) },
    ]),
    (values) => {
      const fingerprint = values.fingerprint as Uint8Array;
      const length = SSHFP_LENGTHS[values.fingerprintType as number];
      must(length === undefined || fingerprint.length === length, "A fingerprint of another length than its type's", 2);
    },
  ),
  digestRecord([52, "TLSA", "RFC 6698 2.1", "certificate of a TLS server"], TLSA_FIELDS),
  digestRecord([53, "SMIMEA", "RFC 8162 2", "certificate for S/MIME"], TLSA_FIELDS),
  digestRecord([59, "CDS", "RFC 7344 3.1", "child's copy of a DS"], DS_FIELDS, checkDs),
  digestRecord(
    [63, "ZONEMD", "RFC 8976 2.2", "digest of a zone"],
    sectioned("RFC 8976 2.2", [
      { name: "serial", label: "Serial", kind: u32 },
      { name: "scheme", label: "Scheme", kind: u8, meaning: (value: number) => value === 1 ? "SIMPLE" : undefined },
      { name: "hashAlgorithm", label: "Hash algorithm", kind: u8, meaning: (value: number) => ZONEMD_HASHES[value] },
      { name: "digest", label: "Digest", kind: omittable(hexRest(0)) },
    ]),
    (values) => {
      const digest = values.digest as Uint8Array;
      checkLength(digest, ZONEMD_LENGTHS[values.hashAlgorithm as number], 6);
      if (digest.length < 12) {
        throw new DnsFormatError("unexpected end of input", "A digest of fewer than 12 octets", 6);
      }
    },
  ),
  digestRecord([32768, "TA", "DNSSEC trust authorities", "trust anchor"], DS_FIELDS, checkDs),
  digestRecord([32769, "DLV", "RFC 4431 2", "lookaside validation"], DS_FIELDS, checkDs),
];

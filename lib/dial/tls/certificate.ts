// What is looked at in a peer's certificate, read from its DER (RFC 5280, 4.1; X.690). Pure.
// Not by the runtime's own text forms: those do not mark a comma or a line break within a name, so that one name that an
// authority signed could pass for two.
import { type Bytes, latin1Text, utf8Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { formatIp } from "../../base/ip.ts";
import { ByteReader } from "../../base/reader.ts";
import { ATTRIBUTE_NAMES } from "../../base/x500.ts";

/** The names and dates of a certificate. */
export interface CertificateFacts {
  /** `C=DE, O="Example, Inc.", CN=localhost`, in the order of the certificate, which OpenSSL prints so. */
  readonly subject: string;
  readonly issuer: string;
  /** The common names of the subject. */
  readonly commonNames: readonly string[];
  /** DNS names and IP addresses of the subject alternative name. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** All alternative names as OpenSSL writes them, `DNS:a, IP Address:1.2.3.4`; `undefined`: there are none. */
  readonly alternatives: string | undefined;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** The public key with its algorithm (SubjectPublicKeyInfo): DER. */
  readonly publicKey: Bytes;
}

const SEQUENCE = 0x30, SET = 0x31, OID = 0x06, OCTETS = 0x04, BOOLEAN = 0x01, UTC_TIME = 0x17, TIME = 0x18;
const VERSION = 0xa0, EXTENSIONS = 0xa3;
const COMMON_NAME = "2.5.4.3", ALTERNATIVE_NAME = "2.5.29.17";
/** Kinds of alternative names by their tag, as OpenSSL calls them. */
const KINDS: Readonly<Record<number, string>> = { 0x81: "email", 0x82: "DNS", 0x86: "URI", 0x87: "IP Address" };

/** One element: its tag, its contents, and all of it. */
interface Element {
  readonly tag: number;
  readonly body: ByteReader;
  readonly whole: Bytes;
}

function element(reader: ByteReader, wanted?: number): Element {
  const start = reader.offset;
  const tag = reader.u8();
  if (wanted !== undefined && tag !== wanted) {
    throw new FormatError(`The certificate has a tag ${tag} where ${wanted} belongs`, start);
  }
  let length = reader.u8();
  if (length >= 0x80) {
    const octets = length & 0x7f;
    if (octets === 0 || octets > 3) throw new FormatError("The certificate has an element without bounds", start);
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + reader.u8();
  }
  reader.need(length, "element");
  const body = new ByteReader(reader.bytes, reader.offset, reader.offset + length);
  reader.offset += length;
  return { tag, body, whole: reader.bytes.slice(start, reader.offset) };
}

const octets = ({ body }: Element): Bytes => body.bytes.slice(body.start, body.end);

function oid(from: Element): string {
  const numbers: number[] = [];
  let value = 0;
  for (const octet of octets(from)) {
    value = value * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      // The first two arcs share a number (X.690, 8.19.4).
      const first = Math.min(2, Math.floor(value / 40));
      if (numbers.length === 0) numbers.push(first, value - 40 * first);
      else numbers.push(value);
      value = 0;
    }
  }
  return numbers.join(".");
}

/** Text of any of the string types; the tag says which. */
function text(from: Element): string {
  const bytes = octets(from);
  if (from.tag === 0x1e) return new TextDecoder("utf-16be").decode(bytes);
  return from.tag === 0x0c ? utf8Text(bytes) : latin1Text(bytes);
}

/** The attributes of a name (RFC 5280, 4.1.2.4). */
function attributes(name: Element): { type: string; value: string }[] {
  const found: { type: string; value: string }[] = [];
  while (name.body.remaining > 0) {
    const set = element(name.body, SET);
    while (set.body.remaining > 0) {
      const { body } = element(set.body, SEQUENCE);
      const type = oid(element(body, OID));
      found.push({ type, value: text(element(body)) });
    }
  }
  return found;
}

/** A value as OpenSSL prints it within a line: in quotes where it would else be taken for more than one. */
function quoted(value: string): string {
  const plain = value.replace(/["\\]/g, "\\$&")
    .replace(/\p{Cc}/gu, (control) => "\\" + control.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"));
  return plain !== value || /[,+<>;]|^[ #]| $/.test(value) ? `"${plain}"` : value;
}

const line = (name: readonly { type: string; value: string }[]) =>
  name.map(({ type, value }) => `${ATTRIBUTE_NAMES[type] ?? type}=${quoted(value)}`).join(", ");

/** Times are of the form `[YY]YYMMDDhhmmssZ` (RFC 5280, 4.1.2.5): a year of two digits from 50 on is of the last century. */
function time(from: Element): Date {
  let digits = latin1Text(octets(from));
  if (from.tag === UTC_TIME) digits = (digits < "50" ? "20" : "19") + digits;
  else if (from.tag !== TIME) throw new FormatError("The certificate has no time where one belongs", from.body.start);
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  if (parts === null) throw new FormatError("The certificate has a time of an odd form", from.body.start);
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}

/** The alternative names among the extensions; empty when there are none. */
function alternativeNames(extensions: Element): { kind: string; value: string }[] {
  const found: { kind: string; value: string }[] = [];
  const list = element(extensions.body, SEQUENCE);
  while (list.body.remaining > 0) {
    const { body } = element(list.body, SEQUENCE);
    if (oid(element(body, OID)) !== ALTERNATIVE_NAME) continue;
    let value = element(body);
    if (value.tag === BOOLEAN) value = element(body, OCTETS);
    const names = element(value.body, SEQUENCE);
    while (names.body.remaining > 0) {
      const name = element(names.body);
      const kind = KINDS[name.tag];
      if (kind === undefined) continue;
      const bytes = octets(name);
      if (name.tag !== 0x87) found.push({ kind, value: latin1Text(bytes) });
      else if (bytes.length === 4 || bytes.length === 16) {
        found.push({ kind, value: formatIp(bytes) });
      }
    }
  }
  return found;
}

/** Whether a certificate is of version 1, which has no extensions. A `FormatError` when it is none. */
export function isVersion1(der: Uint8Array): boolean {
  const { body } = element(element(new ByteReader(der), SEQUENCE).body, SEQUENCE);
  return element(body).tag !== VERSION;
}

/** The algorithm of a certificate's signature (RFC 5280, 4.1.1.2): its number in dots. A `FormatError` when it is none. */
export function signatureAlgorithm(der: Uint8Array): string {
  const { body } = element(new ByteReader(der), SEQUENCE);
  element(body, SEQUENCE); // what is signed
  return oid(element(element(body, SEQUENCE).body, OID));
}

/** Reads a certificate. A `FormatError` when it is none. */
export function parseCertificate(der: Uint8Array): CertificateFacts {
  const { body } = element(element(new ByteReader(der), SEQUENCE).body, SEQUENCE);
  let next = element(body);
  // Version 1 has no version, and no extensions.
  if (next.tag === VERSION) next = element(body);
  element(body, SEQUENCE); // the signature's algorithm, after the serial number
  const issuer = attributes(element(body, SEQUENCE));
  const validity = element(body, SEQUENCE);
  const validFrom = time(element(validity.body)), validTo = time(element(validity.body));
  const subject = attributes(element(body, SEQUENCE));
  const publicKey = element(body, SEQUENCE).whole;
  let names: { kind: string; value: string }[] = [];
  while (body.remaining > 0) {
    const rest = element(body);
    if (rest.tag === EXTENSIONS) names = alternativeNames(rest);
  }
  const of = (wanted: string) => names.filter(({ kind }) => kind === wanted).map(({ value }) => value);
  return {
    subject: line(subject),
    issuer: line(issuer),
    commonNames: subject.filter(({ type }) => type === COMMON_NAME).map(({ value }) => value),
    dnsNames: of("DNS"),
    ipAddresses: of("IP Address"),
    alternatives: names.length === 0
      ? undefined
      : names.map(({ kind, value }) => `${kind}:${quoted(value)}`).join(", "),
    validFrom,
    validTo,
    publicKey,
  };
}

// Certificates (RFC 5280) through a small reader of DER (ITU-T X.690): names, validity, key, extensions. Pure.
import { FormatError } from "../base/errors.ts";
import { hex } from "../base/hex.ts";
import { formatIp } from "../base/ip.ts";
import { ATTRIBUTE_NAMES } from "../base/x500.ts";
import type { Tree } from "./tree.ts";
import { clip } from "./words.ts";

const REF = "RFC 5280 4.1";
const OIDS: Readonly<Record<string, string>> = {
  ...ATTRIBUTE_NAMES,
  "1.2.840.113549.1.1.1": "RSA",
  "1.2.840.113549.1.1.5": "SHA-1 with RSA",
  "1.2.840.113549.1.1.10": "RSASSA-PSS",
  "1.2.840.113549.1.1.11": "SHA-256 with RSA",
  "1.2.840.113549.1.1.12": "SHA-384 with RSA",
  "1.2.840.113549.1.1.13": "SHA-512 with RSA",
  "1.2.840.10045.2.1": "elliptic curve key",
  "1.2.840.10045.3.1.7": "P-256",
  "1.3.132.0.34": "P-384",
  "1.3.132.0.35": "P-521",
  "1.2.840.10045.4.3.2": "ECDSA with SHA-256",
  "1.2.840.10045.4.3.3": "ECDSA with SHA-384",
  "1.2.840.10045.4.3.4": "ECDSA with SHA-512",
  "1.3.101.110": "X25519",
  "1.3.101.112": "Ed25519",
  "1.3.101.113": "Ed448",
  "2.5.29.14": "subject key identifier",
  "2.5.29.15": "key usage",
  "2.5.29.17": "subject alternative name",
  "2.5.29.18": "issuer alternative name",
  "2.5.29.19": "basic constraints",
  "2.5.29.30": "name constraints",
  "2.5.29.31": "CRL distribution points",
  "2.5.29.32": "certificate policies",
  "2.5.29.35": "authority key identifier",
  "2.5.29.37": "extended key usage",
  "1.3.6.1.5.5.7.1.1": "authority information access",
  "1.3.6.1.5.5.7.3.1": "server authentication",
  "1.3.6.1.5.5.7.3.2": "client authentication",
  "1.3.6.1.5.5.7.3.3": "code signing",
  "1.3.6.1.5.5.7.3.4": "email protection",
  "1.3.6.1.5.5.7.3.8": "time stamping",
  "1.3.6.1.5.5.7.3.9": "OCSP signing",
  "1.3.6.1.5.5.7.1.24": "TLS feature",
  "1.3.6.1.4.1.11129.2.4.2": "signed certificate timestamps",
};
const CLASSES = ["universal", "application", "context", "private"];
const TAGS: Readonly<Record<number, string>> = {
  0x01: "BOOLEAN",
  0x02: "INTEGER",
  0x03: "BIT STRING",
  0x04: "OCTET STRING",
  0x05: "NULL",
  0x06: "OBJECT IDENTIFIER",
  0x0a: "ENUMERATED",
  0x0c: "UTF8String",
  0x13: "PrintableString",
  0x14: "TeletexString",
  0x16: "IA5String",
  0x17: "UTCTime",
  0x18: "GeneralizedTime",
  0x1c: "UniversalString",
  0x1e: "BMPString",
  0x30: "SEQUENCE",
  0x31: "SET",
};
const KEY_USAGE = [
  "digital signature",
  "non-repudiation",
  "key encipherment",
  "data encipherment",
  "key agreement",
  "certificate signing",
  "CRL signing",
  "encipher only",
  "decipher only",
];

/** Dotted text of an object identifier's octets (X.690 8.19). */
export function oidText(bytes: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const octet of bytes) {
    value = value * 128 + (octet & 127);
    if (octet >= 128) continue;
    if (arcs.length === 0) {
      arcs.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    } else arcs.push(value);
    value = 0;
  }
  return arcs.join(".");
}

/** The tag and length that stand next, without reading them. */
function peek(tree: Tree): { tag: number; header: number; length: number } {
  const { reader } = tree;
  const tag = reader.peek() ?? reader.u8();
  const first = reader.peek(1);
  if (first === undefined) throw new FormatError("A DER element without a length", reader.offset);
  if (first < 128) return { tag, header: 2, length: first };
  const count = first & 127;
  if (count === 0 || count > 4) {
    throw new FormatError(`A DER length in ${count} octets is not taken`, reader.offset + 1);
  }
  let length = 0;
  for (let i = 0; i < count; i++) {
    const octet = reader.peek(2 + i);
    if (octet === undefined) throw new FormatError("A DER length is cut short", reader.offset + 1);
    length = length * 256 + octet;
  }
  return { tag, header: 2 + count, length };
}

/** What an element is called by its tag. */
function tagName(tag: number): string {
  return TAGS[tag] ?? `${CLASSES[tag >> 6]} ${tag & 31}`;
}

/**
 * One element: tag, length and what `inside` reads of its contents. Contents that `inside` leaves are read as what
 * they say they are.
 */
function element<T>(tree: Tree, name: string, inside?: (tree: Tree, tag: number) => T, ref = REF): T | undefined {
  const { tag, header, length } = peek(tree);
  return tree.part(name, header + length, (part) => {
    part.u8("Tag", "X.690 8.1.2", () => tagName(tag));
    part.field("Length", (r) => {
      r.skip(header - 1);
      return length;
    }, () => ({ ref: "X.690 8.1.3" }));
    const value = inside?.(part, tag);
    if (part.remaining > 0) contents(part, tag);
    return value;
  }, ref);
}

/** Contents of an element by its tag. */
function contents(tree: Tree, tag: number): void {
  if ((tag & 0x20) !== 0) {
    while (tree.remaining > 0) element(tree, tagName(peek(tree).tag), undefined, "X.690 8");
    return;
  }
  const count = tree.remaining;
  switch (tag) {
    case 0x06:
      tree.field("Identifier", (r) => oidText(r.take(count)), (text) => ({ meaning: OIDS[text] }));
      return;
    case 0x02:
      if (count <= 6) tree.field("Value", (r) => r.take(count).reduce((sum, octet) => sum * 256 + octet, 0));
      else tree.bytes("Value", count);
      return;
    case 0x0c:
    case 0x13:
    case 0x14:
    case 0x16:
      tree.text("Text", count);
      return;
    case 0x17:
    case 0x18:
      tree.text("Time", count, "RFC 5280 4.1.2.5", (text) => timeText(text));
      return;
    default:
      tree.bytes("Value", count);
  }
}

/** `240131235959Z` as "2024-01-31 23:59:59 UTC". */
function timeText(text: string): string | undefined {
  const match = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const full = year!.length === 4 ? year : (Number(year) < 50 ? "20" : "19") + year;
  return `${full}-${month}-${day} ${hour}:${minute}:${second ?? "00"} UTC`;
}

/** A distinguished name; gives "CN=example, O=…". */
function distinguishedName(tree: Tree, name: string): string {
  const words: string[] = [];
  element(tree, name, (part) => {
    while (part.remaining > 0) {
      element(part, "Relative name", (set) => {
        while (set.remaining > 0) {
          element(set, "Attribute", (attribute) => {
            let type = "";
            element(attribute, "Type", (oid) => {
              type = oid.field("Identifier", (r) => oidText(r.rest()), (text) => ({ meaning: OIDS[text] }));
            });
            element(attribute, "Value", (value, tag) => {
              const octets = value.remaining;
              const text = tag === 0x1e
                ? value.field("Text", (r) => String.fromCharCode(...Array.from({ length: octets >> 1 }, () => r.u16())))
                : value.text("Text", octets);
              words.push(`${OIDS[type] ?? type}=${clip(text)}`);
            });
          });
        }
      });
    }
    part.current.meaning = words.join(", ");
  });
  return words.join(", ");
}

function generalName(tree: Tree, words: string[]): void {
  element(tree, "General name", (name, tag) => {
    const octets = name.remaining;
    if (tag === 0x82 || tag === 0x81 || tag === 0x86) {
      const kind = tag === 0x82 ? "DNS name" : tag === 0x81 ? "Mail address" : "URI";
      words.push(clip(name.text(kind, octets, "RFC 5280 4.2.1.6")));
    } else if (tag === 0x87 && (octets === 4 || octets === 16)) {
      words.push(name.field("IP address", (r) => formatIp({ family: octets === 4 ? 4 : 6, bytes: r.rest() })));
    }
  }, "RFC 5280 4.2.1.6");
}

function extension(tree: Tree, found: { names: string[] }): void {
  element(tree, "Extension", (part) => {
    let oid = "";
    element(part, "Type", (type) => {
      oid = type.field("Identifier", (r) => oidText(r.rest()), (text) => ({ meaning: OIDS[text] }));
    });
    const { current } = part;
    current.meaning = OIDS[oid] ?? oid;
    if (part.remaining > 0 && part.reader.peek() === 0x01) {
      element(part, "Critical", (flag) => void flag.field("Value", (r) => r.u8() !== 0));
    }
    element(part, "Value", (value) => {
      if (oid === "2.5.29.17") {
        element(value, "Names", (names) => {
          while (names.remaining > 0) generalName(names, found.names);
        });
        current.meaning = `subject alternative name: ${found.names.join(", ")}`;
      } else if (oid === "2.5.29.15") {
        element(value, "Bits", (bits) => {
          const unused = bits.u8("Unused bits");
          const octets = bits.bytes("Usage", bits.remaining);
          const set = KEY_USAGE.filter((_, i) => ((octets[i >> 3] ?? 0) >> (7 - (i & 7)) & 1) === 1);
          bits.last.meaning = set.join(", ");
          current.meaning = `key usage: ${set.join(", ")}`;
          void unused;
        });
      } else if (oid === "2.5.29.19") {
        element(value, "Constraints", (sequence) => {
          let authority = false;
          if (sequence.reader.peek() === 0x01) {
            element(sequence, "CA", (flag) => authority = flag.field("Value", (r) => r.u8() !== 0));
          }
          current.meaning = `basic constraints: ${authority ? "a certificate authority" : "not an authority"}`;
        });
      } else if (oid === "2.5.29.14") element(value, "Key identifier");
      else if (value.remaining > 0 && (value.reader.peek()! & 0x3f) === 0x30) element(value, "Contents");
    });
  }, "RFC 5280 4.2");
}

/** What a certificate says of itself. */
export interface CertificateWords {
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly notAfter: string | undefined;
}

/** The certificate in the rest of `tree` (RFC 5280 4.1). What breaks is noted where it breaks. */
export function certificate(tree: Tree): CertificateWords {
  const found = { subject: "", issuer: "", names: [] as string[], notAfter: undefined as string | undefined };
  element(tree, "Certificate", (outer) => {
    element(outer, "To be signed", (body) => {
      if (body.reader.peek() === 0xa0) {
        element(body, "Version", (version) => {
          element(
            version,
            "Value",
            (v) => void v.field("Version", (r) => r.rest().at(-1) ?? 0, (n) => `X.509 version ${n + 1}`),
          );
        });
      }
      element(body, "Serial number", (serial) => {
        serial.field("Value", (r) => hex(r.rest(), ":"), () => ({ ref: "RFC 5280 4.1.2.2" }));
      });
      element(body, "Signature algorithm");
      found.issuer = distinguishedName(body, "Issuer");
      element(body, "Validity", (validity) => {
        const times: (string | undefined)[] = [];
        for (const name of ["Not before", "Not after"]) {
          element(validity, name, (time) => {
            times.push(timeText(time.text("Time", time.remaining, "RFC 5280 4.1.2.5", timeText)));
          });
        }
        validity.current.meaning = times.join(" to ");
        found.notAfter = times[1];
      });
      found.subject = distinguishedName(body, "Subject");
      element(body, "Public key", (key) => {
        element(key, "Algorithm");
        element(key, "Key", (bits) => {
          bits.u8("Unused bits");
          const octets = bits.remaining;
          // An RSA key is a DER sequence in the bit string.
          if (bits.reader.peek() === 0x30 && octets > 64) {
            element(bits, "RSA public key", (rsa) => {
              element(
                rsa,
                "Modulus",
                (n) =>
                  void n.bytes("Value", n.remaining, undefined, (v) => `${(v.length - (v[0] === 0 ? 1 : 0)) * 8} bits`),
              );
              element(rsa, "Exponent");
            });
          } else bits.bytes("Value", octets);
        });
      });
      while (body.remaining > 0) {
        if (body.reader.peek() !== 0xa3) {
          element(body, "Unique identifier");
          continue;
        }
        element(body, "Extensions", (wrapper) => {
          element(wrapper, "List", (list) => {
            while (list.remaining > 0) extension(list, found);
          });
        });
      }
    });
    element(outer, "Signature algorithm");
    element(outer, "Signature", (bits) => {
      bits.u8("Unused bits");
      bits.bytes("Value", bits.remaining);
    });
    const { current } = outer;
    current.meaning = `subject ${found.subject}; issuer ${found.issuer}`;
  });
  return found;
}

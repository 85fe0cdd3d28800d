// Certificates (RFC 5280) in DER: names, validity, key, extensions. Pure.
import { hex } from "../../base/hex.ts";
import { formatIp } from "../../base/ip.ts";
import { element as anyElement, oidText, timeText } from "../coding/ber.ts";
import { OIDS } from "../coding/oids.ts";
import { byWord } from "../../base/text.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../coding/words.ts";

const REF = "RFC 5280 4.1";
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

/** An element of a certificate, of the section that the one around it has where no other is said. */
const element = <T>(tree: Tree, name: string, inside?: (tree: Tree, tag: number) => T, ref = tree.current.ref ?? REF) =>
  anyElement(tree, name, inside, ref);

/** A distinguished name; gives "CN=example, O=…". */
function distinguishedName(tree: Tree, name: string, ref: string): string {
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
  }, ref);
  return words.join(", ");
}

function generalName(tree: Tree, words: string[]): void {
  element(tree, "General name", (name, tag) => {
    const octets = name.remaining;
    if (tag === 0x82 || tag === 0x81 || tag === 0x86) {
      const kind = tag === 0x82 ? "DNS name" : tag === 0x81 ? "Mail address" : "URI";
      words.push(clip(name.text(kind, octets, name.current.ref)));
    } else if (tag === 0x87 && (octets === 4 || octets === 16)) {
      words.push(name.field("IP address", (r) => formatIp({ family: octets === 4 ? 4 : 6, bytes: r.rest() }), {
        ref: name.current.ref,
      }));
    }
  });
}

/** Where extensions are defined, by dotted text. */
const EXTENSIONS: Readonly<Record<string, string>> = byWord({
  "2.5.29.9": "RFC 5280 4.2.1.8",
  "2.5.29.14": "RFC 5280 4.2.1.2",
  "2.5.29.15": "RFC 5280 4.2.1.3",
  "2.5.29.17": "RFC 5280 4.2.1.6",
  "2.5.29.18": "RFC 5280 4.2.1.7",
  "2.5.29.19": "RFC 5280 4.2.1.9",
  "2.5.29.30": "RFC 5280 4.2.1.10",
  "2.5.29.31": "RFC 5280 4.2.1.13",
  "2.5.29.32": "RFC 5280 4.2.1.4",
  "2.5.29.33": "RFC 5280 4.2.1.5",
  "2.5.29.35": "RFC 5280 4.2.1.1",
  "2.5.29.36": "RFC 5280 4.2.1.11",
  "2.5.29.37": "RFC 5280 4.2.1.12",
  "2.5.29.46": "RFC 5280 4.2.1.15",
  "2.5.29.54": "RFC 5280 4.2.1.14",
  "1.3.6.1.5.5.7.1.1": "RFC 5280 4.2.2.1",
  "1.3.6.1.5.5.7.1.11": "RFC 5280 4.2.2.2",
  "1.3.6.1.5.5.7.1.24": "RFC 7633 4.1",
  "1.3.6.1.4.1.11129.2.4.2": "RFC 6962 3.3",
});

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
    }, EXTENSIONS[oid]);
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
        }, `${REF}.2.1`);
      }
      element(body, "Serial number", (serial) => {
        serial.field("Value", (r) => hex(r.rest(), ":"), { ref: serial.current.ref });
      }, `${REF}.2.2`);
      element(body, "Signature algorithm", undefined, `${REF}.2.3`);
      found.issuer = distinguishedName(body, "Issuer", `${REF}.2.4`);
      element(body, "Validity", (validity) => {
        const times: (string | undefined)[] = [];
        for (const name of ["Not before", "Not after"]) {
          element(validity, name, (time) => {
            times.push(timeText(time.text("Time", time.remaining, time.current.ref, timeText)));
          });
        }
        validity.current.meaning = times.join(" to ");
        found.notAfter = times[1];
      }, `${REF}.2.5`);
      found.subject = distinguishedName(body, "Subject", `${REF}.2.6`);
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
      }, `${REF}.2.7`);
      while (body.remaining > 0) {
        if (body.reader.peek() !== 0xa3) {
          element(body, "Unique identifier", undefined, `${REF}.2.8`);
          continue;
        }
        element(body, "Extensions", (wrapper) => {
          element(wrapper, "List", (list) => {
            while (list.remaining > 0) extension(list, found);
          });
        }, `${REF}.2.9`);
      }
    }, `${REF}.1.1`);
    element(outer, "Signature algorithm", undefined, `${REF}.1.2`);
    element(outer, "Signature", (bits) => {
      bits.u8("Unused bits");
      bits.bytes("Value", bits.remaining);
    }, `${REF}.1.3`);
    const { current } = outer;
    current.meaning = `subject ${found.subject}; issuer ${found.issuer}`;
  }, REF);
  return found;
}

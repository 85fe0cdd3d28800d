// A certificate that is made for one run (X.509 version 3, RFC 5280 4.1), with its key. No I/O of its own.
import { nodeCrypto } from "../../base/builtin.ts";
import { type Bytes, concat, latin1Text, utf8 } from "../../base/bytes.ts";
import type { Identity } from "./files.ts";
import { formatPin } from "./options.ts";

/** One value of DER: tag, length, content (less than 64 KiB). */
function der(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const content = concat(parts), { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return concat([new Uint8Array([tag, ...size]), content]);
}

const SEQUENCE = 0x30, SET = 0x31, INTEGER = 0x02, BITS = 0x03, OCTETS = 0x04, OID = 0x06, UTF8 = 0x0c, TIME = 0x18;
const oid = (...octets: number[]) => der(OID, new Uint8Array(octets));
const COMMON_NAME = oid(0x55, 4, 3), ALTERNATIVE_NAMES = oid(0x55, 0x1d, 17);
const ECDSA_SHA256 = der(SEQUENCE, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2));
const NAME = utf8("localhost");
const LOOPBACK = [[127, 0, 0, 1], [...new Array(15).fill(0), 1]];

/** A time as `20261126180000Z`. */
function time(date: Date): Bytes {
  return der(TIME, utf8(date.toISOString().replace(/\.\d+|[-:T]/g, "")));
}

function pem(label: string, octets: Uint8Array): string {
  const lines = btoa(latin1Text(octets)).replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/**
 * A certificate for this machine under its name for itself, signed by its own key (ECDSA, P-256), valid for a year. `pin` is
 * what a client writes after `pin=`.
 */
export function selfSigned(): Identity & { readonly pin: string } {
  const { createHash, generateKeyPairSync, sign } = nodeCrypto();
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const now = Date.now(), day = 86_400_000;
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, NAME))));
  const serial = new Uint8Array([1, ...crypto.getRandomValues(new Uint8Array(15))]);
  const names = der(
    SEQUENCE,
    der(0x82, NAME),
    ...LOOPBACK.map((address) => der(0x87, new Uint8Array(address))),
  );
  const told = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, new Uint8Array([2]))),
    der(INTEGER, serial),
    ECDSA_SHA256,
    subject,
    // A client's clock may be late.
    der(SEQUENCE, time(new Date(now - day)), time(new Date(now + 365 * day))),
    subject,
    new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
    der(0xa3, der(SEQUENCE, der(SEQUENCE, ALTERNATIVE_NAMES, der(OCTETS, names)))),
  );
  const signature = sign("sha256", told, privateKey);
  const certificate = der(SEQUENCE, told, ECDSA_SHA256, der(BITS, new Uint8Array(1), signature));
  return {
    cert: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    pin: formatPin(new Uint8Array(createHash("sha256").update(certificate).digest())),
  };
}

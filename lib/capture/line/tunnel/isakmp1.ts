// Payloads of version 1 of IPsec's key exchange under a line (-v). Pure. RFC 2408, RFC 2407; the form is tcpdump's.
// To add a payload: its line in `PRINTERS`.
import { bitNames, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";
import {
  attributes,
  bracketed,
  CIPHERS,
  IKE_ATTRIBUTES,
  IPSEC_ATTRIBUTES,
  named,
  octets,
  PAYLOADS,
  PROTOCOLS,
  someOctets,
} from "./isakmp_words.ts";

/** Payloads in payloads that are followed; honest ones are three deep. */
const DEEPEST = 32;

const TRANSFORMS = [
  {},
  names("1 ike"),
  names("1 (reserved)|md5|sha|1des|sha2-256|sha2-384|sha2-512"),
  CIPHERS,
  names("1 oui|deflate|lzs"),
];
const IDENTITIES = names(
  "1 IPv4|FQDN|user FQDN|IPv4net|IPv6|IPv6net|IPv4range|IPv6range|ASN1 DN|ASN1 GN|keyid",
);
const SITUATIONS = bits("1 identity|2 secrecy|4 integrity");
const CERTIFICATES = names("0 none|pkcs7|pgp|dns|x509sign|x509ke|kerberos|crl|arl|spki|x509attr");
const NOTIFICATIONS = names(
  "1 INVALID-PAYLOAD-TYPE|DOI-NOT-SUPPORTED|SITUATION-NOT-SUPPORTED|INVALID-COOKIE|INVALID-MAJOR-VERSION|" +
    "INVALID-MINOR-VERSION|INVALID-EXCHANGE-TYPE|INVALID-FLAGS|INVALID-MESSAGE-ID|INVALID-PROTOCOL-ID|INVALID-SPI|" +
    "INVALID-TRANSFORM-ID|ATTRIBUTES-NOT-SUPPORTED|NO-PROPOSAL-CHOSEN|BAD-PROPOSAL-SYNTAX|PAYLOAD-MALFORMED|" +
    "INVALID-KEY-INFORMATION|INVALID-ID-INFORMATION|INVALID-CERT-ENCODING|INVALID-CERTIFICATE|CERT-TYPE-UNSUPPORTED|" +
    "INVALID-CERT-AUTHORITY|INVALID-HASH-INFORMATION|AUTHENTICATION-FAILED|INVALID-SIGNATURE|ADDRESS-NOTIFICATION|" +
    "NOTIFY-SA-LIFETIME|CERTIFICATE-UNAVAILABLE|UNSUPPORTED-EXCHANGE-TYPE|UNEQUAL-PAYLOAD-LENGTHS|16384 CONNECTED",
);
/** Those of the IPsec domain. RFC 2407 4.6.3. */
const IPSEC_NOTIFICATIONS = names("8192 RESERVED|24576 RESPONDER-LIFETIME|REPLAY-STATUS|INITIAL-CONTACT");

const ENCRYPTED = 46;

/** Prints a payload of version 2, which tcpdump tells in messages of version 1 too; as `payload1`. */
type Second = (l: Line, type: number, at: number, size: number) => number;

/** What a payload stands in. */
interface Place {
  /** Payloads around it. */
  readonly depth: number;
  /** The protocol of the proposal around it, 0 outside of any. */
  readonly protocol: number;
  readonly second: Second;
}

/** The payloads from `at` on, the first of them a `next`; gives the offset behind them, -1 when one was cut. */
export function payloads1(l: Line, next: number, at: number, place: Place): number {
  const depth = place.depth + 1;
  while (next !== 0) {
    const size = l.has(at, 4) ? l.u16(at + 2) : 0;
    if (place.depth > DEEPEST || !l.has(at, Math.max(4, size))) {
      l.text(` [|${named(PAYLOADS, next)}]`);
      return -1;
    }
    const after = bracketed(l, depth, () => {
      if (size <= 4) return -1;
      // What is encrypted is told in messages of version 2 alone.
      if (next >= 33 && next !== ENCRYPTED) return place.second(l, next, at, size);
      return payload1(l, next, at, size, { ...place, depth });
    });
    if (after < 0) return -1;
    next = l.u8(at);
    at = after;
  }
  return at;
}

/** A payload of `size` octets; gives the offset behind it, below 0 when it was cut. */
export function payload1(l: Line, type: number, at: number, size: number, place: Place): number {
  const name = named(PAYLOADS, type);
  const print = PRINTERS[type];
  l.text(name);
  if (print === undefined) return at + size;
  l.text(":");
  const after = print(l, at, size, place);
  if (after === CUT) l.text(` [|${name}]`);
  return Math.max(after, -1);
}

/** A payload was cut; what is inside it has told so already where the offset is -1. */
const CUT = -2;

type Printer = (l: Line, at: number, size: number, place: Place) => number;

/** With -vvv the payload's octets. */
function all(l: Line, at: number, size: number): number {
  if (l.verbose > 2 && size > 4) {
    l.text(" ");
    octets(l, at + 4, size - 4);
  }
  return at + size;
}

const length: Printer = (l, at, size) => {
  l.text(` len=${size - 4}`);
  return all(l, at, size);
};

const certificate: Printer = (l, at, size) => {
  l.text(` len=${size - 4} type=${named(CERTIFICATES, l.u8(at + 4))}`);
  return all(l, at, size);
};

const PRINTERS: Readonly<Record<number, Printer>> = {
  1(l, at, _size, place) {
    if (!l.has(at, 12)) return CUT;
    const domain = l.u32(at + 4), situation = l.u32(at + 8);
    if (domain !== 1) {
      l.text(` doi=${domain} situation=${situation}`);
      return at + 12;
    }
    l.text(` doi=ipsec situation=${bitNames(SITUATIONS, situation, "", "+")}`);
    let inside = at + 12;
    if (situation !== 1) {
      l.text(` ident=${domain}`);
      inside += 4;
    }
    if (!l.has(inside, 4)) return CUT;
    return payloads1(l, 2, inside, place);
  },
  2(l, at, _size, place) {
    if (!l.has(at, 8)) return CUT;
    const protocol = l.u8(at + 5), spi = l.u8(at + 6);
    l.text(` #${l.u8(at + 4)} protoid=${named(PROTOCOLS, protocol)} transform=${l.u8(at + 7)}`);
    if (spi > 0) {
      l.text(" spi=");
      if (!octets(l, at + 8, spi)) return CUT;
    }
    if (!l.has(at + 8 + spi, 4)) return CUT;
    return payloads1(l, 3, at + 8 + spi, { ...place, protocol });
  },
  3(l, at, size, { protocol }) {
    if (!l.has(at, 8)) return CUT;
    const table = TRANSFORMS[protocol], id = l.u8(at + 5), known = protocol > 0 && table !== undefined;
    l.text(` #${l.u8(at + 4)} id=${known ? named(table, id) : id} `);
    const after = attributes(
      l,
      at + 8,
      at + size,
      known ? protocol === 1 ? IKE_ATTRIBUTES : IPSEC_ATTRIBUTES : undefined,
    );
    if (after < 0) return CUT;
    if (l.end < at + size) l.text("...");
    return after;
  },
  4(l, at, size) {
    l.text(` key len=${size - 4}`);
    return all(l, at, size);
  },
  5: identity,
  6: certificate,
  7: certificate,
  8: length,
  9: length,
  10(l, at, size) {
    l.text(` n len=${size - 4}`);
    if (l.verbose > 2) return all(l, at, size);
    if (l.verbose > 1) {
      l.text(" ");
      someOctets(l, at + 4);
    }
    return at + size;
  },
  11: notification,
  12: deletion,
  13: length,
};

/** RFC 2407 4.6.2. */
function identity(l: Line, at: number, size: number): number {
  if (!l.has(at, 8)) return CUT;
  const type = l.u8(at + 4), count = size - 8, from = at + 8;
  l.text(` idtype=${named(IDENTITIES, type)} protoid=${l.u8(at + 5)} port=${l.u16(at + 6)}`);
  if (count <= 0) return at + size;
  l.text(` len=${count}`);
  const enough = (least: number) => {
    l.text(count < least ? ` [bad: < ${least}]` : " ");
    return count >= least;
  };
  switch (type) {
    case 1:
      if (enough(4)) l.ip4(from);
      break;
    case 2:
    case 3:
      l.text(" ");
      l.octets(from, count);
      break;
    case 4:
      if (enough(8)) l.text(`${l.ip4Text(from)}/${l.ip4Text(from + 4)}`);
      break;
    case 5:
      if (enough(16)) l.ip6(from);
      break;
    case 6:
      if (enough(32)) l.text(`${l.ip6Text(from)}/0x${l.hexText(from + 16, 16)}`);
      break;
    case 7:
      if (enough(8)) l.text(`${l.ip4Text(from)}-${l.ip4Text(from + 4)}`);
      break;
    case 8:
      if (enough(32)) l.text(`${l.ip6Text(from)}-${l.ip6Text(from + 16)}`);
      break;
    default:
      if (l.verbose > 2) {
        l.text(" ");
        octets(l, from, count);
      }
  }
  return at + size;
}

/** RFC 2408 3.14. */
function notification(l: Line, at: number, size: number): number {
  if (!l.has(at, 12)) return CUT;
  const domain = l.u32(at + 4), protocol = l.u8(at + 8), spi = l.u8(at + 9), type = l.u16(at + 10);
  const ipsec = domain === 1;
  l.text(ipsec ? ` doi=ipsec proto=${named(PROTOCOLS, protocol)}` : ` doi=${domain} proto=${protocol}`);
  const privately = (type >> 13) % 2 === 1, first = type & 0xe000;
  // Numbers in a range that has names count from its beginning.
  const own = type < 0x8000 && privately
    ? (ipsec ? IPSEC_NOTIFICATIONS[type] ?? `#${type - first}` : `#${type}`)
    : type < 8192
    ? named(NOTIFICATIONS, type)
    : type < 24576
    ? NOTIFICATIONS[type] ?? `#${type - 16384}`
    : `#${type}`;
  l.text(` type=${own}`);
  if (spi > 0) {
    l.text(" spi=");
    if (!octets(l, at + 12, spi)) return CUT;
  }
  const data = at + 12 + spi;
  if (!ipsec) return data;
  if (data >= l.end) return at + size;
  if (type === 24576) {
    l.text(" attrs=(");
    const after = attributes(l, data, at + size, IKE_ATTRIBUTES);
    l.text(")");
    if (after < 0) return CUT;
  } else if (type === 24577) {
    l.text(" status=(");
    l.text(`replay detection ${l.u32(data) !== 0 ? "en" : "dis"}abled)`);
  } else if (l.verbose > 3) {
    l.text(" data=(");
    octets(l, data, l.end - data);
    l.text(")");
  } else someOctets(l, data);
  return at + size;
}

/** RFC 2408 3.15. */
function deletion(l: Line, at: number): number {
  if (!l.has(at, 12)) return CUT;
  const domain = l.u32(at + 4), protocol = l.u8(at + 8), spi = l.u8(at + 9), count = l.u16(at + 10);
  l.text(domain === 1 ? ` doi=ipsec proto=${named(PROTOCOLS, protocol)}` : ` doi=${domain} proto=${protocol}`);
  l.text(` spilen=${spi} nspi=${count}`);
  if (spi === 0) return at + 12;
  l.text(" spi=");
  for (let i = 0; i < count; i++) {
    if (i > 0) l.text(",");
    if (!octets(l, at + 12 + i * spi, spi)) return CUT;
  }
  return at + 12 + count * spi;
}

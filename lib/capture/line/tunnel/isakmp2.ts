// Payloads of version 2 of IPsec's key exchange under a line (-v). Pure. RFC 7296 section 3; the form is tcpdump's.
// To add a payload: its case in `payload`.
import { openExchange } from "./esp.ts";
import type { Line, Names } from "../core/line.ts";
import { names } from "../core/table.ts";
import { payload1 } from "./isakmp1.ts";
import {
  type Attributes,
  attributes,
  bracketed,
  CIPHERS,
  GROUPS,
  named,
  octets,
  PAYLOADS,
  PROTOCOLS,
  someOctets,
} from "./isakmp_words.ts";

const TRANSFORM_TYPES = names("1 encr|prf|integ|dh|esn");
const TRANSFORMS: Readonly<Record<number, Names>> = {
  1: CIPHERS,
  2: names("1 hmac-md5|hmac-sha|hmac-tiger|aes128_xcbc"),
  3: names("1 hmac-md5|hmac-sha|dec-mac|kpdk-md5|aes-xcbc"),
  4: GROUPS,
  5: names("0 no-esn|esn"),
};
const CIPHER_ATTRIBUTES: Attributes = { 14: ["keylen"] };
const IDENTITIES = names("1 ipv4|fqdn|rfc822|5 ipv6|9 dn|gn|keyid");
const METHODS = names("0 invalid|rsasig|shared-secret|dsssig");
const NOTIFICATIONS = names(
  "1 unsupported_critical_payload|4 invalid_ike_spi|invalid_major_version|7 invalid_syntax|9 invalid_message_id|" +
    "11 invalid_spi|14 no_protocol_chosen|17 invalid_ke_payload|24 authentication_failed|34 single_pair_required|" +
    "no_additional_sas|internal_address_failure|failed:cp_required|39 invalid_selectors|16384 initial_contact|" +
    "set_window_size|additional_ts_possible|ipcomp_supported|nat_detection_source_ip|nat_detection_destination_ip|" +
    "cookie|use_transport_mode|http_cert_lookup_supported|rekey_sa|tfc_padding_not_supported|non_first_fragment_also",
);
/** Notifications whose SPI says nothing. */
const WITHOUT_SPI = new Set([1, 5, 35, 36, 37, 39, 16384, 16385, 16386, 16387, 16391, 16392, 16394, 16395]);
const COOKIE = 16390;

/** The payloads from `at` on, the first of them a `next`, of the message that begins at `message`. */
export function payloads2(l: Line, next: number, at: number, message: number, depth = 1): void {
  while (next !== 0) {
    const size = l.has(at, 4) ? l.u16(at + 2) : 0;
    if (!l.has(at, Math.max(4, size))) return l.text(` [|${named(PAYLOADS, next)}]`);
    const after = bracketed(l, depth, () => {
      if (size <= 4) return -1;
      const end = payload2(l, next, at, size);
      // What is encrypted is the last, and says what is the first in it.
      if (next === 46 && message >= 0) {
        const first = l.u8(at);
        openExchange(l, message, at + 4, size - 4, (from) => payloads2(l, first, from, -1, depth + 2));
      }
      return end;
    });
    if (after < 0) return;
    next = l.u8(at);
    at = after;
  }
}

/** A payload was not captured whole. */
const CUT = -2;

const head = (l: Line, name: string, at: number) => l.text(`${name}${(l.u8(at + 1) & 0x80) !== 0 ? "[C]" : ""}:`);

/** With -vvv the payload's octets. */
function all(l: Line, at: number, size: number): void {
  if (l.verbose <= 2 || size <= 4) return;
  l.text(" ");
  octets(l, at + 4, size - 4);
}

/** A payload of `size` octets; gives the offset behind it, below 0 when nothing follows. */
export function payload2(l: Line, type: number, at: number, size: number): number {
  const name = named(PAYLOADS, type), end = printed(l, type, name, at, size);
  if (end === CUT) l.text(` [|${name}]`);
  return end;
}

function printed(l: Line, type: number, name: string, at: number, size: number): number {
  if (type <= 13) return payload1(l, type, at, size, { depth: 1, protocol: 0, second: payload2 });
  switch (type) {
    case 33:
      return association(l, at, size);
    case 34:
      return keyExchange(l, name, at, size);
    case 35:
    case 36:
      return identity(l, name, at, size);
    case 39:
      return authentication(l, name, at, size);
    case 40:
      head(l, "nonce", at);
      l.text(` len=${size - 4}`);
      if (l.verbose > 1) {
        l.text(" nonce=(");
        octets(l, at + 4, size - 4);
        l.text(") ");
      } else someOctets(l, at + 4);
      return at + size;
    case 41:
      return notification(l, at, size);
    case 43:
      head(l, name, at);
      l.text(` len=${size - 4} vid=`);
      printable(l, at + 4, size - 4);
      if (size > 8) all(l, at, size);
      return at + size;
    case 37:
    case 38:
    case 42:
    case 44:
    case 45:
    case 46:
    case 47:
    case 48:
      head(l, name, at);
      l.text(` len=${size - 4}`);
      if (type !== 46 || size > 8) all(l, at, size);
      // What follows is encrypted.
      return type === 46 ? -1 : at + size;
  }
  l.text(name);
  return at + size;
}

function printable(l: Line, at: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const octet = l.u8(at + i);
    l.out.char(octet >= 32 && octet < 127 ? octet : 46);
  }
}

/** A security association with its proposals. RFC 7296 3.3. */
function association(l: Line, at: number, size: number): number {
  head(l, "sa", at);
  l.text(` len=${size - 4}`);
  return list(l, at + 4, size - 4, PROPOSALS);
}

/** Entries inside a payload. */
interface Entries {
  /** Their type as payloads. */
  readonly kind: number;
  /** Payloads around them. */
  readonly depth: number;
  /** What is told to be cut where they break off. */
  readonly name: string;
  print(l: Line, at: number, size: number, number: number): number;
}

const PROPOSALS: Entries = { kind: 2, depth: 2, name: "v2sa", print: proposal };
const PROPOSED: Entries = { kind: 3, depth: 3, name: "p", print: transform };

/** Entries, one after the other, in `left` octets; an entry of another kind only has its name told. */
function list(l: Line, at: number, left: number, { kind, depth, name, print }: Entries): number {
  let next = kind;
  for (let number = 1; next !== 0; number++) {
    const size = left >= 4 && l.has(at, 4) ? l.u16(at + 2) : 0;
    if (left < 4 || size > 4 && left < size) {
      l.text(` [|${name}]`);
      return at + left;
    }
    if (size <= 4 || !l.has(at, size)) {
      l.text(` [|${name}]`);
      return -1;
    }
    const from = at;
    l.text(`\n${"    ".repeat(depth)}(`);
    if (next !== kind) l.text(named(PAYLOADS, next));
    at = next === kind ? print(l, at, size, number) : at + size;
    // What is cut has no end.
    if (at < 0) return -1;
    l.text(")");
    left -= size;
    next = l.u8(from);
  }
  return at;
}

function proposal(l: Line, at: number, size: number): number {
  const cut = (after: number) => {
    l.text(" [|p]");
    return after;
  };
  if (!l.has(at, 8)) return cut(-1);
  const spi = l.u8(at + 6);
  head(l, "p", at);
  l.text(` #${l.u8(at + 4)} protoid=${named(PROTOCOLS, l.u8(at + 5))} transform=${l.u8(at + 7)} len=${size}`);
  let left = size - 4;
  if (spi > 0) {
    if (left < spi) return cut(at + 8 + left);
    l.text(" spi=");
    if (!octets(l, at + 8, spi)) return cut(-1);
    left -= spi;
  }
  return list(l, at + 8 + spi, left, PROPOSED);
}

function transform(l: Line, at: number, size: number, number: number): number {
  const cut = () => {
    l.text(" [|t]");
    return -1;
  };
  if (!l.has(at, 8)) return cut();
  const type = l.u8(at + 4), id = l.u16(at + 6), table = TRANSFORMS[type];
  head(l, "t", at);
  l.text(` #${number} type=${named(TRANSFORM_TYPES, type)} id=${table === undefined ? id : named(table, id)} `);
  const after = attributes(l, at + 8, at + size, type === 1 ? CIPHER_ATTRIBUTES : undefined);
  if (after < 0) return cut();
  if (l.end < at + size) l.text("...");
  return after;
}

function keyExchange(l: Line, name: string, at: number, size: number): number {
  if (!l.has(at, 8)) return CUT;
  head(l, name, at);
  if (size < 8) {
    l.text(` len=${size} < 8`);
    return at + size;
  }
  l.text(` len=${size - 8} group=${named(GROUPS, l.u16(at + 4))}`);
  if (l.verbose > 2 && size > 8) {
    l.text(" ");
    octets(l, at + 8, size - 8);
  }
  return at + size;
}

function identity(l: Line, name: string, at: number, size: number): number {
  if (!l.has(at, 8)) return CUT;
  const type = l.u8(at + 4), known = IDENTITIES[type];
  head(l, name, at);
  l.text(` len=${size - 4}`);
  all(l, at, size);
  if (known === undefined) return at + size;
  l.text(` ${known}:`);
  // A payload shorter than its own head has more octets than were captured, by tcpdump's count.
  if (size < 8) return CUT;
  if (type === 2 || type === 3) printable(l, at + 8, size - 8);
  else octets(l, at + 8, size - 8);
  return at + size;
}

function authentication(l: Line, name: string, at: number, size: number): number {
  if (!l.has(at, 8)) return CUT;
  head(l, name, at);
  l.text(` len=${size - 4} method=${named(METHODS, l.u8(at + 4))}`);
  if (l.verbose > 1) {
    l.text(" authdata=(");
    if (size < 8) return CUT;
    octets(l, at + 8, size - 8);
    l.text(") ");
  } else someOctets(l, at + 8);
  return at + size;
}

function notification(l: Line, at: number, size: number): number {
  const cut = () => {
    l.text(" [|n]");
    return -1;
  };
  if (!l.has(at, 8)) return cut();
  const spi = l.u8(at + 5), type = l.u16(at + 6);
  head(l, "n", at);
  const kind = type < 8192 ? "error" : type < 16384 ? "private-error" : type < 40960 ? "status" : "private-status";
  l.text(` prot_id=${named(PROTOCOLS, l.u8(at + 4))} type=${type}(${NOTIFICATIONS[type] ?? kind})`);
  if (spi > 0 && !WITHOUT_SPI.has(type)) {
    l.text(" spi=");
    if (!octets(l, at + 8, spi)) return cut();
  }
  const data = at + 8 + spi;
  if (data < l.end) {
    if (l.verbose > 3 || type === COOKIE && l.end - data < 30) {
      l.text(" data=(");
      octets(l, data, l.end - data);
      l.text(")");
    } else if (type === COOKIE) someOctets(l, data);
  }
  return at + size;
}

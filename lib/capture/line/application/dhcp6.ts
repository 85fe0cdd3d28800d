// DHCP for IPv6 in a line, with -v the options. Pure. RFC 8415 and the RFCs of the options; the form is tcpdump's.
// To add an option: its name in `OPTIONS` and its case in `value`.
import { printName, skipName } from "./dns_name.ts";
import { hex, type Line } from "../core/line.ts";
import { names, numbers } from "../core/table.ts";

const MESSAGES = names(
  "1 solicit|advertise|request|confirm|renew|rebind|reply|release|decline|reconfigure|inf-req|relay-fwd|relay-reply|" +
    "leasequery|leasequery-reply",
);
const OPTIONS = names(
  "1 client-ID|server-ID|IA_NA|IA_TA|IA_ADDR|option-request|preference|elapsed-time|relay-message|11 authentication|" +
    "server-unicast|status-code|rapid-commit|user-class|vendor-class|vendor-specific-info|interface-ID|" +
    "reconfigure-message|reconfigure-accept|SIP-servers-domain|SIP-servers-address|DNS-server|DNS-search-list|IA_PD|" +
    "IA_PD-prefix|NIS-server|NIS+-server|NIS-domain-name|NIS+-domain-name|SNTP-servers|lifetime|BCMCS-domain-name|" +
    "BCMCS-server|36 Geoconf-Civic|Remote-ID|Subscriber-ID|Client-FQDN|PANA-agent|POSIX-timezone|POSIX-tz-database|" +
    "Echo-request-option|Lease-query|LQ-client-data|Clt-time|LQ-relay-data|LQ-client-link|56 NTP-server|59 Bootfile-URL|64 AFTR-Name|" +
    "112 MUD-URL|136 SZTP-redirect",
);
const STATUS = names(
  "0 Success|UnspecFail|NoAddrsAvail|NoBinding|NotOnLink|UseMulticast|NoPrefixAvail|UnknownQueryType|MalformedQuery|" +
    "NotConfigured|NotAllowed",
);
/** Messages inside relayed messages that are followed. */
const RELAYS = 8;

/** Ends the options that are being read; what holds them goes on. */
class Short extends Error {}

/** A message of `length` octets at `at`. */
export function printDhcp6(l: Line, at: number, length: number, relays = 0): void {
  l.protocol = "dhcp6";
  l.text("dhcp6");
  const end = Math.min(l.end, at + length);
  // A relayed message that is cut ends no line: what comes after it is told.
  if (!l.has(at, 4)) return l.text(" [|dhcp6]");
  const type = l.u8(at);
  l.text(` ${MESSAGES[type] ?? `msgtype-${type}`}`);
  if (l.verbose === 0) return;
  l.text(" (");
  if (type === 12 || type === 13) {
    l.text(`linkaddr=${l.ip6Text(at + 2)}`);
    l.text(` peeraddr=${l.ip6Text(at + 18)}`);
    options(l, at + 34, end, relays);
  } else {
    l.text(`xid=${l.u24(at + 1).toString(16)}`);
    options(l, at + 4, end, relays);
  }
  l.text(")");
}

/** Options from `at` to `end`: each in parentheses. */
function options(l: Line, at: number, end: number, relays: number): void {
  try {
    while (at < end) {
      if (end < at + 4 || !l.has(at, 4)) throw new Short();
      const code = l.u16(at), length = l.u16(at + 2);
      if (end < at + 4 + length) throw new Short();
      l.text(` (${OPTIONS[code] ?? `opt_${code}`}`);
      if (!l.has(at + 4, length)) throw new Short();
      value(l, code, at + 4, length, relays);
      l.text(")");
      at += 4 + length;
    }
  } catch (error) {
    if (!(error instanceof Short)) throw error;
    l.text(" [|dhcp6]");
  }
}

/** Octets that an option has at least. */
const LEAST = numbers("1 2|2|12|4|24|11 11|13 2|25 12|25|37 4|41 5|5|44 17|47 16|56 4|64 3|112 5");
/** Octets that an option has, or has a multiple of (below zero). */
const EXACT: Readonly<Record<number, number>> = {
  6: -2,
  7: 1,
  8: 2,
  19: 1,
  22: -16,
  23: -16,
  27: -16,
  28: -16,
  31: -16,
  32: 4,
  34: -16,
  40: -16,
  43: -2,
  46: 4,
  48: -16,
};

function value(l: Line, code: number, at: number, length: number, relays: number): void {
  const exact = EXACT[code];
  const wrong = exact === undefined
    ? length < (LEAST[code] ?? 0)
    : exact < 0
    ? length % -exact !== 0
    : length !== exact;
  if (wrong) return l.text(" ?");
  const end = at + length;
  const digits = (from: number, most: number) =>
    l.text(`${l.hexText(from, Math.max(0, Math.min(end - from, most)))}...`);
  switch (code) {
    case 1:
    case 2:
      return identifier(l, at, length);
    case 3:
    case 25:
      l.text(` IAID:${l.u32(at)} T1:${l.u32(at + 4)} T2:${l.u32(at + 8)}`);
      return options(l, at + 12, end, relays);
    case 4:
      l.text(` IAID:${l.u32(at)}`);
      return options(l, at + 4, end, relays);
    case 5:
      l.text(` ${l.ip6Text(at)} pltime:${l.u32(at + 16)} vltime:${l.u32(at + 20)}`);
      return options(l, at + 24, end, relays);
    case 6:
    case 43:
      for (let i = at; i < end; i += 2) l.text(` ${OPTIONS[l.u16(i)] ?? `opt_${l.u16(i)}`}`);
      return;
    case 7:
      return l.text(` ${l.u8(at)}`);
    case 8:
      return l.text(` ${l.u16(at)}`);
    case 9:
      l.text(" (");
      if (relays < RELAYS) l.within(end, () => printDhcp6(l, at, length, relays + 1));
      return;
    case 11:
      return authentication(l, at, length);
    case 13:
      return l.text(` ${l.u16(at) > 255 ? "INVALID code" : STATUS[l.u16(at)] ?? `code${l.u16(at)}`}`);
    case 15:
    case 136:
      return strings(l, at, end);
    case 18:
    case 38:
      l.text(" ");
      return digits(at, 10);
    case 19:
      return l.text(` for ${l.u8(at) === 5 ? "renew" : l.u8(at) === 11 ? "inf-req" : `???(${hex(l.u8(at), 2)})`}`);
    case 21:
    case 24:
      return domains(l, at, end);
    case 22:
    case 23:
    case 27:
    case 28:
    case 31:
    case 34:
    case 40:
    case 48:
      for (let i = at; i < end; i += 16) l.text(` ${l.ip6Text(i)}`);
      return;
    case 26:
      l.text(` ${l.ip6Text(at + 9)}/${l.u8(at + 8)} pltime:${l.u32(at)} vltime:${l.u32(at + 4)}`);
      return options(l, at + 25, end, relays);
    case 32:
    case 46:
      return l.text(` ${l.u32(at)}`);
    case 37:
      l.text(` ${l.u32(at)} `);
      return digits(at + 4, 10);
    case 41:
    case 42:
    case 59:
    case 112:
      l.text(" ");
      return l.string(at, length);
    case 44:
      l.text(` ${["", "by-address", "by-clientID"][l.u8(at)] || `type_${l.u8(at)}`} ${l.ip6Text(at + 1)}`);
      return options(l, at + 17, end, relays);
    case 45:
      return options(l, at, end, relays);
    case 47:
      l.text(` ${l.ip6Text(at)} `);
      return digits(at + 16, 10);
    case 56:
      return timeServers(l, at, end);
    case 64:
      return tunnelName(l, at, length);
  }
}

/** A DHCP unique identifier. RFC 8415 11. */
function identifier(l: Line, at: number, length: number): void {
  const type = l.u16(at);
  if (type === 1) {
    if (length < 8) return l.text(" ?");
    l.text(` hwaddr/time type ${l.u16(at + 2)} time ${l.u32(at + 4)} ${l.hexText(at + 8, length - 8)}`);
  } else if (type === 2) {
    if (length < 6) return l.text(" ?");
    l.text(` enterprise ${l.u32(at + 2)} ${l.hexText(at + 6, length - 6)}`);
  } else if (type === 3) {
    if (length < 4) return l.text(" ?");
    l.text(` hwaddr type ${l.u16(at + 2)} ${l.hexText(at + 4, length - 4)}`);
  } else if (type === 4) l.text(` uuid ${length === 18 ? l.hexText(at + 2, 16) : "?"}`);
  else l.text(` type ${type}`);
}

function authentication(l: Line, at: number, length: number): void {
  const protocol = l.u8(at), algorithm = l.u8(at + 1), method = l.u8(at + 2);
  l.text(` proto: ${protocol === 2 ? "delayed" : protocol === 3 ? "reconfigure" : protocol}`);
  l.text(`, alg: ${algorithm === 1 ? "HMAC-MD5" : algorithm}, RDM: ${method === 0 ? "mono" : method}, RD:`);
  for (let i = 3; i < 11; i += 2) l.text(` ${hex(l.u16(at + i), 4)}`);
  let rest = length - 11, from = at + 11;
  const words = () => {
    for (let i = 0; i < 16; i += 4) l.text(` ${hex(l.u32(from + i), 8)}`);
  };
  if (protocol === 2) {
    if (rest === 0) return;
    if (rest < 20) return l.text(" ??");
    rest -= 20;
    if (rest > 0) l.text(`, realm: ${l.hexText(from, rest)}`);
    from += rest;
    l.text(`, key ID: ${hex(l.u32(from), 8)}, HMAC-MD5:`);
    from += 4;
    words();
  } else if (protocol === 3 && rest === 17) {
    const type = l.u8(from++);
    l.text(`${type === 1 ? " reconfig-key" : type === 2 ? " type: HMAC-MD5" : " type: ??"} value:`);
    words();
  } else l.text(" ??");
}

/** Strings with their lengths in front: classes of users, servers to begin with. RFC 8415 21.15, RFC 8572 8.3. */
function strings(l: Line, at: number, end: number): void {
  for (let joint = " "; end - at >= 2; joint = ",") {
    const length = l.u16(at);
    l.text(joint);
    if (length > end - at - 2) break;
    l.string(at + 2, length);
    at += 2 + length;
  }
  if (at < end) l.text(" ?");
}

/** Domain names, one after the other. */
function domains(l: Line, at: number, end: number): void {
  while (at < end) {
    l.text(" ");
    at = printName(l, at, at);
    if (at === -1) throw new Short();
  }
}

function timeServers(l: Line, at: number, end: number): void {
  while (at < end - 4) {
    const code = l.u16(at), length = l.u16(at + 2);
    at += 4;
    if (at + length > end) throw new Short();
    l.text(` subopt:${code}`);
    if (code === 1 || code === 2) l.text(length === 16 ? ` ${l.ip6Text(at)}` : " ?");
    else if (code === 3) {
      l.text(" ");
      if (skipName(l, at) === -1 || printName(l, at, at) === -1) throw new Short();
    } else l.text(" ?");
    at += length;
  }
}

/** RFC 6334: labels without a point at the end. */
function tunnelName(l: Line, at: number, length: number): void {
  l.text(" ");
  while (length > 0 && l.u8(at) !== 0) {
    const label = l.u8(at++);
    if (label >= length - 1) return l.text(" ?");
    l.octets(at, label);
    at += label;
    length -= label + 1;
    if (l.u8(at) !== 0) l.text(".");
  }
}

// DHCP for IPv6 in a line, with -v the options. Pure. RFC 8415 and the RFCs of the options; the form is tcpdump's.
// To add an option: its name in `OPTIONS` and its line in `VALUES`.
import { printName, skipName } from "./dns_name.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

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
      const option = VALUES[code];
      if (option?.fits(length) === false) l.text(" ?");
      else option?.print(l, at + 4, at + 4 + length, relays);
      l.text(")");
      at += 4 + length;
    }
  } catch (error) {
    if (!(error instanceof Short)) throw error;
    l.text(" [|dhcp6]");
  }
}

/** How long an option's value may be, and what it says from `at` to `end`, `relays` relayed messages deep. */
interface Option {
  readonly fits: (length: number) => boolean;
  readonly print: (l: Line, at: number, end: number, relays: number) => void;
}

const least = (size: number, print: Option["print"]): Option => ({ fits: (length) => length >= size, print });
const exactly = (size: number, print: Option["print"]): Option => ({ fits: (length) => length === size, print });
/** Values of `size` octets each, one after the other. */
const each = (size: number, text: (l: Line, at: number) => string): Option => ({
  fits: (length) => length % size === 0,
  print(l, at, end) {
    for (; at < end; at += size) l.text(` ${text(l, at)}`);
  },
});

const codes = each(2, (l, at) => OPTIONS[l.u16(at)] ?? `opt_${l.u16(at)}`);
const addresses = each(16, (l, at) => l.ip6Text(at));
const number = exactly(4, (l, at) => l.text(` ${l.u32(at)}`));
const association = least(12, (l, at, end, relays) => {
  l.text(` IAID:${l.u32(at)} T1:${l.u32(at + 4)} T2:${l.u32(at + 8)}`);
  options(l, at + 12, end, relays);
});
const identity = least(2, (l, at, end) => identifier(l, at, end - at));
const text = (size: number) =>
  least(size, (l, at, end) => {
    l.text(" ");
    l.string(at, end - at);
  });

/** At most ten octets of a value, in hex. */
function digits(l: Line, at: number, end: number): void {
  l.text(`${l.hexText(at, Math.max(0, Math.min(end - at, 10)))}...`);
}
const opaque = least(0, (l, at, end) => {
  l.text(" ");
  digits(l, at, end);
});

const VALUES: Readonly<Record<number, Option>> = {
  1: identity,
  2: identity,
  3: association,
  4: least(4, (l, at, end, relays) => {
    l.text(` IAID:${l.u32(at)}`);
    options(l, at + 4, end, relays);
  }),
  5: least(24, (l, at, end, relays) => {
    l.text(` ${l.ip6Text(at)} pltime:${l.u32(at + 16)} vltime:${l.u32(at + 20)}`);
    options(l, at + 24, end, relays);
  }),
  6: codes,
  7: exactly(1, (l, at) => l.text(` ${l.u8(at)}`)),
  8: exactly(2, (l, at) => l.text(` ${l.u16(at)}`)),
  9: least(0, (l, at, end, relays) => {
    l.text(" (");
    if (relays < RELAYS) l.within(end, () => printDhcp6(l, at, end - at, relays + 1));
  }),
  11: least(11, (l, at, end) => authentication(l, at, end - at)),
  13: least(2, (l, at) => l.text(` ${l.u16(at) > 255 ? "INVALID code" : STATUS[l.u16(at)] ?? `code${l.u16(at)}`}`)),
  15: least(0, strings),
  18: opaque,
  19: exactly(1, (l, at) => {
    l.text(` for ${l.u8(at) === 5 ? "renew" : l.u8(at) === 11 ? "inf-req" : `???(${hex(l.u8(at), 2)})`}`);
  }),
  21: least(0, domains),
  22: addresses,
  23: addresses,
  24: least(0, domains),
  25: association,
  26: least(25, (l, at, end, relays) => {
    l.text(` ${l.ip6Text(at + 9)}/${l.u8(at + 8)} pltime:${l.u32(at)} vltime:${l.u32(at + 4)}`);
    options(l, at + 25, end, relays);
  }),
  27: addresses,
  28: addresses,
  31: addresses,
  32: number,
  34: addresses,
  37: least(4, (l, at, end) => {
    l.text(` ${l.u32(at)} `);
    digits(l, at + 4, end);
  }),
  38: opaque,
  40: addresses,
  41: text(5),
  42: text(5),
  43: codes,
  44: least(17, (l, at, end, relays) => {
    l.text(` ${["", "by-address", "by-clientID"][l.u8(at)] || `type_${l.u8(at)}`} ${l.ip6Text(at + 1)}`);
    options(l, at + 17, end, relays);
  }),
  45: least(0, options),
  46: number,
  47: least(16, (l, at, end) => {
    l.text(` ${l.ip6Text(at)} `);
    digits(l, at + 16, end);
  }),
  48: addresses,
  56: least(4, timeServers),
  59: text(0),
  64: least(3, (l, at, end) => tunnelName(l, at, end - at)),
  112: text(5),
  136: least(0, strings),
};

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

// IPv4 and IPv6 addresses and prefixes: parse, print, canonical form, classes. Pure.
// RFC 4291 (IPv6), RFC 5952 (its text form), RFC 6890 (special purposes).
import { FormatError } from "./errors.ts";
import { ByteWriter } from "./writer.ts";

/** An address: 4 or 16 octets. `zone` is the interface of a link-local IPv6 address (RFC 4007). */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
  readonly zone?: string;
}

/** The four octets of strict dotted-decimal text, or `undefined`. Read by hand: a proxy does it many times a connection. */
function parseIpv4(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length < 7 || length > 15) return undefined;
  const bytes = new Uint8Array(4);
  let part = 0, digits = 0, value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (++digits > 3) return undefined;
      value = value * 10 + digit;
    } else if (digit === -2 && digits > 0 && part < 3 && value <= 255) {
      bytes[part++] = value;
      digits = value = 0;
    } else return undefined;
  }
  if (part !== 3 || digits === 0 || value > 255) return undefined;
  bytes[3] = value;
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  let head = text;
  let tail4: Uint8Array | undefined;
  const lastColon = text.lastIndexOf(":");
  if (lastColon === -1) return undefined;
  if (text.includes(".", lastColon)) {
    tail4 = parseIpv4(text.slice(lastColon + 1));
    if (tail4 === undefined) return undefined;
    head = text.slice(0, lastColon + 1) + "0:0";
  }
  const halves = head.split("::");
  if (halves.length > 2) return undefined;
  const groupsOf = (half: string) => half === "" ? [] : half.split(":");
  const before = groupsOf(halves[0]!);
  const after = halves.length === 2 ? groupsOf(halves[1]!) : [];
  const count = before.length + after.length;
  if (halves.length === 2 ? count > 7 : count !== 8) return undefined;
  const groups = [...before, ...Array<string>(8 - count).fill("0"), ...after];
  const out = new ByteWriter(16);
  for (const group of groups) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    out.u16(parseInt(group, 16));
  }
  const bytes = out.take();
  if (tail4 !== undefined) bytes.set(tail4, 12);
  return bytes;
}

/** The address that `text` spells (dotted decimal, RFC 4291 text, brackets and a zone allowed), or `undefined` for anything else. */
export function parseIp(text: string): IpAddress | undefined {
  const four = parseIpv4(text);
  if (four !== undefined) return { family: 4, bytes: four };
  let inner = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const percent = inner.indexOf("%");
  const zone = percent === -1 ? undefined : inner.slice(percent + 1);
  if (percent !== -1) inner = inner.slice(0, percent);
  const six = parseIpv6(inner);
  if (six === undefined) return undefined;
  return zone === undefined ? { family: 6, bytes: six } : { family: 6, bytes: six, zone };
}

const MOST_KNOWN = 1024;
const known = new Map<string, IpAddress | undefined>();

/**
 * As `parseIp`, for addresses that are met again and again (a proxy asks four times a connection): the last ones are
 * remembered. What it gives is shared, its octets are not to be changed.
 */
export function knownIp(text: string): IpAddress | undefined {
  let ip = known.get(text);
  if (ip === undefined && !known.has(text)) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, ip = parseIp(text));
  }
  return ip;
}

/** As `parseIp`, but anything else is a `FormatError`. */
export function ipFrom(text: string): IpAddress {
  const ip = parseIp(text);
  if (ip === undefined) throw new FormatError(`"${text}" is not an IP address`);
  return ip;
}

/**
 * As `parseIp`, and also the old spellings that the system's resolver takes for IPv4 (inet_aton): `127.1`, `0x7f000001`,
 * `2130706433`, `0177.0.0.1`, each with an optional dot at the end. For judging names that a client sent.
 */
export function parseLooseIp(text: string): IpAddress | undefined {
  const trimmed = text.endsWith(".") ? text.slice(0, -1) : text;
  const strict = parseIp(trimmed);
  // A leading zero would make it octal.
  if (strict !== undefined && (strict.family === 6 || !/(^|\.)0\d/.test(trimmed))) return strict;
  const parts = trimmed.split(".");
  if (parts.length > 4 || parts.some((part) => !/^(0x[0-9a-f]*|\d+)$/i.test(part))) return undefined;
  const values = parts.map((part) => {
    if (/^0x/i.test(part)) return part.length === 2 ? 0 : parseInt(part.slice(2), 16);
    return /^0\d/.test(part) ? (/^[0-7]+$/.test(part) ? parseInt(part, 8) : NaN) : Number(part);
  });
  let value = values.pop()!;
  if (!(value < 2 ** (8 * (4 - values.length)))) return undefined;
  for (let i = 0; i < values.length; i++) {
    if (!(values[i]! < 256)) return undefined;
    value += values[i]! * 2 ** (8 * (3 - i));
  }
  return { family: 4, bytes: new ByteWriter(4).u32(value).take() };
}

/** Text of 4 or 16 octets; IPv6 as RFC 5952 asks (longest run of zeros shortened, `::ffff:` with dotted tail). */
export function formatIp(address: IpAddress | Uint8Array): string {
  const bytes = "bytes" in address ? address.bytes : address;
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (bytes.length !== 16) throw new RangeError(`An IP address has 4 or 16 octets, not ${bytes.length}`);
  const zone = "zone" in address && address.zone !== undefined ? `%${address.zone}` : "";
  return formatIpv6(bytes) + zone;
}

/** Sixteen octets as RFC 5952 writes them; captures and answers are full of them, so nothing is made on the way. */
function formatIpv6(bytes: Uint8Array): string {
  // The longest run of zero groups, two at the least, the first of equal ones: its octets are from `from` to `end`.
  let from = 16, end = 16;
  for (let at = 0; at < 16;) {
    let to = at;
    while (to < 16 && bytes[to] === 0 && bytes[to + 1] === 0) to += 2;
    if (to - at > 2 && to - at > end - from) {
      from = at;
      end = to;
    }
    at = to === at ? at + 2 : to;
  }
  if (from === 0 && end === 10 && bytes[10] === 0xff && bytes[11] === 0xff) {
    return `::ffff:${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
  }
  let out = "";
  for (let at = 0; at < 16;) {
    if (at === from) {
      out += "::";
      at = end;
      continue;
    }
    if (at > 0 && at !== end) out += ":";
    out += ((bytes[at]! << 8) | bytes[at + 1]!).toString(16);
    at += 2;
  }
  return out;
}

const zeros = (bytes: Uint8Array, from: number, to: number) => bytes.subarray(from, to).every((octet) => octet === 0);

/** The IPv4 address that a socket of IPv6 writes as `::ffff:a.b.c.d` (RFC 4291 2.5.5.2). Any other is returned as it is. */
export function unmappedIp(ip: IpAddress): IpAddress {
  const { bytes } = ip;
  const isMapped = ip.family === 6 && zeros(bytes, 0, 10) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? { family: 4, bytes: bytes.slice(12) } : ip;
}

/**
 * The IPv4 address inside an IPv6 one: mapped (`::ffff:0:0/96`), compatible (`::/96`), NAT64 (`64:ff9b::/96`). Any other
 * address is returned as it is. What a packet to the address would really reach.
 */
export function canonicalIp(ip: IpAddress): IpAddress {
  const plain = unmappedIp(ip);
  if (plain.family === 4) return plain;
  const { bytes: b } = ip;
  const isCompatible = zeros(b, 0, 12) && !(zeros(b, 12, 15) && b[15]! <= 1);
  const isNat64 = b[0] === 0 && b[1] === 0x64 && b[2] === 0xff && b[3] === 0x9b && zeros(b, 4, 12);
  return isCompatible || isNat64 ? { family: 4, bytes: b.slice(12) } : ip;
}

/** Whether both are the same address; zones are not compared. */
export function sameIp(a: IpAddress, b: IpAddress): boolean {
  return a.bytes.length === b.bytes.length && a.bytes.every((octet, i) => octet === b.bytes[i]);
}

/** A block of addresses: the first `bits` bits of `ip` are fixed. */
export interface Prefix {
  readonly ip: IpAddress;
  readonly bits: number;
}

/** `10.0.0.0/8`, `10.0.0.0:255.0.0.0` (socat), `[::1]/128`, a bare address; `undefined` for anything else. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.lastIndexOf("/");
  if (slash === -1) {
    const mask = /^(\d+\.\d+\.\d+\.\d+):(\d+\.\d+\.\d+\.\d+)$/.exec(text);
    if (mask !== null) {
      const ip = parseIp(mask[1]!), ones = parseIp(mask[2]!);
      if (ip === undefined || ones === undefined) return undefined;
      const bits = [...ones.bytes].map((octet) => octet.toString(2).padStart(8, "0")).join("");
      return /^1*0*$/.test(bits) ? { ip, bits: bits.lastIndexOf("1") + 1 } : undefined;
    }
    const ip = parseIp(text);
    return ip === undefined ? undefined : { ip, bits: ip.bytes.length * 8 };
  }
  const ip = parseIp(text.slice(0, slash));
  const bitsText = text.slice(slash + 1);
  if (ip === undefined || !/^\d{1,3}$/.test(bitsText)) return undefined;
  const bits = Number(bitsText);
  return bits > ip.bytes.length * 8 ? undefined : { ip, bits };
}

/** Whether `ip` lies in `prefix`. Families are never mixed: give the canonical form where that matters. */
export function prefixContains(prefix: Prefix, ip: IpAddress): boolean {
  if (prefix.ip.family !== ip.family) return false;
  const whole = prefix.bits >> 3;
  for (let i = 0; i < whole; i++) if (prefix.ip.bytes[i] !== ip.bytes[i]) return false;
  const rest = prefix.bits & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return ((prefix.ip.bytes[whole]! ^ ip.bytes[whole]!) & mask) === 0;
}

/** A block of IPv4-mapped addresses as the IPv4 one that it speaks of. Any other is returned as it is. */
export function unmappedPrefix(prefix: Prefix): Prefix {
  const ip = unmappedIp(prefix.ip);
  return ip !== prefix.ip && prefix.bits >= 96 ? { ip, bits: prefix.bits - 96 } : prefix;
}

/** Whether `ip` lies in one of these prefixes, which are read once, when they are first asked for. */
function within(...texts: readonly string[]): (ip: IpAddress) => boolean {
  let list: readonly Prefix[] | undefined;
  return (ip) => {
    list ??= texts.map((text) => parsePrefix(text)!);
    const canonical = canonicalIp(ip);
    return list.some((prefix) => prefixContains(prefix, canonical));
  };
}

/** 127.0.0.0/8 and ::1, in any spelling. */
export const isLoopback: (ip: IpAddress) => boolean = within("127.0.0.0/8", "::1/128");
/** 169.254.0.0/16 (cloud metadata among it) and fe80::/10. */
export const isLinkLocal: (ip: IpAddress) => boolean = within("169.254.0.0/16", "fe80::/10");
/** RFC 1918, RFC 6598 and RFC 4193. */
export const isPrivate: (ip: IpAddress) => boolean = within(
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
);
/** 0.0.0.0 and ::, "any address" to bind and "this host" to connect to. */
export const isUnspecified: (ip: IpAddress) => boolean = within("0.0.0.0/32", "::/128");
export const isMulticast: (ip: IpAddress) => boolean = within("224.0.0.0/4", "ff00::/8");

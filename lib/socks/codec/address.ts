// What SOCKS 4, 4a and 5 messages have in common: addresses and the result of a parse. Pure.
// The messages stand in socks4.ts and socks5.ts, the meaning of their numbers in codes.ts.
import { latin1, latin1Text, utf8Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import type { HostPort } from "../../base/host_port.ts";
import { canonicalIp, formatIp, knownIp, parseIp } from "../../base/ip.ts";
import type { ByteWriter } from "../../base/writer.ts";

/**
 * A message at the start of the octets given: its value, and how many octets it takes (what follows is not its own).
 * The parsers of this folder give `undefined` while the message is incomplete, and throw a `FormatError` as soon as the
 * octets can no longer become a message.
 */
export interface Parsed<T> {
  readonly value: T;
  readonly size: number;
}

/** Where to connect, or where something is bound. */
export interface SocksAddress extends HostPort {
  /**
   * How the host is carried: as address octets, or as a name. A name is whatever octets the peer sent, one character
   * each (ISO 8859-1); it may spell an address.
   */
  readonly type: "ipv4" | "ipv6" | "name";
}

/** Address types of version 5 (RFC 1928, 4: ATYP). */
export const ATYP = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** The address of `host`: octets when it spells an IPv4 or IPv6 address strictly, else a name. */
export function socksAddress({ host, port }: HostPort): SocksAddress {
  const ip = parseIp(host);
  if (ip === undefined) return { type: "name", host, port };
  return { type: ip.family === 4 ? "ipv4" : "ipv6", host: formatIp({ family: ip.family, bytes: ip.bytes }), port };
}

/** An address whose name, which came as octets, is the text that those spell in UTF-8. */
export function readableAddress(address: SocksAddress): SocksAddress {
  if (address.type !== "name" || !/[^\x00-\x7f]/.test(address.host)) return address;
  return { ...address, host: utf8Text(latin1(address.host)) };
}

/** "No address": what stands in replies that have none to name. */
export const NO_ADDRESS: SocksAddress = { type: "ipv4", host: "0.0.0.0", port: 0 };

/**
 * Reads ATYP, address and port of version 5 at `at`.
 *
 *     +------+----------+------+
 *     | ATYP |   ADDR   | PORT |
 *     +------+----------+------+
 *     |  1   | Variable |  2   |      1: 4 octets, 4: 16 octets, 3: a length octet and so many of a name
 *     +------+----------+------+
 *
 * `undefined` while incomplete; a `FormatError` for an unknown type, and for an empty name unless `emptyName`.
 */
export function parseAddress5(bytes: Uint8Array, at: number, emptyName = false): Parsed<SocksAddress> | undefined {
  const type = bytes[at];
  if (type === undefined) return undefined;
  if (type === ATYP.ipv4 || type === ATYP.ipv6) {
    const length = type === ATYP.ipv4 ? 4 : 16;
    const end = at + 1 + length;
    if (bytes.length < end + 2) return undefined;
    const host = formatIp(bytes.subarray(at + 1, end));
    const port = (bytes[end]! << 8) | bytes[end + 1]!;
    return { value: { type: length === 4 ? "ipv4" : "ipv6", host, port }, size: length + 3 };
  }
  if (type !== ATYP.name) throw new FormatError(`Unknown address type ${type}`, at);
  const length = bytes[at + 1];
  if (length === undefined) return undefined;
  if (length === 0 && !emptyName) throw new FormatError("The name is empty", at + 1);
  const end = at + 2 + length;
  if (bytes.length < end + 2) return undefined;
  const host = latin1Text(bytes.subarray(at + 2, end));
  return { value: { type: "name", host, port: (bytes[end]! << 8) | bytes[end + 1]! }, size: length + 4 };
}

/** Writes ATYP, address and port. A name over 255 octets is a `RangeError`. */
export function writeAddress5(out: ByteWriter, { type, host, port }: SocksAddress): ByteWriter {
  if (type === "name") {
    if (host.length > 255) throw new RangeError(`A name of ${host.length} octets does not fit into a SOCKS message`);
    out.u8(ATYP.name).u8(host.length).bytes(latin1(host));
  } else {
    const ip = knownIp(host);
    if (ip === undefined || (ip.family === 4) !== (type === "ipv4")) {
      throw new RangeError(`"${host}" is not an ${type === "ipv4" ? "IPv4" : "IPv6"} address`);
    }
    out.u8(ATYP[type]).bytes(ip.bytes);
  }
  return out.u16(port);
}

/**
 * A socket's own address as it is told to clients: IPv4 in its plain form, "any address" and Unix sockets as
 * `NO_ADDRESS`.
 */
export function boundAddress(local: HostPort | undefined): SocksAddress {
  const ip = local === undefined ? undefined : knownIp(local.host);
  if (ip === undefined) return NO_ADDRESS;
  if (ip.family === 4) return { type: "ipv4", host: local!.host, port: local!.port };
  const plain = canonicalIp(ip);
  return { type: plain.family === 4 ? "ipv4" : "ipv6", host: formatIp(plain.bytes), port: local!.port };
}

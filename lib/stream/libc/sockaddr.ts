// `sockaddr_in` and `sockaddr_in6` of the C library, and IP addresses with ports. Pure but for the system's layout.
import type { Bytes } from "../../base/bytes.ts";
import type { HostPort } from "../../base/host_port.ts";
import { NUMBERS } from "./numbers.ts";
import { formatIp, type IpAddress, ipFrom } from "../../base/ip.ts";

/** Octets that any address of an internet socket fits. */
export const SOCKADDR_SIZE = 28;

export const AF_UNIX = 1, AF_INET = 2;
export const { AF_INET6 } = NUMBERS;
/** BSD systems write the length where others have the low octet of the family. */
const HAS_LENGTH = Deno.build.os === "darwin";

/** Which of the first two octets holds the family, which is below 256; the other is the length, or nothing. */
const FAMILY_AT = HAS_LENGTH || new Uint8Array(Uint16Array.of(1).buffer)[0] === 0 ? 1 : 0;

/**
 * The structure of an IP address and a port. An IPv6 zone that is no number is turned into one by `scopeOf`; without that
 * it is left out. A `FormatError` for a name.
 */
export function encodeSockaddr({ host, port }: HostPort, scopeOf?: (zone: string) => number): Bytes {
  return sockaddrOfIp(ipFrom(host), port, scopeOf);
}

/** As `encodeSockaddr`, of an address that was parsed before. */
function sockaddrOfIp(ip: IpAddress, port: number, scopeOf?: (zone: string) => number): Bytes {
  const bytes = new Uint8Array(ip.family === 4 ? 16 : SOCKADDR_SIZE);
  bytes[FAMILY_AT] = ip.family === 4 ? AF_INET : AF_INET6;
  if (HAS_LENGTH) bytes[0] = bytes.length;
  bytes[2] = port >> 8;
  bytes[3] = port & 255;
  bytes.set(ip.bytes, ip.family === 4 ? 4 : 8);
  if (ip.zone !== undefined) {
    const scope = /^\d+$/.test(ip.zone) ? Number(ip.zone) : scopeOf?.(ip.zone) ?? 0;
    new Uint32Array(bytes.buffer)[6] = scope;
  }
  return bytes;
}

/** The address family in a structure. */
export function sockaddrFamily(bytes: Uint8Array): number {
  return bytes[FAMILY_AT]!;
}

/** IP address and port of a structure, in canonical text; `undefined` for other families. An IPv6 scope is left out. */
export function decodeSockaddr(bytes: Uint8Array): HostPort | undefined {
  const family = sockaddrFamily(bytes);
  const port = (bytes[2]! << 8) | bytes[3]!;
  if (family === AF_INET) return { host: formatIp(bytes.subarray(4, 8)), port };
  return family === AF_INET6 ? { host: formatIp(bytes.subarray(8, 24)), port } : undefined;
}

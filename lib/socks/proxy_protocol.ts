// The PROXY protocol, versions 1 and 2, as a server reads it (haproxy's "The PROXY protocol", 2.1 and 2.2). Pure.
import { equalBytes, latin1, latin1Text } from "../base/bytes.ts";
import { FormatError } from "../base/errors.ts";
import type { HostPort } from "../base/host_port.ts";
import { canonicalIp, formatIp, parseIp } from "../base/ip.ts";
import type { Parsed } from "./codec.ts";

/** What a header says. */
export interface ProxyHeader {
  /** The true client; `undefined`: the proxy speaks for itself (LOCAL, UNKNOWN, a Unix socket). */
  readonly source: HostPort | undefined;
}

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const TEXT_START = latin1("PROXY ");
/** The longest header of version 1, CR LF included. */
const TEXT_LIMIT = 107;

/** A header of either version. A `FormatError` as soon as the octets cannot become one. */
export function parseProxyHeader(bytes: Uint8Array): Parsed<ProxyHeader> | undefined {
  const starts = (mark: Uint8Array) => {
    const count = Math.min(mark.length, bytes.length);
    return equalBytes(bytes.subarray(0, count), mark.subarray(0, count));
  };
  if (bytes.length === 0) return undefined;
  if (starts(SIGNATURE)) return parseBinary(bytes);
  if (starts(TEXT_START)) return parseText(bytes);
  throw new FormatError("There is no PROXY protocol header");
}

/** `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 CR LF`. */
function parseText(bytes: Uint8Array): Parsed<ProxyHeader> | undefined {
  const end = bytes.subarray(0, TEXT_LIMIT).indexOf(0x0a);
  if (end === -1) {
    if (bytes.length >= TEXT_LIMIT) throw new FormatError("The PROXY protocol line is too long", TEXT_LIMIT);
    return undefined;
  }
  const line = latin1Text(bytes.subarray(0, end + 1));
  if (/^PROXY UNKNOWN[^\n]*\r\n$/.test(line)) return { value: { source: undefined }, size: end + 1 };
  const match = /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})\r\n$/.exec(line);
  const [, family, source, destination, port] = match ?? [];
  const ip = parseIp(source ?? ""), to = parseIp(destination ?? "");
  if (
    ip === undefined || to === undefined || ip.family !== Number(family) || to.family !== ip.family ||
    Number(port) > 65535
  ) {
    throw new FormatError("The PROXY protocol line is malformed");
  }
  return { value: { source: { host: formatIp(canonicalIp(ip).bytes), port: Number(port) } }, size: end + 1 };
}

/**
 *     | signature 12 | version 2, command | family, transport | length 2 | addresses | TLVs |
 */
function parseBinary(bytes: Uint8Array): Parsed<ProxyHeader> | undefined {
  if (bytes.length < 16) return undefined;
  const command = bytes[12]!, family = bytes[13]! >> 4, length = (bytes[14]! << 8) | bytes[15]!;
  if (command >> 4 !== 2 || (command & 15) > 1) {
    throw new FormatError("The PROXY protocol header has an unknown version or command", 12);
  }
  const size = 16 + length;
  if (bytes.length < size) return undefined;
  if ((command & 15) === 0) return { value: { source: undefined }, size };
  const octets = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (octets === 0) return { value: { source: undefined }, size };
  if (length < octets * 2 + 4) throw new FormatError("The PROXY protocol header has no room for its addresses", 14);
  const host = formatIp(canonicalIp({ family: octets === 4 ? 4 : 6, bytes: bytes.slice(16, 16 + octets) }).bytes);
  const at = 16 + octets * 2;
  return { value: { source: { host, port: (bytes[at]! << 8) | bytes[at + 1]! } }, size };
}

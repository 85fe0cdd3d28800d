// The data of an OPT record: EDNS options in a row, what the data of each may be (the rules that BIND refuses a message by),
// names of extended errors (RFC 6891 6.1.2, RFC 7871, RFC 8914). Pure. To add an extended error: a line in `LATER_EDE_NAMES`.
import { ByteReader } from "../../base/reader.ts";
import { ByteWriter } from "../../base/writer.ts";
import { DnsFormatError } from "../errors.ts";
import { parseNumber } from "./kinds.ts";
import { base64Words, block } from "./layout.ts";
import type { Kind, RdataValue } from "./shape.ts";

/** An option as it travels. */
export interface EdnsOption {
  /** 0 to 65535. */
  readonly code: number;
  readonly data: Uint8Array;
}

/** Client subnet (RFC 7871 6). `address` has only the octets that `sourceBits` asks for. */
export interface ClientSubnet {
  /** 1 for IPv4, 2 for IPv6, 0 for neither. */
  readonly family: number;
  readonly sourceBits: number;
  readonly scopeBits: number;
  readonly address: Uint8Array;
}

/** A `FormatError` when the data breaks RFC 7871. */
export function parseClientSubnet(data: Uint8Array): ClientSubnet {
  const reader = new ByteReader(data);
  const family = reader.u16(), sourceBits = reader.u8(), scopeBits = reader.u8();
  const most = family === 1 ? 32 : family === 2 ? 128 : 0;
  if (family > 2 || sourceBits > most || scopeBits > most) {
    throw new DnsFormatError("FORMERR", "A client subnet of an unknown family or with too many bits", 0);
  }
  const address = reader.take(Math.ceil(sourceBits / 8), "address");
  const spare = sourceBits % 8 === 0 ? 0 : address[address.length - 1]! & (0xff >> (sourceBits % 8));
  if (spare !== 0) throw new DnsFormatError("FORMERR", "A client subnet has bits behind its prefix", data.length - 1);
  reader.done("client subnet");
  return { family, sourceBits, scopeBits, address };
}

/** The option that says a client's subnet. */
export function clientSubnetOption({ family, sourceBits, scopeBits, address }: ClientSubnet): EdnsOption {
  return { code: 8, data: new ByteWriter().u16(family).u8(sourceBits).u8(scopeBits).bytes(address).take() };
}

/** Lengths that an option's data may have, where they are fixed. ECS has its own rules. */
const LENGTHS: Record<number, (length: number) => boolean> = {
  1: (length) => length === 18,
  9: (length) => length === 0 || length === 4,
  10: (length) => length === 8 || (length >= 16 && length <= 40),
  14: (length) => length > 0 && length % 2 === 0,
  15: (length) => length >= 2,
  16: (length) => length === 2,
  17: (length) => length === 2,
};

/** Whether octets are UTF-8 without a byte order mark (RFC 8914 2, RFC 5198 2). */
function isPlainUtf8(octets: Uint8Array): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets).startsWith("\ufeff");
  } catch {
    return false;
  }
}

/** Throws unless an option's data can be of its form: the rules that BIND refuses a message by. */
function checkOption(code: number, data: Uint8Array, offset: number): void {
  let fine = LENGTHS[code]?.(data.length) ?? true;
  if (code === 15 && fine) fine = isPlainUtf8(data.subarray(2));
  if (code === 8) {
    try {
      const { family, sourceBits, scopeBits } = parseClientSubnet(data);
      fine = family !== 0 || (sourceBits === 0 && scopeBits === 0);
    } catch {
      fine = false;
    }
  }
  if (!fine) {
    throw new DnsFormatError("malformed OPT option", `Data of EDNS option ${code} that it cannot have`, offset);
  }
}

/** Extended DNS errors by number (RFC 8914 4, IANA "Extended DNS Error Codes"), as dig names them. */
const EDE_NAMES: readonly string[] = [
  "Other",
  "Unsupported DNSKEY Algorithm",
  "Unsupported DS Digest Type",
  "Stale Answer",
  "Forged Answer",
  "DNSSEC Indeterminate",
  "DNSSEC Bogus",
  "Signature Expired",
  "Signature Not Yet Valid",
  "DNSKEY Missing",
  "RRSIGs Missing",
  "No Zone Key Bit Set",
  "NSEC Missing",
  "Cached Error",
  "Not Ready",
  "Blocked",
  "Censored",
  "Filtered",
  "Prohibited",
  "Stale NXDOMAIN Answer",
  "Not Authoritative",
  "Not Supported",
  "No Reachable Authority",
  "Network Error",
  "Invalid Data",
];

/**
 * Errors that were registered later: dig prints their numbers. As IANA's "Extended DNS Error Codes" has them, the last five
 * from drafts (draft-muks-dns-ede-rate-limited, draft-farrokhi-dnsop-ede-nta, draft-ietf-deleg,
 * draft-ietf-dnsop-structured-dns-error).
 */
const LATER_EDE_NAMES: readonly string[] = [
  "Signature Expired before Valid",
  "Too Early",
  "Unsupported NSEC3 Iterations Value",
  "Unable to conform to policy",
  "Synthesized",
  "Invalid Query Type",
  "Rate Limited",
  "Over Quota",
  "Negative Trust Anchor",
  "New Delegation Only",
  "Blocked by Upstream DNS Server",
];

/** The name of an extended DNS error as dig knows it, "Blocked", or undefined. */
export function edeName(code: number): string | undefined {
  return EDE_NAMES[code];
}

/** As `edeName`, with those too that have a name since BIND 9.18: for what is not dig's own text. */
export function registeredEdeName(code: number): string | undefined {
  return edeName(code) ?? LATER_EDE_NAMES[code - EDE_NAMES.length];
}

/** One EDNS option as it travels. */
export interface Option {
  readonly [part: string]: RdataValue;
  readonly code: number;
  readonly data: Uint8Array;
}

/** Options up to the end. */
export const options: Kind<readonly Option[]> = {
  read: (reader) => {
    const list: Option[] = [];
    while (reader.remaining > 0) {
      const start = reader.offset;
      const code = reader.u16();
      const data = reader.take(reader.u16(), "option");
      checkOption(code, data, start);
      list.push({ code, data });
    }
    return list;
  },
  write: (writer, value) => {
    for (const { code, data } of value) writer.u16(code).u16(data.length).bytes(data);
  },
  print: (value, style) =>
    value.map(({ code, data }) =>
      data.length === 0 ? `${code} 0` : block(`${code} ${data.length}`, base64Words(data, style), style)
    ).join(" "),
  parse: (tokens) => {
    const list: Option[] = [];
    while (!tokens.atEnd) {
      const code = parseNumber(tokens, 0xffff, "option code"), length = parseNumber(tokens, 0xffff, "option length");
      const data = tokens.base64(length);
      list.push({ code, data });
    }
    return list;
  },
};

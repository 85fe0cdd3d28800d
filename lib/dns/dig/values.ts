// Values in dig's options: numbers, prefixes, hexadecimal, reversed addresses, in its words for what is wrong. Pure.
import type { HostPort } from "../../base/host_port.ts";
import { formatIp, type IpAddress, parseIp } from "../../base/ip.ts";
import { fatal } from "./defaults.ts";
import type { DigOutput, OctetText, Subnet } from "./settings.ts";

/** A number as C's `strtoul` reads it in `base` (0: by its prefix), or why not. */
export function parseUint32(text: OctetText, base: 0 | 10 = 10): number | "not a valid number" | "out of range" {
  let value: bigint;
  if (base === 0 && /^0[xX][0-9a-fA-F]+$/.test(text)) value = BigInt(text);
  else if (base === 0 && /^0[0-7]*$/.test(text)) value = BigInt(text.length > 1 ? `0o${text.slice(1)}` : 0);
  else if (/^(?:0|[1-9]\d*)$/.test(text) || (base === 10 && /^\d+$/.test(text))) value = BigInt(text);
  else return "not a valid number";
  return value > 0xffffffffn ? "out of range" : Number(value);
}

/** A number up to `max`; says `invalid <what> ...` on standard output and gives `undefined` for anything else. */
export function numberUpTo(
  output: DigOutput,
  text: OctetText,
  max: number,
  what: string,
  base: 0 | 10 = 10,
): number | undefined {
  const value = parseUint32(text, base);
  const wrong = typeof value === "string" ? value : value > max ? "out of range" : undefined;
  if (wrong === undefined) return value as number;
  output.out(`invalid ${what} '${text}': ${wrong}\n`);
  return undefined;
}

/** Octets of hexadecimal text with white space allowed anywhere; `undefined` for anything else. */
export function hexOctets(text: OctetText): Uint8Array | undefined {
  const digits = text.replace(/[ \t\r\n]/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) return undefined;
  const out = new Uint8Array(digits.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** An address in the strict spelling (`inet_pton`): no brackets, no zone, no leading zeros. */
export function strictIp(text: OctetText): IpAddress | undefined {
  if (/[[\]%]/.test(text) || /(?:^|\.)0\d/.test(text)) return undefined;
  return parseIp(text);
}

/** `+subnet=`: an address with an optional prefix length; short IPv4 forms only with one. */
export function parseSubnet(output: DigOutput, text: OctetText): Subnet {
  if (text.length >= 50) fatal(output, `invalid prefix '${text}'\n`);
  if (text === "0") return { family: 0, bytes: new Uint8Array(0), bits: 0 };
  const slash = text.indexOf("/");
  let bits = 0xffffffff;
  let host = text;
  if (slash !== -1) {
    const length = parseUint32(text.slice(slash + 1));
    if (typeof length === "string") fatal(output, `invalid prefix length in '${text}': ${length}\n`);
    bits = length;
    host = text.slice(0, slash);
  }
  let ip = strictIp(host);
  for (let i = 0; ip === undefined && slash !== -1 && i < 3; i++) {
    host += ".0";
    ip = strictIp(host);
  }
  if (ip === undefined) fatal(output, `invalid address '${text}'`);
  const { family, bytes } = ip;
  return { family, bytes, bits: Math.min(bits, bytes.length * 8) };
}

/** `+proxy=`: two addresses with a hyphen between them, each with a port behind `#`; or what is wrong. */
export function parseProxyAddresses(
  output: DigOutput,
  text: OctetText,
): { source: HostPort; destination: HostPort } | string {
  const match = /^([^#-]+)(?:#(\d+))?-([^#-]+)(?:#(\d+))?$/.exec(text);
  if (match === null) return "PROXY source and destination addresses cannot be parsed";
  const port = (digits: string | undefined, usual: number) => {
    const number = digits === undefined ? usual : numberUpTo(output, digits, 0xffff, "port number");
    return number === undefined ? fatal(output, "Couldn't parse port number") : number;
  };
  const ports = [port(match[2], 0), port(match[4], 53)] as const;
  const from = strictIp(match[1]!), to = strictIp(match[3]!);
  if (from === undefined) return "Cannot get PROXY source address: failure";
  if (to === undefined) return "Cannot get PROXY destination address: failure";
  if (from.family !== to.family) return "PROXY source and destination addresses must be of the same type";
  return {
    source: { host: formatIp(from), port: ports[0] },
    destination: { host: formatIp(to), port: ports[1] },
  };
}

/** The name that `-x` asks for: nibbles under ip6.arpa, or whatever stands between dots, reversed, under in-addr.arpa. */
export function reverseName(text: OctetText): OctetText | undefined {
  const ip = strictIp(text);
  if (ip?.family === 6) {
    let name = "";
    for (let i = 15; i >= 0; i--) {
      const octet = ip.bytes[i]!;
      name += `${(octet & 15).toString(16)}.${(octet >> 4).toString(16)}.`;
    }
    return `${name}ip6.arpa`;
  }
  const name = `${text.split(".").reverse().join(".")}.in-addr.arpa.`;
  return name.length >= 1024 ? undefined : name;
}

/** The algorithm word and digest bits of `-y`'s first part; `undefined` (with a warning) when there is no such word. */
export function parseHmac(output: DigOutput, text: OctetText): { algorithm: string; bits: number } | undefined {
  if (text.length >= 20) fatal(output, `unknown key type '${text}'`);
  const match = /^(hmac-(?:md5|sha1|sha224|sha256|sha384|sha512))(?:-(.*))?$/i.exec(text);
  if (match === null) {
    output.err(`;; Warning, ignoring invalid TSIG algorithm ${text}\n`);
    return undefined;
  }
  const algorithm = match[1]!.toLowerCase();
  if (match[2] === undefined) return { algorithm, bits: 0 };
  const max = { "hmac-md5": 128, "hmac-sha1": 160 }[algorithm] ?? Number(algorithm.slice(8));
  const bits = numberUpTo(output, match[2], max, `digest-bits [0..${max}]`);
  if (bits === undefined) fatal(output, "couldn't parse digest bits");
  return { algorithm, bits: (bits + 7) & ~7 };
}

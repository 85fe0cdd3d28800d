// EDNS options: names, sources, what their data says (RFC 6891 6.1.2). Pure. What they may hold stands in `records/options.ts`.
// To add an option: a line in `EDNS_OPTIONS`.
import { latin1Text, utf8Text } from "../base/bytes.ts";
import { hex } from "../base/hex.ts";
import { formatIp } from "../base/ip.ts";
import { ByteReader } from "../base/reader.ts";
import { counted, printable, secondsText } from "../base/text.ts";
import { type EdnsOption, parseClientSubnet, registeredEdeName } from "./records/options.ts";
import { readName } from "./name.ts";

/** One kind of option. */
export interface EdnsOptionType {
  readonly code: number;
  /** As dig names it: "NSID", "COOKIE", "CLIENT-SUBNET". */
  readonly name: string;
  /** Other names that `+ednsopt=` takes for it. */
  readonly aliases?: readonly string[];
  readonly ref: string;
  /** What the data says; `undefined` where it is not of the option's form. */
  readonly text?: (data: Uint8Array) => string | undefined;
}

const word16 = (data: Uint8Array) => data.length === 2 ? String(new ByteReader(data).u16()) : undefined;

function words16(data: Uint8Array): string | undefined {
  if (data.length === 0 || data.length % 2 !== 0) return undefined;
  const reader = new ByteReader(data);
  return Array.from({ length: data.length / 2 }, () => reader.u16()).join(", ");
}

const octetList = (data: Uint8Array) => [...data].join(", ");

function longLivedQuery(data: Uint8Array): string | undefined {
  if (data.length !== 18) return undefined;
  const r = new ByteReader(data);
  return `Version: ${r.u16()}, Opcode: ${r.u16()}, Error: ${r.u16()}, Identifier: ${r.u64()}, Lifetime: ${r.u32()}`;
}

function subnetText(data: Uint8Array): string | undefined {
  try {
    const { family, sourceBits, scopeBits, address } = parseClientSubnet(data);
    const whole = new Uint8Array(family === 2 ? 16 : 4);
    whole.set(address);
    return `${family === 0 ? "0" : formatIp(whole)}/${sourceBits}/${scopeBits}`;
  } catch {
    return undefined;
  }
}

function expireText(data: Uint8Array): string | undefined {
  if (data.length !== 4) return undefined;
  const seconds = new ByteReader(data).u32();
  return `${seconds} (${secondsText(seconds)})`;
}

function keepaliveText(data: Uint8Array): string | undefined {
  if (data.length !== 2) return undefined;
  const tenths = new ByteReader(data).u16();
  return `${Math.floor(tenths / 10)}.${tenths % 10} secs`;
}

function edeText(data: Uint8Array): string | undefined {
  if (data.length < 2) return undefined;
  const code = new ByteReader(data).u16();
  const name = registeredEdeName(code);
  const said = data.length > 2 ? `: (${printable(utf8Text(data.subarray(2)))})` : "";
  return `${code}${name === undefined ? "" : ` (${name})`}${said}`;
}

function cookieText(data: Uint8Array): string | undefined {
  const good = data.length === 8 || (data.length >= 16 && data.length <= 40);
  return good ? hex(data) : undefined;
}

function nameText(data: Uint8Array): string | undefined {
  try {
    const reader = new ByteReader(data);
    const name = readName(reader, false);
    return reader.remaining === 0 ? name.toString() : undefined;
  } catch {
    return undefined;
  }
}

function zoneVersionText(data: Uint8Array): string | undefined {
  if (data.length !== 6 || data[1] !== 0) return undefined;
  const reader = new ByteReader(data, 2);
  return `SOA-SERIAL ${reader.u32()} (${counted(data[0]!, "label")})`;
}

/** Options by code (IANA "DNS EDNS0 Option Codes"). */
export const EDNS_OPTIONS: readonly EdnsOptionType[] = [
  { code: 1, name: "LLQ", ref: "RFC 8764 3.2", text: longLivedQuery },
  { code: 2, name: "UL", aliases: ["UPDATE-LEASE"], ref: "RFC 9664 4" },
  { code: 3, name: "NSID", ref: "RFC 5001 2.3" },
  { code: 5, name: "DAU", ref: "RFC 6975 3", text: octetList },
  { code: 6, name: "DHU", ref: "RFC 6975 3", text: octetList },
  { code: 7, name: "N3U", ref: "RFC 6975 3", text: octetList },
  { code: 8, name: "ECS", aliases: ["CLIENT-SUBNET"], ref: "RFC 7871 6", text: subnetText },
  { code: 9, name: "EXPIRE", ref: "RFC 7314 2", text: expireText },
  { code: 10, name: "COOKIE", ref: "RFC 7873 4", text: cookieText },
  { code: 11, name: "KEEPALIVE", aliases: ["TCP-KEEPALIVE"], ref: "RFC 7828 3.1", text: keepaliveText },
  { code: 12, name: "PADDING", aliases: ["PAD"], ref: "RFC 7830 3", text: (data) => `${data.length} octets` },
  { code: 13, name: "CHAIN", ref: "RFC 7901 4", text: nameText },
  { code: 14, name: "KEY-TAG", ref: "RFC 8145 4.1", text: words16 },
  { code: 15, name: "EDE", ref: "RFC 8914 2", text: edeText },
  { code: 16, name: "CLIENT-TAG", ref: "draft-bellis-dnsop-edns-tags", text: word16 },
  { code: 17, name: "SERVER-TAG", ref: "draft-bellis-dnsop-edns-tags", text: word16 },
  { code: 18, name: "REPORT-CHANNEL", ref: "RFC 9567 5", text: nameText },
  { code: 19, name: "ZONEVERSION", ref: "RFC 9660 2", text: zoneVersionText },
  { code: 26946, name: "DEVICEID", ref: "Cisco Umbrella" },
];

const byCode = new Map(EDNS_OPTIONS.map((option) => [option.code, option]));
const byName = new Map(
  EDNS_OPTIONS.flatMap((o) => [o.name, ...o.aliases ?? []].map((name) => [name, o.code] as const)),
);

/** What is known of an option. */
export function optionSource(code: number): EdnsOptionType | undefined {
  return byCode.get(code);
}

/** The option's name as `+ednsopt=` takes it: "NSID"; undefined when it has none. */
export function optionName(code: number): string | undefined {
  return byCode.get(code)?.name;
}

/** The number of an option's name, in any case; undefined for anything else. */
export function optionCode(name: string): number | undefined {
  return byName.get(name.toUpperCase());
}

/** An option in words, safe on a terminal: `NSID: 68 65 ("he")`, `ECS: 192.0.2.0/24/0`, `OPT=4711: 01`. */
export function optionText({ code, data }: EdnsOption): string {
  const known = byCode.get(code);
  const name = known?.name ?? `OPT=${code}`;
  if (data.length === 0) return name;
  const text = known?.text?.(data);
  if (text !== undefined) return `${name}: ${text}`;
  return `${name}: ${hex(data, " ")} ("${latin1Text(data).replace(/[^ -~]/g, ".")}")`;
}

// The OPT pseudo-section as dig prints it, in plain text and in YAML (RFC 6891; option forms in the RFCs named below). Pure.
// To add an option: a line in `OPTIONS`; options that are not of their form, and unknown ones, are hex and characters.
import { formatIp } from "../../base/ip.ts";
import { hex } from "../../base/hex.ts";
import { ByteReader } from "../../base/reader.ts";
import { latin1Text } from "../../base/bytes.ts";
import type { OctetText } from "../dig/settings.ts";
import type { CookieState } from "./printed.ts";
import type { Edns } from "../model.ts";
import { edeName, type EdnsOption } from "../records/options.ts";
import { optionSource } from "../edns_options.ts";

interface OptionForm {
  readonly code: number;
  readonly name: string;
  /** The name in YAML where it differs. */
  readonly yamlName?: string;
  /** The value when it has the option's form. */
  readonly value?: (data: Uint8Array) => string | undefined;
}

function clientSubnet(data: Uint8Array): string | undefined {
  if (data.length < 4) return undefined;
  const reader = new ByteReader(data);
  const family = reader.u16(), source = reader.u8(), scope = reader.u8();
  const octets = Math.ceil(source / 8);
  if (octets > reader.remaining || octets > 16) return undefined;
  const size = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (family > 2 || source > size * 8 || scope > size * 8) return undefined;
  const address = new Uint8Array(size);
  address.set(reader.take(octets));
  return `${family === 0 ? "0" : formatIp(address)}/${source}/${scope}`;
}

/** What an option of these says is what every other view says of it. */
const said = (code: number) => optionSource(code)!.text!;

const OPTIONS: ReadonlyMap<number, OptionForm> = new Map(([
  { code: 1, name: "LLQ", value: said(1) }, // RFC 8764
  { code: 3, name: "NSID" }, // RFC 5001
  { code: 8, name: "CLIENT-SUBNET", value: clientSubnet }, // RFC 7871
  { code: 9, name: "EXPIRE", value: said(9) }, // RFC 7314
  { code: 10, name: "COOKIE" }, // RFC 7873
  { code: 11, name: "TCP KEEPALIVE", yamlName: "TCP-KEEPALIVE", value: said(11) }, // RFC 7828
  { code: 12, name: "PAD" }, // RFC 7830
  { code: 14, name: "KEY-TAG", value: said(14) }, // RFC 8145
  { code: 15, name: "EDE" }, // RFC 8914
  { code: 16, name: "CLIENT-TAG", value: said(16) },
  { code: 17, name: "SERVER-TAG", value: said(17) },
] as OptionForm[]).map((form) => [form.code, form]));

/** Whether octets are UTF-8: shown as they are then. */
function isUtf8(data: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    return true;
  } catch {
    return false;
  }
}

/** Octets as characters: what is not printable is a dot; octets above 126 stay when `utf8`. */
function characters(data: Uint8Array, utf8 = false): OctetText {
  let out = "";
  for (const octet of data) {
    out += (octet >= 0x20 && octet < 0x7f) || (utf8 && octet > 127) ? String.fromCharCode(octet) : ".";
  }
  return out;
}

/**
 * UTF-8 text from the network without control characters: C1 controls and what turns the direction of text around
 * become dots too. (dig lets them pass.)
 */
function safeUtf8(data: Uint8Array): OctetText {
  const text = latin1Text(data);
  return characters(
    Uint8Array.from(
      text.replace(/\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]/g, "."),
      (c) => c.charCodeAt(0),
    ),
    true,
  );
}

const hexWords = (data: Uint8Array): string => data.length === 0 ? "" : hex(data, " ") + " ";

/** The word behind a cookie. */
function cookieNote(data: Uint8Array, cookie: CookieState): string {
  if (cookie === "ok") return data.length >= 16 ? " (good)" : " (echoed)";
  return cookie === "bad" ? " (bad)" : "";
}

function plainEde(data: Uint8Array): OctetText {
  if (data.length === 0) return "";
  if (data.length === 1) return ` ${hex(data)} ("${characters(data)}")`;
  const code = new ByteReader(data).u16();
  const name = edeName(code);
  const head = ` ${code}${name === undefined ? "" : ` (${name})`}`;
  const rest = data.subarray(2);
  if (rest.length === 0) return head;
  return isUtf8(rest) ? `${head}: (${safeUtf8(rest)})` : `${head}: ${hexWords(rest)}(${characters(rest)})`;
}

/** What stands behind an option's colon in plain text. */
function plainValue({ code, data }: EdnsOption, cookie: CookieState): OctetText {
  const value = OPTIONS.get(code)?.value?.(data);
  if (value !== undefined) return ` ${value}`;
  if (code === 12) return data.length > 0 ? ` (${data.length} bytes)` : "";
  if (code === 15) return plainEde(data);
  if (data.length === 0) return "";
  if (code === 10) return ` ${hex(data)}${cookieNote(data, cookie)}`;
  return code === 8 ? ` ${hexWords(data)}` : ` ${hexWords(data)}("${characters(data)}")`;
}

/** Flags beyond DO and CO: "0x0004" or nothing. */
function mustBeZero(flags: number): string | undefined {
  const rest = flags & ~0xc000;
  return rest === 0 ? undefined : `0x${rest.toString(16).padStart(4, "0")}`;
}

const knownFlags = (flags: number): string => (flags & 0x8000 ? " do" : "") + (flags & 0x4000 ? " co" : "");

/** The lines of the pseudo-section without its heading. */
export function optLines(edns: Edns, cookie: CookieState): OctetText {
  const mbz = mustBeZero(edns.flags);
  let out = `; EDNS: version: ${edns.version}, flags:${knownFlags(edns.flags)}` +
    `${mbz === undefined ? "; " : `; MBZ: ${mbz}, `}udp: ${edns.udpSize}\n`;
  for (const option of edns.options) {
    const name = OPTIONS.get(option.code)?.name ?? `OPT=${option.code}`;
    out += `; ${name}:${plainValue(option, cookie)}\n`;
  }
  return out;
}

/** The same for YAML, each line behind `indent`. */
export function optYaml(edns: Edns, cookie: CookieState, indent: string): OctetText {
  const deep = `${indent}    `;
  let out = `${indent}OPT_PSEUDOSECTION:\n${indent}  EDNS:\n${deep}version: ${edns.version}\n` +
    `${deep}flags:${knownFlags(edns.flags)}\n`;
  const mbz = mustBeZero(edns.flags);
  if (mbz !== undefined) out += `${deep}MBZ: ${mbz}\n`;
  out += `${deep}udp: ${edns.udpSize}\n`;
  for (const option of edns.options) out += deep + yamlOption(option, cookie, deep) + "\n";
  return out;
}

function yamlOption({ code, data }: EdnsOption, cookie: CookieState, indent: string): OctetText {
  const form = OPTIONS.get(code);
  const head = `${form?.yamlName ?? form?.name ?? `OPT=${code}`}:`;
  const value = form?.value?.(data);
  if (value !== undefined) return `${head} ${value}`;
  if (code === 15 && data.length >= 2) {
    const info = new ByteReader(data).u16();
    const name = edeName(info);
    const more = `${head}\n${indent}  INFO-CODE: ${info}${name === undefined ? "" : ` (${name})`}`;
    const rest = data.subarray(2);
    // dig ends an error without text with a line feed of its own.
    if (rest.length === 0) return `${more}\n`;
    const text = isUtf8(rest) ? `"${safeUtf8(rest)}"` : `${hexWords(rest)}"${characters(rest)}"`;
    return `${more}\n${indent}  EXTRA-TEXT: ${text}`;
  }
  // A malformed client subnet stands on a line of its own, as dig has it.
  const start = code === 8 ? `${head}\n` : head;
  if (data.length === 0) return start;
  if (code === 10) return `${start} ${hex(data)}${cookieNote(data, cookie)}`;
  return code === 8 ? `${start} ${hexWords(data)}` : `${start} ${hexWords(data)}("${characters(data)}")`;
}

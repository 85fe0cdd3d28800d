// The kinds of wire fields that most record types are made of: numbers, addresses, names, strings (RFC 1035 3.3). Pure.
// To add one: an object of type `Kind`. Those of types in hex and base64 stand in `octet_kinds.ts`, rare ones with their type.
import { formatIp, parseIp } from "../../base/ip.ts";
import { DnsFormatError } from "../errors.ts";
import { type DnsName, parseName, readName, skipName, writeName } from "../name.ts";
import { hexText } from "./layout.ts";
import type { BitField, Kind, RdataField } from "./shape.ts";
import type { Tokens } from "./tokens.ts";

/** A word of decimal digits from 0 to `most`; anything else is a `DnsFormatError`. */
export function parseNumber(tokens: Tokens, most: number, what: string): number {
  const { text } = tokens.next(what);
  if (!/^\d+$/.test(text)) throw tokens.error(`"${text}" is not a number`);
  const value = Number(text);
  if (value > most) throw new DnsFormatError("out of range", `${text} is more than ${most}`, tokens.offset);
  return value;
}

export const u8: Kind<number> = {
  read: (reader) => reader.u8(),
  skip: (reader) => reader.skip(1),
  write: (writer, value) => void writer.u8(value),
  print: (value) => String(value),
  parse: (tokens) => parseNumber(tokens, 0xff, "number"),
};

export const u16: Kind<number> = {
  read: (reader) => reader.u16(),
  skip: (reader) => reader.skip(2),
  write: (writer, value) => void writer.u16(value),
  print: (value) => String(value),
  parse: (tokens) => parseNumber(tokens, 0xffff, "number"),
};

export const u32: Kind<number> = {
  read: (reader) => reader.u32(),
  skip: (reader) => reader.skip(4),
  write: (writer, value) => void writer.u32(value),
  print: (value) => String(value),
  parse: (tokens) => parseNumber(tokens, 0xffffffff, "number"),
};

const TTL_UNITS: Record<string, number> = { w: 604800, d: 86400, h: 3600, m: 60, s: 1 };

/** Seconds in 32 bits, which text may also give in units: `1h30m`. */
export const seconds: Kind<number> = {
  ...u32,
  parse: (tokens) => {
    const { text } = tokens.next("time");
    if (/^\d+$/.test(text)) {
      if (Number(text) > 0xffffffff) throw new DnsFormatError("out of range", `${text} is more than 32 bits`);
      return Number(text);
    }
    if (!/^(\d+[wdhms])+$/i.test(text)) throw tokens.error(`"${text}" is not a time`);
    let total = 0;
    for (const [, digits, unit] of text.matchAll(/(\d+)([wdhms])/gi)) {
      total += Number(digits) * TTL_UNITS[unit!.toLowerCase()]!;
    }
    if (total > 0xffffffff) throw new DnsFormatError("out of range", `${text} is more than 32 bits`);
    return total;
  },
};

function parseAddress(tokens: Tokens, family: 4 | 6): Uint8Array {
  const { text } = tokens.next("address");
  const ip = parseIp(text);
  if (ip === undefined || ip.family !== family || ip.zone !== undefined || text.startsWith("[")) {
    const reason = family === 4 ? "bad dotted quad" : "bad IPv6 address";
    throw new DnsFormatError(reason, `"${text}" is not an IPv${family} address`, tokens.offset);
  }
  return ip.bytes;
}

/**
 * IPv6 text as the C library's `inet_ntop`, which dig prints with: as RFC 5952, but `::192.0.2.1` and `::ffff:192.0.2.1`
 * keep their dotted tails.
 */
export function ipv6Text(bytes: Uint8Array): string {
  let zeros = 0;
  while (zeros < 12 && bytes[zeros] === 0) zeros++;
  // Six groups of zeros and something in the seventh: "::" would be longer with a seventh zero.
  if (zeros === 12 && (bytes[12] !== 0 || bytes[13] !== 0)) return `::${formatIp(bytes.subarray(12))}`;
  return formatIp(bytes);
}

export const ipv4: Kind<Uint8Array> = {
  read: (reader) => reader.take(4, "IPv4 address"),
  write: (writer, value) => void writer.bytes(value),
  print: (value) => formatIp(value),
  parse: (tokens) => parseAddress(tokens, 4),
};

export const ipv6: Kind<Uint8Array> = {
  read: (reader) => reader.take(16, "IPv6 address"),
  write: (writer, value) => void writer.bytes(value),
  print: (value, style) => {
    if (style.expandAaaa !== true) return ipv6Text(value);
    return (hexText(value).toLowerCase().match(/..../g) ?? []).join(":");
  },
  parse: (tokens) => parseAddress(tokens, 6),
};

/** A name that stands uncompressed. A pointer of a sender who did not care is followed all the same (RFC 3597 4). */
export const name: Kind<DnsName> = {
  hasName: true,
  read: (reader) => readName(reader),
  skip: (reader) => void skipName(reader),
  write: (writer, value) => writeName(writer, value),
  print: (value) => value.toString(),
  parse: (tokens, context) => {
    const token = tokens.next("name");
    return parseName(token.text, context.origin);
  },
};

/** A name that senders may compress: those of the types of RFC 1035. */
export const compressedName: Kind<DnsName> = {
  ...name,
  write: (writer, value, _values, compressor) => writeName(writer, value, compressor),
};

/** The text of an octet in a string. */
function octetText(octet: number): string {
  if (octet === 0x22 || octet === 0x5c) return "\\" + String.fromCharCode(octet);
  return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : "\\" + String(octet).padStart(3, "0");
}

/** The octets in quotes, `\DDD` for what is not printable. */
export function quoted(bytes: Uint8Array): string {
  let out = '"';
  for (let i = 0; i < bytes.length; i++) out += octetText(bytes[i]!);
  return out + '"';
}

/** A length octet and that many octets (RFC 1035 3.3), in quotes in text. */
export const charString: Kind<Uint8Array> = {
  read: (reader) => reader.take(reader.u8(), "string"),
  skip: (reader) => reader.skip(reader.u8(), "string"),
  write: (writer, value) => void writer.u8(value.length).bytes(value),
  print: (value) => quoted(value),
  parse: (tokens) => tokens.string(),
  explain: (builder, field) =>
    builder.group(field.label, (group) => {
      const length = builder.field("Length", (reader) => reader.u8());
      let value: Uint8Array = new Uint8Array(0);
      group.value = builder.field("Text", (reader) => quoted(value = reader.take(length, "string")));
      return value;
    }, { ref: field.ref }),
};

/** One or more character strings up to the end. */
export const charStrings: Kind<readonly Uint8Array[]> = {
  read: (reader, values) => {
    const strings: Uint8Array[] = [];
    do strings.push(charString.read(reader, values)); while (reader.remaining > 0);
    return strings;
  },
  skip: (reader) => {
    do reader.skip(reader.u8(), "string"); while (reader.remaining > 0);
  },
  write: (writer, value) => {
    for (const string of value) writer.u8(string.length).bytes(string);
  },
  print: (value) => value.map(quoted).join(" "),
  parse: (tokens) => {
    const strings: Uint8Array[] = [];
    do strings.push(tokens.string()); while (!tokens.atEnd);
    return strings;
  },
  explain: (builder, field, values) => {
    const strings: Uint8Array[] = [];
    do strings.push(charString.explain!(builder, field, values)); while (builder.reader.remaining > 0);
    return strings;
  },
};

/** What a bit says that is 1 or 0. */
export const either = (one: string, zero: string) => (value: number): string => value === 1 ? one : zero;

/** Bits that mean nothing yet. */
export function reserved(first: number, count: number): BitField {
  return { first, count, label: "Reserved", meaning: (value) => value === 0 ? "zero" : "not zero, ignored" };
}

/** The fields with the sections that define them: number `first` below `section`, and on. */
export const sectioned = (section: string, fields: readonly RdataField[], first = 1): readonly RdataField[] =>
  fields.map((field, i) => ({ ...field, ref: `${section}.${first + i}` }));

/** Throws "FORMERR" unless `condition`: a rule of the type is broken. */
export function must(condition: boolean, message: string, offset: number): asserts condition {
  if (!condition) throw new DnsFormatError("FORMERR", message, offset);
}

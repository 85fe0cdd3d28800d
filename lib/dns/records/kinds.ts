// The kinds of wire fields that record types are made of (RFC 1035 3.3; each kind names its own source). Pure.
// To add one: an object of type `Kind`. Rare kinds stand in the file of the type that has them.
import { FormatError } from "../../base/errors.ts";
import { formatIp, parseIp } from "../../base/ip.ts";
import { DnsFormatError } from "../errors.ts";
import { type DnsName, parseName, readName, skipName, writeName } from "../name.ts";
import { parseType, typeName } from "../types.ts";
import { explainName } from "../explain_name.ts";
import { base64Text, base64Words, hexText, hexWords } from "./layout.ts";
import type { Kind } from "./shape.ts";
import { type Token, type Tokens, unescape } from "./tokens.ts";

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

export const u48: Kind<number> = {
  read: (reader) => reader.u48(),
  skip: (reader) => reader.skip(6),
  write: (writer, value) => void writer.u48(value),
  print: (value) => String(value),
  parse: (tokens) => parseNumber(tokens, 0xffffffffffff, "number"),
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

/** A record type, by its mnemonic in text (a number is taken too). */
export const rrType: Kind<number> = {
  read: (reader) => reader.u16(),
  write: (writer, value) => void writer.u16(value),
  print: (value) => typeName(value),
  parse: (tokens) => {
    const { text } = tokens.next("type");
    const type = parseType(text) ?? (/^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : undefined);
    if (type === undefined) throw tokens.error(`"${text}" is not a record type`);
    return type;
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
  explain: (builder, field) => explainName(builder, field.label, field.ref),
};

/** A name that senders may compress: those of the types of RFC 1035. */
export const compressedName: Kind<DnsName> = {
  ...name,
  write: (writer, value, _values, compressor) => writeName(writer, value, compressor),
};

const TEXT_OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  if (octet === 0x22 || octet === 0x5c) return "\\" + String.fromCharCode(octet);
  return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : "\\" + String(octet).padStart(3, "0");
});

/** The octets in quotes, `\DDD` for what is not printable. */
export function quoted(bytes: Uint8Array): string {
  let out = '"';
  for (let i = 0; i < bytes.length; i++) out += TEXT_OCTETS[bytes[i]!];
  return out + '"';
}

/** The octets of a word as a character string of at most 255. */
export function stringOctets(token: Token): Uint8Array {
  const octets = unescape(token.text, token.offset);
  if (octets.length > 255) {
    throw new DnsFormatError("syntax error", `A string of ${octets.length} octets: 255 at most`, token.offset);
  }
  return octets;
}

/** A length octet and that many octets (RFC 1035 3.3), in quotes in text. */
export const charString: Kind<Uint8Array> = {
  read: (reader) => reader.take(reader.u8(), "string"),
  skip: (reader) => reader.skip(reader.u8(), "string"),
  write: (writer, value) => void writer.u8(value.length).bytes(value),
  print: (value) => quoted(value),
  parse: (tokens) => stringOctets(tokens.next("string")),
  explain: (builder, field) =>
    builder.group(field.label, (group) => {
      const length = builder.field("Length", (reader) => reader.u8());
      const value = builder.field("Text", (reader) => reader.take(length, "string"));
      group.value = quoted(value);
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
    do strings.push(stringOctets(tokens.next("string"))); while (!tokens.atEnd);
    return strings;
  },
  explain: (builder, field, values) => {
    const strings: Uint8Array[] = [];
    do strings.push(charString.explain!(builder, field, values)); while (builder.reader.remaining > 0);
    return strings;
  },
};

/** All octets up to the end, as one string in quotes. `least` octets at the least. */
export function longString(least = 0): Kind<Uint8Array> {
  return {
    read: (reader) => {
      if (reader.remaining < least) reader.need(least, "string");
      return reader.rest();
    },
    write: (writer, value) => void writer.bytes(value),
    print: (value) => quoted(value),
    parse: (tokens) => {
      const token = tokens.next("string");
      return unescape(token.text, token.offset);
    },
  };
}

/** Octets of base64 text; anything else is a `DnsFormatError`. */
export function parseBase64(text: string, offset = 0): Uint8Array {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new DnsFormatError("bad base64 encoding", "Text that is not base64", offset);
  }
  const binary = atob(text);
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
  return out;
}

/** Octets of hex text; anything else is a `DnsFormatError`. */
export function parseHexText(text: string, offset = 0): Uint8Array {
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(text)) throw new DnsFormatError("bad hex encoding", "Text that is not hex", offset);
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.slice(i * 2, i * 2 + 2), 16);
  return out;
}

function restOctets(least: number): Pick<Kind<Uint8Array>, "read" | "write"> {
  return {
    read: (reader) => {
      if (reader.remaining < least) {
        throw new DnsFormatError("unexpected end of input", `At least ${least} octets are missing`, reader.offset);
      }
      return reader.rest();
    },
    write: (writer, value) => void writer.bytes(value),
  };
}

/** All octets up to the end, as base64 in groups. `least` octets at the least. */
export function base64Rest(least = 1): Kind<Uint8Array> {
  return {
    ...restOctets(least),
    print: (value, style) => base64Words(value, style),
    parse: (tokens) => atLeast(parseBase64(tokens.rest().join(""), tokens.offset), least),
  };
}

/** All octets up to the end, as hex in groups. `least` octets at the least. */
export function hexRest(least = 1): Kind<Uint8Array> {
  return {
    ...restOctets(least),
    print: (value, style) => hexWords(value, style),
    parse: (tokens) => atLeast(parseHexText(tokens.rest().join(""), tokens.offset), least),
  };
}

/** The same kind, printed as `[omitted]` where keys and signatures are left out. */
export function omittable(kind: Kind<Uint8Array>): Kind<Uint8Array> {
  return {
    ...kind,
    print: (value, style, values) => style.crypto === false ? "[omitted]" : kind.print(value, style, values),
  };
}

function atLeast(octets: Uint8Array, least: number): Uint8Array {
  if (octets.length < least) throw new DnsFormatError("unexpected end of input", "Data is missing");
  return octets;
}

/** A 16-bit length and that many octets, as base64 without breaks (RFC 8945 4.2, RFC 2930 2). */
export const base64Counted: Kind<Uint8Array> = {
  read: (reader) => reader.take(reader.u16(), "data"),
  write: (writer, value) => void writer.u16(value.length).bytes(value),
  print: (value) => base64Text(value),
  parse: (tokens) => {
    const length = parseNumber(tokens, 0xffff, "length");
    const octets = length === 0 ? new Uint8Array() : parseBase64(tokens.next("data").text, tokens.offset);
    if (octets.length !== length) throw tokens.error(`${octets.length} octets, not the ${length} that were said`);
    return octets;
  },
  explain: (builder, field) => {
    const length = builder.field(`${field.label} length`, (reader) => reader.u16());
    return builder.field(field.label, (reader) => reader.take(length, "data"), { ref: field.ref });
  },
};

/** Throws "FORMERR" unless `condition`: a rule of the type is broken. */
export function must(condition: boolean, message: string, offset: number): asserts condition {
  if (!condition) throw new DnsFormatError("FORMERR", message, offset);
}

/** Throws for a rest that a parse must not leave. */
export function refuse(message: string, offset = 0): never {
  throw new FormatError(message, offset);
}

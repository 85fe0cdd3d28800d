// The kinds of wire fields that rarer record types are made of: octets as hex and base64, types, 48-bit times. Pure.
import { DnsFormatError } from "../errors.ts";
import { parseType, typeName } from "../types.ts";
import { parseNumber, quoted } from "./kinds.ts";
import { base64Text, base64Words, hexWords } from "./layout.ts";
import type { Kind } from "./shape.ts";
import { parseBase64, parseHexText, unescape } from "./tokens.ts";

export const u48: Kind<number> = {
  read: (reader) => reader.u48(),
  skip: (reader) => reader.skip(6),
  write: (writer, value) => void writer.u48(value),
  print: (value) => String(value),
  parse: (tokens) => parseNumber(tokens, 0xffffffffffff, "number"),
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

/** All octets up to the end, as one string in quotes. */
export const longString: Kind<Uint8Array> = {
  read: (reader) => reader.rest(),
  write: (writer, value) => void writer.bytes(value),
  print: (value) => quoted(value),
  parse: (tokens) => {
    const token = tokens.next("string");
    return unescape(token.text, token.offset);
  },
};

function restOctets(least: number): Pick<Kind<Uint8Array>, "read" | "write"> {
  return {
    read: (reader) => atLeast(reader.rest(), least, reader.offset),
    write: (writer, value) => void writer.bytes(value),
  };
}

/** All octets up to the end, as base64 in groups. `least` octets at the least. */
export function base64Rest(least = 1): Kind<Uint8Array> {
  return {
    ...restOctets(least),
    print: (value, style) => base64Words(value, style),
    parse: (tokens) => atLeast(parseBase64(tokens.rest().join(""), tokens.offset), least, tokens.offset),
  };
}

/** All octets up to the end, as hex in groups. `least` octets at the least. */
export function hexRest(least = 1): Kind<Uint8Array> {
  return {
    ...restOctets(least),
    print: (value, style) => hexWords(value, style),
    parse: (tokens) => atLeast(parseHexText(tokens.rest().join(""), tokens.offset), least, tokens.offset),
  };
}

/** The same kind, printed as `[omitted]` where keys and signatures are left out. */
export function omittable(kind: Kind<Uint8Array>): Kind<Uint8Array> {
  return {
    ...kind,
    print: (value, style, values) => style.crypto === false ? "[omitted]" : kind.print(value, style, values),
  };
}

function atLeast(octets: Uint8Array, least: number, offset: number): Uint8Array {
  if (octets.length < least) throw new DnsFormatError("unexpected end of input", "Data is missing", offset);
  return octets;
}

/** A 16-bit length and that many octets, as base64 in one word or several (RFC 8945 4.2, RFC 2930 2). */
export const base64Counted: Kind<Uint8Array> = {
  read: (reader) => reader.take(reader.u16(), "data"),
  write: (writer, value) => void writer.u16(value.length).bytes(value),
  print: (value) => base64Text(value),
  parse: (tokens) => {
    const length = parseNumber(tokens, 0xffff, "length");
    let text = "";
    while (text.length < Math.ceil(length / 3) * 4) text += tokens.next("data").text;
    const octets = length === 0 ? new Uint8Array() : parseBase64(text, tokens.offset);
    if (octets.length !== length) throw tokens.error(`${octets.length} octets, not the ${length} that were said`);
    return octets;
  },
  explain: (builder, field) => {
    const length = builder.field(`${field.label} length`, (reader) => reader.u16());
    return builder.field(field.label, (reader) => reader.take(length, "data"), { ref: field.ref });
  },
};

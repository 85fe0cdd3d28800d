// Records of character strings: HINFO, X25, GPOS, NAPTR, CAA, URI and their kin (RFC 1035 3.3). Pure.
// To add one: a line in `TEXT_RECORDS`.
import { latin1Text } from "../../base/bytes.ts";
import { DnsFormatError } from "../errors.ts";
import { charString, either, must, name, quoted, reserved, u16, u32, u8 } from "./kinds.ts";
import { base64Rest, longString } from "./octet_kinds.ts";
import { base64Text } from "./layout.ts";
import { strings } from "./common.ts";
import { countGroups } from "./regex.ts";
import type { Kind, RecordType } from "./shape.ts";

/** A second string that may be absent: an empty list then. */
const optionalString: Kind<Uint8Array | readonly never[]> = {
  read: (reader, values) => reader.remaining === 0 ? [] : charString.read(reader, values),
  write: (writer, value, values) => {
    if (value instanceof Uint8Array) charString.write(writer, value, values);
  },
  print: (value, style, values) => value instanceof Uint8Array ? charString.print(value, style, values) : "",
  parse: (tokens, context, values) => tokens.atEnd ? [] : charString.parse(tokens, context, values),
  explain: (builder, field, values) =>
    builder.reader.remaining === 0 ? [] : charString.explain!(builder, field, values),
};

/** A string of decimal digits, four at the least (RFC 1183 3.1). */
const x25Address: Kind<Uint8Array> = {
  ...charString,
  skip: (reader) => void x25Address.read(reader, {}),
  read: (reader, values) => {
    const start = reader.offset;
    const length = reader.peek() ?? 0;
    must(
      length >= 4 && length + 1 === reader.remaining,
      "An X.25 address that does not fit or of fewer than four digits",
      start,
    );
    const digits = charString.read(reader, values);
    must(
      digits.every((digit) => digit >= 0x30 && digit <= 0x39),
      "An X.25 address with something else than digits",
      start,
    );
    return digits;
  },
};

/** A property's tag (RFC 8659 4.1): letters and digits, in text without quotes. */
const caaTag: Kind<Uint8Array> = {
  read: (reader) => {
    const start = reader.offset;
    const length = reader.u8();
    must(length > 0, "A tag is empty", start);
    must(length <= reader.remaining, "A tag runs past the end", start);
    const tag = reader.take(length);
    must(/^[A-Za-z0-9]+$/.test(latin1Text(tag)), "A tag with something else than letters and digits", start + 1);
    return tag;
  },
  write: (writer, value) => void writer.u8(value.length).bytes(value),
  print: (value) => latin1Text(value),
  parse: (tokens) => {
    const { text } = tokens.next("tag");
    if (!/^[A-Za-z0-9]{1,255}$/.test(text)) throw tokens.error(`"${text}" is not a tag`);
    return Uint8Array.from(text, (c) => c.charCodeAt(0));
  },
  explain: (builder, field) => {
    const length = builder.field(`${field.label} length`, (reader) => reader.u8());
    return builder.field(field.label, (reader) => reader.take(length, "tag"), (tag) => ({ meaning: quoted(tag) }));
  },
};

/** The data of a DOA record: base64, `-` when empty. */
const doaData: Kind<Uint8Array> = {
  ...base64Rest(0),
  print: (value) => value.length === 0 ? "-" : base64Text(value),
  parse: (tokens, context, values) => {
    if (tokens.peek()?.text === "-") {
      tokens.next();
      return new Uint8Array();
    }
    return base64Rest(1).parse(tokens, context, values);
  },
};

/** Throws unless the text is a NAPTR's substitution: delimiter, expression, replacement, delimiter, flags (RFC 3402 3.2). */
function checkSubstitution(octets: Uint8Array, offset: number): void {
  if (octets.length === 0) return;
  const bad = (why: string): never => {
    throw new DnsFormatError("syntax error", `A substitution expression ${why}`, offset);
  };
  const delimiter = octets[0]!;
  if ((delimiter >= 0x30 && delimiter <= 0x39) || delimiter === 0x5c || delimiter === 0x69 || delimiter === 0) {
    bad("begins with no delimiter");
  }
  let part = 0, most = -1;
  let pattern = "";
  for (let i = 1; i < octets.length; i++) {
    const octet = octets[i]!;
    if (octet === 0) bad("has a zero octet");
    if (octet === delimiter) {
      part++;
      if (part > 2) bad("has too many delimiters");
      continue;
    }
    if (part === 0) {
      if (octet === 0x5c && i + 1 < octets.length) pattern += String.fromCharCode(octet, octets[++i]!);
      else pattern += String.fromCharCode(octet);
    } else if (part === 1) {
      if (octet === 0x5c && i + 1 < octets.length) {
        const next = octets[++i]!;
        if (next >= 0x30 && next <= 0x39) {
          if (next === 0x30) bad("refers to group 0");
          most = Math.max(most, next - 0x30);
        }
      }
    } else if (octet !== 0x69) bad("ends in an unknown flag");
  }
  if (part !== 2) bad("has too few delimiters");
  const groups = countGroups(pattern);
  if (groups === -1) bad("has a malformed expression");
  if (most > groups) bad("refers to a group that is not there");
}

const substitution: Kind<Uint8Array> = {
  ...charString,
  skip: (reader) => void substitution.read(reader, {}),
  read: (reader, values) => {
    const start = reader.offset;
    const octets = charString.read(reader, values);
    checkSubstitution(octets, start);
    return octets;
  },
  parse: (tokens, context, values) => {
    const start = tokens.offset;
    const octets = charString.parse(tokens, context, values);
    checkSubstitution(octets, start);
    return octets;
  },
  explain: (builder, field, values) => {
    const start = builder.reader.offset;
    const octets = charString.explain!(builder, field, values);
    checkSubstitution(octets, start);
    return octets;
  },
};

/** A coordinate of GPOS: a number in text, checked against its range (RFC 1712 3). */
function coordinate(): Kind<Uint8Array> {
  return charString;
}

export const TEXT_RECORDS: readonly RecordType[] = [
  {
    type: 13,
    mnemonic: "HINFO",
    ref: "RFC 1035 3.3.2",
    summary: "host information",
    fields: [
      { name: "cpu", label: "CPU", kind: charString },
      { name: "os", label: "Operating system", kind: charString },
    ],
  },
  {
    type: 19,
    mnemonic: "X25",
    ref: "RFC 1183 3.1",
    summary: "X.25 address",
    fields: [{ name: "psdnAddress", label: "PSDN address", kind: x25Address }],
  },
  {
    type: 20,
    mnemonic: "ISDN",
    ref: "RFC 1183 3.2",
    summary: "ISDN address",
    fields: [
      { name: "isdnAddress", label: "ISDN address", kind: charString },
      { name: "subaddress", label: "Subaddress", kind: optionalString },
    ],
  },
  {
    type: 27,
    mnemonic: "GPOS",
    ref: "RFC 1712 3",
    summary: "geographical position",
    fields: [
      { name: "longitude", label: "Longitude", kind: coordinate() },
      { name: "latitude", label: "Latitude", kind: coordinate() },
      { name: "altitude", label: "Altitude", kind: coordinate() },
    ],
  },
  {
    type: 35,
    mnemonic: "NAPTR",
    ref: "RFC 3403 4.1",
    summary: "rewriting rule for identifiers",
    fields: [
      { name: "order", label: "Order", kind: u16 },
      { name: "preference", label: "Preference", kind: u16 },
      { name: "flags", label: "Flags", kind: charString },
      { name: "services", label: "Services", kind: charString },
      { name: "regexp", label: "Substitution expression", kind: substitution },
      { name: "replacement", label: "Replacement", kind: name },
    ],
  },
  strings([56, "NINFO", "draft-reid-dnsext-zs", "zone status"]),
  strings([99, "SPF", "RFC 7208 3.1", "sender policy (obsolete)"]),
  {
    type: 256,
    mnemonic: "URI",
    ref: "RFC 7553 4.5",
    summary: "identifier of a service",
    fields: [
      { name: "priority", label: "Priority", kind: u16, ref: "RFC 7553 4.2" },
      { name: "weight", label: "Weight", kind: u16, ref: "RFC 7553 4.3" },
      {
        name: "target",
        label: "Target",
        kind: longString,
        meaning: (value: Uint8Array) => quoted(value),
        ref: "RFC 7553 4.4",
      },
    ],
  },
  {
    type: 257,
    mnemonic: "CAA",
    ref: "RFC 8659 4.1",
    summary: "certification authority authorization",
    fields: [
      {
        name: "flags",
        label: "Flags",
        kind: u8,
        bits: [
          {
            first: 0,
            count: 1,
            label: "Critical",
            meaning: either("who does not know the tag must not issue", "an unknown tag may be passed over"),
          },
          reserved(1, 7),
        ],
      },
      { name: "tag", label: "Tag", kind: caaTag },
      { name: "value", label: "Value", kind: longString, meaning: (value: Uint8Array) => quoted(value) },
    ],
  },
  strings([258, "AVC", "Cisco AVC", "application visibility and control"]),
  {
    type: 259,
    mnemonic: "DOA",
    ref: "draft-durand-doa-over-dns",
    summary: "digital object",
    fields: [
      { name: "enterprise", label: "Enterprise number", kind: u32 },
      { name: "doaType", label: "Object type", kind: u32 },
      { name: "location", label: "Location", kind: u8 },
      { name: "mediaType", label: "Media type", kind: charString },
      { name: "data", label: "Data", kind: doaData },
    ],
  },
  strings([261, "RESINFO", "RFC 9606 4", "resolver information"]),
  strings([262, "WALLET", "IANA registry", "wallet address"]),
];

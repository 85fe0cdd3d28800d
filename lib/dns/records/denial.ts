// Records that deny: NSEC, NSEC3, NSEC3PARAM, NXT, and CSYNC, which lists types the same way (RFC 4034 4.1, RFC 5155 3.1). Pure.
import type { ByteReader } from "../../base/reader.ts";
import { DnsFormatError } from "../errors.ts";
import type { DnsName } from "../name.ts";
import { isKnownType, typeName } from "../types.ts";
import { bitmapText, typeBitmap } from "./bitmap.ts";
import { either, must, name, reserved, sectioned, u16, u32, u8 } from "./kinds.ts";
import { rrType } from "./octet_kinds.ts";
import { parseHexText } from "./tokens.ts";
import { hexText, lineBreak } from "./layout.ts";
import type { BitField, Kind, RdataField, RecordType } from "./shape.ts";

const BASE32 = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

/** Upper-case base32hex without padding (RFC 4648 7). */
function base32Text(bytes: Uint8Array): string {
  let out = "", bits = 0, held = 0;
  for (const octet of bytes) {
    held = (held << 8) | octet;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += BASE32[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? out + BASE32[(held << (5 - bits)) & 31] : out;
}

/** Octets of base32hex text without padding; a `DnsFormatError` for text that is not. */
function parseBase32(text: string, offset = 0): Uint8Array {
  const out: number[] = [];
  let bits = 0, held = 0;
  const bad = () => new DnsFormatError("bad base32 encoding", `"${text}" is not base32hex`, offset);
  // 1, 3 or 6 characters left over spell no whole octet.
  if ([1, 3, 6].includes(text.length % 8)) throw bad();
  for (const c of text.toUpperCase()) {
    const value = BASE32.indexOf(c);
    if (value === -1) throw bad();
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((held >> bits) & 0xff);
    }
    held &= (1 << bits) - 1;
  }
  if (held !== 0) throw bad();
  return Uint8Array.from(out);
}

/** Whether the first label of a name is base32hex (RFC 5155 1.3). */
function isHashed(owner: DnsName): boolean {
  const [label] = owner.labels;
  try {
    // The root has no label that could be wrong.
    return label === undefined || parseBase32(String.fromCharCode(...label)).length > 0;
  } catch {
    return false;
  }
}

/** A length octet, which `lengthRef` defines, and a salt, `-` in text when empty. */
const saltKind = (lengthRef: string): Kind<Uint8Array> => ({
  read: (reader) => {
    must(reader.remaining > 0, "The salt is missing", reader.offset);
    const length = reader.u8();
    must(length <= reader.remaining, "The salt does not fit", reader.offset - 1);
    return reader.take(length);
  },
  write: (writer, value) => void writer.u8(value.length).bytes(value),
  print: (value) => value.length === 0 ? "-" : hexText(value),
  parse: (tokens) => {
    const { text } = tokens.next("salt");
    const octets = text === "-" ? new Uint8Array() : parseHexText(text, tokens.offset);
    if (octets.length > 255) throw new DnsFormatError("out of range", "A salt of more than 255 octets", tokens.offset);
    return octets;
  },
  explain: (builder, field) => {
    const length = builder.field(`${field.label} length`, (reader) => reader.u8(), { ref: lengthRef });
    return builder.field(field.label, (reader) => {
      must(length <= reader.remaining, "The salt does not fit", reader.offset - 1);
      return reader.take(length);
    }, { ref: field.ref });
  },
});

const salt = saltKind("RFC 5155 3.1.4");

/** A hash is a label in base32, which has 63 characters at the most. */
const MOST_HASH = 39;

function checkHash(length: number, reader: ByteReader): void {
  const fits = length >= 1 && length <= MOST_HASH && length <= reader.remaining;
  must(fits, "The hash does not fit into a label or the data", reader.offset - 1);
}

/** A length octet and a hashed owner name. */
const nextHash: Kind<Uint8Array> = {
  read: (reader) => {
    must(reader.remaining > 0, "The hash is missing", reader.offset);
    const length = reader.u8();
    checkHash(length, reader);
    return reader.take(length);
  },
  write: (writer, value) => void writer.u8(value.length).bytes(value),
  print: (value) => base32Text(value),
  parse: (tokens) => {
    const { text } = tokens.next("hash");
    const octets = parseBase32(text, tokens.offset);
    if (octets.length < 1 || octets.length > MOST_HASH) {
      throw new DnsFormatError("out of range", `A hash of 1 to ${MOST_HASH} octets`);
    }
    return octets;
  },
  explain: (builder, field) => {
    const length = builder.field("Hash length", (reader) => reader.u8(), { ref: "RFC 5155 3.1.6" });
    return builder.field(field.label, (reader) => {
      checkHash(length, reader);
      return reader.take(length);
    }, (value) => ({ meaning: base32Text(value), ref: field.ref }));
  },
};

/** The first form of a type bitmap (RFC 2535 5.2): bit 0 of octet 0 is type 0, up to 127. */
const oldBitmap: Kind<Uint8Array> = {
  read: (reader) => {
    const start = reader.offset;
    const bits = reader.rest();
    if (bits.length > 0) {
      const bad = (bits[0]! & 0x80) !== 0 || bits.length > 16 || bits[bits.length - 1] === 0;
      if (bad) {
        throw new DnsFormatError("bad bitmap", "A type bitmap that is too long or has bits that may not be", start);
      }
    }
    return bits;
  },
  write: (writer, value) => void writer.bytes(value),
  print: (value) => {
    const names: string[] = [];
    for (let type = 0; type < value.length * 8; type++) {
      if ((value[type >> 3]! & (0x80 >> (type & 7))) === 0) continue;
      names.push(isKnownType(type) ? typeName(type) : String(type));
    }
    return names.join(" ");
  },
  parse: (tokens, context, values) => {
    const bits = new Uint8Array(16);
    let length = 0;
    while (!tokens.atEnd) {
      const type = rrType.parse(tokens, context, values);
      if (type < 1 || type > 127) {
        throw new DnsFormatError("out of range", "A type above 127 does not fit", tokens.offset);
      }
      bits[type >> 3]! |= 0x80 >> (type & 7);
      length = Math.max(length, (type >> 3) + 1);
    }
    return bits.slice(0, length);
  },
};

/** The first octet of the parameters: what is too short for all of them is no end but a malformed record. */
const hashAlgorithm: Kind<number> = {
  ...u8,
  skip: (reader) => void hashAlgorithm.read(reader, {}),
  read: (reader) => {
    must(reader.remaining >= 5, "The parameters of the hash are cut off", reader.offset);
    return reader.u8();
  },
};

/** The salt at the end of NSEC3PARAM: as long as what is left. */
const lastSalt: Kind<Uint8Array> = {
  ...saltKind("RFC 5155 4.1.4"),
  read: (reader, values) => {
    must((reader.peek() ?? -1) === reader.remaining - 1, "The salt is of another length than it says", reader.offset);
    return salt.read(reader, values);
  },
};

/** The numbers in front of a salt, with their sections. */
const hashing = (section: string, flags: readonly BitField[]): readonly RdataField[] =>
  sectioned(section, [
    {
      name: "hashAlgorithm",
      label: "Hash algorithm",
      kind: hashAlgorithm,
      meaning: (value: number) => value === 1 ? "SHA-1" : undefined,
    },
    { name: "flags", label: "Flags", kind: u8, bits: flags },
    { name: "iterations", label: "Iterations", kind: u16 },
  ]);

const OPT_OUT: BitField = {
  first: 7,
  count: 1,
  label: "Opt-out",
  meaning: either("names without signatures may stand between", "no names stand between"),
  ref: "RFC 5155 3.1.2.1",
};

const TYPES_FIELD = (least: number, ref: string): RdataField => ({
  name: "types",
  label: "Types",
  kind: typeBitmap(least),
  ref,
});

export const DENIAL_RECORDS: readonly RecordType[] = [
  {
    type: 30,
    mnemonic: "NXT",
    ref: "RFC 2535 5.2",
    summary: "next name (obsolete)",
    fields: [
      { name: "nextDomain", label: "Next domain name", kind: name },
      {
        name: "types",
        label: "Types",
        kind: oldBitmap,
        meaning: (value: Uint8Array) => oldBitmap.print(value, {}, {}),
      },
    ],
  },
  {
    type: 47,
    mnemonic: "NSEC",
    ref: "RFC 4034 4.1",
    summary: "next name and types of this one",
    fields: [
      { name: "nextDomain", label: "Next domain name", kind: name, ref: "RFC 4034 4.1.1" },
      TYPES_FIELD(1, "RFC 4034 4.1.2"),
    ],
  },
  {
    type: 50,
    mnemonic: "NSEC3",
    ref: "RFC 5155 3.2",
    summary: "next hashed name and types of this one",
    checkOwner: isHashed,
    fields: [
      ...hashing("RFC 5155 3.1", [reserved(0, 7), OPT_OUT]),
      { name: "salt", label: "Salt", kind: salt, ref: "RFC 5155 3.1.5" },
      { name: "nextHashedOwner", label: "Next hashed owner name", kind: nextHash, ref: "RFC 5155 3.1.7" },
      TYPES_FIELD(0, "RFC 5155 3.2.1"),
    ],
    check: (values) => {
      const { length } = values.nextHashedOwner as Uint8Array;
      must(values.hashAlgorithm !== 1 || length === 20, `A hash of ${length} octets: SHA-1 has 20`, 0);
    },
    print: (values, style) => {
      const { hashAlgorithm, flags, iterations } = values;
      const head = [hashAlgorithm, flags, iterations, salt.print(values.salt as Uint8Array, {}, {})].join(" ");
      const gap = lineBreak(style);
      const types = bitmapText(values.types as readonly number[], style, true);
      const hash = base32Text(values.nextHashedOwner as Uint8Array);
      if (style.multiline === true) return `${head} (${gap}${hash}${types} )`;
      return types === "" ? `${head}${gap}${hash}` : `${head}${gap}${hash} ${types}`;
    },
  },
  {
    type: 51,
    mnemonic: "NSEC3PARAM",
    ref: "RFC 5155 4.2",
    summary: "parameters of NSEC3",
    fields: [
      // Opt-out stands in NSEC3 alone.
      ...hashing("RFC 5155 4.1", [reserved(0, 8)]),
      { name: "salt", label: "Salt", kind: lastSalt, ref: "RFC 5155 4.1.5" },
    ],
  },
  {
    type: 62,
    mnemonic: "CSYNC",
    ref: "RFC 7477 2.1.1",
    summary: "what the parent should copy",
    fields: [
      { name: "serial", label: "Serial", kind: u32, ref: "RFC 7477 2.1.1.1" },
      {
        name: "flags",
        label: "Flags",
        kind: u16,
        bits: [
          reserved(0, 14),
          {
            first: 14,
            count: 1,
            label: "SOA minimum",
            meaning: either("only when the zone's serial is as high", "whatever the zone's serial"),
          },
          {
            first: 15,
            count: 1,
            label: "Immediate",
            meaning: either("to be copied at once", "to be copied when somebody agreed"),
          },
        ],
        ref: "RFC 7477 2.1.1.2",
      },
      TYPES_FIELD(0, "RFC 7477 2.1.1.2.1"),
    ],
  },
];

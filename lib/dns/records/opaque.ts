// Records that carry data of other worlds: CERT, OPENPGPKEY, DHCID, SINK, EID, NIMLOC, HHIT, BRID, DSYNC, NULL. Pure.
// To add one: a line in `OPAQUE_RECORDS`.
import { headed, type RecordHead } from "./common.ts";
import { name, parseNumber, u16, u8 } from "./kinds.ts";
import { base64Rest, hexRest, omittable, rrType } from "./octet_kinds.ts";
import { algorithm, algorithmName } from "./key.ts";
import { base64Words, block, parenthesized, unknownText } from "./layout.ts";
import { typeName } from "../types.ts";
import type { Kind, RdataField, RdataValues, RecordType } from "./shape.ts";

/** Certificate types (RFC 4398 2.1). */
const CERTIFICATES: readonly (readonly [number, string])[] = [
  [1, "PKIX"],
  [2, "SPKI"],
  [3, "PGP"],
  [4, "IPKIX"],
  [5, "ISPKI"],
  [6, "IPGP"],
  [7, "ACPKIX"],
  [8, "IACPKIX"],
  [253, "URI"],
  [254, "OID"],
];
const certificateNames = new Map(CERTIFICATES);
const certificateNumbers = new Map(CERTIFICATES.map(([number, mnemonic]) => [mnemonic, number]));

const certificateType: Kind<number> = {
  ...u16,
  print: (value) => certificateNames.get(value) ?? String(value),
  parse: (tokens) => {
    const known = certificateNumbers.get(tokens.peek()?.text.toUpperCase() ?? "");
    if (known === undefined) return parseNumber(tokens, 0xffff, "certificate type");
    tokens.next();
    return known;
  },
};

/** An algorithm by its mnemonic: CERT alone prints it so. */
const namedAlgorithm: Kind<number> = { ...algorithm, print: (value) => algorithmName(value) };

/** Schemes of DSYNC (RFC 9859 2.1). */
const scheme: Kind<number> = {
  ...u8,
  print: (value) => value === 1 ? "NOTIFY" : String(value),
  parse: (tokens) => {
    if (tokens.peek()?.text.toUpperCase() !== "NOTIFY") return parseNumber(tokens, 0xff, "scheme");
    tokens.next();
    return 1;
  },
};

const CERT_FIELDS: readonly RdataField[] = [
  { name: "certificateType", label: "Certificate type", kind: certificateType },
  { name: "keyTag", label: "Key tag", kind: u16 },
  { name: "algorithm", label: "Algorithm", kind: namedAlgorithm },
  { name: "certificate", label: "Certificate", kind: base64Rest(1) },
];

/** Base64 in a SINK, whose text breaks only when there is some. */
const sinkData = base64Rest(0);

/** Data up to the end and nothing else, as base64 or hex; without `omitted` the text is printed whatever `crypto` says. */
function wholeData(kind: "base64" | "hex", least: number, omitted: boolean): Kind<Uint8Array> {
  const base = kind === "base64" ? base64Rest(least) : hexRest(least);
  return omitted ? omittable(base) : base;
}

function whole(head: RecordHead, field: RdataField, rest: Partial<RecordType> = {}): RecordType {
  return {
    ...headed(head),
    fields: [field],
    print: (values, style) => parenthesized(field.kind.print(values[field.name], style, values), style),
    ...rest,
  };
}

const DHCID_IDENTIFIERS = ["hardware type and address", "client identifier", "DUID"];

/** DHCID: what the client was known by, how that was hashed, the hash. */
const dhcid: Kind<Uint8Array> = {
  ...wholeData("base64", 1, false),
  explain: (builder, field) => {
    const { reader } = builder;
    const start = reader.offset;
    const data = reader.bytes.subarray(start, reader.end);
    if (data.length < 3) return builder.field(field.label, (r) => r.take(Math.max(1, r.remaining)), { ref: field.ref });
    builder.field("Identifier type", (r) => r.u16(), (value) => ({
      meaning: DHCID_IDENTIFIERS[value],
      ref: "RFC 4701 3.3",
    }));
    builder.field("Digest type", (r) => r.u8(), (value) => ({
      meaning: value === 1 ? "SHA-256" : undefined,
      ref: "RFC 4701 3.4",
    }));
    if (reader.remaining > 0) builder.field("Digest", (r) => r.rest(), { ref: "RFC 4701 3.5" });
    return data;
  },
};

/** DHCID's comment in many lines: identifier type, digest type, octets of digest. */
function dhcidText(values: RdataValues, multiline: boolean, text: string): string {
  const data = values.data as Uint8Array;
  if (!multiline) return text;
  return data.length < 3 ? text : `${text} ; ${(data[0]! << 8) | data[1]!} ${data[2]} ${data.length - 3}`;
}

/** Types that only the unknown form spells (RFC 3597). */
function unspelt(head: RecordHead): RecordType {
  return {
    ...headed(head),
    fields: [{ name: "data", label: "Data", kind: wholeData("hex", 0, false) }],
    print: (values, style) => unknownText(values.data as Uint8Array, style),
    parse: (tokens) => {
      throw tokens.error(`${head[1]} has no text but the unknown form`);
    },
  };
}

const DATA = { name: "data", label: "Data" };

export const OPAQUE_RECORDS: readonly RecordType[] = [
  unspelt([10, "NULL", "RFC 1035 3.3.10", "anything"]),
  whole([31, "EID", "draft-ietf-nimrod-dns", "endpoint identifier"], { ...DATA, kind: wholeData("hex", 1, false) }, {
    rdclass: 1,
  }),
  whole([32, "NIMLOC", "draft-ietf-nimrod-dns", "Nimrod locator"], { ...DATA, kind: wholeData("hex", 1, false) }, {
    rdclass: 1,
  }),
  {
    type: 37,
    mnemonic: "CERT",
    ref: "RFC 4398 2",
    summary: "certificate",
    fields: CERT_FIELDS,
    print: (values, style) => {
      const text = CERT_FIELDS.map((field) => field.kind.print(values[field.name], style, values));
      return block(text.slice(0, 3).join(" "), text[3]!, style);
    },
  },
  {
    type: 40,
    mnemonic: "SINK",
    ref: "draft-eastlake-kitchen-sink",
    summary: "anything with a coding",
    fields: [
      { name: "meaning", label: "Meaning", kind: u8 },
      { name: "coding", label: "Coding", kind: u8 },
      { name: "subcoding", label: "Subcoding", kind: u8 },
      { ...DATA, kind: sinkData },
    ],
    print: (values, style) => {
      const head = `${values.meaning} ${values.coding} ${values.subcoding}`;
      const data = values.data as Uint8Array;
      return data.length === 0 ? head : block(head, base64Words(data, style), style);
    },
  },
  {
    ...whole([49, "DHCID", "RFC 4701 3.1", "DHCP client"], { ...DATA, kind: dhcid }, {
      rdclass: 1,
    }),
    print: (values, style) => {
      const text = parenthesized(base64Words(values.data as Uint8Array, style), style);
      return dhcidText(values, style.multiline === true, text);
    },
  },
  whole([61, "OPENPGPKEY", "RFC 7929 2.1", "OpenPGP key"], {
    name: "key",
    label: "Key",
    kind: wholeData("base64", 1, true),
  }),
  {
    type: 66,
    mnemonic: "DSYNC",
    ref: "RFC 9859 2.1",
    summary: "where to notify a parent",
    fields: [
      {
        name: "rrtype",
        label: "Record type",
        kind: { ...rrType, print: (value: number) => value === 0 ? "TYPE0" : typeName(value) },
      },
      { name: "scheme", label: "Scheme", kind: scheme },
      { name: "port", label: "Port", kind: u16 },
      { name: "target", label: "Target", kind: name },
    ],
  },
  hierarchical(67, "HHIT", "hierarchical host identity"),
  hierarchical(68, "BRID", "broadcast remote identification"),
  unspelt([100, "UINFO", "IANA registry", "user information"]),
  unspelt([101, "UID", "IANA registry", "user number"]),
  unspelt([102, "GID", "IANA registry", "group number"]),
  unspelt([103, "UNSPEC", "IANA registry", "unspecified"]),
];

/** Drone identification: base64, whose opening parenthesis stands behind a space of its own and not before one. */
function hierarchical(type: number, mnemonic: string, summary: string): RecordType {
  const kind = wholeData("base64", 1, false);
  return whole([type, mnemonic, "RFC 9886", summary], { ...DATA, kind }, {
    print: (values, style) => {
      const text = kind.print(values.data as Uint8Array, style, values);
      return style.multiline === true ? ` (${text} )` : text;
    },
  });
}

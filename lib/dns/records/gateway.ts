// Records of gateways: IPSECKEY, AMTRELAY, HIP (RFC 4025, RFC 8777, RFC 8005). Pure.
import { DnsFormatError } from "../errors.ts";
import { explainName } from "../explain_name.ts";
import { DnsName, parseName, readName } from "../name.ts";
import { ipv4, ipv6, must, parseNumber, sectioned, u8 } from "./kinds.ts";
import { base64Rest } from "./octet_kinds.ts";
import { parseBase64, parseHexText } from "./tokens.ts";
import { base64Text, base64Words, hexText, lineBreak, parenthesized } from "./layout.ts";
import type { Kind, RdataValue, RdataValues, RecordType } from "./shape.ts";

/** None, an IPv4 address, an IPv6 address or a name; other types are octets up to the end. */
type Gateway = Uint8Array | DnsName;

const EMPTY = new Uint8Array();

/** A gateway of the type that the field `typeField` holds: 0 none, 1 IPv4, 2 IPv6, 3 a name. */
function gateway(typeField: string, unknown: boolean): Kind<Gateway> {
  const typeOf = (values: RdataValues) => values[typeField] as number;
  return {
    hasName: true,
    read: (reader, values) => {
      switch (typeOf(values)) {
        case 0:
          return EMPTY;
        case 1:
          return ipv4.read(reader, values);
        case 2:
          return ipv6.read(reader, values);
        case 3:
          return readName(reader);
      }
      if (!unknown) throw new DnsFormatError("not implemented", `Gateway type ${typeOf(values)}`, reader.offset);
      return reader.rest();
    },
    write: (writer, value) => void writer.bytes(value instanceof DnsName ? value.wire : value),
    print: (value, style, values) => {
      if (value instanceof DnsName) return value.toString();
      const type = typeOf(values);
      if (type === 0) return ".";
      if (type === 1) return ipv4.print(value, style, values);
      if (type === 2) return ipv6.print(value, {}, values);
      return hexText(value);
    },
    parse: (tokens, context, values) => {
      switch (typeOf(values)) {
        case 0: {
          const { text } = tokens.next("gateway");
          if (text !== ".") throw tokens.error(`"${text}" where only "." may be`);
          return EMPTY;
        }
        case 1:
          return ipv4.parse(tokens, context, values);
        case 2:
          return ipv6.parse(tokens, context, values);
        case 3:
          return parseName(tokens.next("gateway").text, context.origin);
      }
      return parseHexText(tokens.rest().join(""), tokens.offset);
    },
    explain: (builder, field, values) => {
      if (typeOf(values) === 0) return EMPTY;
      if (typeOf(values) === 3) return explainName(builder, field.label, field.ref);
      const kind = gateway(typeField, unknown);
      let value: Gateway = EMPTY;
      builder.field(field.label, (reader) => kind.print(value = kind.read(reader, values), {}, values), {
        ref: field.ref,
      });
      return value;
    },
  };
}

const GATEWAY_TYPES = ["none", "IPv4 address", "IPv6 address", "name"];

/** IANA "IPSECKEY Algorithm Types". */
const IPSEC_ALGORITHMS = ["none", "DSA", "RSA", "ECDSA", "EdDSA"];

const IPSECKEY_FIELDS = sectioned("RFC 4025 2", [
  { name: "precedence", label: "Precedence", kind: u8 },
  { name: "gatewayType", label: "Gateway type", kind: u8, meaning: (value: number) => GATEWAY_TYPES[value] },
  { name: "algorithm", label: "Algorithm", kind: u8, meaning: (value: number) => IPSEC_ALGORITHMS[value] },
  { name: "gateway", label: "Gateway", kind: gateway("gatewayType", false) },
  { name: "publicKey", label: "Public key", kind: base64Rest(1) },
], 2);

/** AMTRELAY's one octet: the first bit says whether discovery is optional, the rest is the type (RFC 8777 4.2.2). */
const discoveryAndType: Kind<{ readonly discovery: number; readonly type: number }> = {
  read: (reader) => {
    const octet = reader.u8();
    return { discovery: octet >> 7, type: octet & 0x7f };
  },
  write: (writer, value) => void writer.u8((value.discovery << 7) | value.type),
  print: (value) => `${value.discovery} ${value.type}`,
  parse: (tokens) => ({ discovery: parseNumber(tokens, 1, "discovery bit"), type: parseNumber(tokens, 127, "type") }),
  explain: (builder) => {
    const octet = builder.field("Discovery and type", (reader) => reader.u8(), { ref: "RFC 8777 4.2" });
    builder.bits("Discovery optional", 1, 0, 1, {
      meaning: octet > 127 ? "optional" : "required",
      ref: "RFC 8777 4.2.2",
    });
    builder.bits("Relay type", 1, 1, 7, { meaning: GATEWAY_TYPES[octet & 0x7f], ref: "RFC 8777 4.2.3" });
    return { discovery: octet >> 7, type: octet & 0x7f };
  },
};

const relayGateway = gateway("type", true);
const inner = (values: RdataValues): RdataValues => values.discoveryAndType as { readonly [part: string]: RdataValue };

/** The relay of an AMTRELAY, whose type stands inside another field. */
const relay: Kind<Gateway> = {
  hasName: true,
  read: (reader, values) => {
    const lengths = [0, 4, 16];
    const length = lengths[inner(values).type as number] ?? reader.remaining;
    must(reader.remaining === length, `A relay of ${reader.remaining} octets: ${length} belong there`, reader.offset);
    return relayGateway.read(reader, inner(values));
  },
  write: (writer, value, values) => relayGateway.write(writer, value, inner(values)),
  print: (value, style, values) => relayGateway.print(value, style, inner(values)),
  parse: (tokens, context, values) => relayGateway.parse(tokens, context, inner(values)),
  explain: (builder, field, values) => relayGateway.explain!(builder, field, inner(values)),
};

/** A host identity: lengths first, then tag and key (RFC 8005 5). */
const hostIdentity: Kind<{ readonly algorithm: number; readonly hit: Uint8Array; readonly publicKey: Uint8Array }> = {
  read: (reader) => {
    const start = reader.offset;
    must(reader.remaining >= 4, "The lengths are cut off", start);
    const hitLength = reader.u8(), number = reader.u8(), keyLength = reader.u16();
    must(hitLength > 0 && keyLength > 0, "An empty tag or key", start);
    must(hitLength + keyLength <= reader.remaining, "The tag and the key do not fit", start);
    return { algorithm: number, hit: reader.take(hitLength), publicKey: reader.take(keyLength) };
  },
  write: (writer, value) => {
    writer.u8(value.hit.length).u8(value.algorithm).u16(value.publicKey.length).bytes(value.hit).bytes(value.publicKey);
  },
  print: (value, style) => `${value.algorithm} ${hexText(value.hit)}${lineBreak(style)}${base64Text(value.publicKey)}`,
  parse: (tokens) => {
    const number = parseNumber(tokens, 255, "algorithm");
    const hit = parseHexText(tokens.next("host identity tag").text, tokens.offset);
    const publicKey = parseBase64(tokens.next("public key").text, tokens.offset);
    if (hit.length < 1 || hit.length > 255 || publicKey.length < 1 || publicKey.length > 0xffff) {
      throw new DnsFormatError("out of range", "A tag or key of no or too many octets", tokens.offset);
    }
    return { algorithm: number, hit, publicKey };
  },
  explain: (builder) => {
    const start = builder.reader.offset;
    must(builder.reader.remaining >= 4, "The lengths are cut off", start);
    const hitLength = builder.field("HIT length", (r) => r.u8(), { ref: "RFC 8005 5.1" });
    const number = builder.field("PK algorithm", (r) => r.u8(), { ref: "RFC 8005 5.2" });
    const keyLength = builder.field("PK length", (r) => r.u16(), { ref: "RFC 8005 5.3" });
    must(hitLength > 0 && keyLength > 0, "An empty tag or key", start);
    must(hitLength + keyLength <= builder.reader.remaining, "The tag and the key do not fit", start);
    const hit = builder.field("HIT", (r) => r.take(hitLength), { ref: "RFC 8005 5.4" });
    const publicKey = builder.field("Public key", (r) => r.take(keyLength), { ref: "RFC 8005 5.5" });
    return { algorithm: number, hit, publicKey };
  },
};

/** Names up to the end. */
const names: Kind<readonly DnsName[]> = {
  hasName: true,
  read: (reader) => {
    const list: DnsName[] = [];
    while (reader.remaining > 0) list.push(readName(reader));
    return list;
  },
  write: (writer, value) => {
    for (const one of value) writer.bytes(one.wire);
  },
  print: (value, style) => value.map(String).join(lineBreak(style)),
  parse: (tokens, context) => {
    const list: DnsName[] = [];
    while (!tokens.atEnd) list.push(parseName(tokens.next().text, context.origin));
    return list;
  },
  explain: (builder, field) => {
    const list: DnsName[] = [];
    while (builder.reader.remaining > 0) list.push(explainName(builder, field.label, field.ref));
    return list;
  },
};

export const GATEWAY_RECORDS: readonly RecordType[] = [
  {
    type: 45,
    mnemonic: "IPSECKEY",
    ref: "RFC 4025 2.1",
    summary: "key and gateway for IPsec",
    fields: IPSECKEY_FIELDS,
    print: (values, style) => {
      const [precedence, type, number, host] = IPSECKEY_FIELDS.slice(0, 4).map((field) =>
        field.kind.print(values[field.name], style, values)
      );
      const key = values.publicKey as Uint8Array;
      const tail = key.length === 0 ? "" : lineBreak(style) + base64Words(key, style);
      return parenthesized(`${precedence} ${type} ${number} ${host}${tail}`, style);
    },
  },
  {
    type: 55,
    mnemonic: "HIP",
    ref: "RFC 8005 5",
    summary: "host identity",
    fields: [
      { name: "identity", label: "Identity", kind: hostIdentity },
      { name: "servers", label: "Rendezvous server", kind: names, ref: "RFC 8005 5.6" },
    ],
    print: (values, style) => {
      const servers = values.servers as readonly DnsName[];
      const identity = hostIdentity.print(values.identity as never, style, values);
      const tail = servers.length === 0 ? "" : lineBreak(style) + names.print(servers, style, values);
      return parenthesized(identity + tail, style);
    },
  },
  {
    type: 260,
    mnemonic: "AMTRELAY",
    ref: "RFC 8777 4.2",
    summary: "multicast tunnel relay",
    covers: (data) => data.length < 2 || (data[1]! & 0x7f) <= 3,
    fields: [
      { name: "precedence", label: "Precedence", kind: u8, ref: "RFC 8777 4.2.1" },
      { name: "discoveryAndType", label: "Discovery and type", kind: discoveryAndType },
      { name: "relay", label: "Relay", kind: relay, ref: "RFC 8777 4.2.4" },
    ],
  },
];

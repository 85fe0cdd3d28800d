// Records of network addresses: A of other classes, A6, WKS, APL. Pure. NSAP, ATMA, EUI and ILNP stand in `identifier.ts`.
// To add one: a line in `ADDRESS_RECORDS`.
import { byWord } from "../../base/text.ts";
import { hex } from "../../base/hex.ts";
import { DnsFormatError } from "../errors.ts";
import { explainName } from "../explain_name.ts";
import { DnsName, parseName, readName } from "../name.ts";
import { compressedName, ipv4, ipv6, ipv6Text, must, parseNumber, u16, u8 } from "./kinds.ts";
import { formatIp, parseIp } from "../../base/ip.ts";
import { unknownText } from "./layout.ts";
import type { Kind, RdataValue, RecordType } from "./shape.ts";

/** A Chaosnet address: printed in octal (RFC 1035 3.4.1 has Internet's alone). */
const octal: Kind<number> = {
  ...u16,
  print: (value) => value.toString(8),
  parse: (tokens) => {
    const { text } = tokens.next("address");
    if (!/^[0-7]{1,6}$/.test(text) || parseInt(text, 8) > 0xffff) {
      throw tokens.error(`"${text}" is not an octal address`);
    }
    return parseInt(text, 8);
  },
};

const PROTOCOLS: Record<string, number> = byWord({ icmp: 1, tcp: 6, udp: 17, sctp: 132 });
const SERVICES: Record<string, number> = byWord({
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  http: 80,
  pop3: 110,
});

const protocol: Kind<number> = {
  ...u8,
  parse: (tokens, context, values) => {
    const known = PROTOCOLS[tokens.peek()?.text.toLowerCase() ?? ""];
    if (known === undefined) return u8.parse(tokens, context, values);
    tokens.next();
    return known;
  },
};

/** The ports of a WKS record: bit 0 of octet 0 is port 0; the last octet is not zero. */
const ports: Kind<Uint8Array> = {
  read: (reader) => {
    const start = reader.offset;
    const bits = reader.rest();
    must(bits.length <= 8192, "A bitmap of more than 65536 ports", start);
    must(bits.length === 0 || bits[bits.length - 1] !== 0, "A bitmap of ports ends in a zero octet", reader.offset - 1);
    return bits;
  },
  write: (writer, value) => void writer.bytes(value),
  print: (value) => {
    const list: number[] = [];
    for (let port = 0; port < value.length * 8; port++) {
      if ((value[port >> 3]! & (0x80 >> (port & 7))) !== 0) list.push(port);
    }
    return list.join(" ");
  },
  parse: (tokens) => {
    const bits = new Uint8Array(8192);
    let length = 0;
    while (!tokens.atEnd) {
      const known = SERVICES[tokens.peek()!.text.toLowerCase()];
      const port = known ?? parseNumber(tokens, 0xffff, "port");
      if (known !== undefined) tokens.next();
      bits[port >> 3]! |= 0x80 >> (port & 7);
      length = Math.max(length, (port >> 3) + 1);
    }
    return bits.slice(0, length);
  },
};

/** One item of an APL (RFC 3123 4). `address` has only the octets up to the last that is not zero. */
interface AplItem {
  readonly [part: string]: RdataValue;
  readonly family: number;
  readonly prefix: number;
  readonly negated: number;
  readonly address: Uint8Array;
}

/** Octets of an address by its family (IANA "Address Family Numbers"). */
const FAMILY_OCTETS: Record<number, number> = { 1: 4, 2: 16 };

function checkPrefix(family: number, prefix: number, length: number, offset: number): void {
  const octets = FAMILY_OCTETS[family];
  if (octets !== undefined && (length > octets || prefix > octets * 8)) {
    throw new DnsFormatError("out of range", "An address prefix is too long for its family", offset);
  }
}

const aplItems: Kind<readonly AplItem[]> = {
  read: (reader) => {
    const items: AplItem[] = [];
    while (reader.remaining > 0) {
      const start = reader.offset;
      const family = reader.u16(), prefix = reader.u8(), flagged = reader.u8();
      const length = flagged & 0x7f;
      reader.need(length, "address prefix");
      checkPrefix(family, prefix, length, start);
      const address = reader.take(length);
      must(length === 0 || address[length - 1] !== 0, "An address prefix ends in a zero octet", reader.offset - 1);
      items.push({ family, prefix, negated: flagged >> 7, address });
    }
    return items;
  },
  write: (writer, value) => {
    for (const item of value) {
      writer.u16(item.family).u8(item.prefix).u8((item.negated << 7) | item.address.length).bytes(item.address);
    }
  },
  print: (value) =>
    value.map((item) => {
      const octets = FAMILY_OCTETS[item.family];
      const whole = new Uint8Array(octets ?? 0);
      if (octets !== undefined) whole.set(item.address);
      const address = octets === 4 ? formatIp(whole) : octets === 16 ? ipv6Text(whole) : hex(item.address);
      return `${item.negated === 1 ? "!" : ""}${item.family}:${address}/${item.prefix}`;
    }).join(" "),
  parse: (tokens) => {
    const items: AplItem[] = [];
    while (!tokens.atEnd) {
      const { text } = tokens.next();
      const match = /^(!?)(\d+):(.*)\/(\d+)$/.exec(text);
      const ip = match === null ? undefined : parseIp(match[3]!);
      const family = Number(match?.[2]), prefix = Number(match?.[4]);
      if (ip === undefined || (family === 1 ? 4 : family === 2 ? 6 : 0) !== ip.family || prefix > ip.bytes.length * 8) {
        throw tokens.error(`"${text}" is not an address prefix`);
      }
      let length = ip.bytes.length;
      while (length > 0 && ip.bytes[length - 1] === 0) length--;
      items.push({ family, prefix, negated: match![1] === "!" ? 1 : 0, address: ip.bytes.slice(0, length) });
    }
    return items;
  },
  explain: (builder, field) => {
    const items: AplItem[] = [];
    while (builder.reader.remaining > 0) {
      builder.group(field.label, (group) => {
        const family = builder.field(
          "Address family",
          (r) => r.u16(),
          (f) => f === 1 ? "IPv4" : f === 2 ? "IPv6" : undefined,
        );
        const prefix = builder.field("Prefix length", (r) => r.u8());
        const flagged = builder.field("Negation and length", (r) => r.u8());
        checkPrefix(family, prefix, flagged & 0x7f, group.offset);
        builder.bits("Negation", 1, 0, 1, { meaning: flagged > 127 ? "not these addresses" : "these addresses" });
        builder.bits("Address length", 1, 1, 7);
        const address = builder.field("Address octets", (r) => r.take(flagged & 0x7f));
        const item = { family, prefix, negated: flagged >> 7, address };
        group.meaning = aplItems.print([item], {}, {});
        items.push(item);
      }, { ref: "RFC 3123 4" });
    }
    return items;
  },
};

/** The suffix of an A6: only the octets that the prefix leaves, the first one's prefix bits zero (RFC 2874 3.1). */
const a6Address: Kind<Uint8Array> = {
  read: (reader, values) => {
    const bits = values.prefixLength as number;
    if (bits > 128) throw new DnsFormatError("out of range", "A prefix longer than 128 bits", reader.offset - 1);
    const given = reader.take(16 - (bits >> 3), "address suffix");
    const whole = new Uint8Array(16);
    whole.set(given, 16 - given.length);
    const spare = given.length > 0 ? given[0]! & ~(0xff >> (bits & 7)) : 0;
    must(spare === 0, "An address suffix has bits of its prefix", reader.offset - given.length);
    return whole;
  },
  write: (writer, value, values) => {
    const bits = values.prefixLength as number;
    const given = value.slice(bits >> 3);
    if (given.length > 0) given[0]! &= 0xff >> (bits & 7);
    writer.bytes(given);
  },
  print: (value, _style, values) => values.prefixLength === 128 ? "" : ipv6Text(value),
  parse: (tokens, context, values) => {
    if ((values.prefixLength as number) > 128) throw tokens.error("A prefix longer than 128 bits");
    return values.prefixLength === 128 ? new Uint8Array(16) : ipv6.parse(tokens, context, values);
  },
};

const NO_NAME: readonly RdataValue[] = [];

/** The prefix's name, absent when the prefix has no bits. */
const a6Name: Kind<readonly RdataValue[] | DnsName> = {
  hasName: true,
  read: (reader, values) => values.prefixLength === 0 ? NO_NAME : readName(reader),
  write: (writer, value) => {
    if (value instanceof DnsName) writer.bytes(value.wire);
  },
  print: (value) => value instanceof DnsName ? value.toString() : "",
  parse: (tokens, context, values) =>
    values.prefixLength === 0 ? NO_NAME : parseName(tokens.next("prefix name").text, context.origin),
  explain: (builder, field, values) =>
    values.prefixLength === 0 ? NO_NAME : explainName(builder, field.label, field.ref),
};

const A_FIELD = { name: "address", label: "Address" };

export const ADDRESS_RECORDS: readonly RecordType[] = [
  {
    type: 1,
    mnemonic: "A",
    ref: "RFC 1035 3.4.1",
    summary: "IPv4 address",
    rdclass: 4,
    fields: [{ ...A_FIELD, kind: ipv4 }],
  },
  {
    type: 1,
    mnemonic: "A",
    ref: "RFC 1034 3.6",
    summary: "Chaosnet address",
    rdclass: 3,
    fields: [{ name: "domain", label: "Domain", kind: compressedName }, { ...A_FIELD, kind: octal }],
  },
  {
    type: 11,
    mnemonic: "WKS",
    ref: "RFC 1035 3.4.2",
    summary: "well-known services",
    rdclass: 1,
    fields: [
      { ...A_FIELD, kind: ipv4 },
      {
        name: "protocol",
        label: "Protocol",
        kind: protocol,
        meaning: (value: number) => Object.entries(PROTOCOLS).find(([, number]) => number === value)?.[0],
      },
      { name: "ports", label: "Ports", kind: ports, meaning: (value: Uint8Array) => ports.print(value, {}, {}) },
    ],
  },
  {
    type: 38,
    mnemonic: "A6",
    ref: "RFC 2874 3.1",
    summary: "IPv6 address in parts (historic)",
    rdclass: 1,
    fields: [
      { name: "prefixLength", label: "Prefix length", kind: u8 },
      { name: "address", label: "Address suffix", kind: a6Address },
      { name: "prefixName", label: "Prefix name", kind: a6Name },
    ],
    // A whole prefix leaves no address, and both spaces around it.
    print: (values, style) =>
      [
        String(values.prefixLength),
        a6Address.print(values.address as Uint8Array, style, values),
        ...(values.prefixName instanceof DnsName ? [values.prefixName.toString()] : []),
      ].join(" "),
  },
  {
    type: 42,
    mnemonic: "APL",
    ref: "RFC 3123 4",
    summary: "address prefixes",
    rdclass: 1,
    fields: [{ name: "items", label: "Address prefix", kind: aplItems }],
    // Text has a form for IPv4 and IPv6 alone.
    print: (values, style, wire) => {
      const items = values.items as readonly AplItem[];
      const known = items.every(({ family }) => family === 1 || family === 2);
      return known ? aplItems.print(items, style, values) : unknownText(wire, style);
    },
  },
];

// Records of identifiers that are no IP addresses: NSAP, ATMA, EUI, ILNP locators and node identifiers. Pure.
// To add one: a line in `IDENTIFIER_RECORDS`.
import { hex } from "../../base/hex.ts";
import { DnsFormatError } from "../errors.ts";
import { ipv4, must, u16, u8 } from "./kinds.ts";
import type { Kind, RecordType } from "./shape.ts";
import { parseHexText } from "./tokens.ts";

/** Octets as pairs of hex digits with a separator. */
function separatedHex(length: number): Kind<Uint8Array> {
  return {
    read: (reader) => reader.take(length, "identifier"),
    write: (writer, value) => void writer.bytes(value),
    print: (value) => hex(value, "-"),
    parse: (tokens) => {
      const { text } = tokens.next("identifier");
      if (!/^[0-9a-f]{2}(-[0-9a-f]{2})*$/i.test(text) || text.length !== length * 3 - 1) {
        throw tokens.error(`"${text}" is not ${length} octets of hex with dashes`);
      }
      return parseHexText(text.replaceAll("-", ""));
    },
  };
}

/** 64 bits as four groups of hex digits, none left out (RFC 6742 2.1.1). */
const group64: Kind<Uint8Array> = {
  read: (reader) => reader.take(8, "locator"),
  write: (writer, value) => void writer.bytes(value),
  print: (value) => [0, 2, 4, 6].map((at) => ((value[at]! << 8) | value[at + 1]!).toString(16)).join(":"),
  parse: (tokens) => {
    const { text } = tokens.next("locator");
    if (!/^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}$/i.test(text)) throw tokens.error(`"${text}" is not four groups of hex`);
    return parseHexText(text.split(":").map((group) => group.padStart(4, "0")).join(""));
  },
};

/** An NSAP address: `0x` and hex, dots anywhere in text that is read. */
const nsap: Kind<Uint8Array> = {
  read: (reader) => {
    reader.need(1, "NSAP address");
    return reader.rest();
  },
  write: (writer, value) => void writer.bytes(value),
  print: (value) => `0x${hex(value)}`,
  parse: (tokens) => {
    const { text } = tokens.next("NSAP address");
    if (!/^0x/i.test(text)) throw tokens.error(`"${text}" does not begin with 0x`);
    const octets = parseHexText(text.slice(2).replaceAll(".", ""), tokens.offset);
    if (octets.length === 0) throw new DnsFormatError("unexpected end of input", "An NSAP address is empty");
    return octets;
  },
};

/** An ATM address: format octet 0 is hex, 1 is `+` and decimal digits (ATM Forum af-dans-0152). */
const atmAddress: Kind<Uint8Array> = {
  read: (reader, values) => {
    const start = reader.offset;
    reader.need(1, "ATM address");
    const octets = reader.rest();
    if (values.format === 1) {
      must(octets.every((octet) => octet >= 0x30 && octet <= 0x39), "A digit of an E.164 address is none", start);
    }
    return octets;
  },
  write: (writer, value) => void writer.bytes(value),
  print: (value, _style, values) => values.format === 1 ? `+${String.fromCharCode(...value)}` : hex(value),
  parse: (tokens, _context, values) => {
    const { text } = tokens.next("ATM address");
    if (values.format === 1) {
      if (!/^\+\d+(\.\d+)*$/.test(text)) throw tokens.error(`"${text}" is not an E.164 address`);
      return Uint8Array.from(text.slice(1).replaceAll(".", ""), (digit) => digit.charCodeAt(0));
    }
    return parseHexText(text.replaceAll(".", ""), tokens.offset);
  },
};

const atmFormat: Kind<number> = {
  ...u8,
  skip: (reader) => void atmFormat.read(reader, {}),
  read: (reader) => {
    reader.need(2, "ATM address");
    return reader.u8();
  },
  print: () => "",
  parse: (tokens) => tokens.peek()?.text.startsWith("+") === true ? 1 : 0,
};

const A_FIELD = { name: "address", label: "Address" };

export const IDENTIFIER_RECORDS: readonly RecordType[] = [
  {
    type: 22,
    mnemonic: "NSAP",
    ref: "RFC 1706 5",
    summary: "NSAP address",
    rdclass: 1,
    fields: [{ ...A_FIELD, kind: nsap }],
  },
  {
    type: 34,
    mnemonic: "ATMA",
    ref: "ATM Forum af-dans-0152",
    summary: "ATM address",
    rdclass: 1,
    covers: (data) => data.length < 2 || data[0]! <= 1,
    fields: [{ name: "format", label: "Format", kind: atmFormat }, { ...A_FIELD, kind: atmAddress }],
  },
  {
    type: 104,
    mnemonic: "NID",
    ref: "RFC 6742 2.1.1",
    length: 10,
    summary: "ILNP node identifier",
    fields: [{ name: "preference", label: "Preference", kind: u16 }, {
      name: "nodeId",
      label: "Node identifier",
      kind: group64,
    }],
  },
  {
    type: 105,
    mnemonic: "L32",
    ref: "RFC 6742 2.2.1",
    length: 6,
    summary: "ILNP 32-bit locator",
    fields: [{ name: "preference", label: "Preference", kind: u16 }, { name: "locator", label: "Locator", kind: ipv4 }],
  },
  {
    type: 106,
    mnemonic: "L64",
    ref: "RFC 6742 2.3.1",
    length: 10,
    summary: "ILNP 64-bit locator",
    fields: [{ name: "preference", label: "Preference", kind: u16 }, {
      name: "locator",
      label: "Locator",
      kind: group64,
    }],
  },
  {
    type: 108,
    mnemonic: "EUI48",
    ref: "RFC 7043 3.1",
    length: 6,
    summary: "48-bit hardware address",
    fields: [{ ...A_FIELD, kind: separatedHex(6) }],
  },
  {
    type: 109,
    mnemonic: "EUI64",
    ref: "RFC 7043 4.1",
    length: 8,
    summary: "64-bit hardware address",
    fields: [{ ...A_FIELD, kind: separatedHex(8) }],
  },
];

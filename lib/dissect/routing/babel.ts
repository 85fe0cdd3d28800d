// Babel, a distance-vector routing protocol (RFC 8966), its MACs (RFC 8967) and its round-trip times. Pure.
//   magic (8), version (8), body length (16), TLVs of the body, TLVs of the trailer
// To add a TLV: a line in `table`.
import { formatIp } from "../../base/ip.ts";
import {
  type FoundTlv,
  type Item,
  readItems,
  readTlvs,
  type Shape,
  type TlvForm,
  type TlvRow,
  type TlvTable,
} from "../coding/shape.ts";
import { counted, octetCount } from "../coding/words.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 8966 4.2";
const FORM: TlvForm = { type: 1, length: 1, called: "TLV", single: [0] };
const SUB_FORM: TlvForm = { type: 1, length: 1, called: "Sub-TLV", single: [0] };

const ENCODINGS: Readonly<Record<number, string>> = {
  0: "wildcard",
  1: "IPv4",
  2: "IPv6",
  3: "link-local IPv6",
  4: "IPv4 by way of IPv6",
};
const hundredths = (value: number) => `${value / 100} s`;
const cost = (value: number) => value === 0xffff ? "infinity: unreachable" : undefined;
const ENCODING: Item = ["Address encoding", "u8", ENCODINGS];
const RESERVED: Item = ["Reserved", "u8"];
const INTERVAL: Item = ["Interval", "u16", hundredths];
const METRIC: Item = ["Metric", "u16", cost];
const ROUTER: Item = ["Router ID", 8];
const PREFIX: Item = ["Prefix length", "u8"];
const MAC: Shape = [["MAC", "rest"]];
const NONCE: Shape = [["Nonce", "rest"]];

const microseconds = (value: number) => `${value} microseconds`;
const TIMES = ["Transmit timestamp", "Receive timestamp"];
/** Those of a TLV whose addresses have an encoding. */
const subTlvs = (encoding: number): TlvTable => ({
  0: ["Pad1", undefined, "RFC 8966 4.7.1"],
  1: ["PadN", [["Zeros", "rest"]], "RFC 8966 4.7.2"],
  2: ["Diversity", [["Channels", "rest"]], "draft-chroboczek-babel-diversity-routing"],
  3: ["Timestamp", (tree) => {
    for (let i = 0; tree.remaining >= 4; i++) {
      const name = i === 0 && tree.remaining >= 8 ? "Origin timestamp" : TIMES[i] ?? "Timestamp";
      tree.u32(name, "RFC 9616 3", microseconds);
    }
  }, "RFC 9616 3"],
  128: ["Source prefix", (tree) => {
    const length = tree.u8("Prefix length", "RFC 9079 7.1");
    return route(encoding, prefix(tree, encoding, length), length);
  }, "RFC 9079 7.1"],
});

/** Octets of an address of an encoding. */
const sizeOf = (encoding: number) => [0, 4, 16, 8, 4][encoding] ?? 0;

/** Octets of an address or prefix as text, link-local ones without their beginning. */
function addressText(encoding: number, bytes: Uint8Array): string {
  const whole = new Uint8Array(sizeOf(encoding) === 4 ? 4 : 16);
  if (encoding === 3) whole.set([0xfe, 0x80]);
  whole.set(bytes.subarray(0, sizeOf(encoding)), encoding === 3 ? 8 : 0);
  return formatIp({ family: whole.length === 4 ? 4 : 6, bytes: whole });
}

function address(tree: Tree, name: string, encoding: number): string {
  const size = sizeOf(encoding);
  if (size === 0) return "";
  return addressText(encoding, tree.bytes(name, size, REF, (bytes) => addressText(encoding, bytes)));
}

/** A prefix of which `omitted` octets are those of `before`. */
function prefix(tree: Tree, encoding: number, length: number, before?: Uint8Array, omitted = 0): Uint8Array {
  const octets = Math.min(Math.ceil(length / 8), sizeOf(encoding)), whole = new Uint8Array(octets);
  if (before !== undefined) whole.set(before.subarray(0, Math.min(omitted, octets)));
  const count = Math.max(0, octets - omitted);
  if (count === 0) return whole;
  const bytes = tree.reader.bytes.subarray(tree.offset, tree.offset + count);
  whole.set(bytes.subarray(0, count), Math.min(omitted, octets));
  tree.bytes("Prefix", count, REF, () => `${addressText(encoding, whole)}/${length}`);
  return whole;
}

const route = (encoding: number, bytes: Uint8Array, length: number) =>
  encoding === 0 ? "all" : `${addressText(encoding, bytes)}/${length}`;

/** A TLV of items, of what follows them, whose words `rest` gives, and of sub-TLVs. */
const tlv = (
  name: string,
  section: string,
  items: readonly Item[],
  rest: (values: number[], tree: Tree) => string,
): TlvRow => [name, (tree) => {
  const values = readItems(tree, items, `RFC 8966 ${section}`).map(Number), words = rest(values, tree);
  readTlvs(tree, SUB_FORM, subTlvs(values[0]!), "RFC 8966 4.4");
  return words;
}, `RFC 8966 ${section}`];

/** The TLVs of one packet: prefixes may leave out octets that an update before them had. */
function table(): TlvTable {
  const defaults = new Map<number, Uint8Array>();
  return {
    0: ["Pad1", undefined, "RFC 8966 4.6.1"],
    1: ["PadN", [["Zeros", "rest"]], "RFC 8966 4.6.2"],
    2: tlv(
      "Acknowledgment request",
      "4.6.3",
      [["Reserved", "u16"], ["Opaque", "u16"], INTERVAL],
      ([, opaque]) => String(opaque),
    ),
    3: tlv("Acknowledgment", "4.6.4", [["Opaque", "u16"]], ([opaque]) => String(opaque)),
    4: tlv(
      "Hello",
      "4.6.5",
      [["Flags", 2, [["Unicast", 0, 1], ["Reserved", 1, 15]]], ["Seqno", "u16"], INTERVAL],
      ([, seqno]) => String(seqno),
    ),
    5: tlv(
      "IHU",
      "4.6.6",
      [ENCODING, RESERVED, ["Rxcost", "u16", cost], INTERVAL],
      ([encoding, , rx], tree) => `${address(tree, "Address", encoding!)} cost ${cost(rx!) ?? rx}`.trim(),
    ),
    6: tlv(
      "Router-Id",
      "4.6.7",
      [["Reserved", "u16"]],
      (_, tree) => tree.mac("Router ID", "RFC 8966 4.6.7", undefined, 8),
    ),
    7: tlv("Next Hop", "4.6.8", [ENCODING, RESERVED], ([encoding], tree) => address(tree, "Next hop", encoding!)),
    8: tlv("Update", "4.6.9", [
      ENCODING,
      ["Flags", 1, [["Prefix", 0, 1], ["Router ID", 1, 1], ["Reserved", 2, 6]]],
      PREFIX,
      ["Omitted", "u8", (count) => `${counted(count, "octet")} as in the update before`],
      INTERVAL,
      ["Seqno", "u16"],
      METRIC,
    ], ([encoding, flags, length, omitted, , , metric], tree) => {
      const found = prefix(tree, encoding!, length!, defaults.get(encoding!), omitted!);
      if ((flags! & 0x80) !== 0) defaults.set(encoding!, found);
      return `${route(encoding!, found, length!)} ${metric === 0xffff ? "unreachable" : `metric ${metric}`}`;
    }),
    9: tlv(
      "Route Request",
      "4.6.10",
      [ENCODING, PREFIX],
      ([encoding, length], tree) => route(encoding!, prefix(tree, encoding!, length!), length!),
    ),
    10: tlv(
      "Seqno Request",
      "4.6.11",
      [ENCODING, PREFIX, ["Seqno", "u16"], ["Hop count", "u8"], RESERVED, ROUTER],
      ([encoding, length, seqno], tree) =>
        `${route(encoding!, prefix(tree, encoding!, length!), length!)} seqno ${seqno}`,
    ),
    11: ["TS/PC", [["Packet counter", "u16"], ["Timestamp", "u32"]], "RFC 7298 4.2"],
    12: ["HMAC", [["Key ID", "u16"], ["Digest", "rest"]], "RFC 7298 4.3"],
    16: ["MAC", MAC, "RFC 8967 6.1"],
    17: ["PC", [["Packet counter", "u32"], ["Index", "rest"]], "RFC 8967 6.2"],
    18: ["Challenge Request", NONCE, "RFC 8967 6.3"],
    19: ["Challenge Reply", NONCE, "RFC 8967 6.4"],
  };
}

function dissect(tree: Tree): Words {
  readItems(tree, [["Magic", "u8", { 42: "Babel" }], ["Version", "u8"]], REF);
  const length = tree.u16("Body length", REF, octetCount);
  const tlvs = table();
  const found: FoundTlv[] = [];
  tree.said = { summary: "Babel" };
  tree.within("Body", length, (body) => void found.push(...readTlvs(body, FORM, tlvs, REF)));
  if (tree.remaining > 0) {
    tree.part("Trailer", tree.remaining, (trailer) => void found.push(...readTlvs(trailer, FORM, tlvs, REF)), REF);
  }
  const said = found.filter(({ type }) => type > 1).map(({ name, words = "" }) => `${name} ${words}`.trim());
  const shown = said.length > 5 ? [...said.slice(0, 4), `${said.length - 4} more`] : said;
  return { summary: `Babel ${shown.join("; ")}`.trim() };
}

/** TLVs that fill the body that the header announces. */
function surely(bytes: Uint8Array): boolean {
  const end = 4 + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0);
  if (!fits(bytes) || end > bytes.length || end < 6) return false;
  let at = 4;
  while (at < end) at += bytes[at] === 0 ? 1 : 2 + (bytes[at + 1] ?? end);
  return at === end;
}

const fits = (bytes: Uint8Array) => bytes[0] === 42 && bytes[1] === 2;

export const BABEL: Protocol = {
  name: "babel",
  title: "Babel",
  ref: "RFC 8966",
  udp: [6696, 6697],
  fits,
  detectDatagram: surely,
  datagram: dissect,
};

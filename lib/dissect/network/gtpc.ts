// GTP-C, version 2 (3GPP TS 29.274) and version 1 (TS 29.060): how mobile networks set tunnels up. Pure.
// To add an information element: its line in gtpc_names.ts, and its line in `VALUES` where it has a form of its own.
import type { DissectContext, Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText, octetCount } from "../coding/words.ts";
import { CAUSES, ELEMENTS, ELEMENTS_1, INTERFACES, MESSAGES, MESSAGES_1, RATS, SIZES_1 } from "./gtpc_names.ts";

const V2 = "TS 29.274 5.1";
const IE = "TS 29.274 8.2.1";
const V1 = "TS 29.060 6";
const IE_1 = "TS 29.060 7.7";

/** Digits, two an octet, the first in the lower half; 15 ends them. */
function digits(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) {
    for (const half of [octet & 15, octet >> 4]) {
      if (half === 15) return text;
      text += half.toString(16);
    }
  }
  return text;
}

/** Country and network of three octets (TS 24.008 10.5.1.3). */
const network = (bytes: Uint8Array) => {
  const half = (octet: number, high: boolean) => (high ? bytes[octet]! >> 4 : bytes[octet]! & 15).toString(16);
  const third = half(1, true);
  return `${half(0, false)}${half(0, true)}${half(1, false)}-${half(2, false)}${half(2, true)}${
    third === "f" ? "" : third
  }`;
};

/** A name of labels with their lengths (TS 23.003 9.1). */
function accessPoint(bytes: Uint8Array): string {
  const labels: string[] = [];
  for (let at = 0; at < bytes.length; at += 1 + bytes[at]!) {
    labels.push(decodeText(bytes.subarray(at + 1, at + 1 + bytes[at]!)));
    if (bytes[at] === 0) break;
  }
  return labels.join(".");
}

/** Reads the value of an element of version 2; gives it in words. */
type Read = (tree: Tree, said: Map<string, string>) => string;

/** All octets of the value, as `words` puts them. */
const inWords = (name: string, ref: string, words: (bytes: Uint8Array) => string): Read => (tree) => {
  tree.bytes(name, tree.remaining, ref, words);
  return tree.last.meaning ?? "";
};
const digitsOf = inWords("Digits", "TS 29.274 8.3", digits);

const opaque: Read = (tree) => {
  const bytes = tree.rest("Value", "TS 29.274 8");
  if (bytes.length <= 2 || !looksLikeText(bytes)) return "";
  tree.last.value = decodeText(bytes);
  return decodeText(bytes);
};

const cause: Read = (tree) => {
  const code = tree.u8("Cause", "TS 29.274 8.4", CAUSES);
  if (tree.remaining > 0) {
    tree.flags("Cause flags", 1, [
      ["Reserved", 0, 5],
      ["PDN connection error", 5, 1],
      ["Bearer error", 6, 1],
      ["From the remote node", 7, 1],
    ], "TS 29.274 8.4");
  }
  tree.rest("Offending element", "TS 29.274 8.4");
  return CAUSES[code] ?? String(code);
};

const bitRates: Read = (tree, said) => {
  if (tree.remaining !== 8) return opaque(tree, said);
  const rate = (name: string) => tree.u32(name, "TS 29.274 8.7", (value) => `${value} kbit/s`);
  return `${rate("Uplink")} up, ${rate("Downlink")} down`;
};

const address: Read = (tree, said) => {
  const count = tree.remaining;
  return count === 4 || count === 16 ? tree.ip("Address", count, "TS 29.274 8.9") : opaque(tree, said);
};

const pdnAddress: Read = (tree) => {
  const ref = "TS 29.274 8.14", words: string[] = [];
  const kind = tree.u8("Kind", ref, { 1: "IPv4", 2: "IPv6", 3: "both", 4: "not IP", 5: "Ethernet" }) & 7;
  if (kind === 2 || kind === 3) {
    tree.u8("Prefix length", ref);
    words.push(tree.ip("IPv6 address", 16, ref));
  }
  if (kind === 1 || kind === 3) words.push(tree.ip("IPv4 address", 4, ref));
  return words.join(", ");
};

const quality: Read = (tree) => {
  tree.flags("Priority", 1, [
    ["Reserved", 0, 1],
    ["May not pre-empt", 1, 1],
    ["Priority level", 2, 4],
    ["Reserved", 6, 1],
    ["May not be pre-empted", 7, 1],
  ], "TS 29.274 8.15");
  const level = tree.u8("Class (QCI)", "TS 29.274 8.15");
  tree.rest("Bit rates", "TS 29.274 8.15");
  return `class ${level}`;
};

const endpoint: Read = (tree) => {
  const ref = "TS 29.274 8.22";
  const flags = tree.flags("Interface", 1, [["IPv4", 0, 1], ["IPv6", 1, 1], ["Kind", 2, 6, INTERFACES]], ref);
  const id = tree.u32("Tunnel endpoint identifier", ref);
  const words = [`${INTERFACES[flags & 63] ?? flags & 63} 0x${id.toString(16)}`];
  if ((flags & 0x80) !== 0) words.push(tree.ip("IPv4 address", 4, ref));
  if ((flags & 0x40) !== 0) words.push(tree.ip("IPv6 address", 16, ref));
  return words.join(" ");
};

const PDN_TYPES = ["", "IPv4", "IPv6", "both", "not IP", "Ethernet"];

/** Elements of version 2 that have a form of their own, by the types of `ELEMENTS`. */
const VALUES: Readonly<Record<number, Read>> = {
  1: digitsOf,
  2: cause,
  3: (tree) => String(tree.u8("Counter", "TS 29.274 8.5")),
  71: inWords("Name", "TS 29.274 8.6", accessPoint),
  72: bitRates,
  73: (tree) => String(tree.flags("Bearer", 1, [["Reserved", 0, 4], ["Bearer", 4, 4]], "TS 29.274 8.8") & 15),
  74: address,
  75: digitsOf,
  76: digitsOf,
  79: pdnAddress,
  80: quality,
  82: (tree) => RATS[tree.u8("Technology", "TS 29.274 8.17", RATS)] ?? "unknown",
  83: (tree) => {
    tree.bytes("Network", 3, "TS 29.274 8.18", network);
    return tree.last.meaning ?? "";
  },
  87: endpoint,
  93: (tree, said) => elements(tree, said).join("; "),
  99: (tree) => PDN_TYPES[tree.u8("Kind", "TS 29.274 8.34") & 7] ?? "",
};

/** Elements of version 2: type, length, instance, value. */
function elements(tree: Tree, said: Map<string, string>): string[] {
  const words: string[] = [];
  while (tree.remaining >= 4) {
    const length = tree.reader.peek(1)! * 256 + tree.reader.peek(2)!;
    tree.part("Element", 4 + length, (part, group) => {
      const type = part.u8("Type", IE, ELEMENTS);
      part.u16("Length", IE, octetCount);
      part.flags("Instance", 1, [["Reserved", 0, 4], ["Instance", 4, 4]], IE);
      const name = ELEMENTS[type] ?? `element ${type}`;
      group.meaning = name;
      const text = part.remaining === 0 ? "" : (VALUES[type] ?? opaque)(part, said);
      if (text === "") return;
      group.meaning = clip(`${name}: ${text}`, 120);
      words.push(group.meaning);
      if (!said.has(name)) said.set(name, text);
    }, IE);
  }
  return words;
}

/** Elements of version 1: of a fixed size below type 128, with a length from there on. */
function elements1(tree: Tree, said: Map<string, string>): void {
  while (tree.remaining > 0) {
    const type = tree.reader.peek()!;
    const size = type >= 128 ? undefined : SIZES_1[type];
    if (type < 128 && size === undefined) break;
    const whole = size === undefined ? 3 + (tree.reader.peek(1) ?? 0) * 256 + (tree.reader.peek(2) ?? 0) : 1 + size;
    tree.part("Element", whole, (part, group) => {
      part.u8("Type", IE_1, ELEMENTS_1);
      if (size === undefined) part.u16("Length", IE_1, octetCount);
      const name = ELEMENTS_1[type] ?? `element ${type}`;
      const count = part.remaining;
      let text = "";
      if (type === 1) text = CAUSES[part.u8("Cause", "TS 29.060 7.7.1", CAUSES)] ?? "";
      else if (type === 2) text = digits(part.bytes("Digits", count, "TS 29.060 7.7.2", digits));
      else if (type === 16 || type === 17) {
        text = `0x${part.u32("Tunnel endpoint identifier", "TS 29.060 7.7.13").toString(16)}`;
      } else if (type === 131) text = accessPoint(part.bytes("Name", count, "TS 29.060 7.7.30", accessPoint));
      else if (type === 133 && (count === 4 || count === 16)) text = part.ip("Address", count, "TS 29.060 7.7.32");
      else if (count > 0) part.rest("Value", IE_1);
      group.meaning = text === "" ? name : clip(`${name}: ${text}`, 120);
      if (text !== "" && !said.has(name)) said.set(name, text);
    }, IE_1);
  }
  if (tree.remaining > 0) tree.rest("Elements", IE_1);
}

/** What the line names, in this order. */
const SHOWN = [
  "cause",
  "IMSI",
  "MSISDN",
  "access point",
  "technology",
  "PDN address",
  "tunnel endpoint",
  "restart counter",
  "tunnel endpoint data",
  "address",
];

function datagram(tree: Tree, _context: DissectContext): Words {
  const first = tree.reader.peek() ?? 0, version = first >> 5;
  if (version !== 1 && version !== 2) {
    tree.rest("Data");
    return { summary: `version ${version}` };
  }
  const ref = version === 2 ? V2 : V1;
  const names = version === 2 ? MESSAGES : MESSAGES_1;
  const flags = version === 2
    ? tree.flags("Flags", 1, [["Version", 0, 3], ["Another message follows", 3, 1], ["Tunnel identifier", 4, 1], [
      "Priority",
      5,
      1,
    ], ["Reserved", 6, 2]], ref)
    : tree.flags("Flags", 1, [["Version", 0, 3], ["GTP", 3, 1], ["Reserved", 4, 1], ["Extension headers", 5, 1], [
      "Sequence number counts",
      6,
      1,
    ], ["N-PDU number counts", 7, 1]], ref);
  const type = tree.u8("Message type", ref, names);
  const length = tree.u16("Length", ref, (octets) => `${octets} octets follow`);
  if (version === 1 || (flags & 8) !== 0) {
    tree.u32("Tunnel endpoint identifier", ref, () => "whose, in the receiver's numbering");
  }
  let sequence = 0;
  if (version === 2) {
    sequence = tree.u24("Sequence number", ref, () => "the answer repeats it");
    tree.u8("Priority", ref);
  } else if ((flags & 7) !== 0) {
    sequence = tree.u16("Sequence number", ref, () => "the answer repeats it");
    tree.u8("N-PDU number", ref);
    let next = tree.u8("Next extension header", ref);
    while ((flags & 4) !== 0 && next !== 0) {
      const words = tree.u8("Extension length", ref, (count) => counted(count * 4, "octet"));
      if (words === 0) break;
      tree.bytes("Extension", words * 4 - 2, ref);
      next = tree.u8("Next extension header", ref);
    }
  }
  const name = names[type] ?? `message ${type}`;
  const head = `GTPv${version} ${name} ${sequence}`;
  const key = `gtp ${version} ${sequence}`;
  const pair = / request$/.test(name) ? { asks: key } : / response$/.test(name) ? { answers: key } : {};
  tree.said = { summary: head, ...pair };
  const said = new Map<string, string>();
  const before = version === 2 ? ((flags & 8) !== 0 ? 8 : 4) : (flags & 7) !== 0 ? 4 : 0;
  tree.within("Elements", Math.min(tree.remaining, Math.max(0, length - before)), (part) => {
    if (version === 2) elements(part, said);
    else elements1(part, said);
  });
  const words = SHOWN.flatMap((word) =>
    said.has(word) ? [`${word === "cause" ? "" : `${word} `}${said.get(word)}`] : []
  );
  const more = tree.remaining >= 8 && (flags & 0x10) !== 0 && version === 2
    ? `; ${datagram(tree, _context).summary}`
    : "";
  return { summary: clip(`${head} ${words.join(", ")}`.trim() + more, 200), ...pair };
}

/** A header whose length is that of the datagram, and a message that is known. */
function fits(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  const version = bytes[0]! >> 5, length = bytes[2]! * 256 + bytes[3]!;
  if (version === 2) return (bytes[0]! & 0x10) !== 0 || length + 4 === bytes.length;
  return version === 1 && (bytes[0]! & 0x10) !== 0 && length + 8 === bytes.length;
}

/** Version 2, a message that is known, elements that fill it. */
function detectDatagram(bytes: Uint8Array): boolean {
  if (bytes[0]! >> 5 !== 2 || (bytes[0]! & 7) !== 0 || !fits(bytes) || MESSAGES[bytes[1]!] === undefined) return false;
  let at = (bytes[0]! & 8) !== 0 ? 12 : 8;
  for (; at + 4 <= bytes.length; at += 4 + bytes[at + 1]! * 256 + bytes[at + 2]!) {
    if (ELEMENTS[bytes[at]!] === undefined) return false;
  }
  return at === bytes.length && bytes.length > 12;
}

export const GTPC: Protocol = {
  name: "gtp-c",
  title: "GTP-C",
  ref: V2,
  udp: [2123],
  fits,
  detectDatagram,
  datagram,
};

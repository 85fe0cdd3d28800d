// IKE, which agrees on the keys of IPsec: version 2 (RFC 7296) and version 1 (RFC 2408, 2409); ESP in UDP (RFC 3948). Pure.
import { hex } from "../../base/hex.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";
import {
  ATTRIBUTES,
  EXCHANGES,
  NOTIFIES,
  PAYLOADS,
  PROTOCOLS,
  TRANSFORM_TYPES,
  TRANSFORMS,
  VENDORS,
} from "./ike_names.ts";

const HEADER = "RFC 7296 3.1";
const names = (type: number) => PAYLOADS[type]?.[0] ?? "unknown";

/** Payloads one after the other, each of which names the next; gives what to say of them. */
function payloads(tree: Tree, first: number): string[] {
  const words: string[] = [];
  let type = first;
  while (type !== 0 && tree.remaining >= 4) {
    const [name, ref] = PAYLOADS[type] ?? [`Payload ${type}`, "RFC 7296 3.2"];
    tree.group(name, (group) => {
      const own = type;
      type = tree.u8("Next payload", "RFC 7296 3.2", names);
      tree.flags("Critical", 1, [["Critical", 0, 1], ["Reserved", 1, 7]], "RFC 7296 3.2");
      const length = tree.u16(
        "Length",
        "RFC 7296 3.2",
        (octets) => `${counted(octets, "octet")}, these four among them`,
      );
      const said = tree.within(name, Math.max(0, length - 4), (body) => {
        const line = payload(body, own, ref);
        if (body.remaining > 0) body.rest("Data", ref);
        return line;
      });
      if (said !== undefined && said !== "") group.meaning = clip(said, 160);
      words.push(said === undefined || said === "" ? name : clip(said, 100));
      // What is encrypted is the last: its next payload is the first inside.
      if (own === 46 || own === 53) type = 0;
    }, { ref });
  }
  return words;
}

function payload(tree: Tree, type: number, ref: string): string {
  switch (type) {
    case 1: {
      tree.u32("Domain of interpretation", ref, { 0: "generic", 1: "IPsec" });
      tree.flags("Situation", 4, [["Reserved", 0, 29], ["Integrity", 29, 1], ["Secrecy", 30, 1], [
        "Identity only",
        31,
        1,
      ]], ref);
      return payloads(tree, 2).join("; ");
    }
    case 2: {
      const [protocol] = proposalHead(tree, ref);
      return `${PROTOCOLS[protocol] ?? protocol}: ${payloads(tree, 3).join(" or ")}`;
    }
    case 3:
      return transform1(tree, ref);
    case 33: {
      const words: string[] = [];
      while (tree.remaining >= 8) words.push(proposal(tree, ref));
      return words.join(" or ");
    }
    case 34: {
      const group = tree.u16("Group", ref, TRANSFORMS[4]);
      tree.u16("Reserved", ref);
      tree.rest("Public key", ref);
      return `key of ${TRANSFORMS[4]![group] ?? `group ${group}`}`;
    }
    case 4:
      tree.rest("Public key", ref);
      return "";
    case 5:
    case 35:
    case 36:
      return identity(tree, ref);
    case 7:
    case 38:
    case 6:
    case 37:
      tree.u8("Encoding", ref, {
        1: "PKCS #7",
        4: "X.509, signature",
        7: "certificate revocation list",
        12: "hash and URL",
      });
      return "";
    case 10:
    case 40:
      tree.rest("Nonce", ref, "random, so that the keys are new");
      return "";
    case 11:
      tree.u32("Domain of interpretation", ref, { 0: "generic", 1: "IPsec" });
      return notify(tree, ref);
    case 41:
      return notify(tree, ref);
    case 13:
    case 43: {
      const bytes = tree.rest("Vendor", ref, "what program this is, or what it can besides");
      const known = VENDORS[hex(bytes.subarray(0, 8))];
      if (known !== undefined) tree.last.meaning = known;
      else if (looksLikeText(bytes)) tree.last.value = decodeText(bytes);
      return `vendor ${known ?? (looksLikeText(bytes) ? clip(decodeText(bytes), 40) : hex(bytes.subarray(0, 8)))}`;
    }
    case 46:
    case 53:
      if (type === 53) {
        tree.u16("Fragment", ref);
        tree.u16("Fragments", ref);
      }
      tree.rest("Initialization vector, encrypted payloads, integrity check", ref);
      return "encrypted";
    case 44:
    case 45:
      return selectors(tree, ref);
  }
  return "";
}

/** Number, protocol and SPI of a proposal; gives protocol and count of transforms. */
function proposalHead(tree: Tree, ref: string): [protocol: number, count: number] {
  tree.u8("Number", ref);
  const protocol = tree.u8("Protocol", ref, PROTOCOLS);
  const size = tree.u8("SPI size", ref);
  const count = tree.u8("Transforms", ref);
  if (size > 0) tree.bytes("SPI", size, ref);
  return [protocol, count];
}

/** A proposal of version 2: of each type of transform, one is to be chosen. */
function proposal(tree: Tree, ref: string): string {
  let said = "";
  tree.group("Proposal", (group) => {
    tree.u8("Last or more", "RFC 7296 3.3.1", { 0: "the last", 2: "more follow" });
    tree.u8("Reserved", "RFC 7296 3.3.1");
    const length = tree.u16("Length", "RFC 7296 3.3.1");
    tree.within("Proposal", Math.max(0, length - 4), (body) => {
      const [protocol, count] = proposalHead(body, "RFC 7296 3.3.1");
      const words: string[] = [];
      for (let i = 0; i < count && body.remaining >= 8; i++) words.push(transform2(body));
      said = `${PROTOCOLS[protocol] ?? protocol}: ${words.join(", ")}`;
    });
    group.meaning = clip(said, 160);
  }, { ref });
  return said;
}

function transform2(tree: Tree): string {
  const ref = "RFC 7296 3.3.2";
  let said = "";
  tree.group("Transform", (group) => {
    tree.u8("Last or more", ref, { 0: "the last", 3: "more follow" });
    tree.u8("Reserved", ref);
    const length = tree.u16("Length", ref);
    tree.within("Transform", Math.max(0, length - 4), (body) => {
      const type = body.u8("Type", ref, TRANSFORM_TYPES);
      body.u8("Reserved", ref);
      const id = body.u16("Identifier", ref, TRANSFORMS[type] ?? {});
      said = TRANSFORMS[type]?.[id] ?? `${TRANSFORM_TYPES[type] ?? `type ${type}`} ${id}`;
      if (type === 5) said = `extended sequence numbers: ${said}`;
      for (const [kind, value] of attributes(body, "RFC 7296 3.3.5")) if (kind === 14) said += `-${value}`;
    });
    group.meaning = said;
  }, { ref });
  return said;
}

/** A transform of version 1: its attributes say all. */
function transform1(tree: Tree, ref: string): string {
  tree.u8("Number", ref);
  tree.u8("Identifier", ref, { 1: "KEY_IKE" });
  tree.u16("Reserved", ref);
  return attributes(tree, "RFC 2408 3.3").map(([kind, value]) => ATTRIBUTES[kind]?.[1]?.[value] ?? String(value)).join(
    " ",
  );
}

/** Attributes with a value of two octets, or of a length that is told. */
function attributes(tree: Tree, ref: string): [kind: number, value: number][] {
  const out: [number, number][] = [];
  while (tree.remaining >= 4) {
    tree.group("Attribute", (group) => {
      const word = tree.flags("Type", 2, [
        ["Format", 0, 1, ["a length follows", "the value follows"]],
        ["Type", 1, 15, (kind) => ATTRIBUTES[kind]?.[0]],
      ], ref);
      const kind = word & 0x7fff;
      const [name, values] = ATTRIBUTES[kind] ?? [`attribute ${kind}`];
      if (word >= 0x8000) {
        const value = tree.u16("Value", ref, values ?? (() => undefined));
        out.push([kind, value]);
        group.meaning = `${name}: ${values?.[value] ?? value}`;
        return;
      }
      const bytes = tree.bytes("Value", tree.u16("Length", ref), ref);
      const value = bytes.length <= 4 ? bytes.reduce((sum, octet) => sum * 256 + octet, 0) : 0;
      out.push([kind, value]);
      group.meaning = bytes.length <= 4 ? `${name}: ${value}` : name;
    }, { ref });
  }
  return out;
}

function notify(tree: Tree, ref: string): string {
  tree.u8("Protocol", ref, PROTOCOLS);
  const size = tree.u8("SPI size", ref);
  const type = tree.u16("Type", ref, (code) => NOTIFIES[code] ?? (code < 16384 ? "an error" : "a state"));
  if (size > 0) tree.bytes("SPI", size, ref);
  tree.rest("Data", ref);
  return `notify ${NOTIFIES[type] ?? type}`;
}

function identity(tree: Tree, ref: string): string {
  const type = tree.u8("Type", ref, {
    1: "IPv4 address",
    2: "domain name",
    3: "mail address",
    5: "IPv6 address",
    9: "name in a directory",
    11: "key",
  });
  tree.bytes("Protocol and port, or reserved", 3, ref);
  if (type === 1 && tree.remaining === 4) return tree.ip("Identity", 4, ref);
  if (type === 5 && tree.remaining === 16) return tree.ip("Identity", 16, ref);
  const bytes = tree.rest("Identity", ref);
  if (!looksLikeText(bytes)) return "";
  tree.last.value = decodeText(bytes);
  return clip(decodeText(bytes));
}

function selectors(tree: Tree, ref: string): string {
  const words: string[] = [];
  const count = tree.u8("Selectors", ref);
  tree.u24("Reserved", ref);
  for (let i = 0; i < count && tree.remaining >= 8; i++) {
    tree.group("Selector", (group) => {
      const type = tree.u8("Type", ref, { 7: "IPv4 addresses", 8: "IPv6 addresses" });
      tree.u8("IP protocol", ref, (protocol) => protocol === 0 ? "any" : undefined);
      tree.u16("Length", ref);
      tree.u16("First port", ref);
      tree.u16("Last port", ref);
      const size = type === 8 ? 16 : 4;
      group.meaning = `${tree.ip("First address", size, ref)} to ${tree.ip("Last address", size, ref)}`;
      words.push(group.meaning);
    }, { ref });
  }
  return words.join(", ");
}

function message(tree: Tree): Words {
  const initiator = tree.bytes("Initiator's SPI", 8, HEADER, () => "names the association, with the next");
  tree.bytes(
    "Responder's SPI",
    8,
    HEADER,
    (bytes) => bytes.every((octet) => octet === 0) ? "not known yet" : undefined,
  );
  const next = tree.u8("Next payload", HEADER, names);
  const version = tree.flags("Version", 1, [["Major", 0, 4], ["Minor", 4, 4]], HEADER);
  const second = version >> 4 === 2;
  const exchange = tree.u8("Exchange", HEADER, EXCHANGES);
  const flags = second
    ? tree.flags("Flags", 1, [["Reserved", 0, 2], ["Response", 2, 1], ["Higher version", 3, 1], ["Initiator", 4, 1], [
      "Reserved",
      5,
      3,
    ]], HEADER)
    : tree.flags(
      "Flags",
      1,
      [["Reserved", 0, 5], ["Authentication only", 5, 1], ["Commit", 6, 1], ["Encrypted", 7, 1]],
      "RFC 2408 3.1",
    );
  const id = tree.u32("Message ID", HEADER, () => second ? "the response repeats it" : undefined);
  tree.u32("Length", HEADER, (octets) => `${counted(octets, "octet")} in all`);
  const name = `${EXCHANGES[exchange] ?? `exchange ${exchange}`}${
    second ? (flags & 32) !== 0 ? " response" : " request" : ""
  }`;
  const key = `ike ${hex(initiator)} ${id}`;
  const pair = second ? (flags & 32) !== 0 ? { answers: key } : { asks: key } : {};
  tree.said = { summary: name, ...pair };
  if (!second && (flags & 1) === 1) {
    tree.rest("Encrypted payloads", "RFC 2408 3.1");
    return { summary: `${name}, encrypted`, ...pair };
  }
  const words = payloads(tree, next).map((line) => line.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase()));
  return { summary: clip(`${name}: ${words.join(", ")}`, 220), ...pair };
}

/** Port 4500: four zero octets before IKE, else ESP or a keep-alive. */
function datagram(tree: Tree): Words {
  const ref = "RFC 3948 2";
  const { bytes, offset } = tree.reader;
  if (tree.remaining === 1) {
    tree.u8("Keep-alive", "RFC 3948 2.3", () => "keeps the way through address translation open");
    return { summary: "NAT keep-alive" };
  }
  if (tree.remaining >= 32 && isHeader(bytes.subarray(offset))) return message(tree);
  if (tree.remaining > 4 && bytes.subarray(offset, offset + 4).every((octet) => octet === 0)) {
    tree.u32("Non-ESP marker", ref, () => "IKE follows, not ESP");
    return message(tree);
  }
  const spi = tree.u32("SPI", "RFC 4303 2", () => "which association");
  const number = tree.u32("Sequence number", "RFC 4303 2");
  tree.rest("Encrypted packet and integrity check", "RFC 4303 2");
  return { summary: `ESP, SPI 0x${spi.toString(16).padStart(8, "0")}, number ${number}` };
}

/** A version, an exchange and a length that fit. */
function isHeader(bytes: Uint8Array): boolean {
  if (bytes.length < 28 || (bytes[17] !== 0x20 && bytes[17] !== 0x10) || EXCHANGES[bytes[18]!] === undefined) {
    return false;
  }
  const length = (bytes[24]! << 24 | bytes[25]! << 16 | bytes[26]! << 8 | bytes[27]!) >>> 0;
  return length === bytes.length && PAYLOADS[bytes[16]!] !== undefined &&
    !bytes.subarray(0, 8).every((octet) => octet === 0);
}

/** What may come to port 500: a header, with faults in it too. To port 4500: that behind zeros, ESP, a keep-alive. */
function fits(bytes: Uint8Array, port?: number): boolean {
  const header = (at: number) => {
    const major = bytes[at + 17]! >> 4;
    return bytes.length >= at + 28 && (major === 1 || major === 2) && PAYLOADS[bytes[at + 16]!] !== undefined &&
      bytes[at + 24] === 0 && bytes[at + 25] === 0;
  };
  if (port !== 4500) return header(0);
  if (bytes.length === 1) return bytes[0] === 0xff;
  if (bytes.length < 20) return false;
  if (bytes.subarray(0, 4).every((octet) => octet === 0)) return header(4);
  // Associations have numbers from 256 on (RFC 4303 2.1); what follows is no text.
  return header(0) || bytes.subarray(0, 3).some((octet) => octet !== 0) && !looksLikeText(bytes);
}

export const IKE: Protocol = {
  name: "ike",
  title: "IKE",
  ref: "RFC 7296",
  udp: [500, 4500],
  fits,
  detectDatagram: isHeader,
  sideOf: (bytes) => (bytes[19]! & 0x20) !== 0 && bytes[17] === 0x20 ? "server" : "client",
  datagram,
};

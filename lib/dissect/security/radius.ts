// RADIUS (RFC 2865), its accounting (RFC 2866) and dynamic authorization (RFC 5176), with EAP inside (RFC 3579). Pure.
import { secondsText } from "../../base/text.ts";
import { concat } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { formatIp } from "../../base/ip.ts";
import { eapPacket } from "./eap.ts";
import { explain } from "../explain.ts";
import { type AttributeKind, ATTRIBUTES, MICROSOFT, VENDORS } from "./radius_attributes.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";

const REF = "RFC 2865 3";
/** Packet by code: name, where it is defined, whether it answers. */
const CODES: Readonly<Record<number, readonly [name: string, ref: string, answer?: true]>> = {
  1: ["Access-Request", "RFC 2865 4.1"],
  2: ["Access-Accept", "RFC 2865 4.2", true],
  3: ["Access-Reject", "RFC 2865 4.3", true],
  4: ["Accounting-Request", "RFC 2866 4.1"],
  5: ["Accounting-Response", "RFC 2866 4.2", true],
  11: ["Access-Challenge", "RFC 2865 4.4", true],
  12: ["Status-Server", "RFC 5997 3"],
  13: ["Status-Client", "RFC 2865 3"],
  40: ["Disconnect-Request", "RFC 5176 2.1"],
  41: ["Disconnect-ACK", "RFC 5176 2.1", true],
  42: ["Disconnect-NAK", "RFC 5176 2.1", true],
  43: ["CoA-Request", "RFC 5176 2.2"],
  44: ["CoA-ACK", "RFC 5176 2.2", true],
  45: ["CoA-NAK", "RFC 5176 2.2", true],
};
/** Attributes that the line names. */
const SHOWN = [1, 8, 18, 40, 44, 101];

/** An attribute whose value is read. */
interface Attribute {
  readonly ref: string;
  /** What its numbers mean. */
  readonly names: Readonly<Record<number, string>> | undefined;
  /** Where the octets of EAP go, which several attributes share. */
  readonly eap: Uint8Array[];
}

/** Reads a value that is not empty; gives it in words. */
type ReadValue = (tree: Tree, attribute: Attribute) => string | undefined;

/** Octets of any number, which may be text. */
function octets(tree: Tree, { ref }: Attribute): string {
  const bytes = tree.bytes("Value", tree.remaining, ref);
  if (!looksLikeText(bytes)) return counted(bytes.length, "octet");
  tree.last.value = decodeText(bytes);
  return clip(decodeText(bytes), 60);
}

/** A value of `count` octets; with others it is no more than octets. */
const sized = (count: number, read: ReadValue): ReadValue => (tree, attribute) =>
  (tree.remaining === count ? read : octets)(tree, attribute);

const VLAN_KINDS: Readonly<Record<number, string>> = { 0x31: "tagged", 0x32: "untagged" };
const vlanKind = (kind: number) => VLAN_KINDS[kind] ?? `kind ${kind}`;
const HIDDEN = "hidden by the shared secret";

/** The values of attributes by their kinds in `ATTRIBUTES`. */
const VALUES: Readonly<Record<AttributeKind, ReadValue>> = {
  octets,
  text: (tree, { ref }) => clip(tree.text("Value", tree.remaining, ref), 100),
  number: sized(4, (tree, { ref, names }) => {
    const number = tree.u32("Value", ref, names);
    return names?.[number] ?? String(number);
  }),
  seconds: sized(4, (tree, { ref }) => secondsText(tree.u32("Value", ref, secondsText))),
  time: sized(4, (tree, { ref }) =>
    tree.field(
      "Value",
      (r) => new Date(r.u32() * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC",
      { ref },
    )),
  ip: sized(4, (tree, { ref }) => tree.ip("Value", 4, ref)),
  ip6: sized(16, (tree, { ref }) => tree.ip("Value", 16, ref)),
  prefix6(tree, attribute) {
    const { ref } = attribute;
    if (tree.remaining < 2 || tree.remaining > 18) return octets(tree, attribute);
    tree.u8("Reserved", ref);
    const bits = tree.u8("Prefix length", ref);
    const prefix = tree.field("Prefix", (r) => {
      const bytes = new Uint8Array(16);
      bytes.set(r.rest());
      return formatIp({ family: 6, bytes });
    }, { ref });
    return `${prefix}/${bits}`;
  },
  hidden(tree, { ref }) {
    tree.bytes("Value", tree.remaining, ref, () => HIDDEN);
    return HIDDEN;
  },
  tagged: sized(4, (tree, { ref, names }) => {
    tree.u8("Tag", ref);
    const number = tree.u24("Value", ref, names);
    return names?.[number] ?? String(number);
  }),
  "tagged text"(tree, { ref }) {
    if (tree.reader.peek()! <= 0x1f) tree.u8("Tag", ref, (tag) => tag === 0 ? "no tag" : `belongs to tunnel ${tag}`);
    return tree.remaining === 0 ? "" : clip(tree.text("Value", tree.remaining, ref));
  },
  vlan: sized(4, (tree, { ref }) => {
    const word = tree.flags("VLAN", 4, [["Kind", 0, 8, VLAN_KINDS], ["Reserved", 8, 12], ["VLAN", 20, 12]], ref);
    return `${word & 0xfff}, ${vlanKind(word >>> 24)}`;
  }),
  "vlan name"(tree, { ref }) {
    const kind = tree.u8("Kind", ref, VLAN_KINDS);
    const name = tree.remaining > 0 ? tree.text("Name", tree.remaining, ref) : "";
    return `${name}, ${vlanKind(kind)}`;
  },
  eap(tree, { ref, eap }) {
    eap.push(tree.bytes("EAP octets", tree.remaining, ref));
    return undefined;
  },
  vendor,
};

function vendor(tree: Tree): string {
  const ref = "RFC 2865 5.26";
  const id = tree.u32("Vendor-Id", ref, (number) => VENDORS[number] ?? "unknown");
  const words: string[] = [];
  while (tree.remaining >= 2) {
    const length = tree.reader.peek(1)!;
    if (length < 2 || length > tree.remaining) break;
    tree.group("Vendor attribute", (group) => {
      const type = tree.u8("Vendor type", ref, (number) => id === 311 ? MICROSOFT[number] : undefined);
      tree.u8("Vendor length", ref);
      const name = id === 311 ? MICROSOFT[type] ?? String(type) : String(type);
      const bytes = length > 2 ? tree.bytes("Value", length - 2, id === 311 ? "RFC 2548 2" : ref) : new Uint8Array(0);
      if (bytes.length > 0 && looksLikeText(bytes)) {
        tree.last.value = decodeText(bytes);
        group.meaning = `${name}: ${clip(decodeText(bytes), 80)}`;
      } else group.meaning = name;
      words.push(group.meaning);
    }, { ref });
  }
  return `${VENDORS[id] ?? `vendor ${id}`} ${words.join(", ")}`;
}

/** Explains the EAP packet that attributes carried, joined; gives it in words. */
function eapOf(tree: Tree, eap: readonly Uint8Array[]): string | undefined {
  if (eap.length === 0) return undefined;
  const bytes = concat(eap);
  const inner = explain("EAP", bytes, (part) => {
    const text = eapPacket(part);
    part.rest("Octets after the packet", "RFC 3748 4");
    return text;
  });
  if (inner.value !== undefined) inner.root.meaning = inner.value;
  inner.root.ref = "RFC 3748";
  tree.add({
    name: "EAP packet",
    offset: tree.offset,
    length: 0,
    meaning: eap.length === 1 ? "of the attribute" : `of ${counted(eap.length, "attribute")}, joined`,
    ref: "RFC 3579 3.1",
    buffer: bytes,
    children: [inner.root],
  });
  return inner.value;
}

/** The attributes up to the end: to `words` go those that the line names. */
function attributes(tree: Tree, eap: Uint8Array[], words: string[]): void {
  while (tree.remaining > 0) {
    tree.group("Attribute", (group) => {
      const type = tree.u8("Type", "RFC 2865 5", (number) => ATTRIBUTES[number]?.[0] ?? "unknown");
      const size = tree.u8("Length", "RFC 2865 5");
      if (size < 2) {
        throw new FormatError(`An attribute of ${counted(size, "octet")} is too short: 2 at least`, tree.offset - 1);
      }
      const [label, kind, ref, names] = ATTRIBUTES[type] ?? [`Attribute ${type}`, "octets", "RFC 2865 5"];
      group.meaning = label;
      group.ref = ref;
      const text = tree.within(
        label,
        size - 2,
        (inside) => inside.remaining === 0 ? "empty" : VALUES[kind](inside, { ref, names, eap }),
      );
      if (text === undefined) return;
      group.meaning = `${label}: ${text}`;
      if (SHOWN.includes(type)) words.push(`${label} ${text}`);
    });
  }
}

function datagram(tree: Tree): Words {
  const code = tree.u8("Code", REF, (number) => CODES[number]?.[0] ?? "unknown");
  const [name, ref, answer] = CODES[code] ?? [`code ${code}`, REF];
  tree.last.ref = ref;
  const id = tree.u8("Identifier", REF, () => answer ? "of the request" : "the answer repeats it");
  tree.said = { summary: `${name} ${id}` };
  const length = tree.u16("Length", REF);
  tree.bytes(
    "Authenticator",
    16,
    REF,
    () => code === 1 || code === 12 ? "random, hides the password" : "MD5 over the packet and the shared secret",
  );
  const words: string[] = [], eap: Uint8Array[] = [];
  tree.within("Attributes", length - 20, (part) => attributes(part, eap, words));
  const method = eapOf(tree, eap);
  if (method !== undefined) words.push(method);
  const summary = clip(`${name} ${id}${words.length === 0 ? "" : ` ${words.join(", ")}`}`, 200);
  const pair = `radius ${id}`;
  return answer ? { summary, answers: pair } : { summary, asks: pair };
}

/** A known code, the datagram's length in the header (or less, by padding), and attributes that fill it. */
function detectDatagram(bytes: Uint8Array): boolean {
  if (CODES[bytes[0]!] === undefined || bytes.length < 26 || bytes.length > 4096) return false;
  if (bytes[2]! * 256 + bytes[3]! !== bytes.length) return false;
  let at = 20, known = 0;
  while (at + 2 <= bytes.length && bytes[at + 1]! >= 2) {
    if (ATTRIBUTES[bytes[at]!] !== undefined) known++;
    at += bytes[at + 1]!;
  }
  return at === bytes.length && known >= 1;
}

export const RADIUS: Protocol = {
  name: "radius",
  title: "RADIUS",
  ref: "RFC 2865",
  udp: [1812, 1813, 1645, 1646, 3799],
  detectDatagram,
  sideOf: (bytes) => CODES[bytes[0]!]?.[2] ? "server" : "client",
  datagram,
};

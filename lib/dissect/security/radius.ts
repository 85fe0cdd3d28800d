// RADIUS (RFC 2865), its accounting (RFC 2866) and dynamic authorization (RFC 5176), with EAP inside (RFC 3579). Pure.
import { secondsText } from "../../base/text.ts";
import { concat } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { formatIp } from "../../base/ip.ts";
import { eapPacket } from "./eap.ts";
import { explain } from "../explain.ts";
import { ATTRIBUTES, MICROSOFT, VENDORS } from "./radius_attributes.ts";
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

/** The value of an attribute; gives it in words. */
function value(tree: Tree, type: number, eap: Uint8Array[]): string | undefined {
  const [, kind, ref, names] = ATTRIBUTES[type] ?? ["Value", "octets", "RFC 2865 5"];
  const count = tree.remaining;
  if (count === 0) return "empty";
  switch (kind) {
    case "text":
      return clip(tree.text("Value", count, ref), 100);
    case "number":
    case "seconds":
    case "code": {
      if (count !== 4) break;
      const number = tree.u32(
        "Value",
        ref,
        kind === "seconds" ? secondsText : names ?? (() => undefined),
      );
      return kind === "seconds" ? secondsText(number) : names?.[number] ?? String(number);
    }
    case "time":
      if (count !== 4) break;
      return tree.field(
        "Value",
        (r) => new Date(r.u32() * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC",
        () => ({ ref }),
      );
    case "ip":
      if (count === 4) return tree.ip("Value", 4, ref);
      break;
    case "ip6":
      if (count === 16) return tree.ip("Value", 16, ref);
      break;
    case "prefix6": {
      if (count < 2 || count > 18) break;
      tree.u8("Reserved", ref);
      const bits = tree.u8("Prefix length", ref);
      const prefix = tree.field("Prefix", (r) => {
        const bytes = new Uint8Array(16);
        bytes.set(r.rest());
        return formatIp({ family: 6, bytes });
      }, () => ({ ref }));
      return `${prefix}/${bits}`;
    }
    case "hidden":
      tree.bytes("Value", count, ref, () => "hidden by the shared secret");
      return "hidden by the shared secret";
    case "tagged": {
      if (count !== 4) break;
      tree.u8("Tag", ref);
      const number = tree.u24("Value", ref, names ?? (() => undefined));
      return names?.[number] ?? String(number);
    }
    case "tagged text":
      if (tree.reader.peek()! <= 0x1f) tree.u8("Tag", ref, (tag) => tag === 0 ? "no tag" : `belongs to tunnel ${tag}`);
      return tree.remaining === 0 ? "" : clip(tree.text("Value", tree.remaining, ref));
    case "vlan": {
      const kinds = { 0x31: "tagged", 0x32: "untagged" };
      if (type === 58) {
        const kind = tree.u8("Kind", ref, kinds);
        const name = tree.remaining > 0 ? tree.text("Name", tree.remaining, ref) : "";
        return `${name}, ${kind === 0x31 ? "tagged" : "untagged"}`;
      }
      if (tree.remaining !== 4) break;
      const word = tree.flags("VLAN", 4, [["Kind", 0, 8, kinds], ["Reserved", 8, 12], ["VLAN", 20, 12]], ref);
      return `${word & 0xfff}, ${word >>> 24 === 0x31 ? "tagged" : "untagged"}`;
    }
    case "eap":
      eap.push(tree.bytes("EAP octets", count, ref));
      return undefined;
    case "vendor":
      return vendor(tree);
  }
  const bytes = tree.bytes("Value", count, ref);
  if (looksLikeText(bytes)) {
    tree.last.value = decodeText(bytes);
    return clip(decodeText(bytes), 60);
  }
  return counted(count, "octet");
}

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
  tree.within("Attributes", length - 20, (part) => {
    while (part.remaining > 0) {
      part.group("Attribute", (group) => {
        const type = part.u8("Type", "RFC 2865 5", (number) => ATTRIBUTES[number]?.[0] ?? "unknown");
        const octets = part.u8("Length", "RFC 2865 5");
        if (octets < 2) {
          throw new FormatError(
            `An attribute of ${counted(octets, "octet")} is too short: 2 at least`,
            part.offset - 1,
          );
        }
        const [label, , where] = ATTRIBUTES[type] ?? [`Attribute ${type}`, "octets", "RFC 2865 5"];
        group.meaning = label;
        group.ref = where;
        const text = part.within(label, octets - 2, (inside) => value(inside, type, eap));
        if (text === undefined) return;
        group.meaning = `${label}: ${text}`;
        if (SHOWN.includes(type)) words.push(`${label} ${text}`);
      });
    }
  });
  if (eap.length > 0) {
    const bytes = concat(eap);
    const inner = explain("EAP", bytes, (part) => {
      const text = eapPacket(part);
      part.rest("Octets after the packet", "RFC 3748 4");
      return text;
    });
    if (inner.value !== undefined) {
      inner.root.meaning = inner.value;
      words.push(inner.value);
    }
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
  }
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

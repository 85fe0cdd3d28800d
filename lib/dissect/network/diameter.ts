// Diameter (RFC 6733): messages of attribute-value pairs, over TCP. Pure.
import { FormatError } from "../../base/errors.ts";
import type { Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText, octetCount } from "../coding/words.ts";
import { APPLICATIONS, AVPS, AVPS_3GPP, COMMANDS, ENUMERATED, REF, RESULTS } from "./diameter_names.ts";

const AVP = "RFC 6733 4.1";
const BASE = "RFC 6733 4.2";
const VENDORS: Readonly<Record<number, string>> = {
  0: "none",
  9: "Cisco",
  193: "Ericsson",
  10415: "3GPP",
  13019: "ETSI",
};
const LENGTH_LIMIT = 0x100000;

/** What the line says of a message. */
interface Said {
  readonly words: Map<string, string>;
}

/** Pairs, each filled up to four octets. */
function pairs(tree: Tree, said: Said): void {
  while (tree.remaining >= 8) {
    const { reader } = tree;
    const code = reader.peek()! * 0x1000000 + (reader.peek(1)! << 16 | reader.peek(2)! << 8 | reader.peek(3)!);
    const length = reader.peek(5)! << 16 | reader.peek(6)! << 8 | reader.peek(7)!;
    const vendor = (reader.peek(4)! & 0x80) !== 0 && tree.remaining >= 12
      ? reader.peek(8)! * 0x1000000 + (reader.peek(9)! << 16 | reader.peek(10)! << 8 | reader.peek(11)!)
      : 0;
    const [name, kind] = (vendor === 0 ? AVPS : vendor === 10415 ? AVPS_3GPP : undefined)?.get(code) ??
      [vendor === 0 ? `AVP ${code}` : `AVP ${code} of ${VENDORS[vendor] ?? vendor}`, ""];
    const padding = -length & 3;
    tree.part("AVP", Math.max(8, length), (part, group) => {
      part.u32("Code", AVP, () => name);
      const flags = part.flags("Flags", 1, [["Vendor", 0, 1], ["Mandatory", 1, 1], ["Protected", 2, 1], [
        "Reserved",
        3,
        5,
      ]], AVP);
      part.u24("Length", AVP, octetCount);
      if ((flags & 0x80) !== 0) part.u32("Vendor", AVP, (number) => VENDORS[number]);
      if (length < 8) part.flaw("A length of 8 octets at least");
      group.meaning = name;
      const text = value(part, code, vendor, kind, said);
      if (text === "") return;
      group.meaning = clip(`${name}: ${text}`, 120);
      if (!said.words.has(name)) said.words.set(name, text);
    }, AVP);
    if (padding > 0 && tree.remaining > 0) tree.bytes("Padding", Math.min(padding, tree.remaining), AVP);
  }
}

/** The value of a pair; gives it as text. */
function value(tree: Tree, code: number, vendor: number, kind: string, said: Said): string {
  const count = tree.remaining;
  if (count === 0) return "";
  const names = vendor === 0 ? ENUMERATED[code] : undefined;
  switch (kind) {
    case "g":
      pairs(tree, said);
      return "";
    case "t":
    case "d":
      return tree.text("Value", count, kind === "d" ? "RFC 6733 4.3.1" : BASE);
    case "u":
    case "e":
    case "i":
      if (count === 4) {
        const number = tree.u32("Value", BASE, names ?? (code === 298 ? RESULTS : undefined));
        const signed = kind === "i" ? number | 0 : number;
        if (signed !== number) tree.last.value = signed;
        return names?.[number] === undefined ? String(signed) : `${number} (${names[number]})`;
      }
      break;
    case "l":
      if (count === 8) return String(tree.u64("Value", BASE));
      break;
    case "s":
      if (count === 4) {
        tree.u32("Value", "RFC 6733 4.3.1", (seconds) => new Date((seconds - 2208988800) * 1000).toISOString());
        return tree.last.meaning!;
      }
      break;
    case "a": {
      const family = tree.u16("Address family", "RFC 6733 4.3.1", { 1: "IPv4", 2: "IPv6", 8: "E.164" });
      if (family === 1 && count === 6) return tree.ip("Value", 4, "RFC 6733 4.3.1");
      if (family === 2 && count === 18) return tree.ip("Value", 16, "RFC 6733 4.3.1");
      break;
    }
  }
  const octets = tree.rest("Value", BASE);
  if (vendor === 0 && code === 2) {
    tree.last.secret = true;
    return "";
  }
  if (!looksLikeText(octets)) return counted(octets.length, "octet");
  tree.last.value = decodeText(octets);
  return decodeText(octets);
}

function message(tree: Tree): Words {
  tree.u8("Version", REF);
  tree.u24("Length", REF, octetCount);
  const flags = tree.flags("Flags", 1, [
    ["Request", 0, 1],
    ["Proxiable", 1, 1],
    ["Error", 2, 1],
    ["Sent again", 3, 1],
    ["Reserved", 4, 4],
  ], REF);
  const command = tree.u24("Command", REF, (code) => COMMANDS[code]);
  tree.u32("Application", REF, (id) => APPLICATIONS[id]);
  const hop = tree.u32("Hop-by-hop identifier", REF, () => "the answer repeats it");
  tree.u32("End-to-end identifier", REF, () => "finds what came twice");
  const request = (flags & 0x80) !== 0;

  const pair = request ? { asks: `diameter ${hop}` } : { answers: `diameter ${hop}` };
  const name = `${COMMANDS[command] ?? `command ${command}`} ${request ? "request" : "answer"}`;
  tree.said = { summary: name, ...pair };
  const said: Said = { words: new Map() };
  pairs(tree, said);
  const word = (avp: string, label = "") => {
    const text = said.words.get(avp);
    return text === undefined ? [] : [`${label}${text}`];
  };
  const words = [
    ...word("Result-Code"),
    ...word("Experimental-Result-Code", "result "),
    ...word("Session-Id", "session "),
    ...word("User-Name", "user "),
    ...word("CC-Request-Type"),
    ...word("Origin-Host", "from "),
    ...word("Error-Message"),
  ];
  return { summary: clip(`${name} ${words.join(", ")}`.trim(), 200), ...pair };
}

class Diameter implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (bytes[0] !== 1) throw new FormatError("Diameter has version 1", 0);
    if (bytes.length < 4) return 0;
    const length = bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!;
    if (length < 20 || length > LENGTH_LIMIT) throw new FormatError(`A message of ${counted(length, "octet")}`, 1);
    return length;
  }

  dissect(tree: Tree): Words {
    return message(tree);
  }
}

/** Version 1, a plausible length, no reserved flags, a known command, a first pair that fits. */
function detect(bytes: Uint8Array): Guess {
  if (bytes[0] !== 1 || (bytes[1] ?? 0) > 15) return "no";
  if (bytes.length < 28) return bytes.length > 4 && (bytes[4]! & 15) !== 0 ? "no" : "maybe";
  const length = bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!;
  const command = bytes[5]! << 16 | bytes[6]! << 8 | bytes[7]!;
  const first = bytes[25]! << 16 | bytes[26]! << 8 | bytes[27]!;
  const fits = length >= 28 && length % 4 === 0 && (bytes[4]! & 15) === 0 && COMMANDS[command] !== undefined &&
    bytes[20] === 0 && bytes[21] === 0 && first >= 8 && first <= length - 20;
  return fits ? "yes" : "no";
}

export const DIAMETER: Protocol = {
  name: "diameter",
  title: "Diameter",
  ref: "RFC 6733",
  tcp: [3868],
  detect,
  sideOf: (bytes) => (bytes[4]! & 0x80) !== 0 ? "client" : "server",
  stream: () => new Diameter(),
};

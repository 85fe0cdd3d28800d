// LDAP's search filters (RFC 4511 4.5.1.7), told in their text form (RFC 4515). Pure.
import { element, octetString, octetValue, peekElement } from "../coding/ber.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

const REF = "RFC 4511 4.5.1.7";

export const words = (found: string | Uint8Array) =>
  typeof found === "string" ? found : `(${counted(found.length, "octet")})`;

/** `(&(a=1)(b=2))`. */
const joined = (sign: string) => (part: Tree): string => {
  let text = "";
  while (part.remaining > 0) text += filter(part);
  return `(${sign}${text})`;
};

const comparison = (sign: string) => (part: Tree): string => {
  const attribute = words(octetString(part, "Attribute", REF));
  return `(${attribute}${sign}${words(octetString(part, "Value", REF))})`;
};

const present = (part: Tree) => `(${part.remaining === 0 ? "" : part.text("Attribute", part.remaining, REF)}=*)`;

function substrings(part: Tree): string {
  const attribute = words(octetString(part, "Attribute", REF));
  let text = "", last = 0;
  element(part, "Substrings", (list) => {
    while (list.remaining > 0) {
      last = peekElement(list).tag;
      const where = last === 0x80 ? "at the start" : last === 0x82 ? "at the end" : "anywhere";
      const piece = words(element(list, "Piece", (octets) => octetValue(octets, REF), REF, where) ?? "");
      text += last === 0x80 ? piece : `*${piece}`;
    }
  }, REF);
  return `(${attribute}=${text}${last === 0x82 ? "" : "*"})`;
}

const MATCH: Readonly<Record<number, string>> = {
  0x81: "Matching rule",
  0x82: "Attribute",
  0x83: "Value",
  0x84: "Names of the entry too",
};

function extensibleMatch(part: Tree): string {
  const found: Record<number, string> = {};
  while (part.remaining > 0) {
    const kind = peekElement(part).tag, label = MATCH[kind] ?? "Part";
    const read = (octets: Tree) => {
      found[kind] = kind === 0x84 ? String(octets.u8("Value", REF)) : words(octetValue(octets, REF));
    };
    element(part, label, read, REF, label);
  }
  const rule = found[0x81] === undefined ? "" : `:${found[0x81]}`;
  return `(${found[0x82] ?? ""}${(found[0x84] ?? "0") === "0" ? "" : ":dn"}${rule}:=${found[0x83] ?? ""})`;
}

/** Filters by their tags: name, and what reads one and gives it as text. */
const FILTERS: Readonly<Record<number, readonly [name: string, read: (part: Tree) => string]>> = {
  0x87: ["present", present],
  0xa0: ["and", joined("&")],
  0xa1: ["or", joined("|")],
  0xa2: ["not", (part) => `(!${filter(part)})`],
  0xa3: ["equality match", comparison("=")],
  0xa4: ["substrings", substrings],
  0xa5: ["greater or equal", comparison(">=")],
  0xa6: ["less or equal", comparison("<=")],
  0xa8: ["approximate match", comparison("~=")],
  0xa9: ["extensible match", extensibleMatch],
};

/** A filter; gives it in the text form of RFC 4515. */
export function filter(tree: Tree): string {
  const [name, read] = FILTERS[peekElement(tree).tag] ?? [];
  const inside = (part: Tree) => read === undefined ? "(?)" : part.current.meaning = clip(read(part), 160);
  return element(tree, name === undefined ? "Filter" : `Filter: ${name}`, inside, REF, name) ?? "(?)";
}

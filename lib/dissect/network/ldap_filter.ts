// LDAP's search filters (RFC 4511 4.5.1.7), told in their text form (RFC 4515). Pure.
import { element, octetString, octetValue, peekElement } from "../coding/ber.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

const FILTERS: Readonly<Record<number, string>> = {
  0xa0: "and",
  0xa1: "or",
  0xa2: "not",
  0xa3: "equality match",
  0xa4: "substrings",
  0xa5: "greater or equal",
  0xa6: "less or equal",
  0x87: "present",
  0xa8: "approximate match",
  0xa9: "extensible match",
};
const COMPARISONS: Readonly<Record<number, string>> = { 0xa3: "=", 0xa5: ">=", 0xa6: "<=", 0xa8: "~=" };

export const words = (found: string | Uint8Array) =>
  typeof found === "string" ? found : `(${counted(found.length, "octet")})`;

/** A filter; gives it in the text form of RFC 4515. */
export function filter(tree: Tree): string {
  const ref = "RFC 4511 4.5.1.7", { tag } = peekElement(tree);
  const name = FILTERS[tag];
  return element(
    tree,
    name === undefined ? "Filter" : `Filter: ${name}`,
    (part) => {
      const said = (text: string) => part.current.meaning = clip(text, 160);
      if (tag === 0xa0 || tag === 0xa1) {
        let text = tag === 0xa0 ? "(&" : "(|";
        while (part.remaining > 0) text += filter(part);
        return said(`${text})`);
      }
      if (tag === 0xa2) return said(`(!${filter(part)})`);
      if (tag === 0x87) return said(`(${part.remaining === 0 ? "" : part.text("Attribute", part.remaining, ref)}=*)`);
      if (COMPARISONS[tag] !== undefined) {
        const attribute = words(octetString(part, "Attribute", ref));
        return said(`(${attribute}${COMPARISONS[tag]}${words(octetString(part, "Value", ref))})`);
      }
      if (tag === 0xa4) {
        const attribute = words(octetString(part, "Attribute", ref));
        let text = "", last = 0;
        element(part, "Substrings", (list) => {
          while (list.remaining > 0) {
            last = peekElement(list).tag;
            const where = last === 0x80 ? "at the start" : last === 0x82 ? "at the end" : "anywhere";
            const piece = words(element(list, "Piece", (octets) => octetValue(octets, ref), ref, where) ?? "");
            text += last === 0x80 ? piece : `*${piece}`;
          }
        }, ref);
        return said(`(${attribute}=${text}${last === 0x82 ? "" : "*"})`);
      }
      if (tag === 0xa9) {
        const found: Record<number, string> = {};
        const names: Readonly<Record<number, string>> = {
          0x81: "Matching rule",
          0x82: "Attribute",
          0x83: "Value",
          0x84: "Names of the entry too",
        };
        while (part.remaining > 0) {
          const kind = peekElement(part).tag;
          const label = names[kind] ?? "Part";
          element(
            part,
            label,
            (octets) => {
              found[kind] = kind === 0x84 ? String(octets.u8("Value", ref)) : words(octetValue(octets, ref));
            },
            ref,
            label,
          );
        }
        const rule = found[0x81] === undefined ? "" : `:${found[0x81]}`;
        return said(`(${found[0x82] ?? ""}${(found[0x84] ?? "0") === "0" ? "" : ":dn"}${rule}:=${found[0x83] ?? ""})`);
      }
      return "(?)";
    },
    ref,
    name,
  ) ?? "(?)";
}

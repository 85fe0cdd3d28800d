// The data of an answer alone, one a line: `+short`. Pure.
import type { Lookup, OctetText, Settings } from "../dig/settings.ts";
import { typeName } from "../types.ts";
import type { Printed } from "./printed.ts";
import { rdataText, shortStyle } from "./record.ts";

/** The data of the answer section, one a line: `+short`. */
export function shortText(
  printed: Printed,
  lookup: Lookup,
  settings: Settings,
  idn?: (name: OctetText) => OctetText,
): OctetText {
  if (!lookup.answer) return "";
  const style = shortStyle(lookup, settings);
  let out = "";
  for (const record of printed.message.answers) {
    if (lookup.trace || lookup.nsSearch) out += `${typeName(record.type)} `;
    out += `${rdataText(record.rdata, style, idn)}${lookup.identify ? printed.identifier ?? "" : ""}\n`;
  }
  return out;
}

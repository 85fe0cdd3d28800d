// The names that a lookup asks for: as written, or with the domains of the search list behind them. Pure.
import { fatal, type Lookup, type OctetText } from "../dig/settings.ts";
import { reasonOf } from "../errors.ts";
import { DnsName, parseName } from "../name.ts";
import type { Surroundings } from "./surroundings.ts";

/** The domains that names are completed with. */
function searchList({ settings, system }: Surroundings): readonly OctetText[] {
  return settings.domain === "" ? system.search : [settings.domain];
}

/** Whether a name ends in a dot that is not escaped. */
function isAbsolute(text: OctetText): boolean {
  return /(?:^|[^\\])(?:\\\\)*\.$/.test(text);
}

/** dig's word for what is wrong with a name that somebody wrote. */
function nameReason(error: unknown): string {
  const reason = reasonOf(error);
  return reason === "name too long" ? "ran out of space" : reason;
}

function fits(text: OctetText): boolean {
  try {
    parseName(text);
    return true;
  } catch {
    return false;
  }
}

/** The name to ask for; `undefined` when name and search domain together are too long. */
export function questionName(lookup: Lookup, s: Surroundings): DnsName | undefined {
  const { settings, output, toAscii } = s;
  const convert = (text: OctetText) => lookup.idnIn && toAscii !== undefined ? toAscii(text) : text;
  const text = convert(lookup.name);
  if (lookup.newSearch) {
    const dots = text.split(".").length - 1;
    if (dots >= settings.ndots || !settings.useSearch) {
      lookup.origin = -1;
      lookup.doneAsIs = true;
      lookup.needSearch = settings.useSearch;
    } else if (lookup.origin === -1 && searchList(s).length > 0) {
      lookup.origin = 0;
      lookup.needSearch = false;
    }
  }
  if (lookup.trace && lookup.traceRoot) return DnsName.root;
  const domain = lookup.origin === -1 ? undefined : searchList(s)[lookup.origin];
  if (domain === undefined) {
    try {
      return parseName(text);
    } catch (error) {
      fatal(output, `'${lookup.name}' is not a legal name (${nameReason(error)})`, 10);
    }
  }
  const origin = convert(domain!);
  let suffix: DnsName;
  try {
    suffix = parseName(origin);
  } catch (error) {
    fatal(output, `'${origin}' is not in legal name syntax (${nameReason(error)})`);
  }
  try {
    return parseName(text, suffix!);
  } catch (error) {
    // A name that is too long only together with its domain is passed over.
    if (reasonOf(error) === "name too long" && fits(text)) return undefined;
    return fatal(output, `'${lookup.name}' is not in legal name syntax (${nameReason(error)})`);
  }
}

/**
 * Where the search goes on after a name that does not exist: what changes in the lookup for the next domain of the list.
 * `undefined` when there is none.
 */
export function nextOrigin(lookup: Lookup, s: Surroundings): Pick<Lookup, "origin" | "needSearch"> | undefined {
  if (!s.settings.useSearch || isAbsolute(lookup.name)) return undefined;
  try {
    if (parseName(lookup.name).labels.length > s.settings.ndots) return undefined;
  } catch {
    // A name that cannot be read is not looked at more closely here.
  }
  const { length } = searchList(s);
  if (lookup.origin === -1) {
    return lookup.needSearch ? { origin: length > 0 ? 0 : -1, needSearch: false } : undefined;
  }
  const origin = lookup.origin + 1 < length ? lookup.origin + 1 : -1;
  return origin === -1 && lookup.doneAsIs ? undefined : { origin, needSearch: lookup.needSearch };
}

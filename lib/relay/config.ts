// The relays of a `--config` file: names, addresses, flags, judged as a whole before anything opens. Pure.
// Form of the file: a list under `relay` or `relays` (in TOML `[[relay]]`), a record of relays by name, or a bare list.
import { errorChain, UsageError } from "../base/errors.ts";
import { nearest } from "../base/text.ts";
import type { ParseOptions } from "../address/words/judge.ts";
import type { Endpoint } from "../address/endpoint.ts";
import { parseEndpoint } from "../address/list.ts";
import { collect, type Schema, spellings, type Values } from "../options/schema.ts";

/** A relay of the file. */
export interface RelayEntry<S extends Schema> {
  readonly name: string;
  readonly left: Endpoint;
  readonly right: Endpoint;
  readonly flags: Values<S>;
  /** The same text for two entries means: the same relay, nothing to be done on a reload. */
  readonly key: string;
}

/** What is in a file, and everything that is wrong with it, each in one line. */
export interface ReadConfig<S extends Schema> {
  readonly relays: readonly RelayEntry<S>[];
  readonly problems: readonly string[];
}

/** How entries are read. */
export interface ConfigRules<S extends Schema> {
  /** Flags that an entry may have. */
  readonly flags: S;
  readonly parsing: ParseOptions;
}

const ADDRESS_KEYS = ["left", "right", "addresses"] as const;

type Entry = Readonly<Record<string, unknown>>;

/** Judges the parsed file. All problems are found, not only the first. */
export function readConfig<S extends Schema>(parsed: unknown, rules: ConfigRules<S>): ReadConfig<S> {
  const problems: string[] = [];
  const relays: RelayEntry<S>[] = [];
  const names = new Set<string>();
  const entries = entriesOf(parsed, problems);
  entries.forEach(([given, entry], i) => {
    const name = given ?? entry.name;
    const label = typeof name === "string" && name !== "" ? `relay "${name}"` : `relay number ${i + 1}`;
    const refuse = (problem: string) => void problems.push(`${label}: ${problem}`);
    const before = problems.length;
    if (typeof name !== "string" || name === "") refuse('it needs a name: name = "web"');
    else if (/[\x00-\x20\x7f]/.test(name)) refuse("a name has no blanks and no control characters");
    else if (names.has(name)) refuse("there are two of this name");
    else names.add(name);
    const left = addressOf(entry, "left", 0, rules, refuse), right = addressOf(entry, "right", 1, rules, refuse);
    const flags = flagsOf(entry, rules.flags, refuse);
    if (flags !== undefined && flags.u === true && flags.U === true) {
      refuse('flags "u" and "U" exclude each other');
    }
    if (left === undefined || right === undefined || flags === undefined || problems.length > before) return;
    relays.push({
      name: String(name),
      left,
      right,
      flags,
      key: JSON.stringify([name, left.text, right.text, flags]),
    });
  });
  problems.push(...sharedPlaces(relays));
  if (entries.length === 0 && problems.length === 0) problems.push("it holds no relays");
  return { relays, problems };
}

/** Relays that would listen at the same place. */
function sharedPlaces<S extends Schema>(relays: readonly RelayEntry<S>[]): string[] {
  const taken = new Map<string, string>();
  return relays.flatMap(({ name, left, right, flags }) => {
    const context = { compat: false, family: flags["4"] === true ? 4 : flags["6"] === true ? 6 : undefined } as const;
    return [left, right].flatMap((endpoint) => {
      const place = endpoint.place(context);
      if (place === undefined) return [];
      const other = taken.get(place);
      if (other === undefined) taken.set(place, name);
      return other === undefined ? [] : [`relay "${name}": relay "${other}" listens on ${place} already`];
    });
  });
}

function isRecord(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The entries with the name that the form of the file gives them. */
function entriesOf(parsed: unknown, problems: string[]): (readonly [name: string | undefined, entry: Entry])[] {
  let list: unknown = parsed;
  if (isRecord(parsed)) {
    const key = ["relay", "relays"].find((key) => key in parsed);
    if (key !== undefined) {
      for (const other of Object.keys(parsed)) {
        if (other !== key && other !== "$schema") problems.push(`unknown key "${other}" beside "${key}"`);
      }
      list = parsed[key];
    }
  }
  const pairs: (readonly [string | undefined, unknown])[] = Array.isArray(list)
    ? list.map((entry) => [undefined, entry] as const)
    : isRecord(list)
    ? Object.entries(list)
    : [];
  if (!Array.isArray(list) && !isRecord(list)) {
    problems.push('it is no list of relays: write [[relay]] with name, left and right, or { "relays": [...] }');
  }
  return pairs.flatMap(([name, entry], i) => {
    if (isRecord(entry)) return [[name, entry] as const];
    if (name !== undefined && !Array.isArray(entry)) {
      problems.push(`"${name}" stands in no relay: begin one with [NAME], in JSON with "NAME": {`);
    } else {
      const label = name === undefined ? `number ${i + 1}` : `"${name}"`;
      problems.push(`relay ${label}: it is no record of name, left, right`);
    }
    return [];
  });
}

function addressOf<S extends Schema>(
  entry: Entry,
  side: "left" | "right",
  at: number,
  rules: ConfigRules<S>,
  refuse: (problem: string) => void,
): Endpoint | undefined {
  const pair = entry.addresses;
  if (pair !== undefined && (!Array.isArray(pair) || pair.length !== 2)) {
    if (at === 0) refuse('"addresses" needs a list of two');
    return undefined;
  }
  const text = entry[side] ?? (Array.isArray(pair) ? pair[at] : undefined);
  if (typeof text !== "string") {
    refuse(text === undefined ? `its ${side} address is missing: ${side} = "tcp:..."` : `"${side}" needs a text`);
    return undefined;
  }
  try {
    return parseEndpoint(text, rules.parsing);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    refuse(errorChain(error)[0] ?? "it cannot be parsed");
    return undefined;
  }
}

/** The flags of an entry with their types; `undefined` when one cannot be read. */
function flagsOf<S extends Schema>(entry: Entry, schema: S, refuse: (problem: string) => void): Values<S> | undefined {
  const names = spellings(schema);
  const given: { name: string; text: string | undefined; spelled: string }[] = [];
  let wrong = false;
  for (const [key, value] of Object.entries(entry)) {
    if (key === "name" || ADDRESS_KEYS.some((word) => word === key)) continue;
    const spelled = key.replace(/^--?/, "").replaceAll("_", "-");
    const name = names.get(spelled);
    if (name === undefined) {
      const near = nearest(spelled, [...ADDRESS_KEYS, ...names.keys()]);
      refuse(`unknown key "${key}"${near === undefined ? "" : `: did you mean "${near}"?`}`);
      wrong = true;
      continue;
    }
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === "object") {
        refuse(`"${key}" needs a simple value`);
        wrong = true;
      } else if (schema[name]!.arity !== "attached" || typeof item !== "boolean") {
        given.push({ name, text: String(item), spelled: key });
      } else if (item) given.push({ name, text: undefined, spelled: key });
    }
  }
  if (wrong) return undefined;
  const refuseValue = (spelled: string, problem: string) => {
    refuse(`cannot parse "${spelled}": ${problem}`);
    wrong = true;
    return new UsageError("");
  };
  // One by one, as the first that cannot be read ends the reading.
  for (const one of given) {
    try {
      collect(schema, [one], refuseValue);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return wrong ? undefined : collect(schema, given, refuseValue);
}

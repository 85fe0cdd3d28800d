// The typed description of an option: what parses it, what it defaults to, what its help says. Pure.
// Command flags and address options are both records of these; values come out with their types.
import { FormatError } from "../base/errors.ts";
import { parsePort } from "../base/host_port.ts";
import { parseDuration, parseSize } from "../base/text.ts";

/** How a value is written, and what it becomes. `parse` throws a `FormatError` that says what would be right. */
export interface ValueType<T> {
  /** What the help shows for a value: `FILE`, `SECONDS`; `undefined` for a switch. */
  readonly placeholder: string | undefined;
  parse(text: string): T;
  /** A value as it would be written: for the default in the help. */
  print?(value: T): string;
  /** The words that are possible, for completion and help. */
  readonly choices?: readonly string[];
  /** Files complete. */
  readonly file?: boolean;
}

/** What every option may say. */
export interface OptionWords {
  /** One line, no full stop. */
  readonly help: string;
  /** Other spellings. A flag of one or two letters is written with one dash. */
  readonly aliases?: readonly string[];
  /** Heading under which the help lists it. */
  readonly group?: string;
  /** Replaces the type's placeholder. */
  readonly placeholder?: string;
  /** Understood but not listed. */
  readonly hidden?: boolean;
}

/** An option whose value has the type `T` when nothing, one or several are given. */
export interface Option<T> extends OptionWords {
  readonly type: ValueType<unknown>;
  /**
   * `switch`: no value needed. `count`: how often. `one`: the last wins. `list`: all, in their order. `attached`: a value
   * only when it follows without a space.
   */
  readonly arity: "switch" | "count" | "one" | "list" | "attached";
  readonly fallback: T;
}

/** A record of options by their main names. */
// deno-lint-ignore no-explicit-any -- an option gives and takes its own type; a record holds options of any
export type Schema = Readonly<Record<string, Option<any>>>;

/** The values of a schema's options. */
export type Values<S extends Schema> = { readonly [K in keyof S]: S[K] extends Option<infer T> ? T : never };

const BOOLEAN: ValueType<boolean> = {
  placeholder: undefined,
  parse(text) {
    if (/^(1|yes|true|on|)$/i.test(text)) return true;
    if (/^(0|no|false|off)$/i.test(text)) return false;
    throw new FormatError(`"${text}" is neither 1 nor 0`);
  },
};

/** Any text. */
export const TEXT: ValueType<string> = { placeholder: "TEXT", parse: (text) => text };

/** Any text but none: what it is the name of. */
export function named(what: string): ValueType<string> {
  return {
    ...TEXT,
    parse(text) {
      if (text === "") throw new FormatError(`"" is not the name of ${what}`);
      return text;
    },
  };
}

/** The path of a file. */
export const FILE: ValueType<string> = { placeholder: "FILE", parse: (text) => text, file: true };

/** A duration in milliseconds; a bare number is seconds. */
export const DURATION: ValueType<number> = {
  placeholder: "SECONDS",
  parse: parseDuration,
  print: (ms) => String(ms / 1000),
};

/** A number of octets; `k`, `M`, `G` are powers of 1024. */
export const SIZE: ValueType<number> = { placeholder: "SIZE", parse: parseSize };

/** A port number. */
export const PORT: ValueType<number> = {
  placeholder: "PORT",
  parse(text) {
    const port = parsePort(text);
    if (port === undefined) throw new FormatError(`"${text}" is not a port number from 0 to 65535`);
    return port;
  },
};

/** A whole number from `min` to `max`; hexadecimal and octal as in C are taken. */
export function integer(min = 0, max: number = Number.MAX_SAFE_INTEGER, placeholder = "N"): ValueType<number> {
  return {
    placeholder,
    parse(text) {
      const number = /^-?\d+$/.test(text)
        ? (/^0[0-7]+$/.test(text) ? parseInt(text, 8) : Number(text))
        : /^0x[0-9a-f]+$/i.test(text)
        ? parseInt(text, 16)
        : NaN;
      if (!(number >= min && number <= max)) {
        const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
        throw new FormatError(`"${text}" is not a whole number ${range}`);
      }
      return number;
    },
  };
}

/** One of some words; case is ignored. */
export function choice<const W extends string>(words: readonly W[]): ValueType<W> {
  return {
    placeholder: words.join("|"),
    choices: words,
    parse(text) {
      const word = words.find((word) => word.toLowerCase() === text.toLowerCase());
      if (word === undefined) throw new FormatError(`"${text}" is not one of ${words.join(", ")}`);
      return word;
    },
  };
}

/** Off unless given. `name=0` or `--no-name` switches it off again. */
export function toggle(words: OptionWords): Option<boolean> {
  return { ...words, type: BOOLEAN, arity: "switch", fallback: false };
}

/** On, off, or not said. */
export function triState(words: OptionWords): Option<boolean | undefined> {
  return { ...words, type: BOOLEAN, arity: "switch", fallback: undefined };
}

/** How often it was given; `-d3` counts three and `-d0` starts again from nothing. */
export function count(words: OptionWords): Option<number | undefined> {
  return { ...words, type: integer(), arity: "count", fallback: undefined };
}

/** `true` when given without a value; a value is written right behind the flag, as `-lydaemon`. */
export function attached<T>(type: ValueType<T>, words: OptionWords): Option<T | true | undefined> {
  return { ...words, type, arity: "attached", fallback: undefined };
}

/** At most one value; the last one wins. */
export function one<T>(type: ValueType<T>, words: OptionWords & { fallback: NoInfer<T> }): Option<T>;
export function one<T>(type: ValueType<T>, words: OptionWords): Option<T | undefined>;
export function one<T>(type: ValueType<T>, words: OptionWords & { fallback?: T }): Option<T | undefined> {
  const { fallback, ...rest } = words;
  return { ...rest, type, arity: "one", fallback };
}

/** All values that were given, in their order. */
export function list<T>(type: ValueType<T>, words: OptionWords): Option<readonly T[]> {
  return { ...words, type, arity: "list", fallback: [] };
}

/** Main name of each spelling in a schema, lower case. */
export function spellings(schema: Schema): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, option] of Object.entries(schema)) {
    for (const spelling of [name, ...(option.aliases ?? [])]) names.set(spelling, name);
  }
  return names;
}

/** Joins what was given, in order, into the typed values; `text: undefined` is an option without a value. */
export function collect<S extends Schema>(
  schema: S,
  given: Iterable<{ readonly name: string; readonly text: string | undefined; readonly spelled: string }>,
  refuse: (spelled: string, problem: string) => Error,
): Values<S> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(schema)) values[name] = option.fallback;
  for (const { name, text, spelled } of given) {
    const option = schema[name]!;
    if (text === undefined && (option.arity === "one" || option.arity === "list")) {
      throw refuse(spelled, `it needs a value: ${option.placeholder ?? option.type.placeholder ?? "VALUE"}`);
    }
    let value: unknown;
    try {
      value = text === undefined ? true : option.type.parse(text);
    } catch (error) {
      if (error instanceof FormatError) throw refuse(spelled, error.message);
      throw error;
    }
    if (option.arity === "count") values[name] = text === undefined ? Number(values[name] ?? 0) + 1 : value;
    else if (option.arity === "list") values[name] = [...values[name] as unknown[], value];
    else values[name] = value;
  }
  return values as Values<S>;
}

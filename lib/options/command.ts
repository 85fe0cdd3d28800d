// A command's face: its flags, its words, and how a line of arguments becomes values. Pure.
// Parsing is `parseArgs`'s; before it, socat's short forms (`-lf FILE`, `-dd`, `-t0.5`, `-b8192`) are spelled out.
import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../base/errors.ts";
import { nearest } from "../base/text.ts";
import { collect, type Schema, spellings, type Values } from "./schema.ts";

/** A subcommand as the help, the completions and the README see it. */
export interface Command<S extends Schema = Schema> {
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** Synopsis lines without the program's name: `relay [FLAGS] ADDRESS ADDRESS`. */
  readonly usage: readonly string[];
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly flags: S;
  /** Flags that the short help only names. */
  readonly rare?: readonly string[];
  /** Paragraphs at the end of the help. */
  readonly notes?: readonly string[];
  /**
   * What completes the arguments that are not flags: whole words, and what may stand behind commas in those that begin with
   * one of `heads` (patterns of shells, lower case, what stands before `:` or `,`).
   */
  readonly completes?: {
    readonly words: readonly string[];
    readonly parts?: readonly { readonly heads: readonly string[]; readonly options: Schema }[];
  };
}

/** What a line of arguments says. */
export interface Parsed<S extends Schema> {
  readonly values: Values<S>;
  readonly args: readonly string[];
}

/** Typed identity: gives `flags` its exact type. */
export function defineCommand<const S extends Schema>(command: Command<S>): Command<S> {
  return command;
}

/** How a flag is written: one dash for one or two letters, else two. */
export function dashed(name: string): string {
  return (name.length <= 2 ? "-" : "--") + name;
}

/**
 * Values and remaining arguments of a command line. `--` ends the flags.
 * A `UsageError` names the culprit, the nearest right spelling, and where to read more.
 */
export function parseCommand<S extends Schema>(command: Command<S>, argv: readonly string[]): Parsed<S> {
  const names = spellings(command.flags);
  const more = `netlab ${command.name} --help`;
  const given: { name: string; text: string | undefined; spelled: string }[] = [];
  const { flags, rest } = spellOut(command.flags, names, argv, more);
  // Each flag goes through parseArgs by itself: so order is kept, and with it what the last one and a list mean.
  for (const words of flags) {
    const parsed = parseArgs(words.argv, {
      string: [...names.keys()].filter((name) => takesValue(command.flags, names.get(name)!)),
      boolean: [...names.keys()].filter((name) => !takesValue(command.flags, names.get(name)!)),
      stopEarly: true,
    });
    const value = parsed[words.key];
    given.push({
      name: words.name,
      text: words.text ?? (typeof value === "string" ? value : undefined),
      spelled: words.spelled,
    });
  }
  const values = collect(
    command.flags,
    given,
    (spelled, problem) => new UsageError(`Cannot parse flag "${spelled}": ${problem}`, `see: ${more}`),
  );
  return { values, args: rest };
}

interface FlagWords {
  readonly name: string;
  readonly key: string;
  readonly argv: string[];
  readonly spelled: string;
  /** The value where parseArgs does not see it: of switches and counts. */
  readonly text?: string;
}

function takesValue(schema: Schema, name: string): boolean {
  const { arity } = schema[name]!;
  return arity === "one" || arity === "list";
}

/** Splits an argument line into flags, each as parseArgs wants it, and the rest. */
function spellOut(schema: Schema, names: Map<string, string>, argv: readonly string[], more: string) {
  const flags: FlagWords[] = [];
  const rest: string[] = [];
  const unknown = (spelled: string, word: string) => {
    const known = [...names].filter(([name]) => name.length > 2);
    // Only what takes no value can be turned off.
    const off = /^no-/.test(word) ? known.filter(([, main]) => !takesValue(schema, main)) : [];
    const near = nearest(word, [...known.map(([name]) => name), ...off.map(([name]) => `no-${name}`)]);
    return new UsageError(
      `Unknown flag "${spelled}"${near === undefined ? "" : `: did you mean "${dashed(near)}"?`}`,
      `see: ${more}`,
    );
  };
  const valueAfter = (i: number, spelled: string): string => {
    const value = argv[i + 1];
    if (value === undefined) throw new UsageError(`Flag "${spelled}" needs a value`, `see: ${more}`);
    return value;
  };
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!;
    if (arg === "--") {
      rest.push(...argv.slice(i + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-" || /^-[,!]/.test(arg)) {
      rest.push(arg);
      continue;
    }
    if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      const word = equals === -1 ? arg.slice(2) : arg.slice(2, equals);
      const off = word.startsWith("no-") && !names.has(word) && names.has(word.slice(3));
      const key = off ? word.slice(3) : word;
      const name = names.get(key);
      if (name === undefined) throw unknown(arg, word);
      const inline = equals === -1 ? undefined : arg.slice(equals + 1);
      if (takesValue(schema, name)) {
        const value = inline ?? valueAfter(i++, arg);
        flags.push({ name, key, argv: [`--${key}=${value}`], spelled: `--${word}` });
      } else {
        const text = off ? "0" : inline;
        flags.push({ name, key, argv: [`--${key}`], spelled: `--${word}`, ...(text === undefined ? {} : { text }) });
      }
      continue;
    }
    // A cluster of short flags; the longest name that fits comes first, a value ends it.
    let cluster = arg.slice(1);
    while (cluster !== "") {
      const key = names.has(cluster.slice(0, 2)) ? cluster.slice(0, 2) : cluster[0]!;
      const name = names.get(key);
      if (name === undefined) throw unknown(arg, arg.slice(1));
      cluster = cluster.slice(key.length);
      const spelled = `-${key}`;
      if (takesValue(schema, name)) {
        const value = cluster !== "" ? cluster.replace(/^=/, "") : valueAfter(i++, spelled);
        flags.push({ name, key, argv: [`--${key}=${value}`], spelled });
        cluster = "";
      } else {
        const { arity } = schema[name]!;
        const digits = arity === "count"
          ? /^\d+/.exec(cluster)?.[0]
          : arity === "attached" && cluster !== ""
          ? cluster
          : undefined;
        if (digits !== undefined) cluster = cluster.slice(digits.length);
        flags.push({ name, key, argv: [`--${key}`], spelled, ...(digits === undefined ? {} : { text: digits }) });
      }
    }
  }
  return { flags, rest };
}

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
  const { flags, rest } = new SpelledOut(command.flags, names, argv, more);
  const valued = (spelling: string) => takesValue(command.flags, names.get(spelling)!);
  const string = [...names.keys()].filter(valued), boolean = [...names.keys()].filter((name) => !valued(name));
  // Each flag goes through parseArgs by itself: so order is kept, and with it what the last one and a list mean.
  const given = flags.map(({ name, key, argv, spelled, text }) => {
    const value = parseArgs(argv, { string, boolean, stopEarly: true })[key];
    return { name, text: text ?? (typeof value === "string" ? value : undefined), spelled };
  });
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
class SpelledOut {
  readonly flags: FlagWords[] = [];
  readonly rest: string[] = [];
  readonly #schema: Schema;
  readonly #names: ReadonlyMap<string, string>;
  readonly #argv: readonly string[];
  /** Where more can be read. */
  readonly #more: string;
  /** The argument that is next. */
  #at = 0;

  constructor(schema: Schema, names: ReadonlyMap<string, string>, argv: readonly string[], more: string) {
    this.#schema = schema;
    this.#names = names;
    this.#argv = argv;
    this.#more = more;
    while (this.#at < argv.length) {
      const arg = argv[this.#at++]!;
      if (arg === "--") this.rest.push(...argv.slice(this.#at, this.#at = argv.length));
      else if (!arg.startsWith("-") || arg === "-" || /^-[,!]/.test(arg)) this.rest.push(arg);
      else if (arg.startsWith("--")) this.#long(arg);
      else this.#cluster(arg);
    }
  }

  /** `--word`, `--word=value`, `--word value`, `--no-word`. */
  #long(arg: string): void {
    const equals = arg.indexOf("=");
    const word = equals === -1 ? arg.slice(2) : arg.slice(2, equals);
    const off = word.startsWith("no-") && !this.#names.has(word) && this.#names.has(word.slice(3));
    const key = off ? word.slice(3) : word, spelled = `--${word}`;
    const name = this.#nameOf(key, arg, word);
    const inline = equals === -1 ? undefined : arg.slice(equals + 1);
    if (takesValue(this.#schema, name)) return this.#withValue(name, key, spelled, inline ?? this.#valueOf(arg));
    this.#bare(name, key, spelled, off ? "0" : inline);
  }

  /** Short flags in one word; the longest name that fits comes first, a value ends it. */
  #cluster(arg: string): void {
    for (let rest = arg.slice(1); rest !== "";) {
      const key = this.#names.has(rest.slice(0, 2)) ? rest.slice(0, 2) : rest[0]!;
      const name = this.#nameOf(key, arg, arg.slice(1));
      const spelled = `-${key}`;
      rest = rest.slice(key.length);
      if (takesValue(this.#schema, name)) {
        return this.#withValue(name, key, spelled, rest === "" ? this.#valueOf(spelled) : rest.replace(/^=/, ""));
      }
      const { arity } = this.#schema[name]!;
      const text = arity === "count" ? /^\d+/.exec(rest)?.[0] : arity === "attached" ? rest || undefined : undefined;
      rest = rest.slice(text?.length ?? 0);
      this.#bare(name, key, spelled, text);
    }
  }

  #withValue(name: string, key: string, spelled: string, value: string): void {
    this.flags.push({ name, key, argv: [`--${key}=${value}`], spelled });
  }

  #bare(name: string, key: string, spelled: string, text: string | undefined): void {
    this.flags.push({ name, key, argv: [`--${key}`], spelled, ...(text === undefined ? {} : { text }) });
  }

  /** The next argument, as the value of a flag. */
  #valueOf(spelled: string): string {
    const value = this.#argv[this.#at++];
    if (value === undefined) throw new UsageError(`Flag "${spelled}" needs a value`, `see: ${this.#more}`);
    return value;
  }

  /** The main name of a flag; `arg` and `word`: where it stands, and what is typed there. */
  #nameOf(key: string, arg: string, word: string): string {
    const name = this.#names.get(key);
    if (name !== undefined) return name;
    const known = [...this.#names].filter(([name]) => name.length > 2);
    // Only what takes no value can be turned off.
    const off = /^no-/.test(word) ? known.filter(([, main]) => !takesValue(this.#schema, main)) : [];
    const near = nearest(word, [...known.map(([name]) => name), ...off.map(([name]) => `no-${name}`)]);
    throw new UsageError(
      `Unknown flag "${arg}"${near === undefined ? "" : `: did you mean "${dashed(near)}"?`}`,
      `see: ${this.#more}`,
    );
  }
}

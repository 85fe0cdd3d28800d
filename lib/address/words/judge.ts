// The words of an address judged: number of parameters, options, their values. Pure but for what the types' checks look at.
import { FormatError, UsageError } from "../../base/errors.ts";
import { nearest } from "../../base/text.ts";
import { COMMON_OPTIONS, type CommonOptions } from "../common.ts";
import { socatOnly } from "./elsewhere.ts";
import { fromDirectory, takesPath } from "./directory.ts";
import type { AddressText } from "./grammar.ts";
import type { AddressType } from "../model.ts";
import { meansNothing } from "./taken.ts";
import { refuseMissing } from "./platform.ts";
import { dereference } from "./reference.ts";
import { withoutSecrets } from "./secrets.ts";
import { collect, type Schema, spellings } from "../../options/schema.ts";

/** Where more can be read: behind every `UsageError` about an address. */
export const MORE = "see: netlab relay --help ADDRESS";

/** How strict `parseEndpoint` is. */
export interface ParseOptions {
  /** Options that cannot be used are left out (`-s`); `skipped` is told. */
  readonly sloppy?: boolean;
  /** Options of other address types are taken and do nothing (`-g`). */
  readonly anyGroup?: boolean;
  /** `--compat`: so are those that socat takes where they mean nothing; a colon in a path has to be protected. */
  readonly compat?: boolean;
  /** The system that it is judged for, as the runtime names it. Default: this one. */
  readonly os?: string;
  skipped?(message: string): void;
}

/** As `ParseOptions`, the system for certain, and whether an option is known of any address type. */
interface Judging extends ParseOptions {
  readonly os: string;
  typesWith(spelled: string): readonly string[];
}

/** The type that an address begins with, the word for it, and the parameters that follow. */
export interface FoundType {
  readonly type: AddressType;
  /** The type's name as written, upper case. */
  readonly name: string;
  readonly params: readonly string[];
}

/** `tcp://host:80/` is `tcp:host:80`; where a path follows the host the type itself knows how to read it. */
function withoutSlashes(type: AddressType, params: readonly string[]): readonly string[] {
  if (!params[0]?.startsWith("//") || !/:(?:<host>:)?<port>$/.test(type.syntax)) return params;
  return params.map((one, i) => i === 0 ? one.slice(2) : i === params.length - 1 ? one.replace(/\/$/, "") : one);
}

/** What the parameters that are too many were meant for. */
function lessonOf(type: AddressType, params: readonly string[]): string {
  const groups = params.slice(0, -1).every((one) => /^[0-9a-f]{0,4}$/i.test(one));
  if (params.length > 3 && params.includes("") && groups) return ", with an IPv6 address in brackets: [::1]";
  if (params.length === 2 && /^[A-Z0-9-]+:<port>$/.test(type.syntax)) return `,bind=${params[0]} to listen there`;
  return "";
}

/** An address whose words are judged: its type, and the values of its parameters and options. */
export interface Judged extends FoundType {
  /** As written. */
  readonly text: string;
  readonly options: CommonOptions & Readonly<Record<string, unknown>>;
  /** Options that cannot be set, each with what to say of it. */
  readonly notSet: string[];
}

/**
 * Judges the words of an address by its type: number of parameters, options and their values. A `UsageError` names the
 * word that is wrong, and the nearest right one.
 */
export function judge(address: AddressText, found: FoundType, parsing: Judging): Judged {
  const { type, name, params: typed } = found;
  const written = withoutSlashes(type, typed);
  const { min, max, rest } = type.params;
  // socat has a path with a colon protected.
  const joined = rest && written.length > max && !(parsing.compat && takesPath(type))
    ? [...written.slice(0, max - 1), written.slice(max - 1).join(":")]
    : written;
  if (joined.length < min || joined.length > max) {
    throw new UsageError(
      `Wrong number of parameters in address "${address.text}" (${joined.length} instead of ${
        min === max ? min : `${min} to ${max}`
      }): write ${type.syntax}${lessonOf(type, joined)}`,
      MORE,
    );
  }
  const shown = withoutSecrets(address.text);
  const schema: Schema = { ...COMMON_OPTIONS, ...type.options };
  const notSet: string[] = [];
  const given = collect(
    schema,
    givenOptions(address, { name, shown, schema }, parsing, notSet),
    (spelled, problem) => new UsageError(`Cannot parse option "${spelled}" in address "${shown}": ${problem}`, MORE),
  ) as Judged["options"];
  // A program changes there by itself.
  const { params, options } = given.chdir === undefined || "chdir" in type.options
    ? { params: joined, options: given }
    : fromDirectory(given.chdir, { type, name, schema }, joined, given);
  refuseMissing(parsing.os, { text: shown, name, params }, options);
  try {
    type.check?.(params, options);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof FormatError)) throw error;
    const problem = error.message.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
    const hint = error instanceof UsageError ? error.hint : undefined;
    throw new UsageError(`Cannot parse address "${shown}": ${problem}`, hint ?? MORE, { cause: error });
  }
  return { text: address.text, type, name, params, options, notSet };
}

/** A few address types in words. */
function namesOf(types: readonly string[]): string {
  return types.length <= 3 ? types.join(", ") : `${types.slice(0, 2).join(", ")} and ${types.length - 2} more`;
}

/**
 * The options of an address by their main names. One that the type does not have is a `UsageError`, unless it is to be
 * left out (-s, -g), or is known to do no harm when it is not set: then it is told in `notSet`.
 */
function givenOptions(
  address: AddressText,
  { name, shown, schema }: { readonly name: string; readonly shown: string; readonly schema: Schema },
  parsing: Judging,
  notSet: string[],
): { name: string; text: string | undefined; spelled: string }[] {
  // Most options are written by their main names, and then this table is made for nothing.
  let table: Map<string, string> | undefined;
  const names = () => table ??= new Map([...spellings(schema)].map(([spelled, main]) => [spelled.toLowerCase(), main]));
  return address.options.flatMap(({ name: spelled, value }) => {
    const main = Object.hasOwn(schema, spelled) ? spelled : names().get(spelled.toLowerCase());
    if (parsing.compat && meansNothing(name, spelled, main !== undefined)) {
      notSet.push(`Option "${spelled}" in address "${shown}" means nothing there`);
      return [];
    }
    if (main !== undefined) {
      return [{ name: main, text: value === undefined ? undefined : dereference(main, value), spelled }];
    }
    const others = parsing.typesWith(spelled), elsewhere = others.length > 0;
    if (elsewhere && parsing.anyGroup) return [];
    const theirs = socatOnly(spelled);
    const advice = theirs?.advice === undefined ? "" : ` (${theirs.advice})`;
    const unset = `Option "${spelled}" in address "${shown}": socat has it, the runtime cannot set it${advice}`;
    if (theirs?.fate === "ignored") {
      notSet.push(unset);
      return [];
    }
    const near = nearest(spelled, names().keys());
    const problem = theirs !== undefined && !elsewhere
      ? unset
      : elsewhere
      ? `Option "${spelled}" does not fit address "${shown}": it belongs to ${namesOf(others)}`
      : `Unknown option "${spelled}" in address "${shown}"${near === undefined ? "" : `: did you mean "${near}"?`}`;
    if (!parsing.sloppy || theirs?.fate === "guard") throw new UsageError(problem, MORE);
    parsing.skipped?.(`${problem}; left out (-s)`);
    return [];
  });
}

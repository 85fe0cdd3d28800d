// What a `+option` of dig is, and the forms that most of them have: a flag, a number, a word that has had its day. Pure.
import { fatal } from "../defaults.ts";
import type { DigOutput, Lookup, OctetText, Settings } from "../settings.ts";
import { numberUpTo } from "../values.ts";

/** What an option may look at and change. */
export interface OptionContext {
  lookup: Lookup;
  readonly settings: Settings;
  readonly output: DigOutput;
  /** The option as it was written, without `no`. */
  readonly word: OctetText;
  /** False for `+no…`. */
  readonly on: boolean;
  /** Text behind `=`, `undefined` when there is none. */
  readonly value: OctetText | undefined;
  /** The lookup is the one that later names are cloned from. */
  readonly isDefault: boolean;
  /** Makes the lookup that `+dns64prefix` stands for and goes on with it. */
  readonly startDns64: () => Lookup;
}

/** Thrown for a word or value that makes the whole option invalid: it is named, usage follows, the run ends. */
export class InvalidOption extends Error {
  override readonly name = "InvalidOption";
}

/** Ends the reading of a word: dig knows no such option, or not with this value. */
export function invalid(): never {
  throw new InvalidOption();
}

/** One option. */
export interface DigOption {
  readonly guard: string;
  readonly names: readonly string[];
  /** The guard must be the whole word. */
  readonly whole?: true;
  readonly apply: (context: OptionContext) => void;
}

type FlagName = { [K in keyof Lookup]: Lookup[K] extends boolean ? K : never }[keyof Lookup];

/** An option that sets one member, or its opposite. */
export function flag(guard: string, names: string, member: FlagName, inverse = false): DigOption {
  return {
    guard,
    names: names.split(" "),
    apply: ({ lookup, on }) => {
      lookup[member] = on !== inverse;
    },
  };
}

/** Ends the run as dig does when a value makes no sense. */
export function couldNotParse(output: DigOutput, what: string): never {
  return fatal(output, `Couldn't parse ${what}`, 10);
}

/** An option with a number that must be there and cannot be switched off. */
export function number(
  guard: string,
  names: string,
  what: string,
  max: number,
  set: (context: OptionContext, value: number) => void,
): DigOption {
  return {
    guard,
    names: names.split(" "),
    apply: (context) => {
      if (context.value === undefined || !context.on) invalid();
      const value = numberUpTo(context.output, context.value, max, what);
      if (value === undefined) couldNotParse(context.output, what);
      set(context, value);
    },
  };
}

/** An option that is accepted and only says that it has had its day. */
export function gone(guard: string, name: string, words: string): DigOption {
  return { guard, names: [name], apply: ({ output }) => output.err(`;; +${name} option ${words}`) };
}

/** Asks with EDNS version 0, unless a version was chosen before. */
export function wantEdns(lookup: Lookup, on = true): void {
  if (on && lookup.edns === -1) lookup.edns = 0;
}

/** The display options that short forms switch off together. */
export function quiet(lookup: Lookup): void {
  lookup.additional =
    lookup.authority =
    lookup.question =
    lookup.comments =
    lookup.stats =
      false;
}

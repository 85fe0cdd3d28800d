// dig's `+option` words: what each is called, how short it may be written, and what it does. Pure.
// To add one: a line in the list of its subject below `options/` (dig's own), or in `own.ts` (ours: they are looked at only
// where dig knows no such word). `guard` is the shortest beginning that dig tells options apart by (in lower case); from
// there on any beginning of a name in `names` will do, in any case.
import { DISPLAY_OPTIONS } from "./options/display.ts";
import { type DigOption, invalid, InvalidOption, type OptionContext } from "./options/option.ts";
import { OWN_OPTIONS } from "./options/own.ts";
import { QUESTION_OPTIONS } from "./options/question.ts";
import { WAY_OPTIONS } from "./options/way.ts";
import type { Lookup, OctetText } from "./settings.ts";

/** dig's own. */
const DIG_OPTIONS: readonly DigOption[] = [...DISPLAY_OPTIONS, ...QUESTION_OPTIONS, ...WAY_OPTIONS];

/**
 * The option that a word stands for. Of several whose beginning fits, the one with the longest decides: `+ednsf` is no
 * `+edns`.
 */
function find(options: readonly DigOption[], word: OctetText): DigOption | undefined {
  const lower = word.toLowerCase();
  let best: DigOption | undefined;
  for (const option of options) {
    const { guard, whole, names } = option;
    const fits = whole
      ? word === guard
      : word.startsWith(guard) && (names.length === 0 || names.some((name) => name.startsWith(lower)));
    if (fits && (best === undefined || guard.length > best.guard.length)) best = option;
  }
  return best;
}

/**
 * Carries out `+text`. Gives the lookup that later options are for. An unknown word or a missing value prints what is
 * wrong and the usage text, and ends the run with status 1.
 */
export function applyOption(
  text: OctetText,
  context: Omit<OptionContext, "word" | "on" | "value">,
  usage: () => never,
): Lookup {
  const match = /^(=*)([^=]+)(?:=([^]+))?/.exec(text);
  if (match === null) {
    context.output.out(`;; Invalid option ${text}\n`);
    return context.lookup;
  }
  const [equals, whole, value] = match.slice(1) as [string, string, string | undefined];
  const on = !/^no/i.test(whole);
  const word = on ? whole : whole.slice(2);
  const option = find(DIG_OPTIONS, word) ?? find(OWN_OPTIONS, word);
  let lookup = context.lookup;
  const full: OptionContext = {
    ...context,
    word,
    on,
    value,
    startDns64: () => lookup = context.startDns64(),
  };
  try {
    if (option === undefined) invalid();
    option.apply(full);
  } catch (error) {
    if (!(error instanceof InvalidOption)) throw error;
    context.output.err(`Invalid option: +${equals}${whole}\n`);
    usage();
  }
  return lookup;
}

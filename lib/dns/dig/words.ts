// What dig says about itself and about words that it does not know. Pure.
import { DigExit, type DigOutput, type OctetText } from "./settings.ts";

/** What the banner and `-v` call the program: the dig whose words and text these are. */
export const DIG_VERSION = "9.18.49-netlab";

export const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]
`;

/** Options that stand alone and may be followed by more letters; options that take a value. */
export const ALONE = "46dhimnruv";
export const WITH_VALUE = "46bcdfhikmnpqrtvyx";
/** A name, a line: what dig has room for. */
export const MAX_TEXT = 1023;

/** Prints how dig is called and ends the run with status 1. */
export function usage(output: DigOutput): never {
  output.err(`${USAGE}\nUse "dig -h" (or "dig -h | more") for complete list of options\n`);
  throw new DigExit(1);
}

/** The same behind the `-` option that cannot be used. */
export function invalidDash(output: DigOutput, option: OctetText): never {
  output.err(`Invalid option: -${option}\n`);
  return usage(output);
}

// What is wrong with files and flags of `netlab socks`, as errors of usage.
import { errorText, FormatError, UsageError } from "../../lib/base/errors.ts";

/** The text of a file that a flag names; a `UsageError` names both. */
export function readText(path: string, flag: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read "${path}" of ${flag}: ${errorText(error)}`, undefined, { cause: error });
  }
}

/** Turns what is wrong with a file or a flag into an error of usage. */
export function usage<T>(what: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // Whoever names the wrong file need not see all of it.
    const message = error.message.replace(/"([^"]{100})[^"]{100,}"/g, '"$1…"');
    throw new UsageError(`Cannot parse ${what}: ${message}`, "see: netlab socks --help", { cause: error });
  }
}

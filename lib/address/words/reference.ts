// Secrets that stand elsewhere: an option's value given as `file:PATH` or `env:NAME`, so that no command line shows it.
// To let an option be given so: its main name in REFERRING.
import { errorText, UsageError } from "../../base/errors.ts";

const REFERRING = new Set(["via", "proxyauth", "sockspass", "socksuser"]);

/** The value that `text` refers to, for options that may refer; else `text` itself. A `UsageError` when there is none. */
export function dereference(option: string, text: string): string {
  const [, kind, place] = REFERRING.has(option) ? /^(env|file):(?!\/\/)(.+)$/i.exec(text) ?? [] : [];
  if (kind === undefined || place === undefined) return text;
  if (kind.toLowerCase() === "env") {
    const value = Deno.env.get(place);
    if (value !== undefined && value !== "") return value;
    throw new UsageError(`Cannot use option "${option}": the environment has no variable "${place}"`);
  }
  try {
    return Deno.readTextFileSync(place).replace(/\r?\n[\s\S]*$/, "");
  } catch (error) {
    const why = errorText(error).replace(/: \w+ '.*'$/, "");
    throw new UsageError(`Cannot use option "${option}": cannot read "${place}": ${why}`, undefined, { cause: error });
  }
}

/** Whether an address takes a value from the environment. */
export function refersToEnvironment(address: string): boolean {
  return /=env:/i.test(address);
}

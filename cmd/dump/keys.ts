// The secrets of `dump --keylog`: loaded only then.
import { errorText, UsageError } from "../../lib/base/errors.ts";
import { KeyLog } from "../../lib/dissect/security/key_log.ts";

/** Reads a key log. What cannot be read, or is none, is a `UsageError`. */
export function readKeyLog(path: string): KeyLog {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read key log "${path}": ${errorText(error)}`, "see: netlab dump --help");
  }
  try {
    return new KeyLog(text);
  } catch (error) {
    throw new UsageError(
      `Cannot read key log "${path}": ${errorText(error)}`,
      "it is what programs write into the file named by SSLKEYLOGFILE",
    );
  }
}

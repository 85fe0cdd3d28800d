// The secrets of `dump --keylog` and `--tls-key`: loaded only then.
import { errorText, UsageError } from "../../lib/base/errors.ts";
import { KeyLog } from "../../lib/dissect/security/key_log.ts";
import type { DumpFlags } from "./output.ts";

/** Reads the secrets that flags name; of a live capture also those that programs write down later. */
export function readKeys({ keylog, "tls-key": privateKeys, i }: DumpFlags): KeyLog {
  const keys = keylog === undefined ? new KeyLog() : readKeyLog(keylog, i !== undefined);
  for (const path of privateKeys) {
    try {
      keys.addPrivateKey(Deno.readTextFileSync(path));
    } catch (error) {
      throw new UsageError(
        `Cannot read private key "${path}": ${errorText(error)}`,
        "it is a server's RSA key as PEM, without a passphrase",
      );
    }
  }
  return keys;
}

/** Reads a key log. What cannot be read, or is none, is a `UsageError`. */
function readKeyLog(path: string, growing: boolean): KeyLog {
  let file: Deno.FsFile, text: string;
  try {
    file = Deno.openSync(path);
    text = restOf(file);
  } catch (error) {
    throw new UsageError(`Cannot read key log "${path}": ${errorText(error)}`, "see: netlab dump --help");
  }
  try {
    const keys = new KeyLog(text);
    let begun = "";
    if (growing) {
      keys.more = () => {
        const [, lines, rest] = /^(.*\n)?(.*)$/s.exec(begun + restOf(file))!;
        begun = rest!;
        return lines ?? "";
      };
    } else file.close();
    return keys;
  } catch (error) {
    throw new UsageError(
      `Cannot read key log "${path}": ${errorText(error)}`,
      "it is what programs write into the file named by SSLKEYLOGFILE",
    );
  }
}

/** What of a file was not read yet. */
function restOf(file: Deno.FsFile): string {
  const piece = new Uint8Array(65536), decoder = new TextDecoder();
  let text = "";
  for (let count = file.readSync(piece); count !== null; count = file.readSync(piece)) {
    text += decoder.decode(piece.subarray(0, count), { stream: true });
  }
  return text;
}

// The secrets of `dump --keylog`, and the ciphers to use them with: loaded only then.
import { errorText, UsageError } from "../lib/base/errors.ts";
import { KeyLog } from "../lib/dissect/tls_keys.ts";

const TAG = 16;

/** Reads a key log. What cannot be read, or is none, is a `UsageError`. */
export async function readKeyLog(path: string): Promise<KeyLog> {
  const { createDecipheriv, createHmac } = await import("node:crypto");
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read key log "${path}": ${errorText(error)}`, "see: netlab dump --help");
  }
  try {
    return new KeyLog(text, {
      hmac: (hash, key, data) => new Uint8Array(createHmac(hash, key).update(data).digest()),
      open(cipher, key, nonce, sealed, additional) {
        const body = sealed.subarray(0, sealed.length - TAG);
        try {
          const made = createDecipheriv(cipher as "aes-128-gcm", key, nonce, { authTagLength: TAG });
          made.setAuthTag(sealed.subarray(sealed.length - TAG));
          made.setAAD(additional, { plaintextLength: body.length });
          const first = made.update(body), last = made.final();
          return Uint8Array.from(last.length === 0 ? first : [...first, ...last]);
        } catch {
          return undefined;
        }
      },
    });
  } catch (error) {
    throw new UsageError(
      `Cannot read key log "${path}": ${errorText(error)}`,
      "it is what programs write into the file named by SSLKEYLOGFILE",
    );
  }
}

// The secrets that a TLS client wrote down: the file that SSLKEYLOGFILE names (RFC 9850). Pure.
import { FormatError } from "../../base/errors.ts";
import { parseHex } from "../../base/hex.ts";

/** Secrets by label and the client's random. */
export class KeyLog {
  readonly #secrets = new Map<string, Uint8Array>();

  /** A line that is neither a secret nor a comment is a `FormatError`. */
  constructor(text = "") {
    const wrong = this.add(text);
    if (wrong !== undefined) throw new FormatError(`line ${wrong} is not "LABEL random secret"`, wrong);
  }

  /** Adds secrets: what a connection asks for later is found. The number of the first line that is none, if any. */
  add(text: string): number | undefined {
    let wrong: number | undefined;
    for (const [i, line] of text.split(/\r?\n/).entries()) {
      if (line.trim() === "" || line.startsWith("#")) continue;
      const match = /^([A-Z0-9_]+) ([0-9a-fA-F]+) ([0-9a-fA-F]+)\s*$/.exec(line);
      if (match === null) wrong ??= i + 1;
      else {
        const secret = match[3]!.slice(0, match[3]!.length & ~1);
        this.#secrets.set(`${match[1]} ${match[2]!.toLowerCase()}`, parseHex(secret));
      }
    }
    return wrong;
  }

  find(label: string, random: string): Uint8Array | undefined {
    return this.#secrets.get(`${label} ${random}`);
  }
}

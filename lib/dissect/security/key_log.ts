// The secrets that a TLS client wrote down: the file that SSLKEYLOGFILE names (RFC 9850). Pure.
import { FormatError } from "../../base/errors.ts";
import { parseHex } from "../../base/hex.ts";

/** Secrets by label and the client's random. */
export class KeyLog {
  readonly #secrets = new Map<string, Uint8Array>();

  /** A line that is neither a secret nor a comment is a `FormatError`. */
  constructor(text: string) {
    for (const [i, line] of text.split(/\r?\n/).entries()) {
      if (line.trim() === "" || line.startsWith("#")) continue;
      const match = /^([A-Z0-9_]+) ([0-9a-fA-F]+) ([0-9a-fA-F]+)\s*$/.exec(line);
      if (match === null) throw new FormatError(`line ${i + 1} is not "LABEL random secret"`, i + 1);
      this.#secrets.set(`${match[1]} ${match[2]!.toLowerCase()}`, parseHex(match[3]!.slice(0, match[3]!.length & ~1)));
    }
  }

  find(label: string, random: string): Uint8Array | undefined {
    return this.#secrets.get(`${label} ${random}`);
  }
}

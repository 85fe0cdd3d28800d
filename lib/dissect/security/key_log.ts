// Secrets of TLS: what clients and servers wrote into the file that SSLKEYLOGFILE names (RFC 9850), the older forms that
// NSS and Wireshark know, and private keys of servers. Pure: the runtime computes.
import { FormatError } from "../../base/errors.ts";
import { hex, parseHex } from "../../base/hex.ts";
import { rsaOpener } from "../coding/crypto.ts";

/** Sessions that are remembered, to open those that go on with their secret. */
const SESSION_LIMIT = 4096;
const SECRET = /^([A-Z0-9_]+) ([0-9a-fA-F]+) ([0-9a-fA-F]+)\s*$/;
const SESSION = /^RSA Session-ID:([0-9a-fA-F]+) Master-Key:([0-9a-fA-F]+)\s*$/;

/** Secrets by label and the client's random. */
export class KeyLog {
  readonly #secrets = new Map<string, Uint8Array>();
  readonly #sessions = new Map<string, Uint8Array>();
  readonly #privateKeys: ReturnType<typeof rsaOpener>[] = [];
  /** Gives what was written down since it was asked last, for secrets that are not there yet. */
  more: (() => string) | undefined;

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
      const secret = SECRET.exec(line), session = SESSION.exec(line);
      if (session !== null) {
        this.#secrets.set(`SESSION_ID ${session[1]!.toLowerCase()}`, parseHex(session[2]!.slice(0, 96)));
      } else if (secret === null) wrong ??= i + 1;
      else {
        const octets = secret[3]!.slice(0, secret[3]!.length & ~1);
        this.#secrets.set(`${secret[1]} ${secret[2]!.toLowerCase()}`, parseHex(octets));
      }
    }
    return wrong;
  }

  /** Adds a server's private RSA key, as PEM. What is none throws. */
  addPrivateKey(pem: string): void {
    this.#privateKeys.push(rsaOpener(pem));
  }

  find(label: string, random: string): Uint8Array | undefined {
    const name = `${label} ${random}`;
    const found = this.#secrets.get(name);
    if (found !== undefined || this.more === undefined) return found;
    this.add(this.more());
    return this.#secrets.get(name);
  }

  /** The premaster secret of a connection; `sealed`: as the client sent it under the server's RSA key, or empty. */
  premaster(random: string, sealed: Uint8Array): Uint8Array | undefined {
    const noted = this.#secrets.get(`PMS_CLIENT_RANDOM ${random}`);
    if (noted !== undefined || sealed.length === 0) return noted;
    const told = this.#secrets.get(`RSA ${hex(sealed.subarray(0, 8))}`);
    if (told !== undefined) return told;
    return this.#privateKeys.map((open) => open(sealed)).find((opened) => opened?.length === 48);
  }

  /** The master secret of an earlier session, by its ID or ticket: `SESSION_ID …`, `TICKET …`. */
  session(name: string): Uint8Array | undefined {
    return this.#sessions.get(name) ?? this.#secrets.get(name);
  }

  remember(name: string, master: Uint8Array): void {
    if (this.#sessions.size >= SESSION_LIMIT) this.#sessions.delete(this.#sessions.keys().next().value!);
    this.#sessions.set(name, master);
  }
}

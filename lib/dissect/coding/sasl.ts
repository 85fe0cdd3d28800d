// Logins by SASL (RFC 4422): what the responses and challenges of its mechanisms say, and which of them give a password
// away. Pure. To add a mechanism: its case in `saslResponse`, and in `saslChallenge` where the server says something.
import type { Tree } from "../tree.ts";
import { clip, decodeText, looksLikeText } from "./words.ts";

/** What one response says. */
export interface SaslSaid {
  readonly meaning?: string | undefined;
  /** It is the password, or as good as one. */
  readonly secret: boolean;
}

/** The octets of Base64 text (RFC 4648 4), or `undefined` when it is none. */
export function base64Bytes(text: string): Uint8Array | undefined {
  try {
    const decoded = atob(text.trim());
    return Uint8Array.from(decoded, (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** RFC 5802 5.1. */
const SCRAM: Readonly<Record<string, string>> = {
  a: "acting as",
  n: "user",
  r: "nonce",
  s: "salt",
  i: "rounds",
  c: "channel binding",
  p: "proof of the password",
  v: "the server's proof",
  e: "error",
  m: "extension",
};

/** `user alice, nonce x`: the attributes of a SCRAM message. */
function scramMeaning(text: string): string | undefined {
  const words = text.split(",").flatMap((part) => {
    if (part === "n") return ["no channel binding"];
    if (part === "y") return ["the server seems to have no channel binding"];
    const name = SCRAM[part[0] ?? ""];
    if (part[1] !== "=" || name === undefined) return [];
    return part[0] === "p" && /^p=tls-/.test(part) ? [`bound to ${part.slice(2)}`] : [`${name} ${part.slice(2)}`];
  });
  return words.length === 0 ? undefined : clip(words.join(", "), 160);
}

/** What the client's response number `step` (from 0 on) of a mechanism says. */
export function saslResponse(mechanism: string, step: number, bytes: Uint8Array): SaslSaid {
  const text = decodeText(bytes);
  const name = mechanism.toUpperCase();
  if (name === "PLAIN") {
    const parts = text.split("\0");
    if (parts.length !== 3) return { secret: true };
    const acting = parts[0] === "" ? "" : `, acting as "${clip(parts[0]!)}"`;
    return { meaning: `user "${clip(parts[1]!)}"${acting}, and the password`, secret: true };
  }
  if (name === "LOGIN") {
    return step === 0 ? { meaning: `user "${clip(text)}"`, secret: false } : { meaning: "the password", secret: true };
  }
  if (/BEARER|XOAUTH2/.test(name)) {
    const user = /(?:\ba=|user=)([^,\s\p{Cc}]+)/u.exec(text)?.[1];
    return { meaning: user === undefined ? "a token" : `a token of user "${clip(user)}"`, secret: bytes.length > 1 };
  }
  if (name.startsWith("SCRAM-")) return { meaning: scramMeaning(text), secret: false };
  if (name === "CRAM-MD5") {
    const [user, digest] = text.split(" ");
    return { meaning: `user "${clip(user!)}", proof ${clip(digest ?? "")}`, secret: false };
  }
  if (name === "EXTERNAL") return { meaning: text === "" ? undefined : `acting as "${clip(text)}"`, secret: false };
  return { meaning: looksLikeText(bytes) ? clip(text, 160) : undefined, secret: false };
}

/** What a challenge of the server says. */
export function saslChallenge(mechanism: string, bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || !looksLikeText(bytes)) return undefined;
  const text = decodeText(bytes);
  return mechanism.toUpperCase().startsWith("SCRAM-") ? scramMeaning(text) : clip(text, 160);
}

/**
 * A login in a protocol of lines: responses and challenges are Base64. Begun by `begin`; `waiting` says that the
 * client's next line is a response.
 */
export class SaslLines {
  #mechanism = "";
  #step = 0;
  waiting = false;

  get running(): boolean {
    return this.#mechanism !== "";
  }

  begin(mechanism: string): void {
    [this.#mechanism, this.#step, this.waiting] = [mechanism.toUpperCase(), 0, true];
  }

  end(): void {
    [this.#mechanism, this.waiting] = ["", false];
  }

  /** The response up to the line's end, as a field; gives what to say of it. */
  response(tree: Tree, ref: string): string {
    let said: SaslSaid = { secret: false };
    const step = this.#step;
    const value = tree.word("Response", "\r\n", ref, (text) => {
      if (text === "*") return "the client gives up the login";
      if (text === "=") return "empty";
      const bytes = base64Bytes(text);
      // Without Base64 it may be what somebody typed: a password like any other.
      said = bytes === undefined ? { secret: true } : saslResponse(this.#mechanism, step, bytes);
      return said.meaning === undefined ? undefined : `Base64: ${said.meaning}`;
    });
    this.waiting = false;
    this.#step++;
    if (value === "") return "empty";
    if (said.secret) {
      tree.last.secret = true;
      return "password in clear (Base64)";
    }
    // The next line of LOGIN is the password, asked for or not.
    if (this.#mechanism === "LOGIN" && step === 0) this.waiting = true;
    return value === "*" ? "given up" : said.meaning ?? "response";
  }

  /** What the Base64 text of a challenge says. */
  challenge(text: string): string | undefined {
    const bytes = text === "" ? undefined : base64Bytes(text);
    const meaning = bytes === undefined ? undefined : saslChallenge(this.#mechanism, bytes);
    return meaning === undefined ? undefined : `Base64: ${meaning}`;
  }
}

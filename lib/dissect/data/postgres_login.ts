// PostgreSQL's login: what the server asks for, and what the client answers. Pure.
import { saslChallenge, saslResponse } from "../coding/sasl.ts";
import { clip } from "../coding/words.ts";
import type { Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { AUTHENTICATION, REF } from "./postgres_names.ts";

/** The login of one connection. */
export class PostgresLogin {
  /** The kind of login that the server asked for last. */
  #asked = 0;
  #mechanism = "";
  #steps = 0;

  /** What login the server asks for, its challenges, and that it took the login. */
  authentication(tree: Tree, name: string): Words {
    const kind = tree.u32("Authentication", REF, AUTHENTICATION);
    this.#asked = kind;
    if (kind === 5) tree.bytes("Salt", 4, REF);
    while (kind === 10 && tree.remaining > 1) tree.zeroText("Mechanism", REF);
    if (kind === 10) {
      tree.u8("End of the mechanisms", REF);
      this.#steps = 0;
    }
    if (tree.remaining > 0) {
      const bytes = tree.rest("Challenge", kind >= 10 ? "RFC 5802 7" : REF);
      const said = kind >= 10 ? saslChallenge(this.#mechanism, bytes) : undefined;
      if (said !== undefined) tree.last.meaning = said;
    }
    return { summary: `${name}: ${AUTHENTICATION[kind] ?? kind}`, ...(kind === 0 ? { answers: "login" } : {}) };
  }

  password(tree: Tree): Words {
    switch (this.#asked) {
      case 3:
        tree.zeroText("Password", REF);
        tree.last.secret = true;
        return { summary: "Password in clear" };
      case 5:
        tree.zeroText("MD5 of password, user and salt", REF);
        return { summary: "Password as MD5" };
      case 10: {
        this.#mechanism = tree.zeroText("Mechanism", REF);
        const length = tree.u32("Response length", REF, (octets) => octets === 0xffffffff ? "none" : undefined);
        if (length !== 0xffffffff && length > 0) this.#response(tree, length);
        return { summary: `SASL ${clip(this.#mechanism, 40)}` };
      }
      case 11:
        if (tree.remaining > 0) this.#response(tree, tree.remaining);
        return { summary: "SASL response" };
    }
    tree.rest("Response", REF);
    return { summary: "login response" };
  }

  /** A response of SASL, as its mechanism reads it. */
  #response(tree: Tree, length: number): void {
    const bytes = tree.bytes("Response", length, "RFC 5802 7");
    const { meaning, secret } = saslResponse(this.#mechanism, this.#steps++, bytes);
    if (meaning !== undefined) tree.last.meaning = meaning;
    if (secret) tree.last.secret = true;
  }
}

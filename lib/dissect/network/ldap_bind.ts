// Logins of LDAP (RFC 4511 4.2, RFC 4513 5): a password, or SASL with its responses and challenges. Pure.
import { element, integer, octetString, octetValue, peekElement } from "../coding/ber.ts";
import { securityToken } from "../files/ntlm.ts";
import type { Words } from "../protocol.ts";
import { saslChallenge, saslResponse } from "../coding/sasl.ts";
import type { Tree } from "../tree.ts";
import { words } from "./ldap_filter.ts";

/** What is remembered of a login by SASL: its mechanism, and how many responses came. */
export interface LdapLogin {
  mechanism: string;
  steps: number;
}

/** Tokens of Windows' logins, in SPNEGO or alone. */
const isToken = (mechanism: string) => /^(GSS-SPNEGO|NTLM|GSSAPI)$/i.test(mechanism);

/** A response of SASL in the rest of the tree. */
function credentials(tree: Tree, login: LdapLogin): void {
  if (tree.remaining === 0) return;
  if (isToken(login.mechanism)) {
    const said = securityToken(tree, tree.remaining, "RFC 4422 3.3");
    if (said !== "") tree.current.meaning = said;
    return;
  }
  const { bytes, offset, end } = tree.reader;
  const { meaning, secret } = saslResponse(login.mechanism, login.steps++, bytes.subarray(offset, end));
  octetValue(tree, secret ? "RFC 4616 2" : "RFC 4422 3.3");
  if (secret) tree.last.secret = true;
  if (meaning !== undefined) tree.current.meaning = meaning;
}

/** A challenge of the server, or what ends the login (RFC 4511 4.2.2). */
export function serverCredentials(tree: Tree, ref: string, login: LdapLogin): void {
  element(
    tree,
    "Server SASL credentials",
    (part) => {
      if (part.remaining === 0) return;
      if (isToken(login.mechanism)) {
        const said = securityToken(part, part.remaining, ref);
        if (said !== "") part.current.meaning = said;
        return;
      }
      const { bytes, offset, end } = part.reader;
      const meaning = saslChallenge(login.mechanism, bytes.subarray(offset, end));
      octetValue(part, ref);
      if (meaning !== undefined) part.current.meaning = meaning;
    },
    ref,
    "server SASL credentials",
  );
}

/** The request of a login: a password, or a response of SASL (RFC 4511 4.2). */
export function bindRequest(tree: Tree, ref: string, login: LdapLogin): Words {
  const version = integer(tree, "Version", ref);
  const name = words(octetString(tree, "Name", ref));
  const who = name === "" ? "anonymous" : `"${name}"`;
  const { tag } = peekElement(tree);
  if (tag === 0x80) {
    const length = element(
      tree,
      "Simple password",
      (part) => {
        const count = part.remaining;
        if (count === 0) part.current.meaning = "none";
        else {
          part.text("Password", count, "RFC 4513 5.1.3");
          part.last.secret = true;
        }
        return count;
      },
      "RFC 4513 5.1",
      "simple",
    );
    return { summary: `version ${version} ${who}${length === 0 ? "" : ", password in clear"}` };
  }
  if (tag !== 0xa3) return { summary: `version ${version} ${who}` };
  element(
    tree,
    "SASL",
    (part) => {
      const mechanism = words(octetString(part, "Mechanism", "RFC 4511 4.2"));
      if (mechanism !== login.mechanism) login.steps = 0;
      login.mechanism = mechanism;
      if (part.remaining === 0) return;
      element(part, "Credentials", (value) => credentials(value, login), "RFC 4511 4.2");
    },
    "RFC 4513 5.2",
    "SASL",
  );
  return { summary: `version ${version} ${who} SASL ${login.mechanism}` };
}

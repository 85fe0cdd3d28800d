// LDAP (RFC 4511): operations, filters (RFC 4515 in text), results, controls; SASL and StartTLS. Pure.
import {
  contents,
  element,
  integer,
  measureElement,
  octetString,
  octetValue,
  peekElement,
  signed,
} from "../coding/ber.ts";
import { FormatError } from "../../base/errors.ts";
import { OIDS } from "../coding/oids.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { filter, words } from "./ldap_filter.ts";
import { bindRequest, type LdapLogin, serverCredentials } from "./ldap_bind.ts";
import { CHANGES, DEREFERENCE, OPERATIONS, RESULTS, SCOPES } from "./ldap_names.ts";

const REF = "RFC 4511 4.1.1";
const STARTTLS = "1.3.6.1.4.1.1466.20037";
const PASSWORDS = /^(userPassword|unicodePwd|authPassword|sambaNTPassword|sambaLMPassword)$/i;
/** A message of more octets than this is none. */
const LENGTH_LIMIT = 0x4000000;

/** A list of attributes with their values, each a sequence of a type and a set. Gives the names. */
function attributes(tree: Tree, ref: string): string[] {
  const names: string[] = [];
  element(tree, "Attributes", (list) => {
    while (list.remaining > 0) names.push(attribute(list, "Attribute", ref));
    list.current.meaning = clip(names.join(", "), 120);
  }, ref);
  return names;
}

function attribute(tree: Tree, name: string, ref: string): string {
  return element(tree, name, (part) => {
    const type = words(octetString(part, "Type", ref));
    const shown: string[] = [];
    element(part, "Values", (set) => {
      while (set.remaining > 0) {
        const found = octetString(set, "Value", ref);
        // The value stands in the last field of the element.
        if (PASSWORDS.test(type)) hide(set);
        else if (shown.length < 4) shown.push(words(found));
      }
    }, ref);
    part.current.meaning = clip(`${type}: ${shown.join(", ")}`, 140);
    return type;
  }, ref) ?? "";
}

/** What was read last is a password. */
function hide(tree: Tree): void {
  const group = tree.last, field = group.children?.at(-1);
  if (field === undefined || field.length === 0 || field.name !== "Value") return;
  field.secret = true;
  delete field.meaning;
  group.meaning = "password in clear";
}

/** RFC 4511 4.1.9: what every answer begins with. */
function result(tree: Tree): { code: number; text: string } {
  const ref = "RFC 4511 4.1.9";
  const code = Number(integer(tree, "Result code", ref, RESULTS));
  const matched = words(octetString(tree, "Matched DN", ref));
  const message = words(octetString(tree, "Diagnostic message", ref));
  if (tree.remaining > 0 && peekElement(tree).tag === 0xa3) {
    element(
      tree,
      "Referral",
      (list) => {
        while (list.remaining > 0) octetString(list, "URI", "RFC 4511 4.1.10");
      },
      "RFC 4511 4.1.10",
      "referral",
    );
  }
  const more = [matched === "" ? "" : `nearest ${matched}`, message].filter((text) => text !== "").join("; ");
  return { code, text: clip(`${RESULTS[code] ?? `code ${code}`}${more === "" ? "" : `: ${more}`}`, 160) };
}

/** The object identifier of an extended operation or its answer; gives it. */
function objectIdentifier(tree: Tree, name: string, ref: string): string {
  return element(
    tree,
    name,
    (part) => {
      const oid = part.text("Value", part.remaining, ref, (oid) => OIDS[oid]);
      part.current.meaning = OIDS[oid] ?? clip(oid);
      return oid;
    },
    ref,
    name.toLowerCase(),
  ) ?? "";
}

function search(tree: Tree): Words {
  const base = words(octetString(tree, "Base object", "RFC 4511 4.5.1.1"));
  const scope = Number(integer(tree, "Scope", "RFC 4511 4.5.1.2", SCOPES));
  integer(tree, "Dereference aliases", "RFC 4511 4.5.1.3", DEREFERENCE);
  integer(tree, "Size limit", "RFC 4511 4.5.1.4", (n) => n === 0 ? "none" : counted(n, "entry"));
  integer(tree, "Time limit", "RFC 4511 4.5.1.5", (n) => n === 0 ? "none" : counted(n, "second"));
  element(tree, "Types only", (flag) => {
    const only = flag.field("Value", (r) => r.u8() !== 0);
    flag.current.meaning = only ? "names without values" : "names and values";
  }, "RFC 4511 4.5.1.6");
  const text = filter(tree);
  const wanted: string[] = [];
  element(tree, "Attributes wanted", (list) => {
    while (list.remaining > 0) wanted.push(words(octetString(list, "Attribute", "RFC 4511 4.5.1.8")));
    list.current.meaning = wanted.length === 0 ? "all" : clip(wanted.join(", "), 120);
  }, "RFC 4511 4.5.1.8");
  const list = wanted.length === 0 ? "" : ` ${wanted.join(", ")}`;
  return { summary: `"${base}" ${SCOPES[scope] ?? scope} ${text}${list}`, text };
}

/** Entries that the search found, or one to be added: a name and attributes. */
const entry = (called: string) => (tree: Tree, ref: string): Words => {
  const name = words(octetString(tree, called, ref));
  return { summary: `"${name}" ${attributes(tree, ref).join(", ")}` };
};

function reference(tree: Tree, ref: string): Words {
  const found: string[] = [];
  while (tree.remaining > 0) found.push(words(octetString(tree, "URI", ref)));
  return { summary: found.join(", ") };
}

function modify(tree: Tree, ref: string): Words {
  const name = words(octetString(tree, "Object", ref));
  const found: string[] = [];
  element(tree, "Changes", (list) => {
    while (list.remaining > 0) {
      element(list, "Change", (change) => {
        const kind = Number(integer(change, "Operation", ref, CHANGES));
        const type = attribute(change, "Modification", ref);
        change.current.meaning = `${CHANGES[kind] ?? kind} ${clip(type)}`;
        found.push(change.current.meaning);
      }, ref);
    }
  }, ref);
  return { summary: `"${name}" ${found.join(", ")}` };
}

function rename(tree: Tree, ref: string): Words {
  const name = words(octetString(tree, "Entry", ref)), next = words(octetString(tree, "New RDN", ref));
  element(tree, "Delete old RDN", (flag) => void flag.field("Value", (r) => r.u8() !== 0), ref);
  if (tree.remaining > 0) element(tree, "New superior", (part) => octetValue(part, ref), ref, "new superior");
  return { summary: `"${name}" to "${next}"` };
}

function compare(tree: Tree, ref: string): Words {
  const name = words(octetString(tree, "Entry", ref));
  let text = "";
  element(tree, "Assertion", (part) => {
    const type = words(octetString(part, "Attribute", ref));
    const value = words(octetString(part, "Value", ref));
    if (PASSWORDS.test(type)) hide(part);
    text = `${type}=${PASSWORDS.test(type) ? "(password in clear)" : value}`;
  }, ref);
  return { summary: `"${name}" ${text}` };
}

/** What operations hold that need nothing of the connection, by their tags. */
const READ: Readonly<Record<number, (tree: Tree, ref: string) => Words>> = {
  0x4a: (tree, ref) => ({ summary: `"${tree.remaining === 0 ? "" : tree.text("Entry", tree.remaining, ref)}"` }),
  0x50: (tree, ref) => ({ summary: String(tree.field("Message ID", signed, () => ({ ref }))) }),
  0x63: search,
  0x64: entry("Object name"),
  0x66: modify,
  0x68: entry("Entry"),
  0x6c: rename,
  0x6e: compare,
  0x73: reference,
};

/** RFC 3062 2. */
function newPassword(tree: Tree): void {
  const names: Readonly<Record<number, string>> = { 0x80: "User", 0x81: "Old password", 0x82: "New password" };
  element(tree, "New password request", (part) => {
    while (part.remaining > 0) {
      const { tag } = peekElement(part);
      element(
        part,
        names[tag] ?? "Part",
        (value) => {
          if (value.remaining === 0) return;
          if (tag === 0x81 || tag === 0x82) {
            value.text("Password", value.remaining, "RFC 3062 2");
            value.last.secret = true;
          } else octetValue(value, "RFC 3062 2");
        },
        "RFC 3062 2",
        names[tag],
      );
    }
  }, "RFC 3062 2");
}

class Ldap implements StreamDissector {
  readonly #login: LdapLogin = { mechanism: "", steps: 0 };
  /** After a login with a security layer each piece has a length of four octets before it. */
  #sealed = false;
  #startTls: number | bigint | undefined;

  measure(bytes: Uint8Array): number {
    if (this.#sealed) {
      return bytes.length < 4 ? 0 : 4 + bytes[0]! * 0x1000000 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
    }
    if (bytes[0] !== 0x30) {
      if (this.#login.mechanism !== "" && bytes[0] === 0) {
        this.#sealed = true;
        return this.measure(bytes);
      }
      throw new FormatError("An LDAP message begins with a sequence (0x30)", 0);
    }
    const length = measureElement(bytes);
    if (length > LENGTH_LIMIT) throw new FormatError(`A message of ${counted(length, "octet")}`, 1);
    return length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    if (this.#sealed) {
      tree.u32("Length", "RFC 4422 3.7", (octets) => `${octets} octets follow`);
      tree.rest("Sealed octets", "RFC 4422 3.7", "wrapped by the security layer of the login");
      return { summary: `sealed by ${clip(this.#login.mechanism, 40)}` };
    }
    return element(tree, "LDAPMessage", (message) => {
      const id = integer(message, "Message ID", "RFC 4511 4.1.1.1");
      tree.said = { summary: `message ${id}` };
      const { tag } = peekElement(message);
      const [name, ref, answer] = OPERATIONS[tag] ?? [`operation ${tag & 31}`, REF];
      const found = element(message, name, (part) => this.#operation(part, tag, ref, id), ref, name);
      if (message.remaining > 0 && peekElement(message).tag === 0xa0) this.#controls(message);
      const summary = clip(`${name} ${id} ${found?.summary ?? ""}`.trim(), 200);
      message.current.meaning = summary;
      const key = `ldap ${id}`;
      // One answer ends an operation; entries before it are parts of it.
      const pairs = answer === "end"
        ? { answers: key }
        : answer === undefined && side === "client" && tag !== 0x42 && tag !== 0x50
        ? { asks: key }
        : {};
      return { ...found, summary, ...pairs };
    }, REF) ?? { summary: "LDAP message" };
  }

  #operation(tree: Tree, tag: number, ref: string, id: number | bigint): Words {
    switch (tag) {
      case 0x60:
        return bindRequest(tree, ref, this.#login);
      case 0x77:
      case 0x79:
        return this.#extended(tree, ref, tag, id);
      case 0x61:
      case 0x65:
      case 0x67:
      case 0x69:
      case 0x6b:
      case 0x6d:
      case 0x6f:
      case 0x78:
        return this.#result(tree, ref, tag, id);
    }
    return READ[tag]?.(tree, ref) ?? { summary: "" };
  }

  #result(tree: Tree, ref: string, tag: number, id: number | bigint): Words {
    const { code, text } = result(tree);
    while (tree.remaining > 0) {
      const kind = peekElement(tree).tag;
      if (kind === 0x8a) objectIdentifier(tree, "Response name", ref);
      else if (kind === 0x87) serverCredentials(tree, ref, this.#login);
      else if (kind === 0x8b) element(tree, "Response value", (part) => octetValue(part, ref), ref, "response value");
      else element(tree, "Other part", undefined, ref);
    }
    const tls = tag === 0x78 && code === 0 && this.#startTls === id;
    if (tag === 0x61 && code !== 0 && code !== 14) this.#login.mechanism = "";
    return { summary: text, ...(tls ? { become: { protocol: "tls", note: "ldap" } } : {}) };
  }

  #extended(tree: Tree, ref: string, tag: number, id: number | bigint): Words {
    let name = "";
    while (tree.remaining > 0) {
      const kind = peekElement(tree).tag;
      if (kind === 0x80) name = objectIdentifier(tree, "Name", ref);
      else {
        element(
          tree,
          "Value",
          (part) => {
            if (name === "1.3.6.1.4.1.4203.1.11.1" && part.remaining > 0) newPassword(part);
            else if (part.remaining > 0) octetValue(part, ref);
          },
          ref,
          "value",
        );
      }
    }
    if (tag === 0x77) this.#startTls = name === STARTTLS ? id : this.#startTls;
    return { summary: OIDS[name] ?? name };
  }

  #controls(tree: Tree): void {
    const ref = "RFC 4511 4.1.11";
    element(
      tree,
      "Controls",
      (list) => {
        while (list.remaining > 0) {
          element(list, "Control", (part) => {
            element(part, "Type", (type) => {
              const oid = type.text("Value", type.remaining, ref, (text) => OIDS[text]);
              part.current.meaning = OIDS[oid] ?? clip(oid);
            }, ref);
            while (part.remaining > 0) {
              const critical = peekElement(part).tag === 1;
              element(part, critical ? "Criticality" : "Value", (value) => {
                if (critical) {
                  const flag = value.field("Value", (r) => r.u8() !== 0);
                  value.current.meaning = flag ? "refuse it when not supported" : "may be left out";
                } else if (
                  value.reader.peek() === 0x30 &&
                  measureElement(value.reader.bytes.subarray(value.offset, value.reader.end)) === value.remaining
                ) {
                  contents(value, 0x30);
                } else if (value.remaining > 0) octetValue(value, ref);
              }, ref);
            }
          }, ref);
        }
      },
      ref,
      "controls",
    );
  }
}

/** A sequence that holds a message ID and one of the operations of this side. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (bytes[0] !== 0x30) return "no";
  if (bytes.length < 2) return "maybe";
  const at = bytes[1]! < 128 ? 2 : 2 + (bytes[1]! & 127);
  if (at > 6) return "no";
  if (bytes.length < at + 3) return "maybe";
  const id = bytes[at + 1]!;
  if (bytes[at] !== 2 || id < 1 || id > 4) return "no";
  const operation = bytes[at + 2 + id];
  if (operation === undefined) return "maybe";
  const known = OPERATIONS[operation];
  return known !== undefined && (known[2] === undefined || operation === 0x79) === (side === "client") ? "yes" : "no";
}

export const LDAP: Protocol = {
  name: "ldap",
  title: "LDAP",
  ref: "RFC 4511",
  tcp: [389, 3268],
  detect,
  sideOf: (bytes) => detect(bytes, "server") === "yes" ? "server" : "client",
  stream: () => new Ldap(),
};

// Kerberos 5 (RFC 4120): requests, tickets, replies, errors; the parts that are not encrypted. Pure.
import { contents, element, integer, measureElement, octetValue, peekElement, tagName } from "../ber.ts";
import { FormatError } from "../../base/errors.ts";
import type { Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../words.ts";

/** Message by application tag: name, where it is defined, whether it answers. */
const MESSAGES: Readonly<Record<number, readonly [name: string, ref: string, answer?: true]>> = {
  10: ["AS-REQ", "RFC 4120 5.4.1"],
  11: ["AS-REP", "RFC 4120 5.4.2", true],
  12: ["TGS-REQ", "RFC 4120 5.4.1"],
  13: ["TGS-REP", "RFC 4120 5.4.2", true],
  14: ["AP-REQ", "RFC 4120 5.5.1"],
  15: ["AP-REP", "RFC 4120 5.5.2", true],
  20: ["KRB-SAFE", "RFC 4120 5.6.1"],
  21: ["KRB-PRIV", "RFC 4120 5.7.1"],
  22: ["KRB-CRED", "RFC 4120 5.8.1"],
  30: ["KRB-ERROR", "RFC 4120 5.9.1", true],
};
const ERRORS: Readonly<Record<number, string>> = {
  0: "no error",
  1: "the client's entry has expired",
  2: "the server's entry has expired",
  3: "protocol version not supported",
  6: "client not found",
  7: "server not found",
  8: "principal not unique",
  12: "refused by policy",
  14: "encryption type not supported",
  16: "kind of pre-authentication not supported",
  18: "the client's credentials are revoked",
  23: "the password has expired",
  24: "pre-authentication failed: wrong password",
  25: "pre-authentication required",
  31: "integrity check failed",
  32: "the ticket has expired",
  33: "the ticket is not valid yet",
  34: "a replay",
  35: "the ticket is not for this server",
  36: "ticket and authenticator do not match",
  37: "the clocks differ too much",
  41: "the message was changed",
  44: "key version not available",
  50: "inappropriate checksum",
  52: "too long for UDP: ask again over TCP",
  60: "generic error",
  68: "wrong realm",
};
const ENCRYPTION: Readonly<Record<number, string>> = {
  1: "des-cbc-crc",
  3: "des-cbc-md5",
  16: "des3-cbc-sha1-kd",
  17: "aes128-cts-hmac-sha1-96",
  18: "aes256-cts-hmac-sha1-96",
  19: "aes128-cts-hmac-sha256-128",
  20: "aes256-cts-hmac-sha384-192",
  23: "rc4-hmac",
  24: "rc4-hmac-exp",
  25: "camellia128-cts-cmac",
  26: "camellia256-cts-cmac",
  [-133]: "rc4-hmac-old",
  [-135]: "rc4-hmac-old-exp",
};
const NAME_TYPES: Readonly<Record<number, string>> = {
  0: "unknown",
  1: "a principal",
  2: "a service with instance",
  3: "a service with host",
  5: "unique ID",
  6: "an X.500 name",
  7: "a mail address",
  10: "an enterprise name",
};
const PREAUTHENTICATION: Readonly<Record<number, string>> = {
  1: "AP-REQ with the ticket",
  2: "encrypted timestamp",
  3: "salt",
  11: "etype info",
  16: "public key (PKINIT), request",
  17: "public key (PKINIT), reply",
  19: "etype info 2",
  128: "PAC request",
  129: "for user (S4U2Self)",
  133: "cookie",
  136: "FAST",
  138: "encrypted challenge",
  149: "FAST negotiation",
  150: "AS freshness",
  151: "SPAKE",
  167: "PAC options",
};
const OPTIONS: readonly (readonly [bit: number, name: string])[] = [
  [1, "forwardable"],
  [2, "forwarded"],
  [3, "proxiable"],
  [4, "proxy"],
  [5, "allow postdate"],
  [6, "postdated"],
  [8, "renewable"],
  [14, "constrained delegation"],
  [15, "canonicalize"],
  [26, "no transit check"],
  [27, "renewable when too long"],
  [28, "encrypt in session key"],
  [30, "renew"],
  [31, "validate"],
];
/** Names of the fields of each kind of sequence, by context tag. "kind" says how a field is read. */
type Fields = Readonly<Record<number, readonly [name: string, kind: string]>>;
const BODY: Fields = {
  0: ["KDC options", "options"],
  1: ["Client name", "name"],
  2: ["Realm", "text"],
  3: ["Server name", "name"],
  4: ["From", "time"],
  5: ["Till", "time"],
  6: ["Renew till", "time"],
  7: ["Nonce", "number"],
  8: ["Encryption types", "etypes"],
  9: ["Addresses", "any"],
  10: ["Encrypted authorization data", "encrypted"],
  11: ["Additional tickets", "tickets"],
};
const REQUEST: Fields = {
  1: ["Protocol version", "number"],
  2: ["Message type", "number"],
  3: ["Pre-authentication data", "padata"],
  4: ["Request body", "body"],
};
const REPLY: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["Pre-authentication data", "padata"],
  3: ["Client realm", "text"],
  4: ["Client name", "name"],
  5: ["Ticket", "ticket"],
  6: ["Encrypted part", "encrypted"],
};
const TICKET: Fields = {
  0: ["Ticket version", "number"],
  1: ["Realm", "text"],
  2: ["Server name", "name"],
  3: ["Encrypted part", "encrypted"],
};
const ERROR: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["Client time", "time"],
  3: ["Client microseconds", "number"],
  4: ["Server time", "time"],
  5: ["Server microseconds", "number"],
  6: ["Error code", "error"],
  7: ["Client realm", "text"],
  8: ["Client name", "name"],
  9: ["Realm", "text"],
  10: ["Server name", "name"],
  11: ["Error text", "text"],
  12: ["Error data", "edata"],
};
const AP_REQUEST: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["AP options", "any"],
  3: ["Ticket", "ticket"],
  4: ["Authenticator", "encrypted"],
};
const AP_REPLY: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["Encrypted part", "encrypted"],
};
const ENCRYPTED: Fields = { 0: ["Encryption type", "etype"], 1: ["Key version", "number"], 2: ["Cipher", "any"] };
const ENTRY: Fields = { 0: ["Encryption type", "etype"], 1: ["Salt", "text"], 2: ["Parameters", "any"] };
const NAME: Fields = { 0: ["Name type", "nametype"], 1: ["Name", "strings"] };
const BY_MESSAGE: Readonly<Record<number, Fields>> = {
  10: REQUEST,
  11: REPLY,
  12: REQUEST,
  13: REPLY,
  14: AP_REQUEST,
  15: AP_REPLY,
  30: ERROR,
};

type Found = Record<string, string>;

/** A sequence of tagged fields; gives what they say by name. */
function sequence(tree: Tree, name: string, fields: Fields, ref: string): Found {
  const found: Found = {};
  element(tree, name, (part) => {
    while (part.remaining > 0) {
      const { tag } = peekElement(part);
      const [label, kind] = fields[tag & 31] ?? [tagName(tag), "any"];
      element(
        part,
        label,
        (inside) => {
          const text = field(inside, kind, ref, found);
          if (text === undefined) return;
          found[label] = text;
          inside.current.meaning = clip(text, 120);
        },
        ref,
        `${label.toLowerCase()}`,
      );
    }
  }, ref);
  return found;
}

function list<T>(tree: Tree, name: string, ref: string, item: (part: Tree) => T): T[] {
  const out: T[] = [];
  element(tree, name, (part) => {
    while (part.remaining > 0) out.push(item(part));
  }, ref);
  return out;
}

const string = (tree: Tree, name: string, ref: string) =>
  element(tree, name, (part) => {
    const found = octetValue(part, ref);
    return typeof found === "string" ? found : `${found.length} octets`;
  }, ref) ?? "";

function field(tree: Tree, kind: string, ref: string, found: Found): string | undefined {
  if (tree.remaining === 0) return undefined;
  switch (kind) {
    case "number":
      return String(integer(tree, "Value", ref));
    case "error": {
      const code = Number(integer(tree, "Value", "RFC 4120 7.5.9", ERRORS));
      return `${code}: ${ERRORS[code] ?? "unknown"}`;
    }
    case "etype": {
      const type = Number(integer(tree, "Value", "RFC 3961 8", ENCRYPTION));
      return ENCRYPTION[type] ?? String(type);
    }
    case "nametype":
      return NAME_TYPES[Number(integer(tree, "Value", "RFC 4120 6.2", NAME_TYPES))];
    case "text":
      return string(tree, "Value", ref);
    case "strings":
      return list(tree, "Parts", "RFC 4120 5.2.2", (part) => string(part, "Part", "RFC 4120 5.2.2")).join("/");
    case "time":
      element(tree, "Value", undefined, "RFC 4120 5.2.3");
      return tree.last.children?.at(-1)?.meaning;
    case "name":
      return sequence(tree, "Principal name", NAME, "RFC 4120 5.2.2")["Name"];
    case "etypes":
      return list(tree, "List", ref, (part) => {
        const type = Number(integer(part, "Encryption type", "RFC 3961 8", ENCRYPTION));
        return ENCRYPTION[type] ?? String(type);
      }).join(", ");
    case "options":
      return element(tree, "Value", (part) => {
        part.u8("Unused bits", "X.690 8.6");
        const bits = part.bytes("Bits", part.remaining, "RFC 4120 5.4.1");
        const set = OPTIONS.filter(([bit]) => ((bits[bit >> 3] ?? 0) >> (7 - (bit & 7)) & 1) === 1);
        const text = set.map(([, name]) => name).join(", ");
        part.last.meaning = text === "" ? "none" : text;
        return text === "" ? "none" : text;
      }, "RFC 4120 5.4.1");
    case "encrypted":
      return sequence(tree, "Encrypted data", ENCRYPTED, "RFC 4120 5.2.9")["Encryption type"];
    case "ticket":
      return ticket(tree);
    case "tickets":
      return list(tree, "List", ref, ticket).join(", ");
    case "body": {
      const inside = sequence(tree, "Request body", BODY, "RFC 4120 5.4.1");
      Object.assign(found, inside);
      return undefined;
    }
    case "padata":
      return padata(tree);
    case "edata":
      return element(tree, "Value", (part) => {
        // After "pre-authentication required" the data says which kinds there are.
        if (part.reader.peek() === 0x30) padata(part);
        return undefined;
      }, ref);
  }
  element(tree, "Value", undefined, ref);
  return undefined;
}

/** RFC 4120 5.2.7: kinds of pre-authentication with their data. */
function padata(tree: Tree): string {
  const ref = "RFC 4120 5.2.7";
  return list(tree, "List", ref, (part) => {
    let type = 0;
    element(part, "Entry", (entry) => {
      while (entry.remaining > 0) {
        const { tag } = peekElement(entry);
        element(entry, (tag & 31) === 1 ? "Type" : "Value", (inside) => {
          if ((tag & 31) === 1) type = Number(integer(inside, "Type", ref, PREAUTHENTICATION));
          else element(inside, "Octets", (octets) => padataValue(octets, type), ref);
        }, ref);
      }
      entry.current.meaning = PREAUTHENTICATION[type] ?? `type ${type}`;
    }, ref);
    return PREAUTHENTICATION[type] ?? `type ${type}`;
  }).join(", ");
}

/** What the value of a kind of pre-authentication holds, where it is ASN.1 again. */
function padataValue(tree: Tree, type: number): void {
  const { reader } = tree;
  if (reader.remaining < 2 || (reader.peek()! & 0x20) === 0) return;
  if (measureElement(reader.bytes.subarray(reader.offset, reader.end)) !== reader.remaining) return;
  if (type === 1) tree.current.meaning = message(tree).summary;
  else if (type === 2 || type === 138) {
    tree.current.meaning = sequence(tree, "Encrypted data", ENCRYPTED, "RFC 4120 5.2.9")["Encryption type"] ?? "";
  } else if (type === 11 || type === 19) {
    const ref = type === 19 ? "RFC 4120 5.2.7.5" : "RFC 4120 5.2.7.4";
    const said = list(tree, "Entries", ref, (part) => {
      const found = sequence(part, "Entry", ENTRY, ref);
      return `${found["Encryption type"] ?? ""} salt "${found["Salt"] ?? ""}"`;
    });
    tree.current.meaning = clip(said.join(", "), 120);
  } else contents(tree, 0x30);
}

function ticket(tree: Tree): string {
  return element(
    tree,
    "Ticket",
    (part) => {
      const found = sequence(part, "Sequence", TICKET, "RFC 4120 5.3");
      return `for ${found["Server name"] ?? "?"}@${found["Realm"] ?? "?"} (${found["Encrypted part"] ?? "?"})`;
    },
    "RFC 4120 5.3",
    "ticket",
  ) ?? "";
}

function message(tree: Tree): Words {
  const { tag } = peekElement(tree);
  const [name, ref, answer] = MESSAGES[tag & 31] ?? [`message ${tag & 31}`, "RFC 4120 5.10"];
  tree.said = { summary: name };
  const fields = BY_MESSAGE[tag & 31];
  const found = element(
    tree,
    name,
    (part) => fields === undefined ? undefined : sequence(part, "Sequence", fields, ref),
    ref,
    name,
  ) ?? {};
  const words: string[] = [];
  if (found["Error code"] !== undefined) words.push(found["Error code"]);
  if (found["Client name"] !== undefined) words.push(`client ${found["Client name"]}`);
  if (found["Server name"] !== undefined) words.push(`server ${found["Server name"]}`);
  const realm = found["Realm"] ?? found["Client realm"];
  if (realm !== undefined) words.push(`realm ${realm}`);
  if (found["Ticket"] !== undefined) words.push(`ticket ${found["Ticket"]}`);
  if (found["Error text"] !== undefined) words.push(`"${found["Error text"]}"`);
  const summary = clip(`${name} ${words.join(", ")}`.trim(), 200);
  return answer ? { summary, answers: "kerberos" } : { summary, asks: "kerberos" };
}

/** Over TCP each message has its length before it (RFC 4120 7.2.2). */
const stream = (): StreamDissector => ({
  measure(bytes) {
    if (bytes.length < 4) return 0;
    if (bytes[0] !== 0) throw new FormatError("The length of a Kerberos message is below 2^24", 0);
    return 4 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
  },
  dissect(tree) {
    const length = tree.u32("Length", "RFC 4120 7.2.2", (octets) => `${octets} octets follow`);
    if (length === 0) return { summary: "empty message" };
    return message(tree);
  },
});

/** An application tag of Kerberos whose length is that of the datagram, a sequence in it. */
function whole(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[0]! >> 5 !== 3 || MESSAGES[bytes[0]! & 31] === undefined) return false;
  try {
    if (measureElement(bytes) !== bytes.length) return false;
  } catch {
    return false;
  }
  const at = bytes[1]! < 128 ? 2 : 2 + (bytes[1]! & 127);
  return bytes[at] === 0x30;
}

function detect(bytes: Uint8Array, _side: Side): Guess {
  if (bytes[0] !== 0 || (bytes.length > 4 && (bytes[4]! >> 5 !== 3 || MESSAGES[bytes[4]! & 31] === undefined))) {
    return "no";
  }
  if (bytes.length < 12) return bytes.length > 1 && bytes[1]! > 0 ? "no" : "maybe";
  const length = bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!;
  try {
    return measureElement(bytes.subarray(4)) === length ? "yes" : "no";
  } catch {
    return "no";
  }
}

export const KERBEROS: Protocol = {
  name: "kerberos",
  title: "Kerberos",
  ref: "RFC 4120",
  tcp: [88],
  udp: [88],
  detect,
  detectDatagram: whole,
  sideOf: (bytes) => MESSAGES[(bytes[0] === 0 ? bytes[4] ?? 0 : bytes[0]!) & 31]?.[2] ? "server" : "client",
  stream,
  datagram: message,
};

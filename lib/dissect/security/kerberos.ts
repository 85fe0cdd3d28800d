// Kerberos 5 (RFC 4120): requests, tickets, replies, errors; the parts that are not encrypted. Pure.
import { contents, element, integer, measureElement, octetValue, peekElement, tagName } from "../coding/ber.ts";
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import {
  AP_OPTIONS,
  ARMOR,
  ARMORED,
  ARMORED_REPLY,
  BODY,
  BY_MESSAGE,
  CHECKSUM,
  CHECKSUMS,
  ENCRYPTED,
  ENCRYPTION,
  ENTRY,
  ERRORS,
  type FieldKind,
  type Fields,
  FOR_USER,
  MESSAGES,
  NAME,
  NAME_TYPES,
  OPTIONS,
  PREAUTHENTICATION,
  TICKET,
} from "./kerberos_names.ts";

type Found = Record<string, string>;

/** A sequence of tagged fields; gives what they say by name. */
function sequence(tree: Tree, name: string, fields: Fields, ref: string): Found {
  const found: Found = {};
  element(tree, name, (part) => {
    while (part.remaining > 0) {
      const { tag } = peekElement(part);
      const [label, kind] = fields[tag & 31] ?? [tagName(tag), "any"] as const;
      element(
        part,
        label,
        (inside) => {
          const text = inside.remaining === 0 ? undefined : VALUES[kind](inside, ref, found);
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
    return typeof found === "string" ? found : counted(found.length, "octet");
  }, ref) ?? "";

/** A number that a table names. */
const named = (name: string, ref: string, names: Readonly<Record<number, string>>) => (tree: Tree): string => {
  const number = Number(integer(tree, name, ref, names));
  return names[number] ?? String(number);
};

/** A sequence of which one field says enough. */
const said = (name: string, fields: Fields, ref: string, field: string) => (tree: Tree) =>
  sequence(tree, name, fields, ref)[field];

/** Bits that are named by their numbers. */
const bits = (names: readonly (readonly [bit: number, name: string])[], bitsRef: string) => (tree: Tree) =>
  element(tree, "Value", (part) => {
    part.u8("Unused bits", "X.690 8.6");
    const octets = part.bytes("Bits", part.remaining, bitsRef);
    const set = names.filter(([bit]) => ((octets[bit >> 3] ?? 0) >> (7 - (bit & 7)) & 1) === 1);
    return part.last.meaning = set.map(([, name]) => name).join(", ") || "none";
  }, "RFC 4120 5.4.1");

/** Reads a field that is not empty; gives it in words. `found` is what its sequence said so far. */
type ReadField = (tree: Tree, ref: string, found: Found) => string | undefined;

const encrypted = said("Encrypted data", ENCRYPTED, "RFC 4120 5.2.9", "Encryption type");

/** The fields of messages by their kinds in kerberos_names.ts. */
const VALUES: Readonly<Record<FieldKind, ReadField>> = {
  any(tree, ref) {
    element(tree, "Value", undefined, ref);
    return undefined;
  },
  number: (tree, ref) => String(integer(tree, "Value", ref)),
  error(tree) {
    const code = Number(integer(tree, "Value", "RFC 4120 7.5.9", ERRORS));
    return `${code}: ${ERRORS[code] ?? "unknown"}`;
  },
  etype: named("Value", "RFC 3961 8", ENCRYPTION),
  etypes: (tree, ref) => list(tree, "List", ref, named("Encryption type", "RFC 3961 8", ENCRYPTION)).join(", "),
  nametype: (tree) => NAME_TYPES[Number(integer(tree, "Value", "RFC 4120 6.2", NAME_TYPES))],
  text: (tree, ref) => string(tree, "Value", ref),
  strings: (tree) => list(tree, "Parts", "RFC 4120 5.2.2", (part) => string(part, "Part", "RFC 4120 5.2.2")).join("/"),
  time(tree) {
    element(tree, "Value", undefined, "RFC 4120 5.2.3");
    return tree.last.children?.at(-1)?.meaning;
  },
  name: said("Principal name", NAME, "RFC 4120 5.2.2", "Name"),
  options: bits(OPTIONS, "RFC 4120 5.4.1"),
  apoptions: bits(AP_OPTIONS, "RFC 4120 5.5.1"),
  encrypted,
  checksum: said("Checksum", CHECKSUM, "RFC 4120 5.2.9", "Checksum type"),
  checksumtype: named("Value", "RFC 3961 8", CHECKSUMS),
  armor: said("Armor", ARMOR, "RFC 6113 5.4.1", "Armor value"),
  message: (tree, ref) => element(tree, "Octets", (part) => message(part).summary, ref),
  ticket,
  tickets: (tree, ref) => list(tree, "List", ref, ticket).join(", "),
  body(tree, _ref, found) {
    Object.assign(found, sequence(tree, "Request body", BODY, "RFC 4120 5.4.1"));
    return undefined;
  },
  padata,
  edata(tree, ref) {
    element(tree, "Value", errorData, ref);
    return undefined;
  },
};

/**
 * After "pre-authentication required" the data of an error says which kinds there are. Of other errors Windows says
 * more (MS-KILE 2.2.1): a type and what its status is.
 */
function errorData(tree: Tree): void {
  const { reader } = tree;
  if (reader.peek() !== 0x30) return;
  const inside = reader.bytes.subarray(reader.offset, reader.end);
  const head = (inside[1] ?? 0) > 0x80 ? 2 + (inside[1]! & 0x7f) : 2;
  if (inside[head] === 0x30) padata(tree);
  else contents(tree, 0x30);
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
    tree.current.meaning = encrypted(tree) ?? "";
  } else if (type === 11 || type === 19) {
    const ref = type === 19 ? "RFC 4120 5.2.7.5" : "RFC 4120 5.2.7.4";
    const said = list(tree, "Entries", ref, (part) => {
      const found = sequence(part, "Entry", ENTRY, ref);
      return `${found["Encryption type"] ?? ""} salt "${found["Salt"] ?? ""}"`;
    });
    tree.current.meaning = clip(said.join(", "), 120);
  } else if (type === 129) {
    tree.current.meaning = `for ${sequence(tree, "For user", FOR_USER, "MS-SFU 2.2.1")["User name"] ?? "?"}`;
  } else if (type === 136 && reader.peek() === 0xa0) {
    element(tree, "Armored", (part) => {
      // A request begins with its armor, a reply with what is encrypted.
      const [fields, ref] = isArmored(part) ? [ARMORED, "RFC 6113 5.4.2"] : [ARMORED_REPLY, "RFC 6113 5.4.3"];
      part.current.ref = ref;
      sequence(part, "Sequence", fields, ref);
    }, "RFC 6113 5.4");
  } else contents(tree, 0x30);
}

/** Whether a FAST sequence has a checksum: then it is a request. */
function isArmored({ reader }: Tree): boolean {
  const long = reader.peek(1) ?? 0, head = long < 128 ? 2 : 2 + (long & 127);
  const bytes = reader.bytes.subarray(reader.offset + head, reader.end);
  const first = bytes.length > 1 ? measureElement(bytes) : 0;
  return bytes[0] === 0xa0 && bytes[first] === 0xa1 || bytes[0] === 0xa1;
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

const LENGTH = "RFC 4120 7.2.2";

/** Octets of a message with its length before it; such a length is below 2^24. */
function measureFramed(bytes: Uint8Array): number {
  if (bytes.length < 4) return 0;
  if (bytes[0] !== 0) throw new FormatError("The length of a Kerberos message is below 2^24", 0);
  return 4 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
}

/** RFC 3244 2: a change of password: a ticket's proof, and the new password under its key. */
function passwordChange(tree: Tree, { side }: DissectContext): Words {
  const ref = "RFC 3244 2";
  const length = tree.u16("Message length", ref);
  tree.u16("Version", ref, { 1: "a change, or an answer", 0xff80: "a password set" });
  const proof = tree.u16("Proof length", ref, (octets) => octets === 0 ? "none: an error follows" : undefined);
  const client = side === "client", name = client ? "password change" : "answer to a password change";
  const pair = client ? { asks: "kpasswd" } : { answers: "kpasswd" };
  tree.said = { summary: name, ...pair };
  if (proof > 0) tree.part(client ? "AP-REQ" : "AP-REP", proof, (part) => message(part), ref);
  const rest = length - 6 - proof;
  const inside = rest > 0 ? tree.part("Message", rest, (part) => message(part), ref) : undefined;
  const error = inside?.summary.startsWith("KRB-ERROR") ? `: ${inside.summary}` : "";
  return { summary: clip(`${name}${error}`, 160), ...pair };
}

/** Over TCP each message has its length before it (RFC 4120 7.2.2). */
const stream = (): StreamDissector => ({
  measure: measureFramed,
  dissect(tree) {
    const length = tree.u32("Length", LENGTH, (octets) => `${octets} octets follow`);
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

export const KPASSWD: Protocol = {
  name: "kpasswd",
  title: "Kerberos password change",
  ref: "RFC 3244",
  tcp: [464],
  udp: [464],
  detect: (bytes) => bytes[0] === 0 ? "possible" : "no",
  stream: () => ({
    measure: measureFramed,
    dissect(tree, context) {
      tree.u32("Length", LENGTH, (octets) => `${octets} octets follow`);
      return passwordChange(tree, context);
    },
  }),
  datagram: passwordChange,
};

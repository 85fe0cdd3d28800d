// SMB 2 and 3 (MS-SMB2) over TCP or NetBIOS sessions (RFC 1002 4.3): headers, commands, compounds. Pure.
// What is encrypted stays octets; SMB 1 is in smb1.ts.
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Message, Protocol, StreamDissector, Words } from "../protocol.ts";
import { readRows, utf16Text } from "../coding/rows.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText, octetCount } from "../coding/words.ts";
import { securityToken } from "./ntlm.ts";
import { callsIn, Pipes } from "./pipes.ts";
import { Smb1 } from "./smb1.ts";
import { COMMANDS, ENTRIES, FAILURE, type Layout, type Part } from "./smb2_commands.ts";
import { CLASSES, CONTEXTS, DIALECTS, STATUS } from "./smb2_names.ts";

const NETBIOS: Readonly<Record<number, string>> = {
  0x00: "a message",
  0x81: "session request",
  0x82: "session accepted",
  0x83: "session refused",
  0x84: "call somewhere else",
  0x85: "keep-alive",
};
const KINDS: Readonly<Record<number, string>> = {
  0xfc: "SMB 3, compressed",
  0xfd: "SMB 3, encrypted",
  0xfe: "SMB 2 or 3",
  0xff: "SMB 1",
};
const FLAGS = [
  "response",
  "asynchronous",
  "related to the one before",
  "signed",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "DFS",
  "replay",
];
const HEADER = "MS-SMB2 2.2.1";
const REMEMBERED = 1024;

/** What is remembered of a request until its response. */
interface Asked {
  readonly command: number;
  /** The name of the file or share, the class of information. */
  readonly what: string;
  readonly infoClass: number;
  /** The identifier of the file. */
  readonly file: string;
}

class Smb2 implements StreamDissector {
  readonly #asked = new Map<number, Asked>();
  /** Names of open files by their identifiers. */
  readonly #files = new Map<string, string>();
  readonly #pipes = new Pipes();
  readonly #old = new Smb1(this.#pipes);
  /** Calls of the message at hand. */
  #calls: Message[] = [];

  measure(bytes: Uint8Array): number {
    if (NETBIOS[bytes[0]!] === undefined) throw new FormatError(`${bytes[0]} is no kind of NetBIOS message`, 0);
    return bytes.length < 4 ? 0 : 4 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
  }

  dissect(tree: Tree, context: DissectContext): Words {
    this.#calls = [];
    const kind = tree.u8("Session message", "RFC 1002 4.3.1", NETBIOS);
    const length = tree.u24("Length", "MS-SMB2 2.1", (octets) => `${octets} octets follow`);
    if (kind !== 0 || length === 0) {
      tree.rest("Names", "RFC 1002 4.3.2");
      return { summary: `NetBIOS ${NETBIOS[kind] ?? kind}` };
    }
    const first = tree.reader.peek() ?? 0;
    if (first === 0xff && tree.reader.peek(1) === 0x53 && tree.remaining >= 32) return this.#old.message(tree, context);
    if (first !== 0xfe || tree.reader.peek(1) !== 0x53) return outside(tree, first);
    const lines: string[] = [];
    let words: Omit<Words, "summary"> = {};
    for (let more = true; more && tree.remaining > 0;) {
      more = false;
      tree.group("Command", (group) => {
        const found = this.#command(tree, context);
        more = found.next;
        if (lines.length === 0) words = found.words;
        group.meaning = found.line;
        lines.push(found.line);
        tree.said = { summary: lines.join("; "), ...words };
      }, { ref: HEADER });
    }
    if (tree.remaining > 0) tree.rest("Padding", HEADER);
    return { summary: clip(lines.join("; "), 200), ...words, inner: this.#calls };
  }

  /** One header with its body; a compound has several. */
  #command(tree: Tree, context: DissectContext): { next: boolean; line: string; words: Omit<Words, "summary"> } {
    const start = tree.offset;
    tree.bytes("Protocol", 4, HEADER, () => KINDS[0xfe]);
    tree.u16Le("Structure size", HEADER, (octets) => `${counted(octets, "octet")} of header`);
    tree.u16Le("Credit charge", HEADER, () => "what this command costs");
    // The same octets are a status in responses only.
    const flagged = tree.reader.peek(8) ?? 0;
    const response = (flagged & 1) === 1;
    const status = response
      ? tree.u32Le("Status", HEADER, (code) => STATUS[code] ?? "unknown")
      : tree.u32Le("Channel sequence", HEADER);
    const number = tree.u16Le("Command", HEADER, (code) => commandMeaning(code));
    tree.u16Le(response ? "Credits granted" : "Credits wanted", HEADER, () => "how many commands may be on their way");
    const flags = tree.flagsLe("Flags", 4, FLAGS, HEADER);
    const next = tree.u32Le("Next command", HEADER, (at) => at === 0 ? "none" : `${counted(at, "octet")} on`);
    const message = Number(tree.u64Le("Message", HEADER, () => "the response repeats it"));
    if ((flags & 2) !== 0) tree.u64Le("Asynchronous", HEADER, () => "the number of what comes later");
    else {
      tree.u32Le("Process", HEADER);
      tree.u32Le("Tree", HEADER, () => "which share");
    }
    tree.u64Le("Session", HEADER, (id) => id === 0n ? "none yet" : "which login");
    tree.bytes("Signature", 16, HEADER, (bytes) => bytes.every((octet) => octet === 0) ? "not signed" : undefined);
    const command = COMMANDS[number];
    const length = next === 0 ? tree.remaining : Math.min(tree.remaining, Math.max(0, start + next - tree.offset));
    const name = command?.name ?? `command ${number}`;
    const pending = status === 0x103;
    const asked = response ? this.#asked.get(message) : undefined;
    if (response && !pending) this.#asked.delete(message);
    let line = name;
    tree.within(name, length, (body) => {
      const failed = response && status !== 0 && !(number === 1 && status === 0xc0000016) && status !== 0x80000005;
      const layout = command === undefined
        ? undefined
        : failed
        ? FAILURE
        : response
        ? command.response
        : command.request;
      if (layout === undefined) body.rest("Body", HEADER);
      else line = this.#body(body, layout, { start, number, response, failed, name, message, asked }, context);
      if (body.remaining > 0) body.rest(next === 0 ? "Data" : "Padding", layout?.ref);
    });
    if (response && status !== 0) line += `: ${STATUS[status] ?? `0x${status.toString(16)}`}`;
    const key = `smb ${message}`;
    const words = response ? (pending ? {} : { answers: key }) : context.side === "client" ? { asks: key } : {};
    return { next: next !== 0, line, words };
  }

  #body(
    tree: Tree,
    layout: Layout,
    about: {
      start: number;
      number: number;
      response: boolean;
      failed: boolean;
      name: string;
      message: number;
      asked: Asked | undefined;
    },
    context: DissectContext,
  ): string {
    const { start, number, response, failed, name, message, asked } = about;
    const { ref } = layout;
    const found = readRows(tree, layout.rows, ref);
    const value = (key: string) => Number(found.get(key) ?? 0);
    const texts: string[] = [];
    if (number === 0 && !response) {
      const dialects = Array.from(
        { length: Math.min(value("Dialects"), 64) },
        () => tree.u16Le("Dialect", ref, DIALECTS),
      );
      texts.push(dialects.map((dialect) => DIALECTS[dialect] ?? dialect).join(", "));
    }
    const parts = failed ? [] : layout.parts;
    const infoClass = value("Class");
    for (const part of [...parts].sort((a, b) => value(a.at) - value(b.at))) {
      const at = start + value(part.at), length = value(part.length);
      if (length === 0) continue;
      if (at < tree.offset || at > tree.reader.end) {
        throw new FormatError(`${part.name} is not in the message`, tree.offset);
      }
      if (at > tree.offset) tree.bytes("Padding", at - tree.offset, ref);
      const said = partOf(tree, part, length, ref, asked?.infoClass ?? 0);
      if (said !== "") texts.push(said);
      // Reads, writes and calls of pipes.
      if (part.kind === "octets" && (number === 8 || number === 9 || number === 11)) {
        const { bytes, offset } = tree.reader;
        const id = String(found.get("File") ?? asked?.file ?? "");
        const calls = this.#pipes.data(tree, id, bytes.subarray(offset - length, offset), context);
        this.#calls.push(...calls);
        if (calls.length > 0) texts.push(callsIn(calls));
      }
    }
    if (number === 0 && value("Contexts") > 0) contexts(tree, start + value("Contexts offset"), value("Contexts"), ref);
    if (failed) {
      return `${name} response${asked === undefined || asked.what === "" ? "" : ` of ${clip(asked.what, 80)}`}`;
    }
    const id = String(found.get("File") ?? "");
    const file = number === 5 ? (response ? asked?.what : texts[0]) ?? "" : this.#files.get(id) ?? asked?.what ?? "";
    if (number === 5 && response && id !== "") {
      if (this.#files.size >= REMEMBERED) this.#files.delete(this.#files.keys().next().value!);
      this.#files.set(id, file === "" ? "the share itself" : file);
    }
    if (number === 6 && !response) this.#files.delete(id);
    if (!response) {
      if (this.#asked.size >= REMEMBERED) this.#asked.clear();
      const what = number === 3 ? texts[0] ?? "" : file;
      this.#asked.set(message, { command: number, what, infoClass, file: id });
    }
    return clip(
      [
        `${name}${response ? " response" : ""}`,
        detail(number, response, value, texts, file, infoClass).trim(),
        number === 8 || number === 9 ? texts.filter((text) => text.startsWith("dcerpc: ")).join("; ") : "",
      ].filter((words) => words !== "").join(" "),
      160,
    );
  }
}

/** What the line says besides the command's name. */
function detail(
  number: number,
  response: boolean,
  value: (key: string) => number,
  texts: readonly string[],
  file: string,
  infoClass: number,
): string {
  const of = file === "" ? "" : ` of ${file}`;
  switch (number) {
    case 0:
      return response ? DIALECTS[value("Dialect")] ?? "" : texts[0] ?? "";
    case 5:
      return `${file === "" ? "the share itself" : file}${response ? `, ${value("Size")} octets` : ""}`;
    case 8:
      return response ? `${value("Data length")} octets` : `${value("Length")} octets at ${value("Offset")}${of}`;
    case 9:
      return response ? `${value("Written")} octets` : `${value("Data length")} octets at ${value("Offset")}${of}`;
    case 16:
    case 17:
      if (response) return of;
      return `${
        CLASSES[value("Type of information") === 2 ? 1000 + infoClass : infoClass] ?? `class ${infoClass}`
      }${of}`;
    case 14:
      return response ? texts.join(", ") : `${texts[0] ?? ""}${of}`;
  }
  return texts.length > 0 ? texts.join(", ") : of;
}

function commandMeaning(code: number): string {
  const command = COMMANDS[code];
  return command === undefined ? "unknown" : `${command.name}: ${command.meaning}`;
}

/** What is not SMB 2 in clear. */
function outside(tree: Tree, first: number): Words {
  const kind = KINDS[first];
  tree.bytes("Protocol", 4, HEADER, () => kind ?? "unknown");
  if (first === 0xfd) {
    const ref = "MS-SMB2 2.2.41";
    tree.bytes("Signature", 16, ref);
    tree.bytes("Nonce", 16, ref);
    tree.u32Le("Length in clear", ref, octetCount);
    tree.u16Le("Reserved", ref);
    tree.u16Le("Encrypted", ref);
    tree.u64Le("Session", ref);
    tree.rest("Encrypted message", ref);
  } else tree.rest("Message", HEADER);
  return { summary: kind ?? "unknown message" };
}

/** One part of a message; gives what the line may say of it. */
function partOf(tree: Tree, part: Part, length: number, ref: string, infoClass: number): string {
  switch (part.kind) {
    case "text":
      return utf16Text(tree, part.name, length, ref);
    case "token":
      return securityToken(tree, length, ref);
    case "entries":
      return entries(tree, length, infoClass);
    case "contexts":
      tree.bytes(part.name, length, ref);
      return "";
  }
  const { bytes, offset, end } = tree.reader;
  if (looksLikeText(bytes.subarray(offset, Math.min(end, offset + length)))) tree.text(part.name, length, ref);
  else tree.bytes(part.name, length, ref);
  return "";
}

/** The entries of a directory; gives their names. */
function entries(tree: Tree, length: number, infoClass: number): string {
  const rows = ENTRIES[infoClass];
  if (rows === undefined) {
    tree.bytes("Entries", length, "MS-FSCC 2.4");
    return "";
  }
  const names: string[] = [];
  tree.part("Entries", length, (part) => {
    for (let next = 1; next !== 0 && part.remaining > 0;) {
      part.group("Entry", (group) => {
        const start = part.offset;
        const found = readRows(part, rows, "MS-FSCC 2.4");
        next = Number(found.get("Next entry"));
        const name = utf16Text(part, "Name", Number(found.get("Name length")), "MS-FSCC 2.4");
        group.meaning = clip(name);
        names.push(group.meaning);
        const padding = start + next - part.offset;
        if (next !== 0 && padding > 0) part.bytes("Padding", padding, "MS-FSCC 2.4");
      }, { ref: "MS-FSCC 2.4" });
    }
  }, "MS-FSCC 2.4");
  return names.join(", ");
}

/** Contexts of Negotiate (2.2.3.1), each on a border of eight octets. */
function contexts(tree: Tree, at: number, count: number, ref: string): void {
  if (at < tree.offset || at > tree.reader.end) return;
  if (at > tree.offset) tree.bytes("Padding", at - tree.offset, ref);
  const where = "MS-SMB2 2.2.3.1";
  for (let i = 0; i < count && tree.remaining >= 8; i++) {
    const over = (tree.offset - at) % 8;
    if (over !== 0) tree.bytes("Padding", Math.min(8 - over, tree.remaining), where);
    tree.group("Context", (group) => {
      const type = tree.u16Le("Type", where, CONTEXTS);
      group.meaning = CONTEXTS[type] ?? `type ${type}`;
      const length = tree.u16Le("Length", where);
      tree.u32Le("Reserved", where);
      if (length === 0) return;
      if (type === 5) utf16Text(tree, "Name", length, where);
      else tree.bytes("Data", length, where);
    }, { ref: where });
  }
}

function detect(bytes: Uint8Array): Guess {
  if (bytes[0] === 0x81 || bytes[0] === 0x82 || bytes[0] === 0x85) return (bytes[1] ?? 0) <= 1 ? "possible" : "no";
  if (bytes[0] !== 0) return "no";
  if (bytes.length < 8) return "maybe";
  return decodeText(bytes.subarray(5, 8)) === "SMB" && bytes[4]! >= 0xfc ? "yes" : "no";
}

export const SMB2: Protocol = {
  name: "smb",
  title: "SMB",
  ref: "MS-SMB2",
  tcp: [445, 139],
  detect,
  sideOf: (bytes) => (bytes[20]! & 1) === 1 ? "server" : "client",
  stream: () => new Smb2(),
};

// TDS, the protocol of SQL Server (MS-TDS): packets, messages of several packets, pre-login, login, queries, results. Pure.
import { concat } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { explain } from "../explain.ts";
import type { DissectContext, Guess, InnerConversation, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import { readRows, type Row, utf16Text } from "../coding/rows.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { Tokens } from "./tds_tokens.ts";
import { typedValue, typeInfo } from "./tds_types.ts";

const HEADER = "MS-TDS 2.2.3.1";
const TYPES: Readonly<Record<number, string>> = {
  1: "SQL batch",
  2: "login before TDS 7",
  3: "remote procedure call",
  4: "results",
  6: "attention: give up the request",
  7: "bulk data",
  8: "federated login token",
  14: "transaction manager request",
  16: "login",
  17: "login by SSPI",
  18: "pre-login",
};
const STATUS = [
  "the last packet of the message",
  "ignore this event",
  "event notification",
  "reset the connection",
  "reset the connection, keep the transaction",
];
const OPTIONS: Readonly<Record<number, string>> = {
  0: "version",
  1: "encryption",
  2: "instance",
  3: "thread",
  4: "several results at once",
  5: "trace",
  6: "federated login wanted",
  7: "nonce",
  255: "the end of the options",
};
const ENCRYPTION: Readonly<Record<number, string>> = {
  0: "for the login only",
  1: "on",
  2: "not supported",
  3: "required",
};
const PROCEDURES = [
  "",
  "Cursor",
  "CursorOpen",
  "CursorPrepare",
  "CursorExecute",
  "CursorPrepExec",
  "CursorUnprepare",
  "CursorFetch",
  "CursorOption",
  "CursorClose",
  "ExecuteSql",
  "Prepare",
  "Execute",
  "PrepExec",
  "PrepExecRpc",
  "Unprepare",
];
/** Octets of a message in several packets that are kept. */
const MESSAGE_LIMIT = 256 * 1024;

const isTls = (bytes: Uint8Array) => bytes[0]! >= 0x14 && bytes[0]! <= 0x17 && bytes[1] === 3;

class Tds implements StreamDissector {
  readonly #partial: Record<Side, Uint8Array> = { client: new Uint8Array(0), server: new Uint8Array(0) };
  readonly #tokens = new Tokens();
  #tls: InnerConversation | undefined;
  /** The server's next message answers a pre-login: it has the same form, and the type of results. */
  #preLogin = false;

  measure(bytes: Uint8Array): number {
    // Encrypted logins come as records of TLS without TDS around them.
    if (isTls(bytes)) return bytes.length < 5 ? 0 : 5 + bytes[3]! * 256 + bytes[4]!;
    if (TYPES[bytes[0]!] === undefined) throw new FormatError(`${bytes[0]} is no type of a TDS packet`, 0);
    if (bytes.length < 4) return 0;
    const length = bytes[2]! * 256 + bytes[3]!;
    if (length < 8) throw new FormatError(`A packet of ${counted(length, "octet")}`, 2);
    return length;
  }

  dissect(tree: Tree, context: DissectContext): Words {
    const { side } = context;
    const { bytes, offset, end } = tree.reader;
    if (isTls(bytes.subarray(offset, end))) return this.#inTls(tree, context);
    const type = tree.u8("Packet type", HEADER, TYPES);
    const status = tree.flagsLe("Status", 1, STATUS, HEADER);
    tree.u16("Length", HEADER, (octets) => `${counted(octets, "octet")}, with this header`);
    tree.u16("Process", HEADER, () => "of the server");
    tree.u8("Packet", HEADER, () => "counts the packets");
    tree.u8("Window", HEADER);
    const name = TYPES[type] ?? `type ${type}`;
    const pair = side === "client" ? { asks: "tds" } : { answers: "tds" };
    if (type === 18 && tree.remaining > 0 && isTls(bytes.subarray(tree.offset, end))) return this.#inTls(tree, context);
    const before = this.#partial[side];
    if ((status & 1) === 0) {
      const joined = concat([before, tree.rest("Part of the message", HEADER, "goes on in the next packet")]);
      if (side === "client") tree.last.piece = true;
      this.#partial[side] = joined.length > MESSAGE_LIMIT ? before : joined;
      return { summary: `${name}, goes on` };
    }
    this.#partial[side] = new Uint8Array(0);
    tree.said = { summary: name, ...pair };
    if (before.length === 0) return { ...this.#body(tree, type, side), ...pair };
    const start = tree.offset;
    const whole = concat([before, tree.rest("Part of the message", HEADER, "its end")]);
    if (side === "client") tree.last.piece = true;
    const { root, value } = explain("Message as read", whole, (inner) => this.#body(inner, type, side));
    tree.add({ ...root, offset: start, length: 0, meaning: "packets joined", buffer: whole });
    return { ...(value ?? { summary: name }), ...pair };
  }

  /** TLS: its handshake in packets of the pre-login, or records on their own. */
  #inTls(tree: Tree, { side, ports, timeMs, conversation }: DissectContext): Words {
    const bytes = tree.rest("TLS", "MS-TDS 2.2.6.5");
    this.#tls ??= conversation?.(ports, "tls");
    const messages = this.#tls?.data(side, bytes, timeMs) ?? [];
    for (const message of messages) {
      tree.add({ ...message.root, offset: tree.offset, length: 0, buffer: message.bytes });
    }
    const said = messages.map((message) => message.summary).join("; ");
    return { summary: clip(`TLS: ${said === "" ? counted(bytes.length, "octet") : said}`, 200), inner: messages };
  }

  #body(tree: Tree, type: number, side: Side): Words {
    switch (type) {
      case 18:
        this.#preLogin = side === "client";
        return { summary: preLogin(tree, side) };
      case 16:
        return { summary: login(tree) };
      case 1: {
        allHeaders(tree);
        const text = utf16Text(tree, "Query", tree.remaining, "MS-TDS 2.2.6.7");
        return { summary: `SQL batch ${clip(text.replace(/\s+/g, " ").trim(), 150)}`, text };
      }
      case 3:
        return { summary: call(tree) };
      case 4: {
        const answers = this.#preLogin && tree.reader.peek() === 0;
        this.#preLogin = false;
        if (answers) return { summary: preLogin(tree, side) };
        const lines = this.#tokens.read(tree);
        return lines.length === 0
          ? { summary: "done" }
          : { summary: clip(lines.join("; "), 200), text: lines.join("\n") };
      }
    }
    tree.rest("Data", "MS-TDS 2.2.1");
    return { summary: TYPES[type] ?? `type ${type}` };
  }
}

/** Options with their places, then what they hold (2.2.6.5). */
function preLogin(tree: Tree, side: Side): string {
  const ref = "MS-TDS 2.2.6.5";
  const start = tree.offset;
  const found: { token: number; at: number; length: number }[] = [];
  for (;;) {
    const token = tree.u8("Option", ref, OPTIONS);
    if (token === 255) break;
    found.push({ token, at: start + tree.u16("Offset", ref), length: tree.u16("Length", ref) });
  }
  const words: string[] = [];
  for (const { token, at, length } of found.sort((a, b) => a.at - b.at)) {
    if (length === 0 || at < tree.offset || at > tree.reader.end) continue;
    if (at > tree.offset) tree.bytes("Padding", at - tree.offset, ref);
    const name = OPTIONS[token] ?? `option ${token}`;
    if (token === 1) words.push(`encryption ${ENCRYPTION[tree.u8("Encryption", ref, ENCRYPTION)] ?? "unknown"}`);
    else if (token === 0 && length === 6) {
      const bytes = tree.bytes("Version", 6, ref, (v) => `${v[0]}.${v[1]}.${v[2]! * 256 + v[3]!}`);
      words.unshift(`version ${bytes[0]}.${bytes[1]}.${bytes[2]! * 256 + bytes[3]!}`);
    } else tree.bytes(name.charAt(0).toUpperCase() + name.slice(1), length, ref);
  }
  return `pre-login${side === "server" ? " answer" : ""}, ${words.join(", ")}`;
}

const place = (
  name: string,
): Row[] => [[`${name} offset`, "u16"], [`${name} length`, "u16", (count) => `${count} characters`]];
const NAMES = ["Host", "User", "Password", "Program", "Server", "Extension", "Library", "Language", "Database"];
const LOGIN: Row[] = [
  ["Length", "u32"],
  ["TDS version", "u32", {
    0x70000000: "7.0",
    0x71000001: "7.1",
    0x72090002: "7.2",
    0x730a0003: "7.3",
    0x730b0003: "7.3",
    0x74000004: "7.4",
  }],
  ["Packet size", "u32"],
  ["Program version", "u32"],
  ["Process", "u32"],
  ["Connection", "u32"],
  ["Flags 1", "u8"],
  ["Flags 2", "u8"],
  ["Type flags", "u8"],
  ["Flags 3", "u8"],
  ["Time zone", "u32"],
  ["Locale", "u32"],
  ...NAMES.flatMap(place),
  ["Network card", 6],
  ...place("SSPI token"),
  ...place("Attached file"),
  ...place("New password"),
  ["Long SSPI length", "u32"],
];

/** LOGIN7: a table of places, then texts (2.2.6.4). The password is only disguised. */
function login(tree: Tree): string {
  const ref = "MS-TDS 2.2.6.4";
  const start = tree.offset;
  const found = readRows(tree, LOGIN, ref);
  const parts = [...NAMES, "SSPI token", "Attached file", "New password"].map((name) => ({
    name,
    at: start + Number(found.get(`${name} offset`)),
    size: Number(found.get(`${name} length`)) * (name === "SSPI token" ? 1 : 2),
  })).filter(({ size, at }) => size > 0 && at >= tree.offset).sort((a, b) => a.at - b.at);
  const texts = new Map<string, string>();
  for (const { name, at, size } of parts) {
    if (at < tree.offset || at > tree.reader.end) continue;
    if (at > tree.offset) tree.bytes("Padding", at - tree.offset, ref);
    if (/assword/.test(name)) {
      const plain = (bytes: Uint8Array) => {
        const shown = bytes.map((octet) => (octet ^ 0xa5) >> 4 | ((octet ^ 0xa5) & 15) << 4);
        return new TextDecoder("utf-16le").decode(shown);
      };
      const bytes = tree.bytes(name, size, ref);
      tree.last.value = plain(bytes);
      tree.last.meaning = "half octets exchanged, then exclusive or with 0xa5";
      tree.last.secret = true;
    } else if (name === "SSPI token" || name === "Extension") tree.bytes(name, size, ref);
    else texts.set(name, utf16Text(tree, name, size, ref));
  }
  tree.rest("Extensions", ref);
  const words = [`login of ${clip(texts.get("User") ?? "nobody")}`];
  if (texts.has("Database")) words.push(`to ${clip(texts.get("Database")!)}`);
  if (texts.has("Program")) words.push(`by ${clip(texts.get("Program")!)}`);
  return words.join(" ") + (parts.some(({ name }) => name === "Password") ? ", password in clear" : "");
}

/** Headers in front of a query: which transaction it belongs to (2.2.5.3). */
function allHeaders(tree: Tree): void {
  const { bytes, offset, end } = tree.reader;
  const u32 = (at: number) => (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
  if (offset + 10 > end) return;
  const total = u32(offset), first = u32(offset + 4);
  if (total < 10 || total > end - offset || first > total - 4 || first < 6) return;
  const ref = "MS-TDS 2.2.5.3";
  tree.part("Headers", total, (part) => {
    part.u32Le("Length", ref);
    while (part.remaining >= 6) {
      part.group("Header", () => {
        const length = part.u32Le("Length", ref);
        const type = part.u16Le("Type", ref, { 1: "query notifications", 2: "transaction", 3: "trace" });
        if (type === 2 && length === 18) {
          part.u64Le("Transaction", ref, (id) => id === 0n ? "none" : undefined);
          part.u32Le("Requests under way", ref);
        } else if (length > 6) part.bytes("Data", length - 6, ref);
      }, { ref });
    }
  }, ref);
}

/** A procedure by name or number, and its parameters (2.2.6.6). */
function call(tree: Tree): string {
  const ref = "MS-TDS 2.2.6.6";
  allHeaders(tree);
  const length = tree.u16Le(
    "Name length",
    ref,
    (count) => count === 0xffff ? "a number follows" : `${count} characters`,
  );
  const name = length === 0xffff
    ? PROCEDURES[tree.u16Le("Procedure", ref, (id) => PROCEDURES[id])] ?? "procedure"
    : utf16Text(tree, "Procedure", length * 2, ref);
  tree.flagsLe("Options", 2, ["recompile", "no description", "reuse the description"], ref);
  const words: string[] = [];
  while (tree.remaining > 0) {
    // 0xff and 0xfe begin another call.
    if (tree.reader.peek() === 0xff || tree.reader.peek() === 0xfe) {
      tree.rest("More calls", ref);
      break;
    }
    const whole = tree.group("Parameter", (group) => {
      const label = utf16Text(tree, "Name", tree.u8("Name length", ref) * 2, ref);
      tree.flagsLe("Flags", 1, ["output", "default value", "", "encrypted"], ref);
      const info = typeInfo(tree);
      if (info === undefined) return false;
      const text = typedValue(tree, "Value", info);
      group.meaning = clip(`${label === "" ? "" : `${label} = `}${text}`);
      words.push(group.meaning);
      return true;
    }, { ref });
    if (!whole) {
      tree.rest("More parameters", ref);
      break;
    }
  }
  return clip(`call of ${name} ${words.join(", ")}`.replace(/\s+/g, " ").trim(), 180);
}

/** The pre-login that a client begins with, or its login. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "server") return bytes[0] === 4 || bytes[0] === 18 ? "possible" : "no";
  if (TYPES[bytes[0]!] === undefined) return "no";
  if (bytes.length < 9) return bytes[0] === 18 || bytes[0] === 16 ? "maybe" : "possible";
  const length = bytes[2]! * 256 + bytes[3]!;
  if (length < 9) return "no";
  if (bytes[0] === 18) return bytes[1] === 1 && bytes[8] === 0 && length < 512 && bytes[7] === 0 ? "yes" : "no";
  return bytes[1]! < 32 && bytes[7] === 0 ? "possible" : "no";
}

export const TDS: Protocol = {
  name: "tds",
  title: "TDS (SQL Server)",
  ref: "MS-TDS",
  tcp: [1433],
  detect,
  resumes: (bytes) =>
    TYPES[bytes[0]!] !== undefined && bytes.length >= 8 && bytes[1]! < 32 && bytes[7] === 0 &&
    bytes[2]! * 256 + bytes[3]! === bytes.length,
  sideOf: (bytes) => bytes[0] === 4 ? "server" : "client",
  stream: () => new Tds(),
};

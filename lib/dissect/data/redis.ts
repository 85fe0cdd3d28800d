// Redis's protocol RESP 2 and 3 (redis.io "RESP protocol spec"): commands, replies, inline commands. Pure.
import { FormatError } from "../../base/errors.ts";
import { measureLine, plainLine, startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

const REF = "RESP";
const KINDS: Readonly<Record<string, string>> = {
  "+": "simple string",
  "-": "error",
  ":": "integer",
  "$": "bulk string",
  "*": "array",
  "_": "null",
  "#": "boolean",
  ",": "double",
  "(": "big number",
  "!": "bulk error",
  "=": "verbatim string",
  "%": "map",
  "~": "set",
  ">": "push",
  "|": "attribute",
};
const BULK = "$!=", MANY = "*%~>|";
const DEPTH_LIMIT = 32;

/** How far a message has been walked: where, and the elements that are still open at each level. */
interface Walk {
  at: number;
  open: number[];
}

class Redis implements StreamDissector {
  readonly #walks: Record<Side, Walk> = { client: { at: 0, open: [1] }, server: { at: 0, open: [1] } };

  measure(bytes: Uint8Array, side: Side, _ended: boolean, scanned: number): number {
    const walk = this.#walks[side];
    if (KINDS[String.fromCharCode(bytes[0]!)] === undefined) return measureLine(bytes, scanned);
    while (walk.open.length > 0) {
      const kind = String.fromCharCode(bytes[walk.at] ?? 0);
      const end = bytes.indexOf(10, walk.at);
      if (end === -1) {
        if (bytes.length - walk.at > 65536) throw new FormatError("A line of RESP has no end", walk.at);
        return 0;
      }
      const count = BULK.includes(kind) || MANY.includes(kind)
        ? Number(decodeText(bytes.subarray(walk.at + 1, Math.min(end, walk.at + 24))).trim())
        : 0;
      if (KINDS[kind] === undefined || Number.isNaN(count) || count > 2 ** 32) {
        throw new FormatError("This is no RESP value", walk.at);
      }
      let next = end + 1;
      walk.open[walk.open.length - 1]!--;
      if (BULK.includes(kind) && count >= 0) {
        next += count + 2;
        if (next > bytes.length) {
          walk.open[walk.open.length - 1]!++;
          return next;
        }
      } else if (MANY.includes(kind) && count > 0) {
        if (walk.open.length >= DEPTH_LIMIT) throw new FormatError(`Nested more than ${DEPTH_LIMIT} deep`, walk.at);
        walk.open.push(kind === "%" ? count * 2 : kind === "|" ? count * 2 + 1 : count);
      }
      walk.at = next;
      while (walk.open.length > 0 && walk.open.at(-1) === 0) walk.open.pop();
    }
    return walk.at;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    this.#walks[side] = { at: 0, open: [1] };
    if (KINDS[String.fromCharCode(tree.reader.peek() ?? 0)] === undefined) return this.#inline(tree);
    const client = side === "client";
    const words: string[] = [];
    const push = tree.reader.peek() === 0x3e;
    tree.said = client
      ? { summary: "command", asks: "redis" }
      : { summary: "reply", ...(push ? {} : { answers: "redis" }) };
    const line = this.#value(tree, client ? words : undefined, 0);
    if (!client) return { summary: clip(line, 160), text: line, ...(push ? {} : { answers: "redis" }) };
    const summary = clip(this.#commandLine(words), 160);
    return { summary, asks: "redis", text: summary };
  }

  /** The command in one line, without passwords. */
  #commandLine(words: readonly string[]): string {
    const verb = (words[0] ?? "").toUpperCase();
    const shown = words.map((word, i) =>
      isSecret(words, i, words.length)
        ? "(password in clear)"
        : /[\s"]/.test(word) || word === ""
        ? JSON.stringify(word)
        : word
    );
    return [verb, ...shown.slice(1)].join(" ");
  }

  #inline(tree: Tree): Words {
    const total = decodeText(tree.reader.bytes.subarray(tree.offset, tree.reader.end)).trim().split(/[ \t]+/).length;
    const words: string[] = [];
    for (let i = 0; tree.remaining > 0 && tree.reader.peek() !== 13 && tree.reader.peek() !== 10; i++) {
      words.push(tree.word(i === 0 ? "Command" : "Argument", " \r\n", REF));
      if (words[i] !== "" && isSecret(words, i, total)) tree.last.secret = true;
      tree.spaces(REF);
    }
    tree.lineEnd(REF);
    const summary = clip(this.#commandLine(words), 160);
    return { summary, asks: "redis", text: summary };
  }

  /** One value; strings of the outermost array go to `words`. Gives the value as one line. */
  #value(tree: Tree, words: string[] | undefined, depth: number, total = 0): string {
    const kind = String.fromCharCode(tree.reader.peek() ?? 0);
    const name = KINDS[kind];
    if (name === undefined) throw new FormatError("This is no RESP value", tree.offset);
    if (depth >= DEPTH_LIMIT) throw new FormatError(`Nested more than ${DEPTH_LIMIT} deep`, tree.offset);
    return tree.group(name[0]!.toUpperCase() + name.slice(1), (group) => {
      group.ref = REF;
      tree.text("Type", 1, REF, () => name);
      const line = tree.word(MANY.includes(kind) ? "Count" : BULK.includes(kind) ? "Length" : "Value", "\r\n", REF);
      tree.lineEnd(REF);
      const count = Number(line);
      if (Number.isNaN(count) && (BULK.includes(kind) || MANY.includes(kind))) {
        throw new FormatError(`"${line}" is no ${BULK.includes(kind) ? "length" : "count"}`, tree.offset);
      }
      if (BULK.includes(kind)) {
        if (count < 0) return group.meaning = "null";
        const available = Math.min(count, tree.remaining);
        const text = available > 0 ? tree.text("Text", available, REF) : "";
        words?.push(text);
        if (available > 0 && words !== undefined && isSecret(words, words.length - 1, total)) tree.last.secret = true;
        else group.meaning = clip(text, 60);
        if (available < count) {
          throw new FormatError(`A string of ${counted(count, "octet")} is cut short`, tree.offset);
        }
        tree.lineEnd(REF);
        return text;
      }
      if (!MANY.includes(kind)) {
        if (kind === "_") return group.meaning = "null";
        group.meaning = clip(line, 60);
        return kind === "-" ? `error ${line}` : kind === "#" ? (line === "t" ? "true" : "false") : line;
      }
      if (count < 0) return group.meaning = "null";
      const parts: string[] = [];
      const items = kind === "%" || kind === "|" ? count * 2 : count;
      for (let i = 0; i < items; i++) {
        const part = this.#value(tree, depth === 0 ? words : undefined, depth + 1, items);
        if (parts.length < 64) parts.push(part);
      }
      group.meaning = counted(count, "element");
      if (kind === "|") return this.#value(tree, words, depth + 1);
      return `[${parts.join(", ")}${items > parts.length ? ", …" : ""}]`;
    });
  }
}

/** Whether word `at` of a command of `total` words is a password: AUTH, HELLO … AUTH, CONFIG SET, ACL SETUSER. */
function isSecret(words: readonly string[], at: number, total: number): boolean {
  const upper = (i: number) => (words[i] ?? "").toUpperCase();
  switch (upper(0)) {
    case "AUTH":
      return at === (total > 2 ? 2 : 1);
    case "HELLO":
      return at > 2 && upper(at - 2) === "AUTH";
    case "CONFIG":
      return at === 3 && upper(1) === "SET" && /^(REQUIREPASS|MASTERAUTH)$/.test(upper(2));
    case "ACL":
      return at > 2 && upper(1) === "SETUSER" && /^[<>]/.test(words[at]!);
    case "MIGRATE":
      return at > 1 && (upper(at - 1) === "AUTH" || upper(at - 2) === "AUTH2");
  }
  return false;
}

function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "server") return KINDS[String.fromCharCode(bytes[0]!)] === undefined ? "no" : "possible";
  if (bytes[0] !== 0x2a) {
    const inline = startsWith(bytes, ["PING\r", "INFO\r", "AUTH ", "QUIT\r"], true);
    return inline === "yes" ? "possible" : plainLine(bytes);
  }
  const head = decodeText(bytes.subarray(0, 16));
  if (/^\*\d{1,6}\r\n\$/.test(head)) return "yes";
  return /^\*(\d{1,6}(\r\n?)?)?$/.test(head) ? "maybe" : "no";
}

export const REDIS: Protocol = {
  name: "redis",
  title: "Redis",
  ref: REF,
  tcp: [6379],
  detect,
  sideOf: (bytes) => bytes[0] === 0x2a || KINDS[String.fromCharCode(bytes[0]!)] === undefined ? "client" : "server",
  stream: () => new Redis(),
};

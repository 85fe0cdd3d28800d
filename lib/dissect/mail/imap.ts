// IMAP (RFC 9051, RFC 3501): commands, responses, literals, LOGIN, AUTHENTICATE, STARTTLS, IDLE. Pure.
import { FormatError } from "../../base/errors.ts";
import { plainLine, startsWith } from "../detect.ts";
import type { DissectContext, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import { SaslLines } from "../coding/sasl.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";
import { DeflatedImap } from "./imap_deflate.ts";
import { CODES, COMMAND_REFS, COMMANDS, RESPONSE_REFS, RESPONSES } from "./imap_names.ts";

const REF = "RFC 9051 2.2";
const LINE_LIMIT = 128 * 1024;

/** Octets of a line with the literals `{12}` in it, and their places. 0 while it is incomplete. */
function measure(bytes: Uint8Array, from: number): { length: number; literals: [at: number, length: number][] } {
  const literals: [number, number][] = [];
  for (let at = from;;) {
    const end = bytes.indexOf(10, at);
    if (end === -1) {
      if (bytes.length - at > LINE_LIMIT) {
        throw new FormatError(`A line of more than ${LINE_LIMIT} octets`, at);
      }
      return { length: 0, literals };
    }
    const literal = /\{(\d{1,10})\+?\}\r?$/.exec(decodeText(bytes.subarray(Math.max(at, end - 16), end)));
    if (literal === null || literals.length >= 64) return { length: end + 1, literals };
    literals.push([end + 1, Number(literal[1])]);
    at = end + 1 + Number(literal[1]);
    // What lies beyond is not there yet: say how much at least must come.
    if (at > bytes.length) return { length: at + 1, literals };
  }
}

class Imap implements StreamDissector {
  /** Commands by their tags. */
  readonly #commands = new Map<string, string>();
  readonly #login = new SaslLines();
  #idle = false;

  measure(bytes: Uint8Array, _side: Side, _ended: boolean, scanned: number): number {
    if (scanned > 0 && scanned < LINE_LIMIT && bytes.indexOf(10, scanned) === -1) return 0;
    return measure(bytes, 0).length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    return side === "client" ? this.#command(tree) : this.#response(tree);
  }

  /** The rest of a message: text, and the octets of literals. */
  #text(tree: Tree, name: string, ref = REF): string {
    const { bytes, offset, end } = tree.reader;
    const { literals } = measure(bytes.subarray(0, end), offset);
    let text = "";
    for (const [at, length] of literals) {
      if (at > end) break;
      text += tree.word(name, "\r\n", ref);
      tree.lineEnd(REF);
      const count = Math.min(length, end - tree.offset);
      if (count > 0) text += `\n${tree.text("Literal", count, "RFC 9051 4.3", () => counted(length, "octet"))}`;
    }
    text += tree.word(name, "\r\n", ref);
    tree.lineEnd(REF);
    return text;
  }

  #command(tree: Tree): Words {
    if (this.#login.waiting) return this.#credentials(tree);
    if (this.#idle) {
      const word = tree.word("Command", "\r\n", "RFC 9051 6.3.13", (text) => COMMANDS[text.toUpperCase()]);
      tree.lineEnd(REF);
      this.#idle = false;
      return { summary: clip(word) };
    }
    const tag = tree.word("Tag", " \r\n", "RFC 9051 2.2.1", () => "the answer repeats it");
    tree.spaces(REF);
    const verb = tree.word("Command", " \r\n", "RFC 9051 6", (word) => COMMANDS[word.toUpperCase()]);
    const upper = verb.toUpperCase();
    const own = COMMAND_REFS[upper];
    if (own !== undefined) tree.last.ref = own;
    tree.spaces(REF);
    let summary = `${clip(tag, 20)} ${clip(upper, 40)}`, text: string | undefined;
    if (upper === "LOGIN") {
      const user = this.#word(tree, "User");
      tree.spaces(REF);
      summary += ` ${clip(user)}, password in clear`;
      this.#word(tree, "Password");
      if (tree.last.name === "Password") tree.last.secret = true;
      tree.lineEnd(REF);
    } else if (upper === "AUTHENTICATE") {
      const mechanism = tree.word("Mechanism", " \r\n", "RFC 9051 6.2.2").toUpperCase();
      summary += ` ${clip(mechanism, 20)}`;
      this.#login.begin(mechanism);
      tree.spaces(REF);
      if (tree.remaining > 2) summary += ` ${this.#login.response(tree, "RFC 9051 6.2.2")}`;
      tree.lineEnd(REF);
    } else {
      text = this.#text(tree, "Arguments", own);
      summary += ` ${clip(text, 120)}`;
    }
    if (upper === "IDLE") this.#idle = true;
    if (this.#commands.size < 1024) this.#commands.set(tag, upper);
    return {
      summary: summary.trim(),
      asks: `imap ${tag}`,
      ...(text === undefined ? {} : { text: `${tag} ${verb} ${text}` }),
    };
  }

  /** An atom, a quoted text (as two fields with its quotes inside) or a literal. */
  #word(tree: Tree, name: string): string {
    const { reader } = tree, ref = "RFC 9051 6.2.3";
    if (reader.peek() === 0x22) {
      let count = 1;
      while (reader.peek(count) !== undefined && reader.peek(count) !== 0x22 && reader.peek(count) !== 10) {
        count += reader.peek(count) === 0x5c ? 2 : 1;
      }
      if (reader.peek(count) === 0x22) count++;
      return tree.text(name, Math.min(count, tree.remaining), ref).replace(/^"|"$/g, "");
    }
    if (reader.peek() === 0x7b) {
      const size = Number(/\d+/.exec(tree.word("Literal size", "\r\n", "RFC 9051 4.3"))?.[0] ?? 0);
      tree.lineEnd(REF);
      return size === 0 || tree.remaining === 0 ? "" : tree.text(name, Math.min(size, tree.remaining), ref);
    }
    return tree.word(name, " \r\n", ref);
  }

  #credentials(tree: Tree): Words {
    const said = this.#login.response(tree, "RFC 9051 6.2.2");
    tree.lineEnd(REF);
    return { summary: `login: ${said}` };
  }

  #response(tree: Tree): Words {
    const tag = tree.word(
      "Tag",
      " \r\n",
      "RFC 9051 2.2.2",
      (word) =>
        word === "*"
          ? "untagged: no command's end"
          : word === "+"
          ? "go on"
          : this.#commands.get(word)?.concat(" ends"),
    );
    tree.spaces(REF);
    if (tag === "+" && this.#login.running) {
      const challenge = tree.word("Challenge", "\r\n", "RFC 9051 6.2.2", (text) => this.#login.challenge(text));
      tree.lineEnd(REF);
      this.#login.waiting = true;
      return { summary: clip(`+ ${challenge}`, 120), text: `+ ${challenge}` };
    }
    const words: string[] = [];
    const number = /^\d+(?= )/.exec(decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 12)));
    if (tag === "*" && number !== null) {
      words.push(tree.text("Number", number[0].length, "RFC 9051 7"));
      tree.spaces(REF);
      const kind = decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 8)).split(/[ \r\n]/)[0]!
        .toUpperCase();
      tree.current.children!.at(-2)!.meaning = kind === "EXISTS" || kind === "RECENT"
        ? "how many"
        : "which mail of the mailbox";
    }
    const status = tag === "+" || tree.reader.peek() === undefined
      ? ""
      : tree.word("Response", " \r\n", "RFC 9051 7", (word) => RESPONSES[word.toUpperCase()]);
    words.push(status);
    const own = RESPONSE_REFS[status.toUpperCase()];
    if (own !== undefined) tree.last.ref = own;
    tree.spaces(REF);
    if (tree.reader.peek() === 0x5b) {
      const { bytes, offset, end } = tree.reader;
      const line = decodeText(bytes.subarray(offset, Math.min(end, offset + 2048)));
      const code = /^\[([^\s\]]+)(?: (?:\([^)\r\n]*\)|[^\]\r\n])*)?\]/.exec(line);
      // Text beyond ASCII has more octets than characters: then it is left as text.
      if (code !== null && /^[ -~]*$/.test(code[0])) {
        words.push(tree.text("Response code", code[0].length, "RFC 9051 7.1", () => CODES[code[1]!.toUpperCase()]));
        tree.spaces(REF);
      }
    }
    words.push(this.#text(tree, "Text", own));
    const shown = [tag, ...words].filter((word) => word !== "").join(" ");
    const summary = `${clip(tag, 20)} ${clip(words.filter((word) => word !== "").join(" "), 160)}`.trim();
    if (tag === "*" || tag === "+") return { summary, text: shown };
    const command = this.#commands.get(tag);
    this.#commands.delete(tag);
    this.#login.end();
    const tls = command === "STARTTLS" && status.toUpperCase() === "OK";
    const packed = command === "COMPRESS" && status.toUpperCase() === "OK";
    return {
      summary: tls ? `${summary} (TLS from here on)` : packed ? `${summary} (compressed from here on)` : summary,
      answers: `imap ${tag}`,
      text: shown,
      ...(tls ? { become: { protocol: "tls", note: "imap" } } : {}),
      ...(packed ? { become: { protocol: "imap", note: "deflate" } } : {}),
    };
  }
}

export const IMAP: Protocol = {
  name: "imap",
  title: "IMAP",
  ref: "RFC 9051",
  tcp: [143],
  detect: (bytes, side: Side) =>
    side === "server" ? startsWith(bytes, ["* OK", "* PREAUTH", "* BYE"]) : plainLine(bytes),
  sideOf: (bytes) => bytes[0] === 0x2a || bytes[0] === 0x2b ? "server" : "client",
  stream: (_ports, note) => note === "deflate" ? new DeflatedImap() : new Imap(),
};

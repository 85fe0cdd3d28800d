// POP3 (RFC 1939) with STLS (RFC 2595) and AUTH (RFC 5034). Pure.
import { plainMeaning } from "../base64.ts";
import { measureLine, plainLine, startsWith } from "../detect.ts";
import type { DissectContext, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../words.ts";

const REF = "RFC 1939 3";
const PIECE = 64 * 1024;

class Pop3 implements StreamDissector {
  readonly #open: string[] = [];
  #login = false;
  /** Inside the lines of a reply that ends with a lone dot. */
  #lines = false;

  measure(bytes: Uint8Array, side: Side, ended: boolean, scanned: number): number {
    if (side === "client") return measureLine(bytes, scanned);
    const first = this.#lines ? 0 : measureLine(bytes);
    if (!this.#lines && (first === 0 || !this.#many(bytes))) return first;
    for (let at = Math.max(first, scanned - 4);;) {
      const dot = bytes.indexOf(0x2e, at);
      if (dot === -1) break;
      if (dot === 0 || bytes[dot - 1] === 10) {
        if (bytes[dot + 1] === 10) return dot + 2;
        if (bytes[dot + 1] === 13 && bytes[dot + 2] === 10) return dot + 3;
      }
      at = dot + 1;
    }
    return bytes.length >= PIECE && !ended ? bytes.lastIndexOf(10, bytes.length - 4) + 1 : 0;
  }

  /** Whether the reply that begins here has lines after the first. */
  #many(bytes: Uint8Array): boolean {
    const command = this.#open[0] ?? "";
    return bytes[0] === 0x2b && bytes[1] === 0x4f && /^(RETR|TOP|CAPA|LIST|UIDL)\+?$/.test(command);
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    return side === "client" ? this.#command(tree) : this.#reply(tree);
  }

  #command(tree: Tree): Words {
    if (this.#login) {
      this.#login = false;
      const value = tree.word("Credentials", "\r\n", "RFC 5034 4", (text) => plainMeaning(text));
      if (value !== "" && value !== "*") tree.last.secret = true;
      tree.lineEnd(REF);
      return { summary: "login: password in clear (Base64)", asks: "pop3" };
    }
    const verb = tree.word("Command", " \r\n", "RFC 1939 9").toUpperCase();
    tree.spaces(REF);
    let summary = clip(verb, 40), key = verb;
    if (verb === "PASS") {
      if (tree.word("Password", "\r\n", "RFC 1939 7") !== "") tree.last.secret = true;
      summary += ", password in clear";
    } else if (verb === "AUTH") {
      const mechanism = tree.word("Mechanism", " \r\n", "RFC 5034 4").toUpperCase();
      summary += ` ${clip(mechanism, 20)}`;
      tree.spaces(REF);
      if (tree.remaining > 2) {
        tree.word("Credentials", "\r\n", "RFC 5034 4", (text) => plainMeaning(text));
        tree.last.secret = true;
      } else if (mechanism !== "") this.#login = true;
    } else {
      const argument = tree.word("Argument", "\r\n", "RFC 1939 9");
      summary += argument === "" ? "" : ` ${clip(argument, 100)}`;
      // LIST and UIDL of one message have one line.
      if (argument !== "" && (verb === "LIST" || verb === "UIDL")) key = `${verb} one`;
    }
    tree.lineEnd(REF);
    if (this.#open.length < 1024) this.#open.push(key);
    return { summary, asks: "pop3" };
  }

  #reply(tree: Tree): Words {
    const view = tree.reader.bytes.subarray(tree.offset, tree.reader.end);
    const many = this.#lines || this.#many(view);
    let summary = "mail goes on", text = "";
    let command: string | undefined;
    const first = !this.#lines;
    if (first) {
      const status = tree.word(
        "Status",
        " \r\n",
        REF,
        (word) => word === "+OK" ? "success" : word === "-ERR" ? "failure" : "continue",
      );
      tree.spaces(REF);
      const said = tree.word("Text", "\r\n", REF);
      tree.lineEnd(REF);
      summary = `${clip(status, 10)} ${clip(said, 120)}`.trim();
      text = `${status} ${said}`;
      command = this.#open.shift();
      if (status !== "+") this.#login = false;
      if (command === "STLS" && status === "+OK") {
        return { summary: `${summary} (TLS from here on)`, answers: "pop3", text, become: { protocol: "tls" } };
      }
    }
    if (many && tree.remaining > 0) {
      const end = /(^|\n)\.(\r?\n)$/.exec(decodeText(view.subarray(Math.max(0, view.length - 4))));
      const dot = end === null ? 0 : 1 + end[2]!.length;
      const lines = tree.remaining - dot;
      if (lines > 0) text += `\n${tree.text("Lines", lines, REF)}`;
      if (dot > 0) tree.bytes("End of the lines", dot, REF, () => "a dot alone on its line");
      this.#lines = dot === 0;
    }
    return { summary, ...(first ? { answers: "pop3" } : {}), text };
  }
}

export const POP3: Protocol = {
  name: "pop3",
  title: "POP3",
  ref: "RFC 1939",
  tcp: [110],
  detect: (bytes, side) => side === "server" ? startsWith(bytes, ["+OK "]) : plainLine(bytes),
  sideOf: (bytes) => bytes[0] === 0x2b || bytes[0] === 0x2d ? "server" : "client",
  stream: () => new Pop3(),
};

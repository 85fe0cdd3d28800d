// POP3 (RFC 1939) with STLS (RFC 2595) and AUTH (RFC 5034). Pure.
import { measureLine, plainLine, startsWith } from "../detect.ts";
import type { DissectContext, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import { SaslLines } from "../coding/sasl.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";

const REF = "RFC 1939 3";
const PIECE = 64 * 1024;
const COMMANDS: Readonly<Record<string, readonly [meaning: string, ref: string]>> = {
  APOP: ["logs in with a digest of the password", "RFC 1939 7"],
  AUTH: ["logs in", "RFC 5034 4"],
  CAPA: ["asks for extensions", "RFC 2449 5"],
  DELE: ["marks a mail to be deleted", "RFC 1939 5"],
  LIST: ["asks for the mails and their sizes", "RFC 1939 5"],
  NOOP: ["does nothing", "RFC 1939 5"],
  PASS: ["password", "RFC 1939 7"],
  QUIT: ["ends the session, marked mails are deleted now", "RFC 1939 6"],
  RETR: ["fetches a mail", "RFC 1939 5"],
  RSET: ["takes the marks away", "RFC 1939 5"],
  STAT: ["asks how many mails there are, and their octets", "RFC 1939 5"],
  STLS: ["asks to go on over TLS", "RFC 2595 4"],
  TOP: ["fetches a mail's header and some lines", "RFC 1939 7"],
  UIDL: ["asks for names of the mails that stay the same", "RFC 1939 7"],
  USER: ["user name", "RFC 1939 7"],
  UTF8: ["asks for UTF-8", "RFC 6856 2"],
};

class Pop3 implements StreamDissector {
  readonly #open: string[] = [];
  readonly #login = new SaslLines();
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
    if (this.#login.waiting) {
      const said = this.#login.response(tree, "RFC 5034 4");
      tree.lineEnd(REF);
      if (this.#open.length < 1024) this.#open.push("AUTH");
      return { summary: `login: ${said}`, asks: "pop3" };
    }
    const { bytes, offset } = tree.reader;
    const verb = decodeText(bytes.subarray(offset, offset + 16)).split(/[\s\r\n]/)[0]!.toUpperCase();
    const [meaning, ref] = COMMANDS[verb] ?? [undefined, "RFC 1939 9"];
    tree.word("Command", " \r\n", ref, () => meaning);
    tree.spaces(REF);
    let summary = clip(verb, 40), key = verb;
    if (verb === "PASS") {
      if (tree.word("Password", "\r\n", "RFC 1939 7") !== "") tree.last.secret = true;
      summary += ", password in clear";
    } else if (verb === "AUTH") {
      const mechanism = tree.word("Mechanism", " \r\n", "RFC 5034 4").toUpperCase();
      summary += ` ${clip(mechanism, 20)}`;
      if (mechanism !== "") this.#login.begin(mechanism);
      tree.spaces(REF);
      if (tree.remaining > 2) summary += ` ${this.#login.response(tree, "RFC 5034 4")}`;
    } else {
      const argument = tree.word("Argument", "\r\n", ref);
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
      const said = status === "+" && this.#login.running
        ? tree.word("Challenge", "\r\n", "RFC 5034 4", (challenge) => this.#login.challenge(challenge))
        : tree.word("Text", "\r\n", REF);
      tree.lineEnd(REF);
      summary = `${clip(status, 10)} ${clip(said, 120)}`.trim();
      text = `${status} ${said}`;
      command = this.#open.shift();
      if (status !== "+") this.#login.end();
      else if (this.#login.running) this.#login.waiting = true;
      if (command === "STLS" && status === "+OK") {
        return {
          summary: `${summary} (TLS from here on)`,
          answers: "pop3",
          text,
          become: { protocol: "tls", note: "pop3" },
        };
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

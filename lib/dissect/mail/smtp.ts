// SMTP (RFC 5321) with AUTH (RFC 4954), STARTTLS (RFC 3207), PIPELINING, BDAT (RFC 3030); LMTP. Pure.
import { base64Bytes, plainMeaning } from "../base64.ts";
import { measureLine, plainLine, startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../words.ts";

const COMMANDS: Readonly<Record<string, readonly [meaning: string, ref: string]>> = {
  HELO: ["says who the client is", "RFC 5321 4.1.1.1"],
  EHLO: ["says who the client is, asks for extensions", "RFC 5321 4.1.1.1"],
  LHLO: ["says who the client is (LMTP)", "RFC 2033 4.1"],
  MAIL: ["begins a mail, names its sender", "RFC 5321 4.1.1.2"],
  RCPT: ["names a recipient", "RFC 5321 4.1.1.3"],
  DATA: ["the mail follows", "RFC 5321 4.1.1.4"],
  RSET: ["gives up the mail", "RFC 5321 4.1.1.5"],
  VRFY: ["asks for a user", "RFC 5321 4.1.1.6"],
  EXPN: ["asks for the members of a list", "RFC 5321 4.1.1.7"],
  HELP: ["asks for help", "RFC 5321 4.1.1.8"],
  NOOP: ["does nothing", "RFC 5321 4.1.1.9"],
  QUIT: ["ends the session", "RFC 5321 4.1.1.10"],
  AUTH: ["logs in", "RFC 4954 4"],
  STARTTLS: ["asks to go on over TLS", "RFC 3207 4"],
  BDAT: ["octets of the mail follow", "RFC 3030 2"],
  XCLIENT: ["says who the client really is", "Postfix XCLIENT"],
};
const CODES: Readonly<Record<string, string>> = {
  "211": "system status",
  "214": "help",
  "220": "service ready",
  "221": "closing",
  "235": "login succeeded",
  "250": "done",
  "251": "not local, will forward",
  "252": "cannot verify, will try",
  "334": "goes on with the login",
  "354": "start of the mail, end with a lone dot",
  "421": "not available, closing",
  "450": "mailbox busy",
  "451": "local error",
  "452": "not enough storage",
  "454": "temporary failure of login or TLS",
  "500": "command not recognized",
  "501": "syntax error in the argument",
  "502": "not implemented",
  "503": "wrong order of commands",
  "504": "argument not implemented",
  "530": "login or TLS required",
  "535": "login refused",
  "550": "mailbox unavailable",
  "552": "storage exceeded",
  "553": "mailbox name not allowed",
  "554": "transaction failed",
};
/** Mail is shown in pieces of about this size. */
const PIECE = 64 * 1024;

class Smtp implements StreamDissector {
  /** Commands whose replies have not come. */
  readonly #open: string[] = [];
  /** What the client's next octets are. */
  #next: "command" | "mail" | "login" = "command";
  #mechanism = "";
  #steps = 0;
  /** Octets of a BDAT still to come. */
  #octets = 0;

  measure(bytes: Uint8Array, side: Side, ended: boolean, scanned: number): number {
    if (side === "server") {
      // A reply goes on while a hyphen follows its code.
      for (let at = 0;;) {
        const length = measureLine(bytes.subarray(at));
        if (length === 0) return 0;
        if (bytes[at + 3] !== 0x2d || at + length > PIECE) return at + length;
        at += length;
      }
    }
    if (this.#octets > 0) return Math.min(this.#octets, PIECE);
    if (this.#next !== "mail") return measureLine(bytes, scanned);
    for (let at = Math.max(0, scanned - 4);;) {
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

  dissect(tree: Tree, { side }: DissectContext): Words {
    if (side === "server") return this.#reply(tree);
    if (this.#octets > 0) return this.#chunk(tree);
    if (this.#next === "mail") return this.#mail(tree);
    if (this.#next === "login") return this.#credentials(tree);
    return this.#command(tree);
  }

  #ask(command: string): string {
    if (this.#open.length < 1024) this.#open.push(command);
    return "smtp";
  }

  #command(tree: Tree): Words {
    const verb = decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 16)).split(/[\s\r\n]/)[0]!
      .toUpperCase();
    const [meaning, ref] = COMMANDS[verb] ?? [undefined, "RFC 5321 4.1.1"];
    tree.word("Command", " \r\n", ref, () => meaning);
    tree.spaces(ref);
    let summary = verb;
    if (verb === "AUTH") {
      this.#mechanism = tree.word("Mechanism", " \r\n", ref).toUpperCase();
      summary += ` ${clip(this.#mechanism, 20)}`;
      this.#next = "login";
      this.#steps = 0;
      tree.spaces(ref);
      if (tree.remaining > 2) summary += this.#secret(tree);
    } else {
      const argument = tree.word("Argument", "\r\n", ref);
      if (argument !== "") summary += ` ${clip(argument, 120)}`;
      if (verb === "BDAT") this.#octets = Math.min(Number(/^\d+/.exec(argument)?.[0] ?? 0), 2 ** 40);
    }
    tree.lineEnd("RFC 5321 2.3.8");
    if (verb === "DATA") this.#next = "mail";
    return { summary, asks: this.#ask(verb), text: summary };
  }

  /** One response of the login; gives what to say of it. */
  #secret(tree: Tree): string {
    const step = this.#steps++;
    const login = this.#mechanism === "LOGIN";
    const isUser = login && step === 0;
    const ref = "RFC 4954 4";
    const text = tree.word(isUser ? "User" : "Credentials", "\r\n", ref, (value) => {
      if (this.#mechanism === "PLAIN") return plainMeaning(value);
      const bytes = isUser ? base64Bytes(value) : undefined;
      return bytes === undefined ? (login ? "password in Base64" : undefined) : `user "${clip(decodeText(bytes))}"`;
    });
    if (text === "" || text === "*" || text === "=") return "";
    const open = login || this.#mechanism === "PLAIN" || /BEARER|XOAUTH2/.test(this.#mechanism);
    if (!isUser && open) tree.last.secret = true;
    return isUser ? " user" : open ? " password in clear (Base64)" : " response";
  }

  #credentials(tree: Tree): Words {
    const said = this.#secret(tree).trim();
    tree.lineEnd("RFC 5321 2.3.8");
    return { summary: `login: ${said === "" ? "empty line" : said}`, asks: this.#ask("AUTH") };
  }

  #mail(tree: Tree): Words {
    const ref = "RFC 5321 4.5.2";
    const { bytes, offset, end } = tree.reader;
    const view = bytes.subarray(offset, end);
    const tail = decodeText(view.subarray(Math.max(0, view.length - 3)));
    const dot = /(^|\n)\.\r?\n$/.test(decodeText(view.subarray(Math.max(0, view.length - 4))))
      ? (tail.endsWith(".\r\n") ? 3 : 2)
      : 0;
    const content = view.length - dot;
    let text = "";
    if (content > 0) text = tree.text("Mail", content, "RFC 5322 2");
    if (dot > 0) {
      tree.bytes("End of the mail", dot, ref, () => "a dot alone on its line");
      this.#next = "command";
    }
    const subject = /^subject:[ \t]*(.*)$/im.exec(text)?.[1];
    return {
      summary: `mail, ${content} octets${subject === undefined ? "" : `: ${clip(subject, 80)}`}${
        dot === 0 ? ", goes on" : ""
      }`,
      ...(dot > 0 ? { asks: this.#ask("mail") } : {}),
      text,
    };
  }

  #chunk(tree: Tree): Words {
    const count = tree.remaining;
    this.#octets -= count;
    const text = tree.text("Mail", count, "RFC 3030 2");
    return { summary: `mail, ${count} octets`, text };
  }

  #reply(tree: Tree): Words {
    const ref = "RFC 5321 4.2";
    let code = "", text = "";
    while (tree.remaining > 0) {
      tree.group("Reply line", (group) => {
        group.ref = ref;
        code = tree.text("Code", Math.min(3, tree.remaining), ref, (value) => CODES[value]);
        const more = tree.reader.peek();
        if (more === 0x2d || more === 0x20) {
          tree.bytes("Separator", 1, ref, () => more === 0x2d ? "more lines follow" : "the last line");
        }
        const said = tree.word("Text", "\r\n", ref);
        group.meaning = `${code} ${clip(said, 100)}`;
        text += `${text === "" ? "" : "\n"}${code} ${said}`;
        tree.lineEnd("RFC 5321 2.3.8");
      });
    }
    const asked = this.#open.shift();
    const summary = clip(text.replaceAll("\n", " / "), 160);
    if (asked === "DATA" && code !== "354") this.#next = "command";
    if (asked === "AUTH" && code !== "334") this.#next = "command";
    const become = asked === "STARTTLS" && code === "220" ? { protocol: "tls" } : undefined;
    return {
      summary: become === undefined ? summary : `${summary} (TLS from here on)`,
      answers: "smtp",
      text,
      ...(become === undefined ? {} : { become }),
    };
  }
}

function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "client") {
    const hello = startsWith(bytes, ["EHLO ", "HELO ", "LHLO "], true);
    return hello === "no" ? plainLine(bytes) : hello;
  }
  const guess = startsWith(bytes, ["220 ", "220-"]);
  if (guess !== "yes") return guess;
  const end = bytes.indexOf(10);
  if (end === -1) return bytes.length > 512 ? "no" : "maybe";
  const line = decodeText(bytes.subarray(0, end));
  // On SMTP's own port a greeting that does not say what it is will do: "maybe" does not speak against it.
  return /smtp|mail/i.test(line) ? "yes" : /ftp/i.test(line) ? "no" : "maybe";
}

export const SMTP: Protocol = {
  name: "smtp",
  title: "SMTP",
  ref: "RFC 5321",
  tcp: [25, 587, 2525, 24],
  detect,
  sideOf: (bytes) => bytes[0]! >= 0x30 && bytes[0]! <= 0x39 ? "server" : "client",
  stream: () => new Smtp(),
};

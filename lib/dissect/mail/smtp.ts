// SMTP (RFC 5321) with AUTH (RFC 4954), STARTTLS (RFC 3207), PIPELINING, BDAT (RFC 3030); LMTP. Pure.
import { measureLine, plainLine, startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import { SaslLines } from "../coding/sasl.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

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
  "432": "the password must be changed first",
  "450": "mailbox busy",
  "451": "local error",
  "452": "not enough storage",
  "454": "temporary failure of login or TLS",
  "455": "a parameter cannot be granted now",
  "500": "command not recognized",
  "501": "syntax error in the argument",
  "502": "not implemented",
  "503": "wrong order of commands",
  "504": "argument not implemented",
  "521": "takes no mail at all",
  "523": "encryption needed",
  "530": "login or TLS required",
  "534": "this kind of login is too weak",
  "535": "login refused",
  "538": "this kind of login needs encryption",
  "550": "mailbox unavailable",
  "551": "not local, try the path it names",
  "552": "storage exceeded",
  "553": "mailbox name not allowed",
  "554": "transaction failed",
  "555": "unknown parameter",
  "556": "the domain takes no mail",
};
/** Extensions that a server says in its answer to EHLO (IANA "Mail Parameters"). */
const EXTENSIONS: Readonly<Record<string, readonly [meaning: string, ref: string]>> = {
  "8BITMIME": ["texts of 8 bits are taken", "RFC 6152 2"],
  AUTH: ["logins, by these mechanisms", "RFC 4954 3"],
  BINARYMIME: ["binary content is taken, with CHUNKING", "RFC 3030 3"],
  CHUNKING: ["mail may come by BDAT, counted", "RFC 3030 2"],
  DELIVERBY: ["the sender may set a time limit", "RFC 2852 2"],
  DSN: ["reports of delivery can be asked for", "RFC 3461 2"],
  ENHANCEDSTATUSCODES: ["replies hold codes of three numbers", "RFC 2034 3"],
  ETRN: ["starts the queue of a domain", "RFC 1985 2"],
  EXPN: ["tells the members of lists", "RFC 5321 4.1.1.7"],
  HELP: ["gives help", "RFC 5321 4.1.1.8"],
  LIMITS: ["how many mails and recipients", "RFC 9422"],
  PIPELINING: ["commands may be sent without waiting", "RFC 2920 2"],
  REQUIRETLS: ["mail that must go over TLS only", "RFC 8689 2"],
  SIZE: ["the largest mail that is taken", "RFC 1870 3"],
  SMTPUTF8: ["addresses in UTF-8 are taken", "RFC 6531 3.1"],
  STARTTLS: ["encryption can begin", "RFC 3207 2"],
  VRFY: ["tells whether a mailbox is there", "RFC 5321 4.1.1.6"],
  XCLIENT: ["a proxy may say who the client is", "Postfix"],
  XFORWARD: ["a proxy may say where mail came from", "Postfix"],
};
/** Parameters of MAIL and RCPT. */
const PARAMETERS: Readonly<Record<string, string>> = {
  AUTH: "who gave the mail in",
  BODY: "7BIT, 8BITMIME or BINARYMIME",
  BY: "time limit of the delivery",
  ENVID: "the sender's name for this mail",
  NOTIFY: "when to report",
  ORCPT: "the recipient before it was changed",
  REQUIRETLS: "over TLS only",
  RET: "what reports shall hold: FULL or HDRS",
  SIZE: "octets of the mail",
  SMTPUTF8: "addresses may be UTF-8",
};
/** Second number of an enhanced status code (RFC 3463 3). */
const SUBJECTS = [
  "nothing in particular",
  "the address",
  "the mailbox",
  "the mail system",
  "the network",
  "the protocol",
  "the content",
  "security",
];
/** Mail is shown in pieces of about this size. */
const PIECE = 64 * 1024;

class Smtp implements StreamDissector {
  /** Commands whose replies have not come. */
  readonly #open: string[] = [];
  /** What the client's next octets are. */
  #next: "command" | "mail" = "command";
  readonly #login = new SaslLines();
  /** LMTP answers the end of a mail once for each recipient. */
  #lmtp = false;
  #recipients = 0;
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
    if (this.#login.waiting) return this.#credentials(tree);
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
      const mechanism = tree.word("Mechanism", " \r\n", ref).toUpperCase();
      summary += ` ${clip(mechanism, 20)}`;
      this.#login.begin(mechanism);
      tree.spaces(ref);
      if (tree.remaining > 2) summary += ` ${this.#login.response(tree, "RFC 4954 4")}`;
    } else if (verb === "MAIL" || verb === "RCPT") summary += this.#path(tree, ref);
    else {
      const argument = tree.word("Argument", "\r\n", ref);
      if (argument !== "") summary += ` ${clip(argument, 120)}`;
      if (verb === "BDAT") this.#octets = Math.min(Number(/^\d+/.exec(argument)?.[0] ?? 0), 2 ** 40);
    }
    if (verb === "LHLO") this.#lmtp = true;
    if (verb === "MAIL") this.#recipients = 0;
    tree.lineEnd("RFC 5321 2.3.8");
    if (verb === "DATA") this.#next = "mail";
    return { summary, asks: this.#ask(verb), text: summary };
  }

  /** `FROM:<a@b> SIZE=100`: a path and what is said of the mail. */
  #path(tree: Tree, ref: string): string {
    const { bytes, offset, end } = tree.reader;
    const line = /^((?:FROM|TO):)([ \t]*)(<[^>\r\n]*>|[^ \r\n]+)/i.exec(
      decodeText(bytes.subarray(offset, Math.min(end, offset + 1100))),
    );
    if (line === null) {
      const argument = tree.word("Argument", "\r\n", ref);
      return argument === "" ? "" : ` ${clip(argument, 120)}`;
    }
    const from = /^f/i.test(line[1]!);
    tree.text("Keyword", line[1]!.length, ref);
    tree.spaces(ref);
    const path = tree.word(
      from ? "Sender" : "Recipient",
      " \t\r\n",
      ref,
      (text) =>
        text === "<>" ? "nobody: this mail reports a failure" : from ? "failures are reported there" : undefined,
    );
    const words = [`${line[1]}${path}`];
    for (
      tree.spaces(ref);
      tree.remaining > 0 && tree.reader.peek() !== 13 && tree.reader.peek() !== 10;
      tree.spaces(ref)
    ) {
      words.push(
        tree.word("Parameter", " \t\r\n", "RFC 5321 4.1.2", (text) => PARAMETERS[text.split("=")[0]!.toUpperCase()]),
      );
    }
    return ` ${clip(words.join(" "), 120)}`;
  }

  #credentials(tree: Tree): Words {
    const said = this.#login.response(tree, "RFC 4954 4");
    tree.lineEnd("RFC 5321 2.3.8");
    return { summary: `login: ${said}`, asks: this.#ask("AUTH") };
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
    if (content > 0) text = tree.text("Mail", content, "RFC 5322 2.1");
    if (dot > 0) {
      tree.bytes("End of the mail", dot, ref, () => "a dot alone on its line");
      this.#next = "command";
    }
    const subject = /^subject:[ \t]*(.*)$/im.exec(text)?.[1];
    return {
      summary: `mail, ${counted(content, "octet")}${subject === undefined ? "" : `: ${clip(subject, 80)}`}${
        dot === 0 ? ", goes on" : ""
      }`,
      ...(dot > 0 ? { asks: this.#endOfMail() } : {}),
      text,
    };
  }

  /** One reply follows, of LMTP one for each recipient. */
  #endOfMail(): string {
    for (let i = 1; this.#lmtp && i < Math.min(this.#recipients, 100); i++) this.#ask("mail");
    return this.#ask("mail");
  }

  #chunk(tree: Tree): Words {
    const count = tree.remaining;
    this.#octets -= count;
    const text = tree.text("Mail", count, "RFC 3030 2");
    return { summary: `mail, ${counted(count, "octet")}`, text };
  }

  #reply(tree: Tree): Words {
    const ref = "RFC 5321 4.2";
    const asked = this.#open.shift();
    const hello = asked === "EHLO" || asked === "LHLO";
    let code = "", text = "", lines = 0;
    while (tree.remaining > 0) {
      tree.group("Reply line", (group) => {
        group.ref = ref;
        code = tree.text("Code", Math.min(3, tree.remaining), ref, replyMeaning);
        const more = tree.reader.peek();
        if (more === 0x2d || more === 0x20) {
          tree.bytes("Separator", 1, ref, () => more === 0x2d ? "more lines follow" : "the last line");
        }
        const said = this.#replyText(tree, code, hello && lines > 0);
        group.meaning = `${code} ${clip(said, 100)}`;
        text += `${text === "" ? "" : "\n"}${code} ${said}`;
        lines++;
        tree.lineEnd("RFC 5321 2.3.8");
      });
    }
    const summary = clip(text.replaceAll("\n", " / "), 160);
    if (asked === "DATA" && code !== "354") this.#next = "command";
    if (asked === "RCPT" && code.startsWith("2")) this.#recipients++;
    if (asked === "AUTH") {
      if (code === "334") this.#login.waiting = true;
      else this.#login.end();
    }
    const become = asked === "STARTTLS" && code === "220" ? { protocol: "tls", note: "smtp" } : undefined;
    return {
      summary: become === undefined ? summary : `${summary} (TLS from here on)`,
      answers: "smtp",
      text,
      ...(become === undefined ? {} : { become }),
    };
  }

  /** The text of a reply's line: an extension, a challenge, or a status code of three numbers and words. */
  #replyText(tree: Tree, code: string, extension: boolean): string {
    const ref = "RFC 5321 4.2";
    if (extension) {
      const text = tree.word("Extension", "\r\n", "RFC 5321 4.1.1.1");
      const [meaning, own] = EXTENSIONS[text.split(/[ =]/)[0]!.toUpperCase()] ?? [];
      if (own !== undefined) Object.assign(tree.last, { meaning, ref: own });
      return text;
    }
    if (code === "334") return tree.word("Challenge", "\r\n", "RFC 4954 4", (text) => this.#login.challenge(text));
    const { bytes, offset, end } = tree.reader;
    const status = /^[245]\.\d{1,3}\.\d{1,3}(?=[ \r\n])/.exec(
      decodeText(bytes.subarray(offset, Math.min(end, offset + 12))),
    );
    if (status === null || status[0][0] !== code[0]) return tree.word("Text", "\r\n", ref);
    const [, subject] = status[0].split(".");
    tree.text(
      "Enhanced status",
      status[0].length,
      "RFC 3463 2",
      () => `about ${SUBJECTS[Number(subject)] ?? "something"}`,
    );
    tree.spaces(ref);
    return `${status[0]} ${tree.word("Text", "\r\n", ref)}`;
  }
}

/** What a code says: the known ones, else what its first digit says. */
function replyMeaning(code: string): string | undefined {
  return CODES[code] ?? { "2": "done", "3": "more is needed", "4": "not now, try again", "5": "no" }[code[0] ?? ""];
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

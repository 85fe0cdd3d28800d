// FTP's control connection (RFC 959) with TLS (RFC 4217). Pure.
import { measureLine, plainLine, startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";

const REF = "RFC 959 5.3";
/** Where commands are defined, when not among the services of RFC 959 4.1.3. */
const SECTIONS: readonly (readonly [section: string, commands: string])[] = [
  ["RFC 959 4.1.1", "USER PASS ACCT CWD CDUP SMNT REIN QUIT"],
  ["RFC 959 4.1.2", "PORT PASV TYPE STRU MODE"],
  ["RFC 2228 3", "AUTH PBSZ PROT CCC"],
  ["RFC 2389 3.1", "FEAT"],
  ["RFC 2389 4", "OPTS"],
  ["RFC 2428 2", "EPRT"],
  ["RFC 2428 3", "EPSV"],
  ["RFC 2640 4.1", "LANG"],
  ["RFC 3659 3", "MDTM"],
  ["RFC 3659 4", "SIZE"],
  ["RFC 3659 5", "REST"],
  ["RFC 3659 7", "MLST MLSD"],
  ["RFC 7151 3", "HOST"],
  ["draft-somers-ftp-mfxx", "MFMT"],
];
const COMMANDS: Readonly<Record<string, string>> = {
  USER: "user name",
  PASS: "password",
  ACCT: "account",
  CWD: "changes the directory",
  CDUP: "goes up a directory",
  QUIT: "ends the session",
  PORT: "the client listens for the data",
  EPRT: "the client listens for the data",
  PASV: "asks the server to listen for the data",
  EPSV: "asks the server to listen for the data",
  TYPE: "kind of transfer",
  RETR: "fetches a file",
  STOR: "stores a file",
  APPE: "appends to a file",
  DELE: "deletes a file",
  RNFR: "renames from",
  RNTO: "renames to",
  MKD: "makes a directory",
  RMD: "removes a directory",
  PWD: "asks for the directory",
  LIST: "lists a directory",
  NLST: "lists names",
  MLSD: "lists a directory for machines",
  SYST: "asks for the system",
  FEAT: "asks for extensions",
  SIZE: "asks for a file's size",
  REST: "starts from an offset",
  AUTH: "asks to go on over TLS",
  PBSZ: "protection buffer size",
  PROT: "protection of the data",
  NOOP: "does nothing",
  ABOR: "gives up the transfer",
  ALLO: "asks for room",
  CCC: "asks to go on without TLS here",
  HELP: "asks for help",
  HOST: "which of the servers here is meant",
  LANG: "language of the replies",
  MDTM: "asks for a file's time",
  MFMT: "sets a file's time",
  MLST: "asks for facts of a file, for machines",
  MODE: "how the data are transferred",
  OPTS: "sets an option",
  REIN: "begins anew",
  SITE: "a command of this server alone",
  SMNT: "mounts a file system",
  STAT: "asks for the state",
  STOU: "stores a file under a new name",
  STRU: "structure of the file",
};
/** What the first digit of a code says, and what the second says it is about (RFC 959 4.2.1). */
const REPLIES: Readonly<Record<string, string>> = {
  "1": "goes on",
  "2": "done",
  "3": "more is needed",
  "4": "not now",
  "5": "no",
};
const SUBJECTS = ["syntax", "information", "connections", "the login", "", "the file system"];
const CODES: Readonly<Record<string, string>> = {
  "125": "the data connection is open, the transfer begins",
  "150": "opens the data connection",
  "200": "done",
  "211": "system or features",
  "215": "the system",
  "220": "ready for a new user",
  "221": "closing",
  "226": "the transfer is done",
  "227": "listens for the data (PASV)",
  "229": "listens for the data (EPSV)",
  "230": "logged in",
  "234": "TLS may begin",
  "250": "done",
  "257": "the path",
  "331": "the password is wanted",
  "350": "go on with the next command",
  "421": "not available, closing",
  "425": "cannot open the data connection",
  "426": "the transfer was broken off",
  "450": "the file is busy",
  "500": "command not recognized",
  "501": "syntax error in the argument",
  "502": "not implemented",
  "503": "wrong order of commands",
  "522": "needs TLS, or another protocol",
  "530": "not logged in",
  "550": "no such file, or not permitted",
  "553": "file name not allowed",
};

function replyMeaning(code: string): string | undefined {
  const subject = SUBJECTS[Number(code[1])] ?? "";
  const outcome = REPLIES[code[0] ?? ""];
  return CODES[code] ?? (outcome === undefined || subject === "" ? outcome : `${outcome}, about ${subject}`);
}

/** `h1,h2,h3,h4,p1,p2` as address and port (RFC 959 4.1.2). */
function hostPort(text: string): string | undefined {
  const match = /(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})/.exec(text);
  if (match === null) {
    const port = /\(\|\|\|(\d{1,5})\|\)/.exec(text);
    return port === null ? undefined : `data on port ${port[1]}`;
  }
  const [a, b, c, d, high, low] = match.slice(1).map(Number);
  return `data on ${a}.${b}.${c}.${d}:${high! * 256 + low!}`;
}

/** `|1|127.0.0.1|5000|` (RFC 2428 2). */
function extendedPort(text: string): string | undefined {
  const [, , host, port] = text.split(text[0] ?? "|");
  return port === undefined ? undefined : `data on ${host!.includes(":") ? `[${host}]` : host}:${port}`;
}

const TRANSFERS: Readonly<Record<string, string>> = {
  A: "text",
  I: "octets as they are",
  E: "EBCDIC",
  L: "octets of another size",
};

class Ftp implements StreamDissector {
  readonly #open: string[] = [];

  measure(bytes: Uint8Array, side: Side, _ended: boolean, scanned: number): number {
    if (side === "client") return measureLine(bytes, scanned);
    // "123-" begins a reply that ends with the line "123 ".
    const first = measureLine(bytes);
    if (first === 0 || bytes[3] !== 0x2d) return first;
    for (let at = first;;) {
      const length = measureLine(bytes.subarray(at));
      if (length === 0) return at > 65536 ? at : 0;
      const last = bytes[at + 3] === 0x20 && bytes[at] === bytes[0] && bytes[at + 1] === bytes[1] &&
        bytes[at + 2] === bytes[2];
      at += length;
      if (last) return at;
    }
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    return side === "client" ? this.#command(tree) : this.#reply(tree);
  }

  #command(tree: Tree): Words {
    const verb = tree.word("Command", " \r\n", REF, (word) => COMMANDS[word.toUpperCase()]).toUpperCase();
    if (COMMANDS[verb] !== undefined) {
      tree.last.ref = SECTIONS.find(([, commands]) => commands.split(" ").includes(verb))?.[0] ?? "RFC 959 4.1.3";
    }
    tree.spaces(REF);
    let summary = clip(verb, 20), text = verb;
    if (verb === "PASS") {
      if (tree.word("Password", "\r\n", "RFC 959 4.1.1") !== "") tree.last.secret = true;
      summary += ", password in clear";
      text = summary;
    } else {
      const argument = tree.word(
        "Argument",
        "\r\n",
        REF,
        (word) =>
          verb === "PORT"
            ? hostPort(word)
            : verb === "EPRT"
            ? extendedPort(word)
            : verb === "TYPE"
            ? TRANSFERS[word[0]?.toUpperCase() ?? ""]
            : undefined,
      );
      if (argument !== "") summary += ` ${clip(argument, 120)}`;
      text = `${verb} ${argument}`;
    }
    tree.lineEnd(REF);
    if (this.#open.length < 1024) this.#open.push(verb);
    return { summary, asks: "ftp", text };
  }

  #reply(tree: Tree): Words {
    let code = "", text = "", first = "";
    while (tree.remaining > 0) {
      tree.group("Reply line", (group) => {
        const line = decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 4));
        if (/^\d{3}[ -]/.test(line) && (first === "" || line.startsWith(first))) {
          code = tree.text("Code", 3, "RFC 959 4.2", replyMeaning);
          first ||= code;
          tree.bytes("Separator", 1, "RFC 959 4.2");
        }
        const said = tree.word("Text", "\r\n", "RFC 959 4.2", hostPort);
        group.meaning = clip(`${code} ${said}`, 100);
        text += `${text === "" ? "" : "\n"}${code} ${said}`;
        tree.lineEnd("RFC 959 4.2");
      }, { ref: "RFC 959 4.2" });
    }
    // 1xx comes before the final reply to the same command.
    const preliminary = code.startsWith("1");
    const asked = preliminary ? undefined : this.#open.shift();
    const summary = clip(text.replaceAll("\n", " / "), 160);
    const tls = asked === "AUTH" && code === "234";
    return {
      summary: tls ? `${summary} (TLS from here on)` : summary,
      ...(preliminary ? {} : { answers: "ftp" }),
      text,
      ...(tls ? { become: { protocol: "tls", note: "ftp" } } : {}),
    };
  }
}

function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "client") return plainLine(bytes);
  const guess = startsWith(bytes, ["220 ", "220-"]);
  if (guess !== "yes") return guess;
  const end = bytes.indexOf(10);
  if (end === -1) return bytes.length > 512 ? "no" : "maybe";
  const line = decodeText(bytes.subarray(0, end));
  return /ftp/i.test(line) ? "yes" : /smtp|mail/i.test(line) ? "no" : "maybe";
}

export const FTP: Protocol = {
  name: "ftp",
  title: "FTP",
  ref: "RFC 959",
  tcp: [21, 2121],
  detect,
  sideOf: (bytes) => bytes[0]! >= 0x30 && bytes[0]! <= 0x39 ? "server" : "client",
  stream: () => new Ftp(),
};

// The dialogue by which a protocol turns to TLS half way, for both sides, over any stream. No I/O of its own.
// To add a protocol: a line in STARTTLS_PROTOCOLS and an entry in CLIENTS and SERVERS.
// Sources: RFC 3207 (SMTP), 9051 6.2.1 (IMAP), 2595 4 (POP3), 4217 (FTP), 4642 (NNTP), 4511 4.14 (LDAP), PostgreSQL 54.7.
import { type Bytes, equalBytes, indexOfBytes, latin1, latin1Text } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import { printable } from "../base/text.ts";
import { readExactly, readLine } from "../stream/exact.ts";
import { type Stream, WrappedStream } from "../stream/stream.ts";

/** The protocols that `starttls=` knows. */
export const STARTTLS_PROTOCOLS = ["smtp", "lmtp", "imap", "pop3", "ftp", "nntp", "postgres", "ldap"] as const;
export type StartTlsProtocol = typeof STARTTLS_PROTOCOLS[number];

/** One piece of what was said before TLS. */
export interface Said {
  /** By us, else by the peer. */
  readonly sent: boolean;
  readonly bytes: Uint8Array;
}

/** Lines of a reply with several lines that are read before it is refused. */
const MOST_LINES = 200;
const LONGEST_LINE = 4096;

/** A stream that is talked on line by line; remembers what was said. */
class Talk {
  readonly said: Said[] = [];
  constructor(readonly stream: Stream, readonly protocol: StartTlsProtocol) {}

  async line(): Promise<string> {
    const line = await readLine(this.stream, LONGEST_LINE, `${this.protocol.toUpperCase()} answer`);
    this.said.push({ sent: false, bytes: latin1(line + "\r\n") });
    return line;
  }
  async exactly(count: number): Promise<Bytes> {
    const bytes = await readExactly(this.stream, count, `${this.protocol} answer`);
    this.said.push({ sent: false, bytes });
    return bytes;
  }
  async send(line: string): Promise<void> {
    await this.bytes(latin1(line + "\r\n"));
  }
  async bytes(bytes: Uint8Array): Promise<void> {
    this.said.push({ sent: true, bytes });
    await this.stream.write(bytes);
  }
  refuse(line: string): ProtocolError {
    return new ProtocolError(
      `The ${this.protocol.toUpperCase()} peer does not start TLS: "${printable(line.slice(0, 200))}"`,
    );
  }
  /** All lines of a reply such as `250-A`, `250 B` (RFC 5321, 4.2.1); its code must be `code`. */
  async reply(code: string): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      lines.push(line);
      // Within a reply of several lines FTP allows lines without a code (RFC 959, 4.2).
      if (lines.length === 1 && !line.startsWith(code)) throw this.refuse(line);
      if (/^\d{3}(?: |$)/.test(line) && line.startsWith(lines[0]!.slice(0, 3))) return lines;
      if (lines.length === 1 && line[3] !== "-") throw this.refuse(line);
      if (lines.length > MOST_LINES) throw new ProtocolError(`The ${this.protocol} reply does not end`);
    }
  }
}

const OID_STARTTLS = "1.3.6.1.4.1.1466.20037";
const LDAP_REQUEST = new Uint8Array([0x30, 29, 2, 1, 1, 0x77, 24, 0x80, 22, ...latin1(OID_STARTTLS)]);
const LDAP_ANSWER = new Uint8Array([0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0]);
/** PostgreSQL's SSLRequest: length 8, then a version that no protocol has. */
const POSTGRES_REQUEST = new Uint8Array([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Reads one BER element of at most 4 KiB, its header included. */
async function berElement(talk: Talk): Promise<Bytes> {
  const head = await talk.exactly(2);
  if (head[0] !== 0x30) throw talk.refuse(latin1Text(head));
  let length = head[1]!;
  if (length > 0x82) throw talk.refuse("an element too long");
  if (length >= 0x80) length = (await talk.exactly(length & 0x7f)).reduce((sum, octet) => sum * 256 + octet, 0);
  if (length > 4096) throw talk.refuse("an element too long");
  return await talk.exactly(length);
}

async function mailClient(talk: Talk): Promise<void> {
  await talk.reply("220");
  await talk.send(talk.protocol === "lmtp" ? "LHLO localhost" : "EHLO localhost");
  const able = await talk.reply("250");
  if (!able.some((line) => /^250[- ]STARTTLS\b/i.test(line))) throw talk.refuse("STARTTLS is not among what it can do");
  await talk.send("STARTTLS");
  await talk.reply("220");
}

/** The client's part: talks until the server is ready for a ClientHello. */
const CLIENTS: Record<StartTlsProtocol, (talk: Talk) => Promise<void>> = {
  smtp: mailClient,
  lmtp: mailClient,
  async imap(talk) {
    const greeting = await talk.line();
    if (!/^\* (OK|PREAUTH)\b/i.test(greeting)) throw talk.refuse(greeting);
    await talk.send("a1 STARTTLS");
    for (let lines = 0; lines < MOST_LINES; lines++) {
      const line = await talk.line();
      if (/^a1 OK\b/i.test(line)) return;
      if (!line.startsWith("* ")) throw talk.refuse(line);
    }
    throw talk.refuse("no answer to STARTTLS");
  },
  async pop3(talk) {
    const greeting = await talk.line();
    if (!/^\+OK\b/i.test(greeting)) throw talk.refuse(greeting);
    await talk.send("STLS");
    const answer = await talk.line();
    if (!/^\+OK\b/i.test(answer)) throw talk.refuse(answer);
  },
  async ftp(talk) {
    await talk.reply("220");
    await talk.send("AUTH TLS");
    await talk.reply("234");
  },
  async nntp(talk) {
    await talk.reply("20");
    await talk.send("STARTTLS");
    await talk.reply("382");
  },
  async postgres(talk) {
    await talk.bytes(POSTGRES_REQUEST);
    const [answer] = await talk.exactly(1);
    if (answer !== 0x53) throw talk.refuse(String.fromCharCode(answer!));
  },
  async ldap(talk) {
    await talk.bytes(LDAP_REQUEST);
    const message = await berElement(talk);
    // messageID, [APPLICATION 24] with resultCode first; zero is success.
    const at = message.indexOf(0x78);
    const code = at === -1 ? -1 : indexOfBytes(message, new Uint8Array([0x0a, 1]), at);
    if (code === -1 || message[code + 2] !== 0) throw talk.refuse("an LDAP result that is not success");
  },
};

/** A mini server's part: greets, answers until the client asks for TLS, says yes. False: the client left. */
const SERVERS: Record<StartTlsProtocol, (talk: Talk) => Promise<boolean>> = {
  smtp: mailServer,
  lmtp: mailServer,
  imap: (talk) =>
    lineServer(
      talk,
      "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] netlab",
      /^(\S+) STARTTLS$/i,
      "$1 OK Begin TLS",
      [
        [/^(\S+) CAPABILITY$/i, "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n$1 OK Done"],
        [/^(\S+) NOOP$/i, "$1 OK Done"],
        [/^(\S+) ID .*$/i, "* ID NIL\r\n$1 OK Done"],
        [/^(\S+) LOGOUT$/i, "* BYE\r\n$1 OK Done", true],
        [/^(\S+) .*$/, "$1 BAD STARTTLS first"],
        [/^.*$/, "* BAD STARTTLS first"],
      ],
    ),
  pop3: (talk) =>
    lineServer(talk, "+OK netlab", /^STLS$/i, "+OK Begin TLS", [
      [/^CAPA$/i, "+OK\r\nSTLS\r\nUSER\r\n."],
      [/^QUIT$/i, "+OK", true],
      [/^.*$/, "-ERR STLS first"],
    ]),
  ftp: (talk) =>
    lineServer(talk, "220 netlab", /^AUTH (?:TLS|SSL|TLS-C)$/i, "234 Begin TLS", [
      [/^FEAT$/i, "211-Features:\r\n AUTH TLS\r\n211 End"],
      [/^QUIT$/i, "221 Bye", true],
      [/^.*$/, "530 AUTH TLS first"],
    ]),
  nntp: (talk) =>
    lineServer(talk, "200 netlab", /^STARTTLS$/i, "382 Begin TLS", [
      [/^CAPABILITIES.*$/i, "101 Capabilities:\r\nVERSION 2\r\nSTARTTLS\r\n."],
      [/^QUIT$/i, "205 Bye", true],
      [/^.*$/, "483 STARTTLS first"],
    ]),
  async postgres(talk) {
    for (let tries = 0; tries < 3; tries++) {
      const request = await talk.exactly(8);
      if (equalBytes(request, POSTGRES_REQUEST)) {
        await talk.bytes(latin1("S"));
        return true;
      }
      // GSSENCRequest: not here; the client asks for TLS next.
      if (!equalBytes(request.subarray(0, 7), new Uint8Array([0, 0, 0, 8, 0x04, 0xd2, 0x16]))) {
        throw new ProtocolError("The PostgreSQL client does not ask for TLS: use sslmode=require");
      }
      await talk.bytes(latin1("N"));
    }
    return false;
  },
  async ldap(talk) {
    const message = await berElement(talk);
    if (!latin1Text(message).includes(OID_STARTTLS)) throw talk.refuse("the client asks for something else first");
    const answer = LDAP_ANSWER.slice();
    if (message[0] === 2 && message[1] === 1) answer[4] = message[2]!;
    await talk.bytes(answer);
    return true;
  },
};

function mailServer(talk: Talk): Promise<boolean> {
  const hello = talk.protocol === "lmtp" ? /^LHLO\b.*$/i : /^EHLO\b.*$/i;
  return lineServer(
    talk,
    `220 netlab ${talk.protocol.toUpperCase().replace(/^SMTP$/, "ESMTP")}`,
    /^STARTTLS$/i,
    "220 Begin TLS",
    [
      [hello, "250-netlab\r\n250-8BITMIME\r\n250 STARTTLS"],
      [/^HELO\b.*$/i, "250 netlab"],
      [/^(NOOP|RSET)\b.*$/i, "250 OK"],
      [/^QUIT$/i, "221 Bye", true],
      [/^.*$/, "530 Must issue a STARTTLS command first"],
    ],
  );
}

async function lineServer(
  talk: Talk,
  greeting: string,
  start: RegExp,
  yes: string,
  answers: readonly (readonly [pattern: RegExp, answer: string, last?: boolean])[],
): Promise<boolean> {
  await talk.send(greeting);
  for (let lines = 0; lines < MOST_LINES; lines++) {
    const line = await talk.line();
    if (start.test(line)) {
      await talk.send(line.replace(start, yes));
      return true;
    }
    const [pattern, answer, last] = answers.find(([pattern]) => pattern.test(line))!;
    await talk.send(line.replace(pattern, answer));
    if (last) return false;
  }
  throw new ProtocolError(`The ${talk.protocol} client talks on without starting TLS`);
}

/** Octets that came with the last clear line were not sent by who is authenticated afterwards (CVE-2011-0411). */
function nothingSmuggled(stream: Stream): void {
  if (stream.hasReturned) throw new ProtocolError("The peer sent data in clear behind the start of TLS: refused");
}

/**
 * The client's part of the dialogue on `stream`: afterwards it waits for a ClientHello. Gives what was said. Throws a
 * `ProtocolError` when the server does not start TLS.
 */
export async function startTlsClient(stream: Stream, protocol: StartTlsProtocol): Promise<Said[]> {
  const talk = new Talk(stream, protocol);
  await CLIENTS[protocol](talk);
  nothingSmuggled(stream);
  return talk.said;
}

/**
 * The server's part, which answers as a small server of its own until the client asks for TLS. Gives what was said, or
 * `undefined` when the client took leave without TLS. Throws a `ProtocolError` for any other end.
 */
export async function startTlsServer(stream: Stream, protocol: StartTlsProtocol): Promise<Said[] | undefined> {
  const talk = new Talk(stream, protocol);
  if (!await SERVERS[protocol](talk)) return undefined;
  nothingSmuggled(stream);
  return talk.said;
}

/** How greetings begin, of the protocols whose server speaks first. */
const GREETINGS: Partial<Record<StartTlsProtocol, RegExp>> = {
  smtp: /^220[- ]/,
  lmtp: /^220[- ]/,
  ftp: /^220[- ]/,
  nntp: /^20[01] /,
  imap: /^\* (OK|PREAUTH|BYE)/i,
  pop3: /^\+OK/i,
};

/**
 * The greeting that a server gave in clear: whoever talks through the TLS connection has not seen it, and waits for it.
 */
export function greetingOf(said: readonly Said[], protocol: StartTlsProtocol): Uint8Array {
  if (GREETINGS[protocol] === undefined) return new Uint8Array(0);
  const until = said.findIndex(({ sent }) => sent);
  return latin1(said.slice(0, until).map(({ bytes }) => latin1Text(bytes)).join(""));
}

/**
 * The listening side after the dialogue: its client has been greeted, so the greeting of the server behind is kept from
 * it. Everything else passes.
 */
export class GreetedStream extends WrappedStream {
  #pending: string | undefined = "";
  readonly #greeting: RegExp | undefined;

  constructor(inner: Stream, protocol: StartTlsProtocol) {
    super(inner);
    this.#greeting = GREETINGS[protocol];
    if (this.#greeting === undefined) this.#pending = undefined;
  }

  protected override async push(bytes: Uint8Array): Promise<void> {
    if (this.#pending === undefined) return await this.inner.write(bytes);
    this.#pending += latin1Text(bytes);
    const text = this.#pending;
    for (let at = 0;;) {
      const end = text.indexOf("\n", at);
      const line = text.slice(at, end === -1 ? undefined : end);
      const enough = end !== -1 || line.length >= 5;
      if (enough && at === 0 && !this.#greeting!.test(line)) return await this.#pass(text);
      if (end === -1) {
        // More of the greeting has to come, unless it never ends.
        if (text.length > LONGEST_LINE) await this.#pass(text);
        return;
      }
      at = end + 1;
      if (!/^\d{3}-/.test(line)) return await this.#pass(text.slice(at));
    }
  }

  async #pass(text: string): Promise<void> {
    this.#pending = undefined;
    if (text !== "") await this.inner.write(latin1(text));
  }

  protected override async finish(): Promise<void> {
    const text = this.#pending;
    if (text !== undefined && text !== "" && !this.#greeting!.test(text)) await this.#pass(text);
    await super.finish();
  }
}

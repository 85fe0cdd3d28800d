// The server's part of the dialogues by which protocols turn to TLS: a mini server that greets, answers until the client
// asks for TLS, and says yes. No I/O of its own. Sources as in client.ts.
import { type Bytes, concat, equalBytes, latin1, latin1Text } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import { ByteReader } from "../../base/reader.ts";
import { ByteWriter } from "../../base/writer.ts";
import {
  berElement,
  LONGEST_LINE,
  MOST_LINES,
  OID_STARTTLS,
  POSTGRES_REQUEST,
  type StartTlsProtocol,
  type Talk,
  XMPP_STREAMS,
  XMPP_TLS,
} from "./talk.ts";

const LDAP_UNBIND = 0x42, LDAP_SEARCH = 0x63, LDAP_DELETE = 0x4a, LDAP_ABANDON = 0x50, LDAP_EXTENDED = 0x77;

const SIEVE_ABLE =
  '"IMPLEMENTATION" "netlab"\r\n"SASL" ""\r\n"SIEVE" ""\r\n"STARTTLS"\r\n"VERSION" "1.0"\r\nOK "Hello"';

/** PostgreSQL's GSSENCRequest, and what a connection begins with that is TLS from the start. */
const POSTGRES_GSS = new Uint8Array([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30]), TLS_HANDSHAKE = 0x16;

/** How a server speaks whose dialogue is made of lines. In an answer `$1` is what its pattern has found. */
interface Lines {
  readonly greeting: string;
  /** The line that starts TLS, and what is said to it. */
  readonly start: RegExp;
  readonly yes: string;
  /** What is said to other lines, the first that fits; behind the `last` the client leaves. */
  readonly answers: readonly (readonly [pattern: RegExp, answer: string, last?: "last"])[];
  readonly otherwise: string;
}

const MAIL: Omit<Lines, "greeting"> = {
  start: /^STARTTLS$/i,
  yes: "220 Begin TLS",
  answers: [
    [/^HELO\b.*$/i, "250 netlab"],
    [/^(NOOP|RSET)\b.*$/i, "250 OK"],
    [/^QUIT$/i, "221 Bye", "last"],
  ],
  otherwise: "530 Must issue a STARTTLS command first",
};
const MAIL_ABLE = "250-netlab\r\n250-8BITMIME\r\n250 STARTTLS";

const byLines = (lines: Lines) => (talk: Talk) => lineServer(talk, lines);

/** A mini server's part: greets, answers until the client asks for TLS, says yes. False: the client left. */
export const SERVERS: Record<StartTlsProtocol, (talk: Talk) => Promise<boolean>> = {
  smtp: byLines({ ...MAIL, greeting: "220 netlab ESMTP", answers: [[/^EHLO\b.*$/i, MAIL_ABLE], ...MAIL.answers] }),
  lmtp: byLines({ ...MAIL, greeting: "220 netlab LMTP", answers: [[/^LHLO\b.*$/i, MAIL_ABLE], ...MAIL.answers] }),
  imap: byLines({
    greeting: "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] netlab",
    start: /^(\S+) STARTTLS$/i,
    yes: "$1 OK Begin TLS",
    answers: [
      [/^(\S+) CAPABILITY$/i, "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n$1 OK Done"],
      [/^(\S+) NOOP$/i, "$1 OK Done"],
      [/^(\S+) ID .*$/i, "* ID NIL\r\n$1 OK Done"],
      [/^(\S+) LOGOUT$/i, "* BYE\r\n$1 OK Done", "last"],
      [/^(\S+) .*$/, "$1 BAD STARTTLS first"],
    ],
    otherwise: "* BAD STARTTLS first",
  }),
  pop3: byLines({
    greeting: "+OK netlab",
    start: /^STLS$/i,
    yes: "+OK Begin TLS",
    answers: [[/^CAPA$/i, "+OK\r\nSTLS\r\nUSER\r\n."], [/^QUIT$/i, "+OK", "last"]],
    otherwise: "-ERR STLS first",
  }),
  ftp: byLines({
    greeting: "220 netlab",
    start: /^AUTH (?:TLS|SSL|TLS-C)$/i,
    yes: "234 Begin TLS",
    answers: [[/^FEAT$/i, "211-Features:\r\n AUTH TLS\r\n211 End"], [/^QUIT$/i, "221 Bye", "last"]],
    otherwise: "530 AUTH TLS first",
  }),
  nntp: byLines({
    greeting: "200 netlab",
    start: /^STARTTLS$/i,
    yes: "382 Begin TLS",
    answers: [
      [/^CAPABILITIES.*$/i, "101 Capabilities:\r\nVERSION 2\r\nSTARTTLS\r\n."],
      [/^QUIT$/i, "205 Bye", "last"],
    ],
    otherwise: "483 STARTTLS first",
  }),
  // The server behind says what it can do once more in TLS, as the protocol wants it.
  sieve: byLines({
    greeting: SIEVE_ABLE,
    start: /^STARTTLS$/i,
    yes: 'OK "Begin TLS"',
    answers: [[/^CAPABILITY$/i, SIEVE_ABLE], [/^NOOP\b.*$/i, 'OK "Done"'], [/^LOGOUT$/i, 'OK "Bye"', "last"]],
    otherwise: 'NO "STARTTLS first"',
  }),
  xmpp: xmppServer,
  "xmpp-server": xmppServer,
  async postgres(talk) {
    for (let tries = 0; tries < 3; tries++) {
      const request = await talk.exactly(8);
      if (equalBytes(request, POSTGRES_REQUEST)) {
        await talk.bytes(latin1("S"));
        return true;
      }
      // GSSENCRequest: not here; the client asks for TLS next.
      if (!equalBytes(request, POSTGRES_GSS)) await refusePostgres(talk, request);
      await talk.bytes(latin1("N"));
    }
    return false;
  },
  async ldap(talk) {
    for (let messages = 0; messages < MOST_LINES; messages++) {
      const message = await berElement(talk);
      const id = message.subarray(0, 2 + (message[1] ?? 0)), operation = message[id.length];
      if (id[0] !== 2 || id.length > 6 || operation === undefined) throw talk.refuse("a message without a number");
      if (operation === LDAP_UNBIND) return false;
      if (operation === LDAP_ABANDON) continue;
      const start = operation === LDAP_EXTENDED && latin1Text(message).includes(OID_STARTTLS);
      await talk.bytes(ldapResult(id, operation, start));
      if (start) return true;
    }
    throw talksOn(talk);
  },
};

/** The answer to an operation of LDAP: success, or `confidentialityRequired` (RFC 4511, 4.1.9). */
function ldapResult(id: Bytes, operation: number, success: boolean): Bytes {
  const why = latin1(success ? "" : "StartTLS first");
  // The tag of a response is the next one, with two exceptions.
  const tag = operation === LDAP_SEARCH ? 0x65 : operation === LDAP_DELETE ? 0x6b : operation + 1;
  const result = concat([new Uint8Array([0x0a, 1, success ? 0 : 13, 4, 0, 4, why.length]), why]);
  return concat([
    new Uint8Array([0x30, id.length + 2 + result.length]),
    id,
    new Uint8Array([tag, result.length]),
    result,
  ]);
}

/** Tells a client that begins with something else what to do instead, and throws. */
async function refusePostgres(talk: Talk, request: Bytes): Promise<never> {
  if (request[0] === TLS_HANDSHAKE) {
    throw new ProtocolError("The PostgreSQL client begins with TLS: leave starttls= out, and say alpn=postgresql");
  }
  const rest = new ByteReader(request).u32() - request.length;
  // What is left unread would take our answer away with a reset.
  if (rest > 0 && rest <= LONGEST_LINE) await talk.exactly(rest);
  const fields = latin1("SFATAL\0VFATAL\0C28000\0MTLS is required here: use sslmode=require\0\0");
  await talk.bytes(new ByteWriter().u8(0x45).u32(4 + fields.length).bytes(fields).take());
  throw new ProtocolError("The PostgreSQL client does not ask for TLS: use sslmode=require");
}

const talksOn = ({ protocol }: Talk) => new ProtocolError(`The ${protocol} client talks on without starting TLS`);

async function xmppServer(talk: Talk): Promise<boolean> {
  const kind = talk.protocol === "xmpp" ? "jabber:client" : "jabber:server";
  for (let tags = 0; tags < MOST_LINES; tags++) {
    const tag = await talk.tag();
    if (/<\/stream:stream\b/.test(tag)) {
      await talk.bytes(latin1("</stream:stream>"));
      return false;
    }
    if (/<starttls\b/.test(tag)) {
      if (!tag.endsWith("/>")) await talk.tag();
      await talk.bytes(latin1(`<proceed xmlns='${XMPP_TLS}'/>`));
      return true;
    }
    if (!/<stream:stream\b/.test(tag)) continue;
    const from = /\bto=['"]([\w.:-]*)['"]/.exec(tag)?.[1] ?? "localhost";
    await talk.bytes(latin1(
      `<?xml version='1.0'?><stream:stream xmlns='${kind}' xmlns:stream='${XMPP_STREAMS}' id='1' from='${from}' version='1.0'>` +
        `<stream:features><starttls xmlns='${XMPP_TLS}'><required/></starttls></stream:features>`,
    ));
  }
  throw talksOn(talk);
}

async function lineServer(talk: Talk, { greeting, start, yes, answers, otherwise }: Lines): Promise<boolean> {
  await talk.send(greeting);
  for (let lines = 0; lines < MOST_LINES; lines++) {
    const line = await talk.line();
    if (start.test(line)) {
      await talk.send(line.replace(start, yes));
      return true;
    }
    const found = answers.find(([pattern]) => pattern.test(line));
    await talk.send(found === undefined ? otherwise : line.replace(found[0], found[1]));
    if (found?.[2] === "last") return false;
  }
  throw talksOn(talk);
}

// What both sides of a STARTTLS dialogue are made of: a stream that is talked on, and what was said. No I/O of its own.
import { type Bytes, latin1, latin1Text } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import { printable } from "../../base/text.ts";
import { readExactly, readLine, readUntil } from "../../stream/exact.ts";
import type { Stream } from "../../stream/stream.ts";

/** The protocols that `starttls=` knows. */
export const STARTTLS_PROTOCOLS = [
  "smtp",
  "lmtp",
  "imap",
  "pop3",
  "ftp",
  "nntp",
  "sieve",
  "postgres",
  "ldap",
  "xmpp",
  "xmpp-server",
] as const;
/** A protocol that turns to TLS half way. */
export type StartTlsProtocol = typeof STARTTLS_PROTOCOLS[number];

/** One piece of what was said before TLS. */
export interface Said {
  /** By us, else by the peer. */
  readonly sent: boolean;
  readonly bytes: Uint8Array;
}

/** Lines of a reply with several lines that are read before it is refused. */
export const MOST_LINES = 200;
export const LONGEST_LINE = 4096;

const TAG_END = latin1(">");

/** A stream that is talked on line by line; remembers what was said. */
export class Talk {
  readonly said: Said[] = [];
  /** `host` is the name of the server, for protocols in which the client says it. */
  constructor(readonly stream: Stream, readonly protocol: StartTlsProtocol, readonly host = "localhost") {}

  async line(): Promise<string> {
    const line = await readLine(this.stream, LONGEST_LINE, `next line of ${this.protocol.toUpperCase()}`);
    this.said.push({ sent: false, bytes: latin1(line + "\r\n") });
    return line;
  }
  async exactly(count: number): Promise<Bytes> {
    const bytes = await readExactly(this.stream, count, `next words of ${this.protocol}`);
    this.said.push({ sent: false, bytes });
    return bytes;
  }
  /** What ends with the next ">": a tag of XML, with what stands before it. */
  async tag(): Promise<string> {
    const bytes = await readUntil(this.stream, TAG_END, LONGEST_LINE, `${this.protocol} tag`);
    this.said.push({ sent: false, bytes });
    return latin1Text(bytes).trim();
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

/** Reads one BER element of at most 4 KiB, its header included. */
export async function berElement(talk: Talk): Promise<Bytes> {
  const head = await talk.exactly(2);
  if (head[0] !== 0x30) throw talk.refuse(latin1Text(head));
  let length = head[1]!;
  if (length > 0x82) throw talk.refuse("an element too long");
  if (length >= 0x80) length = (await talk.exactly(length & 0x7f)).reduce((sum, octet) => sum * 256 + octet, 0);
  if (length > 4096) throw talk.refuse("an element too long");
  return await talk.exactly(length);
}

/** LDAP's StartTLS (RFC 4511, 4.14). */
export const OID_STARTTLS = "1.3.6.1.4.1.1466.20037";
/** PostgreSQL's SSLRequest: length 8, then a version that no protocol has. */
export const POSTGRES_REQUEST = new Uint8Array([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
/** XMPP's namespaces of streams and of TLS (RFC 6120, 4.8 and 5). */
export const XMPP_STREAMS = "http://etherx.jabber.org/streams", XMPP_TLS = "urn:ietf:params:xml:ns:xmpp-tls";

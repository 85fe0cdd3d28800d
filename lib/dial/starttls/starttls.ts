// The dialogue by which a protocol turns to TLS half way, for both sides, over any stream. No I/O of its own.
// To add a protocol: its name in talk.ts, an entry in CLIENTS (client.ts) and SERVERS (server.ts),
// and one in GREETINGS when its server speaks first and does not repeat in TLS what it said.
import { latin1, latin1Text } from "../../base/bytes.ts";
import { ProtocolError } from "../../base/errors.ts";
import { type Stream, WrappedStream } from "../../stream/stream.ts";
import { CLIENTS } from "./client.ts";
import { SERVERS } from "./server.ts";
import { LONGEST_LINE, type Said, type StartTlsProtocol, Talk } from "./talk.ts";

/** Octets that came with the last clear line were not sent by who is authenticated afterwards (CVE-2011-0411). */
function nothingSmuggled(stream: Stream): void {
  if (stream.hasReturned) throw new ProtocolError("The peer sent data in clear behind the start of TLS: refused");
}

/**
 * The client's part of the dialogue on `stream` (`host`: the server's name): afterwards it waits for a ClientHello. Gives what was said. Throws a
 * `ProtocolError` when the server does not start TLS.
 */
export async function startTlsClient(stream: Stream, protocol: StartTlsProtocol, host?: string): Promise<Said[]> {
  const talk = new Talk(stream, protocol, host);
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

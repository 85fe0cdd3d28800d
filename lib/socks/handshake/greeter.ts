// The conversation with a client up to its request: octets for `Handshake`, logins checked, TLS begun. No I/O of its own.
import { type Bytes, latin1, utf8Text } from "../../base/bytes.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Deadlines } from "../deadlines.ts";
import { Handshake, type ProxyRequest } from "./handshake.ts";
import { lastWords } from "./last_words.ts";
import { Lines, Turns } from "../policy/lines.ts";
import type { Metrics } from "../watching/metrics.ts";
import type { ConnectionRecord } from "../watching/record.ts";
import type { ProxyConfig } from "../session.ts";
import type { FirstRead } from "../carrying/tunnel.ts";
import type { User } from "../policy/users.ts";

/** Octets of a first read: every SOCKS message fits, and most of what a client sends ahead. */
const HANDSHAKE_BUFFER = 600;
/** What a connection goes on in that HTTP was spoken on. */
const ONLY_HTTP = { socks4: false, socks4a: false, socks5: false, tls: false };
/**
 * Logins of one client that are checked or wait for their refusal, and those that wait for these: no longer than the
 * handshake may take.
 */
const LOGINS = { atOnce: 16, waiting: 1024, waitMs: 10_000 };
/** Refusals of one client's logins, and how long each of them takes. */
const REFUSALS = { ...LOGINS, atOnce: 1 }, REFUSAL_MS = 500;
/** Buffers of past handshakes for the next ones: making one costs more than the reading into it. */
const spareBuffers: Bytes[] = [];
const SPARE_BUFFERS = 256;

/** Takes a buffer back that nobody reads into or looks at any more, without the password that it may hold. */
function spare(buffer: Bytes): void {
  if (spareBuffers.length < SPARE_BUFFERS) spareBuffers.push(buffer.fill(0));
}

/** Whose guesses are slowed down together: an IPv4 address's, or a /64's, where one host has all addresses that it wants. */
function guesser({ clientIp }: ConnectionRecord): string {
  return clientIp === undefined ? "unix" : clientIp.bytes.subarray(0, 8).join();
}

/** What a handshake has come to. */
export interface Greeted {
  /** Another one than at the beginning, where the client began TLS. */
  readonly stream: Stream;
  readonly request: ProxyRequest;
  /** Who has logged in. */
  readonly user: User | undefined;
  readonly first?: FirstRead;
}

/** Greets every client of a server. */
export class Greeter {
  readonly #config: ProxyConfig;
  readonly #deadlines: Deadlines;
  readonly #metrics: Metrics;
  readonly #logins = new Lines(LOGINS);
  readonly #refusals = new Lines(REFUSALS);
  readonly #hashes = new Turns(navigator.hardwareConcurrency);

  constructor(config: ProxyConfig, deadlines: Deadlines, metrics: Metrics) {
    this.#config = config;
    this.#deadlines = deadlines;
    this.#metrics = metrics;
  }

  /**
   * Talks until there is a request; `undefined` when it ended otherwise, and `record` says how. `kept`: what was read already
   * of a connection that HTTP was spoken on before, and goes on so. `secure`: whether `stream` is inside TLS.
   */
  async shakeHands(
    stream: Stream,
    record: ConnectionRecord,
    kept?: FirstRead,
    secure = false,
  ): Promise<Greeted | undefined> {
    const { policy } = this.#config;
    const handshake = new Handshake(kept === undefined ? policy : { ...policy, ...ONLY_HTTP }, secure);
    let pending = kept?.count;
    if (kept?.data !== undefined) handshake.push(kept.data);
    const first = spareBuffers.pop() ?? new Uint8Array(HANDSHAKE_BUFFER);
    let buffer = first;
    let step = handshake.next();
    let user: User | undefined;
    for (;;) {
      switch (step.kind) {
        case "read": {
          // What was pushed before has been used up or copied by now, or is still looked at: then a new buffer.
          if (handshake.rest.length > 0) buffer = new Uint8Array(HANDSHAKE_BUFFER);
          const view = pending === undefined ? buffer : kept!.buffer;
          const count = await (pending ?? stream.read(buffer));
          pending = undefined;
          if (count === null) {
            if (record.ended !== "timeout") record.why = "the client left during the handshake";
            record.version ??= handshake.version;
            return undefined;
          }
          handshake.push(view.subarray(0, count));
          break;
        }
        case "send":
          // A client that sends ahead acknowledges nothing in between.
          if (handshake.rest.length > 0) this.#config.network.hurry?.(stream);
          await stream.write(step.bytes);
          break;
        case "login": {
          user = await this.#checkLogin(guesser(record), step.user, step.password);
          record.user = utf8Text(latin1(step.user));
          record.version = handshake.version;
          step = handshake.loggedIn(user?.name);
          continue;
        }
        case "tls": {
          stream.unread(handshake.rest);
          spare(first);
          // Nobody can see the socket through TLS later on.
          this.#config.network.hurry?.(stream);
          const inner = await this.#config.network.serveTls!(stream);
          return await this.shakeHands(inner, record, undefined, true);
        }
        case "refuse":
          record.version = handshake.version;
          record.why = step.why;
          record.reply = step.code;
          record.ended = "refused";
          if (step.bytes !== undefined) await lastWords(this.#deadlines, stream, step.bytes, pending);
          return undefined;
        case "request":
          record.version = step.request.version;
          if (pending !== undefined) {
            const { rest } = handshake;
            const data = rest.length === 0 ? {} : { data: rest.slice() };
            return { stream, request: step.request, user, first: { buffer: kept!.buffer, count: pending, ...data } };
          }
          stream.unread(handshake.rest);
          spare(first);
          return { stream, request: step.request, user };
      }
      step = handshake.next();
    }
  }

  async #checkLogin(key: string, name: string, password: string): Promise<User | undefined> {
    const user = await this.#config.users?.check(name, password, (check) => this.#checkSlowly(key, check));
    if (user === undefined) this.#metrics.loginsFailed++;
    return user;
  }

  /** Guessing is slow: a wrong login keeps its place until it may be told, and of one client one after the other is told. */
  #checkSlowly(key: string, check: () => Promise<User | undefined>): Promise<User | undefined> {
    return this.#logins.run(key, async () => {
      const user = await this.#hashes.run(key, check);
      if (user === undefined) await this.#refusals.run(key, () => new Promise((told) => setTimeout(told, REFUSAL_MS)));
      return user;
    });
  }
}

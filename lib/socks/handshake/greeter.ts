// The conversation with a client up to its request: octets for `Handshake`, logins checked, TLS begun. No I/O of its own.
import { type Bytes, latin1, utf8Text } from "../../base/bytes.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Deadlines } from "../deadlines.ts";
import { Handshake, type ProxyRequest } from "./handshake.ts";
import { lastWords } from "./last_words.ts";
import { Lines, TurnedAway, Turns } from "../policy/lines.ts";
import type { Metrics } from "../watching/metrics.ts";
import type { ConnectionRecord } from "../watching/record.ts";
import type { ProxyConfig } from "../session.ts";
import type { FirstRead } from "../carrying/tunnel.ts";
import type { User } from "../policy/users.ts";

/** Octets of a first read: every SOCKS message fits, and most of what a client sends ahead. */
const HANDSHAKE_BUFFER = 600;
/** What a connection goes on in that HTTP was spoken on. */
const ONLY_HTTP = { socks4: false, socks4a: false, socks5: false, tls: false };
/** Logins of one client that are checked or wait for their refusal at once, and those that wait for these. */
const LOGINS = { atOnce: 16, waiting: 1024 };
/** How long a refusal takes. */
const REFUSAL_MS = 500;
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
  readonly #logins: Lines;
  readonly #refusals: Lines;
  readonly #hashes = new Turns(navigator.hardwareConcurrency);
  /** Connections whose login is being checked, and what ends the wait for that. */
  readonly #waiting = new Map<ConnectionRecord, (why: Error) => void>();

  constructor(config: ProxyConfig, deadlines: Deadlines, metrics: Metrics) {
    this.#config = config;
    this.#deadlines = deadlines;
    this.#metrics = metrics;
    // Nobody is there any more who has waited for longer than the handshake may take.
    const limits = { ...LOGINS, waitMs: config.limits.handshakeMs || Infinity };
    this.#logins = new Lines(limits);
    // Of one client one refusal after the other is told.
    this.#refusals = new Lines({ ...limits, atOnce: 1 });
  }

  /** Ends the wait of a connection that has been closed. */
  giveUp(record: ConnectionRecord): void {
    this.#waiting.get(record)?.(new Error("the connection is closed"));
  }

  /** Ends the wait of all. */
  close(): void {
    for (const record of this.#waiting.keys()) {
      record.ended = "shutdown";
      this.giveUp(record);
    }
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
          record.user = utf8Text(latin1(step.user));
          record.version = handshake.version;
          user = await this.#checkLogin(record, step.user, step.password);
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

  async #checkLogin(record: ConnectionRecord, name: string, password: string): Promise<User | undefined> {
    const closed = Promise.withResolvers<never>();
    this.#waiting.set(record, closed.reject);
    try {
      const checked = this.#config.users?.check(name, password, (check) => this.#checkSlowly(record, check));
      const user = await Promise.race([checked, closed.promise]);
      if (user === undefined) this.#metrics.loginsFailed++;
      return user;
    } catch (error) {
      if (!(error instanceof TurnedAway)) throw error;
      // Neither right nor wrong: there is no reply that says so.
      record.ended = "refused";
      throw new Error("too many logins of this client wait", { cause: error });
    } finally {
      this.#waiting.delete(record);
    }
  }

  /** Guessing is slow: a wrong login keeps its place until it may be told. What nobody waits for any more is not done. */
  #checkSlowly(record: ConnectionRecord, check: () => Promise<User | undefined>): Promise<User | undefined> {
    const key = guesser(record);
    return this.#logins.run(key, async () => {
      const user = await this.#hashes.run(key, () => {
        if (!this.#waiting.has(record)) throw new TurnedAway(true);
        return check();
      });
      if (user === undefined) await this.#refusals.run(key, () => this.#refusal(record));
      return user;
    });
  }

  async #refusal(record: ConnectionRecord): Promise<void> {
    if (this.#waiting.has(record)) await new Promise<void>((told) => this.#deadlines.add(REFUSAL_MS, told));
  }
}

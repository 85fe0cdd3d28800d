// The conversation with a client up to its request: octets for `Handshake`, logins checked, TLS begun. No I/O of its own.
import { type Bytes, latin1, utf8Text } from "../../base/bytes.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Deadlines } from "../deadlines.ts";
import { Handshake, type ProxyRequest } from "./handshake.ts";
import { lastWords } from "./last_words.ts";
import { LoginBrake } from "../policy/limits.ts";
import type { Metrics } from "../watching/metrics.ts";
import type { ConnectionRecord } from "../watching/record.ts";
import type { ProxyConfig } from "../session.ts";
import type { FirstRead } from "../carrying/tunnel.ts";
import type { User } from "../policy/users.ts";

/** Octets of a first read: every SOCKS message fits, and most of what a client sends ahead. */
const HANDSHAKE_BUFFER = 600;
/** What a connection goes on in that HTTP was spoken on. */
const ONLY_HTTP = { socks4: false, socks4a: false, socks5: false, tls: false };
/** Buffers of past handshakes for the next ones: making one costs more than the reading into it. */
const spareBuffers: Bytes[] = [];
const SPARE_BUFFERS = 256;

/** Takes a buffer back that nobody reads into or looks at any more, without the password that it may hold. */
function spare(buffer: Bytes): void {
  if (spareBuffers.length < SPARE_BUFFERS) spareBuffers.push(buffer.fill(0));
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
  readonly #brake = new LoginBrake();

  constructor(config: ProxyConfig, deadlines: Deadlines, metrics: Metrics) {
    this.#config = config;
    this.#deadlines = deadlines;
    this.#metrics = metrics;
  }

  /**
   * Talks until there is a request; `undefined` when it ended otherwise, and `record` says how. `key`: the client's address,
   * whose failed logins are counted. `kept`: what was read already of a connection that HTTP was spoken on before, and goes
   * on so. `secure`: whether `stream` is inside TLS.
   */
  async shakeHands(
    stream: Stream,
    record: ConnectionRecord,
    key: string,
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
          user = await this.#checkLogin(key, step.user, step.password);
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
          return await this.shakeHands(inner, record, key, undefined, true);
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
    let entered = false;
    const mayCheck = () => entered = this.#brake.enter(key);
    try {
      const user = await this.#config.users?.check(name, password, mayCheck);
      if (user === undefined) {
        this.#metrics.loginsFailed++;
        const delayMs = entered ? this.#brake.failed(key) : 1000;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
      return user;
    } finally {
      if (entered) this.#brake.leave(key);
    }
  }
}

// The proxy server: one accepted stream after the other, from its first octet to its line in the log.
// No sockets of its own: listening, dialing and resolving are given (`ProxyNetwork`).
// A new command is a file with a `serve…` function and a case in `#carryOut`.
import { type Bytes, latin1, utf8Text } from "../base/bytes.ts";
import { ConnectError, errorText } from "../base/errors.ts";
import type { HostPort } from "../base/host_port.ts";
import { formatIp } from "../base/ip.ts";
import { tap } from "../stream/tap.ts";
import type { Stream } from "../stream/stream.ts";
import { type AccessRequest, type Decision, orRefusal } from "./access.ts";
import { serveAssociate } from "./associate.ts";
import { serveBind } from "./bind.ts";
import { REPLY4, REPLY5 } from "./codes.ts";
import { serveConnect } from "./connect.ts";
import { Deadlines } from "./deadlines.ts";
import { serveForward } from "./forward.ts";
import { Handshake, type ProxyRequest } from "./handshake.ts";
import { LateObserver } from "./late.ts";
import { Counts, LoginBrake } from "./limits.ts";
import { Metrics } from "./metrics.ts";
import { ConnectionRecord } from "./record.ts";
import { encodeFailure, Refusal, replyCode } from "./reply.ts";
import { admits, judgedIp } from "./rules.ts";
import type { ProxyConfig, Running, ServerCore, Session } from "./session.ts";
import type { User } from "./users.ts";

/** Octets of a first read: every SOCKS message fits, and most of what a client sends ahead. */
const HANDSHAKE_BUFFER = 600;
/** Buffers of past handshakes for the next ones: making one costs more than the reading into it. */
const spareBuffers: Bytes[] = [];
const SPARE_BUFFERS = 256;

/** Takes a buffer back that nobody reads into or looks at any more, without the password that it may hold. */
function spare(buffer: Bytes): void {
  if (spareBuffers.length < SPARE_BUFFERS) spareBuffers.push(buffer.fill(0));
}

/** Handshakes under way at once: beyond that new ones are closed unheard, so that idle ones cannot fill the memory. */
const HANDSHAKES_LIMIT = 20_000;
/** After a refusal: how long, and how much, the client may still send before the connection is cut. */
const DRAIN_MS = 1000;
const DRAIN_OCTETS = 256 * 1024;

/** Serves connections; made once. */
export class ProxyServer implements ServerCore {
  readonly config: ProxyConfig;
  readonly deadlines = new Deadlines();
  readonly metrics = new Metrics();
  readonly #perClient = new Counts();
  readonly #perUser = new Counts();
  readonly #brake = new LoginBrake();
  readonly #running = new Set<Running>();
  readonly #open = new Set<Stream>();
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #number = 0;
  /** Connections past their handshake: what the limits count. */
  #sessions = 0;
  #closing = false;

  constructor(config: ProxyConfig) {
    this.config = config;
  }

  /** Called whenever the last open connection has ended. */
  onIdle: (() => void) | undefined;

  /** Fulfilled when no connection is open. */
  async idle(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.onIdle = resolve);
  }

  /** Connections that are open. */
  get active(): number {
    return this.#open.size;
  }

  /** Connections so far. */
  get total(): number {
    return this.#number;
  }

  /** Octets of running connections, which the counters do not hold yet. */
  get moving(): { sent: number; received: number } {
    let sent = 0, received = 0;
    for (const one of this.#running) {
      sent += one.sent;
      received += one.received;
    }
    return { sent, received };
  }

  /**
   * Serves one accepted connection to its end. Takes ownership of `stream`. `peer`: the client's address, where it has
   * one. Never throws.
   */
  async handle(stream: Stream, peer: HostPort | undefined): Promise<void> {
    const record = new ConnectionRecord(++this.#number, peer, peer === undefined ? undefined : judgedIp(peer.host));
    this.#open.add(stream);
    this.metrics.accepted++;
    try {
      if (this.#open.size - this.#sessions > HANDSHAKES_LIMIT) {
        record.why = "too many handshakes are under way";
        record.ended = "refused";
      } else await this.#serve(stream, record);
    } catch (error) {
      record.why ??= errorText(error);
      record.ended = "error";
    } finally {
      this.#open.delete(stream);
      await stream.close();
      this.metrics.ended(record);
      this.config.log(record);
      if (this.#open.size === 0) this.onIdle?.();
    }
  }

  /** Handshake, within its time limit, then the request. */
  async #serve(stream: Stream, record: ConnectionRecord): Promise<void> {
    const { limits, clients, network } = this.config;
    const deadline = this.deadlines.add(limits.handshakeMs, () => {
      record.ended = "timeout";
      record.why = "the handshake took too long";
      void stream.close();
    });
    let user: User | undefined;
    let outcome: { stream: Stream; request: ProxyRequest } | undefined;
    let key = "unix";
    try {
      if (network.proxyHeader !== undefined) {
        const source = await network.proxyHeader(stream);
        if (source !== undefined) {
          record.client = source;
          record.clientIp = judgedIp(source.host);
        }
      }
      // The runtime's own spelling is the canonical one but for IPv4 in IPv6.
      if (record.clientIp !== undefined) {
        key = record.client!.host.startsWith("::f") ? formatIp(record.clientIp) : record.client!.host;
      }
      outcome = await this.#handshake(stream, record, key, (checked) => user = checked);
    } catch (error) {
      if (record.ended === "timeout") return;
      record.why = errorText(error);
      return;
    } finally {
      this.deadlines.clear(limits.handshakeMs, deadline);
    }
    if (outcome === undefined) return;
    const { request } = outcome;
    record.command = request.command;
    record.target = request.address;
    const session: Session = {
      server: this,
      stream: outcome.stream,
      request,
      record,
      user,
      rate: user !== undefined && user.rate > 0 ? user.rate : limits.rate,
    };
    let seated = false;
    const leave = () => {
      if (!seated) return;
      seated = false;
      this.#sessions--;
      this.#perClient.remove(key);
      if (user !== undefined) this.#perUser.remove(user.name);
    };
    try {
      if (record.clientIp !== undefined && !admits(clients, record.clientIp)) {
        throw new Refusal(REPLY5.denied, "the client is not on the list of clients");
      }
      this.#checkRoom(key, user);
      seated = true;
      this.#sessions++;
      this.#perClient.add(key);
      if (user !== undefined) this.#perUser.add(user.name);
      if (this.config.ident && request.userId !== undefined) await this.#identify(session);
      await this.#carryOut(session);
    } catch (error) {
      // Whoever is being told "no" takes nobody's place.
      leave();
      await this.fail(session, error);
    } finally {
      leave();
    }
  }

  /** A `Refusal` when the limits of connections leave no room for one more. */
  #checkRoom(key: string, user: User | undefined): void {
    const { connections, perClient } = this.config.limits;
    const full = (limit: number, count: number, whose: string) => {
      if (limit > 0 && count >= limit) {
        throw new Refusal(REPLY5.denied, `${limit} connections${whose} are open already`);
      }
    };
    full(connections, this.#sessions, "");
    full(perClient, this.#perClient.get(key), " of this client");
    if (user !== undefined) full(user.connections, this.#perUser.get(user.name), " of this user");
  }

  #carryOut(session: Session): Promise<void> {
    switch (session.request.command) {
      case "connect":
        return serveConnect(session);
      case "bind":
        return serveBind(session);
      case "udp":
        return serveAssociate(session);
      case "forward":
        return serveForward(session);
    }
  }

  /** Talks until there is a request; `undefined` when it ended otherwise. */
  async #handshake(
    stream: Stream,
    record: ConnectionRecord,
    key: string,
    admitted: (user: User) => void,
    secure = false,
  ): Promise<{ stream: Stream; request: ProxyRequest } | undefined> {
    const { policy } = this.config;
    const handshake = new Handshake(policy, secure);
    const first = spareBuffers.pop() ?? new Uint8Array(HANDSHAKE_BUFFER);
    let buffer = first;
    let step = handshake.next();
    for (;;) {
      switch (step.kind) {
        case "read": {
          // What was pushed before has been used up or copied by now, or is still looked at: then a new buffer.
          if (handshake.rest.length > 0) buffer = new Uint8Array(HANDSHAKE_BUFFER);
          const count = await stream.read(buffer);
          if (count === null) {
            if (record.ended !== "timeout") record.why = "the client left during the handshake";
            record.version ??= handshake.version;
            return undefined;
          }
          handshake.push(buffer.subarray(0, count));
          break;
        }
        case "send":
          // A client that sends ahead acknowledges nothing in between.
          if (handshake.rest.length > 0) this.config.network.hurry?.(stream);
          await stream.write(step.bytes);
          break;
        case "login": {
          const user = await this.#checkLogin(key, step.user, step.password);
          record.user = utf8Text(latin1(step.user));
          if (user !== undefined) admitted(user);
          record.version = handshake.version;
          step = handshake.loggedIn(user?.name);
          continue;
        }
        case "tls": {
          stream.unread(handshake.rest);
          spare(first);
          const inner = await this.config.network.serveTls!(stream);
          return await this.#handshake(inner, record, key, admitted, true);
        }
        case "refuse":
          record.version = handshake.version;
          record.why = step.why;
          record.ended = "refused";
          if (step.bytes !== undefined) await this.lastWords(stream, step.bytes);
          return undefined;
        case "request":
          record.version = step.request.version;
          stream.unread(handshake.rest);
          spare(first);
          return { stream, request: step.request };
      }
      step = handshake.next();
    }
  }

  async #checkLogin(key: string, name: string, password: string): Promise<User | undefined> {
    const { users } = this.config;
    let user: User | undefined;
    const admitted = this.#brake.enter(key);
    try {
      if (admitted) user = await users?.check(name, password);
      if (user === undefined) {
        this.metrics.loginsFailed++;
        const delayMs = admitted ? this.#brake.failed(key) : 1000;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    } finally {
      if (admitted) this.#brake.leave(key);
    }
    return user;
  }

  /** Version 4 with `--ident`: the user id must be what the client's identd says. */
  async #identify({ request, record, stream }: Session): Promise<void> {
    const { identify } = this.config.network;
    const local = stream.about.local;
    if (identify === undefined || record.client === undefined || local === undefined) return;
    const user = await identify(record.client, local, AbortSignal.timeout(5000));
    if (user === undefined) {
      throw new Refusal(REPLY5.denied, "the client's identd does not answer", REPLY4.noIdent);
    }
    if (user !== request.userId) {
      throw new Refusal(REPLY5.denied, "the client's identd names another user", REPLY4.otherUser);
    }
  }

  /** Whether and how a request may be carried out; a `Refusal` when not. */
  async permit(session: Session): Promise<Decision> {
    const question = accessRequest(session);
    return orRefusal(question, await this.config.access.decide(question));
  }

  permitNow(session: Session): Decision | undefined {
    const question = accessRequest(session);
    const decision = this.config.access.decideNow(question);
    return decision === undefined ? undefined : orRefusal(question, decision);
  }

  /** Connects as decided; the record learns the route. */
  dial(session: Session, decision: Decision, signal: AbortSignal): Promise<Stream> {
    const { hosts, port, chain } = decision;
    if (chain.length === 0) return this.config.network.dial(hosts, port, signal);
    session.record.via = chain;
    return this.#dialVia(decision, signal);
  }

  async #dialVia({ hosts, port, chain }: Decision, signal: AbortSignal): Promise<Stream> {
    let failure: unknown;
    for (const host of hosts) {
      try {
        return await this.config.network.dialVia(chain, { host, port }, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  /** Answers a request that failed, and ends the connection. */
  async fail(session: Session, error: unknown): Promise<void> {
    const { record, request, stream } = session;
    record.reply = replyCode(error);
    record.why = error instanceof ConnectError || error instanceof Refusal ? error.message : errorText(error);
    if (record.ended !== "shutdown") record.ended = "refused";
    if (!stream.closed) await this.lastWords(stream, encodeFailure(request.version, error), session.pending);
  }

  /**
   * Writes `bytes`, ends our half and waits a moment for the client's end: closing while the client still sends would
   * have the system reset the connection, and the reply would be lost on the way.
   */
  async lastWords(stream: Stream, bytes: Uint8Array, pending?: Promise<number | null>): Promise<void> {
    const deadline = this.deadlines.add(DRAIN_MS, () => void stream.close());
    try {
      await stream.write(bytes);
      await stream.closeWrite();
      const buffer = new Uint8Array(HANDSHAKE_BUFFER);
      for (let total = 0; total < DRAIN_OCTETS;) {
        const count = await (pending ?? stream.read(buffer));
        pending = undefined;
        if (count === null) break;
        total += count;
      }
    } catch {
      // The client has gone; nobody is left to be told.
    } finally {
      this.deadlines.clear(DRAIN_MS, deadline);
      await stream.close();
    }
  }

  watched(session: Session): Stream {
    if (this.config.observe === undefined) return session.stream;
    session.late = new LateObserver();
    return tap(session.stream, [session.late]);
  }

  observed({ late, stream, record }: Session, target: Stream): void {
    late?.join(this.config.observe!({
      record,
      client: { ...stream.about, remote: record.client },
      target: target.about,
      transport: "tcp",
    }));
  }

  /** Puts a granted connection under the idle watch and the shutdown. `leave` when it is over. */
  enter(running: Running): void {
    running.seenAt = performance.now();
    this.#running.add(running);
    const { idleMs } = this.config.limits;
    if (idleMs > 0) this.#sweeper ??= setInterval(() => this.#sweep(), Math.min(1000, Math.max(50, idleMs / 4)));
    if (this.#closing) running.stop("shutdown");
  }

  leave(running: Running): void {
    this.#running.delete(running);
    if (this.#running.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
    }
  }

  #sweep(): void {
    const now = performance.now();
    for (const running of this.#running) {
      const moved = running.sent + running.received;
      if (moved !== running.seen) {
        running.seen = moved;
        running.seenAt = now;
      } else if (now - running.seenAt >= this.config.limits.idleMs) running.stop("idle");
    }
  }

  /** Ends everything that runs at once. */
  close(): void {
    this.#closing = true;
    for (const running of this.#running) running.stop("shutdown");
    for (const stream of this.#open) void stream.close();
    this.deadlines.stop();
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}

function accessRequest({ request, record, user }: Session): AccessRequest {
  return {
    command: request.command,
    target: request.address,
    user: request.user,
    userRules: user?.rules,
    client: record.clientIp,
  };
}

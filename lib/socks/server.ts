// The proxy server: one accepted stream after the other, from its first octet to its line in the log.
// No sockets of its own: listening, dialing and resolving are given (`ProxyNetwork`).
// A new command is a file in `command/` with a `serve…` function, and a case in `#carryOut`.
import { ConnectError, errorText } from "../base/errors.ts";
import type { HostPort } from "../base/host_port.ts";
import { formatIp, type IpAddress } from "../base/ip.ts";
import { LinkedList, type Place } from "../base/linked_list.ts";
import { tap } from "../stream/tap.ts";
import type { Stream } from "../stream/stream.ts";
import { type Decision, orRefusal } from "./policy/access.ts";
import { serveAssociate } from "./command/associate.ts";
import { serveBind } from "./command/bind.ts";
import { REPLY4, REPLY5 } from "./codec/codes.ts";
import { serveConnect } from "./command/connect.ts";
import { Deadlines } from "./deadlines.ts";
import { serveForward } from "./http/forward.ts";
import { type Greeted, Greeter } from "./handshake/greeter.ts";
import { type Kept, KeptConnections } from "./carrying/kept.ts";
import { lastWords } from "./handshake/last_words.ts";
import { LateObserver } from "./watching/late.ts";
import { Counts } from "./policy/limits.ts";
import { Metrics } from "./watching/metrics.ts";
import { ConnectionRecord } from "./watching/record.ts";
import { encodeFailure, Refusal, replyCode } from "./handshake/reply.ts";
import { admits, judgedIp } from "./policy/rules.ts";
import { RunningSet } from "./carrying/running.ts";
import { accessRequest, type ProxyConfig, type Running, type ServerCore, type Session } from "./session.ts";
import type { User } from "./policy/users.ts";

/** Handshakes under way at once: beyond that new ones are closed unheard, so that idle ones cannot fill the memory. */
const HANDSHAKES_LIMIT = 20_000;

/** Serves connections; made once. */
export class ProxyServer implements ServerCore {
  readonly config: ProxyConfig;
  readonly deadlines = new Deadlines();
  readonly metrics = new Metrics();
  readonly #perClient = new Counts();
  readonly #perUser = new Counts();
  readonly #greeter: Greeter;
  readonly #running: RunningSet;
  readonly #open = new LinkedList<Stream>();
  readonly #kept: KeptConnections;
  #number = 0;
  /** Connections past their handshake: what the limits count. */
  #sessions = 0;

  constructor(config: ProxyConfig) {
    this.config = config;
    this.#greeter = new Greeter(config, this.deadlines, this.metrics);
    this.#kept = new KeptConnections(this.deadlines, config.limits.handshakeMs);
    this.#running = new RunningSet(this.deadlines, config.limits.idleMs);
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
    return this.#running.moving;
  }

  /**
   * Serves one accepted connection to its end. Takes ownership of `stream`. `peer`: the client's address, where it has
   * one. Never throws.
   */
  async handle(stream: Stream, peer: HostPort | undefined): Promise<void> {
    const ip = peer === undefined ? undefined : judgedIp(peer.host);
    let record: ConnectionRecord | undefined = new ConnectionRecord(++this.#number, plain(peer, ip), ip);
    const place = this.#open.add(stream);
    this.metrics.accepted++;
    try {
      if (this.#open.size - this.#sessions > HANDSHAKES_LIMIT) {
        record.why = "too many handshakes are under way";
        record.ended = "refused";
      } else {
        const kept = await this.#serve(stream, record);
        if (kept !== undefined) record = await this.#serveMore(kept, record);
      }
    } catch (error) {
      record!.why ??= errorText(error);
      record!.ended = "error";
    } finally {
      this.#open.delete(place);
      await stream.close();
      if (record !== undefined) this.#tell(record);
      if (this.#open.size === 0) this.onIdle?.();
    }
  }

  #tell(record: ConnectionRecord): void {
    this.metrics.ended(record);
    this.config.log(record);
  }

  /** One request after the other, each with its line in the log; the record of the last one, where there was another. */
  async #serveMore(kept: Kept, record: ConnectionRecord): Promise<ConnectionRecord | undefined> {
    for (let next: Kept | undefined = kept; next !== undefined;) {
      this.#tell(record);
      const { origin }: Kept = next;
      try {
        next = await this.#kept.next(next);
        if (next === undefined) return undefined;
        record = record.next();
        next = await this.#serve(next.stream, record, next);
      } finally {
        origin?.drop();
      }
    }
    return record;
  }

  /** No connection waits for another request any more; how many did. */
  drain(): number {
    return this.#kept.drain();
  }

  get draining(): boolean {
    return this.#kept.draining;
  }

  /** Handshake, then the request. Gives what the client goes on with, if it does. */
  async #serve(stream: Stream, record: ConnectionRecord, kept?: Kept): Promise<Kept | undefined> {
    const greeted = await this.#greet(stream, record, kept);
    if (greeted === undefined) return undefined;
    const { request, user } = greeted;
    if (kept?.origin?.suits(request) === false) kept.origin.drop();
    record.command = request.command;
    record.target = request.address;
    return await this.#seat({
      server: this,
      stream: greeted.stream,
      request,
      record,
      user,
      first: greeted.first,
      origin: kept?.origin,
      rate: user !== undefined && user.rate > 0 ? user.rate : this.config.limits.rate,
    }, kept?.key ?? keyOf(record));
  }

  /** The handshake, within its time limit; `undefined` when there is no request, and `record` says why. */
  async #greet(stream: Stream, record: ConnectionRecord, kept?: Kept): Promise<Greeted | undefined> {
    const { handshakeMs } = this.config.limits;
    const deadline = this.deadlines.add(handshakeMs, () => {
      record.ended = "timeout";
      record.why = "the handshake took too long";
      void stream.close();
      this.#greeter.giveUp(record);
    });
    try {
      const source = kept === undefined ? await this.config.network.proxyHeader?.(stream) : undefined;
      if (source !== undefined) {
        record.clientIp = judgedIp(source.host);
        record.client = plain(source, record.clientIp);
      }
      return await this.#greeter.shakeHands(stream, record, kept?.first);
    } catch (error) {
      if (record.ended !== "timeout") record.why = errorText(error);
      return undefined;
    } finally {
      this.deadlines.clear(handshakeMs, deadline);
    }
  }

  /** Carries a request out in a place of its own among those of the client, whose address is `key`. */
  async #seat(session: Session, key: string): Promise<Kept | undefined> {
    const { record, request, user } = session;
    let seated = false;
    const leave = () => {
      if (!seated) return;
      seated = false;
      this.#sessions--;
      this.#perClient.remove(key);
      if (user !== undefined) this.#perUser.remove(user.name);
    };
    try {
      if (record.clientIp !== undefined && !admits(this.config.clients, record.clientIp)) {
        throw new Refusal(REPLY5.denied, "the client is not on the list of clients");
      }
      this.#checkRoom(key, user);
      seated = true;
      this.#sessions++;
      this.#perClient.add(key);
      if (user !== undefined) this.#perUser.add(user.name);
      if (this.config.ident && request.userId !== undefined) await this.#identify(session);
      await this.#carryOut(session);
      const { stream, kept: first, origin } = session;
      return first === undefined ? undefined : { stream, key, first, origin };
    } catch (error) {
      // Whoever is being told "no" takes nobody's place.
      leave();
      await this.fail(session, error);
      return undefined;
    } finally {
      leave();
    }
  }

  /** A `Refusal` when the limits of connections leave no room for one more. */
  #checkRoom(key: string, user: User | undefined): void {
    const { connections, perClient } = this.config.limits;
    refuseWhenFull(connections, this.#sessions, "");
    refuseWhenFull(perClient, this.#perClient.get(key), " of this client");
    if (user !== undefined) refuseWhenFull(user.connections, this.#perUser.get(user.name), " of this user");
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
    if (error instanceof ConnectError && error.reason === "aborted") record.ended = "client";
    else if (record.ended !== "shutdown" && record.ended !== "idle") record.ended = "refused";
    if (!stream.closed) {
      await lastWords(this.deadlines, stream, encodeFailure(request.version, error), session.pending);
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

  enter(running: Running): Place<Running> {
    return this.#running.enter(running);
  }

  leave(place: Place<Running>): void {
    this.#running.leave(place);
  }

  /** Ends everything that runs at once. */
  close(): void {
    this.#running.close();
    this.#greeter.close();
    for (const stream of this.#open.items()) void stream.close();
    this.deadlines.stop();
  }
}

/** A client as it is counted and written: the runtime's own spelling is the canonical one but for IPv4 in IPv6. */
function plain(client: HostPort | undefined, ip: IpAddress | undefined): HostPort | undefined {
  return client?.host.startsWith("::ffff:") ? { host: formatIp(ip!), port: client.port } : client;
}

/** What the connections of one client are counted by. */
function keyOf({ client }: ConnectionRecord): string {
  return client?.host ?? "unix";
}

function refuseWhenFull(limit: number, count: number, whose: string): void {
  if (limit > 0 && count >= limit) {
    throw new Refusal(
      REPLY5.denied,
      limit === 1 ? `a connection${whose} is open already` : `${limit} connections${whose} are open already`,
    );
  }
}

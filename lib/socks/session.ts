// What the server and its commands share: limits, configuration, one granted request. Pure.
import type { HostPort } from "../base/host_port.ts";
import type { Prefix } from "../base/ip.ts";
import type { Place } from "../base/linked_list.ts";
import type { About, Stream } from "../stream/stream.ts";
import type { FlowObserver } from "../stream/tap.ts";
import type { Access, AccessRequest, Decision } from "./policy/access.ts";
import type { Deadlines } from "./deadlines.ts";
import type { HandshakePolicy, ProxyRequest } from "./handshake/handshake.ts";
import type { KeptOrigin } from "./http/kept_origin.ts";
import type { LateObserver } from "./watching/late.ts";
import type { ProxyNetwork } from "./network.ts";
import type { ConnectionRecord } from "./watching/record.ts";
import type { Ended, FirstRead } from "./carrying/tunnel.ts";
import type { User, UserChecker } from "./policy/users.ts";

/** Bounds; 0 means none, except for `udpTargets`. Milliseconds, octets per second, numbers. */
export interface ProxyLimits {
  readonly handshakeMs: number;
  readonly connectMs: number;
  readonly idleMs: number;
  readonly bindMs: number;
  readonly connections: number;
  readonly perClient: number;
  readonly rate: number;
  /** Addresses that one UDP association may talk to at a time. */
  readonly udpTargets: number;
}

/** What the server is told to be. Members that change when files are read again are looked at for each connection. */
export interface ProxyConfig {
  policy: HandshakePolicy;
  clients: readonly Prefix[];
  users: UserChecker | undefined;
  readonly access: Access;
  readonly limits: ProxyLimits;
  /** Version 4: ask the client's identd. */
  readonly ident: boolean;
  readonly network: ProxyNetwork;
  /** Called once for each connection, at its end. */
  log(record: ConnectionRecord): void;
  /** Makes the watchers of a connection that was made. */
  observe?: ((connection: Watched) => readonly FlowObserver[]) | undefined;
}

/** A connection as its watchers are told of it. */
export interface Watched {
  readonly record: ConnectionRecord;
  readonly client: About;
  readonly target: About;
  readonly transport: "tcp" | "udp";
}

/** What the idle watch and the shutdown know of a running connection. */
export interface Running {
  /** Octets and datagrams so far: whether anything moved. */
  readonly sent: number;
  readonly received: number;
  seen: number;
  seenAt: number;
  stop(why: Ended): void;
}

/** One granted request on its way. */
export interface Session {
  readonly server: ServerCore;
  readonly stream: Stream;
  readonly request: ProxyRequest;
  readonly record: ConnectionRecord;
  readonly user: User | undefined;
  /** Octets per second for this connection; 0: any number. */
  readonly rate: number;
  /** Where the watchers will join. */
  late?: LateObserver | undefined;
  /** What of the client was read before, and the read that is under way, where the connection has been used before. */
  readonly first?: FirstRead | undefined;
  /** Set at the end: the client may ask again on the same connection, and this is what was read of that. */
  kept?: FirstRead | undefined;
  /** The origin that was asked before on this connection; and at the end, the one that may be asked again. */
  origin?: KeptOrigin | undefined;
  /** A read of the client's that is under way when a request fails. */
  pending?: Promise<number | null> | undefined;
}

/** What a session asks of the rules, about the target of its request or another one. */
export function accessRequest({ request, record, user }: Session, target: HostPort = request.address): AccessRequest {
  return { command: request.command, target, user: request.user, userRules: user?.rules, client: record.clientIp };
}

/** What the commands need of the server. */
export interface ServerCore {
  readonly config: ProxyConfig;
  readonly deadlines: Deadlines;
  /** Connections end with their request: the server is about to stop. */
  readonly draining: boolean;
  /** Whether and how a request may be carried out; a `Refusal` when not. */
  permit(session: Session): Promise<Decision>;
  /** The same where nothing has to be looked up; `undefined` for names. */
  permitNow(session: Session): Decision | undefined;
  /** Connects as decided; the record learns the route. */
  dial(session: Session, decision: Decision, signal: AbortSignal): Promise<Stream>;
  /** The client's stream, under the eyes of whoever `observed` calls later. */
  watched(session: Session): Stream;
  /** Both ends are known: the watchers come. */
  observed(session: Session, target: Stream): void;
  /** Puts a granted connection under the idle watch and the shutdown. */
  enter(running: Running): Place<Running>;
  /** Its end. */
  leave(place: Place<Running>): void;
}

// Where the datagrams of one association go: each target judged once in a while, names looked up while others wait. Pure.
import { ConnectError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { UdpAddress } from "../../stream/udp/address.ts";
import type { SocksAddress } from "../codec/address.ts";
import { noWay } from "../policy/foresee.ts";
import { accessRequest, type Session } from "../session.ts";

/** How long a decision about a target, and what its name resolved to, is kept. */
const DECISION_MS = 30_000;
/** Datagrams to one name that wait while it is looked up, and octets of all that wait in an association. */
const WAITING_LIMIT = 32, WAITING_OCTETS = 256 * 1024;

/** Where datagrams to one target go. */
export interface Route {
  readonly until: number;
  /** `undefined`: nowhere; `waiting` holds what came while that was being found out. */
  to: HostPort | undefined;
  /** The same as the system has it, where no proxy is in front: which takes names. */
  address: UdpAddress | undefined;
  /** Other addresses of the same name, for when there is no way to this one. */
  others: readonly string[];
  chain: readonly string[];
  waiting: Uint8Array[] | undefined;
}

/** Whether an address, which is no name, is of version 6. */
export function isIpv6(host: string): boolean {
  return host.includes(":");
}

/** Makes a route lead to the first of some hosts. */
function lead(route: Route, [host, ...others]: readonly string[], port: number): void {
  route.to = { host: host!, port };
  route.others = others;
  route.address = route.chain.length === 0 ? UdpAddress.from(route.to) : undefined;
}

/** Makes a route lead to the next address of its name; whether there is one. */
export function nextAddress(route: Route): boolean {
  if (route.others.length === 0) return false;
  lead(route, route.others, route.to!.port);
  return true;
}

/** The routes of one association. */
export class UdpRoutes {
  readonly #session: Session;
  readonly #ipv6: boolean;
  readonly #send: (route: Route, payload: Uint8Array) => Promise<void> | void;
  readonly #drop: () => void;
  readonly #routes = new Map<string, Route>();
  #waitingOctets = 0;

  /** `ipv6`: the client came by IPv6, and is best served by it. `send` and `drop` are called for each datagram. */
  constructor(
    session: Session,
    ipv6: boolean,
    send: (route: Route, payload: Uint8Array) => Promise<void> | void,
    drop: () => void,
  ) {
    this.#session = session;
    this.#ipv6 = ipv6;
    this.#send = send;
    this.#drop = drop;
  }

  /** Sends a datagram to a target, at once or when it is known where that is. `found` learns the route before. */
  async to(target: SocksAddress, payload: Uint8Array, found: (route: Route) => void): Promise<void> {
    const key = formatHostPort(target);
    let route = this.#routes.get(key);
    if (route === undefined || route.until < performance.now()) {
      const limit = this.#session.server.config.limits.udpTargets;
      if (this.#routes.size >= limit) this.#routes.delete(this.#routes.keys().next().value!);
      const until = performance.now() + DECISION_MS;
      route = { until, to: undefined, address: undefined, others: [], chain: [], waiting: [] };
      this.#routes.set(key, route);
      const judged = this.#find(target, route);
      // An address is judged at once; a name is looked up while other datagrams go their way.
      if (target.type !== "name") await judged;
    }
    found(route);
    if (route.waiting === undefined) await this.#send(route, payload);
    else if (route.waiting.length < WAITING_LIMIT && this.#waitingOctets + payload.length <= WAITING_OCTETS) {
      this.#waitingOctets += payload.length;
      route.waiting.push(payload.slice());
    } else this.#drop();
  }

  /** Judges a target, then sends what has waited for that. */
  async #find(target: SocksAddress, route: Route): Promise<void> {
    const { access, network } = this.#session.server.config;
    try {
      const { allowed, chain, hosts } = await access.decide(accessRequest(this.#session, target));
      if (allowed && target.port !== 0 && noWay(network, "udp", chain) === undefined) {
        route.chain = chain;
        const near = (host: string) => Number(isIpv6(host) !== this.#ipv6);
        lead(route, hosts.toSorted((a, b) => near(a) - near(b)), target.port);
      }
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
    }
    const waiting = route.waiting!;
    route.waiting = undefined;
    for (const payload of waiting) {
      this.#waitingOctets -= payload.length;
      await this.#send(route, payload);
    }
  }
}

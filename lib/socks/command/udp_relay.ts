// Datagrams between one client, the world and proxies in front (RFC 1928, 7), and who may send them. No sockets of its own.
// Three kinds of socket at most: one towards the client, one to the world for each family, and one association for each
// chain of proxies that a rule names; the world's answers come only from where the client has sent to.
import { concat } from "../../base/bytes.ts";
import { errorText, FormatError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { type Parsed, readableAddress, socksAddress } from "../codec/address.ts";
import { encodeUdpHeader, parseUdpHeader, type UdpHeader } from "../codec/socks5.ts";
import type { UdpAddress } from "../../stream/udp/address.ts";
import type { UdpSocket } from "../network.ts";
import { Pace } from "../policy/pace.ts";
import type { Running, Session } from "../session.ts";
import type { Ended } from "../carrying/tunnel.ts";
import { isIpv6, nextAddress, type Route, UdpRoutes } from "./udp_routes.ts";
import { UdpWatch } from "./udp_watch.ts";
import type { Association } from "../codec/udp.ts";

const DATAGRAM = 65_535;

/** Whether `bytes` begin with `header`. */
function begins(bytes: Uint8Array, header: Uint8Array): boolean {
  if (bytes.length < header.length) return false;
  for (let i = 0; i < header.length; i++) if (bytes[i] !== header[i]) return false;
  return true;
}

/** One association, from its reply to the end of its control connection. */
export class UdpRelay implements Running {
  sent = 0;
  received = 0;
  seen = -1;
  seenAt = 0;
  readonly #session: Session;
  readonly #socket: UdpSocket;
  /** The client as far as it is known: port 0 until its first datagram. */
  #client: HostPort;
  /** Where its last datagram came from. */
  #from: UdpAddress | undefined;
  readonly #routes: UdpRoutes;
  /** The header that the client sent last, and where it leads: mostly the next one is the same. */
  #lastHeader = new Uint8Array(0);
  #lastRoute: Route | undefined;
  /** Headers of answers by sender: also the list of who may answer. */
  readonly #answers = new Map<string, Uint8Array>();
  /** Counts their changes; and who was put there last. */
  #version = 0;
  #expected: UdpAddress | undefined;
  readonly #world = new Map<4 | 6, UdpSocket>();
  readonly #upstream = new Map<string, Promise<Association | undefined>>();
  readonly #watch: UdpWatch | undefined;
  #closed = false;
  readonly #upPace: Pace | undefined;
  readonly #downPace: Pace | undefined;

  constructor(session: Session, socket: UdpSocket, client: HostPort) {
    this.#session = session;
    this.#socket = socket;
    this.#client = client;
    this.#routes = new UdpRoutes(
      session,
      isIpv6(client.host),
      (route, payload) => this.#send(route, payload),
      () => this.#drop(),
    );
    if (session.server.config.observe !== undefined) this.#watch = new UdpWatch(session);
    const { rate } = session;
    if (rate > 0) [this.#upPace, this.#downPace] = [new Pace(rate), new Pace(rate)];
  }

  stop(why: Ended): void {
    this.#session.record.ended = why;
    void this.#session.stream.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
    for (const socket of this.#world.values()) socket.close();
    for (const association of this.#upstream.values()) void association.then((one) => one?.close());
    this.#watch?.close();
  }

  #drop(): void {
    this.#session.record.datagramsDropped++;
  }

  /** Datagrams from the client until the socket is closed. */
  fromClient(): Promise<void> {
    return this.#socket.each((bytes, from) => {
      if (from !== this.#from) {
        const { host, port } = this.#client;
        if (from.host !== host || (port !== 0 && from.port !== port)) return this.#drop();
      }
      const route = this.#lastRoute, header = this.#lastHeader;
      const known = route !== undefined && route.waiting === undefined && route.until >= performance.now();
      if (known && begins(bytes, header)) {
        this.#from = from;
        return this.#send(route, bytes.subarray(header.length));
      }
      let parsed: Parsed<UdpHeader>;
      try {
        parsed = parseUdpHeader(bytes);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        return this.#drop();
      }
      // Only a well-formed datagram makes its port the client's.
      if (this.#client.port === 0) this.#client = { host: from.host, port: from.port };
      this.#from = from;
      const { value, size } = parsed;
      if (value.fragment !== 0) return this.#drop();
      const target = readableAddress(value.address);
      return this.#routes.to(target, bytes.subarray(size), (route) => {
        this.#lastHeader = bytes.slice(0, size);
        this.#lastRoute = route;
      });
    });
  }

  #send(route: Route, payload: Uint8Array): Promise<void> | void {
    const { to, address, chain } = route;
    if (to === undefined || this.#closed || this.#upPace?.admits(payload.length) === false) return this.#drop();
    if (address === undefined) return this.#sendVia(chain, to, payload);
    let socket: UdpSocket;
    try {
      socket = this.#worldSocket(isIpv6(to.host) ? 6 : 4);
      this.#expect(address);
      const pending = socket.send(payload, address);
      if (pending !== undefined) {
        return pending.then(() => this.#hasSent(to, payload, socket.local), () => this.#sendNext(route, payload));
      }
    } catch {
      return this.#sendNext(route, payload);
    }
    this.#hasSent(to, payload, socket.local);
  }

  /** No route, too long, a port that is closed: a datagram is lost, nothing more, unless another address is left. */
  #sendNext(route: Route, payload: Uint8Array): Promise<void> | void {
    return nextAddress(route) ? this.#send(route, payload) : this.#drop();
  }

  async #sendVia(chain: readonly string[], to: HostPort, payload: Uint8Array): Promise<void> {
    try {
      const association = await this.#association(chain);
      if (association === undefined) return this.#drop();
      this.#session.record.via = chain;
      await association.send(to, payload);
    } catch {
      return this.#drop();
    }
    this.#hasSent(to, payload);
  }

  #hasSent(to: HostPort, payload: Uint8Array, local?: HostPort): void {
    const { record } = this.#session;
    record.reached ??= to;
    record.datagramsSent++;
    this.sent += payload.length;
    this.#watch?.sent(this.#client, this.#socket.local, to, local?.port, payload);
  }

  /** From now on this address may answer. */
  #expect(to: UdpAddress): void {
    if (to === this.#expected) return;
    this.#expected = to;
    const key = formatHostPort(to);
    if (this.#answers.has(key)) return;
    if (this.#answers.size >= this.#session.server.config.limits.udpTargets) {
      this.#answers.delete(this.#answers.keys().next().value!);
    }
    this.#version++;
    this.#answers.set(key, encodeUdpHeader({ fragment: 0, address: socksAddress(to) }));
  }

  #worldSocket(family: 4 | 6): UdpSocket {
    let socket = this.#world.get(family);
    if (socket === undefined) {
      socket = this.#session.server.config.network.udp(family === 4 ? "0.0.0.0" : "::");
      this.#world.set(family, socket);
      this.#guard(this.#fromWorld(socket));
    }
    return socket;
  }

  /** Datagrams from the world, until the socket is closed. */
  #fromWorld(socket: UdpSocket): Promise<void> {
    let last: UdpAddress | undefined, header: Uint8Array | undefined, version = 0;
    return socket.each((bytes, from) => {
      if (from !== last || version !== this.#version) {
        version = this.#version;
        last = from;
        header = this.#answers.get(formatHostPort(from));
      }
      if (header === undefined) return this.#drop();
      return this.#toClient(header, bytes, from);
    });
  }

  #toClient(header: Uint8Array, payload: Uint8Array, from: HostPort): Promise<void> | void {
    const to = this.#from;
    if (to === undefined || this.#downPace?.admits(payload.length) === false) return this.#drop();
    try {
      const pending = this.#socket.send(concat([header, payload]), to);
      if (pending !== undefined) return pending.then(() => this.#hasReceived(payload, from), () => this.#drop());
    } catch {
      return this.#drop();
    }
    this.#hasReceived(payload, from);
  }

  #hasReceived(payload: Uint8Array, from: HostPort): void {
    this.#session.record.datagramsReceived++;
    this.received += payload.length;
    this.#watch?.received(from, payload);
  }

  /** The association with the last proxy of a chain, made when first needed; `undefined` when it cannot be. */
  #association(chain: readonly string[]): Promise<Association | undefined> {
    const key = chain.join(" ");
    let association = this.#upstream.get(key);
    if (association === undefined) {
      association = this.join(chain).catch((error) => {
        this.#session.record.why ??= errorText(error);
        return undefined;
      });
      this.#upstream.set(key, association);
    }
    return association;
  }

  /** Makes the association with the last proxy of a chain. */
  async join(chain: readonly string[]): Promise<Association> {
    const { network, limits } = this.#session.server.config;
    const association = await network.associateVia(chain, AbortSignal.timeout(limits.connectMs || 30_000));
    this.#upstream.set(chain.join(" "), Promise.resolve(association));
    if (this.#closed) void association.close();
    else this.#guard(this.#fromUpstream(association));
    return association;
  }

  async #fromUpstream(association: Association): Promise<void> {
    const room = new Uint8Array(DATAGRAM);
    for (;;) {
      const arrival = await association.receive(room);
      if (arrival === null) {
        if (!this.#closed) this.stop("target");
        return;
      }
      const header = encodeUdpHeader({ fragment: 0, address: arrival.from });
      await this.#toClient(header, room.subarray(0, arrival.count), arrival.from);
    }
  }

  /** A loop that fails ends the association. */
  #guard(loop: Promise<void>): void {
    loop.catch((error) => {
      if (this.#closed) return;
      this.#session.record.why = String(error);
      this.stop("error");
    });
  }

  /** Runs until the control connection ends. */
  async run(): Promise<void> {
    this.#guard(this.fromClient());
    const { stream } = this.#session;
    const view = new Uint8Array(256);
    try {
      while (await stream.read(view) !== null);
    } catch {
      // A reset is an end too.
    } finally {
      this.close();
    }
  }
}

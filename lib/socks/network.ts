// What the server needs of the world: given by the command, played by tests. Interfaces only.
import type { HostPort } from "../base/host_port.ts";
import type { IpAddress } from "../base/ip.ts";
import type { Stream } from "../stream/stream.ts";
import type { UdpAddress } from "../stream/udp/address.ts";
import type { SocksBinding } from "./client.ts";
import type { Association } from "./codec/udp.ts";

/** A bound UDP socket. */
export interface UdpSocket {
  readonly local: HostPort;
  /**
   * Tells `take` of each datagram: `bytes` are lent for the call or until the promise that it returns is fulfilled; `from` is
   * the same object for the same sender as a rule. Fulfilled when the socket was closed.
   */
  each(take: (bytes: Uint8Array, from: UdpAddress) => Promise<void> | void): Promise<void>;
  /** Sends; a promise only where it has to wait. What the system refuses (a broadcast, no route) is an error. */
  send(bytes: Uint8Array, to: UdpAddress): Promise<void> | void;
  close(): void;
}

/** A bound TCP port that takes one connection after the other. */
export interface TcpListener {
  readonly local: HostPort;
  /** The next connection; fails when the listener is closed. */
  accept(): Promise<Stream>;
  close(): void;
}

/** Dialing, listening, resolving. All failures are `ConnectError`s with a reason. */
export interface ProxyNetwork {
  /** Addresses of a name in the order in which they are to be tried; at least one. */
  resolve(name: string): Promise<readonly string[]>;
  /** Connects to the first of some addresses that answers (happy eyeballs, RFC 8305). `signal`: of this attempt alone. */
  dial(hosts: readonly string[], port: number, signal: AbortSignal): Promise<Stream>;
  /** Connects through proxies in the order of travel. */
  dialVia(chain: readonly string[], target: HostPort, signal: AbortSignal): Promise<Stream>;
  /** Has the last proxy of a chain listen (BIND). The stream is the connection to it. */
  bindVia(chain: readonly string[], peer: HostPort, signal: AbortSignal): Promise<SocksBinding & { stream: Stream }>;
  /** Has the last proxy of a chain relay datagrams (UDP ASSOCIATE). */
  associateVia(chain: readonly string[], signal: AbortSignal): Promise<Association>;
  /** Whether the last proxy of a chain takes names, so that they are not resolved here. */
  takesNames(chain: readonly string[]): boolean;
  /** Whether datagrams can go through a chain. */
  takesDatagrams(chain: readonly string[]): boolean;
  /** Whether the last proxy of a chain can wait for a connection (BIND). */
  takesBind(chain: readonly string[]): boolean;
  /** Listens on a port that the system chooses. */
  listen(host: string): TcpListener;
  /** Binds a UDP port that the system chooses. */
  udp(host: string): UdpSocket;
  /** The address of this host from which `peer` would be reached. */
  localFor(peer: IpAddress): string | undefined;
  /** Whether an address is one of this host's own. */
  isOwn(ip: IpAddress): boolean;
  /** Has small segments on a stream sent at once (TCP_NODELAY), where that means anything. */
  hurry?: ((stream: Stream) => void) | undefined;
  /** Closes a stream by a reset, when what was written has arrived; `false`, and nothing done, where that cannot be. */
  reset?: ((stream: Stream) => Promise<boolean>) | undefined;
  /** The server's side of TLS around a stream. */
  serveTls?: ((stream: Stream) => Promise<Stream>) | undefined;
  /** Reads a PROXY protocol header: who the client really is; `undefined` when it does not say. */
  proxyHeader?: ((stream: Stream) => Promise<HostPort | undefined>) | undefined;
  /** Asks the client's identd (RFC 1413) who owns a connection; `undefined` when there is none. */
  identify?: ((client: HostPort, local: HostPort, signal: AbortSignal) => Promise<string | undefined>) | undefined;
}

// Where TCP is listened on, for all addresses that do: by the runtime, or where options of the socket ask for it by a
// socket of the C library.
import { listenError } from "../../dial/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { resolveHost } from "../../dial/tcp.ts";
import { BACKLOG, connStream, hostPortOf, listenTcp } from "../../stream/conn.ts";
import type { SocketConn } from "../../stream/libc/tcp_listener.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Acceptable, Listener } from "./listen.ts";
import { socketSettings } from "./socket_options.ts";

/** The options that are looked at; those of the socket by their names. */
export interface TcpListenOptions extends Readonly<Record<string, unknown>> {
  readonly reuseaddr?: boolean | undefined;
  readonly reuseport?: boolean;
  readonly backlog?: number | undefined;
  readonly nodelay?: boolean | undefined;
  readonly keepalive?: boolean;
}

/** A bound listener, where it listens, and what makes a stream of a connection that it gave. */
export interface TcpListening {
  readonly listener: Listener<Acceptable>;
  readonly where: string;
  readonly adapt: (conn: Acceptable) => Stream;
}

/** Listens. An error says what could not be bound and what to do. */
export async function listenTcpStreams(place: HostPort, options: TcpListenOptions): Promise<TcpListening> {
  const settings = socketSettings(options);
  try {
    if (settings.length > 0) return await listenBySocket(place, options, settings);
    const listener = listenTcp(place, { reusePort: options.reuseport ?? false, backlog: options.backlog });
    const adapt = (conn: Acceptable) => {
      try {
        if (options.keepalive) (conn as Deno.TcpConn).setKeepAlive(true);
      } catch {
        // Already gone: the first read will say so.
      }
      return connStream(conn as Deno.TcpConn, "tcp", options.nodelay !== false);
    };
    return { listener, where: formatHostPort(hostPortOf(listener.addr)!), adapt };
  } catch (error) {
    throw listenError(formatHostPort(place), error);
  }
}

async function listenBySocket(
  place: HostPort,
  options: TcpListenOptions,
  settings: ReturnType<typeof socketSettings>,
): Promise<TcpListening> {
  const { listenTcpSocket } = await import("../../stream/libc/tcp_socket.ts");
  const host = parseIp(place.host) === undefined ? (await resolveHost(place.host, undefined))[0]! : place.host;
  const listener = listenTcpSocket({ host, port: place.port }, options.backlog ?? BACKLOG, {
    settings,
    noDelay: options.nodelay !== false,
    keepAlive: options.keepalive ?? false,
    reuseAddress: options.reuseaddr !== false,
    reusePort: options.reuseport ?? false,
  });
  const adapt = (conn: Acceptable) => {
    const { localAddr, remoteAddr } = conn as SocketConn;
    return (conn as SocketConn).stream({ label: "tcp", local: hostPortOf(localAddr), remote: hostPortOf(remoteAddr) });
  };
  return { listener, where: formatHostPort(listener.local!), adapt };
}

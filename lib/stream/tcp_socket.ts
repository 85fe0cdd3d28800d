// TCP sockets made by the C library, for what has to be set before they are bound or connected; read and written by the
// runtime (node:net) once they are. Loaded only where an option asks for it.
import type { HostPort } from "../base/host_port.ts";
import { parseIp } from "../base/ip.ts";
import { DuplexStream, type NodeDuplex } from "./duplex.ts";
import { type Libc, needLibc, SystemError } from "./libc.ts";
import { NodeListener } from "./node_listener.ts";
import { POLLOUT, waitFor } from "./poller.ts";
import { AF_INET, AF_INET6, encodeSockaddr } from "./sockaddr.ts";
import { getSocketNumber, localOf, setSocketOption, SOCK_STREAM, SOL_SOCKET } from "./socket_fd.ts";
import { applySettings, type SocketSetting } from "./socket_settings.ts";
import type { Stream } from "./stream.ts";

/** What is wanted of a socket. */
export interface TcpSocketOptions {
  readonly settings: readonly SocketSetting[];
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly reuseAddress: boolean;
  readonly reusePort?: boolean;
}

const IPPROTO_TCP = 6, TCP_NODELAY = 1;
const SO_REUSEADDR = 2, SO_KEEPALIVE = 9, SO_REUSEPORT = 15, SO_ERROR = 4;
/** Linux only, as the options are. */
const SOCK_CLOEXEC = 0o2000000, SOCK_NONBLOCK = 0o4000, EINPROGRESS = 115;

const CODES: Record<number, string> = {
  1: "EPERM",
  13: "EACCES",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  97: "EAFNOSUPPORT",
  100: "ENETDOWN",
  101: "ENETUNREACH",
  104: "ECONNRESET",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  113: "EHOSTUNREACH",
};

/** A failed call, with the code that the runtime would give it. */
function failure(libc: Libc, errno = libc.errno()): SystemError {
  const error = new SystemError(libc, errno);
  const code = CODES[errno];
  return code === undefined ? error : Object.assign(error, { code });
}

function scopeOf(libc: Libc): (zone: string) => number {
  return (zone) => libc.call.if_nametoindex(new TextEncoder().encode(`${zone}\0`));
}

/** A socket for addresses like `host`, with all that comes before it has one. The caller closes it. */
function openSocket(libc: Libc, host: string, options: TcpSocketOptions): number {
  const family = parseIp(host)!.family === 4 ? AF_INET : AF_INET6;
  const fd = libc.call.socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw failure(libc);
  try {
    if (options.reuseAddress) setSocketOption(libc, fd, SOL_SOCKET, SO_REUSEADDR, 1, "reuseaddr");
    if (options.reusePort) setSocketOption(libc, fd, SOL_SOCKET, SO_REUSEPORT, 1, "reuseport");
    if (options.keepAlive) setSocketOption(libc, fd, SOL_SOCKET, SO_KEEPALIVE, 1, "keepalive");
    if (options.noDelay) setSocketOption(libc, fd, IPPROTO_TCP, TCP_NODELAY, 1, "nodelay");
    applySettings(libc, fd, options.settings, "early");
    return fd;
  } catch (error) {
    libc.call.close(fd);
    throw error;
  }
}

/**
 * Connects to an IP address and a port, from `local` where it is given (port 0: any). The caller owns the stream. Throws
 * what the system says, with its code, or the reason of `signal`.
 */
export async function connectTcpSocket(
  remote: HostPort,
  local: HostPort | undefined,
  options: TcpSocketOptions,
  signal?: AbortSignal,
): Promise<Stream> {
  const libc = needLibc("Setting options of a socket");
  const { call } = libc;
  const fd = openSocket(libc, remote.host, options);
  try {
    if (local !== undefined) {
      const from = encodeSockaddr(local, scopeOf(libc));
      if (call.bind(fd, from, from.length) !== 0) throw failure(libc);
    }
    const to = encodeSockaddr(remote, scopeOf(libc));
    if (call.connect(fd, to, to.length) !== 0) {
      const errno = libc.errno();
      if (errno !== EINPROGRESS) throw failure(libc, errno);
      await connected(fd, signal);
      const result = getSocketNumber(libc, fd, SOL_SOCKET, SO_ERROR);
      if (result !== 0) throw failure(libc, result);
    }
    applySettings(libc, fd, options.settings, "connected");
  } catch (error) {
    call.close(fd);
    throw error;
  }
  const about = { label: "tcp", local: localOf(libc, fd), remote };
  const net = await import("node:net");
  return new DuplexStream(new net.Socket({ fd, allowHalfOpen: true }) as unknown as NodeDuplex, about);
}

async function connected(fd: number, signal: AbortSignal | undefined): Promise<void> {
  const wait = waitFor(fd, POLLOUT);
  const cancel = () => wait.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  const ready = await wait.ready;
  signal?.removeEventListener("abort", cancel);
  if (!ready) throw signal!.reason;
}

/** Listens on an IP address and a port (0: any free one). Throws what the system says, with its code. */
export async function listenTcpSocket(
  place: HostPort,
  backlog: number,
  options: TcpSocketOptions,
): Promise<NodeListener> {
  const libc = needLibc("Setting options of a socket");
  const { call } = libc;
  const fd = openSocket(libc, place.host, options);
  try {
    const address = encodeSockaddr(place, scopeOf(libc));
    if (call.bind(fd, address, address.length) !== 0) throw failure(libc);
    if (call.listen(fd, backlog) !== 0) throw failure(libc);
    applySettings(libc, fd, options.settings, "connected");
    return await NodeListener.over(fd, localOf(libc, fd));
  } catch (error) {
    call.close(fd);
    throw error;
  }
}

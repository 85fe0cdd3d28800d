// TCP sockets made by the C library, for what has to be set before they are bound or connected. Loaded only where an option
// asks for it.
import type { Bytes } from "../../base/bytes.ts";
import type { HostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { type Libc, needLibc, SystemError } from "./libc.ts";
import { NUMBERS } from "./numbers.ts";
import { TcpSocketListener } from "./tcp_listener.ts";
import { AF_INET, AF_INET6, encodeSockaddr } from "./sockaddr.ts";
import { bindSocket, connectSocket, openSocket, SocketStream } from "./socket.ts";
import { localOf, setSocketOption, SOCK_STREAM, SOL_SOCKET } from "./socket_fd.ts";
import { applySettings, type SocketSetting } from "./socket_settings.ts";
import type { Stream } from "../stream.ts";

/** What is wanted of a socket. */
export interface TcpSocketOptions {
  readonly settings: readonly SocketSetting[];
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly reuseAddress: boolean;
  readonly reusePort?: boolean;
}

const IPPROTO_TCP = 6, TCP_NODELAY = 1;
const { SO_REUSEADDR, SO_KEEPALIVE, SO_REUSEPORT } = NUMBERS;

function scopeOf(libc: Libc): (zone: string) => number {
  return (zone) => libc.call.if_nametoindex(new TextEncoder().encode(`${zone}\0`));
}

/** A socket for addresses like `host`, with all that comes before it has one. The caller closes it. */
function openTcp(libc: Libc, host: string, options: TcpSocketOptions): number {
  const family = parseIp(host)!.family === 4 ? AF_INET : AF_INET6;
  const made = options.settings.filter(({ when }) => when === "made");
  const fd = openSocket(family, SOCK_STREAM, made);
  try {
    if (options.reuseAddress) {
      setSocketOption(libc, fd, { option: "reuseaddr", level: SOL_SOCKET, name: SO_REUSEADDR, value: 1 });
    }
    if (options.reusePort) {
      setSocketOption(libc, fd, { option: "reuseport", level: SOL_SOCKET, name: SO_REUSEPORT, value: 1 });
    }
    if (options.keepAlive) {
      setSocketOption(libc, fd, { option: "keepalive", level: SOL_SOCKET, name: SO_KEEPALIVE, value: 1 });
    }
    if (options.noDelay) {
      setSocketOption(libc, fd, { option: "nodelay", level: IPPROTO_TCP, name: TCP_NODELAY, value: 1 });
    }
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
  const fd = openTcp(libc, remote.host, options);
  try {
    if (local !== undefined) bindSource(fd, encodeSockaddr(local, scopeOf(libc)));
    await connectSocket(fd, encodeSockaddr(remote, scopeOf(libc)), signal);
    applySettings(libc, fd, options.settings, "connected");
  } catch (error) {
    call.close(fd);
    throw error;
  }
  return new SocketStream(fd, false, { label: "tcp", local: localOf(libc, fd), remote });
}

/** Binds a socket that connects; the error says that this was the call that failed. */
function bindSource(fd: number, address: Bytes): void {
  try {
    bindSocket(fd, address);
  } catch (error) {
    throw Object.assign(error as Error, { syscall: "bind" });
  }
}

/** Listens on an IP address and a port (0: any free one). Throws what the system says, with its code. */
export function listenTcpSocket(place: HostPort, backlog: number, options: TcpSocketOptions): TcpSocketListener {
  const libc = needLibc("Setting options of a socket");
  const { call } = libc;
  const fd = openTcp(libc, place.host, options);
  try {
    bindSocket(fd, encodeSockaddr(place, scopeOf(libc)));
    if (call.listen(fd, backlog) !== 0) throw new SystemError(libc, libc.errno());
    applySettings(libc, fd, options.settings, "connected");
    return new TcpSocketListener(fd);
  } catch (error) {
    call.close(fd);
    throw error;
  }
}

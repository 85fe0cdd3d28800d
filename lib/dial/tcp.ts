// Host and port to a connected TCP stream: families, source address and port, time limit.
import { ConnectError, errorCode, errorText } from "../base/errors.ts";
import { formatHostPort, type HostPort } from "../base/host_port.ts";
import { formatIp, parseIp, parseLooseIp } from "../base/ip.ts";
import { connectTcp, connStream } from "../stream/conn.ts";
import { DuplexStream, type NodeDuplex } from "../stream/duplex.ts";
import { findLibc } from "../stream/libc/libc.ts";
import type { SocketSetting } from "../stream/libc/socket_settings.ts";
import type { Stream } from "../stream/stream.ts";
import { connectError } from "./errors.ts";
import { withinLimit } from "./limit.ts";

/** All optional; the default of each is the system's. */
export interface DialOptions {
  /** Use addresses of this family only. */
  family?: 4 | 6 | undefined;
  /** Of a name with addresses of both families, those of this one first. */
  prefer?: 4 | 6 | undefined;
  /** Give up after so long. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Source address and port; an empty host or port 0 is chosen by the system. */
  local?: HostPort | undefined;
  /** Send small segments at once (TCP_NODELAY). Default: yes, a relay must not wait for more. */
  noDelay?: boolean | undefined;
  keepAlive?: boolean | undefined;
  /** Connect from a free source port below 1024, which only root may. */
  lowPort?: boolean | undefined;
  /** Take a source port that was in use a moment ago. */
  reuseAddress?: boolean | undefined;
  /** Options of the socket that only the C library can set. */
  settings?: readonly SocketSetting[] | undefined;
}

/** The addresses of a name, in one family or in both, by the system's resolver. A `ConnectError` when there are none. */
export async function resolveHost(
  host: string,
  family: 4 | 6 | undefined,
  prefer?: 4 | 6 | undefined,
): Promise<string[]> {
  const { lookup } = await import("node:dns/promises");
  try {
    const found = await lookup(host, { all: true, family: family ?? 0, verbatim: true });
    if (found.length > 0) return preferring([...new Set(found.map(({ address }) => address))], prefer);
  } catch (error) {
    throw new ConnectError(host, `The name "${host}" does not resolve`, { reason: "name-not-found", cause: error });
  }
  throw new ConnectError(host, `The name "${host}" has no IP${family === undefined ? "" : `v${family}`} address`, {
    reason: "name-not-found",
  });
}

/** Addresses of the preferred family first, else in their order. */
export function preferring(addresses: readonly string[], prefer: 4 | 6 | undefined): string[] {
  const later = (address: string) => Number(prefer !== undefined && address.includes(":") !== (prefer === 6));
  return addresses.toSorted((a, b) => later(a) - later(b));
}

/**
 * Connects to `target` (a name: happy eyeballs, RFC 8305). The caller owns the stream.
 * Throws a `ConnectError` that says what could not be reached and why.
 */
export function dialTcp(target: HostPort, options: DialOptions = {}): Promise<Stream> {
  return withinLimit(options, (signal) => dialUntil(target, options, signal));
}

async function dialUntil(target: HostPort, options: DialOptions, signal: AbortSignal | undefined): Promise<Stream> {
  const { family, prefer, local } = options;
  try {
    signal?.throwIfAborted();
    if (options.lowPort) return await dialFromLowPort(target, local?.host ?? "", options, signal);
    if (bySocket(local, options)) return await dialSocket(target, local, options, signal);
    if (local !== undefined) return await dialFrom(target, local, options, signal);
    const near = reachedAt(target.host);
    const hosts = family !== undefined || prefer !== undefined
      ? await hostsOf(target, family, prefer)
      : near === undefined
      ? [target.host]
      : [near, target.host];
    let failure: unknown;
    for (const hostname of hosts) {
      try {
        const conn = await connectTcp({ host: hostname, port: target.port }, signal);
        if (hostname === target.host) remember(hostname, conn.remoteAddr.hostname);
        if (options.keepAlive) conn.setKeepAlive(true);
        return connStream(conn, "tcp", options.noDelay !== false);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        failure ??= error;
      }
    }
    throw failure;
  } catch (error) {
    throw connectError(formatHostPort(target), error);
  }
}

/** How long a name is not asked for again: a moment, which many connections in a row share. */
const NAME_MS = 1000;
const MOST_NAMES = 1000;

/** Where names were reached a moment ago: looking one up takes the runtime longer than connecting. */
const reached = new Map<string, { readonly address: string; readonly until: number }>();

function reachedAt(name: string): string | undefined {
  const known = reached.get(name);
  return known === undefined || performance.now() >= known.until ? undefined : known.address;
}

function remember(name: string, address: string): void {
  if (address === name) return; // It is no name.
  if (reached.size >= MOST_NAMES) reached.clear();
  reached.set(name, { address, until: performance.now() + NAME_MS });
}

/** An address as it is, or those of a name. */
async function hostsOf(target: HostPort, family: 4 | 6 | undefined, prefer: 4 | 6 | undefined): Promise<string[]> {
  const literal = parseIp(target.host) ?? parseLooseIp(target.host);
  if (literal === undefined) return await resolveHost(target.host, family, prefer);
  if (literal.family === (family ?? literal.family)) return [target.host];
  throw new ConnectError(formatHostPort(target), `"${target.host}" is not an IPv${family} address`, {
    reason: "network-unreachable",
  });
}

/** The source ports that are tried: those below are wanted by servers. */
const LOW_PORTS = [640, 1023] as const;

async function dialFromLowPort(
  target: HostPort,
  host: string,
  options: DialOptions,
  signal?: AbortSignal,
): Promise<Stream> {
  const [lowest, highest] = LOW_PORTS;
  const count = highest - lowest + 1;
  const first = Math.floor(Math.random() * count);
  for (let i = 0;; i++) {
    try {
      const local = { host, port: lowest + (first + i) % count };
      return bySocket(local, options)
        ? await dialSocket(target, local, options, signal)
        : await dialFrom(target, local, options, signal);
    } catch (error) {
      if (errorCode(error) !== "EADDRINUSE" || i + 1 >= count) throw error;
    }
  }
}

/** Whether the C library makes the socket: where options of it are set, and for a chosen source wherever it can. */
function bySocket(local: HostPort | undefined, { settings = [] }: DialOptions): boolean {
  return settings.length > 0 || (local !== undefined && findLibc() !== undefined);
}

/** The address to connect from; `undefined` where only a port is chosen. */
async function sourceHost(
  target: HostPort,
  local: HostPort,
  family: 4 | 6 | undefined,
): Promise<string | undefined> {
  if (local.host === "") return undefined;
  try {
    return (await resolveHost(local.host, family))[0]!;
  } catch (error) {
    throw new ConnectError(formatHostPort(target), `its own address (bind) "${local.host}" does not resolve`, {
      reason: "address-not-available",
      cause: error,
    });
  }
}

/** Connects by a socket of the C library, on which options are set before: to one address of the name after another. */
async function dialSocket(
  target: HostPort,
  local: HostPort | undefined,
  options: DialOptions,
  signal?: AbortSignal,
): Promise<Stream> {
  const { connectTcpSocket } = await import("../stream/libc/tcp_socket.ts");
  const own = local === undefined ? undefined : await sourceHost(target, local, options.family);
  const literal = parseIp(target.host) ?? parseLooseIp(target.host);
  const family = options.family ?? (own === undefined ? undefined : parseIp(own)!.family);
  const hosts = literal === undefined
    ? await resolveHost(target.host, family, options.prefer)
    : [formatIp(literal.bytes)];
  let failure: unknown;
  for (const host of hosts) {
    const any = parseIp(host)!.family === 4 ? "0.0.0.0" : "::";
    const from = local === undefined ? undefined : { host: own ?? any, port: local.port };
    try {
      return await connectTcpSocket({ host, port: target.port }, from, {
        settings: options.settings ?? [],
        noDelay: options.noDelay !== false,
        keepAlive: options.keepAlive ?? false,
        // The runtime's own always may have a port that was in use a moment ago.
        reuseAddress: options.reuseAddress || options.settings === undefined || options.settings.length === 0,
      }, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      failure ??= from === undefined ? error : bindFailure(error, target, { ...from, host: own ?? "" });
    }
  }
  throw failure;
}

/** Connects from a chosen source where there is no C library: of the runtime only `node:net` can. */
async function dialFrom(
  target: HostPort,
  local: HostPort,
  options: DialOptions,
  signal?: AbortSignal,
): Promise<Stream> {
  const net = await import("node:net");
  const source = await sourceHost(target, local, options.family);
  const family = options.family ?? (source === undefined ? undefined : parseIp(source)!.family);
  const host = parseIp(target.host) === undefined
    ? (await resolveHost(target.host, family, options.prefer))[0]!
    : target.host;
  return await new Promise<Stream>((resolve, reject) => {
    const socket = net.connect({
      host,
      port: target.port,
      ...(source === undefined ? {} : { localAddress: source }),
      ...(local.port === 0 ? {} : { localPort: local.port }),
      ...(source === undefined && parseIp(host)!.family === 4 ? { localAddress: "0.0.0.0" } : {}),
      noDelay: options.noDelay !== false,
      keepAlive: options.keepAlive ?? false,
      allowHalfOpen: true,
    });
    const fail = (error: unknown) => {
      signal?.removeEventListener("abort", onAbort);
      socket.destroy();
      reject(bindFailure(error, target, { host: source ?? "", port: local.port }));
    };
    const onAbort = () => fail(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("error", fail);
    socket.once("connect", () => {
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", fail);
      // A peer that has reset already has taken both ends' places with it.
      const { localAddress, localPort = 0, remoteAddress = host, remotePort = target.port } = socket;
      resolve(
        new DuplexStream(socket as unknown as NodeDuplex, {
          label: "tcp",
          local: localAddress === undefined ? undefined : { host: localAddress, port: localPort },
          remote: { host: remoteAddress, port: remotePort },
        }),
      );
    });
  });
}

/** What binding failed for, in words. The runtime calls it EINVAL when this machine has no such address. */
function bindFailure(error: unknown, target: HostPort, source: HostPort): unknown {
  const { syscall, code } = error as { syscall?: unknown; code?: unknown };
  if (syscall !== "bind") return error;
  const why = code === "EINVAL" || code === "EADDRNOTAVAIL"
    ? "Cannot assign requested address"
    : code === "EADDRINUSE"
    ? "Address already in use"
    : code === "EACCES"
    ? "Permission denied"
    : errorText(error);
  return Object.assign(
    new ConnectError(formatHostPort(target), `cannot bind ${formatHostPort(source)}: ${why}`, {
      reason: code === "EACCES" ? "denied" : "address-not-available",
      cause: error,
    }),
    { code },
  );
}

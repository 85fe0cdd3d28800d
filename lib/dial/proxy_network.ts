// The proxy server's world: sockets, the system's resolver and the host's own addresses (`ProxyNetwork`).
import { utf8 } from "../base/bytes.ts";
import { formatHostPort, type HostPort } from "../base/host_port.ts";
import {
  formatIp,
  type IpAddress,
  isLinkLocal,
  isLoopback,
  isUnspecified,
  parseIp,
  parsePrefix,
  prefixContains,
} from "../base/ip.ts";
import type { SocksBinding } from "../socks/client.ts";
import type { ProxyNetwork, TcpListener, UdpSocket } from "../socks/network.ts";
import { mostTelling } from "../socks/handshake/reply.ts";
import type { Association, AssociationStream } from "../socks/codec/udp.ts";
import { connectTcpAlone, ConnStream, connStream } from "../stream/conn.ts";
import { readLine } from "../stream/exact.ts";
import { guarded } from "../stream/guarded.ts";
import { resetConnection } from "../stream/reset.ts";
import type { Stream } from "../stream/stream.ts";
import { UdpAddress } from "../stream/udp/address.ts";
import { UdpSocket as SystemSocket } from "../stream/udp/socket.ts";
import { connectError } from "./errors.ts";
import { dialTcp, resolveHost } from "./tcp.ts";
import { bindVia, dialUdpVia, dialVia } from "./via.ts";
import { type Hop, parseProxyUrl, takesDatagrams } from "./via_url.ts";

/** How long the next address waits for the one before it (RFC 8305, 5: Connection Attempt Delay). */
const ATTEMPT_DELAY_MS = 250;
/** How long the addresses of a name are remembered, and of how many names. */
const NAME_MS = 1000, MOST_NAMES = 4096;
/** How long the host's addresses are remembered. */
const ADDRESSES_MS = 5000;

/** Proxies in front, by their URLs: each URL is parsed once. */
export class ViaNetwork {
  readonly #hops = new Map<string, Hop>();
  readonly #warn: ((message: string) => void) | undefined;

  /** `warn` is told what is odd about a proxy (a certificate that is not looked at). */
  constructor(warn?: (message: string) => void) {
    this.#warn = warn;
  }

  /** The hops of a chain. A `FormatError` for what is no proxy's URL. */
  hops(chain: readonly string[]): Hop[] {
    return chain.map((url) => {
      let hop = this.#hops.get(url);
      if (hop === undefined) this.#hops.set(url, hop = parseProxyUrl(url));
      return hop;
    });
  }

  takesNames(chain: readonly string[]): boolean {
    const kind = this.hops(chain).at(-1)?.kind;
    return kind === "http" || kind === "socks4a" || kind === "socks5h";
  }

  takesDatagrams(chain: readonly string[]): boolean {
    return takesDatagrams(this.hops(chain).at(-1)!);
  }

  takesBind(chain: readonly string[]): boolean {
    return this.hops(chain).at(-1)!.kind !== "http";
  }

  dialVia(chain: readonly string[], target: HostPort, signal: AbortSignal): Promise<Stream> {
    return dialVia(target, this.hops(chain), { signal, warn: this.#warn });
  }

  async bindVia(
    chain: readonly string[],
    peer: HostPort,
    signal: AbortSignal,
  ): Promise<SocksBinding & { stream: Stream }> {
    const { stream, binding } = await bindVia(peer, this.hops(chain), { signal, warn: this.#warn });
    return { bound: binding.bound, accepted: () => binding.accepted(), stream };
  }

  async associateVia(chain: readonly string[], signal: AbortSignal): Promise<Association> {
    // The association serves any target; the one named here is never asked for.
    const stream = await dialUdpVia({ host: "0.0.0.0", port: 0 }, this.hops(chain), { signal, warn: this.#warn });
    return (stream as AssociationStream).association;
  }
}

/** The system's network, and the proxies in front. */
export class SystemNetwork extends ViaNetwork implements ProxyNetwork {
  #addresses: Deno.NetworkInterfaceInfo[] = [];
  #addressesUntil = 0;
  readonly #names = new Map<string, { readonly hosts: Promise<readonly string[]>; until: number }>();

  /**
   * Families alternate (RFC 8305, 4), the resolver's first one first. A browser asks for one name many times at once: what
   * was asked less than a moment ago is not asked again.
   */
  resolve(name: string): Promise<readonly string[]> {
    const now = performance.now();
    const known = this.#names.get(name);
    if (known !== undefined && now < known.until) return known.hosts;
    const hosts = addressesOf(name).then(alternating);
    if (this.#names.size >= MOST_NAMES) this.#names.clear();
    const entry = { hosts, until: Infinity };
    this.#names.set(name, entry);
    hosts.then(() => entry.until = performance.now() + NAME_MS, () => this.#names.delete(name));
    return hosts;
  }

  dial(hosts: readonly string[], port: number, signal: AbortSignal): Promise<Stream> {
    return hosts.length === 1 ? this.#attempt(hosts[0]!, port, signal) : this.#race(hosts, port, signal);
  }

  /** Each address a moment after the one before, until one answers. */
  async #race(hosts: readonly string[], port: number, signal: AbortSignal): Promise<Stream> {
    signal.throwIfAborted();
    const running = new Map<Promise<Stream | undefined>, AbortController>();
    const giveUp = () => running.forEach((abort) => abort.abort(signal.reason));
    signal.addEventListener("abort", giveUp, { once: true });
    const errors: unknown[] = [];
    let winner: Stream | undefined;
    for (const host of hosts) {
      const abort = new AbortController();
      const attempt: Promise<Stream | undefined> = this.#attempt(host, port, abort.signal).then(
        (stream) => {
          running.delete(attempt);
          if (winner === undefined) return winner = stream;
          void stream.close();
          return undefined;
        },
        (error) => {
          running.delete(attempt);
          errors.push(error);
          return undefined;
        },
      );
      running.set(attempt, abort);
      await within(Promise.race(running.keys()), ATTEMPT_DELAY_MS);
      if (winner !== undefined || signal.aborted) break;
    }
    while (winner === undefined && running.size > 0) await Promise.race(running.keys());
    signal.removeEventListener("abort", giveUp);
    giveUp();
    if (winner !== undefined) return winner;
    signal.throwIfAborted();
    throw mostTelling(errors);
  }

  async #attempt(host: string, port: number, signal: AbortSignal): Promise<Stream> {
    try {
      return connStream(await connectTcpAlone({ host, port }, signal), "tcp");
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw connectError(formatHostPort({ host, port }), error);
    }
  }

  hurry(stream: Stream): void {
    if (!(stream instanceof ConnStream)) return;
    try {
      (stream.conn as Partial<Deno.TcpConn>).setNoDelay?.(true);
    } catch {
      // Already gone: the next write will say so.
    }
  }

  async reset(stream: Stream): Promise<boolean> {
    return stream instanceof ConnStream && await resetConnection(stream);
  }

  listen(host: string): TcpListener {
    let listener: Deno.TcpListener;
    try {
      listener = Deno.listen({ hostname: this.#withZone(host), port: 0 });
    } catch (error) {
      throw connectError(formatHostPort({ host, port: 0 }), error);
    }
    return {
      local: { host, port: listener.addr.port },
      async accept() {
        return connStream(await listener.accept(), "tcp");
      },
      close: () => listener.close(),
    };
  }

  udp(host: string): UdpSocket {
    let socket: SystemSocket;
    try {
      socket = SystemSocket.bind({ host: this.#withZone(host), port: 0 });
    } catch (error) {
      throw connectError(formatHostPort({ host, port: 0 }), error);
    }
    return {
      local: { host, port: socket.local.port },
      async each(take) {
        for (;;) {
          try {
            return await socket.receiveAll((datagram) => take(datagram, socket.sender));
          } catch (error) {
            // Some systems report here that an earlier datagram was refused.
            const { name } = error as Error;
            if (socket.closed) return;
            if (name !== "ConnectionReset" && name !== "ConnectionRefused") throw error;
          }
        }
      },
      send: (bytes, to) => socket.send(bytes, to),
      close: () => socket.close(),
    };
  }

  #own(): readonly Deno.NetworkInterfaceInfo[] {
    const now = performance.now();
    if (now > this.#addressesUntil) {
      this.#addresses = Deno.networkInterfaces();
      this.#addressesUntil = now + ADDRESSES_MS;
    }
    return this.#addresses;
  }

  /** An address of this host as it can be bound: a link-local one with its zone, which the runtime does not tell. */
  #withZone(host: string): string {
    const ip = parseIp(host);
    if (ip === undefined || ip.family === 4 || !isLinkLocal(ip)) return host;
    const own = this.#own().filter(({ address }) => address === host);
    return own.length === 1 ? `${host}%${own[0]!.name}` : "::";
  }

  isOwn = (ip: IpAddress): boolean => {
    const text = formatIp(ip.bytes);
    return this.#own().some(({ address }) => address === text);
  };

  localFor(peer: IpAddress): string | undefined {
    if (isLoopback(peer)) return peer.family === 4 ? "127.0.0.1" : "::1";
    // Every interface has that prefix.
    if (peer.family === 6 && isLinkLocal(peer)) return undefined;
    return this.#routedFor(peer) ?? this.#likelyFor(peer);
  }

  /** What the system would send from: a UDP socket is connected, for which nothing is sent. */
  #routedFor(peer: IpAddress): string | undefined {
    if (isUnspecified(peer)) return undefined;
    try {
      const socket = SystemSocket.bind({ host: peer.family === 4 ? "0.0.0.0" : "::", port: 0 });
      try {
        return socket.connect(UdpAddress.from({ host: formatIp(peer.bytes), port: 9 })) ? socket.local.host : undefined;
      } finally {
        socket.close();
      }
    } catch {
      // There is no way.
      return undefined;
    }
  }

  /** An address of the same network, or else one that is known elsewhere. */
  #likelyFor(peer: IpAddress): string | undefined {
    const own = this.#own().filter(({ family }) => family === (peer.family === 4 ? "IPv4" : "IPv6"));
    const near = own.find(({ cidr }) => {
      const prefix = parsePrefix(cidr);
      return prefix !== undefined && prefixContains(prefix, peer);
    });
    const outward = ({ address }: Deno.NetworkInterfaceInfo) => {
      const ip = parseIp(address);
      return ip !== undefined && !isLoopback(ip) && !address.startsWith("fe80");
    };
    return (near ?? own.find(outward))?.address;
  }

  /** RFC 1413: the user id behind a connection to us, as the client's host tells it. */
  async identify(client: HostPort, local: HostPort, signal: AbortSignal): Promise<string | undefined> {
    try {
      await using stream = await dialTcp({ host: client.host, port: 113 }, {
        signal,
        local: { host: local.host, port: 0 },
      });
      return await guarded(stream, signal, async () => {
        await stream.write(utf8(`${client.port}, ${local.port}\r\n`));
        return /^\s*\d+\s*,\s*\d+\s*:\s*USERID\s*:[^:]*:\s*(.*?)\s*$/i.exec(await readLine(stream, 1000))?.[1];
      });
    } catch {
      return undefined;
    }
  }
}

function alternating(hosts: readonly string[]): string[] {
  const first = hosts.filter((host) => host.includes(":") === hosts[0]!.includes(":"));
  const second = hosts.filter((host) => host.includes(":") !== hosts[0]!.includes(":"));
  return hosts.map((_, i) => i).flatMap((i) => [first[i], second[i]]).filter((host) => host !== undefined);
}

/**
 * The system's answer. Of names under localhost nobody is asked (RFC 6761, 6.3), and localhost itself is known where the
 * system does not know it, or not with a dot at its end.
 */
async function addressesOf(name: string): Promise<string[]> {
  const loopback = ["127.0.0.1", "::1"];
  if (/\.localhost\.?$/i.test(name)) return loopback;
  if (!/^localhost\.?$/i.test(name)) return await resolveHost(name, undefined);
  return await resolveHost("localhost", undefined).catch(() => loopback);
}

/** Waits for `promise`, but not longer. */
async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([promise, new Promise((resolve) => timer = setTimeout(resolve, ms))]);
  clearTimeout(timer);
}

// UDP sockets as datagram streams: one peer, many peers on one socket, anybody.
// The runtime's sockets are never connected, so the sender of every datagram is compared here.
import type { Bytes } from "../base/bytes.ts";
import type { HostPort } from "../base/host_port.ts";
import { formatHostPort } from "../base/host_port.ts";
import { formatIp, parseIp } from "../base/ip.ts";
import { type About, Stream } from "./stream.ts";

/** The largest datagram that can arrive, in octets. */
export const LARGEST_DATAGRAM = 65_535;
/** Datagrams that wait for a reader before new ones are dropped, as a full socket buffer drops them. */
const QUEUE_LIMIT = 1024;

/** The address of a datagram's sender in canonical text, so that it can be compared. */
export function senderOf(address: Deno.Addr): HostPort {
  const { hostname, port } = address as Deno.NetAddr;
  return { host: hostname, port };
}

/** An IP address in the spelling that the runtime reports senders in. */
export function canonicalHost(host: string): string {
  const ip = parseIp(host);
  return ip === undefined ? host : formatIp(ip);
}

/** A socket bound to `local` (port 0: any). Throws what the runtime throws. */
export function bindUdp(
  local: HostPort,
  options: { reuseAddress?: boolean; loopback?: boolean } = {},
): Deno.DatagramConn {
  return Deno.listenDatagram({
    transport: "udp",
    hostname: local.host,
    port: local.port,
    ...(options.reuseAddress ? { reuseAddress: true } : {}),
    ...(options.loopback === undefined ? {} : { loopback: options.loopback }),
  });
}

/** Which datagrams a `UdpStream` takes. */
export type Accepts = "peer" | "anybody" | ((sender: HostPort) => boolean);

/** A socket that sends to one address. `peer.host` is an IP address. Takes ownership of `socket`. */
export class UdpStream extends Stream {
  readonly socket: Deno.DatagramConn;
  readonly #to: Deno.NetAddr | undefined;
  readonly #accepts: Accepts;
  readonly #scratch = new Uint8Array(LARGEST_DATAGRAM);
  #ended = false;
  /** Datagrams from others than the peer that were dropped. */
  strangers = 0;

  constructor(socket: Deno.DatagramConn, peer: HostPort | undefined, accepts: Accepts = "peer", label = "udp") {
    super({ label, local: senderOf(socket.addr), remote: peer }, "datagrams");
    this.socket = socket;
    this.#to = peer === undefined
      ? undefined
      : { transport: "udp", hostname: canonicalHost(peer.host), port: peer.port };
    this.#accepts = accepts;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    for (;;) {
      if (this.#ended) return null;
      let data: Uint8Array, address: Deno.Addr;
      const direct = view.length >= LARGEST_DATAGRAM;
      try {
        [data, address] = await this.socket.receive(direct ? view : this.#scratch);
      } catch (error) {
        if (this.closed) return null;
        throw error;
      }
      if (!this.#takes(address as Deno.NetAddr)) {
        this.strangers++;
        continue;
      }
      if (direct) return data.length;
      const count = Math.min(data.length, view.length);
      view.set(data.subarray(0, count));
      return count;
    }
  }

  #takes(from: Deno.NetAddr): boolean {
    if (this.#accepts === "anybody") return true;
    if (this.#accepts === "peer") return from.port === this.#to?.port && from.hostname === this.#to.hostname;
    return this.#accepts(senderOf(from));
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    if (this.#to !== undefined) await this.socket.send(bytes, this.#to);
  }

  protected async finish(): Promise<void> {
    // UDP has no end-of-file to send.
  }

  protected release(): void {
    this.#ended = true;
    this.socket.close();
  }
}

/** One peer of a `UdpListener`. Closing it ends the session, not the socket. */
export class UdpSession extends Stream {
  readonly #socket: Deno.DatagramConn;
  readonly #to: Deno.NetAddr;
  readonly #forget: () => void;
  #queue: Uint8Array[] = [];
  #head = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  /** Datagrams that found the queue full. */
  dropped = 0;

  constructor(socket: Deno.DatagramConn, peer: HostPort, forget: () => void) {
    super({ label: "udp", local: senderOf(socket.addr), remote: peer } satisfies About, "datagrams");
    this.#socket = socket;
    this.#to = { transport: "udp", hostname: peer.host, port: peer.port };
    this.#forget = forget;
  }

  /** Takes a datagram that arrived. */
  deliver(datagram: Uint8Array): void {
    if (this.#queue.length - this.#head >= QUEUE_LIMIT) {
      this.dropped++;
      return;
    }
    this.#queue.push(datagram);
    this.#wake?.();
    this.#wake = undefined;
  }

  /** No more datagrams will come; those that wait are still read. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
    this.#wake = undefined;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    while (this.#head === this.#queue.length) {
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const datagram = this.#queue[this.#head++]!;
    if (this.#head === this.#queue.length || this.#head === QUEUE_LIMIT) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    const count = Math.min(datagram.length, view.length);
    view.set(datagram.subarray(0, count));
    return count;
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    await this.#socket.send(bytes, this.#to);
  }

  protected async finish(): Promise<void> {
    // UDP has no end-of-file to send.
  }

  protected release(): void {
    this.end();
    this.#queue = [];
    this.#head = 0;
    this.#forget();
  }
}

export interface UdpListenerOptions {
  /** Sessions at once; datagrams of further peers are dropped. */
  maxSessions?: number | undefined;
  /** Whether a new peer may start a session. */
  admits?: ((peer: HostPort) => boolean) | undefined;
  /** Called for each datagram that starts no session. */
  onRefused?: ((peer: HostPort, why: "limit" | "refused") => void) | undefined;
  /** Every datagram is a session of its own that reads just this one (socat's UDP-RECVFROM). */
  oneShot?: boolean | undefined;
}

/**
 * The sessions of a bound socket: one `UdpSession` for each peer that is heard. Takes ownership of `socket`; ends when
 * the signal is aborted. Sessions that are open then can still send until they are closed.
 */
export async function* udpSessions(
  socket: Deno.DatagramConn,
  signal: AbortSignal,
  options: UdpListenerOptions = {},
): AsyncGenerator<UdpSession> {
  const sessions = new Map<string, UdpSession>();
  const fresh: UdpSession[] = [];
  let active = 0, wake: (() => void) | undefined, over = false;
  const closeWhenUnused = () => {
    if (!over || active > 0) return;
    try {
      socket.close();
    } catch {
      // Closed by an earlier call.
    }
  };
  const stop = () => {
    over = true;
    wake?.();
    closeWhenUnused();
  };
  signal.addEventListener("abort", stop, { once: true });

  const listen = async () => {
    const buffer = new Uint8Array(LARGEST_DATAGRAM);
    for (;;) {
      const [data, address] = await socket.receive(buffer);
      const peer = senderOf(address);
      const key = formatHostPort(peer);
      let session = options.oneShot ? undefined : sessions.get(key);
      if (session === undefined) {
        if (over) continue;
        if (options.admits !== undefined && !options.admits(peer)) {
          options.onRefused?.(peer, "refused");
          continue;
        }
        if (active >= (options.maxSessions ?? Infinity)) {
          options.onRefused?.(peer, "limit");
          continue;
        }
        active++;
        const opened = session = new UdpSession(socket, peer, () => {
          if (sessions.get(key) === opened) sessions.delete(key);
          active--;
          closeWhenUnused();
        });
        if (!options.oneShot) sessions.set(key, session);
        session.deliver(data.slice());
        if (options.oneShot) session.end();
        fresh.push(session);
        wake?.();
      } else session.deliver(data.slice());
    }
  };
  let failure: unknown;
  const listening = listen().catch((error) => {
    if (!over) failure = error;
    stop();
    for (const session of sessions.values()) session.end();
  });
  try {
    for (;;) {
      const session = fresh.shift();
      if (session !== undefined) yield session;
      else if (over) break;
      else await new Promise<void>((resolve) => wake = resolve);
    }
    if (failure !== undefined) throw failure;
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
    listening.catch(() => {});
  }
}

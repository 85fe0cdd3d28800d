// UDP sockets as datagram streams: one peer, many peers on one socket, anybody.
import type { Bytes } from "../../base/bytes.ts";
import type { HostPort } from "../../base/host_port.ts";
import { type About, Stream } from "../stream.ts";
import type { UdpAddress } from "./address.ts";
import { CLOSED, copyDatagram, type UdpSocket } from "./socket.ts";

/** Datagrams that wait for a reader before new ones are dropped, as a full socket buffer drops them. */
const QUEUE_LIMIT = 1024;
/** Datagrams that wait for a reader before all readers get their turn. */
const QUEUE_PAUSE = 16;

/** A socket that sends to one address. Takes ownership of `socket`. */
export class UdpStream extends Stream {
  readonly socket: UdpSocket;
  readonly #to: UdpAddress | undefined;
  readonly #takes: (sender: UdpAddress) => boolean;

  /** `takes`: whose datagrams are taken; those of the peer alone when it is left out. */
  constructor(
    socket: UdpSocket,
    peer: UdpAddress | undefined,
    takes = (sender: HostPort): boolean => peer?.equals(sender) === true,
  ) {
    super({
      label: "udp",
      local: socket.local,
      remote: peer === undefined ? undefined : { host: peer.host, port: peer.port },
    }, "datagrams");
    this.socket = socket;
    this.#to = peer;
    this.#takes = takes;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    for (;;) {
      const count = await this.socket.receive(view);
      if (count === CLOSED) return null;
      if (this.#takes(this.socket.sender)) return count;
    }
  }

  protected override pullEach(take: (datagram: Uint8Array) => Promise<void> | void, size: number): Promise<void> {
    return this.socket.receiveAll((datagram) => {
      if (this.#takes(this.socket.sender)) return take(cut(datagram, size));
    });
  }

  override put(bytes: Uint8Array): Promise<void> | void {
    if (this.#to !== undefined) return this.socket.send(bytes, this.#to);
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    await this.put(bytes);
  }

  protected async finish(): Promise<void> {
    // UDP has no end-of-file to send.
  }

  protected release(): void {
    this.socket.close();
  }
}

/** One peer of `udpSessions()`. Closing it ends the session, not the socket. */
export class UdpSession extends Stream {
  readonly #socket: UdpSocket;
  readonly #to: UdpAddress;
  readonly #forget: () => void;
  #queue: Uint8Array[] = [];
  #head = 0;
  /** Who waits for datagrams; `undefined` while he is busy. */
  #take: ((datagram: Uint8Array) => Promise<void> | void) | undefined;
  #over: () => void = () => {};
  #failed: (error: unknown) => void = () => {};
  #ended = false;
  /** Who waits is a stream that needs a datagram for the call only (see `Stream.put`). */
  #atOnce = false;

  constructor(socket: UdpSocket, peer: UdpAddress, forget: () => void) {
    super(
      { label: "udp", local: socket.local, remote: { host: peer.host, port: peer.port } } satisfies About,
      "datagrams",
    );
    this.#socket = socket;
    this.#to = peer;
    this.#forget = forget;
  }

  /** Takes a datagram that arrived; it is lent for the call. Returns how many wait to be read. */
  deliver(datagram: Uint8Array): number {
    const waiting = this.#queue.length - this.#head;
    if (this.#take !== undefined && waiting === 0) {
      this.#hand(this.#atOnce ? datagram : datagram.slice());
      return 0;
    }
    if (waiting >= QUEUE_LIMIT) return waiting;
    this.#queue.push(datagram.slice());
    return waiting + 1;
  }

  /** No more datagrams will come; those that wait are still read. */
  end(): void {
    this.#ended = true;
    if (this.#take !== undefined && this.#head === this.#queue.length) this.#over();
  }

  protected pull(view: Bytes): Promise<number | null> {
    return new Promise((resolve, reject) => {
      this.#take = (datagram) => {
        this.#take = undefined;
        resolve(copyDatagram(datagram, view));
      };
      this.#over = () => {
        this.#take = undefined;
        resolve(null);
      };
      this.#failed = reject;
      this.#next();
    });
  }

  protected override pullEach(take: (datagram: Uint8Array) => Promise<void> | void, size: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#atOnce = false;
      this.#take = (datagram) => take(cut(datagram, size));
      this.#over = () => {
        this.#take = undefined;
        resolve();
      };
      this.#failed = reject;
      this.#next();
    });
  }

  /** Hands out what waits, while somebody takes it. */
  #next(): void {
    while (this.#take !== undefined) {
      if (this.#head === this.#queue.length) {
        if (this.#ended) this.#over();
        return;
      }
      const datagram = this.#queue[this.#head++]!;
      if (this.#head === this.#queue.length || this.#head === QUEUE_LIMIT) {
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
      this.#hand(datagram);
    }
  }

  #hand(datagram: Uint8Array): void {
    const take = this.#take!;
    try {
      const pending = take(datagram);
      this.#atOnce = pending === undefined;
      if (pending === undefined) return;
      this.#take = undefined;
      pending.then(() => {
        this.#take = take;
        this.#next();
      }, this.#failed);
    } catch (error) {
      this.#take = undefined;
      this.#failed(error);
    }
  }

  override put(bytes: Uint8Array): Promise<void> | void {
    return this.#socket.send(bytes, this.#to);
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    await this.put(bytes);
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

/** At most `size` octets of a datagram. */
function cut(datagram: Uint8Array, size: number): Uint8Array {
  return datagram.length <= size ? datagram : datagram.subarray(0, size);
}

/** Which peers a listening socket talks with. */
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
  socket: UdpSocket,
  signal: AbortSignal,
  options: UdpListenerOptions = {},
): AsyncGenerator<UdpSession> {
  const sessions = new Map<string, UdpSession>();
  const fresh: UdpSession[] = [];
  let active = 0, wake: (() => void) | undefined, over = false;
  const closeWhenUnused = () => {
    if (over && active === 0) socket.close();
  };
  const stop = () => {
    over = true;
    wake?.();
    closeWhenUnused();
  };
  signal.addEventListener("abort", stop, { once: true });

  let lastPeer: UdpAddress | undefined, lastSession: UdpSession | undefined;
  const arrived = (datagram: Uint8Array): Promise<void> | void => {
    const peer = socket.sender;
    let session = peer === lastPeer ? lastSession : sessions.get(peer.key);
    if (session === undefined) {
      session = open(peer);
      if (session === undefined) return;
      session.deliver(datagram);
      if (options.oneShot) session.end();
      fresh.push(session);
      wake?.();
      if (options.oneShot) return;
    } else if (session.deliver(datagram) >= QUEUE_PAUSE) return new Promise((resolve) => process.nextTick(resolve));
    lastPeer = peer;
    lastSession = session;
  };
  const open = (peer: UdpAddress): UdpSession | undefined => {
    if (over) return undefined;
    if (options.admits !== undefined && !options.admits(peer)) {
      options.onRefused?.(peer, "refused");
      return undefined;
    }
    if (active >= (options.maxSessions ?? Infinity)) {
      options.onRefused?.(peer, "limit");
      return undefined;
    }
    active++;
    const { key } = peer;
    const session = new UdpSession(socket, peer, () => {
      if (sessions.get(key) === session) sessions.delete(key);
      if (lastSession === session) lastPeer = lastSession = undefined;
      active--;
      closeWhenUnused();
    });
    if (!options.oneShot) sessions.set(key, session);
    return session;
  };
  let failure: unknown;
  const listening = socket.receiveAll(arrived).catch((error) => {
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

// TCP over sockets of the C library and the one epoll: listening, connecting, streams. Reads and writes are tried at once and
// wait only where the system has nothing or takes nothing. Where there is no epoll the runtime's own sockets do the same
// (conn.ts). Not for options that must be set before binding or connecting: those are tcp_socket.ts.
import type { Bytes } from "../base/bytes.ts";
import type { HostPort } from "../base/host_port.ts";
import { type IpAddress, isUnspecified, parseIp } from "../base/ip.ts";
import { type Epoll, EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, findEpoll, type Watcher } from "./epoll.ts";
import { AF_INET, AF_INET6, decodeSockaddr, SOCKADDR_SIZE, sockaddrOfIp } from "./sockaddr.ts";
import { type About, Stream } from "./stream.ts";

const SOCK_STREAM = 1, CLOEXEC = 0o2000000, NONBLOCK = 0o4000, MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_ERROR = 4, SO_REUSEPORT = 15;
const IPPROTO_TCP = 6, TCP_NODELAY = 1;
const SHUT_WR = 1;
const EAGAIN = 11, ENOTCONN = 107, EALREADY = 114, EINPROGRESS = 115;
/** So many octets fit into one segment anywhere: what is longer may leave a rest that Nagle's algorithm holds back. */
const ONE_SEGMENT = 536;
/** Reads of one stream, or connections of one listener, in a turn; then the others come first. */
const READS_A_TURN = 16, ACCEPTS_A_TURN = 64;

const ONE = new Uint8Array(new Int32Array([1]).buffer);
const address = new Uint8Array(SOCKADDR_SIZE);
const length = new Uint32Array(1), lengthBytes = new Uint8Array(length.buffer);
const number = new Int32Array(1), numberBytes = new Uint8Array(number.buffer);

const DONE = Promise.resolve();
const END: Promise<null> = Promise.resolve(null);

/** What a stream that was closed under a write or a connect says. */
function interrupted(): Error {
  return Object.assign(new Error("The stream was closed"), { name: "Interrupted" });
}

function localOf(epoll: Epoll, fd: number): HostPort | undefined {
  length[0] = SOCKADDR_SIZE;
  return epoll.call.getsockname(fd, address, lengthBytes) === 0 ? decodeSockaddr(address) : undefined;
}

/** The addresses of an accepted connection; its own is asked for only by who looks at it. */
class AcceptedAbout implements About {
  readonly label = "tcp";
  readonly remote: HostPort | undefined;
  #local: HostPort | undefined;
  #ask: (() => HostPort | undefined) | undefined;

  constructor(remote: HostPort | undefined, ask: () => HostPort | undefined) {
    this.remote = remote;
    this.#ask = ask;
  }

  get local(): HostPort | undefined {
    this.#local ??= this.#ask?.();
    this.#ask = undefined;
    return this.#local;
  }
}

/** A connected socket. */
export class EpollStream extends Stream implements Watcher {
  readonly #epoll: Epoll;
  readonly #fd: number;
  /** What the system said last; `true` means: try. */
  #readable: boolean;
  #writable = true;
  /** The peer has ended or reset: what is left can be read without further notice. */
  #hungUp = false;
  #ended = false;
  #writeEnded = false;
  /** TCP_NODELAY: as it is (`undefined`), or to be set as soon as it makes a difference. */
  #noDelay: "on first need" | undefined;
  #wrote = false;
  /** Reads in this turn. */
  #turn = 0;
  #reads = 0;
  /** A read that waits. */
  #view: Bytes | undefined;
  #gotRead: ((count: number | null) => void) | undefined;
  #failRead: ((error: unknown) => void) | undefined;
  /** What is left of a write that waits. */
  #rest: Uint8Array | undefined;
  #gotWrite: (() => void) | undefined;
  #failWrite: ((error: unknown) => void) | undefined;

  /**
   * Takes ownership of a connected, non-blocking `fd`. `readable`: there may be something to read already. `noDelay`: set
   * TCP_NODELAY before the second write, or a long first one, so that connections of one short message never pay for it.
   */
  constructor(epoll: Epoll, fd: number, about: About, readable: boolean, noDelay: boolean) {
    super(about);
    this.#epoll = epoll;
    this.#fd = fd;
    this.#readable = readable;
    this.#noDelay = noDelay ? "on first need" : undefined;
    epoll.watch(fd, this);
  }

  override get closeEndsWriting(): boolean {
    return true;
  }

  /** The peer, as the runtime's connections have it. */
  get remoteAddr(): Deno.NetAddr {
    const { host = "", port = 0 } = this.about.remote ?? {};
    return { transport: "tcp", hostname: host, port };
  }

  /** Sends small segments at once from now on (TCP_NODELAY). */
  sendAtOnce(): void {
    this.#noDelay = undefined;
    if (this.closed) return;
    this.#epoll.call.setsockopt(this.#fd, IPPROTO_TCP, TCP_NODELAY, ONE, 4);
  }

  ready(events: number): void {
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) this.#hungUp = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
      this.#readable = true;
      if (this.#view !== undefined) this.#readOn();
    }
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) {
      this.#writable = true;
      if (this.#rest !== undefined) this.#writeOn();
    }
  }

  /** One attempt: octets, 0 for the end, less than 0 when there is nothing yet. */
  #tryRead(view: Bytes): number {
    const { turn } = this.#epoll;
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#reads = 0;
    } else if (++this.#reads === READS_A_TURN) {
      this.#readable = false;
      this.#epoll.later(this);
      return -1;
    }
    const count = this.#epoll.call.recv(this.#fd, view, view.length, 0);
    if (count > 0) {
      // A short read has emptied the socket: what comes next is told.
      if (count < view.length && !this.#hungUp) this.#readable = false;
    } else if (count === 0) {
      if (view.length > 0) this.#ended = true;
    } else if (this.#epoll.errno === EAGAIN) this.#readable = false;
    else throw this.#epoll.failure();
    return count;
  }

  #readOn(): void {
    let count: number;
    try {
      count = this.#tryRead(this.#view!);
    } catch (error) {
      this.#view = undefined;
      this.#failRead!(error);
      return;
    }
    if (count < 0) return;
    this.#view = undefined;
    this.#gotRead!(this.#ended ? null : count);
  }

  protected pull(view: Bytes): Promise<number | null> {
    if (this.#ended || this.closed) return END;
    if (this.#readable) {
      try {
        const count = this.#tryRead(view);
        if (count >= 0) return this.#ended ? END : Promise.resolve(count);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    this.#view = view;
    return new Promise((resolve, reject) => {
      this.#gotRead = resolve;
      this.#failRead = reject;
    });
  }

  protected push(bytes: Uint8Array): Promise<void> {
    if (this.closed) return Promise.reject(interrupted());
    if (this.#noDelay !== undefined && (this.#wrote || bytes.length > ONE_SEGMENT)) this.sendAtOnce();
    this.#wrote = true;
    if (this.#writable) {
      const count = this.#trySend(bytes);
      if (count === bytes.length) return DONE;
      if (count < 0) return Promise.reject(this.#epoll.failure());
      bytes = bytes.subarray(count);
    }
    this.#rest = bytes;
    return new Promise((resolve, reject) => {
      this.#gotWrite = resolve;
      this.#failWrite = reject;
    });
  }

  /** What was sent, all or not, or less than 0 for an error. */
  #trySend(bytes: Uint8Array): number {
    const count = this.#epoll.call.send(this.#fd, bytes as Bytes, bytes.length, MSG_NOSIGNAL);
    if (count < 0) {
      if (this.#epoll.errno !== EAGAIN) return -1;
      this.#writable = false;
      return 0;
    }
    if (count < bytes.length) this.#writable = false;
    return count;
  }

  #writeOn(): void {
    const rest = this.#rest!;
    const count = this.#trySend(rest);
    if (count >= 0 && count < rest.length) {
      this.#rest = rest.subarray(count);
      return;
    }
    this.#rest = undefined;
    if (count < 0) this.#failWrite!(this.#epoll.failure());
    else this.#gotWrite!();
  }

  protected finish(): Promise<void> {
    if (this.#writeEnded || this.closed) return DONE;
    this.#writeEnded = true;
    if (this.#epoll.call.shutdown(this.#fd, SHUT_WR) !== 0) {
      const { errno } = this.#epoll;
      // The peer has gone already: nobody is left to be told.
      if (errno !== ENOTCONN) return Promise.reject(this.#epoll.failure(errno));
    }
    return DONE;
  }

  protected release(): void {
    this.#epoll.forget(this.#fd);
    this.#epoll.call.close(this.#fd);
    if (this.#view !== undefined) {
      this.#view = undefined;
      this.#gotRead!(null);
    }
    if (this.#rest !== undefined) {
      this.#rest = undefined;
      this.#failWrite!(interrupted());
    }
  }
}

/** A listening socket. */
export class EpollListener implements Watcher {
  /** Where it listens. */
  readonly local: HostPort;
  readonly #epoll: Epoll;
  readonly #fd: number;
  /** Own addresses differ from connection to connection. */
  readonly #anywhere: boolean;
  #closed = false;
  #turn = 0;
  #accepts = 0;
  #got: ((stream: EpollStream) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  /** Takes ownership of a listening, non-blocking `fd`. */
  constructor(epoll: Epoll, fd: number) {
    this.#epoll = epoll;
    this.#fd = fd;
    this.local = localOf(epoll, fd)!;
    this.#anywhere = isUnspecified(parseIp(this.local.host)!);
    epoll.watch(fd, this);
  }

  /** The next connection. One call at a time. Throws what the system says, with its code, and once it is closed. */
  accept(): Promise<EpollStream> {
    if (this.#closed) return Promise.reject(interrupted());
    try {
      const stream = this.#tryAccept();
      if (stream !== undefined) return Promise.resolve(stream);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#got = resolve;
      this.#fail = reject;
    });
  }

  #tryAccept(): EpollStream | undefined {
    const { turn, call } = this.#epoll;
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#accepts = 0;
    } else if (++this.#accepts === ACCEPTS_A_TURN) {
      this.#epoll.later(this);
      return undefined;
    }
    length[0] = SOCKADDR_SIZE;
    const fd = call.accept4(this.#fd, address, lengthBytes, CLOEXEC | NONBLOCK);
    if (fd < 0) {
      if (this.#epoll.errno === EAGAIN) return undefined;
      throw this.#epoll.failure();
    }
    const remote = decodeSockaddr(address);
    const ask = this.#anywhere ? () => localOf(this.#epoll, fd) : () => this.local;
    return new EpollStream(this.#epoll, fd, new AcceptedAbout(remote, ask), true, false);
  }

  ready(): void {
    const got = this.#got;
    if (got === undefined) return;
    try {
      const stream = this.#tryAccept();
      if (stream === undefined) return;
      this.#got = undefined;
      got(stream);
    } catch (error) {
      this.#got = undefined;
      this.#fail!(error);
    }
  }

  /** Ends listening; an `accept` that waits fails. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#epoll.forget(this.#fd);
    this.#epoll.call.close(this.#fd);
    if (this.#got !== undefined) {
      this.#got = undefined;
      this.#fail!(interrupted());
    }
  }
}

function openSocket(epoll: Epoll, ip: IpAddress): number {
  const fd = epoll.call.socket(ip.family === 4 ? AF_INET : AF_INET6, SOCK_STREAM | CLOEXEC | NONBLOCK, 0);
  if (fd < 0) throw epoll.failure();
  return fd;
}

/** What can be had of an address: IP addresses without a zone. */
function plainIp(host: string): IpAddress | undefined {
  const ip = parseIp(host);
  return ip?.zone === undefined ? ip : undefined;
}

/**
 * Listens, port 0: any free one. Connections send small segments at once unless `noDelay` is `false`. `undefined` where there is no epoll, or the host
 * is a name. Throws what the system says, with its code.
 */
export function listenByEpoll(
  place: HostPort,
  options: { readonly backlog: number; readonly reusePort?: boolean; readonly noDelay?: boolean },
): EpollListener | undefined {
  const ip = plainIp(place.host), epoll = ip === undefined ? undefined : findEpoll();
  if (ip === undefined || epoll === undefined) return undefined;
  const { call } = epoll;
  const fd = openSocket(epoll, ip);
  const where = sockaddrOfIp(ip, place.port);
  call.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, ONE, 4);
  if (options.reusePort) call.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, ONE, 4);
  // Handed down to what is accepted.
  if (options.noDelay !== false) call.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ONE, 4);
  if (call.bind(fd, where, where.length) !== 0 || call.listen(fd, options.backlog) !== 0) {
    const error = epoll.failure();
    call.close(fd);
    throw error;
  }
  return new EpollListener(epoll, fd);
}

/** A connect that is under way. */
class Connecting implements Watcher {
  readonly #epoll: Epoll;
  readonly #fd: number;
  #settle: ((error?: unknown) => void) | undefined;

  constructor(epoll: Epoll, fd: number) {
    this.#epoll = epoll;
    this.#fd = fd;
  }

  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#settle?.(signal!.reason);
      this.#settle = (error) => {
        this.#settle = undefined;
        signal?.removeEventListener("abort", onAbort);
        this.#epoll.release(this.#fd);
        if (error === undefined) resolve();
        else reject(error);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#epoll.watch(this.#fd, this);
    });
  }

  ready(events: number): void {
    if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) return;
    length[0] = 4;
    this.#epoll.call.getsockopt(this.#fd, SOL_SOCKET, SO_ERROR, numberBytes, lengthBytes);
    this.#settle?.(number[0] === 0 ? undefined : this.#epoll.failure(number[0]!));
  }
}

/**
 * Connects to an IP address. The caller owns the stream. `noDelay`: small segments at once. `undefined` where there is no epoll, or the host is a name. Throws
 * what the system says, with its code, or the reason of `signal`.
 */
export async function connectByEpoll(
  target: HostPort,
  signal?: AbortSignal,
  noDelay = false,
): Promise<EpollStream | undefined> {
  const ip = plainIp(target.host), epoll = ip === undefined ? undefined : findEpoll();
  if (ip === undefined || epoll === undefined) return undefined;
  signal?.throwIfAborted();
  const { call } = epoll;
  const fd = openSocket(epoll, ip);
  const to = sockaddrOfIp(ip, target.port);
  try {
    // On this host a connection is there at once, which the first call does not tell but the second does.
    if (
      call.connect(fd, to, to.length) !== 0 && (epoll.errno !== EINPROGRESS || call.connect(fd, to, to.length) !== 0)
    ) {
      if (epoll.errno !== EALREADY) throw epoll.failure();
      await new Connecting(epoll, fd).wait(signal);
    }
    return new EpollStream(epoll, fd, { label: "tcp", local: localOf(epoll, fd), remote: target }, false, noDelay);
  } catch (error) {
    call.close(fd);
    throw error;
  }
}

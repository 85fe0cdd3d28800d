// TCP, TLS and Unix stream connections of the runtime as `Stream`s.
// `conn.readable` and `conn.writable` are never used: they close the whole socket at the first end-of-file.
import type { Bytes } from "../base/bytes.ts";
import type { HostPort } from "../base/host_port.ts";
import { type About, Stream } from "./stream.ts";

/** Host and port of a runtime address, or `undefined` for Unix sockets. */
export function hostPortOf(address: Deno.Addr): HostPort | undefined {
  const { hostname, port } = address as Deno.NetAddr;
  return hostname === undefined ? undefined : { host: hostname, port };
}

/** The part of `Deno.Conn` that is needed; standard input and output fit too. */
interface RawConn {
  read(view: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** So many octets fit into one segment anywhere: what is longer may leave a rest that Nagle's algorithm holds back. */
const ONE_SEGMENT = 536;

/** A connected socket as a stream. Takes ownership of `conn`. */
export class ConnStream extends Stream {
  readonly #conn: RawConn & { closeWrite?(): Promise<void> };
  /** The socket whose TCP_NODELAY is still to be set. */
  #delayed: Deno.TcpConn | undefined;
  #wrote = false;
  #writeEnded = false;

  /**
   * With `noDelay` TCP_NODELAY is set as soon as it makes a difference: before the second write, or a long first one. So
   * connections of one short message each way, of which there are many, never pay for it.
   */
  constructor(conn: RawConn & { closeWrite?(): Promise<void> }, about: About, noDelay?: Deno.TcpConn) {
    super(about);
    this.#conn = conn;
    this.#delayed = noDelay;
  }

  /** The socket itself, for who takes it over. */
  get conn(): RawConn {
    this.#sendAtOnce();
    return this.#conn;
  }

  override get closeEndsWriting(): boolean {
    return this.about.label === "tcp" || this.about.label === "unix";
  }

  #sendAtOnce(): void {
    const delayed = this.#delayed;
    if (delayed === undefined) return;
    this.#delayed = undefined;
    try {
      delayed.setNoDelay(true);
    } catch {
      // Already gone: the next read or write will say so.
    }
  }

  // Not an async function: a pending read of each of thousands of idle connections costs less so.
  protected pull(view: Bytes): Promise<number | null> {
    return this.#conn.read(view).catch(this.#onReadError);
  }

  readonly #onReadError = (error: unknown): null => {
    const known = this.closed ? undefined : this.readError(error);
    if (known === undefined) return null;
    throw known;
  };

  /** What an error of reading means; `undefined`: the end. */
  protected readError(error: unknown): unknown {
    return error;
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    if (this.#delayed !== undefined && (this.#wrote || bytes.length > ONE_SEGMENT)) this.#sendAtOnce();
    this.#wrote = true;
    let written = await this.#conn.write(bytes);
    while (written < bytes.length) written += await this.#conn.write(bytes.subarray(written));
  }

  protected async finish(): Promise<void> {
    if (this.#writeEnded) return;
    this.#writeEnded = true;
    try {
      await this.#conn.closeWrite?.();
    } catch (error) {
      // The peer may be gone already (ENOTCONN): nobody is left to be told.
      if (!(error instanceof Deno.errors.NotConnected || error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  protected release(): void {
    this.#conn.close();
  }
}

/** A stream over a connected `Deno.Conn`; `label` as `tcp`, `unix`, `tls`. `noDelay`: small segments at once (TCP). */
export function connStream(conn: Deno.Conn, label: string, noDelay = false): ConnStream {
  const local = hostPortOf(conn.localAddr), remote = hostPortOf(conn.remoteAddr);
  return new ConnStream(conn, { label, local, remote }, noDelay ? conn as Deno.TcpConn : undefined);
}

const neverThrow = () => {};

/**
 * Connects by TCP (a name: happy eyeballs). Throws what the runtime throws, and the signal's reason. `signal` is used for this
 * alone: the runtime forgets a connection that is made in the moment of the abort, because it has the signal throw once
 * more, and its descriptor would stay open for good. So the signal's `throwIfAborted` throws no more.
 */
export async function connectTcpAlone({ host, port }: HostPort, signal: AbortSignal): Promise<Deno.TcpConn> {
  if (signal.aborted) throw signal.reason;
  signal.throwIfAborted = neverThrow;
  try {
    const conn = await Deno.connect({ hostname: host, port, signal });
    if (!signal.aborted) return conn;
    conn.close();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw signal.reason;
}

/** Of signals that many connections share: one that aborts with it, which `connectTcpAlone` may have. */
const followers = new WeakMap<AbortSignal, AbortSignal>();

/**
 * Says that many connections share `signal`, which lives as long as they: then `connectTcp` makes no signal for each, nor a
 * listener, which is a thirtieth of all that a short connection costs.
 */
export function shareSignal(signal: AbortSignal): void {
  const abort = new AbortController();
  signal.addEventListener("abort", () => abort.abort(signal.reason), { once: true });
  followers.set(signal, abort.signal);
}

/** As `connectTcpAlone`, with a signal that others look at too, or none. */
export async function connectTcp(place: HostPort, signal?: AbortSignal): Promise<Deno.TcpConn> {
  if (signal === undefined) return await Deno.connect({ hostname: place.host, port: place.port });
  signal.throwIfAborted();
  const follower = followers.get(signal);
  if (follower !== undefined) return await connectTcpAlone(place, follower);
  const abort = new AbortController();
  const onAbort = () => abort.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await connectTcpAlone(place, abort.signal);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Connections that may wait to be accepted; the system cuts it to what it allows. */
export const BACKLOG = 4096;

/**
 * A listener whose queue holds a burst of thousands: with the runtime's own 511, a burst of 2,000 connects loses some to
 * resets. Throws what the runtime throws.
 */
export function listenTcp(
  place: HostPort,
  options: { reusePort?: boolean; backlog?: number | undefined } = {},
): Deno.TcpListener {
  // The runtime takes `tcpBacklog`, its types do not say so.
  const wanted: Deno.TcpListenOptions & { tcpBacklog: number } = {
    hostname: place.host,
    port: place.port,
    reusePort: options.reusePort ?? false,
    tcpBacklog: options.backlog ?? BACKLOG,
  };
  return Deno.listen(wanted);
}

// TCP, TLS and Unix stream connections of the runtime as `Stream`s.
// `conn.readable` and `conn.writable` are never used: they close the whole socket at the first end-of-file.
import type { Bytes } from "../base/bytes.ts";
import type { HostPort } from "../base/host_port.ts";
import { type About, Stream } from "./stream.ts";

/** Host and port of a runtime address, or `undefined` for Unix sockets. */
export function hostPortOf(address: Deno.Addr): HostPort | undefined {
  return "hostname" in address ? { host: address.hostname, port: address.port } : undefined;
}

/** The part of `Deno.Conn` that is needed; standard input and output fit too. */
interface RawConn {
  read(view: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** A connected socket as a stream. Takes ownership of `conn`. */
export class ConnStream extends Stream {
  readonly conn: RawConn;
  readonly #closeWrite: (() => Promise<void>) | undefined;
  #writeEnded = false;

  constructor(conn: RawConn & { closeWrite?(): Promise<void> }, about: About) {
    super(about);
    this.conn = conn;
    this.#closeWrite = conn.closeWrite === undefined ? undefined : () => conn.closeWrite!();
  }

  protected async pull(view: Bytes): Promise<number | null> {
    try {
      return await this.conn.read(view);
    } catch (error) {
      if (this.closed) return null;
      // A TLS peer that leaves without close_notify: end-of-file, as every relay sees it.
      if (error instanceof Deno.errors.UnexpectedEof) return null;
      throw error;
    }
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    let written = await this.conn.write(bytes);
    while (written < bytes.length) written += await this.conn.write(bytes.subarray(written));
  }

  protected async finish(): Promise<void> {
    if (this.#writeEnded) return;
    this.#writeEnded = true;
    try {
      await this.#closeWrite?.();
    } catch (error) {
      // The peer may be gone already (ENOTCONN): nobody is left to be told.
      if (!(error instanceof Deno.errors.NotConnected || error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  protected release(): void {
    this.conn.close();
  }
}

/** A stream over a connected `Deno.Conn`; `label` as `tcp`, `unix`, `tls`. */
export function connStream(conn: Deno.Conn, label: string): ConnStream {
  const local = hostPortOf(conn.localAddr), remote = hostPortOf(conn.remoteAddr);
  return new ConnStream(conn, { label, local, remote });
}

/** Connections that may wait to be accepted; the system cuts it to what it allows. */
const BACKLOG = 4096;

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

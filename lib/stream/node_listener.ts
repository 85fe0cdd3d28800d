// A listening socket by its descriptor (inherited, or made by the C library), which only node:net can take, in the form of
// the runtime's own listeners.
import type { HostPort } from "../base/host_port.ts";
import { DuplexStream, type NodeDuplex } from "./duplex.ts";
import { type About, Stream } from "./stream.ts";

/** What a socket of `node:net` says of itself. */
interface NodeSocket extends NodeDuplex {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly localAddress?: string;
  readonly localPort?: number;
}

/** An accepted connection: closed, or made a stream, which owns it then. */
export class NodeConn {
  readonly #socket: NodeSocket;
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;

  constructor(socket: NodeSocket) {
    this.#socket = socket;
    const { localAddress: local, remoteAddress: remote } = socket;
    this.localAddr = addressOf(local, socket.localPort);
    this.remoteAddr = addressOf(remote, socket.remotePort);
  }

  close(): void {
    this.#socket.destroy();
  }

  stream(about: About): Stream {
    return new DuplexStream(this.#socket, about);
  }
}

function addressOf(host: string | undefined, port: number | undefined): Deno.Addr {
  return host === undefined ? { transport: "unix", path: "" } : { transport: "tcp", hostname: host, port: port ?? 0 };
}

/** Takes ownership of the descriptor. */
export class NodeListener {
  /** Where it listens; `undefined` for Unix sockets. */
  readonly local: HostPort | undefined;
  readonly #server: { close(): unknown };
  readonly #waiting: NodeConn[] = [];
  #taker: PromiseWithResolvers<NodeConn> | undefined;
  #failure: unknown;

  private constructor(server: { close(): unknown }, local: HostPort | undefined) {
    this.#server = server;
    this.local = local;
  }

  /** Begins to accept on a listening descriptor. */
  static async over(fd: number, local: HostPort | undefined): Promise<NodeListener> {
    const net = await import("node:net");
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const listener = new NodeListener(server, local);
    server.on("connection", (socket) => listener.#came(new NodeConn(socket as unknown as NodeSocket)));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.on("error", (error) => {
      reject(error);
      listener.#fail(error);
    });
    server.listen({ fd }, resolve);
    await promise;
    return listener;
  }

  #came(conn: NodeConn): void {
    const taker = this.#taker;
    this.#taker = undefined;
    if (taker !== undefined) taker.resolve(conn);
    else if (this.#failure === undefined) this.#waiting.push(conn);
    else conn.close();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#taker?.reject(error);
    this.#taker = undefined;
  }

  /** The next connection. Rejects once the listener is closed. One call at a time. */
  accept(): Promise<NodeConn> {
    const conn = this.#waiting.shift();
    if (conn !== undefined) return Promise.resolve(conn);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#taker = Promise.withResolvers();
    return this.#taker.promise;
  }

  close(): void {
    this.#server.close();
    this.#fail(new Error("Closed"));
    for (const conn of this.#waiting.splice(0)) conn.close();
  }
}

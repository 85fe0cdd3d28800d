// Where `netlab socks` listens: TCP, Unix sockets, sockets of systemd; accepting until told to stop.
import { isAboutOnePeer } from "../../lib/address/network/listen.ts";
import { listenError } from "../../lib/dial/errors.ts";
import { isLive } from "../../lib/address/unix/name.ts";
import { outOfDescriptors, UsageError } from "../../lib/base/errors.ts";
import { formatHostPort, type HostPort } from "../../lib/base/host_port.ts";
import { isLoopback, parseIp } from "../../lib/base/ip.ts";
import type { Log } from "../../lib/base/log.ts";
import type { ProxyServer } from "../../lib/socks/server.ts";
import { connStream, hostPortOf, listenTcp } from "../../lib/stream/conn.ts";
import { DuplexStream, type NodeDuplex } from "../../lib/stream/duplex.ts";
import type { Flags, ListenPlace } from "./flags.ts";
import type { Settings } from "./settings.ts";

/** Something that is listened on. */
export interface Listening {
  /** In words: `127.0.0.1:1080`, `unix:/run/proxy`. */
  readonly where: string;
  /** Where it is bound; `undefined`: a Unix socket. */
  readonly place: HostPort | undefined;
  /** Gives every connection to the server until `close`. */
  serve(server: ProxyServer, log: Log): Promise<void>;
  close(): void;
}

/** Whether anybody but this host can come. */
function isOpen({ place }: Listening): boolean {
  if (place === undefined) return false;
  const ip = parseIp(place.host);
  return ip === undefined ? place.host !== "localhost" : !isLoopback(ip);
}

/** A shortage of descriptors is over when it has not been felt for so long. */
const SHORTAGE_MS = 10_000;

/** A listener of the runtime's, for TCP or a Unix socket, whose file goes with it. */
class RuntimeListener implements Listening {
  readonly where: string;
  readonly place: HostPort | undefined;
  readonly #listener: Deno.TcpListener | Deno.UnixListener;
  readonly #path: string | undefined;
  #closed = false;

  constructor(listener: Deno.TcpListener | Deno.UnixListener, path?: string) {
    this.#listener = listener;
    this.#path = path;
    this.place = hostPortOf(listener.addr);
    this.where = path === undefined ? formatHostPort(this.place!) : `unix:${path}`;
  }

  /** Out of descriptors it pauses, says so once, and goes on when some are back. */
  async serve(server: ProxyServer, log: Log): Promise<void> {
    const label = this.#path === undefined ? "tcp" : "unix";
    let starvedAt = -Infinity;
    while (!this.#closed) {
      let conn: Deno.Conn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (this.#closed) return;
        if (outOfDescriptors(error)) {
          // One line for a shortage, however often a descriptor or two come back in between.
          if (performance.now() - starvedAt > SHORTAGE_MS) {
            log.error(`Out of descriptors: no new connections on ${this.where} until some are closed`);
          }
          starvedAt = performance.now();
          await new Promise((resolve) => setTimeout(resolve, 100));
        } else if (!isAboutOnePeer(error)) {
          throw error;
        }
        continue;
      }
      const stream = connStream(conn, label);
      void server.handle(stream, stream.about.remote);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    if (this.#path !== undefined && !this.#path.startsWith("\0")) removeQuietly(this.#path);
  }
}

/** Binds a TCP port or a Unix socket. */
async function listenOn(place: ListenPlace): Promise<Listening> {
  const { path } = place, where = path === undefined ? formatHostPort(place) : `unix:${path}`;
  if (path !== undefined && Deno.build.os === "windows") {
    throw new UsageError(`Cannot listen on ${where}: netlab has no Unix sockets on Windows`);
  }
  try {
    return new RuntimeListener(path === undefined ? listenTcp(place) : await listenUnix(path), path);
  } catch (error) {
    throw listenError(where, error);
  }
}

const isLocalhost = ({ host }: ListenPlace) => host.toLowerCase() === "localhost";

/** The second address of "localhost", where the host has IPv6. */
async function listenOnSix(port: number): Promise<Listening[]> {
  try {
    return [await listenOn({ host: "::1", port })];
  } catch (error) {
    // Where another program has the port, it would get what is meant for us.
    if ((error as Error).cause instanceof Deno.errors.AddrInUse) throw error;
    return [];
  }
}

/** A socket file that nobody listens on any more is replaced. */
async function listenUnix(path: string): Promise<Deno.UnixListener> {
  try {
    return Deno.listen({ transport: "unix", path });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse) || path.startsWith("\0") || !Deno.lstatSync(path).isSocket) {
      throw error;
    }
    if (await isLive({ path, abstract: false })) throw error;
    Deno.removeSync(path);
    return Deno.listen({ transport: "unix", path });
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Removed by somebody else.
  }
}

/** Sockets that systemd has bound for us: descriptors 3 and up, when LISTEN_PID is this process (or not said). */
async function inheritedListeners(): Promise<Listening[]> {
  const count = Number(Deno.env.get("LISTEN_FDS") ?? "0");
  const pid = Deno.env.get("LISTEN_PID");
  if (!(count > 0) || (pid !== undefined && Number(pid) !== Deno.pid)) return [];
  const net = await import("node:net");
  return await Promise.all(Array.from({ length: count }, async (_, index) => {
    const fd = 3 + index;
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: false });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(listenError(`fd:${fd}`, error)));
      server.listen({ fd }, resolve);
    });
    const address = server.address();
    const bound = address !== null && typeof address === "object"
      ? { host: address.address, port: address.port }
      : undefined;
    const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
    return {
      where: bound === undefined ? `fd:${fd}` : `fd:${fd} (${formatHostPort(bound)})`,
      place: bound,
      async serve(proxy: ProxyServer) {
        server.on("connection", (socket) => {
          const host = socket.remoteAddress;
          const peer = host === undefined ? undefined : { host, port: socket.remotePort! };
          const local = socket.localAddress === undefined
            ? undefined
            : { host: socket.localAddress, port: socket.localPort! };
          socket.setNoDelay(true); // here it costs little beside all else
          void proxy.handle(
            new DuplexStream(socket as unknown as NodeDuplex, { label: "tcp", local, remote: peer }),
            peer,
          );
        });
        await ended;
      },
      close: () => void server.close(),
    };
  }));
}

/** Opens every listener that flags or the system (LISTEN_FDS) name; all or none. */
export async function openListeners(flags: Flags): Promise<Listening[]> {
  const inherited = await inheritedListeners();
  const places = [...flags.listen];
  if (flags.port !== undefined || (places.length === 0 && inherited.length === 0)) {
    places.unshift({ host: "localhost", port: flags.port ?? 1080 });
  }
  const listeners = [...inherited];
  try {
    for (const place of places) {
      listeners.push(await listenOn(isLocalhost(place) ? { ...place, host: "127.0.0.1" } : place));
    }
    // Last, for one of the places may be just this. A port that the system chooses is free on one address alone.
    for (const { port } of places.filter((place) => isLocalhost(place) && place.port !== 0)) {
      if (!listeners.some(({ place }) => place?.host === "::1" && place.port === port)) {
        listeners.push(...await listenOnSix(port));
      }
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  return listeners;
}

/** A `UsageError` for a listener that strangers could use, unless the flags say so. */
export function refuseOpenProxy(flags: Flags, listeners: readonly Listening[], settings: Settings): void {
  const open = listeners.find(isOpen);
  if (open === undefined || flags["open-proxy"] || settings.users !== undefined || settings.clients.length > 0) return;
  throw new UsageError(
    `Listening on ${open.where} without users or a list of clients makes an open proxy: ` +
      "everybody who reaches it can use it, and what they do bears your address",
    "add --users FILE or --clients PREFIX, or --open-proxy if that is what you want",
  );
}

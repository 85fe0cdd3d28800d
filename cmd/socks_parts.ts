// Parts of `netlab socks` that touch the system: users and rules from files, listeners, the metrics page.
import { isAboutOnePeer } from "../lib/address/listen.ts";
import { errorCode, errorText, FormatError, UsageError } from "../lib/base/errors.ts";
import { formatHostPort, type HostPort, parseHostPort } from "../lib/base/host_port.ts";
import { isLoopback, parseIp } from "../lib/base/ip.ts";
import type { Log } from "../lib/base/log.ts";
import { parseRulesFile, type RulesFile } from "../lib/socks/rules.ts";
import type { ProxyServer } from "../lib/socks/server.ts";
import { hashPassword, parseUsersFile, type User, userLine } from "../lib/socks/users.ts";
import { connStream, hostPortOf, listenTcp } from "../lib/stream/conn.ts";
import { DuplexStream, type NodeDuplex } from "../lib/stream/duplex.ts";
import { askSecret, INTERRUPTED } from "./socks_secret.ts";
import type { ListenPlace } from "./socks_flags.ts";

/** What one guess at a password on the command line costs: it is in plain sight anyway, so start-up comes first. */
const PLAIN_ITERATIONS = 1000;

function readText(path: string, flag: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read "${path}" of ${flag}: ${errorText(error)}`, undefined, { cause: error });
  }
}

/** Turns what is wrong with a file or a flag into an error of usage. */
export function usage<T>(what: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError(`Cannot parse ${what}: ${error.message}`, "see: netlab socks --help", { cause: error });
  }
}

/** A rules file; without one, no rules. */
export function readRules(path: string | undefined): RulesFile {
  if (path === undefined) return { rules: [], clients: [] };
  return usage("rules", () => parseRulesFile(readText(path, "--rules"), path));
}

/** Users of a file; a file that others can read draws a warning. */
export function readUsers(path: string, log: Log): Map<string, User> {
  const users = usage("users", () => parseUsersFile(readText(path, "--users"), path));
  const { mode } = Deno.statSync(path);
  if (mode !== null && (mode & 0o077) !== 0) {
    log.warning(`Others can read "${path}", which holds hashes of passwords: chmod 600 ${path}`);
  }
  return users;
}

/** Users given as `NAME:PASSWORD`, or as a line of a users file. */
export async function plainUsers(texts: readonly string[], flag: string): Promise<Map<string, User>> {
  const users = new Map<string, User>();
  for (const text of texts) {
    const colon = text.indexOf(":");
    if (colon < 1 || colon === text.length - 1) {
      throw new UsageError(`Cannot parse ${flag}: a user is NAME:PASSWORD`, "see: netlab socks --help");
    }
    const name = text.slice(0, colon);
    if (text.startsWith("pbkdf2-sha256$", colon + 1)) {
      for (const [known, user] of usage(flag, () => parseUsersFile(text, flag))) users.set(known, user);
      continue;
    }
    const line = usage(flag, () => userLine(name, "")).slice(0, -1);
    const hash = await hashPassword(text.slice(colon + 1), PLAIN_ITERATIONS);
    users.set(name, [...parseUsersFile(`${line}:${hash}`, flag).values()][0]!);
  }
  return users;
}

/** The users of `NETLAB_SOCKS_USERS`, as they are written there. */
export function usersOfEnvironment(): string[] {
  return (Deno.env.get("NETLAB_SOCKS_USERS") ?? "").split(/\s+/).filter((text) => text !== "");
}

/** `--add-user`: asks for a password and writes the line; one that is there already is replaced. The exit status. */
export async function addUser(name: string, path: string): Promise<number> {
  usage("--add-user", () => userLine(name, ""));
  const password = askPassword(`Password for ${name}: `);
  if (password === undefined) return INTERRUPTED;
  if (password === "") throw new UsageError("The password is empty", "type one, or pipe it in");
  if (new TextEncoder().encode(password).length > 255) {
    throw new UsageError("The password is longer than the 255 octets that SOCKS5 has room for");
  }
  let text = "";
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  usage("users", () => parseUsersFile(text, path));
  const hash = await hashPassword(password);
  const lines = text.split("\n").filter((line, index, all) => line !== "" || index < all.length - 1);
  const old = lines.findIndex((line) => line.startsWith(`${name}:`));
  const options = old === -1 ? "" : lines[old]!.split(":").slice(2).join(":");
  const line = userLine(name, hash, options);
  if (old === -1) lines.push(line);
  else lines[old] = line;
  // Whole or not at all, and never readable by others.
  const beside = `${path}.${Deno.pid}.new`;
  Deno.writeTextFileSync(beside, lines.join("\n") + "\n", { mode: 0o600 });
  Deno.renameSync(beside, path);
  console.error(`${old === -1 ? "Added" : "Changed"} user "${name}" in "${path}"`);
  return 0;
}

/** Asks where there is a terminal; else the first line of standard input. `undefined`: interrupted. */
function askPassword(question: string): string | undefined {
  if (Deno.stdin.isTerminal()) return askSecret(question);
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  while (bytes.length < 1024 && Deno.stdin.readSync(one) !== null && one[0] !== 0x0a) bytes.push(one[0]!);
  return new TextDecoder().decode(new Uint8Array(bytes)).replace(/\r$/, "");
}

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
export function isOpen({ place }: Listening): boolean {
  if (place === undefined) return false;
  const ip = parseIp(place.host);
  return ip === undefined ? place.host !== "localhost" : !isLoopback(ip);
}

/** A shortage of descriptors is over when it has not been felt for so long. */
const SHORTAGE_MS = 10_000;

function outOfDescriptors(error: unknown): boolean {
  const code = errorCode(error);
  return code === "EMFILE" || code === "ENFILE" || /too many open files/i.test(errorText(error));
}

/** Accepts until the listener is closed. Out of descriptors it pauses, says so once, and goes on when some are back. */
async function acceptAll(
  listener: { accept(): Promise<Deno.Conn> },
  where: string,
  label: string,
  isClosed: () => boolean,
  server: ProxyServer,
  log: Log,
): Promise<void> {
  let starvedAt = -Infinity;
  while (!isClosed()) {
    let conn: Deno.Conn;
    try {
      conn = await listener.accept();
    } catch (error) {
      if (isClosed()) return;
      if (outOfDescriptors(error)) {
        // One line for a shortage, however often a descriptor or two come back in between.
        if (performance.now() - starvedAt > SHORTAGE_MS) {
          log.error(`Out of descriptors: no new connections on ${where} until some are closed`);
        }
        starvedAt = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 100));
      } else if (!isAboutOnePeer(error)) {
        throw error;
      }
      continue;
    }
    void server.handle(connStream(conn, label), hostPortOf(conn.remoteAddr));
  }
}

function failed(where: string, error: unknown): Error {
  const hint = error instanceof Deno.errors.AddrInUse
    ? "Address already in use: stop the other program or choose another port"
    : errorText(error);
  return new Error(`Cannot listen on ${where}: ${hint}`, { cause: error });
}

/** Binds a TCP port or a Unix socket. */
export function listenOn(place: ListenPlace): Listening {
  let closed = false;
  if (place.path !== undefined) {
    const { path } = place;
    const where = `unix:${path}`;
    let listener: Deno.UnixListener;
    try {
      listener = listenUnix(path);
    } catch (error) {
      throw failed(where, error);
    }
    return {
      where,
      place: undefined,
      serve: (server, log) => acceptAll(listener, where, "unix", () => closed, server, log),
      close() {
        if (closed) return;
        closed = true;
        listener.close();
        if (!path.startsWith("\0")) removeQuietly(path);
      },
    };
  }
  let listener: Deno.TcpListener;
  try {
    listener = listenTcp(place);
  } catch (error) {
    throw failed(formatHostPort(place), error);
  }
  const bound = hostPortOf(listener.addr)!;
  const where = formatHostPort(bound);
  return {
    where,
    place: bound,
    serve: (server, log) => acceptAll(listener, where, "tcp", () => closed, server, log),
    close() {
      if (closed) return;
      closed = true;
      listener.close();
    },
  };
}

/** A socket file that nobody listens on any more is replaced. */
function listenUnix(path: string): Deno.UnixListener {
  try {
    return Deno.listen({ transport: "unix", path });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse) || !Deno.lstatSync(path).isSocket || isAlive(path)) throw error;
    Deno.removeSync(path);
    return Deno.listen({ transport: "unix", path });
  }
}

/** Whether somebody has this socket open (as the system's table of Unix sockets says). */
function isAlive(path: string): boolean {
  try {
    return Deno.readTextFileSync("/proc/net/unix").split("\n").some((line) => line.endsWith(` ${path}`));
  } catch {
    return true;
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
export async function inheritedListeners(): Promise<Listening[]> {
  const count = Number(Deno.env.get("LISTEN_FDS") ?? "0");
  const pid = Deno.env.get("LISTEN_PID");
  if (!(count > 0) || (pid !== undefined && Number(pid) !== Deno.pid)) return [];
  const net = await import("node:net");
  return await Promise.all(Array.from({ length: count }, async (_, index) => {
    const fd = 3 + index;
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: false });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(failed(`fd:${fd}`, error)));
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

/** Serves `/metrics` and `/healthz`. Gives where, and what ends it. */
export function serveMetrics(text: string, server: ProxyServer): { where: string; close(): Promise<void> } {
  const place = usage("--metrics", () => {
    const bare = /^\d+$/.test(text) ? `127.0.0.1:${text}` : text;
    const { host, port } = parseHostPort(bare);
    return { host: host === "" ? "127.0.0.1" : host, port };
  });
  let http: Deno.HttpServer<Deno.NetAddr>;
  try {
    http = Deno.serve({ hostname: place.host, port: place.port, onListen() {} }, (request) => {
      const { pathname } = new URL(request.url);
      if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405 });
      if (pathname === "/healthz") return new Response("ok\n");
      if (pathname !== "/metrics") return new Response("Not here: /metrics, /healthz\n", { status: 404 });
      return new Response(server.metrics.prometheus(server.active, server.moving), {
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      });
    });
  } catch (error) {
    throw failed(formatHostPort(place), error);
  }
  const where = formatHostPort({ host: http.addr.hostname, port: http.addr.port });
  return { where, close: () => http.shutdown() };
}

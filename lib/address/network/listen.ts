// What all listening addresses share: where to bind, accepting until told to stop.
import { errorCode, FormatError, outOfDescriptors } from "../../base/errors.ts";
import { formatHostPort, type HostPort, parseHostPort, parsePort } from "../../base/host_port.ts";
import { byWord, nearest } from "../../base/text.ts";
import { hostPortOf } from "../../stream/conn.ts";
import { systemTable } from "../../stream/system_table.ts";
import type { OpenContext } from "../model.ts";
import { type Admission, admission } from "./admission.ts";

/** A port by number or by the name of a well-known service. For anything else a `FormatError`. */
export function portFrom(text: string): number {
  const port = parsePort(text) ?? SERVICES[text.toLowerCase()] ?? systemServices().get(text.toLowerCase());
  if (port !== undefined) return port;
  const near = /^\d*$/.test(text) ? undefined : nearest(text, Object.keys(SERVICES));
  throw new FormatError(
    text === ""
      ? "the port is missing"
      : `"${text}" is not a port number from 0 to 65535${near === undefined ? "" : `: did you mean "${near}"?`}`,
  );
}

/** The names that people type for ports. */
const SERVICES: Record<string, number> = byWord({
  echo: 7,
  discard: 9,
  daytime: 13,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  time: 37,
  domain: 53,
  http: 80,
  pop3: 110,
  ntp: 123,
  imap2: 143,
  imap: 143,
  snmp: 161,
  ldap: 389,
  https: 443,
  submissions: 465,
  syslog: 514,
  submission: 587,
  ldaps: 636,
  "domain-s": 853,
  imaps: 993,
  pop3s: 995,
  socks: 1080,
  mysql: 3306,
  postgresql: 5432,
  redis: 6379,
  "http-alt": 8080,
});

let ofSystem: Map<string, number> | undefined;

/**
 * The names of ports that the system has besides (services(5)): read once, when an unknown name is first met, which is
 * while the command line is judged and files may still be read. TCP's number where protocols differ.
 */
function systemServices(): Map<string, number> {
  if (ofSystem !== undefined) return ofSystem;
  ofSystem = new Map();
  for (const line of systemTable("services").split("\n")) {
    const [name, place, ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    const port = parsePort(/^(\d+)\/(?:tcp|udp)$/.exec(place ?? "")?.[1] ?? "");
    if (port === undefined) continue;
    for (const word of [name!, ...aliases]) {
      const lower = word.toLowerCase();
      if (place!.endsWith("/tcp") || !ofSystem.has(lower)) ofSystem.set(lower, port);
    }
  }
  return ofSystem;
}

/** Host and port of `HOST:PORT` in an address. A `FormatError` says what is wrong. */
export function placeFrom(host: string, port: string): HostPort {
  const named = hostFrom(host);
  if (named === "") throw new FormatError("the host is missing");
  return { host: named, port: portFrom(port) };
}

/** A host as it stands in an address: brackets of IPv6 removed. */
export function hostFrom(text: string): string {
  return text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
}

/** `HOST`, `HOST:PORT`, `:PORT`, `[v6]:PORT` of a `bind` option. */
export function bindFrom(text: string | undefined, port = 0): HostPort | undefined {
  if (text === undefined) return undefined;
  const { host, port: given } = parseHostPort(text, port);
  return { host, port: given === 0 ? port : given };
}

/** Where a listener binds: loopback, unless `bind` (or `--compat`: everywhere) says otherwise. */
export function listenPlace(
  port: number,
  bind: string | undefined,
  family: 4 | 6 | undefined,
  compat: boolean,
): HostPort {
  const given = bindFrom(bind, port);
  if (given !== undefined && given.host !== "") return given;
  if (compat) return { host: family === 6 ? "::" : "0.0.0.0", port: given?.port ?? port };
  return { host: family === 6 ? "::1" : "127.0.0.1", port: given?.port ?? port };
}

/** The options that `accepted` looks at. */
export interface AcceptOptions extends Admission {
  readonly fork: boolean;
  readonly "accept-timeout": number | undefined;
}

/** A connection as a listener gives it: judged by its peer, closed, or made a stream. */
export interface Acceptable {
  readonly remoteAddr: Deno.Addr;
  close(): void;
}

/** The part of the runtime's listeners that is needed. */
export interface Listener<C extends Acceptable> {
  accept(): Promise<C>;
  close(): void;
}

/**
 * Connections of a listener, each admitted, as what `adapt` makes of them; one, or with `fork` until the signal is aborted.
 * Takes ownership of `listener`. When descriptors run out it waits for some to come back and says so once.
 */
export async function* accepted<C extends Acceptable, A = C>(
  listener: Listener<C>,
  where: string,
  options: AcceptOptions,
  context: OpenContext,
  adapt: (conn: C) => A = (conn) => conn as unknown as A,
): AsyncGenerator<A> {
  const admits = await admission(options);
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    listener.close();
  };
  context.signal.addEventListener("abort", close, { once: true });
  let starved = false;
  try {
    if (context.signal.aborted) return;
    context.onListening?.(where);
    for (;;) {
      let conn: C;
      try {
        const limit = options["accept-timeout"];
        conn = await (limit === undefined ? listener.accept() : acceptWithin(listener, limit));
        starved = false;
      } catch (error) {
        if (!open) return;
        if (outOfDescriptors(error)) {
          if (!starved) context.log.error(`Out of descriptors: no new connections on ${where} until some are closed`);
          starved = true;
          await new Promise((resolve) => setTimeout(resolve, 100));
          continue;
        }
        if (isAboutOnePeer(error)) {
          if (options.fork || !wasTaken(error)) continue;
          throw new Error(`The only connection to ${where} was reset by its peer before it could be read`, {
            cause: error,
          });
        }
        throw error;
      }
      const peer = hostPortOf(conn.remoteAddr);
      const refusal = admits(peer);
      if (refusal !== undefined) {
        context.log.warning(`Refusing connection from ${formatHostPort(peer!)} ${refusal}`);
        conn.close();
        continue;
      }
      if (!options.fork) close();
      yield adapt(conn);
      if (!options.fork) return;
    }
  } finally {
    context.signal.removeEventListener("abort", close);
    close();
  }
}

/**
 * Whether a failed accept only says that the peer had gone before it was taken (a reset in the queue: the runtime cannot
 * ask for its address any more), or that the network had something to say about it: accept(2), "Error handling".
 */
export function isAboutOnePeer(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.NotConnected ||
    /^E(NOTCONN|CONNABORTED|CONNRESET|PROTO|NOPROTOOPT|NETDOWN|HOSTDOWN|NONET|HOSTUNREACH|NETUNREACH|OPNOTSUPP|PERM|INTR)$/
      .test(errorCode(error) ?? "");
}

/** Whether the connection was there and is lost: the runtime had it already when it asked for the peer's address in vain. */
function wasTaken(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected || errorCode(error) === "ENOTCONN";
}

/** What `accept-timeout` ends with. */
export class AcceptTimeout extends Error {
  override readonly name = "AcceptTimeout";
  constructor() {
    super("Nobody connected within the accept-timeout");
  }
}

async function acceptWithin<C>(listener: { accept(): Promise<C> }, timeoutMs: number): Promise<C> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      listener.accept(),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new AcceptTimeout()), timeoutMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

// QUIC (RFC 9000) by the runtime's unstable API: one bidirectional stream, opened by the client, for each connection.
// Not pure. A stream exists for the server from the client's first octet on: a server cannot speak first.
import { ConnectError, errorText, ProtocolError } from "../base/errors.ts";
import { formatHostPort, type HostPort } from "../base/host_port.ts";
import { parseIp } from "../base/ip.ts";
import type { Stream } from "../stream/stream.ts";
import { WebStream } from "../stream/web.ts";
import { connectError } from "./errors.ts";
import { withinLimit } from "./limit.ts";
import { type DialOptions, resolveHost } from "./tcp.ts";
import { trustedThemselves } from "./tls/files.ts";
import { handshakeError } from "./tls/reasons.ts";

/** What is spoken when nothing else is said; QUIC does not go without a name. */
const DEFAULT_ALPN = "netlab";
/** Nobody answers at a closed UDP port: a connection that is not there by then will not come. */
const CONNECT_LIMIT_MS = 10_000;
/** Closing a connection forgets what is still under way: who has finished waits so long for the peer to take it. */
const CLIENT_LINGER_MS = 200;
const SERVER_LINGER_MS = 2_000;
const FAREWELL_MS = 20;

/** Options of a client. */
export interface QuicClientOptions extends DialOptions {
  /** PEM of authorities to trust beside the known ones. */
  authorities?: readonly string[] | undefined;
  /** SHA-256 of certificates (DER) of which the server must have one, whoever signed it, as long as its dates are right. */
  pins?: readonly Uint8Array[] | undefined;
  alpn?: readonly string[] | undefined;
  /** Name to ask for and to check. Default: the host. */
  serverName?: string | undefined;
  /** Send here instead: a port of this machine that stands for the target. */
  through?: HostPort | undefined;
  /** Called when the connection has been closed. */
  onClose?: () => Promise<void>;
}

/** The runtime (2.9.6) tells of a refusal by its text alone: the alert's number (RFC 8446 6.2) and the words of its TLS. */
const HANDSHAKE = /cryptographic handshake failed: error \d+/;
const NOT_TRUSTED = /UnknownIssuer|CaUsedAsEndEntity|BadSignature/;

/** What it says, and what that means for the user; {} stands for the server's name. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/not valid for name/, 'its certificate is not for "{}"; to accept it: commonname=NAME with a name that it has'],
  [/not valid yet/, "its certificate is not valid yet"],
  [/error 45:/, "its certificate has expired"],
  [/error 43:/, "its certificate is not meant for a server"],
  [
    NOT_TRUSTED,
    "its certificate is not trusted; to accept it: cafile=FILE with its authority's certificate or its own, or " +
    "pin=sha256:HEX of it",
  ],
  [/error 120:/, "it speaks none of the protocols offered: alpn=NAMES"],
];

function place(address: { hostname: string; port: number }): HostPort {
  return { host: address.hostname, port: address.port };
}

/** The one stream of a connection as a `Stream` that owns the connection. */
function quicStream(
  conn: Deno.QuicConn,
  stream: Deno.QuicBidirectionalStream,
  local: HostPort,
  remote: HostPort,
  lingerMs: number,
  onClose: () => void | Promise<void>,
): Stream {
  const facts: Record<string, string> = {};
  if (conn.protocol !== undefined) facts.alpn = conn.protocol;
  if (conn.serverName !== undefined) facts.sni = conn.serverName;
  const { readable } = stream;
  conn.closed.catch(() => {});
  return new WebStream({
    // A peer that has finished and closes is at end-of-file.
    readable: readable as ReadableStream<Uint8Array>,
    writable: stream.writable,
    async onClose() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, lingerMs));
      await Promise.race([conn.closed.catch(() => {}), patience]);
      clearTimeout(timer);
      conn.close({ closeCode: 0, reason: "" });
      // The word of farewell leaves within the next turns of the event loop, if there are any.
      await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
      await onClose();
    },
  }, { label: "quic", local, remote, facts });
}

/** Connects to `target` over QUIC. The caller owns the stream. Throws a `ConnectError`. */
export async function dialQuic(target: HostPort, options: QuicClientOptions = {}): Promise<Stream> {
  const text = formatHostPort(target);
  const hosts = options.through !== undefined
    ? [options.through.host]
    : parseIp(target.host) === undefined
    ? await resolveHost(target.host, options.family, options.prefer)
    : [target.host];
  const name = options.serverName ?? target.host;
  try {
    return await firstOf(hosts, target, options);
  } catch (error) {
    let told = error;
    if (options.pins === undefined && NOT_TRUSTED.test(errorText(error))) {
      // The runtime takes no certificate that is its own authority; one that was named as trusted is taken for what it is.
      const pins = await trustedThemselves(options.authorities ?? [], name);
      if (pins.length > 0) {
        try {
          return await firstOf(hosts, target, { ...options, pins });
        } catch (another) {
          if (!/UnknownIssuer/.test(errorText(another))) told = another;
        }
      }
    }
    throw quicError(text, told, name);
  }
}

/** The first connection to one of `hosts`, all of which are asked at once: no answer can tell which is the right one. */
async function firstOf(hosts: readonly string[], target: HostPort, options: QuicClientOptions): Promise<Stream> {
  const attempts = hosts.slice(0, 4).map((host) => attempt(host, target, options));
  try {
    const winner = await Promise.any(attempts);
    for (const other of attempts) {
      other.then((stream) => stream === winner ? undefined : stream.close(), () => {});
    }
    return winner;
  } catch (error) {
    const failures = error instanceof AggregateError ? error.errors as unknown[] : [error];
    throw failures.find((one) => HANDSHAKE.test(errorText(one))) ?? failures[0];
  }
}

/** An attempt that failed as a `ConnectError`; `name` is the one that the certificate must have. */
function quicError(target: string, error: unknown, name: string): ConnectError {
  const said = errorText(error);
  if (HANDSHAKE.test(said)) {
    const words = REFUSALS.find(([pattern]) => pattern.test(said))?.[1].replace("{}", name) ?? said;
    return new ConnectError(target, words, { reason: "tls", cause: error });
  }
  const known = connectError(target, error);
  if (said !== "timed out" && known.reason !== "timed-out") return known;
  return new ConnectError(target, "Nobody answered over QUIC in time", { reason: "timed-out", cause: error });
}

const endpoints = new Map<string, Deno.QuicEndpoint>();

/**
 * The socket that connections from `local` share. A closed endpoint keeps its descriptor (2.9.6), so there is one for each
 * source and it stays.
 */
export function endpointFor(local: HostPort): Deno.QuicEndpoint {
  const key = formatHostPort(local);
  let endpoint = endpoints.get(key);
  if (endpoint === undefined) {
    endpoint = new Deno.QuicEndpoint({ hostname: local.host, port: local.port });
    endpoints.set(key, endpoint);
  }
  return endpoint;
}

function hashOf(pin: Uint8Array): WebTransportHash {
  return { algorithm: "sha-256", value: new Uint8Array(pin) };
}

function attempt(host: string, target: HostPort, options: QuicClientOptions): Promise<Stream> {
  const { signal, timeoutMs = CONNECT_LIMIT_MS } = options;
  return withinLimit({ signal, timeoutMs }, (signal) => connectUntil(host, target, options, signal!));
}

async function connectUntil(
  host: string,
  target: HostPort,
  options: QuicClientOptions,
  signal: AbortSignal,
): Promise<Stream> {
  const six = host.includes(":");
  const endpoint = endpointFor({
    host: options.local?.host || (six ? "::" : "0.0.0.0"),
    port: options.local?.port ?? 0,
  });
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const connecting = Deno.connectQuic<false>({
      hostname: host,
      port: options.through?.port ?? target.port,
      serverName: options.serverName ?? target.host,
      alpnProtocols: [...(options.alpn ?? [DEFAULT_ALPN])],
      ...(options.authorities === undefined ? {} : { caCerts: [...options.authorities] }),
      ...(options.pins === undefined ? {} : { serverCertificateHashes: options.pins.map(hashOf) }),
      keepAliveInterval: 15_000,
      endpoint,
    });
    connecting.catch(() => {});
    const conn = await Promise.race([connecting, aborted.promise]);
    const stream = await Promise.race([conn.createBidirectionalStream(), aborted.promise]);
    const remote = options.through === undefined ? place(conn.remoteAddr) : target;
    return quicStream(conn, stream, place(endpoint.addr), remote, CLIENT_LINGER_MS, options.onClose ?? (() => {}));
  } finally {
    aborted.promise.catch(() => {});
    signal.removeEventListener("abort", onAbort);
  }
}

/** A bound QUIC port whose connections are accepted one by one. */
export class QuicServer {
  readonly #endpoint: Deno.QuicEndpoint;
  readonly #listener: Deno.QuicListener;
  readonly #open = new Set<Stream>();
  /** Clients that have opened no stream yet. */
  readonly #silent = new Map<Deno.QuicIncoming, Deno.QuicConn>();
  #stopped = false;
  readonly local: HostPort;

  /** Binds at once. `cert` and `key` are PEM. Throws what the runtime throws. */
  constructor(local: HostPort, identity: { cert: string; key: string }, alpn: readonly string[] = [DEFAULT_ALPN]) {
    this.#endpoint = new Deno.QuicEndpoint({ hostname: local.host, port: local.port });
    this.#listener = this.#endpoint.listen({ ...identity, alpnProtocols: [...alpn], keepAliveInterval: 15_000 });
    this.local = place(this.#endpoint.addr);
  }

  /**
   * The next client that knocks; throws when the server is closed. Its address is known only after `accept`: asking for it
   * before (2.9.6) makes it unusable.
   */
  async incoming(): Promise<Deno.QuicIncoming> {
    return await this.#listener.incoming();
  }

  /** Handshake, and the first stream that the client opens. A `ProtocolError` when that fails. */
  async accept(incoming: Deno.QuicIncoming): Promise<Stream> {
    let conn: Deno.QuicConn | undefined;
    try {
      conn = await incoming.accept<false>();
      this.#silent.set(incoming, conn);
      const reader = conn.incomingBidirectionalStreams.getReader();
      const { value, done } = await reader.read();
      reader.releaseLock();
      if (done) throw new Error("the client opened no stream");
      const stream: Stream = quicStream(conn, value, this.local, place(conn.remoteAddr), SERVER_LINGER_MS, () => {
        this.#open.delete(stream);
        this.#endWhenUnused();
      });
      this.#open.add(stream);
      return stream;
    } catch (error) {
      conn?.close({ closeCode: 1, reason: "" });
      throw new ProtocolError(`No QUIC stream: ${errorText(handshakeError(error))}`, { cause: error });
    } finally {
      this.#silent.delete(incoming);
    }
  }

  /** Ends what `accept` is doing with a client that says nothing. */
  giveUp(incoming: Deno.QuicIncoming): void {
    this.#silent.get(incoming)?.close({ closeCode: 1, reason: "" });
  }

  /** Accepts no more; the socket goes when the last connection has gone. */
  close(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#listener.stop();
    this.#endWhenUnused();
  }

  #endWhenUnused(): void {
    if (this.#stopped && this.#open.size === 0) this.#endpoint.close({ closeCode: 0, reason: "" });
  }
}

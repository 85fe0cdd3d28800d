// What carries DNS messages to one server and back, whatever the transport, and how that fails. Pure.
// The channels of the transports: `stream_channel.ts`, `http_channel.ts`, and UDP in the command.
import type { Lookup, Server, Settings } from "../dig/settings.ts";

/** Why a channel could not be opened or gave no answer, in dig's words. */
export type NetworkReason =
  | "timed out"
  | "connection refused"
  | "connection reset"
  | "end of file"
  | "host unreachable"
  | "network unreachable"
  | "address not available"
  | "address in use"
  | "permission denied"
  | "TLS error"
  | "ALPN for HTTP/2 failed"
  | "ALPN for DoT failed"
  | "operation canceled"
  | "unexpected error"
  | "failure";

/** A channel that could not be opened, or that ended without an answer. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly reason: NetworkReason;

  /** `detail` is for people who ask further: what the system said. */
  constructor(reason: NetworkReason, detail: string = reason, options?: ErrorOptions) {
    super(detail, options);
    this.reason = reason;
  }
}

/** The server's certificate was looked at and refused. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** TLS could not even be begun: a file of certificates or keys cannot be used. */
export class ContextError extends Error {
  override readonly name = "ContextError";
}

/** Milliseconds that the phases of opening took, for `+timing`; absent phases did not happen. */
export interface ChannelFacts {
  readonly phases: readonly (readonly [phase: string, milliseconds: number])[];
  /** "TLSv1.3" and the like. */
  readonly tlsVersion?: string | undefined;
  readonly alpn?: string | undefined;
  /** Subject of the server's certificate. */
  readonly subject?: string | undefined;
}

/** Where a lookup is sent. */
export interface Target {
  readonly server: Server;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls" | "https" | "http";
  readonly lookup: Lookup;
  readonly timeoutMs: number;
}

/** Carries messages to one server and back. Whoever opened it closes it. */
export interface Channel {
  send(message: Uint8Array): Promise<void>;
  /** The next message, in memory of its own. Waits at most `timeoutMs`; a `NetworkError` when none came. */
  receive(timeoutMs: number): Promise<Uint8Array>;
  close(): void;
  /** Gives up a connection that others may share, because it failed. */
  drop?(): void;
  readonly facts?: ChannelFacts;
  /** Datagrams from other places than the server that were passed over, to be told to the user. */
  readonly strangers?: string[];
  /** Set by `send` when there is no way to the server: the channel counts as not opened. */
  readonly setupFailure?: NetworkReason | undefined;
  /** Why zone transfers may not run over this channel; undefined when they may. */
  readonly transferRefusal?: NetworkReason | undefined;
}

/** `address#port` as dig writes it. */
export function socketText(peer: { readonly address: string; readonly port: number }): string {
  return `${peer.address}#${peer.port}`;
}

/** Where a question to an address arrives: nobody's address leads to this machine. */
export function arrivesAt(address: string): string {
  return address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
}

/** The promise, or a `NetworkError` "timed out" after `timeoutMs`. */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new NetworkError("timed out")), timeoutMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** How a server is spoken to: a URL decides for its server, the options for the others. */
export function targetOf(lookup: Lookup, server: Server, settings: Settings): Target {
  const own = lookup.tls || (lookup.tlsCaSet && !lookup.https)
    ? "tls"
    : lookup.https
    ? (lookup.httpPlain ? "http" : "https")
    : "tcp";
  const byUrl = server.transport;
  const transport = byUrl !== undefined && !(byUrl === "udp" && lookup.tcp) ? byUrl : lookup.tcp ? own : "udp";
  const port = server.port ?? settings.port ?? { udp: 53, tcp: 53, tls: 853, https: 443, http: 80 }[transport];
  return { server, port, transport, lookup, timeoutMs: settings.timeout * 1000 };
}

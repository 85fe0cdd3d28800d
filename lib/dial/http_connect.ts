// The client's side of HTTP CONNECT (RFC 9110, 9.3.6; RFC 7617 for Basic) over any stream. No I/O of its own.
import { concat, latin1, latin1Text, utf8 } from "../base/bytes.ts";
import { ConnectError, type ConnectReason, ProtocolError } from "../base/errors.ts";
import { formatHostPort, type HostPort } from "../base/host_port.ts";
import { printable } from "../base/text.ts";
import { readUntil } from "../stream/exact.ts";
import { guarded } from "../stream/guarded.ts";
import type { Stream } from "../stream/stream.ts";

/** The longest answer head that is read, in octets. */
export const HEAD_LIMIT = 64 * 1024;

/** Options of the request. */
export interface HttpConnectOptions {
  /** `user` or `user:password` for Basic. */
  user?: string | undefined;
  password?: string | undefined;
  /** `1.0` or `1.1`. Default 1.1. */
  version?: string | undefined;
  /** Further header lines, without line ends. */
  headers?: readonly string[] | undefined;
  /** What the proxy is called in errors. */
  via?: string | undefined;
  /** Closes the stream and fails with the signal's reason when aborted. */
  signal?: AbortSignal | undefined;
}

/** The status line and headers of an answer. */
export interface HttpHead {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; several of one name are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
}

/** The octets of a CONNECT request for `target`. */
export function encodeConnect(target: HostPort, options: HttpConnectOptions = {}): Uint8Array {
  const authority = formatHostPort(target);
  const version = options.version ?? "1.1";
  const lines = [`CONNECT ${authority} HTTP/${version}`];
  if (version !== "1.0") lines.push(`Host: ${authority}`);
  if (options.user !== undefined) {
    const login = latin1Text(utf8(`${options.user}:${options.password ?? ""}`));
    lines.push(`Proxy-authorization: Basic ${btoa(login)}`);
  }
  for (const header of options.headers ?? []) lines.push(header);
  for (const line of lines) {
    if (/[\r\n\0]/.test(line)) throw new RangeError("A header line must not hold a line end");
  }
  return utf8(lines.join("\r\n") + "\r\n\r\n");
}

/** A status line and header lines, without the empty line at their end. A `ProtocolError` when it is no HTTP. */
export function parseHead(bytes: Uint8Array): HttpHead {
  const [first, ...rest] = latin1Text(bytes).replace(/(\r?\n)+$/, "").split(/\r?\n/);
  const match = /^HTTP\/(\d\.\d) +(\d{3})(?: (.*))?$/.exec(first ?? "");
  if (match === null) {
    throw new ProtocolError(`The answer is not HTTP: "${printable((first ?? "").slice(0, 60))}"`);
  }
  const headers = new Map<string, string>();
  for (const line of rest) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { version: match[1]!, status: Number(match[2]), reason: match[3] ?? "", headers };
}

/** What else answers with this octet first. */
const OTHERS: Readonly<Record<number, string>> = {
  0x05: " but SOCKS5",
  0x15: " but TLS (wss: and not ws:, https:// and not http:// for a proxy)",
};

/** Reads an HTTP head up to its empty line; what follows stays in the stream. Garbage is an error at once. */
export async function readHead(stream: Stream, what = "HTTP answer"): Promise<HttpHead> {
  // A peer that speaks something else may never send an empty line, nor anything more.
  const start = latin1("HTTP/");
  const first = new Uint8Array(start.length);
  let have = 0;
  while (have < first.length) {
    const count = await stream.read(first.subarray(have));
    if (count === null) {
      throw new ProtocolError(
        `The peer closed the connection ${have === 0 ? "before" : "in the middle of"} its ${what}`,
      );
    }
    for (let i = have; i < have + count; i++) {
      if (first[i] !== start[i]) {
        const text = printable(latin1Text(first.subarray(0, have + count)));
        throw new ProtocolError(`The answer is not HTTP${OTHERS[first[0]!] ?? ""}: "${text}"`);
      }
    }
    have += count;
  }
  const lines = [first];
  // Each line by itself: some servers end lines, and the head, with a bare line feed.
  let total = have;
  for (;;) {
    const line = await readUntil(stream, new Uint8Array([0x0a]), HEAD_LIMIT, what);
    lines.push(line);
    total += line.length;
    if (line.length === 1 || (line.length === 2 && line[0] === 0x0d)) return parseHead(concat(lines));
    if (total >= HEAD_LIMIT) throw new ProtocolError(`The peer's ${what} is longer than ${HEAD_LIMIT} octets`);
  }
}

/** What a status tells about why there is no connection. */
function reasonOf(status: number): ConnectReason {
  if (status === 401 || status === 403 || status === 407) return "denied";
  if (status === 504) return "timed-out";
  return status === 502 || status === 503 ? "host-unreachable" : "proxy";
}

/**
 * Asks the HTTP proxy at the other end of `stream` for a tunnel to `target`. Afterwards the stream is the tunnel; on an
 * error its owner closes it. `ConnectError` when the proxy refuses, `ProtocolError` when it breaks the protocol.
 */
export async function httpConnect(stream: Stream, target: HostPort, options: HttpConnectOptions = {}): Promise<void> {
  await guarded(stream, options.signal, async () => {
    await stream.write(encodeConnect(target, options));
    let head: HttpHead;
    do {
      head = await readHead(stream, "answer to CONNECT");
    } while (head.status >= 100 && head.status < 200);
    if (head.status < 200 || head.status >= 300) throw refusal(head, target, options);
  });
}

/** Why there is no tunnel. */
function refusal({ status, reason, headers }: HttpHead, target: HostPort, options: HttpConnectOptions): ConnectError {
  let detail = `the proxy replied "${status} ${printable(reason)}"`;
  // tinyproxy says 401 to a wrong password.
  if (status === 407 || (status === 401 && options.user !== undefined)) {
    const schemes = headers.get("proxy-authenticate");
    detail += schemes !== undefined && !/\bbasic\b/i.test(schemes)
      ? `: it takes no login of the kind that is spoken here (Basic), but ${printable(schemes.slice(0, 80))}`
      : options.user === undefined
      ? ": it wants a login (http://USER:PASSWORD@… in its URL, or proxyauth=USER:PASSWORD)"
      : ": it refused user and password";
  }
  return new ConnectError(formatHostPort(target), detail, {
    ...(options.via === undefined ? {} : { via: options.via }),
    reason: reasonOf(status),
  });
}

// WebSocket (RFC 6455) over any stream: both handshakes. No I/O of its own.
import { concat, latin1, latin1Text, utf8 } from "../../base/bytes.ts";
import { ConnectError, ProtocolError } from "../../base/errors.ts";
import { printable } from "../../base/text.ts";
import { readExactly, readUntil } from "../../stream/exact.ts";
import { guarded } from "../../stream/guarded.ts";
import type { About, Stream } from "../../stream/stream.ts";
import { type HttpHead, readHead } from "../http_connect.ts";
import { type WebSocketOptions, WebSocketStream } from "./stream.ts";

/** What a client asks for. */
export interface WebSocketClientOptions extends WebSocketOptions {
  /** `host:port` for the request. */
  host: string;
  path?: string | undefined;
  /** Offered, best first. */
  protocols?: readonly string[] | undefined;
  /** Further header lines. */
  headers?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

/** What a server takes. */
export interface WebSocketServerOptions extends WebSocketOptions {
  /** The only path that is served. Default: any. */
  path?: string | undefined;
  /** Subprotocols that are spoken; the first that the client offers is chosen. */
  protocols?: readonly string[] | undefined;
  /** Told what the client offers when none of it is spoken. */
  onUnspoken?: ((offered: readonly string[]) => void) | undefined;
  /** Further header lines of the answer. */
  headers?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const HEAD_END = latin1("\r\n\r\n");
const HEAD_LIMIT = 32 * 1024;

/** The answer to a key (RFC 6455, 4.2.2). */
export async function acceptKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", latin1(key + GUID));
  return btoa(latin1Text(new Uint8Array(digest)));
}

function headerLines(lines: readonly string[]): string[] {
  for (const line of lines) if (/[\r\n\0]/.test(line)) throw new RangeError("A header line must not hold a line end");
  return [...lines];
}

/** A server of this name says what it still has to say after the client's farewell. */
const OURSELVES = "netlab";

/**
 * Opens a WebSocket as a client over `inner`, which it takes over. A `ConnectError` when the server refuses, a
 * `ProtocolError` when it breaks the protocol.
 */
export async function webSocketClient(inner: Stream, options: WebSocketClientOptions): Promise<Stream> {
  const { path = "/", protocols = [] } = options;
  return await opened(inner, options.signal, async () => {
    const key = btoa(latin1Text(crypto.getRandomValues(new Uint8Array(16))));
    await inner.write(encodeHead(requestLines(key, options)));
    const head = await readHead(inner, "answer to the WebSocket request");
    if (head.status !== 101) throw refusalOf(head, `${options.host}${path}`);
    const protocol = checkAnswer(head, await acceptKey(key), protocols);
    const facts = { ...inner.about.facts, path, ...(protocol === undefined ? {} : { subprotocol: protocol }) };
    const role = { client: true, patient: head.headers.get("server") !== OURSELVES };
    return new WebSocketStream(inner, { ...options, ...role }, { ...plain(inner.about), label: "ws", facts });
  });
}

/** The stream that `talk` makes of `inner`, which is closed when that fails. */
async function opened(
  inner: Stream,
  signal: AbortSignal | undefined,
  talk: () => Promise<WebSocketStream>,
): Promise<Stream> {
  try {
    return await guarded(inner, signal, talk);
  } catch (error) {
    await inner.close(error);
    throw error;
  }
}

function encodeHead(lines: readonly string[]): Uint8Array {
  return utf8(`${lines.join("\r\n")}\r\n\r\n`);
}

function requestLines(
  key: string,
  { host, path = "/", protocols = [], headers = [] }: WebSocketClientOptions,
): string[] {
  const hasHost = headers.some((line) => line.toLowerCase().startsWith("host:"));
  return headerLines([
    `GET ${path} HTTP/1.1`,
    ...(hasHost ? [] : [`Host: ${host}`]),
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    ...(protocols.length === 0 ? [] : [`Sec-WebSocket-Protocol: ${protocols.join(", ")}`]),
    ...headers,
  ]);
}

function refusalOf({ status, reason, headers }: HttpHead, place: string): ConnectError {
  const where = headers.get("location");
  const hint = where !== undefined
    ? `: see ${printable(where)}`
    : status < 400
    ? ": it does not turn to WebSocket at this path"
    : "";
  return new ConnectError(place, `the server replied "${status} ${printable(reason)}"${hint}`, { reason: "denied" });
}

/** The subprotocol that the server chose, if any; a `ProtocolError` for an answer that is none to this request. */
function checkAnswer({ headers }: HttpHead, accept: string, offered: readonly string[]): string | undefined {
  const wrong = (what: string) => new ProtocolError(`The server's WebSocket answer has ${what}`);
  if (headers.get("upgrade")?.toLowerCase() !== "websocket") throw wrong("no Upgrade: websocket");
  if (!/\bupgrade\b/i.test(headers.get("connection") ?? "")) throw wrong("no Connection: Upgrade");
  if (headers.get("sec-websocket-accept") !== accept) throw wrong("a wrong Sec-WebSocket-Accept");
  if (headers.has("sec-websocket-extensions")) throw wrong("an extension that was not asked for");
  const protocol = headers.get("sec-websocket-protocol");
  if (protocol !== undefined && !offered.includes(protocol)) {
    throw wrong(`the subprotocol "${printable(protocol)}", which was not offered`);
  }
  return protocol;
}

/** What an HTTP request says. */
interface Request {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  readonly headers: ReadonlyMap<string, string>;
}

async function readRequest(stream: Stream): Promise<Request> {
  // A peer that speaks something else may never send an empty line.
  const first = await readExactly(stream, 4, "WebSocket request");
  if (!/^[A-Z]{3}/.test(latin1Text(first))) {
    throw new ProtocolError(`The client does not speak HTTP: "${printable(latin1Text(first))}"`);
  }
  stream.unread(first);
  const text = latin1Text(await readUntil(stream, HEAD_END, HEAD_LIMIT, "WebSocket request"));
  const [start, ...lines] = text.slice(0, -4).split("\r\n");
  const match = /^([A-Z]+) (\S+) (HTTP\/\d\.\d)$/.exec(start!);
  if (match === null) throw new ProtocolError(`Not an HTTP request: "${printable(start!.slice(0, 80))}"`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase(), value = line.slice(colon + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  return { method: match[1]!, path: match[2]!, version: match[3]!, headers };
}

/**
 * Opens a WebSocket as a server over `inner`, which it takes over. What is no WebSocket request gets an HTTP error and a
 * `ProtocolError` is thrown.
 */
export async function webSocketServer(inner: Stream, options: WebSocketServerOptions = {}): Promise<Stream> {
  return await opened(inner, options.signal, async () => {
    const request = await readRequest(inner);
    const problem = problemOf(request, options.path);
    if (problem !== undefined) {
      await refuse(inner, problem);
      throw new ProtocolError(`Refused "${request.method} ${printable(request.path)}": ${problem.why}`);
    }
    const { path, headers } = request;
    const offered = (headers.get("sec-websocket-protocol") ?? "").split(",").map((word) => word.trim()).filter(Boolean);
    const protocol = options.protocols?.find((word) => offered.includes(word));
    if (offered.length > 0 && protocol === undefined) options.onUnspoken?.(offered);
    const accept = await acceptKey(headers.get("sec-websocket-key")!);
    await inner.write(encodeHead(answerLines(accept, protocol, options.headers ?? [])));
    const origin = headers.get("origin");
    const facts = {
      ...inner.about.facts,
      path,
      ...(origin === undefined ? {} : { origin: printable(origin) }),
      ...(protocol === undefined ? {} : { subprotocol: protocol }),
    };
    return new WebSocketStream(inner, { ...options, client: false }, { ...plain(inner.about), label: "ws", facts });
  });
}

/** What a request is answered with that opens no WebSocket. */
interface Problem {
  readonly status: string;
  readonly why: string;
  /** A header line that says what would be right. */
  readonly right?: string;
}

/** `served`: the only path that there is. */
function problemOf({ method, path, version, headers }: Request, served: string | undefined): Problem | undefined {
  const has = (name: string, word: RegExp) => word.test(headers.get(name) ?? "");
  // Reverse proxies speak 1.0 unless they are told otherwise.
  if (!/^HTTP\/1\.[1-9]$/.test(version)) {
    return { status: "505 HTTP Version Not Supported", why: `${version} opens no WebSocket` };
  }
  if (method !== "GET") {
    return { status: "405 Method Not Allowed", why: "Only GET opens a WebSocket", right: "Allow: GET" };
  }
  if (served !== undefined && path.replace(/\?.*$/, "") !== served) {
    return { status: "404 Not Found", why: "There is no WebSocket at this path" };
  }
  if (!has("upgrade", /\bwebsocket\b/i) || !has("connection", /\bupgrade\b/i)) {
    return { status: "426 Upgrade Required", why: "Here is a WebSocket", right: "Upgrade: websocket" };
  }
  if (headers.get("sec-websocket-version") !== "13") {
    return { status: "426 Upgrade Required", why: "Only version 13 is spoken", right: "Sec-WebSocket-Version: 13" };
  }
  if (!has("sec-websocket-key", /^[A-Za-z0-9+/]{22}==$/)) {
    return { status: "400 Bad Request", why: "Sec-WebSocket-Key is not 16 octets" };
  }
  return undefined;
}

async function refuse(inner: Stream, { status, why, right }: Problem): Promise<void> {
  const body = `${why}\n`;
  const head = encodeHead([
    `HTTP/1.1 ${status}`,
    "Content-Type: text/plain",
    `Content-Length: ${body.length}`,
    "Connection: close",
    ...(right === undefined ? [] : [right]),
  ]);
  await inner.write(concat([head, utf8(body)]));
  await inner.closeWrite();
}

function answerLines(accept: string, protocol: string | undefined, headers: readonly string[]): string[] {
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    `Server: ${OURSELVES}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ...headerLines(headers),
  ];
}

/** A description without what is computed on demand. */
function plain(about: About): About {
  return { label: about.label, local: about.local, remote: about.remote, dialogue: about.dialogue };
}

// HTTP as a proxy sees it: CONNECT and absolute-URI requests in, a request for the origin out; where bodies end. Pure.
// RFC 9110 (7.6 hop-by-hop fields, 9.3.6 CONNECT), RFC 9112 (3.2 request targets, 6 message bodies).
import { type Bytes, indexOfBytes, latin1, latin1Text } from "../base/bytes.ts";
import { FormatError } from "../base/errors.ts";
import { parseHostPort } from "../base/host_port.ts";
import { parseIp } from "../base/ip.ts";
import { type Parsed, type SocksAddress, socksAddress } from "./codec.ts";

/** The longest head (request line and fields) that is taken, in octets. */
export const HEAD_LIMIT = 64 * 1024;

/** A request or response head: its first line and its fields, as they came. */
export interface HttpHead {
  readonly line: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** How the body of a message ends (RFC 9112, 6.3). */
export type BodyLength = number | "chunked" | "close";

const HEAD_END = latin1("\r\n\r\n");
const CR = 0x0d, LF = 0x0a;

/**
 * A head up to its empty line. Lines end in CR LF; a bare LF is not taken, because what is read differently by two
 * programs in a row is how requests are smuggled. `HttpRefusal`: no such lines, or longer than `HEAD_LIMIT`.
 */
export function parseHead(bytes: Uint8Array): Parsed<HttpHead> | undefined {
  const end = indexOfBytes(bytes, HEAD_END);
  if ((end === -1 ? bytes.length : end) > HEAD_LIMIT) {
    throw new HttpRefusal("431 Request Header Fields Too Large", `The head is longer than ${HEAD_LIMIT} octets`);
  }
  if (end === -1) {
    for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) {
      if (at === 0 || bytes[at - 1] !== CR) throw new HttpRefusal("400 Bad Request", "A line does not end in CR LF");
    }
    return undefined;
  }
  const [line, ...rest] = latin1Text(bytes.subarray(0, end)).split("\r\n") as [string, ...string[]];
  const fields = rest.map((text): [string, string] => {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(text);
    // deno-lint-ignore no-control-regex
    if (match === null || /[\r\n\x00]/.test(text)) {
      throw new HttpRefusal("400 Bad Request", "A header field is malformed");
    }
    return [match[1]!, match[2]!];
  });
  return { value: { line, fields }, size: end + 4 };
}

/** The values of a field, joined with commas; `undefined` when it is not there. */
export function field(head: HttpHead, name: string): string | undefined {
  const values = head.fields.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(", ");
}

/** What a client asks of an HTTP proxy. */
export interface HttpRequest {
  readonly method: string;
  /** Where to connect. */
  readonly address: SocksAddress;
  /** With CONNECT nothing; else what the origin is asked: path and query. */
  readonly path: string | undefined;
  /** `HTTP/1.0` or `HTTP/1.1`. */
  readonly version: string;
  readonly head: HttpHead;
}

/** An HTTP request that a proxy answers with a status of its own. */
export class HttpRefusal extends FormatError {
  readonly status: string;
  constructor(status: string, message: string) {
    super(message);
    this.status = status;
  }
}

function address(authority: string, port: number | undefined): SocksAddress {
  let target;
  try {
    target = parseHostPort(authority, port);
  } catch {
    throw new HttpRefusal("400 Bad Request", `"${authority}" is not HOST:PORT`);
  }
  if (target.host === "" || (target.host.length > 255 && parseIp(target.host) === undefined)) {
    throw new HttpRefusal("400 Bad Request", `"${authority}" names no host`);
  }
  return socksAddress(target);
}

/** The request of a head. A `FormatError` is not HTTP at all; an `HttpRefusal` is HTTP, but not for a proxy. */
export function httpRequest(head: HttpHead): HttpRequest {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) (HTTP\/1\.[01])$/.exec(head.line);
  if (match === null) {
    if (/ HTTP\/\d/.test(head.line)) throw new HttpRefusal("400 Bad Request", "The request line is malformed");
    throw new FormatError("This is not an HTTP request");
  }
  const [, method, target, version] = match as unknown as [string, string, string, string];
  if (method === "CONNECT") return { method, address: address(target, undefined), path: undefined, version, head };
  const uri = /^http:\/\/(?:[^/?#@]*@)?([^/?#]*)([^#]*)(?:#.*)?$/i.exec(target);
  if (uri === null) {
    throw new HttpRefusal(
      "400 Bad Request",
      /^[a-z][a-z0-9+.-]*:\/\//i.test(target)
        ? "This proxy forwards http:// only; everything else goes through CONNECT"
        : "This is a proxy: it takes CONNECT, and requests with an absolute http:// URI",
    );
  }
  const [, authority, rest] = uri as unknown as [string, string, string];
  const path = rest === "" ? (method === "OPTIONS" ? "*" : "/") : rest.startsWith("/") ? rest : `/${rest}`;
  return { method, address: address(authority, 80), path, version, head };
}

/** User and password of `Proxy-Authorization: Basic …`; `undefined` without one that can be read. */
export function basicLogin(head: HttpHead): { user: string; password: string } | undefined {
  const match = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(field(head, "proxy-authorization") ?? "");
  if (match === null) return undefined;
  try {
    const text = atob(match[1]!);
    const colon = text.indexOf(":");
    return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return undefined;
  }
}

/** Fields that speak to the next hop only (RFC 9110, 7.6.1), besides those that `Connection` names. */
const HOP_BY_HOP = [
  "connection",
  "proxy-connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "te",
  "upgrade",
];

/** The fields that go on to the next hop. Framing (`Content-Length`, `Transfer-Encoding`) stays: bodies pass unchanged. */
function endToEnd(head: HttpHead): (readonly [string, string])[] {
  const named = (field(head, "connection") ?? "").toLowerCase().split(",").map((token) => token.trim());
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  dropped.delete("content-length");
  dropped.delete("transfer-encoding");
  dropped.delete("host");
  return head.fields.filter(([name]) => !dropped.has(name.toLowerCase()));
}

function encodeHead(line: string, fields: readonly (readonly [string, string])[]): Bytes {
  return latin1(`${line}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
}

/** Whether the client wants to go on in WebSocket (RFC 6455, 4.1), the one change of protocol that is passed on. */
export function wantsWebSocket({ head, method, version }: HttpRequest): boolean {
  return method === "GET" && version === "HTTP/1.1" && /^websocket$/i.test(field(head, "upgrade") ?? "") &&
    /(^|,)\s*upgrade\s*(,|$)/i.test(field(head, "connection") ?? "") && requestBody(head) === 0;
}

const TO_WEBSOCKET: readonly (readonly [string, string])[] = [["Upgrade", "websocket"], ["Connection", "Upgrade"]];
const LAST: readonly (readonly [string, string])[] = [["Connection", "close"]];

/** The head that the origin gets: origin form, its own `Host`, nothing hop-by-hop, `Via`, and one request only. */
export function originHead(request: HttpRequest): Bytes {
  const { type, host, port } = request.address;
  const authority = (type === "ipv6" ? `[${host}]` : host) + (port === 80 ? "" : `:${port}`);
  const fields = endToEnd(request.head).filter(([name]) => !/^(host|via)$/i.test(name));
  const via = field(request.head, "via");
  return encodeHead(`${request.method} ${request.path} ${request.version}`, [
    ["Host", authority],
    ...fields,
    ["Via", `${via === undefined ? "" : `${via}, `}${request.version.slice(5)} netlab`],
    ...(wantsWebSocket(request) ? TO_WEBSOCKET : LAST),
  ]);
}

/**
 * The head of a response as the client gets it: nothing hop-by-hop. The connection ends with the final one, and with 101
 * goes on in WebSocket.
 */
export function clientHead(head: HttpHead): Bytes {
  const status = statusOf(head);
  return encodeHead(head.line, [...endToEnd(head), ...status === 101 ? TO_WEBSOCKET : status < 200 ? [] : LAST]);
}

/** The status code of a response head. */
export function statusOf(head: HttpHead): number {
  const match = /^HTTP\/\d\.\d (\d{3})(?: |$)/.exec(head.line);
  if (match === null) throw new FormatError("The origin does not answer in HTTP");
  return Number(match[1]);
}

/** `Content-Length`, when it is one number, once or repeated; a `FormatError` for anything else. */
function contentLength(head: HttpHead): number | undefined {
  const text = field(head, "content-length");
  if (text === undefined) return undefined;
  const values = new Set(text.split(",").map((value) => value.trim()));
  const [value] = values;
  if (values.size !== 1 || !/^\d{1,15}$/.test(value!)) {
    throw new HttpRefusal("400 Bad Request", "Content-Length is malformed");
  }
  return Number(value);
}

/** How a request's body ends. Both framings at once are refused: that is how requests are smuggled. */
export function requestBody(head: HttpHead): BodyLength {
  const coding = field(head, "transfer-encoding"), length = contentLength(head);
  if (coding === undefined) return length ?? 0;
  // RFC 9112, 6.1: its framing is faulty.
  if (head.line.endsWith(" HTTP/1.0")) throw new HttpRefusal("400 Bad Request", "HTTP/1.0 has no Transfer-Encoding");
  if (length !== undefined || !/^chunked$/i.test(coding)) {
    throw new HttpRefusal("400 Bad Request", "Transfer-Encoding is not chunked alone");
  }
  return "chunked";
}

/** How a response's body ends (RFC 9112, 6.3), for the method that was asked. */
export function responseBody(head: HttpHead, method: string): BodyLength {
  const status = statusOf(head);
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
  const coding = field(head, "transfer-encoding");
  if (coding !== undefined) return /(^|,)\s*chunked\s*$/i.test(coding) ? "chunked" : "close";
  try {
    return contentLength(head) ?? "close";
  } catch {
    return "close";
  }
}

/**
 * Finds the end of a body in the octets as they pass. `take` gives how many of `bytes` belong to it; when that is fewer
 * than all, or `done`, it is over. Chunk framing (RFC 9112, 7.1) is followed, not changed.
 */
export class BodyEnd {
  /** Whether the whole body has been seen. */
  done: boolean;
  #left: number;
  readonly #chunked: boolean;
  #state: "size" | "data" | "data-end" | "trailer" = "size";
  #line = "";

  constructor(length: BodyLength) {
    this.#chunked = length === "chunked";
    this.#left = length === "close" ? Infinity : length === "chunked" ? 0 : length;
    this.done = length === 0;
  }

  /** How many of `bytes` belong to the body. A broken chunk is a `FormatError`. */
  take(bytes: Uint8Array): number {
    if (this.done) return 0;
    if (!this.#chunked) {
      const count = Math.min(this.#left, bytes.length);
      this.#left -= count;
      this.done = this.#left === 0;
      return count;
    }
    let at = 0;
    while (at < bytes.length && !this.done) {
      if (this.#state === "data") {
        const count = Math.min(this.#left, bytes.length - at);
        at += count;
        this.#left -= count;
        if (this.#left === 0) this.#state = "data-end";
        continue;
      }
      const octet = bytes[at++]!;
      if (octet !== 0x0a) {
        this.#line += String.fromCharCode(octet);
        if (this.#line.length > 8192) throw new FormatError("A chunk header is endless");
        continue;
      }
      this.#lineEnds(this.#line.replace(/\r$/, ""));
      this.#line = "";
    }
    return at;
  }

  #lineEnds(line: string): void {
    if (this.#state === "size") {
      const match = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line);
      if (match === null) throw new FormatError("A chunk size is malformed");
      this.#left = parseInt(match[1]!, 16);
      this.#state = this.#left === 0 ? "trailer" : "data";
    } else if (this.#state === "data-end") {
      if (line !== "") throw new FormatError("A chunk is longer than it says");
      this.#state = "size";
    } else if (line === "") this.done = true;
  }
}

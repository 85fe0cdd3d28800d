// The heads that a proxy sends on: a request to its origin, a response to its client; and what it answers itself. Pure.
// RFC 9110, 7.6 (hop-by-hop fields, Max-Forwards, Via).
import { type Bytes, concat, latin1 } from "../../base/bytes.ts";
import { field, type HttpHead, type HttpRequest, statusOf } from "./request.ts";
import { requestBody } from "./body.ts";

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

/** Fields and trailers of a message that do not go on to the next hop, in lower case. */
export function hopByHop(head: HttpHead): Set<string> {
  const named = (field(head, "connection") ?? "").toLowerCase().split(",").map((token) => token.trim());
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  dropped.delete("content-length");
  dropped.delete("transfer-encoding");
  dropped.delete("host");
  return dropped;
}

/**
 * The fields that go on to the next hop. The framing of bodies stays, but for what one program might read differently from
 * another (RFC 9112, 6.3): one `Content-Length` for several that agree, none beside `Transfer-Encoding`.
 */
function endToEnd(head: HttpHead): (readonly [string, string])[] {
  const coded = field(head, "transfer-encoding") !== undefined;
  let lengths = 0;
  const dropped = hopByHop(head);
  return head.fields.filter(([name]) => {
    const lower = name.toLowerCase();
    return lower === "content-length" ? !coded && lengths++ === 0 : !dropped.has(lower);
  }).map(([name, value]) => /^content-length$/i.test(name) ? [name, value.split(",", 1)[0]!.trim()] : [name, value]);
}

function encodeHead(line: string, fields: readonly (readonly [string, string])[]): Bytes {
  return latin1(`${line}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
}

/** Whether the client wants to go on in WebSocket (RFC 6455, 4.1), the one change of protocol that is passed on. */
export function wantsWebSocket({ head, method, version }: HttpRequest): boolean {
  return method === "GET" && version === "1.1" && /^websocket$/i.test(field(head, "upgrade") ?? "") &&
    /(^|,)\s*upgrade\s*(,|$)/i.test(field(head, "connection") ?? "") && requestBody(head) === 0;
}

const TO_WEBSOCKET: readonly (readonly [string, string])[] = [["Upgrade", "websocket"], ["Connection", "Upgrade"]];
const LAST: readonly (readonly [string, string])[] = [["Connection", "close"]];

/** The date of a response (RFC 9110, 6.6.1). */
function dateField(): readonly [string, string] {
  return ["Date", new Date().toUTCString()];
}

/** More than any way has proxies. */
const MOST_FORWARDS = 1_000_000_000;

/** `Max-Forwards`, which counts the proxies on the way of OPTIONS and TRACE; `undefined` with any other method. */
function maxForwards({ head, method }: HttpRequest): number | undefined {
  const text = field(head, "max-forwards");
  return (method === "OPTIONS" || method === "TRACE") && text !== undefined && /^\d+$/.test(text)
    ? Math.min(Number(text), MOST_FORWARDS)
    : undefined;
}

/** Fields that a TRACE does not send back, because they are secrets (RFC 9110, 9.3.8). */
const SECRETS = ["authorization", "proxy-authorization", "cookie"];

/** The answer to a request that goes no further than here (RFC 9110, 7.6.2); `undefined` for all others. */
export function ownAnswer(request: HttpRequest): Bytes | undefined {
  if (maxForwards(request) !== 0) return undefined;
  if (request.method === "OPTIONS") {
    return encodeHead("HTTP/1.1 200 OK", [dateField(), ["Content-Length", "0"], ...LAST]);
  }
  const { line, fields } = request.head;
  const seen = encodeHead(line, fields.filter(([name]) => !SECRETS.includes(name.toLowerCase())));
  const about = [["Content-Type", "message/http"], ["Content-Length", `${seen.length}`]] as const;
  return concat([encodeHead("HTTP/1.1 200 OK", [dateField(), ...about, ...LAST]), seen]);
}

/** `Via` with this proxy at its end (RFC 9110, 7.6.3). */
function viaUs(head: HttpHead, version: string): readonly [string, string] {
  const via = field(head, "via");
  return ["Via", `${via === undefined ? "" : `${via}, `}${version} netlab`];
}

/**
 * The head that the origin gets: origin form, this proxy's version of HTTP (RFC 9110, 2.5), its own `Host`, nothing
 * hop-by-hop, `Via`; and no further request follows, unless it `keeps` the connection.
 */
export function originHead(request: HttpRequest, keeps = false): Bytes {
  const { address: { type, host, port }, head, method, path, version } = request;
  const authority = (type === "ipv6" ? `[${host}]` : host) + (port === 80 ? "" : `:${port}`);
  const forwards = maxForwards(request);
  // HTTP/1.0 expects nothing (RFC 9110, 10.1.1).
  const own = version === "1.0" ? /^(host|via|expect)$/i : /^(host|via)$/i;
  const fields = endToEnd(head).filter(([name]) => !own.test(name)).map(([name, value]) =>
    [name, forwards !== undefined && /^max-forwards$/i.test(name) ? `${forwards - 1}` : value] as const
  );
  return encodeHead(`${method} ${path} HTTP/1.1`, [
    ["Host", authority],
    ...fields,
    viaUs(head, version),
    ...(wantsWebSocket(request) ? TO_WEBSOCKET : keeps ? [] : LAST),
  ]);
}

/** Whether a head says that the connection ends with its message. */
function isLast(head: HttpHead): boolean {
  const named = `${field(head, "connection") ?? ""},${field(head, "proxy-connection") ?? ""}`;
  return /(^|,)\s*close\s*(,|$)/i.test(named);
}

/** Whether a client goes on with the connection after its response (RFC 9112, 9.3). */
export function wantsMore({ head, version }: HttpRequest): boolean {
  return version === "1.1" && !isLast(head);
}

/** Whether an origin takes another request after this response, as far as it says. */
export function takesMore(head: HttpHead): boolean {
  return head.line.startsWith("HTTP/1.1 ") && !isLast(head);
}

/** Whether a request may be sent twice: a safe one without a body (RFC 9110, 9.2.2). */
export function mayRepeat({ head, method }: HttpRequest): boolean {
  return ["GET", "HEAD", "OPTIONS", "TRACE"].includes(method) && requestBody(head) === 0;
}

/** Whether the chunks of a response must be undone: HTTP/1.0 has none (RFC 9112, 6.1). */
export function undoesChunks(head: HttpHead, { version }: HttpRequest): boolean {
  return version === "1.0" && /^chunked$/i.test(field(head, "transfer-encoding") ?? "");
}

/**
 * The head of a response as the client gets it: this proxy's version of HTTP, nothing hop-by-hop, `Via`. Unless `kept`, the
 * connection ends with the final one; with 101 it goes on in WebSocket.
 */
export function clientHead(head: HttpHead, request: HttpRequest, kept = false): Bytes {
  const status = statusOf(head);
  const own = undoesChunks(head, request)
    ? /^(via|transfer-encoding|trailer)$/i
    : status < 200 || status === 204
    ? /^(via|transfer-encoding|content-length)$/i
    : /^via$/i;
  return encodeHead(`HTTP/1.1 ${status} ${head.line.slice(13)}`, [
    ...endToEnd(head).filter(([name]) => !own.test(name)),
    ...status < 200 || field(head, "date") !== undefined ? [] : [dateField()],
    viaUs(head, head.line.slice(5, 8)),
    ...status === 101 ? TO_WEBSOCKET : status < 200 || kept ? [] : LAST,
  ]);
}

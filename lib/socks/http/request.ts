// What an HTTP client asks of a proxy: heads, CONNECT and absolute-URI requests, logins. Pure.
// RFC 9110 (9.3.6 CONNECT), RFC 9112 (2.2 message parsing, 3.2 request targets).
import { indexOfBytes, latin1, latin1Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { parseHostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { type Parsed, type SocksAddress, socksAddress } from "../codec/address.ts";

/** The longest head (request line and fields) that is taken, in octets. */
const HEAD_LIMIT = 64 * 1024;

/** A request or response head: its first line and its fields, as they came. */
export interface HttpHead {
  readonly line: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const CR = 0x0d, LF = 0x0a;
const HEAD_END = latin1("\r\n\r\n"), BARE_END = latin1("\n\n");

/**
 * A head up to its empty line. Its lines end in CR LF, or all of them in LF alone, as people and scripts write them; never
 * in both, because what is read differently by two programs in a row is how requests are smuggled. `HttpRefusal`: no such
 * lines, or longer than `HEAD_LIMIT`.
 */
export function parseHead(bytes: Uint8Array): Parsed<HttpHead> | undefined {
  const first = bytes.indexOf(LF);
  const bare = first !== -1 && bytes[first - 1] !== CR;
  const mark = bare ? BARE_END : HEAD_END;
  const end = indexOfBytes(bytes, mark);
  const head = end === -1 ? bytes : bytes.subarray(0, end);
  if (head.length > HEAD_LIMIT) {
    if (first === -1 || first > HEAD_LIMIT) {
      throw new HttpRefusal("414 URI Too Long", `The first line is longer than ${HEAD_LIMIT} octets`);
    }
    throw new HttpRefusal("431 Request Header Fields Too Large", `The head is longer than ${HEAD_LIMIT} octets`);
  }
  if (bare) {
    if (head.includes(CR)) throw new HttpRefusal("400 Bad Request", "Some lines end in CR LF and some in LF");
  } else if (end === -1) {
    for (let at = first; at !== -1; at = bytes.indexOf(LF, at + 1)) {
      if (bytes[at - 1] !== CR) throw new HttpRefusal("400 Bad Request", "A line does not end in CR LF");
    }
  }
  if (end === -1) return undefined;
  const [line, ...rest] = latin1Text(head).split(bare ? "\n" : "\r\n") as [string, ...string[]];
  return { value: { line, fields: rest.map(parseField) }, size: end + mark.length };
}

/**
 * The head of a response. Here what is odd is put right where its meaning is plain (RFC 9112, 2.2, 5.1 and 5.2): empty
 * lines before it, a bare LF, a fold, a space before the colon, NUL and CR in a value. Errors as `parseHead`.
 */
export function parseResponseHead(bytes: Uint8Array): Parsed<HttpHead> | undefined {
  const text = latin1Text(bytes.subarray(0, HEAD_LIMIT + 1));
  const start = /^(?:\r?\n)*/.exec(text)![0].length;
  // Whoever speaks another protocol may wait for us: it is not waited for.
  const begin = text.slice(start, start + 5);
  if (begin !== "\r" && !"HTTP/".startsWith(begin)) throw new FormatError("it is not HTTP");
  const end = /\r?\n\r?\n/.exec(text.slice(start));
  if (end === null) {
    if (text.length > HEAD_LIMIT) throw new FormatError(`The head is longer than ${HEAD_LIMIT} octets`);
    return undefined;
  }
  const [line, ...rest] = text.slice(start, start + end.index).replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/)
    .map((line) => line.replace(/[\r\x00]/g, " ")) as [string, ...string[]];
  const fields = rest.map((line) => parseField(line.replace(/^([^\s:]+)[ \t]+:/, "$1:")));
  return { value: { line, fields }, size: start + end.index + end[0].length };
}

/** A field's line, without its end; an `HttpRefusal` for anything else, and for what was a fold once. */
export function parseField(text: string): readonly [name: string, value: string] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(text);
  if (match === null || /[\r\n\x00]/.test(text)) {
    throw new HttpRefusal("400 Bad Request", "A header field is malformed");
  }
  return [match[1]!, match[2]!];
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
  /** `1.0`, or `1.1` for every later one (RFC 9110, 2.5). */
  readonly version: "1.0" | "1.1";
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
  if (target.host === "" || /@/.test(target.host) || (target.host.length > 255 && parseIp(target.host) === undefined)) {
    throw new HttpRefusal("400 Bad Request", `"${authority}" names no host`);
  }
  // RFC 9110, 9.3.6.
  if (target.port === 0) throw new HttpRefusal("400 Bad Request", "0 is no port");
  return socksAddress(target);
}

/** Whether octets may be the beginning of a request: its method, and its first line where that is there already. */
export function maybeRequest(bytes: Uint8Array): boolean {
  const line = latin1Text(bytes.subarray(0, bytes.indexOf(LF) + 1));
  return /^[A-Za-z-]{1,20}(?: |$)/.test(latin1Text(bytes.subarray(0, 21))) && (line === "" || / HTTP\/\d/.test(line));
}

/** The request of a head. A `FormatError` is not HTTP at all; an `HttpRefusal` is HTTP, but not for a proxy. */
export function httpRequest(head: HttpHead): HttpRequest {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d)\.(\d)$/.exec(head.line);
  if (match === null) {
    if (/ HTTP\/\d/.test(head.line)) throw new HttpRefusal("400 Bad Request", "The request line is malformed");
    throw new FormatError("This is not an HTTP request");
  }
  const [method, target, major, minor] = match.slice(1) as [string, string, string, string];
  if (major !== "1") throw new HttpRefusal("505 HTTP Version Not Supported", "This proxy speaks HTTP/1.1");
  const version = minor === "0" ? "1.0" : "1.1";
  if (head.fields.filter(([name]) => name.toLowerCase() === "host").length > 1) {
    throw new HttpRefusal("400 Bad Request", "There is more than one Host");
  }
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
  const [authority, rest] = uri.slice(1) as [string, string];
  const path = rest === "" ? (method === "OPTIONS" ? "*" : "/") : rest.startsWith("/") ? rest : `/${rest}`;
  // A port may be left out and its colon not (RFC 3986, 3.2.3).
  return { method, address: address(authority.replace(/:$/, ""), 80), path, version, head };
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

/** The status code of a response head. */
export function statusOf(head: HttpHead): number {
  const match = /^HTTP\/\d\.\d ([1-9]\d\d)(?: |$)/.exec(head.line);
  if (match === null) throw new FormatError("it is not HTTP");
  return Number(match[1]);
}

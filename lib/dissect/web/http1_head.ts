// The head of an HTTP/1 message (RFC 9112 2, 5, 6): header lines, and how its body ends. Pure.
import { byWord } from "../../base/text.ts";
import { FormatError } from "../../base/errors.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";

/** What a message head says, lower-case names. */
export interface Head {
  readonly first: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly length: number;
}

/** How the body of a message ends. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "end" };

/** Reads a head: `length` octets up to and with its empty line. */
export function parseHead(bytes: Uint8Array, length: number): Head {
  const lines = decodeText(bytes.subarray(0, length)).split(/\r?\n/);
  const headers = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase(), value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { first: lines[0]!, headers, length };
}

/** The status code of a response, 0 of a request. */
export const statusOf = (head: Head) => Number(/^HTTP\/\d\.\d (\d{3})/.exec(head.first)?.[1] ?? 0);

/** RFC 9112 6.3. `method` is that of the request which a response answers. */
export function framingOf(head: Head, method: string | undefined): Framing {
  const response = head.first.startsWith("HTTP/");
  if (response) {
    const status = statusOf(head);
    if (method === "HEAD" || status === 204 || status === 304 || (status >= 100 && status < 200)) {
      return { kind: "none" };
    }
    if (method === "CONNECT" && status >= 200 && status < 300) return { kind: "none" };
  }
  if (/\bchunked\s*$/i.test(head.headers.get("transfer-encoding") ?? "")) return { kind: "chunked" };
  const length = head.headers.get("content-length");
  if (length !== undefined) {
    const digits = /^\d{1,15}/.exec(length);
    if (digits === null) throw new FormatError(`Content-Length "${clip(length)}" is not a number`, head.length);
    return Number(digits[0]) === 0 ? { kind: "none" } : { kind: "length", length: Number(digits[0]) };
  }
  return response ? { kind: "end" } : { kind: "none" };
}

/** What makes it doubtful where the body ends: two readers may see different messages (RFC 9112 6.3, 11.2). */
export function doubtOf(head: Head): string | undefined {
  const length = head.headers.get("content-length");
  if (length === undefined) return undefined;
  if (head.headers.has("transfer-encoding")) {
    return "Content-Length beside Transfer-Encoding: readers may disagree where the body ends";
  }
  const lengths = [...new Set(length.split(",").map((text) => text.trim()))];
  return lengths.length < 2 ? undefined : `Several Content-Lengths: ${clip(lengths.join(" and "))}`;
}

/** Octets of the chunk at `at` with its line end, and whether it is the last; `undefined` while it is incomplete. */
export function chunkAt(bytes: Uint8Array, at: number): { length: number; last: boolean } | undefined {
  const end = bytes.indexOf(10, at);
  if (end === -1) {
    if (bytes.length - at > 4096) throw new FormatError("A chunk's size line has no end", at);
    return undefined;
  }
  const digits = /^[0-9a-f]{1,12}(?=[;\s]|$)/i.exec(decodeText(bytes.subarray(at, Math.min(end, at + 64))));
  if (digits === null) throw new FormatError("A chunk does not begin with its size in hexadecimal", at);
  const size = parseInt(digits[0], 16);
  if (size > 0) return { length: end + 1 - at + size + 2, last: false };
  // The last chunk: trailer fields, then an empty line.
  for (let line = end + 1;;) {
    const next = bytes.indexOf(10, line);
    if (next === -1) return undefined;
    if (next === line || (next === line + 1 && bytes[line] === 13)) return { length: next + 1 - at, last: true };
    line = next + 1;
  }
}

/** Splits a credential field so that the secret part is a field of its own. */
function credentials(tree: Tree, length: number): void {
  const end = tree.offset + length;
  const scheme = tree.word("Scheme", " \t\r\n", "RFC 9110 11.4");
  tree.spaces();
  const left = end - tree.offset;
  if (left <= 0) return;
  const secret = scheme.toLowerCase() === "basic"
    ? (text: string) => {
      try {
        const user = atob(text.trim()).split(":")[0]!;
        return `user "${clip(user)}", password in Base64`;
      } catch {
        return undefined;
      }
    }
    : undefined;
  tree.text("Credentials", left, scheme.toLowerCase() === "basic" ? "RFC 7617 2" : "RFC 9110 11.4", secret);
  // What is hashed or negotiated does not give the password away.
  if (!/^(digest|ntlm|negotiate|scram)/i.test(scheme)) tree.last.secret = true;
}

/** Field by name: where it is defined, and what it says. */
const FIELDS: Readonly<Record<string, readonly [ref: string, meaning: string]>> = byWord({
  host: ["RFC 9110 7.2", "which site of the server is meant"],
  "content-length": ["RFC 9110 8.6", "octets of the body"],
  "content-type": ["RFC 9110 8.3", "what the body is"],
  "content-encoding": ["RFC 9110 8.4", "how the body is compressed"],
  "content-language": ["RFC 9110 8.5", "for whom the body is written"],
  "content-location": ["RFC 9110 8.7", "where this form of it stands"],
  "content-range": ["RFC 9110 14.4", "which part of the whole the body is"],
  "content-disposition": ["RFC 6266 4", "show it, or save it under a name"],
  "transfer-encoding": ["RFC 9112 6.1", "how the body is wrapped on this connection"],
  te: ["RFC 9110 10.1.4", "wrappings and trailers that the client takes"],
  trailer: ["RFC 9110 6.6.2", "fields that follow the body"],
  connection: ["RFC 9110 7.6.1", "what concerns this connection only"],
  "keep-alive": ["RFC 2068 19.7.1.1", "how long the connection may stay"],
  upgrade: ["RFC 9110 7.8", "another protocol to go on with"],
  via: ["RFC 9110 7.6.3", "proxies on the way"],
  "max-forwards": ["RFC 9110 7.6.2", "proxies that may pass it on"],
  "user-agent": ["RFC 9110 10.1.5", "the client's program"],
  referer: ["RFC 9110 10.1.3", "the page that led here"],
  from: ["RFC 9110 10.1.2", "mail address of whoever runs the client"],
  expect: ["RFC 9110 10.1.1", "wait for an answer before the body"],
  accept: ["RFC 9110 12.5.1", "media types that the client takes"],
  "accept-charset": ["RFC 9110 12.5.2", "character sets that the client takes"],
  "accept-encoding": ["RFC 9110 12.5.3", "compressions that the client takes"],
  "accept-language": ["RFC 9110 12.5.4", "languages that the user reads"],
  vary: ["RFC 9110 12.5.5", "request fields that chose this answer"],
  date: ["RFC 9110 6.6.1", "when the message was made"],
  server: ["RFC 9110 10.2.4", "the server's program"],
  allow: ["RFC 9110 10.2.1", "methods that may be used"],
  location: ["RFC 9110 10.2.2", "where to go, or what was made"],
  "retry-after": ["RFC 9110 10.2.3", "when to come back"],
  "last-modified": ["RFC 9110 8.8.2", "when it was last changed"],
  etag: ["RFC 9110 8.8.3", "a mark of this version"],
  "if-match": ["RFC 9110 13.1.1", "only if the version is one of these"],
  "if-none-match": ["RFC 9110 13.1.2", "only if the version is none of these"],
  "if-modified-since": ["RFC 9110 13.1.3", "only if it changed since"],
  "if-unmodified-since": ["RFC 9110 13.1.4", "only if it did not change since"],
  "if-range": ["RFC 9110 13.1.5", "the part only if the version is this"],
  "accept-ranges": ["RFC 9110 14.3", "whether parts can be asked for"],
  range: ["RFC 9110 14.2", "the part that is wanted"],
  authorization: ["RFC 9110 11.6.2", "who asks, with proof"],
  "proxy-authorization": ["RFC 9110 11.7.2", "who asks, with proof for the proxy"],
  "www-authenticate": ["RFC 9110 11.6.1", "how to log in"],
  "proxy-authenticate": ["RFC 9110 11.7.1", "how to log in at the proxy"],
  cookie: ["RFC 6265 4.2", "what the server asked to be told again"],
  "set-cookie": ["RFC 6265 4.1", "what the client shall tell again"],
  "cache-control": ["RFC 9111 5.2", "whether and how long it may be kept"],
  age: ["RFC 9111 5.1", "seconds that a cache kept it"],
  expires: ["RFC 9111 5.3", "until when it may be kept"],
  pragma: ["RFC 9111 5.4", "an old way to say no-cache"],
  origin: ["RFC 6454 7", "the site whose page asks"],
  "access-control-allow-origin": ["WHATWG Fetch 3.2.3", "sites whose pages may read the answer"],
  "strict-transport-security": ["RFC 6797 6.1", "come by TLS only from now on"],
  forwarded: ["RFC 7239 4", "who asked the proxy"],
  "x-forwarded-for": ["RFC 7239 1", "who asked the proxy (not standardized)"],
  "sec-websocket-key": ["RFC 6455 11.3.1", "random; the answer is made of it"],
  "sec-websocket-extensions": ["RFC 6455 11.3.2", "compression and the like"],
  "sec-websocket-accept": ["RFC 6455 11.3.3", "hash of the key: the server speaks WebSocket"],
  "sec-websocket-protocol": ["RFC 6455 11.3.4", "what is spoken inside"],
  "sec-websocket-version": ["RFC 6455 11.3.5", "13 is the only one"],
});

/** What the header lines of a protocol are: HTTP's relatives have the same form and other words. */
export interface HeaderStyle {
  /** Where lines in general are defined. */
  readonly ref: string;
  /** Where a field is defined, by its name in lower case. */
  readonly refs: Readonly<Record<string, string>>;
  /** What a name means. */
  readonly meaning?: (name: string) => string | undefined;
}

const HTTP: HeaderStyle = {
  ref: "RFC 9110 5.5",
  refs: byWord(Object.fromEntries(Object.entries(FIELDS).map(([name, [ref]]) => [name, ref]))),
  meaning: (name) => FIELDS[name.toLowerCase()]?.[1],
};

/** One header field line. */
export function headerLine(tree: Tree, style = HTTP): void {
  const { reader } = tree;
  const http = style === HTTP;
  tree.group("Header", (group) => {
    const name = tree.word("Name", ":\r\n", http ? "RFC 9110 5.1" : style.ref, style.meaning);
    const lower = name.toLowerCase();
    const ref = style.refs[lower] ?? style.ref;
    group.ref = ref;
    if (reader.peek() === 58) {
      let count = 1;
      while (reader.peek(count) === 32 || reader.peek(count) === 9) count++;
      tree.bytes("Separator", count, http ? "RFC 9112 5" : style.ref);
    } else if (reader.remaining > 0) tree.flaw("A header line without a colon");
    const { bytes, offset, end } = reader;
    let stop = bytes.subarray(0, end).indexOf(10, offset);
    if (stop === -1) stop = end;
    else if (bytes[stop - 1] === 13 && stop > offset) stop--;
    const length = Math.max(0, stop - offset);
    const secret = lower === "authorization" || lower === "proxy-authorization";
    if (secret && length > 0) credentials(tree, length);
    else if (length > 0) {
      const value = tree.text("Value", length, ref);
      group.meaning = `${name}: ${clip(value, 120)}`;
    }
    group.meaning ??= name;
    tree.lineEnd(http ? "RFC 9112 2.1" : style.ref);
  });
}

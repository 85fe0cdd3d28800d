// The head of an HTTP/1 message (RFC 9112 2, 5, 6): header lines, and how its body ends. Pure.
import { FormatError } from "../base/errors.ts";
import type { Tree } from "./tree.ts";
import { clip, decodeText } from "./words.ts";

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

const FIELD_REFS: Readonly<Record<string, string>> = {
  host: "RFC 9110 7.2",
  "content-length": "RFC 9110 8.6",
  "content-type": "RFC 9110 8.3",
  "content-encoding": "RFC 9110 8.4",
  "transfer-encoding": "RFC 9112 6.1",
  connection: "RFC 9110 7.6.1",
  upgrade: "RFC 9110 7.8",
  "user-agent": "RFC 9110 10.1.5",
  accept: "RFC 9110 12.5.1",
  "accept-encoding": "RFC 9110 12.5.3",
  date: "RFC 9110 6.6.1",
  server: "RFC 9110 10.2.4",
  location: "RFC 9110 10.2.2",
  "last-modified": "RFC 9110 8.8.2",
  etag: "RFC 9110 8.8.3",
  "accept-ranges": "RFC 9110 14.3",
  range: "RFC 9110 14.2",
  authorization: "RFC 9110 11.6.2",
  "proxy-authorization": "RFC 9110 11.7.2",
  "www-authenticate": "RFC 9110 11.6.1",
  cookie: "RFC 6265 4.2",
  "set-cookie": "RFC 6265 4.1",
  "cache-control": "RFC 9111 5.2",
  "sec-websocket-key": "RFC 6455 11.3.1",
  "sec-websocket-accept": "RFC 6455 11.3.3",
  "sec-websocket-version": "RFC 6455 11.3.5",
  "sec-websocket-extensions": "RFC 6455 11.3.2",
};

/** What the header lines of a protocol are: HTTP's relatives have the same form and other words. */
export interface HeaderStyle {
  /** Where lines in general are defined. */
  readonly ref: string;
  /** Where a field is defined, by its name in lower case. */
  readonly refs: Readonly<Record<string, string>>;
  /** What a name means. */
  readonly meaning?: (name: string) => string | undefined;
}

const HTTP: HeaderStyle = { ref: "RFC 9110 5.5", refs: FIELD_REFS };

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

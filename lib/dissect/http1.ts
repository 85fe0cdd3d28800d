// HTTP/1.0 and 1.1 (RFC 9112): heads, bodies by length, by chunks, up to the end; upgrades and tunnels. Pure.
import { FormatError } from "../base/errors.ts";
import { concat } from "../base/bytes.ts";
import { parseHostPort } from "../base/host_port.ts";
import { body, contentText, type ContentType, contentType, decodedBody } from "./content.ts";
import { measureHead, startsWith } from "./detect.ts";
import type { Become, DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "./protocol.ts";
import { clip, decodeText, type Tree } from "./tree.ts";

const METHODS = [
  "GET ",
  "POST ",
  "PUT ",
  "HEAD ",
  "DELETE ",
  "OPTIONS ",
  "PATCH ",
  "CONNECT ",
  "TRACE ",
  "PROPFIND ",
  "REPORT ",
  "MKCOL ",
  "M-SEARCH ",
  "NOTIFY ",
];
/** Longest head that is waited for. */
const HEAD_LIMIT = 128 * 1024;
/** A chunked body is shown with its head when all of it fits here, else chunk by chunk. */
const WHOLE_LIMIT = 128 * 1024;

/** What a message head says, lower-case names. */
interface Head {
  readonly first: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly length: number;
}

/** How the body of a message ends. */
type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "end" };

/** What goes on between the messages of one direction. */
interface DirectionState {
  /** The message being measured: found head, how far chunks were walked. */
  head: Head | undefined;
  walked: number;
  /** Set while a body is shown in pieces. */
  body: { framing: Framing; content: ContentType } | undefined;
}

function parseHead(bytes: Uint8Array, length: number): Head {
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

const statusOf = (head: Head) => Number(/^HTTP\/\d\.\d (\d{3})/.exec(head.first)?.[1] ?? 0);

/** RFC 9112 6.3. `method` is that of the request which a response answers. */
function framingOf(head: Head, method: string | undefined): Framing {
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
function chunkAt(bytes: Uint8Array, at: number): { length: number; last: boolean } | undefined {
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
  tree.last.secret = true;
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

/** One header field line. */
export function headerLine(tree: Tree): void {
  const { reader } = tree;
  tree.group("Header", (group) => {
    const name = tree.word("Name", ":\r\n", "RFC 9110 5.1");
    const lower = name.toLowerCase();
    const ref = FIELD_REFS[lower] ?? "RFC 9110 5.5";
    group.ref = ref;
    if (reader.peek() === 58) {
      let count = 1;
      while (reader.peek(count) === 32 || reader.peek(count) === 9) count++;
      tree.bytes("Separator", count, "RFC 9112 5");
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
    tree.lineEnd("RFC 9112 2.1");
  });
}

const REASONS: Readonly<Record<number, string>> = {
  1: "informational",
  2: "success",
  3: "redirection",
  4: "the client's error",
  5: "the server's error",
};

/** The first line of a message; gives its summary. */
function firstLine(tree: Tree): string {
  let summary = "";
  const response = startsWith(tree.reader.bytes.subarray(tree.offset), ["HTTP/"]) === "yes";
  tree.group(response ? "Status line" : "Request line", (group) => {
    const ref = response ? "RFC 9112 4" : "RFC 9112 3";
    group.ref = ref;
    const rest: string[] = [];
    if (response) {
      rest.push(tree.word("Version", " \r\n", ref));
      tree.spaces(ref);
      rest.push(tree.word("Status code", " \r\n", "RFC 9110 15", (code) => REASONS[Number(code[0])]));
      tree.spaces(ref);
      rest.push(tree.word("Reason", "\r\n", ref));
    } else {
      rest.push(tree.word("Method", " \r\n", "RFC 9110 9"));
      tree.spaces(ref);
      rest.push(tree.word("Target", " \r\n", "RFC 9112 3.2"));
      tree.spaces(ref);
      rest.push(tree.word("Version", "\r\n", "RFC 9112 2.3"));
    }
    tree.lineEnd("RFC 9112 2.1");
    summary = clip(rest.filter((word) => word !== "").join(" "), 160);
    group.meaning = summary;
  });
  return summary;
}

/** Chunks up to the end of the tree; gives the joined data. */
function chunks(tree: Tree): Uint8Array {
  const ref = "RFC 9112 7.1";
  const parts: Uint8Array[] = [];
  while (tree.remaining > 0) {
    let last = false;
    tree.group("Chunk", (group) => {
      group.ref = ref;
      const digits = tree.word("Size", ";\r\n", ref, (text) => `${parseInt(text, 16)} octets`);
      const size = parseInt(digits, 16);
      if (Number.isNaN(size)) throw new FormatError("A chunk does not begin with its size in hexadecimal", tree.offset);
      if (tree.reader.peek() === 59) tree.word("Extension", "\r\n", "RFC 9112 7.1.1");
      tree.lineEnd(ref);
      group.meaning = size === 0 ? "the last" : `${size} octets`;
      last = size === 0;
      if (last) return;
      parts.push(tree.bytes("Data", Math.min(size, tree.remaining), ref));
      if (parts.at(-1)!.length < size) throw new FormatError(`Chunk of ${size} octets is cut short`, tree.offset);
      tree.lineEnd(ref);
    });
    if (!last) continue;
    while (tree.remaining > 0 && tree.reader.peek() !== 13 && tree.reader.peek() !== 10) headerLine(tree);
    tree.lineEnd(ref);
    break;
  }
  return concat(parts);
}

class Http1 implements StreamDissector {
  readonly #states: Record<Side, DirectionState> = {
    client: { head: undefined, walked: 0, body: undefined },
    server: { head: undefined, walked: 0, body: undefined },
  };
  /** Methods whose responses have not come yet. */
  readonly #methods: string[] = [];
  #target = "";

  measure(bytes: Uint8Array, side: Side, ended: boolean, scanned: number): number {
    const state = this.#states[side];
    if (state.body !== undefined) {
      if (state.body.framing.kind === "end") return bytes.length;
      return chunkAt(bytes, 0)?.length ?? 0;
    }
    if (state.head === undefined) {
      if (scanned === 0 && this.#isHead(bytes) === "no") {
        throw new FormatError("This is no HTTP message", 0);
      }
      const length = measureHead(bytes, scanned);
      if (length === 0) {
        if (bytes.length > HEAD_LIMIT) throw new FormatError(`A head of more than ${HEAD_LIMIT} octets`, HEAD_LIMIT);
        return 0;
      }
      state.head = parseHead(bytes, length);
      state.walked = length;
    }
    const { head } = state;
    const framing = this.#framing(head, side);
    if (framing.kind === "none") return head.length;
    if (framing.kind === "length") return head.length + framing.length;
    const pieces = framing.kind === "end" ||
      /event-stream|multipart\/x-mixed-replace/.test(head.headers.get("content-type") ?? "");
    if (pieces) return framing.kind === "end" && ended ? bytes.length : head.length;
    for (;;) {
      const chunk = chunkAt(bytes, state.walked);
      if (chunk === undefined || state.walked + chunk.length > bytes.length) break;
      state.walked += chunk.length;
      if (chunk.last) return state.walked;
    }
    // Too long to wait for: the head alone, then chunk by chunk.
    return bytes.length > WHOLE_LIMIT ? head.length : 0;
  }

  #isHead(bytes: Uint8Array): Guess {
    const guess = startsWith(bytes, [...METHODS, "HTTP/"]);
    if (guess !== "no") return guess;
    // Any token as a method.
    return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,24}( |$)/.test(decodeText(bytes.subarray(0, 25))) ? "maybe" : "no";
  }

  #framing(head: Head, side: Side): Framing {
    return framingOf(head, side === "server" || head.first.startsWith("HTTP/") ? this.#methods[0] : undefined);
  }

  dissect(tree: Tree, context: DissectContext): Words {
    const { side } = context;
    const state = this.#states[side];
    if (state.body !== undefined) return this.#piece(tree, state, context);
    const head = state.head ?? parseHead(tree.reader.bytes, tree.reader.end);
    const framing = this.#framing(head, side);
    state.head = undefined;
    state.walked = 0;
    const response = head.first.startsWith("HTTP/");
    const summary = firstLine(tree);
    tree.said = { summary, ...(response ? { answers: "http" } : { asks: "http" }) };
    while (tree.remaining > 0 && tree.reader.peek() !== 13 && tree.reader.peek() !== 10) headerLine(tree);
    if (tree.remaining > 0) {
      tree.lineEnd("RFC 9112 2.1", "End of the head");
    }
    const content = contentType(head.headers.get("content-type"), head.headers.get("content-encoding"));
    let text: string | undefined;
    if (framing.kind === "length") text = body(tree, framing.length, content, context);
    else if (tree.remaining > 0 && framing.kind === "chunked") {
      text = decodedBody(tree, chunks(tree), content, context, ["chunks joined"]);
    } else if (framing.kind === "chunked") state.body = { framing, content };
    else if (framing.kind === "end") {
      if (tree.remaining > 0) text = body(tree, tree.remaining, content, context);
      else state.body = { framing, content };
    }
    const become = this.#after(head, response);
    const headText = decodeText(tree.reader.bytes.subarray(0, head.length)).trimEnd();
    return {
      summary,
      ...(response ? (statusOf(head) < 200 && statusOf(head) !== 101 ? {} : { answers: "http" }) : { asks: "http" }),
      ...(become === undefined ? {} : { become }),
      text: text === undefined ? headText : `${headText}\n\n${text}`,
    };
  }

  /** Remembers what the next messages need; says when the connection speaks something else from here on. */
  #after(head: Head, response: boolean): Become | undefined {
    if (!response) {
      const [method = "", target = ""] = head.first.split(" ");
      this.#target = target;
      if (this.#methods.length < 1024) this.#methods.push(method);
      return undefined;
    }
    const status = statusOf(head);
    if (status >= 100 && status < 200 && status !== 101) return undefined;
    const method = this.#methods.shift();
    if (status === 101) {
      const upgrade = (head.headers.get("upgrade") ?? "").toLowerCase();
      const deflate = /permessage-deflate/.test(head.headers.get("sec-websocket-extensions") ?? "");
      if (upgrade === "websocket") return { protocol: "websocket", note: deflate ? "permessage-deflate" : "" };
      return { protocol: upgrade === "h2c" ? "http2" : "" };
    }
    if (method === "CONNECT" && status >= 200 && status < 300) {
      try {
        return { protocol: "", ports: { server: parseHostPort(this.#target).port } };
      } catch {
        return { protocol: "" };
      }
    }
    return undefined;
  }

  /** A piece of a body that is shown as it comes. */
  #piece(tree: Tree, state: DirectionState, context: DissectContext): Words {
    const { framing, content } = state.body!;
    if (framing.kind === "end") {
      const bytes = tree.reader.bytes;
      const plain = { type: content.type, codings: [] };
      const shown = content.codings.length > 0
        ? void tree.rest("Body", "RFC 9110 6.4", content.codings.join(", "))
        : body(tree, tree.remaining, plain, context);
      return { summary: `body, ${bytes.length} octets`, ...(shown === undefined ? {} : { text: shown }) };
    }
    const joined = chunks(tree);
    const size = joined.length;
    if (/^0+[;\r\n]/.test(decodeText(tree.reader.bytes.subarray(0, 32)))) state.body = undefined;
    const text = content.codings.length === 0 ? contentText(joined, content.type) : undefined;
    return {
      summary: size === 0 ? "the last chunk" : `chunk, ${size} octets`,
      ...(text === undefined ? {} : { text }),
    };
  }
}

export const HTTP1: Protocol = {
  name: "http",
  title: "HTTP/1",
  ref: "RFC 9112",
  tcp: [80, 8080, 3128, 8000, 8008, 8888, 5985, 631],
  detect: (bytes) => {
    const guess = startsWith(bytes, [...METHODS, "HTTP/1."]);
    if (guess !== "yes" || startsWith(bytes, ["NOTIFY ", "OPTIONS ", "REPORT "]) === "no") return guess;
    // SIP and RTSP have methods of the same names.
    const line = decodeText(bytes.subarray(0, 256));
    return line.includes("\n") && !/HTTP\/\d/.test(line) ? "no" : "yes";
  },
  sideOf: (bytes) => startsWith(bytes, ["HTTP/"]) === "yes" ? "server" : "client",
  stream: () => new Http1(),
};

// HTTP/1.0 and 1.1 (RFC 9112): heads, bodies by length, by chunks, up to the end; upgrades and tunnels. Pure.
import { byWord } from "../../base/text.ts";
import { FormatError } from "../../base/errors.ts";
import { concat, indexOfBytes, latin1, utf8, utf8Text } from "../../base/bytes.ts";
import { parseHostPort } from "../../base/host_port.ts";
import { body, contentText, type ContentType, contentType, decodedBody } from "../coding/content.ts";
import { measureHead, startsWith } from "../detect.ts";
import { chunkAt, doubtOf, type Framing, framingOf, type Head, headerLine, parseHead, statusOf } from "./http1_head.ts";
import type {
  Become,
  CarriedFile,
  DissectContext,
  FilePart,
  Guess,
  Protocol,
  Side,
  StreamDissector,
  Words,
} from "../protocol.ts";
import { type Asked, httpFile } from "./http_file.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

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
/** RFC 9110 9.3, RFC 5789. */
const METHOD_MEANINGS: Readonly<Record<string, string>> = byWord({
  GET: "send it",
  HEAD: "send its head alone",
  POST: "take this and work on it",
  PUT: "store this there",
  DELETE: "remove it",
  CONNECT: "open a tunnel to there",
  OPTIONS: "what can be done with it?",
  TRACE: "send back what arrived",
  PATCH: "change a part of it",
});
const METHOD_REFS: Readonly<Record<string, string>> = byWord({
  GET: "RFC 9110 9.3.1",
  HEAD: "RFC 9110 9.3.2",
  POST: "RFC 9110 9.3.3",
  PUT: "RFC 9110 9.3.4",
  DELETE: "RFC 9110 9.3.5",
  CONNECT: "RFC 9110 9.3.6",
  OPTIONS: "RFC 9110 9.3.7",
  TRACE: "RFC 9110 9.3.8",
  PATCH: "RFC 5789 2",
});
const ANSWER = latin1("HTTP/1.");
/** Longest head that is waited for. */
const HEAD_LIMIT = 128 * 1024;
/** Characters of a URL that are kept until the answer comes. */
const URL_LIMIT = 4096;
/** A chunked body is shown with its head when all of it fits here, else chunk by chunk. */
const WHOLE_LIMIT = 128 * 1024;

/** What goes on between the messages of one direction. */
interface DirectionState {
  /** The message being measured: found head, how far chunks were walked. */
  head: Head | undefined;
  walked: number;
  /** Set while a body is shown in pieces. */
  body: { framing: Framing; content: ContentType; file: CarriedFile } | undefined;
  /** How the message before ended; none before the first. */
  before: Framing | undefined;
}

const REASONS: Readonly<Record<number, string>> = {
  1: "informational",
  2: "success",
  3: "redirection",
  4: "the client's error",
  5: "the server's error",
};

/** The last code of each class that has its section after the one before it, and codes that came later with theirs. */
const LAST_CODES: Readonly<Record<number, number>> = { 1: 101, 2: 206, 3: 308, 4: 418, 5: 505 };
const LATER_CODES: Readonly<Record<number, string>> = { 421: "15.5.20", 422: "15.5.21", 426: "15.5.22" };

/** The section about a status code, or about its class. */
function statusRef(text: string): string {
  const code = /^\d{3}$/.test(text) ? Number(text) : NaN, kind = Math.floor(code / 100), last = LAST_CODES[kind];
  if (last === undefined) return "RFC 9110 15";
  const own = code <= last ? `15.${kind + 1}.${code % 100 + 1}` : LATER_CODES[code];
  return `RFC 9110 ${own ?? `15.${kind + 1}`}`;
}

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
      tree.last.ref = statusRef(rest.at(-1)!);
      tree.spaces(ref);
      rest.push(tree.word("Reason", "\r\n", ref));
    } else {
      rest.push(tree.word("Method", " \r\n", "RFC 9110 9", (word) => METHOD_MEANINGS[word]));
      tree.last.ref = METHOD_REFS[rest[0]!] ?? "RFC 9110 9";
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

const isLineEnd = (octet: number | undefined) => octet === 13 || octet === 10;

/** Whether a server goes on, after an answer, with what is no other one. */
function isSurplus(bytes: Uint8Array, side: Side, state: DirectionState): boolean {
  return side === "server" && state.before !== undefined && startsWith(bytes, ["HTTP/"]) === "no";
}

/** Octets up to where an answer begins, or all. */
function nextAnswer(bytes: Uint8Array): number {
  const at = indexOfBytes(bytes, ANSWER);
  return at === -1 ? bytes.length : at;
}

/** What a server sent beyond the end of its answer: the length that the head told was too small, as a rule. */
function surplus(tree: Tree, before: Framing): Words {
  const count = tree.remaining;
  const bytes = tree.rest("Surplus", "RFC 9112 6.3");
  const why = before.kind === "length"
    ? `Beyond the end of the answer before, whose Content-Length is ${before.length}`
    : "Beyond the end of the answer before";
  tree.current.error ??= why;
  return { summary: `${counted(count, "octet")}: ${clip(decodeText(bytes).trim(), 60)}` };
}

/** Chunks up to the end of the tree; gives the joined data. Each is a part of `file`. */
function chunks(tree: Tree, file: CarriedFile, parts: FilePart[]): Uint8Array {
  const ref = "RFC 9112 7.1";
  while (tree.remaining > 0) {
    let last = false;
    tree.group("Chunk", (group) => {
      group.ref = ref;
      const digits = tree.word("Size", ";\r\n", ref, (text) => counted(parseInt(text, 16), "octet"));
      const size = parseInt(digits, 16);
      if (Number.isNaN(size)) throw new FormatError("A chunk does not begin with its size in hexadecimal", tree.offset);
      if (tree.reader.peek() === 59) tree.word("Extension", "\r\n", "RFC 9112 7.1.1");
      tree.lineEnd(ref);
      group.meaning = size === 0 ? "the last" : counted(size, "octet");
      last = size === 0;
      if (last) return;
      const bytes = tree.bytes("Data", Math.min(size, tree.remaining), ref);
      parts.push({ file, bytes, last: false });
      if (bytes.length < size) {
        throw new FormatError(`Chunk of ${counted(size, "octet")} is cut short`, tree.offset);
      }
      tree.lineEnd(ref);
    });
    if (!last) continue;
    while (tree.remaining > 0 && tree.reader.peek() !== 13 && tree.reader.peek() !== 10) headerLine(tree);
    tree.lineEnd(ref);
    parts.push({ file, bytes: new Uint8Array(0), last: true });
    break;
  }
  return concat(parts.map(({ bytes }) => bytes));
}

/** What waits for an answer, which may never come: of a bounded length, and copied, as a part of a text holds all of it. */
function askedBy({ first, headers }: Head, scheme: string): Asked {
  const [method = "", target = ""] = first.split(" ");
  const url = target.startsWith("/") ? `${scheme}://${headers.get("host") ?? ""}${target}` : target;
  const copied = (text: string) => utf8Text(utf8(text.slice(0, URL_LIMIT)));
  return { method: copied(method), url: copied(url) };
}

class Http1 implements StreamDissector {
  readonly #states: Record<Side, DirectionState> = {
    client: { head: undefined, walked: 0, body: undefined, before: undefined },
    server: { head: undefined, walked: 0, body: undefined, before: undefined },
  };
  /** Requests whose responses have not come yet. */
  readonly #asked: Asked[] = [];
  #target = "";
  readonly #scheme: string;

  constructor(note: string) {
    this.#scheme = note === "tls" ? "https" : "http";
  }

  measure(bytes: Uint8Array, side: Side, ended: boolean, scanned: number): number {
    const state = this.#states[side];
    if (state.body !== undefined) {
      if (state.body.framing.kind === "end") return bytes.length;
      return chunkAt(bytes, 0)?.length ?? 0;
    }
    if (state.head === undefined) {
      if (isSurplus(bytes, side, state)) return nextAnswer(bytes);
      if (isLineEnd(bytes[0])) return bytes[1] === 10 && bytes[0] === 13 ? 2 : 1;
      if (scanned === 0 && this.#isHead(bytes) === "no") {
        throw new FormatError("This is no HTTP message", 0);
      }
      const length = measureHead(bytes, scanned);
      if (length === 0) {
        if (bytes.length > HEAD_LIMIT) {
          throw new FormatError(`A head of more than ${HEAD_LIMIT} octets`, HEAD_LIMIT);
        }
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
    return framingOf(head, side === "server" || head.first.startsWith("HTTP/") ? this.#asked[0]?.method : undefined);
  }

  dissect(tree: Tree, context: DissectContext): Words {
    const { side } = context;
    const state = this.#states[side];
    if (state.body !== undefined) return this.#piece(tree, state, context);
    if (state.head === undefined) {
      if (isSurplus(tree.reader.bytes, side, state)) return surplus(tree, state.before!);
      if (isLineEnd(tree.reader.peek())) {
        tree.rest("Empty line", "RFC 9112 2.2", "to be ignored in front of a request");
        return { summary: "empty line" };
      }
    }
    const head = state.head ?? parseHead(tree.reader.bytes, tree.reader.end);
    const framing = this.#framing(head, side);
    state.head = undefined;
    state.walked = 0;
    state.before = framing;
    const response = head.first.startsWith("HTTP/");
    const summary = firstLine(tree);
    const parts: FilePart[] = [];
    tree.said = { summary, ...(response ? { answers: "http" } : { asks: "http" }), parts };
    while (tree.remaining > 0 && tree.reader.peek() !== 13 && tree.reader.peek() !== 10) headerLine(tree);
    if (tree.remaining > 0) {
      tree.lineEnd("RFC 9112 2.1", "End of the head");
    }
    const doubt = doubtOf(head);
    if (doubt !== undefined) tree.current.error ??= doubt;
    const content = contentType(head.headers.get("content-type"), head.headers.get("content-encoding"));
    const asked = response ? this.#asked[0] ?? { method: "?", url: "?" } : askedBy(head, this.#scheme);
    const status = response ? head.first.split(" ")[1] : undefined;
    const file = httpFile(asked, content, status, framing.kind === "end");
    let text: string | undefined;
    if (framing.kind === "chunked" && tree.remaining > 0) {
      text = decodedBody(tree, chunks(tree, file, parts), content, context, ["chunks joined"]);
    } else if (framing.kind === "length" || (framing.kind === "end" && tree.remaining > 0)) {
      const bytes = tree.reader.bytes.subarray(tree.offset, tree.reader.end);
      parts.push({ file, bytes, last: true });
      text = body(tree, framing.kind === "length" ? framing.length : bytes.length, content, context);
    } else if (framing.kind !== "none") state.body = { framing, content, file };
    const become = this.#after(head, response);
    const headText = decodeText(tree.reader.bytes.subarray(0, head.length)).trimEnd();
    return {
      summary,
      ...(response ? (statusOf(head) < 200 && statusOf(head) !== 101 ? {} : { answers: "http" }) : { asks: "http" }),
      ...(become === undefined ? {} : { become }),
      text: text === undefined ? headText : `${headText}\n\n${text}`,
      parts,
    };
  }

  /** Remembers what the next messages need; says when the connection speaks something else from here on. */
  #after(head: Head, response: boolean): Become | undefined {
    if (!response) {
      this.#target = head.first.split(" ")[1] ?? "";
      if (this.#asked.length < 1024) this.#asked.push(askedBy(head, this.#scheme));
      return undefined;
    }
    const status = statusOf(head);
    if (status >= 100 && status < 200 && status !== 101) return undefined;
    const method = this.#asked.shift()?.method;
    if (status === 101) {
      const upgrade = (head.headers.get("upgrade") ?? "").toLowerCase();
      const deflate = /permessage-deflate/.test(head.headers.get("sec-websocket-extensions") ?? "");
      const subprotocol = (head.headers.get("sec-websocket-protocol") ?? "").toLowerCase().trim();
      const note = `${deflate ? "permessage-deflate" : ""} ${subprotocol}`.trimEnd();
      if (upgrade === "websocket") return { protocol: "websocket", note };
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
    const { framing, content, file } = state.body!;
    if (framing.kind === "end") {
      const bytes = tree.reader.bytes;
      const plain = { type: content.type, codings: [] };
      const shown = content.codings.length > 0
        ? void tree.rest("Body", "RFC 9110 6.4", content.codings.join(", "))
        : body(tree, tree.remaining, plain, context);
      return {
        summary: `body, ${counted(bytes.length, "octet")}`,
        ...(shown === undefined ? {} : { text: shown }),
        parts: [{ file, bytes, last: false }],
      };
    }
    const parts: FilePart[] = [];
    tree.said = { summary: "chunk", parts };
    const joined = chunks(tree, file, parts);
    const size = joined.length;
    if (/^0+[;\r\n]/.test(decodeText(tree.reader.bytes.subarray(0, 32)))) state.body = undefined;
    const text = content.codings.length === 0 ? contentText(joined, content.type) : undefined;
    return {
      summary: size === 0 ? "the last chunk" : `chunk, ${counted(size, "octet")}`,
      ...(text === undefined ? {} : { text }),
      parts,
    };
  }
}

/** Targets that HTTP knows (RFC 9112 3.2). Others have methods of the same names: SIP, RTSP, NATS ("CONNECT {"). */
const TARGET = /^\S+ +(\/|https?:\/\/|[^\s\/{]+:\d)/i;

function detect(bytes: Uint8Array): Guess {
  const guess = startsWith(bytes, [...METHODS, "HTTP/1."]);
  if (guess !== "yes" || bytes[4] === 0x2f) return guess;
  const line = decodeText(bytes.subarray(0, 1024));
  const end = line.indexOf("\n");
  if (end !== -1) return / HTTP\/\d(\.\d)?\s*$/.test(line.slice(0, end)) ? "yes" : "no";
  if (TARGET.test(line)) return "yes";
  return bytes.length < 64 ? "maybe" : "no";
}

export const HTTP1: Protocol = {
  name: "http",
  title: "HTTP/1",
  ref: "RFC 9112",
  tcp: [80, 8080, 3128, 8000, 8008, 8888, 5985, 631],
  detect,
  sideOf: (bytes) => startsWith(bytes, ["HTTP/"]) === "yes" ? "server" : "client",
  stream: (_ports, note) => new Http1(note),
};

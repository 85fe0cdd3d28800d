// Where the bodies of HTTP messages end. Pure. RFC 9112, 6 (message bodies) and 7.1 (chunks).
import { latin1 } from "../../base/bytes.ts";
import { field, type HttpHead, HttpRefusal, parseField, statusOf } from "./request.ts";

const CRLF = latin1("\r\n");

/** How the body of a message ends (RFC 9112, 6.3). */
export type BodyLength = number | "chunked" | "close";

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
  if (length !== undefined) throw new HttpRefusal("400 Bad Request", "Transfer-Encoding and Content-Length");
  const codings = coding.toLowerCase().split(/[ \t]*,[ \t]*/);
  if (codings.indexOf("chunked") !== codings.length - 1) {
    throw new HttpRefusal("400 Bad Request", "Transfer-Encoding does not end with one chunked");
  }
  if (codings.length > 1) {
    throw new HttpRefusal("501 Not Implemented", "This proxy takes no Transfer-Encoding but chunked");
  }
  return "chunked";
}

/** How a response's body ends (RFC 9112, 6.3), for the method that was asked. A `FormatError` when nobody can tell. */
export function responseBody(head: HttpHead, method: string): BodyLength {
  const status = statusOf(head);
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
  const coding = field(head, "transfer-encoding");
  if (coding !== undefined) return /(^|,)\s*chunked\s*$/i.test(coding) ? "chunked" : "close";
  return contentLength(head) ?? "close";
}

/** Who reads the chunks of a body: what a `strict` reader takes, every reader takes in the same way. */
type Strictness = "strict" | "lenient";

/** Trailers that would change how a message is read, in lower case (RFC 9110, 6.5.1). */
const NO_TRAILERS = ["content-length", "transfer-encoding", "trailer", "connection", "host"];

/**
 * A body on its way: finds its end in the octets as they come, and gives what the next hop gets for them. Chunks are made
 * anew (RFC 9112, 7.1), so that nobody there finds another end than we do; a request's are read strictly all the same, because
 * whoever sent them may stand for others.
 */
export class BodyPass {
  /** Whether the whole body has been seen. */
  done: boolean;
  #left: number;
  readonly #chunked: boolean;
  readonly #strict: boolean;
  readonly #plain: boolean;
  readonly #dropped: ReadonlySet<string>;
  #state: "size" | "data" | "data-end" | "trailer" = "size";
  #line = "";
  readonly #trailers: string[] = [];

  /** `plain`: chunks go on without their framing. `dropped`: trailers that do not go on, in lower case. */
  constructor(length: BodyLength, strictness: Strictness, dropped: ReadonlySet<string>, plain = false) {
    this.#chunked = length === "chunked";
    this.#strict = strictness === "strict";
    this.#plain = plain;
    this.#dropped = dropped;
    this.#left = length === "close" ? Infinity : length === "chunked" ? 0 : length;
    this.done = length === 0;
  }

  /**
   * How many of `bytes` belong to the body; when that is fewer than all, or `done`, it is over. `out` gets what goes on, which
   * may be parts of `bytes`. An `HttpRefusal` where a chunk is broken.
   */
  take(bytes: Uint8Array, out: Uint8Array[]): number {
    if (this.done) return 0;
    if (!this.#chunked) {
      const count = Math.min(this.#left, bytes.length);
      this.#left -= count;
      this.done = this.#left === 0;
      out.push(bytes.subarray(0, count));
      return count;
    }
    const data: Uint8Array[] = this.#plain ? out : [];
    let at = 0, total = 0;
    while (at < bytes.length && !this.done) {
      if (this.#state === "data") {
        const count = Math.min(this.#left, bytes.length - at);
        data.push(bytes.subarray(at, at + count));
        total += count;
        at += count;
        this.#left -= count;
        if (this.#left === 0) this.#state = "data-end";
        continue;
      }
      const octet = bytes[at++]!;
      if (octet !== 0x0a) {
        this.#line += String.fromCharCode(octet);
        if (this.#line.length > 8192) throw broken("A chunk header is endless");
        continue;
      }
      const line = this.#line;
      this.#line = "";
      if (this.#strict && !/^[^\r]*\r$/.test(line)) throw broken("A line of a chunk does not end in CR LF");
      this.#lineEnds(line.replace(/\r$/, ""));
    }
    if (this.#plain) return at;
    // However small the chunks were: what came together goes on together.
    if (total > 0) out.push(latin1(`${total.toString(16)}\r\n`), ...data, CRLF);
    if (this.done) out.push(latin1(`0\r\n${this.#trailers.join("")}\r\n`));
    return at;
  }

  #lineEnds(line: string): void {
    if (this.#state === "size") {
      const match = /^([0-9a-f]{1,12})([ \t]*)(;.*)?$/i.exec(line);
      if (match === null || (this.#strict && match[2] !== "" && match[3] === undefined)) {
        throw broken("A chunk size is malformed");
      }
      this.#left = parseInt(match[1]!, 16);
      this.#state = this.#left === 0 ? "trailer" : "data";
    } else if (this.#state === "data-end") {
      if (line !== "") throw broken("A chunk is longer than it says");
      this.#state = "size";
    } else if (line === "") this.done = true;
    else this.#trailer(line);
  }

  #trailer(line: string): void {
    let name: string;
    try {
      name = parseField(line)[0].toLowerCase();
    } catch (error) {
      if (this.#strict) throw error;
      return;
    }
    if (!this.#dropped.has(name) && !NO_TRAILERS.includes(name)) this.#trailers.push(`${line}\r\n`);
  }
}

function broken(message: string): HttpRefusal {
  return new HttpRefusal("400 Bad Request", message);
}

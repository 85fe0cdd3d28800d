// One forwarded request and its response, between a client and an origin (RFC 9112). No I/O of its own.
import { concat } from "../../base/bytes.ts";
import { FormatError, ProtocolError } from "../../base/errors.ts";
import type { Stream } from "../../stream/stream.ts";
import { Pace } from "../policy/pace.ts";
import type { Running } from "../session.ts";
import type { Ended, FirstRead } from "../carrying/tunnel.ts";
import { BodyPass, responseBody } from "./body.ts";
import { clientHead, hopByHop, takesMore, undoesChunks } from "./heads.ts";
import { type HttpHead, HttpRefusal, type HttpRequest, parseResponseHead, statusOf } from "./request.ts";

const BLOCK = 64 * 1024;

/** One forwarded request and its response. */
export class Exchange implements Running {
  sent = 0;
  received = 0;
  seen = -1;
  seenAt = 0;
  ended: Ended = "target";
  /** What is wrong with the request's body. */
  broken: HttpRefusal | undefined;
  /** The client was told that it may go on. */
  keeps = false;
  /** The origin has said something. */
  heard = false;
  /** The origin can be asked again on the same connection. */
  takesMore = false;
  /** The whole request has been sent. */
  #whole = false;
  /** What was read of the client since. */
  next: FirstRead | undefined;
  readonly #client: Stream;
  readonly #origin: Stream;
  readonly #hurry: (stream: Stream) => void;
  readonly #hurried = { up: false, down: false };
  readonly #upPace: Pace | undefined;
  readonly #downPace: Pace | undefined;

  /**
   * `rate`: octets per second in each direction; 0 for any number. `hurry`: called when small segments on a stream must not
   * wait for acknowledgements any more (TCP_NODELAY): with its second write, or the first where it was `busy` before.
   */
  constructor(client: Stream, origin: Stream, rate: number, hurry: (stream: Stream) => void, busy: boolean) {
    this.#client = client;
    this.#origin = origin;
    this.#hurry = hurry;
    if (busy) this.#hasten("down");
    if (rate > 0) [this.#upPace, this.#downPace] = [new Pace(rate), new Pace(rate)];
  }

  stop(why: Ended): void {
    if (this.ended !== "target") return;
    this.ended = why;
    this.#upPace?.stop();
    this.#downPace?.stop();
    void this.#origin.close();
    // A client that waits for an answer can still be told that there is none.
    if (why !== "idle" || this.received > 0) void this.#client.close();
  }

  #hasten(way: "up" | "down"): void {
    if (this.#hurried[way]) return;
    this.#hurried[way] = true;
    this.#hurry(way === "up" ? this.#origin : this.#client);
  }

  async #up(bytes: Uint8Array, last = false): Promise<void> {
    if (this.sent > 0) this.#hasten("up");
    await this.#origin.write(bytes);
    this.sent += bytes.length;
    this.#whole = last;
    await this.#upPace?.take(bytes.length);
  }

  /** Sends a part of the body; whether the origin takes it: if it does not, it may have answered already. */
  async #takes(bytes: Uint8Array, last: boolean): Promise<boolean> {
    try {
      await this.#up(bytes, last);
      return true;
    } catch {
      return false;
    }
  }

  async #down(bytes: Uint8Array): Promise<void> {
    if (this.received > 0) this.#hasten("down");
    try {
      await this.#client.write(bytes);
    } catch (error) {
      if (this.ended === "target") this.ended = "client";
      throw error;
    }
    this.received += bytes.length;
    await this.#downPace?.take(bytes.length);
  }

  /** Sends the request's head. */
  head(bytes: Uint8Array): Promise<void> {
    return this.#up(bytes);
  }

  /**
   * Sends the request's body, as far as the origin takes it; what the client sends after that is not for this origin.
   */
  async request(body: BodyPass, first: FirstRead): Promise<void> {
    try {
      let { data, count: pending } = first;
      let buffer = first.buffer;
      this.#whole = body.done;
      while (!body.done) {
        if (data === undefined) {
          const count = await (pending ?? this.#client.read(buffer));
          if (count === null) throw new HttpRefusal("400 Bad Request", "The request ends before its body does");
          data = buffer.subarray(0, count);
          pending = undefined;
        }
        const out: Uint8Array[] = [];
        const length = body.take(data, out);
        if (out.length > 0 && !await this.#takes(joined(out), body.done)) {
          data = undefined;
          break;
        }
        data = length < data.length ? data.slice(length) : undefined;
        // The read that is pending goes into the buffer that it began with.
        if (pending === undefined && buffer.length < BLOCK) {
          buffer = new Uint8Array(Math.min(BLOCK, this.#upPace?.block ?? BLOCK));
        }
      }
      // One read is always pending, so that it is noticed when the client leaves; what it brings is the next request's.
      if (data === undefined) pending ??= this.#client.read(buffer);
      pending?.catch(() => this.stop("client"));
      this.next = { buffer, ...data === undefined ? {} : { data }, ...pending === undefined ? {} : { count: pending } };
    } catch (error) {
      // The origin must not wait for the rest of it, and the client can still be told.
      if (error instanceof HttpRefusal) {
        this.broken = error;
        return await this.#origin.close();
      }
      // The client has gone: nothing more to be had from either side.
      this.stop("client");
    }
  }

  /**
   * Passes the response on; `true` when both sides go on in another protocol, which `mayChange` allows. A `ProtocolError`
   * while nothing of it has been sent. `keeps`: whether the client can go on with the connection, as far as the request says.
   */
  async response(
    request: HttpRequest,
    mayChange: boolean,
    keeps: () => boolean,
    waiting?: FirstRead,
  ): Promise<boolean> {
    let have: Uint8Array = new Uint8Array(0);
    let pending = waiting?.count;
    const buffer = new Uint8Array(Math.min(BLOCK, this.#downPace?.block ?? BLOCK));
    const head = async (): Promise<HttpHead> => {
      for (;;) {
        const parsed = readable(() => parseResponseHead(have));
        if (parsed !== undefined) {
          have = have.subarray(parsed.size);
          readable(() => statusOf(parsed.value));
          return parsed.value;
        }
        const from = pending === undefined ? buffer : waiting!.buffer;
        const count = await (pending ?? this.#origin.read(buffer));
        pending = undefined;
        if (count === null) throw new ProtocolError("The origin closed the connection before its response");
        this.heard = true;
        have = concat([have, from.subarray(0, count)]);
      }
    };
    let response = await head();
    if (waiting !== undefined && statusOf(response) === 408) {
      // It had given up waiting when the request was on its way (RFC 9110, 15.5.9): as if it had just left.
      this.heard = false;
      throw new ProtocolError("The origin has waited too long");
    }
    while (statusOf(response) < 200) {
      const changes = statusOf(response) === 101;
      if (changes && !mayChange) throw new ProtocolError("The origin changes the protocol unasked");
      // HTTP/1.0 knows of no interim responses (RFC 9110, 15.2).
      if (request.version !== "1.0") await this.#down(clientHead(response, request));
      if (changes) {
        this.#origin.unread(have);
        return true;
      }
      response = await head();
    }
    const length = readable(() => responseBody(response, request.method));
    this.keeps = length !== "close" && this.#whole && keeps();
    // What is there is sent together: of two small writes the second may wait for an acknowledgement of the first.
    const out: Uint8Array[] = [clientHead(response, request, this.keeps)];
    const flush = async () => {
      if (out.length > 0) await this.#down(joined(out.splice(0)));
    };
    const body = new BodyPass(length, "lenient", hopByHop(response), undoesChunks(response, request));
    while (!body.done) {
      if (have.length === 0) {
        await flush();
        const count = await this.#origin.read(buffer);
        if (count === null) {
          if (length !== "close") {
            throw new ProtocolError("The origin closed the connection before the end of its response");
          }
          return false;
        }
        have = buffer.subarray(0, count);
      }
      const taken = readable(() => body.take(have, out));
      have = have.subarray(taken);
    }
    await flush();
    // Whoever says more than its response is not to be trusted with another request.
    this.takesMore = length !== "close" && have.length === 0 && takesMore(response);
    return false;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : concat(parts);
}

/** What is read of a response; a `ProtocolError` for what cannot be: the client is not to blame. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ProtocolError(`The origin's response is not to be read: ${error.message}`, { cause: error });
  }
}

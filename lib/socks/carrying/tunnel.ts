// Both directions of a proxied connection. Pure.
// What `carry` of lib/stream does, made for thousands of them: counters that can be looked at while it runs (idle limit
// and metrics need no timer and no clock per connection), small pooled buffers, a first read that began before the
// connection was there, a limit of octets per second.
import type { Bytes } from "../../base/bytes.ts";
import type { Stream } from "../../stream/stream.ts";
import { readWhenStuck } from "../../stream/stuck.ts";
import { Pace } from "../policy/pace.ts";

const SMALL = 4 * 1024;
const LARGEST = 256 * 1024;
/** As `LARGEST`, where a limit of octets per second makes larger reads useless. */
const LARGEST_PACED = 32 * 1024;
const POOL_LIMIT = 256;
const pool: Bytes[] = [];

/** A buffer to read into; give it back with `returnBuffer` when no read is pending on it. */
export function takeBuffer(): Bytes {
  return pool.pop() ?? new Uint8Array(SMALL);
}

/** Takes a buffer back. What it held may be seen by whoever takes it next, so only counts from reads may be trusted. */
function returnBuffer(buffer: Bytes): void {
  if (buffer.length === SMALL && pool.length < POOL_LIMIT) pool.push(buffer);
}

/** What was read, and a read that began, before the tunnel did. */
export interface FirstRead {
  /** Octets that come first. */
  readonly data?: Bytes;
  readonly buffer: Bytes;
  /** The read that is pending on `buffer`. */
  readonly count?: Promise<number | null>;
}

/** Who or what ended a connection. */
export type Ended = "client" | "target" | "idle" | "shutdown" | "error" | "refused" | "timeout";

/** Whether a failed read or write only says that the peer has gone. */
function isHangUp(error: unknown): boolean {
  return error instanceof Error &&
    ["BrokenPipe", "ConnectionReset", "ConnectionAborted", "NotConnected", "BadResource", "Interrupted"].includes(
      error.name,
    );
}

/** Whether the peer has broken the connection off: what it said last may not be all. */
export function isReset(error: unknown): boolean {
  return error instanceof Error && error.name === "ConnectionReset";
}

/** What a tunnel can have done to its streams; optional, for it goes on without. */
export interface TunnelMeans {
  /** Has small segments to a side sent at once (TCP_NODELAY); short connections never need it. */
  hurry?(side: "client" | "target"): void;
  /** Closes the client's connection by a reset; `false` where that cannot be. */
  reset?(): Promise<boolean>;
}

/** A direction: to the target, or to the client. */
type Way = "up" | "down";

/** A running connection between `client` and `target`. */
export class Tunnel {
  readonly client: Stream;
  readonly target: Stream;
  /** Octets from client to target, and back. */
  sent = 0;
  received = 0;
  /** What the idle watch saw last, and when. */
  seen = -1;
  seenAt = 0;
  /** When one side has gone and the other takes nothing for so long, what that says is read and dropped. Default: 5 s. */
  stuckMs: number | undefined;
  /** A write to the target, to the client is under way. */
  #writing = { up: false, down: false };
  #unwatch: (() => void) | undefined;
  #ended: Ended | undefined;
  #error: unknown;
  #directions = 2;
  readonly #upPace: Pace | undefined;
  readonly #downPace: Pace | undefined;
  readonly #means: TunnelMeans;
  #targetReset = false;

  /** `rate`: octets per second in each direction; 0 for any number. */
  constructor(client: Stream, target: Stream, rate = 0, means: TunnelMeans = {}) {
    this.client = client;
    this.target = target;
    if (rate > 0) [this.#upPace, this.#downPace] = [new Pace(rate), new Pace(rate)];
    this.#means = means;
  }

  /** Who ended it first. */
  get ended(): Ended {
    return this.#ended ?? "client";
  }

  /** What failed, with `ended: "error"`. */
  get error(): unknown {
    return this.#error;
  }

  /** Ends both directions at once. */
  stop(why: Ended): void {
    this.#ended ??= why;
    this.#upPace?.stop();
    this.#downPace?.stop();
    void this.client.close();
    void this.target.close();
  }

  /**
   * Carries until both directions have ended, then closes both streams. End-of-file on one side becomes end-of-file on
   * the other, and the opposite direction goes on. Never throws.
   */
  async run(first?: FirstRead): Promise<void> {
    const up = this.#copy("up", first);
    const down = this.#copy("down");
    await up;
    await down;
    this.#unwatch?.();
    void this.client.close();
    void this.target.close();
  }

  /** Tells the client that the target has broken off: by a reset, where there was one and it can be, or by an end. */
  async #breakOff(): Promise<void> {
    if (this.#targetReset && await this.#means.reset?.()) return;
    await this.client.closeWrite().catch(() => {});
  }

  async #copy(way: Way, first?: FirstRead): Promise<void> {
    const up = way === "up";
    const from = up ? this.client : this.target, to = up ? this.target : this.client;
    const pace = up ? this.#upPace : this.#downPace;
    let buffer = first === undefined ? takeBuffer() : first.buffer;
    let reading = true;
    let hurry = this.#means.hurry !== undefined;
    try {
      if (first?.data !== undefined) {
        reading = false;
        this.#writing[way] = true;
        await to.write(first.data);
        this.#writing[way] = false;
        this.sent += first.data.length;
        await pace?.take(first.data.length);
      }
      let pending = first?.count;
      for (;;) {
        reading = true;
        const count = await (pending ?? from.read(
          pace === undefined ? buffer : buffer.subarray(0, Math.min(buffer.length, pace.block)),
        ));
        pending = undefined;
        reading = false;
        if (count === null) break;
        // Towards the client something is always under way before: the reply. Towards the target from the second on.
        if (hurry && (up ? this.sent > 0 : this.sent === 0 || this.received > 0)) {
          this.#means.hurry!(up ? "target" : "client");
          hurry = false;
        }
        this.#writing[way] = true;
        await to.write(count === buffer.length ? buffer : buffer.subarray(0, count));
        this.#writing[way] = false;
        if (up) this.sent += count;
        else this.received += count;
        if (pace === undefined) buffer = fitting(buffer, count);
        else {
          await pace.take(count);
          if (buffer.length < Math.min(pace.block, LARGEST_PACED)) buffer = new Uint8Array(LARGEST_PACED);
        }
      }
      this.#ended ??= up ? "client" : "target";
      if (!up && this.#targetReset) await this.#breakOff();
      // Where this was the last direction, closing says it too.
      else if (this.#directions === 2) await to.closeWrite();
    } catch (error) {
      await this.#failed(way, reading, error);
    }
    this.#directions--;
    returnBuffer(buffer);
  }

  /** A direction has failed while it read, or else while it wrote. */
  async #failed(way: Way, reading: boolean, error: unknown): Promise<void> {
    const up = way === "up", atClient = up === reading;
    if (isHangUp(error)) this.#ended ??= atClient ? "client" : "target";
    else if (this.#ended === undefined) {
      this.#ended = "error";
      this.#error = error;
    }
    if (!atClient && isReset(error)) this.#targetReset = true;
    if (reading) return up ? await this.target.closeWrite().catch(() => {}) : await this.#breakOff();
    // Who takes nothing any more may still have something to say: the other direction goes on to its own end.
    const waiting = () => !this.#writing[up ? "down" : "up"] ? undefined : up ? this.received : this.sent;
    this.#unwatch ??= readWhenStuck(up ? this.client : this.target, new Uint8Array(SMALL), waiting, this.stuckMs);
  }
}

/** The buffer to read into after a read of `count` octets into `buffer`: larger after a full one, smaller when little came. */
function fitting(buffer: Bytes, count: number): Bytes {
  if (count === buffer.length) {
    if (count >= LARGEST) return buffer;
    returnBuffer(buffer);
    return new Uint8Array(buffer.length * 4);
  }
  if (count << 4 >= buffer.length || buffer.length <= SMALL) return buffer;
  return buffer.length === SMALL * 4 ? takeBuffer() : new Uint8Array(buffer.length >> 2);
}

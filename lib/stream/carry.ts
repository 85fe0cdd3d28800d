// Both directions between two streams, until both have ended: the heart of every relay. Pure.
import type { Bytes } from "../base/bytes.ts";
import type { Stream } from "./stream.ts";
import { readWhenStuck } from "./stuck.ts";

/** What can end many connections at once. An `AbortSignal` can too, but looks through all its listeners each time. */
export interface Stop {
  readonly stopped: boolean;
  /** Calls `stop` when it comes to that; gives what forgets it. */
  onStop(stop: () => void): () => void;
}

export interface CarryOptions {
  /** Ends both directions at once. */
  stop?: Stop | undefined;
  /** The same by a signal. */
  signal?: AbortSignal | undefined;
  /**
   * After one side has ended, end the other direction when nothing moved for so long; may depend on who ended, and
   * is asked before anything has. Default: wait for it.
   */
  lingerMs?: number | ((ended: "left" | "right") => number | undefined) | undefined;
  /** End when nothing moved in either direction for so long. Default: never. */
  idleMs?: number | undefined;
  /** Octets of a read. Default: 2 KiB, growing to 1 MiB while reads fill the buffer; 8 KiB that become a datagram. */
  blockSize?: number | undefined;
  /** Octets of a datagram, the rest of which is lost. Default: all that it can have. */
  datagramSize?: number | undefined;
  /** When one side has gone and the other takes nothing for so long, what that says is read and dropped. Default: 5 s. */
  stuckMs?: number | undefined;
  /** Which directions to carry. Default: both. */
  only?: ">" | "<" | undefined;
}

/** How a carried connection went. */
export interface CarryResult {
  /** Octets from left to right, and from right to left. */
  sent: number;
  received: number;
  /** Reads that brought them: blocks, or datagrams. */
  sentBlocks: number;
  receivedBlocks: number;
  /** Which side ended first, or why neither did. */
  ended: "left" | "right" | "idle" | "linger" | "aborted" | "error";
  /** With `ended: "error"`: what failed. */
  error?: unknown;
  /** With `error`: the side that failed. */
  side?: "left" | "right";
  /** A side that had gone when something was written to it, which is no error here, and how that was said. */
  gone?: { readonly side: "left" | "right"; readonly error: unknown };
}

/** A connection that waits holds two of these, so they are small; most short messages fit. */
const FIRST_BUFFER = 2 * 1024;
const SECOND_BUFFER = 16 * 1024;
const LARGEST_BUFFER = 1024 * 1024;
const DATAGRAM_BUFFER = 64 * 1024;
/** What is read at once where it becomes a datagram: socat's figure, on which its users count. */
const MADE_DATAGRAM = 8 * 1024;
/** Reads in a row that fill less than an eighth of the buffer before it shrinks. */
const SHRINK_AFTER = 64;

/** First buffers that connections have left behind: making and clearing one costs more than all else of a short connection. */
const spare: Bytes[] = [];
const MOST_SPARE = 64;

function firstBuffer(): Bytes {
  return spare.pop() ?? new Uint8Array(FIRST_BUFFER);
}

class SideError {
  constructor(readonly side: "left" | "right", readonly error: unknown) {}
}

/**
 * Copies from `left` to `right` and back. End-of-file on one side becomes end-of-file on the other while the opposite
 * direction goes on. Both streams are closed when it returns. Never throws: what failed is in the result.
 */
export async function carry(left: Stream, right: Stream, options: CarryOptions = {}): Promise<CarryResult> {
  const result: CarryResult = { sent: 0, received: 0, sentBlocks: 0, receivedBlocks: 0, ended: "left" };
  const linger = (ended: "left" | "right") =>
    typeof options.lingerMs === "function" ? options.lingerMs(ended) : options.lingerMs;
  // Looking at the clock costs a connection of two short messages more than carrying them.
  const timed = options.idleMs !== undefined || linger("left") !== undefined || linger("right") !== undefined;
  let moved = timed ? performance.now() : 0;
  let first: "left" | "right" | undefined;
  let failedWrite: SideError | undefined;
  let over = false;
  // One promise for all that may end it: what each pending promise costs, thousands of idle connections pay.
  const { promise: end, resolve: stop, reject: fail } = Promise.withResolvers<CarryResult["ended"] | undefined>();

  /** A write to this side is under way. */
  const writing = { left: false, right: false };
  let unwatch: (() => void) | undefined;

  const copy = async (from: Stream, to: Stream, side: "left" | "right"): Promise<void> => {
    const other = side === "left" ? "right" : "left";
    const blockSize = options.blockSize ?? (to.kind === "datagrams" ? MADE_DATAGRAM : undefined);
    const adaptive = blockSize === undefined;
    let size = blockSize ?? FIRST_BUFFER;
    let buffer: Bytes = adaptive ? firstBuffer() : new Uint8Array(size);
    let small = 0;
    for (;;) {
      let count: number | null;
      try {
        count = await from.read(buffer);
      } catch (error) {
        throw new SideError(side, error);
      }
      if (over) return;
      if (timed) moved = performance.now();
      try {
        if (count === null) {
          // Nobody reads or writes this buffer any more.
          if (buffer.length === FIRST_BUFFER && spare.length < MOST_SPARE) spare.push(buffer);
          // When both sides have ended, both are closed right away, which says the same.
          if (first !== undefined && first !== side && to.closeEndsWriting) return;
          first ??= side;
          await to.closeWrite();
          return;
        }
        writing[other] = true;
        await to.write(count === buffer.length ? buffer : buffer.subarray(0, count));
        writing[other] = false;
      } catch (error) {
        // Who takes nothing any more may still have something to say: the other direction goes on to its own end.
        failedWrite ??= new SideError(other, error);
        if (writing[other] && isHangUp(error)) result.gone ??= { side: other, error };
        first ??= other;
        unwatch ??= readWhenStuck(
          from,
          buffer,
          () => !writing[side] ? undefined : side === "left" ? result.received : result.sent,
          options.stuckMs,
        );
        return;
      }
      if (timed) moved = performance.now();
      if (side === "left") {
        result.sent += count;
        result.sentBlocks++;
      } else {
        result.received += count;
        result.receivedBlocks++;
      }
      if (!adaptive) continue;
      if (count === size && size < LARGEST_BUFFER) {
        size = size === FIRST_BUFFER ? SECOND_BUFFER : size * 4;
        if (size > LARGEST_BUFFER) size = LARGEST_BUFFER;
        buffer = new Uint8Array(size);
        small = 0;
      } else if (size > FIRST_BUFFER && count < size / 8) {
        if (++small >= SHRINK_AFTER) {
          size = FIRST_BUFFER;
          buffer = firstBuffer();
          small = 0;
        }
      } else small = 0;
    }
  };

  /** Datagrams, which are passed on at once when they arrive. */
  const copyDatagrams = async (from: Stream, to: Stream, side: "left" | "right"): Promise<void> => {
    const other = side === "left" ? "right" : "left";
    let writing: SideError | undefined;
    const carried = (count: number) => {
      if (timed) moved = performance.now();
      if (side === "left") {
        result.sent += count;
        result.sentBlocks++;
      } else {
        result.received += count;
        result.receivedBlocks++;
      }
    };
    const failed = (error: unknown) => {
      throw writing = new SideError(other, error);
    };
    const take = (datagram: Uint8Array): Promise<void> | void => {
      if (over) return;
      try {
        const pending = to.put(datagram);
        if (pending === undefined) return carried(datagram.length);
        if (timed) moved = performance.now();
        const { length } = datagram;
        return pending.then(() => carried(length), failed);
      } catch (error) {
        failed(error);
      }
    };
    try {
      await from.each(take, options.datagramSize ?? DATAGRAM_BUFFER);
      if (over) return;
      if (first !== undefined && first !== side && to.closeEndsWriting) return;
      first ??= side;
    } catch (error) {
      if (over) return;
      if (writing === undefined) throw new SideError(side, error);
      failedWrite ??= writing;
      first ??= other;
      return;
    }
    try {
      await to.closeWrite();
    } catch (error) {
      failedWrite ??= new SideError(other, error);
      first ??= other;
    }
  };

  const timers = !timed ? undefined : watch(
    () => ({ since: moved, limit: first === undefined ? options.idleMs : least(options.idleMs, linger(first)) }),
    () => stop(first === undefined ? "idle" : "linger"),
  );
  const onAbort = () => stop("aborted");
  if (options.signal?.aborted || options.stop?.stopped) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  const forget = options.stop?.onStop(onAbort);

  let open = options.only === undefined ? 2 : 1;
  const directionEnded = () => {
    if (--open === 0) stop(undefined);
    // The end of the first direction may start a shorter time limit.
    else timers?.rearm();
  };
  const start = (from: Stream, to: Stream, side: "left" | "right") =>
    (from.kind === "datagrams" ? copyDatagrams : copy)(from, to, side).then(directionEnded, fail);
  if (options.only !== "<") start(left, right, "left");
  if (options.only !== ">") start(right, left, "right");

  try {
    result.ended = await end ?? first ?? "left";
    if (failedWrite !== undefined && !isHangUp(failedWrite.error)) throw failedWrite;
  } catch (error) {
    result.ended = "error";
    result.error = error instanceof SideError ? error.error : error;
    if (error instanceof SideError) result.side = error.side;
  } finally {
    over = true;
    timers?.stop();
    unwatch?.();
    options.signal?.removeEventListener("abort", onAbort);
    forget?.();
    await Promise.all([left.close(result.error), right.close(result.error)]);
  }
  return result;
}

/** Whether what failed only says that the peer has gone. */
export function isHangUp(error: unknown): boolean {
  return error instanceof Error && ["BrokenPipe", "ConnectionReset", "ConnectionAborted"].includes(error.name);
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

/** One timer that looks at the clock again when it fires, instead of one for every chunk. */
function watch(state: () => { since: number; limit: number | undefined }, expired: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // The runtime takes 10 ms to make its timers ready, for ending none as well.
  const stop = () => timer === undefined ? undefined : clearTimeout(timer);
  const rearm = () => {
    stop();
    const { since, limit } = state();
    if (limit === undefined) return;
    const left = since + limit - performance.now();
    if (left <= 0) expired();
    else timer = setTimeout(rearm, left);
  };
  rearm();
  return { rearm, stop };
}

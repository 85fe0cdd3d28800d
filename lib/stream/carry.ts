// Both directions between two streams, until both have ended: the heart of every relay. Pure.
import { ReadBuffer } from "./read_buffer.ts";
import { LARGEST_DATAGRAM } from "./rooms.ts";
import type { Stream } from "./stream.ts";
import { readWhenStuck } from "./stuck.ts";

/** What can end many connections at once. An `AbortSignal` can too, but looks through all its listeners each time. */
export interface Stop {
  readonly stopped: boolean;
  /** Calls `stop` when it comes to that; gives what forgets it. */
  onStop(stop: () => void): () => void;
}

/** When carrying ends, and how much is read at once. */
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
  /** Told at once when one side is at end-of-file. */
  onEnd?: ((side: "left" | "right") => void) | undefined;
  /** What is carried counts here too, as it goes. */
  totals?: Carried | undefined;
}

/** How much was carried. */
export interface Carried {
  /** Octets from left to right, and from right to left. */
  sent: number;
  received: number;
  /** Reads that brought them: blocks, or datagrams. */
  sentBlocks: number;
  receivedBlocks: number;
}

/** How a carried connection went. */
export interface CarryResult extends Carried {
  /** Which side ended first, or why neither did. */
  ended: "left" | "right" | "idle" | "linger" | "aborted" | "error";
  /** With `ended: "error"`: what failed. */
  error?: unknown;
  /** With `error`: the side that failed. */
  side?: "left" | "right";
  /** A side that had gone when something was written to it, which is no error here, and how that was said. */
  gone?: { readonly side: "left" | "right"; readonly error: unknown };
}

/** What is read at once where it becomes a datagram: socat's figure, on which its users count. */
const MADE_DATAGRAM = 8 * 1024;

/** What the other side has ready takes this long at most to come from the thread that reads it, also with `lingerMs: 0`. */
const LEAST_LINGER_MS = 50;

type Side = "left" | "right";

const otherSide = (side: Side): Side => side === "left" ? "right" : "left";

class SideError {
  constructor(readonly side: Side, readonly error: unknown) {}
}

/**
 * Copies from `left` to `right` and back. End-of-file on one side becomes end-of-file on the other while the opposite
 * direction goes on. Both streams are closed when it returns. Never throws: what failed is in the result.
 */
export async function carry(left: Stream, right: Stream, options: CarryOptions = {}): Promise<CarryResult> {
  const run = new Carrying(options);
  const { result } = run;
  // One promise for all that may end it: what each pending promise costs, thousands of idle connections pay.
  const { promise: end, resolve: stop, reject: fail } = Promise.withResolvers<CarryResult["ended"] | undefined>();

  const timers = !run.timed ? undefined : watch(
    () => ({ since: run.moved, limit: run.limitMs() }),
    () => stop(run.first === undefined ? "idle" : "linger"),
  );
  const onAbort = () => stop("aborted");
  if (options.signal?.aborted || options.stop?.stopped) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  const forget = options.stop?.onStop(onAbort);
  left.broken?.catch((error) => fail(new SideError("left", error)));
  right.broken?.catch((error) => fail(new SideError("right", error)));

  let open = options.only === undefined ? 2 : 1;
  const directionEnded = () => {
    if (--open === 0) stop(undefined);
    // The end of the first direction may start a shorter time limit.
    else timers?.rearm();
  };
  const start = (from: Stream, to: Stream, side: Side) => {
    if (to.takesNothing) return;
    // Where this is all that is carried, all would be lost.
    const copy = to.readOnly && options.only !== undefined
      ? refuseAll
      : from.kind === "datagrams"
      ? copyDatagrams
      : copyBlocks;
    const copied = copy(run, from, to, side);
    const ended = to.gone === undefined
      ? copied
      : Promise.race([copied, to.gone.then(() => void (run.first ??= otherSide(side)))]);
    ended.then(directionEnded, fail);
  };
  if (options.only !== "<") start(left, right, "left");
  if (options.only !== ">") start(right, left, "right");

  try {
    result.ended = await end ?? run.first ?? "left";
    if (run.failedWrite !== undefined && !isHangUp(run.failedWrite.error)) throw run.failedWrite;
  } catch (error) {
    result.ended = "error";
    result.error = error instanceof SideError ? error.error : error;
    if (error instanceof SideError) result.side = error.side;
  } finally {
    run.over = true;
    timers?.stop();
    run.unwatch?.();
    options.signal?.removeEventListener("abort", onAbort);
    forget?.();
    await Promise.all([left.close(result.error), right.close(result.error)]);
  }
  return result;
}

/** One more block or datagram of `side`. */
function count(carried: Carried, side: Side, octets: number): void {
  if (side === "left") {
    carried.sent += octets;
    carried.sentBlocks++;
  } else {
    carried.received += octets;
    carried.receivedBlocks++;
  }
}

/** What the two directions of a connection share. */
class Carrying {
  readonly result: CarryResult = { sent: 0, received: 0, sentBlocks: 0, receivedBlocks: 0, ended: "left" };
  /** The side that ended first. */
  first: Side | undefined;
  failedWrite: SideError | undefined;
  /** Nothing is carried any more. */
  over = false;
  /** A write to this side is under way. */
  readonly writing = { left: false, right: false };
  /** Ends the watch over a side that nobody reads from. */
  unwatch: (() => void) | undefined;
  /** Looking at the clock costs a connection of two short messages more than carrying them. */
  readonly timed: boolean;
  /** When something moved last, where that is `timed`. */
  moved = 0;

  constructor(readonly options: CarryOptions) {
    this.timed = options.idleMs !== undefined || this.#lingerMs("left") !== undefined ||
      this.#lingerMs("right") !== undefined;
    this.moves();
  }

  moves(): void {
    if (this.timed) this.moved = performance.now();
  }

  /** A block or datagram of `side` has gone on to the other one. */
  carried(side: Side, octets: number): void {
    this.moves();
    count(this.result, side, octets);
    if (this.options.totals !== undefined) count(this.options.totals, side, octets);
  }

  /** End-of-file of `side` goes on to `to`. When both have ended, both are closed right away, which says the same. */
  passEnd(side: Side, to: Stream): Promise<void> | undefined {
    this.options.onEnd?.(side);
    if (this.first === otherSide(side) && to.closeEndsWriting) return undefined;
    this.first ??= side;
    return to.closeWrite();
  }

  /** `side` takes nothing any more. It may still have something to say: that direction goes on to its own end. */
  refused(side: Side, error: unknown): void {
    this.failedWrite ??= new SideError(side, error);
    this.first ??= side;
  }

  /** How long nothing may move. */
  limitMs(): number | undefined {
    const { idleMs } = this.options;
    return this.first === undefined ? idleMs : least(idleMs, this.#lingerMs(this.first));
  }

  #lingerMs(ended: Side): number | undefined {
    const { lingerMs } = this.options;
    const limit = typeof lingerMs === "function" ? lingerMs(ended) : lingerMs;
    return limit === undefined ? undefined : Math.max(limit, LEAST_LINGER_MS);
  }
}

/** Waits for the end of `side`, whose octets or datagrams nobody would take: the first of them is an error. */
async function refuseAll(run: Carrying, from: Stream, to: Stream, side: Side): Promise<void> {
  let count: number | null;
  try {
    count = await from.read(new Uint8Array(1));
  } catch (error) {
    throw new SideError(side, error);
  }
  if (run.over) return;
  if (count === null) return await run.passEnd(side, to);
  throw new SideError(otherSide(side), new Error("Nothing can be written to it: it was opened for reading alone"));
}

/** Carries the octets of `side` until they end, or until the other one takes no more. */
async function copyBlocks(run: Carrying, from: Stream, to: Stream, side: Side): Promise<void> {
  const other = otherSide(side);
  const { result, writing, options } = run;
  const buffer = new ReadBuffer(options.blockSize ?? (to.kind === "datagrams" ? MADE_DATAGRAM : undefined));
  for (;;) {
    let count: number | null;
    try {
      count = await from.read(buffer.bytes);
    } catch (error) {
      throw new SideError(side, error);
    }
    if (run.over) return;
    run.moves();
    const { bytes } = buffer;
    try {
      if (count === null) {
        buffer.leave();
        await run.passEnd(side, to);
        return;
      }
      writing[other] = true;
      await to.write(count === bytes.length ? bytes : bytes.subarray(0, count));
      writing[other] = false;
    } catch (error) {
      if (run.over) return;
      run.refused(other, error);
      if (writing[other] && isHangUp(error)) result.gone ??= { side: other, error };
      const progress = () => !writing[side] ? undefined : side === "left" ? result.received : result.sent;
      run.unwatch ??= readWhenStuck(from, bytes, progress, options.stuckMs);
      return;
    }
    run.carried(side, count);
    buffer.fit(count);
  }
}

/** Carries the datagrams of `side`, which are passed on at once when they arrive. */
async function copyDatagrams(run: Carrying, from: Stream, to: Stream, side: Side): Promise<void> {
  const other = otherSide(side);
  let refusal: { error: unknown } | undefined;
  const failed = (error: unknown) => {
    refusal = { error };
    throw error;
  };
  const take = (datagram: Uint8Array): Promise<void> | void => {
    if (run.over) return;
    try {
      const pending = to.put(datagram);
      if (pending === undefined) return run.carried(side, datagram.length);
      run.moves();
      const { length } = datagram;
      return pending.then(() => run.carried(side, length), failed);
    } catch (error) {
      failed(error);
    }
  };
  try {
    await from.each(take, run.options.datagramSize ?? LARGEST_DATAGRAM);
  } catch (error) {
    if (run.over) return;
    if (refusal === undefined) throw new SideError(side, error);
    return run.refused(other, refusal.error);
  }
  if (run.over) return;
  try {
    await run.passEnd(side, to);
  } catch (error) {
    run.refused(other, error);
  }
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

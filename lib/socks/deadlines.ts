// Many time limits with one timer: what a server with thousands of connections can afford. Pure.
import { LinkedList, type Place } from "../base/linked_list.ts";

/** A time limit that runs; give it to `clear` when it no longer matters. */
export type Deadline = Place<{ readonly at: number; readonly expired: () => void }>;

/** How often deadlines are looked at, in milliseconds. */
const TICK_MS = 100;
/** Ticks without any deadline before the timer stops. */
const IDLE_TICKS = 10;

/**
 * Time limits of any number and few different lengths. One timer runs while any of them does; adding and clearing is
 * constant work, because deadlines of one length expire in the order in which they were added.
 */
export class Deadlines {
  readonly #queues = new Map<number, LinkedList<Deadline["item"]>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = 0;
  /** The time of the last tick: asking the clock for each deadline costs more than the deadline. */
  #now = 0;
  #idleTicks = 0;

  /** Calls `expired` after `ms`, give or take a tenth of a second; 0 means never. */
  add(ms: number, expired: () => void): Deadline | undefined {
    if (ms <= 0) return undefined;
    if (this.#timer === undefined) {
      this.#now = performance.now();
      this.#timer = setInterval(() => this.#tick(), TICK_MS);
    }
    let queue = this.#queues.get(ms);
    if (queue === undefined) this.#queues.set(ms, queue = new LinkedList());
    this.#count++;
    return queue.add({ at: this.#now + ms, expired });
  }

  /** Ends a time limit that `add(ms, …)` gave. */
  clear(ms: number, deadline: Deadline | undefined): void {
    if (deadline !== undefined && this.#queues.get(ms)?.delete(deadline)) this.#count--;
  }

  #tick(): void {
    const now = this.#now = performance.now();
    for (const [ms, queue] of this.#queues) {
      for (let first = queue.first; first !== undefined && first.item.at <= now; first = queue.first) {
        this.clear(ms, first);
        first.item.expired();
      }
      if (queue.size === 0) this.#queues.delete(ms);
    }
    // The timer stays for a while: starting it again for every connection would cost more than letting it tick.
    if (this.#count > 0) this.#idleTicks = 0;
    else if (++this.#idleTicks > IDLE_TICKS) this.stop();
  }

  /** Forgets everything and stops the timer. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#queues.clear();
    this.#count = 0;
    this.#idleTicks = 0;
  }
}

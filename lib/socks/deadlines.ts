// Many time limits with one timer: what a server with thousands of connections can afford. Pure.

/** A time limit that runs; give it to `clear` when it no longer matters. */
export interface Deadline {
  readonly at: number;
  readonly expired: () => void;
}

/** How late a deadline may be noticed at most, in milliseconds. */
const TICK_MS = 100;

/**
 * Time limits of any number and few different lengths. One timer runs while any of them does; adding and clearing is
 * constant work, because deadlines of one length expire in the order in which they were added.
 */
export class Deadlines {
  readonly #queues = new Map<number, Set<Deadline>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = 0;

  /** Calls `expired` after `ms` (or up to a tenth of a second later); 0 means never. */
  add(ms: number, expired: () => void): Deadline | undefined {
    if (ms <= 0) return undefined;
    const deadline = { at: performance.now() + ms, expired };
    let queue = this.#queues.get(ms);
    if (queue === undefined) this.#queues.set(ms, queue = new Set());
    queue.add(deadline);
    this.#count++;
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    return deadline;
  }

  /** Ends a time limit that `add(ms, …)` gave. */
  clear(ms: number, deadline: Deadline | undefined): void {
    if (deadline !== undefined && this.#queues.get(ms)?.delete(deadline)) this.#count--;
  }

  #tick(): void {
    const now = performance.now();
    for (const [ms, queue] of this.#queues) {
      for (const deadline of queue) {
        if (deadline.at > now) break;
        this.clear(ms, deadline);
        deadline.expired();
      }
      if (queue.size === 0) this.#queues.delete(ms);
    }
    if (this.#count === 0) this.stop();
  }

  /** Forgets everything and stops the timer. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#queues.clear();
    this.#count = 0;
  }
}

// Connections as a service: accepting within limits, numbering, stopping with grace. Pure.
// What relay, socks and dump share; what a connection does is given.
import { counted } from "../base/text.ts";
import type { Log } from "../base/log.ts";
import { LinkedList } from "../base/linked_list.ts";
import type { Carried, Stop } from "../stream/carry.ts";
import { shareSignal } from "../stream/conn.ts";

/** What a connection is given to know about itself. */
export interface Seat {
  /** Counts from 1. */
  readonly number: number;
  /** Ends the connection now. */
  readonly stop: Stop;
}

/** Totals since the start. */
export interface Totals extends Carried {
  connections: number;
  failed: number;
}

/** Totals of nothing. */
export function noTotals(): Totals {
  return { connections: 0, failed: 0, sent: 0, received: 0, sentBlocks: 0, receivedBlocks: 0 };
}

/**
 * Serves sources of connections until they end or it is stopped. `stop()` ends accepting and gives running connections
 * `graceMs`; a second `stop()` ends them at once.
 */
export class Service {
  readonly #log: Log;
  readonly #graceMs: number;
  readonly #accepting = new AbortController();
  readonly #active = new LinkedList<Promise<void>>();
  readonly #stops = new LinkedList<() => void>();
  readonly #stop = {
    stopped: false,
    onStop: (stop: () => void) => {
      const place = this.#stops.add(stop);
      return () => void this.#stops.delete(place);
    },
  };
  #graceTimer: ReturnType<typeof setTimeout> | undefined;
  #slotFreed: (() => void) | undefined;
  #number = 0;
  readonly totals: Totals = noTotals();

  constructor(log: Log, graceMs: number) {
    this.#log = log;
    this.#graceMs = graceMs;
    shareSignal(this.#accepting.signal);
  }

  /** Aborted when nothing new is to be accepted or opened. */
  get accepting(): AbortSignal {
    return this.#accepting.signal;
  }

  /** Connections that are open. */
  get active(): number {
    return this.#active.size;
  }

  /** Stops accepting; running connections may finish within the grace period, if there is one. The second call ends them. */
  stop(): void {
    if (this.#accepting.signal.aborted) this.kill();
    else this.#retire("; a second signal ends at once");
  }

  /** Stops accepting, because another takes over. Does nothing the second time. */
  retire(): void {
    if (!this.#accepting.signal.aborted) this.#retire("");
  }

  #retire(hint: string): void {
    if (this.#graceMs === 0) return this.kill();
    this.#accepting.abort();
    this.#slotFreed?.();
    if (this.#active.size === 0) return;
    this.#log.notice(
      `Stopping: ${counted(this.#active.size, "connection")} may finish within ` +
        `${this.#graceMs / 1000} s${hint}`,
    );
    this.#graceTimer = setTimeout(() => this.kill(), this.#graceMs);
  }

  /** Ends everything now. */
  kill(): void {
    if (this.#graceTimer !== undefined) clearTimeout(this.#graceTimer);
    this.#accepting.abort();
    this.#slotFreed?.();
    this.#stop.stopped = true;
    for (const stop of this.#stops.items()) stop();
  }

  /** The seat of one more connection. */
  seat(): Seat {
    this.totals.connections++;
    return { number: ++this.#number, stop: this.#stop };
  }

  /**
   * Runs `handle` for every item of `source`, at most `limit` at once: while all slots are taken nothing is accepted.
   * `handle` owns the item, deals with its own errors, and never throws for one connection's sake: what it throws ends
   * the service. Returns when the source has ended and every connection is over.
   */
  async serve<T>(
    source: AsyncIterable<T>,
    handle: (item: T, seat: Seat) => Promise<void>,
    limit = Infinity,
  ): Promise<void> {
    let failure: { error: unknown } | undefined;
    try {
      for await (const item of source) {
        const over = () => {
          this.#active.delete(place);
          this.#slotFreed?.();
        };
        const place = this.#active.add(
          handle(item, this.seat()).then(over, (error) => {
            failure ??= { error };
            this.kill();
            over();
          }),
        );
        while (this.#active.size >= limit && !this.#accepting.signal.aborted) {
          await new Promise<void>((resolve) => this.#slotFreed = resolve);
        }
      }
    } finally {
      while (this.#active.size > 0) await Promise.all(this.#active.items());
      // The runtime takes 10 ms to make its timers ready, for ending none as well.
      if (this.#graceTimer !== undefined) clearTimeout(this.#graceTimer);
    }
    if (failure !== undefined) throw failure.error;
  }
}

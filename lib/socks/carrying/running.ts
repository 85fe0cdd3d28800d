// Connections that run: ended when nothing moves for too long, and all at once when the server stops. Pure.
import { LinkedList, type Place } from "../../base/linked_list.ts";
import type { Deadlines } from "../deadlines.ts";
import type { Running } from "../session.ts";

/** How often it is looked what has moved: 20 times in the limit, within these bounds, in milliseconds. */
const SELDOM_MS = 1000, OFTEN_MS = 100;

/** All that run. They are looked at together, from time to time, however many there are. */
export class RunningSet {
  readonly #deadlines: Deadlines;
  readonly #idleMs: number;
  readonly #running = new LinkedList<Running>();
  /** The next look is due. */
  #watching = false;
  #closing = false;

  /** `idleMs`: end what has not moved for so long; 0: nothing. */
  constructor(deadlines: Deadlines, idleMs: number) {
    this.#deadlines = deadlines;
    this.#idleMs = idleMs;
  }

  /** Octets of running connections, which no counter holds yet. */
  get moving(): { sent: number; received: number } {
    let sent = 0, received = 0;
    for (const one of this.#running.items()) {
      sent += one.sent;
      received += one.received;
    }
    return { sent, received };
  }

  /** Takes one under the watch, from the next look on; `leave` its place when it is over. */
  enter(running: Running): Place<Running> {
    const place = this.#running.add(running);
    if (this.#closing) running.stop("shutdown");
    else this.#watch();
    return place;
  }

  leave(place: Place<Running>): void {
    this.#running.delete(place);
  }

  #watch(): void {
    if (this.#watching || this.#idleMs <= 0) return;
    this.#watching = true;
    this.#deadlines.add(Math.min(SELDOM_MS, Math.max(OFTEN_MS, this.#idleMs / 20)), () => this.#look());
  }

  #look(): void {
    this.#watching = false;
    const now = performance.now();
    for (const running of this.#running.items()) {
      const moved = running.sent + running.received;
      if (moved !== running.seen) {
        running.seen = moved;
        running.seenAt = now;
      } else if (now - running.seenAt >= this.#idleMs) running.stop("idle");
    }
    if (this.#running.size > 0 && !this.#closing) this.#watch();
  }

  /** Ends all that run, and whatever enters from now on. */
  close(): void {
    this.#closing = true;
    for (const running of this.#running.items()) running.stop("shutdown");
  }
}

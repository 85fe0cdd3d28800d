// Connections that run: ended when nothing moves for too long, and all at once when the server stops. Pure.
import { LinkedList, type Place } from "../base/linked_list.ts";
import type { Running } from "./session.ts";

/** The timer stops after so many looks that found nothing. */
const IDLE_LOOKS = 10;

/** All that run. One timer looks at them, however many there are. */
export class RunningSet {
  readonly #idleMs: number;
  readonly #running = new LinkedList<Running>();
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #closing = false;
  /** Looks in a row that found nothing running. */
  #idleLooks = 0;

  /** `idleMs`: end what has not moved for so long; 0: nothing. */
  constructor(idleMs: number) {
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

  /** Takes one under the watch; `leave` its place when it is over. */
  enter(running: Running): Place<Running> {
    running.seenAt = performance.now();
    const place = this.#running.add(running);
    const idleMs = this.#idleMs;
    if (idleMs > 0) this.#sweeper ??= setInterval(() => this.#sweep(), Math.min(1000, Math.max(50, idleMs / 4)));
    if (this.#closing) running.stop("shutdown");
    return place;
  }

  leave(place: Place<Running>): void {
    this.#running.delete(place);
    if (this.#closing && this.#running.size === 0) this.#rest();
  }

  #sweep(): void {
    // The timer stays for a while: starting it again for one connection after the other costs more than letting it tick.
    if (this.#running.size > 0) this.#idleLooks = 0;
    else if (++this.#idleLooks > IDLE_LOOKS) this.#rest();
    const now = performance.now();
    for (const running of this.#running.items()) {
      const moved = running.sent + running.received;
      if (moved !== running.seen) {
        running.seen = moved;
        running.seenAt = now;
      } else if (now - running.seenAt >= this.#idleMs) running.stop("idle");
    }
  }

  #rest(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    this.#idleLooks = 0;
  }

  /** Ends all that run, and whatever enters from now on. */
  close(): void {
    this.#closing = true;
    for (const running of this.#running.items()) running.stop("shutdown");
    this.#rest();
  }
}

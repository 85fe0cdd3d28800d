// A limit of octets per second for one direction of a connection. Pure.

/** How far a datagram may run ahead of the limit. */
const AHEAD_MS = 250;
/** What a late timer or a slow peer cost is made up for, up to this; no more, so that silence saves nothing up. */
const LATE_MS = 20;

/** Counts what has passed, and how long it may take. */
export class Pace {
  readonly #rate: number;
  #freeAt = 0;
  #end: (() => void) | undefined;

  /** `rate`: octets per second, above 0. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Of a read, so many octets at a time: an eighth of a second's. */
  get block(): number {
    return Math.max(1, this.#rate >> 3);
  }

  /** Takes the time that so many octets may take; `stop` ends it. */
  async take(count: number): Promise<void> {
    const waitMs = this.#charge(count, performance.now());
    if (waitMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = undefined;
  }

  /** As `take` for what cannot wait: whether it may pass, up to a quarter of a second ahead. */
  admits(count: number, now: number = performance.now()): boolean {
    if (this.#freeAt > now + AHEAD_MS) return false;
    this.#charge(count, now);
    return true;
  }

  /** Nothing waits any more. */
  stop(): void {
    this.#end?.();
  }

  /** Counts octets; how long they last from now on, in milliseconds. */
  #charge(count: number, now: number): number {
    this.#freeAt = Math.max(this.#freeAt, now - LATE_MS) + count * 1000 / this.#rate;
    return this.#freeAt - now;
  }
}

// Counters with bounds: connections in all, per client, per user; failed logins per client. Pure.

/** Counts by key; keys that count nothing are forgotten. */
export class Counts {
  readonly #counts = new Map<string, number>();

  /** Counts one more and gives the number. */
  add(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  /** Counts one less. */
  remove(key: string): void {
    const count = (this.#counts.get(key) ?? 0) - 1;
    if (count <= 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }

  /** How many there are. */
  get(key: string): number {
    return this.#counts.get(key) ?? 0;
  }
}

/** Different logins of one client that may wait for their check or their refusal at once. */
const WAITING_LIMIT = 16;

/**
 * Slows guessing down: refusals of one client are spaced out, and when too many of its logins wait the next ones are
 * refused unchecked. Only logins that need a slow check enter here: one that is known to be right waits for no wrong ones.
 */
export class LoginBrake {
  readonly #waiting = new Counts();
  readonly #freeAt = new Map<string, number>();
  readonly #delayMs: number;

  constructor(delayMs = 500) {
    this.#delayMs = delayMs;
  }

  /** Whether one more login of this client is checked at all. Call `leave` when it is through. */
  enter(client: string): boolean {
    if (this.#waiting.add(client) <= WAITING_LIMIT) return true;
    this.#waiting.remove(client);
    return false;
  }

  leave(client: string): void {
    this.#waiting.remove(client);
    if (this.#waiting.get(client) === 0) this.#freeAt.delete(client);
  }

  /** How long the refusal of a failed login waits, in milliseconds. */
  failed(client: string, now: number = performance.now()): number {
    const at = Math.max(this.#freeAt.get(client) ?? 0, now) + this.#delayMs;
    this.#freeAt.set(client, at);
    return at - now;
  }
}

// Counters of connections: per client, per user. Pure.

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

// Calls over Rx that were seen, so that their answers can be told. Pure. The last 64, as tcpdump keeps them: lines are to
// be the same.

const KEPT = 64;
/** Words of an entry: number of the call, client, server, port, service, operation. */
const WORDS = 6;

/** What was called lately. */
export class RxCalls {
  readonly #table = new Uint32Array(KEPT * WORDS);
  #next = 0;
  #hint = 0;

  /** Keeps a call in the place of the oldest. */
  add(call: number, client: number, server: number, port: number, service: number, operation: number): void {
    this.#table.set([call, client, server, port, service, operation], this.#next * WORDS);
    this.#next = (this.#next + 1) % KEPT;
  }

  /** The operation that was called so. */
  find(call: number, client: number, server: number, port: number, service: number): number | undefined {
    const key = [call, client, server, port, service];
    for (let i = 0; i < KEPT; i++) {
      const place = (this.#hint + i) % KEPT;
      if (!key.every((word, j) => this.#table[place * WORDS + j] === word)) continue;
      this.#hint = place;
      return this.#table[place * WORDS + 5]!;
    }
    return undefined;
  }
}

// Requests whose answers have not come, so that an answer can say which one it is for, and how long it took. Pure.
import type { Message } from "../protocol.ts";

/** Requests without an answer that are remembered. */
const OPEN_LIMIT = 1024;

/** Requests by key; those with the same key are answered in their order. */
export class OpenRequests {
  readonly #open = new Map<string, { number: number; timeMs: number }[]>();
  #count = 0;

  ask(key: string, number: number, timeMs: number): void {
    if (this.#count >= OPEN_LIMIT) {
      this.#open.clear();
      this.#count = 0;
    }
    this.#count++;
    const queue = this.#open.get(key);
    if (queue === undefined) this.#open.set(key, [{ number, timeMs }]);
    else queue.push({ number, timeMs });
  }

  answer(key: string, timeMs: number): Message["answers"] | undefined {
    const queue = this.#open.get(key);
    const request = queue?.shift();
    if (queue !== undefined && queue.length === 0) this.#open.delete(key);
    if (request === undefined) return undefined;
    this.#count--;
    return { number: request.number, elapsedMs: timeMs - request.timeMs };
  }
}

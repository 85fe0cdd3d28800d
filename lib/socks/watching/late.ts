// Watchers that join when both ends are known, of a client that is read before: what they missed is kept for them. Pure.
import type { Direction, FlowObserver } from "../../stream/tap.ts";

/** Stands for watchers that come later. What passes before is bounded by what a client may send ahead. */
export class LateObserver implements FlowObserver {
  #observers: readonly FlowObserver[] | undefined;
  #missed: ((observer: FlowObserver) => void)[] = [];
  #over = false;

  #tell(event: (observer: FlowObserver) => void): void {
    if (this.#over) return;
    if (this.#observers === undefined) this.#missed.push(event);
    else this.#observers.forEach(event);
  }

  /** From now on these watch; they are told what they missed. */
  join(observers: readonly FlowObserver[]): void {
    this.#observers = observers;
    for (const event of this.#missed) observers.forEach(event);
    this.#missed = [];
  }

  data(direction: Direction, chunk: Uint8Array): void {
    if (this.#over) return;
    if (this.#observers === undefined) {
      const copy = chunk.slice();
      this.#missed.push((observer) => observer.data(direction, copy));
    } else for (const observer of this.#observers) observer.data(direction, chunk);
  }

  end(direction: Direction): void {
    this.#tell((observer) => observer.end?.(direction));
  }

  /** Nothing that comes later is told any more. */
  close(error?: unknown): void {
    this.#tell((observer) => observer.close?.(error));
    this.#over = true;
  }
}

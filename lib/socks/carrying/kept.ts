// Connections whose client may ask again, while they wait for that (RFC 9112, 9.3). No I/O of its own.
import type { Stream } from "../../stream/stream.ts";
import type { Deadlines } from "../deadlines.ts";
import type { KeptOrigin } from "../http/kept_origin.ts";
import type { FirstRead } from "./tunnel.ts";

/** A connection whose client may ask again. */
export interface Kept {
  /** Inside TLS where that was spoken. */
  readonly stream: Stream;
  /** The client's address, by which it is counted. */
  readonly key: string;
  readonly first: FirstRead;
  /** The origin of its last request, where that waits too. */
  readonly origin: KeptOrigin | undefined;
}

/** Those that wait for their next request, `limitMs` at most. */
export class KeptConnections {
  readonly #deadlines: Deadlines;
  readonly #limitMs: number;
  readonly #resting = new Set<Stream>();
  /** No connection waits any more: the server is about to stop. */
  draining = false;

  constructor(deadlines: Deadlines, limitMs: number) {
    this.#deadlines = deadlines;
    this.#limitMs = limitMs;
  }

  /** Waits for the next request of a client; `undefined` when it leaves instead, or says nothing for too long. */
  async next(kept: Kept): Promise<Kept | undefined> {
    const { stream, first } = kept;
    if (first.data !== undefined) return kept;
    const deadline = this.#deadlines.add(this.#limitMs, () => void stream.close());
    this.#resting.add(stream);
    if (this.draining) void stream.close();
    try {
      const { buffer } = first;
      const count = await (first.count ?? stream.read(buffer));
      return count === null ? undefined : { ...kept, first: { buffer, data: buffer.slice(0, count) } };
    } catch {
      return undefined;
    } finally {
      this.#resting.delete(stream);
      this.#deadlines.clear(this.#limitMs, deadline);
    }
  }

  /** Ends those that wait; how many did. */
  drain(): number {
    this.draining = true;
    for (const stream of this.#resting) void stream.close();
    return this.#resting.size;
  }
}

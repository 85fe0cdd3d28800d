// Names to addresses for many clients: nobody's slow names keep the others waiting. Pure.
// The runtime looks up 32 names at a time, whoever asks, and one that no name server answers takes it ten seconds and more.
import { ConnectError } from "../../base/errors.ts";

/** Lookups of one client at once: half of what the runtime does. */
const AT_ONCE = 16;
/** Lookups of one client that wait for those, and how long. */
const MOST_WAITING = 1024, WAIT_MS = 30_000;

type Resolve = (name: string) => Promise<readonly string[]>;

/** What is to be looked up when its turn comes. */
interface Waiting {
  readonly name: string;
  readonly since: number;
  readonly found: (addresses: Promise<readonly string[]>) => void;
}

/** The lookups of one client. */
interface Line {
  running: number;
  readonly waiting: Waiting[];
}

/** Shares a resolver among clients. */
export class Lookups {
  readonly #resolve: Resolve;
  /** Clients that have lookups under way. */
  readonly #lines = new Map<string, Line>();

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  /** The addresses of a name, for a client. A `ConnectError` when there are none, or its turn does not come. */
  of(client: string, name: string, now: number = performance.now()): Promise<readonly string[]> {
    let line = this.#lines.get(client);
    if (line === undefined) this.#lines.set(client, line = { running: 0, waiting: [] });
    if (line.running < AT_ONCE) return this.#run(client, line, name);
    if (line.waiting.length >= MOST_WAITING) {
      return Promise.reject(new ConnectError(name, `Too many names of this client wait to be resolved`));
    }
    return new Promise((found) => line.waiting.push({ name, since: now, found }));
  }

  async #run(client: string, line: Line, name: string): Promise<readonly string[]> {
    line.running++;
    try {
      return await this.#resolve(name);
    } finally {
      line.running--;
      this.#next(client, line, performance.now());
    }
  }

  /** The next one that has not waited for too long. */
  #next(client: string, line: Line, now: number): void {
    for (let next = line.waiting.shift(); next !== undefined; next = line.waiting.shift()) {
      const { name, since, found } = next;
      if (now - since < WAIT_MS) return found(this.#run(client, line, name));
      found(Promise.reject(new ConnectError(name, `No time to resolve "${name}"`, { reason: "timed-out" })));
    }
    if (line.running === 0) this.#lines.delete(client);
  }
}

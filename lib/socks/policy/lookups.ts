// Names to addresses for many clients: nobody's slow names keep the others waiting. Pure.
// The runtime looks up 32 names at a time, whoever asks, and one that no name server answers takes it ten seconds and more.
import { ConnectError } from "../../base/errors.ts";
import { Lines, TurnedAway } from "./lines.ts";

/** Lookups of one client: half of what the runtime does at once. */
const LIMITS = { atOnce: 16, waiting: 1024, waitMs: 30_000 };

type Resolve = (name: string) => Promise<readonly string[]>;

/** Shares a resolver among clients. */
export class Lookups {
  readonly #resolve: Resolve;
  readonly #lines: Lines;

  /** `now`: the time in milliseconds. */
  constructor(resolve: Resolve, now?: () => number) {
    this.#resolve = resolve;
    this.#lines = new Lines(LIMITS, now);
  }

  /** The addresses of a name, for a client. A `ConnectError` when there are none, or its turn does not come. */
  async of(client: string, name: string): Promise<readonly string[]> {
    try {
      return await this.#lines.run(client, () => this.#resolve(name));
    } catch (error) {
      if (!(error instanceof TurnedAway)) throw error;
      if (!error.late) throw new ConnectError(name, "Too many names of this client wait to be resolved");
      throw new ConnectError(name, `No time to resolve "${name}"`, { reason: "timed-out" });
    }
  }
}

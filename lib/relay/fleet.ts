// Several named relays in one process: opened together, reloaded without touching what did not change, stopped. Pure.
import { counted } from "../base/text.ts";
import { errorChain } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { noTotals, type Service, type Totals } from "./service.ts";

/** A relay by its name; equal keys mean that nothing about it changed. */
export interface Member {
  readonly name: string;
  readonly key: string;
}

/** One relay at work. */
export interface AtWork {
  readonly service: Service;
  /** Fulfilled when it serves; rejected when it cannot be opened. */
  readonly opened: Promise<void>;
  /** Settled when it is over. */
  readonly done: Promise<void>;
}

interface FleetOptions<M extends Member> {
  readonly log: Log;
  /** Starts a relay at once. */
  start(member: M): AtWork;
}

/** How long a changed relay tries to take the port over from the one before it, how often, and when it says so. */
const TAKE_OVER_MS = 3000, TAKE_OVER_EVERY_MS = 50, TAKE_OVER_TOLD_MS = 300;

/** Runs relays until they end or are stopped. */
export class Fleet<M extends Member> {
  readonly #options: FleetOptions<M>;
  readonly #current = new Map<string, { member: M; work: AtWork }>();
  /** All that still have something to do, replaced ones too. */
  readonly #working = new Set<AtWork>();
  readonly #gone: Totals = noTotals();
  readonly #over = Promise.withResolvers<void>();
  #stopping = false;
  #reloading = Promise.resolve();
  /** What a reload that waits will go over to. */
  #wanted: readonly M[] | undefined;
  #failures = 0;

  constructor(options: FleetOptions<M>) {
    this.#options = options;
  }

  /** Relays that failed after their start. */
  get failures(): number {
    return this.#failures;
  }

  /** Opens all. When one cannot be opened all are ended, and the error names every reason. */
  async start(members: readonly M[]): Promise<void> {
    const started = members.map((member) => ({ member, work: this.#begin(member) }));
    const opened = await Promise.allSettled(started.map(({ work }) => work.opened));
    const reasons = opened.flatMap((result, i) =>
      result.status === "rejected" ? [`relay "${members[i]!.name}": ${errorChain(result.reason)[0]}`] : []
    );
    if (reasons.length === 0 || this.#stopping) return;
    this.kill();
    await Promise.allSettled(started.map(({ work }) => work.done));
    throw new Error(
      `${reasons.length} of ${counted(members.length, "relay")} cannot be opened: ${reasons.join("; ")}`,
    );
  }

  /** Settled when all relays are over. */
  get over(): Promise<void> {
    if (this.#working.size === 0) this.#over.resolve();
    return this.#over.promise;
  }

  /** Of all relays since the start. */
  get totals(): Totals {
    const sum = { ...this.#gone };
    for (const { service } of this.#working) add(sum, service.totals);
    return sum;
  }

  /** Connections that are open. */
  get active(): number {
    let count = 0;
    for (const { service } of this.#working) count += service.active;
    return count;
  }

  /**
   * Goes over to other relays. Unchanged ones are not touched; changed and removed ones accept no more while their
   * connections finish within the grace period; new ones open. What cannot be opened is an error in the log. Of several
   * reloads that wait for one, which a taken port may keep for seconds, the last counts.
   */
  reload(wanted: readonly M[]): Promise<void> {
    this.#wanted = wanted;
    return this.#reloading = this.#reloading.then(async () => {
      const members = this.#wanted;
      if (this.#stopping || members === undefined) return;
      this.#wanted = undefined;
      const { log } = this.#options;
      const names = new Set(members.map(({ name }) => name));
      const removed = [...this.#current.keys()].filter((name) => !names.has(name));
      const fresh = members.filter(({ name, key }) => this.#current.get(name)?.member.key !== key);
      const changed = fresh.filter(({ name }) => this.#current.has(name)).length;
      for (const name of [...removed, ...fresh.map(({ name }) => name)]) {
        this.#current.get(name)?.work.service.retire();
        this.#current.delete(name);
      }
      log.notice(
        `Reloaded: ${fresh.length - changed} added, ${changed} changed, ${removed.length} removed, ` +
          `${members.length - fresh.length} unchanged`,
        {
          event: "reloaded",
          added: fresh.length - changed,
          changed,
          removed: removed.length,
          unchanged: members.length - fresh.length,
        },
      );
      await Promise.all(fresh.map((member) => this.#takeOver(member)));
    });
  }

  /** Opens a relay, again and again while the port still belongs to the one before it. */
  async #takeOver(member: M): Promise<void> {
    const began = performance.now(), until = began + TAKE_OVER_MS;
    const log = this.#options.log.named("relay", member.name);
    for (let told = false;;) {
      if (this.#stopping) return;
      try {
        await this.#begin(member).opened;
        return;
      } catch (error) {
        const [reason = "failed"] = errorChain(error);
        if (!/already in use/i.test(reason) || performance.now() > until) {
          log.error(reason);
          return;
        }
        if (!told && performance.now() - began > TAKE_OVER_TOLD_MS) {
          told = true;
          log.warning(`${reason}: trying for ${TAKE_OVER_MS / 1000} s`);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, TAKE_OVER_EVERY_MS));
    }
  }

  /** No more connections; running ones may finish. The second call ends them. */
  stop(): void {
    if (this.#stopping) return this.kill();
    this.#stopping = true;
    for (const { service } of this.#working) {
      // One that was replaced has its time already.
      if (!service.accepting.aborted) service.stop();
    }
  }

  /** Ends everything now. */
  kill(): void {
    this.#stopping = true;
    for (const { service } of this.#working) service.kill();
  }

  #begin(member: M): AtWork {
    const work = this.#options.start(member);
    let opened = false;
    this.#current.set(member.name, { member, work });
    this.#working.add(work);
    work.opened.then(() => opened = true, () => {});
    work.done.catch((error) => {
      if (!opened || this.#stopping) return;
      this.#failures++;
      this.#options.log.named("relay", member.name).error(errorChain(error)[0] ?? "failed");
    }).then(() => {
      this.#working.delete(work);
      add(this.#gone, work.service.totals);
      if (this.#current.get(member.name)?.work === work) this.#current.delete(member.name);
      this.#reloading.then(() => {
        if (this.#working.size === 0) this.#over.resolve();
      });
    });
    return work;
  }
}

function add(sum: Totals, more: Totals): void {
  for (const key of Object.keys(sum) as (keyof Totals)[]) sum[key] += more[key];
}

// Work for many clients: each has so much under way at once and a line for what waits, and none waits for another's. Pure.

/** How much of one client is under way at once, how much waits for that, and how long. */
export interface LineLimits {
  readonly atOnce: number;
  readonly waiting: number;
  readonly waitMs: number;
}

/** Work that was not begun: `late` when its turn did not come in time, else too much was waiting before it. */
export class TurnedAway extends Error {
  override readonly name = "TurnedAway";
  readonly late: boolean;

  constructor(late: boolean) {
    super(late ? "It waited for too long" : "Too much of this client waits");
    this.late = late;
  }
}

/** What is begun, or turned away, when its turn comes. */
interface Waiting {
  readonly since: number;
  readonly begin: () => void;
  readonly turnAway: (why: TurnedAway) => void;
}

/** The work of one client. */
interface Line {
  running: number;
  readonly waiting: Waiting[];
}

/** Keeps a line for each client. */
export class Lines {
  readonly #limits: LineLimits;
  readonly #now: () => number;
  /** Clients that have work under way. */
  readonly #lines = new Map<string, Line>();

  /** `now`: the time in milliseconds. */
  constructor(limits: LineLimits, now = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Does a client's work when its turn comes, and gives what it gives; `TurnedAway` when it does not come. */
  async run<T>(client: string, work: () => Promise<T>): Promise<T> {
    let line = this.#lines.get(client);
    if (line === undefined) this.#lines.set(client, line = { running: 0, waiting: [] });
    const { running, waiting } = line;
    if (running < this.#limits.atOnce) line.running++;
    else if (waiting.length >= this.#limits.waiting) throw new TurnedAway(false);
    else {
      await new Promise<void>((begin, turnAway) => waiting.push({ since: this.#now(), begin, turnAway }));
    }
    try {
      return await work();
    } finally {
      this.#handOn(client, line);
    }
  }

  /** Gives the place of what is through to the next one that has not waited for too long. */
  #handOn(client: string, line: Line): void {
    const now = this.#now();
    for (let next = line.waiting.shift(); next !== undefined; next = line.waiting.shift()) {
      if (now - next.since < this.#limits.waitMs) return next.begin();
      next.turnAway(new TurnedAway(true));
    }
    if (--line.running === 0) this.#lines.delete(client);
  }
}

/** So much work at once, whoever it is for: clients take turns, however much of one waits. */
export class Turns {
  readonly #waiting = new Map<string, (() => void)[]>();
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Does a client's work when its turn comes, and gives what it gives. */
  async run<T>(client: string, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((begin) => this.#wait(client, begin));
    try {
      return await work();
    } finally {
      this.#handOn();
    }
  }

  #wait(client: string, begin: () => void): void {
    const line = this.#waiting.get(client);
    if (line === undefined) this.#waiting.set(client, [begin]);
    else line.push(begin);
  }

  #handOn(): void {
    for (const [client, line] of this.#waiting) {
      // Whoever has had a turn goes behind all others.
      this.#waiting.delete(client);
      line.shift()!();
      if (line.length > 0) this.#waiting.set(client, line);
      return;
    }
    this.#free++;
  }
}

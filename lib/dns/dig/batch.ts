// `-f`: the lines of a file, asked side by side and answered in their order. Pure.
import { latin1Text } from "../../base/bytes.ts";
import type { RunResult } from "./presenter.ts";
import type { DigOutput, Lookup, OctetText, Settings } from "./settings.ts";

/** The run of dig whose lines these are. */
export interface BatchRun {
  readonly args: {
    readonly settings: Settings;
    readonly lookups: Lookup[];
    readBatchLine(line: OctetText): Promise<void>;
  };
  readonly output: DigOutput & { flush(): void };
  /** Where the reading of arguments says what is wrong with them. */
  argsOutput: DigOutput;
  run(lookups: readonly Lookup[], settings: Settings, output: DigOutput): Promise<RunResult>;
  /** Counts a result in. */
  count(result: RunResult): void;
}

/** Text kept for later, in order: what a line of a batch file prints before it is its turn. */
class RecordedOutput implements DigOutput {
  readonly #parts: { readonly error: boolean; text: OctetText }[] = [];

  #add(error: boolean, text: OctetText): void {
    const last = this.#parts.at(-1);
    if (last?.error === error) last.text += text;
    else this.#parts.push({ error, text });
  }

  out(text: OctetText): void {
    this.#add(false, text);
  }

  err(text: OctetText): void {
    this.#add(true, text);
  }

  /** Hands everything on. */
  replay(output: DigOutput): void {
    for (const { error, text } of this.#parts.splice(0)) {
      if (error) output.err(text);
      else output.out(text);
    }
  }
}

/** Nothing but white space, or a comment. */
const EMPTY = /^\s*(?:[#;]|$)/;

/** The lines of a file, as octets in text, without comments and blank ones. */
export class BatchLines {
  readonly #chunks: AsyncGenerator<OctetText[]>;
  #ready: OctetText[] = [];

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#chunks = linesOf(stream);
  }

  /** The next line; undefined behind the last. */
  async next(): Promise<OctetText | undefined> {
    for (;;) {
      const line = this.#ready.shift();
      if (line !== undefined) return line;
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      this.#ready = value;
    }
  }

  /** Whether another line is there without waiting for it. */
  get ready(): boolean {
    return this.#ready.length > 0;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<OctetText[]> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + latin1Text(chunk)).split("\n");
    rest = lines.pop()!;
    yield lines.filter((line) => !EMPTY.test(line));
  }
  if (!EMPTY.test(rest)) yield [rest];
}

/** Lines that have been answered and wait for an earlier one. */
const MAX_WAITING = 4096;

/** So long answers wait to be written out together, in milliseconds. */
const WRITE_AFTER_MS = 50;

/** A line under way: what it printed so far, and what came of it. */
class Job {
  readonly output = new RecordedOutput();
  done = false;
  result: RunResult | undefined;
  error: unknown;
}

/** How many lookups run at once: fewer after losses, slowly more again, `most` at most. */
class Pace {
  readonly #most: number;
  #now: number;

  constructor(most: number) {
    this.#most = most;
    this.#now = most;
  }

  get limit(): number {
    return Math.max(1, Math.floor(this.#now));
  }

  note(lost: boolean): void {
    this.#now = lost ? Math.max(1, this.#now / 2) : Math.min(this.#most, this.#now + 1 / this.#now);
  }
}

/** What a run over many lines looks at besides them. */
interface BatchOptions {
  /** Questions at once. */
  readonly parallel: number;
  readonly progress: ((text: string) => void) | undefined;
  /** Ends the run: what has been answered by then is printed. */
  readonly interrupted: AbortSignal;
}

/**
 * Asks what was read already, then what the lines say, up to `parallel` of them at once, and prints the answers in the order
 * of the lines, each soon after it is known. A `DigExit` ends it; what is under way then is let go.
 */
export async function runBatch(session: BatchRun, lines: BatchLines, options: BatchOptions): Promise<void> {
  const batch = new Batch(session, options);
  const interrupt = () => batch.interrupt();
  options.interrupted.addEventListener("abort", interrupt);
  try {
    await batch.run(lines);
  } finally {
    options.interrupted.removeEventListener("abort", interrupt);
    batch.close();
  }
}

class Batch {
  readonly #session: BatchRun;
  readonly #options: BatchOptions;
  readonly #pace: Pace;
  /** In the order of the lines: those whose answers are not printed yet. */
  readonly #jobs: Job[] = [];
  #running = 0;
  #answered = 0;
  /** What ended the run; told to who waits for the next line by `end`. */
  #failure: { error: unknown } | undefined;
  readonly #end = Promise.withResolvers<undefined>();
  /** Told that something has changed. */
  #wake = () => {};
  #writing: ReturnType<typeof setTimeout> | undefined;

  constructor(session: BatchRun, options: BatchOptions) {
    this.#session = session;
    this.#options = options;
    this.#pace = new Pace(options.parallel);
  }

  async run(lines: BatchLines): Promise<void> {
    const next = () => lines.ready ? lines.next() : Promise.race([lines.next(), this.#end.promise]);
    this.#ask(new Job());
    for (let line = await next(); line !== undefined && !this.#ended; line = await next()) {
      this.#ask(await this.#read(line));
      if (!this.#hasRoom) await this.#until(() => this.#hasRoom);
    }
    await this.#until(() => this.#running === 0);
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#print();
  }

  interrupt(): void {
    this.#attempt(() => this.#end.resolve(undefined));
  }

  close(): void {
    clearTimeout(this.#writing);
    if (this.#answered > 0) this.#options.progress?.("\r\x1b[K");
  }

  get #ended(): boolean {
    return this.#failure !== undefined || this.#options.interrupted.aborted;
  }

  get #hasRoom(): boolean {
    return this.#running < this.#pace.limit && this.#jobs.length < MAX_WAITING;
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.#ended) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  /** Reads a line into the session's lookups; what is printed of it and what ends its reading belong to its job. */
  async #read(line: OctetText): Promise<Job> {
    const job = new Job(), session = this.#session;
    session.argsOutput = job.output;
    try {
      await session.args.readBatchLine(line);
    } catch (error) {
      job.error = error;
    } finally {
      session.argsOutput = session.output;
    }
    return job;
  }

  /** Asks what was read for a job; a job without lookups is done. */
  #ask(job: Job): void {
    this.#jobs.push(job);
    const { lookups, settings } = this.#session.args;
    const asked = lookups.splice(0);
    if (job.error !== undefined || asked.length === 0) {
      job.done = true;
      this.#attempt(() => this.#print());
      return;
    }
    this.#running++;
    this.#session.run(asked, { ...settings, via: settings.via.slice() }, job.output).then((result) => {
      job.result = result;
      this.#pace.note(result.status === 9);
    }, (error) => {
      job.error = error;
    }).finally(() => {
      job.done = true;
      this.#running--;
      if (!this.#ended) this.#attempt(() => this.#print());
    });
  }

  /** Prints what is next in order, when interrupted all that is there; throws what ended a line's reading. */
  #print(): void {
    const jobs = this.#jobs, { interrupted, progress } = this.#options;
    let any = false;
    while (jobs[0]?.done || (interrupted.aborted && jobs.length > 0)) {
      const job = jobs.shift()!;
      if (!job.done) continue;
      any = true;
      this.#answered++;
      job.output.replay(this.#session.output);
      if (job.error !== undefined) throw job.error;
      if (job.result !== undefined) this.#session.count(job.result);
    }
    if (!any) return;
    this.#writing ??= setTimeout(() => this.#write(), WRITE_AFTER_MS);
    progress?.(`\r${this.#answered} answered`);
  }

  #write(): void {
    this.#writing = undefined;
    this.#attempt(() => this.#session.output.flush());
  }

  /** Does what may end the run, which is told to whoever waits; nothing once it has ended. */
  #attempt(does: () => void): void {
    try {
      if (this.#failure === undefined) does();
    } catch (error) {
      this.#failure = { error };
      this.#end.resolve(undefined);
    }
    this.#wake();
  }
}

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
interface Job {
  readonly output: RecordedOutput;
  done: boolean;
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
  const { parallel, progress, interrupted } = options;
  const pace = new Pace(parallel);
  const jobs: Job[] = [];
  let running = 0, answered = 0;
  let wake = () => {};
  let writing: ReturnType<typeof setTimeout> | undefined, failure: { error: unknown } | undefined;
  const ended = () => failure !== undefined || interrupted.aborted;
  const { promise: end, resolve: stop } = Promise.withResolvers<undefined>();

  /** Does what may end the run, which is told to whoever waits; nothing once it has ended. */
  const attempt = (does: () => void) => {
    try {
      if (failure === undefined) does();
    } catch (error) {
      failure = { error };
      stop(undefined);
    }
    wake();
  };

  const write = () => {
    writing = undefined;
    attempt(() => session.output.flush());
  };

  /** Prints what is next in order, when interrupted all that is there; throws what ended a line's reading. */
  const flush = () => {
    let any = false;
    while (jobs[0]?.done || (interrupted.aborted && jobs.length > 0)) {
      const job = jobs.shift()!;
      if (!job.done) continue;
      any = true;
      answered++;
      job.output.replay(session.output);
      if (job.error !== undefined) throw job.error;
      if (job.result !== undefined) session.count(job.result);
    }
    if (!any) return;
    writing ??= setTimeout(write, WRITE_AFTER_MS);
    progress?.(`\r${answered} answered`);
  };

  /** Runs what was read for a job; a job without lookups is done. */
  const run = (job: Job) => {
    jobs.push(job);
    const lookups = session.args.lookups.splice(0);
    if (job.error !== undefined || lookups.length === 0) {
      job.done = true;
      attempt(flush);
      return;
    }
    running++;
    const settings = { ...session.args.settings, via: session.args.settings.via.slice() };
    session.run(lookups, settings, job.output).then((result) => {
      job.result = result;
      pace.note(result.status === 9);
    }, (error) => {
      job.error = error;
    }).finally(() => {
      job.done = true;
      running--;
      if (!ended()) attempt(flush);
    });
  };

  const newJob = (): Job => ({ output: new RecordedOutput(), done: false, result: undefined, error: undefined });

  const start = async (line: OctetText) => {
    const job = newJob();
    session.argsOutput = job.output;
    try {
      await session.args.readBatchLine(line);
    } catch (error) {
      job.error = error;
    } finally {
      session.argsOutput = session.output;
    }
    run(job);
  };

  const settle = async (until: () => boolean) => {
    while (!until() && !ended()) await new Promise<void>((resolve) => wake = resolve);
  };

  const next = () => lines.ready ? lines.next() : Promise.race([lines.next(), end]);
  const interrupt = () => attempt(() => stop(undefined));
  interrupted.addEventListener("abort", interrupt);

  try {
    run(newJob());
    for (let line = await next(); line !== undefined && !ended(); line = await next()) {
      await start(line);
      if (running >= pace.limit || jobs.length >= MAX_WAITING) {
        await settle(() => running < pace.limit && jobs.length < MAX_WAITING);
      }
    }
    await settle(() => running === 0);
    if (failure !== undefined) throw failure.error;
    flush();
  } finally {
    interrupted.removeEventListener("abort", interrupt);
    clearTimeout(writing);
    if (answered > 0) progress?.("\r\x1b[K");
  }
}

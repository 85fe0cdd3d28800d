// `-f`: the lines of a file, asked side by side and answered in their order. Pure.
import { latin1Text } from "../../base/bytes.ts";
import type { RunResult } from "./presenter.ts";
import { DigExit } from "./defaults.ts";
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

/** The lines of a stream of octets, as octets in text. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<OctetText[]> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + latin1Text(chunk)).split("\n");
    rest = lines.pop()!;
    yield lines;
  }
  if (rest !== "") yield [rest];
}

/** Lines that have been answered and wait for an earlier one. */
const MAX_WAITING = 4096;

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

/** Asks what the lines say, up to `parallel` of them at once, and prints the answers in the order of the lines. */
export async function runBatch(
  session: BatchRun,
  stream: ReadableStream<Uint8Array>,
  parallel: number,
  progress?: (text: string) => void,
): Promise<void> {
  const pace = new Pace(parallel);
  const jobs: Job[] = [];
  let running = 0, answered = 0;
  let wake = () => {};

  /** Prints what is next in order; throws what ended a line's reading. */
  const flush = () => {
    let any = false;
    while (jobs[0]?.done) {
      const job = jobs.shift()!;
      any = true;
      answered++;
      job.output.replay(session.output);
      if (job.error !== undefined) throw job.error;
      if (job.result !== undefined) session.count(job.result);
    }
    if (any) progress?.(`\r${answered} answered`);
  };

  const start = async (line: OctetText) => {
    const job: Job = { output: new RecordedOutput(), done: false, result: undefined, error: undefined };
    session.argsOutput = job.output;
    try {
      await session.args.readBatchLine(line);
    } catch (error) {
      job.error = error;
    } finally {
      session.argsOutput = session.output;
    }
    const lookups = session.args.lookups.splice(0);
    if (job.error === undefined && lookups.length === 0) {
      job.done = true;
      jobs.push(job);
      return;
    }
    jobs.push(job);
    if (job.error !== undefined) {
      job.done = true;
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
      wake();
    });
  };

  const settle = async (until: () => boolean) => {
    while (!until()) {
      await new Promise<void>((resolve) => wake = resolve);
      flush();
    }
  };

  try {
    for await (const lines of linesOf(stream)) {
      for (const line of lines) {
        if (/^\s*(?:[#;]|$)/.test(line)) continue;
        await start(line);
        if (running >= pace.limit || jobs.length >= MAX_WAITING) {
          await settle(() => running < pace.limit && jobs.length < MAX_WAITING);
        }
      }
      flush();
      session.output.flush();
    }
    await settle(() => running === 0);
    flush();
  } catch (error) {
    if (!(error instanceof DigExit)) throw error;
    // What runs beside the line that ended everything is let go.
    await Promise.race([settle(() => running === 0).catch(() => {}), Promise.resolve()]);
    throw error;
  } finally {
    if (answered > 0) progress?.("\r\x1b[K");
  }
}

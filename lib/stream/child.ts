// A child program behind a stream: it ends with its stream, and its failure is remembered for the exit status.
import { type Stream, WrappedStream } from "./stream.ts";

/** How a child ended. */
export interface ChildEnd {
  readonly pid: number;
  /** Its exit status, or 128 and the number of the signal. */
  readonly code: number;
  readonly signal: string | null;
}

/** What becomes of a child when its stream is given up, and who is told of its end. */
export interface ChildOptions {
  /** It leads a process group of its own: all of it is ended. */
  readonly group: boolean;
  /** Only give up the stream at the end, do not end the program. */
  readonly leave?: boolean;
  /**
   * Its output goes elsewhere, so its end is not seen there: after its input has ended, or when it takes no more, wait for it
   * until this is aborted.
   */
  readonly until?: AbortSignal | undefined;
  /** The same, but it is given a moment only, as socat does. */
  readonly moment?: boolean;
  /** That a signal ended it is no failure. */
  readonly mayBeKilled?: boolean;
  /** Told once when the program has ended by itself, and not well. */
  readonly onFailure?: (end: ChildEnd) => void;
  /** Called when the program has ended, before the stream is given up. */
  readonly onEnd?: () => void;
}

/** What a program that has closed its output is given to end by itself. */
const LEAVE_MS = 1000;
/** What a program is given after SIGTERM. */
const TERM_MS = 2000;

const WINDOWS = Deno.build.os === "windows";

let failure: ChildEnd | undefined;
const running = new Set<ChildStream>();
let watching = false;

/** The last child that failed: its status is that of the program. */
export function failedChild(): ChildEnd | undefined {
  return failure;
}

/** The stream to a child, over the stream of its pipes or terminal. Takes ownership of both. */
export class ChildStream extends WrappedStream {
  readonly #child: Deno.ChildProcess;
  readonly #options: ChildOptions;
  readonly #ended: Promise<void>;
  #alive = true;
  #outputEnded = false;
  #inputEnded = false;
  #ending = false;

  constructor(inner: Stream, child: Deno.ChildProcess, options: ChildOptions) {
    super(inner);
    this.#child = child;
    this.#options = options;
    if (!watching) {
      watching = true;
      // However the program ends: no child stays.
      globalThis.addEventListener("unload", () => {
        for (const stream of running) stream.#signal("SIGTERM");
      });
    }
    if (!options.leave) running.add(this);
    this.#ended = child.status.then(({ code, signal }) => {
      this.#alive = false;
      options.onEnd?.();
      if (code !== 0 && !this.#ending && !(signal !== null && options.mayBeKilled)) {
        failure = { pid: child.pid, code, signal };
        options.onFailure?.(failure);
      }
    }, () => {
      this.#alive = false;
      options.onEnd?.();
    });
  }

  /** Who reads its output hears of the end there. */
  override get gone(): Promise<void> | undefined {
    const { until, moment } = this.#options;
    return until === undefined && !moment ? undefined : this.#ended;
  }

  protected override async pull(view: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const count = await this.inner.read(view);
    if (count === null) this.#outputEnded = true;
    return count;
  }

  protected override async push(bytes: Uint8Array): Promise<void> {
    try {
      await this.inner.write(bytes);
    } catch (error) {
      // It takes no more: what it does with what it has may take a while.
      this.#inputEnded = true;
      throw error;
    }
  }

  protected override async finish(): Promise<void> {
    this.#inputEnded = true;
    await this.inner.closeWrite();
  }

  protected override async release(reason?: unknown): Promise<void> {
    // A program that is about to end by itself says how; any other is told to.
    const { until, moment, leave } = this.#options;
    if (this.#inputEnded && until !== undefined && !leave) await this.#endOrAbort(until);
    if ((this.#outputEnded || (moment && this.#inputEnded)) && !leave) await this.#within(LEAVE_MS);
    // Of a program that takes nothing the last write ends with the program itself: it is told meanwhile.
    const closed = this.inner.close(reason);
    if (leave) {
      await Promise.race([closed, this.#within(LEAVE_MS)]);
      if (this.#alive) this.#child.unref();
      return;
    }
    this.#ending = true;
    try {
      const until = performance.now() + TERM_MS;
      // Nobody there: all had ended before.
      if (!this.#signal("SIGTERM") && !this.#alive) return;
      await this.#within(TERM_MS);
      while (
        this.#options.group && this.#signal("SIGCONT") && groupLives(this.#child.pid) && performance.now() < until
      ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      this.#signal("SIGKILL");
      await this.#ended;
    } finally {
      await closed;
      running.delete(this);
    }
  }

  async #endOrAbort(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    await Promise.race([this.#ended, aborted.promise]);
    signal.removeEventListener("abort", onAbort);
  }

  /** Not by a timer of its own: to make those ready takes the runtime 10 ms, at the end of a relay of one program. */
  #within(ms: number): Promise<void> {
    return this.#endOrAbort(AbortSignal.timeout(ms));
  }

  /** Whether there was anybody to be told. */
  #signal(signal: Deno.Signal): boolean {
    let told = false;
    const tell = (pid: number) => {
      try {
        Deno.kill(pid, signal);
        told = true;
      } catch {
        // Not there any more.
      }
    };
    if (WINDOWS && this.#alive && endTree(this.#child.pid)) told = true;
    else if (this.#options.group) tell(-this.#child.pid);
    else if (this.#alive) {
      for (const pid of [...descendants(this.#child.pid), this.#child.pid]) tell(pid);
    }
    return told;
  }

  /** Passes a signal on. Windows' consoles tell all their programs of Ctrl+C by themselves. */
  signal(signal: Deno.Signal): void {
    if (this.#alive && !WINDOWS) this.#signal(signal);
  }
}

/** A process as the system tells of it; its state begins with `Z` when it is dead and nobody has asked after it. */
interface ProcessState {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

/** What the system tells of its processes, in /proc or by ps(1); nothing where it does not. */
function processes(): Iterable<ProcessState> {
  return Deno.build.os === "darwin" ? processesByPs() : processesOfProc();
}

function* processesOfProc(): Generator<ProcessState> {
  let names: Deno.DirEntry[];
  try {
    names = [...Deno.readDirSync("/proc")];
  } catch {
    return;
  }
  for (const { name } of names) {
    if (!/^\d+$/.test(name)) continue;
    let stat: string;
    try {
      stat = Deno.readTextFileSync(`/proc/${name}/stat`);
    } catch {
      // Ended while we looked.
      continue;
    }
    const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    yield { pid: Number(name), state: state!, parent: Number(parent), group: Number(group) };
  }
}

/** By ps(1), whose words for these are the same on Linux and BSD: for macOS, which has no /proc. */
export function processesByPs(): ProcessState[] {
  try {
    const args = ["-A", "-o", "pid=", "-o", "ppid=", "-o", "pgid=", "-o", "state="];
    const { stdout } = new Deno.Command("ps", { args, stdin: "null", stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout).trim().split("\n").map((line) => {
      const [pid, parent, group, state] = line.trim().split(/\s+/);
      return { pid: Number(pid), state: state ?? "", parent: Number(parent), group: Number(group) };
    });
  } catch {
    return [];
  }
}

/** Whether a member of the group is left. A dead one that nobody has asked after yet is none. */
function groupLives(group: number): boolean {
  for (const process of processes()) if (process.group === group && !process.state.startsWith("Z")) return true;
  return false;
}

/**
 * Ends a program and all that it started, as Windows can: there are no signals that would ask them to, and ending the one
 * leaves the others. Whether that could be done.
 */
function endTree(pid: number): boolean {
  try {
    const args = ["/F", "/T", "/PID", String(pid)];
    return new Deno.Command("taskkill", { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Processes below `pid`. */
function descendants(pid: number): number[] {
  const all = [...processes()];
  const found: number[] = [];
  const queue = [pid];
  for (let parent = queue.shift(); parent !== undefined; parent = queue.shift()) {
    for (const child of all) {
      if (child.parent !== parent) continue;
      found.push(child.pid);
      queue.push(child.pid);
    }
  }
  return found;
}

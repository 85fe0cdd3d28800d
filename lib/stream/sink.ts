// Where dumps and log lines go: a file or a standard output, written at once and whole.
import { utf8 } from "../base/bytes.ts";
import { errorText } from "../base/errors.ts";

/** Writes synchronously, and knows whether the last line is finished. */
export class Sink {
  #file: { writeSync(bytes: Uint8Array): number; close?(): void };
  readonly #onFailure: ((error: unknown) => void) | undefined;
  #open: (() => Deno.FsFile) | undefined;
  /** Whether the next octet starts a line. */
  atLineStart = true;

  /** `onFailure` is called when something could not be written, the first time only. */
  constructor(file: { writeSync(bytes: Uint8Array): number }, onFailure?: (error: unknown) => void) {
    this.#file = file;
    let told = false;
    this.#onFailure = onFailure && ((error) => {
      if (!told) onFailure(error);
      told = true;
    });
  }

  /**
   * Writes at the end of a file, which is created where it is missing. Throws an `Error` that names it. What cannot be
   * written later (a full disk) is missing there, which is said once on standard error.
   */
  static appending(path: string): Sink {
    const open = () => {
      try {
        return Deno.openSync(path, { append: true, create: true });
      } catch (error) {
        throw new Error(`Cannot write "${path}": ${errorText(error)}`, { cause: error });
      }
    };
    const sink = new Sink(open(), (error) => {
      stderrSink().line(
        `netlab: Cannot write "${path}": ${errorText(error)}: what could not be written is missing there\n`,
      );
    });
    sink.#open = open;
    return sink;
  }

  /** Opens its file anew, which may have been moved away; what is no file stays. Throws as `appending`, and goes on then. */
  reopen(): void {
    const file = this.#open?.();
    if (file === undefined) return;
    this.#file.close?.();
    this.#file = file;
    this.atLineStart = true;
  }

  /** Closes its file, if it opened one. */
  close(): void {
    if (this.#open !== undefined) this.#file.close?.();
  }

  /** Writes all of `bytes`. What cannot be written (a closed pipe) is dropped: watching never ends what is watched. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    let written = 0;
    try {
      while (written < bytes.length) written += this.#file.writeSync(bytes.subarray(written));
    } catch (error) {
      if (error instanceof Deno.errors.WouldBlock) this.#insist(bytes.subarray(written));
      else this.#onFailure?.(error);
    }
    this.atLineStart = bytes[bytes.length - 1] === 0x0a;
  }

  /** A standard output that another program made non-blocking: wait for room, a little at a time. */
  #insist(bytes: Uint8Array): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let tries = 0, at = 0; at < bytes.length && tries < 5000;) {
      try {
        at += this.#file.writeSync(bytes.subarray(at));
        tries = 0;
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) return this.#onFailure?.(error);
        tries++;
        Atomics.wait(pause, 0, 0, 1);
      }
    }
  }

  /** A whole line of its own: an unfinished one before it is ended first. */
  line(text: string): void {
    this.write(utf8(this.atLineStart ? text : `\n${text}`));
  }
}

let stderr: Sink | undefined;

/** Standard error: one sink for everybody, so that lines of the log and of dumps do not mix. */
export function stderrSink(): Sink {
  return stderr ??= new Sink(Deno.stderr);
}

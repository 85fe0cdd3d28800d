// Where dumps and log lines go: a file or a standard output, written at once and whole.
import { utf8 } from "../base/bytes.ts";
import { errorText } from "../base/errors.ts";

/** Writes synchronously, and knows whether the last line is finished. */
export class Sink {
  readonly #file: { writeSync(bytes: Uint8Array): number };
  /** Whether the next octet starts a line. */
  atLineStart = true;

  constructor(file: { writeSync(bytes: Uint8Array): number }) {
    this.#file = file;
  }

  /** Writes at the end of a file, which is created where it is missing. Throws an `Error` that names it. */
  static appending(path: string): Sink {
    try {
      return new Sink(Deno.openSync(path, { append: true, create: true }));
    } catch (error) {
      throw new Error(`Cannot write "${path}": ${errorText(error)}`, { cause: error });
    }
  }

  /** Writes all of `bytes`. What cannot be written (a closed pipe) is dropped: watching never ends what is watched. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    try {
      let written = this.#file.writeSync(bytes);
      while (written < bytes.length) written += this.#file.writeSync(bytes.subarray(written));
    } catch (error) {
      if (error instanceof Deno.errors.WouldBlock) this.#insist(bytes);
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
        if (!(error instanceof Deno.errors.WouldBlock)) return;
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

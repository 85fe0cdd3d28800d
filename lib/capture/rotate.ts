// Capture files that follow one another: by size, by time, a limited number of them.
// Names are tcpdump's: `file`, `file1`, …; with a limit `file0` to `fileN` again and again; %H and the like with a time.
import type { Bytes } from "../base/bytes.ts";

export interface RotateOptions {
  readonly path: string;
  /** Octets after which the next packet goes into another file. */
  readonly size?: number | undefined;
  /** Seconds of packet time after which the next packet goes into another file. */
  readonly seconds?: number | undefined;
  /** Files that are kept (by size), or written at all (by time only). */
  readonly count?: number | undefined;
  /** Every block at once to the file: nothing waits in memory. */
  readonly unbuffered?: boolean;
}

/** Octets that are gathered before they are written. */
const BATCH = 65536;

/** `%Y` and its relatives of strftime(3), in local time. */
export function timeName(pattern: string, seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const words: Record<string, () => string> = {
    Y: () => String(date.getFullYear()),
    y: () => two(date.getFullYear() % 100),
    m: () => two(date.getMonth() + 1),
    d: () => two(date.getDate()),
    H: () => two(date.getHours()),
    M: () => two(date.getMinutes()),
    S: () => two(date.getSeconds()),
    j: () => {
      const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(date.getFullYear(), 0, 0);
      return String(Math.round(day / 86_400_000)).padStart(3, "0");
    },
    F: () => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    T: () => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
    s: () => String(Math.floor(seconds)),
    "%": () => "%",
  };
  return pattern.replace(/%([YymdHMSjFTs%])/g, (_, letter: string) => words[letter]!());
}

/** Writes blocks into one file after the other; each begins with what `head()` gives. */
export class RotatingFile {
  readonly #options: RotateOptions;
  readonly #head: () => Uint8Array;
  #file: { writeSync(bytes: Uint8Array): number; close(): void } | undefined;
  #written = 0;
  #files = 0;
  #began = NaN;
  #intervals = 0;
  readonly #batch: Bytes = new Uint8Array(BATCH);
  #held = 0;
  /** A limit by time was reached: nothing more is to be written. */
  done = false;

  constructor(options: RotateOptions, head: () => Uint8Array) {
    this.#options = options;
    this.#head = head;
  }

  #name(seconds: number): string {
    const { path, size, seconds: every, count } = this.#options;
    let name = path;
    if (every !== undefined) name = timeName(path, seconds);
    if (size !== undefined) {
      if (count !== undefined && every === undefined) {
        const digits = String(count - 1).length;
        return name + String(this.#files % count).padStart(digits, "0");
      }
      return this.#files === 0 ? name : `${name}${this.#files}`;
    }
    // Without a time in its name the next file would overwrite the last.
    if (every !== undefined && name === path && this.#intervals > 0) return `${name}${this.#intervals}`;
    return name;
  }

  /** Opens the first file now, so that it is there before the first packet. */
  open(seconds: number): void {
    if (this.#file !== undefined) return;
    const { path } = this.#options;
    this.#file = path === "-"
      ? { writeSync: (bytes) => Deno.stdout.writeSync(bytes), close: () => {} }
      : Deno.openSync(this.#name(seconds), { write: true, create: true, truncate: true });
    this.#written = 0;
    this.#add(this.#head());
  }

  /** Writes a block that came at `seconds`; begins another file first when it is time. */
  write(block: Uint8Array, seconds: number): void {
    if (this.done) return;
    const { size, seconds: every, count, path } = this.#options;
    if (Number.isNaN(this.#began)) this.#began = seconds;
    this.open(seconds);
    if (path !== "-" && every !== undefined && seconds - this.#began >= every) {
      this.#intervals++;
      this.#began += Math.floor((seconds - this.#began) / every) * every;
      if (count !== undefined && size === undefined && this.#intervals >= count) {
        this.done = true;
        this.flush();
        return;
      }
      this.#files = 0;
      this.#next(seconds);
    } else if (path !== "-" && size !== undefined && this.#written > size) {
      this.#files++;
      this.#next(seconds);
    }
    this.#add(block);
    if (this.#options.unbuffered) this.flush();
  }

  /** Puts a block that is no packet into the present file. */
  append(block: Uint8Array): void {
    if (this.#file !== undefined && !this.done) this.#add(block);
  }

  #next(seconds: number): void {
    this.close();
    this.open(seconds);
  }

  #add(bytes: Uint8Array): void {
    this.#written += bytes.length;
    if (this.#held + bytes.length > BATCH) this.flush();
    if (bytes.length > BATCH) this.#put(bytes);
    else {
      this.#batch.set(bytes, this.#held);
      this.#held += bytes.length;
    }
  }

  #put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += this.#file!.writeSync(bytes.subarray(at));
  }

  /** Everything given so far is in the file. */
  flush(): void {
    if (this.#held === 0 || this.#file === undefined) return;
    this.#put(this.#batch.subarray(0, this.#held));
    this.#held = 0;
  }

  close(): void {
    this.flush();
    this.#file?.close();
    this.#file = undefined;
  }
}

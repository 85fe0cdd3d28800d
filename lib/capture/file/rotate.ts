// Capture files that follow one another: by size, by time, a limited number of them.
// Names are tcpdump's: `file`, `file1`, …; with a limit `file0` to `fileN` again and again; %H and the like with a time.
import type { Bytes } from "../../base/bytes.ts";
import { errorText } from "../../base/errors.ts";

/** When the next file begins, and what becomes of the earlier ones. */
export interface RotateOptions {
  readonly path: string;
  /** Octets after which the next packet goes into another file. */
  readonly size?: number | undefined;
  /** Seconds of packet time after which the next packet goes into another file. */
  readonly seconds?: number | undefined;
  /** When they begin to count, in seconds since 1970; by default with the first packet. */
  readonly since?: number | undefined;
  /** Files that are kept (by size), or written at all (by time only). */
  readonly count?: number | undefined;
  /** Called with the name of each file that is full: another one follows, or none is wanted any more. */
  readonly finished?: ((name: string) => void) | undefined;
  /** Every block at once to the file: nothing waits in memory. */
  readonly unbuffered?: boolean;
}

/** Octets that are gathered before they are written. */
const BATCH = 65536;

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** Letters of strftime(3), in local time and the C locale. To add one: a line here. */
const TIME_LETTERS: Readonly<Record<string, (date: Date) => string | number>> = {
  Y: (date) => date.getFullYear(),
  C: (date) => two(date.getFullYear() / 100),
  y: (date) => two(date.getFullYear() % 100),
  m: (date) => two(date.getMonth() + 1),
  d: (date) => two(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2),
  H: (date) => two(date.getHours()),
  I: (date) => two((date.getHours() + 11) % 12 + 1),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds()),
  p: (date) => date.getHours() < 12 ? "AM" : "PM",
  a: (date) => WEEKDAYS[date.getDay()]!.slice(0, 3),
  A: (date) => WEEKDAYS[date.getDay()]!,
  b: (date) => MONTHS[date.getMonth()]!.slice(0, 3),
  h: (date) => MONTHS[date.getMonth()]!.slice(0, 3),
  B: (date) => MONTHS[date.getMonth()]!,
  u: (date) => date.getDay() || 7,
  w: (date) => date.getDay(),
  j(date) {
    const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(date.getFullYear(), 0, 0);
    return String(Math.round(day / 86_400_000)).padStart(3, "0");
  },
  z(date) {
    const minutes = -date.getTimezoneOffset(), far = Math.abs(minutes);
    return `${minutes < 0 ? "-" : "+"}${two(far / 60)}${two(far % 60)}`;
  },
  s: (date) => Math.floor(date.getTime() / 1000),
  F: (date) => timeName("%Y-%m-%d", date.getTime() / 1000),
  D: (date) => timeName("%m/%d/%y", date.getTime() / 1000),
  R: (date) => timeName("%H:%M", date.getTime() / 1000),
  T: (date) => timeName("%H:%M:%S", date.getTime() / 1000),
  "%": () => "%",
};

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}

/** `pattern` with the time in place of `%Y` and its relatives; letters that are none stay as they are. */
export function timeName(pattern: string, seconds: number): string {
  const date = new Date(seconds * 1000);
  return pattern.replace(/%(.)/g, (whole, letter: string) => String(TIME_LETTERS[letter]?.(date) ?? whole));
}

/** Writes blocks into one file after the other; each begins with what `head()` gives. */
export class RotatingFile {
  readonly #options: RotateOptions;
  readonly #head: () => Uint8Array;
  #file: { writeSync(bytes: Uint8Array): number; close(): void } | undefined;
  /** Name of the file that is being written. */
  #present = "";
  #written = 0;
  #files = 0;
  #began: number;
  /** The time in the names of files: of all that begin in the same seconds. */
  #stamp = NaN;
  #intervals = 0;
  #batch: Bytes = new Uint8Array(BATCH);
  #view = new DataView(this.#batch.buffer);
  /** Octets of the source that go out next: neighbours of one buffer. */
  #run: Uint8Array | undefined;
  #runStart = 0;
  #runEnd = 0;
  #held = 0;
  /** A limit by time was reached: nothing more is to be written. */
  done = false;

  constructor(options: RotateOptions, head: () => Uint8Array) {
    this.#options = options;
    this.#head = head;
    this.#began = options.since ?? NaN;
  }

  #name(): string {
    const { path, size, seconds: every, count } = this.#options;
    let name = path;
    if (every !== undefined) name = timeName(path, this.#stamp);
    if (size !== undefined) {
      const number = count === undefined ? this.#files : this.#files % count;
      const digits = count === undefined || count === 1 ? 0 : String(count - 1).length;
      return number === 0 && digits === 0 ? name : name + String(number).padStart(digits, "0");
    }
    // Without a time in its name the next file would overwrite the last.
    if (every !== undefined && name === path && this.#intervals > 0) return `${name}${this.#intervals}`;
    return name;
  }

  /** Opens the first file now, so that it is there before the first packet. */
  open(seconds: number): void {
    if (this.#file !== undefined) return;
    const { path } = this.#options;
    if (Number.isNaN(this.#stamp)) this.#stamp = seconds;
    this.#present = path === "-" ? path : this.#name();
    this.#file = path === "-"
      ? { writeSync: (bytes) => Deno.stdout.writeSync(bytes), close: () => {} }
      : this.#try(() => Deno.openSync(this.#present, { write: true, create: true, truncate: true }));
    this.#written = 0;
    this.#add(this.#head());
  }

  /**
   * Writes octets of a buffer that nobody touches before `settle` is called: those that stand one behind the other there
   * go out together.
   */
  writeRange(bytes: Uint8Array, start: number, end: number, seconds: number): void {
    if (bytes === this.#run && start === this.#runEnd) {
      this.#runEnd = end;
      return;
    }
    const { size, seconds: every, unbuffered } = this.#options;
    if (size !== undefined || every !== undefined || unbuffered) return this.write(bytes.subarray(start, end), seconds);
    this.settle();
    this.open(seconds);
    this.#run = bytes;
    this.#runStart = start;
    this.#runEnd = end;
  }

  /** Nothing is left that stands in a buffer of the source alone: it may be used again. */
  settle(): void {
    if (this.#run === undefined) return;
    const octets = this.#run.subarray(this.#runStart, this.#runEnd);
    this.#run = undefined;
    this.#add(octets);
  }

  /** Writes a block that came at `seconds`; begins another file first when it is time. */
  write(block: Uint8Array, seconds: number): void {
    if (!this.#turn(seconds)) return;
    this.#add(block);
    if (this.#options.unbuffered) this.flush();
  }

  /** As `write`, of `length` octets that `put` writes into `out`, from `at` on. */
  writeInto(length: number, seconds: number, put: (out: Bytes, view: DataView, at: number) => void): void {
    if (!this.#turn(seconds)) return;
    if (this.#held + length > this.#batch.length) {
      this.flush();
      if (length > this.#batch.length) {
        this.#batch = new Uint8Array(length * 2);
        this.#view = new DataView(this.#batch.buffer);
      }
    }
    put(this.#batch, this.#view, this.#held);
    this.#held += length;
    this.#written += length;
    if (this.#options.unbuffered) this.flush();
  }

  /** Sees to the file that a block of `seconds` goes into. Whether there is one. */
  #turn(seconds: number): boolean {
    if (this.done) return false;
    this.settle();
    const { size, seconds: every, count, path } = this.#options;
    if (Number.isNaN(this.#began)) this.#began = seconds;
    this.open(seconds);
    if (path !== "-" && every !== undefined && seconds - this.#began >= every) {
      this.#intervals++;
      this.#began += Math.floor((seconds - this.#began) / every) * every;
      if (count !== undefined && size === undefined && this.#intervals >= count) {
        this.done = true;
        this.#finish();
        return false;
      }
      this.#files = 0;
      this.#stamp = seconds;
      this.#next(seconds);
    } else if (path !== "-" && size !== undefined && this.#written > size) {
      this.#files++;
      this.#next(seconds);
    }
    return true;
  }

  /** Puts a block that is no packet into the present file. */
  append(block: Uint8Array): void {
    this.settle();
    if (this.#file !== undefined && !this.done) this.#add(block);
  }

  #next(seconds: number): void {
    this.#finish();
    this.open(seconds);
  }

  /** Nothing more comes into the present file, though the capture did not end. */
  #finish(): void {
    this.close();
    this.#options.finished?.(this.#present);
  }

  #try<T>(what: () => T): T {
    try {
      return what();
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      throw new Error(`Cannot write "${this.#present}": ${errorText(error)}`, { cause: error });
    }
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
    for (let at = 0; at < bytes.length;) at += this.#try(() => this.#file!.writeSync(bytes.subarray(at)));
  }

  /** Everything given so far is in the file. */
  flush(): void {
    this.settle();
    if (this.#held === 0 || this.#file === undefined) return;
    this.#put(this.#batch.subarray(0, this.#held));
    this.#held = 0;
  }

  /** Ends the present file. */
  close(): void {
    this.flush();
    this.#file?.close();
    this.#file = undefined;
  }
}

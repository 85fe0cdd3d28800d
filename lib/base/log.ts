// The log: levels as socat has them, one line an event, text or JSON. Pure: where lines go is given.
import { printable } from "./text.ts";

/** From silent to everything. */
export const LOG_LEVELS = ["none", "error", "warning", "notice", "info", "debug"] as const;
/** How weighty a line is. */
export type LogLevel = typeof LOG_LEVELS[number];

/** The level that -d asks for: notices without it (`undefined`), one level more for each, nothing with -d0. */
export function logLevel(d: number | undefined): LogLevel {
  if (d === undefined) return "notice";
  return d === 0 ? "none" : LOG_LEVELS[Math.min(3 + d, LOG_LEVELS.length - 1)]!;
}

interface LogOptions {
  level: LogLevel;
  format: "text" | "json";
  /** Each event is of so many levels less. */
  lower?: number;
  /** Program name in text lines. */
  program: string;
  pid: number;
  /** Takes one whole line, line feed included. */
  write(line: string): void;
  /** What the lines are about, where one log serves several: before the message, and a fact of its own. */
  about?: { readonly key: string; readonly name: string };
  /** Microseconds in the time. */
  micros?: boolean;
  /** Host name, before the program. */
  host?: string | undefined;
}

const two = (n: number) => String(n).padStart(2, "0");

/** `2026/11/20 10:29:09`, local time. */
function logTime(date: Date): string {
  return `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

let lastSecond = NaN, lastTime = "";

/** `logTime` of `now`, made once a second. */
function timeOf(now: Date): string {
  const second = Math.floor(now.getTime() / 1000);
  if (second !== lastSecond) [lastSecond, lastTime] = [second, logTime(now)];
  return lastTime;
}

/** Microseconds of the second; the finer part comes from the runtime's clock. */
export function microsecond(now: Date): number {
  const precise = performance.timeOrigin + performance.now();
  return now.getMilliseconds() * 1000 + Math.floor((precise % 1) * 1000);
}

/** Facts of an event, for `--log json`; in text they are part of the message. */
export type LogFacts = Record<string, string | number | boolean | null | undefined>;

/** Writes events of a level and above. */
export class Log {
  readonly #options: LogOptions;
  readonly #rank: number;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#rank = LOG_LEVELS.indexOf(options.level);
  }

  /** Whether events of this level are written: to spare the making of a message. */
  shows(level: Exclude<LogLevel, "none">): boolean {
    return LOG_LEVELS.indexOf(this.#lowered(level)) <= this.#rank;
  }

  #lowered<L extends LogLevel>(level: L): L {
    const { lower } = this.#options;
    return lower === undefined
      ? level
      : LOG_LEVELS[Math.min(LOG_LEVELS.indexOf(level) + lower, LOG_LEVELS.length - 1)] as L;
  }

  /** The same log for lines about one of several: `name: message`, and in JSON `"key": "name"`. */
  named(key: string, name: string): Log {
    return new Log({ ...this.#options, about: { key, name } });
  }

  /** The same log for what matters so many levels less. */
  lowered(by: number): Log {
    return by === 0 ? this : new Log({ ...this.#options, lower: by });
  }

  #event(of: Exclude<LogLevel, "none">, message: string, facts: LogFacts = {}, always = false): void {
    const level = this.#lowered(of);
    if (!always && LOG_LEVELS.indexOf(level) > this.#rank) return;
    const { format, program, pid, write, about, micros, host } = this.#options;
    const now = new Date();
    if (format === "json") {
      const which = about === undefined ? {} : { [about.key]: about.name };
      write(JSON.stringify({ time: now.toISOString(), level, ...which, message, ...facts }) + "\n");
    } else {
      const fraction = micros ? `.${String(microsecond(now)).padStart(6, "0")}` : "";
      const text = printable(about === undefined ? message : `${about.name}: ${message}`);
      const where = host === undefined ? "" : `${host} `;
      write(`${timeOf(now)}${fraction} ${where}${program}[${pid}] ${level[0]!.toUpperCase()} ${text}\n`);
    }
  }

  /** What was asked for by name (statistics): written at any level but `none`. */
  tell(message: string, level: Exclude<LogLevel, "none"> = "notice"): void {
    if (this.#rank > 0) this.#event(level, message, {}, true);
  }
  error(message: string, facts?: LogFacts): void {
    this.#event("error", message, facts);
  }
  warning(message: string, facts?: LogFacts): void {
    this.#event("warning", message, facts);
  }
  notice(message: string, facts?: LogFacts): void {
    this.#event("notice", message, facts);
  }
  info(message: string, facts?: LogFacts): void {
    this.#event("info", message, facts);
  }
  debug(message: string, facts?: LogFacts): void {
    this.#event("debug", message, facts);
  }
}

/** A log that says nothing. */
export const SILENT = new Log({ level: "none", format: "text", program: "netlab", pid: 0, write: () => {} });

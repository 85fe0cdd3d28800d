// Words for people: durations, sizes, near spellings, text that is safe on a terminal. Pure.
import { FormatError } from "./errors.ts";

const DURATION_UNITS: Record<string, number> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of `2`, `0.5` (seconds), `500ms`, `2s`, `1m`, `1h`, `1m30s`. Anything else is a `FormatError`. */
export function parseDuration(text: string): number {
  if (/^\d*\.?\d+$|^\d+\.$/.test(text)) return Number(text) * 1000;
  let total = 0, at = 0;
  for (const match of text.matchAll(/(\d*\.?\d+)(us|ms|min|s|m|h|d)/gy)) {
    total += Number(match[1]) * DURATION_UNITS[match[2]!]!;
    at += match[0].length;
  }
  if (at === 0 || at !== text.length) {
    throw new FormatError(`"${text}" is not a number of seconds or a duration such as 500ms, 2s or 1m`, at);
  }
  return total;
}

/** `850us`, `12ms`, `3.204s`, `2m05s`: short, for logs. */
export function formatDuration(ms: number): string {
  // What is rounded up to the next unit is said in it.
  if (ms < 0.9995) return `${Math.round(ms * 1000)}us`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 59_999.5) return `${(ms / 1000).toFixed(3)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(seconds / 3600)}h${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}m`;
}

/** "1 octet", "2 octets", "1 entry", "2 entries": a number, which may be text, and what it counts, named by its singular. */
export function counted(count: number | bigint | string, noun: string): string {
  if (Number(count) === 1) return `1 ${noun}`;
  return `${count} ${/[^aeo]y$/.test(noun) ? `${noun.slice(0, -1)}ie` : /(s|x)$/.test(noun) ? `${noun}e` : noun}s`;
}

const SPANS = [["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]] as const;

/** The weeks, days, hours, minutes and seconds that `seconds` are, without those of which there is none: `[[1, "hour"]]`. */
export function spansOf(seconds: number): [count: number, unit: string][] {
  let left = seconds;
  const spans = SPANS.map(([unit, size]): [number, string] => {
    const count = Math.floor(left / size);
    left -= count * size;
    return [count, unit];
  });
  const some = spans.filter(([count]) => count !== 0);
  return some.length > 0 ? some : [[0, "second"]];
}

/** "1 hour 1 minute 1 second": a number of seconds as one says it; "0 seconds" for none. */
export function secondsText(seconds: number): string {
  return spansOf(seconds).map(([count, unit]) => counted(count, unit)).join(" ");
}

/** Octets of `4096`, `0x1000`, `64k`, `64KiB`, `10M`, `1G` (powers of 1024). Anything else is a `FormatError`. */
export function parseSize(text: string): number {
  const match = /^(0x[0-9a-f]+|\d+)\s*(?:([kmgt])(?:i?b)?|b)?$/i.exec(text);
  if (match === null) throw new FormatError(`"${text}" is not a size such as 4096, 64k or 10M`);
  const exponent = match[2] === undefined ? 0 : " kmgt".indexOf(match[2].toLowerCase());
  return Number(match[1]) * 1024 ** exponent;
}

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The candidate that `word` was most likely meant to be, or `undefined` when none is near. Case is ignored. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined, bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const EACH_UNSAFE = new RegExp(UNSAFE, "g");

/**
 * Text from the network made safe to show: C0, DEL and C1 controls (escape sequences start with them) and lone
 * surrogates become `\xNN`; line feed and TAB too unless `lines` keeps them.
 */
export function printable(text: string, lines = false): string {
  if (!UNSAFE.test(text)) return text;
  return text.replace(EACH_UNSAFE, (c) => {
    if (lines && (c === "\n" || c === "\t")) return c;
    const code = c.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/**
 * `table` for words that others choose. It is changed: what every object has is no longer in it, and "constructor" is a
 * word like others.
 */
export function byWord<T>(table: Record<string, T>): Readonly<Record<string, T>> {
  return Object.setPrototypeOf(table, null);
}

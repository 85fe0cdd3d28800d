// Helpers for telling protocols by their first bytes, and for finding the ends of lines. Pure.
import { FormatError } from "../base/errors.ts";
import type { Guess } from "./protocol.ts";

/** Whether `bytes` begin with one of `prefixes` (ISO 8859-1 text); "maybe" while they are the beginning of one. */
export function startsWith(bytes: Uint8Array, prefixes: readonly string[], ignoreCase = false): Guess {
  let maybe = false;
  for (const prefix of prefixes) {
    const count = Math.min(prefix.length, bytes.length);
    let i = 0;
    while (i < count && same(bytes[i]!, prefix.charCodeAt(i), ignoreCase)) i++;
    if (i < count) continue;
    if (count === prefix.length) return "yes";
    maybe = true;
  }
  return maybe ? "maybe" : "no";
}

/** "possible" when a line of text begins that is no HTTP request: what a client of a text protocol may say. */
export function plainLine(bytes: Uint8Array): Guess {
  const first = bytes[0]!;
  if (first < 32 || first > 126) return "no";
  // Control characters in the first line are no text.
  for (const octet of bytes.subarray(1, 64)) {
    if (octet === 10 || octet === 13) break;
    if (octet < 32 && octet !== 9 || octet === 127) return "no";
  }
  const http = startsWith(bytes, ["GET /", "POST /", "HEAD /", "PUT /", "CONNECT ", "OPTIONS ", "PRI * "]);
  return http === "yes" ? "no" : "possible";
}

function same(a: number, b: number, ignoreCase: boolean): boolean {
  if (a === b) return true;
  if (!ignoreCase) return false;
  const lower = (c: number) => c >= 65 && c <= 90 ? c + 32 : c;
  return lower(a) === lower(b);
}

/** Longest line of a text protocol. */
const LINE_LIMIT = 65536;

/** Octets of the first line with its line feed, 0 when it is not complete. Too long a line is a `FormatError`. */
export function measureLine(bytes: Uint8Array, scanned = 0): number {
  const end = bytes.indexOf(10, scanned);
  if (end !== -1) return end + 1;
  if (bytes.length > LINE_LIMIT) {
    throw new FormatError(`A line of more than ${LINE_LIMIT} octets`, LINE_LIMIT);
  }
  return 0;
}

/** Index after the empty line that ends a header, or 0. Looks from `scanned` on (less what an end may overlap). */
export function measureHead(bytes: Uint8Array, scanned = 0): number {
  for (let at = bytes.indexOf(10, Math.max(0, scanned - 3)); at !== -1; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return 0;
}

// Access lists of AFS: text within its messages. Pure. The form is tcpdump's.
import type { Line } from "../core/line.ts";

/** Octets of a list that are looked at. */
const LONGEST = 1024;
/** Rights in the order in which they are told. */
const RIGHTS: readonly (readonly [bit: number, letter: string])[] = [
  [1, "r"],
  [8, "l"],
  [4, "i"],
  [16, "d"],
  [2, "w"],
  [32, "k"],
  [64, "a"],
];

/** `2 0`, then a line with a name and a number for each who may and who may not, in `count` octets at `at`. */
export function printAcl(l: Line, at: number, count: number): void {
  const whole = String.fromCharCode(...l.bytes.subarray(at, at + Math.min(LONGEST, count)));
  const text = whole.split("\0", 1)[0]!;
  const counts = /[ \t-\r]*([+-]?\d+)(?!\d)[ \t-\r]*([+-]?\d+)[ \t-\r]*/y,
    entry = /[ \t-\r]*([^ \t-\r]+)[ \t-\r]+([+-]?\d+)[ \t-\r]*/y;
  const head = counts.exec(text);
  if (head === null) return;
  entry.lastIndex = counts.lastIndex;
  for (const [sign, number] of [["+", head[1]], ["-", head[2]]] as const) {
    for (let i = 0; i < Number(number); i++) {
      const match = entry.exec(text);
      if (match === null) return;
      l.text(` ${sign}{`);
      for (const char of match[1]!) l.safe(char.charCodeAt(0));
      l.text(" ");
      for (const [bit, letter] of RIGHTS) if ((Number(match[2]) & bit) !== 0) l.text(letter);
      l.text("}");
    }
  }
}

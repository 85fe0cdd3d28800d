// Times to live in words and in units, as dig prints them. Pure.

const UNITS: readonly (readonly [string, number])[] = [
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** "1 hour 1 minute 1 second": the comment beside a number of seconds; "0 seconds" for none. */
export function ttlWords(seconds: number): string {
  const words: string[] = [];
  let left = seconds;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count !== 0 || (size === 1 && words.length === 0)) words.push(`${count} ${unit}${count === 1 ? "" : "s"}`);
  }
  return words.join(" ");
}

/** "1h1m1s": the short form of `+ttlunits`; "0s" for none. A single unit is written in upper case: "1H". */
export function ttlUnits(seconds: number): string {
  const words: string[] = [];
  let left = seconds;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count !== 0 || (size === 1 && words.length === 0)) words.push(`${count}${unit[0]}`);
  }
  return words.length === 1 ? words[0]!.toUpperCase() : words.join("");
}

// Spans of time in words. Pure.

const UNITS = [[31_536_000, "y"], [604_800, "w"], [86_400, "d"], [3600, "h"], [60, "m"], [1, "s"]] as const;

/** `1h45s`: a whole number of seconds. */
export function spanText(seconds: number): string {
  if (seconds === 0) return "0s";
  let out = "";
  for (const [size, unit] of UNITS) {
    if (seconds < size) continue;
    out += `${Math.floor(seconds / size)}${unit}`;
    seconds %= size;
  }
  return out;
}

// Whether octets are an extended regular expression of POSIX: what NAPTR's substitutions begin with (RFC 3402 3.2). Pure.

/** How deep groups may stand in each other. */
const MOST_GROUPS = 999;

/** The number of groups of an expression, or -1 for one that is malformed. */
export function countGroups(pattern: string): number {
  let at = 0, groups = 0, depth = 0;
  // Whether something stands before that can be repeated, and whether the branch has anything at all.
  let repeatable = false, filled = false;
  while (at < pattern.length) {
    const c = pattern[at++]!;
    if (c === "\\") {
      if (at >= pattern.length) return -1;
      const escaped = pattern[at++]!;
      if (escaped >= "1" && escaped <= "9" && Number(escaped) > groups) return -1;
      repeatable = filled = true;
    } else if (c === "[") {
      const end = bracketEnd(pattern, at);
      if (end === -1) return -1;
      at = end;
      repeatable = filled = true;
    } else if (c === "(") {
      groups++;
      depth++;
      if (groups > MOST_GROUPS) return -1;
      repeatable = filled = false;
    } else if (c === ")") {
      if (depth === 0 || !filled) return -1;
      depth--;
      repeatable = filled = true;
    } else if (c === "|") {
      if (!filled) return -1;
      repeatable = filled = false;
    } else if (c === "*" || c === "+" || c === "?") {
      if (!repeatable) return -1;
      repeatable = false;
    } else if (c === "{") {
      const match = /^(\d{1,3})(?:(,)(\d{0,3}))?\}/.exec(pattern.slice(at, at + 8));
      if (!repeatable || match === null) return -1;
      const least = Number(match[1]), most = match[3] ? Number(match[3]) : least;
      if (least > 255 || most > 255 || most < least) return -1;
      at += match[0].length;
      repeatable = false;
    } else {
      repeatable = c !== "^" && c !== "$";
      filled = true;
    }
  }
  return depth === 0 && filled ? groups : -1;
}

/** The index behind a bracket expression whose inside begins at `at`, or -1. */
function bracketEnd(pattern: string, at: number): number {
  if (pattern[at] === "^") at++;
  const first = at;
  while (at < pattern.length) {
    const c = pattern[at]!;
    const kind = pattern[at + 1] ?? "";
    if (c === "]" && at > first) return at + 1;
    if (c === "[" && (kind === ":" || kind === "." || kind === "=")) {
      const end = pattern.indexOf(`${kind}]`, at + 2);
      if (end === -1) return -1;
      at = end + 2;
      continue;
    }
    if (kind === "-" && at + 2 < pattern.length && pattern[at + 2] !== "]") {
      if (pattern[at + 2]! < c) return -1;
      at += 3;
      continue;
    }
    at++;
  }
  return -1;
}

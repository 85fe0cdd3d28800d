// The words of EXEC's command line, split as socat splits them. Pure.
import { UsageError } from "../../base/errors.ts";

const NESTS: Record<string, string> = { "(": ")", "[": "]", "{": "}" };

/**
 * Splits at blanks (not at tabs). Quotes keep blanks together and go, brackets keep them and stay, with the quotes in them;
 * a backslash makes the next character plain (not with `windows`). The address grammar has taken one level of quotes and
 * backslashes off before.
 */
export function splitCommand(text: string, windows = false): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const open: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === " " && open.length === 0) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= "";
    if (c === "\\" && !windows) {
      at++;
      if (at === text.length) throw new UsageError(`The command "${text}" ends in a backslash`);
      word += text[at]!;
    } else if (c === "'" || c === '"') {
      let end = at + 1, quoted = "";
      for (; text[end] !== c; end++) {
        if (end >= text.length) throw new UsageError(`The command "${text}" lacks a closing ${c}`);
        if (text[end] === "\\" && !windows && end + 1 < text.length) end++;
        quoted += text[end]!;
      }
      word += open.length === 0 ? quoted : c + quoted + c;
      at = end;
    } else {
      if (c in NESTS) open.push(NESTS[c]!);
      else if (open.length > 0 && c === open[open.length - 1]) open.pop();
      word += c;
    }
  }
  if (open.length > 0) throw new UsageError(`The command "${text}" lacks a closing "${open.pop()}"`);
  if (word !== undefined) words.push(word);
  return words;
}

/** A word for a shell, whatever is in it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

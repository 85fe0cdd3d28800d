// The address grammar of socat: `TYPE:param:param,option=value,option`, quoting, nesting, `left!!right`. Pure.
import { UsageError } from "../../base/errors.ts";

/** An address as it is written, before anybody asks what its words mean. */
export interface AddressText {
  /** The whole, for messages. */
  readonly text: string;
  /** As written: `tcp-listen`, `-`, `/tmp/x`. */
  readonly type: string;
  readonly params: readonly string[];
  readonly options: readonly { readonly name: string; readonly value: string | undefined }[];
}

const NESTS: Record<string, string> = { "(": ")", "[": "]", "{": "}" };
const ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  f: "\f",
  b: "\b",
  a: "\x07",
  v: "\v",
  0: "\0",
};

/** Types whose parameter is text, in which a backslash means what it means in C on every system. */
const TEXTS = /^text$/i;

/** Takes one part after the other of an address; every part ends before one of `ends` that is not quoted or nested. */
class Lexer {
  at = 0;
  /** `plainBackslash`: a backslash is a character as any other, as it parts the names in Windows' paths. */
  constructor(readonly text: string, public plainBackslash: boolean) {}

  get done(): boolean {
    return this.at >= this.text.length;
  }

  startsWith(mark: string): boolean {
    return this.text.startsWith(mark, this.at);
  }

  /**
   * Quotes go, brackets stay, with the quotes in them; a backslash makes the next character plain (or the control character
   * that C means).
   */
  part(ends: readonly string[]): string {
    let out = "";
    const open: string[] = [];
    while (!this.done) {
      const c = this.text[this.at]!;
      if (open.length === 0 && ends.some((end) => this.startsWith(end))) return out;
      this.at++;
      if (c === "\\" && !this.plainBackslash) {
        if (this.done) throw this.#unfinished("ends in a backslash");
        const next = this.text[this.at++]!;
        out += ESCAPES[next] ?? next;
      } else if (c === "'" || c === '"') out += open.length === 0 ? this.#quoted(c) : c + this.#quoted(c) + c;
      else if (c in NESTS) {
        open.push(NESTS[c]!);
        out += c;
      } else {
        if (open.length > 0 && c === open[open.length - 1]) open.pop();
        out += c;
      }
    }
    if (open.length > 0) throw this.#unfinished(`lacks a closing "${open.pop()}"`);
    return out;
  }

  #quoted(quote: string): string {
    let out = "";
    for (;;) {
      if (this.done) throw this.#unfinished(`lacks a closing ${quote}`);
      const c = this.text[this.at++]!;
      if (c === quote) return out;
      if (c !== "\\" || this.plainBackslash) {
        out += c;
        continue;
      }
      if (this.done) throw this.#unfinished(`lacks a closing ${quote}`);
      const next = this.text[this.at++]!;
      out += ESCAPES[next] ?? next;
    }
  }

  #unfinished(problem: string): UsageError {
    return new UsageError(`Cannot parse address "${this.text}": it ${problem}`);
  }
}

/** A path in place of a type; Windows' begin with a drive, too, and have backslashes. */
const PATH = /^[^:,!]*\//, WINDOWS_PATH = /^(?:["']?[a-z]:|[^:,!]*)[\\/]/i;

function parseOne(lexer: Lexer, windows: boolean): AddressText {
  const from = lexer.at;
  lexer.plainBackslash = windows;
  const path = (windows ? WINDOWS_PATH : PATH).test(lexer.text.slice(from));
  const type = lexer.part(path ? [",", "!!"] : [":", ",", "!!"]);
  if (TEXTS.test(type)) lexer.plainBackslash = false;
  const params: string[] = [];
  while (lexer.startsWith(":") && !path) {
    lexer.at++;
    params.push(lexer.part([":", ",", "!!"]));
  }
  const options: { name: string; value: string | undefined }[] = [];
  while (lexer.startsWith(",")) {
    lexer.at++;
    const name = lexer.part(["=", ",", "!!"]);
    let value: string | undefined;
    if (lexer.startsWith("=")) {
      lexer.at++;
      value = lexer.part([",", "!!"]);
    }
    if (name !== "") options.push({ name, value });
  }
  return { text: lexer.text.slice(from, lexer.at), type, params, options };
}

/** Whether a word in place of a type is a path. */
export function isPath(word: string, windows: boolean): boolean {
  return word.includes("/") || (windows && word.includes("\\"));
}

/**
 * Reads an address, or the two of `read!!write`. Nothing is judged but the form: a `UsageError` for a quote or bracket
 * that is not closed, or for an empty address. With `windows` a backslash protects nothing (quotes do), and `C:\x` is a path.
 */
export function parseAddressText(
  text: string,
  windows = false,
): readonly [AddressText] | readonly [AddressText, AddressText] {
  const lexer = new Lexer(text, windows);
  const first = parseOne(lexer, windows);
  if (first.type === "") throw new UsageError(`Cannot parse address "${text}": it has no type, such as "tcp" or "-"`);
  if (lexer.done) return [first];
  lexer.at += 2;
  const second = parseOne(lexer, windows);
  if (second.type === "" || !lexer.done) {
    throw new UsageError(`Cannot parse address "${text}": write READ-ADDRESS!!WRITE-ADDRESS`);
  }
  return [first, second];
}

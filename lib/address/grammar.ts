// The address grammar of socat: `TYPE:param:param,option=value,option`, quoting, nesting, `left!!right`. Pure.
import { UsageError } from "../base/errors.ts";

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
  e: "\x1b",
  v: "\v",
  0: "\0",
};

/** Takes one part after the other of an address; every part ends before one of `ends` that is not quoted or nested. */
class Lexer {
  at = 0;
  constructor(readonly text: string) {}

  get done(): boolean {
    return this.at >= this.text.length;
  }

  startsWith(mark: string): boolean {
    return this.text.startsWith(mark, this.at);
  }

  /** Quotes go, brackets stay, a backslash makes the next character plain (or the control character that C means). */
  part(ends: readonly string[]): string {
    let out = "";
    const open: string[] = [];
    while (!this.done) {
      const c = this.text[this.at]!;
      if (open.length === 0 && ends.some((end) => this.startsWith(end))) return out;
      this.at++;
      if (c === "\\") {
        if (this.done) throw this.#unfinished("ends in a backslash");
        const next = this.text[this.at++]!;
        out += ESCAPES[next] ?? next;
      } else if (c === "'" || c === '"') out += this.#quoted(c);
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
      if (c !== "\\") {
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

function parseOne(lexer: Lexer): AddressText {
  const from = lexer.at;
  const path = /^[^:,!]*\//.test(lexer.text.slice(from));
  const type = lexer.part(path ? [",", "!!"] : [":", ",", "!!"]);
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

/**
 * Reads an address, or the two of `read!!write`. Nothing is judged but the form: a `UsageError` for a quote or bracket
 * that is not closed, or for an empty address.
 */
export function parseAddressText(text: string): readonly [AddressText] | readonly [AddressText, AddressText] {
  const lexer = new Lexer(text);
  const first = parseOne(lexer);
  if (first.type === "") throw new UsageError(`Cannot parse address "${text}": it has no type, such as "tcp" or "-"`);
  if (lexer.done) return [first];
  lexer.at += 2;
  const second = parseOne(lexer);
  if (second.type === "" || !lexer.done) {
    throw new UsageError(`Cannot parse address "${text}": write READ-ADDRESS!!WRITE-ADDRESS`);
  }
  return [first, second];
}

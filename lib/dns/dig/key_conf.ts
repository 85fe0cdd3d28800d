// Key files in the form of named.conf, `key "name" { algorithm …; secret …; };`, with dig's words for what is wrong. Pure.
import type { OctetText } from "./settings.ts";

/** What such a file says. */
export interface ConfKey {
  readonly name: OctetText;
  readonly algorithm: OctetText;
  readonly secret: OctetText;
}

/** Why a file is no key; "incomplete" when the algorithm or the secret is missing. */
export type ConfProblem =
  | "unexpected token"
  | "unexpected end of input"
  | "already exists"
  | "not found"
  | "failure"
  | "incomplete";

class Problem extends Error {
  readonly problem: ConfProblem;

  constructor(problem: ConfProblem) {
    super(problem);
    this.problem = problem;
  }
}

/** Comments of three kinds, which end words too; quoted strings, marks, what does not end, words. */
const TOKEN = /\s+|\/\*[^]*?\*\/|(?:\/\/|#).*|("(?:[^"\\]|\\[^])*")|([{};,])|("|\/\*)|((?:[^\s{};,"#/]|\/(?![/*]))+)/g;

class Statements {
  readonly #tokens: string[] = [];
  #at = 0;
  /** Mistakes that reading goes on after. */
  mistakes = 0;

  constructor(text: OctetText) {
    for (const [, quoted, mark, open, word] of text.matchAll(TOKEN)) {
      const token = quoted ?? mark ?? word ?? open;
      if (token !== undefined) this.#tokens.push(token);
    }
  }

  #peek(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === '"' || token === "/*") throw new Problem("unexpected end of input");
    return token;
  }

  get atEnd(): boolean {
    return this.#peek() === undefined;
  }

  #next(): string {
    const token = this.#peek();
    if (token === undefined) throw new Problem("unexpected token");
    this.#at++;
    return token;
  }

  mark(wanted: string): void {
    if (this.#next() !== wanted) throw new Problem("unexpected token");
  }

  string(): string {
    const token = this.#next();
    if (/^[{};,]$/.test(token)) throw new Problem("unexpected token");
    return token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/g, "$1") : token;
  }

  /** Clauses up to the end of the block, each read by the function of its name, at most once. */
  clauses(known: Readonly<Record<string, () => void>>): void {
    const seen = new Set<string>();
    for (;;) {
      const word = this.#peek();
      if (word === undefined || /^["{};,]/.test(word)) return;
      this.#next();
      const read = Object.hasOwn(known, word) ? known[word] : undefined;
      if (read === undefined) {
        this.mistakes++;
        this.#skip();
        continue;
      }
      if (seen.has(word)) throw new Problem("already exists");
      seen.add(word);
      read();
      if (this.#peek() === ";") this.#next();
      else this.mistakes++;
    }
  }

  /** Passes over a clause that nobody knows. */
  #skip(): void {
    for (let depth = 0;;) {
      const token = this.#next();
      if (token === "{") depth++;
      else if (token === "}" && --depth < 0) throw new Problem("unexpected token");
      else if (token === ";" && depth === 0) return;
    }
  }
}

/** The key that a file holds, or what is wrong with it. */
export function confKey(text: OctetText): ConfKey | ConfProblem {
  let name: string | undefined, algorithm: string | undefined, secret: string | undefined;
  try {
    const statements = new Statements(text);
    statements.clauses({
      key: () => {
        name = statements.string();
        statements.mark("{");
        statements.clauses({
          algorithm: () => void (algorithm = statements.string()),
          secret: () => void (secret = statements.string()),
        });
        statements.mark("}");
      },
    });
    if (!statements.atEnd || statements.mistakes > 0) return "failure";
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.problem;
  }
  if (name === undefined) return "not found";
  if (algorithm === undefined || secret === undefined) return "incomplete";
  return { name, algorithm, secret };
}

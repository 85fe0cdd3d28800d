// Asking for a password on a terminal. The terminal is raw meanwhile and is put back whatever ends it, ^C included: with
// signals left on, a program that waits for a key is ended before it can do so, and the shell is left without echo.
import { utf8 } from "../../lib/base/bytes.ts";

const END_OF_TEXT = 0x03, END_OF_INPUT = 0x04, BACKSPACE = 0x08, LF = 0x0a, CR = 0x0d, KILL = 0x15, DELETE = 0x7f;

/** The status of a program that ^C has ended. */
export const INTERRUPTED = 130;

/** What one key makes of a line: still going, done, or given up. */
export type Typed = "more" | "done" | "interrupted";

/** A line as it is typed, octet by octet, in UTF-8. */
export class SecretLine {
  #octets: number[] = [];

  /** Takes one octet. Backspace takes a whole character away, ^U all, ^D ends. */
  type(octet: number): Typed {
    if (octet === CR || octet === LF || octet === END_OF_INPUT) return "done";
    if (octet === END_OF_TEXT) return "interrupted";
    if (octet === KILL) this.#octets = [];
    else if (octet === BACKSPACE || octet === DELETE) {
      while (((this.#octets.pop() ?? 0) & 0xc0) === 0x80);
    } else this.#octets.push(octet);
    return "more";
  }

  /** Characters so far. */
  get length(): number {
    return this.#octets.filter((octet) => (octet & 0xc0) !== 0x80).length;
  }

  get text(): string {
    return new TextDecoder().decode(new Uint8Array(this.#octets));
  }
}

/** Asks on the terminal that standard input is; a star for each character. `undefined` when it was interrupted. */
export function askSecret(question: string): string | undefined {
  const line = new SecretLine();
  const octet = new Uint8Array(1);
  const show = (text: string) => void Deno.stderr.writeSync(utf8(text));
  Deno.stdin.setRaw(true);
  try {
    show(question);
    for (;;) {
      const before = line.length;
      const typed = Deno.stdin.readSync(octet) === null ? "done" : line.type(octet[0]!);
      if (typed !== "more") return typed === "done" ? line.text : undefined;
      const more = line.length - before;
      show(more > 0 ? "*".repeat(more) : "\b \b".repeat(-more));
    }
  } finally {
    Deno.stdin.setRaw(false);
    show("\n");
  }
}

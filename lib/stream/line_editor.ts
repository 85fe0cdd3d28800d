// Standard input and output at a terminal whose lines are edited before they are sent, with a history, by `node:readline`.
import type { Interface } from "node:readline";
import type { Writable } from "node:stream";
import { type Bytes, utf8 } from "../base/bytes.ts";
import { Stream } from "./stream.ts";

/** How lines are asked for. */
export interface LineEditorOptions {
  /** What stands before a line. Default: the last words of the peer that no end of line followed. */
  readonly prompt?: string | undefined;
  /** After a prompt like this nothing is shown of what is typed, and nothing remembered. */
  readonly noEcho?: RegExp | undefined;
  /** Lines of earlier times, the oldest first. */
  readonly history: readonly string[];
  /** Ctrl-C was typed. */
  readonly onInterrupt: () => void;
}

/** So many lines are remembered. */
export const HISTORY_SIZE = 1000;

interface Parts {
  readonly lines: Interface & { history: string[] };
  /** The terminal, which shows nothing while it is `hidden`. */
  readonly screen: Writable & { hidden: boolean };
}

/** A terminal with line editing: reading gives whole lines, writing goes above the line that is being edited. */
export class LineEditorStream extends Stream {
  readonly #options: LineEditorOptions;
  readonly #parts: Parts;
  #said = "";
  #waiting: Uint8Array[] = [];
  #ended = false;
  #wake = () => {};
  readonly #decoder = new TextDecoder();

  private constructor(options: LineEditorOptions, parts: Parts) {
    super({ label: "stdio" });
    this.#options = options;
    this.#parts = parts;
    const { lines } = parts;
    lines.on("line", (line: string) => this.#take(line));
    lines.on("SIGINT", () => options.onInterrupt());
    lines.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
    this.#ask();
  }

  /** Begins to edit. Standard input must be a terminal. */
  static async open(options: LineEditorOptions): Promise<LineEditorStream> {
    const [{ createInterface }, { Writable }, { default: process }] = await Promise.all([
      import("node:readline"),
      import("node:stream"),
      import("node:process"),
    ]);
    const screen = Object.assign(
      new Writable({
        write(chunk: Uint8Array, _, done) {
          if (!screen.hidden) process.stdout.write(chunk);
          done();
        },
      }),
      { hidden: false, isTTY: true },
    );
    Object.defineProperty(screen, "columns", { get: () => process.stdout.columns || 80 });
    const lines = createInterface({
      input: process.stdin,
      output: screen,
      terminal: true,
      historySize: HISTORY_SIZE,
      history: [...options.history].reverse(),
    } as never) as Parts["lines"];
    return new LineEditorStream(options, { lines, screen });
  }

  /** The lines that were typed, and those of earlier times, the oldest first. */
  get history(): string[] {
    return [...this.#parts.lines.history].reverse();
  }

  #take(line: string): void {
    const { lines, screen } = this.#parts;
    if (screen.hidden) {
      screen.hidden = false;
      screen.write("\n");
      if (lines.history[0] === line) lines.history.shift();
    }
    this.#said = "";
    lines.setPrompt(this.#options.prompt ?? "");
    this.#waiting.push(utf8(`${line}\n`));
    this.#wake();
  }

  /** Shows the prompt, and what is typed already behind it. */
  #ask(): void {
    const { lines, screen } = this.#parts;
    const prompt = this.#options.prompt ?? this.#said;
    lines.setPrompt(prompt);
    lines.prompt(true);
    screen.hidden = this.#options.noEcho?.test(prompt) ?? false;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    while (this.#waiting.length === 0) {
      if (this.#ended || this.closed) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const line = this.#waiting[0]!;
    const count = Math.min(view.length, line.length);
    view.set(line.subarray(0, count));
    if (count === line.length) this.#waiting.shift();
    else this.#waiting[0] = line.subarray(count);
    return count;
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    const { screen } = this.#parts;
    const text = this.#said + this.#decoder.decode(bytes, { stream: true });
    const end = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
    this.#said = this.#options.prompt === undefined ? text.slice(end) : "";
    screen.hidden = false;
    // The line that is being edited makes room, and comes back below.
    screen.write("\r\x1b[J");
    const shown = this.#options.prompt === undefined ? text.slice(0, end) : text;
    if (shown !== "") screen.write(utf8(shown));
    if (!this.#ended) this.#ask();
    else screen.write(this.#said);
  }

  protected async finish(): Promise<void> {
    // Nobody is there to be told.
  }

  protected release(): void {
    this.#ended = true;
    this.#wake();
    this.#parts.lines.close();
  }
}

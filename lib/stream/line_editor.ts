// Standard input and output at a terminal whose lines are edited before they are sent, with a history, by `node:readline`.
import type { Interface } from "node:readline";
import type { Writable } from "node:stream";
import { type Bytes, utf8 } from "../base/bytes.ts";
import { Chunks } from "./chunks.ts";
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
/** Longer words without an end of line are no prompt, and are not drawn again. */
const LONGEST_PROMPT = 512;

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
  /** Words of the peer stand before the line that is edited, in the same row. */
  #joined = false;
  readonly #waiting = new Chunks();
  #ended = false;
  #wake = () => {};
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

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
    this.#joined = false;
    lines.setPrompt(this.#options.prompt ?? "");
    this.#waiting.add(utf8(`${line}\n`));
    this.#wake();
  }

  /** Shows the prompt, and what is typed already behind it. */
  #ask(): void {
    const { lines, screen } = this.#parts;
    const prompt = this.#options.prompt ?? this.#said;
    // A secret that is typed in part stays one, whatever the peer says meanwhile.
    const secret = this.#options.noEcho?.test(prompt) || (screen.hidden && lines.line !== "");
    screen.hidden = false;
    lines.setPrompt(prompt);
    if (secret) screen.write(prompt);
    else if (this.#joined) screen.write(lines.line);
    screen.hidden = secret || this.#joined;
    lines.prompt(true);
    screen.hidden = secret;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    while (this.#waiting.count === 0) {
      if (this.#ended || this.closed) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#waiting.take(view);
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    const { lines } = this.#parts, { prompt } = this.#options;
    const text = this.#said + this.#decoder.decode(bytes, { stream: true });
    let end = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
    const goesOn = this.#joined && end === 0;
    if (prompt !== undefined || goesOn || text.length - end > LONGEST_PROMPT) end = text.length;
    this.#said = text.slice(end);
    // The line that is being edited makes room, and comes back below.
    this.#draw(!this.#joined ? "\r\x1b[J" : lines.line === "" ? "" : "\n");
    this.#draw(text.slice(0, end));
    if (this.#ended) return this.#draw(this.#said);
    if (end > 0) this.#joined = !/[\r\n]/.test(text[end - 1]!);
    // A prompt, unlike nothing, begins a row.
    if (this.#joined && (prompt ?? "") !== "") {
      this.#draw("\n");
      this.#joined = false;
    }
    this.#ask();
  }

  /** Writes to the terminal, also while what is typed is hidden. */
  #draw(text: string): void {
    const { screen } = this.#parts, { hidden } = screen;
    screen.hidden = false;
    if (text !== "") screen.write(utf8(text));
    screen.hidden = hidden;
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

// The dumps of `-v` and `-x`, octet for octet as socat 1.8.1 writes them. Pure: where blocks go is given.
// A block is built by table in one buffer and written at once, so blocks of different connections never mix.
import type { Bytes } from "../base/bytes.ts";
import { utf8 } from "../base/bytes.ts";
import type { Direction, FlowObserver } from "../stream/tap.ts";

/** `-v`, `-x`, or both. */
export type DumpMode = "text" | "hex" | "both";

/** What the flags -v and -x ask for; `undefined`: no dump. */
export function dumpMode(flags: { readonly v: boolean; readonly x: boolean }): DumpMode | undefined {
  return flags.v && flags.x ? "both" : flags.x ? "hex" : flags.v ? "text" : undefined;
}

/** Where blocks go: a `Sink`. */
export interface BlockSink {
  readonly atLineStart: boolean;
  write(block: Uint8Array): void;
  close?(): void;
}

interface DumpOptions {
  mode: DumpMode;
  sink: BlockSink;
  /**
   * When several connections share the sink: what each header ends with (`  #12 127.0.0.1:40112`), and headers never
   * stick to an unfinished line.
   */
  mark?: string | undefined;
  /** Colour by direction. */
  colour?: boolean;
}

const BACKSLASH = 0x5c, DOT = 0x2e, SPACE = 0x20, NEWLINE = 0x0a;

/** The letter after a backslash for octets that are written as two, else 0. */
const LETTER = new Uint8Array(256);
for (const [octet, letter] of [[7, "a"], [8, "b"], [11, "v"], [12, "f"], [13, "r"], [BACKSLASH, "\\"]] as const) {
  LETTER[octet] = letter.charCodeAt(0);
}
/** What an octet is written as in text (`PLAIN`), and in the right-hand column of hex (`COLUMN`). */
const COLUMN = new Uint8Array(256).map((_, octet) => octet >= 0x20 && octet < 0x7f ? octet : DOT);
const PLAIN = COLUMN.map((shown, octet) => octet === 9 || octet === 10 ? octet : shown);
const DIGITS = utf8("0123456789abcdef");

/** Text of `-v` into `out` at `at`: the offset after it. At most two octets for each. */
function textInto(out: Bytes, at: number, chunk: Uint8Array): number {
  for (let i = 0; i < chunk.length; i++) {
    const octet = chunk[i]!;
    const letter = LETTER[octet]!;
    if (letter !== 0) {
      out[at++] = BACKSLASH;
      out[at++] = letter;
    } else out[at++] = PLAIN[octet]!;
  }
  return at;
}

/** ` 47 45` of the octets from `from` to `to`. */
function digitsInto(out: Bytes, at: number, chunk: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const octet = chunk[i]!;
    out[at++] = SPACE;
    out[at++] = DIGITS[octet >> 4]!;
    out[at++] = DIGITS[octet & 15]!;
  }
  return at;
}

/** One line of digits. */
function hexInto(out: Bytes, at: number, chunk: Uint8Array): number {
  const end = digitsInto(out, at, chunk, 0, chunk.length);
  out[end] = NEWLINE;
  return end + 1;
}

/** Rows of at most 16, ended by 0x0a too: hex, two spaces, text; then `--`. */
function rowsInto(out: Bytes, at: number, chunk: Uint8Array): number {
  for (let from = 0; from < chunk.length;) {
    let to = from;
    while (to < chunk.length && to < from + 16) if (chunk[to++] === NEWLINE) break;
    at = digitsInto(out, at, chunk, from, to);
    for (let i = (16 - (to - from)) * 3 + 2; i > 0; i--) out[at++] = SPACE;
    for (let i = from; i < to; i++) out[at++] = COLUMN[chunk[i]!]!;
    out[at++] = NEWLINE;
    from = to;
  }
  out[at++] = 0x2d;
  out[at++] = 0x2d;
  out[at++] = NEWLINE;
  return at;
}

const two = (n: number) => n < 10 ? `0${n}` : String(n);
let secondShown = -1, secondText = "";

/** `2026/11/20 10:29:09.799547`, local time. `ms` since 1970. */
export function dumpTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== secondShown) {
    const date = new Date(second * 1000);
    secondText = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())} ` +
      `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
    secondShown = second;
  }
  const micros = Math.floor((ms - second * 1000) * 1000);
  return `${secondText}.${String(micros).padStart(6, "0")}`;
}

/** The buffer that all dumps build blocks in; it grows to the largest block. */
let scratch: Bytes = new Uint8Array(16 * 1024);

const GREEN = utf8("\x1b[32m"), CYAN = utf8("\x1b[36m"), PLAIN_COLOUR = utf8("\x1b[0m");

/** Watches one connection and writes its blocks. */
export class Dump implements FlowObserver {
  readonly #options: DumpOptions;
  readonly #mark: string;
  #sent = 0;
  #received = 0;

  constructor(options: DumpOptions) {
    this.#options = options;
    this.#mark = options.mark === undefined ? "" : `  ${options.mark}`;
  }

  data(direction: Direction, chunk: Uint8Array): void {
    const { mode, sink, mark, colour } = this.#options;
    const from = direction === ">" ? this.#sent : this.#received;
    const next = from + chunk.length;
    if (direction === ">") this.#sent = next;
    else this.#received = next;
    const time = dumpTime(performance.timeOrigin + performance.now());
    const head = `${direction} ${time}  length=${chunk.length} from=${from} to=${next - 1}${this.#mark}\n`;
    const largest = chunk.length * (mode === "both" ? 70 : 3) + head.length + 64;
    if (scratch.length < largest) scratch = new Uint8Array(largest * 2);
    const out = scratch;
    let at = 0;
    if (mark !== undefined && !sink.atLineStart) out[at++] = NEWLINE;
    if (colour) {
      out.set(direction === ">" ? GREEN : CYAN, at);
      at += GREEN.length;
    }
    for (let i = 0; i < head.length; i++) out[at++] = head.charCodeAt(i);
    at = mode === "text"
      ? textInto(out, at, chunk)
      : mode === "hex"
      ? hexInto(out, at, chunk)
      : rowsInto(out, at, chunk);
    if (colour) {
      // A line feed stays last, so that the next block knows that its line is new.
      const lineEnds = out[at - 1] === NEWLINE;
      if (lineEnds) at--;
      out.set(PLAIN_COLOUR, at);
      at += PLAIN_COLOUR.length;
      if (lineEnds) out[at++] = NEWLINE;
    }
    sink.write(out.subarray(0, at));
  }
}

/** Writes the raw octets of each direction to a sink of its own: `-r` and `-R`. */
export class RawDump implements FlowObserver {
  readonly #sent: BlockSink | undefined;
  readonly #received: BlockSink | undefined;

  constructor(sent: BlockSink | undefined, received: BlockSink | undefined) {
    this.#sent = sent;
    this.#received = received;
  }

  data(direction: Direction, chunk: Uint8Array): void {
    (direction === ">" ? this.#sent : this.#received)?.write(chunk);
  }

  close(): void {
    this.#sent?.close?.();
    this.#received?.close?.();
  }
}

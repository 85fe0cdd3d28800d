// The explaining view: octets beside the tree that explains them, one line for each field. Pure.
//   0000  04 d2                    ..        Transaction ID: 1234 [RFC 1035 4.1.1]
import { bold, cyan, dim, green, red, yellow } from "@std/fmt/colors";
import type { Field } from "../../base/field.ts";
import { HEX } from "../../base/hex.ts";
import { counted, shown } from "../coding/words.ts";

/** How much of a tree is shown, and how. */
export interface ViewOptions {
  /** Escape sequences for a terminal. Default none. */
  readonly colour?: boolean;
  /** Levels of the tree that are shown; deeper ones show as one line. Default all. */
  readonly depth?: number | undefined;
  /** Only fields whose name contains one of these (case and punctuation do not count), with all below them. */
  readonly only?: readonly string[] | undefined;
  /** Rows of eight octets that one field shows at most; then a line says how many more. Default 32. */
  readonly rows?: number | undefined;
  /** Columns of the terminal: longer lines go on in the column of the tree. Default: lines are as long as they are. */
  readonly width?: number | undefined;
}

const PER_ROW = 8;
const HEX_WIDTH = PER_ROW * 3 - 1;
const TEXT_WIDTH = 100;

type Paint = (text: string) => string;
interface Palette {
  readonly name: Paint;
  readonly meaning: Paint;
  readonly dim: Paint;
  readonly error: Paint;
  readonly secret: Paint;
}
const plain: Paint = (text) => text;
const unlessEmpty = (paint: Paint): Paint => (text) => text === "" ? "" : paint(text);
const PLAIN: Palette = { name: plain, meaning: plain, dim: plain, error: plain, secret: plain };
const COLOURS: Palette = {
  name: unlessEmpty(cyan),
  meaning: unlessEmpty(green),
  dim: unlessEmpty(dim),
  error: unlessEmpty(red),
  secret: unlessEmpty((text) => bold(yellow(text))),
};

/** Whether all children are bits of their parent's word. */
function hasBits(field: Field): boolean {
  return field.children !== undefined && field.children.length > 0 &&
    field.children.every((child) => child.bits !== undefined);
}

/** A number as its field wants it: words of flags and sums in hex. */
function numberText(field: Field, value: number | bigint): string {
  if (
    hasBits(field) || field.hex === true ||
    /checksum|magic|cookie|ethertype|protocol type|ppp protocol|transaction id|^organization$|parameters index|^flags/i
      .test(field.name)
  ) {
    return `0x${value.toString(16).padStart(Math.min(16, field.length * 2), "0")}`;
  }
  return String(value);
}

/** The value of a field as one line, without the octets that stand beside it anyway. */
function valueText(field: Field): string {
  const { value } = field;
  if (value === undefined) return "";
  if (typeof value === "number" || typeof value === "bigint") return numberText(field, value);
  if (typeof value === "string") return shown(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  // The octets stand beside it: a meaning says more than they again.
  if (value.length <= PER_ROW && (field.meaning !== undefined || value.length <= 2)) return "";
  if (value.length <= 16) return Array.from(value, (octet) => HEX[octet]).join(" ");
  return counted(value.length, "octet");
}

/**
 * What a field means, as it stands after its value: in brackets, or, where it begins with the value, without that:
 * `219 octets`, `198.51.100.0/24`.
 */
function meaningText({ value, meaning }: Field, said: string): string {
  if (meaning === undefined) return "";
  const more = meaning.slice(said.length), goesOn = typeof value === "string" ? /^(\/|$)/ : /^([ ,/]|$)/;
  return said !== "" && meaning === said + more && goesOn.test(more) ? shown(more) : ` (${shown(meaning)})`;
}

/** `.... 0101 .... ....`: the bits of a field in their word. */
export function bitsText(value: number, octets: number, first: number, count: number): string {
  let out = "";
  for (let bit = 0; bit < octets * 8; bit++) {
    if (bit !== 0 && bit % 4 === 0) out += " ";
    const inside = bit >= first && bit < first + count;
    out += inside ? String(Math.floor(value / 2 ** (first + count - 1 - bit)) % 2) : ".";
  }
  return out;
}

/** `.... 0101 = `: what stands before the name of a field of bits. */
const bitsOf = (field: Field, indent: string) =>
  `${indent}${bitsText(Number(field.value), field.length, ...field.bits!)} = `;

/** Text of a value in lines of `width` that end after words where they can, when it is long or has lines of its own. */
function blockOf(field: Field, limit: number, width: number): string[] | undefined {
  const { value } = field;
  if (typeof value !== "string" || (value.length <= width && !/\n./.test(value))) return undefined;
  const lines: string[] = [];
  for (const line of value.slice(0, limit * width).split(/\r?\n/)) {
    for (let at = 0, end = 0; at === 0 || at < line.length; at = end) {
      if (lines.length >= limit) return [...lines, "…"];
      end = at + width;
      if (end < line.length) {
        const word = Math.max(line.lastIndexOf(" ", end - 1), line.lastIndexOf(",", end - 1)) + 1;
        if (word > at + width / 2) end = word;
      }
      lines.push(shown(line.slice(at, end)).replaceAll("\\x09", "  "));
    }
  }
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A piece of a line, how it is painted, and whether it stays in one piece. */
type Part = readonly [paint: Paint, text: string, whole?: boolean];

/** The parts as lines of at most `width`, broken after words: the first begins with `indent`, the others deeper. */
function wrapped(parts: readonly Part[], indent: string, width: number): string[] {
  if (width === Infinity) return [indent + parts.map(([paint, text]) => paint(text)).join("")];
  const hang = `${indent}  `, longest = Math.max(8, width - hang.length), lines: string[] = [];
  let line = indent, used = indent.length, begun = false;
  for (const [paint, text, whole] of parts) {
    let run = "";
    for (const words of text.match(whole === true ? /^ | ?.+/g : /[^ ,]*[ ,]+|[^ ,]+/g) ?? []) {
      for (let at = 0; at < words.length; at += longest) {
        let piece = words.slice(at, at + longest);
        if (begun && used + piece.trimEnd().length > width) {
          lines.push(line + paint(run.trimEnd()));
          [line, run, used, begun] = [hang, "", hang.length, false];
        }
        if (!begun) piece = piece.trimStart();
        if (piece === "") continue;
        run += piece;
        used += piece.length;
        begun = true;
      }
    }
    line += paint(run);
  }
  return [...lines, line];
}

const simple = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

class View {
  readonly #out: string[] = [];
  readonly #options: ViewOptions;
  readonly #paint: Palette;
  readonly #only: readonly string[];
  readonly #rows: number;
  #bytes: Uint8Array;
  #digits: number;

  constructor(bytes: Uint8Array, options: ViewOptions) {
    this.#options = options;
    this.#paint = options.colour === true ? COLOURS : PLAIN;
    this.#only = (options.only ?? []).map(simple).filter((name) => name !== "");
    this.#rows = Math.max(1, options.rows ?? 32);
    this.#bytes = bytes;
    this.#digits = bytes.length > 0xffff ? 8 : 4;
  }

  lines(fields: readonly Field[]): string[] {
    for (const field of fields) this.#field(field, 0, this.#only.length === 0);
    return this.#out;
  }

  #field(field: Field, level: number, shown: boolean, shift = 0): void {
    const show = shown || this.#only.some((name) => simple(field.name).includes(name));
    const children = field.children ?? [];
    const deeper = this.#options.depth === undefined || level + 1 < this.#options.depth;
    const open = children.length > 0 && (deeper || !show);
    if (show) this.#head(field, level, open, shift);
    if (!open) return;
    const [bytes, digits] = [this.#bytes, this.#digits];
    if (field.buffer !== undefined) {
      this.#bytes = field.buffer;
      this.#digits = field.buffer.length > 0xffff ? 8 : 4;
    }
    const below = show ? level + 1 : level, left = hasBits(field) ? this.#shift(children, below) : 0;
    for (const child of children) this.#field(child, below, show, left);
    [this.#bytes, this.#digits] = [bytes, digits];
  }

  /** How far to the left the bits of a word begin: of many little room is left at their right, but nothing is at their left. */
  #shift(children: readonly Field[], level: number): number {
    const missing = children.map((field) => bitsOf(field, this.#indent(level)).length + 32 - this.#room);
    return Math.min(Math.max(0, ...missing), this.#left - this.#digits - 2);
  }

  #indent(level: number): string {
    return "  ".repeat(Math.min(level, 24, Math.floor(this.#room / 4)));
  }

  #head(field: Field, level: number, open: boolean, shift: number): void {
    const { name, meaning, dim, error, secret } = this.#paint;
    const room = this.#room, indent = this.#indent(level);
    const tail = (value: string): Part[] => [
      [plain, value === "" ? "" : `: ${value}`],
      [meaning, meaningText(field, value)],
      [dim, field.ref === undefined ? "" : ` [${field.ref}]`, true],
      [secret, field.secret === true ? " <- password in clear" : ""],
      [error, field.error === undefined ? "" : ` <- ${shown(field.error)}`],
    ];
    if (field.bits !== undefined) {
      const bits = bitsOf(field, indent);
      const said = wrapped([[name, field.name], ...tail(`${field.value}`)], "", room + shift - bits.length);
      said.forEach((row, i) =>
        this.#row("", "", "", i === 0 ? bits + row : " ".repeat(bits.length) + row.trimStart(), shift)
      );
      return;
    }
    const block = blockOf(field, this.#rows, Math.min(TEXT_WIDTH, Math.max(16, room - indent.length - 4)));
    const value = block === undefined ? valueText(field) : counted(field.length, "octet");
    const said = wrapped([[name, shown(field.name)], ...tail(value)], indent, room);
    const right = [...said, ...(block ?? []).map((line) => `${indent}  | ${line}`)];
    const left = open && !hasBits(field) ? [] : this.#hexRows(field);
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      const [offset, hex, ascii] = left[i] ?? ["", "", ""];
      this.#row(offset, hex, ascii, right[i] ?? "");
    }
  }

  #hexRows(field: Field): [string, string, string][] {
    const rows: [string, string, string][] = [];
    const end = Math.min(field.offset + field.length, this.#bytes.length);
    for (let at = field.offset; at < end; at += PER_ROW) {
      if (rows.length >= this.#rows) {
        const more = end - at;
        rows.push(["", `… ${more} ${more === 1 ? "octet" : "octets"} more`, ""]);
        break;
      }
      let hex = "", ascii = "";
      for (let i = at; i < Math.min(end, at + PER_ROW); i++) {
        const octet = this.#bytes[i]!;
        hex += (i === at ? "" : " ") + HEX[octet];
        ascii += octet >= 32 && octet < 127 ? String.fromCharCode(octet) : ".";
      }
      rows.push([at.toString(16).padStart(this.#digits, "0"), hex, ascii]);
    }
    return rows;
  }

  /** Columns of offset, octets, characters and the space after each. */
  get #left(): number {
    return this.#digits + HEX_WIDTH + PER_ROW + 6;
  }

  /** Columns for the tree. */
  get #room(): number {
    const { width } = this.#options;
    return width === undefined ? Infinity : Math.max(32, width - this.#left);
  }

  #row(offset: string, hex: string, ascii: string, text: string, shift = 0): void {
    const { dim } = this.#paint;
    const left = `${offset.padEnd(this.#digits)}  ${hex.padEnd(HEX_WIDTH)}  ${ascii.padEnd(PER_ROW)}  `;
    this.#out.push(text === "" ? dim(left.trimEnd()) : dim(left.slice(0, left.length - shift)) + text);
  }
}

/**
 * The lines that explain `bytes` by `fields`: offset, octets and characters at the left, the tree at the right. Safe
 * on a terminal; escape sequences only with `colour`.
 */
export function explainLines(fields: readonly Field[], bytes: Uint8Array, options: ViewOptions = {}): string[] {
  return new View(bytes, options).lines(fields);
}

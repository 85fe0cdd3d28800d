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

/** Text of a value in lines that fit, when it is long or has lines of its own. */
function blockOf(field: Field, limit: number): string[] | undefined {
  const { value } = field;
  if (typeof value !== "string" || (value.length <= TEXT_WIDTH && !/\n./.test(value))) return undefined;
  const lines: string[] = [];
  for (const line of value.slice(0, limit * TEXT_WIDTH).split(/\r?\n/)) {
    for (let at = 0; at === 0 || at < line.length; at += TEXT_WIDTH) {
      if (lines.length >= limit) return [...lines, "…"];
      lines.push(shown(line.slice(at, at + TEXT_WIDTH)).replaceAll("\\x09", "  "));
    }
  }
  if (lines.at(-1) === "") lines.pop();
  return lines;
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

  #field(field: Field, level: number, shown: boolean): void {
    const show = shown || this.#only.some((name) => simple(field.name).includes(name));
    const children = field.children ?? [];
    const deeper = this.#options.depth === undefined || level + 1 < this.#options.depth;
    const open = children.length > 0 && (deeper || !show);
    if (show) this.#head(field, level, open);
    if (!open) return;
    const [bytes, digits] = [this.#bytes, this.#digits];
    if (field.buffer !== undefined) {
      this.#bytes = field.buffer;
      this.#digits = field.buffer.length > 0xffff ? 8 : 4;
    }
    for (const child of children) this.#field(child, show ? level + 1 : level, show);
    [this.#bytes, this.#digits] = [bytes, digits];
  }

  #head(field: Field, level: number, open: boolean): void {
    const { name, meaning, dim, error, secret } = this.#paint;
    const indent = "  ".repeat(Math.min(level, 24));
    const tail = (field.meaning === undefined ? "" : meaning(` (${shown(field.meaning)})`)) +
      (field.ref === undefined ? "" : dim(` [${field.ref}]`)) +
      (field.secret === true ? secret(" <- password in clear") : "") +
      (field.error === undefined ? "" : error(` <- ${shown(field.error)}`));
    if (field.bits !== undefined) {
      const bits = bitsText(Number(field.value), field.length, ...field.bits);
      this.#row("", "", "", `${indent}${bits} = ${name(field.name)}: ${field.value}${tail}`);
      return;
    }
    const block = blockOf(field, this.#rows);
    const value = block === undefined ? valueText(field) : counted(field.length, "octet");
    const text = indent + name(shown(field.name)) + (value === "" ? "" : `: ${value}`) + tail;
    const right = [text, ...(block ?? []).map((line) => `${indent}  | ${line}`)];
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

  #row(offset: string, hex: string, ascii: string, text: string): void {
    const { dim } = this.#paint;
    const left = `${offset.padEnd(this.#digits)}  ${hex.padEnd(HEX_WIDTH)}  ${ascii.padEnd(PER_ROW)}`;
    this.#out.push(text === "" ? dim(left.trimEnd()) : `${dim(left)}  ${text}`);
  }
}

/**
 * The lines that explain `bytes` by `fields`: offset, octets and characters at the left, the tree at the right. Safe
 * on a terminal; escape sequences only with `colour`.
 */
export function explainLines(fields: readonly Field[], bytes: Uint8Array, options: ViewOptions = {}): string[] {
  return new View(bytes, options).lines(fields);
}

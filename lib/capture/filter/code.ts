// Conditions to a function over packet octets. Pure.
// The function is built from source text once for each filter and link type: it runs at the speed of code that
// somebody wrote by hand, which closures over a tree do not. Only numbers of the tree reach the text.
import type { Cond, Num } from "./ir.ts";

/** Whether a packet passes: `caplen` octets at `bytes[start]`, `length` of them on the wire. */
export type Predicate = (
  bytes: Uint8Array,
  start: number,
  caplen: number,
  length: number,
  /** 0 not known, 1 inbound, 2 outbound. */
  direction?: number,
) => boolean;

class Writer {
  readonly lines: string[] = [];
  #names = 0;

  name(): string {
    return `v${this.#names++}`;
  }

  /** Statements that end the filter when a load does not fit; gives an expression of the value, unsigned. */
  num(num: Num): string {
    switch (num.k) {
      case "const":
        return String(num.value);
      case "len":
        return "l";
      case "direction":
        return "d";
      case "prism":
        return this.#called("prism(b, o, n)");
      case "wifi":
        return this.#called(`wifi(b, o, n, ${this.#plus(num.before)}, ${num.radiotap})`);
      case "geneve": {
        const what = ["type", "header", "payload"].indexOf(num.what);
        return this.#called(`geneve(b, o, n, ${this.#plus(num.plus)} + ${num.at}, ${what})`);
      }
      case "load": {
        const { size, at } = num;
        if (num.plus === undefined) {
          this.lines.push(`if (n < ${at + size}) return false;`);
          return loaded(size, `o + ${at}`);
        }
        const plus = this.num(num.plus);
        const name = this.name();
        this.lines.push(`const ${name} = (${plus} + ${at}) >>> 0;`, `if (${name} + ${size} > n) return false;`);
        return loaded(size, `o + ${name}`);
      }
      case "op": {
        const a = this.#held(num.a), b = this.#held(num.b);
        switch (num.op) {
          case "*":
            return `(Math.imul(${a}, ${b}) >>> 0)`;
          case "/":
          case "%":
            this.lines.push(`if (${b} === 0) return false;`);
            return num.op === "/" ? `Math.floor(${a} / ${b})` : `(${a} % ${b})`;
          case "<<":
          case ">>":
            // A shift by 32 or more gives 0 here; hardware would take the count modulo 32.
            return `(${b} > 31 ? 0 : (${a} ${num.op === "<<" ? "<<" : ">>>"} ${b}) >>> 0)`;
          default:
            return `((${a} ${num.op} ${b}) >>> 0)`;
        }
      }
    }
  }

  /** What only the packet itself says of a place. */
  #plus(num: Num | undefined): string {
    return num === undefined ? "0" : this.num(num);
  }

  /** The value of a call, which ends the filter below zero. */
  #called(call: string): string {
    const name = this.name();
    this.lines.push(`const ${name} = ${call};`, `if (${name} < 0) return false;`);
    return name;
  }

  /** As `num`, but as a name, so that what comes later cannot move its loads behind others. */
  #held(num: Num): string {
    const text = this.num(num);
    if (num.k === "const" || num.k === "len") return text;
    const name = this.name();
    this.lines.push(`const ${name} = ${text};`);
    return name;
  }

  /** Statements that set `r`. */
  cond(cond: Cond): void {
    switch (cond.k) {
      case "yes":
      case "no":
        this.lines.push(`r = ${cond.k === "yes"};`);
        return;
      case "not":
        this.cond(cond.a);
        this.lines.push("r = !r;");
        return;
      case "and":
      case "or":
        this.cond(cond.a);
        this.lines.push(cond.k === "and" ? "if (r) {" : "if (!r) {");
        this.cond(cond.b);
        this.lines.push("}");
        return;
      case "cmp": {
        const a = this.#held(cond.a), b = this.#held(cond.b);
        this.lines.push(`r = ${a} ${cond.op === "=" ? "===" : cond.op} ${b};`);
        return;
      }
      case "chain": {
        const from = `${this.#plus(cond.plus)} + ${cond.at}`;
        const name = this.#called(`chain(b, o, n, ${from}, ${cond.family}, ${cond.protocol})`);
        this.lines.push(`r = ${name} === 1;`);
        return;
      }
    }
  }
}

function loaded(size: 1 | 2 | 4, at: string): string {
  if (size === 1) return `b[${at}]`;
  if (size === 2) return `(b[${at}] << 8 | b[${at} + 1])`;
  return `((b[${at}] << 24 | b[${at} + 1] << 16 | b[${at} + 2] << 8 | b[${at} + 3]) >>> 0)`;
}

/** Follows the headers of `protochain`: 1 found, 0 not, -1 past the end of the packet. */
function chain(b: Uint8Array, o: number, n: number, at: number, family: 4 | 6, wanted: number): number {
  if (at + (family === 4 ? 10 : 7) > n) return -1;
  let next = family === 4 ? b[o + at + 9]! : b[o + at + 6]!;
  at += family === 4 ? (b[o + at]! & 15) * 4 : 40;
  for (;;) {
    if (next === wanted) return 1;
    if (next === 59) return 0;
    const extension = family === 6 && (next === 0 || next === 43 || next === 44 || next === 60);
    if (!extension && next !== 51) return 0;
    if (at + 2 > n) return -1;
    const length = next === 51 ? (b[o + at + 1]! + 2) * 4 : (b[o + at + 1]! + 1) * 8;
    next = b[o + at]!;
    at += length;
  }
}

/** Octets of what stands before 802.11 where a Prism header is said to: some drivers put an AVS header there. */
function prism(b: Uint8Array, o: number, n: number): number {
  if (n < 4) return -1;
  if (b[o] !== 0x80 || b[o + 1] !== 0x21 || (b[o + 2]! & 0xf0) !== 0x10) return 144;
  return n < 8 ? -1 : (b[o + 4]! << 24 | b[o + 5]! << 16 | b[o + 6]! << 8 | b[o + 7]!) >>> 0;
}

/** Octets before the LLC header of an 802.11 data frame at `at`; -1 past the end of the packet. */
function wifi(b: Uint8Array, o: number, n: number, at: number, radiotap: boolean): number {
  if (at >= n) return -1;
  const control = b[o + at]!;
  let length = 24;
  if ((control & 0x08) !== 0 && (control & 0x04) === 0) {
    if ((control & 0x80) !== 0) length += 2;
    // Radiotap's flags may say that the header is padded to four octets.
    if (radiotap && n >= 17 && (b[o + 4]! & 2) !== 0) {
      const flags = (b[o + 7]! & 0x80) !== 0 ? undefined : (b[o + 4]! & 1) !== 0 ? b[o + 16]! : b[o + 8]!;
      if (flags !== undefined && (flags & 0x20) !== 0) length = (length + 3) & ~3;
    }
  }
  return at + length;
}

/**
 * Where a Geneve packet, with its IP header at `at`, has its protocol field (0), the header of the frame inside (1) and
 * that frame's network header (2); -1 past the end of the packet. RFC 8926.
 */
function geneve(b: Uint8Array, o: number, n: number, at: number, what: number): number {
  if (at >= n) return -1;
  at += (b[o + at]! >> 4 === 6 ? 40 : (b[o + at]! & 15) * 4) + 8;
  if (at + 4 > n) return -1;
  const ethernet = b[o + at + 2] === 0x65 && b[o + at + 3] === 0x58;
  const inner = at + 8 + (b[o + at]! & 0x3f) * 4;
  if (what === 0) return ethernet ? inner + 12 : at + 2;
  return what === 1 || !ethernet ? inner : inner + 14;
}

/** Compiles a condition. */
export function predicateOf(cond: Cond): Predicate {
  const writer = new Writer();
  writer.cond(cond);
  const source = `"use strict"; return (b, o, n, l, d = 0) => { let r = false;\n${
    writer.lines.join("\n")
  }\nreturn r; };`;
  return new Function("chain", "prism", "wifi", "geneve", source)(chain, prism, wifi, geneve) as Predicate;
}

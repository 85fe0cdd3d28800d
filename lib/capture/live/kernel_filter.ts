// Filter conditions as code that the kernel runs on a packet socket: what it refuses costs us nothing. Pure.
// Classic BPF: Linux's Documentation/networking/filter.rst. A load past the end of a packet ends the program with "no",
// as it ends our own functions (filter/code.ts), so both say the same of every packet.
import type { Bytes } from "../../base/bytes.ts";
import type { Cond, Num } from "../filter/ir.ts";
import { LINK } from "../packet.ts";

const LD = 0x00, ST = 0x02, ALU = 0x04, JMP = 0x05, RET = 0x06, TAX = 0x07;
const MEM = 0x60, ABS = 0x20, IND = 0x40, LEN = 0x80, X = 0x08;
const SIZES = { 4: 0x00, 2: 0x08, 1: 0x10 } as const;
const ALUS = { "+": 0x00, "-": 0x10, "*": 0x20, "/": 0x30, "|": 0x40, "&": 0x50, "<<": 0x60, ">>": 0x70 } as const;
const MORE_ALUS = { "%": 0x90, "^": 0xa0 } as const;
const COMPARISONS = { "=": 0x15, ">": 0x25, ">=": 0x35 } as const;

/** What the kernel knows of a packet besides its octets: offsets that no packet has. */
const AUX = { PROTOCOL: 0xffff_f000, KIND: 0xffff_f004, INTERFACE: 0xffff_f008, HARDWARE: 0xffff_f01c } as const;
const TAGGED = 0xffff_f030;

/** Octets of the cooked header, which the kernel does not have before the packet: its fields are asked for. */
const COOKED = 20;
const COOKED_FIELDS: ReadonlyMap<string, number> = new Map([
  ["0/2", AUX.PROTOCOL],
  ["4/4", AUX.INTERFACE],
  ["8/2", AUX.HARDWARE],
  ["10/1", AUX.KIND],
]);

/** Octets that are kept of a packet: all. */
const WHOLE = 262_144;
const LONGEST = 4096, CELLS = 16;

/** Thrown inside when there is something that the kernel cannot do. */
class Beyond extends Error {}

/** Where a jump leads: an index that is known later. */
interface Label {
  at: number;
}

interface Instruction {
  readonly code: number;
  readonly k: number;
  readonly yes?: Label;
  readonly no?: Label;
}

class Assembler {
  readonly out: Instruction[] = [];
  readonly #cooked: boolean;

  constructor(cooked: boolean) {
    this.#cooked = cooked;
  }

  add(code: number, k = 0): void {
    this.out.push({ code, k: k >>> 0 });
  }

  /** The value into the accumulator; cells of memory from `cell` on are free. */
  num(num: Num, cell: number): void {
    if (cell >= CELLS) throw new Beyond();
    switch (num.k) {
      case "const":
        return this.add(LD, num.value);
      case "len":
        this.add(LD | LEN);
        if (this.#cooked) this.add(ALU | ALUS["+"], COOKED);
        return;
      case "direction": {
        // 4 is a packet that goes out.
        const [out, done] = [{ at: 0 }, { at: 0 }], into = { at: 0 };
        this.add(LD | SIZES[4] | ABS, AUX.KIND);
        this.jump("=", 4, out, into);
        into.at = this.out.length;
        this.add(LD, 1);
        this.out.push({ code: JMP, k: 0, yes: done });
        out.at = this.out.length;
        this.add(LD, 2);
        done.at = this.out.length;
        return;
      }
      case "load":
        return this.#load(num.size, num.at, num.plus, cell);
      case "op": {
        const kind = num.op in ALUS ? ALUS[num.op as keyof typeof ALUS] : MORE_ALUS[num.op as keyof typeof MORE_ALUS];
        if (num.b.k === "const") {
          if (((num.op === "/" || num.op === "%") && num.b.value === 0) || (/<<|>>/.test(num.op) && num.b.value > 31)) {
            throw new Beyond();
          }
          this.num(num.a, cell);
          return this.add(ALU | kind, num.b.value);
        }
        // What a shift by more than 31 gives is the processor's affair.
        if (num.op === "<<" || num.op === ">>") throw new Beyond();
        this.#both(num.a, num.b, cell);
        return this.add(ALU | kind | X);
      }
      default:
        throw new Beyond();
    }
  }

  /** One into the accumulator, the other into the index register. */
  #both(a: Num, b: Num, cell: number): void {
    this.num(a, cell);
    this.add(ST, cell);
    this.num(b, cell + 1);
    this.add(TAX);
    this.add(LD | MEM, cell);
  }

  #load(size: 1 | 2 | 4, at: number, plus: Num | undefined, cell: number): void {
    let from = at;
    if (this.#cooked) {
      const field = plus === undefined ? COOKED_FIELDS.get(`${at}/${size}`) : undefined;
      if (field !== undefined) return this.add(LD | SIZES[4] | ABS, field);
      if (at < COOKED) throw new Beyond();
      from -= COOKED;
    }
    if (plus === undefined) return this.add(LD | SIZES[size] | ABS, from);
    this.num(plus, cell);
    this.add(TAX);
    this.add(LD | SIZES[size] | IND, from);
  }

  jump(comparison: keyof typeof COMPARISONS, k: number | undefined, yes: Label, no: Label): void {
    this.out.push({ code: COMPARISONS[comparison] | (k === undefined ? X : 0), k: (k ?? 0) >>> 0, yes, no });
  }

  cond(cond: Cond, yes: Label, no: Label): void {
    switch (cond.k) {
      case "yes":
      case "no":
        this.out.push({ code: JMP, k: 0, yes: cond.k === "yes" ? yes : no });
        return;
      case "not":
        return this.cond(cond.a, no, yes);
      case "and":
      case "or": {
        const next: Label = { at: 0 };
        if (cond.k === "and") this.cond(cond.a, next, no);
        else this.cond(cond.a, yes, next);
        next.at = this.out.length;
        return this.cond(cond.b, yes, no);
      }
      case "cmp":
        if (cond.b.k === "const") {
          this.num(cond.a, 0);
          return this.jump(cond.op, cond.b.value, yes, no);
        }
        this.#both(cond.a, cond.b, 0);
        return this.jump(cond.op, undefined, yes, no);
      default:
        throw new Beyond();
    }
  }
}

/**
 * `struct sock_filter`s, eight octets each, for packets of `link` as a packet socket has them; `undefined` when the
 * kernel cannot compute the condition. `tagsPass`: packets whose VLAN tag the kernel took out pass unseen.
 */
export function kernelFilter(cond: Cond, link: number, tagsPass: boolean): Bytes | undefined {
  if (cond.k === "yes") return encoded([{ code: RET, k: WHOLE }]);
  const assembler = new Assembler(link === LINK.LINUX_SLL2);
  const yes: Label = { at: 0 }, no: Label = { at: 0 };
  try {
    if (tagsPass) {
      const next: Label = { at: 0 };
      assembler.add(LD | SIZES[4] | ABS, TAGGED);
      assembler.jump("=", 0, next, yes);
      next.at = assembler.out.length;
    }
    assembler.cond(cond, yes, no);
  } catch (error) {
    if (error instanceof Beyond) return undefined;
    throw error;
  }
  yes.at = assembler.out.length;
  assembler.add(RET, WHOLE);
  no.at = assembler.out.length;
  assembler.add(RET, 0);
  return encoded(assembler.out);
}

function encoded(code: readonly Instruction[]): Bytes | undefined {
  if (code.length > LONGEST) return undefined;
  const out = new Uint8Array(code.length * 8), view = new DataView(out.buffer);
  for (const [i, { code: word, k, yes, no }] of code.entries()) {
    view.setUint16(i * 8, word, true);
    const far = (label: Label | undefined) => label === undefined ? 0 : label.at - i - 1;
    if (no === undefined) view.setUint32(i * 8 + 4, yes === undefined ? k : far(yes), true);
    else {
      // A jump by comparison reaches 255 instructions; longer filters are ours.
      if (far(yes) > 255 || far(no) > 255) return undefined;
      out[i * 8 + 2] = far(yes);
      out[i * 8 + 3] = far(no);
      view.setUint32(i * 8 + 4, k, true);
    }
  }
  return out;
}

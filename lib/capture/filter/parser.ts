// Capture filters to a tree: the grammar of pcap-filter(7). Pure.
// `and` and `or` bind equally tightly, from left to right; an address alone takes the qualifiers of the one before it.
import { FormatError } from "../../base/errors.ts";
import { type Token, tokens } from "./lexer.ts";
import {
  type ArithNode,
  DIRECTIONS,
  type FilterNode,
  KINDS,
  PROTOS,
  type Qualifiers,
  RANKS,
  RELATIONS,
} from "./tree.ts";

const DEPTH_LIMIT = 200;

class Parser {
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  #is(text: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return (token.kind === "word" || token.kind === "symbol") && token.text === text;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== "end") this.#at++;
    return token;
  }

  #error(): FormatError {
    return new FormatError("syntax error", this.#peek().at);
  }

  #expect(text: string): void {
    if (!this.#is(text)) throw this.#error();
    this.#at++;
  }

  #isWordIn(set: ReadonlySet<string>, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === "word" && set.has(token.text);
  }

  whole(): FilterNode | undefined {
    if (this.#peek().kind === "end") return undefined;
    const { node } = this.#expr(undefined);
    if (this.#peek().kind !== "end") throw this.#error();
    return node;
  }

  #deeper<T>(body: () => T): T {
    if (++this.#depth > DEPTH_LIMIT) throw new FormatError("nested too deep", this.#peek().at);
    try {
      return body();
    } finally {
      this.#depth--;
    }
  }

  /** Terms joined by `and` and `or`. `before` are the qualifiers of what stands before. */
  #expr(before: Qualifiers | undefined): { node: FilterNode; q: Qualifiers | undefined } {
    return this.#deeper(() => {
      let { node, q } = this.#term(before);
      while (this.#is("and") || this.#is("or")) {
        const t = this.#take().text as "and" | "or";
        const from = this.#at;
        const bare = this.#tryId(q);
        if (bare !== undefined) node = { t, a: node, b: bare };
        else {
          this.#at = from;
          const right = this.#term(q);
          node = { t, a: node, b: right.node };
          q = right.q;
        }
      }
      return { node, q };
    });
  }

  /** An address with inherited qualifiers, if one stands here and an expression may end after it. */
  #tryId(q: Qualifiers | undefined): FilterNode | undefined {
    for (let ahead = 0;; ahead++) {
      if (this.#is("not", ahead) || this.#is("(", ahead)) continue;
      const { kind } = this.#peek(ahead);
      if (kind === "word" || kind === "symbol" || kind === "end") return undefined;
      break;
    }
    try {
      const node = this.#id(q);
      const ends = this.#is("and") || this.#is("or") || this.#is(")") || this.#peek().kind === "end";
      return ends ? node : undefined;
    } catch (error) {
      if (error instanceof FormatError && error.message === "syntax error") return undefined;
      throw error;
    }
  }

  #term(before: Qualifiers | undefined): { node: FilterNode; q: Qualifiers | undefined } {
    return this.#deeper(() => {
      if (this.#is("not")) {
        this.#take();
        const { node, q } = this.#term(before);
        return { node: { t: "not", a: node }, q };
      }
      const relation = this.#tryRelation();
      if (relation !== undefined) return { node: relation, q: undefined };
      if (this.#is("(")) {
        this.#take();
        const { node } = this.#expr(before);
        this.#expect(")");
        return { node, q: before };
      }
      const token = this.#peek();
      if (token.kind !== "word") throw this.#error();
      return this.#words();
    });
  }

  #tryRelation(): FilterNode | undefined {
    const token = this.#peek();
    const begins = token.kind === "number" || this.#is("(") || this.#is("-") || this.#is("len") ||
      (this.#isWordIn(PROTOS) && this.#is("[", 1));
    if (!begins) return undefined;
    const from = this.#at;
    try {
      const a = this.#arith(0);
      const relation = this.#peek();
      if (relation.kind === "symbol" && RELATIONS.has(relation.text)) {
        this.#take();
        const b = this.#arith(0);
        return { t: "relation", op: relation.text, a, b };
      }
      if (this.#is("not") && this.#is("=", 1)) {
        this.#at += 2;
        return { t: "relation", op: "!=", a, b: this.#arith(0) };
      }
    } catch (error) {
      if (!(error instanceof FormatError) || error.message !== "syntax error") throw error;
      if (!this.#tokens[from]!.text.startsWith("(")) throw error;
    }
    this.#at = from;
    return undefined;
  }

  #arith(rank: number): ArithNode {
    return this.#deeper(() => {
      let a = this.#operand();
      for (;;) {
        const token = this.#peek();
        if (token.kind !== "symbol") return a;
        if (token.text === "%" || token.text === "^") {
          // Without a rank these two always take what follows as a whole, and what stands before as little as can be.
          this.#take();
          a = { t: "arith", op: token.text, a, b: this.#arith(0) };
          continue;
        }
        const own = RANKS.get(token.text);
        if (own === undefined || own <= rank) return a;
        this.#take();
        a = { t: "arith", op: token.text as "+", a, b: this.#arith(own) };
      }
    });
  }

  #operand(): ArithNode {
    const token = this.#take();
    if (token.kind === "number") return { t: "number", value: token.value };
    if (token.kind === "symbol" && token.text === "-") {
      return this.#deeper(() => ({ t: "arith", op: "-", a: { t: "number", value: 0 }, b: this.#operand() }));
    }
    if (token.kind === "symbol" && token.text === "(") {
      const inner = this.#arith(0);
      this.#expect(")");
      return inner;
    }
    if (token.kind === "word" && token.text === "len") return { t: "len" };
    if (token.kind === "word" && PROTOS.has(token.text) && this.#is("[")) {
      this.#take();
      const index = this.#arith(0);
      let size = 1;
      if (this.#is(":")) {
        this.#take();
        const number = this.#take();
        if (number.kind !== "number") throw this.#error();
        size = number.value;
      }
      this.#expect("]");
      return { t: "load", proto: token.text, index, size };
    }
    this.#at--;
    throw this.#error();
  }

  /** `(5)` or `5`, if one stands here. */
  #maybeNumber(): number | undefined {
    let open = 0;
    while (this.#is("(", open)) open++;
    const token = this.#peek(open);
    if (token.kind !== "number") return undefined;
    for (let i = 0; i < open; i++) if (!this.#is(")", open + 1 + i)) return undefined;
    this.#at += open * 2 + 1;
    return token.value;
  }

  #number(): number {
    const token = this.#take();
    if (token.kind !== "number") {
      this.#at--;
      throw this.#error();
    }
    return token.value;
  }

  #words(): { node: FilterNode; q: Qualifiers | undefined } {
    const alone = this.#statement();
    if (alone !== undefined) return { node: alone, q: undefined };
    const none = (node: FilterNode) => ({ node, q: undefined });
    let proto: string | undefined;
    if (this.#isWordIn(PROTOS)) proto = this.#take().text;
    if (this.#is("broadcast") || this.#is("multicast")) {
      return none({ t: "other", name: this.#take().text, proto });
    }
    if (this.#is("type") || this.#is("subtype") || this.#is("dir")) return none(this.#frame());
    if (this.#is("gateway")) throw new FormatError("'gateway' not supported in this configuration", this.#peek().at);
    let dir: string | undefined, kind: string | undefined;
    if (this.#is("proto") || this.#is("protochain")) kind = this.#take().text;
    else {
      dir = this.#direction();
      if (this.#isWordIn(KINDS)) kind = this.#take().text;
    }
    if (dir === undefined && kind === undefined) {
      if (proto === undefined) throw this.#error();
      return none({ t: "proto", name: proto });
    }
    const q: Qualifiers = { proto, dir, kind };
    return { node: this.#id(q), q };
  }

  /** A word that needs no qualifiers, with what it takes. */
  #statement(): FilterNode | undefined {
    const name = this.#peek().text, t = "other";
    switch (name) {
      case "less":
      case "greater":
      case "ifindex":
        this.#take();
        return { t, name, number: this.#number() };
      case "byte": {
        this.#take();
        const number = this.#number(), op = this.#take().text;
        if (!["&", "|", "<", ">", "="].includes(op)) throw this.#error();
        return { t, name, op, number, text: String(this.#number()) };
      }
      case "inbound":
      case "outbound":
      case "pppoed":
        this.#take();
        return { t, name };
      case "rnr":
      case "srnr":
        this.#take();
        return { t, name, text: String(this.#number()) };
      case "ifname":
      case "rset":
      case "reason":
      case "action": {
        this.#take();
        const { kind, text } = this.#take();
        if (kind === "name" || name === "reason" && kind === "number") return { t, name, text };
        this.#at--;
        throw this.#error();
      }
      case "vlan":
      case "mpls":
      case "pppoes":
      case "geneve":
        this.#take();
        return { t, name, number: this.#maybeNumber() };
      case "llc":
        this.#take();
        return { t, name, text: this.#peek().kind === "name" || this.#is("rnr") ? this.#take().text : undefined };
    }
    return undefined;
  }

  /** `src`, `src and dst`. */
  #direction(): string | undefined {
    if (!this.#isWordIn(DIRECTIONS)) return undefined;
    const dir = this.#take().text;
    const other = dir === "src" ? "dst" : "src";
    if ((dir !== "src" && dir !== "dst") || !(this.#is("and") || this.#is("or")) || !this.#is(other, 1)) return dir;
    const both = this.#take().text;
    this.#take();
    return both;
  }

  /** `type mgt subtype beacon`, `dir fromds`. */
  #frame(): FilterNode {
    const value = (): string | number => {
      const token = this.#take();
      if (token.kind === "number") return token.value;
      if (token.kind === "name") return token.text;
      this.#at--;
      throw this.#error();
    };
    if (this.#is("dir")) {
      this.#take();
      return { t: "other", name: "dir", direction: value() };
    }
    let type: string | number | undefined, subtype: string | number | undefined;
    if (this.#is("type")) {
      this.#take();
      type = value();
    }
    if (this.#is("subtype")) {
      this.#take();
      if (type === undefined && this.#peek().kind === "number") throw this.#error();
      subtype = value();
    }
    return { t: "other", name: "frame", type, subtype };
  }

  /** An address, a port, a number or a name; in parentheses several of them. */
  #id(q: Qualifiers | undefined): FilterNode {
    return this.#deeper(() => {
      if (this.#is("not")) {
        this.#take();
        return { t: "not", a: this.#id(q) };
      }
      if (this.#is("(")) {
        this.#take();
        let node = this.#id(q);
        while (this.#is("and") || this.#is("or")) {
          const t = this.#take().text as "and" | "or";
          node = { t, a: node, b: this.#id(q) };
        }
        this.#expect(")");
        return node;
      }
      const id = this.#peek();
      if (q === undefined || id.kind === "word" || id.kind === "symbol" || id.kind === "end") throw this.#error();
      this.#take();
      if ((id.kind === "ipv4" || id.kind === "ipv6") && this.#is("/")) {
        this.#take();
        return { t: "id", q, id, prefix: this.#number() };
      }
      if (id.kind === "ipv4" && this.#is("mask")) {
        this.#take();
        const mask = this.#take();
        if (mask.kind !== "ipv4") throw this.#error();
        return { t: "id", q, id, mask };
      }
      return { t: "id", q, id };
    });
  }
}

/** The tree of a filter; `undefined` for an empty one, which takes everything. A `FormatError` says what is wrong. */
export function parseFilter(text: string): FilterNode | undefined {
  return new Parser(text).whole();
}

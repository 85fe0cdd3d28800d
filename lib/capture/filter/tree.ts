// What the grammar of capture filters makes, and the words that it knows. Pure.
import type { Token } from "./lexer.ts";

/** What stands before an address: `tcp src port`. */
export interface Qualifiers {
  readonly proto: string | undefined;
  readonly dir: string | undefined;
  readonly kind: string | undefined;
}

export type ArithNode =
  | { readonly t: "number"; readonly value: number }
  | { readonly t: "len" }
  | { readonly t: "load"; readonly proto: string; readonly index: ArithNode; readonly size: number }
  | {
    readonly t: "arith";
    readonly op: "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^" | "<<" | ">>";
    readonly a: ArithNode;
    readonly b: ArithNode;
  };

export type FilterNode =
  | { readonly t: "and" | "or"; readonly a: FilterNode; readonly b: FilterNode }
  | { readonly t: "not"; readonly a: FilterNode }
  | { readonly t: "id"; readonly q: Qualifiers; readonly id: Token; readonly prefix?: number; readonly mask?: Token }
  | { readonly t: "proto"; readonly name: string }
  | { readonly t: "relation"; readonly op: string; readonly a: ArithNode; readonly b: ArithNode }
  | {
    readonly t: "other";
    readonly name: string;
    readonly proto?: string | undefined;
    readonly number?: number | undefined;
    readonly text?: string | undefined;
    readonly op?: string;
    readonly type?: string | number | undefined;
    readonly subtype?: string | number | undefined;
    readonly direction?: string | number;
  };

export const PROTOS = new Set(
  `link ip arp rarp sctp tcp udp icmp igmp igrp pim vrrp carp atalk aarp decnet lat sca moprc mopdl ip6 icmp6 ah esp iso
  esis isis l1 l2 iih lsp snp psnp csnp clnp stp ipx netbeui radio`.split(/\s+/),
);
export const DIRECTIONS = new Set(["src", "dst", "addr1", "addr2", "addr3", "addr4", "ra", "ta"]);
export const KINDS = new Set(["host", "net", "port", "portrange"]);
/** Tighter from top to bottom; `%` and `^` have no rank in the grammar: see `#arith`. */
export const RANKS: ReadonlyMap<string, number> = new Map([
  ["|", 1],
  ["&", 2],
  ["<<", 3],
  [">>", 3],
  ["+", 4],
  ["-", 4],
  ["*", 5],
  ["/", 5],
]);
export const RELATIONS = new Set([">", ">=", "=", "<=", "<", "!="]);

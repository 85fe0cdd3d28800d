// What a filter computes: conditions over unsigned 32-bit numbers that are loaded from the packet. Pure.
// A load past the end of the captured octets ends the whole filter with "no", whatever surrounds it (as BPF does).

export type Num =
  | { readonly k: "const"; readonly value: number }
  /** `size` octets, network order, at `at` plus the sum of `plus`. */
  | { readonly k: "load"; readonly size: 1 | 2 | 4; readonly at: number; readonly plus?: Num | undefined }
  | { readonly k: "len" }
  /** 0 when the packet's direction is not known, 1 inbound, 2 outbound. */
  | { readonly k: "direction" }
  /** Octets of a Prism header, or of an AVS header that stands in its place. */
  | { readonly k: "prism" }
  /** Where the LLC header of an 802.11 data frame begins that stands behind `before` octets. */
  | { readonly k: "wifi"; readonly before?: Num | undefined; readonly radiotap: boolean }
  /** Of a Geneve packet whose IP header is at `at` plus `plus`: a place in the header or in the frame that it carries. */
  | { readonly k: "geneve"; readonly what: GenevePlace; readonly at: number; readonly plus?: Num | undefined }
  | {
    readonly k: "op";
    readonly op: "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^" | "<<" | ">>";
    readonly a: Num;
    readonly b: Num;
  };

/** The protocol field, the inner link header, the inner network header. */
export type GenevePlace = "type" | "header" | "payload";

export type Cond =
  | { readonly k: "yes" }
  | { readonly k: "no" }
  | { readonly k: "cmp"; readonly op: "=" | ">" | ">="; readonly a: Num; readonly b: Num }
  | { readonly k: "and"; readonly a: Cond; readonly b: Cond }
  | { readonly k: "or"; readonly a: Cond; readonly b: Cond }
  | { readonly k: "not"; readonly a: Cond }
  /** Walks IPv6 extension headers or AH for a protocol: `protochain`. */
  | {
    readonly k: "chain";
    readonly family: 4 | 6;
    readonly at: number;
    readonly plus?: Num | undefined;
    readonly protocol: number;
  };

export const constant = (value: number): Num => ({ k: "const", value: value >>> 0 });
export const load = (size: 1 | 2 | 4, at: number, plus?: Num): Num =>
  plus === undefined ? { k: "load", size, at } : { k: "load", size, at, plus };
export const op = (kind: Extract<Num, { k: "op" }>["op"], a: Num, b: Num): Num => ({ k: "op", op: kind, a, b });
export const cmp = (kind: "=" | ">" | ">=", a: Num, b: Num): Cond => ({ k: "cmp", op: kind, a, b });
export const YES: Cond = { k: "yes" };
export const NO: Cond = { k: "no" };
export const not = (a: Cond): Cond => ({ k: "not", a });

/** All of them, tried in order. */
export function and(...parts: Cond[]): Cond {
  return parts.reduce((a, b) => a.k === "yes" ? b : b.k === "yes" ? a : { k: "and", a, b });
}

/** Any of them, tried in order. */
export function or(...parts: Cond[]): Cond {
  return parts.reduce((a, b) => a.k === "no" ? b : b.k === "no" ? a : { k: "or", a, b });
}

/** Whether a number is `value`. */
export const is = (num: Num, value: number): Cond => cmp("=", num, constant(value));

/** Whether a number under a mask is `value`; under an empty mask nothing is looked at. */
export const masked = (num: Num, mask: number, value: number): Cond =>
  mask === 0 ? YES : is((mask >>> 0) === 0xffff_ffff ? num : op("&", num, constant(mask)), value);

// Whether any packet can pass a condition at all: `tcp and udp` cannot, and is refused as libpcap refuses it. Pure.
// Follows both outcomes of every comparison with a constant, remembering what is then known of the value.
import type { Cond, Num } from "./ir.ts";

/** Known values by the text of what was loaded: equal to one number, or different from some. */
type Facts = ReadonlyMap<string, number | ReadonlySet<number>>;

/** Steps after which a condition is taken to be satisfiable. */
const BUDGET = 20_000;

function keyOf(num: Num): string {
  switch (num.k) {
    case "const":
      return `#${num.value}`;
    case "len":
    case "direction":
    case "prism":
    case "wifi":
      return num.k;
    case "geneve":
      return `geneve ${num.what}@${num.at}${num.plus === undefined ? "" : `+${keyOf(num.plus)}`}`;
    case "load":
      return `[${num.size}@${num.at}${num.plus === undefined ? "" : `+${keyOf(num.plus)}`}]`;
    case "op":
      return `(${keyOf(num.a)}${num.op}${keyOf(num.b)})`;
  }
}

/** Whether some packet passes. Errs on the side of yes, more so when not `exact`: then only constants are compared. */
export function satisfiable(cond: Cond, exact = true): boolean {
  let budget = BUDGET;
  const explore = (cond: Cond, wanted: boolean, facts: Facts, then: (facts: Facts) => boolean): boolean => {
    if (--budget < 0) return true;
    switch (cond.k) {
      case "yes":
      case "no":
        return (cond.k === "yes") === wanted && then(facts);
      case "not":
        return explore(cond.a, !wanted, facts, then);
      case "and":
      case "or": {
        const both = (cond.k === "and") === wanted;
        if (both) return explore(cond.a, wanted, facts, (more) => explore(cond.b, wanted, more, then));
        return explore(cond.a, wanted, facts, then) ||
          explore(cond.a, !wanted, facts, (more) => explore(cond.b, wanted, more, then));
      }
      case "chain":
        exact = false;
        return true;
      case "cmp": {
        if (cond.b.k !== "const") return then(facts);
        const value = cond.b.value;
        if (cond.a.k === "const") {
          const a = cond.a.value;
          const result = cond.op === "=" ? a === value : cond.op === ">" ? a > value : a >= value;
          return result === wanted && then(facts);
        }
        if (!exact) return then(facts);
        const key = keyOf(cond.a);
        const known = facts.get(key);
        if (typeof known === "number") {
          const result = cond.op === "=" ? known === value : cond.op === ">" ? known > value : known >= value;
          return result === wanted && then(facts);
        }
        if (cond.op !== "=") return then(facts);
        if (wanted) {
          if (known?.has(value)) return false;
          return then(new Map(facts).set(key, value));
        }
        return then(new Map(facts).set(key, new Set(known).add(value)));
      }
    }
  };
  return explore(cond, true, new Map(), () => true);
}

// Outbound route filters of BGP (RFC 5291) by address prefix (RFC 5292): what a speaker asks not to be sent. Pure.
import { readPrefix } from "../coding/prefix.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 5291 4";

const FILTERS: Readonly<Record<number, string>> = {
  64: "address prefixes",
  65: "covering prefixes",
  128: "address prefixes (Cisco)",
};
const ACTIONS = ["add", "remove", "remove all", "reserved"];

/** Filters a speaker can send and take, in its OPEN (RFC 5291 5); in words. */
export function filterAbilities(tree: Tree): string {
  const count = tree.u8("Filter types", "RFC 5291 5"), words: string[] = [];
  for (let i = 0; i < count && tree.remaining >= 2; i++) {
    const type = tree.u8("Filter type", "RFC 5291 5", FILTERS);
    const way = tree.u8("Direction", "RFC 5291 5", { 1: "receive", 2: "send", 3: "both" });
    words.push(`${FILTERS[type] ?? `type ${type}`} (${["", "receive", "send", "both"][way] ?? way})`);
  }
  return words.join(", ");
}

/** What is to be filtered, behind a request to send routes again; in words. */
export function routeFilters(tree: Tree, afi: number): string {
  const when = tree.u8("When to refresh", REF, { 1: "at once", 2: "later" });
  const words: string[] = [];
  while (tree.remaining >= 3) {
    tree.group("Filters", (group) => {
      const type = tree.u8("Filter type", REF, FILTERS);
      const length = tree.u16("Length", REF);
      group.meaning = FILTERS[type] ?? `type ${type}`;
      const said = tree.within("Filters", length, (part) => {
        const found: string[] = [];
        while (part.remaining > 0 && (type === 64 || type === 128)) found.push(entry(part, afi));
        part.rest("Entries", REF);
        return found;
      }) ?? [];
      words.push(...said);
    }, { ref: REF });
  }
  const list = words.slice(0, 3).join(", ") + (words.length > 3 ? ` and ${words.length - 3} more` : "");
  return `${list === "" ? "no filters" : list}, ${when === 1 ? "at once" : "later"}`;
}

/** One prefix to let through or to hold back. */
function entry(tree: Tree, afi: number): string {
  const ref = "RFC 5292 2";
  return tree.group("Filter", (group) => {
    const head = tree.flags("Action and match", 1, [["Action", 0, 2, ACTIONS], ["Match", 2, 1, ["permit", "deny"]], [
      "Reserved",
      3,
      5,
    ]], REF);
    const action = ACTIONS[head >> 6]!;
    if (head >> 6 === 2) return group.meaning = action;
    const sequence = tree.u32("Sequence number", ref);
    const least = tree.u8("Shortest length", ref, none), most = tree.u8("Longest length", ref, none);
    const bits = tree.u8("Prefix length", ref);
    const prefix = readPrefix(tree, "Prefix", bits, Math.ceil(bits / 8), afi === 2 ? 16 : 4, ref);
    const lengths = `${least > 0 ? ` from /${least}` : ""}${most > 0 ? ` to /${most}` : ""}`;
    return group.meaning = `${action} ${sequence} ${(head & 32) === 0 ? "permit" : "deny"} ${prefix}${lengths}`;
  }, { ref });
}

const none = (bits: number) => bits === 0 ? "not set" : undefined;

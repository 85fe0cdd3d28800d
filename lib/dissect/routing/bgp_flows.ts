// Flow specifications in BGP (RFC 8955, RFC 8956 for IPv6): which packets a rule is about. Pure.
import { names } from "../coding/names.ts";
import { ipProtocolName } from "../coding/numbers.ts";
import { readPrefix } from "../coding/prefix.ts";
import { routeDistinguisher } from "./bgp_parts.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 8955 4.2";
const TYPES = names(`
  1 destination prefix; 2 source prefix; 3 IP protocol; 4 port; 5 destination port; 6 source port; 7 ICMP type;
  8 ICMP code; 9 TCP flags; 10 packet length; 11 DSCP; 12 fragment; 13 flow label
`);

function prefix(tree: Tree, afi: number): string {
  const bits = tree.u8("Prefix length", REF);
  const skip = afi === 2 ? tree.u8("Prefix offset", "RFC 8956 3.1") : 0;
  return readPrefix(tree, "Prefix", bits, Math.ceil(Math.max(0, bits - skip) / 8), afi === 2 ? 16 : 4, REF);
}

/** Numbers with how they are compared: `=80`, `>1023 and <2000`. */
function numbers(tree: Tree, type: number): string {
  const bitmask = type === 9 || type === 12;
  let text = "";
  for (let last = false; !last && tree.remaining > 0;) {
    const operator = tree.flags(
      "Operator",
      1,
      [
        ["End of list", 0, 1],
        ["And", 1, 1, (v) => v === 1 ? "and" : "or"],
        ["Length", 2, 2, (v) => counted(1 << v, "octet")],
        ["Reserved", 4, bitmask ? 2 : 1],
        ...(bitmask
          ? [["Not", 6, 1], ["Match", 7, 1, (v: number) => v === 1 ? "all bits" : "any bit"]] as const
          : [["Less than", 5, 1], ["Greater than", 6, 1], ["Equal", 7, 1]] as const),
      ],
      "RFC 8955 4.2.1",
      "",
    );
    const size = 1 << (operator >> 4 & 3);
    const value = size === 1
      ? tree.u8("Value", REF, type === 3 ? ipProtocolName : undefined)
      : size === 2
      ? tree.u16("Value", REF)
      : size === 4
      ? tree.u32("Value", REF)
      : Number(tree.u64("Value", REF));
    const sign = bitmask
      ? `${(operator & 2) !== 0 ? "not " : ""}0x`
      : `${(operator & 4) !== 0 ? "<" : ""}${(operator & 2) !== 0 ? ">" : ""}${(operator & 1) !== 0 ? "=" : ""}`;
    const shown = bitmask ? value.toString(16) : type === 3 ? ipProtocolName(value) : String(value);
    text += `${text === "" ? "" : (operator & 0x40) !== 0 ? " and " : " or "}${sign}${shown}`;
    last = (operator & 0x80) !== 0;
  }
  return text;
}

/** One rule: its length, and the components that all must match. */
export function flowRoute(tree: Tree, afi: number, vpn: boolean): string {
  const ref = "RFC 8955 4.1";
  const wide = (tree.reader.peek() ?? 0) >= 0xf0;
  const length = wide ? tree.u16("Length", ref, (v) => String(v & 0xfff)) & 0xfff : tree.u8("Length", ref);
  return tree.within("Flow", length, (part) => {
    const words: string[] = vpn ? [routeDistinguisher(part)] : [];
    while (part.remaining > 0) {
      part.group("Component", (group) => {
        const type = part.u8("Type", REF, TYPES);
        if (TYPES[type] === undefined) {
          part.rest("Value", REF);
          return;
        }
        group.meaning = `${TYPES[type]} ${type <= 2 ? prefix(part, afi) : numbers(part, type)}`;
        words.push(group.meaning);
      }, { ref: REF });
    }
    return words.join(", ");
  }) ?? "a flow";
}

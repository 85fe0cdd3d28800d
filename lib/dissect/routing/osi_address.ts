// How OSI writes addresses: of systems (ISO 10589 7.1.1), of networks (ISO 8348 A). Pure.
import { hex } from "../../base/hex.ts";
import type { Tree } from "../tree.ts";

/** `0000.0000.0001.00-00`: system, then pseudonode and fragment where there are any. */
function idText(bytes: Uint8Array, system: number): string {
  const digits = hex(bytes.subarray(0, system)).replace(/(.{4})(?=.)/g, "$1.");
  if (bytes.length === system) return digits;
  const more = hex(bytes.subarray(system, system + 1));
  return `${digits}.${more}${bytes.length > system + 1 ? `-${hex(bytes.subarray(system + 1))}` : ""}`;
}

/** An identifier of `size` octets: of a system, of its LAN (one more) or of a link state PDU (two more). */
export function systemId(tree: Tree, name: string, size: number, ref: string): string {
  if (size === 0) return "";
  const system = /LSP/.test(name) ? size - 2 : /LAN|Neighbor|Source ID/.test(name) && size % 2 === 1 ? size - 1 : size;
  return tree.field(name, (r) => idText(r.take(size, name), system), { ref });
}

/** `49.0001`: the format as two digits, then in fours. */
const areaText = (bytes: Uint8Array) => hex(bytes.subarray(0, 1)) + hex(bytes.subarray(1)).replace(/(.{1,4})/g, ".$1");

/** An address of OSI behind its length. */
export function nsap(tree: Tree, name: string, ref: string): string {
  const length = tree.u8(`${name} length`, ref);
  return length === 0 ? "" : tree.field(name, (r) => areaText(r.take(length, name)), { ref });
}

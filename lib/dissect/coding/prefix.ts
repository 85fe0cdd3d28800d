// Networks as routing protocols write them: only the octets of an address that the length of the prefix needs. Pure.
import { formatIp } from "../../base/ip.ts";
import type { Tree } from "../tree.ts";

/**
 * Reads `octets` of an address of `size` octets as a field; the octets left out are zero. Gives `192.0.2.0/24`. No field
 * where no octets stand.
 */
export function readPrefix(
  tree: Tree,
  name: string,
  bits: number,
  octets: number,
  size: 4 | 16,
  ref: string,
): string {
  const text = (part: Uint8Array) => {
    const bytes = new Uint8Array(size);
    bytes.set(part.subarray(0, size));
    return formatIp({ family: size === 4 ? 4 : 6, bytes });
  };
  if (octets === 0) return `${text(new Uint8Array(0))}/${bits}`;
  const address = tree.field(
    name,
    (r) => text(r.take(octets, name)),
    (value) => ({ ref, meaning: `${value}/${bits}` }),
  );
  return `${address}/${bits}`;
}

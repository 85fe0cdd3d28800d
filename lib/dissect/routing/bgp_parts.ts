// Parts that BGP's routes and attributes share: route distinguishers (RFC 4364 4.2) and AS numbers. Pure.
import type { Tree } from "../tree.ts";

/** `192.0.2.1` of a number. */
export const ip4Of = (word: number) => [24, 16, 8, 0].map((shift) => word >>> shift & 255).join(".");

/** Eight octets that tell customers' equal addresses apart: `64512:7`. */
export function routeDistinguisher(tree: Tree): string {
  const ref = "RFC 4364 4.2";
  return tree.group("Route distinguisher", (group) => {
    const type = tree.u16("Type", ref, { 0: "AS of two octets", 1: "IPv4 address", 2: "AS of four octets" });
    let text: string;
    if (type === 1) text = `${tree.ip("Administrator", 4, ref)}:${tree.u16("Assigned number", ref)}`;
    else if (type === 2) text = `${tree.u32("Administrator", ref)}:${tree.u16("Assigned number", ref)}`;
    else text = `${tree.u16("Administrator", ref)}:${tree.u32("Assigned number", ref)}`;
    return group.meaning = text;
  }, { ref });
}

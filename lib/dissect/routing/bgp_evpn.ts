// Routes of Ethernet VPN in BGP (RFC 7432 7, RFC 9136, RFC 9251). Pure.
import { routeDistinguisher } from "./bgp_parts.ts";
import { hex } from "../../base/hex.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const TYPES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  1: ["Ethernet auto-discovery", "RFC 7432 7.1"],
  2: ["MAC/IP advertisement", "RFC 7432 7.2"],
  3: ["inclusive multicast Ethernet tag", "RFC 7432 7.3"],
  4: ["Ethernet segment", "RFC 7432 7.4"],
  5: ["IP prefix", "RFC 9136 3.1"],
  6: ["selective multicast Ethernet tag", "RFC 9251 9.1"],
  7: ["multicast membership report synch", "RFC 9251 9.2"],
  8: ["multicast leave synch", "RFC 9251 9.3"],
};

const segment = (tree: Tree, ref: string) =>
  hex(
    tree.bytes("Ethernet segment identifier", 10, ref, (octets) =>
      octets.every((octet) =>
          octet === 0
        )
        ? "single-homed"
        : `type ${octets[0]}`),
    ":",
  );

/** A label, or the identifier of a virtual network in its place (RFC 8365 5.1.3). */
const label = (tree: Tree, ref: string) =>
  tree.u24("Label or network identifier", ref, (word) => `label ${word >> 4}, or network ${word}`);

/** An address behind its length in bits; none when that is 0. */
function address(tree: Tree, name: string, ref: string): string {
  const bits = tree.u8(`${name} length`, ref, (count) => counted(count, "bit"));
  if (bits === 32) return tree.ip(name, 4, ref);
  if (bits === 128) return tree.ip(name, 16, ref);
  if (bits > 0) tree.bytes(name, Math.ceil(bits / 8), ref);
  return "";
}

/** One route: type, length, then what the type has. */
export function evpnRoute(tree: Tree): string {
  const type = tree.u8("Route type", "RFC 7432 7", (v) => TYPES[v]?.[0] ?? "unknown");
  const length = tree.u8("Length", "RFC 7432 7");
  const [name, ref] = TYPES[type] ?? [`type ${type}`, "RFC 7432 7"];
  const words = tree.within("EVPN route", length, (part) => {
    if (TYPES[type] === undefined) return void part.rest("Octets", ref);
    const said = [routeDistinguisher(part)];
    if (type !== 3 && type !== 6) segment(part, ref);
    if (type !== 4) said.push(`tag ${part.u32("Ethernet tag", ref)}`);
    if (type === 1) label(part, ref);
    else if (type === 2) {
      part.u8("MAC address length", ref, (bits) => counted(bits, "bit"));
      said.push(part.mac("MAC address", ref));
      const ip = address(part, "IP address", ref);
      if (ip !== "") said.push(ip);
      label(part, ref);
      if (part.remaining >= 3) label(part, ref);
    } else if (type === 3 || type === 4) said.push(address(part, "Originating router", ref));
    else if (type === 5) {
      const bits = part.u8("IP prefix length", ref);
      const size = part.remaining >= 35 ? 16 : 4;
      said.push(`${part.ip("IP prefix", size, ref)}/${bits}`);
      part.ip("Gateway", size, ref, (text) => /^[0.:]+$/.test(text) ? "none" : undefined);
      label(part, ref);
    } else {
      address(part, "Multicast source", ref);
      said.push(address(part, "Multicast group", ref));
      address(part, "Originator", ref);
      if (type === 8) {
        part.u32("Reserved", ref);
        part.u8("Maximum response time", ref);
      }
      part.flags("Flags", 1, [["Reserved", 0, 4], ["Exclude", 4, 1], ["Version 3", 5, 1], ["Version 2", 6, 1], [
        "Version 1",
        7,
        1,
      ]], ref);
    }
    part.rest("Octets", ref);
    return said.filter((word) => word !== "").join(" ");
  });
  return words === undefined ? name : `${name} ${words}`;
}

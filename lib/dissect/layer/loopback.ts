// Links with little or no header: BSD loopback (LINKTYPE_NULL, LOOP), raw IP. And octets that no layer knows. Pure.
import type { Layer, Next } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

/** Numbers of address families by system. */
export const FAMILIES: Record<number, string> = {
  2: "IPv4",
  10: "IPv6 (Linux)",
  24: "IPv6 (NetBSD, OpenBSD)",
  28: "IPv6 (FreeBSD)",
  30: "IPv6 (macOS)",
};

/** The layer after a header that says the family. */
export function familyLayer(family: number, tree: Tree): Next {
  const layer = family === 2 ? "ipv4" : [10, 24, 28, 30].includes(family) ? "ipv6" : "data";
  return { layer, length: tree.remaining };
}

/** The family is in the byte order of the machine that captured. */
export const NULL_LOOPBACK: Layer = {
  name: "null",
  title: "BSD loopback",
  ref: "LINKTYPE_NULL",
  dissect(tree, packet) {
    const ref = "LINKTYPE_NULL";
    const little = (tree.reader.peek(0) ?? 0) !== 0;
    const family = little ? tree.u32Le("Address family", ref, FAMILIES) : tree.u32("Address family", ref, FAMILIES);
    packet.summary = FAMILIES[family] ?? `family ${family}`;
    return familyLayer(family, tree);
  },
};

export const LOOP: Layer = {
  name: "loop",
  title: "OpenBSD loopback",
  ref: "LINKTYPE_LOOP",
  dissect(tree, packet) {
    const family = tree.u32("Address family", "LINKTYPE_LOOP", FAMILIES);
    packet.summary = FAMILIES[family] ?? `family ${family}`;
    return familyLayer(family, tree);
  },
};

/** No header: the version nibble tells. */
export const RAW_IP: Layer = {
  name: "raw",
  title: "Raw IP",
  ref: "LINKTYPE_RAW",
  dissect(tree) {
    const version = (tree.reader.peek() ?? 0) >> 4;
    return { layer: version === 4 ? "ipv4" : version === 6 ? "ipv6" : "data", length: tree.remaining };
  },
};

/** Octets of a layer that nobody knows. */
export const DATA: Layer = {
  name: "data",
  title: "Data",
  ref: "",
  dissect(tree, packet) {
    packet.summary = counted(tree.remaining, "octet");
    tree.rest("Octets");
    return undefined;
  },
};

// Every protocol that can be explained. To add one: write its file with a `Protocol` (over TCP or UDP) or a `Layer`
// (of a packet) in it, import it here and add it to the array; link types, EtherTypes and IP protocols are in
// layers.ts. The order of PROTOCOLS is the order in which first bytes are tried: the surest first.
import type { Layer, Protocol } from "./protocol.ts";

/** Protocols over TCP and UDP. */
export const PROTOCOLS: readonly Protocol[] = [];

/** Layers of a packet, by which `--bytes` can begin as well. */
export const LAYERS: readonly Layer[] = [];

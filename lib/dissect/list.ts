// Every protocol over TCP or UDP that can be explained. To add one: write its file with a `Protocol` in it, import it
// here and add it to the array. The order is the order in which first bytes are tried: the surest first. The layers
// below TCP and UDP are in layers.ts.
import type { Protocol } from "./protocol.ts";

export const PROTOCOLS: readonly Protocol[] = [];

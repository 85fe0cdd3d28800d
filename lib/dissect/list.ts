// Every protocol over TCP or UDP that can be explained. To add one: write its file with a `Protocol` in it, import it
// here and add it to the array. The order is the order in which first bytes are tried: the surest first. The layers
// below TCP and UDP are in layers.ts.
import { DNS } from "./dns.ts";
import { HTTP1 } from "./http1.ts";
import type { Protocol } from "./protocol.ts";
import { TLS } from "./tls.ts";
import { WEBSOCKET } from "./websocket.ts";

export const PROTOCOLS: readonly Protocol[] = [
  TLS,
  HTTP1,
  DNS,
  WEBSOCKET,
];

// Addresses and ports of what ports stand at the beginning of. Pure.
import type { Line } from "../core/line.ts";

/** Both ends of a connection. */
export interface Ports {
  readonly sport: number;
  readonly dport: number;
}

/** `192.0.2.1.40000 > 198.51.100.2.53: `; ports alone where the innermost IP header does not name the protocol itself. */
export function printEnds(l: Line, at: number, protocol: number): void {
  const { out, bytes, ip } = l;
  if (bytes[ip.at + (ip.ver === 4 ? 9 : 6)] === protocol) l.ends(at);
  else {
    out.dec(bytes[at]! << 8 | bytes[at + 1]!);
    out.text(" > ");
    out.dec(bytes[at + 2]! << 8 | bytes[at + 3]!);
  }
  out.text(": ");
}

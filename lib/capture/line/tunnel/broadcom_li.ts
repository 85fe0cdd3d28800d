// Broadcom's shim before packets that are listened to by law, in a line. Pure. The form is tcpdump's.
import type { Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const DIRECTIONS = names("1 unused|egress|ingress");
const KINDS = names("4 undecided|ipv4|ipv6|ethernet");
const TAGS = names("1 single VLAN tag|double VLAN tag|untagged");

/** A shim at `at` and what follows it, `length` octets. */
export function printBroadcomLi(l: Line, at: number, length: number): void {
  l.protocol = "bcm_li";
  if (length < 4) {
    l.text(` (length ${length} < 4)`);
    return l.invalid();
  }
  const shim = l.u32(at), kind = shim >>> 25 & 15, line = l.verbose > 0 ? "\n    " : "";
  l.text(
    `${line}BCM-LI-SHIM: direction ${DIRECTIONS[shim >>> 29] ?? "unknown"}, pkt-type ${KINDS[kind] ?? "unknown"}, `,
  );
  l.text(`pkt-subtype ${TAGS[shim >>> 22 & 7] ?? "unknown"}, li-id ${shim & 0x3fffff}${line}`);
  at += 4;
  length -= 4;
  if (l.verbose === 0) return l.must(at, length);
  const version = kind === 4 ? l.u8(at) >> 4 : kind === 5 ? 4 : kind === 6 ? 6 : 0;
  if (kind === 7) l.layers.ether(l, at, length);
  else if (version === 4) l.layers.ip(l, at, length);
  else if (version === 6) l.layers.ip6(l, at, length);
  else if (kind === 4) l.text("unknown payload");
  else l.invalid();
}

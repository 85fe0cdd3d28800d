// MPLS label stacks in a line, with what they carry. Pure. RFC 3032; the form is tcpdump's.
import { dumped, showsUnexplained } from "../core/hexdump.ts";
import type { Line } from "../core/line.ts";
import { printOsi } from "./osi.ts";

const RESERVED = ["IPv4 explicit NULL", "router alert", "IPv6 explicit NULL", "implicit NULL"];

/** A stack of `length` octets at `at`, and the packet behind it. */
export function printMpls(l: Line, at: number, length: number): void {
  l.protocol = "mpls";
  l.text("MPLS");
  let bottom = false, label = 0;
  const first = at;
  do {
    if (length < 4) {
      l.invalid();
      return l.must(at, length);
    }
    const word = l.u32(at);
    label = word >>> 12;
    l.text(l.verbose > 0 && at > first ? "\n\t" : " ");
    l.text(`(label ${label}`);
    if (l.verbose > 0 && label < 16) l.text(` (${RESERVED[label] ?? "rsvd"})`);
    l.text(`, tc ${(word >>> 9) & 7}`);
    bottom = (word & 0x100) !== 0;
    if (bottom) l.text(", [S]");
    l.text(`, ttl ${word & 255})`);
    at += 4;
    length -= 4;
  } while (!bottom);
  // Where the label does not say what follows, the first octet does.
  let kind = label === 0 || label === 3 ? 4 : 6;
  if (label === 1 || label > 3) {
    if (length < 1) return;
    kind = guess(l.u8(at));
    if (kind === 0) {
      if (showsUnexplained(l)) dumped(l, at, length);
      return;
    }
  }
  l.text(l.verbose > 0 ? "\n\t" : " ");
  if (kind === 4) l.layers.ip(l, at, length);
  else if (kind === 6) l.layers.ip6(l, at, length);
  else printOsi(l, at, length);
}

function guess(first: number): number {
  if (first >= 0x45 && first <= 0x4f) return 4;
  if (first >= 0x60 && first <= 0x6f) return 6;
  return first >= 0x81 && first <= 0x83 ? 1 : 0;
}

// Ethernet loopback in a line. Pure. Ethernet version 2.0, chapter 8; the form is tcpdump's.
import type { Line } from "../core/line.ts";

/** A frame of `length` octets at `at`. */
export function printLoopback(l: Line, at: number, length: number): void {
  l.protocol = "loopback";
  let left = length;
  const invalid = () => {
    l.invalid();
    l.must(at, left);
  };
  const skip = (count: number) => {
    at += count;
    left -= count;
  };
  l.text("Loopback");
  if (left < 2) return invalid();
  const skipped = l.u16le(at);
  skip(2);
  l.text(`, skipCount ${skipped}`);
  if (skipped % 8 !== 0) l.text(" (bogus)");
  if (skipped > left) return invalid();
  l.must(at, skipped);
  skip(skipped);
  if (left < 2) return invalid();
  const kind = l.u16le(at);
  skip(2);
  l.text(`, ${["", "Reply", "Forward Data"][kind] || ` invalid (${kind})`}`);
  if (kind === 1) {
    if (left < 2) return invalid();
    l.text(`, receipt number ${l.u16le(at)}, data (${left - 2} octets)`);
  } else if (kind === 2) {
    if (left < 6) return invalid();
    l.text(`, forwarding address ${l.macText(at)}, data (${left - 6} octets)`);
  }
  l.must(at, left);
}

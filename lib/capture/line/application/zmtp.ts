// ZeroMQ's frames of version 1 in lines, in TCP and in datagrams of PGM (-T zmtp1, -T pgm_zmtp1). Pure. ZMTP 1.0;
// the form is tcpdump's.
import { hexDump } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";

/** Octets of a body that -v shows. */
const SHOWN = 128;

/** Frames in the `length` octets of a segment at `at`. */
export function printZmtp(l: Line, at: number, length: number): void {
  const end = Math.min(l.end, at + length);
  l.protocol = "zmtp1";
  l.text(": ZMTP/1.0");
  while (at < end) at = frame(l, at, end);
}

/** The rest of a frame that began before, then frames, in the `length` octets of a datagram at `at`. */
export function printZmtpDatagram(l: Line, at: number, length: number): void {
  const end = Math.min(l.end, at + length);
  l.protocol = "zmtp1";
  at = part(l, at, length);
  while (at < end) at = frame(l, at, end);
}

/** Prints a frame; gives the offset behind it. */
function frame(l: Line, at: number, end: number): number {
  l.text("\n\t");
  const first = l.u8(at), header = first === 0xff ? 9 : 1;
  let size = BigInt(first);
  if (header === 1) l.text(` frame flags+body  (8-bit) length ${first}`);
  else {
    l.text(" frame flags+body (64-bit) length");
    l.must(at, header);
    size = l.u64(at + 1);
    l.text(` ${size}`);
  }
  if (size === 0n) return at + header;
  l.must(at, header + 1);
  const flags = l.u8(at + header), captured = end - at - header;
  if (size > BigInt(captured)) l.text(` (${captured} captured)`);
  l.text(`, flags 0x${hex(flags, 2)}`);
  if (l.verbose > 0) {
    const bits = [128, 64, 32, 16, 8, 4, 2, 1].map((bit) => (flags & bit) === 0 ? "-" : bit === 1 ? "MORE" : "MBZ");
    l.text(` (${bits.join("|")})`);
    let shown = size < BigInt(captured) ? Number(size) : captured;
    if (l.verbose === 1) shown = Math.min(SHOWN + 1, shown);
    if (shown > 1) {
      l.text(`, first ${shown - 1} byte(s) of body:`);
      hexDump(l.out, l.bytes, at + header + 1, Math.min(shown - 1, l.end - at - header - 1), true, "\n\t ");
    }
  }
  at += header;
  if (size > BigInt(l.end - at)) l.must(l.end, 1);
  return at + Number(size);
}

function part(l: Line, at: number, length: number): number {
  let offset = l.u16(at);
  l.text(`\n\t frame offset 0x${hex(offset, 4)}`);
  at += 2;
  const captured = l.end - at;
  if (offset === 0xffff) offset = length - 2;
  else if (2 + offset > length) {
    l.text(" (exceeds datagram declared length)");
    l.must(l.end, 1);
  }
  if (offset === 0) return at;
  l.text(`\n\t frame intermediate part, ${offset} bytes`);
  if (offset > captured) l.text(` (${captured} captured)`);
  if (l.verbose > 0) {
    const shown = Math.min(offset, captured, l.verbose === 1 ? SHOWN : offset);
    if (shown > 1) {
      l.text(`, first ${shown} byte(s):`);
      hexDump(l.out, l.bytes, at, shown, true, "\n\t ");
    }
  }
  return at + offset;
}

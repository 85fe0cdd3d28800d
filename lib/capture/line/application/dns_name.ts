// Domain names in DNS messages, with compression pointers. Pure. RFC 1035 4.1.4; the form is tcpdump's.
import type { Line } from "../core/line.ts";

/** Octets of a name that are shown. RFC 1035 2.3.4. */
const LONGEST = 255;

/** Offset after the name at `at`, without printing; -1 when it ends outside. */
export function skipName(l: Line, at: number): number {
  if (at >= l.end) return -1;
  let length = l.bytes[at++]!;
  if ((length & 0xc0) === 0xc0) return at + 1;
  while (length !== 0) {
    if ((length & 0xc0) === 0xc0) return at + 1;
    if ((length & 0xc0) === 0x40) {
      if ((length & 0x3f) !== 1) return -1;
      if (at >= l.end) return -1;
      const bits = l.bytes[at++]! || 256;
      at += (bits + 7) >> 3;
    } else if (length > 0x3f) return -1;
    else at += length;
    if (at >= l.end) return -1;
    length = l.bytes[at++]!;
  }
  return at;
}

/** Prints the name at `at` of a message at `start`; gives the offset after it, -1 when it breaks. */
export function printName(l: Line, at: number, start: number): number {
  if (at >= l.end) return -1;
  let after = -1;
  let lowest = at;
  /** Octets of the name so far, points too. */
  let size = 0;
  if (l.bytes[at] === 0) {
    l.out.char(46);
    return at + 1;
  }
  for (;;) {
    if (at >= l.end) return -1;
    const length = l.bytes[at++]!;
    if (length === 0) break;
    // tcpdump takes a name for whole that ends with a length or the half of a pointer; bit labels it looks into before.
    if (at >= l.end && (size > 0 || length < 0x40) && (length & 0xc0) !== 0x40 && (length & 0xc0) !== 0x80) {
      if (after === -1) after = at + length;
      break;
    }
    switch (length & 0xc0) {
      case 0xc0: {
        if (at >= l.end) return -1;
        if (after === -1) after = at + 1;
        const target = start + ((length & 0x3f) << 8 | l.bytes[at]!);
        // Only backwards: then no name is without end.
        if (target >= lowest) {
          l.text("<BAD PTR>");
          return -1;
        }
        lowest = at = target;
        if (at >= l.end) return -1;
        continue;
      }
      case 0x40: {
        if ((length & 0x3f) !== 1) {
          l.text(`<ELT ${length & 0x3f}>`);
          return -1;
        }
        if (at >= l.end) return -1;
        const bits = l.bytes[at] || 256;
        const octets = (bits + 7) >> 3;
        l.text("\\[x");
        for (let i = 0; i < octets && at + 1 + i < l.end; i++) {
          const left = bits - i * 8;
          // What follows the last bit in its octet is none of it.
          const octet = l.bytes[at + 1 + i]! & (left < 8 ? 0xff << (8 - left) : 0xff);
          if (left <= 4) l.out.hex(octet >> 4, 1);
          else l.out.hex(octet, 2);
        }
        l.text(`/${bits}]`);
        at += 1 + octets;
        break;
      }
      case 0x80:
        l.text("<BAD LABEL TYPE>");
        return -1;
      default:
        if (!l.safeText(at, Math.max(0, Math.min(length, LONGEST - size)))) return -1;
        at += length;
        size += length;
    }
    if (size <= LONGEST) l.out.char(46);
    size++;
  }
  if (size > LONGEST) l.text("<DOMAIN NAME TOO LONG>");
  return after === -1 ? at : after;
}

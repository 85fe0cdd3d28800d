// IP over a serial line in a line, with the compressed headers in words. Pure. RFC 1055, RFC 1144; the form is tcpdump's.
import type { Line } from "../core/line.ts";

const HEADER = 16;

/** A frame of `length` octets at `at`, behind what the driver put before it; gives the octets of that. */
export function printSlip(l: Line, at: number, length: number): number {
  l.protocol = "slip";
  l.need(at, HEADER);
  l.header = HEADER;
  const inside = at + HEADER;
  length -= HEADER;
  if (l.link) direction(l, at, length);
  const version = l.u8(inside) >> 4;
  if (version === 4) l.layers.ip(l, inside, length);
  else if (version === 6) l.layers.ip6(l, inside, length);
  else l.text(`ip v${version}`);
  return HEADER;
}

function direction(l: Line, at: number, length: number): void {
  const way = l.u8(at), kind = l.u8(at + 1), known = way <= 1;
  l.text(known ? way === 0 ? "I " : "O " : `Invalid direction ${way} `);
  if (kind >> 4 === 4) return l.text(`ip ${length + HEADER}: `);
  if (kind >> 4 === 7) {
    l.slip.connection = l.u8(at + 10);
    l.text(`utcp ${l.slip.connection}: `);
    if (known) remember(l, at + HEADER, length, way);
  } else if (known) {
    if ((kind & 0x80) === 0) return l.text(`slip-${kind}!: `);
    compressed(l, at + 1, at + HEADER, length, way);
    l.text(": ");
  }
}

/** Octets of data behind the headers at `at`, kept for the next segment of the connection. */
function remember(l: Line, at: number, length: number, way: number): number {
  l.need(at, 20);
  const ip = (l.u8(at) & 15) * 4;
  l.need(at + ip, 20);
  const data = (length - ip - (l.u8(at + ip + 12) >> 4) * 4) >>> 0;
  l.slip.data[way * 256 + l.slip.connection] = data;
  return data;
}

/** RFC 1144 3.2.2. */
function compressed(l: Line, at: number, inside: number, length: number, way: number): void {
  const flags = l.u8(at), special = flags & 15;
  let cursor = at + 1;
  if ((flags & 0x40) !== 0) {
    l.slip.connection = l.u8(cursor++);
    l.text(`ctcp ${l.slip.connection}`);
  } else l.text("ctcp *");
  const last = l.slip.data[way * 256 + l.slip.connection] ?? 0;
  cursor += 2;
  const value = (signed = false) => {
    const small = l.u8(cursor);
    if (small !== 0) {
      cursor++;
      return small;
    }
    cursor += 3;
    return signed ? l.u16(cursor - 2) << 16 >> 16 : l.u16(cursor - 2);
  };
  if (special === 11) l.text(` *SA+${last}`);
  else if (special === 15) l.text(` *S+${last}`);
  else {
    if ((flags & 1) !== 0) l.text(` U=${value()}`);
    if ((flags & 2) !== 0) {
      const change = value(true);
      l.text(` W${change >= 0 ? "+" : ""}${change}`);
    }
    if ((flags & 4) !== 0) l.text(` A+${value()}`);
    if ((flags & 8) !== 0) l.text(` S+${value()}`);
  }
  if ((flags & 0x20) !== 0) l.text(` I+${value()}`);
  const data = remember(l, inside, length, way);
  l.text(` ${data} (${cursor - at})`);
}

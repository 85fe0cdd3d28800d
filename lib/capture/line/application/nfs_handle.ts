// File handles of NFS: which system made one is guessed from where it has zeros, as nobody else may look inside. Pure.
// The form is tcpdump's, which knows systems of the nineties; of others the octets are shown.
import type { Line } from "../core/line.ts";

/** Octets of an unknown handle that are shown. */
const SHOWN = 32;

/** Device and file number of a handle. */
type Inside = readonly [major: number, minor: number, file: number];

/** Prints the handle of `words` times four octets at `at`. */
export function printHandle(l: Line, at: number, words: number): void {
  const octet = (i: number) => l.u8(at + i);
  const device = (i: number, count: number) => octet(i) << 8 * (count - 1) | (count > 1 ? octet(i + 1) : 0);
  let inside: Inside | undefined;
  const zero = (...places: number[]) => places.every((i) => octet(i) === 0);
  const osf = (): Inside => [l.u32le(at) >>> 20, l.u32le(at) & 0xfffff, l.u32le(at + 12)];
  const sun5 = (): Inside => [device(0, 2) >> 2 & 0x3fff, l.u24(at + 1) & 0x3ffff, l.u32(at + 12)];
  if (words >= 4) {
    if (zero(0, 1)) {
      if (zero(2, 3)) inside = [octet(6), octet(7), l.u32(at + 12)];
      else if (octet(4) !== 0 && octet(5) === 0 && octet(8) === 12 && octet(9) === 0) inside = osf();
      else if (zero(4) && octet(5) === 8 && zero(6, 7)) inside = [octet(2), octet(3), l.u32(at + 8)];
      else inside = [octet(2), octet(3), l.u32(at + 12)];
    } else if (zero(2, 3)) {
      if (zero(6, 7)) inside = [octet(1), octet(0), l.u32le(at + 12)];
      else if (words >= 6 && zero(21, 23)) inside = [octet(1), octet(0), l.u32le(at + 4)];
      else if (octet(9) === 10) inside = sun5();
    } else if (octet(8) === 12 && octet(9) === 0) inside = osf();
    else if (octet(8) === 0 && octet(9) === 10) {
      inside = zero(7, 6, 5, 4) ? [octet(0), l.u24(at + 1), l.u32(at + 12)] : sun5();
    } else if (isVms(l, at, words)) return vms(l, at, words);
  }
  if (inside !== undefined) {
    const [major, minor, file] = inside;
    return l.text(` fh ${major},${minor}/${file}`);
  }
  l.text(" fh Unknown".slice(0, 4 + Math.min(7, words)));
  l.text(`/${l.hexText(at, Math.min(SHOWN, words * 4)).toUpperCase()}`);
}

/** A name and NULs in the first fourteen octets but one. */
function isVms(l: Line, at: number, words: number): boolean {
  if (words < 7) return false;
  let ended = false;
  for (let i = 1; i < 14; i++) {
    const octet = l.u8(at + i);
    if (octet === 0) ended = true;
    else if (ended || octet < 32 || octet > 126) return false;
  }
  return true;
}

function vms(l: Line, at: number, words: number): void {
  l.text(" fh ");
  for (let i = 1; i <= Math.min(64, words) && l.u8(at + i) > 32; i++) l.safe(l.u8(at + i));
  const file = (l.u8(at + 26) << 24 | l.u8(at + 27) << 16 | l.u8(at + 23) << 8 | l.u8(at + 22)) >>> 0;
  l.text(`/${file}`);
}

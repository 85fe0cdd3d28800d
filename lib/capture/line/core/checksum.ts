// The Internet checksum (RFC 1071), over what a packet's IP header says too. Pure.
import { hex, type Line } from "./line.ts";

/** The sum of `count` octets at `at`, added to `sum`, not yet folded. */
export function sumOctets(bytes: Uint8Array, at: number, count: number, sum = 0): number {
  const end = at + (count & ~1);
  for (let i = at; i < end; i += 2) sum += bytes[i]! << 8 | bytes[i + 1]!;
  if (count & 1) sum += bytes[end]! << 8;
  return sum;
}

/** 16 bits of a sum: 0xffff when the checksum in the octets is right. */
export function foldSum(sum: number): number {
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return sum;
}

/** What the checksum should be, from the one that stands there and the sum over everything with it. */
export function rightChecksum(stands: number, folded: number): number {
  return foldSum((~folded & 0xffff) + stands);
}

/** The sum over the pseudo-header of `length` octets of a protocol, not yet folded. */
export function pseudoHeader(l: Line, length: number, protocol: number): number {
  const { bytes, source, addressSize, ip: { destination } } = l;
  const sum = protocol + (length & 0xffff) + (length >>> 16);
  return sumOctets(bytes, source, addressSize, sumOctets(bytes, destination, addressSize, sum));
}

/** The sum over a pseudo-header and `length` octets at `at`, folded: 0xffff when right. */
export function pseudoSum(l: Line, at: number, length: number, protocol: number): number {
  return foldSum(sumOctets(l.bytes, at, length, pseudoHeader(l, length, protocol)));
}

/** `[udp sum ok] `, or what should be in the place of the checksum that `stands` there, from the sum over everything. */
export function printSum(l: Line, word: string, stands: number, sum: number): void {
  l.text(sum === 0xffff ? "[" : "[bad ");
  l.text(word);
  if (sum === 0xffff) l.text(" sum ok] ");
  else l.text(` cksum 0x${hex(stands, 4)} -> 0x${hex(rightChecksum(stands, sum), 4)}!] `);
}

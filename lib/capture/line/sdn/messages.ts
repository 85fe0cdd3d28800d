// What both versions of OpenFlow are written with: a cursor over a message, its bits and its data. Pure.
import { hexDump } from "../core/hexdump.ts";
import { bitNames, hex, type Line, type Names } from "../core/line.ts";
import { names } from "../core/table.ts";
import { OUIS } from "../core/names.ts";

const EXPERIMENTERS = names(
  "0x4f4e4600 ONF Extensions|0xff000001 Budapest University of Technology and Economics|NoviFlow|" +
    "L3+ Extensions, Vendor Neutral|L4-L7 Extensions|Wireless and Mobility Extensions|Forwarding Abstractions Extensions|" +
    "Optical Transport Extensions|Network Benchmarking Lab, NCTU|Mobile Packet Core Extensions|" +
    "MPLS-TP OpenFlow Extensions for SPTN",
);

/** A message that cannot be what it says; what is left of it is passed. */
class WrongMessage extends Error {}

/** Where a message is read, and how many octets of it are left. Reads past the captured octets end the line. */
export class Cursor {
  readonly l: Line;
  at: number;
  left: number;

  constructor(l: Line, at: number, left: number) {
    this.l = l;
    this.at = at;
    this.left = left;
  }

  skip(count: number): void {
    this.at += count;
    this.left -= count;
  }

  /** Passes octets that must have been captured. */
  pass(count: number): void {
    this.l.must(this.at, count);
    this.skip(count);
  }

  u8(): number {
    this.skip(1);
    return this.l.u8(this.at - 1);
  }

  u16(): number {
    this.skip(2);
    return this.l.u16(this.at - 2);
  }

  u32(): number {
    this.skip(4);
    return this.l.u32(this.at - 4);
  }

  u64(): bigint {
    this.skip(8);
    return this.l.u64(this.at - 8);
  }

  mac(): string {
    this.skip(6);
    return this.l.macText(this.at - 6);
  }

  ip4(): string {
    this.skip(4);
    return this.l.ip4Text(this.at - 4);
  }

  text(text: string): void {
    this.l.text(text);
  }

  /** A name in a field of `size` octets. */
  name(size: number): void {
    this.l.string(this.at, size);
    this.skip(size);
  }

  /** Prints what the next `size` octets hold; they are passed however it ends. */
  inner(size: number, print: (inner: Cursor) => void): void {
    guarded(new Cursor(this.l, this.at, size), print);
    this.skip(size);
  }

  /** Ends the message as wrong unless `right`. */
  expect(right: boolean): void {
    if (!right) throw new WrongMessage();
  }
}

/** Prints a message or a part; what is wrong is said so, and its octets must have been captured. */
export function guarded(cursor: Cursor, print: (cursor: Cursor) => void): void {
  try {
    print(cursor);
  } catch (error) {
    if (!(error instanceof WrongMessage)) throw error;
    cursor.l.invalid();
    cursor.l.must(cursor.at, cursor.left);
  }
}

/** Bits that are known, and whether others are set. */
export type Bits = readonly (readonly [number, string])[];

/** ` (A, B) (bogus)` */
export function bitsText(table: Bits, value: number): string {
  const known = table.reduce((all, [bit]) => all | bit, 0);
  return ((value & known) === 0 ? "" : ` (${bitNames(table, value, "")})`) + ((value & ~known) === 0 ? "" : " (bogus)");
}

/** `config 0x00000001 (PORT_DOWN)` */
export function flagsText(name: string, value: number, table: Bits): string {
  return `${name} 0x${hex(value, 8)}${bitsText(table, value)}`;
}

/** A name, or `invalid (0x0007)`. */
export function oneOf(table: Names, value: number, digits: number, otherwise = "invalid"): string {
  return table[value] ?? `${otherwise} (0x${hex(value, digits)})`;
}

/** A name, or the number. */
export const nameOr = (table: Names, value: number) => table[value] ?? String(value);

/** Who defined what is not in the standard. */
export function vendorText(vendor: number): string {
  const name = vendor < 0x1000000 ? OUIS[vendor] : EXPERIMENTERS[vendor];
  return `0x${hex(vendor, 8)} (${name ?? "unknown"})`;
}

/** Octets that are not taken apart: with -vv in rows. */
export function printData(c: Cursor): void {
  const { l, at, left } = c;
  if (left === 0) return;
  l.text(`\n\t data (${left} octets)`);
  if (l.verbose >= 2) hexDump(l.out, l.bytes, at, Math.max(0, Math.min(left, l.end - at)), true, "\n\t  ");
  l.must(at, left);
}

/** How a kind of message is printed: its octets behind the header, at least or exactly. */
export interface Kind {
  readonly name: string;
  readonly least?: number;
  readonly exactly?: number;
  print?(c: Cursor): void;
}

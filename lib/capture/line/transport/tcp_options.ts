// TCP options in a line. Pure. RFC 9293 3.2, RFC 7323, 2018, 5482, 5925, 7413, 8684; the form is tcpdump's.
// To add an option: its name in `NAMES` and, when it has a value, its line in `VALUES`.
import { segmentSignature } from "../core/signature.ts";
import { hex, type Line } from "../core/line.ts";
import { printMultipath } from "./multipath.ts";
import { byOctet, names, numbers } from "../core/table.ts";

const NAMES = byOctet(names(
  "0 eol|nop|mss|wscale|sackOK|sack|echo|echoreply|TS|11 cc|ccnew||19 md5|scps|28 uto|tcp-ao|mptcp|34 tfo|254 exp",
));

/** Octets of values whose size is fixed. */
const SIZES = byOctet(numbers("0 0|0|2|1|0|6 4|4|8|11 4|4|4|19 16|2|28 2"));

/** Thrown where the captured octets end inside an option that is not the first. */
export const CUT: unique symbol = Symbol("cut");
/** Thrown where an option breaks off. */
const BROKEN: unique symbol = Symbol("broken");

/** What options refer to: the segment at `at` with `data` octets of data; acknowledgements are counted from `base`. */
export interface Segment {
  readonly at: number;
  readonly flags: number;
  readonly base: number;
  readonly data: number;
}

/** An option that is `length` octets long with the `size` octets of its value at `at`. */
interface Option {
  readonly at: number;
  readonly size: number;
  readonly length: number;
  readonly segment: Segment;
  /** Ends the options unless `count` octets of the value are there. */
  need(count: number): void;
}

/**
 * The `left` octets of options of a segment. Words for the end of the line where an option breaks; what is past the
 * captured octets ends the line.
 */
export function printTcpOptions(l: Line, left: number, segment: Segment): string | undefined {
  let first = true;
  try {
    for (let at = segment.at + 20; left > 0; first = false) {
      if (!first) l.out.char(44);
      const kind = l.u8(at++);
      let length = 1;
      if (kind > 1) {
        length = l.u8(at++);
        if (length < 2 || length > left) throw BROKEN;
        left--;
      }
      left--;
      l.text(NAMES[kind] ?? `unknown-${kind}`);
      const size = SIZES[kind] ?? length - 2;
      if (size > 0 || VALUES[kind] !== undefined) {
        const room = left, place = at, cut = first;
        const need = (count: number): void => {
          if (count > room) throw BROKEN;
          if (l.has(place, count)) return;
          if (cut) l.cut();
          throw CUT;
        };
        if (SIZES[kind] !== undefined) need(size);
        (VALUES[kind] ?? inHex)(l, { at, size, length, segment, need });
      }
      at += size;
      left -= size;
      if (size + (kind > 1 ? 2 : 1) !== length) l.text(`[len ${length}]`);
      if (kind === 0) break;
    }
    return undefined;
  } catch (error) {
    if (error !== BROKEN) throw error;
    return first ? "[bad opt]" : "[bad opt]]";
  }
}

const VALUES = byOctet<(l: Line, option: Option) => void>({
  2: (l, { at }) => number(l, l.u16(at)),
  3: (l, { at }) => number(l, l.u8(at)),
  5: selective,
  6: word,
  7: word,
  8: timestamps,
  11: word,
  12: word,
  13: word,
  19: (l, { at, segment }) => l.text(segmentSignature(l, segment.at, segment.data, at)),
  20: (l, { at }) => l.text(` cap ${hex(l.u8(at), 2)} id ${l.u8(at + 1)}`),
  28: (l, { at }) => {
    const value = l.u16(at);
    l.text(` 0x${hex(value)} ${(value >> 1) * ((value & 1) === 0 ? 1 : 60)}`);
  },
  29: authentication,
  30: (l, { at, size, length, segment, need }) => {
    need(size);
    if (!printMultipath(l, at - 2, length, segment.flags)) throw BROKEN;
  },
  34: (l, { at, size, need }) => {
    need(size);
    l.text(" ");
    fastOpen(l, at, size);
  },
  254: (l, { at, size, need }) => {
    need(size);
    if (size < 2) throw BROKEN;
    const magic = l.u16(at);
    if (magic !== 0xf989) return l.text(`-${hex(magic, 4)}`);
    l.text("-tfo");
    fastOpen(l, at + 2, size - 2);
  },
});

function number(l: Line, value: number): void {
  l.out.char(32);
  l.dec(value);
}

function word(l: Line, { at }: Option): void {
  number(l, l.u32(at));
}

function timestamps(l: Line, { at }: Option): void {
  const { out } = l;
  out.text(" val ");
  out.dec(l.u32(at));
  out.text(" ecr ");
  out.dec(l.u32(at + 4));
}

function selective(l: Line, { at, size, segment: { base }, need }: Option): void {
  if (size % 8 !== 0) return l.text(" invalid sack");
  const { out } = l;
  l.text(` ${size / 8} `);
  for (let i = 0; i < size; i += 8) {
    need(i + 8);
    out.char(123);
    out.dec((l.u32(at + i) - base) >>> 0);
    out.char(58);
    out.dec((l.u32(at + i + 4) - base) >>> 0);
    out.char(125);
  }
}

/** RFC 5925. */
function authentication(l: Line, { at, size, need }: Option): void {
  if (size < 2) return l.invalid();
  need(2);
  l.text(` keyid ${l.u8(at)} rnextkeyid ${l.u8(at + 1)}`);
  if (size > 2) l.text(" mac 0x");
  for (let i = 2; i < size; i++) {
    need(i + 1);
    l.out.hex(l.u8(at + i), 2);
  }
}

/** The value of an option that nothing is known of. */
function inHex(l: Line, { at, size, need }: Option): void {
  l.text(" 0x");
  for (let i = 0; i < size; i++) {
    need(i + 1);
    l.out.hex(l.u8(at + i), 2);
  }
}

/** RFC 7413. */
function fastOpen(l: Line, at: number, length: number): void {
  if (length === 0) l.text(" cookiereq");
  else if (length % 2 !== 0 || length < 4 || length > 16) l.invalid();
  else l.text(` cookie ${l.hexText(at, length)}`);
}

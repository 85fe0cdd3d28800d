// TCP options in a line. Pure. RFC 9293 3.2, RFC 7323, 2018, 5482, 5925, 7413, 8684; the form is tcpdump's.
// To add an option: its name in `NAMES` and, when it has a value, its case in `printTcpOptions`.
import { segmentSignature } from "../core/signature.ts";
import type { Line } from "../core/line.ts";
import { printMultipath } from "./multipath.ts";
import { names, numbers } from "../core/table.ts";

const NAMES = names(
  "0 eol|nop|mss|wscale|sackOK|sack|echo|echoreply|TS|11 cc|ccnew||19 md5|scps|28 uto|tcp-ao|mptcp|34 tfo|254 exp",
);

/** Octets of values whose size is fixed. */
const SIZES = numbers("0 0|0|2|1|0|6 4|4|8|11 4|4|4|19 16|2|28 2");

/** Thrown where the captured octets end inside an option that is not the first. */
export const CUT: unique symbol = Symbol("cut");

/**
 * The `left` octets of options of the segment at `header` with `data` octets of data, whose first number is `base`.
 * Words for the end of the line where an option breaks; what is past the captured octets ends the line.
 */
export function printTcpOptions(
  l: Line,
  header: number,
  left: number,
  flags: number,
  base: number,
  data: number,
): string | undefined {
  const { out } = l;
  let at = header + 20;
  for (let first = true; left > 0; first = false) {
    if (!first) out.char(44);
    const broken = first ? "[bad opt]" : "[bad opt]]";
    const kind = l.u8(at++);
    let length = 1;
    if (kind > 1) {
      length = l.u8(at++);
      if (length < 2 || length > left) return broken;
      left--;
    }
    left--;
    const name = NAMES[kind];
    out.text(name ?? `unknown-${kind}`);
    const used = SIZES[kind] ?? length - 2;
    const fits = (count: number): boolean => {
      if (count > left) return false;
      if (l.has(at, count)) return true;
      if (first) l.cut();
      throw CUT;
    };
    if (SIZES[kind] !== undefined && used > 0 && !fits(used)) return broken;
    switch (kind) {
      case 0:
      case 1:
      case 4:
        break;
      case 2:
        out.char(32);
        out.dec(l.u16(at));
        break;
      case 3:
        out.char(32);
        out.dec(l.u8(at));
        break;
      case 5:
        if (used % 8 !== 0) l.text(" invalid sack");
        else {
          l.text(` ${used / 8} `);
          for (let i = 0; i < used; i += 8) {
            if (!fits(i + 8)) return broken;
            out.char(123);
            out.dec((l.u32(at + i) - base) >>> 0);
            out.char(58);
            out.dec((l.u32(at + i + 4) - base) >>> 0);
            out.char(125);
          }
        }
        break;
      case 6:
      case 7:
      case 11:
      case 12:
      case 13:
        out.char(32);
        out.dec(l.u32(at));
        break;
      case 8:
        out.text(" val ");
        out.dec(l.u32(at));
        out.text(" ecr ");
        out.dec(l.u32(at + 4));
        break;
      case 19:
        out.text(segmentSignature(l, header, data, at));
        break;
      case 20:
        out.text(` cap ${l.u8(at).toString(16).padStart(2, "0")} id ${l.u8(at + 1)}`);
        break;
      case 28: {
        const value = l.u16(at);
        out.text(` 0x${value.toString(16)} ${(value >> 1) * ((value & 1) === 0 ? 1 : 60)}`);
        break;
      }
      case 29:
        if (used < 2) l.text(" (invalid)");
        else {
          if (!fits(2)) return broken;
          l.text(` keyid ${l.u8(at)} rnextkeyid ${l.u8(at + 1)}`);
          if (used > 2) l.text(" mac 0x");
          for (let i = 2; i < used; i++) {
            if (!fits(i + 1)) return broken;
            out.hex(l.u8(at + i), 2);
          }
        }
        break;
      case 30:
        if (!fits(used)) return broken;
        if (!printMultipath(l, at - 2, length, flags)) return broken;
        break;
      case 34:
        if (!fits(used)) return broken;
        l.text(" ");
        fastOpen(l, at, used);
        break;
      case 254: {
        if (!fits(used) || used < 2) return broken;
        const magic = l.u16(at);
        if (magic === 0xf989) {
          l.text("-tfo");
          fastOpen(l, at + 2, used - 2);
        } else l.text(`-${magic.toString(16).padStart(4, "0")}`);
        break;
      }
      default:
        if (used > 0) l.text(" 0x");
        for (let i = 0; i < used; i++) {
          if (!fits(i + 1)) return broken;
          out.hex(l.u8(at + i), 2);
        }
    }
    at += used;
    left -= used;
    const expected = used + (kind > 1 ? 2 : 1);
    if (expected !== length) l.text(`[len ${length}]`);
    if (kind === 0) break;
  }
  return undefined;
}

/** RFC 7413. */
function fastOpen(l: Line, at: number, length: number): void {
  if (length === 0) l.text(" cookiereq");
  else if (length % 2 !== 0 || length < 4 || length > 16) l.invalid();
  else l.text(` cookie ${l.hexText(at, length)}`);
}

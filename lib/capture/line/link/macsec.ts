// MACsec's tag in a line. Pure. IEEE 802.1AE; the form is tcpdump's.
import { bitNames, type Line } from "../core/line.ts";
import { bits } from "../core/table.ts";

const FLAGS = bits("0x8 E|0x4 C|0x40 S|0x10 B|0x20 I");
/** Octets of the integrity check at the end. */
const CHECK = 16;

/**
 * The tag at `at` of a frame with `left` octets from there; `frame` is where the MAC addresses stand. Gives where the
 * payload stands and ends, -1 when it is encrypted; only the octets to skip when the tag is broken.
 */
export function printMacsec(
  l: Line,
  at: number,
  left: number,
  frame: number,
): { at: number; end: number } | number {
  const outer = l.protocol;
  l.protocol = "macsec";
  const captured = l.end - at;
  const broken = (invalid: boolean) => {
    if (invalid) l.invalid();
    else l.text(" [|macsec]");
    l.protocol = outer;
    return captured;
  };
  if (captured < 6 || left < 6) return broken(false);
  const control = l.u8(at), short = l.u8(at + 1) & 0x3f;
  const size = (control & 0x20) !== 0 ? 14 : 6;
  if (captured < size || left < size) return broken(false);
  if ((l.u8(at + 1) & 0xc0) !== 0 || (control & 0x80) !== 0) return broken(true);
  const header = () => {
    l.text(`an ${control & 3}, pn ${l.u32(at + 2)}, flags ${bitNames(FLAGS, control & 0x7c, "none", "")}`);
    if (short !== 0) l.text(`, sl ${short}`);
    if ((control & 0x20) !== 0) l.text(`, sci ${l.hexText(at + 6, 8)}`);
    l.text(", ");
  };
  if (l.link) header();
  if ((control & 0x0c) !== 0) {
    if (!l.link) {
      l.text(`${l.macText(frame + 6)} > ${l.macText(frame)} 802.1AE MACsec, `);
      header();
    }
    l.protocol = outer;
    return { at: at + size, end: -1 };
  }
  let end = at + Math.min(left, captured) - CHECK;
  if (end < at + size) return broken(false);
  if (short !== 0) {
    if (short > end - at - size) return broken(false);
    end = at + size + short;
  }
  l.protocol = outer;
  return { at: at + size, end };
}

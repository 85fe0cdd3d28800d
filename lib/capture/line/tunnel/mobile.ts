// IP packets for hosts that moved, with a header put between. Pure. RFC 2004; the form is tcpdump's.
import { foldSum, sumOctets } from "../core/checksum.ts";
import type { Line } from "../core/line.ts";

/** A header of `length` octets with what follows at `at`. */
export function printMobile(l: Line, at: number, length: number): void {
  l.protocol = "mobile";
  if (length < 8 || !l.has(at, 12)) return l.text(" [|mobile]");
  const sent = (l.u16(at) & 0x80) !== 0;
  l.text(`mobile: ${sent ? "[S]" : "[]"} `);
  if (l.verbose > 0) {
    if (sent) l.text(`${l.ip4Text(at + 8)} `);
    l.text(`> ${l.ip4Text(at + 4)} (oproto=${l.u8(at)})`);
  }
  if (foldSum(sumOctets(l.bytes, at, sent ? 12 : 8)) !== 0xffff) l.text(` (bad checksum ${l.u16(at + 2)})`);
}

// What routers add to ICMP errors: labels of MPLS, interfaces. Pure. RFC 4884, RFC 4950; the form is tcpdump's.
import { foldSum, sumOctets } from "../core/checksum.ts";
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const OBJECTS = names("1 MPLS Stack Entry|Interface Identification");
/** Octets of a message before its extensions. */
const BEFORE = 136;

/** The extensions of the message of `length` octets at `at`, if it has any. */
export function printIcmpExtensions(l: Line, at: number, length: number): void {
  l.need(at, BEFORE + 4);
  const from = at + BEFORE;
  let left = length - BEFORE;
  const right = () => foldSum(sumOctets(l.bytes, from, length - BEFORE)) === 0xffff;
  // Without a length only the checksum tells them from the datagram's own octets.
  if (l.u8(at + 5) === 0 && l.has(from, left) && !right()) return;
  const version = l.u8(from) >> 4;
  l.text(`\n\tICMP Multi-Part extension v${version}`);
  if (version !== 2) return l.text(" packet not supported");
  if (l.has(from, left)) {
    l.text(`, checksum 0x${hex(l.u16(from + 2), 4)} (${right() ? "" : "in"}correct), length ${left}`);
  }
  left -= 4;
  let object = from + 4;
  while (left > 4) {
    l.need(object, 4);
    const kind = l.u8(object + 2), type = l.u8(object + 3);
    let size = l.u16(object);
    l.text(`\n\t  ${OBJECTS[kind] ?? "unknown"} Object (${kind}), Class-Type: ${type}, length ${size}`);
    object += 4;
    left -= 4;
    if (kind === 0 || size < 4) return;
    size -= 4;
    if (kind === 1 && type === 1) {
      const word = l.u32(object);
      l.text(
        `\n\t    label ${word >>> 12}, tc ${word >>> 9 & 7}${(word & 0x100) !== 0 ? ", [S]" : ""}, ttl ${word & 255}`,
      );
    } else unknownData(l, object, "\n\t    ", size);
    if (left < size) return;
    left -= size;
    object += size;
  }
}

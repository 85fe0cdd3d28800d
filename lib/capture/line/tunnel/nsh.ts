// Network service headers in a line, with what they carry. Pure. RFC 8300; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const METADATA = names("0 reserved|1 1|2 2|15 experimental");
const NEXT = names("1 IPv4|IPv6|Ethernet|NSH|MPLS|0xfe Experiment 1|Experiment 2");

/** A packet of `length` octets at `at`. */
export function printNsh(l: Line, at: number, length: number): void {
  l.protocol = "nsh";
  const start = at;
  const invalid = (why: string) => {
    l.text(` (${why})`);
    l.invalid();
  };
  if (length < 8) return invalid(`packet length ${length} < 8`);
  const word = l.u32(at);
  const version = word >>> 30, words = (word >>> 16) & 0x3f, metadata = (word >>> 8) & 15, next = word & 0xff;
  l.text("NSH, ");
  if (l.verbose > 1) l.text(`ver ${version}, `);
  if (version !== 0) return;
  l.text(`flags [${(word & 0x20000000) !== 0 ? "O" : "none"}], `);
  if (l.verbose > 2) {
    l.text(`TTL ${(word >>> 22) & 0x3f}, length ${words}, `);
    l.text(`md type ${METADATA[metadata] ?? `unknown (0x${hex(metadata, 2)})`}, `);
  }
  if (l.verbose > 1) l.text(`next-protocol ${NEXT[next] ?? `unknown (0x${hex(next, 2)})`}, `);
  if (length < words * 4) return invalid(`too many headers for packet length ${length}`);
  l.text(`service-path-id 0x${hex(l.u24(at + 4), 6)}, `);
  l.text(`service-index 0x${hex(l.u8(at + 7))}`);
  if (words < 2) return invalid("less than two headers");
  at += 8;
  if (l.verbose > 2 && metadata === 1) {
    if (words !== 6) return invalid("invalid length for the MD type");
    for (let i = 0; i < 4; i++) {
      l.text(`\n        Context[${String(i).padStart(2, "0")}]: 0x${hex(l.u32(at + i * 4), 8)}`);
    }
  } else if (l.verbose > 2 && metadata === 2) {
    for (let n = 0; n < words - 2;) {
      const size = l.u8(at + 3) & 0x7f;
      l.text(`\n        TLV Class ${l.u16(at)}, Type ${l.u8(at + 2)}, Len ${size}`);
      n += 1 + ((size + 3) >> 2);
      if (words - 2 < n) return invalid("length too big");
      if (size > 0) l.text(`\n            Value: 0x${l.macText(at + 4, size)}`);
      at += 4 + ((size + 3) & ~3);
    }
  }
  l.must(start + 8, (words - 2) * 4);
  at = start + words * 4;
  const left = length - words * 4;
  l.text(l.verbose > 0 ? "\n    " : ": ");
  if (next === 1) l.layers.ip(l, at, left);
  else if (next === 2) l.layers.ip6(l, at, left);
  else if (next === 3) l.layers.ether(l, at, left);
  else l.text("ERROR: unknown-next-protocol");
}

// Bidirectional forwarding detection in a line. Pure. RFC 5880, RFC 5881, RFC 5883, RFC 7130; the form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";
import type { Ports } from "../transport/ends.ts";

const PORTS = names("3784 Control|4784 Multihop|6784 Lag");
const DIAGNOSTICS = names(
  "0 No Diagnostic|Control Detection Time Expired|Echo Function Failed|Neighbor Signaled Session Down|" +
    "Forwarding Plane Reset|Path Down|Concatenated Path Down|Administratively Down|Reverse Concatenated Path Down",
);
const FLAGS_0 = bits(
  "0x80 I Hear You|0x40 Demand|0x20 Poll|0x10 Final|0x8 Control Plane Independent|0x4 Authentication Present|" +
    "0x2 Reserved|0x1 Reserved",
);
const FLAGS_1 = bits(
  "0x20 Poll|0x10 Final|0x8 Control Plane Independent|0x4 Authentication Present|0x2 Demand|0x1 Multipoint",
);
const STATES = ["AdminDown", "Down", "Init", "Up"];
const AUTHENTICATION = names(
  "1 Simple Password|Keyed MD5|Meticulous Keyed MD5|Keyed SHA1|Meticulous Keyed SHA1",
);

/** A packet of `length` octets at `at` to a port of its own. */
export function printBfd(l: Line, at: number, length: number, { dport }: Ports): void {
  l.protocol = "bfd";
  const name = PORTS[dport];
  if (name === undefined) {
    l.text(`BFD, Echo, length: ${length}`);
    if (l.verbose >= 1) unknownData(l, at, "\n\t", length);
    return;
  }
  l.must(at, 24);
  const version = l.u8(at) >> 5, diagnostic = l.u8(at) & 31, flags = l.u8(at + 1);
  if (version > 1) {
    l.text(`BFDv${version}, Control, length: ${length}`);
    if (l.verbose >= 1) unknownData(l, at, "\n\t", length);
    return;
  }
  const what = version === 0
    ? `Control, Flags: [${bitNames(FLAGS_0, flags, "none")}]`
    : `${name}, State ${STATES[flags >> 6]}, Flags: [${bitNames(FLAGS_1, flags & 0x3f, "none")}]`;
  if (l.verbose < 1) return l.text(`BFDv${version}, ${what}, length: ${length}`);
  l.text(`BFDv${version}, length: ${length}\n\t${what}, `);
  l.text(`Diagnostic: ${DIAGNOSTICS[diagnostic] ?? "unknown"} (0x${hex(diagnostic, 2)})`);
  const ms = (from: number) => Math.floor(l.u32(from) / 1000);
  const detection = Math.floor((Math.imul(l.u8(at + 2), l.u32(at + 12)) >>> 0) / 1000);
  l.text(`\n\tDetection Timer Multiplier: ${l.u8(at + 2)} (${detection} ms Detection time), `);
  l.text(`BFD Length: ${l.u8(at + 3)}\n\tMy Discriminator: 0x${hex(l.u32(at + 4), 8)}, `);
  l.text(`Your Discriminator: 0x${hex(l.u32(at + 8), 8)}`);
  l.text(`\n\t  Desired min Tx Interval:    ${String(ms(at + 12)).padStart(4)} ms`);
  l.text(`\n\t  Required min Rx Interval:   ${String(ms(at + 16)).padStart(4)} ms`);
  l.text(`\n\t  Required min Echo Interval: ${String(ms(at + 20)).padStart(4)} ms`);
  if ((flags & 4) !== 0) authentication(l, at + 24);
}

/** RFC 5880 section 4.2 and on. */
function authentication(l: Line, at: number): void {
  l.must(at, 4);
  const kind = l.u8(at), size = l.u8(at + 1);
  l.text(`\n\tAuthentication: ${AUTHENTICATION[kind] ?? "Unknown"} (${kind}), length: ${size}`);
  l.text(`\n\t  Auth Key ID: ${l.u8(at + 2)}`);
  const wrong = () => {
    l.text(`[invalid length ${size}]`);
  };
  if (kind === 1) {
    if (size < 4 || size > 19) return wrong();
    l.text(", Password: ");
    l.octets(at + 3, size - 3);
  } else if (kind >= 2 && kind <= 5) {
    const md5 = kind < 4;
    if (size !== (md5 ? 24 : 28)) return wrong();
    l.text(`, Sequence Number: 0x${hex(l.u32(at + 4), 8)}`);
    l.text(`\n\t  ${md5 ? "Digest" : "Hash"}: ${l.hexText(at + 8, md5 ? 16 : 20)}`);
  }
}

// Generic routing encapsulation in a line, with what it carries. Pure. RFC 2784, 2890, 2637; the form is tcpdump's.
import { bitNames, type Line } from "./line.ts";
import { ETHERTYPES } from "./names.ts";

const GRE_FLAGS = [
  [0x8000, "checksum present"],
  [0x4000, "routing present"],
  [0x2000, "key present"],
  [0x1000, "sequence# present"],
  [0x0800, "source routing present"],
] as const;

/** `length` octets at `at`. */
export function printGre(l: Line, at: number, length: number): void {
  l.protocol = "gre";
  const flags = l.u16(at);
  const version = flags & 7;
  l.text(`GREv${version}`);
  if (version > 1) {
    l.text(` ERROR: unknown-version`);
    return;
  }
  const type = l.u16(at + 2);
  if (l.verbose > 0) l.text(`, Flags [${bitNames(GRE_FLAGS, flags, "none")}]`);
  let cursor = at + 4;
  let left = length - 4;
  const skip = (count: number) => {
    cursor += count;
    left -= count;
  };
  if (version === 1) {
    if ((flags & 0x2000) !== 0) {
      l.text(`, call ${l.u16(cursor + 2)}`);
      skip(4);
    }
    if ((flags & 0x1000) !== 0) {
      l.text(`, seq ${l.u32(cursor)}`);
      skip(4);
    }
    if ((flags & 0x0080) !== 0) {
      l.text(`, ack ${l.u32(cursor)}`);
      skip(4);
    }
    if ((flags & 0x1000) === 0) {
      l.text(", no-payload");
      l.text(`, length ${length}`);
      return;
    }
    l.text(`, length ${length}: `);
    l.text(type === 0x880b ? "gre-ppp-payload" : `gre-proto-0x${type.toString(16)}`);
    return;
  }
  if ((flags & 0xc000) !== 0) {
    if (l.verbose > 0) l.text(`, sum 0x${l.u16(cursor).toString(16)}`);
    l.text(`, off 0x${l.u16(cursor + 2).toString(16)}`);
    skip(4);
  }
  if ((flags & 0x2000) !== 0) {
    l.text(`, key=0x${l.u32(cursor).toString(16)}`);
    skip(4);
  }
  if ((flags & 0x1000) !== 0) {
    l.text(`, seq ${l.u32(cursor)}`);
    skip(4);
  }
  if (l.link) {
    l.text(
      `, proto ${ETHERTYPES.get(type) ?? "unknown"} (0x${type.toString(16).padStart(4, "0")})`,
    );
  }
  l.text(`, length ${length}`);
  if (l.verbose < 1) l.text(": ");
  else l.text("\n\t");
  switch (type) {
    case 0x0800:
      return l.layers.ip(l, cursor, left);
    case 0x86dd:
      return l.layers.ip6(l, cursor, left);
    case 0x6558:
      l.layers.ether(l, cursor, left);
      return;
    case 0x8847:
    case 0x8848:
      l.layers.etherType(l, type, cursor, left);
      return;
    default:
      l.text(`gre-proto-0x${type.toString(16)}`);
  }
}

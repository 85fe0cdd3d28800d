// LLDP and the slow protocols (LACP) in a line. Pure. IEEE 802.1AB, IEEE 802.1AX; the form is tcpdump's.
import type { Line } from "./line.ts";

const TLVS: Record<number, string> = {
  0: "End",
  1: "Chassis ID",
  2: "Port ID",
  3: "Time to Live",
  4: "Port Description",
  5: "System Name",
  6: "System Description",
  7: "System Capabilities",
  8: "Management Address",
  127: "Organization specific",
};

/** An LLDP frame of `length` octets at `at`. */
export function printLldp(l: Line, at: number, length: number): void {
  l.protocol = "lldp";
  l.text(`LLDP, length ${length}`);
  let cursor = at, left = length;
  while (left >= 2) {
    const word = l.u16(cursor);
    const type = word >> 9, size = word & 0x1ff;
    cursor += 2;
    left -= 2;
    if (l.verbose > 0) l.text(`\n\t${TLVS[type] ?? "Unknown"} TLV (${type}), length ${size}`);
    if (size > left) break;
    l.need(cursor, size);
    if (type === 5) {
      l.text(l.verbose > 0 ? ": " : ", ");
      if (l.verbose === 0) l.text("");
      l.safeText(cursor, size);
    } else if (l.verbose > 0) {
      if (type === 3 && size >= 2) l.text(`: TTL ${l.u16(cursor)}s`);
      else if (type === 4 || type === 6) {
        l.text(type === 4 ? ": " : "\n\t  ");
        l.safeText(cursor, size);
      }
    }
    if (type === 0) return;
    cursor += size;
    left -= size;
  }
}

/** A slow-protocols frame. */
export function printSlow(l: Line, at: number, length: number): void {
  l.protocol = "slow";
  l.need(at, 2);
  const subtype = l.u8(at);
  const names: Record<number, string> = { 1: "LACP", 2: "MARKER", 3: "OAM" };
  const name = names[subtype];
  if (subtype === 1 || subtype === 2) {
    const version = l.u8(at + 1);
    if (version !== 1) {
      l.text(`${name} version ${version} packet not supported`);
      return;
    }
    l.text(`${name}v${version}, length ${length}`);
    return;
  }
  l.text(`${name ?? `unknown (${subtype})`}, length ${length}`);
}

// The header of an IEEE 802.11 frame in a line, with -e. Pure. The form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

/** A header of `size` octets at `at`. */
export interface WifiHeader {
  readonly at: number;
  readonly size: number;
  readonly type: number;
  readonly subtype: number;
  /** The second octet. */
  readonly flags: number;
  /** Octets of the mesh header at its end. */
  readonly mesh: number;
}

/** A request for acknowledgment of several frames, or that acknowledgment. */
export const blockRequest = (l: Line, at: number) =>
  ` RA:${l.macText(at + 4)} TA:${l.macText(at + 10)} CTL(${hex(l.u16le(at + 16))}) SEQ(${l.u16le(at + 18)}) `;

/** The header with `-e`. */
export function printHeader(l: Line, { at, size, type, subtype, flags, mesh }: WifiHeader): void {
  if (l.verbose > 0) {
    const words = [[0x20, "More Data"], [4, "More Fragments"], [0x10, "Pwr Mgmt"], [8, "Retry"]] as const;
    for (const [bit, word] of [...words, [0x80, "Strictly Ordered"], [0x40, "Protected"]] as const) {
      if ((flags & bit) !== 0) l.text(`${word} `);
    }
    if (type !== 1 || subtype !== 10) l.text(`${l.u16le(at + 2)}us `);
  }
  if (mesh > 0) meshHeader(l, at + size - mesh);
  const address = (name: string, offset: number) => l.text(`${name}:${l.macText(at + offset)} `);
  if (type === 0) {
    address("BSSID", 16);
    address("DA", 4);
    address("SA", 10);
  } else if (type === 1) {
    if (subtype === 8) return l.text(blockRequest(l, at));
    if (subtype === 7) return;
    address(subtype === 10 ? "BSSID" : "RA", 4);
    if (subtype === 10 || subtype === 11) address("TA", 10);
    if (subtype >= 14) address("BSSID", 10);
  } else {
    if ((subtype & 11) !== 0) {
      const polls = (subtype & 3) === 3 ? "Ack/Poll" : (subtype & 1) !== 0 ? "Ack" : (subtype & 2) !== 0 ? "Poll" : "";
      l.text(`CF ${polls}${(subtype & 8) !== 0 ? "+QoS" : ""} `);
    }
    const order = [["DA", "SA", "BSSID"], ["BSSID", "SA", "DA"], ["DA", "BSSID", "SA"], ["RA", "TA", "DA", "SA"]];
    order[flags & 3]!.forEach((name, i) => address(name, [4, 10, 16, 24][i]!));
  }
}

function meshHeader(l: Line, at: number): void {
  const more = l.u8(at) & 3;
  const sequence = (l.u16le(at + 2) | l.u16le(at + 4) << 16) >>> 0;
  l.text(`MeshData (AE ${more} TTL ${l.u8(at + 1)} seq ${sequence}`);
  for (let i = 0; i < more; i++) l.text(` A${4 + i}:${l.macText(at + 6 + i * 6)}`);
  l.text(") ");
}

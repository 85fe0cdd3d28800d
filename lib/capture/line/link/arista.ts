// Arista's time stamps between Ethernet header and payload, in a line. Pure. The form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

/** Gives the octets used, -1 when the frame goes on nobody knows how. */
export function printArista(l: Line, at: number): number {
  l.protocol = "arista";
  const kind = l.u16(at);
  l.text(`SubType ${kind === 1 ? "Timestamp" : "Unknown"} (0x${hex(kind, 4)}), `);
  if (kind !== 1) return -1;
  const scale = l.u8(at + 2), format = l.u8(at + 3) >> 4, hardware = l.u8(at + 3) & 15;
  l.text(`Timescale ${["TAI", "UTC"][scale] ?? "Unknown"} (${scale}), `);
  l.text(`Format ${["Unknown", "64-bit", "48-bit"][format] ?? "Unknown"} (${format}), `);
  l.text(`HwInfo ${["R/R2", "R3"][hardware] ?? "Unknown"} (${hardware}), Timestamp `);
  if (format !== 1 && format !== 2) return -1;
  const wide = format === 1;
  const nanos = l.u32(at + (wide ? 8 : 6));
  const seconds = (wide ? l.u32(at + 4) : l.u16(at + 4)) + Math.floor(nanos / 1e9);
  const fraction = String(nanos % 1e9).padStart(9, "0");
  l.text(
    wide
      ? `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")}.${fraction}: `
      : `${seconds}.${fraction}: `,
  );
  return wide ? 12 : 10;
}

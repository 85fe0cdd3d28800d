// What frames of IEEE 802.15.4 and their information elements have in common, in a line. Pure.
import { hex, type Line } from "../core/line.ts";

/** A number of `size` octets, the lowest first. */
export function little(l: Line, at: number, size = 2): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + l.u8(at + i);
  return value;
}

/** Whether a bit is set. */
export const set = (word: number, bit: number) => (word >> bit & 1) !== 0;

/** An address of two or eight octets, the last first. */
export function addressText(l: Line, at: number, size: number): string {
  if (size === 0) return "none";
  if (size === 2) return hex(little(l, at), 4);
  return [7, 6, 5, 4, 3, 2, 1, 0].map((i) => hex(l.u8(at + i), 2)).join(":");
}

/** The order of a superframe, with -v. */
export function superframe(l: Line, word: number): string {
  if (l.verbose < 1) return "";
  return `\n\tBeacon order = ${word & 15}, Superframe order = ${word >> 4 & 15}, Final CAP Slot = ${word >> 8 & 15}` +
    (set(word, 12) ? ", BLE enabled" : "") + (set(word, 14) ? ", PAN Coordinator" : "") +
    (set(word, 15) ? ", Association Permit" : "");
}

/** Octets of the list of addresses that have frames waiting; below 0 when it is cut. */
export function pendingAddresses(l: Line, at: number, left: number): number {
  const counts = l.u8(at), short = counts & 7, long = counts >> 4 & 7, size = 1 + short * 2 + long * 8;
  if (l.verbose > 0) {
    l.text(`\n\tPending address list, # short addresses = ${short}, # extended addresses = ${long}`);
  }
  if (left < size) {
    l.text(" [ERROR: Pending address list truncated]");
    return -1;
  }
  if (l.verbose < 2) return size;
  const list = (name: string, count: number, octets: number, from: number) => {
    if (count === 0) return;
    l.text(`, ${name} address list = [ `);
    for (let i = 0; i < count; i++) l.text(`${addressText(l, from + i * octets, octets)} `);
    l.text("]");
  };
  list("Short", short, 2, at + 1);
  list("Extended", long, 8, at + 1 + short * 2);
  return size;
}

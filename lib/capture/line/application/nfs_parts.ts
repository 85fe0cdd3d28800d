// What calls and answers of NFS have in common: handles, names, times, words. Pure. RFC 1813; the form is tcpdump's.
import type { Line } from "../core/line.ts";
import { names } from "../core/table.ts";
import { printHandle } from "./nfs_handle.ts";

export const WRITE_MODES = names("0 unstable|datasync|filesync");
export const FILE_TYPES = names("0 NON|REG|DIR|BLK|CHR|LNK|7 FIFO");

/** Prints a file handle; gives the offset behind it. */
export function handle(l: Line, at: number, third: boolean): number {
  const words = third ? Math.floor(l.u32(at) / 4) : 8;
  if (third) at += 4;
  if (!l.has(at, words * 4)) l.cut();
  printHandle(l, at, words);
  return at + words * 4;
}

/** Prints a name in quotes; gives the offset behind it. */
export function printName(l: Line, at: number): number {
  const size = l.u32(at), padded = size + (-size & 3);
  if (size > 0xffff_fffc) {
    l.text("[cannot pad to 32-bit boundaries]");
    l.invalid();
    l.cut();
  }
  if (!l.has(at + 4, padded)) l.cut();
  l.text('"');
  l.octets(at + 4, size);
  l.text('"');
  return at + 4 + padded;
}

/** Seconds and what stands behind them, which is micro- or nanoseconds. */
export function timeText(l: Line, at: number): string {
  return `${l.u32(at)}.${String(l.u32(at + 4)).padStart(6, "0")}`;
}

// Multicast listener discovery in a line. Pure. RFC 2710, RFC 3810; the form is tcpdump's.
import { groupRecords } from "./group_records.ts";
import type { Line } from "../core/line.ts";

/** A message of version 1 (RFC 2710 3): the delay and the group. */
export function listener(l: Line, at: number): void {
  if (at + 24 > l.end) return;
  l.text(`max resp delay: ${l.u16(at + 4)} addr: `);
  l.ip6(at + 8);
}

/** A query of version 2 (RFC 3810 5.1). */
export function query2(l: Line, at: number, length: number): void {
  const code = l.u16(at + 4);
  const delay = code < 32768 ? code : ((code & 0x0fff) | 0x1000) << (((code & 0x7000) >> 12) + 3);
  if (l.verbose > 0) l.text(` [max resp delay=${delay}]`);
  l.must(at + 8, 16);
  l.text(" [gaddr ");
  l.ip6(at + 8);
  if (l.verbose > 0) {
    const flags = l.u8(at + 24), interval = l.u8(at + 25);
    if ((flags & 8) !== 0) l.text(" sflag");
    if ((flags & 7) !== 0) l.text(` robustness=${flags & 7}`);
    l.text(` qqi=${interval < 128 ? interval : ((interval & 15) | 16) << (((interval & 0x70) >> 4) + 3)}`);
  }
  const sources = l.u16(at + 26);
  if (sources > 0) {
    if (length < 28 + sources * 16) l.text(` [invalid number of sources]`);
    else if (l.verbose > 1) {
      l.text(" {");
      for (let i = 0; i < sources; i++) {
        l.out.char(32);
        l.ip6(at + 28 + i * 16);
      }
      l.text(" }");
    } else l.text(`, ${sources} source(s)`);
  }
  l.text("]");
}

/** A report of version 2 (RFC 3810 5.2). */
export function report2(l: Line, at: number, length: number): void {
  if (length < 8) return l.text(` [invalid len ${length}]`);
  groupRecords(l, at, length, 16, "v2");
}

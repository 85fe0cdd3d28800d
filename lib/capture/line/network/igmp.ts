// IGMP in a line. Pure. RFC 2236, RFC 3376; the form is tcpdump's.
import { foldSum, sumOctets } from "../core/checksum.ts";
import { groupRecords } from "./group_records.ts";
import type { Line } from "../core/line.ts";
import { printDvmrp, printPim1, printTrace } from "../routing/multicast_old.ts";
import { spanText } from "../core/span.ts";

/** A message of `length` octets at `at`. */
export function printIgmp(l: Line, at: number, length: number): void {
  l.protocol = "igmp";
  if (l.quiet) return l.text("igmp");
  // Of a cut address nothing is told.
  const address = (before: string) => {
    l.must(at + 4, 4);
    l.text(before);
    l.ip4(at + 4);
  };
  const type = l.u8(at);
  switch (type) {
    case 0x11:
      l.text("igmp query");
      if (length >= 12) {
        query3(l, at, length);
        break;
      }
      if (l.u8(at + 1) !== 0) {
        l.text(" v2");
        if (l.u8(at + 1) !== 100) l.text(` [max resp time ${l.u8(at + 1)}]`);
      } else l.text(" v1");
      if (l.u32(at + 4) !== 0) {
        l.text(" [gaddr ");
        l.ip4(at + 4);
        l.text("]");
      }
      if (length !== 8) l.text(` [len ${length}]`);
      break;
    case 0x12:
      address("igmp v1 report ");
      if (length !== 8) l.text(` [len ${length}]`);
      break;
    case 0x16:
      address("igmp v2 report ");
      break;
    case 0x17:
      address("igmp leave ");
      break;
    case 0x22:
      l.text("igmp v3 report");
      report3(l, at, length);
      break;
    case 0x13:
      l.text("igmp dvmrp");
      if (length < 8) l.text(` [len ${length}]`);
      else printDvmrp(l, at, length);
      break;
    case 0x14:
      l.text("igmp pimv1");
      printPim1(l, at, length);
      break;
    case 0x1e:
    case 0x1f:
      printTrace(l, type === 0x1e ? "mresp" : "mtrace", at, length);
      break;
    default:
      l.text(`igmp-${type}`);
  }
  if (l.verbose > 0 && length >= 4 && l.has(at, length)) {
    const sum = foldSum(sumOctets(l.bytes, at, length));
    if (sum !== 0xffff) l.text(` bad igmp cksum ${l.u16(at + 2).toString(16)}!`);
  }
}

/** A code above 127 is a small floating-point number. */
function timeOf(code: number): number {
  return code < 128 ? code : ((code & 15) | 16) << (((code & 0x70) >> 4) + 3);
}

function query3(l: Line, at: number, length: number): void {
  l.text(" v3");
  if ((length & 3) !== 0) return l.text(` [invalid len ${length}]`);
  const time = timeOf(l.u8(at + 1));
  if (time !== 100) {
    l.text(` [max resp time ${time < 600 ? `${(time / 10).toFixed(1)}s` : spanText(Math.floor(time / 10))}`);
    l.text("]");
  }
  if (l.u32(at + 4) === 0) return;
  l.text(" [gaddr ");
  l.ip4(at + 4);
  const sources = l.u16(at + 10);
  if (sources > 0) {
    if (length < 12 + sources * 4) l.text(" [invalid number of sources]");
    else if (l.verbose > 1) {
      l.text(" {");
      for (let i = 0; i < sources; i++) {
        l.must(at + 12 + i * 4, 4);
        l.out.char(32);
        l.ip4(at + 12 + i * 4);
      }
      l.text(" }");
    } else l.text(`, ${sources} source(s)`);
  }
  l.text("]");
}

function report3(l: Line, at: number, length: number): void {
  if (length < 16 || (length & 3) !== 0) return l.text(` [invalid len ${length}]`);
  groupRecords(l, at, length, 4, "v3");
}

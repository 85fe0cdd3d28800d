// SCTP in a line: each chunk. Pure. RFC 9260; the form is tcpdump's. To add a chunk type: its name in `CHUNKS`.
import type { Line } from "../core/line.ts";
import { printEnds } from "./tcp.ts";

const CHUNKS: Record<number, string> = {
  0: "DATA",
  1: "INIT",
  2: "INIT ACK",
  3: "SACK",
  4: "HB REQ",
  5: "HB ACK",
  6: "ABORT",
  7: "SHUTDOWN",
  8: "SHUTDOWN ACK",
  9: "OP ERR",
  10: "COOKIE ECHO",
  11: "COOKIE ACK",
  12: "ECN ECHO",
  13: "CWR",
  14: "SHUTDOWN COMPLETE",
  15: "AUTH",
};

/** A packet of `length` octets at `at`. */
export function printSctp(l: Line, at: number, length: number, ver: 4 | 6): void {
  l.protocol = "sctp";
  if (length < 12) {
    l.text(`truncated-sctp - ${12 - length} bytes missing!`);
    return;
  }
  l.need(at, 12);
  printEnds(l, at, ver, 132);
  l.text("sctp");
  let cursor = at + 12;
  const end = at + length;
  for (let i = 1; cursor < end && i < 1000; i++) {
    const type = l.u8(cursor), size = l.u16(cursor + 2);
    l.text(`${l.verbose > 0 ? "\n\t" : " "}(${i}) `);
    l.text(`[${CHUNKS[type] ?? `Unknown chunk type: 0x${type.toString(16).padStart(2, "0")}`}] `);
    if (size < 4) {
      l.text(`[Bad chunk length ${size}, < size of chunk header] (invalid)`);
      return;
    }
    if (cursor + size > end) {
      l.text(`[Bad chunk length ${size}, > remaining data in packet] (invalid)`);
      return;
    }
    l.need(cursor, size);
    if (type === 0 && size >= 16) {
      const flags = l.u8(cursor + 1) & 3;
      if (flags === 3) l.text("(B)(E) ");
      else if (flags === 2) l.text("(B) ");
      else if (flags === 1) l.text("(E) ");
      l.text(
        `[TSN: ${l.u32(cursor + 4)}] [SID: ${l.u16(cursor + 8)}] [SSEQ ${l.u16(cursor + 10)}] [PPID ${
          ppid(l.u32(cursor + 12))
        }] `,
      );
    } else if ((type === 1 || type === 2) && size >= 20) {
      l.text(
        `[init tag: ${l.u32(cursor + 4)}] [rwnd: ${l.u32(cursor + 8)}] [OS: ${l.u16(cursor + 12)}] [MIS: ${
          l.u16(cursor + 14)
        }] [init TSN: ${l.u32(cursor + 16)}] `,
      );
    } else if (type === 3 && size >= 16) {
      l.text(
        `[cum ack ${l.u32(cursor + 4)}] [a_rwnd ${l.u32(cursor + 8)}] [#gap acks ${l.u16(cursor + 12)}] [#dup tsns ${
          l.u16(cursor + 14)
        }] `,
      );
    }
    cursor += (size + 3) & ~3;
  }
}

const ppid = (value: number) => value === 0 ? "unspecified" : String(value);

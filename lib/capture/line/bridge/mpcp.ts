// Pauses of Ethernet links, and who may send on passive optical ones, in a line. Pure. IEEE 802.3 clauses 31 and 64;
// the form is tcpdump's.
import { bitNames, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { bits, names } from "../core/table.ts";

const CODES = names("1 Pause|Gate|Report|Register Request|Register|Register ACK");
const GRANTS = bits(
  "0x8 Discovery|0x10 Force Grant #1|0x20 Force Grant #2|0x40 Force Grant #3|0x80 Force Grant #4",
);
const QUEUES = bits("1 Q0|2 Q1|4 Q2|8 Q3|16 Q4|32 Q5|64 Q6|128 Q7");
const REQUESTS = bits("1 Register|3 De-Register");
const REGISTERED = bits("1 Re-Register|2 De-Register|3 ACK|4 NACK");
const ACKNOWLEDGED = bits("1 ACK");

/** A message of `length` octets at `at`. */
export function printMpcp(l: Line, at: number, length: number): void {
  l.protocol = "mpcp";
  const code = l.u16(at), time = l.u32(at + 2);
  l.text(`MPCP, Opcode ${CODES[code] ?? `Unknown (${code})`}`);
  if (code !== 1) l.text(`, Timestamp ${time} ticks`);
  l.text(`, length ${length}`);
  if (l.verbose === 0) return;
  const body = at + 6;
  switch (code) {
    case 1:
      return;
    case 2: {
      const first = l.u8(body), count = first & 7;
      l.text(`\n\tGrant Numbers ${count}, Flags [ ${bitNames(GRANTS, first & ~7, "?")} ]`);
      for (let i = 0; i < count; i++) {
        const start = l.u32(body + 1 + i * 6), ticks = l.u16(body + 5 + i * 6);
        l.text(`\n\tGrant #${i + 1}, Start-Time ${start} ticks, duration ${ticks} ticks`);
      }
      return l.text(`\n\tSync-Time ${l.u16(body + 1 + count * 6)} ticks`);
    }
    case 3: {
      const sets = l.u8(body);
      l.text(`\n\tTotal Queue-Sets ${sets}`);
      let from = body + 1;
      for (let set = 1; set < sets; set++) {
        const map = l.u8(from++);
        l.text(`\n\t  Queue-Set #${sets}, Report-Bitmap [ ${bitNames(QUEUES, map, "Unknown")} ]`);
        for (let queue = 0; queue < 8; queue++) {
          if ((map >> queue & 1) === 0) continue;
          l.text(`\n\t    Q${queue + 1} Report, Duration ${l.u16(from)} ticks`);
          from += 2;
        }
      }
      return;
    }
    case 4: {
      const flags = bitNames(REQUESTS, l.u8(body), "Reserved");
      return l.text(`\n\tFlags [ ${flags} ], Pending-Grants ${l.u8(body + 1)}`);
    }
    case 5: {
      const port = l.u16(body), flags = bitNames(REGISTERED, l.u8(body + 2), "Reserved");
      const [ticks, pending] = [l.u16(body + 3), l.u8(body + 5)];
      l.text(`\n\tAssigned-Port ${port}, Flags [ ${flags} ]`);
      return l.text(`\n\tSync-Time ${ticks} ticks, Echoed-Pending-Grants ${pending}`);
    }
    case 6: {
      const flags = bitNames(ACKNOWLEDGED, l.u8(body), "Reserved"), port = l.u16(body + 1), ticks = l.u16(body + 3);
      l.text(`\n\tEchoed-Assigned-Port ${port}, Flags [ ${flags} ]`);
      return l.text(`\n\tEchoed-Sync-Time ${ticks} ticks`);
    }
  }
  unknownData(l, at, "\n\t", length);
}

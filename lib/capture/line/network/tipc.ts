// Messages of clusters (TIPC) in a line. Pure. TIPC protocol specification, version 2; the form is tcpdump's.
import { hex, type Line, type Names } from "../core/line.ts";
import { names } from "../core/table.ts";

const USERS = names(
  "0 Low Importance Data payload|Medium Importance Data payload|High Importance Data payload|" +
    "Critical Importance Data payload|5 Broadcast Link Protocol internal|Message Bundler Protocol internal|" +
    "Link State Protocol internal|Connection Manager internal|10 Link Changeover Protocol internal|" +
    "Name Table Update Protocol internal|Message Fragmentation Protocol internal|Neighbor Detection Protocol internal",
);
const MESSAGES = names("0 CONN_MSG|MCAST_MSG|NAMED_MSG|DIRECT_MSG");
const NEIGHBOURS = names("0 Link request|Link response");
/** Users whose messages carry data between ports. */
const DATA = new Set([0, 1, 2, 3, 8, 11]);
const NEIGHBOUR = 13;

/** `1.1.2`: zone, cluster, node. */
function node(word: number): string {
  return `${word >>> 24}.${(word >>> 12) & 0xfff}.${word & 0xfff}`;
}

/** A message at `at`. */
export function printTipc(l: Line, at: number): void {
  l.protocol = "tipc";
  const first = l.u32(at), user = (first >>> 25) & 15, header = (first >>> 21) & 15;
  if (USERS[user] === undefined) return;
  const word = (index: number) => l.u32(at + index * 4);
  const high = (index: number) => word(index) >>> 16, low = (index: number) => word(index) & 0xffff;
  const begin = (from: string, to: string, kinds: Names) => {
    l.text(`TIPC v${first >>> 29}.0 ${from} > ${to}, headerlength ${header * 4} bytes, `);
    l.text(`MessageSize ${first & 0x1ffff} bytes, ${USERS[user]}, messageType ${kinds[word(1) >>> 29] ?? "Unknown"}`);
  };
  if (DATA.has(user)) {
    word(1);
    const before = word(3), from = word(4), to = word(5);
    if (header <= 6) return begin(`${node(before)}:${from}`, String(to), MESSAGES);
    begin(`${node(word(6))}:${from}`, `${node(word(7))}:${to}`, MESSAGES);
    if (l.verbose === 0) return;
    l.text(`\n\tPrevious Node ${node(before)}, Broadcast Ack ${low(1)}, Link Ack ${high(2)}, Link Sequence ${low(2)}`);
  } else if (user === NEIGHBOUR) {
    word(2);
    begin(node(word(3)), node(word(2)), NEIGHBOURS);
    if (l.verbose > 0) {
      l.text(`\n\tNodeSignature ${low(1)}, network_id ${word(4)}, media_id ${word(5) & 255}`);
    }
  } else {
    word(1);
    begin(node(word(6)), node(word(7)), MESSAGES);
    l.text(` (0x${hex(word(1), 8)})`);
    if (l.verbose === 0) return;
    const rest = [word(2), word(3), word(4), word(5), word(8), word(9)];
    l.text(`\n\tPrevious Node ${node(rest[1]!)}, Session No. ${high(5)}, Broadcast Ack ${low(1)}, `);
    l.text(`Sequence Gap ${high(1) & 0x1fff},  Broadcast Gap After ${high(2)}, Broadcast Gap To ${low(2)}, `);
    l.text(`Last Sent Packet No. ${high(4)}, Next sent Packet No. ${low(4)}, Transport Sequence ${rest[4]}, `);
    l.text(`msg_count ${high(9)}, Link Tolerance ${low(9)}`);
  }
}

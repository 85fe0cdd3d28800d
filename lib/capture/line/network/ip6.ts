// IPv6 in a line. Pure. RFC 8200; the form is tcpdump's.
import type { Line } from "../core/line.ts";
import {
  finalDestination,
  type Jumbo,
  printFragment,
  printMobility,
  printOptions,
  printRouting,
} from "./ip6_extensions.ts";
import { IP_PROTOCOLS } from "../core/names.ts";
import { printPayload, tellsEnds } from "./payload.ts";

/** Headers in a row that are followed. */
const EXTENSION_LIMIT = 64;

/** An IPv6 packet at `at`, `length` octets of it on the wire. */
export function printIp6(l: Line, at: number, length: number): void {
  l.protocol = "ip6";
  if (++l.depth > 16) return l.text(" [too many tunnels]");
  if (!l.has(at, 40)) return l.text(" [|ip6]");
  const { bytes } = l;
  if (length < 40) return l.text(`truncated-ip6 ${length}`);
  if (!l.link) l.text("IP6 ");
  if (bytes[at]! >> 4 !== 6) return l.text(`version error: ${bytes[at]! >> 4} != 6`);
  const payload = l.u16(at + 4);
  // Without a length the packet is a jumbogram (RFC 2675), or is cut by what carries it.
  const total = (payload === 0 ? length : payload) + 40;
  if (payload !== 0 && length < total) l.text(`truncated-ip6 - ${total - length} bytes missing!`);
  const next = bytes[at + 6]!;
  if (l.verbose > 0) {
    const word = l.u32(at);
    l.out.char(40);
    const traffic = (word >>> 20) & 0xff, flow = word & 0xfffff;
    if (traffic !== 0) l.text(`class 0x${traffic.toString(16).padStart(2, "0")}, `);
    if (flow !== 0) l.text(`flowlabel 0x${flow.toString(16).padStart(5, "0")}, `);
    l.text(
      `hlim ${bytes[at + 7]}, next-header ${IP_PROTOCOLS[next] ?? "unknown"} (${next}) payload length: ${payload}) `,
    );
  }
  const outerEnd = l.end, outer = l.ip;
  if (at + total < l.end) l.end = at + total;
  const destination = EXTENSIONS.has(next) ? finalDestination(l, at) : at + 24;
  l.ip = { ver: 6, at, destination, hops: bytes[at + 7]!, fragmented: false };
  if (!tellsEnds(next)) {
    l.ends();
    l.text(": ");
  }
  headers(l, at, length, outerEnd);
  l.ip = outer;
  l.end = outerEnd;
}

/** Headers that say themselves what comes after them. */
const EXTENSIONS = new Set([0, 43, 44, 60, 62, 135]);

/** The headers of the packet at `at`, and what they carry. */
function headers(l: Line, at: number, length: number, outerEnd: number): void {
  const payload = l.u16(at + 4);
  let next = l.u8(at + 6);
  const jumbo: Jumbo = { payload, found: false };
  const invalid = (why: string) => l.text(`[${why}] (invalid)`);
  let cursor = at + 40, left = payload === 0 ? length : payload;
  /** The packet begins with options for every hop. */
  let begins = false;
  for (let i = 0; i < EXTENSION_LIMIT; i++) {
    let size: number;
    switch (next) {
      case 0:
        if (begins) return invalid("The Hop-by-Hop Options header was already found");
        if (i > 0) return invalid("The Hop-by-Hop Options header don't follow the IPv6 header");
        begins = true;
        size = printOptions(l, cursor, "HBH", jumbo);
        if (jumbo.payload === 0 && !jumbo.found) {
          return invalid("No valid Jumbo Payload Hop-by-Hop option found");
        }
        break;
      case 60:
        size = printOptions(l, cursor, "DSTOPT");
        break;
      case 44:
        size = printFragment(l, cursor, payload + 40 - (cursor - at) - 8);
        if (size < 0 || l.end <= cursor + size) return;
        l.ip.fragmented = true;
        break;
      case 62:
      case 135:
        if (printMobility(l, cursor) >= 0) l.u8(cursor);
        return;
      case 43:
        l.need(cursor, 1);
        size = printRouting(l, cursor);
        break;
      default:
        if (jumbo.found) {
          const whole = jumbo.payload + 40;
          if (whole < cursor - at) return l.text(" [|ip6]");
          if (length < whole) l.text(`truncated-ip6 - ${whole - length} bytes missing!`);
          l.end = Math.min(outerEnd, at + whole);
          left = whole - (cursor - at);
        } else if (payload === 0) {
          if (i > 0) return l.text(" [|ip6]");
          l.end = Math.min(l.end, at + 40);
          left = 0;
        }
        return printPayload(l, cursor, left, next);
    }
    if (size < 0) return;
    next = l.u8(cursor);
    l.protocol = "ip6";
    if (left < size) return l.text(" [|ip6]");
    cursor += size;
    left -= size;
  }
}

// The RPKI to Router protocol over TCP. Pure. RFC 6810; the form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const MESSAGES = names(
  "0 Serial Notify|Serial Query|Reset Query|Cache Response|IPV4 Prefix|6 IPV6 Prefix|End of Data|Cache Reset|" +
    "10 Error Report",
);
const ERRORS = names(
  "0 Corrupt Data|Internal Error|No Data Available|Invalid Request|Unsupported Protocol Version|Unsupported PDU Type|" +
    "Withdrawal of Unknown Record|Duplicate Announcement Received",
);
/** Octets of the messages that have always as many. */
const SIZES: Readonly<Record<number, number>> = { 0: 12, 1: 12, 2: 8, 3: 8, 4: 20, 6: 32, 7: 12, 8: 8 };

/** Messages in `length` octets at `at`. */
export function printRpki(l: Line, at: number, length: number): void {
  l.protocol = "rpki_rtr";
  if (l.verbose === 0) return l.text(", RPKI-RTR");
  const end = at + length;
  while (at < end) at += message(l, at, end - at, 10, true);
}

/** A line break and as much room. */
const indented = (columns: number) => `\n${"\t".repeat(columns >> 3)}${" ".repeat(columns & 7)}`;

/** Gives the octets taken. */
function message(l: Line, at: number, room: number, indent: number, outer: boolean): number {
  if (l.u8(at) !== 0) {
    l.text(`\n\tRPKI-RTRv${l.u8(at)} (unknown)`);
    return room;
  }
  const invalid = () => {
    l.invalid();
    l.must(at, room);
    return room;
  };
  if (room < 8) {
    l.text(`(${room} bytes is too few to decode)`);
    return invalid();
  }
  l.must(at, 8);
  const type = l.u8(at + 1), size = l.u32(at + 4);
  l.text(`\n\tRPKI-RTRv0, ${MESSAGES[type] ?? "Unknown"} PDU (${type}), length: ${size}`);
  if (size < 8 || size > room || (SIZES[type] ?? size) !== size) return invalid();
  const line = indented(indent);
  switch (type) {
    case 0:
    case 1:
    case 7:
      l.text(`${line}Session ID: 0x${hex(l.u16(at + 2), 4)}, Serial: ${l.u32(at + 8)}`);
      break;
    case 3:
      l.text(`${line}Session ID: 0x${hex(l.u16(at + 2), 4)}`);
      break;
    case 4:
    case 6: {
      const prefix = type === 4 ? l.ip4Text(at + 12) : l.ip6Text(at + 12), origin = l.u32(at + (type === 4 ? 16 : 28));
      l.text(`${line}IPv${type} Prefix ${prefix}/${l.u8(at + 9)}-${l.u8(at + 10)}, `);
      l.text(`origin-as ${origin}, flags 0x${hex(l.u8(at + 8), 2)}`);
      break;
    }
    case 10:
      if (!errorReport(l, at, size, indent, outer)) return invalid();
      break;
  }
  if (MESSAGES[type] === undefined) l.must(at, size);
  if (l.verbose > 1 || MESSAGES[type] === undefined) unknownData(l, at, "\n\t  ", size);
  return size;
}

/** What went wrong with which message; `false` where its lengths cannot be. */
function errorReport(l: Line, at: number, size: number, indent: number, outer: boolean): boolean {
  if (size < 12) return false;
  const code = l.u16(at + 2), inner = l.u32(at + 8);
  l.text(`${indented(indent)}Error code: ${ERRORS[code] ?? "Unknown"} (${code}), Encapsulated PDU length: ${inner}`);
  let used = 12;
  if (inner > 0) {
    if (size < used + inner) return false;
    if (outer) {
      l.text(`${indented(indent + 2)}-----encapsulated PDU-----`);
      message(l, at + used, inner, indent + 2, false);
    } else l.must(at, used + inner);
    used += inner;
  }
  if (size < used + 4) return false;
  const length = l.u32(at + used);
  used += 4;
  if (length === 0) return true;
  if (size < used + length) return false;
  l.text(`${indented(indent)}Error text: `);
  l.octets(at + used, length);
  return true;
}

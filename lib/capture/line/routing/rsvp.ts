// Resource reservation in a line and, with -v, lines of its own. Pure. RFC 2205, RFC 2961; the form is tcpdump's.
// What objects hold stands in rsvp_objects.ts.
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { CLASSES, KINDS } from "./rsvp_names.ts";
import { type Holder, holderOf } from "./rsvp_objects.ts";
import { WrongObject } from "./rsvp_parts.ts";
import { bits, names } from "../core/table.ts";

const MESSAGES = names(
  "1 Path|Resv|PathErr|ResvErr|PathTear|ResvTear|ResvConf|12 Bundle|Acknowledgement|Hello (Old)|Refresh|20 Hello",
);
const FLAGS = bits("0x1 Refresh reduction capable");
const HEADER = 8;
const BUNDLE = 12;

/** A message of `length` octets at `at`. */
export function printRsvp(l: Line, at: number, length: number): void {
  l.protocol = "rsvp";
  l.need(at, HEADER);
  if (!supported(l, at)) return;
  const type = l.u8(at + 1);
  if (l.verbose === 0) {
    return l.text(`RSVPv1 ${MESSAGES[type] ?? `unknown (${type})`} Message, length: ${length}`);
  }
  let left = header(l, at, "\n\t");
  if (left < 0) return;
  at += HEADER;
  if (type !== BUNDLE) {
    if (MESSAGES[type] === undefined) unknownData(l, at, "\n\t    ", left);
    else printObjects(l, at, left, "\n\t  ", at - HEADER);
    return;
  }
  while (left > 0) {
    l.need(at, HEADER);
    if (!supported(l, at)) return;
    const inner = header(l, at, "\n\t  ");
    if (inner < 0) return;
    if (left < inner + HEADER) return l.text(`ERROR: common header too large ${inner + HEADER} > ${left}`);
    if (!printObjects(l, at + HEADER, inner, "\n\t    ", at)) return;
    at += HEADER + inner;
    left -= HEADER + inner;
  }
}

function supported(l: Line, at: number): boolean {
  const version = l.u8(at) >> 4;
  if (version !== 1) l.text(`ERROR: RSVP version ${version} packet not supported`);
  return version === 1;
}

/** Prints a header; gives the octets that follow it, negative when it cannot be. */
function header(l: Line, at: number, indent: string): number {
  const type = l.u8(at + 1), size = l.u16(at + 6);
  l.text(`${indent}RSVPv1 ${MESSAGES[type] ?? `unknown, type: ${type}`} Message (${type}), `);
  l.text(`Flags: [${bitNames(FLAGS, l.u8(at) & 15, "none")}], length: ${size}, ttl: ${l.u8(at + 4)}, `);
  l.text(`checksum: 0x${hex(l.u16(at + 2), 4)}`);
  if (size < HEADER) l.text(`ERROR: common header too short ${size} < ${HEADER}`);
  return size - HEADER;
}

/** Objects in `left` octets at `at`; `false` when they are wrong. */
function printObjects(l: Line, at: number, left: number, indent: string, message: number): boolean {
  const wrong = (text: string) => {
    l.text(`${indent}ERROR: ${text}`);
    return false;
  };
  while (left >= 4) {
    if (!l.has(at, 4)) return cut(l);
    const size = l.u16(at), group = l.u8(at + 2), kind = l.u8(at + 3);
    if (size % 4 !== 0) return wrong(`object header size ${size} not a multiple of 4`);
    if (size < 4) return wrong(`object header too short ${size} < 4`);
    const unknown = group < 0x80 ? "reject" : (group & 0x40) !== 0 ? "ignore and forward" : "ignore silently";
    l.text(`${indent}${CLASSES[group] ?? "Unknown"} Object (${group}) Flags: [${unknown} if unknown], `);
    l.text(`Class-Type: ${KINDS[group << 8 | kind] ?? "Unknown"} (${kind}), length: ${size}`);
    if (left < size) return wrong("object goes past end of objects TLV");
    if (!l.has(at, size)) return cut(l);
    let shown = l.verbose > 1;
    const holder = holderOf(group, kind);
    if (holder === undefined) shown ||= true;
    else if (holder === "opaque") {
      if (l.verbose <= 1) unknownData(l, at + 4, "\n\t    ", size - 4);
    } else {
      try {
        shown = printHolder(l, holder, at + 4, size - 4, indent, message) || shown;
      } catch (error) {
        if (!(error instanceof WrongObject)) throw error;
        if (error.message !== "") return wrong(error.message);
        l.invalid();
        return false;
      }
    }
    if (shown) unknownData(l, at + 4, "\n\t    ", size - 4);
    at += size;
    left -= size;
  }
  return true;
}

function cut(l: Line): false {
  l.text(" [|rsvp]");
  return false;
}

/** Prints what an object holds; `true` when its octets are to be seen too. */
function printHolder(l: Line, holder: Holder, at: number, length: number, indent: string, message: number): boolean {
  if (length < holder.size) throw new WrongObject("object is too short");
  return holder.print(l, at, length, (text) => l.text(`${indent}  ${text}`), message) === true;
}

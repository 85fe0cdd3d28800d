// Frame Relay in a line, in several links too. Pure. ITU-T Q.922, RFC 2427, FRF.12, FRF.15, FRF.16; the form is tcpdump's.
import { dumped, unexplained, unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { snap } from "./llc.ts";
import { ETHERTYPES, NLPIDS } from "../core/names.ts";
import { printQ933 } from "./q933.ts";
import { printOsi } from "../network/osi.ts";
import { bits, names } from "../core/table.ts";

const FLAGS = bits("0x2000000 C!|0x20000 DE|0x40000 BECN|0x80000 FECN|0x2 sdlcore");
const FRAGMENT_FLAGS = bits("0x80 Begin|0x40 End|0x20 Control");
const MESSAGES = names("1 Add Link|Add Link ACK|Add Link Reject|Hello|Hello ACK|Remove Link|Remove Link ACK");
const PARTS = names("1 Bundle ID|Link ID|Magic Number|5 Timestamp|Vendor Extension|Cause");
/** Octets of a name that are shown. */
const NAME_LIMIT = 50;

interface Address {
  readonly number: number;
  readonly size: number;
  readonly flags: number;
}

/** The address at `at` in `length` octets. */
function address(l: Line, at: number, length: number): Address | "cut" | "invalid" {
  if (!l.has(at, 1) || length < 1) return "cut";
  const first = l.u8(at);
  if ((first & 1) !== 0) return "invalid";
  if (!l.has(at, 2) || length < 2) return "cut";
  const second = l.u8(at + 1);
  let number = (first & 0xfc) << 2 | second >> 4, size = 2;
  let flags = ((first & 2) << 24 | (second & 0x0e) << 16) >>> 0;
  if ((second & 1) !== 0) return { number, size, flags };
  if (!l.has(at + 2, 1) || length < 3) return "cut";
  size++;
  if ((l.u8(at + 2) & 1) === 0) {
    number = number << 7 | l.u8(at + 2) >> 1;
    size++;
  }
  const last = at + size - 1;
  if (!l.has(last, 1) || length < size) return "cut";
  if ((l.u8(last) & 1) === 0) return "invalid";
  flags |= l.u8(last) & 2;
  return { number: (number << 6 | l.u8(last) >> 2) >>> 0, size, flags };
}

/** A link's address as other protocols carry it. */
export function linkAddress(l: Line, at: number, length: number): string {
  const found = address(l, at, length);
  return typeof found === "object" ? `DLCI ${found.number}` : found === "cut" ? "<Truncated>" : "<Invalid DLCI>";
}

function header(l: Line, length: number, size: number, { number, flags }: Address, protocol: number): void {
  if (l.quiet) return l.text(`Q.922, DLCI ${number}, length ${length}: `);
  l.text(`Q.922, hdr-len ${size}, DLCI ${number}, Flags [${bitNames(FLAGS, flags, "none")}], `);
  l.text(
    protocol <= 0xff
      ? `NLPID ${NLPIDS[protocol] ?? "unknown"} (0x${hex(protocol, 2)})`
      : `cisco-ethertype ${ETHERTYPES[protocol] ?? "unknown"} (0x${hex(protocol, 4)})`,
  );
  l.text(`, length ${length}: `);
}

/** A frame as the link has it. */
export function printFrameRelayLink(l: Line, at: number, length: number): number {
  l.protocol = "fr";
  if (l.has(at, 4)) return printFrameRelay(l, at, length);
  l.text(" [|fr]");
  return l.end - at;
}

/** A frame of `length` octets at `at`; gives the octets of its header. */
export function printFrameRelay(l: Line, at: number, length: number): number {
  l.protocol = "fr";
  const cut = () => {
    l.text(" [|fr]");
    return 0;
  };
  const to = address(l, at, length);
  if (to === "cut") return cut();
  if (to === "invalid") {
    l.text("Q.922, invalid address");
    return 0;
  }
  const { size, number } = to;
  if (!l.has(at + size, 1) || length < size + 1) return cut();
  if (l.u8(at + size) !== 3 && number !== 0) {
    if (l.has(at + size, 2) && length >= size + 2) {
      const type = l.u16(at + size);
      if (l.link) header(l, length, size, to, type);
      if (l.layers.etherType(l, type, at + size + 2, length - size - 2)) return size + 2;
    }
    l.text(`UI ${hex(l.u8(at + size), 2)}! `);
  }
  if (!l.has(at + size + 1, 1) || length < size + 2) return cut();
  let used = size + 2;
  if (l.u8(at + size + 1) === 0) {
    if (size !== 3) l.text("Pad! ");
    used++;
  } else if (size === 3) l.text("No pad! ");
  if (!l.has(at + used - 1, 1) || length < used) return cut();
  const protocol = l.u8(at + used - 1);
  if (l.link) header(l, length, size, to, protocol);
  const body = at + used, left = length - used;
  l.header = used;
  switch (protocol) {
    case 0x08:
      printQ933(l, body, left);
      break;
    case 0xcc:
      l.layers.ip(l, body, left);
      break;
    case 0x8e:
      l.layers.ip6(l, body, left);
      break;
    case 0x81:
    case 0x82:
    case 0x83:
      printOsi(l, body - 1, left + 1);
      break;
    case 0x80:
      if (snap(l, body, left, undefined, 0)) break;
      if (!l.link) header(l, length, used, to, protocol);
      unexplained(l, at);
      break;
    case 0xb1:
      fragment(l, body, left);
      break;
    case 0xcf:
      l.layers.etherType(l, 0x880b, body, left);
      break;
    default:
      if (!l.link) header(l, length, size, to, protocol);
      if (l.options.hex === 0) dumped(l, body, left);
  }
  return used;
}

/** FRF.15: a piece of a frame. */
function fragment(l: Line, at: number, length: number): void {
  if (length < 2) return l.text(" [|fr]");
  const first = l.u8(at);
  const number = (first & 0x1e) << 7 | l.u8(at + 1);
  l.text(`FRF.15, seq 0x${hex(number, 3)}, Flags [${bitNames(FRAGMENT_FLAGS, first & 0xe0, "none")}],`);
  l.text(`${(first & 1) !== 0 ? "Interface" : "End-to-End"} Fragmentation, length ${length}`);
}

/** FRF.16: several links as one. */
export function printMultilink(l: Line, at: number, length: number): number {
  l.protocol = "mfr";
  if (!l.has(at, 2)) {
    l.text(" [|mfr]");
    return l.end - at;
  }
  if (length < 4) {
    l.text(`[length ${length} < 4] (invalid)`);
    return length;
  }
  if (!l.has(at, 4)) {
    l.text(" [|mfr]");
    return length;
  }
  const first = l.u8(at), flags = first & 0xe0;
  const words = bitNames(FRAGMENT_FLAGS, flags, "none");
  if (flags === 0xe0 && l.u8(at + 1) === 0) {
    const message = l.u8(at + 2);
    l.text(`FRF.16 Control, Flags [${words}], `);
    l.text(`${MESSAGES[message] ?? `Unknown Message (0x${hex(message, 2)})`}, length ${length}`);
    if (l.verbose === 0) return 3;
    return parts(l, at + 3, length - 3) ? 3 : length;
  }
  const number = (first & 0x1e) << 7 | l.u8(at + 1);
  l.text(`FRF.16 Frag, seq ${number}, Flags [${words}]`);
  if (flags === 0xc0 || flags === 0x80) {
    l.text(", ");
    printFrameRelay(l, at + 2, length - 2);
    return 2;
  }
  unknownData(l, at, "\n\t", length);
  return 0;
}

/** Information elements; `false` when they end early. */
function parts(l: Line, at: number, left: number): boolean {
  const cut = () => {
    l.text(" [|mfr]");
    return false;
  };
  while (left > 2) {
    if (!l.has(at, 2)) return cut();
    const type = l.u8(at), size = l.u8(at + 1);
    l.text(`\n\tIE ${PARTS[type] ?? "Unknown"} (${type}), length ${size}: `);
    if (type === 0 || size <= 2) return true;
    if (!l.has(at, size)) return cut();
    const body = at + 2, octets = size - 2;
    let shown = false;
    if (type === 3) {
      l.text(octets === 4 ? `0x${hex(l.u32(body), 8)}` : `[IE data length ${octets} != 4] (invalid)`);
      shown = true;
    } else if (type === 1 || type === 2) {
      l.string(body, Math.min(octets, NAME_LIMIT));
      shown = true;
    }
    if (l.verbose > 1 || !shown) unknownData(l, body, "\n\t  ", octets);
    left -= size;
    at += size;
  }
  return true;
}

// IEEE 802.11 frames in a line. Pure. The form is tcpdump's. Headers are in wifi_header.ts,
// what management frames say in wifi_management.ts.
import { hex, type Line } from "../core/line.ts";
import { type Ends, printLlc } from "../link/llc.ts";
import { initializationVector, printRadiotap, type Radio } from "./radiotap.ts";
import { names, numbers } from "../core/table.ts";
import { unexplained } from "../core/hexdump.ts";
import { blockRequest, printHeader, type WifiHeader } from "./wifi_header.ts";
import { managementBody } from "./wifi_management.ts";

const CONTROL = names(
  "7 Control Wrapper|BAR|BA|Power Save-Poll|Request-To-Send|Clear-To-Send|Acknowledgment|CF-End|CF-End+CF-Ack",
);
/** Octets of control frames by subtype. */
const CONTROL_SIZES = numbers("7 16|20|10|16|16|10|10|16|16");

/** Ends what is said of a frame that was not captured whole. */
function cut(l: Line): void {
  l.text(" [|802.11]");
}

/** A header of the radio of which only the length matters. */
const plain = (length: number): Radio => ({ length, check: 0, padded: false });

/** A frame of `length` octets at `at`; gives the octets of its header. */
export function printWifi(l: Line, at: number, length: number): number {
  return frame(l, at, length, plain(0));
}

/** A frame behind what the radio says of it; gives the octets of both headers. */
export function printRadio(l: Line, at: number, length: number): number {
  const radio = printRadiotap(l, at);
  return radio === undefined ? l.end - at : behind(l, at, length, radio);
}

const PRISM_HEADER = 144;

/** A frame behind the header of a Prism chip, or of AVS where it says so by its first word; gives the octets of headers. */
export function printPrism(l: Line, at: number, length: number): number {
  l.protocol = "prism";
  const kind = l.has(at, 4) ? l.u32(at) : 0;
  if (kind === 0x80211001 || kind === 0x80211002) return printAvs(l, at, length);
  if (l.has(at, PRISM_HEADER)) return behind(l, at, length, plain(PRISM_HEADER));
  l.text(" [|prism]");
  return l.end - at;
}

/** A frame behind a header of AVS. */
export function printAvs(l: Line, at: number, length: number): number {
  l.protocol = "802.11_radio_avs";
  const header = l.has(at, 8) ? l.u32(at + 4) : 0;
  if (header >= 8 && header <= l.end - at) return behind(l, at, length, plain(header));
  l.text(" [|802.11_radio_avs]");
  return l.end - at;
}

/** A frame behind a header of the radio. */
function behind(l: Line, at: number, length: number, radio: Radio): number {
  return radio.length + frame(l, at + radio.length, length - radio.length, radio);
}

/** Octets of a header by the first two of the frame, without a mesh header; 0 when the frame is not known. */
function sizeOf(type: number, subtype: number, flags: number): number {
  if (type === 0) return 24;
  if (type === 1) return CONTROL_SIZES[subtype] ?? 0;
  if (type === 2) return ((flags & 3) === 3 ? 30 : 24) + ((subtype & 8) !== 0 ? 2 : 0);
  return 0;
}

function frame(l: Line, at: number, length: number, { check, padded }: Radio): number {
  l.protocol = "802.11";
  const captured = l.end - at;
  if (length >= check) l.end = Math.min(l.end, at + length - check);
  if (length < check || !l.has(at, 2)) {
    cut(l);
    return captured;
  }
  const control = l.u8(at), flags = l.u8(at + 1);
  const type = control >> 2 & 3, subtype = control >> 4;
  let size = sizeOf(type, subtype, flags);
  if (size === 0) {
    l.text(type === 1 ? `unknown 802.11 ctrl frame subtype (${subtype})` : `unknown 802.11 frame type (${type})`);
    return 0;
  }
  if (padded) size = (size + 3) & ~3;
  let mesh = 0;
  if (l.options.mesh && type === 2 && (subtype & 8) !== 0) {
    if (!l.has(at + size, 1)) {
      cut(l);
      return size;
    }
    const first = l.u8(at + size);
    mesh = (first & ~3) !== 0 ? 0 : 6 * (1 + (first & 3));
    size += mesh;
  }
  if (!l.has(at, size)) {
    cut(l);
    return size;
  }
  const header = { at, size, type, subtype, flags, mesh };
  if (l.link) printHeader(l, header);
  return size + body(l, header, length - check - size);
}

/** What stands behind a header; gives the octets of headers in it. */
function body(l: Line, header: WifiHeader, length: number): number {
  const { at, type, subtype, flags } = header, start = at + header.size;
  if (type === 0) {
    if (!managementBody(l, header, length)) cut(l);
    return 0;
  }
  if (type === 1) {
    l.text(CONTROL[subtype] ?? "Unknown Ctrl Subtype");
    controlBody(l, at, subtype);
    return 0;
  }
  if ((subtype & 4) !== 0) return 0;
  if ((flags & 0x40) !== 0) {
    l.text("Data");
    if (l.has(start, 4)) l.text(initializationVector(l, start));
    else cut(l);
    return 0;
  }
  const used = printLlc(l, start, length, endsOf(at, flags & 3));
  if (used < 0) unexplained(l, start);
  return Math.abs(used);
}

/** Where the addresses of sender and receiver stand, by the direction bits. */
function endsOf(at: number, direction: number): Ends {
  return { source: at + [10, 10, 16, 24][direction]!, target: at + [4, 16, 4, 16][direction]! };
}

function controlBody(l: Line, at: number, subtype: number): void {
  if (subtype === 10) return l.text(` AID(${hex(l.u16le(at + 2))})`);
  if (l.link || subtype === 7) return;
  if (subtype === 8) return l.text(blockRequest(l, at));
  l.text(subtype === 11 ? ` TA:${l.macText(at + 10)} ` : ` RA:${l.macText(at + 4)} `);
}

// IEEE 802.11 frames in a line. Pure. The form is tcpdump's. What management frames say is in wifi_management.ts.
import { hex, type Line } from "../core/line.ts";
import { type Ends, printLlc } from "../link/llc.ts";
import { initializationVector, printRadiotap } from "./radiotap.ts";
import { names, numbers } from "../core/table.ts";
import { unexplained } from "../core/hexdump.ts";
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

/** A frame of `length` octets at `at`; gives the octets of its headers. */
export function printWifi(l: Line, at: number, length: number, caplen: number, radiotap: boolean): number {
  if (!radiotap) return frame(l, at, length, caplen, 0, false);
  const radio = printRadiotap(l, at, caplen);
  if (radio === undefined) return caplen;
  const rest = frame(l, at + radio.length, length - radio.length, caplen - radio.length, radio.check, radio.padded);
  return radio.length + rest;
}

const PRISM_HEADER = 144;

/** A frame behind the header of a Prism chip, or of AVS where it says so by its first word; gives the octets of headers. */
export function printPrism(l: Line, at: number, length: number, caplen: number): number {
  l.protocol = "prism";
  const kind = l.has(at, 4) ? l.u32(at) : 0;
  if (kind === 0x80211001 || kind === 0x80211002) return printAvs(l, at, length, caplen);
  if (l.has(at, PRISM_HEADER)) return behind(l, at, length, caplen, PRISM_HEADER);
  l.text(" [|prism]");
  return caplen;
}

/** A frame behind a header of AVS. */
export function printAvs(l: Line, at: number, length: number, caplen: number): number {
  l.protocol = "802.11_radio_avs";
  const header = l.has(at, 8) ? l.u32(at + 4) : 0;
  if (header >= 8 && header <= caplen) return behind(l, at, length, caplen, header);
  l.text(" [|802.11_radio_avs]");
  return caplen;
}

function behind(l: Line, at: number, length: number, caplen: number, header: number): number {
  return header + frame(l, at + header, length - header, caplen - header, 0, false);
}

function frame(l: Line, at: number, length: number, caplen: number, check: number, padded: boolean): number {
  l.protocol = "802.11";
  if (length < check) {
    cut(l);
    return caplen;
  }
  length -= check;
  const kept = Math.min(caplen, length);
  l.end -= caplen - kept;
  if (kept < 2) {
    cut(l);
    return caplen;
  }
  const control = l.u8(at), flags = l.u8(at + 1);
  const type = control >> 2 & 3, subtype = control >> 4;
  let header: number;
  if (type === 0) header = 24;
  else if (type === 2) header = ((flags & 3) === 3 ? 30 : 24) + ((subtype & 8) !== 0 ? 2 : 0);
  else {
    header = type === 1 ? CONTROL_SIZES[subtype] ?? 0 : 0;
    if (header === 0) {
      l.text(type === 1 ? `unknown 802.11 ctrl frame subtype (${subtype})` : `unknown 802.11 frame type (${type})`);
      return 0;
    }
  }
  if (padded) header = (header + 3) & ~3;
  let mesh = 0;
  if (l.options.mesh && type === 2 && (subtype & 8) !== 0) {
    if (!l.has(at + header, 1)) {
      cut(l);
      return header;
    }
    const first = l.u8(at + header);
    mesh = (first & ~3) !== 0 ? 0 : 6 * (1 + (first & 3));
    header += mesh;
  }
  if (kept < header) {
    cut(l);
    return header;
  }
  if (l.link) printHeader(l, at, type, subtype, flags, header, mesh);
  const body = at + header;
  length -= header;
  if (type === 0) {
    if (!managementBody(l, subtype, (flags & 0x40) !== 0, at, body, length)) cut(l);
    return header;
  }
  if (type === 1) {
    l.text(CONTROL[subtype] ?? "Unknown Ctrl Subtype");
    controlBody(l, at, subtype);
    return header;
  }
  if ((subtype & 4) !== 0) return header;
  if ((flags & 0x40) !== 0) {
    l.text("Data");
    if (l.has(body, 4)) l.text(initializationVector(l, body));
    else cut(l);
    return header;
  }
  const used = printLlc(l, body, length, endsOf(at, flags & 3));
  if (used < 0) unexplained(l, body);
  return header + Math.abs(used);
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

const blockRequest = (l: Line, at: number) =>
  ` RA:${l.macText(at + 4)} TA:${l.macText(at + 10)} CTL(${hex(l.u16le(at + 16))}) SEQ(${l.u16le(at + 18)}) `;

/** The header with `-e`. */
function printHeader(
  l: Line,
  at: number,
  type: number,
  subtype: number,
  flags: number,
  header: number,
  mesh: number,
): void {
  if (l.verbose > 0) {
    const words = [[0x20, "More Data"], [4, "More Fragments"], [0x10, "Pwr Mgmt"], [8, "Retry"]] as const;
    for (const [bit, word] of [...words, [0x80, "Strictly Ordered"], [0x40, "Protected"]] as const) {
      if ((flags & bit) !== 0) l.text(`${word} `);
    }
    if (type !== 1 || subtype !== 10) l.text(`${l.u16le(at + 2)}us `);
  }
  if (mesh > 0) meshHeader(l, at + header - mesh);
  const address = (name: string, offset: number) => l.text(`${name}:${l.macText(at + offset)} `);
  if (type === 0) {
    address("BSSID", 16);
    address("DA", 4);
    address("SA", 10);
  } else if (type === 1) {
    if (subtype === 8) return l.text(blockRequest(l, at));
    if (subtype === 7) return;
    address(subtype === 10 ? "BSSID" : "RA", 4);
    if (subtype === 10 || subtype === 11) address("TA", 10);
    if (subtype >= 14) address("BSSID", 10);
  } else {
    if ((subtype & 11) !== 0) {
      const polls = (subtype & 3) === 3 ? "Ack/Poll" : (subtype & 1) !== 0 ? "Ack" : (subtype & 2) !== 0 ? "Poll" : "";
      l.text(`CF ${polls}${(subtype & 8) !== 0 ? "+QoS" : ""} `);
    }
    const order = [["DA", "SA", "BSSID"], ["BSSID", "SA", "DA"], ["DA", "BSSID", "SA"], ["RA", "TA", "DA", "SA"]];
    order[flags & 3]!.forEach((name, i) => address(name, [4, 10, 16, 24][i]!));
  }
}

function meshHeader(l: Line, at: number): void {
  const more = l.u8(at) & 3;
  const sequence = (l.u16le(at + 2) | l.u16le(at + 4) << 16) >>> 0;
  l.text(`MeshData (AE ${more} TTL ${l.u8(at + 1)} seq ${sequence}`);
  for (let i = 0; i < more; i++) l.text(` A${4 + i}:${l.macText(at + 6 + i * 6)}`);
  l.text(") ");
}

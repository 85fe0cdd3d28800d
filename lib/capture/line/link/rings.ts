// Token ring and FDDI in a line: frames with IEEE 802.2 inside. Pure. IEEE 802.5, ISO 9314; the form is tcpdump's.
import { unexplained } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";
import { printLlc } from "./llc.ts";

const BROADCASTS = names(
  "0 Non-Broadcast|Non-Broadcast|Non-Broadcast|Non-Broadcast|All-routes|All-routes|Single-route|Single-route",
);
const LARGEST = names("0 516|1500|2052|4472|8144|11407|17800|??");
const FDDI = names("0x40 void|0x41 info|0x4f nsa|0x80 nrt|0xc0 rt|0xc2 beacon|0xc3 claim");
/** Kinds of FDDI frames by the upper half of their control; the lower one is a number. */
const FDDI_KINDS = names("4 smt|5 async|6 imp_async|12 mac|13 sync|14 imp_sync");

/** IEEE 802.2 at `at`; gives the octets of its header. */
function logical(l: Line, at: number, length: number, frame: number): number {
  const used = printLlc(l, at, length, { source: frame + 6, target: frame });
  if (used < 0) unexplained(l, at);
  return Math.abs(used);
}

function addresses(l: Line, frame: number, length: number): void {
  l.mac(frame + 6);
  l.text(" > ");
  l.mac(frame);
  l.text(`, length ${length}: `);
}

/** A frame of a token ring of `length` octets at `at`; gives the octets of its headers. */
export function printTokenRing(l: Line, at: number, length: number): number {
  l.protocol = "token-ring";
  const cut = (size: number) => {
    l.text(" [|token-ring]");
    return size;
  };
  if (!l.has(at, 14)) return cut(14);
  const control = l.u8(at + 1), routed = (l.u8(at + 8) & 0x80) !== 0;
  if (routed) {
    // The bit is no part of the address.
    l.bytes = l.bytes.slice();
    l.bytes[at + 8]! &= 0x7f;
  }
  const head = () => {
    if (!l.quiet) l.text(`${hex(l.u8(at), 2)} ${hex(control, 2)} `);
    addresses(l, at + 2, length);
  };
  if (l.link) head();
  let header = 14;
  if (routed) {
    if (!l.has(at, 16)) return cut(header);
    const route = l.u16(at + 14), size = route >> 8 & 31;
    header += size;
    if (!l.has(at, header)) return cut(header);
    const segments = Array.from({ length: Math.max(0, Math.trunc((size - 2) / 2)) }, (_, i) => l.u16(at + 16 + i * 2));
    if (l.verbose > 0) {
      l.text(`${BROADCASTS[route >> 13]} ${(route & 0x80) !== 0 ? "Backward" : "Forward"}`);
      for (const segment of segments) l.text(` [${segment >> 4}:${segment & 15}]`);
    } else {
      l.text(`rt = ${hex(route)}`);
      for (const segment of segments) l.text(`:${hex(segment)}`);
    }
    l.text(` (${LARGEST[route >> 4 & 7]}) `);
  }
  if (control >> 6 === 1) return header + logical(l, at + header, length - header, at + 2);
  if (!l.link) head();
  unexplained(l, at + header);
  return header;
}

/** A frame of FDDI of `length` octets at `at`; gives the octets of its headers. */
export function printFddi(l: Line, at: number, length: number): number {
  l.protocol = "fddi";
  if (!l.has(at, 13)) {
    l.text(" [|fddi]");
    return l.end - at;
  }
  const control = l.u8(at), kind = FDDI_KINDS[control >> 4];
  const head = () => {
    if (!l.quiet) l.text(`${FDDI[control] ?? (kind === undefined ? hex(control, 2) : kind + hex(control & 15))} `);
    addresses(l, at + 1, length);
  };
  if (l.link) head();
  if (kind === "async") return 13 + logical(l, at + 13, length - 13, at + 1);
  if (kind === "smt") l.text("<SMT printer not yet implemented>");
  else {
    if (!l.link) head();
    unexplained(l, at + 13);
  }
  return 13;
}

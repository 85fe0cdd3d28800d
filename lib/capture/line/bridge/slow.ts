// The slow protocols in a line: LACP, markers, Ethernet OAM. Pure. IEEE 802.3 annex 57A, 802.1AX; the form is tcpdump's.
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { OUIS } from "../core/names.ts";
import { bits, names } from "../core/table.ts";

const SUBTYPES = names("1 LACP|MARKER|OAM");
const TERMINATOR = 0;
const LACP_PARTS = names("0 Terminator|Actor Information|Partner Information|Collector Information");
const MARKER_PARTS = names("0 Terminator|Marker Information");
const STATES = bits(
  "0x1 Activity|0x2 Timeout|0x4 Aggregation|0x8 Synchronization|0x10 Collecting|0x20 Distributing|0x40 Default|" +
    "0x80 Expired",
);

/** A frame of `length` octets at `at`. */
export function printSlow(l: Line, at: number, length: number): void {
  l.protocol = "slow";
  const subtype = length < 1 ? 0 : l.u8(at);
  if (length < (subtype === 1 || subtype === 2 ? 2 : 1)) {
    return l.text(l.verbose > 0 ? "\n\t\t packet is too short" : " (packet is too short)");
  }
  const name = SUBTYPES[subtype] ?? `unknown (${subtype})`;
  if (subtype === 1 || subtype === 2) {
    const version = l.u8(at + 1);
    if (version !== 1) return l.text(`${name} version ${version} packet not supported`);
    l.text(`${name}v${version}, length ${length}`);
    if (l.verbose > 0 && !aggregation(l, subtype === 1, at + 2, length - 2)) l.text("\n\t\t packet is too short");
    return;
  }
  l.text(`${name}, length ${length}`);
  if (subtype !== 3) unknownData(l, at, "\n\t", length);
  else if (l.verbose > 0 && !maintenance(l, at + 1, length - 1)) l.text("\n\t\t packet is too short");
}

/** LACP and marker frames; `false` when they end too early. */
function aggregation(l: Line, lacp: boolean, at: number, left: number): boolean {
  while (left > 0) {
    if (left < 2) return false;
    const type = l.u8(at), size = l.u8(at + 1);
    l.text(`\n\t${(lacp ? LACP_PARTS : MARKER_PARTS)[type] ?? "Unknown"} TLV (0x${hex(type, 2)}), length ${size}`);
    if (type === TERMINATOR) return true;
    if (size < 2) {
      l.text("\n\t    ERROR: illegal length - should be >= 2");
      return true;
    }
    if (left < size) return false;
    l.must(at, size);
    const wanted = lacp ? (type === 1 || type === 2 ? 20 : type === 3 ? 16 : 0) : type === 1 ? 16 : 0;
    if (wanted === 0) {
      if (l.verbose <= 1) unknownData(l, at + 2, "\n\t  ", size - 2);
    } else if (size !== wanted) l.text(`\n\t    ERROR: illegal length - should be ${wanted}`);
    else if (!lacp) {
      l.text(`\n\t  Request System ${l.macText(at + 4)}, Request Port ${l.u16(at + 2)}, `);
      l.text(`Request Transaction ID 0x${hex(l.u32(at + 10), 8)}`);
    } else if (type === 3) l.text(`\n\t  Max Delay ${l.u16(at + 2)}`);
    else {
      l.text(`\n\t  System ${l.macText(at + 4)}, System Priority ${l.u16(at + 2)}, Key ${l.u16(at + 10)}`);
      l.text(`, Port ${l.u16(at + 14)}, Port Priority ${l.u16(at + 12)}`);
      l.text(`\n\t  State Flags [${bitNames(STATES, l.u8(at + 16), "none")}]`);
    }
    if (l.verbose > 1) unknownData(l, at + 2, "\n\t  ", size - 2);
    at += size;
    left -= size;
  }
  return true;
}

const OAM_FLAGS = bits(
  "0x1 Link Fault|0x2 Dying Gasp|0x4 Critical Event|0x8 Local Evaluating|0x10 Local Stable|0x20 Remote Evaluating|" +
    "0x40 Remote Stable",
);
const OAM_CODES = names(
  "0 Information|Event Notification|Variable Request|Variable Response|Loopback Control|254 Vendor Private",
);
const INFORMATION = names("0 End of TLV marker|Local|Remote|254 Organization specific");
const PARSER = ["forwarding", "looping back", "discarding", "reserved"];
const OAM_CONFIG = bits("0x1 Active|0x2 Unidirectional|0x4 Remote-Loopback|0x8 Link-Events|0x10 Variable-Retrieval");
const EVENTS = names(
  "0 End of TLV marker|Errored Symbol Period Event|Errored Frame Event|Errored Frame Period Event|" +
    "Errored Frame Seconds Summary Event|254 Organization specific",
);
const LOOPBACK = names("1 Enable OAM Remote Loopback|Disable OAM Remote Loopback");

/** IEEE 802.3 clause 57; `false` when the frame ends too early. */
function maintenance(l: Line, at: number, left: number): boolean {
  if (left < 3) return false;
  l.must(at, 3);
  const code = l.u8(at + 2);
  l.text(`\n\tCode ${OAM_CODES[code] ?? `Unknown (${code})`} OAM PDU, Flags [`);
  l.text(`${bitNames(OAM_FLAGS, l.u16(at), "none")}]`);
  at += 3;
  left -= 3;
  if (code === 4) {
    if (left < 1) return false;
    l.text(`\n\t  Command ${LOOPBACK[l.u8(at)] ?? "Unknown"} (${l.u8(at)})`);
    return true;
  }
  if (code > 1) {
    if (l.verbose <= 1) unknownData(l, at, "\n\t  ", left);
    return true;
  }
  if (code === 1) {
    if (left < 2) return false;
    l.text(`\n\t  Sequence Number ${l.u16(at)}`);
    at += 2;
    left -= 2;
  }
  while (left > 0) {
    if (left < 2) return false;
    const type = l.u8(at), size = l.u8(at + 1);
    l.text(
      code === 0
        ? `\n\t  ${INFORMATION[type] ?? "Reserved"} Information Type (${type}), length ${size}`
        : `\n\t  ${EVENTS[type] ?? "Reserved"} Link Event Type (${type}), length ${size}`,
    );
    if (type === 0) return true;
    if (size < 2) {
      l.text("\n\t    ERROR: illegal length - should be >= 2");
      return true;
    }
    if (left < size) return false;
    l.must(at, size);
    const known = code === 0 ? information(l, type, size, at) : event(l, type, size, at);
    if (!known || l.verbose > 1) unknownData(l, at, "\n\t  ", size);
    at += size;
    left -= size;
  }
  return true;
}

function information(l: Line, type: number, size: number, at: number): boolean {
  if (type !== 1 && type !== 2) return false;
  if (size !== 16) {
    l.text("\n\t    ERROR: illegal length - should be 16");
    return false;
  }
  const state = l.u8(at + 5);
  l.text(`\n\t    OAM-Version ${l.u8(at + 2)}, Revision ${l.u16(at + 3)}`);
  l.text(`\n\t    State-Parser-Action ${PARSER[state & 3]}, State-MUX-Action `);
  l.text((state & 4) !== 0 ? "discarding" : "forwarding");
  l.text(`\n\t    OAM-Config Flags [${bitNames(OAM_CONFIG, l.u8(at + 6), "none")}], `);
  l.text(`OAM-PDU-Config max-PDU size ${l.u16(at + 7) & 0x7ff}`);
  const oui = l.u24(at + 9);
  l.text(`\n\t    OUI ${OUIS[oui] ?? "Unknown"} (0x${hex(oui, 6)}), Vendor-Private 0x${hex(l.u32(at + 12), 8)}`);
  return true;
}

function event(l: Line, type: number, size: number, at: number): boolean {
  if (type < 1 || type > 4) return false;
  if (size !== 40) {
    l.text("\n\t    ERROR: illegal length - should be 40");
    return false;
  }
  l.text(`\n\t    Timestamp ${l.u16(at + 2) * 100} ms, Errored Window ${l.u64(at + 4)}`);
  l.text(`\n\t    Errored Threshold ${l.u64(at + 12)}\n\t    Errors ${l.u64(at + 20)}`);
  l.text(`\n\t    Error Running Total ${l.u64(at + 28)}\n\t    Event Running Total ${l.u32(at + 36)}`);
  return true;
}

// ATM in a line: RFC 2684 (1483), classical IP, SunATM, LAN emulation, signalling, maintenance cells (ITU-T I.610).
// Pure. The form is tcpdump's.
import { unexplained } from "../core/hexdump.ts";
import { hex, type Line, type Names } from "../core/line.ts";
import { printLlc } from "./llc.ts";
import { printOsi } from "../network/osi.ts";
import { printSnmp } from "../application/snmp.ts";
import { names } from "../core/table.ts";

function logical(l: Line, at: number, length: number): number {
  const used = printLlc(l, at, length);
  if (used < 0) unexplained(l, at);
  return Math.abs(used);
}

/** IEEE 802.2, behind the header of classical IP over ATM where that is there; gives the octets of the header. */
export function printAtm(l: Line, at: number, length: number): number {
  l.protocol = "atm";
  if (l.u8(at) === 3) {
    if (l.link) l.text("CNLPID ");
    l.header = 1;
    printOsi(l, at + 1, length - 1);
    return 1;
  }
  let header = 0;
  const kind = l.u24(at);
  if (kind !== 0xaaaa03 && kind !== 0xfefe03 && kind !== 0x060603) {
    if (l.link) l.text(`${l.hexText(at, 8)} ${l.hexText(at + 8, 8)} `);
    header = 20;
    l.must(at, header);
  }
  l.header = header;
  return header + logical(l, at + header, length - header);
}

/** Classical IP over ATM (RFC 2225): with IEEE 802.2 or without. */
export function printClassicalIp(l: Line, at: number, length: number): number {
  l.protocol = "cip";
  if (l.link) l.text(`${length}: `);
  l.must(at, 6);
  if (l.u32(at) === 0xaaaa0300 && l.u16(at + 4) === 0) {
    l.header = 8;
    return logical(l, at, length);
  }
  l.layers.ip(l, at, length);
  return 0;
}

const MESSAGES = names(
  "2 Call_proceeding|5 Setup|7 Connect|15 Connect_ack|0x46 Restart|0x4d Release|Restart_ack|0x5a Release_complete|" +
    "0x75 Status_enquiry|0x7d Status|0x80 Add_party|Add_party_ack|Add_party_reject|Drop_party|Drop_party_ack",
);
const EMULATION = names(
  "1 configure request|join request|ready query|register request|unregister request|ARP request|flush request|" +
    "NARP request|topology request|0x101 configure response|join response|ready indication|register response|" +
    "unregister response|ARP response|flush response",
);

/** SunATM: direction and kind, path and channel before the frame. */
export function printSunAtm(l: Line, at: number, length: number): number {
  l.protocol = "sunatm";
  if (l.link) l.text((l.u8(at) & 0x80) !== 0 ? "Tx: " : "Rx: ");
  const lane = (l.u8(at) & 15) === 1, path = l.u8(at + 1), channel = l.u16(at + 2);
  at += 4;
  length -= 4;
  l.header = 4;
  l.protocol = "atm";
  if (l.link) l.text(`VPI:${path} VCI:${channel} `);
  if (path === 0) {
    switch (channel) {
      case 5:
        if (l.u8(at) === 9) {
          l.text("Q.2931");
          const message = l.u8(at + 5);
          l.text(`:${MESSAGES[message] ?? `msgtype#${message}`} `);
          l.text(`CALL_REF:0x${hex(l.u24(at + 2), 6)}`);
        } else l.text(`SSCOP, proto ${l.u8(at)} `);
        return 4;
      case 2:
        l.text("broadcast sig: ");
        return 4;
      case 3:
      case 4:
        printOam(l, at, length, 1);
        return 4;
      case 1:
        l.text("meta: ");
        return 4;
      case 16:
        l.text("ilmi: ");
        printSnmp(l, at, length);
        return 4;
    }
  }
  if (lane) emulated(l, at, length);
  else logical(l, at, length);
  return 4;
}

/** LAN emulation: a frame behind the number of the client, or a control message. */
function emulated(l: Line, at: number, length: number): void {
  l.protocol = "lane";
  if (l.u16(at) === 0xff00) {
    const code = l.u16(at + 4);
    return l.text(`lec: proto ${hex(l.u8(at + 2))} vers ${hex(l.u8(at + 3))} ${EMULATION[code] ?? `opcode-#${code}`}`);
  }
  l.u16(at);
  if (length >= l.end - at && l.has(at + 2, 14)) l.text(`lecid:${hex(l.u16(at))} `);
  l.layers.ether(l, at + 2, length - 2);
}

const FLOWS = names("3 OAM F4 (segment)|OAM F4 (end)");
const PAYLOADS = names(
  "0 user data, uncongested, SDU 0|user data, uncongested, SDU 1|user data, congested, SDU 0|" +
    "user data, congested, SDU 1|VCC OAM F5 flow segment|VCC OAM F5 flow end-to-end|Traffic Control and resource Mgmt",
);
const CELLS = names("1 Fault Management|Performance Management|8 activate/deactivate|15 System Management");
const FUNCTIONS: Readonly<Record<number, Names>> = {
  1: names("0 AIS|RDI|4 Continuity Check|8 Loopback"),
  2: names("0 Forward Monitoring|Backward Reporting|Monitoring and Reporting"),
  8: names("0 Performance Monitoring|Continuity Check"),
};
const CRC10 = 0x633;

/** Whether 48 octets end in their checksum (ITU-T I.610: x^10 + x^9 + x^5 + x^4 + x + 1). */
function rightCell(l: Line, at: number): boolean {
  let sum = 0;
  for (let i = 0; i < 48; i++) {
    let high = (sum >> 2) << 2;
    for (let bit = 0; bit < 8; bit++) {
      high <<= 1;
      if ((high & 0x400) !== 0) high ^= CRC10;
    }
    sum = ((sum << 8) & 0x3ff) ^ (high & 0x3ff) ^ l.u8(at + i);
  }
  return sum === 0;
}

/** A maintenance cell at `at`, with `check` octets of header checksum before it. */
export function printOam(l: Line, at: number, length: number, check: 0 | 1): void {
  l.protocol = "oam";
  const header = l.u32(at + check), kinds = l.u8(at + 4 + check), kind = kinds >> 4, task = kinds & 15;
  const channel = (header >>> 4) & 0xffff;
  l.text(`${FLOWS[channel] ?? "OAM F5"}, vpi ${(header >>> 20) & 255}, vci ${channel}, `);
  l.text(`payload [ ${PAYLOADS[(header >> 1) & 7] ?? "Unknown"} ], clp ${header & 1}, length ${length}`);
  if (l.verbose === 0) return;
  l.text(`\n\tcell-type ${CELLS[kind] ?? "unknown"} (${kind})`);
  const tasks = FUNCTIONS[kind];
  l.text(`, func-type ${tasks === undefined ? "unknown" : tasks[task] ?? "none"} (${task})`);
  at += 4 + check;
  const place = (from: number, count: number) => {
    for (let i = 1; i < count; i += 2) l.text(`${hex(l.u16(from + i), 4)} `);
  };
  if (kind === 1 && task === 8) {
    l.must(at + 1, 45);
    l.text(`\n\tLoopback-Indicator ${(l.u8(at + 1) & 1) !== 0 ? "Request" : "Reply"}, `);
    l.text(`Correlation-Tag 0x${hex(l.u32(at + 2), 8)}\n\tLocation-ID `);
    place(at + 6, 12);
    l.text("\n\tSource-ID   ");
    place(at + 18, 12);
  } else if (kind === 1 && (task === 0 || task === 1)) {
    l.must(at + 1, 45);
    l.text(`\n\tFailure-type 0x${hex(l.u8(at + 1), 2)}\n\tLocation-ID `);
    place(at + 2, 16);
  }
  l.text(`\n\tcksum 0x${hex(l.u16(at + 46) & 0x3ff, 3)} (${rightCell(l, at) ? "" : "in"}correct)`);
}

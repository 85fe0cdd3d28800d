// LWAPP, the first protocol between access points and their controllers, in a line. Pure. RFC 5412; the form is tcpdump's.
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { bits, names } from "../core/table.ts";
import type { Ports } from "../transport/ends.ts";

const FLAGS = bits("0x1 Last Fragment Bit|0x2 Fragment Bit|0x4 Control Bit");
const MESSAGES = names(
  "1 Discovery req|Discovery resp|Join req|Join resp|Join ack|Join confirm|10 Configure req|Configure resp|Update req|" +
    "Update resp|WTP event req|WTP event resp|Change state event req|Change state event resp|22 Echo req|Echo resp|" +
    "Image data req|Image data resp|Channel status req|Channel status resp|30 Key update req|Key update resp|" +
    "Primary discovery req|Primary discovery resp|Data transfer req|Data transfer resp|Clear config ind|" +
    "Wlan config req|Wlan config resp|Mobile config req|Mobile config resp",
);
const HEADER = 6, CONTROL = 8;
/** The port of controllers. */
const CONTROLLER = 12223;

/** What both kinds begin with; `undefined` when that is all that is told. */
function header(l: Line, at: number, length: number): string | undefined {
  l.need(at, HEADER);
  const first = l.u8(at);
  if (first >> 6 !== 0) {
    l.text(`LWAPP version ${first >> 6} packet not supported`);
    return undefined;
  }
  l.text(`LWAPPv0, ${(first & 4) !== 0 ? "Control" : "Data"} frame, `);
  const flags = `Flags [${bitNames(FLAGS, first & 7, "none")}]`;
  if (l.verbose > 0) return flags;
  l.text(`${flags}, length ${length}`);
  return undefined;
}

/** Control messages; those to the controller have the access point's address before them. */
export function printLwappControl(l: Line, at: number, length: number, { dport }: Ports): void {
  l.protocol = "lwapp_control";
  const identity = at, identified = dport === CONTROLLER;
  if (identified) {
    l.need(at, 6);
    at += 6;
  }
  const flags = header(l, at, length);
  if (flags === undefined) return;
  let left = l.u16(at + 2);
  l.text(`Radio-id ${l.u8(at) >> 3 & 7}, ${flags}, Frag-id ${l.u8(at + 1)}, length ${left}`);
  if (identified) l.text(`\n\tAP identity: ${l.macText(identity)}`);
  at += HEADER;
  while (left !== 0) {
    l.need(at, CONTROL);
    const size = left < CONTROL ? 0 : l.u16(at + 2);
    if (left < CONTROL + size) return l.text("\n\t  Msg goes past end of PDU");
    const type = l.u8(at);
    l.text(`\n\t  Msg type: ${MESSAGES[type] ?? "Unknown"} (${type}), Seqnum: ${l.u8(at + 1)}, Msg len: ${size}, `);
    l.text(`Session: 0x${hex(l.u32(at + 4), 8)}`);
    l.need(at, size);
    at += CONTROL + size;
    left -= CONTROL + size;
  }
}

/** Frames of stations. */
export function printLwappData(l: Line, at: number, length: number): void {
  l.protocol = "lwapp_data";
  const flags = header(l, at, length);
  if (flags === undefined) return;
  const size = l.u16(at + 2);
  l.text(`Radio-id  ${l.u8(at) >> 3 & 7}, ${flags}, `);
  if (size < HEADER) return l.text(`length ${size} < transport header length`);
  l.text(`Frag-id  ${l.u8(at + 1)}, length ${size}`);
  unknownData(l, at + HEADER, "\n\t", size - HEADER);
}

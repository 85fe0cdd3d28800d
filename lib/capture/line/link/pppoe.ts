// PPP over Ethernet in a line: discovery with its tags, sessions with what they carry. Pure. RFC 2516; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { printPpp } from "./ppp.ts";
import { names } from "../core/table.ts";

const CODES = names("0 |7 PADO|9 PADI|0x19 PADR|0x65 PADS|0xa7 PADT");
const TAGS = names(
  "0 EOL|0x101 Service-Name|AC-Name|Host-Uniq|AC-Cookie|Vendor-Specific|0x110 Relay-Session-ID|0x120 PPP-Max-Payload|" +
    "0x201 Service-Name-Error|AC-System-Error|Generic-Error",
);

/** A frame of `length` octets at `at`; gives the octets of its header. */
export function printPppoe(l: Line, at: number, length: number): number {
  l.protocol = "pppoe";
  if (length < 6) {
    l.text(" [|pppoe]");
    return length;
  }
  l.need(at, 6);
  const first = l.u8(at), code = l.u8(at + 1), session = l.u16(at + 2), size = l.u16(at + 4);
  if (first >> 4 !== 1) l.text(` [ver ${first >> 4}]`);
  if ((first & 15) !== 1) l.text(` [type ${first & 15}]`);
  l.text("PPPoE ");
  l.text(CODES[code] ?? `PAD-${hex(code).toUpperCase()}`);
  if (code === 9 && size > 1484 - 6) l.text(` [len ${size}!]`);
  if (length < size + 6) l.text(` [len ${size} > ${length - 6}!]`);
  if (code === 0 || session !== 0) l.text(` [ses 0x${hex(session)}]`);
  if (code === 0) {
    l.text(" ");
    return 6 + printPpp(l, at + 6, Math.min(size, length - 6));
  }
  tags(l, at + 6, Math.min(size, length - 6));
  return 6;
}

/** Text in quotes where most octets are, else digits: at most 80 or 20 octets of it. */
function tags(l: Line, at: number, length: number): void {
  const end = at + length;
  let type = -1;
  while (type !== 0 && end - at >= 4) {
    type = l.u16(at);
    const size = l.u16(at + 2);
    at += 4;
    l.need(at, size);
    l.text(` [${TAGS[type] ?? `TAG-0x${hex(type)}`}`);
    if (size > 0) {
      let text = 0, other = 0;
      for (let i = 0; i < size && i < 80; i++) {
        const octet = l.u8(at + i);
        if (octet >= 32 && octet < 127) text++;
        else other++;
      }
      if (text > other) {
        l.text(' "');
        l.octets(at, Math.min(size, 80));
        l.text('"');
      } else {
        l.text(` 0x${l.hexText(at, Math.min(size, 20)).toUpperCase()}`);
        if (size > 20) l.text("...");
      }
    }
    l.text("]");
    at += size;
  }
}

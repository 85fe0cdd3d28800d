// PPP over Ethernet in a line: discovery with its tags, sessions with what they carry. Pure. RFC 2516; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { printPpp } from "./ppp.ts";
import { names } from "../core/table.ts";

const CODES = names("0 |7 PADO|9 PADI|0x19 PADR|0x65 PADS|0xa7 PADT");
const TAGS = names(
  "0 EOL|0x101 Service-Name|AC-Name|Host-Uniq|AC-Cookie|Vendor-Specific|0x110 Relay-Session-ID|0x120 PPP-Max-Payload|" +
    "0x201 Service-Name-Error|AC-System-Error|Generic-Error",
);

/** Octets of a text that are told. */
const SHOWN = 79;

/** A frame of `length` octets at `at`; gives the octets of its header. */
export function printPppoe(l: Line, at: number, length: number): number {
  l.protocol = "pppoe";
  if (length < 6) {
    l.text(` (length ${length} < 6)`);
    l.invalid();
    return 0;
  }
  l.must(at, 6);
  const first = l.u8(at), code = l.u8(at + 1), session = l.u16(at + 2), size = l.u16(at + 4);
  if (first >> 4 !== 1) l.text(` [ver ${first >> 4}]`);
  if ((first & 15) !== 1) l.text(` [type ${first & 15}]`);
  l.text(`PPPoE ${CODES[code] ?? `PAD-${hex(code)}`}`);
  if (code === 9 && size > 1484 - 6) l.text(` [len ${size}!]`);
  if (length < size + 6) l.text(` [len ${size} > ${length - 6}!]`);
  if (session !== 0) l.text(` [ses 0x${hex(session)}]`);
  const carried = Math.min(size, length - 6);
  if (code === 0) {
    l.text(" ");
    return 6 + printPpp(l, at + 6, carried);
  }
  tags(l, at + 6, at + 6 + carried);
  return 6;
}

/** Text in quotes where most octets are, else digits. */
function tags(l: Line, at: number, end: number): void {
  let type = -1;
  while (type !== 0 && at < end) {
    type = l.u16(at);
    const size = l.u16(at + 2);
    at += 4;
    l.must(at, size);
    l.text(` [${TAGS[type] ?? `TAG-0x${hex(type)}`}`);
    if (size > 0) {
      let text = "", other = 0;
      for (const octet of l.bytes.subarray(at, at + Math.min(size, SHOWN))) {
        const printable = octet >= 32 && octet < 127;
        text += printable ? String.fromCharCode(octet) : ".";
        if (!printable) other++;
      }
      l.text(text.length - other > other ? ` "${text}"` : ` 0x${l.hexText(at, size).toUpperCase()}`);
    }
    l.text("]");
    at += size;
  }
}

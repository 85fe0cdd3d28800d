// Telephone signalling over SCTP in lines of their own. Pure. RFC 4666; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const CLASSES = names("0 Management|Transfer|SS7|ASP|ASP|9 Routing Key Management");
const MESSAGES = {
  0: names("0 Error|Notify"),
  1: names("1 Data"),
  2: names(
    "1 Destination Unavailable|Destination Available|Destination State Audit|Signalling Congestion|" +
      "Destination User Part Unavailable|Destination Restricted",
  ),
  3: names("1 Up|Down|Heartbeat|Up Acknowledgement|Down Acknowledgement|Heartbeat Acknowledgement"),
  4: names("1 Active|Inactive|Active Acknowledgement|Inactive Acknowledgement"),
  9: names("1 Registration Request|Registration Response|Deregistration Request|Deregistration Response"),
} as Readonly<Record<number, Readonly<Record<number, string>>>>;
const PARAMETERS = names(
  "4 INFO String|6 Routing Context|Diagnostic Info|9 Heartbeat Data|11 Traffic Mode Type|Error Code|Status|" +
    "17 ASP Identifier|Affected Point Code|Correlation ID|0x200 Network Appearance|0x204 User/Cause|" +
    "Congestion Indications|Concerned Destination|Routing Key|Registration Result|Deregistration Result|" +
    "Local Routing Key Identifier|Destination Point Code|Service Indicators|0x20e Originating Point Code List|" +
    "0x210 Protocol Data|0x212 Registration Status|Deregistration Status",
);
/** Those whose value is a word. */
const WORDS = new Set([6, 19, 0x200]);

/** A message of `length` octets at `at`. */
export function printM3ua(l: Line, at: number, length: number): void {
  l.protocol = "m3ua";
  const invalid = () => {
    l.invalid();
    l.must(at, length);
  };
  if (length < 8) return invalid();
  l.must(at, 8);
  if (l.u8(at) !== 1) return;
  const group = l.u8(at + 2), type = l.u8(at + 3), known = MESSAGES[group];
  l.text(`\n\t\t${CLASSES[group] ?? `Unknown message class ${group}`}`);
  if (known !== undefined) l.text(` ${known[type] ?? `Unknown (0x${hex(type, 2)})`} Message`);
  if (length !== l.u32(at + 4)) {
    return l.text(`\n\t\t\t@@@@@@ Corrupted length ${l.u32(at + 4)} of message @@@@@@`);
  }
  for (let from = 8; from < length;) {
    if (from + 4 > length) return invalid();
    const tag = l.u16(at + from);
    l.text(`\n\t\t\t${PARAMETERS[tag] ?? `Unknown Parameter (0x${hex(tag, 4)})`}: `);
    const size = l.u16(at + from + 2), whole = size + (-(from + size) & 3);
    if (size < 4) return invalid();
    l.must(at + from, whole);
    if (!WORDS.has(tag)) l.text(`(length ${size})`);
    else if (size < 8) l.invalid();
    else l.text(`0x${hex(l.u32(at + from + 4), 8)}`);
    from += whole;
  }
}

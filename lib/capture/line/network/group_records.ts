// The group records of multicast reports, which IGMPv3 and MLDv2 share but for the width of an address. Pure.
// RFC 3376 4.2, RFC 3810 5.2; the form is tcpdump's.
import { type Line, TRUNCATED } from "../core/line.ts";

const RECORD_TYPES = ["", "is_in", "is_ex", "to_in", "to_ex", "allow", "block"];

/**
 * Writes the records of a report of `length` octets at `at`; its number of records stands at octet 6, the first record
 * at octet 8. `width`: octets of an address. `report`: what an unknown record type is called by.
 */
export function groupRecords(l: Line, at: number, length: number, width: 4 | 16, report: string): void {
  // A cut address leaves nothing of what would stand before it.
  const address = (before: string, where: number) => {
    if (!l.has(where, width)) throw TRUNCATED;
    l.text(before);
    if (width === 4) l.ip4(where);
    else l.ip6(where);
  };
  const head = 4 + width;
  const count = l.u16(at + 6);
  l.text(`, ${count} group record(s)`);
  if (l.verbose === 0) return;
  let record = 8;
  for (let i = 0; i < count; i++) {
    if (length < record + head) return l.text(" [invalid number of groups]");
    // Of MLD tcpdump asks for the address first, which ends the line otherwise than a failed read.
    if (width === 16) l.need(at + record + 4, width);
    address(" [gaddr ", at + record + 4);
    const type = l.u8(at + record);
    l.text(` ${RECORD_TYPES[type] || ` [${report}-report-#${type}]`}`);
    const sources = l.u16(at + record + 2);
    const end = record + head + sources * width;
    if (length < end) return l.text(` [invalid number of sources ${sources}]`);
    if (l.verbose === 1) l.text(`, ${sources} source(s)`);
    else {
      l.text(" {");
      for (let source = record + head; source < end; source += width) address(" ", at + source);
      l.text(" }");
    }
    record = end;
    l.text("]");
  }
}

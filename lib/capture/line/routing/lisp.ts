// LISP's control messages in a line: what a mapping server is told, with -v all of it. Pure. RFC 6830; the form is
// tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { bitNames, type Line, TRUNCATED } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

const TYPES = names(
  "0 LISP-Reserved|LISP-Map-Request|LISP-Map-Reply|LISP-Map-Register|LISP-Map-Notify|8 LISP-Encapsulated-Contol-Message",
);
const REGISTER = 3, NOTIFY = 4;
const REGISTER_FLAGS = bits(
  "0x08000000 P-Proxy-Map-Reply|0x04000000 S-LISP-SEC-Capable|0x02000000 I-xTR-ID-Present|0x01000000 R-Build-For-RTR|" +
    "0x100 M-Want-Map-Notify",
);
const NOTIFY_FLAGS = bits("0x08000000 I-xTR-ID-Present|0x04000000 R-Build-For-RTR");
const AUTHENTICATIONS = names("0 None|SHA1|SHA256");
const ACTIONS = names("0 No-Action|Natively-Forward|Send-Map-Request|Drop");
const LOCATOR_FLAGS = bits("4 Local-Locator|2 RLoc-Probed|1 Reachable");

/** Octets in hexadecimal behind a heading, which begins every row; the line ends where they were not captured. */
function octets(l: Line, at: number, heading: string, count: number): void {
  unknownData(l, at, heading, count);
  if (!l.has(at, count)) throw TRUNCATED;
}

/** A message of `length` octets at `at`. */
export function printLisp(l: Line, at: number, length: number): void {
  l.protocol = "lisp";
  l.need(at, 16);
  const type = l.u8(at) >> 4;
  let records = l.u8(at + 3), offset = 16;
  l.text(`${TYPES[type] ?? `unknown-type-${type}`},`);
  if (type !== REGISTER && type !== NOTIFY) return;
  const authentication = l.u16(at + 14);
  if (l.verbose > 0) {
    l.text(` flags [${bitNames(type === REGISTER ? REGISTER_FLAGS : NOTIFY_FLAGS, l.u32(at), "none")}],`);
    l.text(`\n    ${records} record(s), Authentication ${AUTHENTICATIONS[l.u16(at + 12)] ?? "unknown-type"},`);
    octets(l, at + offset, "\n    Authentication-Data: ", authentication);
  } else l.text(` ${records} record(s),`);
  offset = (offset + authentication) & 0xffff;
  if (records === 0) return l.invalid();
  for (; length > offset && records > 0; records--) {
    const next = record(l, at + offset);
    if (next < 0) return;
    offset = next - at;
  }
  if ((l.u8(at) & (type === REGISTER ? 2 : 8)) !== 0) {
    if (!l.has(at + offset, 24)) return l.invalid();
    octets(l, at + offset, "\n    xTR-ID: ", 16);
    l.text(`\n    SITE-ID: ${l.u64(at + offset + 16)}`);
  } else if (at + offset < l.end) octets(l, at + offset, "\n    Data: ", l.end - at - offset);
}

/** An end point with its locators; gives the offset behind it, -1 when its addresses are of no known kind. */
function record(l: Line, at: number): number {
  l.need(at, 12);
  l.text("\n");
  const family = l.u16(at + 10), flags = l.u8(at + 6);
  if (l.verbose > 0) {
    l.text(`      Record TTL ${l.u32(at)}, ${(flags & 0x10) !== 0 ? "" : "Non-"}Authoritative,`);
    l.text(` ${ACTIONS[flags >> 5] ?? "unknown"}, Map Version: ${l.u16(at + 8) & 0xfff},`);
  }
  if (family !== 1 && family !== 2) return -1;
  const four = (from: number, kind: number) => {
    if (kind === 1) l.ip4(from);
    else {
      l.u8(from + 15);
      l.ip6(from);
    }
    return kind === 1 ? 4 : 16;
  };
  l.u8(at + 12 + (family === 1 ? 3 : 15));
  l.text(" EID ");
  let cursor = at + 12 + four(at + 12, family);
  l.text(`/${l.u8(at + 5)}, ${l.u8(at + 4)} locator(s)`);
  for (let left = l.u8(at + 4); left > 0; left--) {
    l.need(cursor, 8);
    const head = cursor, kind = l.u16(cursor + 6);
    cursor += 8;
    if (l.verbose > 0) l.text("\n       ");
    if (kind === 1 || kind === 2) {
      l.need(cursor, kind === 1 ? 4 : 16);
      l.text(" LOC ");
      cursor += four(cursor, kind);
    }
    if (l.verbose === 0) continue;
    l.text(`\n          Priority/Weight ${l.u8(head)}/${l.u8(head + 1)}, `);
    l.text(`Multicast Priority/Weight ${l.u8(head + 2)}/${l.u8(head + 3)},`);
    l.text(` flags [${bitNames(LOCATOR_FLAGS, l.u16(head + 4), "none")}],`);
  }
  return cursor;
}

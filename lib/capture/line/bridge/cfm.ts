// Connectivity fault management of bridges in a line, its parts under it with -v. Pure. IEEE 802.1ag; the form is
// tcpdump's.
import { ADDRESS_FAMILIES, OUIS } from "../core/names.ts";
import { unknownData } from "../core/hexdump.ts";
import { fixed } from "../core/general.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

const CODES = names(
  "1 Continuity Check Message|Loopback Reply|Loopback Message|Linktrace Reply|Linktrace Message",
);
/** Seconds between continuity checks, in single precision. */
const INTERVALS = [0, 0.003333, 0.01, 0.1, 1, 10, 60, 600].map(Math.fround);
const DOMAIN_NAMES = names("0 IEEE 802.1|No MD Name present|DNS string|MAC + 16Bit Integer|Character string");
const ASSOCIATION_NAMES = names("0 IEEE 802.1|Primary VID|Character string|0x3 16Bit Integer|RFC2685 VPN-ID");
const PARTS = names(
  "0 End|Sender ID|Port status|Interface status|Data|Reply Ingress|Reply Egress|31 Organization Specific",
);
const PORTS = names("1 Blocked|Up");
const INTERFACES = names("1 Up|Down|Testing|5 Dormant|not present|lower Layer down");
const CHASSIS = names(
  "0 Reserved|Chassis component|Interface alias|Port component|MAC address|Network address|Interface name|" +
    "Locally assigned",
);
const TRACE_FLAGS = bits("0x80 Use Forwarding-DB only");
const REPLY_FLAGS = bits("0x80 UseFDB Only|0x40 FwdYes|0x20 Terminal MEP");
const ACTIONS = names("1 Exact Match|Filtering DB|MIP CCM DB");

/** A message of `length` octets at `at`. */
export function printCfm(l: Line, at: number, length: number): void {
  l.protocol = "cfm";
  const short = () => l.text("\n\t\t packet is too short");
  if (length < 4) return short();
  l.need(at, 4);
  const first = l.u8(at), code = l.u8(at + 1), flags = l.u8(at + 2), offset = l.u8(at + 3);
  if ((first & 0x1f) !== 0) return l.text(`CFMv${first & 0x1f} not supported, length ${length}`);
  l.text(`CFMv0 ${CODES[code] ?? `unknown (${code})`}, MD Level ${first >> 5}, length ${length}`);
  if (l.verbose === 0) return;
  l.text(`\n\tFirst TLV offset ${offset}`);
  at += 4;
  const left = length - 4;
  if (offset > left) return l.text(` (too large, must be <= ${left})`);
  const least = ({ 1: 70, 4: 6, 5: 17 } as Record<number, number>)[code];
  if (least !== undefined) {
    const kind = ({ 1: 1, 4: 5, 5: 4 } as Record<number, number>)[code];
    if (offset < least) return l.text(` (too small ${kind}, must be >= ${least})`);
    l.need(at, least);
  }
  switch (code) {
    case 1:
      if (!continuity(l, at, flags)) return;
      break;
    case 5:
      l.text(`, Flags [${bitNames(TRACE_FLAGS, flags, "none")}]`);
      l.text(`\n\t  Transaction-ID 0x${hex(l.u32(at), 8)}, ttl ${l.u8(at + 4)}`);
      l.text(`\n\t  Original-MAC ${l.macText(at + 5)}, Target-MAC ${l.macText(at + 11)}`);
      break;
    case 4:
      l.text(`, Flags [${bitNames(REPLY_FLAGS, flags, "none")}]`);
      l.text(`\n\t  Transaction-ID 0x${hex(l.u32(at), 8)}, ttl ${l.u8(at + 4)}`);
      l.text(`\n\t  Replay-Action ${ACTIONS[l.u8(at + 5)] ?? "Unknown"} (${l.u8(at + 5)})`);
      break;
    default:
      unknownData(l, at, "\n\t  ", left - offset);
  }
  parts(l, at + offset, left - offset, short);
}

/** A continuity check; `false` when it goes no further. */
function continuity(l: Line, at: number, flags: number): boolean {
  const interval = flags & 7, seconds = INTERVALS[interval]!;
  l.text(`, Flags [CCM Interval ${interval}${(flags & 0x80) !== 0 ? ", RDI" : ""}]`);
  if (interval !== 0) {
    l.text(`\n\t  CCM Interval ${fixed(seconds, 3)}s, min CCM Lifetime ${fixed(seconds * 3.25, 3)}s, `);
    l.text(`max CCM Lifetime ${fixed(seconds * 3.5, 3)}s`);
  }
  l.text(`\n\t  Sequence Number 0x${hex(l.u32(at), 8)}, MA-End-Point-ID 0x${hex(l.u16(at + 4), 4)}`);
  at += 6;
  let left = 47;
  const domain = l.u8(at++), name = `\n\t  MD Name Format ${DOMAIN_NAMES[domain] ?? "Unknown"} (${domain})`;
  if (domain === 1) l.text(name);
  else {
    const size = l.u8(at++);
    left--;
    l.text(`${name}, MD Name length ${size}`);
    if (size > left - 3) {
      l.text(` (too large, must be <= ${left - 2})`);
      return false;
    }
    l.text("\n\t  MD Name: ");
    if (domain === 2 || domain === 4) l.string(at, size);
    else if (domain === 3) l.text(size === 6 ? `\n\t  MAC ${l.macText(at)}` : "\n\t  MAC (length invalid)");
    else unknownData(l, at, "\n\t    ", size);
    at += size;
    left -= size;
  }
  const kind = l.u8(at), size = l.u8(at + 1);
  left -= 2;
  l.text(`\n\t  MA Name-Format ${ASSOCIATION_NAMES[kind] ?? "Unknown"} (${kind}), MA name length ${size}`);
  if (size > left) {
    l.text(` (too large, must be <= ${left})`);
    return false;
  }
  l.text("\n\t  MA Name: ");
  if (kind === 2) l.string(at + 2, size);
  else unknownData(l, at + 2, "\n\t    ", size);
  return true;
}

function parts(l: Line, at: number, left: number, short: () => void): void {
  while (left > 0) {
    const type = l.u8(at);
    l.text(`\n\t${PARTS[type] ?? "Unknown"} TLV (0x${hex(type, 2)})`);
    if (type === 0) return;
    if (left < 3) return short();
    l.need(at, 3);
    const size = l.u16(at + 1);
    l.text(`, length ${size}`);
    at += 3;
    left -= 3;
    if (left < size) return short();
    l.need(at, size);
    let shown = l.verbose > 1, rest = size, next = at + size;
    const least = type === 2 || type === 3 ? 1 : type === 31 ? 4 : 0;
    if (size < least) return l.text(` (too short, must be >= ${least})`);
    if (type === 2) l.text(`, Status: ${PORTS[l.u8(at)] ?? "Unknown"} (${l.u8(at)})`);
    else if (type === 3) l.text(`, Status: ${INTERFACES[l.u8(at)] ?? "Unknown"} (${l.u8(at)})`);
    else if (type === 31) {
      const vendor = l.u24(at);
      l.text(`, Vendor: ${OUIS[vendor] ?? "Unknown"} (${vendor}), Sub-Type ${l.u8(at + 3)}`);
      shown = true;
    } else if (type === 1) {
      const told = sender(l, at, size);
      if (told === "end") return;
      shown = !told.skip && (shown || told.shown);
      rest = told.left;
      next = told.at + rest;
    } else shown = true;
    if (shown) unknownData(l, at, "\n\t  ", rest);
    left -= next - at;
    at = next;
  }
}

/** How far a part was read: what is left of it is behind `at`, and is shown, as tcpdump counts it, or not. */
interface Reached {
  readonly at: number;
  readonly left: number;
  readonly shown: boolean;
  readonly skip: boolean;
}

/** Who sends: chassis and management address. */
function sender(l: Line, at: number, left: number): Reached | "end" {
  let shown = false;
  const reached = (skip = false) => ({ at, left, shown, skip });
  const short = () => {
    l.text("\n\t  (TLV too short)");
    return reached(true);
  };
  if (left < 1) {
    l.text(" (too short, must be >= 1)");
    return reached(true);
  }
  const size = l.u8(at++);
  left--;
  if (size !== 0) {
    if (left < 1) return short();
    // The octet of the type is not passed where the part breaks off.
    const type = l.u8(at);
    left--;
    l.text(`\n\t  Chassis-ID Type ${CHASSIS[type] ?? "Unknown"} (${type}), Chassis-ID length ${size}`);
    if (left < size) return short();
    at++;
    if (type === 4) {
      if (size === 6) l.text(`\n\t  MAC ${l.macText(at)}`);
      else {
        l.text(" (invalid MAC address length)");
        shown = true;
      }
    } else if (type === 5) shown = networkAddress(l, at, size);
    else if (type >= 1 && type <= 7) l.string(at, size);
    else shown = true;
    at += size;
    left -= size;
  }
  if (left === 0) return reached();
  const domain = l.u8(at++);
  left--;
  l.text(`\n\t  Management Address Domain Length ${domain}`);
  if (domain === 0) return reached();
  if (left < domain) return short();
  unknownData(l, at, "\n\t  Management Address Domain: ", domain);
  at += domain;
  left -= domain;
  if (left < 1) {
    l.text(" (Management Address Length is missing)");
    shown = true;
    return reached();
  }
  const address = l.u8(at++);
  left--;
  l.text(`\n\t  Management Address Length ${address}`);
  if (address === 0) return reached();
  if (left < address) {
    l.text("\n\t  (TLV too short)");
    return "end";
  }
  unknownData(l, at, "\n\t  Management Address: ", address);
  at += address;
  left -= address;
  return reached();
}

/** `true` when its octets are to be seen. */
function networkAddress(l: Line, at: number, length: number): boolean {
  const family = l.u8(at), size = ({ 1: 5, 2: 17 } as Record<number, number>)[family];
  l.text(`\n\t  Network Address Type ${ADDRESS_FAMILIES[family] ?? "Unknown"} (${family})`);
  if (size === undefined) return true;
  if (length !== size) {
    l.text(`(invalid IPv${family === 1 ? 4 : 6} address length ${length - 1})`);
    return true;
  }
  l.text(`, ${family === 1 ? l.ip4Text(at + 1) : l.ip6Text(at + 1)}`);
  return false;
}

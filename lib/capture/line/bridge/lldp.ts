// LLDP in a line, with -v each of its parts. Pure. IEEE 802.1AB; the form is tcpdump's.
// To add a part: a case in `part`; of an organisation: lldp_organizations.ts.
import { bitNames, hex, type Line, type Names } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { printOrganization } from "./lldp_organizations.ts";
import { ADDRESS_FAMILIES, OUIS } from "../core/names.ts";
import { bits, names } from "../core/table.ts";

const PARTS = names(
  "0 End|Chassis ID|Port ID|Time to Live|Port Description|System Name|System Description|System Capabilities|" +
    "Management Address|127 Organization specific",
);
const CHASSIS = names(
  "1 Chassis component|Interface alias|Port component|MAC address|Network address|Interface name|Local",
);
const PORTS = names(
  "1 Interface alias|Port component|MAC address|Network Address|Interface Name|Agent circuit ID|Local",
);
const CAPABILITIES = bits(
  "0x01 Other|0x02 Repeater|0x04 Bridge|0x08 WLAN AP|0x10 Router|0x20 Telephone|0x40 Docsis|0x80 Station Only",
);
const NUMBERING: Names = { 2: "Interface Index", 3: "System Port Number" };

/** A frame of `length` octets at `at`. */
export function printLldp(l: Line, at: number, length: number): void {
  l.protocol = "lldp";
  l.text(`LLDP, length ${length}`);
  for (let left = length; left >= 2;) {
    const word = l.u16(at);
    const type = word >> 9, size = word & 0x1ff;
    at += 2;
    left -= 2;
    if (l.verbose > 0) l.text(`\n\t${PARTS[type] ?? "Unknown"} TLV (${type}), length ${size}`);
    if (type === 0 || size === 0) return;
    l.need(at, size);
    if (left < size) l.cut();
    const explained = part(l, type, at, size);
    if (l.verbose > 1 || (l.verbose > 0 && !explained)) unknownData(l, at, "\n\t  ", size);
    at += size;
    left -= size;
  }
}

/** One part of `size` octets; `false` when its octets want to be seen. */
function part(l: Line, type: number, at: number, size: number): boolean {
  if (type === 5) {
    l.text(": ");
    l.string(at, size);
    return true;
  }
  if (l.verbose === 0) return true;
  switch (type) {
    case 1:
      return identity(l, CHASSIS, 4, 5, at, size);
    case 2:
      return identity(l, PORTS, 3, 4, at, size);
    case 3:
      if (size < 2) l.cut();
      l.text(`: TTL ${l.u16(at)}s`);
      return true;
    case 4:
    case 6:
      l.text(type === 4 ? ": " : "\n\t  ");
      l.string(at, size);
      return true;
    case 7: {
      if (size < 4) l.cut();
      const can = l.u16(at), does = l.u16(at + 2);
      l.text(`\n\t  System  Capabilities [${bitNames(CAPABILITIES, can, "none")}] (0x${hex(can, 4)})`);
      l.text(`\n\t  Enabled Capabilities [${bitNames(CAPABILITIES, does, "none")}] (0x${hex(does, 4)})`);
      return true;
    }
    case 8:
      management(l, at, size);
      return true;
    case 127: {
      if (size < 3) l.cut();
      const oui = l.u24(at);
      l.text(`: OUI ${OUIS[oui] ?? "Unknown"} (0x${hex(oui, 6)})`);
      return printOrganization(l, oui, at, size);
    }
  }
  return false;
}

/** Who or where: the kinds of `names`, of which `mac` and `network` hold addresses, all others text. */
function identity(l: Line, names: Names, mac: number, network: number, at: number, size: number): boolean {
  if (size < 2) l.cut();
  const kind = l.u8(at);
  l.text(`\n\t  Subtype ${names[kind] ?? "Unknown"} (${kind}): `);
  if (kind === mac) {
    if (size < 7) l.cut();
    l.mac(at + 1);
  } else if (kind === network) l.text(networkAddress(l, at + 1, size - 1));
  else if (names[kind] === undefined) return false;
  else l.string(at + 1, size - 1);
  return true;
}

/** An address family in one octet and an address. */
function networkAddress(l: Line, at: number, size: number): string {
  if (size < 1) l.cut();
  const family = l.u8(at);
  const head = `AFI ${ADDRESS_FAMILIES[family] ?? "Unknown"} (${family})`;
  const needed = ({ 1: 4, 2: 16, 6: 6 } as Record<number, number>)[family];
  if (needed === undefined) return `${head}, no AF printer !`;
  if (size - 1 < needed) l.cut();
  return `${head}: ${family === 1 ? l.ip4Text(at + 1) : family === 2 ? l.ip6Text(at + 1) : l.macText(at + 1)}`;
}

function management(l: Line, at: number, size: number): void {
  const end = at + size;
  const octets = l.u8(at);
  if (size - 1 < octets) l.cut();
  l.text(`\n\t  Management Address length ${octets}, ${networkAddress(l, at + 1, octets)}`);
  at += 1 + octets;
  if (end - at < 5) l.cut();
  l.text(`\n\t  ${NUMBERING[l.u8(at)] ?? "Unknown"} Interface Numbering (${l.u8(at)}): ${l.u32(at + 1)}`);
  at += 5;
  if (at >= end) return;
  const oid = l.u8(at);
  if (end - at < 1 + oid) l.cut();
  if (oid === 0) return;
  l.text(`\n\t  OID length ${oid}`);
  l.string(at + 1, oid);
}

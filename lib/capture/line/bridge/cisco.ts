// Cisco's small protocols between switches in a line: DTP, UDLD, VTP. Pure. RFC 5171 (UDLD); the form is tcpdump's.
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { bits, names } from "../core/table.ts";

const DTP = names("1 Domain|Status|DTP type|Neighbor");

/** Dynamic trunking. */
export function printDtp(l: Line, at: number, length: number): void {
  l.protocol = "dtp";
  const end = at + length;
  const invalid = (why = "") => {
    l.text(why);
    l.invalid();
    l.must(at, end - at);
  };
  if (length < 1) return invalid("[zero packet length]");
  l.text(`DTPv${l.u8(at)}, length ${length}`);
  if (l.verbose < 1) return;
  at++;
  while (at < end) {
    if (end - at < 4) return invalid(`[${end - at} bytes remaining]`);
    const type = l.u16(at), size = l.u16(at + 2);
    if (type === 0) return;
    l.text(`\n\t${DTP[type] ?? "Unknown"} (0x${hex(type, 4)}) TLV, length ${size}`);
    if (size < 4 || size > end - at) return invalid(`[invalid TLV length ${size}]`);
    switch (type) {
      case 1:
        l.text(", ");
        l.string(at + 4, size - 4);
        break;
      case 2:
      case 3:
        if (size !== 5) return invalid();
        l.text(`, 0x${hex(l.u8(at + 4))}`);
        break;
      case 4:
        if (size !== 10) return invalid();
        l.text(`, ${l.macText(at + 4)}`);
        break;
      default:
        l.must(at, size);
    }
    at += size;
  }
}

const UDLD = names(
  "1 Device-ID TLV|Port-ID TLV|Echo TLV|Message Interval TLV|Timeout Interval TLV|Device Name TLV|Sequence Number TLV",
);
const UDLD_CODES = names("0 Reserved|Probe message|Echo message|Flush message");
const UDLD_FLAGS = bits("0x1 RT|0x2 RSY|0x4 MBZ-2|0x8 MBZ-3|0x10 MBZ-4|0x20 MBZ-5|0x40 MBZ-6|0x80 MBZ-7");

/** Links that carry one way only. RFC 5171. */
export function printUdld(l: Line, at: number, length: number): void {
  l.protocol = "udld";
  const end = at + length;
  const invalid = () => {
    l.invalid();
    l.must(at, end - at);
  };
  if (length < 4) return invalid();
  const first = l.u8(at), code = first & 31, flags = l.u8(at + 1);
  l.text(`UDLDv${first >> 5}, Code ${UDLD_CODES[code] ?? "Reserved"} (${hex(code)}), `);
  l.text(`Flags [${bitNames(UDLD_FLAGS, flags, "none")}] (0x${hex(flags, 2)}), length ${length}`);
  if (l.verbose < 1) return l.must(at, length);
  l.text(`\n\tChecksum 0x${hex(l.u16(at + 2), 4)} (unverified)`);
  at += 4;
  while (at < end) {
    if (end - at < 4) return invalid();
    const type = l.u16(at), size = l.u16(at + 2) - 4;
    l.text(`\n\t${UDLD[type] ?? "Unknown"} (0x${hex(type, 4)}) TLV, length ${size + 4}`);
    at += 4;
    if (size <= 0 || end - at < size) return invalid();
    switch (type) {
      case 1:
      case 2:
      case 6:
        l.text(", ");
        l.string(at, size);
        break;
      case 3:
        l.text(", ");
        l.octets(at, size);
        break;
      case 4:
      case 5:
        if (size !== 1) return invalid();
        l.text(`, ${l.u8(at)}s`);
        break;
      case 7:
        if (size !== 4) return invalid();
        l.text(`, ${l.u32(at)}`);
        break;
      default:
        l.must(at, size);
    }
    at += size;
  }
}

const VTP = names("1 Summary advertisement|Subset advertisement|Advertisement request|Join message");
const VTP_THIRD = names("1 Followers|Seq number|Rsvd|Rsvd");
const VLAN_TYPES = names("1 Ethernet|FDDI|TrCRF|FDDI-net|TrBRF");
const VLAN_PARTS = names(
  "1 Source-Routing Ring Number TLV|Source-Routing Bridge Number TLV|STP type TLV|Parent VLAN TLV|" +
    "Translationally bridged VLANs TLV|Pruning TLV|Bridge Type TLV|Max ARP Hop Count TLV|Max STE Hop Count TLV|" +
    "Backup CRF Mode TLV",
);
const VLAN_STP = names("1 SRT|SRB|Auto");

/** What VLANs there are. */
export function printVtp(l: Line, at: number, length: number): void {
  l.protocol = "vtp";
  const invalid = () => {
    l.invalid();
    l.must(at, length);
  };
  if (length < 36) return invalid();
  l.must(at, 36);
  const type = l.u8(at + 1), name = l.u8(at + 3);
  l.text(`VTPv${l.u8(at)}, Message ${VTP[type] ?? "Unknown message type"} (0x${hex(type, 2)}), length ${length}`);
  if (l.verbose < 1) return l.must(at, length);
  l.text("\n\tDomain name: ");
  if (name < 1 || name > 32) {
    l.text(` [invalid MgmtD Len ${name}]`);
    return invalid();
  }
  l.string(at + 4, name);
  l.text(`, ${VTP_THIRD[type] ?? "Unknown"}: ${l.u8(at + 2)}`);
  const body = at + 36;
  switch (type) {
    case 1:
      l.text(`\n\t  Config Rev ${hex(l.u32(body))}, Updater ${l.ip4Text(body + 4)}`);
      l.text(`, Timestamp 0x${hex(l.u32(body + 8), 8)} 0x${hex(l.u32(body + 12), 8)} 0x${hex(l.u32(body + 16), 8)}`);
      return l.text(`, MD5 digest: ${l.hexText(body + 20, 16)}`);
    case 2: {
      l.text(`, Config Rev ${hex(l.u32(body))}`);
      const end = at + length;
      for (let vlan = body + 4; vlan < end;) {
        const size = l.u8(vlan);
        if (size === 0) return;
        l.must(vlan, size);
        if (size < 12 || !printVlan(l, vlan, size)) return invalid();
        vlan += size;
      }
      return;
    }
    case 3:
      l.text(`\n\tStart value: ${l.u32(body)}`);
  }
}

/** One VLAN of `size` octets; `false` when it breaks the rules. */
function printVlan(l: Line, at: number, size: number): boolean {
  const status = ["Operational", "Suspended"][l.u8(at + 1)] ?? "Unknown", name = l.u8(at + 3);
  l.text(`\n\tVLAN info status ${status}, type ${VLAN_TYPES[l.u8(at + 2)] ?? "Unknown"}, VLAN-id ${l.u16(at + 4)}, `);
  l.text(`MTU ${l.u16(at + 6)}, SAID 0x${hex(l.u32(at + 8), 8)}, Name `);
  const padded = (name + 3) & ~3;
  if (size - 12 < padded) return false;
  l.string(at + 12, name);
  const end = at + size;
  at += 12 + padded;
  while (at < end) {
    if (end - at < 2) return false;
    const type = l.u8(at), words = l.u8(at + 1);
    l.text(`\n\t\t${VLAN_PARTS[type] ?? "Unknown"} (0x${hex(type, 4)}) TLV`);
    if (end - at < words * 2 + 2) {
      l.text(" (TLV goes past the end of the packet)");
      return false;
    }
    l.must(at, words * 2 + 2);
    if (words !== 1) {
      l.text(` (invalid TLV length ${words} != 1)`);
      return false;
    }
    const value = l.u16(at + 2);
    if (type === 9) l.text(`, ${value}`);
    else if (type === 6) l.text(`, ${value === 1 ? "Enabled" : "Disabled"} (${value})`);
    else if (type === 3) l.text(`, ${VLAN_STP[value] ?? "Unknown"} (${value})`);
    else if (type === 7) l.text(`, ${value === 1 ? "SRB" : "SRT"} (${value})`);
    else if (type === 10) l.text(`, ${value === 1 ? "Backup" : "Not backup"} (${value})`);
    else unknownData(l, at, "\n\t\t  ", 2 + words * 2);
    at += 2 + words * 2;
  }
  return true;
}

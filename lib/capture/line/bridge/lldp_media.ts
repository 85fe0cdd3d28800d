// Media endpoint discovery (LLDP-MED): phones and what they are told. Pure. ANSI/TIA-1057; the form is tcpdump's.
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { bits, names } from "../core/table.ts";

const KINDS = names(
  "1 LLDP-MED Capabilities|Network policy|Location identification|Extended power-via-MDI|" +
    "Inventory - hardware revision|Inventory - firmware revision|Inventory - software revision|" +
    "Inventory - serial number|Inventory - manufacturer name|Inventory - model name|Inventory - asset ID",
);
const INVENTORY = names(
  "5 Hardware revision|Firmware revision|Software revision|Serial number|Manufacturer name|Model name|Asset ID",
);
const CAPABILITIES = bits(
  "0x1 LLDP-MED capabilities|0x2 network policy|0x4 location identification|0x8 extended power via MDI-PSE|" +
    "0x10 extended power via MDI-PD|0x20 Inventory",
);
const DEVICES = names("1 endpoint class 1|endpoint class 2|endpoint class 3|network connectivity");
const APPLICATIONS = names(
  "1 voice|voice signaling|guest voice|guest voice signaling|softphone voice|video conferencing|streaming video|" +
    "video signaling",
);
const POLICY = bits("0x80 Unknown|0x40 Tagged|0x20 reserved");
const FORMATS = names("1 coordinate-based LCI|civic address LCI|ECS ELIN");
const ALTITUDES = names("1 meters|floors");
const DATUMS = names(
  "1 World Geodesic System 1984|North American Datum 1983 (NAVD88)|North American Datum 1983 (MLLW)",
);
const WHAT = names(
  "0 location of DHCP server|location of the network element believed to be closest to the client|" +
    "location of the client",
);
const CIVIC = names(
  "1 national subdivisions (state,canton,region,province,prefecture)|county, parish, gun, district|" +
    "city, township, shi|city division, borough, city district, ward chou|neighborhood, block|street",
);
const SOURCES = names("1 PSE - primary power source|local - backup power source|PSE+local - reserved");
const PRIORITIES = names("1 critical|high|low");

/** A part of `size` octets, from its OUI on; `false` when its octets want to be seen. */
export function printMedia(l: Line, at: number, size: number): boolean {
  const kind = l.u8(at + 3);
  l.text(`\n\t  ${KINDS[kind] ?? "unknown"} Subtype (${kind})`);
  switch (kind) {
    case 1: {
      if (size < 7) return true;
      const can = l.u16(at + 4), device = l.u8(at + 6);
      l.text(`\n\t    Media capabilities [${bitNames(CAPABILITIES, can, "none")}] (0x${hex(can, 4)})`);
      l.text(`\n\t    Device type [${DEVICES[device] ?? "unknown"}] (0x${hex(device, 2)})`);
      return true;
    }
    case 2: {
      if (size < 8) return true;
      const application = l.u8(at + 4);
      l.text(`\n\t    Application type [${APPLICATIONS[application] ?? "none"}] (0x${hex(application, 2)})`);
      l.text(`, Flags [${bitNames(POLICY, l.u8(at + 5), "none")}]`);
      l.text(`\n\t    Vlan id ${(l.u16(at + 5) & 0x1fff) >> 1}, L2 priority ${(l.u16(at + 6) & 0x01ff) >> 6}`);
      l.text(`, DSCP value ${l.u16(at + 6) & 0x3f}`);
      return true;
    }
    case 3:
      if (size >= 5) location(l, at, size);
      return true;
    case 4: {
      if (size < 7) return true;
      const first = l.u8(at + 4), power = l.u16(at + 5);
      l.text(`\n\t    Power type [${(first & 3) !== 0 ? "PD device" : "PSE device"}]`);
      l.text(`, Power source [${SOURCES[(first & 0x30) >> 4] ?? "none"}]`);
      l.text(`\n\t    Power priority [${PRIORITIES[first & 15] ?? "none"}] (0x${hex(first & 15, 2)})`);
      l.text(power < 1024 ? `, Power ${(power / 10).toFixed(1)} Watts` : `, Power ${power} (Reserved)`);
      return true;
    }
  }
  if (INVENTORY[kind] === undefined) return false;
  l.text(`\n\t  ${INVENTORY[kind]} `);
  l.string(at + 4, size - 4);
  return true;
}

/** Where the device stands: coordinates (RFC 3825), an address (RFC 4776), or a number for emergency calls. */
function location(l: Line, at: number, size: number): void {
  const format = l.u8(at + 4);
  l.text(`\n\t    Location data format ${FORMATS[format] ?? "unknown"} (0x${hex(format, 2)})`);
  if (format === 1) {
    if (size < 21) return;
    const degrees = (from: number) => (BigInt(l.u8(from) & 3) << 32n) + BigInt(l.u32(from + 1));
    l.text(`\n\t    Latitude resolution ${l.u8(at + 5) >> 2}, latitude value ${degrees(at + 5)}`);
    l.text(`\n\t    Longitude resolution ${l.u8(at + 10) >> 2}, longitude value ${degrees(at + 10)}`);
    const kind = l.u8(at + 15) >> 4;
    l.text(`\n\t    Altitude type ${ALTITUDES[kind] ?? "unknown"} (${kind})`);
    l.text(`\n\t    Altitude resolution ${(l.u16(at + 15) >> 6) & 0x3f}, `);
    l.text(`altitude value 0x${hex(l.u32(at + 16) & 0x3fffffff)}`);
    l.text(`\n\t    Datum ${DATUMS[l.u8(at + 20)] ?? "unknown"} (0x${hex(l.u8(at + 20), 2)})`);
  } else if (format === 2) {
    if (size < 6) return;
    let left = l.u8(at + 5);
    if (left < 3 || size < 7 + left) return;
    const what = l.u8(at + 6);
    l.text(`\n\t    LCI length ${left}, LCI what ${WHAT[what] ?? "unknown"} (0x${hex(what, 2)}), Country-code `);
    l.string(at + 7, 2);
    at += 9;
    for (left -= 3; left >= 2;) {
      const kind = l.u8(at), length = l.u8(at + 1);
      at += 2;
      left -= 2;
      l.text(`\n\t      CA type '${CIVIC[kind] ?? "unknown"}' (${kind}), length ${length}: `);
      if (kind === 0 || length === 0 || left < length) return;
      l.string(at, length);
      at += length;
      left -= length;
    }
  } else if (format === 3) {
    l.text("\n\t    ECS ELIN id ");
    l.string(at + 5, size - 5);
  } else {
    l.text("\n\t    Location ID ");
    unknownData(l, at + 5, "\n\t      ", size - 5);
  }
}

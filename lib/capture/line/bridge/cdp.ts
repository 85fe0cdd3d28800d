// Cisco's discovery protocol in a line. Pure. The form is tcpdump's. To add a field: a line in `FIELDS`.
import { counted } from "../../../base/text.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { bits } from "../core/table.ts";

const CAPABILITIES = bits(
  "0x1 Router|0x2 Transparent Bridge|0x4 Source Route Bridge|0x8 L2 Switch|0x10 L3 capable|0x20 IGMP snooping|" +
    "0x40 L1 capable",
);

interface Field {
  readonly name: string;
  /** Octets of a right value. */
  readonly sizes?: readonly [least: number, most: number];
  print?(l: Line, at: number, size: number): void;
}

const text = (l: Line, at: number, size: number) => {
  l.text("'");
  l.octets(at, size);
  l.text("'");
};
const number = (l: Line, at: number, size: number) => {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + l.u8(at + i);
  return value;
};
const octet = (l: Line, at: number) => l.text(`0x${hex(l.u8(at), 2)}`);
const voice = (l: Line, at: number, size: number) =>
  l.text(size === 2 ? `unknown 0x${hex(l.u16(at), 4)}` : `app ${l.u8(at)}, vlan ${l.u16(at + 1)}`);

const UNKNOWN = "unknown field type";
/** The last field that tcpdump has a place for: those before it that have no name are not shown in digits. */
const LAST = 0x17;

const FIELDS: Readonly<Record<number, Field>> = {
  0x01: { name: "Device-ID", print: text },
  0x02: { name: "Address", print: addresses },
  0x03: { name: "Port-ID", print: text },
  0x04: {
    name: "Capability",
    sizes: [4, 4],
    print: (l, at) => l.text(`(0x${hex(l.u32(at), 8)}): ${bitNames(CAPABILITIES, l.u32(at), "none")}`),
  },
  0x05: {
    name: "Version String",
    print(l, at, size) {
      l.text("\n\t  ");
      for (let i = 0; i < size; i++) {
        if (l.u8(at + i) === 10) l.text("\n\t  ");
        else l.safe(l.u8(at + i));
      }
    },
  },
  0x06: { name: "Platform", print: text },
  0x07: { name: "Prefixes", print: prefixes },
  0x08: { name: "Protocol-Hello option" },
  0x09: { name: "VTP Management Domain", print: text },
  0x0a: { name: "Native VLAN ID", sizes: [2, 2], print: (l, at) => l.dec(l.u16(at)) },
  0x0b: { name: "Duplex", sizes: [1, 1], print: (l, at) => l.text(l.u8(at) !== 0 ? "full" : "half") },
  0x0e: { name: "ATA-186 VoIP VLAN assignment", sizes: [3, 3], print: voice },
  0x0f: { name: "ATA-186 VoIP VLAN request", sizes: [2, 3], print: voice },
  0x10: {
    name: "power consumption",
    sizes: [1, 3],
    print: (l, at, size) => l.text(`${(number(l, at, size) / 1000).toFixed(2)}W`),
  },
  0x11: { name: "MTU", sizes: [4, 4], print: (l, at) => l.text(`${l.u32(at)} bytes`) },
  0x12: { name: "AVVID trust bitmap", sizes: [1, 1], print: octet },
  0x13: { name: "AVVID untrusted ports CoS", sizes: [1, 1], print: octet },
  0x14: { name: "System Name", print: text },
  0x15: { name: "System Object ID (not decoded)" },
  0x16: { name: "Management Addresses", sizes: [4, Infinity], print: addresses },
  0x17: {
    name: "Physical Location",
    sizes: [1, Infinity],
    print(l, at, size) {
      octet(l, at);
      if (size <= 1) return;
      l.text("/");
      l.octets(at + 1, size - 1);
    },
  },
};

/** A frame of `length` octets at `at`. */
export function printCdp(l: Line, at: number, length: number): void {
  l.protocol = "cdp";
  if (length < 4) {
    l.text(` (packet length ${length} < 4)`);
    return invalid(l, at, length);
  }
  l.text(`CDPv${l.u8(at)}, ttl: ${l.u8(at + 1)}s`);
  if (l.verbose > 0) l.text(`, checksum: 0x${hex(l.u16(at + 2), 4)} (unverified), length ${length}`);
  const end = at + length;
  at += 4;
  while (at < end) {
    if (end - at < 4) {
      l.text(` (remaining packet length ${end - at} < 4)`);
      return invalid(l, at, end - at);
    }
    const type = l.u16(at), size = l.u16(at + 2) - 4;
    const field = FIELDS[type] ?? (type <= LAST ? { name: UNKNOWN } : undefined);
    const name = field?.name ?? UNKNOWN;
    if (size < 0) {
      if (l.verbose > 0) {
        l.text(`\n\t${name} (0x${hex(type, 2)}), TLV length: ${counted(size + 4, "byte")} (too short)`);
      } else l.text(`, ${name} TLV length ${size + 4} too short`);
      return invalid(l, at, end - at);
    }
    if (size > end - at - 4) {
      l.text(` (TLV length ${size + 4} > ${end - at})`);
      return invalid(l, at, end - at);
    }
    at += 4;
    if (l.verbose > 0) l.text(`\n\t${name} (0x${hex(type, 2)}), value length: ${counted(size, "byte")}: `);
    else if (type === 1) l.text(", Device-ID ");
    let covered = false;
    if (field?.sizes !== undefined && (size < field.sizes[0] || size > field.sizes[1])) l.text(" (malformed TLV)");
    else if (field !== undefined && (l.verbose > 0 || type === 1)) {
      if (field.print !== undefined) field.print(l, at, size);
      else l.must(at, size);
      covered = true;
    }
    if (!covered) {
      l.must(at, size);
      unknownData(l, at, "\n\t  ", size);
    }
    at += size;
  }
  if (l.verbose < 1) l.text(`, length ${length}`);
}

function invalid(l: Line, at: number, left: number): void {
  l.invalid();
  l.must(at, left);
}

function isIpv6(l: Line, at: number, size: number): boolean {
  return size === 8 && l.hexText(at, 8) === "aaaa0300000086dd";
}

function addresses(l: Line, at: number, size: number): void {
  const end = at + size;
  const short = (what: string) => {
    l.text(` (not enough space for ${what})`);
    l.must(at, end - at);
  };
  if (size < 4) return short("num");
  let count = l.u32(at);
  at += 4;
  while (count > 0) {
    if (end - at < 2) return short("PT+PL");
    const protocol = l.u8(at), octets = l.u8(at + 1);
    at += 2;
    if (end - at < octets + 2) return short("P+AL");
    const length = l.u16(at + octets);
    if (protocol === 1 && octets === 1 && l.u8(at) === 0xcc && length === 4) {
      at += 3;
      if (end - at < 4) return short("A");
      l.text(`IPv4 (${count}) ${l.ip4Text(at)}`);
      at += 4;
    } else if (protocol === 2 && isIpv6(l, at, octets) && length === 16) {
      at += 10;
      if (end - at < 16) return short("A");
      l.text(`IPv6 (${count}) ${l.ip6Text(at)}`);
      at += 16;
    } else {
      l.text(`pt=0x${hex(protocol, 2)}, pl=${octets}, pb=`);
      for (let i = 0; i < octets; i++) l.text(` ${hex(l.u8(at + i), 2)}`);
      l.text(`, al=${length}, a=`);
      at += octets + 2;
      if (end - at < length) return short("A");
      for (let i = 0; i < length; i++) l.text(` ${hex(l.u8(at + i), 2)}`);
      at += length;
    }
    count--;
    if (count > 0) l.text(" ");
  }
  if (at < end) l.text(` (${end - at} bytes of stray data)`);
}

function prefixes(l: Line, at: number, size: number): void {
  if (size % 5 !== 0) {
    l.text(` [length ${size} is not a multiple of 5]`);
    return l.must(at, size);
  }
  l.text(` IPv4 Prefixes (${size / 5}):`);
  for (let i = 0; i < size; i += 5) l.text(` ${l.ip4Text(at + i)}/${l.u8(at + i + 4)}`);
}

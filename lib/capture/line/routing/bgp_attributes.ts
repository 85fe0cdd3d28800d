// Path attributes of BGP. Pure. RFC 4271 4.3 and the RFCs of the attributes; the form is tcpdump's.
// To add an attribute: its name in `ATTRIBUTES` and its line in `VALUES`.
import { asText, decoderOf, distinguisher, printRoutes, Short, want } from "./bgp_routes.ts";
import { printCommunity } from "./bgp_communities.ts";
import { unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { ADDRESS_FAMILIES } from "../core/names.ts";
import { nsapText } from "../network/osi_text.ts";
import { bits, names } from "../core/table.ts";

const ATTRIBUTES = names(
  "1 Origin|AS Path|Next Hop|Multi Exit Discriminator|Local Preference|Atomic Aggregate|Aggregator|Community|" +
    "Originator ID|Cluster List|DPA|Advertisers|RCID Path / Cluster ID|Multi-Protocol Reach NLRI|" +
    "Multi-Protocol Unreach NLRI|Extended Community|AS4 Path|Aggregator4|22 PMSI Tunnel|Tunnel Encapsulation|" +
    "Traffic Engineering|IPv6 Extended Community|Accumulated IGP Metric|PE Distinguisher Label|Entropy Label|" +
    "32 Large Community|128 Attribute Set|255 Reserved for development",
);
export const SUBSEQUENT_FAMILIES = names(
  "0 Reserved|Unicast|Multicast|Unicast+Multicast|labeled Unicast|Multicast VPN|64 Tunnel|VPLS|MDT|70 EVPN|" +
    "128 labeled VPN Unicast|labeled VPN Multicast|labeled VPN Unicast+Multicast|132 Route Target Routing Information",
);
const ORIGINS = names("0 IGP|EGP|Incomplete");
const OPEN = names("1 { ||( |({ "), CLOSE = names("1 }||)|})");
const TUNNELS = names(
  "1 RSVP-TE P2MP LSP|LDP P2MP LSP|PIM-SSM Tree|PIM-SM Tree|PIM-Bidir Tree|Ingress Replication|LDP MP2MP LSP",
);
const LEAF = bits("0x1 Leaf Information required");
/** Attribute sets in attribute sets that are followed. */
const SETS = 10;

/** `at`, flags, type and length of the next attribute, and its name; `undefined` where it does not fit. */
export interface Attribute {
  readonly type: number;
  readonly length: number;
  /** Where its value begins. */
  readonly value: number;
}

/** The head of the attribute at `at`, printed after `indent`; `undefined` when `room` octets are too few for it. */
export function attributeHead(l: Line, at: number, room: number, indent: string): Attribute | undefined {
  want(l, at, 2);
  if (room < 2) return undefined;
  const flags = l.u8(at), type = l.u8(at + 1);
  const size = (flags & 0x10) !== 0 ? 2 : 1;
  want(l, at + 2, size);
  if (room < 2 + size) return undefined;
  const length = size === 2 ? l.u16(at + 2) : l.u8(at + 2);
  l.text(`${indent}${ATTRIBUTES[type] ?? "Unknown Attribute"} (${type}), length: ${length}`);
  if (flags !== 0) {
    const letters = "OTPE".split("").filter((_, i) => (flags & 0x80 >> i) !== 0).join("");
    l.text(`, Flags [${letters}${(flags & 15) !== 0 ? `+${hex(flags & 15)}` : ""}]`);
  }
  return { type, length, value: at + 2 + size };
}

/** An attribute's value. */
export function printAttribute(l: Line, type: number, at: number, length: number, level = 0): void {
  const left = attribute(l, type, at, length, level) ?? length;
  if (l.verbose <= 1 || left <= 0) return;
  want(l, at, left);
  unknownData(l, at, "\n\t    ", left);
}

/** How many of its octets are shown in hex after it with -vv, where those are not all. */
function attribute(l: Line, type: number, at: number, length: number, level: number): number | undefined {
  const value = VALUES[type];
  if (value === undefined) {
    want(l, at, length);
    l.text(`\n\t    no Attribute ${type} decoder`);
    if (l.verbose <= 1) unknownData(l, at, "\n\t    ", length);
  } else if (!value.fits(length)) l.text("invalid len");
  else return value.print(l, at, length, level) ?? undefined;
  return undefined;
}

/** How long an attribute may be, and what it says; as `attribute` does. */
interface Value {
  readonly fits: (length: number) => boolean;
  readonly print: (l: Line, at: number, length: number, level: number) => number | void;
}

const any = (print: Value["print"]): Value => ({ fits: () => true, print });
const exactly = (size: number, print: Value["print"]): Value => ({ fits: (length) => length === size, print });
/** Values of `size` octets each; whether there is one more behind it is told. */
const each = (size: number, print: (l: Line, at: number, more: boolean) => void): Value => ({
  fits: (length) => length % size === 0,
  print(l, at, length) {
    for (const end = at + length; at < end; at += size) print(l, at, at + size < end);
  },
});
const address = exactly(4, (l, at) => l.ip4(at));
const number = exactly(4, (l, at) => l.dec(l.u32(at)));

const VALUES: Readonly<Record<number, Value>> = {
  1: exactly(1, (l, at) => l.text(ORIGINS[l.u8(at)] ?? "Unknown Origin Typecode")),
  2: any((l, at, length) => path(l, 2, at, length)),
  3: address,
  4: number,
  5: number,
  6: exactly(0, () => {}),
  7: {
    fits: (length) => length === 6 || length === 8,
    print(l, at, length) {
      want(l, at, length);
      aggregator(l, length === 6 ? l.u16(at) : l.u32(at), at + length - 4);
    },
  },
  8: each(4, community),
  9: address,
  10: each(4, (l, at, more) => l.text(`${l.ip4Text(at)}${more ? ", " : ""}`)),
  14: any(reached),
  15: any((l, at, length) => {
    want(l, at, 3);
    const family = printFamily(l, at, length);
    if (family === undefined) return;
    if (length === 3) l.text("\n\t      End-of-Rib Marker (empty NLRI)");
    printRoutes(l, family, at + 3, at + length, length);
  }),
  16: each(8, printCommunity),
  17: any((l, at, length) => path(l, 17, at, length)),
  18: exactly(8, (l, at) => aggregator(l, l.u32(at), at + 4)),
  22: any(tunnel),
  26: any(metrics),
  32: {
    fits: (length) => length > 0 && length % 12 === 0,
    print(l, at, length) {
      l.text("\n\t    ");
      for (const end = at + length; at < end; at += 12) {
        l.text(`${l.u32(at)}:${l.u32(at + 4)}:${l.u32(at + 8)}${at + 12 < end ? ", " : ""}`);
      }
      return 0;
    },
  },
  128: any(attributeSet),
};

function aggregator(l: Line, as: number, origin: number): void {
  l.text(` AS #${asText(l, as)}, origin ${l.ip4Text(origin)}`);
}

function path(l: Line, type: number, at: number, length: number): void {
  if (length % 2 !== 0) return l.text("invalid len");
  if (length === 0) return l.text("empty");
  const end = at + length;
  const size = type === 17 ? 4 : sizeOfAs(l, at, end);
  while (at < end) {
    const segment = l.u8(at);
    l.text(OPEN[segment] ?? "?");
    const count = l.u8(at + 1);
    for (let i = 0; i < count; i++) {
      const from = at + 2 + i * size;
      want(l, from, size);
      l.text(`${asText(l, size === 2 ? l.u16(from) : l.u32(from))} `);
    }
    l.text(CLOSE[segment] ?? "?");
    at += 2 + count * size;
  }
}

/** Whether AS numbers have two octets or four: the one that fits. */
function sizeOfAs(l: Line, at: number, end: number): 2 | 4 {
  while (at < end) {
    const segment = l.u8(at);
    if (segment < 1 || segment > 4) return 4;
    at += 2 + l.u8(at + 1) * 2;
  }
  return at === end ? 2 : 4;
}

function community(l: Line, at: number, more: boolean): void {
  want(l, at, 4);
  const value = l.u32(at);
  const known = names("1 NO_EXPORT|NO_ADVERTISE|NO_EXPORT_SUBCONFED")[value - 0xffff_ff00];
  l.text(known === undefined ? `${value >>> 16}:${value & 0xffff}${more ? ", " : ""}` : ` ${known}`);
}

/** An address family; the number of a known one. RFC 4760 5. */
function printFamily(l: Line, at: number, length: number): number | undefined {
  const family = l.u16(at), part = l.u8(at + 2);
  l.text(`\n\t    AFI: ${ADDRESS_FAMILIES[family] ?? "Unknown AFI"} (${family}), `);
  l.text(`${part > 128 ? "vendor specific " : ""}SAFI: ${SUBSEQUENT_FAMILIES[part] ?? "Unknown SAFI"} (${part})`);
  const number = family << 8 | part;
  if (decoderOf(number) !== undefined && number !== 0x205) return number;
  want(l, at, length);
  l.text(`\n\t    no AFI ${family} / SAFI ${part} decoder`);
  if (l.verbose <= 1) unknownData(l, at, "\n\t    ", length);
  return undefined;
}

function reached(l: Line, at: number, length: number): void {
  const end = at + length;
  const room = (count: number) => {
    if (end - at < count) throw new Short();
  };
  want(l, at, 3);
  room(3);
  const family = printFamily(l, at, length);
  if (family === undefined) return;
  at += 3;
  want(l, at, 1);
  room(1);
  const size = l.u8(at++);
  if (size > 0) {
    room(size);
    l.text("\n\t    nexthop: ");
    nextHops(l, family, at, size);
    at += size;
  }
  l.text(`, nh-length: ${size}`);
  room(1);
  const attached = l.u8(at++);
  if (attached === 0) l.text(", no SNPA");
  else {
    l.text(`\n\t    ${attached} SNPA`);
    for (let i = 0; i < attached; i++) {
      room(1);
      const octets = l.u8(at);
      l.text(`\n\t      ${octets} bytes`);
      at++;
      room(octets);
      want(l, at, octets);
      at += octets;
    }
  }
  printRoutes(l, family, at, end, length);
}

function nextHops(l: Line, family: number, at: number, size: number): void {
  const part = family & 255, address = family >> 8;
  const virtual = part >= 128 && part <= 130;
  for (let first = true; size > 0; first = false) {
    if (!first) l.text(", ");
    if (address === 3) {
      if (!virtual) return l.text(nsapText(l, at, size));
      if (size < 9) return l.text("invalid len");
      want(l, at, size);
      l.text(`RD: ${distinguisher(l, at)}, ${nsapText(l, at + 8, size - 8)}`);
      if (l.u32(at + 8) === 0x47000601) l.text(` = ${l.ip4Text(at + 12)}`);
      else if (l.u24(at + 8) === 0x350000) l.text(` = ${l.ip6Text(at + 11)}`);
      return;
    }
    const octets = address === 2 ? 16 : 4;
    const head = virtual && address <= 2 ? 8 : 0;
    if (size < octets + head) return l.text("invalid len");
    const text = octets === 16 ? l.ip6Text(at + head) : l.ip4Text(at + head);
    l.text(head > 0 ? `RD: ${distinguisher(l, at)}, ${text}` : text);
    at += octets + head;
    size -= octets + head;
  }
}

/** RFC 6514 5. */
function tunnel(l: Line, at: number, length: number): void {
  want(l, at, 5);
  if (length < 5) throw new Short();
  const type = l.u8(at + 1);
  l.text(`\n\t    Tunnel-type ${TUNNELS[type] ?? "Unknown"} (${type}), `);
  l.text(`Flags [${bitNames(LEAF, l.u8(at), "none")}], MPLS Label ${l.u24(at + 2) >> 4}`);
  at += 5;
  const number = () => `0x${hex(l.u32(at + 4), 8)}`;
  switch (type) {
    case 1:
      return l.text(`\n\t      Extended-Tunnel-ID ${l.ip4Text(at)}, P2MP-ID ${number()}`);
    case 2:
    case 7:
      return l.text(`\n\t      Root-Node ${l.ip4Text(at)}, LSP-ID ${number()}`);
    case 3:
      return l.text(`\n\t      Root-Node ${l.ip4Text(at)}, P-Group ${l.ip4Text(at + 4)}`);
    case 4:
    case 5:
      return l.text(`\n\t      Sender ${l.ip4Text(at)}, P-Group ${l.ip4Text(at + 4)}`);
    case 6:
      return l.text(`\n\t      Tunnel-Endpoint ${l.ip4Text(at)}`);
  }
  if (l.verbose <= 1) unknownData(l, at, "\n\t      ", length - 5);
}

/** RFC 7311. */
function metrics(l: Line, at: number, length: number): void {
  const end = at + length;
  while (end - at >= 3) {
    const type = l.u8(at), size = l.u16(at + 1);
    l.text(`\n\t    ${type === 1 ? "AIGP" : "Unknown"} TLV (${type}), length ${size}`);
    if (size < 3 || end - at < size) throw new Short();
    if (type === 1) {
      if (size < 11) throw new Short();
      l.text(`, metric ${l.u64(at + 3)}`);
    } else if (l.verbose <= 1) unknownData(l, at + 3, "\n\t      ", size - 3);
    at += size;
  }
}

/** RFC 6368. Gives the octets that it left. */
function attributeSet(l: Line, at: number, length: number, level: number): number {
  const end = at + length;
  want(l, at, 4);
  if (length < 4) throw new Short();
  l.text(`\n\t    Origin AS: ${asText(l, l.u32(at))}`);
  at += 4;
  while (at < end) {
    const head = attributeHead(l, at, end - at, "\n\t      ");
    if (head !== undefined) l.text(": ");
    if (head === undefined || end - head.value < head.length) {
      l.text(" [path attr too short]");
      if (head !== undefined) return end - head.value;
      return end - at < 2 ? end - at : end - at - 2;
    }
    if (level === SETS) l.text("(too many nested levels, not recursing)");
    else printAttribute(l, head.type, head.value, head.length, level + 1);
    at = head.value + head.length;
  }
  return 0;
}

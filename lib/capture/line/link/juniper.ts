// Captures of Juniper's routers in a line: what they put before each packet, by the kind of interface. Pure.
// The form is tcpdump's.
import { printOam } from "./atm.ts";
import { printCiscoHdlc } from "./chdlc.ts";
import { printEther, printEtherType } from "./ether.ts";
import { printFrameRelay, printMultilink } from "./frame_relay.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { printLlc } from "./llc.ts";
import { printMpls } from "../network/mpls.ts";
import { printOsi } from "../network/osi.ts";
import { printPpp } from "./ppp.ts";
import { bits, names } from "../core/table.ts";

const MAGIC = 0x4d4743;
const INCOMING = 0x01, NO_LINK = 0x02, EXTENDED = 0x80;
/** First octets of cookies of the two kinds of services. */
const LINK_SERVICES = 0x54, SERVICES = 0x47;
const FLAGS = bits("0x80 Ext|0x40 Filter|0x4 IIF|0x2 no-L2|0x1 In");
const PARTS = names(
  "1 Device Interface Index|Device Interface Name|Device Media Type|Logical Interface Index|Logical Unit Number|" +
    "Logical Interface Encapsulation|TTP derived Device Media Type|TTP derived Logical Interface Encapsulation",
);
const MEDIA = names(
  "1 Ethernet|FDDI|Token-Ring|PPP|Frame-Relay|Cisco-HDLC|SMDS-DXI|ATM-PVC|PPP-CCC|Frame-Relay-CCC|IP-over-IP|" +
    "GRE|PIM-Encapsulator|PIM-Decapsulator|Cisco-HDLC-CCC|VLAN-CCC|Multilink-PPP|Multilink-FR|Multilink|LSI|" +
    "22 ATM-CCC-Cell-Relay|IPSEC-over-IP|GGSN|27 PPP-TCC|Frame-Relay-TCC|Cisco-HDLC-TCC|Ethernet-CCC|" +
    "VPN-Loopback-tunnel|Extended-VLAN-CCC|Ethernet-over-ATM|Monitor|Ethernet-TCC|VLAN-TCC|Extended-VLAN-TCC|" +
    "Controller|Multilink-FR-UNI-NNI|LinkService|VPLS|VLAN-VPLS|Extended-VLAN-VPLS|Logical-tunnel|" +
    "General-Services|Ethernet-VPLS-over-ATM|48 Extended FR-CCC|Extended FR-TCC|Flexible-FrameRelay|" +
    "52 Flexible-Ethernet-Services|Flow-collection|56 PPPoE|PPP-Subordinate|59 Dynamic-Flow-Capture|PIC Peer",
);
const ENCAPSULATIONS = names(
  "2 ATM SNAP|ATM NLPID|ATM VCMUX|ATM LLC|PPP over ATM VCMUX|PPP over ATM LLC|PPP over FUNI|CCC over ATM|" +
    "FR NLPID|FR SNAP|FR PPP|FR CCC|Ethernet|17 PPP|C-HDLC|PPP CCC|IPIP|PIM Null|GRE NULL|PPP over GRE|PIMd|" +
    "C-HDLC CCC|CISCO compatible NLPID|VLAN CCC|MLPPP|MLFR|LSI Null|32 ATM CCC Cell Relay|Crypto|GGSN|" +
    "ATM VCMUX TCC|FR TCC|PPP TCC|C-HDLC TCC|Ethernet CCC|VT|Ethernet over ATM LLC|Extended VLAN CCC|" +
    "ATM SNAP TCC|Monitor|Ethernet TCC|VLAN TCC|Extended VLAN TCC|MFR|VPLS|VLAN VPLS|Extended VLAN VPLS|" +
    "General Services|Ethernet VPLS over ATM LLC|FR CCC|MLPPP over ATM LLC|Ethernet over ATM CCC|LT VLAN|" +
    "Collector|Aggregator|LAPD|PPPoE over ATM LLC|PPPoE over Ethernet|PPPoE|64 |C-HDLC via dialer",
);
const IPSEC = names("1 ESP ENCR-AUTH|ESP ENCR-AH AUTH|ESP AUTH|AH AUTH|ESP ENCR");
const CARRIED = names("1 Null|IPv4|6 IPv6");

/** What stands before a packet. */
interface Header {
  /** Where the packet begins, and how long it is. */
  readonly at: number;
  readonly length: number;
  readonly size: number;
  readonly incoming: boolean;
  /** Eight octets, those that are not there zero. */
  readonly cookie: Uint8Array;
  readonly cookieSize: number;
  readonly bundle: number;
  readonly protocol: number;
}

/** A kind of interface. */
interface Kind {
  readonly name: string;
  /** Octets of its cookie and its name, where it has one. */
  readonly cookie?: readonly [size: number, name: string];
  /** Octets of its link header that count as such for dumps: those of what it carries are not told. */
  print(l: Line, h: Header): number | void;
}

const ip = (l: Line, { at, length }: Header): void => void guess(l, at, length);

const KINDS: Readonly<Record<number, Kind>> = {
  130: { name: "juniper_mlppp", cookie: [2, "MLPPP"], print: multilinkPpp },
  131: { name: "juniper_mlfr", cookie: [2, "MLFR"], print: multilinkFrames },
  132: { name: "juniper_es", cookie: [0, "ES"], print: encryption },
  133: { name: "juniper_ggsn", cookie: [8, "GGSN"], print: gateway },
  134: { name: "juniper_mfr", cookie: [4, "MFR"], print: multilinkRelay },
  135: { name: "juniper_atm2", cookie: [8, "ATM2"], print: (l, h) => cells(l, h, true) },
  136: {
    name: "juniper_services",
    cookie: [8, "AS"],
    print: (l, h) => {
      l.must(h.at, 8);
      if (l.link) {
        l.text(`service-id ${l.u8(h.at)} flags 0x${hex(l.u8(h.at + 1), 2)} `);
        l.text(`service-set-id 0x${hex(l.u16(h.at + 2), 4)} iif ${l.u24(h.at + 5)}: `);
      }
      ip(l, h);
    },
  },
  137: { name: "juniper_atm1", cookie: [4, "ATM1"], print: (l, h) => cells(l, h, false) },
  164: {
    name: "juniper_monitor",
    cookie: [8, "MONITOR"],
    print: (l, h) => {
      l.must(h.at, 8);
      if (l.link) l.text(`service-id ${l.u32(h.at + 4)}, iif ${l.u16(h.at + 2)}, pkt-type ${l.u8(h.at)}: `);
      ip(l, h);
    },
  },
  167: { name: "juniper_pppoe", cookie: [0, "PPPoE"], print: (l, h) => void printEther(l, h.at, h.length) },
  168: {
    name: "juniper_pppoe_atm",
    cookie: [0, "PPPoE ATM"],
    print: (l, h) => {
      const type = l.u16(h.at);
      if (!printEtherType(l, type, h.at + 2, h.length - 2)) l.text(`unknown ethertype 0x${hex(type, 4)}`);
    },
  },
  178: { name: "juniper_ether", print: (l, h) => printEther(l, h.at, h.length) },
  179: { name: "juniper_ppp", print: (l, h) => void printPpp(l, h.at, h.length) },
  180: { name: "juniper_frelay", print: (l, h) => void printFrameRelay(l, h.at, h.length) },
  181: { name: "juniper_chdlc", print: (l, h) => void printCiscoHdlc(l, h.at, h.length) },
};

/** What prints packets of one of the link types, which gives the octets of the link's header. */
export function juniperPrinter(link: number): ((l: Line, at: number, length: number) => number) | undefined {
  const kind = KINDS[link];
  if (kind === undefined) return undefined;
  return (l, at, length) => {
    l.protocol = kind.name;
    const header = parse(l, kind, at, length);
    if (typeof header === "number") return header;
    l.header = header.size;
    return header.size + (kind.print(l, header) ?? 0);
  };
}

/** IPv4 or IPv6 by the first octet. */
function guess(l: Line, at: number, length: number): boolean {
  const version = l.u8(at) >> 4;
  if (version === 6) l.layers.ip6(l, at, length);
  else if (version === 4 && l.u8(at) >= 0x45) l.layers.ip(l, at, length);
  else return false;
  return true;
}

/** Prints what stands before the packet; octets of it alone where the packet is done with that. */
function parse(l: Line, { cookie: known, name }: Kind, start: number, length: number): Header | number {
  const flags = l.u8(start + 3), incoming = (flags & INCOMING) !== 0;
  if (l.u24(start) !== MAGIC) {
    l.text("no magic-number found!");
    return 0;
  }
  if (l.link) l.text(`${incoming ? " In" : "Out"} `);
  let size = 4;
  if (l.verbose > 1) l.text(`\n\tJuniper PCAP Flags [${bitNames(FLAGS, flags, "none")}]`);
  if ((flags & EXTENDED) !== 0) {
    const total = l.u16(start + 4);
    if (l.verbose > 1) l.text(`, PCAP Extension(s) total length ${total}`);
    l.must(start + 6, total);
    if (!parts(l, start + 6, total)) {
      l.invalid();
      return 0;
    }
    size += 2 + total;
    if (l.verbose > 1) l.text("\n\t-----original packet-----\n\t");
  }
  if ((flags & NO_LINK) !== 0) {
    if (l.link) l.text("no-L2-hdr, ");
    l.must(start + size + 4, 1);
    if (!guess(l, start + size + 4, length - size - 4)) l.text("no IP-hdr found!");
    return size + 4;
  }
  let at = start + size;
  const cookie = new Uint8Array(8);
  let cookieSize = 0, kind = 0, protocol = 0;
  if (known !== undefined) {
    cookieSize = known[0];
    const first = l.u8(at);
    if (first === LINK_SERVICES) cookieSize += 2;
    else if (first === SERVICES) cookieSize = 8;
    if (first === LINK_SERVICES || first === SERVICES) kind = first;
    if (name === "juniper_mfr" && (first & 0xc0) === 0xc0) cookieSize = 0;
    size += cookieSize;
    if (l.link) l.text(`${known[1]}-PIC, cookie-len ${cookieSize}`);
    if (cookieSize > 8) {
      l.invalid();
      return size;
    }
    l.must(at, cookieSize);
    cookie.set(l.bytes.subarray(at, at + cookieSize));
    if (l.link) l.text(`${cookieSize > 0 ? `, cookie 0x${l.hexText(at, cookieSize)}` : ""}: `);
    protocol = l.u16(at + cookieSize);
    at += cookieSize;
  }
  let bundle = cookie[0]!;
  if (name === "juniper_mlppp" || name === "juniper_mlfr" || name === "juniper_mfr") {
    const bare = name !== "juniper_mlppp" && (kind === LINK_SERVICES || kind === 0 && name === "juniper_mlfr");
    if (kind === LINK_SERVICES) {
      bundle = cookie[1]!;
      if (bare) protocol = l.u16(at);
    } else if (kind === SERVICES) {
      bundle = (cookie[6]! << 8 | cookie[7]!) >> 3 & 0xfff;
      protocol = cookie[5]! & 0x170;
    }
    if (bare) size += 2;
  } else if (name === "juniper_atm2") {
    l.must(at, 4);
    if ((cookie[7]! & 0x70) !== 0) {
      const word = l.u32(at);
      if (word === 0 || word === 0x08000000 || word === 0x08380000) size += 4;
      if (l.link) l.text(`control-word 0x${hex(word, 8)} `);
    }
  }
  if (l.link) l.text(`hlen ${size}, proto 0x${hex(protocol, 4)}, `);
  const counted = name === "juniper_atm2" ? start + size - at : 0;
  return {
    at: start + size,
    length: length - size + counted,
    size,
    incoming,
    cookie,
    cookieSize,
    bundle,
    protocol,
  };
}

/** Extensions in `left` octets at `at`; `false` when one is longer than they are. */
function parts(l: Line, at: number, left: number): boolean {
  while (left > 2) {
    const type = l.u8(at), size = l.u8(at + 1);
    if (type === 0 || size === 0) return true;
    if (left < size + 2) {
      l.text(` [extension_length ${left} < ${size + 2}]`);
      return false;
    }
    if (l.verbose > 1) l.text(`\n\t  ${PARTS[type] ?? "Unknown"} Extension TLV #${type}, length ${size}, value `);
    let value = 0;
    for (let i = 0; i < size && size <= 4; i++) {
      value += l.u8(at + 2 + (type < 128 ? size - 1 - i : i)) * 256 ** (size - 1 - i);
    }
    value |= 0;
    if (l.verbose > 1 && size <= 4 && value !== -1) {
      if (type === 3 || type === 7) l.text(`${MEDIA[value] ?? "Unknown"} (${value >>> 0})`);
      else if (type === 6 || type === 8) l.text(`${ENCAPSULATIONS[value] ?? "Unknown"} (${value >>> 0})`);
      else if (type !== 2) l.text(`${value >>> 0}`);
    }
    at += size + 2;
    left -= size + 2;
  }
  return true;
}

/** A packet of services by the protocol in its cookie; `false` when that says none. */
function byProtocol(l: Line, { at, length, protocol }: Header): boolean {
  if (protocol === 0x00) l.layers.ip(l, at, length);
  else if (protocol === 0x10) l.layers.ip6(l, at, length);
  else if (protocol === 0x20) printMpls(l, at, length);
  else if (protocol === 0x30) printOsi(l, at, length);
  else return false;
  return true;
}

function multilinkPpp(l: Line, h: Header): void {
  const { at, length, cookie } = h, word = cookie[0]! << 8 | cookie[1]!;
  if (l.link && word !== 0x23 && word !== 0xff03) l.text(`Bundle-ID ${h.bundle}: `);
  if (h.protocol === 0 && cookie[4] === 0x0c) return void printPpp(l, at, length);
  if (byProtocol(l, h)) return;
  if (word === 0x23) printPpp(l, at - 2, length + 2);
  else printPpp(l, at, length);
}

function bundleText(l: Line, { cookie, bundle }: Header): void {
  if (l.link && !(cookie[0] === 0 && cookie[1] === 0 && cookie[2] === 0 && cookie[3] === 1)) {
    l.text(`Bundle-ID ${bundle}, `);
  }
}

function multilinkRelay(l: Line, h: Header): void {
  const { at, length, protocol } = h;
  if (h.cookieSize === 0) return void printMultilink(l, at, length);
  if (h.cookieSize === 8) return void byProtocol(l, h);
  bundleText(l, h);
  if (protocol === 0xfefe) printOsi(l, at + 1, length - 1);
  else if (protocol === 0x0308 || protocol === 0x03cc || protocol === 0x038e) printOsi(l, at - 1, length + 1);
  else l.text(`unknown protocol 0x${hex(protocol, 4)}, length ${length}`);
}

function multilinkFrames(l: Line, h: Header): void {
  const { at, length, protocol } = h;
  bundleText(l, h);
  if (protocol === 0x03 || protocol === 0x0300) printOsi(l, at, length);
  else if (protocol === 0x0308 || protocol === 0x03cc || protocol === 0x038e) printOsi(l, at - 1, length + 1);
  else l.text(`unknown protocol 0x${hex(protocol, 4)}, length ${length}`);
}

function encryption(l: Line, { at, length }: Header): void {
  l.must(at, 16);
  const type = l.u8(at + 3), tunnel = type >= 3;
  if (IPSEC[type] === undefined) return l.text(`ES Invalid type ${type}, length ${length}`);
  if (tunnel) length -= 16;
  if (l.link) {
    l.text(`ES SA, index ${l.u16(at)}, ttl ${l.u8(at + 2)} type ${IPSEC[type]} (${type}), `);
    if (tunnel) l.text(`spi ${l.u32(at + 4)}, Tunnel ${l.ip4Text(at + 8)} > ${l.ip4Text(at + 12)}, `);
    l.text(`length ${length}\n`);
  }
  l.layers.ip(l, tunnel ? at + 16 : at, length);
}

function gateway(l: Line, { at, length, cookie }: Header): void {
  const protocol = cookie[2]!;
  if (l.link) {
    l.text(`proto ${CARRIED[protocol] ?? "Unknown"} (${protocol}), vlan ${cookie[4]! << 8 | cookie[5]!}: `);
  }
  if (protocol === 2) l.layers.ip(l, at, length);
  else if (protocol === 6) l.layers.ip6(l, at, length);
  else if (!l.link) l.text(`unknown GGSN proto (${protocol})`);
}

const POINT_TO_POINT = new Set(
  "0x21 0x23 0x3d 0x57 0x281 0x283 0x8021 0x8023 0x8057 0x8281 0xc021 0xc023 0xc223".split(" ").map(Number),
);

function cells(l: Line, { at, length, cookie, incoming }: Header, second: boolean): void {
  if (second ? (cookie[7]! & 0x70) !== 0 : cookie[0] === 0x80) return printOam(l, at, length, 0);
  const head = l.u24(at);
  if ((head === 0xfefe03 || head === 0xaaaa03) && printLlc(l, at, length) > 0) return;
  if (second && !incoming && (cookie[3]! & 0x3f) !== 0) return void printEther(l, at, length);
  if (l.u8(at) === 3) return printOsi(l, at + 1, length - 1);
  if (second && POINT_TO_POINT.has(l.u16(at))) return void printPpp(l, at, length);
  guess(l, at, length);
}

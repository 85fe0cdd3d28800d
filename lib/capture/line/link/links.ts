// What a packet begins with, by link type. Pure. To add a link type: a line in `PRINTERS` (and its filter layout in
// filter/link.ts). The forms are tcpdump's.
import { LINK, LINK_TYPES, type Packet } from "../../packet.ts";
import { printLocalTalk } from "../network/appletalk.ts";
import { printAtm, printClassicalIp, printSunAtm } from "./atm.ts";
import { printBluetooth, printUsb } from "./buses.ts";
import { printCiscoHdlc } from "./chdlc.ts";
import { printCooked, printCooked2 } from "./cooked.ts";
import { printEther, type SwitchTag } from "./ether.ts";
import { printFrameRelayLink, printMultilink } from "./frame_relay.ts";
import { hexDump, unexplained } from "../core/hexdump.ts";
import { juniperPrinter } from "./juniper.ts";
import type { Line } from "../core/line.ts";
import { printArcnet, printFibreChannel, printFireWire } from "./old_networks.ts";
import { printPpp, printPppHdlc } from "./ppp.ts";
import { printPppoe } from "./pppoe.ts";
import { printFddi, printTokenRing } from "./rings.ts";
import { printSlip } from "./slip.ts";
import { BROADCOM, DSA, EDSA } from "./switch_tags.ts";
import {
  printEncapsulated,
  printFirewall,
  printInfiniband,
  printIpnet,
  printLoop,
  printNetfilter,
  printPacketFilter,
} from "./systems.ts";
import { printVsock } from "./vsock.ts";
import { printWpanTap } from "../wpan/sniffers.ts";
import { printWpan } from "../wpan/wpan.ts";
import { printAvs, printPrism, printRadio, printWifi } from "../wifi/wifi.ts";

type LinkPrinter = (l: Line, at: number, length: number) => number;

/** Printers by LINKTYPE_ value; each gives the octets of the link's header. */
const PRINTERS: Readonly<Record<number, LinkPrinter>> = {
  [LINK.NULL]: (l, at, length) => printLoop(l, "null", at, length),
  [LINK.ETHERNET]: printEther,
  [LINK.IEEE802_5]: printTokenRing,
  7: (l, at, length) => printArcnet(l, at, length, false),
  [LINK.SLIP]: printSlip,
  [LINK.PPP]: (l, at, length) => {
    if (l.has(at, 4)) printPpp(l, at, length);
    else l.text(" [|ppp]");
    return Math.min(4, l.end - at);
  },
  [LINK.FDDI]: printFddi,
  11: printAtm,
  [LINK.RAW_BSD]: raw,
  [LINK.RAW_OPENBSD]: raw,
  19: printClassicalIp,
  [LINK.PPP_HDLC]: printPppHdlc,
  [LINK.PPP_ETHER]: printPppoe,
  99: printFirewall,
  [LINK.ATM_RFC1483]: printAtm,
  [LINK.RAW]: raw,
  [LINK.C_HDLC]: printCiscoHdlc,
  [LINK.IEEE802_11]: printWifi,
  106: printClassicalIp,
  [LINK.FRELAY]: printFrameRelayLink,
  [LINK.LOOP]: (l, at, length) => printLoop(l, "loop", at, length),
  109: printEncapsulated,
  [LINK.LINUX_SLL]: printCooked,
  114: printLocalTalk,
  117: printPacketFilter,
  [LINK.IEEE802_11_PRISM]: printPrism,
  122: printFibreChannel,
  123: printSunAtm,
  [LINK.IEEE802_11_RADIOTAP]: printRadio,
  129: (l, at, length) => printArcnet(l, at, length, true),
  138: printFireWire,
  149: tapped,
  [LINK.IEEE802_11_AVS]: printAvs,
  182: printMultilink,
  189: (l, at) => printUsb(l, at, 48),
  [LINK.PPI]: perPacket,
  195: printWpan,
  201: printBluetooth,
  [LINK.PPP_WITH_DIR]: (l, at, length) => {
    l.text(l.u8(at) === 0 ? "In  " : "Out ");
    return 1 + printPpp(l, at + 1, length - 1);
  },
  220: (l, at) => printUsb(l, at, 64),
  [LINK.IPNET]: printIpnet,
  [LINK.IPV4]: raw,
  [LINK.IPV6]: raw,
  230: printWpan,
  239: printNetfilter,
  242: printInfiniband,
  258: tapped,
  271: (l, at) => printVsock(l, at, l.end - at),
  [LINK.LINUX_SLL2]: printCooked2,
  281: (l, at, length) => tagged(l, "brcm-tag", at, length, BROADCOM),
  282: (l, at, length) => {
    l.protocol = "brcm-tag-prepend";
    l.need(at, 4);
    if (l.link) BROADCOM.print(l, at);
    return 4 + printEther(l, at + 4, length - 4);
  },
  283: printWpanTap,
  284: (l, at, length) => tagged(l, "dsa", at, length, DSA),
  285: (l, at, length) => tagged(l, "edsa", at, length, EDSA),
};

function linkPrinter(link: number): LinkPrinter | undefined {
  return PRINTERS[link] ?? juniperPrinter(link);
}

/** Prints a packet of link type `link` at `at`; gives the octets of its link header. */
export function printLink(l: Line, link: number, at: number, length: number): number {
  if (link === LINK.ETHERNET) return printEther(l, at, length);
  const known = linkPrinter(link);
  if (known !== undefined) return known(l, at, length);
  l.text("UNSUPPORTED");
  hexDump(l.out, l.bytes, at, l.end - at);
  return 0;
}

function tagged(l: Line, name: string, at: number, length: number, tag: SwitchTag): number {
  l.protocol = name;
  return printEther(l, at, length, tag);
}

function raw(l: Line, at: number, length: number): number {
  l.protocol = "raw";
  if (l.link) l.text("ip: ");
  const version = l.u8(at) >> 4;
  if (version === 6) l.layers.ip6(l, at, length);
  else if (version === 4) l.layers.ip(l, at, length);
  else l.text(`unknown ip ${version}`);
  return 0;
}

/** CACE's per-packet information before any other link type. */
function perPacket(l: Line, at: number, length: number): number {
  l.protocol = "ppi";
  if (!l.has(at, 8)) {
    l.text(" [|ppi]");
    return l.end - at;
  }
  const size = l.u16le(at + 2), inner = l.u32le(at + 4);
  if (size < 8 || size > 65532) {
    l.text(` [length ${size} < 8 or > 65532]`);
    l.invalid();
    return l.end - at;
  }
  if (!l.has(at, size)) {
    l.text(" [|ppi]");
    return l.end - at;
  }
  if (inner === LINK.PPI) return size;
  return size + printLink(l, inner, at + size, length - size);
}

/** macOS's packets with the interface and the program that they belong to, before any other link type. */
function tapped(l: Line, at: number, length: number): number {
  l.protocol = "pktap";
  const wrong = (text: string) => {
    l.text(` (${text})`);
    l.invalid();
    return 0;
  };
  if (length < 108) return wrong(`packet too short, ${length} < 108`);
  const inner = l.u32le(at + 8), size = l.u32le(at);
  if (size < 108) return wrong(`pkt_len too small, ${size} < 108`);
  if (size > length) return wrong(`pkt_len too big, ${size} > ${length}`);
  l.must(at, size);
  const name = LINK_TYPES.get(inner)?.[0] ?? "UNKNOWN";
  const header = () => l.text(`${l.quiet ? name : `DLT ${name} (${inner}) len ${size}`}, length ${length}: `);
  if (l.link) header();
  const kind = l.u32le(at + 4);
  if (kind === 0) l.text("no data");
  if (kind !== 1) return size;
  const known = linkPrinter(inner);
  // The inner header counts twice, as tcpdump has it.
  if (known !== undefined) return size + 2 * known(l, at + size, length - size);
  if (!l.link) header();
  unexplained(l, at + size);
  return size;
}

/** EtherTypes that another stands behind. */
const TAGS = new Set([0x8100, 0x88a8, 0x9100, 0x9200]);
/** Types up to here are lengths. LLC stands behind a length, and behind the type of jumbo frames. */
const LARGEST_LENGTH = 1500, JUMBO = 0x8870;

/** Octets of an LLC header, of SNAP's too. */
function logicalHeader(bytes: Uint8Array, at: number, end: number): number {
  if (at + 3 > end) return 0;
  const control = bytes[at + 2]!;
  if ((control & 3) !== 3) return 4;
  return bytes[at] === 0xaa && bytes[at + 1] === 0xaa && control === 3 ? 8 : 3;
}

/** Octets of the link header where printing broke off before they were known. */
export function linkHeader(packet: Packet): number {
  switch (packet.link) {
    case LINK.ETHERNET: {
      const { bytes, start } = packet, end = start + packet.caplen;
      let at = start + 12;
      const type = () => at + 2 <= end ? bytes[at]! << 8 | bytes[at + 1]! : 0xffff;
      while (TAGS.has(type())) at += 4;
      return at + 2 - start + (type() <= LARGEST_LENGTH || type() === JUMBO ? logicalHeader(bytes, at + 2, end) : 0);
    }
    case LINK.LINUX_SLL:
      return packet.caplen < 16 ? 0 : 16;
    case LINK.LINUX_SLL2:
      return packet.caplen < 20 ? 0 : 20;
    case LINK.NULL:
    case LINK.LOOP:
    case LINK.PPP:
    case LINK.C_HDLC:
      return packet.caplen < 4 ? 0 : 4;
  }
  return 0;
}

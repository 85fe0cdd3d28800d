// What a packet begins with, by link type. Pure. To add a link type: a case in `printLink` (and its filter layout in
// filter/link.ts). The forms are tcpdump's.
import { LINK, type Packet } from "../../packet.ts";
import { printCiscoHdlc } from "./chdlc.ts";
import { printCooked, printCooked2 } from "./cooked.ts";
import { printEther, printEtherType } from "./ether.ts";
import { printFrameRelayLink, printMultilink } from "./frame_relay.ts";
import { hexDump, unexplained } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { BSD_FAMILIES, ETHERTYPES } from "../core/names.ts";
import { printPpp, printPppHdlc } from "./ppp.ts";
import { printPppoe } from "./pppoe.ts";
import { BROADCOM, DSA, EDSA } from "./switch_tags.ts";
import { printBluetooth, printUsb } from "./buses.ts";
import { printFddi, printTokenRing } from "./rings.ts";
import { printSlip } from "./slip.ts";
import { printLlc } from "./llc.ts";
import { printOsi } from "../network/osi.ts";
import { printVsock } from "./vsock.ts";
import { printAvs, printPrism, printWifi } from "../wifi/wifi.ts";

/** Prints a packet of link type `link` at `at`; gives the octets of its link header. */
export function printLink(l: Line, link: number, at: number, length: number): number {
  switch (link) {
    case LINK.ETHERNET:
      return printEther(l, at, length);
    case LINK.RAW:
    case LINK.RAW_BSD:
    case LINK.RAW_OPENBSD:
    case LINK.IPV4:
    case LINK.IPV6:
      return raw(l, at, length);
    case LINK.NULL:
    case LINK.LOOP:
      return loopback(l, link === LINK.NULL ? "null" : "loop", at, length);
    case LINK.LINUX_SLL:
      return printCooked(l, at, length);
    case LINK.LINUX_SLL2:
      return printCooked2(l, at, length);
    case LINK.PPP:
      if (l.has(at, 4)) printPpp(l, at, length);
      else l.text(" [|ppp]");
      return Math.min(4, l.end - at);
    case LINK.PPP_HDLC:
      return printPppHdlc(l, at, length);
    case LINK.PPP_WITH_DIR:
      l.text(l.u8(at) === 0 ? "In  " : "Out ");
      return 1 + printPpp(l, at + 1, length - 1);
    case LINK.PPP_ETHER:
      return printPppoe(l, at, length);
    case LINK.C_HDLC:
      return printCiscoHdlc(l, at, length);
    case LINK.IEEE802_11:
    case LINK.IEEE802_11_RADIOTAP:
      return printWifi(l, at, length, l.end - at, link === LINK.IEEE802_11_RADIOTAP);
    case LINK.IEEE802_11_PRISM:
      return printPrism(l, at, length, l.end - at);
    case 163:
      return printAvs(l, at, length, l.end - at);
    case LINK.IEEE802_5:
      return printTokenRing(l, at, length);
    case LINK.FDDI:
      return printFddi(l, at, length);
    case LINK.SLIP:
      return printSlip(l, at, length);
    case 189:
      return printUsb(l, at, 48);
    case 220:
      return printUsb(l, at, 64);
    case 201:
      return printBluetooth(l, at, length);
    case LINK.ATM_RFC1483:
      return atm(l, at, length);
    case LINK.FRELAY:
      return printFrameRelayLink(l, at, length);
    case 182:
      return printMultilink(l, at, length);
    case 226:
      return solaris(l, at, length);
    case 239:
      return netfilter(l, at, length);
    case 242:
      return infiniband(l, at, length);
    case 192:
      return perPacket(l, at, length);
    case 271:
      return printVsock(l, at, l.end - at);
    case 281:
      l.protocol = "brcm-tag";
      return printEther(l, at, length, BROADCOM);
    case 282:
      l.protocol = "brcm-tag-prepend";
      l.need(at, 4);
      if (l.link) BROADCOM.print(l, at);
      return 4 + printEther(l, at + 4, length - 4);
    case 284:
      l.protocol = "dsa";
      return printEther(l, at, length, DSA);
    case 285:
      l.protocol = "edsa";
      return printEther(l, at, length, EDSA);
    case 109:
      return encapsulated(l, at, length);
  }
  l.text("UNSUPPORTED");
  hexDump(l.out, l.bytes, at, l.end - at);
  return 0;
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

/** Swaps the octets of a word. */
const swapped = (word: number) => (word >>> 24 | (word >>> 8 & 0xff00) | (word & 0xff00) << 8 | word << 24) >>> 0;

function loopback(l: Line, name: string, at: number, length: number): number {
  l.protocol = "null";
  l.need(at, 4);
  // The family is in the byte order of the machine that captured: here that is little.
  let family = name === "null" ? swapped(l.u32(at)) : l.u32(at);
  if ((family & 0xffff0000) !== 0) family = swapped(family);
  const header = () => {
    if (!l.quiet) l.text(`AF ${BSD_FAMILIES[family] ?? "Unknown"} (${family}), length ${length}: `);
    else l.text(`${BSD_FAMILIES[family] ?? `Unknown AF ${family}`}, length ${length}: `);
  };
  if (l.link) header();
  const name6 = BSD_FAMILIES[family];
  if (name6 === "IPv4") l.layers.ip(l, at + 4, length - 4);
  else if (name6 === "IPv6") l.layers.ip6(l, at + 4, length - 4);
  else {
    if (!l.link) header();
    unexplained(l, at + 4);
  }
  return 4;
}

/** Solaris' ipnet. */
function solaris(l: Line, at: number, length: number): number {
  l.protocol = "ipnet";
  l.need(at, 24);
  const family = l.u8(at + 1);
  const header = () => {
    const name = ({ 2: "IPv4", 26: "IPv6" } as Record<number, string>)[family];
    l.text(`${l.u32(at + 16)} > ${l.u32(at + 20)}`);
    l.text(
      l.quiet ? `, ${name ?? `Unknown Ethertype (0x${hex(family, 4)})`}` : `, family ${name ?? "Unknown"} (${family})`,
    );
    l.text(`, length ${length}: `);
  };
  if (l.link) header();
  if (family === 2) l.layers.ip(l, at + 24, length - 24);
  else if (family === 26) l.layers.ip6(l, at + 24, length - 24);
  else {
    if (!l.link) header();
    unexplained(l, at + 24);
  }
  return 24;
}

/** Linux netfilter's log: parts, of which one is the packet. */
function netfilter(l: Line, at: number, length: number): number {
  l.protocol = "nflog";
  l.need(at, 4);
  const family = l.u8(at), name = ({ 2: "IPv4", 10: "IPv6" } as Record<number, string>)[family];
  if (l.u8(at + 1) !== 0) {
    l.text(`version ${l.u8(at + 1)} (unknown)`);
    return 4;
  }
  const header = (octets: number) => {
    l.text(`version 0, resource ID ${l.u16(at + 2)}, `);
    l.text(l.quiet ? name ?? `Unknown NFLOG (0x${hex(family, 2)})` : `family ${name ?? "Unknown"} (${family})`);
    l.text(`, length ${octets}: `);
  };
  if (l.link) header(length);
  const end = at + length;
  let cursor = at + 4;
  while (cursor < end) {
    if (!l.has(cursor, 4)) l.cut();
    const size = ((l.u8(cursor) | l.u8(cursor + 1) << 8) + 3) & ~3;
    if (size < 4 || !l.has(cursor, size)) l.cut();
    const payload = (l.u8(cursor + 2) | l.u8(cursor + 3) << 8) === 9;
    cursor += payload ? 4 : size;
    if (payload) break;
  }
  if (name === "IPv4") l.layers.ip(l, cursor, end - cursor);
  else if (name === "IPv6") l.layers.ip6(l, cursor, end - cursor);
  else {
    if (!l.link) header(end - cursor + 4);
    unexplained(l, cursor);
  }
  return cursor - at;
}

function infiniband(l: Line, at: number, length: number): number {
  l.protocol = "ipoib";
  if (!l.has(at, 44) || length < 44) {
    l.text(" [|ipoib]");
    return Math.min(l.end - at, length);
  }
  const type = l.u16(at + 40), name = ETHERTYPES.get(type) ?? "Unknown";
  const header = () => {
    l.text("IPOIB, ethertype ");
    l.text(`${l.quiet ? name : `${name} (0x${hex(type, 4)})`}, length ${length}: `);
  };
  if (l.link) header();
  if (!printEtherType(l, type, at + 44, length - 44)) {
    if (!l.link) header();
    unexplained(l, at + 44);
  }
  return 44;
}

/** CACE's per-packet information before any other link type. */
function perPacket(l: Line, at: number, length: number): number {
  l.protocol = "ppi";
  if (!l.has(at, 8)) {
    l.text(" [|ppi]");
    return l.end - at;
  }
  const little = (from: number) => l.u8(from) | l.u8(from + 1) << 8;
  const size = little(at + 2), inner = (little(at + 4) | little(at + 6) << 16) >>> 0;
  if (size < 8 || size > 65532) {
    l.text(` [length ${size} < 8 or > 65532]`);
    l.invalid();
    return l.end - at;
  }
  if (!l.has(at, size)) {
    l.text(" [|ppi]");
    return l.end - at;
  }
  if (inner === 192) return size;
  return size + printLink(l, inner, at + size, length - size);
}

/** OpenBSD's view of what IPsec carries. */
function encapsulated(l: Line, at: number, length: number): number {
  l.protocol = "enc";
  l.need(at, 12);
  let family = swapped(l.u32(at)), flags = swapped(l.u32(at + 8));
  if ((family & 0xffff0000) !== 0) [family, flags] = [swapped(family), swapped(flags)];
  if (flags === 0) l.text("(unprotected): ");
  else l.text("(");
  for (const [bit, name] of [[0x0800, "authentic"], [0x0400, "confidential"]] as const) {
    if ((flags & bit) === 0) continue;
    l.text(`${name}${flags === bit ? "): " : ","}`);
    flags &= ~bit;
  }
  l.text(`SPI 0x${hex(l.u32(at + 4), 8)}: `);
  if (BSD_FAMILIES[family] === "IPv4") l.layers.ip(l, at + 12, length - 12);
  else if (BSD_FAMILIES[family] === "IPv6") l.layers.ip6(l, at + 12, length - 12);
  return 12;
}

/** Octets of the link header where printing broke off before they were known. */
export function linkHeader(packet: Packet): number {
  switch (packet.link) {
    case LINK.ETHERNET: {
      let at = packet.start + 12, header = 14;
      const end = packet.start + packet.caplen;
      while (at + 2 <= end && packet.bytes[at] === 0x81 && packet.bytes[at + 1] === 0) {
        at += 4;
        header += 4;
      }
      return header;
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

/** RFC 2684: IEEE 802.2, behind the header of classical IP over ATM where that is there. */
function atm(l: Line, at: number, length: number): number {
  l.protocol = "atm";
  if (l.u8(at) === 3) {
    if (l.link) l.text("CNLPID ");
    l.header = 1;
    printOsi(l, at + 1, length - 1);
    return 1;
  }
  let header = 0;
  const kind = l.u24(at);
  if (kind !== 0xaaaa03 && kind !== 0xfefe03 && kind !== 0x060603) {
    if (l.link) {
      for (const [i, after] of ["", " ", "", " "].entries()) l.text(`${hex(l.u32(at + i * 4), 8)}${after}`);
    }
    header = 20;
    l.need(at, header);
  }
  l.header = header;
  const used = printLlc(l, at + header, length - header);
  if (used < 0) unexplained(l, at + header);
  return header + Math.abs(used);
}

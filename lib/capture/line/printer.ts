// One line for each packet, as `tcpdump -n` writes it. Pure: text goes into a buffer that the caller empties.
// To add a link type: a case in `#linkLayer` (and its filter layout in filter/link.ts).
import { LINK, type Packet } from "../packet.ts";
import { printEther, printEtherType } from "./ether.ts";
import { asciiDump, hexDump } from "./hexdump.ts";
import type { TextBuffer } from "./buffer.ts";
import { printIp } from "./ip.ts";
import { printIp6 } from "./ip6.ts";
import { type Layers, Line, type LineOptions, TRUNCATED } from "./line.ts";
import { printLlc } from "./llc.ts";
import { ETHERTYPES } from "./names.ts";
import { printPpp } from "./ppp.ts";
import { TimeStamps } from "./time.ts";
import { printWifi } from "./wifi.ts";

const LAYERS: Layers = { ip: printIp, ip6: printIp6, ether: printEther, etherType: printEtherType };

/** Prints packets; keeps what lines refer back to (first sequence numbers, times before). */
export class LinePrinter {
  readonly #line: Line;
  readonly #times: TimeStamps;
  #count = 0;

  constructor(options: LineOptions = {}) {
    this.#line = new Line(options, LAYERS);
    this.#times = new TimeStamps(this.#line.options.time, this.#line.options.nano);
  }

  /** What was printed and not yet taken. */
  get out(): TextBuffer {
    return this.#line.out;
  }

  /** Appends the packet's line, with its line feed. */
  print(packet: Packet): void {
    const l = this.#line;
    const { out, options } = l;
    if (options.numbers) {
      const text = String(++this.#count);
      out.text(`${" ".repeat(Math.max(0, 5 - text.length))}${text}  `);
    }
    if (options.colour) out.text("\x1b[36m");
    this.#times.write(out, packet);
    if (options.colour) out.text("\x1b[0m");
    l.bytes = packet.bytes;
    l.end = packet.start + packet.caplen;
    l.depth = 0;
    l.checked = false;
    l.ip = packet.start;
    const { end } = l;
    let header = 0;
    try {
      header = this.#linkLayer(l, packet);
    } catch (error) {
      if (error !== TRUNCATED) throw error;
      out.text(` [|${l.protocol}]`);
      header = l.checked ? linkHeader(packet) : 0;
    }
    l.end = end;
    if (options.hexAscii > 0 || options.hex > 0 || options.ascii) this.#dump(packet, header);
    out.char(10);
  }

  #dump(packet: Packet, header: number): void {
    const { out, options } = this.#line;
    const { bytes, start, caplen } = packet;
    const skip = Math.min(header, caplen);
    if (options.hexAscii > 0) {
      const from = options.hexAscii > 1 ? 0 : skip;
      hexDump(out, bytes, start + from, caplen - from);
    } else if (options.hex > 0) {
      const from = options.hex > 1 ? 0 : skip;
      hexDump(out, bytes, start + from, caplen - from, false);
    } else asciiDump(out, bytes, start + skip, caplen - skip);
  }

  /** Prints everything from the link layer on; gives the octets of the link header. */
  #linkLayer(l: Line, packet: Packet): number {
    const { start, length, caplen } = packet;
    switch (packet.link) {
      case LINK.ETHERNET:
        return printEther(l, start, length);
      case LINK.RAW:
      case LINK.RAW_BSD:
      case LINK.RAW_OPENBSD: {
        if (l.link) l.text("ip: ");
        l.protocol = "raw";
        const version = l.u8(start) >> 4;
        if (version === 6) printIp6(l, start, length);
        else if (version === 4) printIp(l, start, length);
        else l.text(`unknown ip ${version}`);
        return 0;
      }
      case LINK.IPV4:
        if (l.link) l.text("ip: ");
        printIp(l, start, length);
        return 0;
      case LINK.IPV6:
        if (l.link) l.text("ip: ");
        printIp6(l, start, length);
        return 0;
      case LINK.NULL:
      case LINK.LOOP:
        return this.#loopback(l, packet);
      case LINK.LINUX_SLL:
        return this.#cooked(l, packet);
      case LINK.LINUX_SLL2:
        return this.#cooked2(l, packet);
      case LINK.PPP:
      case LINK.PPP_HDLC:
        printPpp(l, start, length);
        return 4;
      case LINK.PPP_WITH_DIR:
        if (caplen < 1) break;
        l.text(l.u8(start) === 0 ? "In  " : "Out ");
        printPpp(l, start + 1, length - 1);
        return 1;
      case LINK.C_HDLC:
        return this.#cisco(l, packet);
      case LINK.IEEE802_11:
      case LINK.IEEE802_11_RADIOTAP:
        return printWifi(l, start, length, caplen, packet.link === LINK.IEEE802_11_RADIOTAP);
    }
    l.text(`link type ${packet.link}, length ${length}: `);
    if (l.options.hex === 0 && l.options.hexAscii === 0 && !l.options.ascii) hexDump(l.out, l.bytes, start, caplen);
    return 0;
  }

  #loopback(l: Line, packet: Packet): number {
    const { start, length } = packet;
    l.protocol = packet.link === LINK.NULL ? "null" : "loop";
    if (length < 4 || !l.has(start, 4)) {
      l.text(` [|${l.protocol}]`);
      return 0;
    }
    // The family is in the byte order of the machine that captured.
    let family = l.u32(start);
    if (family > 0xffff) {
      family = (family >>> 24 | (family >>> 8 & 0xff00) | (family & 0xff00) << 8 | family << 24) >>> 0;
    }
    if (l.link) {
      const name = family === 2 ? "IPv4" : family === 24 || family === 28 || family === 30 ? "IPv6" : "Unknown";
      if (!l.quiet) l.text(`AF ${name} (${family}), length ${length}: `);
      else l.text(`${name === "Unknown" ? `Unknown AF ${family}` : name}, length ${length}: `);
    }
    switch (family) {
      case 2:
        printIp(l, start + 4, length - 4);
        return 4;
      case 24:
      case 28:
      case 30:
        printIp6(l, start + 4, length - 4);
        return 4;
    }
    if (!l.link) l.text(`AF Unknown (${family}), length ${length}: `);
    if (l.options.hex === 0 && l.options.hexAscii === 0 && !l.options.ascii) {
      hexDump(l.out, l.bytes, start + 4, l.end - start - 4);
    }
    return 4;
  }

  #cooked(l: Line, packet: Packet): number {
    const { start, length } = packet;
    l.protocol = "sll";
    if (length < 16 || !l.has(start, 16)) {
      l.text(" [|sll]");
      return 0;
    }
    const type = l.u16(start + 14);
    const header = () => {
      l.text(`${[" In", "  B", "  M", "  P", "Out"][l.u16(start)] ?? "???"} `);
      this.#cookedHeader(l, l.u16(start + 4), start + 6, type, length);
    };
    if (l.link) header();
    return 16 + this.#cookedPayload(l, type, start + 16, length - 16, header);
  }

  #cooked2(l: Line, packet: Packet): number {
    const { start, length } = packet;
    l.protocol = "sll2";
    if (length < 20 || !l.has(start, 20)) {
      l.text(" [|sll2]");
      return 0;
    }
    const index = l.u32(start + 4);
    const name = l.options.interfaceName?.(index) ?? "?";
    l.text(`${name.padEnd(5)} ${(["In", "B", "M", "P", "Out"][l.u8(start + 10)] ?? "???").padEnd(3)} `);
    const type = l.u16(start);
    const header = () => {
      l.text(`ifindex ${index} `);
      this.#cookedHeader(l, l.u8(start + 11), start + 12, type, length);
    };
    if (l.link) header();
    return 20 + this.#cookedPayload(l, type, start + 20, length - 20, header);
  }

  /** Address, protocol and length, as -e shows them. */
  #cookedHeader(l: Line, size: number, address: number, type: number, length: number): void {
    if (size === 6) {
      l.mac(address);
      l.text(" ");
    }
    if (l.quiet) return;
    const hex = `(0x${type.toString(16).padStart(4, "0")})`;
    l.text(type === 1 ? "802.3" : type === 4 ? "802.2" : `ethertype ${ETHERTYPES.get(type) ?? "Unknown"} ${hex}`);
    l.text(`, length ${length}: `);
  }

  /** Gives the octets of VLAN tags. `header` writes the link header, where nothing else can be said. */
  #cookedPayload(l: Line, type: number, at: number, length: number, header: () => void): number {
    let tags = 0;
    while (type === 0x8100 && l.has(at, 4) && length >= 4) {
      const tag = l.u16(at);
      type = l.u16(at + 2);
      if (l.link) {
        l.text(`vlan ${tag & 0xfff}, p ${tag >> 13}${(tag & 0x1000) !== 0 ? ", DEI" : ""}, `);
      }
      l.text(`ethertype ${ETHERTYPES.get(type) ?? "Unknown"}, `);
      at += 4;
      length -= 4;
      tags += 4;
    }
    if (type === 4) {
      const used = printLlc(l, at, length, -1);
      if (used >= 0) return tags + used;
    } else if (type > 1500) {
      if (printEtherType(l, type, at, length)) return tags;
      if (!l.link) header();
    }
    const { hex, hexAscii, ascii } = l.options;
    if (hex === 0 && hexAscii === 0 && !ascii && !l.quiet) hexDump(l.out, l.bytes, at, l.end - at);
    return tags;
  }

  #cisco(l: Line, packet: Packet): number {
    const { start, length } = packet;
    l.protocol = "chdlc";
    if (length < 4 || !l.has(start, 4)) {
      l.text("[|chdlc]");
      return 0;
    }
    const protocol = l.u16(start + 2);
    if (l.link) {
      const to = l.u8(start);
      l.text(to === 0x0f ? "unicast, " : to === 0x8f ? "bcast, " : `0x${to.toString(16).padStart(2, "0")} `);
      l.text(
        `ethertype ${ETHERTYPES.get(protocol) ?? "Unknown"} (0x${
          protocol.toString(16).padStart(4, "0")
        }), length ${length}: `,
      );
    }
    if (!printEtherType(l, protocol, start + 4, length - 4) && !l.link) {
      l.text(`unknown CHDLC protocol (0x${protocol.toString(16).padStart(4, "0")})`);
    }
    return 4;
  }
}

/** Octets of the link header where printing broke off before they were known. */
function linkHeader(packet: Packet): number {
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
      return 16;
    case LINK.LINUX_SLL2:
      return 20;
    case LINK.NULL:
    case LINK.LOOP:
    case LINK.PPP:
    case LINK.C_HDLC:
      return 4;
  }
  return 0;
}

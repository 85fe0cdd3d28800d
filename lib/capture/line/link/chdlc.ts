// Cisco's HDLC in a line, with its own address protocol. Pure. The form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { printMpls } from "../network/mpls.ts";
import { ETHERTYPES } from "../core/names.ts";
import { printOsi } from "../network/osi.ts";

/** A frame of `length` octets at `at`; gives the octets of its header. */
export function printCiscoHdlc(l: Line, at: number, length: number): number {
  l.protocol = "chdlc";
  const cut = () => {
    l.text(" [|chdlc]");
    return l.end - at;
  };
  if (length < 4) return cut();
  const type = l.u16(at + 2);
  if (l.link) {
    const to = l.u8(at);
    l.text(to === 0x0f ? "unicast" : to === 0x8f ? "bcast" : `0x${hex(to, 2)}`);
    l.text(`, ethertype ${ETHERTYPES[type] ?? "Unknown"} (0x${hex(type, 4)}), length ${length}: `);
  }
  const body = at + 4, left = length - 4;
  switch (type) {
    case 0x0800:
      l.layers.ip(l, body, left);
      break;
    case 0x86dd:
      l.layers.ip6(l, body, left);
      break;
    case 0x8035:
      slarp(l, body, left);
      break;
    case 0x8847:
    case 0x8848:
      printMpls(l, body, left);
      break;
    case 0xfefe: {
      if (left < 2) return cut();
      // A fudge octet stands before the protocol of some.
      const second = l.u8(body + 1);
      if (second >= 0x81 && second <= 0x83) printOsi(l, body + 1, left - 1);
      else printOsi(l, body, left);
      break;
    }
    default:
      if (!l.link) l.text(`unknown CHDLC protocol (0x${hex(type, 4)})`);
  }
  return 4;
}

/** Serial line address resolution. */
function slarp(l: Line, at: number, length: number): void {
  l.protocol = "chdlc_slarp";
  l.text(`SLARP (length: ${length}), `);
  if (length < 14) l.cut();
  l.need(at, 14);
  const code = l.u32(at);
  if (code === 0) l.text("request");
  else if (code === 1) l.text(`reply ${l.ip4Text(at + 4)}/${l.ip4Text(at + 8)}`);
  else if (code === 2) {
    l.text(`keepalive: mineseen=0x${hex(l.u32(at + 4), 8)}, yourseen=0x${hex(l.u32(at + 8), 8)}, `);
    l.text(`reliability=0x${hex(l.u16(at + 12), 4)}`);
    if (length >= 18) {
      const seconds = Math.floor(l.u32(at + 14) / 1000), minutes = Math.floor(seconds / 60);
      const hours = Math.floor(minutes / 60);
      l.text(`, link uptime=${Math.floor(hours / 24)}d${hours % 24}h${minutes % 60}m${seconds % 60}s`);
    }
  } else {
    l.text(`0x${hex(code, 2)} unknown`);
    if (l.verbose <= 1) unknownData(l, at + 4, "\n\t", length - 4);
  }
  if (length > 18 && l.verbose > 0) l.text(`, (trailing junk: ${length - 18} bytes)`);
  // Behind a keepalive with an uptime tcpdump shows what is behind its first fourteen octets only.
  if (l.verbose > 1) unknownData(l, at + (code === 2 && length >= 18 ? 18 : 4), "\n\t", length - 4);
}

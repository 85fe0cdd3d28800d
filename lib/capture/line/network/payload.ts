// What follows an IP header, by protocol number. Pure. To add a protocol: a line in `PROTOCOLS`.
import { printEsp } from "../tunnel/esp.ts";
import { printDccp } from "../transport/dccp.ts";
import { printEgp } from "../routing/egp.ts";
import { printEigrp } from "../routing/eigrp.ts";
import { printIcmp } from "./icmp.ts";
import { printGre } from "../tunnel/gre.ts";
import { printIgrp } from "../routing/igrp.ts";
import { printMobile } from "../tunnel/mobile.ts";
import { printIcmp6 } from "./icmp6.ts";
import { printIgmp } from "./igmp.ts";
import { hex, type Line } from "../core/line.ts";
import { IP_PROTOCOLS } from "../core/names.ts";
import { byOctet } from "../core/table.ts";
import { printOspf } from "../routing/ospf.ts";
import { printOspf6 } from "../routing/ospf6.ts";
import { printPim } from "../routing/pim.ts";
import { printCarp, printVrrp } from "../routing/redundancy.ts";
import { printRsvp } from "../routing/rsvp.ts";
import { printPgm } from "../transport/pgm.ts";
import { printSctp } from "../transport/sctp.ts";
import { printTcp } from "../transport/tcp.ts";
import { printUdp } from "../transport/udp.ts";

type Printer = (l: Line, at: number, length: number) => void;

/** What only one version of IP carries. */
function within(ver: 4 | 6, protocol: number, print: Printer): Printer {
  return (l, at, length) => {
    if (l.ip.ver === ver) print(l, at, length);
    else l.text(`[${IP_PROTOCOLS[protocol] ?? "unknown"} requires IPv${ver}] (invalid)`);
  };
}

const PROTOCOLS = byOctet<Printer>({
  1: within(4, 1, printIcmp),
  2: within(4, 2, printIgmp),
  4: (l, at, length) => l.layers.ip(l, at, length),
  8: printEgp,
  9: printIgrp,
  33: printDccp,
  41: (l, at, length) => l.layers.ip6(l, at, length),
  46: printRsvp,
  47: printGre,
  50: printEsp,
  55: printMobile,
  58: within(6, 58, printIcmp6),
  59: (l) => l.text("no next header"),
  77: (l, _, length) => l.text(` nd ${length}`),
  88: printEigrp,
  89: (l, at, length) => (l.ip.ver === 6 ? printOspf6 : printOspf)(l, at, length),
  103: printPim,
  108: (l, at) => {
    l.protocol = "ipcomp";
    l.text(`IPComp(cpi=0x${hex(l.u16(at + 2), 4)})`);
  },
  112: (l, at, length) => (l.options.forced === "carp" ? printCarp : printVrrp)(l, at, length),
  113: printPgm,
  132: printSctp,
  143: within(6, 143, (l, at, length) => l.layers.ether(l, at, length)),
});
const TCP = 6, UDP = 17, AUTHENTICATION = 51;
/** Whether a protocol tells itself who speaks to whom, with its ports. */
export function tellsEnds(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === 33 || protocol === 132;
}

/** Payload of `length` octets at `at`, behind headers that authenticate it. */
export function printPayload(l: Line, at: number, length: number, protocol: number): void {
  for (let headers = 0; headers < 16; headers++) {
    if (protocol !== AUTHENTICATION) {
      // Nearly all packets: what they carry is not looked up.
      if (protocol === TCP) return printTcp(l, at, length);
      if (protocol === UDP) return printUdp(l, at, length);
      const print = PROTOCOLS[protocol];
      return print === undefined ? l.text(` ip-proto-${protocol} ${length}`) : print(l, at, length);
    }
    const size = printAuthentication(l, at);
    protocol = l.u8(at);
    at += size;
    length -= size;
  }
}

/** The header of RFC 4302; gives its octets. */
function printAuthentication(l: Line, at: number): number {
  l.protocol = "ah";
  l.u8(at);
  l.text("AH");
  const words = l.u8(at + 1), size = (words + 2) * 4;
  l.text("(");
  if (l.verbose > 0) l.text(`length=${words}(${size}-bytes),`);
  if (l.u16(at + 2) !== 0) l.text(`reserved=0x${hex(l.u16(at + 2))}[MustBeZero],`);
  l.text(`spi=0x${hex(l.u32(at + 4), 8)},`);
  l.text(`seq=0x${hex(l.u32(at + 8))},icv=0x`);
  for (let i = 12; i < size; i++) l.out.hex(l.u8(at + i), 2);
  l.text("): ");
  return size;
}

// What follows an IP header, by protocol number. Pure. To add a protocol: a case here and a printer.
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
import { printOspf } from "../routing/ospf.ts";
import { printOspf6 } from "../routing/ospf6.ts";
import { printPim } from "../routing/pim.ts";
import { printCarp, printVrrp } from "../routing/redundancy.ts";
import { printRsvp } from "../routing/rsvp.ts";
import { printPgm } from "../transport/pgm.ts";
import { printSctp } from "../transport/sctp.ts";
import { printTcp } from "../transport/tcp.ts";
import { printUdp } from "../transport/udp.ts";

/** Payload of `length` octets at `at`; `hops` is the TTL or hop limit. */
export function printPayload(
  l: Line,
  at: number,
  length: number,
  ver: 4 | 6,
  fragmented: boolean,
  hops: number,
  protocol: number,
): void {
  for (let headers = 0; headers < 16; headers++) {
    switch (protocol) {
      case 6:
        return printTcp(l, at, length, ver, fragmented);
      case 17:
        return printUdp(l, at, length, ver, fragmented, hops);
      case 1:
        return ver === 4 ? printIcmp(l, at, length, fragmented) : requires(l, protocol, 4);
      case 58:
        return ver === 6 ? printIcmp6(l, at, length, fragmented) : requires(l, protocol, 6);
      case 2:
        return ver === 4 ? printIgmp(l, at, length) : requires(l, protocol, 4);
      case 4:
        return l.layers.ip(l, at, length);
      case 41:
        return l.layers.ip6(l, at, length);
      case 51: {
        l.protocol = "ah";
        l.u8(at);
        l.text("AH");
        const size = (l.u8(at + 1) + 2) * 4;
        l.text("(");
        if (l.verbose > 0) l.text(`length=${l.u8(at + 1)}(${size}-bytes),`);
        if (l.u16(at + 2) !== 0) l.text(`reserved=0x${hex(l.u16(at + 2))}[MustBeZero],`);
        l.text(`spi=0x${l.u32(at + 4).toString(16).padStart(8, "0")},`);
        l.text(`seq=0x${l.u32(at + 8).toString(16)},icv=0x`);
        for (let i = 12; i < size; i++) l.out.hex(l.u8(at + i), 2);
        l.text("): ");
        protocol = l.u8(at);
        at += size;
        length -= size;
        continue;
      }
      case 50:
        return printEsp(l, at, length, { ver, fragmented, hops });
      case 8:
        return printEgp(l, at, length);
      case 9:
        return printIgrp(l, at, length);
      case 55:
        return printMobile(l, at, length);
      case 47:
        return printGre(l, at, length);
      case 46:
        return printRsvp(l, at, length);
      case 88:
        return printEigrp(l, at, length);
      case 89:
        return ver === 6 ? printOspf6(l, at, length) : printOspf(l, at, length);
      case 143:
        if (ver === 6) l.layers.ether(l, at, length);
        else requires(l, protocol, 6);
        return;
      case 103:
        return printPim(l, at, length, ver);
      case 108:
        l.protocol = "ipcomp";
        return l.text(`IPComp(cpi=0x${l.u16(at + 2).toString(16).padStart(4, "0")})`);
      case 112:
        if (l.options.forced === "carp") printCarp(l, at, length, hops);
        else printVrrp(l, at, length, ver, hops);
        return;
      case 113:
        return printPgm(l, at, length, ver);
      case 33:
        return printDccp(l, at, length, ver);
      case 132:
        return printSctp(l, at, length, ver);
      case 59:
        return l.text("no next header");
      case 77:
        return l.text(` nd ${length}`);
      default:
        return l.text(` ip-proto-${protocol} ${length}`);
    }
  }
}

function requires(l: Line, protocol: number, ver: 4 | 6): void {
  l.text(`[${IP_PROTOCOLS[protocol] ?? "unknown"} requires IPv${ver}] (invalid)`);
}

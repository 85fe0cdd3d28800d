// What follows an IP header, by protocol number. Pure. To add a protocol: a case here and a printer.
import { printIcmp } from "./icmp.ts";
import { printGre } from "./gre.ts";
import { printIcmp6 } from "./icmp6.ts";
import { printIgmp } from "./igmp.ts";
import type { Line } from "./line.ts";
import { IP_PROTOCOLS } from "./names.ts";
import { printSctp } from "./sctp.ts";
import { printTcp } from "./tcp.ts";
import { printUdp } from "./udp.ts";

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
        return printUdp(l, at, length, ver, fragmented);
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
        l.need(at, 12);
        const size = (l.u8(at + 1) + 2) * 4;
        l.text("AH(");
        if (l.verbose > 0) l.text(`length=${l.u8(at + 1)}(${size}-bytes),`);
        if (l.u16(at + 2) !== 0) l.text(`reserved[not MBZ],`);
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
        l.protocol = "esp";
        l.need(at, 8);
        l.text(
          `ESP(spi=0x${l.u32(at).toString(16).padStart(8, "0")},seq=0x${l.u32(at + 4).toString(16)}), length ${length}`,
        );
        return;
      case 47:
        return printGre(l, at, length);
      case 46:
        l.protocol = "rsvp";
        l.need(at, 8);
        l.text(`RSVPv${l.u8(at) >> 4} ${RSVP[l.u8(at + 1)] ?? `unknown (${l.u8(at + 1)})`} Message, length: ${length}`);
        return;
      case 88:
        l.protocol = "eigrp";
        l.need(at, 20);
        if (l.u8(at) !== 2) l.text(`EIGRP version ${l.u8(at)} packet not supported`);
        else l.text(`EIGRP ${EIGRP[l.u8(at + 1)] ?? `unknown, type: ${l.u8(at + 1)}`}, length: ${length}`);
        return;
      case 89:
        return printOspf(l, at, length, ver);
      case 97:
        if (ver === 6) l.layers.ether(l, at, length);
        else requires(l, protocol, 6);
        return;
      case 103:
        return printPim(l, at, length);
      case 108:
        l.protocol = "ipcomp";
        l.text("IPComp(");
        l.text(`cpi=0x${l.u16(at + 2).toString(16).padStart(4, "0")})`);
        return;
      case 112:
        return printVrrp(l, at, length, ver, hops);
      case 132:
        return printSctp(l, at, length, ver);
      case 59:
        l.text("no next header");
        return;
      case 77:
        l.text(` nd ${length}`);
        return;
      default:
        l.text(` ip-proto-${protocol} ${length}`);
        return;
    }
  }
}

function requires(l: Line, protocol: number, ver: 4 | 6): void {
  l.text(`[${IP_PROTOCOLS.get(protocol) ?? "unknown"} requires IPv${ver}] (invalid)`);
}

const RSVP: Record<number, string> = {
  1: "Path",
  2: "Resv",
  3: "PathErr",
  4: "ResvErr",
  5: "PathTear",
  6: "ResvTear",
  7: "ResvConf",
  12: "Bundle",
  13: "ACK",
  15: "Summary Refresh",
  20: "Hello",
};
const EIGRP: Record<number, string> = { 1: "Update", 3: "Query", 4: "Reply", 5: "Hello", 6: "IPX SAP", 8: "Ack" };
const OSPF: Record<number, string> = {
  1: "Hello",
  2: "Database Description",
  3: "LS-Request",
  4: "LS-Update",
  5: "LS-Ack",
};

function printOspf(l: Line, at: number, length: number, ver: 4 | 6): void {
  l.protocol = ver === 6 ? "ospf3" : "ospf2";
  l.text(`OSPFv${l.u8(at)}`);
  l.text(`, ${OSPF[l.u8(at + 1)] ?? `unknown packet type (${l.u8(at + 1)})`}, length ${length}`);
}

const PIM: Record<number, string> = {
  0: "Hello",
  1: "Register",
  2: "Register-Stop",
  3: "Join / Prune",
  4: "Bootstrap",
  5: "Assert",
  6: "Graft",
  7: "Graft-ACK",
  8: "Candidate RP Advertisement",
  9: "Prune-Refresh",
  10: "DF-Election",
  11: "ECMP Redirect",
};

function printPim(l: Line, at: number, length: number): void {
  l.protocol = "pim";
  const first = l.u8(at);
  if (first >> 4 !== 2) {
    l.text(`[pim-version ${first >> 4}], length ${length}`);
    return;
  }
  l.text(`PIMv2, ${PIM[first & 15] ?? "Unknown-Type"}, length ${length}`);
}

function printVrrp(l: Line, at: number, length: number, ver: 4 | 6, hops: number): void {
  l.protocol = "vrrp";
  const version = l.u8(at) >> 4, type = l.u8(at) & 15;
  l.text(`VRRPv${version}, ${type === 1 ? "Advertisement" : `[type#${type}]`}`);
  if (hops !== 255) l.text(`, (ttl ${hops})`);
  if (version < 2 || version > 3 || type !== 1) return;
  l.text(`, vrid ${l.u8(at + 1)}, prio ${l.u8(at + 2)}`);
  if (version === 2) {
    const auth = l.u8(at + 4);
    const name = ["none", "simple", "ah"][auth];
    l.text(name === undefined ? `, authtype ${auth}` : `, authtype ${name}`);
    l.text(`, intvl ${l.u8(at + 5)}s, length ${length}`);
  } else l.text(`, intvl ${(l.u16(at + 4) & 0xfff)}cs, length ${length}`);
  if (l.verbose === 0) return;
  l.text(", addrs");
  const size = ver === 4 ? 4 : 16;
  for (let i = 0; i < l.u8(at + 3); i++) {
    l.text(i === 0 ? ": " : ",");
    if (size === 4) l.ip4(at + 8 + i * 4);
    else l.ip6(at + 8 + i * 16);
  }
}

// What follows an IP header, by protocol number. Pure. To add a protocol: a case here and a printer.
import { printIcmp } from "./icmp.ts";
import { printIcmp6 } from "./icmp6.ts";
import { printIgmp } from "./igmp.ts";
import { bitNames, type Line } from "./line.ts";
import { ETHERTYPES, IP_PROTOCOLS } from "./names.ts";
import { printEnds, printTcp } from "./tcp.ts";
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

const CHUNKS: Record<number, string> = {
  0: "DATA",
  1: "INIT",
  2: "INIT ACK",
  3: "SACK",
  4: "HB REQ",
  5: "HB ACK",
  6: "ABORT",
  7: "SHUTDOWN",
  8: "SHUTDOWN ACK",
  9: "OP ERR",
  10: "COOKIE ECHO",
  11: "COOKIE ACK",
  12: "ECN ECHO",
  13: "CWR",
  14: "SHUTDOWN COMPLETE",
  15: "AUTH",
};

function printSctp(l: Line, at: number, length: number, ver: 4 | 6): void {
  l.protocol = "sctp";
  if (length < 12) {
    l.text(`truncated-sctp - ${12 - length} bytes missing!`);
    return;
  }
  l.need(at, 12);
  printEnds(l, at, ver, 132);
  l.text("sctp");
  let cursor = at + 12;
  const end = at + length;
  for (let i = 1; cursor < end && i < 1000; i++) {
    const type = l.u8(cursor), size = l.u16(cursor + 2);
    l.text(`${l.verbose > 0 ? "\n\t" : " "}(${i}) `);
    l.text(`[${CHUNKS[type] ?? `Unknown chunk type: 0x${type.toString(16).padStart(2, "0")}`}] `);
    if (size < 4) {
      l.text(`[Bad chunk length ${size}, < size of chunk header] (invalid)`);
      return;
    }
    if (cursor + size > end) {
      l.text(`[Bad chunk length ${size}, > remaining data in packet] (invalid)`);
      return;
    }
    l.need(cursor, size);
    if (type === 0 && size >= 16) {
      const flags = l.u8(cursor + 1) & 3;
      l.text(["", "", "", ""][flags]!);
      if (flags === 3) l.text("(B)(E) ");
      else if (flags === 2) l.text("(B) ");
      else if (flags === 1) l.text("(E) ");
      l.text(
        `[TSN: ${l.u32(cursor + 4)}] [SID: ${l.u16(cursor + 8)}] [SSEQ ${l.u16(cursor + 10)}] [PPID ${
          ppid(l.u32(cursor + 12))
        }] `,
      );
    } else if ((type === 1 || type === 2) && size >= 20) {
      l.text(
        `[init tag: ${l.u32(cursor + 4)}] [rwnd: ${l.u32(cursor + 8)}] [OS: ${l.u16(cursor + 12)}] [MIS: ${
          l.u16(cursor + 14)
        }] [init TSN: ${l.u32(cursor + 16)}] `,
      );
    } else if (type === 3 && size >= 16) {
      l.text(
        `[cum ack ${l.u32(cursor + 4)}] [a_rwnd ${l.u32(cursor + 8)}] [#gap acks ${l.u16(cursor + 12)}] [#dup tsns ${
          l.u16(cursor + 14)
        }] `,
      );
    }
    cursor += (size + 3) & ~3;
  }
}

const ppid = (value: number) => value === 0 ? "unspecified" : String(value);

const GRE_FLAGS = [
  [0x8000, "checksum present"],
  [0x4000, "routing present"],
  [0x2000, "key present"],
  [0x1000, "sequence# present"],
  [0x0800, "source routing present"],
] as const;

/** Generic routing encapsulation. RFC 2784, RFC 2890. */
function printGre(l: Line, at: number, length: number): void {
  l.protocol = "gre";
  const flags = l.u16(at);
  const version = flags & 7;
  l.text(`GREv${version}`);
  if (version > 1) {
    l.text(` ERROR: unknown-version`);
    return;
  }
  const type = l.u16(at + 2);
  if (l.verbose > 0) l.text(`, Flags [${bitNames(GRE_FLAGS, flags, "none")}]`);
  let cursor = at + 4;
  let left = length - 4;
  const skip = (count: number) => {
    cursor += count;
    left -= count;
  };
  if (version === 1) {
    if ((flags & 0x2000) !== 0) {
      l.text(`, call ${l.u16(cursor + 2)}`);
      skip(4);
    }
    if ((flags & 0x1000) !== 0) {
      l.text(`, seq ${l.u32(cursor)}`);
      skip(4);
    }
    if ((flags & 0x0080) !== 0) {
      l.text(`, ack ${l.u32(cursor)}`);
      skip(4);
    }
    if ((flags & 0x1000) === 0) {
      l.text(", no-payload");
      l.text(`, length ${length}`);
      return;
    }
    l.text(`, length ${length}: `);
    l.text(type === 0x880b ? "gre-ppp-payload" : `gre-proto-0x${type.toString(16)}`);
    return;
  }
  if ((flags & 0xc000) !== 0) {
    if (l.verbose > 0) l.text(`, sum 0x${l.u16(cursor).toString(16)}`);
    l.text(`, off 0x${l.u16(cursor + 2).toString(16)}`);
    skip(4);
  }
  if ((flags & 0x2000) !== 0) {
    l.text(`, key=0x${l.u32(cursor).toString(16)}`);
    skip(4);
  }
  if ((flags & 0x1000) !== 0) {
    l.text(`, seq ${l.u32(cursor)}`);
    skip(4);
  }
  if (l.link) {
    l.text(
      `, proto ${ETHERTYPES.get(type) ?? "unknown"} (0x${type.toString(16).padStart(4, "0")})`,
    );
  }
  l.text(`, length ${length}`);
  if (l.verbose < 1) l.text(": ");
  else l.text("\n\t");
  switch (type) {
    case 0x0800:
      return l.layers.ip(l, cursor, left);
    case 0x86dd:
      return l.layers.ip6(l, cursor, left);
    case 0x6558:
      l.layers.ether(l, cursor, left);
      return;
    case 0x8847:
    case 0x8848:
      l.layers.etherType(l, type, cursor, left);
      return;
    default:
      l.text(`gre-proto-0x${type.toString(16)}`);
  }
}

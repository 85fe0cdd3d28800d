// UDP datagrams in a line, and what they carry. Pure. RFC 768; the form is tcpdump's.
// To add a protocol: its port and a printer in `printDatagram`.
import { printDhcp, printDhcp6 } from "./dhcp.ts";
import { printDns } from "./dns.ts";
import { type Line, rightChecksum } from "./line.ts";
import { printIsakmp, printNatt } from "./isakmp.ts";
import { printNtp } from "./ntp.ts";
import { printSmall } from "./small.ts";
import { printSnmp } from "./snmp.ts";
import { printEnds, pseudoSum } from "./tcp.ts";
import { printText, SIP } from "./text.ts";

function bareAddresses(l: Line, ver: 4 | 6): void {
  const { bytes, ip, out } = l;
  if (bytes[ip + (ver === 4 ? 9 : 6)] !== 17) return;
  if (ver === 4) out.ip4(bytes, ip + 12);
  else out.ip6(bytes, ip + 8);
  out.text(" > ");
  if (ver === 4) out.ip4(bytes, ip + 16);
  else out.ip6(bytes, ip + 24);
  out.text(": ");
}

/** A datagram of `length` octets at `at`. */
export function printUdp(l: Line, at: number, length: number, ver: 4 | 6, fragmented: boolean): void {
  l.protocol = "udp";
  if (!l.has(at + 2, 2)) {
    bareAddresses(l, ver);
    l.text(" [|udp]");
    return;
  }
  const { bytes } = l;
  const sport = l.u16(at), dport = l.u16(at + 2);
  if (length < 8) {
    printEnds(l, at, ver, 17);
    l.text(`truncated-udp ${length}`);
    return;
  }
  if (!l.has(at + 4, 2)) {
    printEnds(l, at, ver, 17);
    l.text(" [|udp]");
    return;
  }
  let stated = l.u16(at + 4);
  if (stated === 0 && length > 65535) stated = length;
  if (stated < 8) {
    printEnds(l, at, ver, 17);
    l.text(`truncated-udplength ${stated}`);
    return;
  }
  stated -= 8;
  length -= 8;
  if (stated < length) length = stated;
  if (at + 8 > l.end) {
    printEnds(l, at, ver, 17);
    l.text(" [|udp]");
    return;
  }
  printEnds(l, at, ver, 17);
  if (l.quiet) {
    l.text(stated > length && !fragmented ? `UDP, bad length ${stated} > ${length}` : `UDP, length ${stated}`);
    return;
  }
  // Over IPv4 the checksum is told with the second -v only.
  if (l.verbose > (ver === 4 ? 1 : 0) && !l.options.noChecksums && !fragmented) {
    const stands = bytes[at + 6]! << 8 | bytes[at + 7]!;
    if (stands === 0) l.text("[no cksum] ");
    else if (l.has(at, length + 8)) {
      const sum = pseudoSum(l, at, length + 8, ver, 17);
      if (sum === 0xffff) l.text("[udp sum ok] ");
      else {
        const hex = (value: number) => value.toString(16).padStart(4, "0");
        l.text(`[bad udp cksum 0x${hex(stands)} -> 0x${hex(rightChecksum(stands, sum))}!] `);
      }
    }
  }
  if (printDatagram(l, at + 8, length, sport, dport, ver)) return;
  if (stated > length && !fragmented) {
    l.text("UDP, bad length ");
    l.dec(stated);
    l.text(" > ");
    l.dec(length);
  } else {
    l.text("UDP, length ");
    l.dec(stated);
  }
}

/** Ports that something is known about: most datagrams have none of them. */
const KNOWN = new Uint8Array(65536);
for (
  const port of [
    53,
    67,
    68,
    69,
    123,
    161,
    162,
    500,
    514,
    520,
    521,
    546,
    547,
    1645,
    1646,
    1701,
    1812,
    1813,
    1985,
    3784,
    3785,
    3799,
    4500,
    4789,
    5060,
    5353,
    6081,
    6343,
    646,
  ]
) KNOWN[port] = 1;

/** Prints what is known of a datagram's content; `false` when that is nothing. */
function printDatagram(l: Line, at: number, length: number, sport: number, dport: number, ver: 4 | 6): boolean {
  if (KNOWN[sport] === 0 && KNOWN[dport] === 0) return false;
  const is = (port: number) => sport === port || dport === port;
  if (is(53) || is(5353)) {
    l.protocol = "domain";
    if (length < 12) {
      l.text(`domain [length ${length} < 12] (invalid)`);
      return true;
    }
    printDns(l, at, length, false, is(5353) && !is(53));
  } else if (is(69)) printSmall.tftp(l, at, length);
  else if (is(67) || is(68)) printDhcp(l, at, length);
  else if (dport === 520 || sport === 520) printSmall.rip(l, at, length);
  else if (is(500)) printIsakmp(l, at, ver);
  else if (is(4500)) printNatt(l, at, length, ver);
  else if (is(161) || is(162)) return printSnmp(l, at, length);
  else if (is(123)) printNtp(l, at, length);
  else if (is(1701)) return false;
  else if (is(546) || is(547)) printDhcp6(l, at);
  else if (is(1645) || is(1646) || is(1812) || is(1813) || is(3799)) printSmall.radius(l, at, length);
  else if (dport === 1985) printSmall.hsrp(l, at, length);
  else if (dport === 3784 || dport === 3785) return printSmall.bfd(l, at, length);
  else if (is(4789)) {
    l.protocol = "vxlan";
    if (length < 8) {
      l.text("VXLAN [|vxlan]");
      return true;
    }
    l.text("VXLAN");
    const flags = l.u8(at);
    l.text(`, flags [${(flags & 8) !== 0 ? "I" : "invalid"}] (0x${flags.toString(16).padStart(2, "0")}), `);
    l.text(`vni ${l.u24(at + 4)}\n`);
    l.layers.ether(l, at + 8, length - 8);
  } else if (is(6081)) printSmall.geneve(l, at, length, (from, left) => l.layers.ether(l, from, left));
  else if (is(5060)) printText(l, at, length, SIP);
  else if (is(514)) printSmall.syslog(l, at, length);
  else return false;
  return true;
}

// UDP datagrams in a line. Pure. RFC 768; the form is tcpdump's. What they carry stands in datagrams.ts.
import { printDatagram, printForced } from "./datagrams.ts";
import { type Line, rightChecksum } from "../core/line.ts";
import { printNfs } from "../application/nfs.ts";
import { printEnds, pseudoSum } from "./tcp.ts";

const NFS = 2049;

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
export function printUdp(l: Line, at: number, length: number, ver: 4 | 6, fragmented: boolean, hops: number): void {
  l.protocol = "udp";
  if (!l.has(at + 2, 2)) {
    bareAddresses(l, ver);
    return l.text(" [|udp]");
  }
  const { bytes } = l;
  const sport = l.u16(at), dport = l.u16(at + 2);
  if (length < 8) {
    printEnds(l, at, ver, 17);
    return l.text(`truncated-udp ${length}`);
  }
  if (!l.has(at + 4, 2)) {
    printEnds(l, at, ver, 17);
    return l.text(" [|udp]");
  }
  let stated = l.u16(at + 4);
  if (stated === 0 && length > 65535) stated = length;
  if (stated < 8) {
    printEnds(l, at, ver, 17);
    return l.text(`truncated-udplength ${stated}`);
  }
  stated -= 8;
  length -= 8;
  if (stated < length) length = stated;
  if (at + 8 > l.end) {
    printEnds(l, at, ver, 17);
    return l.text(" [|udp]");
  }
  if (l.options.forced !== undefined) {
    printEnds(l, at, ver, 17);
    if (printForced(l, l.options.forced, at + 8, length, ver)) return;
  } else printEnds(l, at, ver, 17);
  if (!l.quiet && (sport === NFS || dport === NFS) && printNfs(l, "", at + 8, length, sport, dport, ver)) return;
  // Over IPv4 the checksum is told with the second -v only.
  if (l.verbose > (ver === 4 ? 1 : 0) && !l.options.noChecksums && !fragmented) {
    const stands = bytes[at + 6]! << 8 | bytes[at + 7]!;
    if (stands === 0 && ver === 4) l.text("[no cksum] ");
    else if (l.has(at, length + 8)) {
      const sum = pseudoSum(l, at, length + 8, ver, 17);
      if (sum === 0xffff) l.text("[udp sum ok] ");
      else {
        const hex = (value: number) => value.toString(16).padStart(4, "0");
        l.text(`[bad udp cksum 0x${hex(stands)} -> 0x${hex(rightChecksum(stands, sum))}!] `);
      }
    }
  }
  if (!l.quiet && printDatagram(l, at + 8, length, dport, { ver, fragmented, hops, sport })) return;
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

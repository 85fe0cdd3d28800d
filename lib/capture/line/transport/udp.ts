// UDP datagrams in a line. Pure. RFC 768; the form is tcpdump's. What they carry stands in datagrams.ts.
import { printSum, pseudoSum } from "../core/checksum.ts";
import type { Line } from "../core/line.ts";
import { printNfs } from "../application/nfs.ts";
import { printDatagram, printForced } from "./datagrams.ts";
import { printEnds } from "./ends.ts";

const UDP = 17;
/** The port of NFS. */
const NFS = 2049;

/** A datagram of `length` octets at `at`. */
export function printUdp(l: Line, at: number, length: number): void {
  l.protocol = "udp";
  if (!l.has(at + 2, 2)) return printAddresses(l);
  printEnds(l, at, UDP);
  if (length < 8) return l.text(`truncated-udp ${length}`);
  if (!l.has(at + 4, 2)) return l.text(" [|udp]");
  let stated = l.u16(at + 4);
  if (stated === 0 && length > 65535) stated = length;
  if (stated < 8) return l.text(`truncated-udplength ${stated}`);
  stated -= 8;
  const size = Math.min(stated, length - 8), body = at + 8;
  if (body > l.end) return l.text(" [|udp]");
  const { quiet, options: { forced, noChecksums }, ip: { ver, fragmented } } = l;
  if (forced !== undefined && printForced(l, forced, body, size)) return;
  const sport = l.u16(at), dport = l.u16(at + 2);
  if (!quiet && (sport === NFS || dport === NFS) && printNfs(l, body, size, { sport, dport })) return;
  // Over IPv4 the checksum is told with the second -v only.
  if (l.verbose > (ver === 4 ? 1 : 0) && !noChecksums && !fragmented) printChecksum(l, at, size + 8);
  if (!quiet && printDatagram(l, body, size, sport, dport)) return;
  if (stated > size && !fragmented) return l.text(`UDP, bad length ${stated} > ${size}`);
  l.text("UDP, length ");
  l.dec(stated);
}

/** Of a datagram that was cut before its ports. */
function printAddresses(l: Line): void {
  if (l.bytes[l.ip.at + (l.ip.ver === 4 ? 9 : 6)] === UDP) {
    l.ends();
    l.text(": ");
  }
  l.text(" [|udp]");
}

function printChecksum(l: Line, at: number, length: number): void {
  const stands = l.bytes[at + 6]! << 8 | l.bytes[at + 7]!;
  if (stands === 0 && l.ip.ver === 4) l.text("[no cksum] ");
  else if (l.has(at, length)) printSum(l, "udp", stands, pseudoSum(l, at, length, UDP));
}

// TCP segments in a line. Pure. RFC 9293; the form is tcpdump's.
import { foldSum, type Line, rightChecksum, sumOctets, TRUNCATED } from "../core/line.ts";
import { CUT, printTcpOptions } from "./tcp_options.ts";
import { printTcpPayload } from "./tcp_payload.ts";

/** Letters of all 256 flag octets. */
const FLAGS: readonly string[] = Array.from({ length: 256 }, (_, flags) => {
  let out = "";
  for (
    const [bit, letter] of [[1, "F"], [2, "S"], [4, "R"], [8, "P"], [16, "."], [32, "U"], [64, "E"], [
      128,
      "W",
    ]] as const
  ) {
    if (flags & bit) out += letter;
  }
  return out === "" ? "none" : out;
});

/** Addresses and ports of a segment, when its IP header is the innermost and names TCP itself. */
function printEnds(l: Line, at: number, ver: 4 | 6, protocol: number): void {
  const { bytes, ip, out } = l;
  const sport = bytes[at]! << 8 | bytes[at + 1]!, dport = bytes[at + 2]! << 8 | bytes[at + 3]!;
  const direct = bytes[ip + (ver === 4 ? 9 : 6)] === protocol;
  if (direct) {
    if (ver === 4) out.ip4(bytes, ip + 12);
    else out.ip6(bytes, ip + 8);
    out.char(46);
  }
  out.dec(sport);
  out.text(" > ");
  if (direct) {
    if (ver === 4) out.ip4(bytes, ip + 16);
    else out.ip6(bytes, ip + 24);
    out.char(46);
  }
  out.dec(dport);
  out.text(": ");
}

export { printEnds };

/** The sum over a pseudo-header and `length` octets at `at`, folded: 0xffff when right. */
export function pseudoSum(l: Line, at: number, length: number, ver: 4 | 6, protocol: number): number {
  let sum = protocol + (length & 0xffff) + (length >>> 16);
  const size = ver === 4 ? 4 : 16;
  sum = sumOctets(l.bytes, l.ip + (ver === 4 ? 12 : 8), size, sumOctets(l.bytes, l.destination, size, sum));
  return foldSum(sumOctets(l.bytes, at, length, sum));
}

/** A segment of `length` octets at `at`. */
export function printTcp(l: Line, at: number, length: number, ver: 4 | 6, fragmented: boolean): void {
  const { out, bytes } = l;
  l.protocol = "tcp";
  if (!l.has(at + 2, 2)) {
    if (ver === 4) {
      l.out.ip4(bytes, l.ip + 12);
      l.text(" > ");
      l.out.ip4(bytes, l.ip + 16);
      l.text(": [|tcp]");
    } else {
      l.out.ip6(bytes, l.ip + 8);
      l.text(" > ");
      l.out.ip6(bytes, l.ip + 24);
      l.text(": [|tcp]");
    }
    return;
  }
  const sport = bytes[at]! << 8 | bytes[at + 1]!, dport = bytes[at + 2]! << 8 | bytes[at + 3]!;
  printEnds(l, at, ver, 6);
  l.need(at, 20);
  const header = (bytes[at + 12]! >> 4) * 4;
  if (header < 20) return l.text(` tcp ${(length - header) >>> 0} [bad hdr length ${header} - too short, < 20]`);
  if (l.quiet) {
    l.text(`tcp ${(length - header) >>> 0}`);
    if (header > length) l.text(` [bad hdr length ${header} - too long, > ${length}]`);
    return;
  }
  const flags = bytes[at + 13]!;
  out.text("Flags [");
  out.text(FLAGS[flags]!);
  out.char(93);
  let seq = l.u32(at + 4), ack = l.u32(at + 8);
  const window = l.u16(at + 14);
  let firstSeq = 0;
  if (!l.options.absolute && (flags & 16) !== 0) {
    const address = (from: number): number => {
      if (ver === 4) return l.u32(from);
      let hash = 0;
      for (let i = 0; i < 16; i += 4) {
        hash = Math.imul(hash ^ l.u32(from + i), 0x01000193) + i;
        // What only the uppermost bits differ in has to reach the others.
        hash ^= hash >>> 15;
      }
      return hash >>> 0;
    };
    const src = address(l.ip + (ver === 4 ? 12 : 8)), dst = address(l.ip + (ver === 4 ? 16 : 24));
    const reversed = sport > dport || (sport === dport && src > dst);
    const a = reversed ? dst : src, b = reversed ? src : dst;
    const ports = (reversed ? dport << 16 | sport : sport << 16 | dport) >>> 0;
    const entry = l.sequences.find(a, b, ports);
    if (entry === -1 || (flags & 2) !== 0) {
      if (reversed) l.sequences.set(a, b, ports, (ack - 1) >>> 0, seq);
      else l.sequences.set(a, b, ports, seq, (ack - 1) >>> 0);
      firstSeq = reversed ? (ack - 1) >>> 0 : (ack - 1) >>> 0;
    } else {
      const first = l.sequences.seq(entry), firstAck = l.sequences.ack(entry);
      seq = (seq - (reversed ? firstAck : first)) >>> 0;
      ack = (ack - (reversed ? first : firstAck)) >>> 0;
      firstSeq = reversed ? first : firstAck;
    }
  }
  if (header > length) return l.text(` [bad hdr length ${header} - too long, > ${length}]`);
  if (l.verbose > 0 && !l.options.noChecksums && !fragmented && l.has(at, length)) {
    const stands = l.u16(at + 16);
    l.text(`, cksum 0x${stands.toString(16).padStart(4, "0")}`);
    const sum = pseudoSum(l, at, length, ver, 6);
    if (sum !== 0xffff) l.text(` (incorrect -> 0x${rightChecksum(stands, sum).toString(16).padStart(4, "0")})`);
    else l.text(" (correct)");
  }
  length -= header;
  if (l.verbose > 1 || length > 0 || (flags & 7) !== 0) {
    out.text(", seq ");
    out.dec(seq);
    if (length > 0) {
      out.char(58);
      out.dec((seq + length) >>> 0);
    }
  }
  if ((flags & 16) !== 0) {
    out.text(", ack ");
    out.dec(ack);
  }
  out.text(", win ");
  out.dec(window);
  if ((flags & 32) !== 0) {
    out.text(", urg ");
    out.dec(l.u16(at + 18));
  }
  if (header > 20) {
    out.text(", options [");
    try {
      const broken = printTcpOptions(l, at, header - 20, flags, firstSeq, length);
      if (broken !== undefined) return l.text(broken);
    } catch (error) {
      if (error !== CUT) throw error;
      return l.text(` [|${l.protocol}]>`);
    }
    out.char(93);
  }
  out.text(", length ");
  out.dec(length);
  if (length <= 0) return;
  if (!l.has(at, header)) {
    l.text(` [remaining caplen(${Math.max(0, l.end - at)}) < header length(${header})]`);
    throw TRUNCATED;
  }
  at += header;
  if ((flags & 4) !== 0) return resetReason(l, at, length);
  printTcpPayload(l, at, length, sport, dport, ver);
}

/** What a reset carries: a reason in words, never the protocol's data. RFC 9293 3.5.3. */
function resetReason(l: Line, at: number, length: number): void {
  if (l.verbose === 0) return l.need(at, length);
  l.text(` [${l.has(at, length) ? "" : "!"}RST${length > 30 ? "+" : ""} `);
  l.safeText(at, Math.min(length, 30));
  l.out.char(93);
}

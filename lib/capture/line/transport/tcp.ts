// TCP segments in a line. Pure. RFC 9293; the form is tcpdump's.
import { pseudoSum, rightChecksum } from "../core/checksum.ts";
import { hex, type Line, TRUNCATED } from "../core/line.ts";
import { printEnds } from "./ends.ts";
import { CUT, printTcpOptions, type Segment } from "./tcp_options.ts";
import { printTcpPayload } from "./tcp_payload.ts";

/** Letters of all 256 flag octets. */
const FLAGS: readonly string[] = Array.from(
  { length: 256 },
  (_, flags) => [..."FSRP.UEW"].filter((_, bit) => (flags >> bit & 1) !== 0).join("") || "none",
);
const SYN = 2, RESET = 4, ACK = 16, URGENT = 32;
/** Flags of segments whose number is told whatever they carry. */
const NUMBERED = 7;

/** A segment of `length` octets at `at`. */
export function printTcp(l: Line, at: number, length: number): void {
  l.protocol = "tcp";
  if (!l.has(at + 2, 2)) {
    l.ends();
    return l.text(": [|tcp]");
  }
  printEnds(l, at, 6);
  l.need(at, 20);
  const header = (l.bytes[at + 12]! >> 4) * 4;
  if (header < 20) return l.text(` tcp ${(length - header) >>> 0} [bad hdr length ${header} - too short, < 20]`);
  if (l.quiet) {
    l.text(`tcp ${(length - header) >>> 0}`);
    return header > length ? tooLong(l, header, length) : undefined;
  }
  const flags = l.bytes[at + 13]!;
  l.text("Flags [");
  l.text(FLAGS[flags]!);
  l.out.char(93);
  const numbers = numbersOf(l, at, flags);
  if (header > length) return tooLong(l, header, length);
  if (l.verbose > 0 && !l.options.noChecksums && !l.ip.fragmented && l.has(at, length)) printChecksum(l, at, length);
  const data = length - header;
  printNumbers(l, at, flags, numbers, data);
  if (header > 20 && !printOptions(l, header - 20, { at, flags, base: numbers.base, data })) return;
  l.text(", length ");
  l.dec(data);
  if (data <= 0) return;
  if (!l.has(at, header)) {
    l.text(` [remaining caplen(${Math.max(0, l.end - at)}) < header length(${header})]`);
    throw TRUNCATED;
  }
  if ((flags & RESET) !== 0) printReset(l, at + header, data);
  else printTcpPayload(l, at + header, data, l.u16(at), l.u16(at + 2));
}

function tooLong(l: Line, header: number, length: number): void {
  l.text(` [bad hdr length ${header} - too long, > ${length}]`);
}

/** Numbers of a segment as they are told, and what selective acknowledgements are counted from. */
interface Numbers {
  readonly seq: number;
  readonly ack: number;
  readonly base: number;
}

/** The numbers of the segment at `at`, from the connection's first ones on where these are known. */
function numbersOf(l: Line, at: number, flags: number): Numbers {
  const { sequences, source, addressSize } = l;
  const seq = l.u32(at + 4), ack = l.u32(at + 8);
  if (l.options.absolute || (flags & ACK) === 0) return { seq, ack, base: 0 };
  const sport = l.u16(at), dport = l.u16(at + 2);
  const src = addressWord(l, source), dst = addressWord(l, source + addressSize);
  const reversed = sport > dport || (sport === dport && src > dst);
  const a = reversed ? dst : src, b = reversed ? src : dst;
  const ports = (reversed ? dport << 16 | sport : sport << 16 | dport) >>> 0;
  const entry = sequences.find(a, b, ports), before = (ack - 1) >>> 0;
  if (entry === -1 || (flags & SYN) !== 0) {
    if (reversed) sequences.set(a, b, ports, before, seq);
    else sequences.set(a, b, ports, seq, before);
    return { seq, ack, base: before };
  }
  const first = sequences.seq(entry), firstAck = sequences.ack(entry);
  return reversed
    ? { seq: (seq - firstAck) >>> 0, ack: (ack - first) >>> 0, base: first }
    : { seq: (seq - first) >>> 0, ack: (ack - firstAck) >>> 0, base: firstAck };
}

/** An address as one number: that of IPv6 as its hash. */
function addressWord(l: Line, at: number): number {
  if (l.ip.ver === 4) return l.u32(at);
  let hash = 0;
  for (let i = 0; i < 16; i += 4) {
    hash = Math.imul(hash ^ l.u32(at + i), 0x01000193) + i;
    // What only the uppermost bits differ in has to reach the others.
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

function printChecksum(l: Line, at: number, length: number): void {
  const stands = l.u16(at + 16), sum = pseudoSum(l, at, length, 6);
  l.text(", cksum 0x");
  l.out.hex(stands, 4);
  l.text(sum === 0xffff ? " (correct)" : ` (incorrect -> 0x${hex(rightChecksum(stands, sum), 4)})`);
}

function printNumbers(l: Line, at: number, flags: number, { seq, ack }: Numbers, data: number): void {
  const { out } = l;
  if (l.verbose > 1 || data > 0 || (flags & NUMBERED) !== 0) {
    out.text(", seq ");
    out.dec(seq);
    if (data > 0) {
      out.char(58);
      out.dec((seq + data) >>> 0);
    }
  }
  if ((flags & ACK) !== 0) {
    out.text(", ack ");
    out.dec(ack);
  }
  out.text(", win ");
  out.dec(l.u16(at + 14));
  if ((flags & URGENT) !== 0) {
    out.text(", urg ");
    out.dec(l.u16(at + 18));
  }
}

/** The `left` octets of options; `false` where they end the line. */
function printOptions(l: Line, left: number, segment: Segment): boolean {
  l.text(", options [");
  try {
    const broken = printTcpOptions(l, left, segment);
    if (broken !== undefined) l.text(broken);
    else l.out.char(93);
    return broken === undefined;
  } catch (error) {
    if (error !== CUT) throw error;
    l.text(` [|${l.protocol}]>`);
    return false;
  }
}

/** What a reset carries: a reason in words, never the protocol's data. RFC 9293 3.5.3. */
function printReset(l: Line, at: number, length: number): void {
  if (l.verbose === 0) return l.need(at, length);
  l.text(` [${l.has(at, length) ? "" : "!"}RST${length > 30 ? "+" : ""} `);
  l.safeText(at, Math.min(length, 30));
  l.out.char(93);
}

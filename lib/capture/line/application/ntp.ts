// NTP in a line, with -v all its times. Pure. RFC 5905; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

const MODES = [
  "unspecified",
  "symmetric active",
  "symmetric passive",
  "Client",
  "Server",
  "Broadcast",
  "Control Message",
  "Reserved",
];
const STRATA = ["unspecified", "primary reference"];
const LEAP = ["", "+1s", "-1s", "clock unsynchronized"];

/** A message of `length` octets at `at`. */
export function printNtp(l: Line, at: number, length: number): void {
  l.protocol = "ntp";
  const first = l.u8(at);
  const version = (first >> 3) & 7, mode = first & 7;
  l.text(`NTPv${version}`);
  l.text(`, ${MODES[mode]}, length ${length}`);
  if (l.verbose === 0) return;
  l.text(`\n\tLeap indicator: ${LEAP[first >> 6]} (${first & 0xc0})`);
  if (mode < 6) time(l, at, length);
  else if (mode === 6) control(l, at, length);
}

/** A message without what must be there. */
function short(l: Line, at: number, length: number): void {
  l.invalid();
  l.need(at, length);
}

function time(l: Line, at: number, length: number): void {
  if (length < 48) return short(l, at, length);
  const stratum = l.u8(at + 1);
  l.text(`, Stratum ${stratum} (${STRATA[stratum] ?? (stratum < 16 ? "secondary reference" : "reserved")})`);
  const poll = l.u8(at + 2) << 24 >> 24;
  l.text(`, poll ${poll}`);
  if (poll > -32 && poll < 32) l.text(poll >= 0 ? ` (${2 ** poll}s)` : ` (1/${2 ** -poll}s)`);
  l.text(`, precision ${l.u8(at + 3) << 24 >> 24}`);
  const fixed = (from: number) =>
    `${l.u16(from)}.${String(Math.floor(l.u16(from + 2) / 65536 * 1e6)).padStart(6, "0")}`;
  l.need(at + 4, 4);
  l.text(`\n\tRoot Delay: ${fixed(at + 4)}`);
  l.need(at + 8, 4);
  l.text(`, Root dispersion: ${fixed(at + 8)}`);
  l.need(at + 12, 4);
  l.text(", Reference-ID: ");
  if (stratum === 0) l.text("(unspec)");
  else if (stratum === 1) l.octets(at + 12, 4);
  else if (stratum === 62 || stratum === 63) {
    return l.text(`${l.ip4Text(at + 12)} INFO_${stratum === 62 ? "QUERY" : "REPLY"}`);
  } else l.text(`0x${hex(l.u32(at + 12), 8)}`);
  stamp(l, "  Reference Timestamp:  ", at + 16);
  stamp(l, "  Originator Timestamp: ", at + 24);
  stamp(l, "  Receive Timestamp:    ", at + 32);
  stamp(l, "  Transmit Timestamp:   ", at + 40);
  l.text(`\n\t    Originator - Receive Timestamp:  ${apart(l, at + 24, at + 32)}`);
  l.text(`\n\t    Originator - Transmit Timestamp: ${apart(l, at + 24, at + 40)}`);
  if (length === 52) l.text(`\n\tKey id: ${l.u32(at + 48)}`);
  else if (length === 68 || length === 72) {
    l.text(`\n\tKey id: ${l.u32(at + 48)}`);
    l.need(at + 52, length - 52);
    l.text(`\n\tAuthentication: ${l.hexText(at + 52, length - 52)}`);
  } else if (length > 48) l.text(`\n\t(${length - 48} more bytes after the header)`);
}

/** RFC 9327. */
function control(l: Line, at: number, length: number): void {
  if (length < 12) return short(l, at, length);
  const bits = l.u8(at + 1);
  const word = (bit: number, yes: string, no: string) => (bits & bit) !== 0 ? yes : no;
  l.text(`, ${word(0x80, "Response", "Request")}, ${word(0x40, "Error", "OK")}, ${word(0x20, "More", "Last")}`);
  l.text(`, OpCode=${bits & 31}\n`);
  l.text(`\tSequence=${l.u16(at + 2)}`);
  const status = l.u16(at + 4);
  l.text(`, Status=${status === 0 ? "0" : `0x${hex(status)}`}`);
  l.text(`, Assoc.=${l.u16(at + 6)}`);
  l.text(`, Offset=${l.u16(at + 8)}`);
  const count = l.u16(at + 10);
  l.text(`, Count=${count}`);
  if (12 + count > length) return short(l, at, length);
  if (count === 0) return;
  l.need(at + 12, count);
  l.text("\n\tTO-BE-DONE: data not interpreted");
}

function fraction(value: number): string {
  return String(Math.floor(value / 4294967296 * 1_000_000_000)).padStart(9, "0");
}

/** Seconds since 1900 with a fraction, in 64 bits, and what time that is. */
export function ntpTimeText(l: Line, at: number): string {
  const seconds = l.u32(at);
  const text = `${seconds}.${fraction(l.u32(at + 4))}`;
  if (seconds === 0) return text;
  return `${text} (${new Date((seconds - 2_208_988_800) * 1000).toISOString().slice(0, 19)}Z)`;
}

function stamp(l: Line, name: string, at: number): void {
  l.need(at, 8);
  l.text(`\n\t${name}${ntpTimeText(l, at)}`);
}

/** How much later the time at `to` is; a time that came from nowhere leaves that as it is. */
function apart(l: Line, from: number, to: number): string {
  const a = l.u64(from), b = l.u64(to);
  if (a === 0n) return ntpTimeText(l, to);
  const negative = b <= a;
  const between = negative ? a - b : b - a;
  return `${negative ? "-" : "+"}${between >> 32n}.${fraction(Number(between & 0xffff_ffffn))}`;
}

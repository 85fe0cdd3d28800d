// NTP in a line, with -v all its times. Pure. RFC 5905; the form is tcpdump's.
import type { Line } from "./line.ts";

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
const LEAP = ["", "+1s", "-1s", "clock unsynchronized"];

/** A message of `length` octets at `at`. */
export function printNtp(l: Line, at: number, length: number): void {
  l.protocol = "ntp";
  if (length < 4) {
    l.text(`NTP, length ${length} (invalid)`);
    return;
  }
  const first = l.u8(at);
  const version = (first >> 3) & 7, mode = first & 7;
  l.text(`NTPv${version}`);
  if (version > 4) {
    l.text(`, length ${length}`);
    return;
  }
  l.text(`, ${MODES[mode]}, length ${length}`);
  if (l.verbose === 0) return;
  if (mode === 6) return;
  l.text(`\n\tLeap indicator: ${LEAP[first >> 6]} (${first & 0xc0})`);
  const stratum = l.u8(at + 1);
  const words = stratum === 0
    ? "unspecified"
    : stratum === 1
    ? "primary reference"
    : stratum < 16
    ? "secondary reference"
    : "reserved";
  l.text(`, Stratum ${stratum} (${words})`);
  const poll = l.u8(at + 2) << 24 >> 24;
  l.text(`, poll ${l.u8(at + 2)}`);
  l.text(poll > 0 ? ` (${2 ** poll}s)` : poll === 0 ? " (1s)" : ` (1/${2 ** -poll}s)`);
  l.text(`, precision ${l.u8(at + 3) << 24 >> 24}`);
  const short = (from: number) => (l.u16(from) + l.u16(from + 2) / 65536).toFixed(6);
  l.text(`\n\tRoot Delay: ${short(at + 4)}, Root dispersion: ${short(at + 8)}, Reference-ID: `);
  if (stratum <= 1 && stratum === 0) l.text("(unspec)");
  else if (stratum === 1) {
    for (let i = 0; i < 4; i++) if (l.u8(at + 12 + i) !== 0) l.safe(l.u8(at + 12 + i));
  } else l.text(`0x${l.u32(at + 12).toString(16).padStart(8, "0")}`);
  stamp(l, "  Reference Timestamp:  ", at + 16);
  stamp(l, "  Originator Timestamp: ", at + 24);
  stamp(l, "  Receive Timestamp:    ", at + 32);
  stamp(l, "  Transmit Timestamp:   ", at + 40);
  difference(l, "    Originator - Receive Timestamp:  ", at + 24, at + 32);
  difference(l, "    Originator - Transmit Timestamp: ", at + 24, at + 40);
  if (length === 48) return;
  if (length === 52) l.text(`\n\tKey id: ${l.u32(at + 48)}`);
  else if (length === 68 || length === 72) {
    l.text(`\n\tKey id: ${l.u32(at + 48)}\n\tAuthentication: `);
    for (let i = 52; i < length; i += 4) l.text(l.u32(at + i).toString(16).padStart(8, "0"));
  } else l.text(`\n\t(${length - 48} more bytes after the header)`);
}

function fraction(value: number): string {
  return String(Math.floor(value / 4294967296 * 1_000_000_000)).padStart(9, "0");
}

function stamp(l: Line, name: string, at: number): void {
  const seconds = l.u32(at);
  l.text(`\n\t${name}${seconds}.${fraction(l.u32(at + 4))}`);
  if (seconds === 0) return;
  // Seconds since 1900.
  const unix = seconds - 2_208_988_800;
  if (unix !== 0) l.text(` (${new Date(unix * 1000).toISOString().slice(0, 19)}Z)`);
}

function difference(l: Line, name: string, from: number, to: number): void {
  const a = BigInt(l.u32(from)) << 32n | BigInt(l.u32(from + 4));
  const b = BigInt(l.u32(to)) << 32n | BigInt(l.u32(to + 4));
  const negative = b < a;
  const apart = negative ? a - b : b - a;
  const whole = Number(apart >> 32n);
  l.text(`\n\t${name}${negative ? "-" : "+"}${whole}.${fraction(Number(apart & 0xffff_ffffn))}`);
}

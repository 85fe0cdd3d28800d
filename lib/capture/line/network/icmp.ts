// ICMP in a line. Pure. RFC 792, 1191, 1256; the form is tcpdump's.
import { foldSum, rightChecksum, sumOctets } from "../core/checksum.ts";
import { printIcmpExtensions } from "./icmp_extensions.ts";
import { hex, type Line } from "../core/line.ts";
import { clockText, twoDigits } from "../core/time.ts";
import { names } from "../core/table.ts";

const WORDS = names(
  "0 echo reply|4 source quench|8 echo request|10 router solicitation|13 time stamp request|time stamp reply|" +
    "information request|information reply|address mask request",
);
const UNREACHABLE: Record<number, readonly [before: string, after: string]> = {
  0: ["net ", " unreachable"],
  1: ["host ", " unreachable"],
  5: ["", " unreachable - source route failed"],
  6: ["net ", " unreachable - unknown"],
  7: ["host ", " unreachable - unknown"],
  8: ["", " unreachable - source host isolated"],
  9: ["net ", " unreachable - admin prohibited"],
  10: ["host ", " unreachable - admin prohibited"],
  11: ["net ", " unreachable - tos prohibited"],
  12: ["host ", " unreachable - tos prohibited"],
  13: ["host ", " unreachable - admin prohibited filter"],
  14: ["host ", " unreachable - host precedence violation"],
  15: ["host ", " unreachable - precedence cutoff"],
};
const REDIRECTS: readonly (readonly [string, string])[] = [
  ["redirect ", " to net "],
  ["redirect ", " to host "],
  ["redirect-tos ", " to net "],
  ["redirect-tos ", " to host "],
];
/** Types whose messages hold the datagram that they are about. */
const ERRORS = new Set([3, 4, 5, 11, 12]);

/** Those that may have more behind it. RFC 4884. */
const MULTIPART = new Set([3, 11, 12]);

/** `13:16:05.867` of milliseconds since midnight. */
function clock(ms: number): string {
  return `${clockText(Math.floor(ms / 1000))}.${String(ms % 1000).padStart(3, "0")}`;
}

/** A message of `length` octets at `at`. */
export function printIcmp(l: Line, at: number, length: number): void {
  l.protocol = "icmp";
  const { out } = l, type = l.u8(at);
  // Nothing is written before all of it can be: a message that is cut shows only that.
  const begin = out.at;
  l.text("ICMP ");
  try {
    l.u8(at + 1);
    const body = BODIES[type];
    if (body === undefined) l.text(WORDS[type] ?? `type-#${type}`);
    else body(l, at);
  } catch (error) {
    out.at = begin;
    throw error;
  }
  l.text(", length ");
  l.dec(length);
  if (l.verbose > 0 && !l.ip.fragmented && l.has(at, length)) {
    const sum = foldSum(sumOctets(l.bytes, at, length)), stands = l.u16(at + 2);
    if (sum !== 0xffff) l.text(` (wrong icmp cksum ${hex(stands)} (->${hex(rightChecksum(stands, sum))})!)`);
  }
  if (l.verbose >= 1 && ERRORS.has(type)) {
    l.text("\n\t");
    const ip = at + PACKET;
    // The sender of the error cut the datagram: its own length counts, not what is left of it here.
    l.within(ip + l.u16(ip + 2), () => l.layers.ip(l, ip, l.u16(ip + 2)));
  }
  l.protocol = "icmp";
  if (l.verbose >= 1 && length > 136 && MULTIPART.has(type)) printIcmpExtensions(l, at, length);
}

/** Where an error has the datagram that it is about. */
const PACKET = 8;

const BODIES: Readonly<Record<number, (l: Line, at: number) => void>> = {
  0: echo,
  3: unreachable,
  5: (l, at) => {
    const ip = at + PACKET, code = l.u8(at + 1);
    l.must(ip, 20);
    const [before, between] = REDIRECTS[code] ?? [`redirect-#${code} `, " to "];
    l.text(`${before}${l.ip4Text(ip + 16)}${between}${l.ip4Text(at + 4)}`);
  },
  8: echo,
  9: advertisement,
  11: (l, at) => {
    l.need(at + PACKET + 16, 4);
    const code = l.u8(at + 1);
    l.text(["time exceeded in-transit", "ip reassembly time exceeded"][code] ?? `time exceeded-#${code}`);
  },
  12: (l, at) => {
    const code = l.u8(at + 1);
    l.text(`parameter problem - ${code === 0 ? `octet ${l.u8(at + 4)}` : `code ${code}`}`);
  },
  13: (l, at) => l.text(`time stamp query id ${l.u16(at + 4)} seq ${l.u16(at + 6)}`),
  14: (l, at) => {
    l.need(at + 16, 4);
    l.text(`time stamp reply id ${l.u16(at + 4)} seq ${l.u16(at + 6)}: org ${clock(l.u32(at + 8))}, `);
    l.text(`recv ${clock(l.u32(at + 12))}, xmit ${clock(l.u32(at + 16))}`);
  },
  18: (l, at) => l.text(`address mask is 0x${hex(l.u32(at + 8), 8)}`),
};

function echo(l: Line, at: number): void {
  const { out } = l;
  l.must(at, 8);
  out.text(l.u8(at) === 8 ? "echo request, id " : "echo reply, id ");
  out.dec(l.u16(at + 4));
  out.text(", seq ");
  out.dec(l.u16(at + 6));
}

/** RFC 1256. */
function advertisement(l: Line, at: number): void {
  const lifetime = l.u16(at + 6), count = l.u8(at + 4), size = l.u8(at + 5);
  const minutes = Math.floor(lifetime / 60), hours = Math.floor(minutes / 60), seconds = twoDigits(lifetime % 60);
  l.text("router advertisement lifetime ");
  if (lifetime < 60) l.dec(lifetime);
  else l.text(lifetime < 3600 ? `${minutes}:${seconds}` : `${hours}:${twoDigits(minutes % 60)}:${seconds}`);
  l.text(` ${count}:`);
  if (size !== 2) return l.text(` [size ${size}]`);
  for (let i = at + 8; i < at + 8 + count * 8; i += 8) l.text(` {${l.ip4Text(i)} ${l.u32(i + 4)}}`);
}

function unreachable(l: Line, at: number): void {
  const { out } = l, ip = at + PACKET, code = l.u8(at + 1);
  l.must(ip, 20);
  switch (code) {
    case 2:
      l.ip4(ip + 16);
      return out.text(` protocol ${l.u8(ip + 9)} unreachable`);
    case 3: {
      const ports = ip + (l.u8(ip) & 15) * 4;
      const port = l.u16(ports + 2);
      const protocol = l.u8(ip + 9);
      l.ip4(ip + 16);
      if (protocol === 6 || protocol === 17) out.text(` ${protocol === 6 ? "tcp" : "udp"} port ${port} unreachable`);
      else out.text(` protocol ${protocol} port ${port} unreachable`);
      return;
    }
    case 4: {
      const mtu = l.u16(at + 6);
      l.ip4(ip + 16);
      return out.text(mtu === 0 ? " unreachable - need to frag" : ` unreachable - need to frag (mtu ${mtu})`);
    }
  }
  const words = UNREACHABLE[code];
  out.text(words?.[0] ?? "");
  l.ip4(ip + 16);
  out.text(words?.[1] ?? ` unreachable - #${code}`);
}

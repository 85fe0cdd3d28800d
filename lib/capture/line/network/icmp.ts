// ICMP in a line. Pure. RFC 792, 1191, 1256; the form is tcpdump's.
import { printIcmpExtensions } from "./icmp_extensions.ts";
import { foldSum, type Line, rightChecksum, sumOctets } from "../core/line.ts";
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
  const two = (value: number) => String(value).padStart(2, "0");
  const seconds = Math.floor(ms / 1000);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${
    String(ms % 1000).padStart(3, "0")
  }`;
}

/** A message of `length` octets at `at`. */
export function printIcmp(l: Line, at: number, length: number, fragmented: boolean): void {
  l.protocol = "icmp";
  const { out } = l;
  const type = l.u8(at), code = l.u8(at + 1);
  // Nothing is written before all of it can be: a message that is cut shows only that.
  const ip = at + 8;
  const begin = out.at;
  out.text("ICMP ");
  try {
    switch (type) {
      case 0:
      case 8:
        l.u8(at + 7);
        out.text(type === 8 ? "echo request, id " : "echo reply, id ");
        out.dec(l.u16(at + 4));
        out.text(", seq ");
        out.dec(l.u16(at + 6));
        break;
      case 3:
        unreachable(l, at, ip, code);
        break;
      case 5: {
        l.u8(ip + 19);
        const words = REDIRECTS[code];
        out.text(words?.[0] ?? `redirect-#${code} `);
        l.ip4(ip + 16);
        out.text(words?.[1] ?? " to ");
        l.ip4(at + 4);
        break;
      }
      case 9: {
        out.text("router advertisement lifetime ");
        l.u8(at + 7);
        const lifetime = l.u16(at + 6);
        const two = (value: number) => String(value).padStart(2, "0");
        if (lifetime < 60) out.dec(lifetime);
        else if (lifetime < 3600) out.text(`${Math.floor(lifetime / 60)}:${two(lifetime % 60)}`);
        else out.text(`${Math.floor(lifetime / 3600)}:${two(Math.floor(lifetime / 60) % 60)}:${two(lifetime % 60)}`);
        const count = l.u8(at + 4), size = l.u8(at + 5);
        out.text(` ${count}:`);
        if (size !== 2) {
          out.text(` [size ${size}]`);
          break;
        }
        for (let i = 0; i < count; i++) {
          l.u8(at + 8 + i * 8 + 7);
          out.text(" {");
          l.ip4(at + 8 + i * 8);
          out.text(` ${l.u32(at + 12 + i * 8)}}`);
        }
        break;
      }
      case 11:
        l.need(ip + 16, 4);
        out.text(
          code === 0
            ? "time exceeded in-transit"
            : code === 1
            ? "ip reassembly time exceeded"
            : `time exceeded-#${code}`,
        );
        break;
      case 12:
        if (code !== 0) out.text(`parameter problem - code ${code}`);
        else out.text(`parameter problem - octet ${l.u8(at + 4)}`);
        break;
      case 18:
        out.text(`address mask is 0x${l.u32(at + 8).toString(16).padStart(8, "0")}`);
        break;
      case 13:
        l.u8(at + 7);
        out.text(`time stamp query id ${l.u16(at + 4)} seq ${l.u16(at + 6)}`);
        break;
      case 14:
        l.need(at + 16, 4);
        out.text(
          `time stamp reply id ${l.u16(at + 4)} seq ${l.u16(at + 6)}: org ${clock(l.u32(at + 8))}, recv ${
            clock(l.u32(at + 12))
          }, xmit ${clock(l.u32(at + 16))}`,
        );
        break;
      default:
        out.text(WORDS[type] ?? `type-#${type}`);
    }
  } catch (error) {
    out.at = begin;
    throw error;
  }
  out.text(", length ");
  out.dec(length);
  if (l.verbose > 0 && !fragmented && l.has(at, length)) {
    const sum = foldSum(sumOctets(l.bytes, at, length));
    if (sum !== 0xffff) {
      const stands = l.u16(at + 2);
      out.text(` (wrong icmp cksum ${stands.toString(16)} (->${rightChecksum(stands, sum).toString(16)})!)`);
    }
  }
  if (l.verbose >= 1 && ERRORS.has(type)) {
    out.text("\n\t");
    // The sender of the error cut the datagram: its own length counts, not what is left of it here.
    l.within(ip + l.u16(ip + 2), () => l.layers.ip(l, ip, l.u16(ip + 2)));
  }
  l.protocol = "icmp";
  if (l.verbose >= 1 && length > 136 && MULTIPART.has(type)) printIcmpExtensions(l, at, length);
}

function unreachable(l: Line, at: number, ip: number, code: number): void {
  const { out } = l;
  l.u8(ip + 19);
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

// Optimized link state routing of mesh networks in a line, its messages under it with -v. Pure. RFC 3626 and what
// olsrd adds; the form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { fixed } from "../core/general.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const MESSAGES = names("1 Hello|TC|MID|HNA|128 Powerinfo|130 Nameservice|201 Hello-LQ|TC-LQ");
const LINKS = ["Unspecified", "Asymmetric", "Symmetric", "Lost"];
const NEIGHBOURS = names("0 Not-Neighbor|Symmetric|Symmetric-MPR");
const GATEWAY = [[1, "LINKSPEED"], [2, "IPV4"], [4, "IPV4-NAT"], [8, "IPV6"], [16, "IPv6-PREFIX"]] as const;

/** `0x07`, as C's `%#0Wx` has it. */
const alternate = (value: number, width: number) => value === 0 ? "0".repeat(width) : `0x${hex(value, width - 2)}`;
/** A time of mantissa and exponent in seconds. RFC 3626 18.3. */
const timeText = (value: number) => fixed(0.0625 * (1 + (value >> 4) / 16) * 2 ** (value & 15), 3);

/** Lines of a message that ends within the packet; `false` when it does not. */
type Body = (l: Line, at: number, left: number) => boolean;

/** A packet of `length` octets at `at`. */
export function printOlsr(l: Line, at: number, length: number): void {
  l.protocol = "olsr";
  l.text(`OLSRv${l.ip.ver}`);
  const cut = () => l.text(" [|olsr]");
  if (length < 4 || !l.has(at, 4)) return cut();
  length = Math.min(length, l.u16(at));
  l.text(`, seq 0x${hex(l.u16(at + 2), 4)}, length ${length}`);
  if (l.verbose === 0) return;
  const header = l.ip.ver === 4 ? 12 : 24, size = l.addressSize, end = at + length;
  for (at += 4; at < end;) {
    if (!l.has(at, header)) return cut();
    const type = l.u8(at), octets = l.u16(at + 2), valid = octets >= header && octets <= length;
    if (type === 0 || octets === 0) return;
    l.text(`\n\t${MESSAGES[type] ?? "Unknown"} Message (${alternate(type, 4)}), `);
    const rest = at + 4 + size;
    l.text(`originator ${l.addressText(at + 4)}, ttl ${l.u8(rest)}, hop ${l.u8(rest + 1)}`);
    l.text(`\n\t  vtime ${timeText(l.u8(at + 1))}s, msg-seq 0x${hex(l.u16(rest + 2), 4)}, length ${octets}`);
    if (!valid) return l.text(" (invalid)");
    const body = BODIES[type];
    if (body === undefined) unknownData(l, at + header, "\n\t    ", octets - header);
    else if (!body(l, at + header, octets - header)) return cut();
    at += octets;
  }
}

const BODIES: Readonly<Record<number, Body>> = {
  1: (l, at, left) => hello(l, at, left, false),
  2: (l, at, left) => topology(l, at, left, false),
  3: (l, at, left) => {
    const size = l.addressSize;
    for (; left >= size; at += size, left -= size) {
      if (!l.has(at, size)) return false;
      l.text(`\n\t  interface address ${l.addressText(at)}`);
    }
    return true;
  },
  4: networks,
  130: nameService,
  201: (l, at, left) => hello(l, at, left, true),
  202: (l, at, left) => topology(l, at, left, true),
};

function hello(l: Line, at: number, left: number, quality: boolean): boolean {
  if (left < 4 || !l.has(at, 4)) return false;
  l.text(`\n\t  hello-time ${timeText(l.u8(at + 2))}s, MPR willingness ${l.u8(at + 3)}`);
  at += 4;
  left -= 4;
  while (left >= 4) {
    if (!l.has(at, 4)) return false;
    const code = l.u8(at), size = l.u16(at + 2), valid = size <= left && size >= 4;
    l.text(`\n\t    link-type ${LINKS[code & 3]}, neighbor-type ${NEIGHBOURS[code >> 2] ?? "Unknown"}, len ${size}`);
    if (!valid) {
      l.text(" (invalid)");
      return true;
    }
    if (!l.has(at + 4, size - 4) || !neighbours(l, at + 4, size - 4, quality)) return false;
    at += size;
    left -= size;
  }
  return true;
}

function topology(l: Line, at: number, left: number, quality: boolean): boolean {
  if (left < 4 || !l.has(at, 4)) return false;
  l.text(`\n\t    advertised neighbor seq 0x${hex(l.u16(at), 4)}`);
  return neighbours(l, at + 4, left - 4, quality);
}

/** Addresses, or addresses with the quality of their links in hundredths of 2.55. */
function neighbours(l: Line, at: number, left: number, quality: boolean): boolean {
  if (!quality) {
    l.text("\n\t      neighbor\n\t\t");
    for (; left >= 4; at += 4, left -= 4) l.text(`${l.ip4Text(at)} `);
    return true;
  }
  const size = l.addressSize;
  const percent = (from: number) => fixed(l.u8(from) / 2.55, 2);
  for (; left >= size + 4; at += size + 4, left -= size + 4) {
    if (!l.has(at, size + 4)) return false;
    l.text(`\n\t      neighbor ${l.addressText(at)}, link-quality ${percent(at + size)}%, `);
    l.text(`neighbor-link-quality ${percent(at + size + 1)}%`);
  }
  return true;
}

/** Ones at the beginning of a mask; one of IPv4 that has others behind a zero counts as -1, without a sign. */
function prefixOf(octets: Uint8Array): number {
  const ones = [...octets].map((octet) => octet.toString(2).padStart(8, "0")).join("").replace(/0+$/, "");
  if (!ones.includes("0")) return ones.length;
  if (octets.length === 4) return 0xffff_ffff;
  const whole = Math.floor(ones.indexOf("0") / 8),
    part = octets[whole]!.toString(2).padStart(8, "0").replace(/0+$/, "");
  return whole * 8 + (part.includes("0") ? 0 : part.length);
}

/** Speed of a gateway in kilobits a second, of mantissa and exponent. */
function speed(value: number): number {
  return value === 0 ? 0 : value === 255 ? 320_000_000 : ((value >> 3) + 1) * 10 ** (value & 7);
}

/** Networks behind a router. */
function networks(l: Line, at: number, left: number): boolean {
  const size = l.ip.ver === 4 ? 8 : 32;
  l.text(`\n\t  Advertised networks (total ${Math.floor(left / size)})`);
  for (let column = 0; left >= size; at += size, left -= size, column = (column + 1) % 4) {
    if (!l.has(at, size)) return false;
    const mask = l.bytes.subarray(at + size / 2, at + size);
    if (l.ip.ver === 6) {
      l.text(`\n\t    #0: ${l.ip6Text(at)}/${prefixOf(mask)}`);
      continue;
    }
    l.text(column === 0 ? "\n\t    " : ", ");
    const flags = mask[1]!;
    if (l.u32(at) === 0 && mask[0] === 0 && flags !== 0) {
      l.text(`Smart-Gateway:${GATEWAY.map(([bit, name]) => (flags & bit) !== 0 ? ` ${name}` : "").join("")} `);
      const known = (flags & 1) !== 0;
      l.text(`${known ? speed(mask[2]!) : 0}/${known ? speed(mask[3]!) : 0}`);
    } else l.text(`${l.ip4Text(at)}/${prefixOf(mask)}`);
  }
  return true;
}

/** Names of hosts and services. */
function nameService(l: Line, at: number, left: number): boolean {
  const size = l.addressSize;
  if (left < 4) return false;
  const count = l.u16(at + 2), valid = count > 0 && count * (4 + size) <= left;
  l.text(`\n\t  Version ${l.u16(at)}, Entries ${count}${valid ? "" : " (invalid)"}`);
  if (!valid) return true;
  at += 4;
  left -= 4;
  for (let i = 0; i < count && left >= 4; i++) {
    const type = l.u16(at), length = l.u16(at + 2);
    at += 4;
    left -= 4;
    l.text(`\n\t    #${i}: type ${alternate(type, 6)}, length ${length}`);
    if (length === 0 || size + length > left) {
      l.text(" (invalid)");
      return true;
    }
    const whole = size + length + (-length & 3);
    if (left < whole || !l.has(at, whole)) return false;
    l.text(`, address ${l.addressText(at)}, name "`);
    l.octets(at + size, length);
    l.text('"');
    at += whole;
    left -= whole;
  }
  return true;
}

// IPv6 and its extension headers in a line. Pure. RFC 8200, RFC 8754; the form is tcpdump's.
import type { Line } from "./line.ts";
import { IP_PROTOCOLS } from "./names.ts";
import { printPayload } from "./payload.ts";

/** Headers in a row that are followed. */
const EXTENSION_LIMIT = 64;

/** An IPv6 packet at `at`, `length` octets of it on the wire. */
export function printIp6(l: Line, at: number, length: number): void {
  l.protocol = "ip6";
  if (++l.depth > 16) {
    l.text(" [too many tunnels]");
    return;
  }
  l.need(at, 40);
  const { bytes } = l;
  if (length < 40) {
    l.text(`truncated-ip6 ${length}`);
    return;
  }
  if (!l.link) l.text("IP6 ");
  if (bytes[at]! >> 4 !== 6) {
    l.text(`version error: ${bytes[at]! >> 4} != 6`);
    return;
  }
  const payload = l.u16(at + 4);
  let total = payload + 40;
  if (length < total) l.text(`truncated-ip6 - ${total - length} bytes missing!`);
  let next = bytes[at + 6]!;
  if (l.verbose > 0) {
    const word = l.u32(at);
    l.out.char(40);
    const traffic = (word >>> 20) & 0xff, flow = word & 0xfffff;
    if (traffic !== 0) l.text(`class 0x${traffic.toString(16).padStart(2, "0")}, `);
    if (flow !== 0) l.text(`flowlabel 0x${flow.toString(16).padStart(5, "0")}, `);
    l.text(
      `hlim ${bytes[at + 7]}, next-header ${
        IP_PROTOCOLS.get(next) ?? "unknown"
      } (${next}) payload length: ${payload}) `,
    );
  }
  const outerEnd = l.end, outer = l.ip;
  if (payload === 0 && length >= 40 && next === 0) total = length;
  if (at + total < l.end) l.end = at + total;
  l.ip = at;
  if (next !== 6 && next !== 17 && next !== 132) {
    l.out.ip6(bytes, at + 8);
    l.text(" > ");
    l.out.ip6(bytes, at + 24);
    l.text(": ");
  }
  let cursor = at + 40;
  let left = total - 40;
  let fragmented = false;
  for (let i = 0; i < EXTENSION_LIMIT; i++) {
    if (cursor >= l.end && i > 0) break;
    let size: number;
    switch (next) {
      case 0:
        size = options(l, cursor, "HBH");
        break;
      case 60:
        size = options(l, cursor, "DSTOPT");
        break;
      case 44: {
        l.protocol = "frag6";
        l.need(cursor, 8);
        const offset = l.u16(cursor + 2);
        const rest = left - 8;
        if (l.verbose > 0) {
          l.text(`frag (0x${l.u32(cursor + 4).toString(16).padStart(8, "0")}:${offset & 0xfff8}|${rest})`);
        } else l.text(`frag (${offset & 0xfff8}|${rest})`);
        size = 8;
        fragmented = true;
        if ((offset & 0xfff8) !== 0) {
          next = -1;
          break;
        }
        l.out.char(32);
        break;
      }
      case 43:
        size = routing(l, cursor);
        break;
      default:
        printPayload(l, cursor, left, 6, fragmented, bytes[at + 7]!, next);
        next = -1;
        size = 0;
    }
    if (next === -1) break;
    next = l.u8(cursor);
    cursor += size;
    left -= size;
    if (size <= 0) break;
  }
  l.ip = outer;
  l.end = outerEnd;
}

function options(l: Line, at: number, name: string): number {
  l.protocol = name === "HBH" ? "hbhopt" : "dstopt";
  const size = (l.u8(at + 1) + 1) * 8;
  l.need(at, size);
  l.text(`${name} `);
  if (l.verbose > 0) {
    let i = 2;
    while (i < size) {
      const type = l.u8(at + i);
      if (type === 0) {
        if (size - i < 1) {
          l.text("(pad1, trunc)");
          break;
        }
        l.text("(pad1)");
        i++;
        continue;
      }
      if (i + 1 >= size) break;
      const length = l.u8(at + i + 1);
      if (i + 2 + length > size) {
        l.text(" [trunc]");
        break;
      }
      if (type === 1) l.text("(padn)");
      else if (type === 5) l.text(`(rtalert: 0x${l.u16(at + i + 2).toString(16).padStart(4, "0")}) `);
      else if (type === 0xc2) l.text(`(jumbo: ${l.u32(at + i + 2)}) `);
      else if (type === 0xc9) {
        l.text("(homeaddr: ");
        l.ip6(at + i + 2);
        l.out.char(41);
      } else l.text(`(opt_type 0x${type.toString(16).padStart(2, "0")}: len=${length})`);
      i += 2 + length;
    }
    l.out.char(32);
  }
  return size;
}

function routing(l: Line, at: number): number {
  l.protocol = "rt6";
  l.need(at, 4);
  const size = l.u8(at + 1), type = l.u8(at + 2), left = l.u8(at + 3);
  l.text(`RT6 (len=${size}, type=${type}${type === 0 ? " [Deprecated]" : ""}, segleft=${left}`);
  switch (type) {
    case 0:
    case 2: {
      if (l.u32(at + 4) !== 0 || l.verbose > 0) l.text(`, rsv=0x${l.u32(at + 4).toString(16)}`);
      let at16 = at + 8;
      for (let i = 0; i < size >> 1; i++) {
        l.text(`, [${i}]`);
        l.ip6(at16);
        at16 += 16;
      }
      l.text(") ");
      return (size + 1) * 8;
    }
    case 4: {
      l.text(`, last-entry=${l.u8(at + 4)}`);
      if (l.u8(at + 5) !== 0 || l.verbose > 0) l.text(`, flags=0x${l.u8(at + 5).toString(16)}`);
      l.text(`, tag=${l.u16(at + 6).toString(16)}`);
      let at16 = at + 8;
      for (let i = 0; i < size >> 1; i++) {
        l.text(`, [${i}]`);
        l.ip6(at16);
        at16 += 16;
      }
      l.text(") ");
      return (size + 1) * 8;
    }
  }
  l.text(") ");
  return (size + 1) * 8;
}

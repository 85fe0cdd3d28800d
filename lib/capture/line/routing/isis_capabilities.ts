// What IS-IS routers and bridges can do. Pure. RFC 7981, RFC 8667, RFC 6329 (shortest path bridging).
import { bitNames, hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { bits } from "../core/table.ts";

/** Runs `each` over the parts from `at` to `end` until it gives `false`. */
function walk(
  l: Line,
  at: number,
  end: number,
  head: (type: number, size: number) => void,
  each: (type: number, at: number, size: number) => boolean,
): void {
  while (end - at > 2) {
    const type = l.u8(at), size = l.u8(at + 1);
    at += 2;
    head(type, size);
    if (end - at < size) return l.text(" (> containing TLV length)");
    l.need(at, size);
    if (!each(type, at, size)) return l.text(" (too short)");
    at += size;
  }
}

const PORT = ["SPB MCID", "SPB Digest", "SPB BVID"];

/** RFC 6329 section 16.1. */
export function portCapabilities(l: Line, at: number, end: number): void {
  const head = (type: number, size: number) =>
    l.text(`\n\t       ${PORT[type - 4] ?? "unknown"} subTLV #${type}, length: ${size}`);
  walk(l, at, end, head, (type, at, size) => {
    if (type === 4) {
      if (size < 102) return false;
      l.text("\n\t         MCID: ");
      configuration(l, at);
      l.text("\n\t         AUX-MCID: ");
      configuration(l, at + 51);
    } else if (type === 5) {
      if (size < 33) return false;
      const flags = l.u8(at);
      l.text(`\n\t        RES: ${flags >> 5} V: ${(flags >> 4) & 1} A: ${(flags >> 2) & 3} D: ${flags & 3}`);
      l.text("\n\t         Digest: ");
      for (let i = 0; i < 8; i++) {
        l.text(`${hex(l.u32(at + 1 + i * 4), 8)} `);
        if (i === 3) l.text("\n\t                 ");
      }
    } else if (type === 6) {
      for (let i = 0; i < size; i += 6) {
        if (size - i < 4) return false;
        l.text(`\n\t           ECT: ${hex(l.u32(at + i), 8)}`);
        if (size - i < 6) return false;
        const word = l.u16(at + i + 4);
        l.text(` BVID: ${word >> 4}, U:${(word >> 3) & 1} M:${(word >> 2) & 1} `);
      }
    }
    return true;
  });
}

function configuration(l: Line, at: number): void {
  l.text(`ID: ${l.u8(at)}, Name: `);
  l.string(at + 1, 32);
  l.text(`\n\t              Lvl: ${l.u16(at + 33)}, Digest: `);
  for (let i = 0; i < 16; i++) l.text(`${hex(l.u8(at + 35 + i), 2)} `);
}

/** RFC 6329 section 16.2. */
export function bridgeCapabilities(l: Line, at: number, end: number): void {
  const head = (type: number, size: number) => {
    const name =
      ({ 1: "SPB Instance", 3: "SPBM Service Identifier and Unicast Address" } as Record<number, string>)[type];
    l.text(`\n\t      ${name ?? "unknown"} subTLV #${type}, length: ${size}`);
  };
  walk(l, at, end, head, (type, at, size) => {
    if (type === 1) {
      if (size < 19) return false;
      const trees = l.u8(at + 18);
      l.text(`\n\t        CIST Root-ID: ${hex(l.u32(at), 8)} ${hex(l.u32(at + 4), 8)}`);
      l.text(`, Path Cost: ${hex(l.u32(at + 8), 8)}, Prio: ${l.u16(at + 12)}`);
      l.text(`\n\t        RES: ${l.u16(at + 14) >> 5}, V: ${(l.u16(at + 14) >> 4) & 1}`);
      l.text(`, SPSource-ID: ${l.u32(at + 14) & 0xfffff}, No of Trees: ${hex(trees)}`);
      for (let i = 0, tree = at + 19; i < trees; i++, tree += 8) {
        if (at + size - tree < 8) l.cut();
        const flags = l.u8(tree), ids = l.u24(tree + 5);
        l.text(`\n\t         U:${flags >> 7}, M:${(flags >> 6) & 1}, A:${(flags >> 5) & 1}, RES:${flags & 31}`);
        l.text(`, ECT: ${hex(l.u32(tree + 1), 8)}, BVID: ${ids >> 12}, SPVID: ${ids & 0xfff}`);
      }
    } else if (type === 3) {
      if (size < 8) l.cut();
      l.text(`\n\t        BMAC: ${l.hexText(at, 6)}, RES: ${l.u16(at + 6) >> 12}, VID: ${l.u16(at + 6) & 0xfff}`);
      for (let i = 8; i + 4 <= size; i += 4) {
        const word = l.u32(at + i);
        l.text(`\n\t        T: ${word >>> 31}, R: ${(word >>> 30) & 1}, RES: ${(word >>> 24) & 63}, `);
        l.text(`ISID: ${word & 0xffffff}`);
      }
    }
    return true;
  });
}

const ROUTER_FLAGS = bits("0x1 S bit|0x2 D bit");
const SEGMENT_FLAGS = bits("0x80 ipv4|0x40 ipv6");

/** RFC 7981. */
export function routerCapabilities(l: Line, at: number, end: number): void {
  l.text(`\n\t      Router-ID ${l.ip4Text(at)}, Flags [${bitNames(ROUTER_FLAGS, l.u8(at + 4), "none")}]`);
  at += 5;
  while (end - at >= 2) {
    const type = l.u8(at), size = l.u8(at + 1);
    at += 2;
    l.text(`\n\t\t${type === 2 ? "SR-Capabilities" : "unknown"} subTLV #${type}, length: ${size}`);
    if (size > end - at || !l.has(at, size)) return;
    if (type !== 2) unknownData(l, at, "\n\t\t", size);
    else {
      l.text(`, Flags [${bitNames(SEGMENT_FLAGS, l.u8(at), "None")}], Range ${l.u24(at + 1)}`);
      for (let i = 4; size - i >= 5;) {
        const kind = l.u8(at + i), length = l.u8(at + i + 1);
        i += 2;
        if (length > size - i) break;
        if (kind !== 1) unknownData(l, at + i, "\n\t\t  ", length);
        else if (length === 3) l.text(`, SID value ${l.u24(at + i)}`);
        else if (length === 4) l.text(`, SID value ${l.u32(at + i)}`);
        else l.text(`, Unknown SID length${length}`);
        i += length;
      }
    }
    at += size;
  }
}

// Multicast routing that runs inside IGMP, in a line: DVMRP, PIM version 1, traces. Pure. RFC 1075; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { spanText } from "../core/span.ts";
import { bits, names } from "../core/table.ts";

const DVMRP = names(
  "1 Probe|Report|Ask-neighbors|Neighbors|Ask-neighbors2|Neighbors2|Prune|Graft|Graft-ACK",
);
const NEIGHBOUR_FLAGS = bits("0x01 tunnel|0x02 srcrt|0x40 querier|0x20 disabled|0x10 down");

/** A message of `length` octets at `at`. */
export function printDvmrp(l: Line, at: number, length: number): void {
  l.protocol = "dvmrp";
  const wrong = (why: string) => {
    l.text(why);
    l.invalid();
  };
  if (length < 8) return wrong(` [length ${length} < 8]`);
  const type = l.u8(at + 1), end = at + length;
  l.text(` ${DVMRP[type] ?? `[type ${type}]`}`);
  const minor = type === 6 ? l.u8(at + 6) : 0, major = type === 6 ? l.u8(at + 7) : 0;
  at += 8;
  switch (type) {
    case 1:
      if (l.verbose === 0) return;
      if (end - at < 4) return wrong(` [full length ${end - at} < 4]`);
      l.text(`${l.verbose > 1 ? "\n\t" : " "}genid ${l.u32(at)}`);
      if (l.verbose < 2) return;
      for (at += 4; at < end; at += 4) {
        if (end - at < 4) return wrong(`[remaining length ${end - at} < 4]`);
        l.text(`\n\tneighbor ${l.ip4Text(at)}`);
      }
      return;
    case 2:
      if (l.verbose > 1) report(l, at, end, wrong);
      return;
    case 4:
      while (at < end) {
        if (end - at < 7) return wrong(` [length ${end - at} < 7]`);
        const own = at, metric = l.u8(at + 4), threshold = l.u8(at + 5);
        let count = l.u8(at + 6);
        for (at += 7; count > 0; count--, at += 4) {
          if (end - at < 4) return wrong(` [length ${end - at} < 4]`);
          l.text(` [${l.ip4Text(own)} -> ${l.ip4Text(at)}, (${metric}/${threshold})]`);
        }
      }
      return;
    case 6:
      l.text(` (v ${major}.${minor}):`);
      while (at < end) {
        if (end - at < 8) return wrong(` [length ${end - at} < 8]`);
        const own = at, metric = l.u8(at + 4), threshold = l.u8(at + 5), flags = l.u8(at + 6);
        let count = l.u8(at + 7);
        for (at += 8; count > 0 && at < end; count--, at += 4) {
          if (end - at < 4) return wrong(` [length ${end - at} < 4]`);
          l.text(` [${l.ip4Text(own)} -> `);
          l.text(`${l.ip4Text(at)} (${metric}/${threshold}`);
          for (const [bit, name] of NEIGHBOUR_FLAGS) if ((flags & bit) !== 0) l.text(`/${name}`);
          l.text(")]");
        }
        if (count > 0) return wrong(" [invalid ncount]");
      }
      return;
    case 7:
    case 8:
    case 9:
      l.text(` src ${l.ip4Text(at)} grp ${l.ip4Text(at + 4)}`);
      if (type === 7) l.text(` timer ${spanText(l.u32(at + 8))}`);
  }
}

/** Origins, of which only as many octets are sent as the mask has. */
function report(l: Line, at: number, end: number, wrong: (why: string) => void): void {
  while (at < end) {
    if (end - at < 3) return wrong(` [length ${end - at} < 3]`);
    const mask = [255, l.u8(at), l.u8(at + 1), l.u8(at + 2)];
    const width = 1 + Math.max(0, mask.findLastIndex((octet) => octet !== 0));
    l.text(`\n\tMask ${mask.join(".")}`);
    at += 3;
    for (let last = false; !last; at += width + 1) {
      if (end - at < width + 1) return wrong("\n\t  [Truncated Report]");
      const origin = [0, 1, 2, 3].map((i) => i < width ? l.u8(at + i) : 0);
      const metric = l.u8(at + width);
      last = (metric & 0x80) !== 0;
      l.text(`\n\t  ${origin.join(".")} metric ${metric & 0x7f}`);
    }
  }
}

const PIM = names("0 Query|Register|Register-Stop|Join/Prune|RP-reachable|Assert|Graft|Graft-ACK");

/** Version 1 of PIM. */
export function printPim1(l: Line, at: number, length: number): void {
  l.protocol = "pimv1";
  const type = l.u8(at + 1);
  l.text(` ${PIM[type] ?? `[type ${type}]`}`);
  const mask = (from: number) => l.u32(from) === 0xffffffff ? "" : `/${l.ip4Text(from)}`;
  switch (type) {
    case 0:
      if (l.has(at + 8, 1)) {
        const mode = l.u8(at + 8) >> 4;
        l.text(` ${["Dense-mode", "Sparse-mode", "Sparse-Dense-mode"][mode] ?? `mode-${mode}`}`);
      }
      if (l.verbose > 0) {
        l.text(" (Hold-time ");
        l.text(`${spanText(l.u16(at + 10))})`);
      }
      break;
    case 1:
      l.need(at + 8, 20);
      l.text(` for ${l.ip4Text(at + 20)} > ${l.ip4Text(at + 24)}`);
      break;
    case 2:
      l.text(` for ${l.ip4Text(at + 8)} > ${l.ip4Text(at + 12)}`);
      break;
    case 4:
      if (l.verbose === 0) break;
      l.need(at + 22, 2);
      l.text(` group ${l.ip4Text(at + 8)}${mask(at + 12)} RP ${l.ip4Text(at + 16)} hold ${spanText(l.u16(at + 22))}`);
      break;
    case 5:
      l.need(at + 16, 12);
      l.text(` for ${l.ip4Text(at + 16)} > ${l.ip4Text(at + 8)}${mask(at + 12)}`);
      l.text(` ${(l.u8(at + 20) & 0x80) !== 0 ? "RP-tree" : "SPT"} pref ${l.u32(at + 20) & 0x7fffffff} `);
      l.text(`metric ${l.u32(at + 24)}`);
      break;
    case 3:
    case 6:
    case 7:
      if (l.verbose === 0) break;
      if (length < 8) l.cut();
      join(l, at + 8, at + length, mask);
  }
  if (l.u8(at + 4) >> 4 !== 1) l.text(` [v${l.u8(at + 4) >> 4}]`);
}

function join(l: Line, at: number, end: number, mask: (from: number) => string): void {
  const tree = (from: number) => (l.u8(from) & 0x40) !== 0 ? "RP" : "SPT";
  // One group and one source stand in the line.
  if (l.has(at, 30) && l.u8(at + 11) === 1 && l.u16(at + 20) + l.u16(at + 22) === 1) {
    const hold = l.u16(at + 6);
    l.text(` RPF ${l.ip4Text(at)} `);
    if (hold !== 180) l.text(`Hold ${spanText(hold)}`);
    l.text(`${l.u16(at + 20) === 1 ? "Join" : "Prune"} (${l.ip4Text(at + 26)}/${l.u8(at + 25) & 0x3f}, `);
    l.text(`${l.ip4Text(at + 12)}${mask(at + 16)}) ${(l.u8(at + 24) & 1) !== 0 ? "Sparse" : "Dense"}`);
    return l.text(`${(l.u8(at + 25) & 0x80) !== 0 ? " WC" : ""} ${tree(at + 25)}`);
  }
  const need = (count: number) => {
    if (end - at < count) l.cut();
  };
  const line = l.verbose > 1 ? "\n" : "";
  need(4);
  l.text(`${line} Upstream Nbr: ${l.ip4Text(at)}`);
  at += 4;
  need(4);
  l.text(`${line} Hold time: ${spanText(l.u16(at + 2))}`);
  if (l.verbose < 2) return;
  at += 4;
  need(4);
  const groups = l.u8(at + 3);
  at += 4;
  for (let i = 0; i < groups; i++) {
    need(12);
    l.text(`\n\tGroup: ${l.ip4Text(at)}${mask(at + 4)}`);
    const joined = l.u16(at + 8), pruned = l.u16(at + 10);
    l.text(` joined: ${joined} pruned: ${pruned}`);
    at += 12;
    for (let j = 0; j < joined + pruned; j++) {
      need(6);
      l.text(`\n\t${j < joined ? "Join " : "Prune"} ${(l.u8(at) & 1) !== 0 ? "Sparse " : "Dense "}`);
      l.text(`${(l.u8(at + 1) & 0x80) !== 0 ? "WC " : ""}${tree(at + 1)} ${l.ip4Text(at + 2)}/${l.u8(at + 1) & 0x3f}`);
      at += 6;
    }
  }
}

/** A trace of the way that multicast takes. */
export function printTrace(l: Line, name: string, at: number, length: number): void {
  if (length < 24) return l.text(` [invalid len ${length}]`);
  l.text(`${name} ${l.u24(at + 21)}: ${l.ip4Text(at + 8)} to ${l.ip4Text(at + 12)} reply-to ${l.ip4Text(at + 16)}`);
  if (l.u8(at + 16) >> 4 === 14) l.text(` with-ttl ${l.u8(at + 20)}`);
}

/** How routers learn of rendezvous points from Cisco's. */
export function printAutoRp(l: Line, at: number, length: number): void {
  l.protocol = "cisco_autorp";
  const end = at + length;
  const need = (count: number) => {
    if (end - at < count) l.cut();
  };
  need(8);
  l.text(" auto-rp ");
  const type = l.u8(at);
  l.text(type === 0x11 ? "candidate-advert" : type === 0x12 ? "mapping" : `type-0x${hex(type, 2)}`);
  const count = l.u8(at + 1);
  l.text(" Hold ");
  const hold = l.u16(at + 2);
  l.text(hold !== 0 ? spanText(hold) : "FOREVER");
  at += 8;
  for (let i = 0; i < count; i++) {
    need(4);
    l.text(` RP ${l.ip4Text(at)}`);
    at += 4;
    need(1);
    const versions = l.u8(at), reserved = versions & 0xfc;
    l.text(` PIMv${["?", "1", "2", "1+2"][versions & 3]}`);
    if (reserved !== 0) l.text(` [rsvd=0x${reserved.toString(16).padStart(2, "0")}]`);
    at++;
    need(1);
    const entries = l.u8(at++);
    for (let j = 0; j < entries; j++, at += 6) {
      need(6);
      const flags = l.u8(at);
      l.text(`${j === 0 ? " " : ","}${(flags & 1) !== 0 ? "!" : ""}${l.ip4Text(at + 2)}/${l.u8(at + 1)}`);
      if ((flags & 2) !== 0) l.text(" bidir");
      if ((flags & 0xfc) !== 0) l.text(`[rsvd=0x${(flags & 0xfc).toString(16).padStart(2, "0")}]`);
    }
  }
}

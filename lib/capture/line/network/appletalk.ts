// AppleTalk in a line: LocalTalk, datagrams (DDP), names (NBP), transactions (ATP), addresses (AARP). Pure.
// Inside AppleTalk, second edition; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { printEigrp } from "../routing/eigrp.ts";
import { names } from "../core/table.ts";

const TYPES = names("1 rtmp|4 echo|rtmpReq|0x16 IP|ARP|0x4b KLAP");
const NAMES = 2, TRANSACTIONS = 3, ROUTES = 88;

/** Who sends: network, node and socket. */
interface Sender {
  readonly net: number;
  readonly node: number;
  readonly socket: number;
}

const host = (net: number, node: number) => node === 255 ? String(net) : `${net}.${node}`;

/** A frame of LocalTalk; gives the octets of its header. */
export function printLocalTalk(l: Line, at: number, length: number): number {
  l.protocol = "llap";
  if (length < 3) {
    l.text(` [|llap ${length}]`);
    return length;
  }
  if (!l.has(at, 3)) {
    l.text(" [|llap]");
    return l.end - at;
  }
  const to = l.u8(at), from = l.u8(at + 1), type = l.u8(at + 2);
  const body = at + 3, left = length - 3;
  if (type !== 1 && type !== 2) {
    l.text(`${from} > ${to} at-lap#${type} ${left}`);
    return 3;
  }
  const [name, size] = type === 1 ? ["sddp", 5] : ["ddp", 13];
  if (left < size) {
    l.text(` [|${name} ${left}]`);
    return left;
  }
  if (!l.has(body, size)) {
    l.text(` [|${name}]`);
    return l.end - at;
  }
  if (type === 2) long(l, body, left, ":");
  else {
    const sender = { net: 0, node: from, socket: l.u8(body + 3) };
    l.text(`${host(0, from)}.${sender.socket} > ${host(0, to)}.${l.u8(body + 2)}:`);
    datagram(l, l.u8(body + 4), body + 5, left - 5, sender);
  }
  return 3 + size;
}

/** A datagram of `length` octets at `at` with a long header. */
export function printAppleTalk(l: Line, at: number, length: number): void {
  l.protocol = "atalk";
  if (!l.link) l.text("AT ");
  if (length < 13) return l.text(` [|ddp ${length}]`);
  if (!l.has(at, 13)) return l.text(" [|ddp]");
  long(l, at, length, ": ");
}

function long(l: Line, at: number, length: number, colon: string): void {
  const sender = { net: l.u16(at + 6), node: l.u8(at + 9), socket: l.u8(at + 11) };
  l.text(`${host(sender.net, sender.node)}.${sender.socket} > `);
  l.text(`${host(l.u16(at + 4), l.u8(at + 8))}.${l.u8(at + 10)}${colon}`);
  datagram(l, l.u8(at + 12), at + 13, length - 13, sender);
}

function datagram(l: Line, type: number, at: number, length: number, sender: Sender): void {
  if (type === NAMES) binding(l, at, length, sender);
  else if (type === TRANSACTIONS) transaction(l, at, length);
  else if (type === ROUTES) printEigrp(l, at, length);
  else l.text(` at-${TYPES[type] ?? `#${type}`} ${length}`);
}

/** Names of bits of a transaction's control octet. */
const listed = (control: number, ...bits: readonly (readonly [number, string])[]) =>
  bits.filter(([bit]) => (control & bit) !== 0).map(([, name]) => name).join(",");
const XO = [0x20, "XO"] as const, EOM = [0x10, "EOM"] as const, STS = [0x08, "STS"] as const;

function transaction(l: Line, at: number, length: number): void {
  if (!l.has(at, 8)) return l.text(` [|${l.protocol}]`);
  if (length < 8) return l.text(` [|atp ${length}]`);
  length -= 8;
  const control = l.u8(at), number = l.u16(at + 2), map = l.u8(at + 1);
  const told = (words: string) => l.text(words === "" ? "" : ` [${words}]`);
  switch (control & 0xc0) {
    case 0x40:
      l.text(` atp-req${(control & 0x20) !== 0 ? " " : "*"} ${number}${bitmap(map)}`);
      if (length > 0) l.text(` [len=${length}]`);
      told(listed(control, EOM, STS));
      break;
    case 0x80:
      l.text(` atp-resp${(control & 0x10) !== 0 ? "*" : " "}${number}:${map} (${length})`);
      told(listed(control, XO, STS));
      break;
    case 0xc0:
      l.text(` atp-rel  ${number}${bitmap(map)}`);
      if (length > 0) l.text(` [len=${length}]`);
      if ((control & 0x38) !== 0) l.text(`[${listed(control, XO, EOM, STS)}]`);
      break;
    default:
      l.text(` atp-0x${hex(control)}  ${number} (${length})`);
  }
  if (l.u32(at + 4) !== 0) l.text(` 0x${hex(l.u32(at + 4))}`);
}

/** `<0-7>`, or the bits that are set where they are not all from 0 on. */
function bitmap(map: number): string {
  const bits = [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (map >> bit & 1) !== 0);
  if ((map + 1 & map) !== 0) return `<${bits.join(",")}>`;
  return bits.length > 1 ? `<0-${bits.length - 1}>` : "<0>";
}

function binding(l: Line, at: number, length: number, sender: Sender): void {
  if (length < 10) return l.text(` truncated-nbp ${length}`);
  const cut = () => l.text(` [|${l.protocol}]`);
  let entry = at + 2;
  if (entry > l.end) return cut();
  const control = l.u8(at), kind = control & 0xf0, id = l.u8(at + 1);
  if (kind === 0x10 || kind === 0x20) {
    l.text(kind === 0x20 ? ` nbp-lkup ${id}:` : ` nbp-brRq ${id}:`);
    if (!l.has(entry, 5)) return cut();
    name(l, entry);
    if ((control & 15) !== 1) l.text(` [ntup=${control & 15}]`);
    if (l.u8(entry + 4) !== 0) l.text(` [enum=${l.u8(entry + 4)}]`);
    const [net, node, socket] = [l.u16(entry), l.u8(entry + 2), l.u8(entry + 3)];
    if (net !== sender.net || node !== sender.node || socket !== sender.socket) {
      l.text(` [addr=${host(net, node)}.${socket}]`);
    }
  } else if (kind === 0x30) {
    l.text(` nbp-reply ${id}:`);
    for (let i = control & 15; i > 0; i--) {
      if (!l.has(entry, 5)) return cut();
      const next = name(l, entry);
      if (l.u8(entry + 4) !== 1) l.text(`(${l.u8(entry + 4)})`);
      if (l.u8(entry + 3) !== sender.socket) l.text(` ${l.u8(entry + 3)}`);
      const [net, node] = [l.u16(entry), l.u8(entry + 2)];
      if (net !== sender.net || node !== sender.node) l.text(` [addr=${host(net, node)}]`);
      if (next < 0) return;
      entry = next;
    }
  } else l.text(` nbp-0x${hex(control)}  ${id} (${length - 2})`);
}

/** Object, type and zone behind an address; gives the offset behind them, below 0 when they break off. */
function name(l: Line, entry: number): number {
  l.text(' "');
  let at = entry + 5;
  for (const after of [":", "@", '"']) {
    if (at >= l.end) {
      l.text(` [|${l.protocol}]`);
      return -1;
    }
    const size = l.u8(at++);
    if (size > 32) {
      l.text(`[len=${size}]`);
      return -1;
    }
    for (let i = 0; i < size; i++) {
      if (at >= l.end) {
        l.text(` [|${l.protocol}]`);
        return -1;
      }
      l.safe(l.u8(at++));
    }
    l.text(after);
  }
  return at;
}

/** Address resolution. */
export function printAppleArp(l: Line, at: number, length: number): void {
  l.protocol = "aarp";
  l.text("aarp ");
  if (!l.has(at, 28)) return l.text(" [|aarp]");
  if (length < 28) return l.text(` [|aarp ${length}]`);
  const code = l.u16(at + 6);
  const address = (from: number) => host(l.u16(from + 1), l.u8(from + 3));
  if (l.u16(at) === 1 && l.u16(at + 2) === 0x809b && l.u16(at + 4) === 0x0604) {
    if (code === 1) return l.text(`who-has ${address(at + 24)} tell ${address(at + 14)}`);
    if (code === 2) return l.text(`reply ${address(at + 14)} is-at ${l.macText(at + 8)}`);
    if (code === 3) return l.text(`probe ${address(at + 24)} tell ${address(at + 14)}`);
  }
  l.text(`len ${length} op ${code} htype ${l.u16(at)} ptype 0x${hex(l.u16(at + 2))} `);
  l.text(`halen ${l.u8(at + 4)} palen ${l.u8(at + 5)}`);
}

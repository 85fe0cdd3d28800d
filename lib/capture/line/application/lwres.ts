// The lightweight resolver of BIND 9 in a line. Pure. The form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { DNS_TYPES } from "../core/names.ts";
import { spanText } from "../core/span.ts";
import { names } from "../core/table.ts";

const HEADER = 28;
const OPERATIONS = names("0 noop|0x10001 getaddrsbyname|getnamebyaddr|getrdatabyname");
const CLASSES = names("3 CHAOS|HS|255 ANY");
const ADDRESSES = ["", " IPv4", " IPv6", " IPv4/6"];

/** A message of `length` octets at `at`. */
export function printLwres(l: Line, at: number, length: number): void {
  l.protocol = "lwres";
  l.must(at + HEADER - 2, 2);
  const version = l.u16(at + 4), stated = l.u32(at);
  l.text(" lwres");
  if (l.verbose > 0 || version !== 0) l.text(` v${version}`);
  let behind: number | undefined = at + stated;
  if (version === 0) {
    const flags = l.u16(at + 6), operation = l.u32(at + 12), response = (flags & 1) !== 0;
    l.text(` ${OPERATIONS[operation] ?? `#0x${hex(operation)}`}${response ? "" : "?"}`);
    if ((flags & ~1) !== 0) l.text(`[0x${hex(flags)}]`);
    if (l.verbose > 1) {
      l.text(` (serial:0x${hex(l.u32(at + 8))} result:0x${hex(l.u32(at + 16))} recvlen:${l.u32(at + 20)}`);
      if (l.verbose > 2) l.text(` authtype:0x${hex(l.u16(at + 24))} authlen:${l.u16(at + 26)}`);
      l.text(")");
    }
    const read = (response ? RESPONSES : REQUESTS)[operation];
    behind = read?.(l, at + HEADER);
    if (behind !== undefined && behind < 0) return l.invalid();
  }
  if (stated !== length) l.text(` [len: ${stated} != ${length}]`);
  if (behind !== undefined && behind - at < stated) l.text("[extra]");
}

/** Reads what is asked or answered; gives the offset behind it, negative where an address is too short. */
type Read = (l: Line, at: number) => number;

function flags(l: Line, at: number): void {
  if (l.verbose > 2) l.text(` flags:0x${hex(l.u32(at))}`);
}

function typeAndClass(l: Line, at: number): void {
  const kind = l.u16(at + 6), group = l.u16(at + 4);
  l.text(` ${DNS_TYPES[kind] ?? `Type${kind}`}`);
  if (group !== 1) l.text(` ${CLASSES[group] ?? `Class${group}`}`);
}

const REQUESTS: Readonly<Record<number, Read>> = {
  0: (_, at) => at,
  0x10001: (l, at) => {
    l.must(at + 8, 2);
    flags(l, at);
    const kinds = l.u32(at + 4);
    l.text(ADDRESSES[kinds & 3]!);
    if (kinds > 3) l.text(`[0x${hex(kinds)}]`);
    return name(l, at + 10, l.u16(at + 8));
  },
  0x10002: (l, at) => {
    l.must(at, 4);
    flags(l, at);
    return address(l, at + 4);
  },
  0x10003: (l, at) => {
    l.must(at + 8, 2);
    flags(l, at);
    typeAndClass(l, at);
    return name(l, at + 10, l.u16(at + 8));
  },
};

const RESPONSES: Readonly<Record<number, Read>> = {
  0: (_, at) => at,
  0x10001: (l, at) => {
    l.must(at + 8, 2);
    flags(l, at);
    const aliases = l.u16(at + 4), addresses = l.u16(at + 6);
    l.text(` ${aliases}/${addresses}`);
    let cursor = many(l, name(l, at + 10, l.u16(at + 8)), aliases, countedName);
    for (let i = 0; i < addresses && cursor >= 0; i++) cursor = address(l, cursor);
    return cursor;
  },
  0x10002: (l, at) => {
    l.must(at + 6, 2);
    flags(l, at);
    const aliases = l.u16(at + 4);
    l.text(` ${aliases}`);
    return many(l, name(l, at + 8, l.u16(at + 6)), aliases, countedName);
  },
  0x10003: (l, at) => {
    l.must(at + 14, 2);
    flags(l, at);
    typeAndClass(l, at);
    const records = l.u16(at + 12), signatures = l.u16(at + 14);
    l.text(` TTL ${spanText(l.u32(at + 8))} ${records}/${signatures}`);
    return many(l, countedName(l, at + 16), records + signatures, binary);
  },
};

function many(l: Line, at: number, count: number, read: Read): number {
  for (let i = 0; i < count; i++) at = read(l, at);
  return at;
}

function name(l: Line, at: number, length: number): number {
  l.text(" ");
  l.octets(at, length);
  if (l.u8(at + length) !== 0) l.text(" (not NUL-terminated!)");
  return at + length + 1;
}

function countedName(l: Line, at: number): number {
  return name(l, at + 2, l.u16(at));
}

function binary(l: Line, at: number): number {
  const length = l.u16(at);
  for (let i = 0; i < length; i++) l.text(hex(l.u8(at + 2 + i), 2));
  return at + 2 + length;
}

function address(l: Line, at: number): number {
  const length = l.u16(at + 4), family = l.u32(at);
  at += 6;
  l.must(at, length);
  const size = family === 1 ? 4 : family === 2 ? 16 : length;
  if (length < size) return -1;
  l.text(` ${family === 1 ? l.ip4Text(at) : family === 2 ? l.ip6Text(at) : `${family}/${l.hexText(at, length)}`}`);
  return at + size;
}

// Generic routing encapsulation in a line, with what it carries. Pure. RFC 2784, 2890, 1701, 2637; the form is tcpdump's.
import { printAppleTalk } from "../network/appletalk.ts";
import { printIpx } from "../network/ipx.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { printMpls } from "../network/mpls.ts";
import { ETHERTYPES } from "../core/names.ts";
import { printOsi } from "../network/osi.ts";
import { printPpp } from "../link/ppp.ts";
import { bits } from "../core/table.ts";

const FLAGS = bits(
  "0x8000 checksum present|0x4000 routing present|0x2000 key present|0x1000 sequence# present|" +
    "0x0800 source routing present|0x0080 ack present",
);

/** `length` octets at `at`. */
export function printGre(l: Line, at: number, length: number): void {
  l.protocol = "gre";
  if (length < 2) return l.text(" [|gre]");
  const end = at + length;
  l.need(at, 2);
  const flags = l.u16(at), version = flags & 7;
  l.text(`GREv${version}`);
  if (version > 1) return l.text(" ERROR: unknown-version");
  if (l.verbose > 0) l.text(`, Flags [${bitNames(FLAGS, flags, "none")}]`);
  /** Moves behind the next `count` octets, which must be there. */
  const take = (count: number) => {
    if (end - at < count) l.cut();
    l.need(at, count);
    at += count;
    return at - count;
  };
  take(2);
  const type = l.u16(take(2));
  if (version === 0) {
    if ((flags & 0xc000) !== 0) {
      const sum = take(2);
      if (l.verbose > 0) l.text(`, sum 0x${hex(l.u16(sum))}`);
      l.text(`, off 0x${hex(l.u16(take(2)))}`);
    }
    if ((flags & 0x2000) !== 0) l.text(`, key=0x${hex(l.u32(take(4)))}`);
    if ((flags & 0x1000) !== 0) l.text(`, seq ${l.u32(take(4))}`);
    if ((flags & 0x4000) !== 0) routes(l, take);
  } else {
    if ((flags & 0x2000) !== 0) l.text(`, call ${l.u32(take(4)) & 0xffff}`);
    if ((flags & 0x1000) !== 0) l.text(`, seq ${l.u32(take(4))}`);
    if ((flags & 0x0080) !== 0) l.text(`, ack ${l.u32(take(4))}`);
    if ((flags & 0x1000) === 0) l.text(", no-payload");
  }
  if (l.link) l.text(`, proto ${ETHERTYPES[type] ?? "unknown"} (0x${hex(type, 4)})`);
  l.text(`, length ${length}`);
  if (version === 1 && (flags & 0x1000) === 0) return;
  l.text(l.verbose < 1 ? ": " : "\n\t");
  payload(l, version, type, at, end - at);
}

function payload(l: Line, version: number, type: number, at: number, length: number): void {
  if (version === 1) {
    if (type === 0x880b) printPpp(l, at, length);
    else l.text(`gre-proto-0x${hex(type)}`);
    return;
  }
  switch (type) {
    case 0x0800:
      return l.layers.ip(l, at, length);
    case 0x86dd:
      return l.layers.ip6(l, at, length);
    case 0x8847:
      return printMpls(l, at, length);
    case 0x8137:
      return printIpx(l, at, length);
    case 0x809b:
      return printAppleTalk(l, at, length);
    case 0x00fe:
      return printOsi(l, at, length);
    case 0x6558:
      l.layers.ether(l, at, length);
      return;
  }
  l.text(`gre-proto-0x${hex(type)}`);
}

/** Source routes. RFC 1701. */
function routes(l: Line, take: (count: number) => number): void {
  for (;;) {
    const head = take(4);
    const family = l.u16(head), offset = l.u8(head + 2), size = l.u8(head + 3);
    if (family === 0 && size === 0) return;
    const unit = family === 0x0800 ? 4 : family === 0xfffe ? 2 : 0;
    if (unit === 0) {
      l.text(`, (rtaf=0x${hex(family)})`);
      take(size);
      continue;
    }
    l.text(`, (rtaf=${unit === 4 ? "ip" : "asn"}`);
    if (offset % unit !== 0) l.text(`, badoffset=${offset}`);
    else if (size % unit !== 0) l.text(`, badlength=${size}`);
    else if (offset >= size) l.text(`, badoff/len=${offset}/${size}`);
    else {
      const from = take(size);
      for (let i = 0; i < size; i += unit) {
        l.text(` ${i === offset ? "*" : ""}${unit === 4 ? l.ip4Text(from + i) : hex(l.u16(from + i))}`);
      }
      l.text(")");
      continue;
    }
    l.text(")");
    take(size);
  }
}

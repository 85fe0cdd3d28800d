// On-demand routing of ad hoc networks in a line. Pure. RFC 3561, and its drafts for IPv6; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

/** Where the fields of a message stand: destination, its number, originator, and the last word. */
interface Layout {
  readonly size: number;
  readonly ver: 4 | 6;
  readonly target: number;
  readonly targetNumber: number;
  readonly origin: number;
  readonly last: number;
}

const REQUEST_4: Layout = { size: 24, ver: 4, target: 8, targetNumber: 12, origin: 16, last: 20 };
const REQUEST_6: Layout = { size: 48, ver: 6, target: 8, targetNumber: 24, origin: 28, last: 44 };
const REQUEST_DRAFT: Layout = { size: 48, ver: 6, target: 16, targetNumber: 8, origin: 32, last: 12 };
const REPLY_4: Layout = { size: 20, ver: 4, target: 4, targetNumber: 8, origin: 12, last: 16 };
const REPLY_6: Layout = { size: 44, ver: 6, target: 4, targetNumber: 20, origin: 24, last: 40 };
const REPLY_DRAFT: Layout = { size: 44, ver: 6, target: 8, targetNumber: 4, origin: 24, last: 40 };

/** A message of `length` octets at `at`. */
export function printAodv(l: Line, at: number, length: number): void {
  l.protocol = "aodv";
  const type = l.u8(at);
  l.text(" aodv");
  switch (type) {
    case 1:
      return request(l, at, length, l.ip.ver === 4 ? REQUEST_4 : REQUEST_6);
    case 2:
      return reply(l, at, length, l.ip.ver === 4 ? REPLY_4 : REPLY_6);
    case 3:
      return failure(l, at, length, l.ip.ver);
    case 4:
    case 19:
      return l.text(` rrep-ack ${length}`);
    case 16:
      return request(l, at, length, REQUEST_DRAFT);
    case 17:
      return reply(l, at, length, REPLY_DRAFT);
    case 18:
      return failure(l, at, length, 6);
  }
  l.text(` type ${type} ${length}`);
}

const cut = (l: Line) => l.text(" [|aodv]");
const addressText = (l: Line, at: number, ver: 4 | 6) => ver === 4 ? l.ip4Text(at) : l.ip6Text(at);

function request(l: Line, at: number, length: number, layout: Layout): void {
  const { size, ver } = layout;
  if (!l.has(at, size) || length < size) return cut(l);
  // Flags are looked for in the type, as tcpdump does: only the draft's looks like one.
  const flag = layout === REQUEST_DRAFT ? "[D]" : "";
  l.text(
    `${layout === REQUEST_6 ? " v6" : ""} rreq ${length} ${flag} hops ${l.u8(at + 3)} id 0x${hex(l.u32(at + 4), 8)}\n`,
  );
  ends(l, at, layout, "seq");
  l.text(`${addressText(l, at + layout.origin, ver)} seq ${l.u32(at + layout.last)}`);
  if (length >= size + 2) extension(l, at + size, length - size);
}

function reply(l: Line, at: number, length: number, layout: Layout): void {
  const { size, ver } = layout;
  if (!l.has(at, size) || length < size) return cut(l);
  l.text(` rrep ${length}  prefix ${l.u8(at + 2) & 31} hops ${l.u8(at + 3)}\n`);
  ends(l, at, layout, "dseq");
  l.text(`${addressText(l, at + layout.origin, ver)} ${l.u32(at + layout.last)} ms`);
  if (length >= size + 2) extension(l, at + size, length - size);
}

function ends(l: Line, at: number, { target, targetNumber, ver }: Layout, word: string): void {
  l.text(`\tdst ${addressText(l, at + target, ver)} ${word} ${l.u32(at + targetNumber)} src `);
}

function failure(l: Line, at: number, length: number, ver: 4 | 6): void {
  if (!l.has(at, 4) || length < 4) return cut(l);
  const size = ver === 4 ? 8 : 20, count = l.u8(at + 3);
  l.text(` rerr ${(l.u8(at + 1) & 0x80) !== 0 ? "[D]" : ""} [items ${count}] [${length}]:`);
  at += 4;
  length -= 4;
  for (let i = 0; i < count; i++, at += size, length -= size) {
    if (!l.has(at, size) || length < size) return cut(l);
    l.text(` {${addressText(l, at, ver)}}(${l.u32(at + size - 4)})`);
  }
}

function extension(l: Line, at: number, length: number): void {
  if (!l.has(at, 2)) return cut(l);
  const type = l.u8(at), size = l.u8(at + 1);
  if (type !== 1) return l.text(`\n\text ${type} ${size}`);
  if (!l.has(at, 6) || length < 6) return cut(l);
  l.text(size < 4 ? `\n\text HELLO - bad length ${size}` : `\n\text HELLO ${l.u32(at + 2)} ms`);
}

// RPL, the routing of low-power networks, in a line. Pure. RFC 6550; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const MODES = names("0 nonstoring|storing|nonstoring-multicast|storing-multicast");
const OPTIONS = names("0 pad1|padN|metrics|routinginfo|config|rpltarget|transitinfo|8 destprefix|rpltargetdesc");

/** A message of `length` octets, counted from the code's message at `at`. */
export function printRpl(l: Line, code: number, at: number, length: number): void {
  if ((code & 0x80) !== 0) return l.text(", (SEC) [worktodo]");
  l.text(", (CLR)");
  const verbose = l.verbose > 0;
  switch (code) {
    case 0:
      return l.text("DODAG Information Solicitation");
    case 1:
      l.text("DODAG Information Object");
      return verbose ? information(l, at, length) : undefined;
    case 2:
      l.text("Destination Advertisement Object");
      return verbose ? advertisement(l, at, length, false) : undefined;
    case 3:
      l.text("Destination Advertisement Object Ack");
      return verbose ? advertisement(l, at, length, true) : undefined;
  }
  l.text(`RPL message, unknown code ${code}`);
}

function information(l: Line, at: number, length: number): void {
  if (length < 24) {
    l.text(` [length ${length} < 24]`);
    return l.invalid();
  }
  const mode = l.u8(at + 4);
  l.text(` [dagid:${l.ip6Text(at + 8)},seq:${l.u8(at + 5)},instance:${l.u8(at)},rank:${l.u16(at + 2)},`);
  l.text(
    `${(mode & 0x80) !== 0 ? "grounded," : ""}mop:${MODES[mode >> 3 & 7] ?? `mop${mode >> 3 & 7}`},prf:${mode & 7}]`,
  );
  if (l.verbose > 1) options(l, at + 24, length - 24);
}

function advertisement(l: Line, at: number, length: number, answer: boolean): void {
  const short = () => l.text(` [|${answer ? "dao-" : ""}length too short]`);
  // tcpdump wants the identifier of a DAO to be there, named or not.
  if (!l.has(at, answer ? 4 : 20)) return l.text(" [|icmp6]");
  if (length < 4) return short();
  const flags = l.u8(at + 1);
  const named = answer ? (flags & 0x80) !== 0 : (flags & 0x40) !== 0;
  let id = "<elided>", used = 4;
  if (named) {
    if (!l.has(at + 4, 16)) return l.text(" [|icmp6]");
    if (length < 20) return short();
    id = l.ip6Text(at + 4);
    used = 20;
  }
  l.text(` [dagid:${id},seq:${l.u8(at + (answer ? 2 : 3))},instance:${l.u8(at)}`);
  if (answer) l.text(`,status:${l.u8(at + 3)}]`);
  else l.text(`${(flags & 0x80) !== 0 ? ",acK" : ""}${named ? ",Dagid" : ""},${hex(flags, 2)}]`);
  if (l.verbose > 1) options(l, at + used, length - used);
}

function options(l: Line, at: number, length: number): void {
  while (length > 0) {
    const type = l.u8(at);
    let size = 1;
    if (type === 0) l.text(" opt:pad1");
    else {
      if (length < 2) return l.text(" [|icmp6]");
      size = l.u8(at + 1) + 2;
      l.text(` opt:${OPTIONS[type] ?? `subopt:${type}`} len:${size} `);
      if (!l.has(at, size) || length < size) return l.text(" [|icmp6]");
      if (l.verbose > 2) rows(l, at + 2, size - 2);
    }
    at += size;
    length -= size;
  }
}

function rows(l: Line, at: number, length: number): void {
  for (let row = 0; row < length; row += 16) {
    l.text(` 0x${hex(row, 4)}: `);
    for (let i = row; i < Math.min(length, row + 16); i++) l.text(`${i % 2 === 0 ? " " : ""}${hex(l.u8(at + i), 2)}`);
  }
}

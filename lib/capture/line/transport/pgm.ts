// Reliable multicast (PGM) in a line, options with -v. Pure. RFC 3208; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { printEnds } from "./ends.ts";
import { printZmtpDatagram } from "../application/zmtp.ts";

const HEADER = 16;
const NAMES: Readonly<Record<number, string>> = { 4: "ODATA", 5: "RDATA", 8: "NAK", 9: "NNAK", 10: "NCF" };

/** Thrown where an address is of no known family. */
class Unknown extends Error {}

/** Where a message is read. */
interface Cursor {
  at: number;
}

/** An address of IPv4 or IPv6 at the cursor. */
function address(l: Line, c: Cursor, family: number): string {
  const size = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (size === 0 || !l.has(c.at, size)) throw new Unknown();
  c.at += size;
  return size === 4 ? l.ip4Text(c.at - 4) : l.ip6Text(c.at - 16);
}

/** A message of `length` octets at `at`, in IP or in UDP. */
export function printPgm(l: Line, at: number, length: number): void {
  l.protocol = "pgm";
  const cut = () => l.text(" [|pgm]");
  if (!l.has(at + 2, 2)) {
    l.ends();
    l.text(":");
    return cut();
  }
  printEnds(l, at, 113);
  if (!l.has(at, HEADER)) return cut();
  const octets = l.u16(at + 14), type = l.u8(at + 4);
  l.text(`PGM, length ${octets}`);
  if (l.verbose === 0) return;
  l.text(` 0x${l.hexText(at + 8, 6)} `);
  const c = { at: at + HEADER };
  try {
    if (!message(l, type, c)) return cut();
    if ((l.u8(at + 5) & 1) !== 0 && !options(l, c)) return;
  } catch (error) {
    if (!(error instanceof Unknown)) throw error;
    return cut();
  }
  l.text(` [${length}]`);
  if (l.options.forced === "pgm_zmtp1" && (type === 4 || type === 5)) printZmtpDatagram(l, c.at, octets);
}

/** What a type of message says; `false` when it was not captured. */
function message(l: Line, type: number, c: Cursor): boolean {
  const start = c.at;
  const fixed = (size: number) => {
    c.at += size;
    return l.has(start, size);
  };
  switch (type) {
    case 0: {
      if (!fixed(16)) return false;
      const nearest = address(l, c, l.u16(start + 12));
      l.text(`SPM seq ${l.u32(start)} trail ${l.u32(start + 4)} lead ${l.u32(start + 8)} nla ${nearest}`);
      return true;
    }
    case 1: {
      if (!fixed(12)) return false;
      const nearest = address(l, c, l.u16(start + 8));
      const [interval, random, mask] = [l.u32(c.at), l.u32(c.at + 4), l.u32(c.at + 8)];
      c.at += 12;
      l.text(`POLL seq ${l.u32(start)} round ${l.u16(start + 4)} nla ${nearest} ivl ${interval} `);
      l.text(`rnd 0x${hex(random, 8)} mask 0x${hex(mask, 8)}`);
      return true;
    }
    case 2:
      if (!fixed(8)) return false;
      l.text(`POLR seq ${l.u32(start)} round ${l.u16(start + 4)}`);
      return true;
    case 4:
    case 5:
      if (!fixed(8)) return false;
      l.text(`${NAMES[type]} trail ${l.u32(start + 4)} seq ${l.u32(start)}`);
      return true;
    case 8:
    case 9:
    case 10: {
      if (!fixed(8)) return false;
      const source = address(l, c, l.u16(start + 4));
      // The family of the group is read behind two words, and its address from where the family stands, as tcpdump does.
      c.at += 4;
      const group = address(l, c, l.u16(c.at));
      l.text(`${NAMES[type]} (${source} -> ${group}), seq ${l.u32(start)}`);
      return true;
    }
    case 11:
      if (!fixed(8)) return false;
      l.text(`ACK seq ${l.u32(start)}`);
      return true;
  }
  // Of these the header is passed by none, and options are looked for in it.
  c.at = start - HEADER;
  l.text(type === 12 ? "SPMR" : `UNKNOWN type 0x${hex(type, 2)}`);
  return true;
}

/** An option of a fixed size: its octets, its name in complaints, and its words; numbers begin behind four octets. */
type Option = readonly [size: number, name: string, words: (l: Line, at: number) => string];
const OPTIONS: Readonly<Record<number, Option>> = {
  1: [16, "FRAGMENT", (l, at) => `FRAG seq ${l.u32(at)} off ${l.u32(at + 4)} len ${l.u32(at + 8)}`],
  3: [8, "JOIN", (l, at) => `JOIN ${l.u32(at)}`],
  4: [12, "NAK_BO_IVL", (l, at) => `BACKOFF ivl ${l.u32(at)} ivlseq ${l.u32(at + 4)}`],
  5: [12, "NAK_BO_RNG", (l, at) => `BACKOFF max ${l.u32(at)} min ${l.u32(at + 4)}`],
  8: [8, "PARITY_PRM", (l, at) => `PARITY MAXTGS ${l.u32(at)}`],
  9: [8, "PARITY_GRP", (l, at) => `PARITY GROUP ${l.u32(at)}`],
  10: [8, "CURR_TGSIZE", (l, at) => `PARITY ATGS ${l.u32(at)}`],
  11: [4, "NBR_UNREACH", () => "NBR_UNREACH"],
  13: [4, "SYN", () => "SYN"],
  14: [4, "FIN", () => "FIN"],
  15: [4, "RST", () => "RST"],
  17: [4, "CRQST", () => "CRQST"],
};
/** Options with an address behind `size` octets: their names in complaints, and whether a number comes first. */
const ADDRESSED: Readonly<Record<number, readonly [size: number, short: string, name: string, words: string]>> = {
  7: [8, "OPT_REDIRECT", "OPT_REDIRECT", "REDIRECT"],
  18: [12, "OPT_PGMCC_DATA", "OPT_PGMCC_DATA", "PGMCC DATA"],
  19: [12, "PGM_OPT_PGMCC_FEEDBACK", "OPT_PGMCC_FEEDBACK", "PGMCC FEEDBACK"],
};

/** Options; `false` when the line ends with what is wrong with them. */
function options(l: Line, c: Cursor): boolean {
  const wrong = (text: string) => {
    l.text(`[${text}]`);
    return false;
  };
  if (!l.has(c.at, 4)) throw new Unknown();
  const first = l.u8(c.at) & 0x7f, size = l.u8(c.at + 1), total = l.u16(c.at + 2);
  if (first !== 0) return wrong(`First option bad, should be PGM_OPT_LENGTH, is ${first}`);
  if (size !== 4) return wrong(`Bad OPT_LENGTH option, length ${size} != 4`);
  if (total < 4) return wrong(`Bad total option length ${total} < 4`);
  l.text(` OPTS LEN ${total}`);
  c.at += 4;
  const noRoom = "Total option length leaves no room for final option";
  // Lengths go below zero where tcpdump's do: then the captured octets are the end.
  for (let left = total - 4; left !== 0;) {
    if (left > 0 && left < 4) return wrong(noRoom);
    const kind = l.u8(c.at), count = l.u8(c.at + 1), type = kind & 0x7f;
    c.at += 2;
    if (count < 4) {
      wrong(`Bad option, length ${count} < 4`);
      return true;
    }
    if (left > 0 && left < count) return wrong(noRoom);
    if (!l.has(c.at, count - 2)) throw new Unknown();
    const fixed = OPTIONS[type], addressed = ADDRESSED[type];
    if (fixed !== undefined) {
      const [needed, name, words] = fixed;
      if (count !== needed) return wrong(`Bad OPT_${name} option, length ${count} != ${needed}`);
      l.text(` ${words(l, c.at + 2)}`);
      c.at += needed - 2;
      left -= needed;
    } else if (addressed !== undefined) {
      const [needed, short, name, words] = addressed;
      if (count < needed) return wrong(`Bad ${short} option, length ${count} < ${needed}`);
      const number = needed === 12 ? `${l.u32(c.at + 2)} ` : "";
      const family = l.u16(c.at + needed - 6);
      c.at += needed - 2;
      const bytes = family === 1 ? 4 : family === 2 ? 16 : 0;
      if (bytes === 0) throw new Unknown();
      if (count !== needed + bytes) return wrong(`Bad ${name} option, length ${count} != ${needed} + address size`);
      l.text(` ${words} ${number}${address(l, c, family)}`);
      left -= needed + bytes;
    } else if (type === 0) {
      if (count !== 4) return wrong(`Bad OPT_LENGTH option, length ${count} != 4`);
      l.text(` OPTS LEN (extra?) ${l.u16(c.at)}`);
      c.at += 2;
      left -= 4;
    } else if (type === 2) {
      c.at += 2;
      l.text(" NAK LIST");
      // The octets of the option's head are not counted.
      for (let rest = count - 4; rest > 0; rest -= 4) {
        if (rest < 4) return wrong("Option length not a multiple of 4");
        l.text(` ${l.u32(c.at)}`);
        c.at += 4;
        left -= 4;
      }
    } else {
      if (type === 12) l.text(` PATH_NLA [${count}]`);
      else if (type === 16) l.text(" CR");
      else l.text(` OPT_${hex(kind, 2).toUpperCase()} [${count}] `);
      // As many octets as the option has are passed behind its head.
      c.at += count;
      left -= count;
    }
    if ((kind & 0x80) !== 0) break;
  }
  return true;
}

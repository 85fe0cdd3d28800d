// Extension headers of IPv6 in a line: options, routing, fragments, mobility. Pure. RFC 8200, RFC 8754, RFC 6275; the
// form is tcpdump's. Each gives the octets of the header, or -1 when nothing after it can be read.
import { bitNames, hex, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

/** Prints that the line ends early. */
function broken(l: Line): -1 {
  l.text(` [|${l.protocol}]`);
  return -1;
}

/** What a packet says of its own length, in a jumbo option. */
export interface Jumbo {
  payload: number;
  found: boolean;
}

/** Options for each hop or for the destination. `jumbo` is where one for each hop may say the length. */
export function printOptions(l: Line, at: number, name: "HBH" | "DSTOPT", jumbo?: Jumbo): number {
  l.protocol = name === "HBH" ? "hbhopt" : "dstopt";
  const size = (l.u8(at + 1) + 1) * 8;
  if (!l.has(at, size)) return broken(l);
  l.text(`${name} `);
  if (name === "DSTOPT" && l.verbose === 0) return size;
  return options(l, at + 2, at + size, jumbo) ? size : broken(l);
}

/** Octets of an option with its head: at least, and whether exactly so many. */
const OPTION_SIZES: Readonly<Record<number, readonly [word: string, size: number, exact: boolean]>> = {
  1: ["padn", 2, false],
  5: ["rtalert", 4, true],
  0xc2: ["jumbo", 6, true],
  0xc9: ["homeaddr", 18, false],
};

function options(l: Line, at: number, end: number, jumbo: Jumbo | undefined): boolean {
  const say = (text: string) => {
    if (l.verbose > 0) l.text(text);
  };
  let seen = false;
  while (at < end) {
    const type = l.u8(at);
    if (type === 0) {
      say("(pad1)");
      at++;
      continue;
    }
    if (at + 1 >= end) return false;
    const length = l.u8(at + 1), left = end - at;
    if (length + 2 > left) return false;
    const [word, size, exact] = OPTION_SIZES[type] ?? ["", 2, false];
    if (left < size) {
      l.text(`(${word}: trunc)`);
      return false;
    }
    if (exact ? length + 2 !== size : length + 2 < size) {
      l.text(`(${word}: invalid len ${length})`);
      return false;
    }
    switch (type) {
      case 1:
        say("(padn)");
        break;
      case 5:
        say(`(rtalert: 0x${hex(l.u16(at + 2), 4)}) `);
        break;
      case 0xc2: {
        const octets = l.u32(at + 2);
        let why = "";
        if (seen) why = " - already seen";
        else if (jumbo === undefined) why = " - not a hop-by-hop option";
        else if (jumbo.payload !== 0) why = " - payload len != 0";
        else if (octets < 65536) why = " - < 65536";
        else [jumbo.payload, jumbo.found] = [octets, true];
        seen = true;
        say(`(jumbo: ${octets}${why}) `);
        break;
      }
      case 0xc9:
        if (l.verbose === 0) break;
        l.text(`(homeaddr: ${l.ip6Text(at + 2)}`);
        if (!subOptions(l, at + 18, at + 2 + length)) return false;
        l.text(")");
        break;
      default:
        say(`(opt_type 0x${hex(type, 2)}: len=${length})`);
    }
    at += 2 + length;
  }
  say(" ");
  return true;
}

function subOptions(l: Line, at: number, end: number): boolean {
  while (at < end) {
    const type = l.u8(at);
    if (type === 0) {
      l.text(", pad1");
      at++;
      continue;
    }
    if (at + 1 >= end || at + 2 + l.u8(at + 1) > end) return false;
    const length = l.u8(at + 1);
    l.text(type === 1 ? ", padn" : `, sopt_type 0x${hex(type, 2)}: len=${length}`);
    at += 2 + length;
  }
  return true;
}

/** A routing header (RFC 8200 4.4); gives its octets, below 0 where it is cut. */
export function printRouting(l: Line, at: number): number {
  l.protocol = "rt6";
  l.text("RT6");
  const size = l.u8(at + 1);
  l.text(` (len=${size}`);
  const type = l.u8(at + 2);
  l.text(`, type=${type}${type === 0 ? " [Deprecated]" : ""}`);
  l.text(`, segleft=${l.u8(at + 3)}`);
  if (type === 0 || type === 2) {
    const reserved = l.u32(at + 4);
    if (reserved !== 0 || l.verbose > 0) l.text(`, rsv=0x${hex(reserved)}`);
  } else if (type === 4) {
    l.text(`, last-entry=${l.u8(at + 4)}`);
    if (l.u8(at + 5) !== 0 || l.verbose > 0) l.text(`, flags=0x${hex(l.u8(at + 5))}`);
    l.text(`, tag=${hex(l.u16(at + 6))}`);
  } else {
    l.text(" (unknown type) (invalid)");
    return -1;
  }
  if (size % 2 === 1) {
    l.text(` (invalid length ${size}) (invalid)`);
    return -1;
  }
  for (let i = 0; i < size >> 1; i++) l.text(`, [${i}]${l.ip6Text(at + 8 + i * 16)}`);
  l.text(") ");
  return (size + 1) * 8;
}

/** `size` octets come after the header, by the packet's word, which may be fewer than none: a 64-bit number then. */
export function printFragment(l: Line, at: number, size: number): number {
  l.protocol = "frag6";
  const offset = l.verbose > 0 ? (l.u32(at + 4), l.u16(at + 2)) : l.u16(at + 2);
  const place = offset & 0xfff8, rest = size < 0 ? BigInt.asUintN(64, BigInt(size)) : size;
  l.text(l.verbose > 0 ? `frag (0x${hex(l.u32(at + 4), 8)}:${place}|${rest})` : `frag (${place}|${rest})`);
  if (place !== 0) return -1;
  l.text(" ");
  return 8;
}

const MESSAGES = names("0 BRR|HoTI|CoTI|HoT|CoT|BU|BA|BE");
const LEAST = [8, 16, 16, 24, 24, 12, 12, 24];
const UPDATE_FLAGS = bits("0x8 A|0x4 H|0x2 L|0x1 K");
const MOBILITY_OPTIONS: Readonly<Record<number, readonly [word: string, size: number]>> = {
  1: ["padn", 2],
  2: ["refresh", 4],
  3: ["altcoa", 18],
  4: ["ni", 6],
  5: ["auth", 12],
};

/** A mobility header (RFC 6275 6.1); gives its octets, below 0 where it is cut. */
export function printMobility(l: Line, at: number): number {
  l.protocol = "mobility";
  if (!l.has(at + 1, 1)) return broken(l);
  const size = (l.u8(at + 1) + 1) * 8, type = l.u8(at + 2);
  if (size < (LEAST[type] ?? 0)) {
    l.text(`(header length ${size} is too small for type ${type})`);
    return broken(l);
  }
  l.text(`mobility: ${MESSAGES[type] ?? `type-#${type}`}`);
  const which = type === 1 || type === 3 ? "Home" : "Care-of";
  const pair = (from: number, word: string) => {
    if (l.verbose > 0) l.text(` ${which} ${word}=${hex(l.u32(from), 8)}:${hex(l.u32(from + 4), 8)}`);
  };
  switch (type) {
    case 0:
      break;
    case 1:
    case 2:
      pair(at + 8, "Init Cookie");
      break;
    case 3:
    case 4:
      l.text(` nonce id=0x${hex(l.u16(at + 6))}`);
      pair(at + 8, "Init Cookie");
      pair(at + 16, "Keygen Token");
      break;
    case 5: {
      l.text(` seq#=${l.u16(at + 6)}`);
      if (!l.has(at + 8, 2)) return broken(l);
      const flags = l.u8(at + 8) >> 4;
      if (flags !== 0) l.text(` ${bitNames(UPDATE_FLAGS, flags, "", "")}`);
      l.text(` lifetime=${l.u16(at + 10) * 4}`);
      break;
    }
    case 6:
      l.text(` status=${l.u8(at + 6)}`);
      if ((l.u8(at + 7) & 0x80) !== 0) l.text(" K");
      l.text(` seq#=${l.u16(at + 8)} lifetime=${l.u16(at + 10) * 4}`);
      break;
    case 7:
      l.text(` status=${l.u8(at + 6)}`);
      l.text(` homeaddr ${l.ip6Text(at + 8)}`);
      break;
    default:
      l.text(` len=${l.u8(at + 1)}`);
      return size;
  }
  if (l.verbose > 0 && !mobilityOptions(l, at + LEAST[type]!, at + size)) return broken(l);
  return size;
}

function mobilityOptions(l: Line, at: number, end: number): boolean {
  while (at < end) {
    const type = l.u8(at);
    if (type !== 0 && at + 1 >= end) return false;
    const size = type === 0 ? 1 : l.u8(at + 1) + 2;
    // Of an option that is not the last, the octet behind it is wanted too.
    if (at + size > end || !l.has(at, at + size < end ? size + 1 : size)) return false;
    const known = MOBILITY_OPTIONS[type];
    if (known !== undefined && end - at < known[1]) {
      l.text(`(${known[0]}: trunc)`);
      return false;
    }
    if (type === 0) l.text("(pad1)");
    else if (type === 1 || type === 5) l.text(`(${known![0]})`);
    else if (type === 2) l.text(`(refresh: ${l.u16(at + 2) * 4})`);
    else if (type === 3) l.text(`(alt-CoA: ${l.ip6Text(at + 2)})`);
    else if (type === 4) l.text(`(ni: ho=0x${hex(l.u16(at + 2), 4)} co=0x${hex(l.u16(at + 4), 4)})`);
    else l.text(`(type-0x${hex(type, 2)}: len=${size - 2})`);
    at += size;
  }
  return true;
}

/** Where the address is that the packet at `at` goes to in the end: source routes say so in their header. */
export function finalDestination(l: Line, at: number): number {
  const { bytes } = l;
  let next = bytes[at + 6]!, cursor = at + 40;
  const own = at + 24;
  for (let i = 0; i < 64 && l.has(cursor, 8); i++) {
    switch (next) {
      case 0:
      case 60:
      case 62:
      case 135:
        next = bytes[cursor]!;
        cursor += (bytes[cursor + 1]! + 1) * 8;
        break;
      case 44:
        next = bytes[cursor]!;
        cursor += 8;
        break;
      case 43: {
        const size = bytes[cursor + 1]!, type = bytes[cursor + 2]!;
        if (size % 2 === 1 || !l.has(cursor + 8, 16)) return own;
        if (type === 4) return cursor + 8;
        if (type !== 0 && type !== 2) return own;
        let last = own;
        for (let k = 0; k < size >> 1 && l.has(cursor + 8 + k * 16, 16); k++) last = cursor + 8 + k * 16;
        return last;
      }
      default:
        return own;
    }
  }
  return own;
}

// Tools of the multicast backbone in a line: audio of vat, the whiteboard wb. Pure. The form is tcpdump's.
import type { Line } from "../core/line.ts";
import { names } from "../core/table.ts";

/** Audio of vat or vt in the `length` octets of a datagram at `at`. */
export function printVat(l: Line, at: number, length: number): void {
  l.protocol = "vat";
  if (length < 2) return l.text(`udp/va/vat, length ${length} < 2`);
  const first = l.u16(at);
  if ((first & 0xf060) !== 0) return l.text(`udp/vt ${length} ${first & 0x3ff} / ${first >> 10}`);
  if (length < 8) return l.text(`udp/vat, length ${length} < 8`);
  const head = l.u32(at), time = l.u32(at + 4);
  l.text(`udp/vat ${length - 8} c${head & 0xffff} ${time}${(head & 0x800000) !== 0 ? "*" : ""}`);
  if ((head & 0x1f0000) !== 0) l.text(` f${head >> 16 & 0x1f}`);
  if ((head & 0x3f000000) !== 0) l.text(` s${head >> 24 & 0x3f}`);
}

const HEADER = 12;
const DRAWINGS = names("2 RECT|LINE|ML|DEL|XFORM|ELL|CHAR|STR|NOP|PSCODE|PSCOMP|REF|SKIP|HOLE");
const SKIP = 14, HOLE = 15;

/** A page: whose it is and which. */
const page = (l: Line, at: number) => `${l.ip4Text(at)}:${l.u32(at + 4)}`;
/** A page and the numbers of drawings on it. */
const drawings = (l: Line, at: number) => `${page(l, at)}<${l.u32(at + 8)}:${l.u32(at + 12)}>`;

/** What the whiteboard's messages hold behind their header: their least length, and what is told of them. */
const MESSAGES: Readonly<Record<number, readonly [name: string, least: number, print: (l: Line, at: number) => void]>> =
  {
    0: ["dop", 16, (l, at) => {
      l.text(` ${drawings(l, at)}`);
      if (l.verbose > 0) operations(l, at);
    }],
    2: ["rreq", 20, (l, at) => l.text(` please repair ${l.ip4Text(at)} ${drawings(l, at + 4)}`)],
    3: ["rrep", 20, (l, at) => {
      l.text(` for ${l.ip4Text(at)} ${drawings(l, at + 4)}`);
      if (l.verbose > 0) operations(l, at + 4);
    }],
    5: ["preq", 16, (l, at) => {
      l.text(` need ${l.u32(at + 8)}/${page(l, at)}`);
      l.must(at, 16);
    }],
    7: ["prep", 4, pages],
  };

/** A message of the whiteboard. */
export function printWhiteboard(l: Line, at: number, length: number): void {
  l.protocol = "wb";
  if (length < HEADER) return l.invalid();
  l.must(at, HEADER);
  if (l.u8(at + 11) !== 0) l.text("*");
  const type = l.u8(at + 10), left = length - HEADER;
  at += HEADER;
  if (type === 4) return l.text(" wb-kill");
  if (type === 1) return identity(l, at, left);
  const message = MESSAGES[type];
  if (message === undefined) l.text(` wb-${type}!`);
  else {
    const [name, least, print] = message;
    l.text(` wb-${name}:`);
    if (left >= least) return print(l, at);
  }
  l.invalid();
}

function identity(l: Line, at: number, left: number): void {
  l.text(" wb-id:");
  if (left < 28) return l.invalid();
  l.text(` ${l.u32(at + 12)}/${page(l, at + 16)} (max ${l.u32(at)}/${page(l, at + 4)}) `);
  l.must(at, 28);
  const count = l.u16(at + 24);
  left -= 28 + count * 8;
  if (left < 0) return l.invalid();
  at = sources(l, at + 28, count);
  l.text('> "');
  l.string(at, left);
  l.text('"');
}

/** Who drew, and from where on; gives the offset behind them. */
function sources(l: Line, at: number, count: number): number {
  for (let i = 0; i < count; i++, at += 8) l.text(`${i === 0 ? "<" : ","}${page(l, at)}`);
  return at;
}

function pages(l: Line, at: number): void {
  let count = l.u32(at);
  for (at += 4; count > 0; count--) {
    l.text(` ${l.u32(at)}/${page(l, at + 4)}`);
    l.must(at, 16);
    at = sources(l, at + 16, l.u8(at + 12));
    l.text(">");
  }
}

function operations(l: Line, at: number): void {
  const last = l.u32(at + 12);
  let number = l.u32(at + 8);
  l.text(" <");
  for (at += 16; number <= last; number = (number + 1) >>> 0) {
    const kind = l.u8(at + 7);
    l.text(` ${DRAWINGS[kind] ?? `dop-${kind}!`}`);
    if (kind === SKIP || kind === HOLE) {
      const to = l.u32(at);
      l.text(`${(to - number + 1) >>> 0}`);
      if (number > to || to > last) {
        l.text("[|]");
        if (to < number) return;
      }
      number = to;
    }
    at += (l.u16(at + 4) + 8 + 3) & ~3;
  }
  l.text(" >");
}

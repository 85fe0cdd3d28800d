// DNS messages in one line: `12345+ A? example.test. (30)`. Pure. RFC 1035, RFC 6891; the form is tcpdump's.
import { printName, skipName } from "./dns_name.ts";
import { printDnsOptions } from "./dns_options.ts";
import type { Line } from "../core/line.ts";
import { DNS_TYPES } from "../core/names.ts";
import { spanText } from "../core/span.ts";

const OPERATIONS =
  ("| inv_q| stat| op3| notify| update| op6| op7| op8| updateA| updateD| updateDA| updateM| updateMA| zoneInit|" +
    " zoneRef").split("|");
const RESPONSES =
  ("| FormErr| ServFail| NXDomain| NotImp| Refused| YXDomain| YXRRSet| NXRRSet| NotAuth| NotZone| Resp11|" +
    " Resp12| Resp13| Resp14| NoChange| BadVers|Resp17| Resp18| Resp19| Resp20|Resp21| Resp22| BadCookie").split("|");

/** The code of a response; EDNS puts its upper bits into the TTL of OPT. RFC 6891 6.1.3. */
function responseCode(l: Line, at: number, counts: readonly number[], low: number): number {
  let cursor = at;
  for (const [section, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      cursor = skipName(l, cursor);
      if (cursor < 0) return low;
      if (section === 0) cursor += 4;
      else {
        // The upper bits are told even where nothing more of OPT was captured.
        if (section === 2 && l.has(cursor, 5) && l.u16(cursor) === 41) return l.u8(cursor + 4) << 4 | low;
        if (!l.has(cursor, 10)) return low;
        cursor += 10 + l.u16(cursor + 8);
      }
      if (cursor >= l.end) return low;
    }
  }
  return low;
}

/** Thrown where the message ends before it should: prints ` [|domain]`. */
const BROKEN: unique symbol = Symbol("broken");

/** A character string: a length and that many octets. */
function printString(l: Line, at: number): number {
  if (at >= l.end) return -1;
  const length = l.bytes[at]!;
  if (!l.safeText(at + 1, length)) return -1;
  return at + 1 + length;
}

const typeName = (type: number) => DNS_TYPES[type] ?? `Type${type}`;
const className = (value: number) =>
  value === 3 ? "CHAOS" : value === 4 ? "HS" : value === 255 ? "ANY" : `(Class ${value})`;

function ok(at: number): number {
  if (at < 0) throw BROKEN;
  return at;
}

/** Where a message begins, and whether it goes to many (RFC 6762): then a bit of its classes is a flag. */
interface Message {
  readonly start: number;
  readonly multicast: boolean;
}

function question(l: Line, { start, multicast }: Message, at: number): number {
  const after = ok(skipName(l, at));
  if (after + 4 > l.end) throw BROKEN;
  l.text(` ${typeName(l.u16(after))}`);
  const kind = l.u16(after + 2);
  const bare = multicast ? kind & 0x7fff : kind;
  if (bare !== 1) l.text(` ${className(bare)}`);
  if (multicast) l.text((kind & 0x8000) !== 0 ? " (QU)" : " (QM)");
  l.text("? ");
  const end = printName(l, at, start);
  return end < 0 ? ok(end) : after + 4;
}

const OPT = 41;

function record(l: Line, message: Message, at: number): number {
  const { start, multicast } = message;
  let cursor: number;
  if (l.verbose > 0) {
    l.out.char(32);
    cursor = ok(printName(l, at, start));
  } else cursor = skipName(l, at);
  if (cursor < 0 || cursor + 10 > l.end) return l.end;
  const type = l.u16(cursor), kind = l.u16(cursor + 2);
  // What OPT has in place of class and TTL is told with it.
  if (type !== OPT) {
    const bare = multicast ? kind & 0x7fff : kind;
    if (bare !== 1) l.text(` ${className(bare)}`);
    if (multicast && (kind & 0x8000) !== 0) l.text(" (Cache flush)");
    if (l.verbose > 2) l.text(` [${spanText(l.u32(cursor + 4))}]`);
  }
  const from = cursor + 10, end = from + l.u16(cursor + 8);
  l.text(` ${typeName(type)}`);
  if (end > l.end) throw BROKEN;
  DATA[type]?.(l, from, end, start);
  return end;
}

/** What a record holds from `at` to `end`, in a message that begins at `start`. */
type Data = (l: Line, at: number, end: number, start: number) => void;

const DATA: Readonly<Record<number, Data>> = {
  1: (l, at) => {
    if (at + 4 > l.end) throw BROKEN;
    l.out.char(32);
    l.ip4(at);
  },
  2: nameIn,
  5: nameIn,
  6: authority,
  12: nameIn,
  15: (l, at, _, start) => {
    l.out.char(32);
    if (at + 2 > l.end) throw BROKEN;
    ok(printName(l, at + 2, start));
    l.text(` ${l.u16(at)}`);
  },
  16: (l, at, end) => {
    while (at < end) {
      l.text(' "');
      at = ok(printString(l, at));
      l.out.char(34);
    }
  },
  28: (l, at) => {
    if (at + 16 > l.end) throw BROKEN;
    l.out.char(32);
    l.ip6(at);
  },
  33: (l, at, _, start) => {
    l.out.char(32);
    if (at + 6 > l.end) throw BROKEN;
    ok(printName(l, at + 6, start));
    l.text(`:${l.u16(at + 4)} ${l.u16(at)} ${l.u16(at + 2)}`);
  },
  38: address6,
  39: nameIn,
  [OPT]: (l, at, end) => {
    // Behind its type: what stands where others have a class, 16 bits of the TTL, the other 16, the length.
    l.text(` UDPsize=${l.u16(at - 8)}`);
    if ((l.u16(at - 4) & 0x8000) !== 0) l.text(" DO");
    if (at >= end) return;
    l.text(" [");
    if (!printDnsOptions(l, at, end)) throw BROKEN;
    l.out.char(93);
  },
  104: (l, at, end) => {
    l.safeText(at, end - at);
  },
  250: signature,
  256: (l, at, end) => {
    l.text(` ${l.u16(at)} ${l.u16(at + 2)} `);
    if (end - at < 4 || !l.safeText(at + 4, end - at - 4)) throw BROKEN;
  },
};

function nameIn(l: Line, at: number, _end: number, start: number): number {
  l.out.char(32);
  return ok(printName(l, at, start));
}

/** SOA: two names and five numbers. RFC 1035 3.3.13. */
function authority(l: Line, at: number, end: number, start: number): void {
  if (l.verbose === 0) return;
  at = nameIn(l, nameIn(l, at, end, start), end, start);
  if (at + 20 > l.end) throw BROKEN;
  for (let i = 0; i < 5; i++) l.text(` ${l.u32(at + i * 4)}`);
}

/** A6: a part of an address, and the name that has the rest of it. RFC 2874. */
function address6(l: Line, at: number, end: number, start: number): void {
  if (at >= l.end) throw BROKEN;
  const bits = l.u8(at), octets = bits >> 3;
  if (bits > 128) return l.text(` ${bits}(bad plen)`);
  if (bits < 128) {
    const address = new Uint8Array(16);
    for (let i = octets; i < 16; i++) address[i] = l.u8(at + 1 + i - octets);
    l.text(` ${bits} `);
    l.out.ip6(address, 0);
  }
  if (bits > 0) nameIn(l, at + 17 - octets, end, start);
}

/** TSIG. RFC 8945 4.2. */
function signature(l: Line, at: number, end: number, start: number): void {
  if (end - at < 10) throw BROKEN;
  if (l.verbose === 0) return;
  at = nameIn(l, at, end, start);
  if (at + 10 > l.end) throw BROKEN;
  l.text(` fudge=${l.u16(at + 6)} maclen=${l.u16(at + 8)}`);
  at += 10 + l.u16(at + 8);
  if (at + 6 > l.end) throw BROKEN;
  l.text(` origid=${l.u16(at)} error=${l.u16(at + 2)} otherlen=${l.u16(at + 4)}`);
}

/** Prints `count` records, or questions, from `at` on; gives the offset behind them. */
function several(l: Line, at: number, count: number, print: (at: number, index: number) => number): number {
  let index = 0;
  do at = print(at, index++); while (at < l.end && index < count);
  if (index < count) throw BROKEN;
  return at;
}

function section(l: Line, message: Message, at: number, count: number, heading: string): number {
  if (count === 0) return at;
  if (at >= l.end && heading !== "") throw BROKEN;
  l.text(heading);
  return several(l, at, count, (at, index) => {
    if (index > 0) l.out.char(44);
    return record(l, message, at);
  });
}

/** A message in a datagram of `length` octets at `at`. */
export function printDns(l: Line, at: number, length: number): void {
  whole(l, at, length, false);
}

/** A message to or from many. RFC 6762. */
export function printMdns(l: Line, at: number, length: number): void {
  whole(l, at, length, true);
}

/** A message in a segment, behind its length. RFC 1035 4.2.2. */
export function printDnsOverTcp(l: Line, at: number, length: number): void {
  l.protocol = "domain";
  if (length < 2) return l.text(` [DNS over TCP: length ${length} < 2] (invalid)`);
  const inside = l.u16(at);
  if (inside !== length - 2) return l.text(` [prefix length(${inside}) != length(${length - 2})] (invalid)`);
  l.text(" ");
  whole(l, at + 2, length - 2, false);
}

function whole(l: Line, at: number, length: number, multicast: boolean): void {
  l.protocol = "domain";
  if (length < 12) return l.text(`domain [length ${length} < 12] (invalid)`);
  l.need(at, 12);
  const message = { start: at, multicast };
  try {
    if ((l.u16(at + 2) & 0x8000) !== 0) response(l, message, at);
    else query(l, message, at);
    l.text(` (${length})`);
  } catch (error) {
    if (error !== BROKEN) throw error;
    l.text(" [|domain]");
  }
}

/** How many questions, answers, authorities and additional records a header announces. */
const countsOf = (l: Line, at: number) => [l.u16(at + 4), l.u16(at + 6), l.u16(at + 8), l.u16(at + 10)] as const;

function response(l: Line, message: Message, at: number): void {
  const flags = l.u16(at + 2), counts = countsOf(l, at), [questions, answers, authorities, additional] = counts;
  let cursor = at + 12;
  const code = responseCode(l, cursor, [questions, answers + authorities, additional], flags & 15);
  l.text(
    `${l.u16(at)}${OPERATIONS[(flags >> 11) & 15]}${RESPONSES[code] ?? ` Resp${code}`}${
      (flags & 0x400) !== 0 ? "*" : ""
    }${(flags & 0x80) !== 0 ? "" : "-"}${(flags & 0x200) !== 0 ? "|" : ""}${(flags & 0x20) !== 0 ? "$" : ""}`,
  );
  if (questions !== 1) l.text(` [${questions}q]`);
  for (let i = 0; i < questions; i++) {
    if (i > 0) l.out.char(44);
    if (l.verbose > 1) {
      l.text(" q:");
      cursor = question(l, message, cursor);
    } else cursor = ok(skipName(l, cursor)) + 4;
  }
  l.text(` ${answers}/${authorities}/${additional}`);
  cursor = section(l, message, cursor, answers, "");
  if (l.verbose > 1) others(l, message, cursor, counts);
}

function query(l: Line, message: Message, at: number): void {
  const flags = l.u16(at + 2), operation = (flags >> 11) & 15, counts = countsOf(l, at);
  const [questions, answers, authorities, additional] = counts;
  l.text(
    `${l.u16(at)}${OPERATIONS[operation]}${(flags & 0x100) !== 0 ? "+" : ""}${(flags & 0x10) !== 0 ? "%" : ""}`,
  );
  // Bits that a query has no use for.
  if ((flags & 0x6cf) !== 0) l.text(` [b2&3=0x${flags.toString(16)}]`);
  // An inverse query has answers in the place of questions.
  const inverse = operation === 1;
  if (inverse && questions !== 0) l.text(` [${questions}q]`);
  if (answers !== (inverse ? 1 : 0)) l.text(` [${answers}a]`);
  if (!inverse && questions !== 1) l.text(` [${questions}q]`);
  if (authorities !== 0) l.text(` [${authorities}n]`);
  if (additional !== 0) l.text(` [${additional}au]`);
  let cursor = at + 12;
  if (questions > 0) cursor = several(l, cursor, questions, (at) => question(l, message, at));
  if (l.verbose > 1) others(l, message, section(l, message, cursor, answers, ""), counts);
}

/** The sections behind the answers. */
function others(l: Line, message: Message, at: number, counts: ReturnType<typeof countsOf>): void {
  section(l, message, section(l, message, at, counts[2], " ns:"), counts[3], " ar:");
}

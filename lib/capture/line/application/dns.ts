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

function question(l: Line, at: number, start: number, multicast: boolean): number {
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

function record(l: Line, at: number, start: number, multicast: boolean): number {
  let cursor: number;
  if (l.verbose > 0) {
    l.out.char(32);
    cursor = ok(printName(l, at, start));
  } else cursor = skipName(l, at);
  if (cursor < 0 || cursor + 10 > l.end) return l.end;
  const type = l.u16(cursor), kind = l.u16(cursor + 2);
  const bare = multicast ? kind & 0x7fff : kind;
  if (type !== 41) {
    if (bare !== 1) l.text(` ${className(bare)}`);
    if (multicast && (kind & 0x8000) !== 0) l.text(" (Cache flush)");
  }
  if (type === 41) {
    // The TTL of OPT holds flags and is told with it.
  } else if (l.verbose > 2) l.text(` [${spanText(l.u32(cursor + 4))}]`);
  const flags = l.u16(cursor + 6);
  const length = l.u16(cursor + 8);
  cursor += 10;
  const end = cursor + length;
  l.text(` ${typeName(type)}`);
  if (end > l.end) throw BROKEN;
  switch (type) {
    case 1:
      if (cursor + 4 > l.end) throw BROKEN;
      l.out.char(32);
      l.ip4(cursor);
      break;
    case 2:
    case 5:
    case 12:
    case 39:
      l.out.char(32);
      ok(printName(l, cursor, start));
      break;
    case 6: {
      if (l.verbose === 0) break;
      l.out.char(32);
      cursor = ok(printName(l, cursor, start));
      l.out.char(32);
      cursor = ok(printName(l, cursor, start));
      if (cursor + 20 > l.end) throw BROKEN;
      for (let i = 0; i < 5; i++) l.text(` ${l.u32(cursor + i * 4)}`);
      break;
    }
    case 15:
      l.out.char(32);
      if (cursor + 2 > l.end) throw BROKEN;
      ok(printName(l, cursor + 2, start));
      l.text(` ${l.u16(cursor)}`);
      break;
    case 16:
      while (cursor < end) {
        l.text(' "');
        cursor = ok(printString(l, cursor));
        l.out.char(34);
      }
      break;
    case 33:
      l.out.char(32);
      if (cursor + 6 > l.end) throw BROKEN;
      ok(printName(l, cursor + 6, start));
      l.text(`:${l.u16(cursor + 4)} ${l.u16(cursor)} ${l.u16(cursor + 2)}`);
      break;
    case 28:
      if (cursor + 16 > l.end) throw BROKEN;
      l.out.char(32);
      l.ip6(cursor);
      break;
    case 41:
      l.text(` UDPsize=${kind}`);
      if ((flags & 0x8000) !== 0) l.text(" DO");
      if (cursor < end) {
        l.text(" [");
        if (!printDnsOptions(l, cursor, end)) throw BROKEN;
        l.out.char(93);
      }
      break;
    case 38: {
      if (cursor >= l.end) throw BROKEN;
      const bits = l.u8(cursor), octets = bits >> 3;
      if (bits > 128) {
        l.text(` ${bits}(bad plen)`);
        break;
      }
      if (bits < 128) {
        const address = new Uint8Array(16);
        for (let i = octets; i < 16; i++) address[i] = l.u8(cursor + 1 + i - octets);
        l.text(` ${bits} `);
        l.out.ip6(address, 0);
      }
      if (bits > 0) {
        l.out.char(32);
        ok(printName(l, cursor + 17 - octets, start));
      }
      break;
    }
    case 256:
      l.text(` ${l.u16(cursor)} ${l.u16(cursor + 2)} `);
      if (length < 4 || !l.safeText(cursor + 4, length - 4)) throw BROKEN;
      break;
    case 104:
      if (end > l.end) throw BROKEN;
      l.safeText(cursor, length);
      break;
    case 250: {
      if (end > l.end || length < 10) throw BROKEN;
      if (l.verbose === 0) break;
      l.out.char(32);
      cursor = ok(printName(l, cursor, start));
      if (cursor + 10 > l.end) throw BROKEN;
      l.text(` fudge=${l.u16(cursor + 6)} maclen=${l.u16(cursor + 8)}`);
      cursor += 10 + l.u16(cursor + 8);
      if (cursor + 6 > l.end) throw BROKEN;
      l.text(` origid=${l.u16(cursor)} error=${l.u16(cursor + 2)} otherlen=${l.u16(cursor + 4)}`);
      break;
    }
  }
  return end;
}

function section(l: Line, at: number, start: number, count: number, heading: string, multicast: boolean): number {
  if (count === 0) return at;
  if (at >= l.end && heading !== "") throw BROKEN;
  l.text(heading);
  at = record(l, at, start, multicast);
  let left = count - 1;
  while (at < l.end && left > 0) {
    l.out.char(44);
    at = record(l, at, start, multicast);
    left--;
  }
  if (left > 0) throw BROKEN;
  return at;
}

/** A message of `length` octets at `at`. Over TCP its length field is passed over first. */
export function printDns(l: Line, at: number, length: number, overTcp: boolean, multicast: boolean): void {
  l.protocol = "domain";
  if (overTcp) {
    if (length < 2) return l.text(` [DNS over TCP: length ${length} < 2] (invalid)`);
    const inside = l.u16(at);
    length -= 2;
    at += 2;
    if (inside !== length) {
      l.text(` [prefix length(${inside}) != length(${length})]`);
      return l.text(" (invalid)");
    }
    l.text(" ");
    if (length < 12) return l.text(`domain [length ${length} < 12] (invalid)`);
  }
  const start = at;
  l.need(at, 12);
  const id = l.u16(at), flags = l.u16(at + 2);
  const operation = (flags >> 11) & 15;
  const questions = l.u16(at + 4), answers = l.u16(at + 6), authorities = l.u16(at + 8), additional = l.u16(at + 10);
  let cursor = at + 12;
  try {
    if ((flags & 0x8000) !== 0) {
      const code = responseCode(l, cursor, [questions, answers + authorities, additional], flags & 15);
      l.text(
        `${id}${OPERATIONS[operation]}${RESPONSES[code] ?? ` Resp${code}`}${(flags & 0x400) !== 0 ? "*" : ""}` +
          `${(flags & 0x80) !== 0 ? "" : "-"}${(flags & 0x200) !== 0 ? "|" : ""}${(flags & 0x20) !== 0 ? "$" : ""}`,
      );
      if (questions !== 1) l.text(` [${questions}q]`);
      for (let i = 0; i < questions; i++) {
        if (i > 0) l.out.char(44);
        if (l.verbose > 1) {
          l.text(" q:");
          cursor = question(l, cursor, start, multicast);
        } else {
          cursor = ok(skipName(l, cursor)) + 4;
        }
      }
      l.text(` ${answers}/${authorities}/${additional}`);
      cursor = section(l, cursor, start, answers, "", multicast);
      if (l.verbose > 1) {
        cursor = section(l, cursor, start, authorities, " ns:", multicast);
        cursor = section(l, cursor, start, additional, " ar:", multicast);
      }
    } else {
      l.text(
        `${id}${OPERATIONS[operation]}${(flags & 0x100) !== 0 ? "+" : ""}${(flags & 0x10) !== 0 ? "%" : ""}`,
      );
      // Bits that a query has no use for.
      if ((flags & 0x6cf) !== 0) l.text(` [b2&3=0x${flags.toString(16)}]`);
      if (operation === 1) {
        if (questions !== 0) l.text(` [${questions}q]`);
        if (answers !== 1) l.text(` [${answers}a]`);
      } else {
        if (answers !== 0) l.text(` [${answers}a]`);
        if (questions !== 1) l.text(` [${questions}q]`);
      }
      if (authorities !== 0) l.text(` [${authorities}n]`);
      if (additional !== 0) l.text(` [${additional}au]`);
      if (questions > 0) {
        cursor = question(l, cursor, start, multicast);
        let left = questions - 1;
        while (cursor < l.end && left > 0) {
          cursor = question(l, cursor, start, multicast);
          left--;
        }
        if (left > 0) throw BROKEN;
      }
      if (l.verbose > 1) {
        cursor = section(l, cursor, start, answers, "", multicast);
        cursor = section(l, cursor, start, authorities, " ns:", multicast);
        cursor = section(l, cursor, start, additional, " ar:", multicast);
      }
    }
    l.text(` (${length})`);
  } catch (error) {
    if (error !== BROKEN) throw error;
    l.text(" [|domain]");
  }
}

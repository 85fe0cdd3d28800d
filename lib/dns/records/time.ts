// Times of 32 and 48 bits as YYYYMMDDHHmmSS (RFC 4034 3.2). Pure.
import { DnsFormatError } from "../errors.ts";
import type { Kind, TextStyle } from "./shape.ts";

const two = (value: number) => String(value).padStart(2, "0");

/** YYYYMMDDHHmmSS in UTC of seconds since 1970, which may be negative or beyond 32 bits. */
function timeText(secondsSince1970: number): string {
  const date = new Date(secondsSince1970 * 1000);
  return String(date.getUTCFullYear()).padStart(4, "0") + two(date.getUTCMonth() + 1) + two(date.getUTCDate()) +
    two(date.getUTCHours()) + two(date.getUTCMinutes()) + two(date.getUTCSeconds());
}

/** The instant that 32 bits of it mean: the one nearest to now (RFC 1982 serial arithmetic, RFC 4034 3.1.5). */
function nearestTime(value: number, now: number): number {
  const ahead = (value - now) >>> 0;
  return ahead !== 0 && ahead < 0x80000000 ? now + ahead : now - ((now - value) >>> 0);
}

/** Seconds since 1970 of YYYYMMDDHHmmSS; a `DnsFormatError` for a date that is none. */
function parseTime(text: string, offset = 0): number {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (match === null) throw new DnsFormatError("syntax error", `"${text}" is not YYYYMMDDHHmmSS`, offset);
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  // 60 is a leap second; everything else must come back as it was written.
  if (second > 60 || (second < 60 && timeText(ms / 1000) !== text)) {
    throw new DnsFormatError("out of range", `"${text}" is not a time`, offset);
  }
  return ms / 1000;
}

/** The clock that a style prints against, seconds since 1970. */
function clock(style: TextStyle): number {
  return Math.floor(style.now ?? Date.now() / 1000);
}

/** A time of signatures: 32 bits, in text as YYYYMMDDHHmmSS or up to ten digits of seconds. */
export const signatureTime: Kind<number> = {
  read: (reader) => reader.u32(),
  write: (writer, value) => void writer.u32(value),
  print: (value, style) => timeText(nearestTime(value, clock(style))),
  parse: (tokens) => {
    const { text } = tokens.next("time");
    if (/^\d{1,10}$/.test(text) && Number(text) <= 0xffffffff) return Number(text);
    return parseTime(text, tokens.offset) >>> 0;
  },
};

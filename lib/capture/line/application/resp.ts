// Redis in a line: its values one after the other. Pure. The form is tcpdump's.
import type { Line } from "../core/line.ts";

/** Arrays in arrays that are followed. */
const DEPTH = 64;
const CR = 13, LF = 10;

/** `: RESP "PING"`. */
export function printResp(l: Line, at: number, length: number): void {
  l.protocol = "resp";
  l.text(": RESP");
  const end = at + length;
  while (at < end) at = value(l, at, end, 0);
}

/** Prints what stands at `at`; gives where it ends. */
function value(l: Line, at: number, end: number, depth: number): number {
  if (at >= end) l.cut();
  switch (String.fromCharCode(l.u8(at))) {
    case "+":
    case "-":
    case ":": {
      const to = lineEnd(l, at + 1, end);
      quoted(l, at + 1, to);
      return to + 2;
    }
    case "$": {
      const [size, from] = sizeAt(l, at + 1, end);
      if (typeof size === "string") {
        l.text(size);
        return from;
      }
      if (size === 0) l.text(" empty");
      else {
        if (end - from < size) l.cut();
        l.need(from, size);
        quoted(l, from, from + size);
      }
      return lineEnd(l, from + size, end) + 2;
    }
    case "*": {
      const [count, from] = sizeAt(l, at + 1, end);
      if (typeof count === "string" || count === 0) {
        l.text(count === 0 ? " empty" : String(count));
        return from;
      }
      if (depth >= DEPTH) l.cut();
      let next = from;
      for (let i = 0; i < count; i++) next = value(l, next, end, depth + 1);
      return next;
    }
  }
  return inline(l, at, end);
}

/** Words of a command without a length. Between line ends; what stands before the first is passed over. */
function inline(l: Line, at: number, end: number): number {
  const from = afterEnds(l, at, end);
  let to = from;
  for (;; to++) {
    if (to >= end) l.cut();
    if (l.u8(to) === CR || l.u8(to) === LF) break;
  }
  quoted(l, from, to);
  return afterEnds(l, to, end);
}

/** Past CR and LF; the line ends where only they would be. */
function afterEnds(l: Line, at: number, end: number): number {
  let found = false;
  for (; at < end && l.has(at, 1); at++) {
    const octet = l.u8(at);
    if (octet !== CR && octet !== LF) return at;
    found = true;
  }
  if (!found) l.cut();
  return at;
}

/** Where the CR LF is that ends the line at `at`. */
function lineEnd(l: Line, at: number, end: number): number {
  for (;; at++) {
    if (end - at < 2) l.cut();
    l.need(at, 2);
    if (l.bytes[at] === CR && l.bytes[at + 1] === LF) return at;
  }
}

function quoted(l: Line, from: number, to: number): void {
  l.text(' "');
  l.octets(from, to - from);
  l.text('"');
}

/** A length, or words where there is none, and where what it is of begins. */
function sizeAt(l: Line, at: number, end: number): [size: number | string, after: number] {
  const next = () => {
    if (at >= end) l.cut();
    return l.u8(at);
  };
  const negative = next() === 0x2d;
  if (negative) at++;
  let size = 0, digits = 0;
  for (; next() >= 48 && l.u8(at) <= 57; digits++) size = Math.min(size * 10 + l.u8(at++) - 48, 2 ** 40);
  if (digits === 0 || l.u8(at) !== CR) return [" invalid", at + 1];
  at++;
  if (next() !== LF) return [" invalid", at + 1];
  at++;
  if (negative) return [size === 1 ? " null" : " length negative and not -1", at];
  return [size > 0x7fff_ffff ? " length too large" : size, at];
}

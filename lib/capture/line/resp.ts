// Redis in a line: its values one after the other. Pure. The form is tcpdump's.
import type { Line } from "./line.ts";

/** Redis: `RESP "PING"`. */
export function resp(l: Line, at: number, length: number): void {
  l.protocol = "resp";
  l.text("RESP");
  const end = at + length;
  let budget = 1000;
  const line = (from: number): { text: string; next: number } => {
    let i = from;
    while (l.u8(i) !== 13) i++;
    let text = "";
    for (let j = from; j < i; j++) text += String.fromCharCode(l.bytes[j]!);
    return { text, next: Math.min(i + 2, end) };
  };
  const quoted = (from: number, to: number) => {
    l.text(' "');
    for (let i = from; i < to; i++) l.safe(l.u8(i));
    l.text('"');
  };
  const value = (from: number): number => {
    if (budget-- < 0) return end;
    switch (l.u8(from)) {
      case 0x2b:
      case 0x2d: {
        const { text, next } = line(from + 1);
        quoted(from + 1, from + 1 + text.length);
        return next;
      }
      case 0x3a: {
        const { text, next } = line(from + 1);
        l.text(` ${Number(text)}`);
        return next;
      }
      case 0x24: {
        const { text, next } = line(from + 1);
        const size = Number(text);
        if (size === -1) {
          l.text(" null");
          return next;
        }
        if (!(size >= 0)) {
          l.text(" invalid");
          return end;
        }
        if (size === 0) {
          l.text(" empty");
          return Math.min(next + 2, end);
        }
        quoted(next, next + size);
        return next + size + 2;
      }
      case 0x2a: {
        const { text, next } = line(from + 1);
        const count = Number(text);
        if (count === -1) l.text(" null");
        else if (count === 0) l.text(" empty");
        let cursor = next;
        for (let i = 0; i < count && cursor < end && budget > 0; i++) cursor = value(cursor);
        return cursor;
      }
      default: {
        // An inline command: its words.
        let i = from;
        while (i < end && l.u8(i) !== 13 && l.bytes[i] !== 10) i++;
        quoted(from, i);
        return Math.min(i + 2, end);
      }
    }
  };
  let cursor = at;
  while (cursor < end && budget > 0) cursor = value(cursor);
}

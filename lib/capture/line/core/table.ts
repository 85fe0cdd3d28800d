// Tables of numbers and their names, written short. Pure.
import type { Names } from "./line.ts";

/**
 * `names("1 Open|Update|64 Keepalive")`: each entry a number and a name; without a number it is the one after the
 * entry before. Numbers in decimal or hexadecimal.
 */
export function names(text: string): Names {
  const table: Record<number, string> = {};
  let number = -1;
  for (const entry of text.split("|")) {
    const match = /^(0x[0-9a-f]+|[0-9]+) /.exec(entry);
    number = match === null ? number + 1 : Number(match[1]);
    table[number] ??= match === null ? entry : entry.slice(match[0].length);
  }
  return table;
}

/** `bits("0x1 Active|0x2 Short")`: a table for `bitNames`, in the order written. */
export function bits(text: string): (readonly [number, string])[] {
  return text.split("|").map((entry) => {
    const space = entry.indexOf(" ");
    return [Number(entry.slice(0, space)), entry.slice(space + 1)];
  });
}

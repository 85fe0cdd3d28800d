// Tables of numbers and their names, written short. Pure.
import type { Names } from "./line.ts";

/** The entries of a table: each a number and a value; without a number it is the one after the entry before. */
function entries<T>(text: string, value: (word: string) => T): Readonly<Record<number, T>> {
  const table: Record<number, T> = {};
  let number = -1;
  for (const entry of text.split("|")) {
    const match = /^(0x[0-9a-f]+|[0-9]+) /.exec(entry);
    number = match === null ? number + 1 : Number(match[1]);
    table[number] ??= value(match === null ? entry : entry.slice(match[0].length));
  }
  return table;
}

/** `names("1 Open|Update|64 Keepalive")`. Numbers in decimal or hexadecimal; of two names for one the first stays. */
export function names(text: string): Names {
  return entries(text, String);
}

/** `numbers("7 16|20|10")`: numbers of numbers, as sizes by type. */
export function numbers(text: string): Readonly<Record<number, number>> {
  return entries(text, Number);
}

/** A table by octets as an array, for what is looked up for every packet. */
export function byOctet<T>(table: Readonly<Record<number, T>>): readonly (T | undefined)[] {
  return Array.from({ length: 256 }, (_, octet) => table[octet]);
}

/** `bits("0x1 Active|0x2 Short")`: a table for `bitNames`, in the order written. */
export function bits(text: string): (readonly [number, string])[] {
  return text.split("|").map((entry) => {
    const space = entry.indexOf(" ");
    return [Number(entry.slice(0, space)), entry.slice(space + 1)];
  });
}

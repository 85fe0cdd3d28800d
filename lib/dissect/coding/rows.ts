// Messages that are a table: one line for each field, least significant octet first. Pure.
// A row names the field, says what it is, and what its values mean; the values are given back by name.
import { hex } from "../../base/hex.ts";
import type { Meaning, Tree } from "../tree.ts";

/** `u8` to `u64` are numbers, `time` is a Windows time, `guid` a 16-octet identifier, a number that many octets. */
export type RowKind = "u8" | "u16" | "u32" | "u64" | "time" | "guid" | number;
export type Row = readonly [name: string, kind: RowKind, meaning?: Meaning<number> | readonly string[]];

/** 100 nanoseconds since 1601 as a date. */
function windowsTime(value: bigint): string | undefined {
  if (value === 0n || value === 0xffffffffffffffffn) return "not set";
  if (value === 0x7fffffffffffffffn) return "never";
  const date = new Date(Number(value / 10000n) - 11644473600000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 23).replace("T", " ") + " UTC";
}

/** `00112233-4455-…` of 16 octets, whose first three parts are little-endian. */
export function guidText(bytes: Uint8Array): string {
  const part = (...order: number[]) => hex(Uint8Array.from(order, (i) => bytes[i]!));
  return [part(3, 2, 1, 0), part(5, 4), part(7, 6), part(8, 9), part(10, 11, 12, 13, 14, 15)].join("-");
}

/** Reads the rows; gives their values, those of octets as hexadecimal text. */
export function readRows(tree: Tree, rows: readonly Row[], ref: string): Map<string, number | string> {
  const found = new Map<string, number | string>();
  for (const [name, kind, meaning] of rows) {
    if (Array.isArray(meaning)) {
      const octets = kind === "u8" ? 1 : kind === "u16" ? 2 : 4;
      found.set(name, tree.flagsLe(name, octets, meaning as readonly string[], ref));
      continue;
    }
    const said = meaning as Meaning<number> | undefined;
    switch (kind) {
      case "u8":
        found.set(name, tree.u8(name, ref, said));
        break;
      case "u16":
        found.set(name, tree.u16Le(name, ref, said));
        break;
      case "u32":
        found.set(name, tree.u32Le(name, ref, said));
        break;
      case "u64": {
        const large = typeof said === "function" ? (value: bigint) => said(Number(value)) : undefined;
        found.set(name, Number(tree.u64Le(name, ref, large)));
        break;
      }
      case "time":
        found.set(name, Number(tree.u64Le(name, ref, windowsTime)));
        break;
      case "guid": {
        const bytes = tree.bytes(name, 16, ref, guidText);
        found.set(name, hex(bytes));
        break;
      }
      default:
        found.set(name, hex(tree.bytes(name, kind, ref, typeof said === "function" ? () => said(0) : undefined)));
    }
  }
  return found;
}

const utf16 = new TextDecoder("utf-16le");

/** `count` octets as UTF-16 text. */
export function utf16Text(tree: Tree, name: string, count: number, ref: string, meaning?: string): string {
  if (count === 0) return "";
  return tree.field(name, (r) => utf16.decode(r.take(count, name)), () => ({ ref, meaning }));
}

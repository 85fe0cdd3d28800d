// How presentation text is broken into groups and lines; the same places as dig breaks it (RFC 1035 5.1). Times in words and
// units. Pure.
import { spansOf } from "../../base/text.ts";
import { latin1Text } from "../../base/bytes.ts";
import { hex } from "../../base/hex.ts";
import type { TextStyle } from "./shape.ts";

const DEFAULT_WIDTH = 60;

/** What stands between groups: a space, or in multi-line text a line break with its indentation. */
export function lineBreak(style: TextStyle): string {
  return style.multiline === true ? style.lineBreak ?? "\n\t\t\t\t" : " ";
}

/** The parts with `separator` after each `size` characters of `text`. */
function grouped(text: string, size: number, separator: string): string {
  if (text.length <= size) return text;
  let out = text.slice(0, size);
  for (let at = size; at < text.length; at += size) out += separator + text.slice(at, at + size);
  return out;
}

/** Characters in a group: as many whole units of `unit` characters as stay below the width without its last two. */
function groupSize(style: TextStyle, unit: number): number {
  const width = (style.width ?? DEFAULT_WIDTH) - 2;
  return Math.max(unit, (Math.ceil(Math.max(width, unit) / unit) - 1) * unit);
}

/** Upper-case hex without breaks. */
export function hexText(bytes: Uint8Array): string {
  return hex(bytes).toUpperCase();
}

/** Upper-case hex in groups. */
export function hexWords(bytes: Uint8Array, style: TextStyle): string {
  const text = hexText(bytes);
  return style.width === 0 ? text : grouped(text, groupSize(style, 2), lineBreak(style));
}

/** Base64 (RFC 4648 4) without breaks. */
export function base64Text(bytes: Uint8Array): string {
  return btoa(latin1Text(bytes));
}

/** Base64 in groups. */
export function base64Words(bytes: Uint8Array, style: TextStyle): string {
  const text = base64Text(bytes);
  return style.width === 0 ? text : grouped(text, groupSize(style, 4), lineBreak(style));
}

/** `head`, then `body` on its own line in parentheses when in many lines: `head (\n body )`; `head` alone for no body. */
export function block(head: string, body: string, style: TextStyle): string {
  if (body === "") return head;
  return style.multiline === true ? `${head} (${lineBreak(style)}${body} )` : `${head}${lineBreak(style)}${body}`;
}

/** `text` in parentheses when in many lines: `( text )`. */
export function parenthesized(text: string, style: TextStyle): string {
  return style.multiline === true ? `( ${text} )` : text;
}

/** RFC 3597 5: `\\# length hex`. */
export function unknownText(data: Uint8Array, style: TextStyle): string {
  if (data.length === 0) return "\\# 0";
  return `\\# ${data.length} ${parenthesized(hexWords(data, style), style)}`;
}

/** "1h1m1s": the short form of `+ttlunits`; "0s" for none. */
export function ttlUnits(seconds: number): string {
  return spansOf(seconds).map(([count, unit]) => `${count}${unit[0]}`).join("");
}

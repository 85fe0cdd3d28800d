// How OSI protocols write addresses and check sums. Pure. ISO 8348, ISO 8473 annex C.
import { hex, type Line } from "../core/line.ts";

/** `49.000a.0000`: an address of `size` octets at `at`. */
export function nsapText(l: Line, at: number, size: number): string {
  if (size < 1 || size > 20) {
    l.need(at, size);
    return "isonsap_string: illegal length";
  }
  let out = "";
  for (let i = 0; i < size; i++) out += hex(l.u8(at + i), 2) + (i % 2 === 0 && i + 1 < size ? "." : "");
  return out;
}

/** `0000.0000.0001.00-00`: the system (6 octets), its node (7), a part of what it says (8). */
export function systemText(l: Line, at: number, size: number): string {
  let out = "";
  for (let i = 0; i < Math.min(size, 6); i++) out += (i === 2 || i === 4 ? "." : "") + hex(l.u8(at + i), 2);
  if (size >= 7) out += `.${hex(l.u8(at + 6), 2)}`;
  if (size === 8) out += `-${hex(l.u8(at + 7), 2)}`;
  return out;
}

/** Whether `checksum`, that stands `offset` octets after `at`, is right for `length` octets. */
export function checksumText(l: Line, at: number, checksum: number, offset: number, length: number): string {
  if (checksum === 0 || offset < 0 || offset > length || !l.has(at + offset, 2) || !l.has(at, length)) {
    return " (unverified)";
  }
  let first = 0, second = 0;
  for (let i = 0; i < length; i++) {
    first = (first + (i === offset || i === offset + 1 ? 0 : l.bytes[at + i]!)) % 255;
    second = (second + first) % 255;
  }
  const behind = length - offset;
  const part = (value: number) => (((value % 255) + 255) % 255) || 255;
  const right = part((behind - 1) * first - second) << 8 | part(second - behind * first);
  return right === checksum ? " (correct)" : ` (incorrect should be 0x${hex(right, 4)})`;
}

// The frames of WebSocket (RFC 6455, 5.2): headers, masks, the payload of a close. Pure.
import { type Bytes, utf8, utf8Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";

/** What a frame is. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A header never has more octets than this: two, eight of length, four of mask. */
export const LONGEST_HEADER = 14;
/** The payload of a control frame never has more octets than this. */
const LONGEST_CONTROL = 125;

/**
 * ```
 *  0 1 2 3 4 5 6 7 8 9 ...
 * +-+-+-+-+-------+-+-------------+-------------------------------+
 * |F|R|R|R| opcode|M| length (7)  | 16 or 64 bits of length when  |
 * |I|S|S|S|  (4)  |A|             | the 7 bits say 126 or 127     |
 * |N|V|V|V|       |S|             |                               |
 * | |1|2|3|       |K|             |                               |
 * +-+-+-+-+-------+-+-------------+-------------------------------+
 * | mask (32 bits, when M)                                        |
 * +---------------------------------------------------------------+
 * ```
 */
export interface FrameHeader {
  /** The last frame of its message. */
  readonly final: boolean;
  readonly opcode: number;
  /** Octets of payload. */
  readonly length: number;
  readonly mask?: Uint8Array | undefined;
}

/** Writes a header that ends at `end` of `into`; gives where it begins. */
export function writeHeaderBefore(into: Uint8Array, end: number, header: FrameHeader): number {
  const { length, mask } = header;
  let at = end;
  if (mask !== undefined) into.set(mask, at -= 4);
  const bit = mask === undefined ? 0 : 0x80;
  if (length < 126) into[--at] = bit | length;
  else if (length < 65536) {
    into[--at] = length & 255;
    into[--at] = length >> 8;
    into[--at] = bit | 126;
  } else {
    for (let i = 0, rest = length; i < 8; i++, rest = Math.floor(rest / 256)) into[--at] = rest % 256;
    into[--at] = bit | 127;
  }
  into[--at] = (header.final ? 0x80 : 0) | header.opcode;
  return at;
}

/** A whole frame. The payload is copied. */
export function encodeFrame(header: Omit<FrameHeader, "length">, payload: Uint8Array): Bytes {
  const out = new Uint8Array(LONGEST_HEADER + payload.length);
  out.set(payload, LONGEST_HEADER);
  if (header.mask !== undefined) applyMask(out.subarray(LONGEST_HEADER), header.mask);
  return out.subarray(writeHeaderBefore(out, LONGEST_HEADER, { ...header, length: payload.length }));
}

/**
 * The header at the start of `bytes` and its size, or `undefined` when more octets are needed. A `FormatError` for what
 * the RFC forbids: reserved bits and opcodes, control frames that are long or in pieces, lengths not in shortest form.
 */
export function parseHeader(bytes: Uint8Array): { header: FrameHeader; size: number } | undefined {
  if (bytes.length < 1) return undefined;
  const first = bytes[0]!;
  const opcode = first & 15, final = (first & 0x80) !== 0;
  if ((first & 0x70) !== 0) throw new FormatError("A reserved bit is set, and no extension was agreed on");
  if ((opcode > 2 && opcode < 8) || opcode > 10) throw new FormatError(`Opcode ${opcode} is reserved`);
  if (opcode >= 8 && !final) throw new FormatError("A control frame is in pieces");
  if (bytes.length < 2) return undefined;
  const masked = (bytes[1]! & 0x80) !== 0, short = bytes[1]! & 127;
  if (opcode >= 8 && short > LONGEST_CONTROL) throw new FormatError("A control frame is longer than 125 octets", 1);
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const size = 2 + extra + (masked ? 4 : 0);
  if (bytes.length < size) return undefined;
  let length = extra === 0 ? short : 0;
  for (let i = 0; i < extra; i++) length = length * 256 + bytes[2 + i]!;
  if (!Number.isSafeInteger(length)) throw new FormatError("A frame's length has no end", 2);
  if ((extra === 2 && length < 126) || (extra === 8 && length < 65536)) {
    throw new FormatError("A frame's length is not in its shortest form", 2);
  }
  const mask = masked ? bytes.slice(size - 4, size) : undefined;
  return { header: { final, opcode, length, ...(mask === undefined ? {} : { mask }) }, size };
}

/** Masks or unmasks `bytes` in place; `phase` octets of the payload came before them (RFC 6455, 5.3). */
export function applyMask(bytes: Uint8Array, mask: Uint8Array, phase = 0): void {
  const length = bytes.length;
  let i = 0;
  // Four octets at a time, between the first and the last aligned ones.
  if (length >= 32) {
    for (; ((bytes.byteOffset + i) & 3) !== 0; i++) bytes[i]! ^= mask[(phase + i) & 3]!;
    const turned = new Uint8Array(4);
    for (let k = 0; k < 4; k++) turned[k] = mask[(phase + i + k) & 3]!;
    const word = new Uint32Array(turned.buffer)[0]!;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + i, (length - i) >> 2);
    for (let k = 0; k < words.length; k++) words[k]! ^= word;
    i += words.length * 4;
  }
  for (; i < length; i++) bytes[i]! ^= mask[(phase + i) & 3]!;
}

/** The payload of a close frame. */
export function encodeClose(code: number, reason = ""): Uint8Array {
  const text = utf8(reason).subarray(0, LONGEST_CONTROL - 2);
  const out = new Uint8Array(2 + text.length);
  out[0] = code >> 8;
  out[1] = code & 255;
  out.set(text, 2);
  return out;
}

/** Code and reason of a close; 1005 when it says nothing. A `FormatError` for a code that may not be sent. */
export function parseClose(payload: Uint8Array): { code: number; reason: string } {
  if (payload.length === 0) return { code: 1005, reason: "" };
  if (payload.length === 1) throw new FormatError("A close frame has half a code");
  const code = (payload[0]! << 8) | payload[1]!;
  if (code < 1000 || code >= 5000 || (code >= 1004 && code <= 1006) || (code >= 1015 && code < 3000)) {
    throw new FormatError(`A close frame has the code ${code}`);
  }
  return { code, reason: utf8Text(payload.subarray(2)) };
}

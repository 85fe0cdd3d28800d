// pcapng files: sections, interfaces, packets; every other block is kept for whoever copies the file. Pure.
// draft-ietf-opsawg-pcapng sections 3 and 4. A new block type needs nothing here unless packets stand in it.
import { FormatError } from "../../base/errors.ts";
import { utf8Text } from "../../base/bytes.ts";
import type { Packet } from "../packet.ts";
import { type CaptureInterface, eachOption, interfaceOf } from "./pcapng_options.ts";
import { u32, type Window } from "./window.ts";

/** Block types (section 10.1 of the draft). */
export const BLOCK = {
  SECTION: 0x0a0d0d0a,
  INTERFACE: 1,
  PACKET: 2,
  SIMPLE_PACKET: 3,
  NAME_RESOLUTION: 4,
  STATISTICS: 5,
  ENHANCED_PACKET: 6,
  DECRYPTION_SECRETS: 10,
  /** Whose maker does not want it in changed files. */
  CUSTOM_NOT_COPIED: 0x4000_0bad,
} as const;

/** A longer block than this is damage: no writer makes one, and nobody would want it in memory. */
const LONGEST_BLOCK = 32 << 20;

/** A block that is not a packet, whole, with its length fields: good until the next one is asked for. */
export interface CaptureBlock {
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
}

/** Kind of decryption secrets: a key log of TLS. */
const TLS_SECRETS = 0x544c_534b;

/** The key log of TLS that a block of decryption secrets holds; `undefined` for other blocks. Section 4.7. */
export function tlsSecrets({ type, bytes, littleEndian }: CaptureBlock): string | undefined {
  if (type !== BLOCK.DECRYPTION_SECRETS || bytes.length < 20) return undefined;
  if (u32(bytes, 8, littleEndian) !== TLS_SECRETS) return undefined;
  return utf8Text(bytes.subarray(16, Math.min(16 + u32(bytes, 12, littleEndian), bytes.length - 4)));
}

/** Reads the blocks of pcapng sections from a window. */
export class PcapngParser {
  #little = true;
  /** Interfaces of this section; numbers in the file count from its start. */
  #section: CaptureInterface[] = [];
  /** Interfaces of sections before this one. */
  #earlier = 0;
  /** Every interface so far. */
  readonly interfaces: CaptureInterface[] = [];
  readonly #onBlock: (block: CaptureBlock) => void;

  constructor(onBlock: (block: CaptureBlock) => void) {
    this.#onBlock = onBlock;
  }

  /** Fills `packet` with the next one, passing other blocks to `onBlock`. `false`: more octets are needed. */
  next(window: Window, packet: Packet): boolean {
    for (;;) {
      const { bytes, start } = window;
      const available = window.end - start;
      if (available < 12) return false;
      const section = bytes[start] === 0x0a && bytes[start + 1] === 0x0d && bytes[start + 2] === 0x0d &&
        bytes[start + 3] === 0x0a;
      let little = this.#little;
      if (section) {
        const first = bytes[start + 8], last = bytes[start + 11];
        if (first === 0x4d && last === 0x1a) little = true;
        else if (first === 0x1a && last === 0x4d) little = false;
        else throw new FormatError("a section header without byte order", window.offset + 8);
      }
      const type = section ? BLOCK.SECTION : u32(bytes, start, little);
      const length = u32(bytes, start + 4, little);
      if (length < 12 || length % 4 !== 0 || length > LONGEST_BLOCK) {
        throw new FormatError(`a block of ${length} octets cannot be`, window.offset + 4);
      }
      if (available < length) return false;
      if (u32(bytes, start + length - 4, little) !== length) {
        throw new FormatError("the two lengths of a block differ", window.offset + length - 4);
      }
      const body = start + 8, end = start + length - 4;
      switch (type) {
        case BLOCK.ENHANCED_PACKET:
        case BLOCK.PACKET:
          this.#packet(window, packet, type, body, end);
          break;
        case BLOCK.SIMPLE_PACKET:
          this.#simple(window, packet, body, end);
          break;
        default: {
          if (section) this.#startSection(little, window, body, end);
          else if (type === BLOCK.INTERFACE) this.#addInterface(window, body, end);
          this.#onBlock({ type, bytes: bytes.subarray(start, start + length), littleEndian: little });
          window.start += length;
          continue;
        }
      }
      packet.number++;
      packet.blockStart = start;
      packet.blockLength = length;
      window.start += length;
      return true;
    }
  }

  /** Byte order of the section that is being read. */
  get littleEndian(): boolean {
    return this.#little;
  }

  #startSection(little: boolean, window: Window, body: number, end: number): void {
    if (end - body < 16) throw new FormatError("a section header that is too short", window.offset);
    const view = new DataView(window.bytes.buffer, window.bytes.byteOffset);
    const major = view.getUint16(body + 4, little), minor = view.getUint16(body + 6, little);
    // Version 1.2 was written by some and means 1.0.
    if (major !== 1 || minor !== 0 && minor !== 2) {
      throw new FormatError(`pcapng version ${major}.${minor} is not known`, window.offset + 12);
    }
    this.#little = little;
    this.#earlier = this.interfaces.length;
    this.#section = [];
  }

  #addInterface(window: Window, body: number, end: number): void {
    if (end - body < 8) throw new FormatError("an interface description that is too short", window.offset);
    const described = interfaceOf(window.bytes, body, end, this.#little, window.offset);
    this.#section.push(described);
    this.interfaces.push(described);
  }

  #interface(id: number, window: Window): CaptureInterface {
    const found = this.#section[id];
    if (found === undefined) {
      throw new FormatError(`a packet of interface ${id}, which is not described`, window.offset);
    }
    return found;
  }

  /** A packet block; the obsolete one has a shorter number of its interface, and nothing that we use behind it. */
  #packet(window: Window, packet: Packet, type: number, body: number, end: number): void {
    if (end - body < 20) throw new FormatError("a packet block that is too short", window.offset);
    const { bytes } = window, little = this.#little;
    const first = u32(bytes, body, little);
    const id = type !== BLOCK.PACKET ? first : little ? first & 0xffff : first >>> 16;
    const from = this.#interface(id, window);
    const caplen = u32(bytes, body + 12, little), data = body + 20;
    if (data + caplen > end) {
      throw new FormatError(`a packet of ${caplen} octets that does not fit its block`, window.offset);
    }
    setTime(packet, u32(bytes, body + 4, little), u32(bytes, body + 8, little), from);
    packet.bytes = bytes;
    packet.start = data;
    packet.caplen = caplen;
    packet.length = u32(bytes, body + 16, little);
    packet.link = from.link;
    packet.interfaceId = this.#earlier + id;
    packet.comment = undefined;
    packet.direction = undefined;
    const options = data + ((caplen + 3) & ~3);
    if (options + 4 <= end) this.#options(packet, options, end);
  }

  /** What the options of a packet block say of it. */
  #options(packet: Packet, at: number, end: number): void {
    const little = this.#little;
    eachOption(packet.bytes, at, end, little, (code, value) => {
      if (code === 1) {
        packet.comment = packet.comment === undefined ? utf8Text(value) : `${packet.comment}\n${utf8Text(value)}`;
      } else if (code === 2 && value.length === 4) {
        const flags = u32(value, 0, little) & 3;
        packet.direction = flags === 1 ? "in" : flags === 2 ? "out" : undefined;
      }
    });
  }

  #simple(window: Window, packet: Packet, body: number, end: number): void {
    if (end - body < 4) throw new FormatError("a packet block that is too short", window.offset);
    const length = u32(window.bytes, body, this.#little);
    const from = this.#interface(0, window);
    const snaplen = from.snaplen === 0 ? length : from.snaplen;
    const caplen = Math.min(length, snaplen, end - body - 4);
    if (caplen < Math.min(length, snaplen)) {
      throw new FormatError(`a packet of ${length} octets that does not fit its block`, window.offset);
    }
    packet.bytes = window.bytes;
    packet.start = body + 4;
    packet.caplen = caplen;
    packet.length = length;
    packet.link = from.link;
    packet.interfaceId = this.#earlier;
    packet.seconds = packet.nanos = 0; // a simple packet has no time
    packet.finer = "";
    packet.comment = packet.direction = undefined;
  }
}

/** Turns 64 bits of the interface's units into seconds and nanoseconds, exactly. */
function setTime(packet: Packet, high: number, low: number, from: CaptureInterface): void {
  const units = from.unitsPerSecond;
  packet.finer = "";
  if (units <= 1_000_000_000n && (units === 1_000_000_000n || 1_000_000_000 % Number(units) === 0)) {
    // Long division by 16-bit digits stays exact in doubles where 64 bits would not.
    const divisor = Number(units);
    let rest = high % divisor;
    let seconds = Math.floor(high / divisor);
    let part = rest * 65536 + (low >>> 16);
    rest = part % divisor;
    seconds = seconds * 65536 + Math.floor(part / divisor);
    part = rest * 65536 + (low & 0xffff);
    rest = part % divisor;
    seconds = seconds * 65536 + Math.floor(part / divisor);
    packet.seconds = seconds + from.offsetSeconds;
    packet.nanos = rest * (1_000_000_000 / divisor);
    return;
  }
  const stamp = BigInt(high) << 32n | BigInt(low);
  packet.seconds = Number(stamp / units) + from.offsetSeconds;
  const fraction = stamp % units;
  packet.nanos = Number(fraction * 1_000_000_000n / units);
  let rest = fraction * 1_000_000_000n % units;
  while (rest !== 0n && packet.finer.length < 64) {
    rest *= 10n;
    packet.finer += String(rest / units);
    rest %= units;
  }
}

// ERF files, as Endace's DAG cards write them: records without a header of the file. Pure.
// ERF record format: 16 octets, extension headers of 8 octets each, what the type has before the packet, the packet.
import { FormatError } from "../../base/errors.ts";
import { LINK, type Packet } from "../packet.ts";
import { u32, type Window } from "./window.ts";

const HEADER = 16;

/** What packets of a type begin with; types that are not here hold none (padding, counters) or are not read (ATM, InfiniBand). */
const TYPES: ReadonlyMap<number, { readonly link: number; readonly before: number }> = new Map([
  ...typesOf(LINK.ETHERNET, 2, [2, 11, 16, 20]),
  ...typesOf(LINK.PPP_HDLC, 0, [1, 10, 15, 19]),
  ...typesOf(LINK.PPP_HDLC, 4, [5, 17]), // of several channels
  ...typesOf(LINK.IPV4, 0, [22]),
  ...typesOf(LINK.IPV6, 0, [23]),
]);

function typesOf(link: number, before: number, types: readonly number[]): [number, { link: number; before: number }][] {
  return types.map((type) => [type, { link, before }]);
}

/** The highest type that is known, but for padding. */
const LAST_TYPE = 27, PADDING = 48;
/** 1 January 1990: nobody wrote such files before. */
const EARLIEST = 631_152_000;
/** Seconds between two neighbouring packets of a file that is taken for one. */
const APART = 30 * 86_400;
/** Records that a file is known by. */
const TRIED = 3;

const u16 = (bytes: Uint8Array, at: number) => bytes[at]! << 8 | bytes[at + 1]!;

/** Whether records of ERF follow, as nothing else says it; "perhaps" when more octets are needed to say so. */
export function looksLikeErf({ bytes, start, end, ended }: Window): "yes" | "no" | "perhaps" {
  let at = start, before = 0;
  for (let i = 0; i < TRIED; i++) {
    if (at === end && ended && i > 0) return "yes";
    if (at + HEADER > end) return ended ? "no" : "perhaps";
    const type = bytes[at + 8]! & 0x7f, length = u16(bytes, at + 10), seconds = u32(bytes, at + 4, true);
    if (type === 0 || type > LAST_TYPE && type !== PADDING || length < HEADER) return "no";
    if (type !== PADDING) {
      if (u16(bytes, at + 14) === 0 || seconds < EARLIEST || before !== 0 && Math.abs(seconds - before) > APART) {
        return "no";
      }
      before = seconds;
    }
    at += length;
  }
  return "yes";
}

/** Reads the records of one ERF file from a window. */
export class ErfParser {
  readonly format = "ERF";
  readonly link: number;
  readonly linkBits = 0;
  readonly snaplen = 0;
  readonly nanosecond = true;

  /** The window holds the first record's header. */
  constructor({ bytes, start }: Window) {
    this.link = TYPES.get(bytes[start + 8]! & 0x7f)?.link ?? LINK.ETHERNET;
  }

  /** Fills `packet` with the next record. `false`: more octets are needed. A `FormatError` is damage. */
  next(window: Window, packet: Packet): boolean {
    for (;;) {
      const { bytes, start } = window, available = window.end - start;
      if (available < HEADER) return false;
      const record = u16(bytes, start + 10);
      if (record < HEADER) throw new FormatError(`a record of ${record} octets cannot be`, window.offset + 10);
      if (available < record) return false;
      window.start += record;
      const type = TYPES.get(bytes[start + 8]! & 0x7f);
      if (type === undefined) continue;
      let at = start + HEADER;
      const end = start + record;
      for (let more = bytes[start + 8]! & 0x80; more !== 0 && at + 8 <= end; at += 8) more = bytes[at]! & 0x80;
      at += type.before;
      if (at > end) throw new FormatError(`a record of ${record} octets cannot be`, window.offset - record + 10);
      packet.number++;
      packet.seconds = u32(bytes, start + 4, true);
      // Binary fractions of a second, to the nearest nanosecond.
      packet.nanos = Math.round(u32(bytes, start, true) * 1e9 / 2 ** 32);
      if (packet.nanos === 1e9) {
        packet.seconds++;
        packet.nanos = 0;
      }
      packet.bytes = bytes;
      packet.start = at;
      packet.length = u16(bytes, start + 14);
      packet.caplen = Math.min(end - at, packet.length);
      packet.link = type.link;
      return true;
    }
  }
}

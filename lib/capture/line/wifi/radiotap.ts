// Radiotap: how a Wi-Fi frame was received, in a line. Pure. www.radiotap.org; the form is tcpdump's.
// To add a field: its case in `field`. Numbers are in little-endian order, each on a border of its own size.
import { hex, type Line } from "../core/line.ts";

const EXTENDED = 31, VENDOR = 30, RADIOTAP = 29;
const WIDTHS = ["20 MHz", "40 MHz", "20 MHz (L)", "20 MHz (U)"];
const VHT_WIDTHS = [
  ...WIDTHS,
  ...["", " (L)", " (U)", " (LL)", " (LU)", " (UL)", " (UU)"].map((part) => `80 MHz${part}`),
  ...["", " (L)", " (U)", " (LL)", " (LU)", " (UL)", " (UU)", " (LLL)", " (LLU)", " (LUL)", " (UUU)", " (ULL)"].map(
    (part) => `160 MHz${part}`,
  ),
  ...["(ULU)", "(UUL)", "(UUU)"].map((part) => `160 MHz ${part}`),
];
/** Mbit/s of one stream in 20 MHz and in 40 MHz, by modulation. IEEE 802.11 19.5. */
const RATES = [[6.5, 13, 19.5, 26, 39, 52, 58.5, 65], [13.5, 27, 40.5, 54, 81, 108, 121.5, 135]] as const;

/** Rates from index 33 on, where streams differ: so many times the lowest. */
const UNEQUAL = [
  ...[6, 8, 10, 9, 12, 15, 8, 10, 10, 12, 14, 14, 16, 12, 15, 15, 18, 21, 21, 24, 10, 12],
  ...[14, 12, 14, 16, 18, 16, 18, 20, 20, 22, 15, 18, 21, 18, 21, 24, 27, 24, 27, 30, 30, 33],
];

/** Reads fields of a header that is whole; nothing from the first one on that goes past its end. */
class Fields {
  readonly #l: Line;
  readonly #start: number;
  readonly #end: number;
  #at: number;

  constructor(l: Line, start: number, end: number) {
    [this.#l, this.#start, this.#end, this.#at] = [l, start, end, start];
  }

  /** Passes over `count` octets; `false` when the header ends before. */
  skip(count: number): boolean {
    if (this.#at + count > this.#end) return false;
    this.#at += count;
    return true;
  }

  #take(size: number): number | undefined {
    const at = this.#start + Math.ceil((this.#at - this.#start) / size) * size;
    this.#at = Math.min(at + size, this.#end);
    return at + size > this.#end ? undefined : at;
  }

  u8(): number {
    const at = this.#take(1);
    return at === undefined ? NaN : this.#l.u8(at);
  }

  i8(): number {
    return this.u8() << 24 >> 24;
  }

  u16(): number {
    const at = this.#take(2);
    return at === undefined ? NaN : this.#l.u16le(at);
  }

  u32(): number {
    const at = this.#take(4);
    return at === undefined ? NaN : this.#l.u32le(at);
  }

  u64(): bigint | undefined {
    const at = this.#take(8);
    return at === undefined ? undefined : this.#l.u64le(at);
  }

  /** Whether `count` octets on a border of `size` are left. */
  has(size: number, count: number): boolean {
    return this.#start + Math.ceil((this.#at - this.#start) / size) * size + count <= this.#end;
  }
}

/** What a frame's printer needs of the header. */
export interface Radio {
  readonly length: number;
  /** Octets of the frame check sequence at the frame's end. */
  readonly check: number;
  /** Whether the frame's header is filled up to four octets. */
  readonly padded: boolean;
}

/** Prints a header; `undefined` when it is not whole. */
export function printRadiotap(l: Line, at: number): Radio | undefined {
  l.protocol = "802.11_radio";
  const short = () => l.text(" [|802.11_radio]");
  if (!l.has(at, 8)) return short(), undefined;
  const length = l.u16le(at + 2);
  if (length < 8 || !l.has(at, length)) return short(), undefined;
  const words: number[] = [];
  for (let i = 4;; i += 4) {
    if (i + 4 > length) return short(), undefined;
    words.push(l.u32le(at + i));
    if (words.at(-1)! >>> EXTENDED === 0) break;
  }
  const fields = new Fields(l, at, at + length);
  fields.skip(4 + words.length * 4);
  const state = { flags: 0 };
  let first = 0, vendor = false, skipped = 0;
  for (const present of words) {
    if (vendor) {
      if (!fields.skip(skipped)) break;
      skipped = 0;
    } else if (!fieldsOf(l, fields, present, first, state)) break;
    const space = present >>> RADIOTAP & 3;
    if (space === 0) first += 32;
    else if (space === 1) [first, vendor, skipped] = [0, false, 0];
    else if (space === 1 << VENDOR - RADIOTAP) {
      [first, vendor] = [0, true];
      if (!fields.has(2, 6)) short();
      else {
        fields.u16();
        fields.u16();
        skipped = fields.u16();
      }
    }
  }
  return { length, check: (state.flags & 0x10) !== 0 ? 4 : 0, padded: (state.flags & 0x20) !== 0 };
}

function fieldsOf(l: Line, fields: Fields, present: number, first: number, state: { flags: number }): boolean {
  for (let bit = 0; bit < RADIOTAP; bit++) {
    if ((present >>> bit & 1) === 0) continue;
    const text = field(fields, first + bit, present, state);
    if (text === undefined) {
      l.text(" [|802.11_radio]");
      return false;
    }
    l.text(text);
    if (text.startsWith("[bit")) return false;
  }
  return true;
}

/** Text of a field; `undefined` where the header ends before it. */
function field(f: Fields, bit: number, present: number, state: { flags: number }): string | undefined {
  const whole = (value: number, text: (value: number) => string) => Number.isNaN(value) ? undefined : text(value);
  const signed = (word: string) => f.has(1, 1) ? `${f.i8()}${word} ` : undefined;
  switch (bit) {
    case 0: {
      const time = f.u64();
      return time === undefined ? undefined : `${time}us tsft `;
    }
    case 1:
      return whole(f.u8(), (flags) => {
        state.flags = flags;
        const words = [[1, "cfp "], [2, "short preamble "], [4, "wep "], [8, "fragmented "], [
          0x40,
          "bad-fcs ",
        ]] as const;
        return words.filter(([mask]) => (flags & mask) !== 0).map(([, word]) => word).join("");
      });
    case 2:
      return whole(
        f.u8(),
        (rate) => rate >= 0x80 && rate <= 0x8f ? `MCS ${rate & 0x7f} ` : `${(rate / 2).toFixed(1)} Mb/s `,
      );
    case 3: {
      const frequency = f.u16(), flags = f.u16();
      if (Number.isNaN(flags)) return undefined;
      return (present >>> 18 & 1) !== 0 ? "" : channel(frequency, flags, present);
    }
    case 4: {
      const set = f.u8(), pattern = f.u8();
      return Number.isNaN(pattern) ? undefined : `fhset ${set} fhpat ${pattern} `;
    }
    case 5:
      return signed("dBm signal");
    case 6:
      return signed("dBm noise");
    case 7:
      return whole(f.u16(), (quality) => `${quality} sq `);
    case 8:
      return whole(f.u16(), (value) => `${-(value << 16 >> 16) + 0} tx power `);
    case 9:
      return f.has(1, 1) ? `${-f.i8() + 0}dB tx attenuation ` : undefined;
    case 10:
      return signed("dBm tx power");
    case 11:
      return whole(f.u8(), (antenna) => `antenna ${antenna} `);
    case 12:
      return whole(f.u8(), (value) => `${value}dB signal `);
    case 13:
      return whole(f.u8(), (value) => `${value}dB noise `);
    case 14:
      return whole(f.u16(), () => "");
    case 18: {
      const flags = f.u32(), frequency = f.u16();
      f.u8();
      return whole(f.u8(), () => channel(frequency, flags, present));
    }
    case 19:
      return highThroughput(f.u8(), f.u8(), f.u8());
    case 20:
      f.u32();
      f.u16();
      f.u8();
      return whole(f.u8(), () => "");
    case 21:
      return veryHighThroughput(f);
  }
  return `[bit ${bit}] `;
}

function channel(frequency: number, flags: number, present: number): string {
  const all = (mask: number) => (flags & mask) === mask;
  let text = `${frequency} MHz`;
  const narrow = all(0x4000) ? "/10Mhz" : all(0x8000) ? "/5Mhz" : "";
  if ((present >>> 19 & 1) !== 0) text += " 11n";
  else {
    if (all(0x880)) text += " FHSS";
    if (all(0x140)) text += ` 11a${narrow}`;
    if (all(0xc0) || all(0x480)) text += ` 11g${narrow}`;
    else if (all(0xa0)) text += " 11b";
    if (all(0x10)) text += " Turbo";
  }
  return `${text}${all(0x10000) ? " ht/20" : all(0x40000) ? " ht/40-" : all(0x20000) ? " ht/40+" : ""} `;
}

function highThroughput(known: number, flags: number, index: number): string | undefined {
  if (Number.isNaN(index)) return undefined;
  const width = flags & 3, short = (flags & 4) !== 0;
  let text = "";
  if ((known & 2) !== 0) {
    const rates = RATES[width === 1 ? 1 : 0];
    let rate = index < 32
      ? rates[index % 8]! * ((index >> 3) + 1)
      : index === 32
      ? (width === 1 ? 6 : 0)
      : rates[0] * (UNEQUAL[index - 33] ?? 0);
    if (short) rate = rate * 10 / 9;
    text += rate > 0 && (known & 5) !== 0 ? `${rate.toFixed(1)} Mb/s MCS ${index} ` : `MCS ${index} `;
  }
  if ((known & 1) !== 0) text += `${WIDTHS[width]} `;
  if ((known & 4) !== 0) text += `${short ? "short" : "long"} GI `;
  if ((known & 8) !== 0) text += `${(flags & 8) !== 0 ? "greenfield" : "mixed"} `;
  if ((known & 0x10) !== 0) text += `${(flags & 0x10) !== 0 ? "LDPC" : "BCC"} FEC `;
  if ((known & 0x20) !== 0) text += `RX-STBC${flags >> 5 & 3} `;
  return text;
}

function veryHighThroughput(f: Fields): string | undefined {
  if (!f.has(2, 12)) return undefined;
  const known = f.u16(), flags = f.u8(), width = f.u8() & 31;
  const users = [f.u8(), f.u8(), f.u8(), f.u8()];
  const coding = f.u8();
  f.u8();
  f.u16();
  let text = "";
  users.forEach((user, i) => {
    if ((user & 15) !== 0) text += `User ${i} MCS ${user >> 4} ${(coding & 1 << i) !== 0 ? "LDPC" : "BCC"} FEC `;
  });
  if ((known & 0x40) !== 0) text += `${VHT_WIDTHS[width] ?? `unknown (${width})`} `;
  if ((known & 4) !== 0) text += `${(flags & 4) !== 0 ? "short" : "long"} GI `;
  return text;
}

/** `IV: ab Pad 20 KeyID 0`: what stands before an encrypted body. */
export function initializationVector(l: Line, at: number): string {
  const word = l.u32le(at);
  return ` IV:${hex(word & 0xffffff).padStart(3)} Pad ${hex(word >>> 24 & 0x3f)} KeyID ${hex(word >>> 30)}`;
}

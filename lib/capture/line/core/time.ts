// Time stamps before lines: -t to -ttttt. Pure. The form is tcpdump's.
import type { Packet } from "../../packet.ts";
import type { TextBuffer } from "./buffer.ts";

/** `05` of 5. */
export const twoDigits = (value: number) => value < 10 ? `0${value}` : String(value);

/** `13:16:05` of seconds since midnight; hours go on beyond a day. */
export function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
}

/** `13:16:05` of a time of the local day. */
export function localClock(date: Date): string {
  return clockText(date.getHours() * 3600 + date.getMinutes() * 60 + date.getSeconds());
}

/** `2026-01-31 13:16:05` of a local time; `between` stands within the day. */
export function dateText(date: Date, between: string): string {
  const day = [String(date.getFullYear()).padStart(4, "0"), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())];
  return `${day.join(between)} ${localClock(date)}`;
}

/** What stands for times that C's calendar does not know: beyond 2038, before 1970. */
const UNKNOWN = "[Error converting time] ";

/** Writes time stamps; remembers the ones before for differences. */
export class TimeStamps {
  readonly #kind: number;
  readonly #nano: boolean;
  /** The second whose text is in `#text`. */
  #second = NaN;
  #text = "";
  #before: { seconds: number; nanos: number } | undefined;

  /** `kind` counts the `t`s: 0 time of day, 1 none, 2 seconds since 1970, 3 and 5 differences, 4 date and time. */
  constructor(kind: number, nano: boolean) {
    this.#kind = kind;
    this.#nano = nano;
  }

  /** The packet's stamp and a space. */
  write(out: TextBuffer, packet: Packet): void {
    const seconds = packet.seconds - packet.carried;
    switch (this.#kind) {
      case 1:
        return;
      case 2:
        if ((seconds & 0x8000_0000) !== 0) return out.text(UNKNOWN);
        out.int(seconds);
        break;
      case 3:
      case 5:
        return this.#difference(out, packet);
      default:
        if ((seconds & 0x8000_0000) !== 0) return out.text(UNKNOWN);
        if (seconds !== this.#second) {
          this.#second = seconds;
          const date = new Date(seconds * 1000);
          this.#text = this.#kind === 4 ? dateText(date, "-") : localClock(date);
        }
        out.text(this.#text);
    }
    this.#fraction(out, packet.nanos + packet.carried * 1_000_000_000);
  }

  #fraction(out: TextBuffer, nanos: number): void {
    out.char(46);
    if (nanos >= 1_000_000_000) out.text(String(this.#nano ? nanos : Math.floor(nanos / 1000)));
    else if (this.#nano) out.padded(nanos, 9);
    else out.padded(Math.floor(nanos / 1000), 6);
    out.char(32);
  }

  #difference(out: TextBuffer, packet: Packet): void {
    const { seconds, nanos } = packet;
    // Fractions are cut before they are subtracted, so that differences add up.
    const cut = (value: number) => this.#nano ? value : Math.floor(value / 1000) * 1000;
    // A packet of the time 0 is none to measure from.
    const { seconds: first, nanos: part } = this.#before ?? packet;
    const before = first === 0 && cut(part) === 0 ? packet : { seconds: first, nanos: part };
    let sign = 1;
    let apart = seconds - before.seconds, fraction = cut(nanos) - cut(before.nanos);
    if (apart < 0 || (apart === 0 && fraction < 0)) {
      sign = -1;
      apart = -apart;
      fraction = -fraction;
    }
    if (fraction < 0) {
      apart--;
      fraction += 1_000_000_000;
    }
    out.char(sign < 0 ? 45 : 32);
    // Days are left out: tcpdump writes a difference as a time of day.
    out.padded(Math.floor(apart / 3600) % 24, 2);
    out.char(58);
    out.padded(Math.floor(apart / 60) % 60, 2);
    out.char(58);
    out.padded(apart % 60, 2);
    this.#fraction(out, fraction);
    if (this.#kind === 3) this.#before = { seconds, nanos };
    else this.#before = { seconds: before.seconds, nanos: before.nanos };
  }
}

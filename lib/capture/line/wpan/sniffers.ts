// What sniffers put before frames of IEEE 802.15.4: how they were received, and headers to send them on. Pure.
// The form is tcpdump's.
import { dateText } from "../core/time.ts";
import { hex, type Line } from "../core/line.ts";
import { little } from "./parts.ts";
import { frame, shown } from "./wpan.ts";

/** Frames behind parts that tell how they were received. */
export function printWpanTap(l: Line, at: number): number {
  l.protocol = "802.15.4_tap";
  const captured = l.end - at;
  if (captured < 4) {
    l.text(" [|802.15.4_tap]");
    return captured;
  }
  const size = little(l, at + 2);
  if (l.u8(at) !== 0 || size < 4) {
    l.invalid();
    return 0;
  }
  if (captured < size) {
    l.text(" [|802.15.4_tap]");
    return captured;
  }
  return frame(l, at + size, captured - size) + size;
}

/** Frames that a sniffer sent on as datagrams of `length` octets (ZigBee Encapsulation Protocol). */
export function printZep(l: Line, at: number, length: number): void {
  l.protocol = "zep";
  l.text("ZEP");
  if (l.u8(at) !== 0x45 || l.u8(at + 1) !== 0x58) {
    l.text(" [Preamble Code: ");
    l.octets(at, 2);
    l.text("]");
    return l.invalid();
  }
  const version = l.u8(at + 2);
  l.text(`v${version} `);
  const least = (count: number) => {
    if (length >= count) return false;
    l.text(` [len ${length} < ${count}]`);
    l.invalid();
    return true;
  };
  const received = (from: number) => l.u8(from) !== 0 ? "CRC, " : `LQI ${l.u8(from + 1)}, `;
  let header: number, inner = 0;
  if (version === 1) {
    if (least(16)) return;
    l.text(`Channel ID ${l.u8(at + 3)}, Device ID 0x${hex(l.u16(at + 4), 4)}, `);
    l.text(received(at + 6));
    inner = l.u8(at + 15);
    l.text(`inner len = ${inner}`);
    header = 16;
  } else if (l.u8(at + 3) === 2) {
    if (least(8)) return;
    l.text(`ACK, seq# = ${l.u32(at + 4)}`);
    header = 8;
  } else {
    if (least(32)) return;
    l.text(`Type ${l.u8(at + 3)}, Channel ID ${l.u8(at + 4)}, Device ID 0x${hex(l.u16(at + 5), 4)}, `);
    l.text(received(at + 7));
    l.text(timeText(l.u32(at + 9), l.u32(at + 13)));
    inner = l.u8(at + 31);
    l.text(`, seq# = ${l.u32(at + 17)}, inner len = ${inner}`);
    header = 32;
  }
  at += header;
  length -= header;
  if (inner !== 0) {
    l.text("\n\t");
    if (frame(l, at, inner) !== 0) {
      l.must(at, length);
      at += length;
      length = 0;
    }
  }
  shown(l, at, length);
}

/** Seconds since 1900 and their fraction in single precision. */
function timeText(seconds: number, fraction: number): string {
  const nanos = Math.trunc(Math.fround(Math.fround(fraction) / Math.fround(4_294_967_295)) * 1e9);
  const text = `${seconds}.${String(nanos).padStart(9, "0")}`;
  if (seconds === 0) return text;
  return `${text} (${dateText(new Date(((seconds - 2_208_988_800) >>> 0) * 1000), "/")})`;
}

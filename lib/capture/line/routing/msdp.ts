// Multicast source discovery over TCP in a line. Pure. RFC 3618; the form is tcpdump's.
import type { Line } from "../core/line.ts";

const LAST = 7;

/** Messages in `length` octets at `at`. */
export function printMsdp(l: Line, at: number, length: number): void {
  l.protocol = "msdp";
  l.text(": msdp");
  const first = l.u8(at), size = l.u16(at + 1);
  if (size > 1500 || size < 3 || first === 0 || first > LAST) return l.text(" [|msdp]");
  const end = at + length;
  while (at < end) {
    const type = l.u8(at), size = l.u16(at + 1), body = at + 3;
    if (size > 1400 || l.verbose > 0) l.text(` [len ${size}]`);
    if (size < 3 || end - at < size) return l.text(" [|msdp]");
    switch (type) {
      case 1:
      case 3: {
        l.text(type === 1 ? " SA" : " SA-Response");
        const entries = l.u8(body), used = entries * 12 + 8;
        l.text(` ${entries} entries`);
        if (used >= size) break;
        l.text(" [w/data]");
        if (l.verbose > 1) {
          l.text(" ");
          l.layers.ip(l, at + used, size - used);
        }
        break;
      }
      case 2:
        l.text(" SA-Request");
        l.text(` for ${l.ip4Text(body + 1)}`);
        break;
      case 4:
        l.text(` Keepalive${size !== 3 ? `[len=${size}] ` : ""}`);
        break;
      case 5:
        l.text(" Notification");
        break;
      default:
        l.text(` [type=${type} len=${size}]`);
    }
    at += size;
  }
}

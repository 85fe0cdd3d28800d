// Options of neighbour discovery under a line (-v). Pure. RFC 4861 4.6, RFC 8106, RFC 4191; the form is tcpdump's.
// To add one: its name in `OPTION_NAMES` and its case in `printNdOptions`.
import { printName } from "../application/dns_name.ts";
import { unknownData } from "../core/hexdump.ts";
import { bitNames, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const OPTION_NAMES = names(
  "1 source link-address|destination link-address|prefix info|redirected header|mtu|7 advertisement interval|" +
    "homeagent information|24 route info|rdnss|31 dnssl",
);
const PREFIX_FLAGS = [[0x80, "onlink"], [0x40, "auto"], [0x20, "router"]] as const;
/** Router preferences by their two bits. RFC 4191 2.1. */
export const PREFERENCES = ["medium", "high", "*rsv*", "low"];
const lifetime = (seconds: number) => seconds === 0xffffffff ? "infinity" : `${seconds}s`;

/** Options of `left` octets from `at` on. */
export function printNdOptions(l: Line, at: number, left: number): void {
  while (at < l.end) {
    const type = l.u8(at), units = l.u8(at + 1);
    if (left <= 0) return;
    if (units === 0 || at + units * 8 > l.end) return l.cut();
    const size = units * 8;
    l.text(`\n\t  ${OPTION_NAMES[type] ?? "unknown"} option (${type}), length ${size} (${units}): `);
    switch (type) {
      case 1:
      case 2:
        l.mac(at + 2, size - 2);
        break;
      case 3: {
        l.need(at, 32);
        l.ip6(at + 16);
        l.text(`/${l.u8(at + 2)}${units !== 4 ? "badlen" : ""}`);
        l.text(`, Flags [${bitNames(PREFIX_FLAGS, l.u8(at + 3), "none")}], valid time ${lifetime(l.u32(at + 4))}`);
        l.text(`, pref. time ${lifetime(l.u32(at + 8))}`);
        break;
      }
      case 4:
        unknownData(l, at, "\n\t    ", size);
        break;
      case 5:
        l.text(` ${l.u32(at + 4)}${units !== 1 ? "bad option length" : ""}`);
        break;
      case 7:
        l.text(` ${l.u32(at + 4)}ms`);
        break;
      case 8:
        l.text(` preference ${l.u16(at + 4)}, lifetime ${l.u16(at + 6)}`);
        break;
      case 24: {
        if (units > 3) return l.cut();
        l.out.char(32);
        const prefix = new Uint8Array(16);
        prefix.set(l.bytes.subarray(at + 8, at + size));
        l.out.ip6(prefix, 0);
        l.text(`/${l.u8(at + 2)}, pref=${PREFERENCES[(l.u8(at + 3) >> 3) & 3]}, lifetime=${lifetime(l.u32(at + 4))}`);
        break;
      }
      case 25:
        l.text(` lifetime ${l.u32(at + 4)}s,`);
        for (let i = 0; i < (units - 1) >> 1; i++) {
          l.text(" addr: ");
          l.ip6(at + 8 + i * 16);
        }
        break;
      case 31: {
        l.text(` lifetime ${l.u32(at + 4)}s, domain(s):`);
        let name = at + 8;
        while (name < at + size && l.u8(name) !== 0) {
          l.out.char(32);
          name = printName(l, name, at);
          if (name < 0) return l.cut();
        }
        break;
      }
      default:
        if (l.verbose <= 1) return unknownData(l, at + 2, "\n\t  ", size - 2);
    }
    if (l.verbose > 1) unknownData(l, at + 2, "\n\t    ", size - 2);
    at += size;
    left -= size;
  }
}

// Key exchanges of IPsec in a line. Pure. RFC 2408, RFC 7296, RFC 3948; the form is tcpdump's.
import type { Line } from "../core/line.ts";

const EXCHANGES: Record<number, string> = {
  0: "none",
  1: "base",
  2: "ident",
  3: "auth",
  4: "agg",
  5: "inf",
  32: "oakley-quick",
  33: "oakley-newgroup",
  34: "ikev2_init",
  35: "ikev2_auth",
  36: "child_sa",
  37: "inf2",
};
/** Cookies of key exchanges that are remembered. */
const EXCHANGES_KEPT = 64;

/** Who speaks in a key exchange: `I`, `R`, or `?` where its beginning was not seen. */
function side(l: Line, at: number, ver: 4 | 6): string {
  const text = (from: number, count: number) => {
    let out = "";
    for (let i = 0; i < count; i++) out += String.fromCharCode(l.bytes[from + i]!);
    return out;
  };
  const [offset, size] = ver === 4 ? [12, 4] : [8, 16];
  const src = text(l.ip + offset, size), dst = text(l.ip + offset + size, size);
  const cookie = text(at, 8);
  const begins = text(at + 8, 8) === "\0\0\0\0\0\0\0\0";
  const known = l.exchanges.get(cookie);
  if (known === undefined) {
    if (!begins || cookie === "\0\0\0\0\0\0\0\0") return "?";
    if (l.exchanges.size >= EXCHANGES_KEPT) l.exchanges.clear();
    l.exchanges.set(cookie, [src, dst]);
    return "I";
  }
  return known[0] === src ? "I" : known[1] === src ? "R" : "?";
}

/** RFC 2408, RFC 7296. */
export function printIsakmp(l: Line, at: number, _length: number, ver: 4 | 6): void {
  l.protocol = "isakmp";
  l.need(at, 28);
  const major = l.u8(at + 17) >> 4, minor = l.u8(at + 17) & 15;
  l.text("isakmp");
  if (l.verbose > 0) {
    l.text(` ${major}.${minor} msgid `);
    for (let i = 20; i < 24; i++) l.out.hex(l.u8(at + i), 2);
  }
  if (l.verbose > 1) {
    l.text(" cookie ");
    for (let i = 0; i < 8; i++) l.out.hex(l.u8(at + i), 2);
    l.text("->");
    for (let i = 8; i < 16; i++) l.out.hex(l.u8(at + i), 2);
  }
  l.text(":");
  const exchange = EXCHANGES[l.u8(at + 18)] ?? `#${l.u8(at + 18)}`;
  const flags = l.u8(at + 19);
  if (major === 1) {
    const phase = l.u32(at + 20) === 0 ? 1 : 2;
    l.text(` phase ${phase}${phase === 1 ? "" : "/others"} ${side(l, at, ver)} ${exchange}`);
    if ((flags & 3) !== 0) l.text(`[${(flags & 1) !== 0 ? "E" : ""}${(flags & 2) !== 0 ? "C" : ""}]`);
  } else if (major === 2) {
    l.text(
      ` ${l.u32(at + 20) === 0 ? "parent_sa" : "child_sa "} ${exchange}[${(flags & 8) !== 0 ? "I" : ""}${
        (flags & 0x20) !== 0 ? "R" : ""
      }]`,
    );
  }
}

/** RFC 3948: ESP or IKE on one port. */
export function printNatt(l: Line, at: number, length: number, ver: 4 | 6): void {
  l.protocol = "isakmp_rfc3948";
  if (length === 1 && l.u8(at) === 0xff) {
    l.text("isakmp-nat-keep-alive");
    return;
  }
  if (length < 4) {
    l.text(" [|isakmp_rfc3948]");
    return;
  }
  if (l.u32(at) !== 0) {
    l.text(
      `UDP-encap: ESP(spi=0x${l.u32(at).toString(16).padStart(8, "0")},seq=0x${
        l.u32(at + 4).toString(16)
      }), length ${length}`,
    );
    return;
  }
  l.text("NONESP-encap: ");
  printIsakmp(l, at + 4, length - 4, ver);
}

// Key exchanges of IPsec in a line. Pure. RFC 2408, RFC 7296, RFC 3948; the form is tcpdump's.
// Payloads, shown with -v, stand in isakmp1.ts and isakmp2.ts.
import { printEsp } from "./esp.ts";
import { bitNames, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";
import { payloads1 } from "./isakmp1.ts";
import { payload2, payloads2 } from "./isakmp2.ts";
import { named, PAYLOADS } from "./isakmp_words.ts";

const EXCHANGES = names(
  "0 none|base|ident|auth|agg|inf|32 oakley-quick|oakley-newgroup|ikev2_init|ikev2_auth|child_sa|inf2",
);
const FLAGS_1 = bits("1 E|2 C"), FLAGS_2 = bits("8 I|16 V|32 R");
/** Cookies of key exchanges that are remembered. */
const EXCHANGES_KEPT = 20;

/** Who speaks in a key exchange: `I`, `R`, or `?` where its beginning was not seen. */
function side(l: Line, at: number): string {
  const text = (from: number, count: number) => {
    let out = "";
    for (let i = 0; i < count; i++) out += String.fromCharCode(l.bytes[from + i]!);
    return out;
  };
  const { source, addressSize } = l;
  const src = text(source, addressSize), dst = text(source + addressSize, addressSize);
  const cookie = text(at, 8);
  const begins = text(at + 8, 8) === "\0\0\0\0\0\0\0\0";
  const known = l.exchanges.get(cookie);
  if (known === undefined) {
    if (!begins || cookie === "\0\0\0\0\0\0\0\0") return "?";
    for (const oldest of l.exchanges.keys()) if (l.exchanges.size >= EXCHANGES_KEPT) l.exchanges.delete(oldest);
    l.exchanges.set(cookie, [src, dst]);
    return "I";
  }
  return known[0] === src ? "I" : known[1] === src ? "R" : "?";
}

/** RFC 2408, RFC 7296. */
export function printIsakmp(l: Line, at: number, length: number): void {
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
  if (major !== 1 && major !== 2) return;
  const first = l.u32(at + 20) === 0, next = l.u8(at + 16), flags = l.u8(at + 19);
  if (major === 1) l.text(` phase ${first ? "1" : "2/others"} ${side(l, at)}`);
  else l.text(first ? " parent_sa" : " child_sa ");
  l.text(` ${named(EXCHANGES, l.u8(at + 18))}`);
  if (flags !== 0) l.text(`[${bitNames(major === 1 ? FLAGS_1 : FLAGS_2, flags, "", "")}]`);
  if (l.verbose === 0) return;
  l.text(":");
  if ((flags & 1) !== 0) l.text(` [encrypted ${named(PAYLOADS, next)}]`);
  else if (major === 1) payloads1(l, next, at + 28, { depth: 0, protocol: 0, second: payload2 });
  else payloads2(l, next, at + 28, at);
  if (l.u32(at + 24) !== length) l.text(` (len mismatch: isakmp ${l.u32(at + 24)}/ip ${length})`);
}

/** RFC 3948: ESP or IKE on one port. */
export function printNatt(l: Line, at: number, length: number): void {
  l.protocol = "isakmp_rfc3948";
  if (length === 1 && l.u8(at) === 0xff) return l.text("isakmp-nat-keep-alive");
  if (length < 4) return l.text(" [|isakmp_rfc3948]");
  if (l.u32(at) !== 0) {
    l.text("UDP-encap: ");
    return printEsp(l, at, length);
  }
  l.text("NONESP-encap: ");
  printIsakmp(l, at + 4, length - 4);
}

// Protocols of routers that stand in for each other, in a line: VRRP, CARP, HSRP. Pure. RFC 9568, RFC 3768, RFC 2281.
// The form is tcpdump's.
import { foldSum, pseudoSum, sumOctets } from "../core/checksum.ts";
import { hex, type Line } from "../core/line.ts";
import { spanText } from "../core/span.ts";
import { names } from "../core/table.ts";

/** `length` octets at `at`. */
export function printVrrp(l: Line, at: number, length: number): void {
  const { hops } = l.ip;
  l.protocol = "vrrp";
  l.text("VRRP");
  const version = l.u8(at) >> 4, type = l.u8(at) & 15;
  l.text(`v${version}, ${type === 1 ? "Advertisement" : `unknown type (${type})`}`);
  if (hops !== 255) l.text(`, (ttl ${hops})`);
  if (version < 2 || version > 3 || type !== 1) return;
  l.text(`, vrid ${l.u8(at + 1)}, prio ${l.u8(at + 2)}`);
  const authentication = l.u8(at + 4);
  if (version === 2) {
    l.text(`, authtype ${["none", "simple", "ah"][authentication] ?? `#${authentication}`}`);
    l.text(`, intvl ${l.u8(at + 5)}s, length ${length}`);
  } else l.text(`, intvl ${l.u16(at + 4) & 0xfff}cs, length ${length}`);
  if (l.verbose === 0) return;
  const count = l.u8(at + 3);
  if (l.has(at, length)) {
    const sum = version === 2 ? foldSum(sumOctets(l.bytes, at, length)) : pseudoSum(l, at, length, 112);
    if (sum !== 0xffff) l.text(`, (bad vrrp cksum ${hex(l.u16(at + 6))})`);
  }
  l.text(`, addrs${count > 1 ? `(${count})` : ""}:`);
  at += 8;
  for (let i = 0; i < count; i++) {
    l.text(`${i === 0 ? " " : ","}${l.addressText(at)}`);
    at += l.addressSize;
  }
  if (version === 2 && authentication === 1) {
    l.text(' auth "');
    l.string(at, 8);
    l.text('"');
  }
}

/** OpenBSD's CARP, which has the number of VRRP. */
export function printCarp(l: Line, at: number, length: number): void {
  const { hops } = l.ip;
  l.protocol = "carp";
  const version = l.u8(at) >> 4, type = l.u8(at) & 15;
  l.text(`CARPv${version}-${type === 1 ? "advertise" : "unknown"} ${length}: `);
  if (hops !== 255) l.text(`[ttl=${hops}!] `);
  if (version !== 2 || type !== 1) return;
  l.text(`vhid=${l.u8(at + 1)} advbase=${l.u8(at + 5)} advskew=${l.u8(at + 2)} authlen=${l.u8(at + 3)} `);
  if (l.verbose > 0 && l.has(at, length) && foldSum(sumOctets(l.bytes, at, length)) !== 0xffff) {
    l.text(` (bad carp cksum ${hex(l.u16(at + 6))}!)`);
  }
  l.text(`counter=${l.u64(at + 8)}`);
}

const HSRP = ["hello", "coup", "resign"];
const STATES = names("0 initial|learn|listen|4 speak|8 standby|16 active");

/** Cisco's HSRP version 0. RFC 2281. */
export function printHsrp(l: Line, at: number, length: number): void {
  l.protocol = "hsrp";
  const version = l.u8(at);
  l.text(`HSRPv${version}`);
  if (version !== 0) return;
  l.text("-");
  const kind = l.u8(at + 1);
  l.text(`${HSRP[kind] ?? `unknown (${kind})`} ${length}: `);
  const state = l.u8(at + 2);
  l.text(`state=${STATES[state] ?? `Unknown (${state})`} `);
  l.text(`group=${l.u8(at + 6)} `);
  if (l.u8(at + 7) !== 0) l.text(`[reserved=${l.u8(at + 7)}!] `);
  l.text(`addr=${l.ip4Text(at + 16)}`);
  if (l.verbose === 0) return;
  l.text(` hellotime=${spanText(l.u8(at + 3))} holdtime=${spanText(l.u8(at + 4))} priority=${l.u8(at + 5)} auth="`);
  l.string(at + 8, 8);
  l.text('"');
}

// IGRP in a line: each route. Pure. Cisco's "An Introduction to IGRP"; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

const HEADER = 12, ROUTE = 14;

/** A message of `length` octets at `at`. */
export function printIgrp(l: Line, at: number, length: number): void {
  l.protocol = "igrp";
  l.text("igrp:");
  const counts = [l.u16(at + 4), l.u16(at + 6), l.u16(at + 8)];
  const operation = l.u8(at) & 15;
  l.text(` ${["", "update", "request"][operation] || `op-#${operation}`} V${l.u8(at) >> 4} edit=${l.u8(at + 1)}`);
  l.text(` AS=${l.u16(at + 2)} (${counts.join("/")})`);
  const sum = l.u16(at + 10);
  if (l.verbose > 0) l.text(` checksum=0x${hex(sum, 4)}`);
  at += HEADER;
  let left = (length - HEADER) >>> 0;
  while (left >= ROUTE) {
    const net = `${l.u8(at)}.${l.u8(at + 1)}.${l.u8(at + 2)}`;
    // Routes inside this network, to others of the system, to outside.
    const kind = counts.findIndex((count) => count > 0);
    if (kind < 0) {
      l.text(` [extra bytes ${left}]`);
      break;
    }
    counts[kind]!--;
    l.text(kind === 0 ? ` *.${net}` : kind === 1 ? ` ${net}.0` : ` X${net}.0`);
    const delay = l.u24(at + 3), bandwidth = l.u24(at + 6);
    const kilobits = bandwidth === 0 ? 0 : Math.floor(10_000_000 / bandwidth);
    const mtu = l.u16(at + 9);
    l.must(at, ROUTE);
    l.text(` d=${10 * delay} b=${kilobits} r=${l.u8(at + 11)} l=${l.u8(at + 12)}`);
    l.text(` M=${Math.min(bandwidth + delay, 0xffffff)} mtu=${mtu} in ${l.u8(at + 13)} hops`);
    at += ROUTE;
    left -= ROUTE;
  }
  if (left > 0 || counts.some((count) => count > 0)) l.invalid();
}

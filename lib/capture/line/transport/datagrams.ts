// What UDP carries, by port. Pure. To add a protocol: a line in `DATAGRAMS`.
import { printLocalTalk } from "../network/appletalk.ts";
import { printAhcp } from "../routing/ahcp.ts";
import { printAodv } from "../routing/aodv.ts";
import { printBabel } from "../routing/babel.ts";
import { printBfd } from "../routing/bfd.ts";
import { printDhcp } from "../application/dhcp.ts";
import { printDhcp6 } from "../application/dhcp6.ts";
import { printDns, printMdns } from "../application/dns.ts";
import type { Forced } from "../core/forced.ts";
import { printIsakmp, printNatt } from "../tunnel/isakmp.ts";
import type { Line } from "../core/line.ts";
import type { Ports } from "./ends.ts";
import { printBroadcomLi } from "../tunnel/broadcom_li.ts";
import { printKerberos } from "../application/kerberos.ts";
import { printL2tp } from "../tunnel/l2tp.ts";
import { printLdp } from "../routing/ldp.ts";
import { printLisp } from "../routing/lisp.ts";
import { printVqp } from "../bridge/vqp.ts";
import { printLmp } from "../routing/lmp.ts";
import { printLspPing } from "../routing/lspping.ts";
import { printMpls } from "../network/mpls.ts";
import { printAutoRp } from "../routing/multicast_old.ts";
import { printNtp } from "../application/ntp.ts";
import { printGeneve, printOtv, printVxlan, printVxlanGpe } from "../tunnel/overlays.ts";
import { printOlsr } from "../routing/olsr.ts";
import { printNetFlow } from "../application/netflow.ts";
import { printPgm } from "./pgm.ts";
import { printPtp } from "../application/ptp.ts";
import { printRadius } from "../application/radius.ts";
import { printHsrp } from "../routing/redundancy.ts";
import { printRip, printRipng } from "../routing/rip.ts";
import { printRtcp, printRtp } from "../application/rtp.ts";
import { printVat, printWhiteboard } from "../application/mbone.ts";
import { printHncp } from "../routing/hncp.ts";
import { printLwres } from "../application/lwres.ts";
import { printLwappControl, printLwappData } from "../wifi/lwapp.ts";
import { printZephyr } from "../application/zephyr.ts";
import { printRx } from "../afs/rx.ts";
import { printSflow } from "../application/sflow.ts";
import { printSmall } from "../application/small.ts";
import { printSnmp } from "../application/snmp.ts";
import { printSomeIp } from "../application/someip.ts";
import { printZep } from "../wpan/sniffers.ts";
import { printText, SIP } from "../application/text.ts";

/** A protocol: `false` from its printer means that nothing is known of the datagram after all. */
interface Datagram {
  /** Ports at either end. */
  readonly ports?: readonly number[];
  /** Ports of the receiver only, of the sender only. */
  readonly to?: readonly number[];
  readonly from?: readonly number[];
  readonly print: (l: Line, at: number, length: number, ends: Ports) => boolean | void;
}

/** Ports of AppleTalk's sockets, but PTP's two. */
const KIP = [16512, 200, 768].flatMap((first) => Array.from({ length: 128 }, (_, i) => first + i))
  .filter((port) => port !== 319 && port !== 320);

/** A datagram with ports of two protocols is the one's that stands first. */
const DATAGRAMS: readonly Datagram[] = [
  { ports: [53], print: printDns },
  { ports: [5353], print: printMdns },
  { ports: [525], print: printSmall.timed },
  { ports: [69], print: printSmall.tftp },
  { ports: [67, 68], print: printDhcp },
  { ports: [520], print: printRip },
  { ports: [654], print: printAodv },
  { ports: [500], print: printIsakmp },
  { ports: [4500], print: printNatt },
  { ports: [7500, 8500], print: printIsakmp },
  { ports: [161, 162], print: printSnmp },
  { ports: [123], print: printNtp },
  { ports: [88, 750], print: printKerberos },
  { ports: [1701], print: printL2tp },
  { to: [3456], print: printVat },
  { ports: [2103, 2104], print: printZephyr },
  { ports: [7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009], print: printRx },
  { ports: [521], print: printRipng },
  { ports: [546, 547], print: (l, at, length) => printDhcp6(l, at, length) },
  { ports: [5359], print: printAhcp },
  { ports: [6696, 6697], print: printBabel },
  { ports: [8231], print: printHncp },
  { to: [4567], print: printWhiteboard },
  { ports: [496], print: printAutoRp },
  { ports: [1645, 1646, 1700, 1812, 1813, 3799], print: printRadius },
  { to: [1985], print: printHsrp },
  { ports: [921], print: printLwres },
  { ports: [646], print: printLdp },
  { ports: [698], print: printOlsr },
  { ports: [3503], print: printLspPing },
  { to: [3784, 3785, 4784, 6784], print: printBfd },
  { ports: [701], print: printLmp },
  { ports: [1589], print: printVqp },
  { ports: [6343], print: printSflow },
  { ports: [12223], print: printLwappControl },
  { ports: [12222], print: printLwappData },
  { ports: [5060], print: (l, at, length) => printText(l, at, length, SIP) },
  { ports: [514], print: printSmall.syslog },
  { ports: [8472], print: printOtv },
  { ports: [4789], print: printVxlan },
  { ports: [6081], print: printGeneve },
  { ports: [4342], print: printLisp },
  { ports: [4790], print: printVxlanGpe },
  { ports: [17754], print: printZep },
  { ports: [6635], print: printMpls },
  { ports: KIP, print: kip },
  { ports: [319, 320], print: printPtp },
  { ports: [30490], print: printSomeIp },
  // The first port that systems give to clients: whatever the other side is for comes first.
  { from: [49152], print: printBroadcomLi },
];

/** Place in the list by port, counted from 1; most datagrams have none. */
const BY_SENDER = new Uint8Array(65536), BY_RECEIVER = new Uint8Array(65536);
DATAGRAMS.forEach(({ ports = [], to = [], from = [] }, i) => {
  for (const port of ports) BY_SENDER[port] = BY_RECEIVER[port] = i + 1;
  for (const port of to) BY_RECEIVER[port] = i + 1;
  for (const port of from) BY_SENDER[port] = i + 1;
});

/** Prints what is known of a datagram's content; `false` when that is nothing. */
export function printDatagram(l: Line, at: number, length: number, sport: number, dport: number): boolean {
  const from = BY_SENDER[sport]!, to = BY_RECEIVER[dport]!;
  const prints = (place: number) =>
    place !== 0 && DATAGRAMS[place - 1]!.print(l, at, length, { sport, dport }) !== false;
  if (from === to || from === 0 || to === 0) return prints(from || to);
  return prints(Math.min(from, to)) || prints(Math.max(from, to));
}

/** What datagrams can be said to be; what is not here only segments are, or packets. */
const FORCED: Partial<Record<Forced, (l: Line, at: number, length: number) => void>> = {
  aodv: printAodv,
  cnfp: printNetFlow,
  domain: printDns,
  lmp: printLmp,
  pgm: printPgm,
  pgm_zmtp1: printPgm,
  ptp: printPtp,
  radius: printRadius,
  rtcp: (l, at, length) => printRtcp(l, at, at + length),
  rtp: printRtp,
  snmp: printSnmp,
  someip: printSomeIp,
  tftp: printSmall.tftp,
  vat: printVat,
  vxlan: printVxlan,
  wb: printWhiteboard,
};

/** Prints a datagram as what it was said to be; `false` when only segments are that. */
export function printForced(l: Line, forced: Forced, at: number, length: number): boolean {
  FORCED[forced]?.(l, at, length);
  return FORCED[forced] !== undefined;
}

/** AppleTalk in datagrams: by its ports, where its frame is of the long kind. */
function kip(l: Line, at: number, length: number): boolean {
  if (!l.has(at + 2, 1) || l.u8(at + 2) !== 2) return false;
  if (l.verbose > 0) l.text("kip ");
  printLocalTalk(l, at, length);
  return true;
}

// What UDP carries, by port. Pure. To add a protocol: a line in `DATAGRAMS`.
import { printLocalTalk } from "../network/appletalk.ts";
import { printAhcp } from "../routing/ahcp.ts";
import { printAodv } from "../routing/aodv.ts";
import { printBabel } from "../routing/babel.ts";
import { printBfd } from "../routing/bfd.ts";
import { printDhcp } from "../application/dhcp.ts";
import { printDhcp6 } from "../application/dhcp6.ts";
import { printDns } from "../application/dns.ts";
import type { Carrier } from "../core/carrier.ts";
import type { Forced } from "../core/forced.ts";
import { printIsakmp, printNatt } from "../tunnel/isakmp.ts";
import type { Line } from "../core/line.ts";
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

/** The same and who sent it. */
interface From extends Carrier {
  readonly sport: number;
}

/** A protocol: `false` from its printer means that nothing is known of the datagram after all. */
interface Datagram {
  /** Ports at either end. */
  readonly ports?: readonly number[];
  /** Ports of the receiver only, of the sender only. */
  readonly to?: readonly number[];
  readonly from?: readonly number[];
  print(l: Line, at: number, length: number, dport: number, carrier: From): boolean | void;
}

/** Ports of AppleTalk's sockets, but PTP's two. */
const KIP = [16512, 200, 768].flatMap((first) => Array.from({ length: 128 }, (_, i) => first + i))
  .filter((port) => port !== 319 && port !== 320);

/** A datagram with ports of two protocols is the one's that stands first. */
const DATAGRAMS: readonly Datagram[] = [
  { ports: [53], print: (l, at, length) => domain(l, at, length, false) },
  { ports: [5353], print: (l, at, length) => domain(l, at, length, true) },
  { ports: [525], print: (l, at) => printSmall.timed(l, at) },
  { ports: [69], print: (l, at, length) => printSmall.tftp(l, at, length) },
  { ports: [67, 68], print: (l, at, length) => printDhcp(l, at, length) },
  { ports: [520], print: (l, at, length) => printRip(l, at, length) },
  { ports: [654], print: (l, at, length, _, { ver }) => printAodv(l, at, length, ver) },
  { ports: [500], print: (l, at, length, _, { ver }) => printIsakmp(l, at, length, ver) },
  { ports: [4500], print: (l, at, length, _, carrier) => printNatt(l, at, length, carrier) },
  { ports: [7500, 8500], print: (l, at, length, _, { ver }) => printIsakmp(l, at, length, ver) },
  { ports: [161, 162], print: (l, at, length) => printSnmp(l, at, length) },
  { ports: [123], print: (l, at, length) => printNtp(l, at, length) },
  { ports: [88, 750], print: (l, at) => printKerberos(l, at) },
  { ports: [1701], print: (l, at, length) => printL2tp(l, at, length) },
  { to: [3456], print: (l, at, length) => printVat(l, at, length) },
  { ports: [2103, 2104], print: (l, at, length) => printZephyr(l, at, length) },
  {
    ports: [7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009],
    print: (l, at, length, dport, { sport }) => printRx(l, at, length, sport, dport),
  },
  { ports: [521], print: (l, at, length) => printRipng(l, at, length) },
  { ports: [546, 547], print: (l, at, length) => printDhcp6(l, at, length) },
  { ports: [5359], print: (l, at, length) => printAhcp(l, at, length) },
  { ports: [6696, 6697], print: (l, at, length) => printBabel(l, at, length) },
  { ports: [8231], print: (l, at, length) => printHncp(l, at, length) },
  { to: [4567], print: (l, at, length) => printWhiteboard(l, at, length) },
  { ports: [496], print: (l, at, length) => printAutoRp(l, at, length) },
  { ports: [1645, 1646, 1700, 1812, 1813, 3799], print: (l, at, length) => printRadius(l, at, length) },
  { to: [1985], print: (l, at, length) => printHsrp(l, at, length) },
  { ports: [921], print: (l, at, length) => printLwres(l, at, length) },
  { ports: [646], print: (l, at, length) => printLdp(l, at, length) },
  { ports: [698], print: (l, at, length, _, { ver }) => printOlsr(l, at, length, ver) },
  { ports: [3503], print: (l, at, length) => printLspPing(l, at, length) },
  { to: [3784, 3785, 4784, 6784], print: (l, at, length, dport) => printBfd(l, at, length, dport) },
  { ports: [701], print: (l, at, length) => printLmp(l, at, length) },
  { ports: [1589], print: (l, at, length) => printVqp(l, at, length) },
  { ports: [6343], print: (l, at, length) => printSflow(l, at, length) },
  { ports: [12223], print: (l, at, length, dport) => printLwappControl(l, at, length, dport === 12223) },
  { ports: [12222], print: (l, at, length) => printLwappData(l, at, length) },
  { ports: [5060], print: (l, at, length) => printText(l, at, length, SIP) },
  { ports: [514], print: (l, at, length) => printSmall.syslog(l, at, length) },
  { ports: [8472], print: (l, at, length) => printOtv(l, at, length) },
  { ports: [4789], print: (l, at, length) => printVxlan(l, at, length) },
  { ports: [6081], print: (l, at, length) => printGeneve(l, at, length) },
  { ports: [4342], print: (l, at, length) => printLisp(l, at, length) },
  { ports: [4790], print: (l, at, length) => printVxlanGpe(l, at, length) },
  { ports: [17754], print: (l, at, length) => printZep(l, at, length) },
  { ports: [6635], print: (l, at, length) => printMpls(l, at, length) },
  { ports: KIP, print: (l, at, length) => kip(l, at, length) },
  { ports: [319, 320], print: (l, at, length) => printPtp(l, at, length) },
  { ports: [30490], print: (l, at, length) => printSomeIp(l, at, length) },
  // The first port that systems give to clients: whatever the other side is for comes first.
  { from: [49152], print: (l, at, length) => printBroadcomLi(l, at, length) },
];

/** Place in the list by port, counted from 1; most datagrams have none. */
const BY_SENDER = new Uint8Array(65536), BY_RECEIVER = new Uint8Array(65536);
DATAGRAMS.forEach(({ ports = [], to = [], from = [] }, i) => {
  for (const port of ports) BY_SENDER[port] = BY_RECEIVER[port] = i + 1;
  for (const port of to) BY_RECEIVER[port] = i + 1;
  for (const port of from) BY_SENDER[port] = i + 1;
});

/** Prints what is known of a datagram's content; `false` when that is nothing. */
export function printDatagram(
  l: Line,
  at: number,
  length: number,
  dport: number,
  carrier: From,
): boolean {
  const from = BY_SENDER[carrier.sport]!, to = BY_RECEIVER[dport]!;
  const prints = (place: number) => place !== 0 && DATAGRAMS[place - 1]!.print(l, at, length, dport, carrier) !== false;
  if (from === to || from === 0 || to === 0) return prints(from || to);
  return prints(Math.min(from, to)) || prints(Math.max(from, to));
}

/** What datagrams can be said to be; what is not here only segments are, or packets. */
const FORCED: Partial<Record<Forced, (l: Line, at: number, length: number, ver: 4 | 6) => void>> = {
  aodv: printAodv,
  cnfp: printNetFlow,
  domain: (l, at, length) => domain(l, at, length, false),
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
export function printForced(l: Line, forced: Forced, at: number, length: number, ver: 4 | 6): boolean {
  const print = FORCED[forced];
  print?.(l, at, length, ver);
  return print !== undefined;
}

/** AppleTalk in datagrams: by its ports, where its frame is of the long kind. */
function kip(l: Line, at: number, length: number): boolean {
  if (!l.has(at + 2, 1) || l.u8(at + 2) !== 2) return false;
  if (l.verbose > 0) l.text("kip ");
  printLocalTalk(l, at, length);
  return true;
}

function domain(l: Line, at: number, length: number, multicast: boolean): void {
  l.protocol = "domain";
  if (length < 12) l.text(`domain [length ${length} < 12] (invalid)`);
  else printDns(l, at, length, false, multicast);
}

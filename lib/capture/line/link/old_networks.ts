// Local networks of old in a line: ARCNET, IP over FireWire (RFC 2734), IP over Fibre Channel (RFC 2625). Pure.
// The forms are tcpdump's.
import { printAppleTalk } from "../network/appletalk.ts";
import { printArp } from "./arp.ts";
import { printEtherType, printTypeName } from "./ether.ts";
import { hexDump, unexplained } from "../core/hexdump.ts";
import { printIpx } from "../network/ipx.ts";
import { hex, type Line, TRUNCATED } from "../core/line.ts";
import { printLlc } from "./llc.ts";
import { names } from "../core/table.ts";

const ARCNET = names("0x80 diag|0xc4 ipv6|0xd4 ip|arp|rarp|0xdd atalk|0xf0 oldip|oldarp|0xf7 banyan|0xfa ipx");

/** ARCNET's frames as the BSDs capture them, or Linux. */
export function printArcnet(l: Line, at: number, length: number, linux: boolean): number {
  l.protocol = linux ? "arcnet_linux" : "arcnet";
  const captured = l.end - at, first = linux ? 4 : 2;
  const short = (text = ""): never => {
    l.text(text);
    throw TRUNCATED;
  };
  if (captured < first + 1) short();
  const type = l.u8(at + first), plain = type === 0xf0 || type === 0xf1 || type === 0x80;
  let header = linux ? (plain ? 5 : 8) : 3, flag = 0, number = 0;
  const words = (pieces: boolean) => {
    l.protocol = "arcnet";
    l.text(`${hex(l.u8(at), 2)} ${hex(l.u8(at + 1), 2)} `);
    const kind = l.u8(at + 2), from = length;
    if (!l.quiet) {
      l.text(`${ARCNET[kind] ?? hex(kind, 2)} `);
      if (pieces) l.text(`seqid ${hex(number, 4)} `);
      if (pieces && flag !== 0) {
        l.text((flag & 1) !== 0 ? `(first of ${(flag + 3) >> 1} fragments) ` : `(fragment ${(flag >> 1) + 1}) `);
      }
    }
    l.text(`${from}: `);
  };
  if (linux && captured < header) short();
  if (!linux && !plain) {
    header = 6;
    if (captured < header) {
      words(false);
      short(" phds");
    }
    flag = l.u8(at + 3);
    if (flag === 0xff) {
      header = 10;
      if (captured < header) {
        words(false);
        short(" phds extended");
      }
      flag = l.u8(at + 7);
      number = l.u16(at + 8);
    } else number = l.u16(at + 4);
  }
  if (l.link) words(!linux && !plain);
  l.header = header;
  const body = at + header, left = length - header;
  if (!linux && !plain && flag !== 0 && (flag & 1) === 0) return header;
  switch (type) {
    case 0xf0:
    case 0xd4:
      l.layers.ip(l, body, left);
      break;
    case 0xc4:
      l.layers.ip6(l, body, left);
      break;
    case 0xf1:
    case 0xd5:
    case 0xd6:
      printArp(l, body, left);
      break;
    case 0xdd:
      if (l.verbose > 0) l.text("et1 ");
      printAppleTalk(l, body, left);
      break;
    case 0xfa:
      printIpx(l, body, left);
      break;
    default:
      hexDump(l.out, l.bytes, body, l.end - body);
  }
  return header;
}

/** IP over FireWire: addresses of eight octets. */
export function printFireWire(l: Line, at: number, length: number): number {
  l.protocol = "ap1394";
  l.must(at, 18);
  l.header = 18;
  const type = l.u16(at + 16);
  const header = () => {
    l.text(`${l.macText(at + 8, 8)} > ${l.macText(at, 8)}, `);
    printTypeName(l, type);
    l.text(`, length ${length}: `);
  };
  if (l.link) header();
  if (!printEtherType(l, type, at + 18, length - 18)) {
    if (!l.link) header();
    unexplained(l, at + 18);
  }
  return 18;
}

/** IP over Fibre Channel. */
export function printFibreChannel(l: Line, at: number, length: number): number {
  l.protocol = "ipfc";
  l.must(at, 16);
  if (l.link) l.text(`${l.macText(at + 10)} > ${l.macText(at + 2)}, length ${length}: `);
  const used = printLlc(l, at + 16, length - 16, { source: at + 10, target: at + 2 });
  if (used < 0) unexplained(l, at + 16);
  return 16 + Math.abs(used);
}

// Ethernet frames in a line, and what an EtherType stands for. Pure. IEEE 802.3, 802.1Q; the form is tcpdump's.
// To add an EtherType: a case in `printEtherType` and its name in names.ts.
import { printAppleArp, printAppleTalk } from "../network/appletalk.ts";
import { printMpcp } from "../bridge/mpcp.ts";
import { printTipc } from "../network/tipc.ts";
import { printCalm, printGeoNetworking } from "../network/vehicles.ts";
import { printAoe } from "./aoe.ts";
import { printArista } from "./arista.ts";
import { printArp } from "./arp.ts";
import { printCfm } from "../bridge/cfm.ts";
import { printDecnet } from "../network/decnet.ts";
import { printEapol } from "./eap.ts";
import { unexplained } from "../core/hexdump.ts";
import { printIp } from "../network/ip.ts";
import { printIp6 } from "../network/ip6.ts";
import { printIpx } from "../network/ipx.ts";
import { hex, type Line } from "../core/line.ts";
import { printLldp } from "../bridge/lldp.ts";
import { printLlc } from "./llc.ts";
import { printLoopback } from "./loopback.ts";
import { printMacsec } from "./macsec.ts";
import { printMpls } from "../network/mpls.ts";
import { ETHERTYPES, vlanText } from "../core/names.ts";
import { printNsh } from "../tunnel/nsh.ts";
import { printOsi } from "../network/osi.ts";
import { printPpp } from "./ppp.ts";
import { printPppoe } from "./pppoe.ts";
import { printPtp } from "../application/ptp.ts";
import { printRealtek } from "./realtek.ts";
import { printSlow } from "../bridge/slow.ts";

/** `ethertype IPv4 (0x0800)`, shorter with -q. */
export function etherTypeText(l: Line, type: number): string {
  const name = ETHERTYPES[type];
  if (l.quiet) return name ?? `Unknown Ethertype (0x${hex(type, 4)})`;
  return `ethertype ${name ?? "Unknown"} (0x${hex(type, 4)})`;
}

/** A switch's own octets between addresses and EtherType. */
export interface SwitchTag {
  readonly size: number;
  print(l: Line, at: number): void;
}

/** A frame of `length` octets at `at`; gives the octets of its link header, for dumps of what comes after it. */
export function printEther(l: Line, at: number, length: number, tag?: SwitchTag): number {
  if (tag === undefined) l.protocol = "ether";
  const size = 14 + (tag?.size ?? 0);
  if (length < l.end - at) {
    l.text(`[length ${length} < caplen ${l.end - at}]`);
    l.invalid();
    return length;
  }
  if (!l.has(at, size)) {
    l.text(` [|${l.protocol}]`);
    return l.end - at;
  }
  const { link } = l;
  const frame = at, end = at + length;
  const addresses = () => {
    l.out.mac(l.bytes, frame + 6);
    l.text(" > ");
    l.out.mac(l.bytes, frame);
    l.text(", ");
  };
  if (link) addresses();
  at += 12;
  if (tag !== undefined) {
    tag.print(l, at);
    at += tag.size;
  }
  let told = false;
  const tell = (type: number) => {
    l.text(etherTypeText(l, type));
    l.text(told ? ", " : `, length ${length}: `);
    told = true;
  };
  for (let rounds = 0; rounds < 32; rounds++) {
    let type = l.u16(at);
    at += 2;
    if (type === 0x88e5) {
      if (link) tell(type);
      const opened = printMacsec(l, at, end - at, frame);
      if (typeof opened === "number") return at - frame + opened;
      at = opened.at;
      if (opened.end < 0) {
        unexplained(l, at);
        return at - frame;
      }
      l.end = Math.min(l.end, opened.end);
      type = l.u16(at);
      at += 2;
    }
    while (type === 0x8100 || type === 0x9100 || type === 0x9200 || type === 0x88a8) {
      if (!l.has(at, 4) || end - at < 4) {
        l.protocol = "vlan";
        l.text(" [|vlan]");
        return Math.min(l.end, end) - frame;
      }
      if (link) {
        tell(type);
        l.text(`${vlanText(l.u16(at))}, `);
      }
      type = l.u16(at + 2);
      at += 4;
    }
    if (type <= 1500) {
      // What is longer than the frame says is padding.
      const left = Math.min(type, end - at);
      if (at + left < l.end) l.end = at + left;
      if (link) l.text(told ? "802.3" : `802.3, length ${left}: `);
      return at - frame + logical(l, at, left, frame);
    }
    if (type === 0x8870) return at - frame + logical(l, at, end - at, frame);
    if (type === 0xd28b) {
      if (!l.has(at, 2) || end - at < 2) {
        l.text("[|arista]");
        return Math.min(l.end, end) - frame;
      }
      l.text(`${etherTypeText(l, type)}, length ${length}: `);
      const used = printArista(l, at);
      if (used > 0) {
        at += used;
        continue;
      }
      if (!link) {
        addresses();
        l.text(`${etherTypeText(l, type)}, length ${length}: `);
      }
      unexplained(l, at);
      return at - frame;
    }
    if (link) tell(type);
    if (!printEtherType(l, type, at, end - at, frame)) {
      if (!link) {
        addresses();
        l.text(`${etherTypeText(l, type)}, length ${length}: `);
      }
      unexplained(l, at);
    }
    return at - frame;
  }
  return at - frame;
}

/** IEEE 802.2 behind a length; gives the octets of its header. */
function logical(l: Line, at: number, length: number, frame: number): number {
  const used = printLlc(l, at, length, frame < 0 ? undefined : { source: frame + 6, target: frame });
  if (used < 0) unexplained(l, at);
  return Math.abs(used);
}

/** The payload of an EtherType; `frame` is where the MAC addresses stand. `false` when nothing is known of it. */
export function printEtherType(l: Line, type: number, at: number, length: number, frame = -1): boolean {
  switch (type) {
    case 0x0800:
      printIp(l, at, length);
      return true;
    case 0x6003:
      printDecnet(l, at, length);
      return true;
    case 0x86dd:
      printIp6(l, at, length);
      return true;
    case 0x0806:
    case 0x8035:
      printArp(l, at, length);
      return true;
    case 0x8137:
      l.text("(NOV-ETHII) ");
      printIpx(l, at, length);
      return true;
    case 0xfefe:
      if (length === 0 || !l.has(at, 1)) {
        l.protocol = "isoclns";
        l.text(" [|isoclns]");
      } else printOsi(l, at + 1, length - 1);
      return true;
    case 0x8847:
    case 0x8848:
      printMpls(l, at, length);
      return true;
    case 0x8863:
    case 0x8864:
    case 0x3c12:
    case 0x3c13:
      printPppoe(l, at, length);
      return true;
    case 0x880b:
      if (length === 0) return true;
      if (frame >= 0) l.text(": ");
      printPpp(l, at, length);
      return true;
    case 0x8899:
      printRealtek(l, at, frame);
      return true;
    case 0x88cc:
      printLldp(l, at, length);
      return true;
    case 0x8809:
      printSlow(l, at, length);
      return true;
    case 0x888e:
      printEapol(l, at);
      return true;
    case 0x8902:
    case 0xabcd:
      printCfm(l, at, length);
      return true;
    case 0x8808:
      printMpcp(l, at, length);
      return true;
    case 0x88ca:
      printTipc(l, at);
      return true;
    case 0x0707:
    case 0x8947:
      printGeoNetworking(l, at, length, frame < 0 ? -1 : frame + 6);
      return true;
    case 0x1111:
      printCalm(l, at, length, frame < 0 ? -1 : frame + 6);
      return true;
    case 0x809b:
      if (l.verbose > 0) l.text("et1 ");
      printAppleTalk(l, at, length);
      return true;
    case 0x80f3:
      printAppleArp(l, at, length);
      return true;
    case 0x9000:
      printLoopback(l, at, length);
      return true;
    case 0x894f:
      printNsh(l, at, length);
      return true;
    case 0x88a2:
      printAoe(l, at, length);
      return true;
    case 0x88f7:
      printPtp(l, at, length);
      return true;
    case 0x886f:
      l.protocol = "msnlb";
      l.text("MS NLB heartbeat");
      l.text(`, host priority: ${l.u32le(at + 8)}`);
      l.text(`, cluster IP: ${l.ip4Text(at + 12)}`);
      l.text(`, host IP: ${l.ip4Text(at + 16)}`);
      return true;
  }
  return false;
}

// Ethernet frames in a line, and what an EtherType stands for. Pure. IEEE 802.3, 802.1Q; the form is tcpdump's.
// To add an EtherType: a line in `PAYLOADS` and its name in names.ts.
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
import type { Line } from "../core/line.ts";
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
export function printTypeName(l: Line, type: number): void {
  const { out, quiet } = l, name = ETHERTYPES[type];
  if (!quiet) out.text("ethertype ");
  out.text(name ?? (quiet ? "Unknown Ethertype" : "Unknown"));
  if (quiet && name !== undefined) return;
  out.text(" (0x");
  out.hex(type, 4);
  out.char(41);
}

/** A switch's own octets between addresses and EtherType. */
export interface SwitchTag {
  readonly size: number;
  print(l: Line, at: number): void;
}

/** A frame of `length` octets at `at`; gives the octets of its link header, for dumps of what comes after it. */
export function printEther(l: Line, at: number, length: number, tag?: SwitchTag): number {
  if (tag === undefined) l.protocol = "ether";
  if (length < l.end - at) {
    l.text(`[length ${length} < caplen ${l.end - at}]`);
    l.invalid();
    return length;
  }
  if (!l.has(at, 14 + (tag?.size ?? 0))) {
    l.text(` [|${l.protocol}]`);
    return l.end - at;
  }
  // Nearly all frames hold a packet of IP and nothing else.
  const type = l.u16(at + 12), plain = tag === undefined && !l.link;
  if (plain && type === IPV4) printIp(l, at + 14, length - 14);
  else if (plain && type === IPV6) printIp6(l, at + 14, length - 14);
  else return new Frame(l, at, length).print(tag);
  return 14;
}

const IPV4 = 0x0800, IPV6 = 0x86dd, MACSEC = 0x88e5, JUMBO = 0x8870, ARISTA = 0xd28b;
/** Types up to here are lengths. */
const LARGEST_LENGTH = 1500;
/** Tags and other headers in a row that are followed. */
const HEADER_LIMIT = 32;

/** Whether a VLAN's tag stands behind the type. */
const isTag = (type: number) => type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200;

/** A frame that is being printed. */
class Frame {
  readonly #l: Line;
  readonly #start: number;
  readonly #length: number;
  /** Behind what was read of it. */
  #at: number;
  /** The length was told. */
  #told = false;

  constructor(l: Line, start: number, length: number) {
    this.#l = l;
    this.#start = start;
    this.#length = length;
    this.#at = start + 12;
  }

  /** Octets from here to its end, whether captured or not. */
  get #left(): number {
    return this.#start + this.#length - this.#at;
  }

  /** Octets that were read of it: its header. */
  get #header(): number {
    return this.#at - this.#start;
  }

  /** Gives the octets of its header. */
  print(tag: SwitchTag | undefined): number {
    const l = this.#l;
    if (l.link) this.#addresses();
    if (tag !== undefined) {
      tag.print(l, this.#at);
      this.#at += tag.size;
    }
    for (let headers = 0; headers < HEADER_LIMIT; headers++) {
      let type = this.#type();
      if (type === MACSEC) {
        if (l.link) this.#tell(type);
        const opened = printMacsec(l, this.#at, this.#left, this.#start);
        if (typeof opened === "number") return this.#header + opened;
        this.#at = opened.at;
        if (opened.end < 0) return this.#unexplained();
        l.end = Math.min(l.end, opened.end);
        type = this.#type();
      }
      for (; isTag(type); type = this.#type()) {
        if (!this.#has(4)) return this.#cut("vlan", " [|vlan]");
        if (l.link) {
          this.#tell(type);
          l.text(`${vlanText(l.u16(this.#at))}, `);
        }
        this.#at += 2;
      }
      if (type !== ARISTA) return this.#payload(type);
      if (!this.#has(2)) return this.#cut(l.protocol, "[|arista]");
      this.#typeAndLength(type);
      const used = printArista(l, this.#at);
      if (used <= 0) return this.#unknown(type);
      this.#at += used;
    }
    return this.#header;
  }

  /** Reads a type, or a length. */
  #type(): number {
    this.#at += 2;
    return this.#l.u16(this.#at - 2);
  }

  #has(count: number): boolean {
    return this.#l.has(this.#at, count) && this.#left >= count;
  }

  #cut(protocol: string, text: string): number {
    const l = this.#l;
    l.protocol = protocol;
    l.text(text);
    return Math.min(l.end - this.#start, this.#length);
  }

  /** What the last type, or a length in its place, stands before. */
  #payload(type: number): number {
    const l = this.#l, at = this.#at;
    if (type <= LARGEST_LENGTH) {
      // What is longer than the frame says is padding.
      const left = Math.min(type, this.#left);
      if (at + left < l.end) l.end = at + left;
      if (l.link) l.text(this.#told ? "802.3" : `802.3, length ${left}: `);
      return this.#header + this.#logical(left);
    }
    if (type === JUMBO) return this.#header + this.#logical(this.#left);
    if (l.link) this.#tell(type);
    return printEtherType(l, type, at, this.#left, this.#start) ? this.#header : this.#unknown(type);
  }

  /** IEEE 802.2 behind a length; gives the octets of its header. */
  #logical(length: number): number {
    const l = this.#l, at = this.#at;
    const used = printLlc(l, at, length, { source: this.#start + 6, target: this.#start });
    if (used < 0) unexplained(l, at);
    return Math.abs(used);
  }

  #unknown(type: number): number {
    const l = this.#l;
    if (!l.link) {
      this.#addresses();
      this.#typeAndLength(type);
    }
    return this.#unexplained();
  }

  #unexplained(): number {
    unexplained(this.#l, this.#at);
    return this.#header;
  }

  #addresses(): void {
    const { out, bytes } = this.#l;
    out.mac(bytes, this.#start + 6);
    out.text(" > ");
    out.mac(bytes, this.#start);
    out.text(", ");
  }

  #tell(type: number): void {
    const l = this.#l;
    if (this.#told) {
      printTypeName(l, type);
      l.text(", ");
    } else this.#typeAndLength(type);
    this.#told = true;
  }

  #typeAndLength(type: number): void {
    const l = this.#l;
    printTypeName(l, type);
    l.text(", length ");
    l.dec(this.#length);
    l.text(": ");
  }
}

/** What stands behind an EtherType, `length` octets at `at`; the MAC addresses at `frame`, or -1 where there are none. */
type Payload = (l: Line, at: number, length: number, frame: number) => void;

const PAYLOADS: Readonly<Record<number, Payload>> = {
  0x0707: geoNetworking,
  [IPV4]: printIp,
  0x0806: printArp,
  0x1111: (l, at, length, frame) => printCalm(l, at, length, frame < 0 ? -1 : frame + 6),
  0x3c12: printPppoe,
  0x3c13: printPppoe,
  0x6003: (l, at, length) => printDecnet(l, at, length),
  0x8035: printArp,
  0x809b: (l, at, length) => {
    if (l.verbose > 0) l.text("et1 ");
    printAppleTalk(l, at, length);
  },
  0x80f3: printAppleArp,
  0x8137: (l, at, length) => {
    l.text("(NOV-ETHII) ");
    printIpx(l, at, length);
  },
  [IPV6]: printIp6,
  0x8808: printMpcp,
  0x8809: printSlow,
  0x880b: (l, at, length, frame) => {
    if (length === 0) return;
    if (frame >= 0) l.text(": ");
    printPpp(l, at, length);
  },
  0x8847: printMpls,
  0x8848: printMpls,
  0x8863: printPppoe,
  0x8864: printPppoe,
  0x886f: (l, at) => {
    l.protocol = "msnlb";
    l.text("MS NLB heartbeat");
    l.text(`, host priority: ${l.u32le(at + 8)}`);
    l.text(`, cluster IP: ${l.ip4Text(at + 12)}`);
    l.text(`, host IP: ${l.ip4Text(at + 16)}`);
  },
  0x888e: printEapol,
  0x8899: (l, at, _, frame) => printRealtek(l, at, frame),
  0x88a2: printAoe,
  0x88ca: printTipc,
  0x88cc: printLldp,
  0x88f7: printPtp,
  0x8902: printCfm,
  0x8947: geoNetworking,
  0x894f: printNsh,
  0x9000: printLoopback,
  0xabcd: printCfm,
  0xfefe: (l, at, length) => {
    if (length > 0 && l.has(at, 1)) return printOsi(l, at + 1, length - 1);
    l.protocol = "isoclns";
    l.text(" [|isoclns]");
  },
};

function geoNetworking(l: Line, at: number, length: number, frame: number): void {
  printGeoNetworking(l, at, length, frame < 0 ? -1 : frame + 6);
}

/** The payload of an EtherType; `frame` is where the MAC addresses stand. `false` when nothing is known of it. */
export function printEtherType(l: Line, type: number, at: number, length: number, frame = -1): boolean {
  const print = PAYLOADS[type];
  print?.(l, at, length, frame);
  return print !== undefined;
}

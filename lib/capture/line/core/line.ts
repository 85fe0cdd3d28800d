// What every part of the one-line printer works on: the packet, how far it was captured, the flags, the text. Pure.
// A printer reads with `u8` to `u32`; one octet past the captured ones ends the line with ` [|protocol]`, as tcpdump does.
import { addressText, TextBuffer } from "./buffer.ts";
import type { Forced } from "./forced.ts";
import type { IpsecKeys } from "../tunnel/ipsec_keys.ts";
import { RxCalls } from "../afs/seen.ts";
import { Sequences } from "../transport/sequences.ts";

/** How lines look; the names of tcpdump's flags stand in brackets. */
export interface LineOptions {
  /** [-t] 0 time of day, 1 none, 2 seconds since 1970, 3 since the line before, 4 with date, 5 since the first line. */
  readonly time?: number;
  /** Nine digits of a second instead of six. */
  readonly nano?: boolean;
  /** [-e] link-level headers. */
  readonly link?: boolean;
  /** [-v] 0 to 3. */
  readonly verbose?: number;
  /** [-q] less of each protocol. */
  readonly quiet?: boolean;
  /** [-S] TCP sequence numbers as they are. */
  readonly absolute?: boolean;
  /** [-#] numbers before the lines. */
  readonly numbers?: boolean;
  /** [-A] payload as text; 2 with the link header. */
  readonly ascii?: number;
  /** [-x] payload as hex; 2 with the link header. */
  readonly hex?: number;
  /** [-X] payload as hex and text; 2 with the link header. */
  readonly hexAscii?: number;
  /** [-K] checksums are not verified. */
  readonly noChecksums?: boolean;
  /** [-b] AS numbers above 65535 in two parts. */
  readonly asdot?: boolean;
  /** [-T] what datagrams and segments are taken for, whatever their ports. */
  readonly forced?: Forced | undefined;
  /** [-M] the secret that signatures are checked with. */
  readonly secret?: string;
  /** [-E] keys of IPsec. */
  readonly keys?: IpsecKeys | undefined;
  /** [-H] draft 802.11s mesh headers are looked for. */
  readonly mesh?: boolean;
  /** Times in another colour. */
  readonly colour?: boolean;
  /** Index to name of interfaces, for cooked captures. */
  readonly interfaceName?: (index: number) => string | undefined;
}

/** Thrown by reads past the captured octets; caught once for each packet. */
export const TRUNCATED: unique symbol = Symbol("truncated");

/**
 * Layers that others call though they are called by them: tunnels carry packets in packets. Given once by the printer,
 * so that no two files import each other.
 */
export interface Layers {
  ip(l: Line, at: number, length: number): void;
  ip6(l: Line, at: number, length: number): void;
  ether(l: Line, at: number, length: number): number;
  etherType(l: Line, type: number, at: number, length: number): boolean;
  payload(l: Line, at: number, length: number, protocol: number): void;
}

/** A header of IP, as far as what it carries is printed by it. */
export interface IpHeader {
  readonly ver: 4 | 6;
  readonly at: number;
  /** Where the address is that it goes to in the end, for checksums. */
  readonly destination: number;
  /** The hops that were left. */
  readonly hops: number;
  /** Whether it carries part of a larger packet. */
  fragmented: boolean;
}

/** Before any header of IP. */
export const NO_IP: IpHeader = { ver: 4, at: 0, destination: 0, hops: 0, fragmented: false };

/** The line being written. */
export class Line {
  readonly out = new TextBuffer();
  readonly options:
    & Required<Omit<LineOptions, "interfaceName" | "forced" | "keys">>
    & Pick<LineOptions, "interfaceName" | "forced" | "keys">;
  /** [-v], less where frames are told within messages. */
  verbose: number;
  readonly quiet: boolean;
  readonly link: boolean;
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the packet begins. */
  start = 0;
  /** One past the last captured octet that belongs to what is being printed. */
  end = 0;
  /** Names the layer in ` [|ip]`. */
  protocol = "";
  /** The line was ended by `need`: then a dump begins after the link header, else with it (as tcpdump has it). */
  checked = false;
  /** Octets of the link's header, set before what it carries is printed: a dump begins behind them after `need`. */
  header = 0;
  /** Layers inside layers: a bound for tunnels in tunnels. */
  depth = 0;
  /** The innermost header of IP. */
  ip = NO_IP;
  readonly sequences = new Sequences();
  /** Serial lines: the connection whose header came last, octets of data by way (256 each) and connection. */
  readonly slip: { connection: number; data: number[] } = { connection: 255, data: [] };
  /** Calls over RPC that wait for their answers, by who calls whom with which number. */
  readonly calls = new Map<string, readonly [count: number, procedure: number, version: number]>();
  /** Calls over RPC so far. */
  callCount = 0;
  /** Calls over Rx that wait for their answers. */
  readonly rxCalls = new RxCalls();
  /** Addresses of key exchanges by the initiator's cookie: who began. */
  readonly exchanges = new Map<string, readonly [src: string, dst: string]>();

  readonly layers: Layers;

  constructor(options: LineOptions, layers: Layers) {
    this.layers = layers;
    this.options = {
      time: 0,
      nano: false,
      link: false,
      verbose: 0,
      quiet: false,
      absolute: false,
      numbers: false,
      ascii: 0,
      hex: 0,
      hexAscii: 0,
      noChecksums: false,
      colour: false,
      asdot: false,
      mesh: false,
      secret: "",
      ...options,
    };
    this.verbose = this.options.verbose;
    this.quiet = this.options.quiet;
    this.link = this.options.link;
  }

  u8(at: number): number {
    if (at >= this.end) throw TRUNCATED;
    return this.bytes[at]!;
  }

  u16(at: number): number {
    if (at + 2 > this.end) throw TRUNCATED;
    return this.bytes[at]! << 8 | this.bytes[at + 1]!;
  }

  u24(at: number): number {
    if (at + 3 > this.end) throw TRUNCATED;
    return this.bytes[at]! << 16 | this.bytes[at + 1]! << 8 | this.bytes[at + 2]!;
  }

  u32(at: number): number {
    if (at + 4 > this.end) throw TRUNCATED;
    const { bytes } = this;
    return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
  }

  /** Two octets, the lowest first. */
  u16le(at: number): number {
    if (at + 2 > this.end) throw TRUNCATED;
    return this.bytes[at]! | this.bytes[at + 1]! << 8;
  }

  /** Four octets, the lowest first. */
  u32le(at: number): number {
    if (at + 4 > this.end) throw TRUNCATED;
    const { bytes } = this;
    return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
  }

  /** Eight octets, the lowest first. */
  u64le(at: number): bigint {
    return BigInt(this.u32le(at + 4)) << 32n | BigInt(this.u32le(at));
  }

  /** Ends the line as truncated unless `count` octets at `at` were captured. */
  need(at: number, count: number): void {
    if (at + count > this.end) {
      this.checked = true;
      throw TRUNCATED;
    }
  }

  /** Ends the line as reads do unless `count` octets at `at` were captured: a dump begins with the link's header. */
  must(at: number, count: number): void {
    if (at + count > this.end) throw TRUNCATED;
  }

  /** Whether `count` octets at `at` were captured. */
  has(at: number, count: number): boolean {
    return at + count <= this.end;
  }

  text(text: string): void {
    this.out.text(text);
  }

  dec(value: number): void {
    this.out.dec(value);
  }

  ip4(at: number): void {
    if (at + 4 > this.end) throw TRUNCATED;
    this.out.ip4(this.bytes, at);
  }

  ip6(at: number): void {
    if (at + 16 > this.end) throw TRUNCATED;
    this.out.ip6(this.bytes, at);
  }

  /** Octets of an address of the innermost IP. */
  get addressSize(): number {
    return this.ip.ver === 4 ? 4 : 16;
  }

  /** Where the innermost IP says who sent it; behind that stands to whom. */
  get source(): number {
    return this.ip.at + (this.ip.ver === 4 ? 12 : 8);
  }

  /** An address of the innermost IP's version. */
  addressText(at: number): string {
    return this.ip.ver === 4 ? this.ip4Text(at) : this.ip6Text(at);
  }

  /** `192.0.2.1 > 198.51.100.2`, with ports where `ports` says where they stand, of the innermost IP. */
  ends(ports?: number): void {
    const { out, bytes, ip: { ver, at } } = this;
    if (ver === 4) out.ip4(bytes, at + 12);
    else out.ip6(bytes, at + 8);
    if (ports !== undefined) this.#port(ports);
    out.text(" > ");
    if (ver === 4) out.ip4(bytes, at + 16);
    else out.ip6(bytes, at + 24);
    if (ports !== undefined) this.#port(ports + 2);
  }

  #port(at: number): void {
    this.out.char(46);
    this.out.dec(this.bytes[at]! << 8 | this.bytes[at + 1]!);
  }

  mac(at: number, count = 6): void {
    if (at + count > this.end) throw TRUNCATED;
    this.out.mac(this.bytes, at, count);
  }

  /** One octet as tcpdump makes it safe: `^A` for controls, `M-` before those above 127. */
  safe(octet: number): void {
    const { out } = this;
    if (octet >= 128) {
      out.text("M-");
      octet &= 127;
    }
    if (octet >= 32 && octet < 127) out.char(octet);
    else {
      out.char(94);
      out.char(octet ^ 64);
    }
  }

  /** Octets made safe up to the first NUL, at most `count`; ends the line where they were not captured. */
  string(at: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const octet = this.u8(at + i);
      if (octet === 0) return;
      this.safe(octet);
    }
  }

  /** `count` octets made safe, NUL too; ends the line where they were not captured. */
  octets(at: number, count: number): void {
    for (let i = 0; i < count; i++) this.safe(this.u8(at + i));
  }

  /** Eight octets as a number. */
  u64(at: number): bigint {
    return BigInt(this.u32(at)) << 32n | BigInt(this.u32(at + 4));
  }

  /** `192.0.2.1` of the four octets at `at`. */
  ip4Text(at: number): string {
    return `${this.u8(at)}.${this.u8(at + 1)}.${this.u8(at + 2)}.${this.u8(at + 3)}`;
  }

  /** RFC 5952 text of the sixteen octets at `at`. */
  ip6Text(at: number): string {
    this.must(at, 16);
    return addressText(this.bytes, at, 16);
  }

  /** `02:00:00:00:00:01` of the `count` octets at `at`. */
  macText(at: number, count = 6): string {
    const out: string[] = [];
    for (let i = 0; i < count; i++) out.push(hex(this.u8(at + i), 2));
    return out.join(":");
  }

  /** `count` octets as hexadecimal digits. */
  hexText(at: number, count: number): string {
    let out = "";
    for (let i = 0; i < count; i++) out += hex(this.u8(at + i), 2);
    return out;
  }

  /** Ends the line as truncated: a length inside it goes past what holds it. */
  cut(): never {
    this.checked = true;
    throw TRUNCATED;
  }

  /** Marks what breaks its protocol's rules. */
  invalid(): void {
    this.out.text(" (invalid)");
  }

  /** `count` octets made safe; gives whether all of them were captured. */
  safeText(at: number, count: number): boolean {
    for (let i = 0; i < count; i++) {
      if (at + i >= this.end) return false;
      this.safe(this.bytes[at + i]!);
    }
    return true;
  }

  /** Runs `body` with the captured octets cut at `end`. */
  within(end: number, body: () => void): void {
    const outer = this.end;
    if (end < outer) this.end = end;
    try {
      body();
    } finally {
      this.end = outer;
    }
  }
}

/** Names of numbers. */
export type Names = Readonly<Record<number, string>>;

/** Hexadecimal with at least `width` digits. */
export function hex(value: number, width = 1): string {
  return value.toString(16).padStart(width, "0");
}

/** A table of bits: the names of those that are set, joined; `none` when none is. */
export function bitNames(
  table: readonly (readonly [number, string])[],
  value: number,
  none: string,
  joint = ", ",
): string {
  let out = "";
  for (const [bit, name] of table) if ((value & bit) >>> 0 === bit) out += out === "" ? name : joint + name;
  return out === "" ? none : out;
}

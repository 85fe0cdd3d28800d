// IPv4 in a line: `IP 192.0.2.1.40000 > …`, and the header in words with -v. Pure. RFC 791; the form is tcpdump's.
import { foldSum, rightChecksum, sumOctets } from "../core/checksum.ts";
import { bitNames, type Line, TRUNCATED } from "../core/line.ts";
import { IP_PROTOCOLS } from "../core/names.ts";
import { printPayload, tellsEnds } from "./payload.ts";
import { names } from "../core/table.ts";

/** Headers inside headers that are followed. */
const TUNNEL_LIMIT = 16;

const FRAGMENT_BITS = [[0x2000, "+"], [0x4000, "DF"], [0x8000, "rsvd"]] as const;
const OPTIONS = names("0 EOL|NOP|68 timestamp|130 security|7 RR|137 SSRR|131 LSRR|148 RA|82 traceroute");

/** An IPv4 datagram at `at`, `length` octets of it on the wire. */
export function printIp(l: Line, at: number, length: number): void {
  l.protocol = "ip";
  if (++l.depth > TUNNEL_LIMIT) return l.text(" [too many tunnels]");
  const version = l.u8(at) >> 4;
  if (version !== 4) {
    l.text(version === 6 ? "IP6, wrong link-layer encapsulation" : `IP${version}`);
    return l.text(" (invalid)");
  }
  if (!l.link) l.text("IP ");
  l.need(at, 20);
  if (length < 20) return l.text(`truncated-ip ${length}`);
  const { bytes } = l;
  const header = (bytes[at]! & 15) * 4;
  if (header < 20) return l.text(`bad-hlen ${header}`);
  let total = bytes[at + 2]! << 8 | bytes[at + 3]!;
  if (length < total) l.text(`truncated-ip - ${total - length} bytes missing! `);
  // The network card was to cut it into segments: the kernel had not written a length yet.
  const whole = total === 0;
  if (whole) total = length;
  if (total < header) return l.text(`bad-len ${total}`);
  const outerEnd = l.end;
  if (at + total < l.end) l.end = at + total;
  total -= header;
  const fragment = bytes[at + 6]! << 8 | bytes[at + 7]!;
  const outer = l.ip;
  l.ip = {
    ver: 4,
    at,
    destination: header > 20 ? finalDestination(l, at, header) : at + 16,
    hops: bytes[at + 8]!,
    fragmented: (fragment & 0x2000) !== 0,
  };
  if (l.verbose > 0 && !verboseHeader(l, at, header, whole ? length : undefined)) {
    l.ends();
    l.text(":  [|ip]");
  } else if ((fragment & 0x1fff) !== 0) {
    l.ends();
    l.text(`: ip-proto-${bytes[at + 9]}`);
  } else carried(l, at, header, total);
  l.ip = outer;
  l.end = outerEnd;
}

/** What stands behind the header, `length` octets, the first of its datagram. */
function carried(l: Line, at: number, header: number, length: number): void {
  const protocol = l.bytes[at + 9]!;
  if (!tellsEnds(protocol)) {
    l.ends();
    l.text(": ");
  }
  if (!l.has(at, header)) {
    l.text(` [remaining caplen(${l.end - at}) < header length(${header})]`);
    throw TRUNCATED;
  }
  printPayload(l, at + header, length, protocol);
}

/** Where the address is that the datagram goes to in the end: source routes say so in an option. */
function finalDestination(l: Line, at: number, header: number): number {
  for (let i = 20; i < header && l.has(at + i, 2);) {
    const code = l.bytes[at + i]!;
    if (code === 0) break;
    const size = code === 1 ? 1 : l.bytes[at + i + 1]!;
    if (size < (code === 1 ? 1 : 2) || i + size > header || !l.has(at + i, size)) break;
    if ((code === 137 || code === 131) && size >= 7) return at + i + size - 4;
    i += size;
  }
  return at + 16;
}

const ECN = ["", ",ECT(1)", ",ECT(0)", ",CE"];

/** A word and a number: strings that are put together first take most of the time of a line. */
function tell(l: Line, word: string, value: number): void {
  l.out.text(word);
  l.out.dec(value);
}

/** What -v tells of the header; `false` when its options break off. `presumed`: the length, where none stands there. */
function verboseHeader(l: Line, at: number, header: number, presumed: number | undefined): boolean {
  const { out } = l, tos = l.u8(at + 1), ttl = l.u8(at + 8), protocol = l.u8(at + 9), fragment = l.u16(at + 6);
  out.text("(tos 0x");
  out.hex(tos);
  out.text(ECN[tos & 3]!);
  if (ttl >= 1) tell(l, ", ttl ", ttl);
  tell(l, ", id ", l.u16(at + 4));
  tell(l, ", offset ", (fragment & 0x1fff) * 8);
  out.text(", flags [");
  out.text(bitNames(FRAGMENT_BITS, fragment & 0xe000, "none"));
  out.text("], proto ");
  out.text(IP_PROTOCOLS[protocol] ?? "unknown");
  tell(l, " (", protocol);
  tell(l, "), length ", presumed ?? l.u16(at + 2));
  if (presumed !== undefined) out.text(" [was 0, presumed TSO]");
  let whole = true;
  if (header > 20) {
    l.text(", options (");
    try {
      printOptions(l, at + 20, header - 20);
    } catch (error) {
      // Only where the whole option was asked for; else the line ends.
      if (error !== TRUNCATED || !l.checked) throw error;
      l.checked = false;
      l.text(" [truncated-option]");
      whole = false;
    }
    l.out.char(41);
  }
  if (!l.options.noChecksums && l.has(at, header)) {
    const sum = foldSum(sumOctets(l.bytes, at, header));
    if (sum !== 0xffff) {
      const stands = l.u16(at + 10);
      l.text(`, bad cksum ${stands.toString(16)} (->${rightChecksum(stands, sum).toString(16)})!`);
    }
  }
  l.text(")\n    ");
  return whole;
}

function printOptions(l: Line, at: number, length: number): void {
  let separator = "";
  while (length > 0) {
    l.text(separator);
    separator = ",";
    const code = l.u8(at);
    l.text(OPTIONS[code] ?? `unknown ${code}`);
    let size = 1;
    if (code > 1) {
      size = l.u8(at + 1);
      if (size < 2) return l.text(` [bad length ${size}]`);
    }
    if (size > length) return l.text(` [bad length ${size}]`);
    l.need(at, size);
    if (code === 0) return;
    if (code === 7 || code === 131 || code === 137) printRoute(l, at, size);
    else if (code === 68) printTimestamps(l, at, size);
    else if (code === 148) {
      if (size < 4) l.text(` [bad length ${size}]`);
      else if (l.u16(at + 2) !== 0) l.text(` value ${l.u16(at + 2)}`);
    }
    at += size;
    length -= size;
  }
}

function printRoute(l: Line, at: number, length: number): void {
  if (length < 3) return l.text(` [bad length ${length}]`);
  if (((length + 1) & 3) !== 0) l.text(` [bad length ${length}]`);
  const pointer = (l.u8(at + 2) - 1) >>> 0;
  if (pointer < 3 || ((pointer + 1) & 3) !== 0 || pointer > length + 1) l.text(` [bad ptr ${l.u8(at + 2)}]`);
  for (let i = 3; i < length; i += 4) {
    l.need(at + i, 4);
    l.out.char(32);
    l.ip4(at + i);
    if (pointer > i) l.out.char(44);
  }
}

function printTimestamps(l: Line, at: number, length: number): void {
  if (length < 4) return l.text(`[bad length ${length}]`);
  l.text(" TS{");
  const kind = l.u8(at + 3) & 15;
  const hop = kind === 0 ? 4 : 8;
  if (((length - 4) & (hop - 1)) !== 0) l.text(`[bad length ${length}]`);
  const pointer = (l.u8(at + 2) - 1) >>> 0;
  if (pointer < 4 || ((pointer - 4) & (hop - 1)) !== 0 || pointer > length + 1) l.text(`[bad ptr ${l.u8(at + 2)}]`);
  let i = 0;
  const name = ({ 0: "TSONLY", 1: "TS+ADDR", 3: "PRESPEC" } as Record<number, string>)[kind];
  if (name === undefined) l.text(`[bad ts type ${kind}]`);
  else {
    l.text(name);
    let before = " ";
    for (i = 4; i < length; i += hop) {
      if (pointer === i) before = " ^ ";
      l.need(at + i, hop);
      l.text(`${before}${l.u32(at + i + hop - 4)}@`);
      if (hop === 8) l.ip4(at + i);
      before = " ";
    }
  }
  l.text(pointer === i ? " ^ " : "");
  const missed = l.u8(at + 3) >> 4;
  l.text(missed !== 0 ? ` [${missed} hops not recorded]} ` : "}");
}

// PPP in a line: addresses and control octets, protocols, LCP and its relatives, PAP, CHAP. Pure. RFC 1661, RFC 1662.
// The form is tcpdump's. Options of the control protocols stand in ppp_options.ts.
import { printCiscoHdlc } from "./chdlc.ts";
import { unknownData } from "../core/hexdump.ts";
import { printIpx } from "../network/ipx.ts";
import { bitNames, hex, type Line, TRUNCATED } from "../core/line.ts";
import { printMpls } from "../network/mpls.ts";
import { OUIS } from "../core/names.ts";
import { printOsi } from "../network/osi.ts";
import { printPppOption } from "./ppp_options.ts";
import { bits, names } from "../core/table.ts";

const PPP_PROTOCOLS = names(
  "0x21 IP|0x23 OSI|0x25 NS|0x27 DECNET|0x29 APPLE|0x2b IPX|0x2d VJC IP|0x2f VJNC IP|0x31 BRPDU|0x33 STII|" +
    "0x35 VINES|0x3d MLPPP|0x57 IP6|0xfd Compressed|0x201 HELLO|0x231 LUXCOM|0x233 SNS|0x281 MPLS|0x283 MPLS|" +
    "0x8021 IPCP|0x8023 OSICP|0x8025 NSCP|0x8027 DECNETCP|0x8029 APPLECP|0x802b IPXCP|0x8033 STIICP|" +
    "0x8035 VINESCP|0x8057 IP6CP|0x80fd CCP|0x8281 MPLSCP|0xc021 LCP|0xc023 PAP|0xc025 LQM|0xc027 SPAP|" +
    "0xc02b BACP|0xc02d BAP|0xc03d MLPPP-CP|0xc123 Old-SPAP|0xc223 CHAP|0xc227 EAP",
);
const CODES = names(
  "0 Vendor-Extension|Conf-Request|Conf-Ack|Conf-Nack|Conf-Reject|Term-Request|Term-Ack|Code-Reject|Prot-Reject|" +
    "Echo-Request|Echo-Reply|Disc-Req|Ident|Time-Rem|Reset-Req|Reset-Ack",
);
const CHAP = names("1 Challenge|Response|Success|Fail");
const PAP = names("1 Auth-Req|Auth-ACK|Auth-NACK");
const MULTILINK = bits("0x80 begin|0x40 end");

/** A frame of `length` octets at `at`, with or without address and control octets; gives the octets of its header. */
export function printPpp(l: Line, at: number, length: number): number {
  l.protocol = "ppp";
  const start = at, wire = length;
  const cut = () => {
    l.text(" [|ppp]");
    return 0;
  };
  if (length < 2) return cut();
  const head = l.u16(at);
  if (head === 0x0003 || head === 0x0103 || head === 0xff03) {
    if (l.link && head !== 0xff03) l.text(head === 3 ? "In  " : "Out ");
    at += 2;
    length -= 2;
  }
  if (length < 2) return cut();
  const short = (l.u8(at) & 1) !== 0;
  const protocol = short ? l.u8(at) : l.u16(at);
  at += short ? 1 : 2;
  length -= short ? 1 : 2;
  if (l.link) {
    const name = PPP_PROTOCOLS[protocol];
    l.text(`${name ?? "unknown"} (0x${hex(protocol, 4)}), length ${wire}`);
    if (name === undefined) return at - start;
    l.text(": ");
  }
  payload(l, protocol, at, length);
  return at - start;
}

/** PPP on a serial line, in HDLC-like framing; gives the octets of its header. */
export function printPppHdlc(l: Line, at: number, length: number): number {
  l.protocol = "ppp_hdlc";
  if (!l.has(at, 2)) {
    l.text(" [|ppp_hdlc]");
    return l.end - at;
  }
  const first = l.u8(at);
  if (first === 0x0f || first === 0x8f) return printCiscoHdlc(l, at, length);
  if (!l.has(at, 4)) {
    l.text(" [|ppp_hdlc]");
    return l.end - at;
  }
  if (l.link) l.text(`${hex(first, 2)} ${hex(l.u8(at + 1), 2)} ${length} `);
  if (first !== 0xff) {
    l.text(`unknown addr ${hex(l.u8(at + 2), 2)}; ctrl ${hex(l.u8(at + 3), 2)}`);
    return 2;
  }
  const protocol = l.u16(at + 2);
  l.text(`${PPP_PROTOCOLS[protocol] ?? `unknown PPP protocol (0x${hex(protocol, 4)})`}: `);
  payload(l, protocol, at + 4, length - 4);
  return 4;
}

function payload(l: Line, protocol: number, at: number, length: number): void {
  if ((protocol & 0xff00) === 0x7e00) return escaped(l, at - 1, length);
  switch (protocol) {
    case 0x0021:
    case 0x002f:
    case 0x0800:
      return l.layers.ip(l, at, length);
    case 0x0057:
    case 0x86dd:
      return l.layers.ip6(l, at, length);
    case 0x002b:
    case 0x8137:
      return printIpx(l, at, length);
    case 0x0023:
      return printOsi(l, at, length);
    case 0x0281:
    case 0x0283:
      return printMpls(l, at, length);
    case 0xc021:
    case 0x8021:
    case 0x8023:
    case 0x8057:
    case 0x80fd:
    case 0x8281:
    case 0xc02b:
      return control(l, protocol, at, length);
    case 0x003d:
      if (!l.link) l.text("MLPPP, ");
      if (length < 2 || !l.has(at, 2)) return l.text("[|mlppp]");
      return l.text(
        `seq 0x${hex(l.u16(at) & 0xfff, 3)}, Flags [${bitNames(MULTILINK, l.u8(at), "none")}], length ${length}`,
      );
    case 0xc223:
      return challenge(l, at, length);
    case 0xc023:
      return password(l, at, length);
    case 0x00fd:
      return l.text("compressed PPP data");
  }
  l.text(`${PPP_PROTOCOLS[protocol] ?? `unknown PPP protocol (0x${hex(protocol, 4)})`} `);
  unknownData(l, at, "\n\t", length);
}

/** Octets of asynchronous framing, where 7d says that the next one is turned. RFC 1662 section 4.2. */
function escaped(l: Line, at: number, length: number): void {
  if (at >= l.end || length === 0) return;
  const plain: number[] = [];
  for (let i = at; i < l.end; i++) {
    if (l.bytes[i] !== 0x7d) plain.push(l.bytes[i]!);
    else if (i + 1 < l.end) plain.push(l.bytes[++i]! ^ 0x20);
    else break;
  }
  const { bytes, end } = l;
  l.bytes = Uint8Array.from(plain);
  l.end = plain.length;
  try {
    const size = plain.length;
    if (plain[0] === 0x21) l.layers.ip(l, 1, size - 1);
    else if (plain[0] === 0x57) l.layers.ip6(l, 1, size - 1);
    else {
      const addressed = size >= 2 && l.u16(0) === 0xff03;
      if (size < (addressed ? 4 : 2)) return l.text(` [|${l.protocol}]`);
      const protocol = l.u16(addressed ? 2 : 0);
      if ((protocol & 0xff00) === 0x7e00) l.text(`(protocol 0x${hex(protocol, 4)} invalid)`);
      else payload(l, protocol, addressed ? 4 : 2, size - (addressed ? 4 : 2));
    }
  } finally {
    l.bytes = bytes;
    l.end = end;
  }
}

/** LCP and the network control protocols. */
function control(l: Line, protocol: number, at: number, length: number): void {
  const name = PPP_PROTOCOLS[protocol]!;
  l.text(`${name}, `);
  if (length < 4 || !l.has(at, 2)) return l.text(`[|${name}]`);
  const code = l.u8(at);
  l.text(`${CODES[code] ?? "Unknown Opcode"} (0x${hex(code, 2)}), id ${l.u8(at + 1)}, length ${length + 2}`);
  if (l.verbose === 0) return;
  const size = l.u16(at + 2);
  if (size < 4) return l.text(`\n\tencoded length ${size} (< 4))`);
  if (size > length) return l.text(`\n\tencoded length ${size} (> packet length ${length}))`);
  l.text(`\n\tencoded length ${size} (=Option(s) length ${size - 4})`);
  if (size === 4) return;
  if (l.verbose > 1) unknownData(l, at - 2, "\n\t", 6);
  const body = at + 4;
  switch (code) {
    case 0:
      if (size < 11) return;
      return l.text(
        `\n\t  Magic-Num 0x${hex(l.u32(body), 8)} Vendor: ${OUIS[l.u24(body + 4)] ?? "Unknown"} (${l.u24(body + 4)})`,
      );
    case 1:
    case 2:
    case 3:
    case 4: {
      let left = size - 4;
      let option = body;
      do {
        const used = printPppOption(l, protocol, option, size);
        if (used === 0) return;
        if (left < used) {
          l.text(` [remaining options length ${left} < ${used}]`);
          return l.invalid();
        }
        left -= used;
        option += used;
      } while (left > 0);
      return;
    }
    case 5:
    case 6:
    case 7:
      return;
    case 8:
      if (size < 6) return;
      l.text(`\n\t  Rejected ${PPP_PROTOCOLS[l.u16(body)] ?? "unknown"} Protocol (0x${hex(l.u16(body), 4)})`);
      if (size <= 6) return;
      l.text("\n\t  Rejected Packet");
      return unknownData(l, body + 2, "\n\t    ", size - 2);
    case 9:
    case 10:
    case 11:
      if (size < 8) return;
      l.text(`\n\t  Magic-Num 0x${hex(l.u32(body), 8)}`);
      if (size <= 8) return;
      l.text("\n\t  -----trailing data-----");
      if (!l.has(body + 4, size - 8)) return l.text(`[|${name}]`);
      return unknownData(l, body + 4, "\n\t  ", size - 8);
    case 12:
      if (size < 8) return;
      l.text(`\n\t  Magic-Num 0x${hex(l.u32(body), 8)}`);
      if (size <= 8) return;
      l.text("\n\t  Message\n\t    ");
      if (!l.safeText(body + 4, size - 4)) l.text(`[|${name}]`);
      return;
    case 13:
      if (size < 12) return;
      return l.text(`\n\t  Magic-Num 0x${hex(l.u32(body), 8)}, Seconds-Remaining ${l.u32(body + 4)}s`);
  }
  if (l.verbose <= 1) unknownData(l, at - 2, "\n\t  ", size + 2);
}

/** RFC 1994. */
function challenge(l: Line, at: number, length: number): void {
  if (length < 1) return l.text("[|chap]");
  const code = l.u8(at);
  if (length < 4) return l.text(`[|chap 0x${hex(code, 2)}]`);
  l.text(`CHAP, ${CHAP[code] ?? "unknown"} (0x${hex(code, 2)}), id ${l.u8(at + 1)}`);
  const size = l.u16(at + 2);
  const all = (from: number) => {
    // A length that is too small counts on, as tcpdump's does, up to what was captured.
    const count = size - (from - at);
    if (count < 0) {
      l.octets(from, l.end - from);
      throw TRUNCATED;
    }
    l.octets(from, count);
  };
  if (code === 1 || code === 2) {
    if (length < 5) return;
    const value = l.u8(at + 4);
    if (length - 5 < value) return;
    l.text(`, Value ${l.hexText(at + 5, value)}, Name `);
    all(at + 5 + value);
  } else if (code === 3 || code === 4) {
    l.text(", Msg ");
    all(at + 4);
  }
}

/** RFC 1334. */
function password(l: Line, at: number, length: number): void {
  if (length < 1) return l.text("[|pap]");
  const code = l.u8(at);
  if (length < 4) return l.text(`[|pap 0x${hex(code, 2)}]`);
  l.text(`PAP, ${PAP[code] ?? "unknown"} (0x${hex(code, 2)})`);
  l.text(`, id ${l.u8(at + 1)}`);
  const size = l.u16(at + 2);
  if (size > length) return l.text(`, length ${size} > packet size`);
  if (size < 4) return l.text(`, length ${size} < PAP header length`);
  const end = at + size;
  let cursor = at + 4;
  /** A counted text; `false` when it goes past the end. */
  const part = (name: string) => {
    if (end - cursor < 1) return false;
    const count = l.u8(cursor);
    if (end - cursor - 1 < count) return false;
    l.text(`, ${name} `);
    l.octets(cursor + 1, count);
    cursor += 1 + count;
    return true;
  };
  if (code === 1) {
    if (size < 6) return l.text("[|pap]");
    if (part("Peer")) part("Name");
  } else if (code === 2 || code === 3) {
    if (size < 5) return l.text("[|pap]");
    part("Msg");
  }
}

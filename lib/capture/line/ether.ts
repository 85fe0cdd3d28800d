// Ethernet frames in a line, and what an EtherType stands for. Pure. IEEE 802.3, 802.1Q, RFC 3032, RFC 2516.
// The form is tcpdump's. To add an EtherType: a case in `printEtherType` and its name in names.ts.
import { printArp } from "./arp.ts";
import { hexDump } from "./hexdump.ts";
import { printIp } from "./ip.ts";
import { printIp6 } from "./ip6.ts";
import type { Line } from "./line.ts";
import { NOT_KNOWN, printLlc } from "./llc.ts";
import { ETHERTYPES } from "./names.ts";
import { printPpp } from "./ppp.ts";
import { printLldp, printSlow } from "./lldp.ts";

const name = (type: number) => ETHERTYPES.get(type) ?? "Unknown";

function addresses(l: Line, at: number): void {
  l.out.mac(l.bytes, at + 6);
  l.text(" > ");
  l.out.mac(l.bytes, at);
}

function typeText(l: Line, type: number): void {
  if (!l.quiet) l.text(`, ethertype ${name(type)} (0x${type.toString(16).padStart(4, "0")})`);
  else l.text(`, ${ETHERTYPES.get(type) ?? `Unknown Ethertype (0x${type.toString(16).padStart(4, "0")})`}`);
}

/** A frame of `length` octets at `at`; gives the octets of its link header, for dumps of what comes after it. */
export function printEther(l: Line, at: number, length: number): number {
  l.protocol = "ether";
  if (length < 14 || !l.has(at, 14)) {
    l.text(" [|ether]");
    return l.end - at;
  }
  const { link } = l;
  let type = l.u16(at + 12);
  if (link) addresses(l, at);
  let header = 14;
  const wire = length;
  length -= 14;
  let cursor = at + 14;
  if (link && type > 1500) {
    typeText(l, type);
    l.text(`, length ${wire}: `);
  }
  // VLAN tags.
  while (type === 0x8100 || type === 0x9100 || type === 0x9200 || type === 0x88a8) {
    if (!l.has(cursor, 4) || length < 4) {
      l.protocol = "vlan";
      l.text(" [|vlan]");
      return header;
    }
    if (link) {
      const tag = l.u16(cursor);
      l.text(`vlan ${tag & 0xfff}, p ${tag >> 13}${(tag & 0x1000) !== 0 ? ", DEI" : ""}`);
    }
    type = l.u16(cursor + 2);
    if (link && type > 1500) {
      l.text(`, ethertype ${name(type)} (0x${type.toString(16).padStart(4, "0")}), `);
    }
    cursor += 4;
    length -= 4;
    header += 4;
  }
  if (type <= 1500) {
    if (link) {
      l.text(", 802.3");
      l.text(`, length ${type}: `);
    }
    // What is longer than the frame says is padding.
    if (length > type) {
      length = type;
      if (cursor + length < l.end) l.end = cursor + length;
    }
    const used = printLlc(l, cursor, length, at);
    if (used >= 0) return header + used;
    if (used === NOT_KNOWN && !link) addresses(l, at);
    unexplained(l, cursor);
    return header;
  }
  if (printEtherType(l, type, cursor, length)) return header;
  if (!link) {
    addresses(l, at);
    typeText(l, type);
    l.text(`, length ${wire}: `);
  }
  unexplained(l, cursor);
  return header;
}

/** Octets that nobody knows, unless they are shown anyway or little is wanted. */
function unexplained(l: Line, at: number): void {
  const { hex, hexAscii, ascii } = l.options;
  if (hex === 0 && hexAscii === 0 && !ascii && !l.quiet) hexDump(l.out, l.bytes, at, l.end - at);
}

/** The payload of an EtherType; `false` when nothing is known of it. */
export function printEtherType(l: Line, type: number, at: number, length: number): boolean {
  switch (type) {
    case 0x0800:
      printIp(l, at, length);
      return true;
    case 0x86dd:
      printIp6(l, at, length);
      return true;
    case 0x0806:
    case 0x8035:
      printArp(l, at, length);
      return true;
    case 0x8847:
    case 0x8848:
      printMpls(l, at, length);
      return true;
    case 0x8863:
    case 0x8864:
      printPppoe(l, at, length);
      return true;
    case 0x880b:
      printPpp(l, at, length);
      return true;
    case 0x88cc:
      printLldp(l, at, length);
      return true;
    case 0x8809:
      printSlow(l, at, length);
      return true;
    case 0x888e: {
      l.protocol = "eap";
      l.need(at, 4);
      const packetType = l.u8(at + 1);
      const names = ["EAP packet", "EAPOL start", "EAPOL logoff", "EAPOL key", "Encap ASF alert"];
      l.text(`${names[packetType] ?? "unknown"} (${packetType}) v${l.u8(at)}, len ${l.u16(at + 2)}`);
      if (l.verbose > 0 && packetType === 0 && l.has(at + 4, 4)) {
        const codes: Record<number, string> = { 1: "Request", 2: "Response", 3: "Success", 4: "Failure" };
        l.text(`, ${codes[l.u8(at + 4)] ?? "unknown"} (${l.u8(at + 4)}), id ${l.u8(at + 5)}, len ${l.u16(at + 6)}`);
      }
      return true;
    }
    case 0x9000: {
      l.protocol = "loopback";
      l.text("Loopback");
      if (length < 4) {
        l.text(" (invalid)");
        return true;
      }
      const skip = l.u8(at) | l.u8(at + 1) << 8;
      l.text(`, skipCount ${skip}`);
      if (skip % 8 !== 0) l.text(" (bogus)");
      if (skip > length - 4) {
        l.text(" (invalid)");
        return true;
      }
      const code = l.u8(at + 2 + skip) | l.u8(at + 3 + skip) << 8;
      l.text(
        `, ${code === 1 ? "Reply" : code === 2 ? "Forward Data" : `Unknown (0x${code.toString(16).padStart(4, "0")})`}`,
      );
      if (length - 4 - skip < 2) {
        l.text(" (invalid)");
        return true;
      }
      if (code === 1) {
        l.text(
          `, receipt number ${l.u8(at + 4 + skip) | l.u8(at + 5 + skip) << 8}, data (${length - 6 - skip} octets)`,
        );
      }
      return true;
    }
  }
  return false;
}

function printMpls(l: Line, at: number, length: number): void {
  l.protocol = "mpls";
  l.text("MPLS");
  let bottom = false;
  do {
    l.need(at, 4);
    if (length < 4) {
      l.text("[|mpls]");
      return;
    }
    const word = l.u32(at);
    const label = word >>> 12;
    l.text(l.verbose > 0 && bottom ? "\n\t" : " ");
    l.text(`(label ${label}`);
    const reserved = ["IPv4 explicit NULL", "router alert", "IPv6 explicit NULL", "implicit NULL"][label];
    if (l.verbose > 0 && reserved !== undefined) l.text(` (${reserved})`);
    l.text(`, tc ${(word >>> 9) & 7}`);
    bottom = (word & 0x100) !== 0;
    if (bottom) l.text(", [S]");
    l.text(`, ttl ${word & 255})`);
    at += 4;
    length -= 4;
  } while (!bottom);
  const label = l.u32(at - 4) >>> 12;
  if (length < 1) return;
  const version = l.u8(at) >> 4;
  const inner = label === 0 ? 4 : label === 2 ? 6 : label > 3 ? version : 0;
  if (inner !== 4 && inner !== 6) return;
  l.text(l.verbose > 0 ? "\n\t" : " ");
  if (inner === 4) printIp(l, at, length);
  else printIp6(l, at, length);
}

const PPPOE: Record<number, string> = { 9: "PADI", 7: "PADO", 0x19: "PADR", 0x65: "PADS", 0xa7: "PADT", 0: "" };
const PPPOE_TAGS: Record<number, string> = {
  0: "EOL",
  0x101: "Service-Name",
  0x102: "AC-Name",
  0x103: "Host-Uniq",
  0x104: "AC-Cookie",
  0x105: "Vendor-Specific",
  0x110: "Relay-Session-ID",
  0x120: "PPP-Max-Payload",
  0x201: "Service-Name-Error",
  0x202: "AC-System-Error",
  0x203: "Generic-Error",
};

function printPppoe(l: Line, at: number, length: number): void {
  l.protocol = "pppoe";
  if (length < 6) {
    l.text(` (invalid)`);
    return;
  }
  l.need(at, 6);
  const first = l.u8(at), code = l.u8(at + 1), session = l.u16(at + 2), size = l.u16(at + 4);
  l.text("PPPoE ");
  if (first >> 4 !== 1) l.text(` [ver ${first >> 4}]`);
  if ((first & 15) !== 1) l.text(` [type ${first & 15}]`);
  l.text(PPPOE[code] ?? `PAD-${code.toString(16).toUpperCase()}`);
  if (code === 0) l.text(` [ses 0x${session.toString(16)}]`);
  else if (session !== 0) l.text(` [ses 0x${session.toString(16)}]`);
  if (code === 0) {
    l.text(" ");
    printPpp(l, at + 6, Math.min(size, length - 6));
    return;
  }
  const end = at + 6 + size;
  let cursor = at + 6;
  while (cursor + 4 <= end) {
    const tag = l.u16(cursor), octets = l.u16(cursor + 2);
    cursor += 4;
    l.text(" [");
    l.text(PPPOE_TAGS[tag] ?? `TAG-0x${tag.toString(16)}`);
    if (octets > 0) {
      let ascii = 0, garbage = 0;
      for (let i = 0; i < octets && i < 80; i++) {
        const octet = l.u8(cursor + i);
        if (octet >= 32 && octet < 127) ascii++;
        else garbage++;
      }
      if (ascii > garbage) {
        l.text(' "');
        for (let i = 0; i < Math.min(octets, 80); i++) l.safe(l.u8(cursor + i));
        l.text('"');
      } else {
        l.text(" 0x");
        for (let i = 0; i < Math.min(octets, 20); i++) l.out.hex(l.u8(cursor + i), 2);
        if (octets > 20) l.text("...");
      }
    }
    l.text("]");
    cursor += octets;
  }
}

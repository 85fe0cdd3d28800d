// ICMPv6 in a line: errors, echo, neighbour discovery, multicast listeners. Pure. RFC 4443, 4861, 8106, 3810.
// The form is tcpdump's. To add a type: its words in `TYPES`, its case in `printIcmp6`.
import { bitNames, type Line, rightChecksum, TRUNCATED } from "../core/line.ts";
import { printNodeQuery, printNodeReply, printRenumbering } from "./icmp6_old.ts";
import { PREFERENCES, printNdOptions } from "./icmp6_options.ts";
import { listener, query2, report2 } from "./mld.ts";
import { printRpl } from "../routing/rpl.ts";
import { pseudoSum } from "../transport/tcp.ts";
import { unknownData } from "../core/hexdump.ts";
import { names } from "../core/table.ts";

const TYPES = names(
  "1 destination unreachable|packet too big|time exceeded in-transit|parameter problem|128 echo request|" +
    "echo reply|multicast listener query|multicast listener report|multicast listener done|router solicitation|" +
    "router advertisement|neighbor solicitation|neighbor advertisement|redirect|router renumbering|" +
    "who-are-you request|who-are-you reply|inverse neighbor solicitation|inverse neighbor advertisement|" +
    "multicast listener report v2|ha discovery request|ha discovery reply|mobile router solicitation|" +
    "mobile router advertisement|155 RPL|200 mtrace response|mtrace message",
);
const UNREACHABLE = names(
  "0 unreachable route| unreachable prohibited|beyond scope|unreachable address|unreachable port",
);
/** Types whose length stands before their details with -v. */
const LENGTH_FIRST = new Set([133, 134, 135, 136, 137, 145, 147]);

const RA_FLAGS = [[0x80, "managed"], [0x40, "other stateful"], [0x20, "home agent"]] as const;
const NA_FLAGS = [[0x80, "router"], [0x40, "solicited"], [0x20, "override"]] as const;
/** Where the upper layer of the packet in an error is: offset and protocol, or `undefined`. */
function upperLayer(l: Line, at: number): { at: number; protocol: number } | undefined {
  if (!l.has(at, 40)) return undefined;
  let next = l.u8(at + 6);
  let cursor = at + 40;
  for (let i = 0; i < 16; i++) {
    switch (next) {
      case 6:
      case 17:
        return l.has(cursor + 2, 2) ? { at: cursor, protocol: next } : undefined;
      case 0:
      case 43:
      case 60:
        if (!l.has(cursor, 2)) return undefined;
        next = l.u8(cursor);
        cursor += (l.u8(cursor + 1) + 1) * 8;
        break;
      case 44:
        if (!l.has(cursor, 4) || (l.u16(cursor + 2) & 0xfff8) !== 0) return undefined;
        next = l.u8(cursor);
        cursor += 8;
        break;
      case 51:
        if (!l.has(cursor, 2)) return undefined;
        next = l.u8(cursor);
        cursor += (l.u8(cursor + 1) + 2) * 4;
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

/** A message of `length` octets at `at`. */
export function printIcmp6(l: Line, at: number, length: number, fragmented: boolean): void {
  l.protocol = "icmp6";
  const { out } = l;
  if (length === 0) return out.text("ICMP6, length 0 (invalid)");
  if (l.verbose > 0 && !fragmented && l.has(at, length)) {
    const sum = pseudoSum(l, at, length, 6, 58);
    const stands = l.u16(at + 2);
    const hex = (value: number) => value.toString(16).padStart(4, "0");
    if (sum === 0xffff) out.text("[icmp6 sum ok] ");
    else out.text(`[bad icmp6 cksum 0x${hex(stands)} -> 0x${hex(rightChecksum(stands, sum))}!] `);
  }
  const type = l.u8(at);
  out.text("ICMP6, ");
  out.text(TYPES[type] ?? `unknown icmp6 type (${type})`);
  if (l.verbose > 0 && LENGTH_FIRST.has(type)) out.text(`, length ${length}`);
  const code = l.u8(at + 1);
  const ip = at + 8;
  switch (type) {
    case 1:
      out.text(`, ${UNREACHABLE[code] ?? `unknown unreach code (${code})`}`);
      if (code <= 3 && !l.has(ip + 24, 16)) throw TRUNCATED;
      if (code === 0 || code === 1 || code === 3) {
        out.char(32);
        l.ip6(ip + 24);
      } else if (code === 2) {
        out.char(32);
        l.ip6(ip + 24);
        out.text(", source address ");
        l.ip6(ip + 8);
      } else if (code === 4) {
        const upper = upperLayer(l, ip);
        if (upper === undefined) return out.text(" [|icmp6]");
        out.text(", ");
        l.ip6(ip + 24);
        out.text(` ${upper.protocol === 6 ? "tcp" : "udp"} port ${l.u16(upper.at + 2)}`);
      } else if (l.verbose <= 1) return unknownData(l, at, "\n\t", length);
      break;
    case 2:
      out.text(`, mtu ${l.u32(at + 4)}`);
      break;
    case 3:
      if (code === 0) {
        l.must(ip + 24, 16);
        out.text(" for ");
        l.ip6(ip + 24);
      } else out.text(code === 1 ? " (reassembly)" : `, unknown code (${code})`);
      break;
    case 4: {
      l.need(ip + 24, 16);
      const words = ["erroneous", "next header", "option", "incomplete header chain"][code];
      out.text(words === undefined ? `, code-#${code}` : `, ${words} - octet ${l.u32(at + 4)}`);
      break;
    }
    case 128:
    case 129:
      l.u8(at + 7);
      out.text(", id ");
      out.dec(l.u16(at + 4));
      out.text(", seq ");
      out.dec(l.u16(at + 6));
      break;
    case 130:
      if (length === 24) listener(l, at);
      else if (length >= 28) {
        out.text(" v2");
        query2(l, at, length);
      } else out.text(` unknown-version (len ${length}) `);
      break;
    case 131:
    case 132:
      listener(l, at);
      break;
    case 133:
      if (l.verbose > 0) printNdOptions(l, at + 8, length - 8);
      break;
    case 134:
      if (l.verbose > 0) {
        l.u8(at + 15);
        const flags = l.u8(at + 5);
        out.text(
          `\n\thop limit ${l.u8(at + 4)}, Flags [${bitNames(RA_FLAGS, flags, "none")}], pref ${
            PREFERENCES[(flags >> 3) & 3]
          }, router lifetime ${l.u16(at + 6)}s, reachable time ${l.u32(at + 8)}ms, retrans timer ${l.u32(at + 12)}ms`,
        );
        printNdOptions(l, at + 16, length - 16);
      }
      break;
    case 135:
      l.u8(at + 23);
      out.text(", who has ");
      l.ip6(at + 8);
      if (l.verbose > 0) printNdOptions(l, at + 24, length - 24);
      break;
    case 136:
      l.u8(at + 23);
      out.text(", tgt is ");
      l.ip6(at + 8);
      if (l.verbose > 0) {
        out.text(`, Flags [${bitNames(NA_FLAGS, l.u8(at + 4), "none")}]`);
        printNdOptions(l, at + 24, length - 24);
      }
      break;
    case 137:
      l.u8(at + 39);
      out.text(", ");
      l.ip6(at + 24);
      out.text(" to ");
      l.ip6(at + 8);
      if (l.verbose > 0) printNdOptions(l, at + 40, length - 40);
      break;
    case 138:
      printRenumbering(l, at);
      break;
    case 139:
      printNodeQuery(l, at);
      break;
    case 140:
      printNodeReply(l, at, length);
      break;
    case 141:
    case 142:
      break;
    case 143:
      report2(l, at, length);
      break;
    case 144:
    case 146:
      out.text(`, id 0x${l.u16(at + 4).toString(16).padStart(4, "0")}`);
      break;
    case 145:
      if (l.verbose === 0) break;
      out.text(`, id 0x${l.u16(at + 4).toString(16).padStart(4, "0")}`);
      for (let i = 8; i < length; i += 16) {
        out.text(`, ${l.ip6Text(at + i)}`);
      }
      break;
    case 147: {
      if (l.verbose === 0) break;
      out.text(`, id 0x${l.u16(at + 4).toString(16).padStart(4, "0")}`);
      const flags = l.u16(at + 6) >> 14;
      if (flags !== 0) out.text(` ${(flags & 2) !== 0 ? "M" : ""}${(flags & 1) !== 0 ? "O" : ""}`);
      printNdOptions(l, at + 8, length - 8);
      break;
    }
    case 155:
      printRpl(l, l.u8(at + 1), at + 4, length - 4);
      break;
    default:
      out.text(`, length ${length}`);
      if (l.verbose <= 1) unknownData(l, at, "\n\t", length);
      return;
  }
  if (l.verbose === 0) {
    out.text(", length ");
    out.dec(length);
  }
}

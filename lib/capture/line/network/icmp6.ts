// ICMPv6 in a line: errors, echo, neighbour discovery, multicast listeners. Pure. RFC 4443, 4861, 8106, 3810.
// The form is tcpdump's. To add a type: its words in `TYPES`, its line in `BODIES`.
import { printSum, pseudoSum } from "../core/checksum.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { printNodeQuery, printNodeReply, printRenumbering } from "./icmp6_old.ts";
import { PREFERENCES, printNdOptions } from "./icmp6_options.ts";
import { listener, query2, report2 } from "./mld.ts";
import { printRpl } from "../routing/rpl.ts";
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
export function printIcmp6(l: Line, at: number, length: number): void {
  l.protocol = "icmp6";
  if (length === 0) return l.text("ICMP6, length 0 (invalid)");
  if (l.verbose > 0 && !l.ip.fragmented && l.has(at, length)) {
    printSum(l, "icmp6", l.u16(at + 2), pseudoSum(l, at, length, 58));
  }
  const type = l.u8(at);
  l.text("ICMP6, ");
  l.text(TYPES[type] ?? `unknown icmp6 type (${type})`);
  if (l.verbose > 0 && LENGTH_FIRST.has(type)) l.text(`, length ${length}`);
  l.u8(at + 1);
  const body = BODIES[type];
  if (body === undefined) {
    l.text(`, length ${length}`);
    if (l.verbose <= 1) unknownData(l, at, "\n\t", length);
  } else if (body(l, at, length) !== false && l.verbose === 0) {
    l.text(", length ");
    l.dec(length);
  }
}

/** What a type says of its message of `length` octets at `at`; `false` where that ends the line. */
type Body = (l: Line, at: number, length: number) => boolean | void;

/** Where an error has the packet that it is about, and there the address that it was for. */
const PACKET = 8, TARGET = PACKET + 24;

const BODIES: Readonly<Record<number, Body>> = {
  1: unreachable,
  2: (l, at) => l.text(`, mtu ${l.u32(at + 4)}`),
  3: (l, at) => {
    const code = l.u8(at + 1);
    l.text(code === 0 ? ` for ${l.ip6Text(at + TARGET)}` : code === 1 ? " (reassembly)" : `, unknown code (${code})`);
  },
  4: (l, at) => {
    l.need(at + TARGET, 16);
    const code = l.u8(at + 1), words = ["erroneous", "next header", "option", "incomplete header chain"][code];
    l.text(words === undefined ? `, code-#${code}` : `, ${words} - octet ${l.u32(at + 4)}`);
  },
  128: echo,
  129: echo,
  130: (l, at, length) => {
    if (length === 24) return listener(l, at);
    if (length < 28) return l.text(` unknown-version (len ${length}) `);
    l.text(" v2");
    query2(l, at, length);
  },
  131: listener,
  132: listener,
  133: optionsFrom(8),
  134: advertisement,
  135: (l, at, length) => {
    l.must(at, 24);
    l.text(", who has ");
    l.ip6(at + 8);
    optionsFrom(24)(l, at, length);
  },
  136: (l, at, length) => {
    l.must(at, 24);
    l.text(", tgt is ");
    l.ip6(at + 8);
    if (l.verbose > 0) l.text(`, Flags [${bitNames(NA_FLAGS, l.u8(at + 4), "none")}]`);
    optionsFrom(24)(l, at, length);
  },
  137: (l, at, length) => {
    l.must(at, 40);
    l.text(`, ${l.ip6Text(at + 24)} to ${l.ip6Text(at + 8)}`);
    optionsFrom(40)(l, at, length);
  },
  138: printRenumbering,
  139: printNodeQuery,
  140: printNodeReply,
  141: () => {},
  142: () => {},
  143: report2,
  144: identifier,
  145: (l, at, length) => {
    if (l.verbose === 0) return;
    identifier(l, at);
    for (let i = 8; i < length; i += 16) l.text(`, ${l.ip6Text(at + i)}`);
  },
  146: identifier,
  147: (l, at, length) => {
    if (l.verbose === 0) return;
    identifier(l, at);
    const flags = l.u16(at + 6) >> 14;
    if (flags !== 0) l.text(` ${(flags & 2) !== 0 ? "M" : ""}${(flags & 1) !== 0 ? "O" : ""}`);
    printNdOptions(l, at + 8, length - 8);
  },
  155: (l, at, length) => printRpl(l, l.u8(at + 1), at + 4, length - 4),
};

function unreachable(l: Line, at: number, length: number): boolean | void {
  const code = l.u8(at + 1), target = at + TARGET;
  l.text(`, ${UNREACHABLE[code] ?? `unknown unreach code (${code})`}`);
  if (code <= 3) l.must(target, 16);
  switch (code) {
    case 0:
    case 1:
    case 3:
      return l.text(` ${l.ip6Text(target)}`);
    case 2:
      return l.text(` ${l.ip6Text(target)}, source address ${l.ip6Text(at + PACKET + 8)}`);
    case 4: {
      const upper = upperLayer(l, at + PACKET);
      l.text(
        upper === undefined ? " [|icmp6]" : `, ${l.ip6Text(target)} ${upper.protocol === 6 ? "tcp" : "udp"} port `,
      );
      if (upper === undefined) return false;
      return l.dec(l.u16(upper.at + 2));
    }
  }
  if (l.verbose > 1) return;
  unknownData(l, at, "\n\t", length);
  return false;
}

function echo(l: Line, at: number): void {
  l.must(at, 8);
  l.text(", id ");
  l.dec(l.u16(at + 4));
  l.text(", seq ");
  l.dec(l.u16(at + 6));
}

function identifier(l: Line, at: number): void {
  l.text(`, id 0x${hex(l.u16(at + 4), 4)}`);
}

/** With -v the options from `offset` on. */
function optionsFrom(offset: number): Body {
  return (l, at, length) => {
    if (l.verbose > 0) printNdOptions(l, at + offset, length - offset);
  };
}

function advertisement(l: Line, at: number, length: number): void {
  if (l.verbose === 0) return;
  l.must(at, 16);
  const flags = l.u8(at + 5);
  l.text(`\n\thop limit ${l.u8(at + 4)}, Flags [${bitNames(RA_FLAGS, flags, "none")}]`);
  l.text(`, pref ${PREFERENCES[(flags >> 3) & 3]}, router lifetime ${l.u16(at + 6)}s`);
  l.text(`, reachable time ${l.u32(at + 8)}ms, retrans timer ${l.u32(at + 12)}ms`);
  printNdOptions(l, at + 16, length - 16);
}

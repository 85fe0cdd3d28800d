// ICMPv6 in a line: errors, echo, neighbour discovery, multicast listeners. Pure. RFC 4443, 4861, 8106, 3810.
// The form is tcpdump's. To add a type: its words in `TYPES`, its case in `printIcmp6`.
import { printName } from "./dns.ts";
import { bitNames, type Line, rightChecksum } from "./line.ts";
import { pseudoSum } from "./tcp.ts";

const TYPES: Record<number, string> = {
  1: "destination unreachable",
  2: "packet too big",
  3: "time exceeded in-transit",
  4: "parameter problem",
  128: "echo request",
  129: "echo reply",
  130: "multicast listener query",
  131: "multicast listener report",
  132: "multicast listener done",
  133: "router solicitation",
  134: "router advertisement",
  135: "neighbor solicitation",
  136: "neighbor advertisement",
  137: "redirect",
  138: "router renumbering",
  139: "who-are-you request",
  140: "node information reply",
  141: "inverse neighbor solicitation",
  142: "inverse neighbor advertisement",
  143: "multicast listener report v2",
  144: "ha discovery request",
  145: "ha discovery reply",
  146: "mobile router solicitation",
  147: "mobile router advertisement",
  151: "multicast router advertisement",
  152: "multicast router solicitation",
  153: "multicast router termination",
  155: "RPL",
  200: "mtrace response",
  201: "mtrace message",
};
const UNREACHABLE: Record<number, string> = {
  0: "unreachable route",
  1: " unreachable prohibited",
  2: "beyond scope",
  3: "unreachable address",
  4: "unreachable port",
};
/** Types whose length stands before their details with -v. */
const LENGTH_FIRST = new Set([133, 134, 135, 136, 137, 145, 147]);

const OPTION_NAMES: Record<number, string> = {
  1: "source link-address",
  2: "destination link-address",
  3: "prefix info",
  4: "redirected header",
  5: "mtu",
  7: "advertisement interval",
  8: "homeagent information",
  24: "route info",
  25: "rdnss",
  31: "dnssl",
};
const RA_FLAGS = [[0x80, "managed"], [0x40, "other stateful"], [0x20, "home agent"]] as const;
const NA_FLAGS = [[0x80, "router"], [0x40, "solicited"], [0x20, "override"]] as const;
const PREFIX_FLAGS = [[0x80, "onlink"], [0x40, "auto"], [0x20, "router"]] as const;
const PREFERENCES = ["medium", "high", "*rsv*", "low"];
const REPORT_TYPES = ["", "is_in", "is_ex", "to_in", "to_ex", "allow", "block"];

const lifetime = (seconds: number) => seconds === 0xffffffff ? "infinity" : `${seconds}s`;

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
  l.need(at + 2, 2);
  if (l.verbose > 0 && !fragmented && l.has(at, length)) {
    const sum = pseudoSum(l, at, length, 6, 58);
    const stands = l.u16(at + 2);
    const hex = (value: number) => value.toString(16).padStart(4, "0");
    if (sum === 0xffff) out.text("[icmp6 sum ok] ");
    else out.text(`[bad icmp6 cksum 0x${hex(stands)} -> 0x${hex(rightChecksum(stands, sum))}!] `);
  }
  const type = l.u8(at), code = l.u8(at + 1);
  out.text("ICMP6, ");
  out.text(TYPES[type] ?? `unknown icmp6 type (${type})`);
  if (l.verbose > 0 && LENGTH_FIRST.has(type)) out.text(`, length ${length}`);
  const ip = at + 8;
  switch (type) {
    case 1:
      out.text(`, ${UNREACHABLE[code] ?? `unknown unreach code (${code})`}`);
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
        if (upper === undefined) {
          out.text(" [|icmp6]");
          return;
        }
        out.text(", ");
        l.ip6(ip + 24);
        out.text(` ${upper.protocol === 6 ? "tcp" : "udp"} port ${l.u16(upper.at + 2)}`);
      } else if (l.verbose <= 1) {
        unknownData(l, at, "\n\t", length);
        return;
      }
      break;
    case 2:
      out.text(`, mtu ${l.u32(at + 4)}`);
      break;
    case 3:
      l.need(ip + 24, 16);
      if (code === 0) {
        out.text(" for ");
        l.ip6(ip + 24);
      } else out.text(code === 1 ? " (reassembly)" : `, unknown code (${code})`);
      break;
    case 4: {
      l.need(ip + 24, 16);
      const words = ["erroneous", "next header", "option"][code];
      out.text(words === undefined ? `, code-#${code}` : `, ${words} - octet ${l.u32(at + 4)}`);
      break;
    }
    case 128:
    case 129:
      l.need(at + 6, 2);
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
      if (l.verbose > 0) options(l, at + 8, length - 8);
      break;
    case 134:
      if (l.verbose > 0) {
        l.need(at, 16);
        const flags = l.u8(at + 5);
        out.text(
          `\n\thop limit ${l.u8(at + 4)}, Flags [${bitNames(RA_FLAGS, flags, "none")}], pref ${
            PREFERENCES[(flags >> 3) & 3]
          }, router lifetime ${l.u16(at + 6)}s, reachable time ${l.u32(at + 8)}ms, retrans timer ${l.u32(at + 12)}ms`,
        );
        options(l, at + 16, length - 16);
      }
      break;
    case 135:
      l.need(at + 8, 16);
      out.text(", who has ");
      l.ip6(at + 8);
      if (l.verbose > 0) options(l, at + 24, length - 24);
      break;
    case 136:
      l.need(at + 8, 16);
      out.text(", tgt is ");
      l.ip6(at + 8);
      if (l.verbose > 0) {
        out.text(`, Flags [${bitNames(NA_FLAGS, l.u8(at + 4), "none")}]`);
        options(l, at + 24, length - 24);
      }
      break;
    case 137:
      l.need(at + 24, 16);
      out.text(", ");
      l.ip6(at + 24);
      out.text(" to ");
      l.ip6(at + 8);
      if (l.verbose > 0) options(l, at + 40, length - 40);
      break;
    case 139:
      nodeQuery(l, at, length);
      break;
    case 140:
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
    case 147:
    case 138:
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

function nodeQuery(l: Line, at: number, length: number): void {
  if (l.end - at === 12) {
    l.text(" who-are-you request");
    return;
  }
  void length;
  l.text(" node information query");
  l.need(at, 16);
  const question = l.u16(at + 4);
  l.text(` (${["noop", "supported qtypes", "DNS name", "node addresses"][question] ?? "unknown"}`);
  l.text(")");
}

function listener(l: Line, at: number): void {
  if (at + 24 > l.end) return;
  l.text(`max resp delay: ${l.u16(at + 4)} addr: `);
  l.ip6(at + 8);
}

function query2(l: Line, at: number, length: number): void {
  const code = l.u16(at + 4);
  const delay = code < 32768 ? code : ((code & 0x0fff) | 0x1000) << (((code & 0x7000) >> 12) + 3);
  if (l.verbose > 0) l.text(` [max resp delay=${delay}]`);
  l.need(at + 8, 16);
  l.text(" [gaddr ");
  l.ip6(at + 8);
  if (l.verbose > 0) {
    const flags = l.u8(at + 24), interval = l.u8(at + 25);
    if ((flags & 8) !== 0) l.text(" sflag");
    if ((flags & 7) !== 0) l.text(` robustness=${flags & 7}`);
    l.text(` qqi=${interval < 128 ? interval : ((interval & 15) | 16) << (((interval & 0x70) >> 4) + 3)}`);
  }
  const sources = l.u16(at + 26);
  if (sources > 0) {
    if (length < 28 + sources * 16) l.text(` [invalid number of sources ${sources}]`);
    else if (l.verbose > 1) {
      l.text(" {");
      for (let i = 0; i < sources; i++) {
        l.out.char(32);
        l.ip6(at + 28 + i * 16);
      }
      l.text(" }");
    } else l.text(`, ${sources} source(s)`);
  }
  l.text("]");
}

function report2(l: Line, at: number, length: number): void {
  if (length < 8) {
    l.text(` [invalid len ${length}]`);
    return;
  }
  const groups = l.u16(at + 6);
  l.text(`, ${groups} group record(s)`);
  if (l.verbose === 0) return;
  let group = 8;
  for (let i = 0; i < groups; i++) {
    if (length < group + 20) {
      l.text(" [invalid number of groups]");
      return;
    }
    l.need(at + group + 4, 16);
    l.text(" [gaddr ");
    l.ip6(at + group + 4);
    const type = l.u8(at + group);
    l.text(` ${REPORT_TYPES[type] || ` [v2-report-#${type}]`}`);
    const sources = l.u16(at + group + 2);
    if (length < group + 20 + sources * 16) {
      l.text(` [invalid number of sources ${sources}]`);
      return;
    }
    if (l.verbose === 1) l.text(`, ${sources} source(s)`);
    else {
      l.text(" {");
      for (let j = 0; j < sources; j++) {
        l.out.char(32);
        l.ip6(at + group + 20 + j * 16);
      }
      l.text(" }");
    }
    group += 20 + sources * 16;
    l.text("]");
  }
}

function options(l: Line, at: number, left: number): void {
  while (at < l.end) {
    if (at + 2 > l.end || left <= 0) return;
    const type = l.u8(at), units = l.u8(at + 1);
    if (units === 0 || at + units * 8 > l.end) {
      l.text(" [|icmp6]".slice(0, 0) + "[ndp opt]");
      return;
    }
    const size = units * 8;
    l.text(`\n\t  ${OPTION_NAMES[type] ?? "unknown"} option (${type}), length ${size} (${units}): `);
    switch (type) {
      case 1:
      case 2:
        l.mac(at + 2, size - 2);
        break;
      case 3: {
        l.need(at, 32);
        l.ip6(at + 16);
        l.text(`/${l.u8(at + 2)}${units !== 4 ? "badlen" : ""}`);
        l.text(`, Flags [${bitNames(PREFIX_FLAGS, l.u8(at + 3), "none")}], valid time ${lifetime(l.u32(at + 4))}`);
        l.text(`, pref. time ${lifetime(l.u32(at + 8))}`);
        break;
      }
      case 4:
        unknownData(l, at, "\n\t    ", size);
        break;
      case 5:
        l.text(` ${l.u32(at + 4)}${units !== 1 ? "bad option length" : ""}`);
        break;
      case 7:
        l.text(` ${l.u32(at + 4)}ms`);
        break;
      case 8:
        l.text(` preference ${l.u16(at + 4)}, lifetime ${l.u16(at + 6)}`);
        break;
      case 24: {
        if (units > 3) {
          l.text("[ndp opt]");
          return;
        }
        l.out.char(32);
        const prefix = new Uint8Array(16);
        prefix.set(l.bytes.subarray(at + 8, at + size));
        l.out.ip6(prefix, 0);
        l.text(`/${l.u8(at + 2)}, pref=${PREFERENCES[(l.u8(at + 3) >> 3) & 3]}, lifetime=${lifetime(l.u32(at + 4))}`);
        break;
      }
      case 25:
        l.text(` lifetime ${l.u32(at + 4)}s,`);
        for (let i = 0; i < (units - 1) >> 1; i++) {
          l.text(" addr: ");
          l.ip6(at + 8 + i * 16);
        }
        break;
      case 31: {
        l.text(` lifetime ${l.u32(at + 4)}s, domain(s):`);
        let name = at + 8;
        while (name < at + size && l.u8(name) !== 0) {
          l.out.char(32);
          name = printName(l, name, at);
          if (name < 0) {
            l.text("[ndp opt]");
            return;
          }
        }
        break;
      }
      default:
        if (l.verbose <= 1) {
          unknownData(l, at + 2, "\n\t  ", size - 2);
          return;
        }
    }
    if (l.verbose > 1) unknownData(l, at + 2, "\n\t    ", size - 2);
    at += size;
    left -= size;
  }
}

/** Octets that nobody explains, in hex: sixteen a row after `indent`. */
export function unknownData(l: Line, at: number, indent: string, length: number): void {
  const count = Math.min(length, l.end - at);
  for (let row = 0; row < count; row += 16) {
    l.text(`${indent}0x${row.toString(16).padStart(4, "0")}: `);
    for (let i = row; i < row + 16 && i < count; i++) {
      if ((i & 1) === 0) l.out.char(32);
      l.out.hex(l.bytes[at + i]!, 2);
    }
  }
}

// Babel routing in a line, with -v its messages. Pure. RFC 8966, RFC 8967, RFC 9079; the form is tcpdump's.
// To add a message: its line in `MESSAGES`.
import { hex, type Line } from "../core/line.ts";
import { addressText } from "../core/buffer.ts";
import { names } from "../core/table.ts";

const SHORT = names(
  "0 pad1|padN|ack-req|ack|hello|ihu|router-id|nh|update|route-request|seqno-request|tspc|hmac|ss-update|ss-request|" +
    "ss-mh-request|mac|pc|challenge_request|challenge_reply",
);

/** Ends a message whose octets break the rules. */
class Invalid extends Error {}

/** A packet of `length` octets at `at`. */
export function printBabel(l: Line, at: number, length: number): void {
  l.protocol = "babel";
  l.text("babel");
  l.need(at, 4);
  if (l.u8(at) !== 42) return l.text(" invalid header");
  const version = l.u8(at + 1);
  l.text(` ${version}`);
  if (version !== 2) return l.text(" unknown version");
  if (length < 4) return l.invalid();
  const size = l.u16(at + 2);
  l.text(` (${size})`);
  const rest = length - 4 - size;
  if (rest < 0) return l.invalid();
  try {
    messages(l, at + 4, size);
    if (rest === 0) return;
    l.text(l.verbose > 0 ? "\n\t----" : " |");
    messages(l, at + 4 + size, rest);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    l.invalid();
  }
}

function messages(l: Line, at: number, length: number): void {
  const end = at + length;
  const before = { four: v4(new Uint8Array(16)), six: new Uint8Array(16) };
  while (at < end) {
    const type = l.u8(at);
    if (type === 0) {
      l.text(l.verbose > 0 ? "\n\tPad 1" : " pad1");
      at++;
      continue;
    }
    if (at + 2 > end) throw new Invalid();
    l.need(at, 2);
    const size = l.u8(at + 1);
    if (at + 2 + size > end) throw new Invalid();
    l.need(at, 2 + size);
    if (l.verbose > 0) message(l, type, at + 2, size, before);
    else {
      l.text(` ${SHORT[type] ?? "unknown"}`);
      if (type === 8) {
        if (size < 10) throw new Invalid();
        l.text(updateFlags(l.u8(at + 3)));
      }
    }
    at += 2 + size;
  }
}

const updateFlags = (flags: number) =>
  `${(flags & 0x80) !== 0 ? "/prefix" : ""}${(flags & 0x40) !== 0 ? "/id" : ""}${
    (flags & 0x3f) !== 0 ? "/unknown" : ""
  }`;

function v4(address: Uint8Array): Uint8Array {
  address[10] = address[11] = 0xff;
  return address;
}

const isV4 = (address: Uint8Array) => address.subarray(0, 12).every((octet, i) => octet === (i < 10 ? 0 : 0xff));

const textOf = (address: Uint8Array) => isV4(address) ? addressText(address, 12, 4) : addressText(address, 0, 16);

function prefixText(address: Uint8Array, bits: number): string {
  bits &= 255;
  if (bits >= 96 && isV4(address)) return `${textOf(address)}/${bits - 96}`;
  return `${addressText(address, 0, 16)}/${bits}`;
}

const interval = (value: number) =>
  value === 0 ? "0.0s (bogus)" : `${Math.floor(value / 100)}.${String(value % 100).padStart(2, "0")}s`;
const updateInterval = (value: number) => value === 0xffff ? "infinity" : interval(value);
const timestamp = (value: number) => `${Math.floor(value / 1e6)}.${String(value % 1e6).padStart(6, "0")}s`;

/** How an address is written: so many bits, or all; the first octets that are omitted stand in `before`. */
interface Form {
  readonly encoding: number;
  readonly bits?: number;
  readonly omitted?: number;
  readonly before?: Uint8Array;
}

/** An address from `at` on, within `end`, and the octets it took. */
function readPrefix(l: Line, at: number, end: number, form: Form): [address: Uint8Array, used: number] {
  const { encoding, bits = -1, before } = form, room = end - at;
  let { omitted = 0 } = form;
  const count = bits >= 0 ? (bits + 7) >> 3 : encoding === 1 ? 4 : 16;
  const address = new Uint8Array(16);
  if (count > 16) throw new Invalid();
  let start = 0, own = 0;
  switch (encoding) {
    case 0:
      return [address, 0];
    case 1:
      if (omitted > 4 || count > 4) throw new Invalid();
      v4(address);
      start = 12;
      break;
    case 2:
      if (omitted > 16) throw new Invalid();
      break;
    case 3:
      [address[0], address[1]] = [0xfe, 0x80];
      [start, omitted, own] = [8, 0, Math.max(0, count - 8)];
      break;
    default:
      throw new Invalid();
  }
  if (encoding !== 3) own = Math.max(0, count - omitted);
  if (own > room) throw new Invalid();
  if (omitted > 0) {
    if (before === undefined) throw new Invalid();
    address.set(before.subarray(0, start + omitted));
  }
  for (let i = 0; i < own; i++) address[start + omitted + i] = l.u8(at + i);
  return [address, own];
}

interface Before {
  four: Uint8Array;
  six: Uint8Array;
}

/** A message with -v: its heading, the octets that it has at least, and what stands in them from `at` to `end`. */
interface Message {
  readonly head: string;
  readonly least: number;
  print(l: Line, at: number, end: number, before: Before): void;
}

const MESSAGES: Readonly<Record<number, Message>> = {
  1: { head: "Pad", least: 0, print: (l, at, end) => l.text(` ${end - at + 2}`) },
  2: {
    head: "Acknowledgment Request ",
    least: 6,
    print: (l, at) => l.text(`${hex(l.u16(at + 2), 4)} ${interval(l.u16(at + 4))}`),
  },
  3: { head: "Acknowledgment ", least: 2, print: (l, at) => l.text(hex(l.u16(at), 4)) },
  4: { head: "Hello ", least: 6, print: hello },
  5: { head: "IHU ", least: 6, print: heard },
  6: { head: "Router Id", least: 10, print: (l, at) => l.text(` ${l.macText(at + 2, 8)}`) },
  7: {
    head: "Next Hop",
    least: 2,
    print(l, at, end) {
      const [address] = readPrefix(l, at + 2, end, { encoding: l.u8(at) });
      l.text(` ${l.u8(at) === 0 ? "invalid AE 0" : textOf(address)}`);
    },
  },
  8: { head: "Update", least: 10, print: update },
  9: {
    head: "Route Request ",
    least: 2,
    print(l, at, end) {
      const encoding = l.u8(at), bits = l.u8(at + 1);
      const [address] = readPrefix(l, at + 2, end, { encoding, bits });
      l.text(`for ${encoding === 0 ? "any" : prefixText(address, bits + mapped(encoding))}`);
    },
  },
  10: {
    head: "Seqno Request ",
    least: 14,
    print(l, at, end) {
      const encoding = l.u8(at), bits = l.u8(at + 1);
      const [address] = readPrefix(l, at + 14, end, { encoding, bits });
      const prefix = encoding === 0 ? "invalid AE 0" : prefixText(address, bits + mapped(encoding));
      l.text(`(${l.u8(at + 4)} hops) for ${prefix} seqno ${l.u16(at + 2)} id ${l.macText(at + 6, 8)}`);
    },
  },
  11: {
    head: "TS/PC ",
    least: 6,
    print: (l, at) => l.text(`timestamp ${l.u32(at + 2)} packetcounter ${l.u16(at)}`),
  },
  12: {
    head: "HMAC ",
    least: 18,
    print(l, at, end) {
      l.text(`key-id ${l.u16(at)} digest-${end - at - 2} `);
      l.text(l.hexText(at + 2, end - at - 2).toUpperCase());
    },
  },
  13: { head: "SS-Update", least: 10, print: sourceUpdate },
  14: {
    head: "SS-Request ",
    least: 3,
    print(l, at, end) {
      const { prefix, source } = sourced(l, at + 3, end, { encoding: l.u8(at), bits: l.u8(at + 1) }, l.u8(at + 2));
      l.text(l.u8(at) === 0 ? "for any" : `for (${prefix}, ${source})`);
    },
  },
  15: {
    head: "SS-MH-Request ",
    least: 14,
    print(l, at, end) {
      const { prefix, source } = sourced(l, at + 14, end, { encoding: l.u8(at), bits: l.u8(at + 1) }, l.u8(at + 5));
      const id = l.macText(at + 6, 8);
      l.text(`(${l.u8(at + 4)} hops) for (${prefix}, ${source}) seqno ${l.u16(at + 2)} id ${id}`);
    },
  },
  16: { head: "MAC", least: 0, print: (l, at, end) => l.text(` len ${end - at}`) },
  17: { head: "PC", least: 4, print: (l, at, end) => l.text(` value ${l.u32(at)} index len ${end - at - 4}`) },
  18: { head: "Challenge Request", least: 0, print: challenge },
  19: { head: "Challenge Reply", least: 0, print: challenge },
};

function message(l: Line, type: number, at: number, length: number, before: Before): void {
  const known = MESSAGES[type];
  if (known === undefined) return l.text(`\n\tUnknown message type ${type}`);
  l.text(`\n\t${known.head}`);
  if (length < known.least) throw new Invalid();
  known.print(l, at, at + length, before);
}

/** Bits before those of an address of IPv4, as IPv6 has it. */
const mapped = (encoding: number) => encoding === 1 ? 96 : 0;

const HELLO = 4, IHU = 5, UPDATE = 8, SOURCE_UPDATE = 13;

function hello(l: Line, at: number, end: number): void {
  if ((l.u16(at) & 0x8000) !== 0) l.text("(Unicast) ");
  const time = l.u16(at + 4);
  l.text(`seqno ${l.u16(at + 2)} ${time === 0 ? "unscheduled" : `interval ${interval(time)}`}`);
  subMessages(l, at + 6, end, HELLO);
}

function heard(l: Line, at: number, end: number): void {
  let found;
  try {
    found = readPrefix(l, at + 6, end, { encoding: l.u8(at) });
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return l.text(" [|babel]");
  }
  const from = l.u8(at) === 0 ? "any" : textOf(found[0]);
  l.text(`${from} rxcost ${l.u16(at + 2)} interval ${interval(l.u16(at + 4))}`);
  subMessages(l, at + 6 + found[1], end, IHU);
}

function update(l: Line, at: number, end: number, before: Before): void {
  const encoding = l.u8(at), flags = l.u8(at + 1), bits = l.u8(at + 2), family = encoding === 1 ? "four" : "six";
  const form = { encoding, bits, omitted: l.u8(at + 3), before: before[family] };
  const [address, used] = readPrefix(l, at + 10, end, form);
  const prefix = encoding === 0 ? "any" : prefixText(address, bits + mapped(encoding));
  l.text(`${updateFlags(flags)} ${prefix}${routeText(l, at)}`);
  if ((flags & 0x80) !== 0) before[family] = address;
  subMessages(l, at + 10 + used, end, UPDATE);
}

const routeText = (l: Line, at: number) =>
  ` metric ${l.u16(at + 8)} seqno ${l.u16(at + 6)} interval ${updateInterval(l.u16(at + 4))}`;

function challenge(l: Line, at: number, end: number): void {
  if (end - at > 192) throw new Invalid();
  l.text(` len ${end - at}`);
}

/** Prefixes of where packets go to and come from, and the offset behind them. */
function sourced(
  l: Line,
  at: number,
  end: number,
  form: Form,
  sourceBits: number,
): { prefix: string; source: string; behind: number } {
  const { encoding, bits = -1 } = form, more = mapped(encoding);
  const [address, used] = readPrefix(l, at, end, form);
  const [source, after] = readPrefix(l, at + used, end, { encoding, bits: sourceBits });
  return {
    prefix: prefixText(address, bits + more),
    source: prefixText(source, sourceBits + more),
    behind: at + used + after,
  };
}

function sourceUpdate(l: Line, at: number, end: number, before: Before): void {
  const encoding = l.u8(at);
  const form = { encoding, bits: l.u8(at + 2), omitted: l.u8(at + 3), before: before[encoding === 1 ? "four" : "six"] };
  const { prefix, source, behind } = sourced(l, at + 10, end, form, l.u8(at + 1));
  l.text(` ${prefix} from ${source}${routeText(l, at)}`);
  subMessages(l, behind, end, SOURCE_UPDATE);
}

/** What stands behind a message's own values. */
function subMessages(l: Line, at: number, end: number, of: number): void {
  while (at < end) {
    const type = l.u8(at++);
    if (type === 0) {
      l.text(" sub-pad1");
      continue;
    }
    if ((type & 0x80) !== 0) l.text(" (M)");
    if (at === end) return l.invalid();
    const size = l.u8(at++);
    if (at + size > end) return l.invalid();
    switch (type) {
      case 1:
        l.text(" sub-padn");
        break;
      case 2: {
        l.text(" sub-diversity");
        if (size === 0) {
          l.text(" empty");
          break;
        }
        const channels = Array.from({ length: size }, (_, i) => l.u8(at + i));
        l.text(` ${channels.map((one) => one === 0 ? "reserved" : one === 255 ? "all" : one).join("-")}`);
        if (of !== 8 && of !== 13) l.text(" (bogus)");
        break;
      }
      case 3:
        l.text(" sub-timestamp");
        if (of === 4) {
          if (size < 4) return l.invalid();
          l.text(` ${timestamp(l.u32(at))}`);
        } else if (of === 5) {
          if (size < 8) return l.invalid();
          l.text(` ${timestamp(l.u32(at))}|${timestamp(l.u32(at + 4))}`);
        } else l.text(" (bogus)");
        break;
      default:
        l.text(` sub-unknown-0x${hex(type, 2)}`);
    }
    at += size;
  }
}

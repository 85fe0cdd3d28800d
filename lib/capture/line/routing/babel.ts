// Babel routing in a line, with -v its messages. Pure. RFC 8966, RFC 8967, RFC 9079; the form is tcpdump's.
// To add a message: its case in `message`.
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

/**
 * An address of an encoding, `bits` of it, of which the first octets stand in `before`. Gives the octets used.
 * -1 bits are all of them.
 */
function readPrefix(
  l: Line,
  encoding: number,
  bits: number,
  omitted: number,
  at: number,
  room: number,
  before: Uint8Array | undefined,
): [address: Uint8Array, used: number] {
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

/** A message's value with -v. */
function message(l: Line, type: number, at: number, length: number, before: Before): void {
  const end = at + length;
  const least = (count: number) => {
    if (length < count) throw new Invalid();
  };
  const id = (from: number) => l.macText(from, 8);
  switch (type) {
    case 1:
      return l.text(`\n\tPad ${length + 2}`);
    case 2:
      l.text("\n\tAcknowledgment Request ");
      least(6);
      return l.text(`${hex(l.u16(at + 2), 4)} ${interval(l.u16(at + 4))}`);
    case 3:
      l.text("\n\tAcknowledgment ");
      least(2);
      return l.text(hex(l.u16(at), 4));
    case 4: {
      l.text("\n\tHello ");
      least(6);
      if ((l.u16(at) & 0x8000) !== 0) l.text("(Unicast) ");
      const time = l.u16(at + 4);
      l.text(`seqno ${l.u16(at + 2)} ${time === 0 ? "unscheduled" : `interval ${interval(time)}`}`);
      return subMessages(l, at + 6, end, type);
    }
    case 5: {
      l.text("\n\tIHU ");
      least(6);
      let found;
      try {
        found = readPrefix(l, l.u8(at), -1, 0, at + 6, length - 6, undefined);
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        return l.text(" [|babel]");
      }
      const from = l.u8(at) === 0 ? "any" : textOf(found[0]);
      l.text(`${from} rxcost ${l.u16(at + 2)} interval ${interval(l.u16(at + 4))}`);
      return subMessages(l, at + 6 + found[1], end, type);
    }
    case 6:
      l.text("\n\tRouter Id");
      least(10);
      return l.text(` ${id(at + 2)}`);
    case 7: {
      l.text("\n\tNext Hop");
      least(2);
      const [address] = readPrefix(l, l.u8(at), -1, 0, at + 2, length - 2, undefined);
      return l.text(` ${l.u8(at) === 0 ? "invalid AE 0" : textOf(address)}`);
    }
    case 8: {
      l.text("\n\tUpdate");
      least(10);
      const encoding = l.u8(at), flags = l.u8(at + 1), bits = l.u8(at + 2);
      const known = encoding === 1 ? before.four : before.six;
      const [address, used] = readPrefix(l, encoding, bits, l.u8(at + 3), at + 10, length - 10, known);
      const prefix = encoding === 0 ? "any" : prefixText(address, bits + (encoding === 1 ? 96 : 0));
      l.text(`${updateFlags(flags)} ${prefix} metric ${l.u16(at + 8)} seqno ${l.u16(at + 6)} `);
      l.text(`interval ${updateInterval(l.u16(at + 4))}`);
      if ((flags & 0x80) !== 0) before[encoding === 1 ? "four" : "six"] = address;
      return subMessages(l, at + 10 + used, end, type);
    }
    case 9: {
      l.text("\n\tRoute Request ");
      least(2);
      const encoding = l.u8(at), bits = l.u8(at + 1);
      const [address] = readPrefix(l, encoding, bits, 0, at + 2, length - 2, undefined);
      return l.text(`for ${encoding === 0 ? "any" : prefixText(address, bits + (encoding === 1 ? 96 : 0))}`);
    }
    case 10: {
      l.text("\n\tSeqno Request ");
      least(14);
      const encoding = l.u8(at), bits = l.u8(at + 1);
      const [address] = readPrefix(l, encoding, bits, 0, at + 14, length - 14, undefined);
      const prefix = encoding === 0 ? "invalid AE 0" : prefixText(address, bits + (encoding === 1 ? 96 : 0));
      return l.text(`(${l.u8(at + 4)} hops) for ${prefix} seqno ${l.u16(at + 2)} id ${id(at + 6)}`);
    }
    case 11:
      l.text("\n\tTS/PC ");
      least(6);
      return l.text(`timestamp ${l.u32(at + 2)} packetcounter ${l.u16(at)}`);
    case 12:
      l.text("\n\tHMAC ");
      least(18);
      l.text(`key-id ${l.u16(at)} digest-${length - 2} `);
      return l.text(l.hexText(at + 2, length - 2).toUpperCase());
    case 13:
    case 14:
    case 15:
      return sourceSpecific(l, type, at, length, before);
    case 16:
      return l.text(`\n\tMAC len ${length}`);
    case 17:
      l.text("\n\tPC");
      least(4);
      return l.text(` value ${l.u32(at)} index len ${length - 4}`);
    case 18:
    case 19:
      l.text(`\n\tChallenge ${type === 18 ? "Request" : "Reply"}`);
      if (length > 192) throw new Invalid();
      return l.text(` len ${length}`);
  }
  l.text(`\n\tUnknown message type ${type}`);
}

/** Routes by where packets come from too: an update, a request, one over many hops. */
function sourceSpecific(l: Line, type: number, at: number, length: number, before: Before): void {
  l.text(["\n\tSS-Update", "\n\tSS-Request ", "\n\tSS-MH-Request "][type - 13]!);
  let used = type === 13 ? 10 : type === 14 ? 3 : 14;
  if (length < used) throw new Invalid();
  const encoding = l.u8(at), update = type === 13;
  const bits = l.u8(at + (update ? 2 : 1)), sourceBits = l.u8(at + (update ? 1 : type === 14 ? 2 : 5));
  const more = encoding === 1 ? 96 : 0;
  const known = update ? encoding === 1 ? before.four : before.six : undefined;
  const [address, own] = readPrefix(l, encoding, bits, update ? l.u8(at + 3) : 0, at + used, length - used, known);
  used += own;
  const [source, after] = readPrefix(l, encoding, sourceBits, 0, at + used, length - used, undefined);
  const prefix = prefixText(address, bits + more), from = prefixText(source, sourceBits + more);
  if (update) {
    l.text(` ${prefix} from ${from} metric ${l.u16(at + 8)} seqno ${l.u16(at + 6)} `);
    l.text(`interval ${updateInterval(l.u16(at + 4))}`);
    subMessages(l, at + used + after, at + length, type);
  } else if (type === 14) l.text(encoding === 0 ? "for any" : `for (${prefix}, ${from})`);
  else l.text(`(${l.u8(at + 4)} hops) for (${prefix}, ${from}) seqno ${l.u16(at + 2)} id ${l.macText(at + 6, 8)}`);
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

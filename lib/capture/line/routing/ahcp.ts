// Ad-hoc configuration (AHCP) in a line, with -v its messages. Pure. draft-chroboczek-ahcp; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const MESSAGES = names("0 Discover|Offer|Request|Ack|Nack|Release");
const OPTIONS = names(
  "0 Pad|Mandatory|Origin Time|Expires|My-IPv6-Address|My-IPv4-Address|IPv6 Prefix|IPv4 Prefix|IPv6 Address|" +
    "IPv4 Address|IPv6 Prefix Delegation|IPv4 Prefix Delegation|Name Server|NTP Server",
);
/** Octets of an item, and whether a prefix length is the last of them. */
const LISTS: Readonly<Record<number, readonly [size: number, prefix: boolean]>> = {
  4: [16, false],
  5: [4, false],
  6: [17, true],
  8: [16, false],
  9: [4, false],
  10: [17, true],
  11: [5, true],
  12: [16, false],
  13: [16, false],
};

/** Marks broken octets, of which so many should be there. */
function invalid(l: Line, at: number, count: number): void {
  l.invalid();
  l.must(at, Math.max(0, count));
}

/** A message of `length` octets at `at`. */
export function printAhcp(l: Line, at: number, length: number): void {
  l.protocol = "ahcp";
  l.text("AHCP");
  if (length < 2) return invalid(l, at, length);
  if (l.u8(at) !== 43) return invalid(l, at, length);
  const version = l.u8(at + 1), end = at + length;
  if (version !== 1) {
    l.text(` Version ${version} (unknown)`);
    return l.must(at + 2, length - 2);
  }
  l.text(" Version 1");
  if (length < 24) return invalid(l, at + 2, length - 2);
  if (l.verbose === 0) l.must(at + 2, 22);
  else {
    l.text(`\n\tHopcount ${l.u8(at + 2)}`);
    l.text(`, Original Hopcount ${l.u8(at + 3)}`);
    l.text(`, Nonce 0x${hex(l.u32(at + 4), 8)}`);
    l.text(`, Source Id ${l.macText(at + 8, 8)}`);
    l.text(`, Destination Id ${l.macText(at + 16, 8)}`);
  }
  body(l, at + 24, end);
}

function body(l: Line, at: number, end: number): void {
  if (end - at < 4) return invalid(l, at, end - at);
  const type = l.u8(at), zero = l.u8(at + 1), size = l.u16(at + 2);
  at += 4;
  if (l.verbose > 0) {
    l.text(`\n\t${MESSAGES[type] ?? `Unknown-${type}`}${zero !== 0 ? `, MBZ ${zero}` : ""}, Length ${size}`);
  }
  if (size > end - at) return invalid(l, at, end - at);
  if (l.verbose > 1) options(l, at, at + size);
  else l.must(at, size);
}

function options(l: Line, at: number, end: number): void {
  while (at < end) {
    const type = l.u8(at++);
    l.text(`\n\t ${OPTIONS[type] ?? `Unknown-${type}`}`);
    if (type <= 1) continue;
    if (at === end) return invalid(l, at, 0);
    const size = l.u8(at++);
    if (size > end - at) return invalid(l, at, end - at);
    value(l, type, at, size);
    at += size;
  }
}

function value(l: Line, type: number, at: number, size: number): void {
  if (type === 2 || type === 3) {
    if (size !== 4) return invalid(l, at, size);
    const seconds = l.u32(at);
    if (type === 3) return l.text(`: ${seconds}s`);
    return l.text(`: ${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`);
  }
  const list = LISTS[type];
  if (list === undefined) {
    l.text(` (Length ${size})`);
    return l.must(at, size);
  }
  const [octets, prefix] = list;
  for (let left = size; left > 0; left -= octets, at += octets) {
    if (left < octets) return invalid(l, at, left);
    const address = octets >= 16 ? l.ip6Text(at) : l.ip4Text(at);
    l.text(`${left === size ? ": " : ", "}${address}${prefix ? `/${l.u8(at + octets - 1)}` : ""}`);
  }
}

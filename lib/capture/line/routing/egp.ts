// EGP, the first protocol between autonomous systems, in a line. Pure. RFC 904; the form is tcpdump's.
import type { Line } from "../core/line.ts";

const HEADER = 16;

const ACQUIRE = ["request", "confirm", "refuse", "cease", "cease_ack"];
const ACQUIRE_STATUS = [
  "unspecified",
  "active_mode",
  "passive_mode",
  "insufficient_resources",
  "administratively_prohibited",
  "going_down",
  "parameter_violation",
  "protocol_violation",
];
const REACH = ["hello", "i-h-u"];
const STATES = ["indeterminate", "up", "down"];
const REASONS = [
  "unspecified",
  "bad_EGP_header_format",
  "bad_EGP_data_field_format",
  "reachability_info_unavailable",
  "excessive_polling_rate",
  "no_response",
  "unsupported_version",
];
const UNSOLICITED = 128;

/** A message of `length` octets at `at`. */
export function printEgp(l: Line, at: number, length: number): void {
  l.protocol = "egp";
  if (length < HEADER || !l.has(at, HEADER)) return l.text(" [|egp]");
  const version = l.u8(at), type = l.u8(at + 1), code = l.u8(at + 2), status = l.u8(at + 3);
  if (l.verbose === 0) {
    return l.text(`EGPv${version}, AS ${l.u16(at + 6)}, seq ${l.u16(at + 8)}, length ${length}`);
  }
  l.text(`EGPv${version}, length ${length}`);
  if (version !== 2) return l.text(`[version ${version}]`);
  const state = (value = status) => l.text(value < 3 ? ` state:${STATES[value]}` : ` [status ${value}]`);
  switch (type) {
    case 1:
      return update(l, at, length, status, state);
    case 2:
      l.text(" poll");
      state();
      return l.text(` net:${l.ip4Text(at + 12)}`);
    case 3:
      return acquire(l, at, code, status);
    case 5:
      if (code > 1) return l.text(`[reach code ${code}]`);
      l.text(` ${REACH[code]}`);
      return state();
    case 8: {
      const reason = l.u16(at + 10);
      l.text(" error");
      state();
      return l.text(` ${REASONS[reason] ?? `[reason ${reason}]`}`);
    }
    default:
      l.text(`[type ${type}]`);
  }
}

function acquire(l: Line, at: number, code: number, status: number): void {
  l.text(" acquire");
  if (code > 4) return l.text(`[code ${code}]`);
  l.text(` ${ACQUIRE[code]}`);
  if (code < 2) {
    l.text(` ${status < 3 ? ACQUIRE_STATUS[status] : `[status ${status}]`}`);
    return l.text(` hello:${l.u16(at + 10)} poll:${l.u16(at + 12)}`);
  }
  const known = status === 0 || status > 2 && status < 8;
  l.text(known ? ` ${ACQUIRE_STATUS[status]}` : `[status ${status}]`);
}

function update(l: Line, at: number, length: number, status: number, state: (value: number) => void): void {
  l.text(" update");
  if ((status & UNSOLICITED) !== 0) l.text(" unsolicited");
  state(status & ~UNSOLICITED);
  const inner = l.u8(at + 10), outer = l.u8(at + 11);
  l.text(` ${l.ip4Text(at + 12)} int ${inner} ext ${outer}`);
  networks(l, at, length, inner, outer);
}

/** How many octets of an address name its network: those of the old classes. */
function networkOctets(first: number): number {
  return first < 128 ? 1 : first < 192 ? 2 : first < 224 ? 3 : 0;
}

/**
 * Gateways with the networks behind them, by how far these are. Addresses come out with their octets in the order that
 * tcpdump has on small-endian machines.
 */
function networks(l: Line, at: number, length: number, inner: number, outer: number): void {
  const source = at + 12, shared = networkOctets(l.u8(source + 3));
  let left = length - HEADER;
  at += HEADER;
  const cut = () => l.text(" [|egp]");
  const take = () => {
    left--;
    return l.u8(at++);
  };
  for (let i = 0; i < inner + outer; i++) {
    const own = 4 - shared;
    if (left < own || !l.has(at, own)) return cut();
    const host: number[] = [];
    if (shared !== 0) { for (let octet = 0; octet < own; octet++) host.unshift(l.u8(at++)); }
    const gateway = shared === 0 ? "0.0.0.0" : [...host, ...l.bytes.subarray(source + own, source + 4)].join(".");
    left -= own;
    if (left < 1) return cut();
    let distances = take();
    l.text(` ${i < inner ? "int" : "ext"} ${gateway} (`);
    for (let comma = ""; distances > 0; distances--, comma = ", ") {
      if (left < 2) return cut();
      l.text(`${comma}d${take()}:`);
      for (let count = take(); count > 0; count--) {
        if (left < 1) return cut();
        const network = [take()], octets = networkOctets(network[0]!) || 3;
        if (left < octets - 1) return cut();
        while (network.length < octets) network.push(take());
        l.text(` ${[...network, 0, 0, 0].slice(0, 4).reverse().join(".")}`);
      }
    }
    l.text(")");
  }
}

// sFlow in a line: its samples and their records with `-v`. Pure. sFlow version 5 (sflow.org); the form is tcpdump's.
// To add a record: its name in `FLOWS` or `COUNTERS` and its lines in `FLOW_FORMS` or `COUNTER_FORMS`.
import { unknownData } from "../core/hexdump.ts";
import type { Line, Names } from "../core/line.ts";
import { names } from "../core/table.ts";

const SAMPLES = names("1 flow sample|counter sample|expanded flow sample|expanded counter sample");
const FLOWS = names(
  "1 Raw packet|Ethernet frame|IPv4 Data|IPv6 Data|1001 Extended Switch data|Extended Router data|" +
    "Extended Gateway data|Extended User data|Extended URL data|Extended MPLS data|Extended NAT data|" +
    "Extended MPLS tunnel|Extended MPLS VC|Extended MPLS FEC|Extended MPLS LVP FEC|Extended VLAN Tunnel",
);
const COUNTERS = names(
  "1 Generic counter|Ethernet counter|Token ring counter|4 100 BaseVG counter|Vlan counter|1001 Processor counter",
);
const CARRIED = names("1 Ethernet|11 IPv4|IPv6");
const DIRECTIONS = names("0 unknown|full-duplex|half-duplex|in|out");

/**
 * What a record holds: the octets that it has at least, then its lines, with `%4` for a number of four octets, `%8` for
 * one of eight, `%-` for sixteen octets not printed, and after a `%4` what else it says: `%p`, `%d`, `%s`.
 */
type Form = readonly [least: number, ...lines: string[]];

const FLOW_FORMS: Readonly<Record<number, Form>> = {
  1: [16, "protocol %p, length %4, stripped bytes %4, header_size %4"],
  2: [24, "frame len %4,%- type %4"],
  1001: [16, "src vlan %4, src pri %4, dst vlan %4, dst pri %4"],
};
const PACKETS = "octets %8, unicast pkts %4, multicast pkts %4, broadcast pkts %4, discards %4";
const COUNTER_FORMS: Readonly<Record<number, Form>> = {
  1: [
    88,
    "ifindex %4, iftype %4, ifspeed %8, ifdirection %d",
    "ifstatus %s",
    `In ${PACKETS}`,
    "In errors %4, unknown protos %4",
    `Out ${PACKETS}`,
    "Out errors %4, promisc mode %4",
  ],
  2: [
    52,
    "align errors %4, fcs errors %4, single collision %4, multiple collision %4, test error %4",
    "deferred %4, late collision %4, excessive collision %4, mac trans error %4",
    "carrier error %4, frames too long %4, mac receive errors %4, symbol errors %4",
  ],
  3: [0],
  4: [
    80,
    "in high prio frames %4, in high prio octets %8",
    "in norm prio frames %4, in norm prio octets %8",
    "in ipm errors %4, oversized %4, in data errors %4, null addressed frames %4",
    "out high prio frames %4, out high prio octets %8, trans into frames %4",
    "in hc high prio octets %8, in hc norm prio octets %8, out hc high prio octets %8",
  ],
  5: [28, "vlan_id %4, octets %8, unicast_pkt %4, multicast_pkt %4, broadcast_pkt %4, discards %4"],
  // The second is the memory that is free; tcpdump says "total" for both.
  1001: [28, "5sec %4, 1min %4, 5min %4, total_mem %8, total_mem %8"],
};
const FLOW_HEAD = "seqnum %4, type %1, idx %3, rate %4, pool %4, drops %4, input %4 output %4 records %4";
const EXPANDED_HEAD = "seqnum %4, type %4, idx %4, rate %4, pool %4, drops %4,%- records %4";
/** Heads of samples: their octets and their line, by type. */
const HEADS: Readonly<Record<number, readonly [number, string]>> = {
  1: [32, FLOW_HEAD],
  2: [12, "seqnum %4, type %1, idx %3, records %4"],
  3: [44, EXPANDED_HEAD],
  4: [16, "seqnum %4, type %4, idx %4, records %4"],
};

/** A datagram of `length` octets at `at`. */
export function printSflow(l: Line, at: number, length: number): void {
  l.protocol = "sflow";
  const ip = l.u32(at + 4), v4 = ip === 1, head = v4 ? 28 : 40;
  if ((v4 || ip === 2) && length < head) {
    l.text(`sFlowv${l.u32(at)} [length ${length} < 28]`);
    return l.invalid();
  }
  l.must(at, 28);
  const version = l.u32(at), rest = at + head - 16;
  if (version !== 5) return l.text(`sFlow version ${version} packet not supported`);
  const agent = v4 ? l.ip4Text(at + 8) : l.ip6Text(at + 8);
  let line = `sFlowv5, ${v4 ? "IPv4" : "IPv6"} agent ${agent}, agent-id ${l.u32(rest)}`;
  if (l.verbose === 0) return l.text(`${line}, length ${length}`);
  let samples = l.u32(rest + 12);
  line += `, seqnum ${l.u32(rest + 4)}, uptime ${l.u32(rest + 8)}, samples ${samples}, length ${length}`;
  l.text(line);
  if (length < head) {
    l.text(` [tlen ${length} < ${head}]`);
    return l.invalid();
  }
  let cursor = at + head, left = length - head;
  for (; samples > 0 && left > 0; samples--) {
    const type = l.u32(cursor) & 0xfff, size = l.u32(cursor + 4);
    if (left < 8) return broken(l, cursor, left);
    cursor += 8;
    left -= 8;
    l.text(`\n\t${SAMPLES[type] ?? "Unknown"} (${type}), length ${size},`);
    if (type === 0 || size === 0) return;
    if (left < size) return broken(l, cursor, left);
    l.must(cursor, size);
    if (HEADS[type] === undefined) {
      if (l.verbose <= 1) unknownData(l, cursor, "\n\t    ", size);
    } else if (!printSample(l, type, cursor, left)) return broken(l, cursor, left);
    cursor += size;
    left -= size;
  }
}

function broken(l: Line, at: number, left: number): void {
  l.invalid();
  l.must(at, left);
}

/** A sample with its records; `false` when they do not fit. */
function printSample(l: Line, type: number, at: number, left: number): boolean {
  const [head, form] = HEADS[type]!;
  if (left < head) return false;
  l.text(` ${filled(l, at, form)}`);
  const records = l.u32(at + head - 4), flow = (type & 1) === 1;
  return printRecords(l, flow, at + head, left - head, records);
}

function printRecords(l: Line, flow: boolean, at: number, left: number, records: number): boolean {
  const known: Names = flow ? FLOWS : COUNTERS, forms = flow ? FLOW_FORMS : COUNTER_FORMS;
  for (; records > 0; records--) {
    if (left < 8) return false;
    const format = l.u32(at), size = l.u32(at + 4), type = format & 0xfff;
    const enterprise = format >>> (flow ? 12 : 20), name = enterprise === 0 ? known[type] : undefined;
    l.text(`\n\t    enterprise ${enterprise}${flow ? "" : ","} ${name ?? "Unknown"} (${type}) length ${size}`);
    at += 8;
    left -= 8;
    if (left < size) return false;
    const form = forms[type];
    if (enterprise === 0 && form !== undefined) {
      const [least, ...lines] = form;
      if (left < least) return false;
      let cursor = at;
      for (const line of lines) {
        l.text(`\n\t      ${filled(l, cursor, line)}`);
        cursor += octets(line);
      }
    } else if (enterprise === 0 && name === undefined && l.verbose <= 1) {
      unknownData(l, at, "\n\t\t", size);
    }
    at += size;
    left -= size;
  }
  return true;
}

const MARK = /%(.)/g;

/** Octets that a mark stands for. */
function width(mark: string): number {
  return mark === "-" ? 16 : mark >= "1" && mark <= "8" ? Number(mark) : 4;
}

function octets(form: string): number {
  return [...form.matchAll(MARK)].reduce((sum, [, mark]) => sum + width(mark!), 0);
}

/** `form` with the values at `at`. */
function filled(l: Line, at: number, form: string): string {
  return form.replace(MARK, (_, mark: string) => {
    const place = at;
    at += width(mark);
    switch (mark) {
      case "-":
        return "";
      case "1":
        return String(l.u8(place));
      case "3":
        return String(l.u24(place));
      case "8":
        return String(l.u64(place));
    }
    const value = l.u32(place);
    if (mark === "p") return `${CARRIED[value] ?? "Unknown"} (${value})`;
    if (mark === "d") return `${value} (${DIRECTIONS[value] ?? "Unknown"})`;
    const up = (bit: number) => (value & bit) !== 0 ? "up" : "down";
    return mark === "s" ? `${value}, adminstatus: ${up(1)}, operstatus: ${up(2)}` : String(value);
  });
}

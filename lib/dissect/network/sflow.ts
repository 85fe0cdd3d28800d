// sFlow 5 (sflow.org, "sFlow Version 5"): samples of packets and counters that switches tell of. Pure.
// To add a record: its line in `RECORDS` (fields in XDR: u 32 bits, U 64 bits, t text, o octets, a address, m link address).
import { floatOf, viewOf } from "../../base/bytes.ts";
import type { DissectContext, Protocol, Words } from "../protocol.ts";
import { packetInside } from "../follow/inside.ts";
import type { Meaning, Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";

const REF = "sFlow 5";
const LIST_LIMIT = 1000;

type Names = Readonly<Record<number, string>>;
/** A field of a record: its kind and name. */
type Row = readonly [kind: string, name: string, meaning?: Meaning<number>];

const SAMPLES: Names = {
  1: "flow sample",
  2: "counter sample",
  3: "expanded flow sample",
  4: "expanded counter sample",
  5: "discarded packet",
};
const HEADERS: Names = {
  1: "Ethernet",
  2: "802.4",
  3: "802.5",
  4: "FDDI",
  7: "PPP",
  11: "IPv4",
  12: "IPv6",
  13: "MPLS",
};
const DIRECTIONS: Names = { 0: "unknown", 1: "full duplex", 2: "half duplex", 3: "in", 4: "out" };

/** Records of flows, by format (enterprise 0). */
const FLOWS: Readonly<Record<number, readonly [name: string, rows: readonly Row[]]>> = {
  1: ["sampled header", []],
  2: ["sampled Ethernet", [["u", "Length"], ["m", "Source"], ["m", "Destination"], ["u", "Type"]]],
  3: ["sampled IPv4", [
    ["u", "Length"],
    ["u", "Protocol"],
    ["4", "Source"],
    ["4", "Destination"],
    ["u", "Source port"],
    ["u", "Destination port"],
    ["u", "TCP flags"],
    ["u", "Type of service"],
  ]],
  4: ["sampled IPv6", [
    ["u", "Length"],
    ["u", "Protocol"],
    ["6", "Source"],
    ["6", "Destination"],
    ["u", "Source port"],
    ["u", "Destination port"],
    ["u", "TCP flags"],
    ["u", "Priority"],
  ]],
  1001: ["switch", [["u", "Source VLAN"], ["u", "Source priority"], ["u", "Destination VLAN"], [
    "u",
    "Destination priority",
  ]]],
  1002: ["router", [["a", "Next hop"], ["u", "Source prefix length"], ["u", "Destination prefix length"]]],
  1004: ["user", [["u", "Source character set"], ["t", "Source user"], ["u", "Destination character set"], [
    "t",
    "Destination user",
  ]]],
  1005: ["URL", [["u", "Direction", { 1: "source", 2: "destination" }], ["t", "URL"], ["t", "Host"]]],
  2100: ["IPv4 socket", [["u", "Protocol"], ["4", "Local address"], ["4", "Remote address"], ["u", "Local port"], [
    "u",
    "Remote port",
  ]]],
  2101: ["IPv6 socket", [["u", "Protocol"], ["6", "Local address"], ["6", "Remote address"], ["u", "Local port"], [
    "u",
    "Remote port",
  ]]],
};

const numbers = (kind: string, names: string): Row[] => names.split(", ").map((name) => [kind, name]);

/** Records of counters, by format (enterprise 0). */
const COUNTERS: Readonly<Record<number, readonly [name: string, rows: readonly Row[]]>> = {
  1: ["interface", [
    ["u", "Index"],
    ["u", "Type"],
    ["U", "Speed"],
    ["u", "Direction", DIRECTIONS],
    ["u", "Status", (bits) => `set ${bits & 1 ? "up" : "down"}, is ${bits & 2 ? "up" : "down"}`],
    ["U", "Octets in"],
    ...numbers("u", "Packets in, Multicasts in, Broadcasts in, Discards in, Errors in, Unknown protocols in"),
    ["U", "Octets out"],
    ...numbers("u", "Packets out, Multicasts out, Broadcasts out, Discards out, Errors out, Promiscuous"),
  ]],
  2: [
    "Ethernet",
    numbers(
      "u",
      "Alignment errors, FCS errors, Single collisions, Multiple collisions, SQE test errors, Deferred, Late collisions, " +
        "Excessive collisions, Internal errors out, Carrier sense errors, Frames too long, Internal errors in, Symbol errors",
    ),
  ],
  5: ["VLAN", [["u", "VLAN"], ["U", "Octets"], ...numbers("u", "Unicasts, Multicasts, Broadcasts, Discards")]],
  1001: ["processor", [["u", "CPU, 5 seconds"], ["u", "CPU, 1 minute"], ["u", "CPU, 5 minutes"], ["U", "Memory"], [
    "U",
    "Free memory",
  ]]],
  2000: ["host", [["t", "Name"], ["o16", "UUID"], ["u", "Machine type"], ["u", "System"], ["t", "Release"]]],
  2003: ["host CPU", [
    ["f", "Load, 1 minute"],
    ["f", "Load, 5 minutes"],
    ["f", "Load, 15 minutes"],
    ...numbers(
      "u",
      "Processes running, Processes, CPUs, CPU speed, Uptime, User ms, Nice ms, System ms, Idle ms, Waiting ms, Interrupt ms, " +
        "Soft interrupt ms, Interrupts, Context switches",
    ),
  ]],
  2004: ["host memory", [
    ...numbers("U", "Memory, Free, Shared, Buffers, Cached, Swap, Free swap"),
    ...numbers("u", "Pages in, Pages out, Swapped in, Swapped out"),
  ]],
  2005: ["host disk", [
    ...numbers("U", "Size, Free"),
    ["u", "Fullest partition"],
    ["u", "Reads"],
    ["U", "Octets read"],
    ["u", "Read ms"],
    ["u", "Writes"],
    ["U", "Octets written"],
    ["u", "Write ms"],
  ]],
  2006: ["host network", [
    ["U", "Octets in"],
    ...numbers("u", "Packets in, Errors in, Drops in"),
    ["U", "Octets out"],
    ...numbers("u", "Packets out, Errors out, Drops out"),
  ]],
};

/** Text or octets with their length, filled up to four. */
function opaque(tree: Tree, name: string, text: boolean): string {
  const length = tree.u32(`${name} length`, REF);
  if (length === 0) return "";
  const value = text ? tree.text(name, length, REF) : (tree.bytes(name, length, REF), counted(length, "octet"));
  if ((length & 3) !== 0) tree.bytes("Padding", -length & 3, REF);
  return value;
}

function address(tree: Tree, name: string): string {
  const type = tree.u32(`${name} type`, REF, { 0: "unknown", 1: "IPv4", 2: "IPv6" });
  return type === 1 || type === 2 ? tree.ip(name, type === 1 ? 4 : 16, REF) : "";
}

function rowsOf(tree: Tree, rows: readonly Row[]): string[] {
  const said: string[] = [];
  for (const [kind, name, meaning] of rows) {
    if (tree.remaining === 0) break;
    switch (kind) {
      case "U":
        said.push(`${name} ${tree.u64(name, REF)}`);
        break;
      case "t":
        said.push(opaque(tree, name, true));
        break;
      case "a":
        said.push(`${name} ${address(tree, name)}`);
        break;
      case "4":
      case "6":
        said.push(tree.ip(name, kind === "4" ? 4 : 16, REF));
        break;
      case "m":
        said.push(tree.mac(name, REF));
        tree.bytes("Padding", 2, REF);
        break;
      case "o16":
        tree.bytes(name, 16, REF);
        break;
      case "f":
        tree.field(name, (r) => String(Number(floatOf(r.take(4, name)).toPrecision(6))), { ref: REF });
        said.push(`${name} ${tree.last.value}`);
        break;
      default:
        said.push(`${name} ${tree.u32(name, REF, meaning)}`);
    }
  }
  return said;
}

/** What a header protocol is called in the list of layers. */
const LAYER: Names = { 1: "ethernet", 7: "ppp", 11: "ipv4", 12: "ipv6", 13: "mpls" };

/** The beginning of a packet, explained as far as it goes. */
function header(tree: Tree, context: DissectContext): string {
  const protocol = tree.u32("Header protocol", REF, HEADERS);
  const length = tree.u32("Length of the packet", REF, octetCount);
  tree.u32("Stripped", REF, octetCount);
  const count = Math.min(tree.remaining, tree.u32("Length of the header", REF));
  const said = packetInside(tree, context, LAYER[protocol] ?? "data", count, length);
  if (tree.remaining > 0) tree.rest("Padding", REF);
  return said;
}

/** Where a packet came in or went out: an interface, or why there is none. */
function place(word: number): string | undefined {
  const value = word & 0x3fffffff;
  if (word >>> 30 === 1) return `dropped, reason ${value}`;
  if (word >>> 30 === 2) return value === 0 ? "several interfaces" : `${value} interfaces`;
  return word === 0x3fffffff ? "the device itself" : word === 0 ? "unknown" : undefined;
}

function records(tree: Tree, kinds: typeof FLOWS, context: DissectContext): string[] {
  const said: string[] = [];
  for (let left = Math.min(LIST_LIMIT, tree.u32("Records", REF)); left > 0; left--) {
    const { reader } = tree;
    reader.need(8, "Record");
    const format = reader.peek(2)! % 16 * 256 + reader.peek(3)!;
    const enterprise = reader.peek()! * 4096 + (reader.peek(1)! << 4) + (reader.peek(2)! >> 4);
    const length = reader.peek(4)! * 0x1000000 + (reader.peek(5)! << 16 | reader.peek(6)! << 8 | reader.peek(7)!);
    const [name, rows] = enterprise === 0
      ? kinds[format] ?? [`format ${format}`]
      : [`format ${format} of enterprise ${enterprise}`];
    tree.part("Record", 8 + length, (part, group) => {
      part.u32("Format", REF, () => name);
      part.u32("Length", REF, octetCount);
      const words = rows === undefined
        ? []
        : kinds === FLOWS && format === 1 && enterprise === 0
        ? [header(part, context)]
        : rowsOf(part, rows);
      if (part.remaining > 0) part.rest("Data", REF);
      group.meaning = clip(`${name} ${words.slice(0, 6).join(", ")}`.trim(), 140);
      said.push(group.meaning);
    }, REF);
  }
  return said;
}

function sample(tree: Tree, format: number, context: DissectContext): string[] {
  const expanded = format === 3 || format === 4;
  tree.u32("Sequence number", REF);
  if (expanded) {
    tree.u32("Source kind", REF, { 0: "interface", 1: "VLAN", 2: "entity" });
    tree.u32("Source", REF);
  } else {tree.u32("Source", REF, (word) =>
      `${["interface", "VLAN", "entity"][word >>> 24] ?? "kind"} ${word & 0xffffff}`);}
  if (format === 1 || format === 3) {
    tree.u32("Sampling rate", REF, (rate) => `one packet of ${rate}`);
    tree.u32("Packets that could be sampled", REF);
    tree.u32("Dropped", REF);
    for (const name of ["Interface in", "Interface out"]) {
      if (expanded) tree.u32(`${name}: kind`, REF);
      tree.u32(name, REF, place);
    }
  }
  return records(tree, format === 1 || format === 3 ? FLOWS : COUNTERS, context);
}

function datagram(tree: Tree, context: DissectContext): Words {
  const version = tree.u32("Version", REF);
  if (version !== 5) {
    tree.rest("Data");
    return { summary: `version ${version}` };
  }
  const agent = address(tree, "Agent");
  tree.u32("Sub-agent", REF);
  const number = tree.u32("Sequence number", REF);
  tree.u32("Uptime", REF, (ms) => counted(ms / 1000, "second"));
  const count = tree.u32("Samples", REF);
  tree.said = { summary: `agent ${agent} ${number}` };
  const said: string[] = [];
  for (let left = Math.min(LIST_LIMIT, count); left > 0; left--) {
    const { reader } = tree;
    reader.need(8, "Sample");
    const format = reader.peek(3)!;
    const known = reader.peek() === 0 && reader.peek(1) === 0 && reader.peek(2) === 0 && format >= 1 && format <= 4;
    const length = reader.peek(4)! * 0x1000000 + (reader.peek(5)! << 16 | reader.peek(6)! << 8 | reader.peek(7)!);
    tree.part("Sample", 8 + length, (part, group) => {
      part.u32("Format", REF, (word) => SAMPLES[word]);
      part.u32("Length", REF, octetCount);
      const words = known ? sample(part, format, context) : [];
      if (part.remaining > 0) part.rest("Data", REF);
      group.meaning = `${known ? SAMPLES[format] : "sample"}${words.length === 0 ? "" : `: ${words.join("; ")}`}`;
      said.push(group.meaning);
    }, REF);
  }
  return { summary: clip(`agent ${agent} ${number}: ${said.join("; ")}`, 240) };
}

/** Version 5, an address, a number of samples that fits. */
function detectDatagram(bytes: Uint8Array): boolean {
  if (bytes.length < 28 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 0 || bytes[3] !== 5) return false;
  if (bytes[4] !== 0 || bytes[5] !== 0 || bytes[6] !== 0 || (bytes[7] !== 1 && bytes[7] !== 2)) return false;
  const at = 8 + (bytes[7] === 1 ? 4 : 16) + 12;
  if (bytes.length < at + 12) return false;
  const view = viewOf(bytes);
  return view.getUint32(at) > 0 && view.getUint32(at) < 200 && view.getUint32(at + 8) <= bytes.length - at - 12;
}

export const SFLOW: Protocol = {
  name: "sflow",
  title: "sFlow",
  ref: REF,
  udp: [6343],
  fits: (bytes) => bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0 && bytes[3]! <= 5,
  detectDatagram,
  datagram,
};

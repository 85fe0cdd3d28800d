// Headers of logs and taps in front of packets: OpenBSD's packet filter, netfilter, macOS's pktap, VSOCK's monitor. Pure.
// Each gives the values that frames.ts makes words and the next layer of.
import { etherTypeName } from "../coding/numbers.ts";
import { type Item, readItems } from "../coding/shape.ts";
import { FAMILIES } from "../layer/loopback.ts";
import type { Meaning, Tree } from "../tree.ts";

const PF_ACTIONS = ["pass", "block", "scrub", "no scrub", "nat", "no nat", "binat", "no binat", "rdr", "no rdr"]
  .concat("synproxy drop", "defer", "match", "divert", "rt");
const PF_REASONS = ["match", "bad offset", "fragment", "short", "normalize", "memory", "bad timestamp", "congestion"]
  .concat("IP option", "protocol checksum", "state mismatch", "state insertion", "state limit", "source limit")
  .concat("synproxy", "state locked");
const PF_DIRECTIONS = ["in or out", "in", "out"];

/** The header of OpenBSD's packet filter log; newer ones are longer. */
export function pflogHead(tree: Tree, ref: string): (number | string)[] {
  const start = tree.offset;
  const length = tree.u8("Header length", ref);
  const [family, action, , name] = readItems(tree, [
    ["Address family", "u8", FAMILIES],
    ["Action", "u8", (value) => PF_ACTIONS[value]],
    ["Reason", "u8", (value) => PF_REASONS[value]],
  ], ref).concat(tree.text("Interface", 16, ref).replace(/\0.*$/s, ""));
  tree.text("Ruleset", 16, ref);
  const [rule] = readItems(tree, [
    ["Rule", "u32"],
    ["Rule of an anchor", "u32", (value) => value === 0xffffffff ? "none" : undefined],
  ], ref);
  if (length >= 61) {
    const who: readonly Item[] = [["User", "u32"], ["Process", "u32"], ["Rule's user", "u32"], [
      "Rule's process",
      "u32",
    ]];
    readItems(tree, who, ref);
  }
  const way = tree.u8("Direction", ref, (value) => PF_DIRECTIONS[value]);
  const padded = (length + 3) & ~3;
  if (padded > tree.offset - start) tree.bytes("Rest of the header", padded - (tree.offset - start), ref);
  const words = `${PF_ACTIONS[Number(action)] ?? "unknown"} ${PF_DIRECTIONS[way] ?? ""} on ${name}, rule ${rule}`;
  return [family ?? 0, words];
}

const NETFILTER_HOOKS = ["prerouting", "input", "forward", "output", "postrouting"];
/** Attributes of a packet that netfilter logs (linux/netfilter/nfnetlink_log.h). */
const NFLOG_ATTRIBUTES: Readonly<Record<number, readonly [name: string, items: readonly Item[]]>> = {
  1: ["Packet header", [
    ["Protocol", "u16", etherTypeName],
    ["Hook", "u8", (value) => NETFILTER_HOOKS[value]],
    ["Padding", "rest"],
  ]],
  2: ["Mark", [["Mark", "u32"]]],
  3: ["Time", [["Seconds", "u64"], ["Microseconds", "u64"]]],
  4: ["Came in by interface", [["Interface index", "u32"]]],
  5: ["Goes out by interface", [["Interface index", "u32"]]],
  6: ["Came in by port of a bridge", [["Interface index", "u32"]]],
  7: ["Goes out by port of a bridge", [["Interface index", "u32"]]],
  8: ["Link address", [["Length", "u16"], ["Padding", "u16"], ["Address", "mac"], ["Unused", "rest"]]],
  10: ["Prefix", [["Text", "text"]]],
  11: ["User", [["User", "u32"]]],
  12: ["Sequence number", [["Number", "u32"]]],
  13: ["Sequence number of all", [["Number", "u32"]]],
  14: ["Group", [["Group", "u32"]]],
  15: ["Hardware type", [["Type", "u16"]]],
  16: ["Link header", [["Octets", "rest"]]],
  17: ["Link header length", [["Octets", "u16"]]],
};

/** Attributes up to the packet itself, which is the last one that matters. Lengths are of the logging machine. */
export function nflogHead(tree: Tree, ref: string): (number | string)[] {
  const family = tree.u8("Address family", ref, { 0: "none", 1: "Unix", 2: "IPv4", 7: "bridge", 10: "IPv6" });
  tree.u8("Version", ref);
  const group = tree.u16("Log group", ref);
  const words: string[] = [`log group ${group}`];
  while (tree.remaining >= 4) {
    const length = (tree.reader.peek(0) ?? 0) | (tree.reader.peek(1) ?? 0) << 8;
    const type = (tree.reader.peek(2) ?? 0) | (tree.reader.peek(3) ?? 0) << 8;
    const [name, items] = NFLOG_ATTRIBUTES[type] ?? [type === 9 ? "Packet" : `Attribute ${type}`, undefined];
    const head = () => {
      tree.u16Le("Length", ref, () => "of the attribute, this header with it");
      tree.u16Le("Type", ref, () => name);
    };
    if (type === 9 || length < 4) {
      head();
      return [family, words.join(", "), Math.max(0, length - 4)];
    }
    tree.group(name, () => {
      head();
      tree.within(name, length - 4, (part) => {
        const [first] = items === undefined ? [] : readItems(part, items, ref);
        if (type === 10) words.push(`"${String(first).replace(/\0.*$/s, "")}"`);
        part.rest("Octets", ref);
      });
      const pad = Math.min((4 - length % 4) % 4, tree.remaining);
      if (pad > 0) tree.bytes("Padding", pad, ref);
    }, { ref });
  }
  return [family, words.join(", "), 0];
}

const cut = (text: string) => text.replace(/\0.*$/s, "");

/** What macOS puts before packets of `-i pktap` and `-i any`: which process sent or gets it. */
export function pktapHead(tree: Tree, ref: string): (number | string)[] {
  const start = tree.offset;
  const length = tree.u32Le("Header length", ref);
  tree.u32Le("Record type", ref, { 0: "none", 1: "packet" });
  const link = tree.u32Le("Link type", ref);
  const name = cut(tree.text("Interface", 24, ref));
  const flags = tree.flagsLe("Flags", 4, ["inbound", "outbound", "process of a proxy", "new flow"], ref);
  tree.u32Le("Protocol family", ref, FAMILIES);
  tree.u32Le("Link header length", ref);
  tree.u32Le("Link trailer length", ref);
  const process = tree.u32Le("Process", ref);
  const command = cut(tree.text("Command", 20, ref));
  tree.u32Le("Service class", ref);
  tree.u16Le("Interface type", ref);
  tree.u16Le("Interface unit", ref);
  tree.u32Le("Process that it is for", ref);
  tree.text("Command that it is for", 20, ref);
  const read = tree.offset - start;
  if (length > read) tree.bytes("Rest of the header", Math.min(length - read, tree.remaining), ref);
  const way = (flags & 1) === 1 ? " in" : (flags & 2) === 2 ? " out" : "";
  return [link, `${name}${way}${command === "" ? "" : `, ${command} (${process})`}`];
}

const VSOCK_OPERATIONS: Meaning<number> = { 1: "connect", 2: "disconnect", 3: "control", 4: "payload" };
const VSOCK_PLACES: Meaning<bigint> = (id) =>
  id === 0n ? "hypervisor" : id === 1n ? "local" : id === 2n ? "host" : "guest";

/** What passes between virtual machines and their host (linux/vsockmon.h). */
export function vsockHead(tree: Tree, ref: string): (number | string)[] {
  const from = tree.u64Le("Source", ref, VSOCK_PLACES), to = tree.u64Le("Destination", ref, VSOCK_PLACES);
  const sport = tree.u32Le("Source port", ref), dport = tree.u32Le("Destination port", ref);
  const operation = tree.u16Le("Operation", ref, VSOCK_OPERATIONS);
  tree.u16Le("Transport", ref, { 0: "unknown", 1: "none", 2: "virtio" });
  const length = tree.u16Le("Transport header length", ref);
  tree.bytes("Reserved", 2, ref);
  if (length > 0) tree.bytes("Transport header", Math.min(length, tree.remaining), ref);
  const name = ["", "connect", "disconnect", "control", "payload"][operation] ?? `operation ${operation}`;
  return [`${from}.${sport} > ${to}.${dport} ${name}`];
}

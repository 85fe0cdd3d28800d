// EIGRP (RFC 7868): Cisco's distance vector protocol, directly on IP. Pure.
import { judgeChecksum } from "../coding/checksum.ts";
import { readItems, readTlvs, type TlvForm, type TlvTable, wordsOf } from "../coding/shape.ts";
import { readPrefix } from "../coding/prefix.ts";
import type { Layer } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted, seconds } from "../coding/words.ts";

const REF = "RFC 7868 6.5";
const OPCODES: Readonly<Record<number, string>> = {
  1: "update",
  2: "request",
  3: "query",
  4: "reply",
  5: "hello",
  6: "IPX SAP",
  7: "probe",
  8: "acknowledgement",
  10: "SIA query",
  11: "SIA reply",
};
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: "IGRP",
  2: "EIGRP",
  3: "static",
  4: "RIP",
  5: "Hello",
  6: "OSPF",
  7: "IS-IS",
  8: "EGP",
  9: "BGP",
  10: "IDRP",
  11: "connected",
};
const FORM: TlvForm = { type: 2, length: 2, whole: true, called: "TLV" };
const UNREACHABLE = 0xffffffff;

/** A network: its bits and only the octets that these need. */
function destination(tree: Tree, size: 4 | 16, ref: string): string {
  const bits = tree.u8("Prefix length", ref);
  // One octet more than needed over IPv6, but for whole addresses (RFC 7868 6.8.4).
  const octets = Math.min(size, size === 4 ? Math.ceil(bits / 8) : Math.floor(bits / 8) + 1);
  return readPrefix(tree, "Destination", bits, octets, size, ref);
}

function external(tree: Tree, ref: string): void {
  tree.group("External data", () => {
    readItems(tree, [
      ["Originating router", "ip4"],
      ["Originating autonomous system", "u32"],
      ["Administrative tag", "u32"],
      ["External metric", "u32"],
      ["Reserved", "u16"],
      ["External protocol", "u8", PROTOCOLS],
      ["Flags", 1, [["Reserved", 0, 6], ["Candidate default", 6, 1], ["External route", 7, 1]]],
    ], ref);
  }, { ref });
}

const attributes = [
  ["Reserved", 0, 4],
  ["Replicated", 4, 1],
  ["Active", 5, 1],
  ["Candidate default", 6, 1],
  ["Source withdraw", 7, 1],
] as const;

/** The metric of the old kind: what the composite metric is made of. */
function classic(tree: Tree): string {
  const ref = "RFC 7868 6.8.2";
  return tree.group("Metric", (group) => {
    const delay = tree.u32(
      "Scaled delay",
      ref,
      (v) => v === UNREACHABLE ? "unreachable" : `${v / 256 * 10} microseconds`,
    );
    const bandwidth = tree.u32(
      "Scaled bandwidth",
      ref,
      (v) => v === 0 || v === UNREACHABLE ? undefined : `${Math.round(256e7 / v)} kbit/s`,
    );
    tree.u24("MTU", ref);
    tree.u8("Hop count", ref);
    tree.u8("Reliability", ref, (v) => `${v} of 255`);
    tree.u8("Load", ref, (v) => `${v} of 255`);
    tree.u8("Internal tag", ref);
    tree.flags("Attributes", 1, attributes, "RFC 7868 6.8.1");
    // With the usual factors the composite metric is the sum of both.
    group.meaning = delay === UNREACHABLE ? "unreachable" : `metric ${delay + bandwidth}`;
    return group.meaning;
  }, { ref });
}

const route = (size: 4 | 16, outside: boolean) => (tree: Tree) => {
  const ref = `RFC 7868 6.8.${size === 4 ? 5 : 6}.${outside ? 2 : 1}`;
  const hop = tree.ip("Next hop", size, ref, (text) => /^[0.:]+$/.test(text) ? "the sender" : undefined);
  if (outside) external(tree, "RFC 7868 6.8.3");
  const metric = classic(tree);
  const found: string[] = [];
  while (tree.remaining > 0) found.push(destination(tree, size, "RFC 7868 6.8.4"));
  return `${found.join(", ")}, ${metric}${/^[0.:]+$/.test(hop) ? "" : ` by ${hop}`}`;
};

/** Routes of any family, with the wide metric. */
const wide = (outside: boolean) => (tree: Tree) => {
  const head = "RFC 7868 6.9.1";
  const family = tree.u16("Address family", head, {
    1: "IPv4",
    2: "IPv6",
    0x4001: "EIGRP common service",
    0x4004: "EIGRP IPv4 service",
    0x4005: "EIGRP IPv6 service",
  });
  tree.u16("Topology", head);
  tree.ip("Router ID", 4, head);
  tree.group("Metric", (group) => {
    const ref = "RFC 7868 6.9.2";
    const words = tree.u8("Words of extended attributes", ref);
    readItems(
      tree,
      [["Priority", "u8"], ["Reliability", "u8"], ["Load", "u8"], ["MTU", "u24"], ["Hop count", "u8"]],
      ref,
    );
    const delay = tree.field("Delay", (r) => r.u48(), (ps) => ({
      ref,
      meaning: ps === 2 ** 48 - 1 ? "unreachable" : `${ps} picoseconds`,
    }));
    tree.field("Bandwidth", (r) => r.u48(), (kbits) => ({ ref, meaning: `${kbits} kbit/s` }));
    tree.u16("Reserved", ref);
    tree.flags("Opaque flags", 2, [
      ["Reserved", 0, 8],
      ...attributes.map(([name, first, count]) => [name, first + 8, count] as const),
    ], ref);
    group.meaning = delay === 2 ** 48 - 1 ? "unreachable" : `delay ${delay} picoseconds`;
    if (words > 0) tree.bytes("Extended attributes", words * 2, "RFC 7868 6.9.3");
  }, { ref: "RFC 7868 6.9.2" });
  const size = family === 2 ? 16 : 4;
  if (family !== 1 && family !== 2) return undefined;
  tree.ip("Next hop", size, "RFC 7868 6.9.5");
  if (outside) external(tree, "RFC 7868 6.9.4");
  const found: string[] = [];
  while (tree.remaining > 0) found.push(destination(tree, size, "RFC 7868 6.9.5"));
  return found.join(", ");
};

const TLVS: TlvTable = {
  0x0001: ["Parameters", (tree) => {
    const values = readItems(tree, [
      ["K1", "u8"],
      ["K2", "u8"],
      ["K3", "u8"],
      ["K4", "u8"],
      ["K5", "u8"],
      ["K6", "u8"],
      [
        "Hold time",
        "u16",
        seconds,
      ],
    ], "RFC 7868 6.7.1");
    return values.slice(0, 6).every((k) => k === 255)
      ? "goodbye: the neighbor leaves"
      : `K values ${values.slice(0, 6).join(" ")}, hold time ${values[6]} s`;
  }, "RFC 7868 6.7.1"],
  0x0002: ["Authentication", (tree) => {
    const ref = "RFC 7868 6.7.2";
    const type = tree.u16("Authentication type", ref, { 2: "MD5", 3: "SHA-256" });
    const length = tree.u16("Authentication length", ref);
    readItems(tree, [["Key ID", "u32"], ["Key sequence", "u32"], ["Null pad", 8]], ref);
    if (tree.remaining > 0) tree.bytes("Digest", Math.min(length, tree.remaining), ref);
    return type === 2 ? "MD5" : type === 3 ? "SHA-256" : `type ${type}`;
  }, "RFC 7868 6.7.2"],
  0x0003: ["Sequence", (tree) => {
    const found: string[] = [];
    while (tree.remaining > 0) {
      const length = tree.u8("Address length", "RFC 7868 6.7.3");
      if (length === 4 || length === 16) found.push(tree.ip("Address", length, "RFC 7868 6.7.3"));
      else if (length > 0) tree.bytes("Address", length, "RFC 7868 6.7.3");
      else break;
    }
    return `these do not take part: ${found.join(", ")}`;
  }, "RFC 7868 6.7.3"],
  0x0004: ["Software version", (tree) => {
    const [a, b, c, d] = readItems(tree, [["System major", "u8"], ["System minor", "u8"], ["EIGRP major", "u8"], [
      "EIGRP minor",
      "u8",
    ]], "RFC 7868 6.7.4");
    return `system ${a}.${b}, EIGRP ${c}.${d}`;
  }, "RFC 7868 6.7.4"],
  0x0005: ["Multicast sequence", [["Sequence number", "u32"]], "RFC 7868 6.7.5"],
  0x0006: ["Peer stub information", [["Stub flags", 2, [
    ["Reserved", 0, 10],
    ["Receive only", 10, 1],
    ["Leak map", 11, 1],
    ["Redistributed", 12, 1],
    ["Summary", 13, 1],
    ["Static", 14, 1],
    ["Connected", 15, 1],
  ]]], "Cisco EIGRP"],
  0x0007: ["Peer termination", undefined, "RFC 7868 6.7.7"],
  0x0008: ["Topologies", (tree) => {
    const ref = "RFC 7868 6.7.8";
    readItems(tree, [["Flags", "u16"], ["Length of the list", "u16"]], ref);
    while (tree.remaining >= 2) tree.u16("Topology", ref);
  }, "RFC 7868 6.7.8"],
  0x0102: ["IPv4 internal route", route(4, false), "RFC 7868 6.8.5.1"],
  0x0103: ["IPv4 external route", route(4, true), "RFC 7868 6.8.5.2"],
  0x0104: ["IPv4 community", undefined, "RFC 7868 6.8.5.3"],
  0x0402: ["IPv6 internal route", route(16, false), "RFC 7868 6.8.6.1"],
  0x0403: ["IPv6 external route", route(16, true), "RFC 7868 6.8.6.2"],
  0x0404: ["IPv6 community", undefined, "RFC 7868 6.8.6.3"],
  0x0602: ["Internal route", wide(false), "RFC 7868 6.9.6.1"],
  0x0603: ["External route", wide(true), "RFC 7868 6.9.6.2"],
};

export const EIGRP: Layer = {
  name: "eigrp",
  title: "EIGRP",
  ref: "RFC 7868",
  dissect(tree, packet) {
    const start = tree.offset;
    tree.u8("Version", REF);
    const opcode = tree.u8("Opcode", REF, OPCODES);
    tree.u16("Checksum", REF);
    if (tree.reader.bytes.length >= packet.originalLength && packet.partial !== true) {
      judgeChecksum(tree, start, tree.reader.end);
    }
    tree.flags("Flags", 4, [
      ["Reserved", 0, 28],
      ["End of table", 28, 1],
      ["Restart", 29, 1],
      ["Conditional receive", 30, 1],
      ["Initialization", 31, 1],
    ], REF);
    const flags = tree.last.meaning ?? "";
    const sequence = tree.u32("Sequence number", REF);
    const ack = tree.u32("Acknowledgement number", REF);
    const router = tree.u16("Virtual router ID", REF);
    const system = tree.u16("Autonomous system", REF);
    const name = opcode === 5 && ack !== 0 ? "acknowledgement" : OPCODES[opcode] ?? `opcode ${opcode}`;
    packet.summary = `EIGRP ${name}, AS ${system}${router === 0 ? "" : `, virtual router ${router}`}`;
    if (sequence !== 0) packet.summary += `, sequence ${sequence}`;
    if (ack !== 0) packet.summary += `, acknowledges ${ack}`;
    if (flags !== "") packet.summary += ` (${flags.toLowerCase()})`;
    const found = readTlvs(tree, FORM, TLVS, "RFC 7868 6.6");
    const parameters = wordsOf(found, 1);
    const routes = found.filter((one) => one.type >= 0x100);
    if (parameters !== undefined) packet.summary += `, ${parameters}`;
    if (routes.length > 0) {
      const alone = routes.length === 1 ? routes[0]!.words : undefined;
      packet.summary += `: ${alone ?? counted(routes.length, "route")}`;
    }
    return undefined;
  },
};

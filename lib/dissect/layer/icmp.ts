// ICMP (RFC 792) with extensions (RFC 4884), and IGMP (RFC 2236, 3376). Pure.
import { judgeChecksum } from "../coding/checksum.ts";
import type { Layer } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 792";
const TYPES: Record<number, string> = {
  0: "echo reply",
  3: "destination unreachable",
  4: "source quench",
  5: "redirect",
  8: "echo request",
  9: "router advertisement",
  10: "router solicitation",
  11: "time exceeded",
  12: "parameter problem",
  13: "timestamp request",
  14: "timestamp reply",
  15: "information request",
  16: "information reply",
  17: "address mask request",
  18: "address mask reply",
};
const CODES: Record<number, Record<number, string>> = {
  3: {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    4: "fragmentation needed",
    5: "source route failed",
    6: "network unknown",
    7: "host unknown",
    8: "source host isolated",
    9: "network prohibited",
    10: "host prohibited",
    11: "network unreachable for this service",
    12: "host unreachable for this service",
    13: "communication prohibited by filter",
    14: "host precedence violation",
    15: "precedence cut off",
  },
  5: { 0: "for the network", 1: "for the host", 2: "for the service and network", 3: "for the service and host" },
  11: { 0: "time to live exceeded in transit", 1: "fragment reassembly time exceeded" },
  12: { 0: "the pointer tells the error", 1: "a required option is missing", 2: "bad length" },
};

export const ICMP: Layer = {
  name: "icmp",
  title: "ICMP",
  ref: "RFC 792",
  dissect(tree, packet) {
    const start = tree.offset;
    const type = tree.u8("Type", REF, TYPES);
    const codes = CODES[type];
    const code = tree.u8("Code", REF, codes);
    tree.u16("Checksum", REF);
    if (packet.quoted !== true && packet.partial !== true && tree.reader.bytes.length >= packet.originalLength) {
      judgeChecksum(tree, start, tree.reader.end);
    }
    packet.summary = codes?.[code] ?? TYPES[type] ?? `type ${type}, code ${code}`;
    if (type === 0 || type === 8 || (type >= 13 && type <= 18)) {
      const id = tree.u16("Identifier", REF);
      const sequence = tree.u16("Sequence number", REF);
      packet.summary += `, id ${id}, seq ${sequence}`;
      const answer = type === 0 || (type > 8 && type % 2 === 0);
      const { src, dst } = packet.facts;
      packet.pair = { key: `icmp ${answer ? `${dst} ${src}` : `${src} ${dst}`} ${id} ${sequence}`, answer };
      if (type === 13 || type === 14) {
        for (const name of ["Originate", "Receive", "Transmit"]) {
          tree.u32(`${name} timestamp`, REF, () => "milliseconds since midnight UTC");
        }
      } else if (type === 17 || type === 18) tree.ip("Address mask", 4, "RFC 950");
      tree.rest("Data", REF);
      return undefined;
    }
    if (type === 9) {
      const count = tree.u8("Addresses", "RFC 1256 3");
      tree.u8("Words per address", "RFC 1256 3");
      tree.u16("Lifetime", "RFC 1256 3", (s) => `${s} seconds`);
      for (let i = 0; i < count; i++) {
        tree.ip("Router", 4, "RFC 1256 3");
        tree.u32("Preference", "RFC 1256 3");
      }
      return undefined;
    }
    if (type === 5) tree.ip("Gateway", 4, REF);
    else if (type === 12) {
      tree.u8("Pointer", REF);
      tree.bytes("Unused", 3, REF);
    } else if (type === 3 && code === 4) {
      tree.u16("Unused", REF);
      tree.u16("Next-hop MTU", "RFC 1191 4");
    } else tree.u32("Unused", REF);
    if (type !== 3 && type !== 4 && type !== 5 && type !== 11 && type !== 12) {
      tree.rest("Data", REF);
      return undefined;
    }
    packet.quoted = true;
    return { layer: "ipv4", length: tree.remaining };
  },
};

const IGMP_REF = "RFC 3376 4";
const IGMP_TYPES: Record<number, string> = {
  0x11: "membership query",
  0x12: "membership report (version 1)",
  0x16: "membership report (version 2)",
  0x17: "leave group",
  0x22: "membership report (version 3)",
};
const RECORDS: Record<number, string> = {
  1: "mode is include",
  2: "mode is exclude",
  3: "change to include",
  4: "change to exclude",
  5: "allow new sources",
  6: "block old sources",
};

function sources(tree: Tree, count: number): void {
  for (let i = 0; i < count; i++) tree.ip("Source", 4, IGMP_REF);
}

export const IGMP: Layer = {
  name: "igmp",
  title: "IGMP",
  ref: "RFC 3376",
  dissect(tree, packet) {
    const start = tree.offset;
    const whole = tree.remaining;
    const type = tree.u8("Type", IGMP_REF, IGMP_TYPES);
    packet.summary = IGMP_TYPES[type] ?? `type ${type}`;
    if (type === 0x22) tree.u8("Reserved", IGMP_REF);
    else tree.u8("Maximum response time", IGMP_REF, (tenths) => `${tenths / 10} seconds`);
    tree.u16("Checksum", IGMP_REF);
    if (tree.reader.bytes.length >= packet.originalLength) judgeChecksum(tree, start, tree.reader.end);
    if (type === 0x22) {
      tree.u16("Reserved", IGMP_REF);
      const count = tree.u16("Group records", IGMP_REF);
      for (let i = 0; i < count; i++) {
        tree.group("Group record", (group) => {
          const kind = tree.u8("Record type", IGMP_REF, RECORDS);
          const aux = tree.u8("Auxiliary words", IGMP_REF);
          const number = tree.u16("Sources", IGMP_REF);
          const address = tree.ip("Multicast address", 4, IGMP_REF);
          group.meaning = `${address}: ${RECORDS[kind] ?? kind}`;
          sources(tree, number);
          if (aux > 0) tree.bytes("Auxiliary data", aux * 4, IGMP_REF);
        }, { ref: IGMP_REF });
      }
      packet.summary += `, ${count} groups`;
      return undefined;
    }
    const group = tree.ip("Group", 4, IGMP_REF, (text) => text === "0.0.0.0" ? "all groups" : undefined);
    packet.summary += ` ${group}`;
    if (type === 0x11 && whole >= 12) {
      tree.flags("Flags", 1, [["Reserved", 0, 4], ["Suppress", 4, 1], ["Robustness", 5, 3]], IGMP_REF);
      tree.u8("Query interval code", IGMP_REF);
      sources(tree, tree.u16("Sources", IGMP_REF));
    }
    return undefined;
  },
};

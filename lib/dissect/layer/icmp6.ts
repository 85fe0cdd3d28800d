// ICMPv6 (RFC 4443), neighbor discovery (RFC 4861; its options are in ndp_options.ts), multicast listeners (RFC 2710,
// RFC 3810) and what was added since. Pure.
import { names } from "../coding/names.ts";
import { judgeChecksum, onesSum } from "../coding/checksum.ts";
import { icmpExtensions, interfaceProbe, quotedLength } from "./icmp_extensions.ts";
import { floatingCode, groupRecords, queryTail } from "./igmp.ts";
import { ndOptions, seconds } from "./ndp_options.ts";
import type { Layer, Next, PacketState } from "../protocol.ts";
import { type Item, readItems } from "../coding/shape.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 4443 2.1";
const TYPES = names(`
  1 destination unreachable; 2 packet too big; 3 time exceeded; 4 parameter problem; 128 echo request; 129 echo reply;
  130 multicast listener query; 131 multicast listener report; 132 multicast listener done; 133 router solicitation;
  134 router advertisement; 135 neighbor solicitation; 136 neighbor advertisement; 137 redirect; 138 router renumbering;
  139 node information query; 140 node information response; 141 inverse neighbor solicitation;
  142 inverse neighbor advertisement; 143 multicast listener report (version 2);
  144 home agent address discovery request; 145 home agent address discovery reply; 146 mobile prefix solicitation;
  147 mobile prefix advertisement; 148 certification path solicitation; 149 certification path advertisement;
  151 multicast router advertisement; 152 multicast router solicitation; 153 multicast router termination;
  154 fast handover; 155 RPL control; 157 duplicate address request; 158 duplicate address confirmation;
  160 extended echo request; 161 extended echo reply
`);
const CODES: Record<number, Record<number, string>> = {
  1: {
    0: "no route",
    1: "prohibited",
    2: "beyond the scope of the source",
    3: "address unreachable",
    4: "port unreachable",
    5: "source address failed policy",
    6: "route rejected",
    7: "error in source routing header",
    8: "headers too long",
  },
  3: { 0: "hop limit exceeded in transit", 1: "fragment reassembly time exceeded" },
  4: {
    0: "erroneous header field",
    1: "unknown next header",
    2: "unknown option",
    3: "first fragment has incomplete headers",
    4: "segment routing: upper-layer header error",
    5: "unknown next header at intermediate node",
    6: "extension header too big",
    7: "extension header chain too long",
    8: "too many extension headers",
    9: "too many options",
    10: "option too big",
  },
  138: { 0: "command", 1: "result", 255: "sequence number reset" },
  139: { 0: "about an IPv6 address", 1: "about a name", 2: "about an IPv4 address" },
  140: { 0: "answered", 1: "refused", 2: "unknown type of question" },
  155: {
    0: "DODAG information solicitation",
    1: "DODAG information object",
    2: "destination advertisement object",
    3: "destination advertisement acknowledgement",
    0x80: "secure DODAG information solicitation",
    0x81: "secure DODAG information object",
    0x82: "secure destination advertisement object",
    0x83: "secure destination advertisement acknowledgement",
    0x8a: "consistency check",
  },
  161: {
    0: "no error",
    1: "malformed query",
    2: "no such interface",
    3: "no such table entry",
    4: "several interfaces satisfy the query",
  },
};

/** A message that is a few fields and options: the fields, where they are defined, whether options follow. */
type Plain = readonly [items: readonly Item[], ref: string, options: boolean];

/** Duplicate address request and confirmation. */
const ADDRESS_REGISTRATION: Plain = [
  [
    ["Status", "u8"],
    ["Transaction identifier", "u8"],
    ["Registration lifetime", "u16", (m) => counted(m, "minute")],
    ["Registration owner", 8],
    ["Registered address", "ip6"],
  ],
  "RFC 8505 4.2",
  false,
];

const PLAIN: Readonly<Record<number, Plain>> = {
  133: [[["Reserved", "u32"]], "RFC 4861 4.1", true],
  141: [[["Reserved", "u32"]], "RFC 3122 2.1", true],
  142: [[["Reserved", "u32"]], "RFC 3122 2.2", true],
  144: [[["Identifier", "u16"], ["Reserved", "u16"]], "RFC 6275 6.5", false],
  145: [[["Identifier", "u16"], ["Reserved", "u16"], ["Home agent", "ip6s"]], "RFC 6275 6.6", false],
  146: [[["Identifier", "u16"], ["Reserved", "u16"]], "RFC 6275 6.7", false],
  147: [
    [["Identifier", "u16"], ["Flags", 2, [["Managed", 0, 1], ["Other", 1, 1], ["Reserved", 2, 14]]]],
    "RFC 6275 6.8",
    true,
  ],
  148: [[["Identifier", "u16"], ["Component", "u16"]], "RFC 3971 6.4.1", true],
  149: [
    [["Identifier", "u16"], ["All components", "u16"], ["Component", "u16"], ["Reserved", "u16"]],
    "RFC 3971 6.4.2",
    true,
  ],
  151: [[["Query interval", "u16", seconds], ["Robustness variable", "u16"]], "RFC 4286 3.2", false],
  154: [
    [["Subtype", "u8", {
      2: "router solicitation for proxy",
      3: "proxy router advertisement",
      4: "initiate",
      5: "acknowledge",
    }], [
      "Reserved",
      "u8",
    ], ["Identifier", "u16"]],
    "RFC 5568 6.1",
    true,
  ],
  157: ADDRESS_REGISTRATION,
  158: ADDRESS_REGISTRATION,
};

/** A message that quotes a packet: the field before it, and how long the quotation is. */
function quotation(tree: Tree, packet: PacketState, type: number, code: number): Next {
  let words = 0;
  if (type === 2) packet.summary += `, MTU ${tree.u32("MTU", "RFC 4443 3.2")}`;
  else if (type === 4) tree.u32("Pointer", "RFC 4443 3.4", (octet) => `octet ${octet} is wrong`);
  else if ((tree.reader.peek() ?? 0) === 0) tree.u32("Unused", `RFC 4443 3.${type}`);
  else {
    const ref = type === 1 && code === 8 ? "RFC 8883 3" : "RFC 4884 4.4";
    words = tree.u8("Length", ref, (units) => `${counted(units * 8, "octet")} of the packet are quoted`);
    tree.u24("Unused", `RFC 4443 3.${type}`);
  }
  packet.quoted = true;
  const quoted = quotedLength(tree, words, 8);
  const more = quoted < tree.remaining ? { trailer: "ICMP extensions", tail: icmpExtensions } : {};
  return { layer: "ipv6", length: quoted, ...more };
}

function echo(tree: Tree, packet: PacketState, type: number): void {
  const extended = type >= 160;
  const ref = extended ? "RFC 8335 2" : type === 128 ? "RFC 4443 4.1" : "RFC 4443 4.2";
  const id = tree.u16("Identifier", ref);
  const sequence = extended ? tree.u8("Sequence number", ref) : tree.u16("Sequence number", ref);
  packet.summary += `, id ${id}, seq ${sequence}`;
  const { src, dst } = packet.facts;
  const answer = type % 2 === 1;
  if (packet.quoted !== true) {
    packet.pair = { key: `icmp6 ${answer ? `${dst} ${src}` : `${src} ${dst}`} ${id} ${sequence}`, answer };
  }
  if (extended) interfaceProbe(tree, type === 161);
  tree.rest("Data", ref);
}

function neighbor(tree: Tree, packet: PacketState, type: number): void {
  if (type === 134) {
    const ref = "RFC 4861 4.2";
    const hops = tree.u8("Current hop limit", ref, { 0: "not said" });
    if (hops !== 0) delete tree.last.meaning;
    tree.flags("Flags", 1, [
      ["Managed addresses", 0, 1, (v) => v === 1 ? "ask DHCPv6 for addresses" : "not set"],
      ["Other configuration", 1, 1, (v) => v === 1 ? "ask DHCPv6 for the rest" : "not set"],
      ["Home agent", 2, 1],
      ["Preference", 3, 2, ["medium", "high", "reserved", "low"]],
      ["Proxy", 5, 1],
      ["SNAC router", 6, 1],
      ["Reserved", 7, 1],
    ], "RFC 5175 3");
    const lifetime = tree.u16("Router lifetime", ref, (s) => s === 0 ? "no default router" : seconds(s));
    packet.summary += `, lifetime ${lifetime} s`;
    tree.u32("Reachable time", ref, (ms) => ms === 0 ? "not said" : `${ms} ms`);
    tree.u32("Retransmission timer", ref, (ms) => ms === 0 ? "not said" : `${ms} ms`);
    return;
  }
  const ref = type === 135 ? "RFC 4861 4.3" : type === 136 ? "RFC 4861 4.4" : "RFC 4861 4.5";
  if (type === 136) {
    tree.flags("Flags", 4, [["Router", 0, 1], ["Solicited", 1, 1], ["Override", 2, 1], ["Reserved", 3, 29]], ref);
  } else tree.u32("Reserved", ref);
  const target = tree.ip("Target", 16, ref);
  packet.summary += ` ${type === 136 ? "of" : "for"} ${target}`;
  if (type === 137) packet.summary = `redirect to ${target} for ${tree.ip("Destination", 16, ref)}`;
  else if (packet.quoted !== true) packet.pair = { key: `neighbor ${target}`, answer: type === 136 };
}

function listener(tree: Tree, packet: PacketState, type: number): void {
  if (type === 143) {
    tree.u16("Reserved", "RFC 3810 5.2");
    packet.summary = `multicast listener report (version 2), ${groupRecords(tree, 16, "RFC 3810 5.2")}`;
    tree.rest("Additional data", "RFC 3810 5.2");
    return;
  }
  const third = type === 130 && tree.remaining > 20;
  const ref = third ? "RFC 3810 5.1" : "RFC 2710 3";
  tree.u16("Maximum response delay", ref, (code) => `${third ? floatingCode(code, 2) : code} ms`);
  tree.u16("Reserved", ref);
  const group = tree.ip("Multicast address", 16, ref, (text) => text === "::" ? "all groups" : undefined);
  packet.summary += ` ${group === "::" ? "for all groups" : group}`;
  if (third) {
    queryTail(tree, 16, ref);
    packet.summary += " (version 2)";
  }
  tree.rest("Additional data", ref);
}

const QUESTIONS: Readonly<Record<number, string>> = {
  0: "nothing",
  2: "node name",
  3: "node addresses",
  4: "IPv4 addresses",
};

/** RFC 4620 4. */
function nodeInformation(tree: Tree, packet: PacketState, type: number, code: number): void {
  const ref = "RFC 4620 4";
  const question = tree.u16("Question type", ref, QUESTIONS);
  tree.flags("Flags", 2, [
    ["Reserved", 0, 10],
    ["Global addresses", 10, 1],
    ["Site-local addresses", 11, 1],
    ["Link-local addresses", 12, 1],
    ["Compatible addresses", 13, 1],
    ["All addresses", 14, 1],
    ["Truncated", 15, 1],
  ], ref);
  tree.bytes("Nonce", 8, ref);
  packet.summary = `node information ${type === 139 ? "query" : "response"}, ${QUESTIONS[question] ?? question}`;
  if (type === 139 && code === 0 && tree.remaining >= 16) tree.ip("Subject", 16, ref);
  else if (type === 140 && question === 3) {
    while (tree.remaining >= 20) {
      tree.u32("Time to live", ref);
      tree.ip("Address", 16, ref);
    }
  }
  tree.rest("Data", ref);
}

/** What stands behind the checksum. */
function body(tree: Tree, packet: PacketState, type: number, code: number): Next | undefined {
  if (type >= 1 && type <= 4) return quotation(tree, packet, type, code);
  if (type === 128 || type === 129 || type === 160 || type === 161) echo(tree, packet, type);
  else if (type >= 130 && type <= 132 || type === 143) listener(tree, packet, type);
  else if (type >= 134 && type <= 137) {
    neighbor(tree, packet, type);
    if (ndOptions(tree)) {
      packet.quoted = true;
      return { layer: "ipv6", length: tree.remaining };
    }
  } else if (type === 139 || type === 140) nodeInformation(tree, packet, type, code);
  else if (PLAIN[type] !== undefined) {
    const [items, ref, options] = PLAIN[type];
    readItems(tree, items, ref);
    if (options) ndOptions(tree);
    tree.rest("Data", ref);
  } else if (type === 138) {
    const ref = "RFC 2894 3.1";
    tree.u32("Sequence number", ref);
    tree.u8("Segment number", ref);
    tree.flags("Flags", 1, [
      ["Test", 0, 1],
      ["Result requested", 1, 1],
      ["All interfaces", 2, 1],
      ["Site specific", 3, 1],
      ["Processed previously", 4, 1],
      ["Reserved", 5, 3],
    ], ref);
    tree.u16("Maximum delay", ref, (ms) => `${ms} ms`);
    tree.u32("Reserved", ref);
    tree.rest("Commands", "RFC 2894 3.2");
  } else tree.rest("Data", REF);
  return undefined;
}

export const ICMP6: Layer = {
  name: "icmp6",
  title: "ICMPv6",
  ref: "RFC 4443",
  dissect(tree, packet) {
    const start = tree.offset;
    const length = tree.remaining;
    const type = tree.u8("Type", REF, TYPES);
    const codes = CODES[type];
    const code = tree.u8("Code", REF, codes);
    tree.u16("Checksum", REF);
    const { pseudo } = packet;
    if (
      pseudo?.protocol === 58 && packet.quoted !== true && packet.partial !== true &&
      tree.reader.bytes.length >= packet.originalLength
    ) judgeChecksum(tree, start, tree.reader.end, onesSum(new Uint8Array(0), 0, 0, pseudo.sum + 58 + length));
    packet.summary = codes?.[code] ?? TYPES[type] ?? `type ${type}, code ${code}`;
    return body(tree, packet, type, code);
  },
};

// ICMP (RFC 792) and what was added to it; its extensions (RFC 4884) are in icmp_extensions.ts. Pure.
import { names } from "../coding/names.ts";
import { judgeChecksum } from "../coding/checksum.ts";
import { icmpExtensions, interfaceProbe, quotedLength } from "./icmp_extensions.ts";
import type { Layer, Next, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted, midnight, seconds } from "../coding/words.ts";

const REF = "RFC 792";
const TYPES = names(`
  0 echo reply; 3 destination unreachable; 4 source quench; 5 redirect; 6 alternate host address; 8 echo request;
  9 router advertisement; 10 router solicitation; 11 time exceeded; 12 parameter problem; 13 timestamp request;
  14 timestamp reply; 15 information request; 16 information reply; 17 address mask request; 18 address mask reply;
  30 traceroute; 31 datagram conversion error; 32 mobile host redirect; 33 IPv6 where are you; 34 IPv6 I am here;
  35 mobile registration request; 36 mobile registration reply; 37 domain name request; 38 domain name reply; 39 SKIP;
  40 security failure; 41 experimental mobility; 42 extended echo request; 43 extended echo reply
`);
const CODES: Record<number, Record<number, string>> = {
  3: names(`
    0 network unreachable; 1 host unreachable; 2 protocol unreachable; 3 port unreachable; 4 fragmentation needed;
    5 source route failed; 6 network unknown; 7 host unknown; 8 source host isolated; 9 network prohibited;
    10 host prohibited; 11 network unreachable for this service; 12 host unreachable for this service;
    13 communication prohibited by filter; 14 host precedence violation; 15 precedence cut off
  `),
  5: { 0: "for the network", 1: "for the host", 2: "for the service and network", 3: "for the service and host" },
  11: { 0: "time to live exceeded in transit", 1: "fragment reassembly time exceeded" },
  9: { 0: "router advertisement", 16: "router advertisement, forwards no common traffic" },
  12: { 0: "the pointer tells the error", 1: "a required option is missing", 2: "bad length" },
  30: { 0: "forwarded", 1: "no route, discarded" },
  40: {
    0: "bad SPI",
    1: "authentication failed",
    2: "decompression failed",
    3: "decryption failed",
    4: "need authentication",
    5: "need authorization",
  },
  43: {
    0: "no error",
    1: "malformed query",
    2: "no such interface",
    3: "no such table entry",
    4: "several interfaces satisfy the query",
  },
};
/** Types that quote the packet they are about. */
const QUOTING = [3, 4, 5, 11, 12, 31, 40];

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
    const said = type === 43 && code === 0 ? undefined : codes?.[code];
    packet.summary = `${type === 5 ? "redirect " : ""}${said ?? TYPES[type] ?? `type ${type}, code ${code}`}`;
    return body(tree, packet, type, code);
  },
};

/** Requests and replies with an identifier and a number: both are noted for pairing. */
function exchange(tree: Tree, packet: PacketState, type: number): void {
  const id = tree.u16("Identifier", REF);
  const extended = type === 42 || type === 43;
  const sequence = extended ? tree.u8("Sequence number", "RFC 8335 2") : tree.u16("Sequence number", REF);
  packet.summary += `, id ${id}, seq ${sequence}`;
  const answer = type === 0 || type === 43 || (type > 8 && type < 42 && type % 2 === 0);
  const { src, dst } = packet.facts;
  if (packet.quoted !== true) {
    packet.pair = { key: `icmp ${answer ? `${dst} ${src}` : `${src} ${dst}`} ${id} ${sequence}`, answer };
  }
  if (type === 13 || type === 14) {
    for (const name of ["Originate", "Receive", "Transmit"]) {
      tree.u32(`${name} timestamp`, REF, midnight);
    }
  } else if (type === 17 || type === 18) tree.ip("Address mask", 4, "RFC 950 I");
  else if (type === 42 || type === 43) interfaceProbe(tree, type === 43);
  else if (type === 37 || type === 38) {
    const ref = "RFC 1788 3";
    if (type === 38) tree.u32("Time to live", ref, seconds);
    tree.rest(type === 38 ? "Names" : "Data", ref);
  }
  tree.rest("Data", REF);
}

function routers(tree: Tree, packet: PacketState): void {
  const ref = "RFC 1256 3";
  const count = tree.u8("Addresses", ref);
  const words = tree.u8("Words per address", ref);
  tree.u16("Lifetime", ref, seconds);
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    found.push(tree.ip("Router", 4, ref));
    tree.u32("Preference", ref, (level) => level === 0x80000000 ? "never a default" : String(level | 0));
    if (words > 2) tree.bytes("More of the entry", (words - 2) * 4, ref);
  }
  packet.summary += ` ${found.slice(0, 3).join(", ")}`;
  // RFC 5944 2.1.1: agents of mobile hosts say more.
  while (tree.remaining >= 2) {
    tree.group("Extension", (group) => {
      const where = "RFC 5944 2.1";
      const type = tree.u8("Type", where, { 0: "padding", 16: "mobility agent", 19: "prefix lengths" });
      if (type === 0) return;
      const length = tree.u8("Length", where);
      tree.within("Extension", length, (part) => {
        if (type !== 16) return void part.rest("Value", where);
        part.u16("Sequence number", where);
        group.meaning = `lifetime ${part.u16("Registration lifetime", where, seconds)}`;
        part.flags("Flags", 2, [
          ["Registration required", 0, 1],
          ["Busy", 1, 1],
          ["Home agent", 2, 1],
          ["Foreign agent", 3, 1],
          ["Minimal encapsulation", 4, 1],
          ["GRE encapsulation", 5, 1],
          ["Reserved", 6, 1],
          ["Reverse tunneling", 7, 1],
          ["UDP tunneling", 8, 1],
          ["Reserved", 9, 7],
        ], where);
        while (part.remaining >= 4) part.ip("Care-of address", 4, where);
      });
    }, { ref: "RFC 5944 2.1" });
  }
}

/** What stands behind the checksum. */
function body(tree: Tree, packet: PacketState, type: number, code: number): Next | undefined {
  if (
    type === 0 || type === 8 || (type >= 13 && type <= 18) || type === 37 || type === 38 || type >= 42 && type <= 43
  ) {
    exchange(tree, packet, type);
    return undefined;
  }
  if (type === 9) {
    routers(tree, packet);
    return undefined;
  }
  if (type === 30) {
    const ref = "RFC 1393 2.3";
    tree.u16("Identifier", ref);
    tree.u16("Unused", ref);
    tree.u16("Outbound hop count", ref);
    tree.u16("Return hop count", ref);
    tree.u32("Output link speed", ref, (octets) => `${counted(octets, "octet")} a second`);
    tree.u32("Output link MTU", ref);
    return undefined;
  }
  let words = 0;
  const length = (units: number) => {
    words = units;
    return units === 0 ? undefined : `${counted(units * 4, "octet")} of the packet are quoted`;
  };
  if (type === 5) packet.summary += `, better by ${tree.ip("Gateway", 4, REF)}`;
  else if (type === 6) tree.ip("Alternate address", 4, "RFC 6918 2.1");
  else if (type === 12) {
    tree.u8("Pointer", REF, (octet) => code === 0 ? `octet ${octet} is wrong` : undefined);
    tree.u8("Length", "RFC 4884 4.3", length);
    tree.u16("Unused", REF);
  } else if (type === 3 || type === 11) {
    const mtu = type === 3 && code === 4;
    if ((tree.reader.peek(1) ?? 0) !== 0) {
      tree.u8("Unused", REF);
      tree.u8("Length", type === 3 ? "RFC 4884 4.1" : "RFC 4884 4.2", length);
      if (!mtu) tree.u16("Unused", REF);
    } else if (mtu) tree.u16("Unused", REF);
    else tree.u32("Unused", REF);
    if (mtu) packet.summary += `, MTU ${tree.u16("Next-hop MTU", "RFC 1191 4")}`;
  } else if (type === 31 || type === 40) {
    if (type === 40) tree.u16("Reserved", "RFC 2521 2");
    if (type === 31) tree.u32("Pointer", "RFC 1475 6.2");
    else tree.u16("Pointer", "RFC 2521 2");
  } else if (tree.remaining >= 4) tree.u32("Unused", REF);
  if (!QUOTING.includes(type)) {
    tree.rest("Data", REF);
    return undefined;
  }
  packet.quoted = true;
  const quoted = quotedLength(tree, words, 4);
  const more = quoted < tree.remaining ? { trailer: "ICMP extensions", tail: icmpExtensions } : {};
  return { layer: "ipv4", length: quoted, ...more };
}

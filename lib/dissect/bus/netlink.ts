// Netlink, what programs and the Linux kernel tell each other (LINKTYPE_NETLINK; RFC 3549; linux/rtnetlink.h). Pure.
// Numbers are in the byte order of the machine, nearly always least significant octet first.
import { names } from "../coding/names.ts";
import { formatIp } from "../../base/ip.ts";
import { readRows, type Row } from "../coding/rows.ts";
import { clip, octetCount } from "../coding/words.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 3549 2.3.2";
const ROUTE = "RFC 3549 3.1";

const FAMILIES = names(`
  0 routes and links; 2 users' own; 4 socket monitoring; 5 netfilter log; 6 IPsec; 7 SELinux; 9 audit; 10 route lookups;
  12 netfilter; 15 device events; 16 generic; 18 SCSI; 21 cryptography
`);

const COMMON: Readonly<Record<number, string>> = { 1: "nothing", 2: "error", 3: "done", 4: "data lost" };
const FLAGS = ["request", "more follow", "acknowledge", "echo", "dump was inconsistent", "dump was filtered"];

/** How a value of an attribute is read: an address by its length, a number, text. */
type Kind = "address" | "mac" | "u32" | "u16" | "u8" | "text" | "octets";
type Attributes = Readonly<Record<number, readonly [name: string, kind: Kind]>>;

const OPERATING: Readonly<Record<number, string>> = {
  0: "unknown",
  1: "not present",
  2: "down",
  3: "lower layer down",
  4: "testing",
  5: "dormant",
  6: "up",
};
const ADDRESS_FAMILIES: Readonly<Record<number, string>> = { 0: "any", 2: "IPv4", 7: "bridge", 10: "IPv6", 28: "MPLS" };
const SCOPES: Readonly<Record<number, string>> = { 0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere" };
const TABLES: Readonly<Record<number, string>> = {
  0: "unspecified",
  252: "compat",
  253: "default",
  254: "main",
  255: "local",
};
const SOURCES = names(`
  0 unspecified; 1 redirect; 2 kernel; 3 boot; 4 static; 9 router advertisement; 11 zebra; 12 bird; 16 dhcp; 186 bgp;
  187 isis; 188 ospf; 189 rip; 192 eigrp
`);
const ROUTES: Readonly<Record<number, string>> = {
  0: "unspecified",
  1: "unicast",
  2: "local",
  3: "broadcast",
  4: "anycast",
  5: "multicast",
  6: "blackhole",
  7: "unreachable",
  8: "prohibit",
};
const LINK_FLAGS = ["up", "broadcast", "debug", "loopback", "point to point", "no trailers", "running", "no ARP"]
  .concat("promiscuous", "all multicast", "master", "slave", "multicast", "port select", "auto media", "dynamic")
  .concat("lower up", "dormant", "echo");
const NEIGHBOUR_STATES = ["incomplete", "reachable", "stale", "delay", "probe", "failed", "no ARP", "permanent"];

/** What messages are about, by the first of their four types: rows, and attributes. */
const SUBJECTS: Readonly<Record<number, readonly [name: string, rows: readonly Row[], attributes: Attributes]>> = {
  16: ["link", [
    ["Family", "u8", ADDRESS_FAMILIES],
    ["Padding", "u8"],
    ["Hardware type", "u16"],
    ["Interface index", "u32"],
    ["Flags", "u32", LINK_FLAGS],
    ["Changed flags", "u32", LINK_FLAGS],
  ], {
    1: ["Address", "mac"],
    2: ["Broadcast address", "mac"],
    3: ["Name", "text"],
    4: ["MTU", "u32"],
    5: ["Lower link", "u32"],
    6: ["Queueing discipline", "text"],
    7: ["Statistics", "octets"],
    10: ["Master", "u32"],
    13: ["Transmit queue length", "u32"],
    16: ["Operating state", "u8"],
    17: ["Link mode", "u8"],
    18: ["Link information", "octets"],
    20: ["Alias", "text"],
    23: ["Statistics of 64 bits", "octets"],
    26: ["By address family", "octets"],
    27: ["Group", "u32"],
    29: ["Extended mask", "u32"],
    30: ["Promiscuity", "u32"],
    31: ["Transmit queues", "u32"],
    32: ["Receive queues", "u32"],
    33: ["Carrier", "u8"],
  }],
  20: ["address", [
    ["Family", "u8", ADDRESS_FAMILIES],
    ["Prefix length", "u8"],
    ["Flags", "u8"],
    ["Scope", "u8", SCOPES],
    ["Interface index", "u32"],
  ], {
    1: ["Address", "address"],
    2: ["Local address", "address"],
    3: ["Label", "text"],
    4: ["Broadcast address", "address"],
    5: ["Anycast address", "address"],
    6: ["Lifetimes", "octets"],
    8: ["Flags", "u32"],
  }],
  24: ["route", [
    ["Family", "u8", ADDRESS_FAMILIES],
    ["Destination length", "u8"],
    ["Source length", "u8"],
    ["Type of service", "u8"],
    ["Table", "u8", TABLES],
    ["Set by", "u8", SOURCES],
    ["Scope", "u8", SCOPES],
    ["Kind", "u8", ROUTES],
    ["Flags", "u32"],
  ], {
    1: ["Destination", "address"],
    2: ["Source", "address"],
    3: ["Incoming interface", "u32"],
    4: ["Outgoing interface", "u32"],
    5: ["Gateway", "address"],
    6: ["Priority", "u32"],
    7: ["Preferred source", "address"],
    8: ["Metrics", "octets"],
    9: ["Several paths", "octets"],
    12: ["Cache information", "octets"],
    15: ["Table", "u32"],
    16: ["Mark", "u32"],
    20: ["Router preference", "u8"],
  }],
  28: ["neighbor", [
    ["Family", "u8", ADDRESS_FAMILIES],
    ["Padding", 3],
    ["Interface index", "u32"],
    ["State", "u16", NEIGHBOUR_STATES],
    ["Flags", "u8", ["use", "self", "master", "proxy", "external", "offloaded", "sticky", "router"]],
    ["Kind", "u8", ROUTES],
  ], {
    1: ["Address", "address"],
    2: ["Link address", "mac"],
    3: ["Cache information", "octets"],
    4: ["Probes", "u32"],
    5: ["VLAN", "u16"],
    6: ["Port", "u16"],
    7: ["Network identifier", "u32"],
    8: ["Interface index", "u32"],
    9: ["Master", "u32"],
  }],
  32: ["rule", [], {}],
  36: ["queueing discipline", [], {}],
  40: ["traffic class", [], {}],
  44: ["traffic filter", [], {}],
  64: ["neighbor table", [], {}],
};
const ACTIONS = ["new", "delete", "get", "set"];

/** The name of a message's type, in the family of routes and links. */
function typeName(type: number, family: number): string {
  if (COMMON[type] !== undefined) return COMMON[type];
  const subject = SUBJECTS[type & ~3]?.[0];
  return family === 0 && subject !== undefined ? `${ACTIONS[type & 3]} ${subject}` : `type ${type}`;
}

/** An attribute's value, and what it is as text. */
function value(tree: Tree, name: string, kind: Kind): string {
  const size = tree.remaining;
  if (kind === "text" && size > 0) return tree.text(name, size, ROUTE).replace(/\0+$/, "");
  if (kind === "u32" && size >= 4) return String(tree.u32Le(name, ROUTE));
  if (kind === "u16" && size >= 2) return String(tree.u16Le(name, ROUTE));
  if (kind === "u8" && size >= 1) {
    return String(tree.u8(name, ROUTE, name === "Operating state" ? OPERATING : undefined));
  }
  if (kind === "mac" && size > 0 && size <= 20) return tree.mac(name, ROUTE, undefined, size);
  if (kind === "address" && (size === 4 || size === 16)) {
    return tree.field(
      name,
      (r) => formatIp({ family: size === 4 ? 4 : 6, bytes: r.take(size) }),
      () => ({ ref: ROUTE }),
    );
  }
  if (size > 0) tree.rest(name, ROUTE);
  return "";
}

function attributes(tree: Tree, known: Attributes): Map<string, string> {
  const found = new Map<string, string>();
  while (tree.remaining >= 4) {
    const length = (tree.reader.peek(0) ?? 0) | (tree.reader.peek(1) ?? 0) << 8;
    const type = ((tree.reader.peek(2) ?? 0) | (tree.reader.peek(3) ?? 0) << 8) & 0x3fff;
    const [name, kind] = known[type] ?? [`Attribute ${type}`, "octets" as const];
    tree.group(name, (group) => {
      tree.u16Le("Length", ROUTE);
      tree.u16Le("Type", ROUTE, () => name);
      const said = tree.within(name, Math.max(0, length - 4), (part) => {
        const text = value(part, name, kind);
        part.rest("Octets", ROUTE);
        return text;
      }) ?? "";
      if (said !== "") group.meaning = clip(said);
      found.set(name, clip(said, 40));
      const pad = Math.min((4 - length % 4) % 4, tree.remaining);
      if (pad > 0) tree.bytes("Padding", pad, ROUTE);
    }, { ref: ROUTE });
    if (length < 4) break;
  }
  if (tree.remaining > 0) tree.rest("Octets", ROUTE);
  return found;
}

/** Attributes that the line tells, in order. */
const TOLD = ["Name", "Destination", "Gateway", "Local address", "Address", "Link address"];

function body(tree: Tree, type: number, family: number): string {
  if (type === 2) {
    const code = tree.u32Le("Error", REF, (word) => word === 0 ? "none: acknowledged" : `-${4294967296 - word}`);
    tree.rest("Message that it is about", REF);
    return code === 0 ? "acknowledged" : `error ${4294967296 - code}`;
  }
  const subject = family === 0 ? SUBJECTS[type & ~3] : undefined;
  const name = typeName(type, family);
  if (subject === undefined || type < 16 || subject[1].length === 0) {
    tree.rest("Data", REF);
    return name;
  }
  // Requests for everything may be shorter than what they ask about.
  if (tree.remaining < 8) {
    tree.rest("Data", ROUTE);
    return name;
  }
  readRows(tree, subject[1], ROUTE);
  const found = attributes(tree, subject[2]);
  const said = TOLD.map((key) => found.get(key)).filter((text) => text !== undefined && text !== "");
  return said.length === 0 ? name : `${name} ${said.join(", ")}`;
}

function message(tree: Tree, family: number, packet: PacketState): string {
  const length = (tree.reader.peek(0) ?? 0) | (tree.reader.peek(1) ?? 0) << 8 | (tree.reader.peek(2) ?? 0) << 16;
  return tree.group("Message", (group) => {
    tree.u32Le("Length", REF, octetCount);
    const type = tree.u16Le("Type", REF, (code) => typeName(code, family));
    const flags = tree.flagsLe("Flags", 2, FLAGS, REF);
    const sequence = tree.u32Le("Sequence number", REF, () => "the answer repeats it");
    const port = tree.u32Le("Port", REF, (id) => id === 0 ? "the kernel" : "mostly the process");
    packet.pair ??= { key: `netlink ${family} ${sequence} ${port}`, answer: (flags & 1) === 0 };
    const said = tree.within("Message", Math.max(0, length - 16), (part) => body(part, type, family));
    group.meaning = said ?? typeName(type, family);
    const pad = Math.min((4 - length % 4) % 4, tree.remaining);
    if (pad > 0) tree.bytes("Padding", pad, REF);
    return group.meaning;
  }, { ref: REF });
}

export const NETLINK: Layer = {
  name: "netlink",
  title: "Netlink",
  ref: "LINKTYPE_NETLINK",
  dissect(tree, packet) {
    const ref = "LINKTYPE_NETLINK";
    tree.u16("Packet type", ref, { 0: "to this host", 4: "from this host", 6: "to users", 7: "to the kernel" });
    tree.u16("Hardware type", ref, { 824: "netlink" });
    tree.bytes("Unused", 10, ref);
    const family = tree.u16("Family", ref, FAMILIES);
    const said: string[] = [];
    while (tree.remaining >= 16) said.push(message(tree, family, packet));
    if (tree.remaining > 0) tree.rest("Octets", ref);
    packet.summary = said.length > 3
      ? `${said.slice(0, 3).join("; ")} and ${said.length - 3} more`
      : said.join("; ") || FAMILIES[family] || `family ${family}`;
    return undefined;
  },
};

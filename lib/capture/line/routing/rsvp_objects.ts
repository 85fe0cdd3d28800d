// What objects of resource reservation hold, by class and kind. Pure. RFC 2205, 2210, 2961, 3209, 3473, 4090, 4875.
// The form is tcpdump's. To add one: a line in `HOLDERS`.
import { ADDRESS_FAMILIES, ETHERTYPES } from "../core/names.ts";
import { unknownData } from "../core/hexdump.ts";
import { ENCODINGS, float, PAYLOADS, SWITCHING } from "./gmpls.ts";
import { general } from "../core/general.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { signatureText } from "../core/signature.ts";
import { bits, names } from "../core/table.ts";

/** An object that cannot be what it says; without words just invalid. */
export class WrongObject extends Error {}

/** How an object is printed: the octets that it has at least; `say` begins a line; where its message begins. */
export interface Holder {
  readonly size: number;
  /** `true` when the octets are to be seen too. */
  print(l: Line, at: number, length: number, say: (text: string) => void, message: number): boolean | void;
}

export const CLASSES = names(
  "1 Session|3 RSVP Hop|Integrity|Time Values|Error Spec|Scope|Style|Flowspec|FilterSpec|Sender Template|Sender TSpec|" +
    "Adspec|Policy Data|Confirm|Label|19 Label Request|ERO|RRO|Hello|Message ID|Message ID Ack|Message ID List|" +
    "34 Recovery Label|Upstream Label|Label Set|Protection|50 Sub-LSP to LSP|63 Detour|66 Class Type|" +
    "125 Class Type (old)|129 Suggested Label|Acceptable Label Set|Restart Capability|134 Capability|195 Notify Request|" +
    "Administrative Status|204 Properties|Fast Re-Route|207 Session Attribute|229 Generalized UNI|Call-ID|" +
    "236 Call Capability",
);

/** Names of kinds by class and kind in one number. */
export const KINDS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries({
    3: "1 IPv4|IPv6|IPv4 plus opt. TLVs|IPv6 plus opt. TLVs",
    195: "1 IPv4|IPv6",
    15: "1 IPv4|IPv6",
    5: "1 1",
    9: "1 obsolete|IntServ",
    12: "2 IntServ",
    13: "2 IntServ",
    10: "1 IPv4|IPv6|IPv6 Flow-label|7 Tunnel IPv4|12 IPv4 P2MP LSP Tunnel|IPv6 P2MP LSP Tunnel",
    1: "1 IPv4|IPv6|7 Tunnel IPv4|11 UNI IPv4|13 IPv4 P2MP LSP Tunnel|IPv6 P2MP LSP Tunnel",
    11: "1 IPv4|IPv6|7 Tunnel IPv4|12 IPv4 P2MP LSP Tunnel|IPv6 P2MP LSP Tunnel",
    23: "1 1",
    24: "1 Message id ack|Message id nack",
    25: "1 1",
    8: "1 1",
    22: "1 Hello Request|Hello Ack",
    19: "1 without label range|with ATM label range|with FR label range|Generalized Label",
    ...Object.fromEntries([16, 129, 35, 34].map((group) => [group, "1 Label|Generalized Label|Waveband Switching"])),
    20: "1 IPv4",
    21: "1 IPv4",
    6: "1 IPv4|IPv6|IPv4 plus opt. TLVs|IPv6 plus opt. TLVs",
    131: "1 IPv4",
    134: "1 1",
    207: "7 Tunnel IPv4",
    205: "1 1|7 Tunnel IPv4",
    63: "7 Tunnel IPv4",
    204: "1 1",
    196: "1 1",
    66: "1 1",
    125: "1 1",
    36: "1 1",
    229: "1 1",
    50: "1 IPv4 sub-LSP|IPv6 sub-LSP",
  }).flatMap(([group, text]) =>
    Object.entries(names(text)).map(([kind, name]) => [Number(group) << 8 | Number(kind), name])
  ),
);

const word = (l: Line, at: number) => `0x${hex(l.u32(at), 8)}`;
const short = (l: Line, at: number) => `0x${hex(l.u16(at), 4)}`;
const octet = (l: Line, at: number) => `[0x${hex(l.u8(at), 2)}]`;
/** C's `%#x`. */
const alternate = (value: number) => value === 0 ? "0" : `0x${hex(value)}`;
/** Octets a second in single precision as `125.5 Mbps`. */
const rate = (l: Line, at: number) => `${general(Math.fround(float(l, at) / 125_000), 10)} Mbps`;
/** One line of text. */
const line = (size: number, text: (l: Line, at: number) => string): Holder => ({
  size,
  print: (l, at, _, say) => say(text(l, at)),
});
/** `unit` octets of text after each other. */
const each = (unit: number, text: (l: Line, at: number, i: number) => string): Holder => ({
  size: 0,
  print: (l, at, length, say) => {
    for (let i = 0; (i + 1) * unit <= length; i++) say(text(l, at + i * unit, i));
  },
});

const ERRORS = names("24 Routing Problem|Notify Error|28 Diffserv TE Error|125 Diffserv TE Error (Old)");
const ROUTING_ERRORS = names(
  "1 Bad EXPLICIT_ROUTE object|Bad strict node|Bad loose node|Bad initial subobject|" +
    "No route available toward destination|Unacceptable label value|RRO indicated routing loops|" +
    "non-RSVP-capable router in the path|MPLS label allocation failure|Unsupported L3PID",
);
const SERVICE_ERRORS = names(
  "1 Unexpected CT object|Unsupported CT|Invalid CT value|CT/setup priority do not form a configured TE-Class|" +
    "CT/holding priority do not form a configured TE-Class|" +
    "CT/setup priority and CT/holding priority do not form a configured TE-Class|" +
    "Inconsistency between signaled PSC and signaled CT|Inconsistency between signaled PHBs and signaled CT",
);
const STYLES = names("10 Fixed Filter|17 Wildcard Filter|Shared Explicit");
const ATTRIBUTES = bits(
  "0x1 Local Protection|0x2 Label Recording|0x4 SE Style|0x8 Bandwidth protection|0x10 Node protection",
);
const CAPABILITIES = bits(
  "0x4 RecoveryPath Transmit Enabled|0x2 RecoveryPath Desired|0x1 RecoveryPath Srefresh Capable",
);
const STATES = bits("0x80000000 Reflect|0x4 Testing|0x2 Admin-down|0x1 Delete-in-progress");
const PROPERTIES = names("1 Cos|Metric 1|4 Metric 2|8 CCC Status|16 Path Type");
const LABEL_SETS = names("0 Inclusive list|Exclusive list|Inclusive range|Exclusive range");
const ROUTES = names(
  "0 Reserved|IPv4 prefix|IPv6 prefix|Label|32 Autonomous system number|64 MPLS label switched path termination",
);
const ROUTE_FLAGS = bits(
  "0x1 Local protection available|0x2 Local protection in use|0x4 Bandwidth protection|0x8 Node protection",
);
const LABEL_FLAGS = bits("0x1 Global");
const SERVICES = names("1 Default/Global Information|Guaranteed Service|5 Controlled Load");
const PARAMETERS = names(
  "4 IS hop cnt|6 Path b/w estimate|8 Minimum path latency|10 Composed MTU|127 Token Bucket TSpec|" +
    "130 Guaranteed Service RSpec|133 End-to-end composed value for C|End-to-end composed value for D|" +
    "Since-last-reshaping point composed C|Since-last-reshaping point composed D",
);
const INTERFACES = names(
  "1 Source TNA address|Destination TNA address|Diversity|Egress label|Service level",
);

const tunnel4 = line(
  12,
  (l, at) =>
    `IPv4 Tunnel EndPoint: ${l.ip4Text(at)}, Tunnel ID: ${short(l, at + 6)}, Extended Tunnel ID: ${l.ip4Text(at + 8)}`,
);
const source4 = line(8, (l, at) => `Source Address: ${l.ip4Text(at)}, Source Port: ${l.u16(at + 6)}`);
const source6 = line(20, (l, at) => `Source Address: ${l.ip6Text(at)}, Source Port: ${l.u16(at + 18)}`);
/** The sender of a tunnel to many, with addresses of `size` octets. */
const group = (size: 4 | 16, total: number): Holder => ({
  size: total,
  print: (l, at, _, say) => {
    const text = (from: number) => size === 4 ? l.ip4Text(from) : l.ip6Text(from);
    say(`IPv${size === 4 ? 4 : 6} Tunnel Sender Address: ${text(at)}, LSP ID: ${short(l, at + size + 2)}`);
    const second = at + size + 4;
    say(`Sub-Group Originator ID: ${text(second)}, Sub-Group ID: ${short(l, second + (size === 4 ? 4 : 18))}`);
  },
});
const hop = (size: 4 | 16): Holder => ({
  size: size + 4,
  print: (l, at, length, say) => {
    const address = size === 4 ? l.ip4Text(at) : l.ip6Text(at);
    say(`Previous/Next Interface: ${address}, Logical Interface Handle: ${word(l, at + size)}`);
    return size === 16 || length > size + 4;
  },
});
const address = (size: 4 | 16, words: string) =>
  line(size, (l, at) => `${words}: ${size === 4 ? l.ip4Text(at) : l.ip6Text(at)}`);
const failure = (size: 4 | 16): Holder => ({
  size: size + 4,
  print: (l, at, _, say) => {
    const node = size === 4 ? l.ip4Text(at) : l.ip6Text(at), code = l.u8(at + size + 1), value = l.u16(at + size + 2);
    say(`Error Node Address: ${node}, Flags: ${octet(l, at + size)}`);
    say(`Error Code: ${ERRORS[code] ?? "unknown"} (${code})`);
    const words = code === 24
      ? ROUTING_ERRORS
      : size === 4 && (code === 28 || code === 125)
      ? SERVICE_ERRORS
      : undefined;
    if (words !== undefined) l.text(`, Error Value: ${words[value] ?? "unknown"} (${value})`);
    else if (size === 4) l.text(`, Unknown Error Value (${value})`);
  },
});
const LABELS: Readonly<Record<number, Holder>> = {
  1: each(4, (l, at) => `Label: ${l.u32(at)}`),
  2: line(4, (l, at) => `Generalized Label: ${l.u32(at)}`),
  3: {
    size: 12,
    print: (l, at, _, say) => {
      say(`Waveband ID: ${l.u32(at)}`);
      say(`Start Label: ${l.u32(at + 4)}, Stop Label: ${l.u32(at + 8)}`);
    },
  },
};
const layer3 = (l: Line, at: number) => {
  const type = l.u16(at + 2);
  return `L3 Protocol ID: ${ETHERTYPES.get(type) ?? `Unknown Protocol (0x${hex(type, 4)})`}`;
};
const REQUESTS: Readonly<Record<number, Holder>> = {
  1: each(4, layer3),
  2: {
    size: 12,
    print: (l, at, _, say) => {
      say(`${layer3(l, at)},${(l.u8(at + 4) & 0x80) !== 0 ? "no" : ""} merge capability`);
      const circuit = (from: number) => `${l.u16(from) & 0xfff}/${l.u16(from + 2) & 0xfff}`;
      say(`Minimum VPI/VCI: ${circuit(at + 4)}`);
      say(`Maximum VPI/VCI: ${circuit(at + 8)}`);
    },
  },
  3: {
    size: 12,
    print: (l, at, _, say) => {
      say(layer3(l, at));
      const size = (l.u16(at + 4) >> 7) & 3;
      say(`Minimum/Maximum DLCI: ${l.u32(at + 4) & 0x7fffff}/${l.u32(at + 8) & 0x7fffff}, `);
      l.text(`${size === 0 ? "10" : size === 2 ? "23" : ""} bit DLCI`);
    },
  },
  4: {
    size: 4,
    print: (l, at, _, say) => {
      const [encoding, switching, payload] = [l.u8(at), l.u8(at + 1), l.u16(at + 2)];
      say(`LSP Encoding Type: ${ENCODINGS[encoding] ?? "Unknown"} (${encoding})`);
      say(`Switching Type: ${SWITCHING[switching] ?? "Unknown"} (${switching}), `);
      l.text(`Payload ID: ${PAYLOADS[payload] ?? "Unknown"} (0x${hex(payload, 4)})`);
    },
  },
};
const messages: Holder = {
  size: 4,
  print: (l, at, length, say) => {
    say(`Flags ${octet(l, at)}, epoch: ${l.u24(at + 1)}`);
    for (let i = 4; i + 4 <= length; i += 4) say(`  Message-ID ${word(l, at + i)} (${l.u32(at + i)})`);
  },
};
const reroute = (size: 16 | 20): Holder => ({
  size,
  print: (l, at, _, say) => {
    const bandwidth = general(Math.fround(Math.fround(float(l, at + 4) * 8) / 1_000_000), 10);
    say(`Setup Priority: ${l.u8(at)}, Holding Priority: ${l.u8(at + 1)}, Hop-limit: ${l.u8(at + 2)}, `);
    l.text(`Bandwidth: ${bandwidth} Mbps`);
    const [any, none] = [word(l, at + 8), word(l, at + 12)];
    if (size === 16) say(`Include Colors: ${any}, Exclude Colors: ${none}`);
    else say(`Include-any: ${any}, Exclude-any: ${none}, Include-all: ${word(l, at + 16)}`);
  },
});

const HOLDERS: Readonly<Record<number, Readonly<Record<number, Holder>>>> = {
  1: {
    1: {
      size: 8,
      print: (l, at, _, say) => {
        say(`IPv4 DestAddress: ${l.ip4Text(at)}, Protocol ID: 0x${hex(l.u8(at + 4), 2)}`);
        say(`Flags: ${octet(l, at + 5)}, DestPort ${l.u16(at + 6)}`);
      },
    },
    2: {
      size: 20,
      print: (l, at, _, say) => {
        say(`IPv6 DestAddress: ${l.ip6Text(at)}, Protocol ID: 0x${hex(l.u8(at + 16), 2)}`);
        say(`Flags: ${octet(l, at + 17)}, DestPort ${l.u16(at + 18)}`);
      },
    },
    7: tunnel4,
    8: line(36, (l, at) =>
      `IPv6 Tunnel EndPoint: ${l.ip6Text(at)}, Tunnel ID: ${short(l, at + 18)}, ` +
      `Extended Tunnel ID: ${l.ip6Text(at + 20)}`),
    11: tunnel4,
    13: line(
      12,
      (l, at) =>
        `IPv4 P2MP LSP ID: ${l.ip4Text(at)}, Tunnel ID: ${short(l, at + 6)}, Extended Tunnel ID: ${l.ip4Text(at + 8)}`,
    ),
    14: line(
      26,
      (l, at) =>
        `IPv6 P2MP LSP ID: ${word(l, at)}, Tunnel ID: ${short(l, at + 6)}, Extended Tunnel ID: ${l.ip6Text(at + 8)}`,
    ),
  },
  3: { 1: hop(4), 2: hop(16), 3: hop(4), 4: hop(16) },
  4: {
    1: {
      size: 32,
      print: (l, at, _, say, message) => {
        say(`Key-ID 0x${l.hexText(at + 2, 6)}, Sequence 0x${l.hexText(at + 8, 8)}, `);
        l.text(`Flags [${(l.u8(at) & 0x80) !== 0 ? "Handshake" : "none"}]`);
        say(
          `MD5-sum 0x${l.hexText(at + 16, 16)} ${
            signatureText(l, message, l.u16(message + 6), at + 16, [message + 2, message + 3])
          }`,
        );
      },
    },
  },
  5: { 1: line(4, (l, at) => `Refresh Period: ${l.u32(at)}ms`) },
  6: { 1: failure(4), 2: failure(16), 3: failure(4), 4: failure(16) },
  8: { 1: line(4, (l, at) => `Reservation Style: ${STYLES[l.u24(at + 1)] ?? "Unknown"}, Flags: ${octet(l, at)}`) },
  10: {
    1: source4,
    2: source6,
    3: line(20, (l, at) => `Source Address: ${l.ip6Text(at)}, Flow Label: ${l.u24(at + 17)}`),
    7: line(8, (l, at) => `Source Address: ${l.ip4Text(at)}, LSP-ID: ${short(l, at + 6)}`),
    8: line(20, (l, at) => `Source Address: ${l.ip4Text(at)}, LSP-ID: ${short(l, at + 18)}`),
    12: group(4, 16),
    13: group(16, 40),
  },
  11: {
    1: source4,
    2: source6,
    7: line(8, (l, at) => `IPv4 Tunnel Sender Address: ${l.ip4Text(at)}, LSP-ID: ${short(l, at + 6)}`),
    12: group(4, 16),
    13: group(16, 40),
  },
  15: { 1: address(4, "IPv4 Receiver Address"), 2: address(16, "IPv6 Receiver Address") },
  16: LABELS,
  19: REQUESTS,
  22: {
    1: line(8, (l, at) => `Source Instance: ${word(l, at)}, Destination Instance: ${word(l, at + 4)}`),
    2: line(8, (l, at) => `Source Instance: ${word(l, at)}, Destination Instance: ${word(l, at + 4)}`),
  },
  23: { 1: messages, 2: messages },
  24: { 1: messages, 2: messages },
  25: { 1: messages, 2: messages },
  34: LABELS,
  35: LABELS,
  36: { 1: { size: 4, print: labelSet } },
  50: { 1: address(4, "Sub-LSP destination address"), 2: address(16, "Sub-LSP destination address") },
  63: { 7: each(8, (l, at) => `PLR-ID: ${l.ip4Text(at)}, Avoid-Node-ID: ${l.ip4Text(at + 4)}`) },
  66: { 1: line(4, (l, at) => `CT: ${l.u32(at) & 7}`) },
  125: { 1: line(4, (l, at) => `CT: ${l.u32(at) & 7}`) },
  129: LABELS,
  131: { 1: line(8, (l, at) => `Restart  Time: ${l.u32(at)}ms, Recovery Time: ${l.u32(at + 4)}ms`) },
  134: {
    1: {
      size: 4,
      print: (l, at, _, say) => {
        const value = l.u32(at), rest = (value & ~7) >>> 0;
        if (rest !== 0) say(`[reserved=0x${hex(rest, 8)} must be zero]`);
        say(`Flags: [${bitNames(CAPABILITIES, value & 7, "none")}]`);
      },
    },
  },
  195: { 1: address(4, "IPv4 Notify Node Address"), 2: address(16, "IPv6 Notify Node Address") },
  196: { 1: line(4, (l, at) => `Flags [${bitNames(STATES, l.u32(at), "none")}]`) },
  204: { 1: { size: 4, print: properties } },
  205: { 1: reroute(20), 7: reroute(16) },
  207: { 7: { size: 4, print: attributes } },
  229: { 1: { size: 4, print: userInterface } },
};
for (const group of [20, 21]) {
  (HOLDERS as Record<number, Record<number, Holder>>)[group] = { 1: { size: 0, print: route } };
}
for (const group of [9, 12, 13]) {
  (HOLDERS as Record<number, Record<number, Holder>>)[group] = { 2: { size: 4, print: integrated } };
}

/** How an object is printed: `undefined` when its kind is not known, `opaque` when its class has no words. */
export function holderOf(group: number, kind: number): Holder | "opaque" | undefined {
  const kinds = HOLDERS[group];
  return kinds === undefined ? "opaque" : kinds[kind];
}

type Say = (text: string) => void;

function labelSet(l: Line, at: number, length: number, say: Say): void {
  const action = l.u8(at);
  say(`Action: ${LABEL_SETS[action] ?? "Unknown"} (${action}), Label type: ${l.u32(at) & 0x7f}`);
  if (action === 2 || action === 3) {
    if (length < 12) throw new WrongObject("object is too short");
    return say(`Start range: ${l.u32(at + 4)}, End range: ${l.u32(at + 8)}`);
  }
  for (let i = 1; (i + 1) * 4 <= length; i++) say(`Subchannel #${i}: ${l.u32(at + i * 4)}`);
}

function properties(l: Line, at: number, length: number, say: Say): void {
  const padding = l.u16(at + 2);
  say(`TLV count: ${l.u16(at)}, padding bytes: ${padding}`);
  at += 4;
  length -= 4;
  while (length >= 2 + padding) {
    const type = l.u8(at), size = l.u8(at + 1);
    say(`  ${PROPERTIES[type] ?? "unknown"} TLV (0x${hex(type, 2)}), length: ${size}`);
    if (length < size) throw new WrongObject("object is too short");
    if (size < 2) throw new WrongObject("property TLV is too short");
    unknownData(l, at + 2, "\n\t\t", size - 2);
    at += size;
    length -= size;
  }
}

function attributes(l: Line, at: number, length: number, say: Say): void {
  const size = l.u8(at + 3);
  if (length < 4 + size) throw new WrongObject("object is too short");
  say("Session Name: ");
  for (let i = 0; i < size; i++) l.safe(l.u8(at + 4 + i));
  const flags = l.u8(at + 2);
  say(`Setup Priority: ${l.u8(at)}, Holding Priority: ${l.u8(at + 1)}, `);
  l.text(`Flags: [${bitNames(ATTRIBUTES, flags, "none")}] (${alternate(flags)})`);
}

/** The routers of a path. */
function route(l: Line, at: number, length: number, say: Say): void {
  const wrong = (text: string): never => {
    l.text(` ERROR: ${text}`);
    throw new WrongObject();
  };
  while (length >= 4) {
    const type = l.u8(at) & 0x7f, size = l.u8(at + 1);
    say(`Subobject Type: ${ROUTES[type] ?? `Unknown ${type}`}, length ${size}`);
    if (length < size) return say("ERROR: ERO subobject length > object length");
    if (size === 0) return say("ERROR: zero length ERO subtype");
    if (type === 1 || type === 3) {
      if (size !== 8) wrong("length != 8");
      if (type === 1) {
        const prefix = l.u8(at + 6);
        if (prefix !== 32) wrong(`Prefix length ${prefix} != 32`);
        l.text(`, ${(l.u8(at) & 0x80) !== 0 ? "Loose" : "Strict"}, ${l.ip4Text(at + 2)}/${prefix}, `);
        l.text(`Flags: [${bitNames(ROUTE_FLAGS, l.u8(at + 7), "none")}]`);
      } else {
        const flags = l.u8(at + 2), kind = l.u8(at + 3);
        l.text(`, Flags: [${bitNames(LABEL_FLAGS, flags, "none")}] (${alternate(flags)}), `);
        l.text(`Class-Type: ${KINDS[21 << 8 | kind] ?? "Unknown"} (${kind}), ${l.u32(at + 4)}`);
      }
    }
    at += size;
    length -= size;
  }
}

/** Services with their parameters. */
function integrated(l: Line, at: number, length: number, say: Say): void {
  say(`Msg-Version: ${l.u8(at) >> 4}, length: ${l.u16(at + 2) * 4}`);
  at += 4;
  length -= 4;
  while (length >= 4) {
    const type = l.u8(at), broken = (l.u8(at + 1) & 0x80) !== 0;
    let left = l.u16(at + 2) * 4;
    say(`Service Type: ${SERVICES[type] ?? "unknown"} (${type}), break bit ${broken ? "" : "not "}set, `);
    l.text(`Service length: ${left}`);
    at += 4;
    length -= 4;
    while (left >= 4) {
      const used = parameter(l, at, length);
      if (used === 0) break;
      at += used;
      length -= used;
      left -= used;
    }
  }
}

/** Gives the octets of a parameter, 0 when it is cut short. */
function parameter(l: Line, at: number, left: number): number {
  if (left < 4) return 0;
  const id = l.u8(at), size = l.u16(at + 2) * 4;
  l.text(`\n\t      Parameter ID: ${PARAMETERS[id] ?? "unknown"} (${id}), length: ${size}, Flags: ${octet(l, at + 1)}`);
  if (left < size + 4) return 0;
  const say = (text: string) => l.text(`\n\t\t${text}`);
  at += 4;
  if (id === 127) {
    if (size === 20) {
      say(`Token Bucket Rate: ${rate(l, at)}`);
      say(`Token Bucket Size: ${general(float(l, at + 4), 10)} bytes`);
      say(`Peak Data Rate: ${rate(l, at + 8)}`);
      say(`Minimum Policed Unit: ${l.u32(at + 12)} bytes`);
      say(`Maximum Packet Size: ${l.u32(at + 16)} bytes`);
    }
  } else if (id === 130) {
    if (size === 8) {
      say(`Rate: ${rate(l, at)}`);
      say(`Slack Term: ${l.u32(at + 4)}`);
    }
  } else if (PARAMETERS[id] === undefined) {
    if (l.verbose <= 1) unknownData(l, at, "\n\t\t", size);
  } else if (size === 4) {
    const value = l.u32(at);
    if (id === 4) say(`IS hop count: ${value}`);
    else if (id === 6) say(`Path b/w estimate: ${rate(l, at)}`);
    else if (id === 8) say(`Minimum path latency: ${value === 0xffff_ffff ? "don't care" : value}`);
    else if (id === 10) say(`Composed MTU: ${value} bytes`);
    else say(`Value: ${value}`);
  }
  return size + 4;
}

/** The user-network interface of optical networks (OIF UNI 1.0). */
function userInterface(l: Line, at: number, length: number, say: Say): boolean {
  let shown = false;
  for (let left = length; left > 0;) {
    if (left < 4) throw new WrongObject();
    const size = l.u16(at), type = l.u8(at + 2), family = l.u8(at + 3);
    say(`Subobject Type: ${INTERFACES[type] ?? "Unknown"} (${type}), `);
    l.text(`AF: ${ADDRESS_FAMILIES[family] ?? "Unknown"} (${family}), length: ${size}`);
    if (size < 4 || size > left) throw new WrongObject();
    const least = (count: number) => {
      if (size < count) throw new WrongObject("sub-object is too short");
    };
    if (type === 1 || type === 2) {
      if (family === 1) {
        least(8);
        say(`  UNI IPv4 TNA address: ${l.ip4Text(at + 4)}`);
      } else if (family === 2) {
        least(20);
        say(`  UNI IPv6 TNA address: ${l.ip6Text(at + 4)}`);
      } else if (family === 3) shown = true;
    } else if (type === 3) shown ||= size > 4;
    else if (type === 4) {
      least(16);
      say(`  U-bit: ${l.u8(at + 4) >> 7}, Label type: ${l.u8(at + 7)}, `);
      l.text(`Logical port id: ${l.u32(at + 8)}, Label: ${l.u32(at + 12)}`);
    } else if (type === 5) {
      least(8);
      say(`  Service level: ${l.u8(at + 4)}`);
    } else shown = true;
    left -= size;
    at += size;
  }
  return shown;
}

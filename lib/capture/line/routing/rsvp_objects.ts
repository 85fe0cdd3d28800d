// What objects of resource reservation hold, by class and kind. Pure. RFC 2205, 2210, 2961, 3209, 3473, 4090, 4875.
// The form is tcpdump's. To add one: a line in `HOLDERS`.
import { ETHERTYPES } from "../core/names.ts";
import { ENCODINGS, float, PAYLOADS, SWITCHING } from "./gmpls.ts";
import { general } from "../core/general.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { signatureText } from "../core/signature.ts";
import { CAPABILITIES, ERRORS, ROUTING_ERRORS, SERVICE_ERRORS, STATES, STYLES } from "./rsvp_names.ts";
import {
  attributes,
  integrated,
  labelSet,
  octet,
  properties,
  route,
  type Say,
  short,
  userInterface,
  word,
} from "./rsvp_parts.ts";

/** How an object is printed: the octets that it has at least; `say` begins a line; where its message begins. */
export interface Holder {
  readonly size: number;
  /** `true` when the octets are to be seen too. */
  print(l: Line, at: number, length: number, say: Say, message: number): boolean | void;
}

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
  return `L3 Protocol ID: ${ETHERTYPES[type] ?? `Unknown Protocol (0x${hex(type, 4)})`}`;
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

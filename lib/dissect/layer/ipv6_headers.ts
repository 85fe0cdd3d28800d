// Extension headers of IPv6 (RFC 8200 4) and their options (IANA "Destination Options and Hop-by-Hop Options"), routing headers
// by type, mobility (RFC 6275), host identity and shim headers by name. To add an option: a line in `OPTIONS`. Pure.
import { authenticationHeader } from "./ipsec.ts";
import { ipProtocolName } from "../coding/numbers.ts";
import { type Item, readItems, readShape, type Shape } from "../coding/shape.ts";
import type { Field } from "../../base/field.ts";
import type { PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const UNKNOWN = ["skip it", "discard the packet", "discard and tell the sender", "discard and tell a single sender"];

/** Option type with its first three bits: name, where it is defined, value. */
const OPTIONS: Readonly<Record<number, readonly [name: string, ref: string, shape?: Shape]>> = {
  0x00: ["Pad1", "RFC 8200 4.2"],
  0x01: ["PadN", "RFC 8200 4.2", [["Padding", "rest"]]],
  0x04: ["Tunnel encapsulation limit", "RFC 2473 4.1.1", [["Limit", "u8"]]],
  0x05: ["Router alert", "RFC 2711 2.1", [["Value", "u16", {
    0: "multicast listener discovery",
    1: "RSVP",
    2: "active networks",
  }]]],
  0x07: ["CALIPSO", "RFC 5570 5.1", [
    ["Domain of interpretation", "u32"],
    ["Compartment length", "u8"],
    ["Sensitivity level", "u8"],
    ["Checksum", "u16"],
    ["Compartments", "rest"],
  ]],
  0x08: ["SMF duplicate packet detection", "RFC 6621 6.1.1", [["Identifier", "rest"]]],
  0x0f: ["Performance and diagnostic metrics", "RFC 8250 3.2.1", [
    ["Scale of time since last received", "u8"],
    ["Scale of time since last sent", "u8"],
    ["Packet sequence number this", "u16"],
    ["Packet sequence number last received", "u16"],
    ["Time since last received", "u16"],
    ["Time since last sent", "u16"],
  ]],
  0x11: ["In-situ OAM", "RFC 9486 4", [["Reserved", "u8"], ["IOAM option type", "u8"], ["Data", "rest"]]],
  0x12: ["Alternate marking", "RFC 9343 3.1", [["Flow and flags", 4, [
    ["Flow", 0, 20],
    ["Loss", 20, 1],
    ["Delay", 21, 1],
    [
      "Reserved",
      22,
      10,
    ],
  ]]]],
  0x1e: ["Experiment", "RFC 4727 3.5"],
  0x23: ["RPL", "RFC 6553 3", [
    ["Flags", 1, [["Down", 0, 1], ["Rank error", 1, 1], ["Forwarding error", 2, 1], ["Reserved", 3, 5]]],
    [
      "RPL instance",
      "u8",
    ],
    ["Sender rank", "u16"],
    ["Sub-TLVs", "rest"],
  ]],
  0x26: ["Quick-start", "RFC 4782 3.2", [["Function and rate", 1, [["Function", 0, 4, { 0: "request", 8: "report" }], [
    "Rate",
    4,
    4,
  ]]], [
    "TTL",
    "u8",
  ], ["Nonce", "u32"]]],
  0x30: ["Minimum path MTU", "RFC 9268 5", [["Minimum MTU", "u16"], ["Returned MTU and flag", 2, [
    ["Returned MTU", 0, 15, (pairs) => counted(pairs * 2, "octet")],
    ["Answer wanted", 15, 1],
  ]]]],
  0x31: ["In-situ OAM (mutable)", "RFC 9486 4", [["Reserved", "u8"], ["IOAM option type", "u8"], ["Data", "rest"]]],
  0x3e: ["Experiment", "RFC 4727 3.5"],
  0x63: ["RPL (deprecated)", "RFC 6553 3", [["Flags", 1, [["Down", 0, 1], ["Rank error", 1, 1], [
    "Forwarding error",
    2,
    1,
  ], ["Reserved", 3, 5]]], [
    "RPL instance",
    "u8",
  ], ["Sender rank", "u16"]]],
  0x6d: ["MPL", "RFC 7731 6.1", [
    ["Flags", 1, [["Seed ID length", 0, 2], ["Largest sequence", 2, 1], ["Version", 3, 1], [
      "Reserved",
      4,
      4,
    ]]],
    ["Sequence", "u8"],
    ["Seed ID", "rest"],
  ]],
  0x8a: ["Endpoint identification (deprecated)", "Nimrod"],
  0x8b: ["Identifier-locator nonce", "RFC 6744 2", [["Nonce", "rest"]]],
  0x8c: ["Line identification", "RFC 6788 7", [["Length of identification", "u8"], ["Line", "text"]]],
  0xc2: ["Jumbo payload", "RFC 2675 2", [["Jumbo payload length", "u32"]]],
  0xc9: ["Home address", "RFC 6275 6.3", [["Home address", "ip6"]]],
  0xee: ["DFF", "RFC 6971 13.1.2", [["Version and flags", 1, [
    ["Version", 0, 2],
    ["Duplicate", 2, 1],
    ["Returned", 3, 1],
    ["Reserved", 4, 4],
  ]], ["Sequence number", "u16"]]],
};

function options(tree: Tree, length: number): void {
  tree.part("Options", length, (part) => optionList(part), "RFC 8200 4.2");
}

function optionList(part: Tree): void {
  while (part.remaining > 0) {
    const type = part.reader.peek()!;
    const [name, ref, shape] = OPTIONS[type] ?? [`Option ${type}`, "RFC 8200 4.2"];
    part.group(name, (group) => {
      part.flags(
        "Type",
        1,
        [
          ["Unknown to a node", 0, 2, UNKNOWN],
          ["May change on the way", 2, 1],
          ["Number", 3, 5],
        ],
        "RFC 8200 4.2",
        OPTIONS[type] === undefined ? "unknown" : name,
      );
      if (type === 0) return;
      const octets = part.u8("Length", "RFC 8200 4.2");
      const words = part.within(name, octets, (value) => readShape(value, group, shape, ref));
      if (words !== undefined && words !== "") group.meaning = words;
    }, { ref });
  }
}

const ROUTING: Readonly<Record<number, string>> = {
  0: "source route (deprecated)",
  1: "Nimrod (deprecated)",
  2: "mobile",
  3: "RPL source route",
  4: "segments",
  5: "compressed routing, 16 bits",
  6: "compressed routing, 32 bits",
  253: "experiment",
  254: "experiment",
};

/** What stands behind the length in a routing header. */
function routing(tree: Tree, group: Field): void {
  const ref = "RFC 8200 4.4";
  const kind = tree.u8("Routing type", ref, ROUTING);
  const left = tree.u8("Segments left", ref);
  group.meaning = `${ROUTING[kind] ?? `type ${kind}`}, ${left} ${left === 1 ? "segment" : "segments"} left`;
  if (kind === 4) {
    const where = "RFC 8754 2";
    const last = tree.u8("Last entry", where);
    tree.flags("Flags", 1, [["Reserved", 0, 2], ["OAM", 2, 1], ["Reserved", 3, 5]], where);
    tree.u16("Tag", where);
    for (let i = 0; i <= last && tree.remaining >= 16; i++) tree.ip(`Segment ${i}`, 16, where);
    while (tree.remaining > 0) {
      tree.group("TLV", (tlv) => {
        const names: Readonly<Record<number, string>> = { 0: "Pad1", 4: "PadN", 5: "HMAC" };
        const type = tree.u8("Type", "RFC 8754 2.1", names);
        tlv.meaning = names[type] ?? `type ${type}`;
        if (type === 0) return;
        const octets = tree.u8("Length", "RFC 8754 2.1");
        tree.within("TLV", octets, (part) => {
          if (type === 5 && part.remaining >= 6) {
            part.flags("Flags", 2, [["Destination verified", 0, 1], ["Reserved", 1, 15]], "RFC 8754 2.1.2");
            part.u32("Key ID", "RFC 8754 2.1.2");
            part.rest("HMAC", "RFC 8754 2.1.2");
          } else part.rest(type === 4 ? "Padding" : "Value", "RFC 8754 2.1");
        });
      }, { ref: "RFC 8754 2.1" });
    }
    return;
  }
  if (kind === 3) {
    const where = "RFC 6554 3";
    const word = tree.flags(
      "Compression and padding",
      4,
      [
        ["Prefix octets left out", 0, 4],
        ["Prefix octets left out of the last", 4, 4],
        ["Padding", 8, 4],
        ["Reserved", 12, 20],
      ],
      where,
      "",
    );
    const size = 16 - (word >>> 28), lastSize = 16 - (word >>> 24 & 15), pad = word >>> 20 & 15;
    while (tree.remaining - pad > lastSize && tree.remaining >= size) tree.bytes("Address", size, where);
    if (tree.remaining - pad >= lastSize && tree.remaining > 0) {
      tree.bytes("Address", Math.min(lastSize, tree.remaining), where);
    }
    tree.rest("Padding", where);
    return;
  }
  if (tree.remaining >= 4) tree.u32("Reserved", ref);
  while (tree.remaining >= 16) tree.ip(kind === 2 ? "Home address" : "Address", 16, ref);
  tree.rest("Data", ref);
}

const cookie = (name: string): Item => [name, 8];
const binding: Item[] = [["Sequence number", "u16"], ["Flags", 2, [
  ["Acknowledge", 0, 1],
  ["Home registration", 1, 1],
  ["Link-local address compatibility", 2, 1],
  ["Key management mobility", 3, 1],
  ["MAP registration", 4, 1],
  ["Mobile router", 5, 1],
  ["Proxy registration", 6, 1],
  ["Forcing UDP encapsulation", 7, 1],
  ["Reserved", 8, 8],
]], ["Lifetime", "u16", (units) => counted(units * 4, "second")]];
/** Mobility messages: name and what stands before the options (RFC 6275 6.1). */
const MOBILITY: Readonly<Record<number, readonly [name: string, items: readonly Item[]]>> = {
  0: ["binding refresh request", [["Reserved", "u16"]]],
  1: ["home test init", [["Reserved", "u16"], cookie("Home init cookie")]],
  2: ["care-of test init", [["Reserved", "u16"], cookie("Care-of init cookie")]],
  3: ["home test", [["Home nonce index", "u16"], cookie("Home init cookie"), cookie("Home keygen token")]],
  4: ["care-of test", [["Care-of nonce index", "u16"], cookie("Care-of init cookie"), cookie("Care-of keygen token")]],
  5: ["binding update", binding],
  6: ["binding acknowledgement", [
    ["Status", "u8", (v) => v < 128 ? "accepted" : "refused"],
    ["Flags", 1, [
      ["Key management mobility", 0, 1],
      ["Mobile router", 1, 1],
      ["Proxy registration", 2, 1],
      ["Reserved", 3, 5],
    ]],
    ["Sequence number", "u16"],
    ["Lifetime", "u16", (units) => counted(units * 4, "second")],
  ]],
  7: ["binding error", [["Status", "u8", { 1: "unknown binding", 2: "unknown mobility header type" }], [
    "Reserved",
    "u8",
  ], [
    "Home address",
    "ip6",
  ]]],
};
const MOBILITY_OPTIONS: Readonly<Record<number, readonly [name: string, shape?: Shape]>> = {
  0: ["Pad1"],
  1: ["PadN", [["Padding", "rest"]]],
  2: ["Binding refresh advice", [["Interval", "u16", (units) => counted(units * 4, "second")]]],
  3: ["Alternate care-of address", [["Address", "ip6"]]],
  4: ["Nonce indices", [["Home nonce index", "u16"], ["Care-of nonce index", "u16"]]],
  5: ["Binding authorization data", [["Authenticator", "rest"]]],
  6: ["Mobile network prefix", [["Reserved", "u8"], ["Prefix length", "u8"], ["Prefix", "ip6"]]],
};

function mobility(tree: Tree, group: Field): void {
  const ref = "RFC 6275 6.1";
  const type = tree.u8("Mobility header type", ref, (v) => MOBILITY[v]?.[0] ?? "unknown");
  tree.u8("Reserved", ref);
  tree.u16("Checksum", ref);
  const [name, items] = MOBILITY[type] ?? [`mobility type ${type}`, undefined];
  group.meaning = name;
  if (items === undefined) {
    tree.rest("Data", ref);
    return;
  }
  readItems(tree, items, ref);
  while (tree.remaining > 0) {
    const kind = tree.reader.peek()!;
    const [title, shape] = MOBILITY_OPTIONS[kind] ?? [`Option ${kind}`];
    tree.group(title, (option) => {
      tree.u8("Type", "RFC 6275 6.2");
      if (kind === 0) return;
      const octets = tree.u8("Length", "RFC 6275 6.2");
      const words = tree.within(title, octets, (part) => readShape(part, option, shape, "RFC 6275 6.2"));
      if (words !== undefined && words !== "") option.meaning = words;
    }, { ref: "RFC 6275 6.2" });
  }
}

/** Headers by number: title and where each is defined. */
const HEADERS: Readonly<Record<number, readonly [title: string, ref: string]>> = {
  0: ["Hop-by-hop options", "RFC 8200 4.3"],
  43: ["Routing header", "RFC 8200 4.4"],
  44: ["Fragment header", "RFC 8200 4.5"],
  51: ["Authentication header", "RFC 4302 2"],
  60: ["Destination options", "RFC 8200 4.6"],
  135: ["Mobility header", "RFC 6275 6.1"],
  139: ["Host identity", "RFC 7401 5.1"],
  140: ["Shim6", "RFC 5533 5.1"],
};

/** Whether a protocol number names one of the extension headers that are read here. */
export const isExtension = (protocol: number) => HEADERS[protocol] !== undefined;

/** One extension header; gives the number of what follows. */
export function extensionHeader(tree: Tree, packet: PacketState, type: number): number {
  const [title, ref] = HEADERS[type]!;
  return tree.group(title, (group) => {
    const next = tree.u8("Next header", ref, ipProtocolName);
    if (type === 44) {
      tree.u8("Reserved", ref);
      const word = tree.flags("Fragment offset and flags", 2, [
        ["Fragment offset", 0, 13, (units) => counted(units * 8, "octet")],
        ["Reserved", 13, 2],
        ["More fragments", 15, 1],
      ], ref);
      const id = tree.u32("Identification", ref);
      const offset = word & 0xfff8, more = (word & 1) === 1;
      if (packet.quoted !== true && packet.facts.fragment === undefined) {
        packet.facts.fragment = { offset, more, id, protocol: next, at: tree.offset, length: tree.remaining };
      }
      packet.partial = true;
      group.meaning = `from octet ${offset}${more ? ", more follow" : ", the last"}`;
      return next;
    }
    const units = tree.u8("Length", ref, (value) => `${type === 51 ? (value + 2) * 4 : (value + 1) * 8} octets`);
    const rest = type === 51 ? units * 4 + 6 : units * 8 + 6;
    if (type === 0 || type === 60) options(tree, rest);
    else if (type === 43) tree.part("Routing data", rest, (part) => routing(part, group), ref);
    else if (type === 51) tree.part("Authentication data", rest, (part) => void authenticationHeader(part), ref);
    else if (type === 135) tree.part("Mobility message", rest, (part) => mobility(part, group), ref);
    else tree.bytes("Data", rest, ref);
    return next;
  }, { ref });
}

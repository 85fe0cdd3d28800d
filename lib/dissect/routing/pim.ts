// PIM: dense mode (RFC 3973), sparse mode (RFC 7761), its bootstrap (RFC 5059) and bidirectional mode (RFC 5015). Pure.
import { names } from "../coding/names.ts";
import { judgeChecksum } from "../coding/checksum.ts";
import { readItems, readTlvs, type TlvForm, type TlvTable } from "../coding/shape.ts";
import type { Layer, Next, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted, seconds } from "../coding/words.ts";

const REF = "RFC 7761 4.9";
const TYPES = names(`
  0 hello; 1 register; 2 register stop; 3 join/prune; 4 bootstrap; 5 assert; 6 graft; 7 graft acknowledgement;
  8 candidate RP advertisement; 9 state refresh; 10 DF election; 11 ECMP redirect; 12 PIM flooding mechanism
`);
const FAMILIES: Readonly<Record<number, string>> = { 1: "IPv4", 2: "IPv6" };

/** Family and encoding, then the address: what all three encoded forms begin with. */
function family(tree: Tree, ref: string): 4 | 16 {
  const kind = tree.u8("Address family", ref, FAMILIES);
  tree.u8("Encoding", ref, { 0: "native" });
  return kind === 2 ? 16 : 4;
}

function unicast(tree: Tree, name: string): string {
  const ref = "RFC 7761 4.9.1";
  return tree.group(name, (group) => {
    const size = family(tree, ref);
    return group.meaning = tree.ip("Address", size, ref);
  }, { ref });
}

function groupAddress(tree: Tree, name = "Group address"): string {
  const ref = "RFC 7761 4.9.1";
  return tree.group(name, (group) => {
    const size = family(tree, ref);
    tree.flags("Flags", 1, [["Bidirectional", 0, 1], ["Reserved", 1, 6], ["Admin scope zone", 7, 1]], ref);
    const length = tree.u8("Mask length", ref);
    const text = tree.ip("Address", size, ref);
    return group.meaning = length === size * 8 ? text : `${text}/${length}`;
  }, { ref });
}

function source(tree: Tree): string {
  const ref = "RFC 7761 4.9.1";
  return tree.group("Source address", (group) => {
    const kind = tree.reader.peek();
    const encoding = tree.reader.peek(1) ?? 0;
    const size = family(tree, ref);
    const flags = tree.flags("Flags", 1, [["Reserved", 0, 5], ["Sparse", 5, 1], [
      "Wildcard",
      6,
      1,
      (v) => v === 1 ? "any source" : "not set",
    ], ["Rendezvous point tree", 7, 1]], ref);
    const length = tree.u8("Mask length", ref);
    const text = tree.ip("Address", size, ref);
    // Encoding 1 has attributes behind the address (RFC 5384 3.4.1).
    if (kind !== undefined && encoding === 1) {
      for (let more = true; more && tree.remaining >= 2;) {
        const word = tree.flags(
          "Attribute type",
          1,
          [["Forward", 0, 1], ["Last", 1, 1], ["Type", 2, 6]],
          "RFC 5384 3.4.1",
        );
        const octets = tree.u8("Attribute length", "RFC 5384 3.4.1");
        if (octets > 0) tree.bytes("Attribute value", octets, "RFC 5384 3.4.1");
        more = (word & 0x40) === 0;
      }
    }
    return group.meaning = (flags & 2) !== 0
      ? `any source, by ${text}`
      : length === size * 8
      ? text
      : `${text}/${length}`;
  }, { ref });
}

const FORM: TlvForm = { type: 2, length: 2, called: "Option" };
const HELLO: TlvTable = {
  1: ["Hold time", [[
    "Hold time",
    "u16",
    (s) => s === 0xffff ? "for ever" : s === 0 ? "0: the router leaves" : seconds(s),
  ]], "RFC 7761 4.9.2"],
  2: ["LAN prune delay", [["Propagation delay", 2, [["Tracking support", 0, 1], [
    "Propagation delay",
    1,
    15,
    (ms) => `${ms} ms`,
  ]]], ["Override interval", "u16", (ms) => `${ms} ms`]], "RFC 7761 4.9.2"],
  19: ["DR priority", [["Priority", "u32"]], "RFC 7761 4.9.2"],
  20: ["Generation ID", [["Generation ID", "u32"]], "RFC 7761 4.9.2"],
  21: [
    "State refresh capable",
    [["Version", "u8"], ["Interval", "u8", seconds], ["Reserved", "u16"]],
    "RFC 3973 4.7.5",
  ],
  22: ["Bidirectional capable", [], "RFC 5015 3.7.4"],
  24: ["Address list", (tree) => {
    const found: string[] = [];
    while (tree.remaining > 2) found.push(unicast(tree, "Secondary address"));
    return found.join(", ");
  }, "RFC 7761 4.9.2"],
  26: ["Join attribute", [], "RFC 5384 3.4.2"],
  65001: ["Address list (before its number)", (tree) => {
    const found: string[] = [];
    while (tree.remaining > 2) found.push(unicast(tree, "Secondary address"));
    return found.join(", ");
  }, "RFC 7761 4.9.2"],
};

function joinPrune(tree: Tree, packet: PacketState): void {
  const ref = "RFC 7761 4.9.5";
  const upstream = unicast(tree, "Upstream neighbor");
  tree.u8("Reserved", ref);
  const count = tree.u8("Groups", ref);
  tree.u16("Hold time", ref, (s) => s === 0xffff ? "for ever" : seconds(s));
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    tree.group("Group", (group) => {
      const address = groupAddress(tree);
      const joined = tree.u16("Joined sources", ref), pruned = tree.u16("Pruned sources", ref);
      const read = (number: number, name: string) => {
        const found: string[] = [];
        if (number > 0) {
          tree.group(name, () => {
            for (let j = 0; j < number; j++) found.push(source(tree));
          }, { ref });
        }
        return found;
      };
      const joins = read(joined, "Joins"), prunes = read(pruned, "Prunes");
      group.meaning = [
        address,
        joins.length === 0 ? "" : `joins ${joins.join(", ")}`,
        prunes.length === 0 ? "" : `prunes ${prunes.join(", ")}`,
      ].filter((text) => text !== "").join(", ");
      words.push(group.meaning);
    }, { ref });
  }
  packet.summary += ` to ${upstream}: ${words.length <= 2 ? words.join("; ") : counted(words.length, "group")}`;
}

function assertMetric(tree: Tree, ref: string): void {
  tree.flags("Preference", 4, [["Rendezvous point tree", 0, 1], ["Preference", 1, 31]], ref, "");
  tree.u32("Metric", ref);
}

function bootstrap(tree: Tree, packet: PacketState): void {
  const ref = "RFC 5059 4.1";
  tree.u16("Fragment tag", ref);
  tree.u8("Hash mask length", ref);
  const priority = tree.u8("Priority", ref);
  packet.summary += ` by ${unicast(tree, "Bootstrap router")}, priority ${priority}`;
  while (tree.remaining >= 12) {
    tree.group("Group", (group) => {
      group.meaning = groupAddress(tree);
      tree.u8("Rendezvous points", ref);
      const count = tree.u8("Rendezvous points in this fragment", ref);
      tree.u16("Reserved", ref);
      for (let i = 0; i < count; i++) {
        group.meaning += ` ${unicast(tree, "Rendezvous point")}`;
        tree.u16("Hold time", ref, seconds);
        tree.u8("Priority", ref);
        tree.u8("Reserved", ref);
      }
    }, { ref });
  }
}

function election(tree: Tree, packet: PacketState, subtype: number): void {
  const ref = "RFC 5015 3.7.1";
  const names: Readonly<Record<number, string>> = { 1: "offer", 2: "winner", 3: "backoff", 4: "pass" };
  packet.summary += ` ${names[subtype] ?? subtype}`;
  const metric = () => void readItems(tree, [["Preference", "u32"], ["Metric", "u32"]], ref);
  unicast(tree, "Rendezvous point");
  metric();
  if (subtype === 3 || subtype === 4) {
    unicast(tree, "Other router");
    metric();
    if (subtype === 3) tree.u16("Interval", "RFC 5015 3.7.2", (ms) => `${ms} ms`);
  }
}

/** What stands behind the checksum; the packet that a register carries comes next. */
function body(tree: Tree, packet: PacketState, type: number, subtype: number): Next | undefined {
  if (type === 0) {
    const found = readTlvs(tree, FORM, HELLO, "RFC 7761 4.9.2");
    const say = (number: number, name: string) => {
      const words = found.find((one) => one.type === number)?.words;
      if (words !== undefined) packet.summary += `, ${name} ${words}`;
    };
    say(1, "hold time");
    say(19, "DR priority");
  } else if (type === 1) {
    const flags = tree.flags(
      "Flags",
      4,
      [["Border", 0, 1], ["Null register", 1, 1], ["Reserved", 2, 30]],
      "RFC 7761 4.9.3",
    );
    if ((flags & 0x40000000) !== 0) packet.summary = "PIM null register";
    const version = (tree.reader.peek() ?? 0) >> 4;
    return { layer: version === 4 ? "ipv4" : version === 6 ? "ipv6" : "data", length: tree.remaining };
  } else if (type === 2) {
    const group = groupAddress(tree);
    packet.summary += ` for ${group} from ${unicast(tree, "Source address")}`;
  } else if (type === 3 || type === 6 || type === 7) joinPrune(tree, packet);
  else if (type === 4) bootstrap(tree, packet);
  else if (type === 5) {
    const group = groupAddress(tree);
    packet.summary += ` for ${group} from ${unicast(tree, "Source address")}`;
    assertMetric(tree, "RFC 7761 4.9.6");
  } else if (type === 8) {
    const ref = "RFC 5059 4.2";
    const count = tree.u8("Groups", ref);
    tree.u8("Priority", ref);
    tree.u16("Hold time", ref, seconds);
    packet.summary += ` ${unicast(tree, "Rendezvous point")}`;
    for (let i = 0; i < count; i++) groupAddress(tree);
  } else if (type === 9) {
    const ref = "RFC 3973 4.7.10";
    const group = groupAddress(tree);
    packet.summary += ` for ${group} from ${unicast(tree, "Source address")}`;
    unicast(tree, "Originator");
    assertMetric(tree, ref);
    readItems(tree, [["Mask length", "u8"], ["Time to live", "u8"], ["Flags", 1, [
      ["Prune indicator", 0, 1],
      [
        "Prune now",
        1,
        1,
      ],
      ["Assert override", 2, 1],
      ["Reserved", 3, 5],
    ]], ["Interval", "u8", seconds]], ref);
  } else if (type === 10) election(tree, packet, subtype);
  tree.rest("Data", REF);
  return undefined;
}

export const PIM: Layer = {
  name: "pim",
  title: "PIM",
  ref: "RFC 7761",
  dissect(tree, packet) {
    const start = tree.offset, length = tree.remaining;
    const word = tree.flags("Version and type", 1, [["Version", 0, 4], ["Type", 4, 4, TYPES]], REF, "");
    const type = word & 15;
    const second = tree.reader.peek() ?? 0;
    if (type === 10) tree.flags("Subtype", 1, [["Subtype", 0, 4], ["Reserved", 4, 4]], "RFC 5015 3.7.1", "");
    else if (type === 4) tree.flags("Flags", 1, [["No forward", 0, 1], ["Reserved", 1, 7]], "RFC 5059 4.1");
    else tree.u8("Reserved", REF);
    tree.u16("Checksum", REF);
    if (tree.reader.bytes.length >= packet.originalLength && packet.partial !== true && packet.quoted !== true) {
      // Of a register only the first eight octets count (RFC 7761 4.9).
      const six = packet.facts.src?.includes(":") === true;
      const counted = type === 1 ? Math.min(8, length) : length;
      judgeChecksum(tree, start, start + counted, six ? (packet.pseudo?.sum ?? 0) + 103 + length : 0);
    }
    packet.summary = `PIM ${TYPES[type] ?? `type ${type}`}`;
    return body(tree, packet, type, second >> 4);
  },
};

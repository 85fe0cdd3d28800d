// Spanning tree: STP and RSTP (IEEE 802.1D 9), MSTP and SPT (IEEE 802.1Q 14), Cisco's PVST+. Pure.
import type { Layer, PacketState } from "../protocol.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import type { Tree } from "../tree.ts";

const REF = "IEEE 802.1D 9.3";
const MSTP = "IEEE 802.1Q 14.4";
const VERSIONS: Readonly<Record<number, string>> = { 0: "STP", 2: "RSTP", 3: "MSTP", 4: "SPT" };
const TYPES: Readonly<Record<number, string>> = {
  0x00: "configuration",
  0x02: "rapid or multiple spanning tree",
  0x80: "topology change notification",
};
const ROLES = ["unknown or master", "alternate or backup", "root", "designated"];

/** 256ths of a second. */
const time = (value: number) => counted(value / 256, "second");

/** `32768.1 / 02:00:00:00:00:01`: priority, extension, address. */
function bridge(tree: Tree, name: string, ref: string): string {
  return tree.group(name, (group) => {
    const word = tree.flags(
      "Priority and system ID",
      2,
      [
        ["Priority", 0, 4, (v) => String(v << 12)],
        ["System ID extension", 4, 12, (v) => v === 0 ? undefined : "the VLAN or the spanning tree instance"],
      ],
      ref,
      `priority ${(((tree.reader.peek() ?? 0) >> 4) << 12)}`,
    );
    const address = tree.mac("Bridge address", ref);
    group.meaning = `${word & 0xf000}.${word & 0xfff} / ${address}`;
    return group.meaning;
  }, { ref });
}

function port(tree: Tree, ref: string): string {
  const word = tree.flags(
    "Port identifier",
    2,
    [
      ["Priority", 0, 4, (v) => String(v << 4)],
      ["Port number", 4, 12],
    ],
    ref,
    "",
  );
  tree.last.meaning = `priority ${(word >> 12) << 4}, port ${word & 0xfff}`;
  return String(word & 0xfff);
}

function flags(tree: Tree, name: string, rapid: boolean, ref: string): number {
  const last = name.startsWith("MSTI") ? "Master" : "Topology change acknowledgement";
  return tree.flags(
    name,
    1,
    rapid
      ? [
        [last, 0, 1],
        ["Agreement", 1, 1],
        ["Forwarding", 2, 1],
        ["Learning", 3, 1],
        ["Port role", 4, 2, ROLES],
        ["Proposal", 6, 1],
        ["Topology change", 7, 1],
      ]
      : [["Topology change acknowledgement", 0, 1], ["Reserved", 1, 6], ["Topology change", 7, 1]],
    ref,
  );
}

/** One instance of a region (IEEE 802.1Q 14.4.1). */
function instance(tree: Tree): void {
  const ref = "IEEE 802.1Q 14.4.1";
  tree.group("MSTI configuration", (group) => {
    const set = flags(tree, "MSTI flags", true, ref);
    const root = bridge(tree, "Regional root", ref);
    const cost = tree.u32("Internal root path cost", ref);
    tree.flags("Bridge priority", 1, [["Priority", 0, 4, (v) => String(v << 12)], ["Reserved", 4, 4]], ref, "");
    tree.flags("Port priority", 1, [["Priority", 0, 4, (v) => String(v << 4)], ["Reserved", 4, 4]], ref, "");
    tree.u8("Remaining hops", ref);
    group.meaning = `regional root ${root}, cost ${cost}, ${ROLES[(set >> 2) & 3]} port`;
  }, { ref });
}

/** What version 3 adds behind the rapid part: the region and its instances. */
function multiple(tree: Tree, packet: PacketState): void {
  const length = tree.u16("Version 3 length", MSTP, octetCount);
  tree.part("MST extension", length, (part) => {
    const ref = "IEEE 802.1Q 13.8";
    part.group("MST configuration identifier", (group) => {
      part.u8("Format selector", ref);
      const name = clip(part.text("Configuration name", 32, ref).replace(/\0+$/, ""));
      part.last.meaning = name === "" ? "none" : `"${name}"`;
      const revision = part.u16("Revision level", ref);
      part.bytes("Configuration digest", 16, ref, () => "MD5 of the table of VLANs and instances");
      group.meaning = `region "${name}", revision ${revision}`;
      packet.summary += `, ${group.meaning}`;
    }, { ref });
    part.u32("CIST internal root path cost", MSTP);
    bridge(part, "CIST bridge identifier", MSTP);
    part.u8("CIST remaining hops", MSTP);
    while (part.remaining >= 16) instance(part);
    part.rest("Octets", MSTP);
  }, MSTP);
}

/** What Cisco's spanning tree of one VLAN adds. */
function vlan(tree: Tree): number | undefined {
  let found: number | undefined;
  while (tree.remaining >= 4) {
    const start = tree.offset;
    tree.group("PVST+ TLV", (group) => {
      const type = tree.u16("Type", "Cisco PVST+", { 0: "originating VLAN" });
      const length = tree.u16("Length", "Cisco PVST+");
      if (type === 0 && length === 2) {
        found = tree.u16("Originating VLAN", "Cisco PVST+");
        group.meaning = `VLAN ${found}`;
      } else if (length > 0) tree.bytes("Value", length, "Cisco PVST+");
    }, { ref: "Cisco PVST+" });
    if (found !== undefined || tree.offset === start) break;
  }
  return found;
}

export const STP: Layer = {
  name: "stp",
  title: "Spanning tree",
  ref: "IEEE 802.1D",
  dissect(tree, packet) {
    tree.u16("Protocol identifier", REF, { 0: "spanning tree" });
    const version = tree.u8("Protocol version", REF, VERSIONS);
    const type = tree.u8("BPDU type", REF, TYPES);
    const title = VERSIONS[version] ?? `version ${version}`;
    packet.summary = `${title} ${TYPES[type] ?? `BPDU type ${type}`}`;
    if (type !== 0 && type !== 2) return undefined;
    const rapid = type === 2;
    const ref = rapid ? "IEEE 802.1D 9.3.3" : "IEEE 802.1D 9.3.1";
    const set = flags(tree, "Flags", rapid, ref);
    // What version 3 calls them (IEEE 802.1Q 14.4) is more exact inside a region; the octets are the same.
    const root = bridge(tree, version >= 3 ? "CIST root identifier" : "Root identifier", ref);
    const cost = tree.u32(version >= 3 ? "CIST external path cost" : "Root path cost", ref);
    const sender = bridge(tree, version >= 3 ? "CIST regional root identifier" : "Bridge identifier", ref);
    const number = port(tree, ref);
    packet.summary = root === sender && cost === 0
      ? `${title}: root is ${root}, which says so itself, port ${number}`
      : `${title}: root is ${root}, cost ${cost}, by ${sender} port ${number}`;
    if (rapid) packet.summary += `, ${ROLES[(set >> 2) & 3]}`;
    if ((set & 1) === 1) packet.summary += ", topology change";
    tree.u16("Message age", ref, time);
    tree.u16("Maximum age", ref, time);
    tree.u16("Hello time", ref, time);
    tree.u16("Forward delay", ref, time);
    if (rapid) {
      tree.u8("Version 1 length", "IEEE 802.1D 9.3.3", { 0: "nothing of version 1" });
      if (version >= 3 && tree.remaining >= 2) multiple(tree, packet);
    }
    // Of a frame with a length the rest is no padding: the tag of Cisco's own kind.
    if (packet.facts.layers.includes("snap") && tree.remaining >= 6) {
      if (!rapid && tree.remaining % 2 === 1) tree.bytes("Padding", 1, "Cisco PVST+");
      const id = vlan(tree);
      if (id !== undefined) packet.summary += `, VLAN ${id}`;
    }
    return undefined;
  },
};

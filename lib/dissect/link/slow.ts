// Slow protocols (IEEE 802.3 57A): link aggregation (LACP) and its marker (IEEE 802.1AX 6), Ethernet OAM (IEEE 802.3 57).
// Flow control of the MAC (IEEE 802.3 31) stands here too. Pure.
import { macMeaning } from "../layer/ethernet.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { type Item, readItems, readTlvs, type TlvForm, type TlvTable, wordsOf } from "../coding/shape.ts";
import { counted, octetCount } from "../coding/words.ts";

const LACP_REF = "IEEE 802.1AX 6.4.2.3";
const MARKER_REF = "IEEE 802.1AX 6.5.3.3";
const OAM_REF = "IEEE 802.3 57.4.3";
const SUBTYPES: Readonly<Record<number, string>> = {
  1: "LACP",
  2: "marker",
  3: "OAM",
  10: "organization specific (synchronization status)",
};

const STATE: readonly BitRow[] = [
  ["Expired", 0, 1],
  ["Defaulted", 1, 1, (v) => v === 1 ? "partner's information is administrative" : "partner's was received"],
  ["Distributing", 2, 1],
  ["Collecting", 3, 1],
  ["Synchronization", 4, 1, (v) => v === 1 ? "in the right group" : "not in the right group"],
  ["Aggregation", 5, 1, (v) => v === 1 ? "may be grouped" : "individual link"],
  ["Timeout", 6, 1, (v) => v === 1 ? "short" : "long"],
  ["Activity", 7, 1, (v) => v === 1 ? "active" : "passive"],
];
/** "active, short timeout, collecting …": from the lowest bit on. */
const stateWords = (state: number) =>
  ["activity", "timeout", "aggregation", "synchronization", "collecting", "distributing", "defaulted", "expired"]
    .filter((_, bit) => (state >> bit & 1) === 1).join(", ");

const end: Item[] = [
  ["System priority", "u16"],
  ["System", "mac"],
  ["Key", "u16"],
  ["Port priority", "u16"],
  ["Port", "u16"],
];
/** Actor and partner look the same. */
function system(tree: Tree): string {
  const [, address, key, , port] = readItems(tree, end, LACP_REF);
  const state = tree.flags("State", 1, STATE, LACP_REF);
  tree.bytes("Reserved", 3, LACP_REF);
  return `system ${address}, key ${key}, port ${port}: ${stateWords(state)}`;
}

const FORM: TlvForm = { type: 1, length: 1, whole: true, called: "TLV", last: 0 };
const OAM_FORM: TlvForm = { ...FORM, single: [0] };
const LACP: TlvTable = {
  0: ["Terminator"],
  1: ["Actor", system, LACP_REF],
  2: ["Partner", system, LACP_REF],
  3: ["Collector", [["Maximum delay", "u16", (tens) => `${tens * 10} microseconds`], ["Reserved", 12]], LACP_REF],
};
const marker: Item[] = [
  ["Requester's port", "u16"],
  ["Requester's system", "mac"],
  ["Transaction identifier", "u32"],
  ["Padding", 2],
];
const MARKER: TlvTable = {
  0: ["Terminator"],
  1: ["Marker", marker, MARKER_REF],
  2: ["Marker response", marker, MARKER_REF],
};

function information(tree: Tree): string {
  const ref = "IEEE 802.3 57.5.2.1";
  const [version, revision] = readItems(tree, [["OAM version", "u8"], ["Revision", "u16"]], ref);
  tree.flags("State", 1, [
    ["Reserved", 0, 5],
    ["Multiplexer", 5, 1, (v) => v === 1 ? "discards what is no OAM" : "forwards"],
    ["Parser", 6, 2, ["forwards", "loops back", "discards", "reserved"]],
  ], ref);
  const settings = tree.flags("Configuration", 1, [
    ["Reserved", 0, 3],
    ["Variable retrieval", 3, 1],
    ["Link events", 4, 1],
    ["Remote loopback", 5, 1],
    ["Unidirectional support", 6, 1],
    ["Mode", 7, 1, (v) => v === 1 ? "active" : "passive"],
  ], ref);
  tree.u16("Maximum size", ref, (word) => octetCount(word & 0x7ff));
  tree.u24("Organization", ref);
  tree.bytes("Vendor specific", 4, ref);
  return `version ${version}, revision ${revision}, ${(settings & 1) === 1 ? "active" : "passive"}`;
}
const INFORMATION: TlvTable = {
  0: ["End"],
  1: ["Local information", information],
  2: ["Remote information", information],
  0xfe: ["Organization specific"],
};
const stamp: Item = ["Time stamp", "u16", (tenths) => counted(tenths / 10, "second")];
const EVENTS: TlvTable = {
  0: ["End"],
  1: ["Errored symbol period", [stamp, ["Window", "u64"], ["Threshold", "u64"], ["Errors", "u64"], [
    "Errors in total",
    "u64",
  ], ["Events in total", "u32"]], "IEEE 802.3 57.5.3.1"],
  2: ["Errored frame", [stamp, ["Window", "u16"], ["Threshold", "u32"], ["Errors", "u32"], ["Errors in total", "u64"], [
    "Events in total",
    "u32",
  ]], "IEEE 802.3 57.5.3.2"],
  3: ["Errored frame period", [stamp, ["Window", "u32"], ["Threshold", "u32"], ["Errors", "u32"], [
    "Errors in total",
    "u64",
  ], ["Events in total", "u32"]], "IEEE 802.3 57.5.3.3"],
  4: ["Errored frame seconds", [stamp, ["Window", "u16"], ["Threshold", "u16"], ["Errors", "u16"], [
    "Errors in total",
    "u32",
  ], ["Events in total", "u32"]], "IEEE 802.3 57.5.3.4"],
  0xfe: ["Organization specific"],
};
const CODES: Readonly<Record<number, string>> = {
  0: "information",
  1: "event notification",
  2: "variable request",
  3: "variable response",
  4: "loopback control",
  0xfe: "organization specific",
};

function oam(tree: Tree, packet: PacketState): void {
  tree.flags("Flags", 2, [
    ["Reserved", 0, 9],
    ["Remote stable", 9, 1],
    ["Remote evaluating", 10, 1],
    ["Local stable", 11, 1],
    ["Local evaluating", 12, 1],
    ["Critical event", 13, 1],
    ["Dying gasp", 14, 1],
    ["Link fault", 15, 1],
  ], "IEEE 802.3 57.4.2.1");
  const code = tree.u8("Code", OAM_REF, CODES);
  packet.summary = `OAM ${CODES[code] ?? `code ${code}`}`;
  if (code === 0) {
    const words = wordsOf(readTlvs(tree, OAM_FORM, INFORMATION, "IEEE 802.3 57.5.2"), 1);
    if (words !== undefined) packet.summary += `, ${words}`;
  } else if (code === 1) {
    tree.u16("Sequence number", "IEEE 802.3 57.4.3.2");
    const found = readTlvs(tree, OAM_FORM, EVENTS, "IEEE 802.3 57.5.3").filter((one) => one.type !== 0);
    packet.summary += found.map((one) => `, ${one.name.toLowerCase()}`).join("");
  } else if (code === 4) {
    tree.u8("Command", "IEEE 802.3 57.4.3.6", { 1: "start loopback", 2: "stop loopback" });
    tree.rest("Padding", OAM_REF);
  } else if (code === 2) {
    while (tree.remaining >= 3 && tree.reader.peek() !== 0) {
      tree.u8("Branch", "IEEE 802.3 57.6.1", {
        3: "package",
        4: "object",
        6: "attribute",
        7: "attribute",
        9: "action",
      });
      tree.u16("Leaf", "IEEE 802.3 57.6.1");
    }
    tree.rest("Padding", OAM_REF);
  } else tree.rest("Data", OAM_REF);
}

export const SLOW: Layer = {
  name: "slow",
  title: "Slow protocol",
  ref: "IEEE 802.3 57A",
  dissect(tree, packet) {
    const subtype = tree.u8("Subtype", "IEEE 802.3 57A.4", SUBTYPES);
    packet.summary = SUBTYPES[subtype] ?? `subtype ${subtype}`;
    if (subtype === 3) {
      oam(tree, packet);
      return undefined;
    }
    if (subtype !== 1 && subtype !== 2) {
      tree.rest("Data", "IEEE 802.3 57A.4");
      return undefined;
    }
    const ref = subtype === 1 ? LACP_REF : MARKER_REF;
    tree.u8("Version", ref);
    const found = readTlvs(tree, FORM, subtype === 1 ? LACP : MARKER, ref);
    if (subtype === 1) packet.summary = `LACP actor ${wordsOf(found, 1)?.replace(/^system /, "") ?? "missing"}`;
    else packet.summary = (found[0]?.name ?? "marker").toLowerCase();
    return undefined;
  },
};

/** PAUSE and its like by priority: EtherType 0x8808. */
export const MAC_CONTROL: Layer = {
  name: "mac-control",
  title: "MAC control",
  ref: "IEEE 802.3 31",
  dissect(tree, packet) {
    const codes: Readonly<Record<number, string>> = { 1: "pause", 0x0101: "pause by priority" };
    const quanta = (value: number) => value === 0 ? "go on" : `${value * 512} bit times`;
    const code = tree.u16("Opcode", "IEEE 802.3 31.4.1.3", codes);
    packet.summary = codes[code] ?? `opcode ${code}`;
    if (code === 1) {
      packet.summary += `, ${quanta(tree.u16("Pause time", "IEEE 802.3 31B.2", quanta))}`;
    } else if (code === 0x0101) {
      const ref = "IEEE 802.3 31D.2";
      tree.flags("Priorities", 2, [
        ["Reserved", 0, 8],
        ...Array.from({ length: 8 }, (_, i): BitRow => [`Priority ${7 - i}`, 8 + i, 1]),
      ], ref);
      for (let i = 0; i < 8; i++) tree.u16(`Time of priority ${i}`, ref, quanta);
    } else tree.rest("Parameters", "IEEE 802.3 31.4.1.4");
    return undefined;
  },
};

/** EtherType 0x9000: where to send a frame back to, step by step. All numbers are little-endian. */
export const LOOPBACK_TEST: Layer = {
  name: "loopback-test",
  title: "Loopback test",
  ref: "Ethernet 2.0 8",
  dissect(tree, packet) {
    const ref = "Ethernet 2.0 8.4.1";
    const skip = tree.u16Le("Skip count", ref, octetCount);
    if (skip > 0) tree.bytes("Done already", Math.min(skip, tree.remaining), ref);
    for (let steps = 0; steps < 16 && tree.remaining >= 2; steps++) {
      const step = tree.u16Le("Function", ref, { 1: "reply", 2: "forward" });
      if (step === 2) tree.mac("Forward to", ref, macMeaning);
      else if (step === 1) packet.summary = `reply, receipt ${tree.u16Le("Receipt number", ref)}`;
      if (step !== 2) break;
      packet.summary = "forward";
    }
    tree.rest("Data", ref);
    return undefined;
  },
};

/** EtherType 0x0842: six octets of ones, then the address sixteen times. */
export const WAKE_ON_LAN: Layer = {
  name: "wake-on-lan",
  title: "Wake-on-LAN",
  ref: "AMD Magic Packet",
  dissect(tree, packet) {
    const ref = "AMD Magic Packet";
    tree.bytes("Synchronization", 6, ref);
    const address = tree.mac("Address to wake", ref);
    tree.bytes("The same, fifteen times", 90, ref);
    packet.summary = `wake up ${address}`;
    if (tree.remaining === 4 || tree.remaining === 6) {
      tree.rest("Password", ref);
      tree.last.secret = true;
    }
    return undefined;
  },
};

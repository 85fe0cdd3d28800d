// Routers that stand in for each other: VRRP 2 (RFC 3768) and 3 (RFC 9568), HSRP (RFC 2281) and its version 2, GLBP. Pure.
import { judgeChecksum } from "../coding/checksum.ts";
import { readItems, readTlvs, type TlvForm, type TlvTable } from "../coding/shape.ts";
import { clip, counted, milliseconds, seconds } from "../coding/words.ts";
import type { Layer, Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const priority = (value: number) =>
  value === 255 ? "owner of the addresses" : value === 0 ? "gives up being the active router" : undefined;

export const VRRP: Layer = {
  name: "vrrp",
  title: "VRRP",
  ref: "RFC 9568",
  dissect(tree, packet) {
    const start = tree.offset, length = tree.remaining;
    const six = packet.facts.src?.includes(":") === true;
    const version = (tree.reader.peek() ?? 0) >> 4;
    const ref = version === 2 ? "RFC 3768 5.3" : "RFC 9568 5.2";
    tree.flags("Version and type", 1, [["Version", 0, 4], ["Type", 4, 4, { 1: "advertisement" }]], ref, "");
    const router = tree.u8("Virtual router", ref);
    const rank = tree.u8("Priority", ref, priority);
    const count = tree.u8("Addresses", ref);
    if (version === 2) {
      tree.u8("Authentication type", ref, { 0: "none", 1: "password in clear", 2: "IP authentication header" });
      tree.u8("Advertisement interval", ref, seconds);
    } else {
      tree.flags(
        "Reserved and maximum advertisement interval",
        2,
        [
          ["Reserved", 0, 4],
          ["Maximum advertisement interval", 4, 12, (v) => counted(v / 100, "second")],
        ],
        ref,
        "",
      );
    }
    tree.u16("Checksum", ref);
    if (tree.reader.bytes.length >= packet.originalLength && packet.partial !== true) {
      // Over IPv6 and in version 3 the pseudo header counts; some senders of version 3 over IPv4 leave it out.
      const pseudo = version === 2 ? 0 : (packet.pseudo?.sum ?? 0) + 112 + length;
      judgeChecksum(tree, start, tree.reader.end, pseudo);
      const said = tree.last.meaning;
      if (version === 3 && !six && said !== "correct") {
        judgeChecksum(tree, start, tree.reader.end);
        tree.last.meaning = tree.last.meaning === "correct" ? "correct without the pseudo header" : said!;
      }
    }
    const addresses: string[] = [];
    for (let i = 0; i < count; i++) addresses.push(tree.ip("Address", six ? 16 : 4, ref));
    if (version === 2 && tree.remaining >= 8) {
      const password = tree.reader.bytes.subarray(tree.offset, tree.offset + 8).some((octet) => octet !== 0);
      tree.text("Authentication data", 8, ref);
      if (password) tree.last.secret = true;
    }
    tree.rest("Octets after the message", ref);
    packet.summary = `VRRP version ${version}, virtual router ${router}, priority ${rank}${
      rank === 0 ? " (gives up)" : ""
    }, ${clip(addresses.join(", "), 60)}`;
    return undefined;
  },
};

const HSRP_OPCODES: Readonly<Record<number, string>> = { 0: "hello", 1: "coup", 2: "resign", 3: "advertise" };
const HSRP_STATES: Readonly<Record<number, string>> = {
  0: "initial",
  1: "learn",
  2: "listen",
  4: "speak",
  8: "standby",
  16: "active",
};
const HSRP2_STATES: Readonly<Record<number, string>> = {
  0: "disabled",
  1: "initial",
  2: "learn",
  3: "listen",
  4: "speak",
  5: "standby",
  6: "active",
};
const FORM: TlvForm = { type: 1, length: 1, called: "TLV" };
const CISCO = "Cisco HSRP version 2";

function hsrp2Group(tree: Tree): string {
  const [, code, state, version, group] = readItems(tree, [
    ["Version", "u8"],
    ["Opcode", "u8", HSRP_OPCODES],
    ["State", "u8", HSRP2_STATES],
    ["IP version", "u8"],
    ["Group", "u16"],
    ["Identifier", "mac"],
    ["Priority", "u32"],
    ["Hello time", "u32", milliseconds],
    ["Hold time", "u32", milliseconds],
  ], CISCO);
  const address = tree.ip("Virtual address", version === 6 ? 16 : 4, CISCO);
  if (tree.remaining === 12) tree.bytes("Unused", 12, CISCO);
  return `${HSRP_OPCODES[Number(code)] ?? code}, group ${group}, ${HSRP2_STATES[Number(state)] ?? state}, ${address}`;
}
const HSRP2: TlvTable = {
  1: ["Group state", hsrp2Group, CISCO],
  2: ["Interface state", [["Active groups", "u16"], ["Passive groups", "u16"]], CISCO],
  3: ["Text authentication", (tree) => {
    tree.text("Password", tree.remaining, CISCO);
    tree.last.secret = true;
  }, CISCO],
  4: ["MD5 authentication", [
    ["Algorithm", "u8", { 1: "MD5" }],
    ["Padding", "u8"],
    ["Flags", "u16"],
    ["Address", "ip4"],
    ["Key ID", "u32"],
    ["Digest", "rest"],
  ], CISCO],
};

function hsrp(tree: Tree): Words {
  const ref = "RFC 2281 5.1";
  const first = tree.reader.peek();
  // Version 2 begins with the type of its first part.
  if (first !== undefined && first >= 1 && tree.reader.peek(1) !== undefined && first <= 4) {
    const found = readTlvs(tree, FORM, HSRP2, CISCO);
    const words = found.find((one) => one.type === 1)?.words;
    return { summary: `HSRP version 2${words === undefined ? "" : ` ${words}`}` };
  }
  tree.u8("Version", ref);
  const code = tree.u8("Opcode", ref, HSRP_OPCODES);
  if (code === 3) {
    readItems(tree, [
      ["Type", "u16", { 1: "interface state" }],
      ["Length", "u16"],
      ["State", "u8", { 1: "dormant", 2: "passive", 3: "active" }],
      ["Reserved", "u8"],
      ["Active groups", "u16"],
      ["Passive groups", "u16"],
      ["Reserved", "u32"],
    ], "Cisco HSRP");
    tree.rest("Octets", "Cisco HSRP");
    return { summary: "HSRP advertise" };
  }
  const state = tree.u8("State", ref, HSRP_STATES);
  const [, , rank, group] = readItems(tree, [
    ["Hello time", "u8", seconds],
    ["Hold time", "u8", seconds],
    ["Priority", "u8"],
    ["Group", "u8"],
    ["Reserved", "u8"],
  ], ref);
  tree.text("Authentication data", 8, ref);
  tree.last.secret = true;
  const address = tree.ip("Virtual address", 4, ref);
  if (tree.remaining > 0) readTlvs(tree, FORM, HSRP2, "Cisco HSRP");
  return {
    summary: `HSRP ${HSRP_OPCODES[code] ?? `opcode ${code}`}, group ${group}, ${
      HSRP_STATES[state] ?? `state ${state}`
    }, priority ${rank}, ${address}`,
  };
}

export const HSRP: Protocol = { name: "hsrp", title: "HSRP", ref: "RFC 2281", udp: [1985, 2029], datagram: hsrp };

const GLBP_REF = "Cisco GLBP";
const GLBP_STATES: Readonly<Record<number, string>> = {
  0: "disabled",
  4: "listen",
  8: "speak",
  16: "standby",
  32: "active",
};

function address(tree: Tree, name: string): string {
  const family = tree.u8("Address type", GLBP_REF, { 1: "IPv4", 2: "IPv6" });
  const length = tree.u8("Address length", GLBP_REF);
  if (family === 1 && length === 4) return tree.ip(name, 4, GLBP_REF);
  if (family === 2 && length === 16) return tree.ip(name, 16, GLBP_REF);
  if (length > 0) tree.bytes(name, length, GLBP_REF);
  return "";
}
const GLBP_TLVS: TlvTable = {
  1: ["Hello", (tree) => {
    const [, state, , rank] = readItems(tree, [
      ["Unknown", 1],
      ["Virtual gateway state", "u8", GLBP_STATES],
      ["Unknown", 1],
      ["Priority", "u8"],
      ["Unknown", 2],
      ["Hello time", "u32", milliseconds],
      ["Hold time", "u32", milliseconds],
      ["Redirect time", "u16", seconds],
      ["Time-out", "u16", seconds],
      ["Unknown", 2],
    ], GLBP_REF);
    const virtual = address(tree, "Virtual address");
    return `${GLBP_STATES[Number(state)] ?? state}, priority ${rank}, ${virtual}`;
  }],
  2: ["Request or response", (tree) => {
    const [forwarder, state, , rank, weight] = readItems(tree, [
      ["Forwarder", "u8"],
      ["Virtual forwarder state", "u8", GLBP_STATES],
      ["Unknown", 1],
      ["Priority", "u8"],
      ["Weight", "u8"],
      ["Unknown", 7],
      ["Virtual MAC", "mac"],
    ], GLBP_REF);
    return `forwarder ${forwarder} ${GLBP_STATES[Number(state)] ?? state}, priority ${rank}, weight ${weight}`;
  }],
  3: ["Authentication", (tree) => {
    const type = tree.u8("Authentication type", GLBP_REF, { 1: "plain text", 2: "MD5 string", 3: "MD5 chain" });
    const length = tree.u8("Length", GLBP_REF);
    if (type === 1 && length > 0) {
      tree.text("Password", length, GLBP_REF);
      tree.last.secret = true;
    }
  }],
};

function glbp(tree: Tree): Words {
  tree.u8("Version", GLBP_REF);
  tree.u8("Unknown", GLBP_REF);
  const group = tree.u16("Group", GLBP_REF);
  tree.u16("Unknown", GLBP_REF);
  const owner = tree.mac("Owner", GLBP_REF);
  const found = readTlvs(tree, { ...FORM, whole: true }, GLBP_TLVS, GLBP_REF);
  const words = found.map((one) => one.words).filter((text) => text !== undefined).join("; ");
  return { summary: `GLBP group ${group} by ${owner}${words === "" ? "" : `: ${clip(words, 100)}`}` };
}

export const GLBP: Protocol = { name: "glbp", title: "GLBP", ref: GLBP_REF, udp: [3222], datagram: glbp };

// What Cisco's switches tell each other behind SNAP: CDP, VTP, DTP and UDLD (Cisco, RFC 5171 for UDLD). Pure.
import { hex } from "../../base/hex.ts";
import { judgeChecksum } from "../coding/checksum.ts";
import { type Item, readItems, readTlvs, type TlvForm, type TlvTable, wordsOf } from "../coding/shape.ts";
import { clip, seconds } from "../coding/words.ts";
import type { Layer } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "Cisco CDP";
const FORM: TlvForm = { type: 2, length: 2, whole: true, called: "TLV" };
const milliwatts = (value: number) => `${value} mW`;

function addresses(tree: Tree): string {
  const count = tree.u32("Addresses", REF);
  const found: string[] = [];
  for (let i = 0; i < count && tree.remaining > 0; i++) {
    tree.group("Address", (group) => {
      tree.u8("Protocol type", REF, { 1: "NLPID", 2: "802.2" });
      const size = tree.u8("Protocol length", REF);
      const protocol = hex(
        tree.bytes(
          "Protocol",
          size,
          REF,
          (octets) => hex(octets) === "cc" ? "IPv4" : hex(octets) === "aaaa0300000086dd" ? "IPv6" : undefined,
        ),
      );
      const length = tree.u16("Address length", REF);
      let text = "";
      if (length === 4 && protocol === "cc") text = tree.ip("Address", 4, REF);
      else if (length === 16) text = tree.ip("Address", 16, REF);
      else if (length > 0) text = hex(tree.bytes("Address", length, REF), ":");
      group.meaning = text;
      found.push(text);
    }, { ref: REF });
  }
  return found.join(", ");
}

function prefixes(tree: Tree): string {
  const found: string[] = [];
  if (tree.remaining === 4) return tree.ip("Default gateway", 4, REF);
  while (tree.remaining >= 5) {
    const network = tree.ip("Network", 4, REF);
    found.push(`${network}/${tree.u8("Prefix length", REF)}`);
  }
  return found.join(", ");
}

function power(tree: Tree): string {
  const found: string[] = [];
  tree.u16("Request identifier", REF);
  tree.u16("Management identifier", REF);
  while (tree.remaining >= 4) {
    tree.u32("Power", REF, (value) => value === 0xffffffff ? "no limit" : milliwatts(value));
    found.push(tree.last.meaning!);
  }
  return found.join(", ");
}

const CAPABILITIES = [
  "Router",
  "Transparent bridge",
  "Source route bridge",
  "Switch",
  "Host",
  "IGMP capable",
  "Repeater",
  "VoIP phone",
  "Remotely managed device",
  "CVTA",
  "Two-port MAC relay",
];
const text = (name: string) => [name, [[name, "text"] as Item]] as const;
const vlan = (name: string) =>
  [name, (tree: Tree) => {
    if (tree.remaining === 3) tree.u8("Kind", REF);
    return `VLAN ${tree.u16("VLAN", REF)}`;
  }] as const;

const TLVS: TlvTable = {
  0x01: text("Device ID"),
  0x02: ["Addresses", addresses],
  0x03: text("Port ID"),
  0x04: ["Capabilities", (tree) => {
    tree.flags("Capabilities", 4, [
      ["Reserved", 0, 21],
      ...CAPABILITIES.map((name, bit) => [name, 31 - bit, 1] as const).reverse(),
    ], REF);
    return tree.last.meaning;
  }],
  0x05: text("Software version"),
  0x06: text("Platform"),
  0x07: ["IP prefixes", prefixes],
  0x08: ["Protocol hello", (tree) => {
    tree.u24("Organization", REF, { 0x00000c: "Cisco" });
    if (tree.remaining >= 2) tree.u16("Protocol", REF, { 0x0112: "cluster management" });
    tree.rest("Data", REF);
  }],
  0x09: text("VTP management domain"),
  0x0a: ["Native VLAN", [["VLAN", "u16"]]],
  0x0b: ["Duplex", [["Duplex", "u8", { 0: "half", 1: "full" }]]],
  0x0e: vlan("VoIP VLAN reply"),
  0x0f: vlan("VoIP VLAN query"),
  0x10: ["Power consumption", [["Power", "u16", milliwatts]]],
  0x11: ["MTU", [["MTU", "u32"]]],
  0x12: ["Extended trust", [["Trust", "u8", { 0: "not trusted", 1: "trusted" }]]],
  0x13: ["Class of service of untrusted ports", [["Class of service", "u8"]]],
  0x14: text("System name"),
  0x15: ["System object ID", [["Object identifier", "rest"]]],
  0x16: ["Management addresses", addresses],
  0x17: ["Location", (tree) => {
    tree.u8("Kind", REF);
    return tree.remaining === 0 ? undefined : clip(tree.text("Location", tree.remaining, REF));
  }],
  0x19: ["Power requested", power],
  0x1a: ["Power available", power],
  0x1b: ["Bidirectional port", [["Mode", "u8"]]],
  0x1d: ["Energy wise", [["Data", "rest"]]],
  0x1f: ["Spare pair power", [["Settings", "u8"]]],
};

/** The usual checksum, but for an odd number of octets: Cisco's last one counts as a signed number. Not judged then. */
export const CDP: Layer = {
  name: "cdp",
  title: "CDP",
  ref: REF,
  dissect(tree, packet) {
    const start = tree.offset, odd = tree.remaining % 2 === 1;
    const version = tree.u8("Version", REF);
    tree.u8("Time to live", REF, seconds);
    tree.u16("Checksum", REF);
    if (!odd && tree.reader.bytes.length >= packet.originalLength) judgeChecksum(tree, start, tree.reader.end);
    const found = readTlvs(tree, FORM, TLVS, REF);
    packet.summary = [
      wordsOf(found, 1) ?? `CDP version ${version}`,
      wordsOf(found, 3)?.replace(/^/, "port "),
      wordsOf(found, 6)?.replace(/^/, "platform "),
      wordsOf(found, 2),
    ].filter((word) => word !== undefined).join(", ");
    return undefined;
  },
};

const UDLD_OPCODES: Readonly<Record<number, string>> = { 1: "probe", 2: "echo", 3: "flush" };

function pairs(tree: Tree): string {
  const count = tree.u32("Pairs", "RFC 5171 6.1");
  const found: string[] = [];
  for (let i = 0; i < count && tree.remaining >= 4; i++) {
    const device = tree.text("Device", tree.u16("Device length", "RFC 5171 6.1"), "RFC 5171 6.1");
    found.push(`${device} ${tree.text("Port", tree.u16("Port length", "RFC 5171 6.1"), "RFC 5171 6.1")}`);
  }
  return found.join(", ");
}

export const UDLD: Layer = {
  name: "udld",
  title: "UDLD",
  ref: "RFC 5171",
  dissect(tree, packet) {
    const ref = "RFC 5171 6";
    const start = tree.offset;
    const word = tree.flags("Version and opcode", 1, [["Version", 0, 3], ["Opcode", 3, 5, UDLD_OPCODES]], ref, "");
    tree.flags("Flags", 1, [["Reserved", 0, 6], ["Resynchronize", 6, 1], ["Recommended timeout", 7, 1]], ref);
    tree.u16("Checksum", ref);
    if (tree.reader.bytes.length >= packet.originalLength) judgeChecksum(tree, start, tree.reader.end);
    const found = readTlvs(tree, FORM, {
      1: text("Device ID"),
      2: text("Port ID"),
      3: ["Echo", pairs],
      4: ["Message interval", [["Interval", "u8", seconds]]],
      5: ["Timeout interval", [["Interval", "u8", seconds]]],
      6: text("Device name"),
      7: ["Sequence number", [["Sequence number", "u32"]]],
    }, "RFC 5171 6.1");
    packet.summary = `${UDLD_OPCODES[word & 31] ?? `opcode ${word & 31}`} by ${
      wordsOf(found, 6) ?? wordsOf(found, 1)
    } ${wordsOf(found, 2) ?? ""}`;
    return undefined;
  },
};

export const DTP: Layer = {
  name: "dtp",
  title: "DTP",
  ref: "Cisco DTP",
  dissect(tree, packet) {
    tree.u8("Version", "Cisco DTP");
    const states: Readonly<Record<number, string>> = { 1: "on", 2: "off", 3: "desirable", 4: "auto", 5: "auto" };
    const found = readTlvs(tree, FORM, {
      1: text("Domain"),
      2: ["Trunk status", [["Status", 1, [
        ["Operating", 0, 1, (v) => v === 1 ? "trunk" : "access"],
        ["Administrative status", 1, 7, states],
      ]]]],
      3: ["Trunk type", [["Type", 1, [
        ["Operating encapsulation", 0, 3, { 1: "native", 2: "ISL", 5: "802.1Q" }],
        ["Negotiated encapsulation", 3, 5],
      ]]]],
      4: ["Neighbor", [["Address", "mac"]]],
    }, "Cisco DTP");
    packet.summary = `trunk negotiation, domain ${wordsOf(found, 1) || "none"}, ${wordsOf(found, 4) ?? ""}`;
    return undefined;
  },
};

const VTP_CODES: Readonly<Record<number, string>> = {
  1: "summary advertisement",
  2: "subset advertisement",
  3: "advertisement request",
  4: "join",
};

function vlanInfo(tree: Tree): void {
  const ref = "Cisco VTP";
  const length = tree.reader.peek() ?? 0;
  tree.part("VLAN information", length, (part, group) => {
    part.u8("Length", ref);
    const [, , size, id] = readItems(part, [
      ["Status", "u8", { 0: "operational", 1: "suspended" }],
      ["Type", "u8", { 1: "Ethernet", 2: "FDDI", 3: "token ring concentrator", 4: "FDDI-net", 5: "token ring bridge" }],
      ["Name length", "u8"],
      ["VLAN", "u16"],
      ["MTU", "u16"],
      ["802.10 index", "u32"],
    ], ref);
    const name = part.text("Name", Number(size), ref);
    const pad = (4 - Number(size) % 4) % 4;
    if (pad > 0) part.bytes("Padding", pad, ref);
    group.meaning = `VLAN ${id} "${clip(name)}"`;
    while (part.remaining >= 2) {
      part.group("TLV", () => {
        part.u8("Type", ref, { 1: "ring number", 2: "bridge number", 3: "spanning tree type", 4: "parent VLAN" });
        const words = part.u8("Words", ref);
        if (words > 0) part.bytes("Value", words * 2, ref);
      });
    }
  }, ref);
}

export const VTP: Layer = {
  name: "vtp",
  title: "VTP",
  ref: "Cisco VTP",
  dissect(tree, packet) {
    const ref = "Cisco VTP";
    tree.u8("Version", ref);
    const code = tree.u8("Code", ref, VTP_CODES);
    tree.u8(code === 1 ? "Followers" : code === 2 ? "Sequence number" : "Reserved", ref);
    const length = tree.u8("Domain name length", ref);
    const domain = clip(tree.text("Domain name", 32, ref).slice(0, length).replace(/\0+$/, ""));
    packet.summary = `${VTP_CODES[code] ?? `code ${code}`} of domain ${domain || "none"}`;
    if (code === 1) {
      const [revision, updater] = readItems(tree, [["Revision", "u32"], ["Updater", "ip4"]], ref);
      tree.text(
        "Update time",
        12,
        ref,
        (digits) =>
          /^\d{12}$/.test(digits)
            ? `20${digits.slice(0, 2)}-${digits.slice(2, 4)}-${digits.slice(4, 6)} ${digits.slice(6, 8)}:${
              digits.slice(8, 10)
            }:${digits.slice(10)}`
            : undefined,
      );
      tree.bytes("Digest", 16, ref, () => "MD5");
      packet.summary += `, revision ${revision} by ${updater}`;
      tree.rest("Octets", ref);
    } else if (code === 2) {
      packet.summary += `, revision ${tree.u32("Revision", ref)}`;
      while (tree.remaining >= 12 && tree.reader.peek()! >= 12) vlanInfo(tree);
      tree.rest("Octets", ref);
    } else if (code === 3) tree.u16("Start value", ref);
    else tree.rest("Octets", ref);
    return undefined;
  },
};

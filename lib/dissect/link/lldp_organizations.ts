// What organizations add to LLDP: IEEE 802.1 (IEEE 802.1Q D.2), IEEE 802.3 (IEEE 802.3 79.3), LLDP-MED (ANSI/TIA-1057), and
// names of a few others. Pure. To add one: a line in its organization's table.
import { names } from "../coding/names.ts";
import { hex } from "../../base/hex.ts";
import { type Item, readShape, type Shape } from "../coding/shape.ts";
import type { Field } from "../../base/field.ts";
import type { BitRow, Tree } from "../tree.ts";
import { counted, octetCount } from "../coding/words.ts";

type Row = readonly [name: string, shape: Shape | undefined, ref: string];
type Table = Readonly<Record<number, Row>>;

const priorities = (tree: Tree, ref: string): void => {
  tree.flags(
    "Priority assignment",
    4,
    Array.from({ length: 8 }, (_, i): BitRow => [`Class of priority ${i}`, i * 4, 4]),
    ref,
    "",
  );
  for (let i = 0; i < 8; i++) tree.u8(`Bandwidth of class ${i}`, ref, (percent) => `${percent} %`);
  const names: Readonly<Record<number, string>> = {
    0: "strict priority",
    1: "credit based shaper",
    2: "enhanced transmission selection",
    255: "vendor specific",
  };
  for (let i = 0; i < 8; i++) tree.u8(`Algorithm of class ${i}`, ref, names);
};
const aggregation: Shape = [["Status", 1, [
  ["Reserved", 0, 6],
  ["Enabled", 6, 1],
  ["Capable", 7, 1],
]], ["Port identifier", "u32"]];
const perPriority = (name: string): readonly BitRow[] =>
  Array.from({ length: 8 }, (_, i): BitRow => [`${name} ${7 - i}`, i, 1]);

const IEEE_8021: Table = {
  1: ["Port VLAN ID", [["VLAN", "u16", (v) => v === 0 ? "none" : undefined]], "IEEE 802.1Q D.2.1"],
  2: ["Port and protocol VLAN ID", [["Flags", 1, [
    ["Reserved", 0, 5],
    ["Enabled", 5, 1],
    ["Supported", 6, 1],
    ["Reserved", 7, 1],
  ]], ["VLAN", "u16"]], "IEEE 802.1Q D.2.2"],
  3: ["VLAN name", (tree) => {
    const ref = "IEEE 802.1Q D.2.3";
    const id = tree.u16("VLAN", ref);
    const length = tree.u8("Name length", ref);
    return `${id} "${length === 0 ? "" : tree.text("Name", length, ref)}"`;
  }, "IEEE 802.1Q D.2.3"],
  4: ["Protocol identity", (tree) => {
    const ref = "IEEE 802.1Q D.2.4";
    const length = tree.u8("Length of the protocol", ref);
    return length === 0
      ? undefined
      : hex(tree.bytes("Protocol", length, ref, () => "the first octets of its frames"), " ");
  }, "IEEE 802.1Q D.2.4"],
  5: ["VID usage digest", [["Digest", "u32"]], "IEEE 802.1Q D.2.5"],
  6: ["Management VID", [["VLAN", "u16"]], "IEEE 802.1Q D.2.6"],
  7: ["Link aggregation", aggregation, "IEEE 802.1AX F.2"],
  8: ["Congestion notification", [
    ["Per-priority CNPV indicators", 1, perPriority("Priority")],
    ["Per-priority ready indicators", 1, perPriority("Priority")],
  ], "IEEE 802.1Q D.2.7"],
  9: ["ETS configuration", (tree) => {
    const ref = "IEEE 802.1Q D.2.8";
    tree.flags("Flags", 1, [["Willing", 0, 1], ["Credit based shaper", 1, 1], ["Reserved", 2, 3], [
      "Classes at most",
      5,
      3,
      (v) => v === 0 ? "8" : undefined,
    ]], ref);
    priorities(tree, ref);
  }, "IEEE 802.1Q D.2.8"],
  10: ["ETS recommendation", (tree) => {
    tree.u8("Reserved", "IEEE 802.1Q D.2.9");
    priorities(tree, "IEEE 802.1Q D.2.9");
  }, "IEEE 802.1Q D.2.9"],
  11: ["Priority-based flow control", [
    ["Flags", 1, [["Willing", 0, 1], ["MACsec bypass", 1, 1], ["Reserved", 2, 2], ["Classes at most", 4, 4]]],
    ["Enabled", 1, perPriority("Priority")],
  ], "IEEE 802.1Q D.2.10"],
  12: ["Application priority", (tree) => {
    const ref = "IEEE 802.1Q D.2.11";
    tree.u8("Reserved", ref);
    while (tree.remaining >= 3) {
      tree.flags(
        "Application",
        1,
        [["Priority", 0, 3], ["Reserved", 3, 2], ["Selector", 5, 3, {
          1: "EtherType",
          2: "TCP or SCTP port",
          3: "UDP or DCCP port",
          4: "port of any transport",
          5: "DSCP",
        }]],
        ref,
        "",
      );
      tree.u16("Protocol", ref);
    }
  }, "IEEE 802.1Q D.2.11"],
  13: ["Edge virtual bridging", (tree) => {
    const ref = "IEEE 802.1Q D.2.12";
    const side: readonly BitRow[] = [["Reserved", 0, 5], ["Reflective relay request", 5, 1], [
      "Reflective relay enabled",
      6,
      1,
    ], ["Group identifiers", 7, 1]];
    tree.flags("Bridge status", 1, side, ref);
    tree.flags("Station status", 1, side, ref);
    tree.flags("ECP retries", 1, [["Retries", 0, 3], ["Retransmission exponent", 3, 5]], ref, "");
    tree.flags(
      "Mode",
      1,
      [["Mode", 0, 2], ["Remote or local reinitialization", 2, 1], ["Resource wait delay", 3, 5]],
      ref,
      "",
    );
    tree.flags(
      "Keep alive",
      1,
      [["Reserved", 0, 2], ["Remote or local keep alive", 2, 1], ["Keep alive exponent", 3, 5]],
      ref,
      "",
    );
  }, "IEEE 802.1Q D.2.12"],
};

/** Media (IANA-MAU-MIB, RFC 4836): the usual ones. */
const MEDIA = names(`
  10 10BASE-T half duplex; 11 10BASE-T full duplex; 15 100BASE-TX half duplex; 16 100BASE-TX full duplex;
  17 100BASE-FX half duplex; 18 100BASE-FX full duplex; 21 1000BASE-X half duplex; 22 1000BASE-X full duplex;
  23 1000BASE-LX half duplex; 24 1000BASE-LX full duplex; 25 1000BASE-SX half duplex; 26 1000BASE-SX full duplex;
  29 1000BASE-T half duplex; 30 1000BASE-T full duplex; 31 10GBASE-X; 32 10GBASE-LX4; 33 10GBASE-R; 34 10GBASE-ER;
  35 10GBASE-LR; 36 10GBASE-SR; 54 10GBASE-T
`);
const MODES = [
  "Other",
  "10BASE-T half duplex",
  "10BASE-T full duplex",
  "100BASE-T4",
  "100BASE-TX half duplex",
  "100BASE-TX full duplex",
  "100BASE-T2 half duplex",
  "100BASE-T2 full duplex",
  "Pause for full duplex",
  "Asymmetric pause",
  "Symmetric pause",
  "Asymmetric and symmetric pause",
  "1000BASE-X half duplex",
  "1000BASE-X full duplex",
  "1000BASE-T half duplex",
  "1000BASE-T full duplex",
];
const CLASSES: Readonly<Record<number, string>> = {
  1: "class 0",
  2: "class 1",
  3: "class 2",
  4: "class 3",
  5: "class 4",
};
const tenths = (value: number) => `${value / 10} W`;

const IEEE_8023: Table = {
  1: ["MAC/PHY configuration and status", [
    ["Autonegotiation", 1, [["Reserved", 0, 6], ["Enabled", 6, 1], ["Supported", 7, 1]]],
    ["Advertised capability", 2, MODES.map((name, bit): BitRow => [name, bit, 1])],
    ["Operational MAU type", "u16", (type) => MEDIA[type]],
  ], "IEEE 802.3 79.3.1"],
  2: ["Power via MDI", (tree) => {
    const ref = "IEEE 802.3 79.3.2";
    const flags = tree.flags("MDI power support", 1, [
      ["Reserved", 0, 4],
      ["Pairs can be chosen", 4, 1],
      ["Power is enabled", 5, 1],
      ["Power is supported", 6, 1],
      ["Port class", 7, 1, (v) => v === 1 ? "gives power" : "takes power"],
    ], ref);
    tree.u8("Pair", ref, { 1: "signal", 2: "spare" });
    tree.u8("Power class", ref, CLASSES);
    if (tree.remaining >= 5) {
      tree.flags(
        "Type, source and priority",
        1,
        [
          ["Power type", 0, 2, ["type 2 source", "type 2 powered device", "type 1 source", "type 1 powered device"]],
          ["Power source", 2, 2, ["unknown", "primary", "backup", "both"]],
          ["Reserved", 4, 2],
          ["Power priority", 6, 2, ["unknown", "critical", "high", "low"]],
        ],
        ref,
        "",
      );
      tree.u16("Requested power", ref, tenths);
      tree.u16("Allocated power", ref, tenths);
    }
    return (flags & 1) === 1 ? "gives power" : "takes power";
  }, "IEEE 802.3 79.3.2"],
  3: ["Link aggregation", aggregation, "IEEE 802.3 79.3.3"],
  4: ["Maximum frame size", [["Maximum frame size", "u16", octetCount]], "IEEE 802.3 79.3.4"],
  5: [
    "Energy-efficient Ethernet",
    [
      "Transmit wake time",
      "Receive wake time",
      "Fallback receive wake time",
      "Echo transmit wake time",
      "Echo receive wake time",
    ].map((name): Item => [name, "u16", (us) => `${us} microseconds`]),
    "IEEE 802.3 79.3.5",
  ],
};

const MED_REF = "ANSI/TIA-1057 10.2";
const APPLICATIONS: Readonly<Record<number, string>> = {
  1: "voice",
  2: "voice signaling",
  3: "guest voice",
  4: "guest voice signaling",
  5: "softphone voice",
  6: "video conferencing",
  7: "streaming video",
  8: "video signaling",
};
const CIVIC = names(`
  0 language; 1 state or province; 2 county; 3 city; 4 city district; 5 neighborhood; 6 street;
  16 leading street direction; 17 trailing street suffix; 18 street suffix; 19 house number; 20 house number suffix;
  21 landmark; 22 additional location; 23 name; 24 postal code; 25 building; 26 unit; 27 floor; 28 room; 29 place type;
  128 script
`);

/** 6 bits that say how many bits count, then 34 with 25 behind the point. */
function degrees(tree: Tree, name: string): string {
  const where = (bytes: Uint8Array) => {
    const whole = (bytes[0]! & 3) * 2 ** 32 + ((bytes[1]! << 24 | bytes[2]! << 16 | bytes[3]! << 8 | bytes[4]!) >>> 0);
    return `${((whole >= 2 ** 33 ? whole - 2 ** 34 : whole) / 2 ** 25).toFixed(6)}°`;
  };
  const bytes = tree.bytes(
    name,
    5,
    "RFC 6225 2.2",
    (octets) => `${where(octets)}, ${counted(octets[0]! >> 2, "bit")} count`,
  );
  return where(bytes);
}

function location(tree: Tree): string | undefined {
  const ref = "ANSI/TIA-1057 10.2.4";
  const format = tree.u8("Format", ref, { 1: "coordinates", 2: "civic address", 3: "emergency number" });
  if (format === 1 && tree.remaining >= 16) {
    const latitude = degrees(tree, "Latitude"), longitude = degrees(tree, "Longitude");
    tree.flags(
      "Altitude type and resolution",
      2,
      [
        ["Altitude type", 0, 4, { 1: "meters", 2: "floors" }],
        ["Altitude resolution", 4, 6],
        ["Altitude, high bits", 10, 6],
      ],
      "RFC 6225 2.2",
      "",
    );
    tree.u24("Altitude, low bits", "RFC 6225 2.2");
    tree.u8("Datum", "RFC 6225 2.2", { 1: "WGS 84", 2: "NAD 83, NAVD 88", 3: "NAD 83, MLLW" });
    return `${latitude}, ${longitude}`;
  }
  if (format === 3) return tree.remaining === 0 ? undefined : tree.text("Emergency number", tree.remaining, ref);
  if (format !== 2 || tree.remaining < 4) return undefined;
  const length = tree.u8("Address length", "RFC 4776 3.1");
  return tree.within("Civic address", length, (part) => {
    part.u8("What", "RFC 4776 3.1", { 0: "DHCP server", 1: "network element", 2: "client" });
    const words = [part.text("Country", 2, "RFC 4776 3.1")];
    while (part.remaining >= 2) {
      part.group("Address part", (group) => {
        const type = part.u8("Type", "RFC 4776 3.4", CIVIC);
        const size = part.u8("Length", "RFC 4776 3.3");
        if (size > 0) words.push(part.text("Value", size, "RFC 4776 3.3"));
        group.meaning = `${CIVIC[type] ?? `type ${type}`}: ${size > 0 ? words.at(-1) : ""}`;
      });
    }
    return words.join(", ");
  });
}
const words = (name: string): Row => [name, [[name, "text"]], "ANSI/TIA-1057 10.2.6"];

const MED: Table = {
  1: ["LLDP-MED capabilities", (tree) => {
    tree.flags("Capabilities", 2, [
      ["Reserved", 0, 10],
      ["Inventory", 10, 1],
      ["Extended power, takes", 11, 1],
      ["Extended power, gives", 12, 1],
      ["Location", 13, 1],
      ["Network policy", 14, 1],
      ["LLDP-MED capabilities", 15, 1],
    ], "ANSI/TIA-1057 10.2.2");
    tree.u8("Device type", "ANSI/TIA-1057 10.2.2", {
      0: "not defined",
      1: "endpoint class I (generic)",
      2: "endpoint class II (media)",
      3: "endpoint class III (communication device)",
      4: "network connectivity",
    });
    return tree.last.meaning;
  }, "ANSI/TIA-1057 10.2.2"],
  2: ["Network policy", (tree) => {
    const ref = "ANSI/TIA-1057 10.2.3";
    const application = tree.u8("Application", ref, APPLICATIONS);
    const policy = tree.flags("Policy", 3, [
      ["Unknown policy", 0, 1],
      ["Tagged", 1, 1],
      ["Reserved", 2, 1],
      ["VLAN", 3, 12],
      ["Priority", 15, 3],
      ["DSCP", 18, 6],
    ], ref);
    return `${APPLICATIONS[application] ?? application}: VLAN ${(policy >> 9) & 0xfff}, priority ${
      (policy >> 6) & 7
    }, DSCP ${policy & 63}`;
  }, "ANSI/TIA-1057 10.2.3"],
  3: ["Location identification", location, "ANSI/TIA-1057 10.2.4"],
  4: ["Extended power via MDI", [["Type, source and priority", 1, [
    ["Power type", 0, 2, ["gives power", "takes power", "reserved", "reserved"]],
    ["Power source", 2, 2],
    ["Power priority", 4, 4, { 0: "unknown", 1: "critical", 2: "high", 3: "low" }],
  ]], ["Power", "u16", tenths]], "ANSI/TIA-1057 10.2.5"],
  5: words("Hardware revision"),
  6: words("Firmware revision"),
  7: words("Software revision"),
  8: words("Serial number"),
  9: words("Manufacturer name"),
  10: words("Model name"),
  11: words("Asset ID"),
};

const ORGANIZATIONS: Readonly<Record<number, readonly [name: string, table: Table]>> = {
  0x0080c2: ["IEEE 802.1", IEEE_8021],
  0x00120f: ["IEEE 802.3", IEEE_8023],
  0x0012bb: ["LLDP-MED", MED],
  0x00005e: ["IANA", {
    1: ["Manufacturer usage description", [["Address", "text"]], "RFC 8520 12"],
  }],
  0x000142: ["Cisco", {}],
  0x001b21: ["Intel (DCBX)", {}],
  0x000ecf: ["PROFINET", {}],
};

/** The value of a TLV of an organization: whose it is, which of theirs, and what it says. */
export function organizationTlv(tree: Tree, group: Field): string {
  const ref = "IEEE 802.1AB 8.6";
  const organization = tree.u24("Organization", ref, (value) => ORGANIZATIONS[value]?.[0] ?? "unknown");
  const subtype = tree.reader.peek() ?? 0;
  const [owner, table] = ORGANIZATIONS[organization] ?? [`organization ${organization}`, {}];
  const [name, shape, where] = table[subtype] ?? [`subtype ${subtype}`, undefined, MED_REF];
  tree.u8("Subtype", ref, () => table[subtype] === undefined ? "unknown" : name);
  const said = readShape(tree, group, shape, table[subtype] === undefined ? ref : where);
  return `${owner} ${name}${said === undefined || said === "" ? "" : `: ${said}`}`;
}

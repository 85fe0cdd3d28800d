// Parts of LLDP that organisations define: IEEE 802.1 and 802.3, IANA; of others in files of their own. Pure.
// The form is tcpdump's. To add an organisation: a case in `printOrganization`.
import { bitNames, hex, type Line } from "../core/line.ts";
import { printDcbx } from "./lldp_dcbx.ts";
import { printMedia } from "./lldp_media.ts";
import { bits, names } from "../core/table.ts";

/** A part of `size` octets, from its OUI on; `false` when its octets want to be seen. */
export function printOrganization(l: Line, oui: number, at: number, size: number): boolean {
  if (size < 4) return true;
  switch (oui) {
    case 0x0080c2:
      return bridged(l, at, size);
    case 0x00120f:
      return ethernet(l, at, size);
    case 0x00005e: {
      if (size < 8) return true;
      const kind = l.u8(at + 3);
      l.text(`\n\t  ${kind === 1 ? "MUD-URL" : "unknown"} Subtype (${kind})`);
      if (kind !== 1) return false;
      l.text("\n\t  MUD-URL=");
      l.octets(at + 4, size - 4);
      return true;
    }
    case 0x0012bb:
      return printMedia(l, at, size);
    case 0x001b21:
      return printDcbx(l, at, size);
  }
  return false;
}

const BRIDGED = names(
  "1 Port VLAN Id|Port and Protocol VLAN ID|VLAN name|Protocol Identity|7 Link aggregation|Congestion Notification|" +
    "ETS Configuration|ETS Recommendation|Priority Flow Control Configuration|Application Priority|EVB|CDCP",
);
const STATES = bits("0x1 supported|0x2 enabled");
const PROTOCOL_VLAN = bits("0x2 supported|0x4 enabled");
const EVB_MODES = ["Not Supported", "EVB Bridge", "EVB Station", "Reserved for future Standardization"];

/** IEEE 802.1Q annex D. */
function bridged(l: Line, at: number, size: number): boolean {
  const kind = l.u8(at + 3), part = BRIDGED_PARTS[kind];
  l.text(`\n\t  ${BRIDGED[kind] ?? "unknown"} Subtype (${kind})`);
  if (part !== undefined && size >= part.least) part.print(l, at, size);
  return part !== undefined;
}

/** What a part of at least so many octets says. */
interface BridgedPart {
  readonly least: number;
  print(l: Line, at: number, size: number): void;
}

const BRIDGED_PARTS: Readonly<Record<number, BridgedPart>> = {
  1: { least: 6, print: (l, at) => l.text(`\n\t    port vlan id (PVID): ${l.u16(at + 4)}`) },
  2: {
    least: 7,
    print(l, at) {
      const flags = l.u8(at + 4);
      l.text(`\n\t    port and protocol vlan id (PPVID): ${l.u16(at + 5)}, `);
      l.text(`flags [${bitNames(PROTOCOL_VLAN, flags, "none")}] (0x${hex(flags, 2)})`);
    },
  },
  3: {
    least: 6,
    print(l, at, size) {
      l.text(`\n\t    vlan id (VID): ${l.u16(at + 4)}`);
      if (size < 7 || size < 7 + l.u8(at + 6)) return;
      l.text("\n\t    vlan name: ");
      l.string(at + 7, l.u8(at + 6));
    },
  },
  4: {
    least: 5,
    print(l, at, size) {
      if (size < 5 + l.u8(at + 4)) return;
      l.text("\n\t    protocol identity: ");
      l.string(at + 5, l.u8(at + 4));
    },
  },
  7: { least: 9, print: aggregation },
  8: {
    least: 6,
    print(l, at) {
      l.text("\n\t    Pre-Priority CNPV Indicator");
      priorityBits(l, l.u8(at + 4));
      l.text("\n\t    Pre-Priority Ready Indicator");
      priorityBits(l, l.u8(at + 5));
    },
  },
  9: {
    least: 25,
    print(l, at) {
      const flags = l.u8(at + 4);
      l.text(`\n\t    Willing:${flags >> 7}, CBS:${(flags >> 6) & 2}, RES:${(flags >> 3) & 7}, Max TCs:${flags & 7}`);
      selection(l, at);
    },
  },
  10: {
    least: 25,
    print(l, at) {
      l.text(`\n\t    RES: ${l.u8(at + 4)}`);
      selection(l, at);
    },
  },
  11: {
    least: 6,
    print(l, at) {
      const flags = l.u8(at + 4);
      l.text(`\n\t    Willing: ${flags >> 7}, MBC: ${(flags >> 6) & 1}, `);
      l.text(`RES: ${(flags >> 4) & 3}, PFC cap:${flags & 15} \n\t    PFC Enable`);
      priorityBits(l, l.u8(at + 5));
    },
  },
  12: { least: 5, print: applications },
  13: { least: 9, print: virtualBridging },
  14: {
    least: 8,
    print(l, at, size) {
      const flags = l.u8(at + 4);
      l.text(`\n\t    Role: ${flags >> 7}, RES: ${(flags >> 4) & 7}, Scomp: ${(flags >> 3) & 1} `);
      l.text(`ChnCap: ${l.u16(at + 6) & 0xfff}`);
      if ((size - 8) % 3 !== 0) return;
      for (let i = 8; i < size; i += 3) {
        l.text(`\n\t    SCID: ${l.u24(at + i) >> 12}, SVID: ${l.u24(at + i) & 0xfff}`);
      }
    },
  },
};

function applications(l: Line, at: number, size: number): void {
  l.text(`\n\t    RES: ${l.u8(at + 4)}`);
  if (size === 5 || (size - 5) % 3 !== 0) return;
  l.text("\n\t    Application Priority Table");
  for (let i = 5; i < size; i += 3) {
    const first = l.u8(at + i);
    l.text(`\n\t      Priority: ${first >> 5}, RES: ${(first >> 3) & 3}, Sel: ${first & 7}, `);
    l.text(`Protocol ID: ${l.u16(at + i + 1)}`);
  }
}

/** Enhanced transmission selection. */
function selection(l: Line, at: number): void {
  const eight = (from: number) => [0, 1, 2, 3, 4, 5, 6, 7].map((i) => l.u8(from + i));
  const nibbles = [5, 6, 7, 8].flatMap((i) => [l.u8(at + i) >> 4, l.u8(at + i) & 15]);
  table(l, "Priority Assignment Table", "Priority ", nibbles);
  table(l, "TC Bandwidth Table", "TC%   ", eight(at + 9));
  table(l, "TSA Assignment Table", "Traffic Class", eight(at + 17));
}

/** A number for each of eight priorities or classes, under a heading. */
function table(l: Line, title: string, head: string, values: readonly number[]): void {
  l.text(`\n\t    ${title}\n\t     ${head}: 0   1   2   3   4   5   6   7`);
  l.text(`\n\t     ${"Value".padEnd(head.length)}: ${values.map((value) => String(value).padEnd(3)).join(" ")}`);
}

/** A bit for each of eight priorities, the lowest first. */
function priorityBits(l: Line, value: number): void {
  l.text("\n\t     Priority : 0  1  2  3  4  5  6  7\n\t     Value    : ");
  for (let i = 0; i < 8; i++) l.text(`${(value >> i) & 1}  `);
}

/** Edge virtual bridging. IEEE 802.1Qbg. */
function virtualBridging(l: Line, at: number): void {
  const bridge = l.u8(at + 4), station = l.u8(at + 5), retry = l.u8(at + 6), mode = l.u8(at + 7), keep = l.u8(at + 8);
  l.text("\n\t    EVB Bridge Status");
  l.text(
    `\n\t      RES: ${bridge >> 3}, BGID: ${(bridge >> 2) & 1}, RRCAP: ${(bridge >> 1) & 1}, RRCTR: ${bridge & 1}`,
  );
  l.text("\n\t    EVB Station Status");
  l.text(`\n\t      RES: ${station >> 4}, SGID: ${(station >> 3) & 1}, RRREQ: ${(station >> 2) & 1},`);
  l.text(`RRSTAT: ${station & 3}`);
  l.text(`\n\t    R: ${retry >> 5}, RTE: ${retry & 31}, EVB Mode: ${EVB_MODES[mode >> 6]} [${mode >> 6}]`);
  l.text(`\n\t    ROL: ${(mode >> 5) & 1}, RWD: ${mode & 31}, `);
  l.text(`RES: ${keep >> 6}, ROL: ${(keep >> 5) & 1}, RKA: ${keep & 31}`);
}

function aggregation(l: Line, at: number): void {
  l.text(`\n\t    aggregation status [${bitNames(STATES, l.u8(at + 4), "none")}], `);
  l.text(`aggregation port ID ${l.u32(at + 5)}`);
}

const ETHERNET = names("1 MAC/PHY configuration/status|Power via MDI|Link aggregation|Max frame size");
const PMD = bits(
  "0x4000 10BASE-T hdx|0x2000 10BASE-T fdx|0x1000 100BASE-T4|0x800 100BASE-TX hdx|0x400 100BASE-TX fdx|" +
    "0x200 100BASE-T2 hdx|0x100 100BASE-T2 fdx|0x80 Pause for fdx links|0x40 Asym PAUSE for fdx|" +
    "0x20 Sym PAUSE for fdx|0x10 Asym and Sym PAUSE for fdx|0x8 1000BASE-{X LX SX CX} hdx|" +
    "0x4 1000BASE-{X LX SX CX} fdx|0x2 1000BASE-T hdx|0x1 1000BASE-T fdx",
);
const MAU = names(
  "0 Unknown|AUI|10BASE_5|FOIRL|10BASE2|10BASET duplex mode unknown|10BASEFP|10BASEFB|10BASEFL duplex mode unknown|" +
    "10BROAD36|10BASET hdx|10BASET fdx|10BASEFL hdx|10BASEFL fdx|100BASET4|100BASETX hdx|100BASETX fdx|" +
    "100BASEFX hdx|100BASEFX fdx|100BASET2 hdx|100BASET2 fdx|1000BASEX hdx|1000BASEX fdx|1000BASELX hdx|" +
    "1000BASELX fdx|1000BASESX hdx|1000BASESX fdx|1000BASECX hdx|1000BASECX fdx|1000BASET hdx|1000BASET fdx|" +
    "10GBASEX|10GBASELX4|10GBASER|10GBASEER|10GBASELR|10GBASESR|10GBASEW|10GBASEEW|10GBASELW|10GBASESW",
);
const POWER = bits("0x1 PSE|0x2 supported|0x4 enabled|0x8 can be controlled");
const PAIRS = names("1 signal|spare");
const CLASSES = names("1 class0|class1|class2|class3|class4");

/** IEEE 802.3 clause 79. */
function ethernet(l: Line, at: number, size: number): boolean {
  const kind = l.u8(at + 3);
  l.text(`\n\t  ${ETHERNET[kind] ?? "unknown"} Subtype (${kind})`);
  switch (kind) {
    case 1: {
      if (size < 9) return true;
      const state = l.u8(at + 4), pmd = l.u16(at + 5), mau = l.u16(at + 7);
      l.text(`\n\t    autonegotiation [${bitNames(STATES, state, "none")}] (0x${hex(state, 2)})`);
      l.text(`\n\t    PMD autoneg capability [${bitNames(PMD, pmd, "unknown")}] (0x${hex(pmd, 4)})`);
      l.text(`\n\t    MAU type ${MAU[mau] ?? "unknown"} (0x${hex(mau, 4)})`);
      return true;
    }
    case 2:
      if (size < 7) return true;
      l.text(`\n\t    MDI power support [${bitNames(POWER, l.u8(at + 4), "none")}], `);
      l.text(`power pair ${PAIRS[l.u8(at + 5)] ?? "unknown"}, power class ${CLASSES[l.u8(at + 6)] ?? "unknown"}`);
      return true;
    case 3:
      if (size >= 9) aggregation(l, at);
      return true;
    case 4:
      if (size >= 6) l.text(`\n\t    MTU size ${l.u16(at + 4)}`);
      return true;
  }
  return false;
}

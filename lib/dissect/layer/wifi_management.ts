// Bodies of management frames of IEEE 802.11: what is at fixed places, then tags (IEEE Std 802.11 9.3.3, 9.4). Pure.
// To add a tag: its line in TAGS, with a reader where its value has parts. Numbers are little-endian.
import { names } from "../coding/names.ts";
import type { PacketState } from "../protocol.ts";
import { rsnElement, suite } from "../link/rsn.ts";
import { clip, counted } from "../coding/words.ts";
import type { Tree } from "../tree.ts";

const REF = "IEEE 802.11 9.3.3";
const CAPABILITIES = [
  "ESS",
  "IBSS",
  "",
  "",
  "Privacy",
  "Short preamble",
  "Critical update",
  "Nontransmitted BSSIDs updated",
  "Spectrum management",
  "QoS",
  "Short slot time",
  "APSD",
  "Radio measurement",
  "EPD",
  "",
  "",
];
const ALGORITHMS: Readonly<Record<number, string>> = {
  0: "open system",
  1: "shared key",
  2: "fast transition",
  3: "SAE",
  4: "FILS with a shared key",
  5: "FILS with a shared key and forward secrecy",
  6: "FILS with a public key",
  128: "LEAP",
};
const STATUS = names(`
  0 success; 1 failure; 10 capabilities not supported; 11 no association to take over; 12 denied;
  13 algorithm not supported; 14 out of sequence; 15 challenge failed; 16 timeout; 17 too many stations;
  18 rates not supported; 30 refused for now: try again later; 31 robust management policy violated; 37 declined;
  40 invalid element; 41 invalid group cipher; 42 invalid pairwise cipher; 43 invalid authentication suite;
  45 invalid RSN capabilities; 46 refused by policy for ciphers; 53 invalid PMKID; 72 unknown password identifier;
  76 anti-clogging token wanted; 77 group not supported; 126 hash to element; 127 SAE with a public key
`);
const REASONS = names(`
  1 unspecified; 2 the authentication is no longer valid; 3 the sender leaves the network; 4 inactivity;
  5 too many stations; 6 not authenticated yet; 7 not associated yet; 8 the sender leaves the access point;
  9 association before authentication; 13 invalid element; 14 MIC failure; 15 the 4-way handshake took too long;
  16 the group key handshake took too long; 17 the 4-way handshake disagrees with the beacon; 18 invalid group cipher;
  19 invalid pairwise cipher; 20 invalid authentication suite; 22 invalid RSN capabilities;
  23 802.1X authentication failed; 24 refused by policy for ciphers
`);

/** What stands before the tags, by subtype. */
const FIXED: Readonly<Record<number, readonly ((tree: Tree) => unknown)[]>> = (() => {
  const word = (name: string, section: string, meaning?: (value: number) => string | undefined) => (tree: Tree) =>
    tree.u16Le(name, `IEEE 802.11 ${section}`, meaning);
  const capabilities = (tree: Tree) => tree.flagsLe("Capabilities", 2, CAPABILITIES, "IEEE 802.11 9.4.1.4");
  const interval = word("Beacon interval", "9.4.1.3", (units) => `${Math.round(units * 1.024)} ms`);
  const timestamp = (tree: Tree) =>
    tree.u64Le("Timestamp", "IEEE 802.11 9.4.1.10", (us) => `${us / 1_000_000n} s since the network began`);
  const listen = word("Listen interval", "9.4.1.6", (beacons) => `${beacons} ${beacons === 1 ? "beacon" : "beacons"}`);
  const status = word("Status", "9.4.1.9", (code) => STATUS[code]);
  const association = word("Association", "9.4.1.8", (id) => `station ${id & 0x3fff}`);
  const reason = word("Reason", "9.4.1.7", (code) => REASONS[code]);
  const point = (tree: Tree) => tree.mac("Access point", "IEEE 802.11 9.4.1.5");
  return {
    0: [capabilities, listen],
    1: [capabilities, status, association],
    2: [capabilities, listen, point],
    3: [capabilities, status, association],
    4: [],
    5: [timestamp, interval, capabilities],
    8: [timestamp, interval, capabilities],
    10: [reason],
    11: [
      word("Algorithm", "9.4.1.1", (code) => ALGORITHMS[code]),
      word("Sequence", "9.4.1.2"),
      status,
    ],
    12: [reason],
  };
})();

/** Groups of SAE: octets of the scalar and of the element (IANA "Internet Key Exchange Attributes", group descriptions). */
const GROUPS: Readonly<Record<number, readonly [name: string, scalar: number, element: number]>> = {
  15: ["MODP of 3072 bits", 384, 384],
  16: ["MODP of 4096 bits", 512, 512],
  19: ["P-256", 32, 64],
  20: ["P-384", 48, 96],
  21: ["P-521", 66, 132],
  28: ["brainpoolP256r1", 32, 64],
  29: ["brainpoolP384r1", 48, 96],
  30: ["brainpoolP512r1", 64, 128],
};

/** SAE after the fixed fields of an authentication frame: the commit or the confirm (IEEE 802.11 12.4.7). */
function sae(tree: Tree, sequence: number, status: number): string {
  const ref = "IEEE 802.11 12.4.7";
  if (sequence === 1) {
    if (tree.remaining < 2) return "commit";
    const group = tree.u16Le("Group", ref, (id) => GROUPS[id]?.[0]);
    const [, scalar, element] = GROUPS[group] ?? [];
    if (status === 76 || scalar === undefined || element === undefined) {
      tree.rest("Anti-clogging token", ref);
      return status === 76 ? "commit refused: send it with this token" : "commit";
    }
    // A token, which this side was asked for, is what is too much; tags behind hash to element begin with 255 or 33.
    const surplus = tree.remaining - scalar - element;
    const next = tree.reader.peek(scalar + element);
    if (surplus > 0 && status !== 126 && next !== 33 && next !== 255) tree.bytes("Anti-clogging token", surplus, ref);
    if (tree.remaining >= scalar + element) {
      tree.bytes("Scalar", scalar, ref);
      tree.bytes("Element", element, ref);
    }
    return `commit, ${GROUPS[group]![0]}`;
  }
  if (tree.remaining < 2) return "confirm";
  tree.u16Le("Send-confirm", ref, (count) => `confirm ${count}`);
  const octets = [32, 48, 64].find((size) => size === tree.remaining) ?? Math.min(32, tree.remaining);
  if (octets > 0) tree.bytes("Confirm", octets, ref);
  return "confirm";
}

type Reader = (tree: Tree, ref: string) => string | undefined;

const rate: Reader = (tree, ref) => {
  const words: string[] = [];
  while (tree.remaining > 0) {
    const octet = tree.u8(
      "Rate",
      ref,
      (octet) =>
        (octet & 127) > 120
          ? { 127: "HT wanted", 126: "VHT wanted", 123: "hash to element wanted", 122: "HE wanted" }[octet & 127]
          : `${(octet & 127) / 2} Mbit/s${octet >= 128 ? ", basic" : ""}`,
    );
    words.push(`${(octet & 127) / 2}`);
  }
  return `${words.join(", ")} Mbit/s`;
};

const channel: Reader = (tree, ref) => `${tree.u8("Channel", ref)}`;

const vendor: Reader = (tree, ref) => {
  const VENDORS: Readonly<Record<number, string>> = {
    0x0050f2: "Microsoft",
    0x506f9a: "Wi-Fi Alliance",
    0x000fac: "IEEE 802.11",
    0x0017f2: "Apple",
    0x001018: "Broadcom",
    0x00904c: "Epigram",
  };
  const KINDS: Readonly<Record<number, string>> = {
    0x0050f201: "WPA",
    0x0050f202: "WMM",
    0x0050f204: "WPS",
    0x506f9a09: "Wi-Fi Direct",
    0x506f9a10: "Hotspot 2.0",
    0x506f9a12: "OSEN",
    0x506f9a16: "multiband",
    0x506f9a1c: "OWE transition",
  };
  const organization = tree.u24("Organization", ref, (id) => VENDORS[id]);
  const who = VENDORS[organization] ?? organization.toString(16).padStart(6, "0");
  if (tree.remaining === 0) return who;
  const type = tree.u8("Type", ref, (id) => KINDS[organization * 256 + id]);
  const kind = KINDS[organization * 256 + type];
  if (kind === "WPA" && tree.remaining >= 6) {
    const CIPHERS: Readonly<Record<number, string>> = { 1: "WEP-40", 2: "TKIP", 4: "CCMP (AES)", 5: "WEP-104" };
    const KEYS: Readonly<Record<number, string>> = { 1: "802.1X", 2: "password (PSK)" };
    tree.u16Le("Version", ref);
    suite(tree, "Group cipher suite", CIPHERS, 0x0050f2);
    for (const [name, kinds] of [["Pairwise cipher", CIPHERS], ["Authentication", KEYS]] as const) {
      if (tree.remaining < 2) break;
      const count = tree.u16Le(`${name} suites`, ref);
      for (let i = 0; i < count && tree.remaining >= 4; i++) suite(tree, `${name} suite`, kinds, 0x0050f2);
    }
  }
  return kind ?? `${who}, type ${type}`;
};

/** Tags: name, section of IEEE Std 802.11 9.4.2, and what reads the value; what that leaves is "Data". */
const TAGS: Readonly<Record<number, readonly [name: string, section?: number, read?: Reader]>> = {
  0: ["network name", 2, (tree, ref) => clip(tree.text("Network name", tree.remaining, ref))],
  1: ["rates", 3, rate],
  3: ["channel", 4, channel],
  5: ["traffic map", 5, (tree, ref) => {
    const count = tree.u8(
      "DTIM count",
      ref,
      (left) => `${left} ${left === 1 ? "beacon" : "beacons"} until group traffic`,
    );
    const period = tree.u8("DTIM period", ref);
    tree.flags("Bitmap control", 1, [["Offset", 0, 7], ["Group traffic waits", 7, 1]], ref);
    tree.rest("Partial virtual bitmap", ref);
    return `DTIM ${count} of ${period}`;
  }],
  7: ["country", 8, (tree, ref) => {
    const country = tree.text("Country", 3, ref);
    while (tree.remaining >= 3) {
      tree.group("Channels", (group) => {
        const first = tree.u8("First channel", ref), count = tree.u8("Number of channels", ref);
        const power = tree.u8("Maximum transmit power", ref, (dbm) => `${dbm} dBm`);
        group.meaning = `from ${first}, ${count} of them, ${power} dBm`;
      }, { ref });
    }
    return clip(country.trim());
  }],
  11: ["load", 27, (tree, ref) => {
    const stations = tree.u16Le("Stations", ref);
    const busy = tree.u8("Channel utilization", ref, (of255) => `busy ${Math.round(of255 / 2.55)} % of the time`);
    tree.u16Le("Available admission capacity", ref);
    return `${counted(stations, "station")}, busy ${Math.round(busy / 2.55)} %`;
  }],
  32: ["power constraint", 13],
  33: ["power capability", 14],
  36: ["supported channels", 17],
  35: ["transmit power report", 16],
  37: ["channel switch", 18],
  42: ["ERP", 11, (tree, ref) => {
    tree.flags("ERP", 1, [
      ["Reserved", 0, 5],
      ["Barker preamble", 5, 1],
      ["Use protection", 6, 1],
      ["Stations without ERP", 7, 1],
    ], ref);
    return undefined;
  }],
  45: ["HT capabilities", 55],
  48: ["RSN", 24, rsnElement],
  50: ["more rates", 12, rate],
  54: ["mobility domain", 46],
  55: ["fast transition", 47],
  59: ["operating classes", 53],
  61: ["HT operation", 56, (tree, ref) => `channel ${tree.u8("Primary channel", ref)}`],
  70: ["radio measurement", 44],
  74: ["overlapping scans", 58],
  107: ["interworking", 91],
  113: ["mesh configuration", 96],
  114: ["mesh name", 97],
  127: ["extended capabilities", 26],
  191: ["VHT capabilities", 157],
  192: ["VHT operation", 158],
  195: ["transmit power envelope", 161],
  201: ["neighbours", 170],
  221: ["vendor", 25, vendor],
  244: ["RSN extension", 241],
  255: ["extension"],
};
/** Numbers behind tag 255 (IEEE 802.11 9.4.2.1). */
const EXTENSIONS: Readonly<Record<number, string>> = {
  33: "password identifier",
  35: "HE capabilities",
  36: "HE operation",
  38: "uplink OFDMA parameters",
  39: "spatial reuse",
  59: "6 GHz capabilities",
  92: "rejected groups",
  93: "anti-clogging token",
  106: "EHT operation",
  107: "multi-link",
  108: "EHT capabilities",
};

/** The body of a management frame in the rest of `tree`; what a heading needs goes to `packet.summary`. */
export function management(tree: Tree, subtype: number, packet: PacketState): void {
  const fixed = FIXED[subtype];
  if (fixed === undefined) {
    tree.rest("Body", REF);
    return;
  }
  const values = fixed.map((read) => read(tree));
  const [algorithm, sequence, status] = values;
  if (subtype === 11) {
    packet.summary += `, ${ALGORITHMS[Number(algorithm)] ?? "algorithm"} ${sequence}`;
    if (Number(algorithm) === 3) packet.summary += ` ${sae(tree, Number(sequence), Number(status))}`;
  } else if (subtype === 10 || subtype === 12) packet.summary += `: ${REASONS[Number(algorithm)] ?? algorithm}`;
  while (tree.remaining >= 2) {
    tree.group("Tag", (group) => {
      const number = tree.u8("Tag number", "IEEE 802.11 9.4.2", (id) => TAGS[id]?.[0]);
      const length = tree.u8("Tag length", "IEEE 802.11 9.4.2");
      const [name, section, read] = TAGS[number] ?? [`tag ${number}`];
      const ref = section === undefined ? "IEEE 802.11 9.4.2" : `IEEE 802.11 9.4.2.${section}`;
      group.meaning = name;
      group.ref = ref;
      const said = tree.within(name, length, (part) => {
        const extended = number === 255 && part.remaining > 0
          ? part.u8("Extension number", ref, EXTENSIONS)
          : undefined;
        const words = extended === undefined ? read?.(part, ref) : EXTENSIONS[extended];
        part.rest("Data", ref);
        return words;
      });
      if (said !== undefined && said !== "") group.meaning += `: ${said}`;
      if (number === 0 && said !== undefined && said !== "") packet.summary += ` "${said}"`;
    }, { ref: REF });
  }
}

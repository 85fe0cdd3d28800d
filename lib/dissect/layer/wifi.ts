// IEEE 802.11 frames (IEEE Std 802.11 9) with the radiotap header (radiotap.org) before them. Pure.
// What is encrypted stays closed. All numbers are little-endian.
import { names } from "../coding/names.ts";
import { macMeaning } from "./ethernet.ts";
import type { Layer, Next } from "../protocol.ts";
import { management } from "./wifi_management.ts";
import { counted, octetCount } from "../coding/words.ts";

const RADIOTAP_REF = "radiotap.org";
const REF = "IEEE 802.11 9.2.4";
/** Radiotap fields from bit 0 on: name, octets, alignment. */
const RADIOTAP_FIELDS: readonly (readonly [name: string, octets: number, align: number])[] = [
  ["Timestamp", 8, 8],
  ["Flags", 1, 1],
  ["Rate", 1, 1],
  ["Channel", 4, 2],
  ["Hopping", 2, 2],
  ["Signal", 1, 1],
  ["Noise", 1, 1],
  ["Lock quality", 2, 2],
  ["Transmit attenuation", 2, 2],
  ["Transmit attenuation in dB", 2, 2],
  ["Transmit power", 1, 1],
  ["Antenna", 1, 1],
  ["Signal in dB", 1, 1],
  ["Noise in dB", 1, 1],
  ["Receive flags", 2, 2],
  ["Transmit flags", 2, 2],
];
const FRAME_FLAGS = [
  "Contention-free",
  "Short preamble",
  "WEP",
  "Fragmented",
  "Checksum at the end",
  "Padding after the header",
  "Bad checksum",
  "Short guard interval",
];
const CHANNEL_FLAGS = ["", "", "", "", "Turbo", "CCK", "OFDM", "2 GHz", "5 GHz", "Passive scan", "Dynamic", "GFSK"];
const SUBTYPES: readonly Readonly<Record<number, string>>[] = [
  names(`
    0 association request; 1 association response; 2 reassociation request; 3 reassociation response; 4 probe request;
    5 probe response; 8 beacon; 9 announcement; 10 disassociation; 11 authentication; 12 deauthentication; 13 action;
    14 action without acknowledgement
  `),
  {
    7: "control wrapper",
    8: "block acknowledgement request",
    9: "block acknowledgement",
    10: "power save poll",
    11: "request to send",
    12: "clear to send",
    13: "acknowledgement",
    14: "contention-free end",
  },
  { 0: "data", 4: "null", 8: "QoS data", 12: "QoS null" },
  {},
];
/** The radiotap header: which fields are there, then the fields, each aligned from the start of the header. */
export const RADIOTAP: Layer = {
  name: "radiotap",
  title: "Radiotap",
  ref: RADIOTAP_REF,
  dissect(tree, packet): Next {
    const start = tree.offset;
    tree.u8("Version", RADIOTAP_REF);
    tree.u8("Pad", RADIOTAP_REF);
    const length = tree.u16Le("Length", RADIOTAP_REF, octetCount);
    const present = tree.u32Le("Fields present", RADIOTAP_REF);
    for (let word = present; word >= 0x80000000;) word = tree.u32Le("More fields present", RADIOTAP_REF);
    let checksum = false;
    tree.within("Radiotap fields", Math.max(0, start + length - tree.offset), (part) => {
      RADIOTAP_FIELDS.forEach(([name, octets, align], bit) => {
        if ((present >>> bit & 1) === 0) return;
        const pad = (align - (part.offset - start) % align) % align;
        if (pad > 0) part.bytes("Alignment", pad, RADIOTAP_REF);
        if (name === "Channel") {
          part.u16Le("Channel frequency", RADIOTAP_REF, (mhz) => `${mhz} MHz`);
          part.flagsLe("Channel flags", 2, CHANNEL_FLAGS, RADIOTAP_REF);
        } else if (name === "Flags") {
          checksum = (part.flagsLe(name, 1, FRAME_FLAGS, RADIOTAP_REF) & 16) !== 0;
        } else if (name === "Timestamp") part.u64Le(name, RADIOTAP_REF, (us) => `${us} microseconds`);
        else if (name === "Antenna") part.u8(name, RADIOTAP_REF);
        else if (name === "Rate") part.u8(name, RADIOTAP_REF, (halves) => `${halves / 2} Mbit/s`);
        else if (name === "Signal" || name === "Noise") {
          part.field(name, (r) => r.u8() << 24 >> 24, (dbm) => `${dbm} dBm`);
        } else part.bytes(name, octets, RADIOTAP_REF);
      });
      part.rest("Other fields", RADIOTAP_REF);
    });
    packet.summary = counted(length, "octet");
    const left = tree.remaining;
    return { layer: "802.11", length: checksum ? Math.max(0, left - 4) : left, trailer: "Frame checksum" };
  },
};

export const WIFI: Layer = {
  name: "802.11",
  title: "IEEE 802.11",
  ref: "IEEE 802.11",
  dissect(tree, packet): Next | undefined {
    const first = tree.flags("Type", 1, [
      ["Subtype", 0, 4],
      ["Type", 4, 2, ["management", "control", "data", "extension"]],
      ["Version", 6, 2],
    ], REF);
    const type = (first >> 2) & 3, subtype = first >> 4;
    const name = SUBTYPES[type]![subtype] ?? `${["management", "control", "data", "extension"][type]} ${subtype}`;
    tree.last.meaning = name;
    tree.reader.need(1);
    const flags = tree.flags("Flags", 1, [
      ["Order", 0, 1],
      ["Protected", 1, 1, (v) => v === 1 ? "encrypted" : "not set"],
      ["More data", 2, 1],
      ["Power management", 3, 1],
      ["Retry", 4, 1],
      ["More fragments", 5, 1],
      ["From the distribution system", 6, 1],
      ["To the distribution system", 7, 1],
    ], REF);
    tree.u16Le("Duration", REF);
    packet.summary = name;
    const receiver = tree.mac("Receiver", REF, macMeaning);
    packet.summary += ` to ${receiver}`;
    // Clear-to-send and acknowledgement have no sender.
    if (type === 1 && (subtype === 12 || subtype === 13)) return undefined;
    if (tree.remaining < 6) return undefined;
    packet.summary += ` from ${tree.mac("Transmitter", REF, macMeaning)}`;
    if (type === 1) {
      tree.rest("Body", REF);
      return undefined;
    }
    tree.mac("Third address", REF, macMeaning);
    tree.field(
      "Sequence control",
      (r) => r.u16Le(),
      (word) => ({ meaning: `sequence ${word >> 4}, fragment ${word & 15}`, ref: REF }),
    );
    if (type === 0) {
      if ((flags & 0x40) === 0) management(tree, subtype, packet);
      else tree.rest("Encrypted body", REF);
      return undefined;
    }
    if ((flags & 3) === 3) tree.mac("Fourth address", REF, macMeaning);
    if ((subtype & 8) !== 0) {
      tree.flags("QoS control", 2, [
        ["A-MSDU", 0, 1],
        ["Acknowledgement", 1, 2, ["normal", "none", "no explicit", "block"]],
        ["Service period ends", 3, 1],
        ["Priority", 4, 4],
        ["Transmission", 8, 8],
      ], "IEEE 802.11 9.2.4.5");
    }
    if ((subtype & 8) !== 0 && (flags & 0x80) !== 0) tree.u32Le("HT control", REF);
    if ((subtype & 4) !== 0 || tree.remaining === 0) return undefined;
    if ((flags & 0x40) === 0) return { layer: "llc", length: tree.remaining };
    tree.rest("Encrypted body", REF);
    return undefined;
  },
};

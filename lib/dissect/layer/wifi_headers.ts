// What other programs than radiotap put before frames of IEEE 802.11: Prism, AVS, PPI. Pure.
import type { Layer, Next } from "../protocol.ts";
import { counted, octetCount } from "../coding/words.ts";

const PRISM_ITEMS: Readonly<Record<number, string>> = {
  1: "Host time",
  2: "MAC time",
  3: "Channel",
  4: "RSSI",
  5: "Signal quality",
  6: "Signal",
  7: "Noise",
  8: "Rate",
  9: "Transmitted",
  10: "Frame length",
};

/** In the byte order of the machine that captured; one with AVS's mark is that. */
export const PRISM: Layer = {
  name: "prism",
  title: "Prism",
  ref: "LINKTYPE_IEEE802_11_PRISM",
  dissect(tree, packet): Next {
    const ref = "LINKTYPE_IEEE802_11_PRISM";
    if (tree.reader.peek() === 0x80 && tree.reader.peek(1) === 0x21) return AVS.dissect(tree, packet)!;
    const start = tree.offset;
    const little = tree.reader.peek(3) === 0;
    const word = (name: string, meaning?: (value: number) => string | undefined) =>
      little ? tree.u32Le(name, ref, meaning) : tree.u32(name, ref, meaning);
    word("Message");
    const length = word("Length", octetCount);
    tree.text("Device", Math.min(16, tree.remaining), ref, (text) => text.replace(/\0.*$/s, ""));
    while (start + length - tree.offset >= 12 && tree.remaining >= 12) {
      tree.group("Item", (group) => {
        const item = (value: number) => (value >= 0x10000 ? value >>> 16 : value >>> 12) & 15;
        const id = item(word("Identifier", (value) => PRISM_ITEMS[item(value)]));
        const status = little ? tree.u16Le("Status", ref) : tree.u16("Status", ref);
        if (little) tree.u16Le("Length", ref);
        else tree.u16("Length", ref);
        // Strengths may be negative, in two's complement.
        const strength = id === 4 || id === 6 || id === 7;
        const raw = word(
          "Value",
          (units) => id === 8 ? `${units / 2} Mbit/s` : strength && (units | 0) < 0 ? `${units | 0} dBm` : undefined,
        );
        const value = strength ? raw | 0 : raw;
        group.meaning = id === 0
          ? "not used"
          : `${PRISM_ITEMS[id] ?? `item ${id}`}: ${status === 0 ? value : "not measured"}`;
      }, { ref });
    }
    packet.summary = counted(length, "octet");
    return { layer: "802.11", length: tree.remaining };
  },
};

export const AVS: Layer = {
  name: "avs",
  title: "AVS",
  ref: "LINKTYPE_IEEE802_11_AVS",
  dissect(tree, packet): Next {
    const ref = "LINKTYPE_IEEE802_11_AVS", start = tree.offset;
    tree.u32("Magic and version", ref);
    const length = tree.u32("Length", ref, octetCount);
    tree.u64("MAC time", ref);
    tree.u64("Host time", ref);
    tree.u32("Physical layer", ref, {
      1: "802.11 FHSS",
      2: "802.11 DSSS",
      3: "802.11 infrared",
      4: "802.11b",
      5: "PBCC",
      6: "802.11g",
      7: "PBCC",
      8: "802.11a",
    });
    tree.u32("Channel", ref);
    tree.u32("Rate", ref, (units) => `${units / 10} Mbit/s`);
    tree.u32("Antenna", ref);
    tree.u32("Priority", ref);
    tree.u32("Kind of signal", ref, { 0: "none", 1: "normalized RSSI", 2: "dBm", 3: "raw RSSI" });
    const dbm = (word: number) => `${word | 0}`;
    tree.u32("Signal", ref, dbm);
    tree.u32("Noise", ref, dbm);
    tree.u32("Preamble", ref, { 0: "unknown", 1: "short", 2: "long" });
    tree.u32("Encoding", ref, { 0: "unknown", 1: "CCK", 2: "PBCC", 3: "OFDM" });
    const more = start + length - tree.offset;
    if (more > 0) tree.bytes("Other fields", more, ref);
    packet.summary = counted(length, "octet");
    return { layer: "802.11", length: tree.remaining };
  },
};

/** Fields of any kind before a frame of any link type. */
export const PPI: Layer = {
  name: "ppi",
  title: "PPI",
  ref: "LINKTYPE_PPI",
  dissect(tree, packet): Next {
    const ref = "LINKTYPE_PPI", start = tree.offset;
    const links: Readonly<Record<number, string>> = { 1: "ethernet", 105: "802.11", 127: "radiotap", 101: "raw" };
    tree.u8("Version", ref);
    tree.u8("Flags", ref);
    const length = tree.u16Le("Length", ref, octetCount);
    const link = tree.u32Le("Link type", ref, links);
    while (start + length - tree.offset >= 4 && tree.remaining >= 4) {
      tree.group("Field", (group) => {
        const kinds: Readonly<Record<number, string>> = {
          2: "802.11 common",
          3: "802.11n MAC",
          4: "802.11n MAC and PHY",
        };
        const type = tree.u16Le("Type", ref, kinds);
        const octets = tree.u16Le("Length", ref);
        group.meaning = kinds[type] ?? `type ${type}`;
        tree.within(group.meaning, octets, (part) => {
          if (type === 2 && part.remaining >= 20) {
            part.u64Le("Timestamp", ref);
            part.u16Le("Flags", ref);
            part.u16Le("Rate", ref, (units) => `${units / 2} Mbit/s`);
            part.u16Le("Channel frequency", ref, (mhz) => `${mhz} MHz`);
            part.u16Le("Channel flags", ref);
            part.u8("Hopping set", ref);
            part.u8("Hopping pattern", ref);
            part.u8("Signal", ref, (dbm) => `${dbm << 24 >> 24} dBm`);
            part.u8("Noise", ref, (dbm) => `${dbm << 24 >> 24} dBm`);
          }
          part.rest("Data", ref);
        });
      }, { ref });
    }
    packet.summary = counted(length, "octet");
    return { layer: links[link] ?? "data", length: tree.remaining };
  },
};

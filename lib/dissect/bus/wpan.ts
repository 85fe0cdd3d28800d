// IEEE 802.15.4: frames of sensors (ZigBee, Thread, 6LoWPAN), with the headers that sniffers put before them. Pure.
import { readTlvsLe } from "./wpan_tap.ts";
import { hex } from "../../base/hex.ts";
import type { Layer, Next, PacketState } from "../protocol.ts";
import type { Meaning, Tree } from "../tree.ts";

const REF = "IEEE 802.15.4 7.2";
const KINDS = ["beacon", "data", "acknowledgement", "command", "reserved", "multipurpose", "fragment", "extended"];
const MODES: Meaning<number> = { 0: "none", 1: "reserved", 2: "16 bits", 3: "64 bits" };
const LEVELS = ["none", "MIC of 32 bits", "MIC of 64 bits", "MIC of 128 bits", "encrypted"].concat(
  "encrypted, MIC of 32 bits",
  "encrypted, MIC of 64 bits",
  "encrypted, MIC of 128 bits",
);
const COMMANDS: Readonly<Record<number, string>> = {
  1: "association request",
  2: "association response",
  3: "disassociation notification",
  4: "data request",
  5: "PAN identifier conflict",
  6: "orphan notification",
  7: "beacon request",
  8: "coordinator realignment",
  9: "guaranteed time slot request",
};

/** The octets of an address, most significant first. */
export type LinkAddress = Uint8Array;

function address(tree: Tree, name: string, mode: number): LinkAddress | undefined {
  const size = mode === 2 ? 2 : mode === 3 ? 8 : 0;
  if (size === 0) return undefined;
  const octets = tree.reader.bytes.slice(tree.offset, tree.offset + size).reverse();
  tree.field(name, (r) => hex(r.take(size, name).slice().reverse(), ":"), (text) => ({
    ref: REF,
    meaning: text === "ff:ff" ? "broadcast" : undefined,
  }));
  return octets;
}

/** Which network identifiers stand there: of frames of the second version by IEEE 802.15.4-2015 table 7-2. */
function networks(version: number, to: number, from: number, compressed: boolean): [boolean, boolean] {
  if (version < 2) return [to !== 0, from !== 0 && !(compressed && to !== 0)];
  if (to === 0 && from === 0) return [compressed, false];
  if (to !== 0 && from === 0) return [!compressed, false];
  if (to === 0) return [false, !compressed];
  return to === 3 && from === 3 ? [!compressed, false] : [true, !compressed];
}

/** The auxiliary header of secured frames (9.4); whether what follows is encrypted. */
function security(tree: Tree): boolean {
  return tree.group("Security header", () => {
    const control = tree.flags("Security control", 1, [
      ["Reserved", 0, 2],
      ["Counter left out", 2, 1],
      ["Key identifier mode", 3, 2],
      ["Security level", 5, 3, LEVELS],
    ], "IEEE 802.15.4 9.4.1");
    if ((control & 0x20) === 0) tree.u32Le("Frame counter", "IEEE 802.15.4 9.4.2");
    const mode = control >> 3 & 3;
    if (mode > 1) tree.bytes("Key source", mode === 2 ? 4 : 8, "IEEE 802.15.4 9.4.3");
    if (mode > 0) tree.u8("Key index", "IEEE 802.15.4 9.4.3");
    return (control & 4) !== 0;
  }, { ref: "IEEE 802.15.4 9.4" });
}

const show = (octets: LinkAddress | undefined) => octets === undefined ? "nobody" : hex(octets, ":");

/** A frame without its checksum. */
function frame(tree: Tree, packet: PacketState, checksum: number): Next | undefined {
  const word = tree.u16Le("Frame control", REF, (value) =>
    [
      KINDS[value & 7],
      ...["secured", "pending", "acknowledge", "network compressed"].filter((_, bit) => (value >> (bit + 3) & 1) === 1),
      `version ${value >> 12 & 3}`,
      `to ${(MODES as Readonly<Record<number, string>>)[value >> 10 & 3]}, from ${
        (MODES as Readonly<Record<number, string>>)[value >> 14]
      }`,
    ].join(", "));
  const kind = word & 7, version = word >> 12 & 3, to = word >> 10 & 3, from = word >> 14;
  packet.summary = KINDS[kind]!;
  if (kind > 3) return { layer: "data", length: Math.max(0, tree.remaining - checksum), trailer: "Frame checksum" };
  if (version < 2 || (word & 0x100) === 0) tree.u8("Sequence number", REF);
  const [hasTo, hasFrom] = networks(version, to, from, (word & 0x40) !== 0);
  if (hasTo) tree.u16Le("Destination network", REF, (id) => id === 0xffff ? "any" : undefined);
  const target = address(tree, "Destination", to);
  if (hasFrom) tree.u16Le("Source network", REF);
  const source = address(tree, "Source", from);
  packet.link = { from: source, to: target };
  if (source !== undefined || target !== undefined) packet.summary += ` ${show(source)} > ${show(target)}`;
  const sealed = (word & 8) !== 0 && security(tree);
  const left = Math.max(0, tree.remaining - checksum);
  const trailer = "Frame checksum";
  if (sealed) {
    packet.summary += ", encrypted";
    return { layer: "data", length: left, trailer };
  }
  if ((word & 0x200) !== 0 && version >= 2) return { layer: "data", length: left, trailer };
  if (kind === 0) beacon(tree);
  if (kind === 3 && left > 0) {
    packet.summary += `, ${COMMANDS[tree.u8("Command", "IEEE 802.15.4 7.5", COMMANDS)] ?? "?"}`;
  }
  const rest = Math.max(0, tree.remaining - checksum);
  const layer = kind === 1 ? carried(tree.reader.peek()) : "data";
  if (rest > 0) return { layer, length: rest, trailer };
  if (tree.remaining > 0) tree.rest(trailer, "IEEE 802.15.4 7.2.11");
  return undefined;
}

/** What data frames carry, by their first octet: 6LoWPAN's dispatch (RFC 4944 5.1), else it may be ZigBee or no matter what. */
function carried(first = 0): string {
  if (first === 0x41 || first === 0x42 || first >> 5 === 3 || first >> 3 === 0x18 || first >> 3 === 0x1c) {
    return "6lowpan";
  }
  if (first >> 6 === 2) return "6lowpan";
  return (first & 0x3c) === 8 ? "zigbee" : "data";
}

function beacon(tree: Tree): void {
  const ref = "IEEE 802.15.4 7.3.1";
  tree.u16Le(
    "Superframe",
    ref,
    (word) =>
      `${(word >> 14 & 1) === 1 ? "by the coordinator, " : ""}${
        (word >> 15 & 1) === 1 ? "associations permitted" : "no associations"
      }`,
  );
  const slots = tree.u8("Guaranteed slots", ref) & 7;
  if (slots > 0) tree.bytes("Slots", 1 + slots * 3, ref);
  const pending = tree.u8("Pending addresses", ref);
  const octets = (pending & 7) * 2 + (pending >> 4 & 7) * 8;
  if (octets > 0) tree.bytes("Addresses", octets, ref);
}

const plain = (name: string, checksum: number): Layer => ({
  name,
  title: "IEEE 802.15.4",
  ref: "IEEE 802.15.4",
  dissect: (tree, packet) => frame(tree, packet, checksum),
});

/** With its checksum of two octets, and without. */
export const WPAN: Layer = plain("802.15.4", 2);
export const WPAN_BARE: Layer = plain("802.15.4-bare", 0);

/** With what the receiver measured. */
export const WPAN_TAP: Layer = {
  name: "802.15.4-tap",
  title: "IEEE 802.15.4",
  ref: "LINKTYPE_IEEE802_15_4_TAP",
  dissect(tree, packet) {
    const checksum = readTlvsLe(tree);
    return frame(tree, packet, checksum === 1 ? 2 : checksum === 2 ? 4 : 0);
  },
};

/** ZigBee's network header (ZigBee 3.3): who routes to whom; the rest is mostly encrypted. */
export const ZIGBEE: Layer = {
  name: "zigbee",
  title: "ZigBee",
  ref: "ZigBee 3.3",
  dissect(tree, packet) {
    const ref = "ZigBee 3.3.1";
    const word = tree.u16Le(
      "Frame control",
      ref,
      (value) =>
        [["data", "command", "reserved", "between networks"][value & 3], `version ${value >> 2 & 15}`]
          .concat(
            ["multicast", "secured", "source route", "destination", "source"].filter((_, bit) =>
              (value >> (bit + 8) & 1) === 1
            ),
          ).join(", "),
    );
    const to = tree.u16Le("Destination", ref, (id) => id >= 0xfff8 ? "broadcast" : undefined);
    const from = tree.u16Le("Source", ref);
    tree.u8("Radius", ref, (hops) => `${hops} hops at most`);
    tree.u8("Sequence number", ref);
    if ((word & 0x0800) !== 0) address(tree, "Destination", 3);
    if ((word & 0x1000) !== 0) address(tree, "Source", 3);
    if ((word & 0x0100) !== 0) tree.u8("Multicast control", ref);
    if ((word & 0x0400) !== 0) {
      const count = tree.u8("Relays", ref);
      tree.u8("Relay index", ref);
      for (let i = 0; i < count && tree.remaining >= 2; i++) tree.u16Le("Relay", ref);
    }
    const id = (value: number) => value.toString(16).padStart(4, "0");
    packet.summary = `${(word & 3) === 1 ? "command" : "data"} ${id(from)} > ${id(to)}`;
    if ((word & 0x0200) !== 0) {
      packet.summary += ", encrypted";
      const control = tree.u8("Security control", "ZigBee 4.5.1");
      tree.u32Le("Frame counter", "ZigBee 4.5.1");
      if ((control & 0x20) !== 0) address(tree, "Source", 3);
      if ((control >> 3 & 3) === 1) tree.u8("Key number", "ZigBee 4.5.1");
    }
    return { layer: "data", length: tree.remaining };
  },
};

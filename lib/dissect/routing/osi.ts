// The network layer of OSI: CLNP (ISO 8473) and ES-IS (ISO 9542), by which systems find each other. Pure.
import { nsap } from "./osi_address.ts";
import { judgeFletcher } from "../coding/checksum.ts";
import { networkProtocol } from "../coding/numbers.ts";
import { readTlvs, type TlvTable } from "../coding/shape.ts";
import type { Layer } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted, seconds } from "../coding/words.ts";

/** Options of both (ISO 8473 7.5, ISO 9542 7.4). */
const OPTIONS: TlvTable = {
  0xc1: ["Reason for discard", [["Reason", "u8"], ["At octet", "u8"]], "ISO 8473 7.9.5"],
  0xc3: ["Quality of service", undefined, "ISO 8473 7.5.6"],
  0xc5: ["Security", undefined, "ISO 8473 7.5.3"],
  0xc6: ["Suggested configuration timer", [["Interval", "u16", seconds]], "ISO 9542 7.4.5"],
  0xc8: ["Source route", undefined, "ISO 8473 7.5.4"],
  0xcb: ["Recorded route", undefined, "ISO 8473 7.5.5"],
  0xcc: ["Padding", undefined, "ISO 8473 7.5.2"],
  0xcd: ["Priority", [["Priority", "u8"]], "ISO 8473 7.5.7"],
  0xe1: ["Address mask", undefined, "ISO 9542 7.4"],
  0xe2: ["Subnetwork mask", undefined, "ISO 9542 7.4"],
};

const options = (tree: Tree, ref: string) =>
  void readTlvs(tree, { type: 1, length: 1, called: "Option" }, OPTIONS, ref);

const ES_TYPES: Readonly<Record<number, string>> = {
  2: "end system hello",
  4: "intermediate system hello",
  6: "redirect",
};

export const ES_IS: Layer = {
  name: "es-is",
  title: "ES-IS",
  ref: "ISO 9542",
  dissect(tree, packet) {
    const ref = "ISO 9542 7";
    const start = tree.offset;
    tree.u8("Network layer protocol identifier", ref, networkProtocol);
    const length = tree.u8("Length", ref);
    tree.u8("Version", ref);
    tree.u8("Reserved", ref);
    const type = tree.flags("PDU type", 1, [["Reserved", 0, 3], ["Type", 3, 5, ES_TYPES]], ref, "") & 31;
    tree.u16("Holding time", ref, seconds);
    tree.u16("Checksum", ref);
    if (start + length <= tree.reader.end) judgeFletcher(tree.last, tree.reader.bytes, start, start + length);
    packet.summary = `ES-IS ${ES_TYPES[type] ?? `type ${type}`}`;
    tree.within("PDU", Math.max(0, start + length - tree.offset), (part) => {
      if (type === 2) {
        const count = part.u8("Source addresses", ref);
        for (let i = 0; i < count; i++) packet.summary += ` ${nsap(part, "Source address", ref)}`;
      } else if (type === 4) packet.summary += ` by ${nsap(part, "Network entity title", ref)}`;
      else if (type === 6) {
        packet.summary += ` for ${nsap(part, "Destination address", ref)}`;
        const octets = part.u8("Subnetwork address length", ref);
        if (octets > 0) part.mac("Subnetwork address", ref, undefined, octets);
        nsap(part, "Network entity title", ref);
      }
      options(part, ref);
    });
    return undefined;
  },
};

const CLNP_TYPES: Readonly<Record<number, string>> = {
  1: "error report",
  28: "data",
  30: "echo request",
  31: "echo reply",
};

export const CLNP: Layer = {
  name: "clnp",
  title: "CLNP",
  ref: "ISO 8473",
  dissect(tree, packet) {
    const ref = "ISO 8473 7";
    const start = tree.offset;
    tree.u8("Network layer protocol identifier", ref, networkProtocol);
    const length = tree.u8("Header length", ref);
    tree.u8("Version", ref);
    tree.u8("Lifetime", ref, (halves) => counted(halves / 2, "second"));
    const flags = tree.flags("Flags and type", 1, [
      ["Segmentation permitted", 0, 1],
      ["More segments", 1, 1],
      ["Error report wanted", 2, 1],
      ["Type", 3, 5, CLNP_TYPES],
    ], ref);
    tree.u16("Segment length", ref);
    tree.u16("Checksum", ref);
    if (start + length <= tree.reader.end) judgeFletcher(tree.last, tree.reader.bytes, start, start + length);
    const to = nsap(tree, "Destination address", ref), from = nsap(tree, "Source address", ref);
    packet.summary = `${from} > ${to}, ${CLNP_TYPES[flags & 31] ?? `type ${flags & 31}`}`;
    if ((flags & 0x80) !== 0) {
      tree.u16("Data unit identifier", ref);
      tree.u16("Segment offset", ref);
      tree.u16("Total length", ref);
    }
    tree.within("Options", Math.max(0, start + length - tree.offset), (part) => options(part, ref));
    return { layer: "data", length: tree.remaining };
  },
};

// IS-IS (ISO 10589 9): hellos, link state PDUs, sequence numbers; what they list is in isis_tlvs.ts. Pure.
//   discriminator (8), header length (8), version (8), ID length (8), type (8), version (8), reserved (8), areas (8)
import { isisTlvs } from "./isis_tlvs.ts";
import { systemId } from "./osi_address.ts";
import { judgeFletcher } from "../coding/checksum.ts";
import { networkProtocol } from "../coding/numbers.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { seconds } from "../coding/words.ts";

const REF = "ISO 10589 9.5";
const TYPES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  15: ["level 1 LAN hello", "ISO 10589 9.5"],
  16: ["level 2 LAN hello", "ISO 10589 9.6"],
  17: ["point-to-point hello", "ISO 10589 9.7"],
  18: ["level 1 link state PDU", "ISO 10589 9.8"],
  20: ["level 2 link state PDU", "ISO 10589 9.9"],
  24: ["level 1 complete sequence numbers", "ISO 10589 9.10"],
  25: ["level 2 complete sequence numbers", "ISO 10589 9.11"],
  26: ["level 1 partial sequence numbers", "ISO 10589 9.12"],
  27: ["level 2 partial sequence numbers", "ISO 10589 9.13"],
};
const LEVELS = ["reserved", "level 1 only", "level 2 only", "levels 1 and 2"];

function hello(tree: Tree, packet: PacketState, type: number, size: number, ref: string): void {
  tree.flags("Circuit type", 1, [["Reserved", 0, 6], ["Circuit type", 6, 2, LEVELS]], ref, "");
  const source = systemId(tree, "Source ID", size, ref);
  tree.u16("Holding time", ref, seconds);
  tree.u16("PDU length", ref);
  if (type === 17) tree.u8("Local circuit ID", ref);
  else {
    tree.flags("Priority", 1, [["Reserved", 0, 1], ["Priority", 1, 7]], ref, "");
    packet.summary += `, LAN ${systemId(tree, "LAN ID", size + 1, ref)}`;
  }
  packet.summary += ` by ${source}`;
}

function linkState(tree: Tree, packet: PacketState, size: number, start: number, ref: string): void {
  const length = tree.u16("PDU length", ref);
  const lifetime = tree.u16("Remaining lifetime", ref, (s) => s === 0 ? "0: to be purged" : seconds(s));
  const at = tree.offset;
  const id = systemId(tree, "LSP ID", size + 2, ref);
  const sequence = tree.u32("Sequence number", ref);
  tree.u16("Checksum", ref);
  const sum = tree.last;
  if (start + length <= tree.reader.end) judgeFletcher(sum, tree.reader.bytes, at, start + length);
  tree.flags("Flags", 1, [
    ["P (repairs partitions)", 0, 1],
    ["Attached, error metric", 1, 1],
    ["Attached, expense metric", 2, 1],
    ["Attached, delay metric", 3, 1],
    ["Attached, default metric", 4, 1],
    ["Overload", 5, 1],
    ["Level", 6, 2, { 0: "reserved", 1: "level 1", 3: "level 2" }],
  ], ref);
  packet.summary += ` ${id}, sequence ${sequence}, lifetime ${lifetime}`;
}

/** The body by type; the lists of all types stand behind it, up to the length of the PDU. */
export const ISIS: Layer = {
  name: "isis",
  title: "IS-IS",
  ref: "ISO 10589",
  dissect(tree, packet) {
    const start = tree.offset;
    tree.u8("Routing protocol discriminator", REF, networkProtocol);
    tree.u8("Length of fixed header", REF);
    tree.u8("Version", REF);
    const idLength = tree.u8("ID length", REF, (v) => v === 0 ? "0: six octets" : v === 255 ? "none" : undefined);
    const size = idLength === 0 ? 6 : idLength === 255 ? 0 : Math.min(8, idLength);
    const word = tree.flags("PDU type", 1, [["Reserved", 0, 3], ["Type", 3, 5, (v) => TYPES[v]?.[0]]], REF, "");
    const type = word & 31;
    const [name, ref] = TYPES[type] ?? [`PDU type ${type}`, REF];
    tree.last.meaning = name;
    tree.u8("Version", REF);
    tree.u8("Reserved", REF);
    tree.u8("Maximum area addresses", REF, (v) => v === 0 ? "0: three" : undefined);
    packet.summary = `IS-IS ${name}`;
    if (TYPES[type] === undefined) {
      tree.rest("Data", REF);
      return undefined;
    }
    // Where the length stands depends on the type.
    const lengthAt = type <= 17 ? 8 + 1 + size + 2 : 8;
    const length = (tree.reader.bytes[start + lengthAt] ?? 0) * 256 + (tree.reader.bytes[start + lengthAt + 1] ?? 0);
    tree.within("PDU", Math.max(0, Math.min(tree.reader.end, start + length) - tree.offset), (part) => {
      if (type <= 17) hello(part, packet, type, size, ref);
      else if (type <= 20) linkState(part, packet, size, start, ref);
      else {
        part.u16("PDU length", ref);
        packet.summary += ` by ${systemId(part, "Source ID", size + 1, ref)}`;
        if (type <= 25) {
          systemId(part, "Start LSP ID", size + 2, ref);
          systemId(part, "End LSP ID", size + 2, ref);
        }
      }
      const said = isisTlvs(part, size);
      if (said !== "") packet.summary += `, ${said}`;
    });
    return undefined;
  },
};

// MPLS: label stack entries (RFC 3032), the control word of pseudowires (RFC 4385) and the associated channel (RFC 5586). Pure.
//   label (20), traffic class (3), bottom of stack (1), time to live (8)
import { names } from "../coding/names.ts";
import type { Layer, Next } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

/** Labels with a meaning of their own (IANA "Special-Purpose Multiprotocol Label Switching Label Values"). */
const SPECIAL: Readonly<Record<number, string>> = {
  0: "IPv4 explicit null",
  1: "router alert",
  2: "IPv6 explicit null",
  3: "implicit null",
  7: "entropy label indicator",
  13: "associated channel label (GAL)",
  14: "OAM alert",
  15: "extension label",
};

/** Whether octets look like a frame: an EtherType or a length that fits behind two addresses. */
function looksLikeFrame(tree: Tree, skip: number): boolean {
  const high = tree.reader.peek(skip + 12), low = tree.reader.peek(skip + 13);
  if (high === undefined || low === undefined) return false;
  const type = high * 256 + low;
  return [0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x8847, 0x88cc].includes(type) ||
    type <= 1500 && tree.remaining - skip - 14 >= type;
}

/** What stands behind the last label: nothing says it, so its first four bits must (RFC 4928). */
function payload(tree: Tree): string {
  const first = (tree.reader.peek() ?? 0) >> 4;
  if (first === 4) return "ipv4";
  if (first === 6) return "ipv6";
  if (first === 1 || (first === 0 && looksLikeFrame(tree, 4))) return "pseudowire";
  return looksLikeFrame(tree, 0) ? "ethernet" : "data";
}

export const MPLS: Layer = {
  name: "mpls",
  title: "MPLS label",
  ref: "RFC 3032",
  dissect(tree, packet): Next {
    const entry = tree.flags("Label stack entry", 4, [
      ["Label", 0, 20, (label) => SPECIAL[label]],
      ["Traffic class", 20, 3],
      ["Bottom of stack", 23, 1],
      ["Time to live", 24, 8],
    ], "RFC 3032 2.1");
    const label = entry >>> 12;
    packet.summary = `label ${label}${SPECIAL[label] === undefined ? "" : ` (${SPECIAL[label]})`}`;
    if ((entry & 0x100) === 0) return { layer: "mpls", length: tree.remaining };
    return { layer: payload(tree), length: tree.remaining };
  },
};

const CHANNELS = names(`
  0x0001 management communication; 0x0002 signaling communication; 0x0007 BFD without IP;
  0x000a direct loss measurement; 0x000c delay measurement; 0x0021 BFD over IPv4; 0x0022 BFD continuity check;
  0x0023 BFD connectivity verification; 0x0024 protection state coordination;
  0x0025 on-demand connectivity verification; 0x0027 pseudowire OAM; 0x0057 BFD over IPv6; 0x8902 Ethernet OAM
`);

export const PSEUDOWIRE: Layer = {
  name: "pseudowire",
  title: "Pseudowire",
  ref: "RFC 4385",
  dissect(tree, packet): Next {
    if ((tree.reader.peek() ?? 0) >> 4 === 1) {
      tree.flags(
        "Associated channel header",
        4,
        [
          ["Nibble", 0, 4, { 1: "associated channel" }],
          ["Version", 4, 4],
          ["Reserved", 8, 8],
          ["Channel type", 16, 16, (type) => CHANNELS[type]],
        ],
        "RFC 5586 2.1",
        "",
      );
      const { bytes, offset } = tree.reader;
      const type = bytes[offset - 2]! * 256 + bytes[offset - 1]!;
      packet.summary = `associated channel, ${CHANNELS[type] ?? `type ${type}`}`;
      return { layer: type === 0x0021 ? "ipv4" : type === 0x0057 ? "ipv6" : "data", length: tree.remaining };
    }
    const word = tree.flags(
      "Control word",
      4,
      [
        ["Nibble", 0, 4, { 0: "data" }],
        ["Flags", 4, 4],
        ["Fragment", 8, 2],
        ["Length", 10, 6, (v) => v === 0 ? "64 octets or more" : counted(v, "octet")],
        ["Sequence number", 16, 16, (v) => v === 0 ? "not used" : undefined],
      ],
      "RFC 4385 3",
      "",
    );
    packet.summary = `pseudowire, sequence ${word & 0xffff}`;
    return { layer: "ethernet", length: tree.remaining };
  },
};

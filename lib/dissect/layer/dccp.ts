// DCCP (RFC 4340) and UDP-Lite (RFC 3828): transports for what need not come again. Pure.
import { names } from "../coding/names.ts";
import { isOwn, readPorts } from "../coding/ports.ts";
import { readTlvs, type TlvForm, type TlvTable } from "../coding/shape.ts";
import { clip, counted } from "../coding/words.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 4340 5.1";
const TYPES: readonly string[] = [
  "request",
  "response",
  "data",
  "acknowledgement",
  "data and acknowledgement",
  "close request",
  "close",
  "reset",
  "sync",
  "sync acknowledgement",
];
const RESETS = names(`
  0 unspecified; 1 closed; 2 aborted; 3 no connection; 4 packet error; 5 option error; 6 mandatory error;
  7 connection refused; 8 bad service code; 9 too busy; 10 bad init cookie; 11 aggression penalty
`);
const FEATURES: Readonly<Record<number, string>> = {
  1: "congestion control",
  2: "short sequence numbers",
  3: "sequence window",
  4: "ECN incapable",
  5: "acknowledgement ratio",
  6: "send acknowledgement vector",
  7: "send NDP count",
  8: "minimum checksum coverage",
  9: "check data checksum",
  192: "send loss event rate",
};

const feature = (tree: Tree): string => {
  const id = tree.u8("Feature", "RFC 4340 6.4", FEATURES);
  if (tree.remaining > 0) tree.rest("Value", "RFC 4340 6.4");
  return FEATURES[id] ?? `feature ${id}`;
};
const FORM: TlvForm = { type: 1, length: 1, whole: true, called: "Option", single: [0, 1, 2, 3] };
const OPTIONS: TlvTable = {
  0: ["Padding"],
  1: ["Mandatory"],
  2: ["Slow receiver"],
  32: ["Change, mine", feature, "RFC 4340 6.1"],
  33: ["Confirm, mine", feature, "RFC 4340 6.2"],
  34: ["Change, yours", feature, "RFC 4340 6.1"],
  35: ["Confirm, yours", feature, "RFC 4340 6.2"],
  36: ["Init cookie", undefined, "RFC 4340 8.1.4"],
  37: ["Packets without data", undefined, "RFC 4340 7.7"],
  38: ["Acknowledgement vector", undefined, "RFC 4340 11.4"],
  39: ["Acknowledgement vector, nonce 1", undefined, "RFC 4340 11.4"],
  40: ["Data dropped", undefined, "RFC 4340 11.7"],
  41: ["Timestamp", [["Time", "u32", (units) => `${units} times 10 µs`]], "RFC 4340 13.1"],
  42: ["Timestamp echo", undefined, "RFC 4340 13.3"],
  43: ["Elapsed time", undefined, "RFC 4340 13.2"],
  44: ["Data checksum", [["Checksum", "u32"]], "RFC 4340 9.3"],
};

const four = (code: number) => clip(String.fromCharCode(code >>> 24, code >> 16 & 255, code >> 8 & 255, code & 255));

function dccp(tree: Tree, packet: PacketState) {
  const start = tree.offset;
  const [sport, dport] = readPorts(tree, packet, REF);
  const words = tree.u8("Data offset", REF, (count) => `the data begin at octet ${count * 4}`);
  tree.flags("Coverage", 1, [["CCVal", 0, 4], [
    "Checksum covers",
    4,
    4,
    (value) => value === 0 ? "all" : value === 1 ? "the header" : `the header and ${counted((value - 1) * 4, "octet")}`,
  ]], REF);
  tree.u16("Checksum", REF);
  const head = tree.flags("Type", 1, [["Reserved", 0, 3], ["Type", 3, 4, TYPES], ["Long numbers", 7, 1]], REF);
  const type = head >> 1 & 15, long = (head & 1) === 1, name = TYPES[type] ?? `type ${type}`;
  let sequence: number;
  if (long) {
    tree.u8("Reserved", REF);
    sequence = tree.field("Sequence number", (r) => r.u48(), { ref: REF });
  } else sequence = tree.u24("Sequence number", REF);
  packet.summary = `${sport} > ${dport} DCCP ${name}, seq ${sequence}`;
  if (type !== 0 && type !== 2) {
    let number: number;
    if (long) {
      tree.u16("Reserved", REF);
      number = tree.field("Acknowledgement number", (r) => r.u48(), { ref: REF });
    } else {
      tree.u8("Reserved", REF);
      number = tree.u24("Acknowledgement number", REF);
    }
    packet.summary += `, ack ${number}`;
  }
  if (type <= 1) {
    const code = tree.u32("Service code", "RFC 4340 8.1.2", four);
    packet.summary += `, service ${code}`;
  } else if (type === 7) {
    const why = tree.u8("Reset code", "RFC 4340 5.6", RESETS);
    tree.bytes("Data", 3, "RFC 4340 5.6");
    packet.summary += `: ${RESETS[why] ?? why}`;
  }
  const options = words * 4 - (tree.offset - start);
  if (options > 0) {
    tree.part("Options", options, (part) => void readTlvs(part, FORM, OPTIONS, "RFC 4340 5.8"), "RFC 4340 5.8");
  }
  return tree.remaining > 0 ? { layer: "data", length: tree.remaining } : undefined;
}

export const DCCP: Layer = { name: "dccp", title: "DCCP", ref: "RFC 4340", dissect: dccp };

export const UDP_LITE: Layer = {
  name: "udplite",
  title: "UDP-Lite",
  ref: "RFC 3828",
  dissect(tree, packet) {
    const ref = "RFC 3828 3.1";
    const [sport, dport] = readPorts(tree, packet, ref);
    const whole = tree.remaining + 4;
    tree.u16(
      "Checksum coverage",
      ref,
      (octets) => octets === 0 || octets === whole ? "the whole datagram" : `the first ${counted(octets, "octet")}`,
    );
    tree.u16("Checksum", ref);
    packet.summary = `${sport} > ${dport}, ${counted(tree.remaining, "octet")}${isOwn(packet) ? "" : " (quoted)"}`;
    return { layer: "data", length: tree.remaining };
  },
};

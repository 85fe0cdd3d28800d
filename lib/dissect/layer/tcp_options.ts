// Options of TCP (IANA "TCP Option Kind Numbers"), those of Multipath TCP by subtype (RFC 8684). To add one: a line. Pure.
import { readItems, readShape, type Shape } from "../coding/shape.ts";
import type { BitRow, Tree } from "../tree.ts";
import { FormatError } from "../../base/errors.ts";

const REF = "RFC 9293 3.2";
const MPTCP = "RFC 8684 3";

const SUBTYPES: Readonly<Record<number, string>> = {
  0: "multipath capable",
  1: "join connection",
  2: "data sequence signal",
  3: "add address",
  4: "remove address",
  5: "change subflow priority",
  6: "fallback",
  7: "fast close",
  8: "reset",
};

/** Why a subflow is reset. */
const REASONS: readonly string[] = [
  "unspecified",
  "MPTCP-specific error",
  "lack of resources",
  "administratively prohibited",
  "too much outstanding data",
  "unacceptable performance",
  "middlebox interference",
];

const BACKUP: readonly BitRow[] = [["Reserved", 4, 3], ["Backup", 7, 1]];
/** What the last four bits of the first octet mean, by subtype. */
const LOW_BITS: Readonly<Record<number, readonly BitRow[]>> = {
  0: [["Version", 4, 4]],
  1: BACKUP,
  3: [["Reserved", 4, 3], ["Echo", 7, 1]],
  5: BACKUP,
  8: [["Reserved", 4, 3], ["Transient", 7, 1]],
};

function capable(tree: Tree): void {
  const ref = `${MPTCP}.1`;
  tree.flags("Flags", 1, [
    ["Checksum required", 0, 1],
    ["Extensibility", 1, 1],
    ["No more subflows to this address", 2, 1],
    ["Reserved", 3, 4],
    ["HMAC-SHA256", 7, 1],
  ], ref);
  if (tree.remaining >= 8) tree.bytes("Sender's key", 8, ref);
  if (tree.remaining >= 8) tree.bytes("Receiver's key", 8, ref);
  if (tree.remaining >= 2) tree.u16("Data-level length", ref);
  if (tree.remaining >= 2) tree.u16("Checksum", ref);
}

/** The three steps of a join differ by the length of the option. */
function join(tree: Tree, length: number): void {
  const ref = `${MPTCP}.2`;
  tree.u8(length === 22 ? "Reserved" : "Address ID", ref);
  if (length === 10) readItems(tree, [["Receiver's token", "u32"], ["Sender's random number", "u32"]], ref);
  else if (length === 14) readItems(tree, [["Sender's truncated HMAC", 8], ["Sender's random number", "u32"]], ref);
  else if (length === 22) tree.bytes("Sender's HMAC", 20, ref);
}

function dataSequence(tree: Tree): void {
  const ref = `${MPTCP}.3`;
  const flags = tree.flags("Flags", 1, [
    ["Reserved", 0, 3],
    ["F (end of data)", 3, 1],
    ["m (data sequence number has 8 octets)", 4, 1],
    ["M (mapping present)", 5, 1],
    ["a (data ACK has 8 octets)", 6, 1],
    ["A (data ACK present)", 7, 1],
  ], ref);
  if ((flags & 1) !== 0) readItems(tree, [["Data ACK", (flags & 2) !== 0 ? "u64" : "u32"]], ref);
  if ((flags & 4) === 0) return;
  readItems(tree, [
    ["Data sequence number", (flags & 8) !== 0 ? "u64" : "u32"],
    ["Subflow sequence number", "u32"],
    ["Data-level length", "u16"],
  ], ref);
  if (tree.remaining >= 2) tree.u16("Checksum", ref);
}

function addAddress(tree: Tree): string {
  const ref = `${MPTCP}.4.1`;
  tree.u8("Address ID", ref);
  const address = tree.ip("Address", tree.remaining >= 16 ? 16 : 4, ref);
  if (tree.remaining === 2 || tree.remaining === 10) tree.u16("Port", ref);
  if (tree.remaining >= 8) tree.bytes("Truncated HMAC", 8, ref);
  return ` ${address}`;
}

/** What stands behind the first octet, by subtype; gives what to say beside its name. `length`: octets of the option. */
const MULTIPATH: Readonly<Record<number, (tree: Tree, length: number) => string | void>> = {
  0: capable,
  1: join,
  2: dataSequence,
  3: addAddress,
  4: (tree) => {
    while (tree.remaining > 0) tree.u8("Address ID", `${MPTCP}.4.2`);
  },
  5: (tree) => {
    if (tree.remaining > 0) tree.u8("Address ID", `${MPTCP}.3.8`);
  },
  6: (tree) => {
    tree.u8("Reserved", MPTCP);
    if (tree.remaining >= 8) tree.u64("Data sequence number", `${MPTCP}.7`);
  },
  7: (tree) => {
    tree.u8("Reserved", MPTCP);
    tree.rest("Receiver's key", `${MPTCP}.5`);
  },
  8: (tree) => void tree.u8("Reason", `${MPTCP}.6`, REASONS),
};

/** The subtype is in the first four bits; what its own four bits mean depends on it. */
function multipath(tree: Tree): string {
  const subtype = (tree.reader.peek() ?? 0) >> 4, length = tree.remaining;
  const name = SUBTYPES[subtype] ?? `subtype ${subtype}`;
  const low = LOW_BITS[subtype] ?? [["Reserved", 4, 4]];
  tree.flags("Subtype", 1, [["Subtype", 0, 4, SUBTYPES], ...low], MPTCP, name);
  const read = MULTIPATH[subtype] ?? ((tree) => void tree.u8("Reserved", MPTCP));
  return name + (read(tree, length) ?? "");
}

const experiment: Shape = (tree) => {
  if (tree.remaining < 2) return undefined;
  const id = tree.u16("Experiment identifier", "RFC 6994 3", {
    0xacc0: "accurate ECN 0",
    0xacc1: "accurate ECN 1",
    0xe2d4: "SMC-R",
    0xf989: "fast open cookie",
  });
  return id === 0xf989 ? "fast open cookie" : id === 0xe2d4 ? "SMC-R" : undefined;
};

/** Order of the three counters in the two kinds of accurate ECN (RFC 9768 3.2.3). */
const counters = (names: readonly string[]): Shape => (tree) => {
  for (const name of names) if (tree.remaining >= 3) tree.u24(name, "RFC 9768 3.2.3");
};

type Row = readonly [name: string, ref: string, shape?: Shape];
const OPTIONS: Readonly<Record<number, Row>> = {
  0: ["End of options", REF],
  1: ["No operation", REF],
  2: ["Maximum segment size", REF, (tree) => `${tree.u16("Maximum segment size", REF)} octets`],
  3: ["Window scale", "RFC 7323 2.2", (tree) => {
    // More than 14 counts as 14 (RFC 7323 2.3).
    return `windows times ${2 ** Math.min(14, tree.u8("Shift count", "RFC 7323 2.2"))}`;
  }],
  4: ["Selective acknowledgements permitted", "RFC 2018 2"],
  6: ["Echo (obsolete)", "RFC 1072", [["Information", "u32"]]],
  7: ["Echo reply (obsolete)", "RFC 1072", [["Information", "u32"]]],
  8: ["Timestamps", "RFC 7323 3.2", (tree) => {
    const value = tree.u32("Timestamp value", "RFC 7323 3.2");
    return `value ${value}, echo ${tree.u32("Timestamp echo reply", "RFC 7323 3.2")}`;
  }],
  9: ["Partial order connection permitted", "RFC 1693"],
  10: ["Partial order service profile", "RFC 1693", [["Flags", "u8"]]],
  11: ["Connection count", "RFC 1644", [["Count", "u32"]]],
  12: ["New connection count", "RFC 1644", [["Count", "u32"]]],
  13: ["Connection count echo", "RFC 1644", [["Count", "u32"]]],
  14: ["Alternate checksum request", "RFC 1146", [["Algorithm", "u8"]]],
  15: ["Alternate checksum data", "RFC 1146"],
  18: ["Trailer checksum", "IANA"],
  19: ["MD5 signature", "RFC 2385 3.0", [["Digest", "rest"]]],
  20: ["SCPS capabilities", "CCSDS 714.0"],
  27: ["Quick-start response", "RFC 4782 4.2", [["Rate", 1, [["Reserved", 0, 4], ["Rate", 4, 4]]], [
    "TTL difference",
    "u8",
  ], [
    "Nonce",
    "u32",
  ]]],
  28: ["User timeout", "RFC 5482 3.3", (tree) => {
    const word = tree.flags(
      "Timeout",
      2,
      [["Unit", 0, 1, (v) => v === 1 ? "minutes" : "seconds"], ["Timeout", 1, 15]],
      "RFC 5482 3.3",
      "",
    );
    return `${word & 0x7fff} ${word >> 15 === 1 ? "minutes" : "seconds"}`;
  }],
  29: ["Authentication", "RFC 5925 2.2", [["Key ID", "u8"], ["Next key ID", "u8"], ["Digest", "rest"]]],
  30: ["Multipath TCP", MPTCP, multipath],
  34: ["Fast open cookie", "RFC 7413 4.1.1", (tree) => {
    if (tree.remaining === 0) return "asks for a cookie";
    tree.rest("Cookie", "RFC 7413 4.1.1");
    return undefined;
  }],
  69: ["Encryption negotiation", "RFC 8547 4.1"],
  172: ["Accurate ECN 0", "RFC 9768 3.2.3", counters(["ECT(0) octets", "CE octets", "ECT(1) octets"])],
  174: ["Accurate ECN 1", "RFC 9768 3.2.3", counters(["ECT(1) octets", "CE octets", "ECT(0) octets"])],
  253: ["Experiment", "RFC 6994 3", experiment],
  254: ["Experiment", "RFC 6994 3", experiment],
};

/** Blocks that arrived out of order; the numbers beside it count from `base` where the connection's beginning was seen. */
const selective = (base: number): Shape => (tree) => {
  const ref = "RFC 2018 3";
  const relative = (edge: number) => base === -1 ? undefined : `relative ${(edge - base) >>> 0}`;
  while (tree.remaining >= 8) {
    tree.u32("Left edge", ref, relative);
    tree.u32("Right edge", ref, relative);
  }
};

/** One option; gives its kind. `base`: see `selective`. */
function option(tree: Tree, base: number): number {
  const kind = tree.reader.peek()!;
  const [name, ref, shape] = kind === 5
    ? ["Selective acknowledgements", "RFC 2018 3", selective(base)] as const
    : OPTIONS[kind] ?? [`Option ${kind}`, REF] as Row;
  tree.group(name, (group) => {
    tree.u8("Kind", REF, () => kind !== 5 && OPTIONS[kind] === undefined ? "unknown" : undefined);
    if (kind <= 1) return;
    const length = tree.u8("Length", REF);
    if (length < 2) throw new FormatError(`An option of length ${length} cannot be: 2 at least`, tree.offset - 1);
    const words = tree.within(name, length - 2, (part) => readShape(part, group, shape, ref));
    if (words !== undefined && words !== "") group.meaning = words;
  }, { ref });
  return kind;
}

/** The options in `length` octets. */
export function tcpOptions(tree: Tree, length: number, base: number): void {
  tree.part("Options", length, (part) => {
    while (part.remaining > 0 && option(part, base) !== 0);
    part.rest("Padding", REF);
  }, REF);
}
